"""A frozen value's opcodes, read just far enough to know what holds what, and where in the bytes each text stands.

``tree`` reads the same into nodes, for those who show and rebuild values. This is for the program that is being
recorded: it imports nothing, and what it finds can be written over in place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

TUPLE, LIST, SET, DICT, OBJECT, CALL, NAME = range(7)
"""What a group is: a builtin container; an object by its attributes; a call or anything else that a reduction made; the
name of a class or function."""


class Text:
    """A str, bytes or bytearray.

    Attributes:
        cls: which of them.
        start: where its opcode stands.
        end: where that ends.
        recalls: where it was pushed again, as start and end.
    """

    __slots__ = ("_size", "cls", "data", "end", "recalls", "start")

    def __init__(self, cls: type, data: bytes, start: int, end: int, size: int) -> None:
        self.cls = cls
        self.data = data
        self.start = start
        self.end = end
        self._size = size
        self.recalls: list[tuple[int, int]] = []

    def raw(self) -> bytes:
        """Its bytes, in UTF-8 where it is a str."""
        return self.data[self.end - self._size : self.end]

    def text(self) -> str:
        """It as text; bytes byte by byte."""
        raw = self.raw()
        return raw.decode("utf-8", "surrogatepass") if self.cls is str else raw.decode("latin-1")


class Number:
    """An int."""

    __slots__ = ("value",)

    def __init__(self, value: int) -> None:
        self.value = value


class Group:
    """Anything that holds others.

    Attributes:
        kind: see above.
        items: what it holds, each with its place; of a dict keys and values by turns.
        name: ``module:qualname`` of a class or function.
        more: what a call puts in afterwards, as a dict has it: keys and values by turns.
        state: what an object or call is given last.
    """

    __slots__ = ("items", "kind", "more", "name", "state")

    def __init__(self, kind: int, items: list[Use], name: str = "") -> None:
        self.kind = kind
        self.items = items
        self.name = name
        self.more: list[Use] = []
        self.state: Use | None = None


Node = Text | Number | Group | None
"""None for what can't hold a secret."""

Use = tuple[Any, int, int]
"""A node, and where the opcode stands that pushed it there, as start and end."""


class Stream:
    """A frozen value.

    Attributes:
        root: all of it.
        frames: where the opcodes stand that only say how long what follows is.
        floats: where the opcodes of floats stand.
        dropped: what was pushed and taken away again, as it is of tuples that hold themselves.

    Raises:
        ValueError: an opcode that freezing doesn't write.
        LookupError: it ends too early, or takes more from the stack than there is.
    """

    def __init__(self, data: bytes) -> None:
        self.frames: list[int] = []
        self.floats: list[int] = []
        self.dropped: list[Use] = []
        self.root: Use = _read(data, self)


def _read(data: bytes, stream: Stream) -> Use:
    stack: list[Use] = []
    marks: list[list[Use]] = []
    memo: list[Any] = []
    at = 0
    while True:
        opcode = data[at]
        start = at
        at += 1
        if opcode == 0x94:  # MEMOIZE
            memo.append(stack[-1][0])
        elif opcode == 0x8C:  # SHORT_BINUNICODE
            size = data[at]
            at += 1 + size
            stack.append((Text(str, data, start, at, size), start, at))
        elif opcode == 0x47:  # BINFLOAT
            at += 8
            stream.floats.append(start)
            stack.append((None, start, at))
        elif opcode == 0x68 or opcode == 0x6A:  # BINGET, LONG_BINGET
            size = 1 if opcode == 0x68 else 4
            node = memo[int.from_bytes(data[at : at + size], "little")]
            at += size
            if type(node) is Text:
                node.recalls.append((start, at))
            stack.append((node, start, at))
        elif opcode in NUMBERS:
            size = NUMBERS[opcode]
            value = int.from_bytes(data[at : at + size], "little", signed=opcode == 0x4A)
            at += size
            stack.append((Number(value), start, at))
        elif opcode in _CONSTANTS:
            stack.append((None, start, at))
        elif opcode in _SIZED:
            cls, width = _SIZED[opcode]
            size = int.from_bytes(data[at : at + width], "little")
            at += width + size
            if at > len(data):
                raise ValueError("it ends too early")
            if cls is int:
                stack.append((Number(int.from_bytes(data[at - size : at], "little", signed=True)), start, at))
            else:
                stack.append((Text(cls, data, start, at, size), start, at))
        elif opcode == 0x28:  # MARK
            marks.append(stack)
            stack = []
        elif opcode == 0x95:  # FRAME
            stream.frames.append(start)
            at += 8
        elif opcode == 0x80:  # PROTO
            at += 1
        elif opcode == 0x30:  # POP
            stream.dropped.append(stack.pop())
        elif opcode == 0x31:  # POP_MARK
            stream.dropped += stack
            stack = marks.pop()
        elif opcode == 0x2E:  # STOP
            if len(stack) != 1 or marks or at != len(data):
                raise ValueError("it leaves something behind")
            return stack[0]
        else:
            operation = _OPERATIONS.get(opcode)
            if operation is not None:
                operation(stack, start, at)
            elif opcode in _CLOSING:
                items = stack
                stack = marks.pop()
                _CLOSING[opcode](stack, items, start, at)
            else:
                raise ValueError(f"opcode {opcode:#04x} isn't one that freezing writes")


NUMBERS = {0x4B: 1, 0x4D: 2, 0x4A: 4}  # BININT1, BININT2, BININT
"""Opcodes of ints, and how many bytes follow them."""

_CONSTANTS = frozenset(b"N\x88\x89")
_SIZED: dict[int, tuple[type, int]] = {
    0x58: (str, 4), 0x8D: (str, 8), 0x43: (bytes, 1), 0x42: (bytes, 4), 0x8E: (bytes, 8), 0x96: (bytearray, 8),
    0x8A: (int, 1), 0x8B: (int, 4),
}  # fmt: skip


def _put(kind: int, size: int) -> Callable[[list[Use], int, int], None]:
    def put(stack: list[Use], start: int, end: int) -> None:
        items = stack[len(stack) - size :] if size else []
        if len(items) < size:
            raise IndexError("the stack is empty")
        del stack[len(stack) - size :]
        stack.append((Group(kind, items), start, end))

    return put


def _close(kind: int) -> Callable[[list[Use], list[Use], int, int], None]:
    def close(stack: list[Use], items: list[Use], start: int, end: int) -> None:
        stack.append((Group(kind, items), start, end))

    return close


def _append(stack: list[Use], start: int, end: int) -> None:
    item = stack.pop()
    _add(stack, [item], start, end)


def _add(stack: list[Use], items: list[Use], start: int, end: int) -> None:
    target = stack[-1][0]
    if type(target) is Group:
        target.items += items


def _set_item(stack: list[Use], start: int, end: int) -> None:
    value, key = stack.pop(), stack.pop()
    _add_pairs(stack, [key, value], start, end)


def _add_pairs(stack: list[Use], items: list[Use], start: int, end: int) -> None:
    target = stack[-1][0]
    if type(target) is Group:
        if target.kind == DICT:
            target.items += items
        else:
            target.more += items


def _name(stack: list[Use], start: int, end: int) -> None:
    qualname, module = stack.pop()[0], stack.pop()[0]
    text = f"{module.text()}:{qualname.text()}" if type(module) is type(qualname) is Text else ""
    stack.append((Group(NAME, [], text), start, end))


def _reduce(stack: list[Use], start: int, end: int) -> None:
    args, function = stack.pop()[0], stack.pop()[0]
    items = args.items if type(args) is Group else []
    name = function.name if type(function) is Group else ""
    if name == _INSTANCE and items and type(items[0][0]) is Text:
        made = Group(OBJECT, [], items[0][0].text())
    else:
        made = Group(CALL, items, name)
    stack.append((made, start, end))


def _new_with_keywords(stack: list[Use], start: int, end: int) -> None:
    kwargs = stack.pop()
    _reduce(stack, start, end)
    stack[-1][0].items = [*stack[-1][0].items, kwargs]


def _build(stack: list[Use], start: int, end: int) -> None:
    state = stack.pop()
    target = stack[-1][0]
    if type(target) is Group:
        target.state = state


_INSTANCE = "pytead.values.marks:instance"
_OPERATIONS: dict[int, Callable[[list[Use], int, int], None]] = {
    0x29: _put(TUPLE, 0), 0x85: _put(TUPLE, 1), 0x86: _put(TUPLE, 2), 0x87: _put(TUPLE, 3),
    0x5D: _put(LIST, 0), 0x7D: _put(DICT, 0), 0x8F: _put(SET, 0),
    0x61: _append, 0x73: _set_item, 0x93: _name, 0x52: _reduce, 0x81: _reduce, 0x92: _new_with_keywords, 0x62: _build,
}  # fmt: skip
_CLOSING: dict[int, Callable[[list[Use], list[Use], int, int], None]] = {
    0x74: _close(TUPLE), 0x91: _close(SET), 0x6C: _close(LIST), 0x64: _close(DICT),
    0x65: _add, 0x90: _add, 0x75: _add_pairs,
}  # fmt: skip

"""Reading a frozen value into nodes, without importing or calling anything it names.

``read`` runs the opcodes of a pickle on a stack of nodes. What pickle would call becomes a ``Call``, what the
freezer marked becomes the node that the mark stands for. A planted pickle is only an odd-looking tree.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from pytead.values.assembly import CONSTANTS, build, new_object, reduced
from pytead.values.canonical import canonical
from pytead.values.nodes import Atom, Buffer, Call, Items, Node, Opaque, Pairs, Reference
from pytead.values.parts import find_opaque, nesting_exceeds
from pytead.values.unreadable import MAX_NESTING, UnreadableValue, corrupt

__all__ = ["MAX_BYTES", "MAX_NESTING", "UnreadableValue", "canonical", "find_opaque", "read"]

MAX_BYTES = 64 << 20
"""Size of the largest input, in bytes."""

_OLD_MODULES = {"__builtin__": "builtins", "copy_reg": "copyreg"}
_read_float = struct.Struct(">d").unpack_from
_Operation = Callable[["_Reader"], None]


def read(data: bytes) -> Node:
    """The tree of a frozen value.

    Raises:
        UnreadableValue: ``value-corrupt`` if the bytes are no whole pickle, ``value-too-large``,
            ``value-too-deep`` if objects are nested more than ``MAX_NESTING`` deep, ``value-extension`` for
            extension codes, persistent ids and buffers that lie outside of the pickle.
    """
    if len(data) > MAX_BYTES:
        raise UnreadableValue("value-too-large", f"{len(data):,} bytes, more than {MAX_BYTES:,}")
    try:
        node = _Reader(data).run()
    except UnreadableValue:
        raise
    except (LookupError, TypeError, ValueError, OverflowError, MemoryError, struct.error) as error:
        raise UnreadableValue("value-corrupt", f"no frozen value: {error}") from error
    if len(data) > 2 * MAX_NESTING and nesting_exceeds(node, MAX_NESTING):
        raise UnreadableValue("value-too-deep", f"objects are nested more than {MAX_NESTING} deep")
    return node


class _Reader:
    """A pickle machine whose values are nodes."""

    def __init__(self, data: bytes) -> None:
        self.data = bytes(data)
        self.position = 0
        self.stack: list[Node] = []
        self.marks: list[list[Node]] = []
        self.memo: dict[int, Node] = {}

    def run(self) -> Node:
        data, memo, operations = self.data, self.memo, _OPERATIONS
        stack, position = self.stack, 0
        while True:
            opcode = data[position]
            position += 1
            # the commonest opcodes are handled here, for speed
            if opcode == 0x94:  # MEMOIZE
                memo[len(memo)] = stack[-1]
            elif opcode == 0x8C:  # SHORT_BINUNICODE
                start = position + 1
                position = start + data[position]
                stack.append(Atom(data[start:position].decode("utf-8", "surrogatepass")))
            elif opcode == 0x4B:  # BININT1
                stack.append(Atom(data[position]))
                position += 1
            elif opcode == 0x47:  # BINFLOAT
                stack.append(Atom(_read_float(data, position)[0]))
                position += 8
            elif opcode == 0x68:  # BINGET
                stack.append(memo[data[position]])
                position += 1
            elif opcode == 0x2E:  # STOP
                break
            else:
                operation = operations[opcode]
                if operation is None:
                    corrupt(f"opcode {opcode:#04x} is not known")
                self.position = position
                operation(self)
                stack, position = self.stack, self.position
        if position > len(data):
            corrupt("it ends too early")
        if len(stack) != 1 or self.marks:
            corrupt("it leaves something behind")
        return stack[0]

    def take(self, length: int) -> bytes:
        start = self.position
        end = start + length
        if end > len(self.data):
            corrupt("it ends too early")
        self.position = end
        return self.data[start:end]

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "little")

    def pop_mark(self) -> list[Node]:
        items = self.stack
        self.stack = self.marks.pop()
        return items

    def memoize(self, index: int) -> None:
        self.memo[index] = self.stack[-1]

    def text(self, length: int) -> str:
        return self.take(length).decode("utf-8", "surrogatepass")


def _refused(what: str) -> _Operation:
    def refuse(reader: _Reader) -> None:
        raise UnreadableValue("value-extension", f"it uses {what}, which only its program can resolve")

    return refuse


def _constant(value: object) -> _Operation:
    def push(reader: _Reader) -> None:
        reader.stack.append(Atom(value))

    return push


def _unsigned(size: int) -> _Operation:
    def push(reader: _Reader) -> None:
        reader.stack.append(Atom(reader.number(size)))

    return push


def _signed(size: int) -> _Operation:
    def push(reader: _Reader) -> None:
        reader.stack.append(Atom(int.from_bytes(reader.take(size), "little", signed=True)))

    return push


def _long(size: int) -> _Operation:
    def push(reader: _Reader) -> None:
        length = reader.number(size)
        reader.stack.append(Atom(int.from_bytes(reader.take(length), "little", signed=True)))

    return push


def _text(size: int) -> _Operation:
    def push(reader: _Reader) -> None:
        reader.stack.append(Atom(reader.text(reader.number(size))))

    return push


def _bytes(size: int) -> _Operation:
    def push(reader: _Reader) -> None:
        reader.stack.append(Atom(reader.take(reader.number(size))))

    return push


def _bytearray(reader: _Reader) -> None:
    reader.stack.append(Buffer(reader.take(reader.number(8))))


def _mark(reader: _Reader) -> None:
    reader.marks.append(reader.stack)
    reader.stack = []


def _pop(reader: _Reader) -> None:
    if reader.stack:
        del reader.stack[-1]
    else:
        reader.pop_mark()


def _tuple(size: int) -> _Operation:
    def push(reader: _Reader) -> None:
        stack = reader.stack
        if len(stack) < size:
            corrupt("the stack is empty")
        items = stack[len(stack) - size :]
        del stack[len(stack) - size :]
        stack.append(Items("tuple", items))

    return push


def _marked_tuple(reader: _Reader) -> None:
    items = reader.pop_mark()
    reader.stack.append(Items("tuple", items))


def _marked_frozenset(reader: _Reader) -> None:
    items = reader.pop_mark()
    reader.stack.append(Items("frozenset", items))


def _marked_list(reader: _Reader) -> None:
    items = reader.pop_mark()
    reader.stack.append(Items("list", items))


def _marked_dict(reader: _Reader) -> None:
    items = reader.pop_mark()
    reader.stack.append(Pairs(_paired(items)))


def _paired(items: list[Node]) -> list[tuple[Node, Node]]:
    if len(items) % 2:
        corrupt("a key has no value")
    return list(zip(items[::2], items[1::2], strict=True))


def _add_items(target: Node, items: list[Node]) -> None:
    if isinstance(target, Call) or (isinstance(target, Items) and target.kind in ("list", "set")):
        target.items += items
    elif not isinstance(target, Opaque):
        corrupt(f"items are put into {type(target).__name__}")


def _append(reader: _Reader) -> None:
    item = reader.stack.pop()
    _add_items(reader.stack[-1], [item])


def _appends(reader: _Reader) -> None:
    items = reader.pop_mark()
    _add_items(reader.stack[-1], items)


def _add_pairs(target: Node, items: list[Node]) -> None:
    if isinstance(target, (Pairs, Call)):
        target.pairs += _paired(items)
    elif not isinstance(target, Opaque):
        corrupt(f"pairs are put into {type(target).__name__}")


def _setitem(reader: _Reader) -> None:
    value = reader.stack.pop()
    key = reader.stack.pop()
    _add_pairs(reader.stack[-1], [key, value])


def _setitems(reader: _Reader) -> None:
    items = reader.pop_mark()
    _add_pairs(reader.stack[-1], items)


def _empty_list(reader: _Reader) -> None:
    reader.stack.append(Items("list"))


def _empty_set(reader: _Reader) -> None:
    reader.stack.append(Items("set"))


def _empty_dict(reader: _Reader) -> None:
    reader.stack.append(Pairs())


def _put(size: int) -> _Operation:
    def put(reader: _Reader) -> None:
        reader.memoize(reader.number(size))

    return put


def _get(size: int) -> _Operation:
    def get(reader: _Reader) -> None:
        reader.stack.append(reader.memo[reader.number(size)])

    return get


def _reference(reader: _Reader, module: object, qualname: object) -> None:
    if type(module) is not str or type(qualname) is not str:
        corrupt("a name is no string")
    module = _OLD_MODULES.get(module, module)
    reader.stack.append(CONSTANTS.get((module, qualname)) or Reference(module, qualname))


def _global(reader: _Reader) -> None:
    lines = []
    for _ in range(2):
        end = reader.data.index(b"\n", reader.position)
        lines.append(reader.take(end - reader.position).decode("utf-8"))
        reader.position += 1
    _reference(reader, *lines)


def _stack_global(reader: _Reader) -> None:
    qualname, module = reader.stack.pop(), reader.stack.pop()
    if not isinstance(module, Atom) or not isinstance(qualname, Atom):
        corrupt("a name is no string")
    _reference(reader, module.value, qualname.value)


def _reduce(reader: _Reader) -> None:
    args, function = reader.stack.pop(), reader.stack.pop()
    reader.stack.append(reduced(function, args))


def _new_object(reader: _Reader) -> None:
    args, cls = reader.stack.pop(), reader.stack.pop()
    reader.stack.append(new_object(cls, args, None))


def _new_object_with_keywords(reader: _Reader) -> None:
    kwargs, args, cls = reader.stack.pop(), reader.stack.pop(), reader.stack.pop()
    reader.stack.append(new_object(cls, args, kwargs))


def _build(reader: _Reader) -> None:
    state = reader.stack.pop()
    build(reader.stack[-1], state)


def _protocol(reader: _Reader) -> None:
    version = reader.number(1)
    if not 2 <= version <= 5:
        corrupt(f"protocol {version} is not known")


def _frame(reader: _Reader) -> None:
    if reader.number(8) > len(reader.data) - reader.position:
        corrupt("it ends too early")


def _read_only(reader: _Reader) -> None:
    reader.stack[-1]


_BY_OPCODE: dict[bytes, _Operation] = {
    b"\x80": _protocol,
    b"\x95": _frame,
    b"N": _constant(None),
    b"\x88": _constant(True),
    b"\x89": _constant(False),
    b"M": _unsigned(2),
    b"J": _signed(4),
    b"\x8a": _long(1),
    b"\x8b": _long(4),
    b"X": _text(4),
    b"\x8d": _text(8),
    b"C": _bytes(1),
    b"B": _bytes(4),
    b"\x8e": _bytes(8),
    b"\x96": _bytearray,
    b"(": _mark,
    b"0": _pop,
    b"1": lambda reader: reader.pop_mark().clear(),
    b")": _tuple(0),
    b"\x85": _tuple(1),
    b"\x86": _tuple(2),
    b"\x87": _tuple(3),
    b"t": _marked_tuple,
    b"\x91": _marked_frozenset,
    b"l": _marked_list,
    b"d": _marked_dict,
    b"]": _empty_list,
    b"}": _empty_dict,
    b"\x8f": _empty_set,
    b"a": _append,
    b"e": _appends,
    b"\x90": _appends,
    b"s": _setitem,
    b"u": _setitems,
    b"q": _put(1),
    b"r": _put(4),
    b"j": _get(4),
    b"c": _global,
    b"\x93": _stack_global,
    b"R": _reduce,
    b"\x81": _new_object,
    b"\x92": _new_object_with_keywords,
    b"b": _build,
    b"P": _refused("a persistent id"),
    b"Q": _refused("a persistent id"),
    b"\x82": _refused("an extension code"),
    b"\x83": _refused("an extension code"),
    b"\x84": _refused("an extension code"),
    b"\x97": _refused("a buffer outside of it"),
    b"\x98": _read_only,
}
_OPERATIONS: list[_Operation | None] = [_BY_OPCODE.get(bytes((opcode,))) for opcode in range(256)]

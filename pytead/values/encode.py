"""Writes nodes as a frozen value again, for stores that keep values in a readable form.

``tree.read(encode(node))`` is canonically equal to ``node``, sharing and cycles included. The bytes need
not be those that the node was read from.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING

from pytead.values import marks, opcodes
from pytead.values.nodes import (
    Atom,
    Buffer,
    Call,
    Instance,
    Items,
    Member,
    Node,
    Opaque,
    Pairs,
    Reference,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_U4 = Struct("<I")
_U8 = Struct("<Q")
_MEMOIZE = b"\x94"
_SHARED_SIZE = 16
"""Strings and bytes from this length on are written once where one node is reached twice."""

_OPEN = {"list": b"]", "set": b"\x8f"}
_FILL = {"list": b"e", "set": b"\x90"}
_CLOSE = {"tuple": b"t", "frozenset": b"\x91"}


def encode(node: Node) -> bytes:
    """The frozen value that reads as ``node``.

    Raises:
        ValueError: an immutable value contains itself, or an atom is of no builtin type; no frozen value
        reads so.
    """
    # One generator a node under way instead of recursion: values may be nested deeper than the interpreter
    # allows.
    encoder = _Encoder()
    pending = [encoder.steps(node)]
    while pending:
        child = next(pending[-1], None)
        if child is None:
            pending.pop()
        else:
            pending.append(encoder.steps(child))
    return b"\x80\x05" + b"".join(encoder.out) + b"."


class _Encoder:
    def __init__(self) -> None:
        self.out: list[bytes] = []
        self._memo: dict[int, int] = {}
        self._marks: dict[str, int] = {}
        self._size = 0
        self._under_way: dict[int, int] = {}

    def steps(self, node: Node) -> Iterator[Node]:
        """Write ``node``; each child that is yielded is to be written before going on."""
        if id(node) in self._memo:
            self._recall(self._memo[id(node)])
        elif isinstance(node, Atom):
            self._atom(node)
        elif isinstance(node, Buffer):
            self.out.append(b"\x96" + _U8.pack(len(node.value)) + node.value)
            self._memoize(node)
        elif isinstance(node, Items):
            if node.kind in _OPEN:
                self.out.append(_OPEN[node.kind])
                self._memoize(node)
                yield from self._fill(node.items, _FILL[node.kind])
            else:
                self._enter(node)
                self.out.append(b"(")
                yield from node.items
                self.out.append(_CLOSE[node.kind])
                self._leave(node)
        elif isinstance(node, Pairs):
            self.out.append(b"}")
            self._memoize(node)
            yield from self._fill_pairs(node.pairs)
        elif isinstance(node, Reference):
            self._reference(node)
            self._memoize(node)
        elif isinstance(node, Member):
            self._mark("member")
            self._text(_address(node.cls))
            self.out.append(b"(")
            for name in node.names:
                self._text(name)
            self.out.append(b"t\x86R")
            self._memoize(node)
        elif isinstance(node, Opaque):
            self._mark("opaque")
            self._text(node.type_name)
            self._text(node.slug)
            self._text(node.reason)
            self.out.append(b"\x87R")
            self._memoize(node)
        elif isinstance(node, Instance):
            yield from self._instance(node)
        else:
            yield from self._call(node)

    def _instance(self, node: Instance) -> Iterator[Node]:
        flags = marks.CONSTRUCTOR * node.has_constructor | marks.VALUE_EQUALITY * node.has_value_equality
        flags |= marks.CONTENT * (node.content is not None)
        self._mark("instance" if node.source is None else "made")
        self._enter(node)
        if node.source is not None:
            yield node.source
        self._text(_address(node.cls))
        self.out.append(b"K" + bytes((flags,)) + (b"\x86R" if node.source is None else b"\x87R"))
        if self._leave(node):
            return
        if node.content is None or node.attributes:
            self.out.append(b"}(")
            yield from self._named(node.attributes)
            self.out.append(b"u")
        else:
            self.out.append(b"N")
        if node.content is not None:
            yield node.content
            self.out.append(b"\x86")
        self.out.append(b"b")

    def _call(self, node: Call) -> Iterator[Node]:
        self._enter(node)
        is_marked = not node.is_new and (bool(node.kwargs) or node.function.kind != "global")
        if is_marked:
            self._mark("call")
            self._text(_address(node.function))
        else:
            yield node.function
        self.out.append(b"(")
        yield from node.args
        self.out.append(b"t")
        if is_marked or node.kwargs:
            self.out.append(b"}(")
            yield from self._named(node.kwargs)
            self.out.append(b"u")
        if is_marked:
            self.out.append(b"\x87R")
        elif node.is_new:
            self.out.append(b"\x92" if node.kwargs else b"\x81")
        else:
            self.out.append(b"R")
        if self._leave(node):
            return
        yield from self._fill(node.items, b"e")
        yield from self._fill_pairs(node.pairs)
        if node.state is not None:
            yield node.state
            self.out.append(b"b")

    def _named(self, values: list[tuple[str, Node]]) -> Iterator[Node]:
        for name, value in values:
            self._text(name)
            yield value

    def _fill(self, items: list[Node], end: bytes) -> Iterator[Node]:
        if items:
            self.out.append(b"(")
            yield from items
            self.out.append(end)

    def _fill_pairs(self, pairs: list[tuple[Node, Node]]) -> Iterator[Node]:
        if pairs:
            self.out.append(b"(")
            for key, value in pairs:
                yield key
                yield value
            self.out.append(b"u")

    def _enter(self, node: Node) -> None:
        """A tuple may be reached again through a list inside it, but only if something new was reached
        meanwhile."""
        known = len(self._memo)
        if self._under_way.get(id(node)) == known:
            raise ValueError("an immutable value contains itself")
        self._under_way[id(node)] = known

    def _leave(self, node: Node) -> bool:
        """Whether the node was already written while its own parts were; that one is used then."""
        self._under_way.pop(id(node), None)
        known = self._memo.get(id(node))
        if known is None:
            self._memoize(node)
            return False
        self.out.append(b"0")
        self._recall(known)
        return True

    def _memoize(self, node: Node) -> None:
        self._memo[id(node)] = self._size
        self._next()

    def _next(self) -> int:
        self.out.append(_MEMOIZE)
        self._size += 1
        return self._size - 1

    def _recall(self, number: int) -> None:
        self.out.append(b"h" + bytes((number,)) if number < 256 else b"j" + _U4.pack(number))

    def _mark(self, name: str) -> None:
        if name in self._marks:
            self._recall(self._marks[name])
            return
        self._global(marks.__name__, name)
        self._marks[name] = self._next()

    def _global(self, module: str, name: str) -> None:
        self._text(module)
        self._text(name)
        self.out.append(b"\x93")

    def _reference(self, node: Reference) -> None:
        if node.kind == "global":
            self._global(node.module, node.qualname)
            return
        self._mark("reference")
        self._text(_address(node))
        self._text(node.kind)
        self.out.append(b"\x86R")

    def _text(self, text: str) -> None:
        self.out.append(opcodes.text(text))

    def _atom(self, node: Atom) -> None:
        value = node.value
        if type(value) is complex:
            self._global("builtins", "complex")
            self.out.append(opcodes.scalar(value.real) + opcodes.scalar(value.imag) + b"\x86R")
        elif value is Ellipsis:
            self._global("builtins", "Ellipsis")
        elif value is NotImplemented:
            self._global("builtins", "NotImplemented")
        else:
            try:
                self.out.append(opcodes.scalar(value))
            except TypeError:
                raise ValueError(f"an atom of type {type(value).__name__}") from None
            if type(value) in (str, bytes) and len(value) >= _SHARED_SIZE:
                self._memoize(node)


def _address(node: Reference) -> str:
    return f"{node.module}:{node.qualname}" if node.kind != "module" else node.module

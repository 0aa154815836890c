"""Plain data back to nodes; the other half of ``plain``."""

from __future__ import annotations

import binascii
from typing import TYPE_CHECKING, Any, NoReturn

from pytead.values.nodes import Atom, Buffer, Call, Instance, Items, Member, Node, Opaque, Pairs, Reference
from pytead.values.parts import nesting_exceeds
from pytead.values.sourced import is_class
from pytead.values.trampoline import run
from pytead.values.unreadable import MAX_NESTING, UnreadableValue

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytead.values.trampoline import Steps

_KINDS = ("class", "function", "module", "constant", "global")
_CONSTANTS = {"Ellipsis": ..., "NotImplemented": NotImplemented}
_FLOATS = ("nan", "inf", "-inf")


def from_plain(values: Sequence[Any]) -> list[Node]:
    """The nodes that ``to_plain`` made the values of.

    Raises:
        UnreadableValue: ``value-corrupt`` where the data say no value, ``value-too-deep``.
    """
    nodes: list[Node] = run(_Reader().nodes(list(values)))
    if nesting_exceeds(Items("tuple", nodes), MAX_NESTING + 1):
        raise UnreadableValue("value-too-deep", f"objects are nested more than {MAX_NESTING} deep")
    return nodes


def _wrong(why: str) -> NoReturn:
    raise UnreadableValue("value-corrupt", f"no recorded value: {why}")


class _Reader:
    """Each method is a generator: it yields the reading of a part where it would call it."""

    def __init__(self) -> None:
        self._known: dict[int, Node] = {}

    def node(self, plain: Any) -> Steps:
        kind = type(plain)
        if plain is None or kind in (bool, int, float, str):
            return Atom(plain)
        if kind is list:
            return Items("list", (yield self.nodes(plain)))
        if kind is not dict:
            _wrong(f"{kind.__name__} is no plain data")
        if "$ref" in plain:
            known = self._known.get(plain["$ref"]) if type(plain["$ref"]) is int and len(plain) == 1 else None
            return known or _wrong(f"{plain['$ref']!r} refers to nothing before it")
        if "$type" not in plain:
            return Pairs([(Atom(name), value) for name, value in (yield self._named(plain))])
        tag, number = plain["$type"], plain.get("$id")
        if number is not None and (type(number) is not int or number in self._known):
            _wrong(f"{number!r} is no id, or that of two objects")
        read = _READERS.get(tag) if type(tag) is str else None
        if read is not None:
            return (yield read(self, plain, number))
        read_leaf = _LEAVES.get(tag) if type(tag) is str else None
        if read_leaf is None:
            _wrong(f"{tag!r} is no $type")
        return self._remember(read_leaf(plain), number)

    def _remember(self, node: Node, number: int | None) -> Node:
        if number is not None:
            self._known[number] = node
        return node

    def nodes(self, plain: Any) -> Steps:
        if type(plain) is not list:
            _wrong("items are no list")
        found = []
        for item in plain:
            found += [(yield self.node(item))]
        return found

    def _pairs(self, plain: Any) -> Steps:
        if type(plain) is not list or not all(type(pair) is list and len(pair) == 2 for pair in plain):
            _wrong("pairs are no list of two each")
        found = []
        for pair in plain:
            key, value = yield self.nodes(pair)
            found.append((key, value))
        return found

    def _named(self, plain: Any) -> Steps:
        if type(plain) is not dict:
            _wrong("named values are no dict")
        found = []
        for name, value in plain.items():
            found.append((_text(name), (yield self.node(value))))
        return found

    def mutable(self, plain: dict[str, Any], number: Any) -> Steps:
        node = Items(plain["$type"])
        self._remember(node, number)
        node.items = yield self.nodes(plain.get("items"))
        return node

    def immutable(self, plain: dict[str, Any], number: Any) -> Steps:
        items = yield self.nodes(plain.get("items"))
        return self._remember(Items(plain["$type"], items), number)

    def pairs(self, plain: dict[str, Any], number: Any) -> Steps:
        node = Pairs()
        self._remember(node, number)
        if "pairs" in plain:
            node.pairs = yield self._pairs(plain["pairs"])
        else:
            node.pairs = [(Atom(name), value) for name, value in (yield self._named(plain.get("items")))]
        return node

    def instance(self, plain: dict[str, Any], number: Any) -> Steps:
        node = Instance(
            _reference(plain.get("class"), "class"),
            has_constructor=plain.get("constructor") is True,
            has_value_equality=plain.get("equality") is True,
        )
        self._remember(node, number)
        if "source" in plain:
            source = yield self.node(plain["source"])
            node.source = source if is_class(source) else _wrong("an object of something that is no class")
        if "content" in plain:
            node.content = yield self.node(plain["content"])
        node.attributes = yield self._named(plain.get("attributes", {}))
        return node

    def call(self, plain: dict[str, Any], number: Any) -> Steps:
        function = _reference(plain.get("function"), plain.get("kind", "global"))
        node = Call(function, is_new=plain["$type"] == "new")
        self._remember(node, number)
        node.args = yield self.nodes(plain.get("args", []))
        node.kwargs = yield self._named(plain.get("kwargs", {}))
        node.items = yield self.nodes(plain.get("items", []))
        node.pairs = yield self._pairs(plain.get("pairs", []))
        if "state" in plain:
            node.state = yield self.node(plain["state"])
        return node


_READERS: dict[str, Callable[[_Reader, dict[str, Any], Any], Steps]] = {
    "list": _Reader.mutable,
    "set": _Reader.mutable,
    "tuple": _Reader.immutable,
    "frozenset": _Reader.immutable,
    "dict": _Reader.pairs,
    "instance": _Reader.instance,
    "call": _Reader.call,
    "new": _Reader.call,
}


def _text(value: Any) -> str:
    if type(value) is not str:
        _wrong(f"{type(value).__name__} where text should be")
    return str(value)


def _reference(name: Any, kind: Any) -> Reference:
    module, _, qualname = _text(name).partition(":")
    if kind not in _KINDS or not module or (kind != "module" and not qualname):
        _wrong(f"{name!r} names nothing")
    return Reference(module, qualname, kind)


def _bytes(plain: dict[str, Any]) -> bytes:
    try:
        if "ascii" in plain:
            return _text(plain["ascii"]).encode("ascii")
        return binascii.a2b_base64(_text(plain.get("base64")).encode("ascii"))
    except (binascii.Error, UnicodeEncodeError) as error:
        _wrong(str(error))


def _number(value: Any) -> float:
    if type(value) is dict and value.get("$type") == "float":
        return _float(value)
    if type(value) is not float:
        _wrong("a part of a complex number is no float")
    return float(value)


def _float(plain: dict[str, Any]) -> float:
    if plain.get("value") not in _FLOATS:
        _wrong(f"{plain.get('value')!r} is no special float")
    return float(plain["value"])


def _int(plain: dict[str, Any]) -> int:
    try:
        return int(_text(plain.get("value")), 0)
    except ValueError as error:
        _wrong(str(error))


def _constant(plain: dict[str, Any]) -> Node:
    name = _text(plain.get("value"))
    return Atom(_CONSTANTS[name]) if name in _CONSTANTS else _wrong(f"{name!r} is no constant")


def _member(plain: dict[str, Any]) -> Node:
    names = plain.get("names")
    if type(names) is not list or not names:
        _wrong("a member has no name")
    return Member(_reference(plain.get("class"), "class"), tuple(_text(name) for name in names))


def _opaque(plain: dict[str, Any]) -> Node:
    return Opaque(_text(plain.get("class")), _text(plain.get("slug")), _text(plain.get("reason")))


_LEAVES: dict[str, Callable[[dict[str, Any]], Node]] = {
    "bytes": lambda plain: Atom(_bytes(plain)),
    "bytearray": lambda plain: Buffer(_bytes(plain)),
    "float": lambda plain: Atom(_float(plain)),
    "int": lambda plain: Atom(_int(plain)),
    "complex": lambda plain: Atom(complex(_number(plain.get("real")), _number(plain.get("imag")))),
    "constant": _constant,
    "reference": lambda plain: _reference(plain.get("name"), plain.get("kind", "global")),
    "member": _member,
    "opaque": _opaque,
}

"""Nodes as plain data that ``json`` can write and a person can read, without losing anything.

None, bools, ints, finite floats, strings, lists and dicts with string keys are themselves; everything else is
a dict with ``$type``. A mutable object that is reached more than once has ``$id`` where it comes first, and
is ``{"$ref": id}`` from then on.
"""

from __future__ import annotations

import binascii
import math
from typing import TYPE_CHECKING, Any

from pytead.values.canonical import is_immutable
from pytead.values.nodes import Atom, Buffer, Call, Instance, Items, Member, Node, Opaque, Pairs, Reference
from pytead.values.parts import children
from pytead.values.trampoline import run
from pytead.values.unplain import from_plain
from pytead.values.unreadable import UnreadableValue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytead.values.trampoline import Steps

__all__ = ["UnreadableValue", "from_plain", "to_plain"]

_BITS = 64
"""Ints beyond that are written as text."""

_DECIMAL_BITS = 10_000
"""Ints beyond that are written in hexadecimal: Python limits how long a decimal number it reads."""

_REPEATED = 64
"""Nodes from which an immutable object that is reached again is not written again."""


def to_plain(nodes: Sequence[Node]) -> list[Any]:
    """One plain value for each node; objects that the nodes share stay shared within the list."""
    return run(_Writer(nodes).sequence(nodes))  # type: ignore[no-any-return]


class _Writer:
    """Each method is a generator: it yields the writing of a part where it would call it."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self._shared = _shared(nodes)
        self._ids: dict[int, int] = {}

    def plain(self, node: Node) -> Steps:
        if isinstance(node, Atom):
            return _atom(node.value)
        if id(node) not in self._shared:
            return (yield self._tagged(node, {}))
        number = self._ids.get(id(node))
        if number is not None:
            return {"$ref": number}
        number = self._ids[id(node)] = len(self._ids) + 1
        return (yield self._tagged(node, {"$id": number}))

    def _tagged(self, node: Node, mark: dict[str, Any]) -> Steps:
        if isinstance(node, Items):
            items = yield self.sequence(node.items)
            return items if node.kind == "list" and not mark else {"$type": node.kind, **mark, "items": items}
        if isinstance(node, Pairs):
            return (yield self._dict(node, mark))
        if isinstance(node, Instance):
            return (yield self._instance(node, mark))
        if isinstance(node, Call):
            return (yield self._call(node, mark))
        return {**_leaf(node), **mark}

    def _dict(self, node: Pairs, mark: dict[str, Any]) -> Steps:
        texts = [key.value for key, _ in node.pairs if isinstance(key, Atom) and type(key.value) is str]
        if len(set(texts)) < len(node.pairs):
            return {"$type": "dict", **mark, "pairs": (yield self._pairs(node.pairs))}
        items = yield self._named([(name, value) for name, (_, value) in zip(texts, node.pairs, strict=True)])
        if mark or any(text.startswith("$") for text in texts):
            return {"$type": "dict", **mark, "items": items}
        return items

    def _instance(self, node: Instance, mark: dict[str, Any]) -> Steps:
        plain: dict[str, Any] = {"$type": "instance", **mark, "class": _address(node.cls)}
        if node.has_constructor:
            plain["constructor"] = True
        if node.has_value_equality:
            plain["equality"] = True
        if node.source is not None:
            plain["source"] = yield self.plain(node.source)
        if node.content is not None:
            plain["content"] = yield self.plain(node.content)
        plain["attributes"] = yield self._named(node.attributes)
        return plain

    def _call(self, node: Call, mark: dict[str, Any]) -> Steps:
        plain: dict[str, Any] = {"$type": "new" if node.is_new else "call", **mark}
        plain["function"] = _address(node.function)
        if node.function.kind != "global":
            plain["kind"] = node.function.kind
        if node.args:
            plain["args"] = yield self.sequence(node.args)
        if node.kwargs:
            plain["kwargs"] = yield self._named(node.kwargs)
        if node.items:
            plain["items"] = yield self.sequence(node.items)
        if node.pairs:
            plain["pairs"] = yield self._pairs(node.pairs)
        if node.state is not None:
            plain["state"] = yield self.plain(node.state)
        return plain

    def sequence(self, nodes: Sequence[Node]) -> Steps:
        items = []
        for node in nodes:
            items += [(yield self.plain(node))]
        return items

    def _pairs(self, pairs: list[tuple[Node, Node]]) -> Steps:
        items = []
        for pair in pairs:
            items += [(yield self.sequence(pair))]
        return items

    def _named(self, values: list[tuple[str, Node]]) -> Steps:
        named = {}
        for name, value in values:
            named[name] = yield self.plain(value)
        return named


def _atom(value: Any) -> Any:
    kind = type(value)
    if value is None or kind is bool or kind is str:
        return value
    if kind is int:
        bits = value.bit_length()
        if bits <= _BITS:
            return value
        return {"$type": "int", "value": str(value) if bits <= _DECIMAL_BITS else hex(value)}
    if kind is float:
        return value if math.isfinite(value) else {"$type": "float", "value": str(value)}
    if kind is complex:
        return {"$type": "complex", "real": _atom(value.real), "imag": _atom(value.imag)}
    if kind is bytes:
        return {"$type": "bytes", **_bytes(value)}
    return {"$type": "constant", "value": str(value)}


def _bytes(value: bytes) -> dict[str, str]:
    """As text where it is plain ASCII, else as base64."""
    if value.isascii() and value.decode("ascii").isprintable():
        return {"ascii": value.decode("ascii")}
    return {"base64": binascii.b2a_base64(value, newline=False).decode("ascii")}


def _leaf(node: Node) -> dict[str, Any]:
    if isinstance(node, Buffer):
        return {"$type": "bytearray", **_bytes(node.value)}
    if isinstance(node, Reference):
        return {"$type": "reference", "name": _address(node), "kind": node.kind}
    if isinstance(node, Member):
        return {"$type": "member", "class": _address(node.cls), "names": list(node.names)}
    if isinstance(node, Opaque):
        return {"$type": "opaque", "class": node.type_name, "slug": node.slug, "reason": node.reason}
    raise TypeError(f"{type(node).__name__} is no node")


def _address(node: Reference) -> str:
    return f"{node.module}:{node.qualname}" if node.qualname else node.module


def _shared(nodes: Sequence[Node]) -> set[int]:
    """Identities of the nodes that get an ``$id``: those that can change and are reached twice.

    What can't change is written again where it is reached again, so what it holds is reached again too; but
    if that were much, it gets an ``$id`` as well.
    """
    counts: dict[int, int] = {}
    found: dict[int, Node] = {}
    order: list[Node] = []
    under_way: set[int] = set()
    cyclic: set[int] = set()
    waiting: list[tuple[Node, bool]] = [(node, False) for node in reversed(nodes)]
    while waiting:
        node, is_left = waiting.pop()
        key = id(node)
        if is_left:
            under_way.discard(key)
            order.append(node)
            continue
        if isinstance(node, Atom):
            continue
        found[key] = node
        count = counts[key] = counts.get(key, 0) + 1
        if key in under_way:
            cyclic.add(key)
        if count == 1:
            under_way.add(key)
            waiting.append((node, True))
        if count == 1 or (count == 2 and is_immutable(node)):
            waiting += [(child, False) for child in reversed(children(node))]
    shared = {key for key, count in counts.items() if count > 1 and not is_immutable(found[key])}
    sizes: dict[int, int] = {}
    for node in order:  # parts come before what holds them
        size = 1 + sum(1 if id(part) in shared else sizes.get(id(part), 1) for part in children(node))
        sizes[id(node)] = size
        if size > _REPEATED and counts[id(node)] > 1 and id(node) not in cyclic:
            shared.add(id(node))
    return shared

"""When two values are the same: their canonical forms are.

Types count (``1``, ``1.0`` and ``True`` differ, and so do ``0.0`` and ``-0.0``), the order of sets, exact
dicts and attributes doesn't. Which mutable objects are one object is part of the form, which immutable ones
are isn't.
"""

from __future__ import annotations

import struct
from hashlib import blake2b
from typing import Any

from pytead.values.nodes import Atom, Buffer, Call, Instance, Items, Member, Node, Opaque, Pairs, Reference
from pytead.values.parts import children
from pytead.values.permitted import UNCHANGING
from pytead.values.sourced import SAYS_WHAT, is_function

_LONG = 160
"""Bytes from which a form is replaced by its digest."""


def canonical(node: Node) -> bytes:
    """The same bytes for the same value, on every interpreter and hash seed.

    For several values that share objects, ask for ``Items("tuple", [...])`` of them.
    """
    return _Canonical(node).form()


def _short(form: bytes) -> bytes:
    return form if len(form) < _LONG else b"#" + blake2b(form, digest_size=24).digest()


def _joined(forms: list[bytes]) -> bytes:
    return b"".join([b"%d:%b" % (len(form), form) for form in forms])


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _atom(value: Any) -> bytes:
    kind: type = type(value)
    if kind is str:
        return b"s" + _encoded(value)
    if kind is int:
        return b"i%x" % value if value >= 0 else b"i-%x" % -value
    if kind is float:
        return b"f" + _float(value)
    if kind is bytes:
        return b"b" + bytes(value)
    if kind is complex:
        return b"c" + _float(value.real) + _float(value.imag)
    return b"k" + _encoded(str(value))  # None, True, False, Ellipsis, NotImplemented


def _float(value: float) -> bytes:
    return struct.pack(">d", value) if value == value else b"nan....."


def _leaf(node: Node) -> bytes | None:
    """The form of a node that holds no others and can't change; None for the rest."""
    if isinstance(node, Atom):
        return _atom(node.value)
    if isinstance(node, Reference):
        return b"r" + _encoded(f"{node.module}:{node.qualname}")
    if isinstance(node, Member):
        cls = f"{node.cls.module}:{node.cls.qualname}"
        return b"m" + _joined([_encoded(text) for text in (cls, *node.names)])
    if isinstance(node, Opaque):
        return b"o" + _joined([_encoded(node.type_name), _encoded(node.slug), _encoded(node.reason)])
    return None


def _label(node: Node) -> bytes:
    """What a node says apart from its parts."""
    if isinstance(node, Items):
        return b"I" + node.kind.encode()
    if isinstance(node, Pairs):
        return b"D"
    if isinstance(node, Buffer):
        return b"B" + node.value
    if isinstance(node, Instance):
        names = [_encoded(name) for name in sorted(name for name, _ in node.attributes)]
        cls = _encoded(f"{node.cls.module}:{node.cls.qualname}")
        content = b"" if node.content is None else b"+"
        content += b"" if node.source is None else b"by source"
        if isinstance(node.content, Pairs):
            content = b"+%d" % len(node.content.pairs) + (b"" if node.source is None else b"by source")
        return b"O" + _joined([cls, content, *names])
    if isinstance(node, Call):
        names = [_encoded(name) for name in sorted(name for name, _ in node.kwargs)]
        function = _encoded(f"{node.function.module}:{node.function.qualname}")
        sizes = b"%d,%d,%d,%d,%d" % (
            node.is_new, len(node.args), len(node.items), len(node.pairs), node.state is not None
        )  # fmt: skip
        return b"C" + _joined([function, sizes, *names])
    return _leaf(node) or b""


def is_immutable(node: Node) -> bool:
    """Whether it makes no difference if two places hold this one object or two equal ones."""
    if isinstance(node, Items):
        return node.kind in ("tuple", "frozenset")
    if isinstance(node, Call):
        is_plain = node.state is None and not node.items and not node.pairs
        return is_plain and not node.is_new and node.function.dotted in UNCHANGING
    if isinstance(node, Instance):
        return isinstance(node.content, Atom) and not node.attributes
    return not isinstance(node, (Pairs, Buffer))


class _Visit:
    """A node under way: its parts in canonical order and the forms of those that are done."""

    __slots__ = ("forms", "known", "label", "node", "parts", "pending")

    def __init__(self, node: Node, label: bytes, parts: list[Node], known: int) -> None:
        self.node = node
        self.label = label
        self.parts = parts
        self.pending = iter(parts)
        self.forms: list[bytes] = []
        self.known = known


class _Canonical:
    """Numbers mutable nodes as they are reached, and writes the number where one is reached again."""

    def __init__(self, root: Node) -> None:
        self._root = root
        self._numbers: dict[int, int] = {}
        self._closed: dict[int, bytes] = {}
        self._colours: dict[int, int] = {}

    def form(self) -> bytes:
        found = self._known(self._root)
        if found is not None:
            return _short(found)
        path = [self._begun(self._root)]
        while True:
            visit = path[-1]
            for part in visit.pending:
                found = self._known(part)
                if found is None:
                    path.append(self._begun(part))
                    break
                visit.forms.append(_short(found))
            else:
                path.pop()
                form = _short(self._finished(visit))
                if not path:
                    return form
                path[-1].forms.append(form)

    def _known(self, node: Node) -> bytes | None:
        found = _leaf(node)
        if found is not None:
            return found
        number = self._numbers.get(id(node))
        return b"=%d" % number if number is not None else self._closed.get(id(node))

    def _begun(self, node: Node) -> _Visit:
        known = len(self._numbers)
        if not is_immutable(node):
            self._numbers[id(node)] = known
        return _Visit(node, _label(node), self._ordered(node), known)

    def _finished(self, visit: _Visit) -> bytes:
        node, forms = visit.node, visit.forms
        if isinstance(node, Items) and node.kind in ("set", "frozenset"):
            forms.sort()
        form = _joined([visit.label, *forms])
        if len(self._numbers) == visit.known and is_immutable(node):
            # no mutable node was new in it: from now on it has this form wherever it is reached
            self._closed[id(node)] = form
        return form

    def _ordered(self, node: Node) -> list[Node]:
        """The parts in an order that equal values have in common."""
        if isinstance(node, Items):
            if node.kind in ("list", "tuple") or all(_leaf(item) is not None for item in node.items):
                return node.items
            return sorted(node.items, key=self._colour)
        if isinstance(node, Pairs):
            return [part for pair in self._ordered_pairs(node.pairs) for part in pair]
        if isinstance(node, Instance):
            held = [value for _, value in sorted(node.attributes, key=_first)]
            held += [node.source] if node.source is not None else []
            if isinstance(node.content, Pairs):  # a subclass of dict may well mind their order
                return [*held, *children(node.content)]
            return held if node.content is None else [*held, node.content]
        if isinstance(node, Call):
            args = node.args[:SAYS_WHAT] if is_function(node) else node.args
            held = [*args, *(value for _, value in sorted(node.kwargs, key=_first)), *node.items]
            held += [part for pair in node.pairs for part in pair]
            return held if node.state is None else [*held, node.state]
        return []

    def _ordered_pairs(self, pairs: list[tuple[Node, Node]]) -> list[tuple[Node, Node]]:
        keys = [_leaf(key) for key, _ in pairs]
        if None not in keys:
            order = sorted(range(len(pairs)), key=lambda place: keys[place] or b"")
            return [pairs[place] for place in order]
        return sorted(pairs, key=lambda pair: (self._colour(pair[0]), self._colour(pair[1])))

    def _colour(self, node: Node) -> tuple[bytes, int]:
        found = _leaf(node)
        if found is not None:
            return found, 0
        if not self._colours:
            self._colours = _colours(self._root)
        return b"", self._colours[id(node)]


def _first(pair: tuple[str, Node]) -> str:
    return pair[0]


def _colours(root: Node) -> dict[int, int]:
    """A number for each node, equal for nodes that nothing below them tells apart, cycles included.

    Each round folds the numbers of the parts into that of the node, until a round tells no more nodes apart. What they
    are is the same wherever hashes of tuples of ints are, as they have been since Python 3.8.
    """
    nodes, waiting = {id(root): root}, [root]
    while waiting:
        for child in children(waiting.pop()):
            if id(child) not in nodes:
                nodes[id(child)] = child
                waiting.append(child)
    labels = {key: _number(_label(node)) for key, node in nodes.items()}
    below = {key: _below(node) for key, node in nodes.items()}
    colours, told_apart = labels, len(set(labels.values()))
    for _ in nodes:
        known = colours
        colours = {}
        for key, (parts, pairs) in below.items():
            held = [known[part] for part in parts]
            if pairs is not None:
                held += sorted(hash((known[one], known[other])) for one, other in pairs)
            colours[key] = hash((labels[key], *held))
        now = len(set(colours.values()))
        if now == told_apart:
            break
        told_apart = now
    return colours


def _below(node: Node) -> tuple[list[int], list[tuple[int, int]] | None]:
    """The parts of a node by identity: those in order, and in pairs those in none."""
    if isinstance(node, Pairs):
        return [], [(id(key), id(value)) for key, value in node.pairs]
    if isinstance(node, Items) and node.kind in ("set", "frozenset"):
        return [], [(id(item), id(item)) for item in node.items]
    if isinstance(node, Instance):
        held = [id(value) for _, value in sorted(node.attributes, key=_first)]
        return held if node.content is None else [*held, id(node.content)], None
    return list(map(id, children(node))), None


def _number(data: bytes) -> int:
    return int.from_bytes(blake2b(data, digest_size=7).digest(), "big")

"""Whether ``==`` against a value is a faithful check of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pytead.values.nodes import Atom, Buffer, Call, Instance, Items, Member, Node, Opaque, Pairs, Reference
from pytead.values.permitted import IMMUTABLE, public_name

if TYPE_CHECKING:
    from collections.abc import Iterator

DEEPEST = 100
"""Levels of nesting that ``==`` is trusted with; each takes several frames of the recursion limit."""

_CONTAINERS = frozenset(
    {"collections.OrderedDict", "collections.Counter", "array.array", "builtins.bytearray"}
)
_LENIENT = frozenset(
    {"builtins.getattr", "functools.partial", "types.MethodType", "logging.getLogger"}
    | {"operator.attrgetter", "operator.itemgetter", "operator.methodcaller"}
)
"""Calls of ``IMMUTABLE`` whose objects compare by identity."""


def has_plain_equality(node: Node) -> bool:
    """Whether ``actual == expected`` tells the expected value from all that a reader would call different.

    True for builtins and for what compares all it holds by value. False for nan and -0.0, for objects without
    value equality, for moments with a time zone (equal to the same instant in any other zone), for numbers
    like ``Decimal("1.20")``, which equal 1.2, and for what holds itself.
    """
    path: list[tuple[Node, Iterator[Node]]] = []
    on_path: set[int] = set()
    seen: set[int] = set()
    following: Node | None = node
    while True:
        if following is not None and id(following) in on_path:
            return False  # ``==`` would never come to an end
        if following is not None and id(following) not in seen:
            held = _parts(following)
            if held is None or len(path) >= DEEPEST:
                return False
            seen.add(id(following))
            on_path.add(id(following))
            path.append((following, iter(held)))
        if not path:
            return True
        following = next(path[-1][1], None)
        if following is None:
            on_path.discard(id(path.pop()[0]))


def _parts(node: Node) -> list[Node] | None:
    """What must have plain equality too; None for a node that itself has none."""
    if isinstance(node, Atom):
        return [] if _is_plain(node.value) else None
    if isinstance(node, (Buffer, Member, Reference)):
        return []
    if isinstance(node, Items):
        return node.items
    if isinstance(node, Pairs):
        return [each for pair in node.pairs for each in pair]
    if isinstance(node, Opaque):
        return None
    if isinstance(node, Instance):
        has_equality = node.has_value_equality and node.content is None
        return [value for _, value in node.attributes] if has_equality else None
    return _call_parts(node)


def _call_parts(node: Call) -> list[Node] | None:
    made = public_name(node.function.module, node.function.qualname)
    held = [*node.args, *(value for _, value in node.kwargs), *(each for pair in node.pairs for each in pair)]
    if made == "collections.deque":
        is_bounded = bool(node.kwargs) or len(node.args) > 1
        return None if is_bounded else [*held, *node.items]
    if node.state is not None and not _is_empty(node.state) and not made.startswith("uuid."):
        return None
    if made == "decimal.Decimal":
        text = node.args[0].value if node.args and isinstance(node.args[0], Atom) else ""
        return [] if _is_canonical(str(text)) else None
    if made in ("datetime.datetime", "datetime.time") and (len(node.args) == 2 or node.kwargs):
        return None
    if made in _CONTAINERS or (made in IMMUTABLE and made not in _LENIENT):
        return [*held, *node.items]
    return None


def _is_canonical(number: str) -> bool:
    """Whether no other Decimal has the same value: no nan, no trailing or negative zero."""
    if not number.lstrip("-").replace(".", "", 1).isdigit():
        return False
    has_more_digits = "." in number and number.endswith("0")
    return number == "0" or (number.strip("-0.") != "" and not has_more_digits)


def _is_empty(node: Node) -> bool:
    return (isinstance(node, Atom) and node.value is None) or (isinstance(node, Pairs) and not node.pairs)


def _is_plain(value: object) -> bool:
    if isinstance(value, complex):
        return _is_plain(value.real) and _is_plain(value.imag)
    return not isinstance(value, float) or not (
        math.isnan(value) or (value == 0 and math.copysign(1, value) < 0)
    )

"""Classes by their source, in what a call gave: the same class as among its arguments, or one that no test can have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytead.select.walking import walk
from pytead.values.nodes import Call, Instance, Items, Opaque, Pairs
from pytead.values.sourced import is_class, recipe_of
from pytead.values.tree import canonical

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytead.values.nodes import Node

MARK = b":class"
"""In the bytes of each frozen value that holds such a class."""


def unify(before: Node, after: Node) -> None:
    """Put the classes of ``before`` in the place of the same ones in ``after``, which is changed.

    Each call of the function around a class makes another one. So what a call gave can only be compared with
    objects of a class that the call was given; any other becomes opaque.
    """
    known = {canonical(node): node for node in walk([before]) if is_class(node)}

    def swap(node: Node) -> Node:
        if not is_class(node):
            return node
        name = recipe_of(node).qualname
        strange = Opaque(name, "value-local-class", f"{name} is a class that was made during the call")
        return known.get(canonical(node), strange)

    for node in list(walk([after])):
        _replace_parts(node, swap)


def _replace_parts(node: Node, swap: Callable[[Node], Node]) -> None:
    if isinstance(node, Items):
        node.items = [swap(each) for each in node.items]
    elif isinstance(node, Pairs):
        node.pairs = [(swap(key), swap(value)) for key, value in node.pairs]
    elif isinstance(node, Instance):
        node.attributes = [(name, swap(value)) for name, value in node.attributes]
        node.content = node.content and swap(node.content)
        node.source = node.source and swap(node.source)
    elif isinstance(node, Call):
        node.args = [swap(each) for each in node.args]
        node.kwargs = [(name, swap(value)) for name, value in node.kwargs]
        node.items = [swap(each) for each in node.items]
        node.pairs = [(swap(key), swap(value)) for key, value in node.pairs]
        node.state = node.state and swap(node.state)

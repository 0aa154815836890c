"""Classes by their source, in what a call gave: the same class as among its arguments, or one that no test can have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytead.select.walking import walk
from pytead.values.nodes import Opaque
from pytead.values.parts import replace_parts
from pytead.values.sourced import is_class, recipe_of
from pytead.values.tree import canonical

if TYPE_CHECKING:
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
        replace_parts(node, swap)

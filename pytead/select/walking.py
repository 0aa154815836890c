"""All nodes of a value, one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytead.values.sharing import children

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytead.values.nodes import Node


def walk(nodes: Iterable[Node]) -> Iterator[Node]:
    """Every node that these consist of, themselves first, in the order of the source; shared ones once."""
    seen = set()
    stack = list(nodes)[::-1]
    while stack:
        node = stack.pop()
        if id(node) not in seen:
            seen.add(id(node))
            yield node
            stack += [child for child, _ in children(node)][::-1]

"""What a node holds, and looking through all of it without recursion."""

from __future__ import annotations

from collections import deque
from copy import copy
from typing import TYPE_CHECKING

from pytead.values.nodes import Atom, Call, Instance, Items, Member, Node, Opaque, Pairs, Reference
from pytead.values.sourced import content_of, is_cell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

_SHOWN = 40


def parts(node: Node) -> Iterator[tuple[str, Node]]:
    """Each part with the step that leads to it: ``[0]``, ``['key']``, ``.attribute``."""
    if isinstance(node, Items):
        is_ordered = node.kind in ("list", "tuple")
        for place, item in enumerate(node.items):
            yield (f"[{place}]" if is_ordered else "{}"), item
    elif isinstance(node, Pairs):
        yield from _pairs(node.pairs)
    elif isinstance(node, Instance):
        for name, value in node.attributes:
            yield f".{name}", value
        if node.content is not None:
            yield "", node.content
        if node.source is not None:
            yield ".__class__", node.source
    elif is_cell(node):
        yield "", content_of(node)
    elif isinstance(node, Call):
        for place, value in enumerate(node.args):
            yield f".args[{place}]", value
        for name, value in node.kwargs:
            yield f".{name}", value
        for place, value in enumerate(node.items):
            yield f"[{place}]", value
        yield from _pairs(node.pairs)
        if isinstance(node.state, Pairs):
            for key, value in node.state.pairs:
                attribute = key.value if isinstance(key, Atom) else None
                yield (f".{attribute}" if type(attribute) is str else _subscript(key)), value
                yield "{}", key
        elif node.state is not None:
            yield ".__getstate__()", node.state


def _pairs(pairs: list[tuple[Node, Node]]) -> Iterator[tuple[str, Node]]:
    for key, value in pairs:
        yield _subscript(key), value
        yield "{}", key


def _subscript(key: Node) -> str:
    if isinstance(key, Atom):
        value = key.value
        if type(value) in (str, bytes) and len(value) > _SHOWN:
            value = value[:_SHOWN]
            return f"[{value!r}...]"
        return f"[{value:#x}]" if type(value) is int and value.bit_length() > 200 else f"[{value!r}]"
    if isinstance(key, Member):
        return f"[{key.cls.qualname}.{'|'.join(key.names)}]"
    if isinstance(key, Reference):
        return f"[{key.dotted}]"
    return "[...]"


def find_opaque(node: Node) -> tuple[str, Opaque] | None:
    """The opaque part with the shortest way to it, as ``("[0].lock", Opaque(...))``; None if there is none.

    The way is written as Python would go it; ``{}`` stands for an element of a set or a key of a dict.
    """
    seen = {id(node)}
    waiting = deque([("", node)])
    while waiting:
        path, found = waiting.popleft()
        if isinstance(found, Opaque):
            return path, found
        for step, part in parts(found):
            if id(part) not in seen and not isinstance(part, Atom):
                seen.add(id(part))
                waiting.append((path + step, part))
    return None


def children(node: Node) -> list[Node]:
    """All parts, without the steps."""
    if isinstance(node, Items):
        return node.items
    if isinstance(node, Pairs):
        return [part for pair in node.pairs for part in pair]
    if isinstance(node, Instance):
        held = [value for _, value in node.attributes]
        return [*held, *(each for each in (node.content, node.source) if each is not None)]
    if isinstance(node, Call):
        held = [*node.args, *(value for _, value in node.kwargs), *node.items]
        held += [part for pair in node.pairs for part in pair]
        return held if node.state is None else [*held, node.state]
    return []


def nesting_exceeds(node: Node, limit: int) -> bool:
    """Whether some node lies more than ``limit`` deep, each node looked at where it is reached first."""
    seen = {id(node)}
    path = [iter(children(node))]
    while path:
        for child in path[-1]:
            if isinstance(child, Atom) or id(child) in seen:
                continue
            seen.add(id(child))
            if len(path) >= limit:
                return True
            path.append(iter(children(child)))
            break
        else:
            path.pop()
    return False


def replace_parts(node: Node, swap: Callable[[Node], Node]) -> None:
    """Put what ``swap`` gives for each part of a node in its place."""
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


def copied(roots: Iterable[Node], replaced: Mapping[int, Node] | None = None) -> list[Node]:
    """Copies of some values, sharing among each other what the values share.

    Args:
        roots: the values.
        replaced: what takes the place of a node, by its id.
    """
    roots = list(roots)
    made = dict(replaced or {})
    waiting, shells = list(roots), []
    while waiting:
        node = waiting.pop()
        if id(node) not in made:
            shells.append(made.setdefault(id(node), copy(node)))
            waiting += children(node)
    for shell in shells:
        replace_parts(shell, lambda part: made[id(part)])
    return [made[id(root)] for root in roots]

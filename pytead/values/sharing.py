"""Which nodes of a value need a name of their own: an expression can't say that two places hold one object.

Walks are iterative: a value may be deep. Whatever the order of a set in the store, its elements come sorted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytead.values.nodes import Atom, Buffer, Call, Instance, Items, Member, Node, Opaque, Pairs, Reference
from pytead.values.permitted import UNCHANGING, public_name
from pytead.values.sourced import content_of, is_cell, is_function, recipe_of
from pytead.values.syntax import CannotRender

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

STEP = 20
"""Levels of nesting that one expression may have before part of it gets a name."""

_LEAVES = (Atom, Member, Opaque, Reference)
Order = dict[int, list[Node]]
"""The sorted elements of the sets met so far, by the id of their node."""

OrderKey = tuple[str, float, str, "tuple[OrderKey, ...]"]


@dataclass(slots=True)
class Plan:
    """What has to stand before an expression.

    Attributes:
        named: nodes with a name, in the order they are first reached.
        heads: those of them that are made empty and filled later, because they hold themselves.
        cells: those that are variables of closures, with the name that a function knows them by.
    """

    named: dict[int, Node] = field(default_factory=dict)
    heads: set[int] = field(default_factory=set)
    cells: dict[int, str] = field(default_factory=dict)


def is_leaf(node: Node) -> bool:
    """Whether the node holds no others."""
    return isinstance(node, _LEAVES)


def has_identity(node: Node) -> bool:
    """Whether it matters that two places hold this one object."""
    if isinstance(node, Items):
        return node.kind in ("list", "set")
    if isinstance(node, Call):
        return public_name(node.function.module, node.function.qualname) not in UNCHANGING
    return isinstance(node, (Buffer, Pairs, Instance))


def children(node: Node, order: Order | None = None) -> Iterator[tuple[Node, bool]]:
    """What a node holds, in the order of its text; and whether it can be put in after the object is made."""
    if isinstance(node, Items):
        is_late = node.kind in ("list", "set")
        for item in ordered(node, order):
            yield item, is_late
    elif isinstance(node, Pairs):
        yield from _late_pairs(node.pairs)
    elif isinstance(node, Instance):
        if node.content is not None:
            yield node.content, False
        if node.source is not None:
            yield node.source, False
        for _, value in node.attributes:
            yield value, True
    elif is_cell(node):
        yield content_of(node), False
    elif is_function(node):
        recipe = recipe_of(node)  # what its closure holds needn't be there before it is
        for value in (*recipe.defaults, *(held for _, held in (*recipe.kwdefaults, *recipe.attributes))):
            yield value, False
    elif isinstance(node, Call):
        for value in node.args:
            yield value, False
        for _, value in node.kwargs:
            yield value, False
        for value in node.items:
            yield value, True
        yield from _late_pairs(node.pairs)
        if node.state is not None:
            yield node.state, True


def variables(node: Node) -> list[Node]:
    """The variables that the closure of a function shares."""
    return [cell for _, cell in recipe_of(node).closure] if is_function(node) else []


def leads_to(start: Node, wanted: Node) -> bool:
    """Whether one node holds the other, however far down, in a closure too."""
    seen = {id(start)}
    waiting = [start]
    while waiting:
        node = waiting.pop()
        if node is wanted:
            return True
        for child in (*(child for child, _ in children(node)), *variables(node)):
            if id(child) not in seen and not is_leaf(child):
                seen.add(id(child))
                waiting.append(child)
    return False


def plan(nodes: Sequence[Node], order: Order | None = None) -> Plan:
    """Find what needs a name; raises ``CannotRender`` for a cycle that can't be made in steps."""
    found = _Walk({} if order is None else order)
    for node in nodes:
        found.walk(node)
    found.walk_cells()
    named = {key: found.nodes[key] for key in found.visits if key in found.named}
    return Plan(named, found.heads, found.cells)


def needs_names(nodes: Iterable[Node]) -> bool:
    """Whether nodes share a mutable object, hold a cycle, a ``def`` or are too deep for one expression."""
    try:
        return bool(plan(list(nodes)).named)
    except CannotRender:
        return True


def ordered(node: Items, order: Order | None = None) -> list[Node]:
    """The elements of a collection; those of a set sorted, so that the text is always the same."""
    if node.kind in ("list", "tuple") or len(node.items) < 2:
        return node.items
    order = {} if order is None else order
    if id(node) not in order:
        order[id(node)] = _sorted(node.items)
    return order[id(node)]


_GLANCE, _LOOK = 16, 300
"""Nodes inside an element of a set that decide on its place: at first, and if two elements look the same."""


def glance(node: Node) -> OrderKey:
    """What a value looks like at first sight; equal for equal values."""
    return order_key(node, [_GLANCE])


def _sorted(items: list[Node]) -> list[Node]:
    for budget in (_GLANCE, _LOOK):
        keys = [order_key(item, [budget]) for item in items]
        if budget == _LOOK or len(set(keys)) == len(keys):
            break
    places = sorted(range(len(items)), key=keys.__getitem__)
    return [items[place] for place in places]


def order_key(node: Node, budget: list[int]) -> OrderKey:
    """Sorts values by type, numbers by size and the rest by text; ``budget`` bounds what is looked at."""
    budget[0] -= 1
    if budget[0] < 0:
        return "", 0, "", ()
    if isinstance(node, Atom):
        return _atom_key(node.value)
    if isinstance(node, Buffer):
        return "bytearray", 0, node.value.decode("latin-1"), ()
    if isinstance(node, Reference):
        return "reference", 0, node.dotted, ()
    if isinstance(node, Member):
        return "member", 0, f"{node.cls.dotted}.{'|'.join(node.names)}", ()
    if isinstance(node, Opaque):
        return "opaque", 0, node.type_name, ()
    kind = type(node).__name__
    text: str = node.kind if isinstance(node, Items) else ""
    if isinstance(node, Instance):
        text = node.cls.dotted
    elif is_function(node):
        recipe = recipe_of(node)
        text = f"{recipe.module}.{recipe.qualname} {recipe.checksum}"
    elif isinstance(node, Call):
        text = node.function.dotted
    if isinstance(node, Items) and node.kind in ("set", "frozenset"):
        # The same share for each, as the order in which a set gives them differs from run to run.
        share = budget[0] // (len(node.items) or 1)
        budget[0] -= share * len(node.items)
        keys = sorted(order_key(item, [share]) for item in node.items) if share else []
        return kind, len(node.items), text, tuple(keys)
    keys = []
    for item in node.items if isinstance(node, Items) else (item for item, _ in children(node)):
        if budget[0] <= 0:
            break
        keys.append(order_key(item, budget))
    return kind, 0, text, tuple(keys)


def _atom_key(value: object) -> OrderKey:
    kind = type(value).__name__
    if isinstance(value, (bool, int)):
        return kind, value, "", ()
    if isinstance(value, float):
        return kind, value if value == value else 0, str(value), ()
    if isinstance(value, bytes):
        return kind, 0, value.decode("latin-1"), ()
    return kind, 0, str(value), ()


def _late_pairs(pairs: Iterable[tuple[Node, Node]]) -> Iterator[tuple[Node, bool]]:
    for key, value in pairs:
        yield key, True
        yield value, True


@dataclass(slots=True)
class _Step:
    node: Node
    held: Iterator[tuple[Node, bool]]
    is_late: bool = False
    height: int = 0


class _Walk:
    """Depth first; what can't be changed is walked twice, as its text is repeated where it is shared."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self.nodes: dict[int, Node] = {}
        self.visits: dict[int, int] = {}
        self.named: set[int] = set()
        self.heads: set[int] = set()
        self.cells: dict[int, str] = {}
        self._waiting: list[Node] = []
        self._heights: dict[int, int] = {}
        self._path: list[_Step] = []

    def walk_cells(self) -> None:
        """What closures hold, each variable once: it may well hold the function itself."""
        while self._waiting:
            self.walk(self._waiting.pop(0))

    def walk(self, root: Node) -> None:
        self._enter(root)
        while self._path:
            step = self._path[-1]
            found = next(step.held, None)
            if found is None:
                self._leave()
                continue
            child, step.is_late = found
            self._enter(child)

    def _enter(self, node: Node) -> None:
        if is_leaf(node):
            return
        key = id(node)
        if key not in self.nodes and isinstance(node, Call):
            self._look_at_closure(node)
        self.nodes[key] = node
        count = self.visits[key] = self.visits.get(key, 0) + 1
        if count >= (2 if has_identity(node) else 3):
            if has_identity(node):
                self.named.add(key)
                self._break_cycle(node)
            elif self._path:
                self._path[-1].height = max(self._path[-1].height, self._heights.get(key, 0))
            return
        self._path.append(_Step(node, children(node, self._order)))

    def _look_at_closure(self, node: Call) -> None:
        if is_cell(node):
            self.named.add(id(node))
        elif is_function(node):
            recipe = recipe_of(node)
            if not recipe.is_expression:
                self.named.add(id(node))
            for name, cell in recipe.closure:
                if id(cell) not in self.cells:
                    self.cells[id(cell)] = name
                    self._waiting.append(cell)

    def _leave(self) -> None:
        step = self._path.pop()
        height = step.height + 1
        if height >= STEP:
            self.named.add(id(step.node))
            height = 0
        self._heights[id(step.node)] = height
        if self._path:
            self._path[-1].height = max(self._path[-1].height, height)

    def _break_cycle(self, node: Node) -> None:
        start = next((index for index, step in enumerate(self._path) if step.node is node), None)
        if start is None:
            return
        cycle = self._path[start:]
        breakable = [step.node for step in cycle if step.is_late and has_identity(step.node)]
        if not breakable:
            raise CannotRender("value-cycle", "a value holds itself in a way that can't be made in steps")
        head = breakable[0] if breakable[0] is node else breakable[-1]
        self.named.add(id(head))
        self.heads.add(id(head))

"""What recorded calls called, told apart by shape: which functions how often, in which order and how deep."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pytead.names import FunctionName

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pytead.flow.events import CallEvent

_MOST_SHAPES = 1_000


class Shape(NamedTuple):
    """What one call came to, values left out.

    Attributes:
        counts: dotted name and how often it was called, in order of name; the function itself counts.
        order: dotted names in the order of their first calls.
        depth: how many of the calls were under way at once at most.
    """

    counts: tuple[tuple[str, int], ...]
    order: tuple[str, ...]
    depth: int

    @classmethod
    def of(cls, metrics: Mapping[str, object]) -> Shape | None:
        """That of what ``get_metrics`` gives; None if it is something else."""
        counts, order = metrics.get("function_call_counts"), metrics.get("call_order")
        depth = metrics.get("max_call_depth")
        if not (isinstance(counts, dict) and isinstance(order, list) and isinstance(depth, int)):
            return None
        return cls(tuple(sorted(counts.items())), tuple(order), depth)

    def __str__(self) -> str:
        return ", ".join(f"{name} x {count}" for name, count in self.counts)


class _Root:
    """An outermost call of a function that is wanted, under way."""

    def __init__(self, function: FunctionName, depth: int) -> None:
        self.function = function
        self.above = depth
        self.counts: dict[str, int] = {}
        self.depth = 0

    def add(self, name: str, depth: int) -> None:
        self.counts[name] = self.counts.get(name, 0) + 1
        self.depth = max(self.depth, depth + 1 - self.above)

    def shape(self) -> Shape:
        return Shape(tuple(sorted(self.counts.items())), tuple(self.counts), self.depth)


class Shapes:
    """The shapes of the outermost calls of some functions.

    Args:
        functions: which functions.
        main: what the program's own module is imported as.
    """

    def __init__(self, functions: Iterable[FunctionName], main: str = "") -> None:
        self.found: dict[FunctionName, set[Shape]] = {}
        self._wanted = frozenset(functions)
        self._main = main

    def add(self, events: Iterable[CallEvent]) -> None:
        """Take all events of one process."""
        under_way: dict[int, tuple[_Root, ...]] = {}
        for event in events:
            if event.event_type == "call":
                function = FunctionName(self._module(event.module), event.qualname)
                roots = under_way.get(event.parent_id or 0, ())
                if function in self._wanted and all(root.function != function for root in roots):
                    roots = (*roots, _Root(function, event.depth))
                under_way[event.call_id] = roots
                for root in roots:
                    root.add(function.dotted, event.depth)
            elif event.event_type == "return":
                roots = under_way.pop(event.call_id, ())
                function = FunctionName(self._module(event.module), event.qualname)
                above = under_way.get(event.parent_id or 0, ())
                if roots and roots[-1].function == function and roots[-1] not in above:
                    shapes = self.found.setdefault(function, set())
                    if event.outcome in ("returned", "raised") and len(shapes) < _MOST_SHAPES:
                        shapes.add(roots[-1].shape())

    def _module(self, module: str) -> str:
        return self._main if module == "__main__" and self._main else module

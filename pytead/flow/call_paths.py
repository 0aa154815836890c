"""Calls summed up by the way that led to them: bounded by the program's size, however long it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytead.flow.events import RAISED, RETURNED
from pytead.flow.formatting import STANDARD, Formatter
from pytead.names import FunctionName
from pytead.targets import TargetSet

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pytead.flow.events import CallEvent

_MOST_RETURNS = 3


class PathNode:
    """All calls of one function that were made in the same way.

    Attributes:
        function: its dotted name.
        calls: how many; recursive ones, directly or by way of others, count here too.
        recursive: how many of them were made below another one.
        raised: how many an exception ended.
        seconds: from their calls to their returns, recursive ones not counted again.
        own: seconds in the function's own code.
        returns: what they returned, the first few different ones as text.
        returns_more: whether there were others.
        children: what they called, in the order of the first calls.
    """

    __slots__ = (
        "calls", "children", "function", "own", "parent", "raised", "recursive", "returns", "returns_more", "seconds",
    )  # fmt: skip

    def __init__(self, function: str, parent: PathNode | None) -> None:
        self.function = function
        self.parent = parent
        self.calls = self.recursive = self.raised = 0
        self.seconds = self.own = 0.0
        self.returns: list[str] = []
        self.returns_more = False
        self.children: dict[str, PathNode] = {}


class CallPaths:
    """Sums up calls as they come.

    Args:
        functions: patterns of the functions to begin at; none for all outermost calls.
        aliases: further names of modules, as for ``Selection``.
        keeps_returns: whether to note what is returned.
    """

    def __init__(
        self,
        functions: Sequence[str] = (),
        aliases: Mapping[str, tuple[str, ...]] | None = None,
        *,
        keeps_returns: bool = False,
    ) -> None:
        self.roots: dict[str, PathNode] = {}
        self.calls = 0
        self.functions: set[str] = set()
        self._begin = TargetSet.parse(functions) if functions else None
        self._aliases = aliases or {}
        self._keeps_returns = keeps_returns
        self._formatter = Formatter(STANDARD)
        self._open: dict[int, PathNode | None] = {}

    def add(self, events: Iterable[CallEvent]) -> None:
        """Take the next events."""
        for event in events:
            if event.event_type == "call":
                self._call(event)
            elif event.event_type == "return":
                self._return(event)

    def _call(self, event: CallEvent) -> None:
        self.calls += 1
        name = event.dotted
        self.functions.add(name)
        above = self._open.get(event.parent_id) if event.parent_id is not None else None
        self._open[event.call_id] = node = self._place(event, name, above)
        if node is not None:
            node.calls += 1

    def _place(self, event: CallEvent, name: str, above: PathNode | None) -> PathNode | None:
        ancestor = above
        while ancestor is not None:
            if ancestor.function == name:
                ancestor.recursive += 1
                return ancestor
            ancestor = ancestor.parent
        if above is None and self._begin is not None:
            aliases = self._aliases.get(event.module, ())
            if not self._begin.decide(FunctionName(event.module, event.qualname), aliases=aliases):
                return None
        siblings = self.roots if above is None else above.children
        node = siblings.get(name)
        if node is None:
            node = siblings[name] = PathNode(name, above)
        return node

    def _return(self, event: CallEvent) -> None:
        node = self._open.pop(event.call_id, None)
        if node is None:
            return
        node.own += event.own_time or 0.0
        above = self._open.get(event.parent_id) if event.parent_id is not None else None
        while above is not None and above is not node:
            above = above.parent
        if above is None:
            node.seconds += event.duration or 0.0
        node.raised += event.outcome == RAISED
        if self._keeps_returns and event.outcome == RETURNED and not node.returns_more:
            shown = self._formatter.value(event.return_value)
            if shown not in node.returns:
                if len(node.returns) < _MOST_RETURNS:
                    node.returns.append(shown)
                else:
                    node.returns_more = True

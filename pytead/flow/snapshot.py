"""Flows for snapshot tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytead.flow.tracer import FunctionTracer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytead.flow.events import CallEvent
    from pytead.flow.formatting import Formatter


class TracedExecution:
    """What one traced stretch of a program did, ready for a snapshot.

    Shown (by ``repr``, and so in any snapshot) as the tree of its calls.

    Args:
        events: the events.
        formatter: how they are written.
        result: what came of it, if it is to be part of the snapshot.

    Attributes:
        calls: the call events, each with what its return says.
    """

    def __init__(self, events: Sequence[CallEvent], formatter: Formatter, result: Any = None) -> None:
        from pytead.flow.call_graph import calls_of

        self.events = list(events)
        self.calls = calls_of(self.events)
        self.result = result
        self._formatter = formatter

    def format_trace(self) -> str:
        """The tree of calls."""
        return self._formatter.tree(self.events)

    def build_call_graph(self) -> dict[str, dict[str, int]]:
        """Who called whom how often."""
        from pytead.flow.call_graph import build_call_graph

        return build_call_graph(self.events)

    def get_performance_summary(self) -> dict[str, Any]:
        """Counts, depth and order: what is the same in every run."""
        from pytead.flow.metrics import stable_metrics

        return stable_metrics(self.events)

    def as_dict(self) -> dict[str, Any]:
        """What a snapshot by ``TracedSnapshotExtension`` holds: ``result`` if there is one, ``function_calls`` (the
        lines of the tree), ``call_graph`` and ``performance_summary``."""
        content: dict[str, Any] = {} if self.result is None else {"result": self.result}
        content["function_calls"] = self.format_trace().split("\n") if self.events else []
        content["call_graph"] = self.build_call_graph()
        content["performance_summary"] = self.get_performance_summary()
        return content

    def __repr__(self) -> str:
        lines = self.format_trace().split("\n")
        return "\n".join(["TracedExecution:", *(f"  {line}" for line in lines)])


class TracedSnapshot(FunctionTracer):
    """A tracer for snapshot tests: all that it says is the same in every run of the same program.

    Takes the arguments of ``FunctionTracer``.
    """

    def execution(self, result: Any = None) -> TracedExecution:
        """What was traced, for ``assert traced.execution() == snapshot``.

        Args:
            result: what came of it, to be pinned with it.
        """
        return TracedExecution(self.get_events(), self._formatter, result)

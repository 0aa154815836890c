"""What events say in numbers: those that are the same in every run, and those that were measured."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from pytead.flow.formatting import execution_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pytead.flow.events import CallEvent
    from pytead.flow.tracer import FunctionTracer

HOT_SPOTS = 10
"""How many functions are named as those called most or running longest."""


class FunctionTime(NamedTuple):
    """What one function took.

    Attributes:
        function: its dotted name.
        calls: how often it was called.
        own: seconds in its own code.
        cumulative: seconds from its calls to their returns, a recursive call counted once.
    """

    function: str
    calls: int
    own: float
    cumulative: float


def stable_metrics(events: Sequence[CallEvent]) -> dict[str, Any]:
    """Counts, depth and order: what is the same in every run of the same program.

    Returns:
        ``total_calls``, ``max_call_depth``, ``function_call_counts`` and ``call_order`` (functions in the order of
        their first calls), and ``hot_spots``: the functions that were called most.
    """
    counts = Counter(event.dotted for event in events if event.event_type == "call")
    raised = sum(event.is_unwound for event in events if event.event_type == "return")
    most = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return {
        "total_calls": sum(counts.values()),
        "raised": raised,
        "max_call_depth": max_depth(events),
        "function_call_counts": dict(sorted(counts.items())),
        "call_order": execution_order(events),
        "hot_spots": [name for name, _ in most[:HOT_SPOTS]],
    }


def max_depth(events: Iterable[CallEvent]) -> int:
    """How many calls were under way at once at most; 1 for calls that made none."""
    return max((event.depth + 1 for event in events if event.event_type == "call"), default=0)


def function_times(events: Iterable[CallEvent]) -> list[FunctionTime]:
    """What each function took, those with the most own time first. Events made by hand are paired by order."""
    calls: Counter[str] = Counter()
    own: dict[str, float] = {}
    cumulative: dict[str, float] = {}
    under_way: Counter[tuple[str, str]] = Counter()
    stacks: dict[str, list[list[float]]] = {}
    for event in events:
        name = event.dotted
        key = event.thread_id, name
        stack = stacks.setdefault(event.thread_id, [])
        if event.event_type == "call":
            calls[name] += 1
            under_way[key] += 1
            stack.append([event.timestamp, 0.0])
        elif event.event_type == "return":
            begun, inside = stack.pop() if stack else (event.timestamp, 0.0)
            spent = event.timestamp - begun if event.duration is None else event.duration
            if stack:
                stack[-1][1] += spent
            own_time = spent - inside if event.own_time is None else event.own_time
            own[name] = own.get(name, 0.0) + own_time
            under_way[key] -= 1
            if under_way[key] <= 0:
                cumulative[name] = cumulative.get(name, 0.0) + spent
    found = [FunctionTime(name, calls[name], own.get(name, 0.0), cumulative.get(name, 0.0)) for name in calls]
    return sorted(found, key=lambda each: (-each.own, each.function))


class PerformanceTracker:
    """Measures from events."""

    def collect_metrics(self, trace_events: Sequence[CallEvent]) -> dict[str, Any]:
        """All metrics of some events.

        Returns:
            ``total_execution_time`` (seconds of the outermost calls), ``function_call_counts``, ``max_call_depth``,
            ``hot_spots`` (functions by their own time) and ``memory_usage``.
        """
        return {
            "total_execution_time": self._calculate_total_time(trace_events),
            "function_call_counts": self._count_function_calls(trace_events),
            "max_call_depth": self._find_max_depth(trace_events),
            "hot_spots": self._identify_performance_hotspots(trace_events),
            "memory_usage": self._track_memory_consumption(trace_events),
        }

    def _calculate_total_time(self, events: Sequence[CallEvent]) -> float:
        begun: dict[str, float] = {}
        total = 0.0
        for event in events:
            if event.depth:
                continue
            if event.event_type == "call":
                begun[event.thread_id] = event.timestamp
            elif event.event_type == "return":
                spent = event.timestamp - begun.pop(event.thread_id, event.timestamp)
                total += spent if event.duration is None else event.duration
        return total

    def _count_function_calls(self, events: Sequence[CallEvent]) -> dict[str, int]:
        return dict(Counter(event.dotted for event in events if event.event_type == "call"))

    def _find_max_depth(self, events: Sequence[CallEvent]) -> int:
        return max_depth(events)

    def _identify_performance_hotspots(self, events: Sequence[CallEvent]) -> list[dict[str, Any]]:
        return [each._asdict() for each in function_times(events)[:HOT_SPOTS]]

    def _track_memory_consumption(self, events: Sequence[CallEvent]) -> dict[str, int] | None:
        """Bytes at the first event, at the last and at most; None unless memory was traced."""
        used = [event.memory_usage for event in events if event.memory_usage is not None]
        return {"first": used[0], "last": used[-1], "peak": max(used)} if used else None


class PerformanceMetrics(dict[str, Any]):
    """What was measured of one tracer, as ``PerformanceTracker`` gives it, with ``events``, ``traced_seconds`` and
    ``engine`` besides."""

    _tracer: FunctionTracer
    _held: int

    @classmethod
    def of(cls, tracer: FunctionTracer) -> PerformanceMetrics:
        """Measure what a tracer has."""
        events = tracer.get_events()
        made = cls(PerformanceTracker().collect_metrics(events))
        made["events"] = len(events)
        made["traced_seconds"] = tracer.traced_seconds
        made["engine"] = tracer.engine
        made._tracer = tracer
        made._held = sum(map(_size_of, events))
        return made

    def calculate_overhead(self) -> float:
        """Percent that tracing added to what the program took, from the cost of an event measured here and now."""
        cost = self.cost_of_event() * int(self["events"])
        seconds = float(self["traced_seconds"])
        bare = seconds - cost if seconds > cost else max(seconds, 1e-9)
        return 100.0 * cost / bare

    def cost_of_event(self) -> float:
        """Seconds that one event costs, measured with a function that does nothing."""
        from pytead.flow.diagnostics import measure_event

        return measure_event(self["engine"] or "auto", self._tracer.detail_level)

    def get_memory_usage(self) -> int:
        """Bytes: the most that the program used if memory was traced, else what the events take."""
        used = self["memory_usage"]
        return int(used["peak"]) if used else self._held

    def get_event_rate(self) -> float:
        """Events a second while it was tracing."""
        seconds = float(self["traced_seconds"])
        return self["events"] / seconds if seconds > 0 else 0.0

    def identify_bottlenecks(self) -> list[dict[str, Any]]:
        """The functions with the most own time, each with its ``share`` of all, those with at least a twentieth."""
        total = sum(each["own"] for each in self["hot_spots"]) or 1.0
        found = [{**each, "share": each["own"] / total} for each in self["hot_spots"]]
        return [each for each in found if each["share"] >= 0.05]


def _size_of(event: CallEvent) -> int:
    return sys.getsizeof(event) + sys.getsizeof(event.__dict__)

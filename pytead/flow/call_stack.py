"""Calls under way, and recursion, followed by hand."""

from __future__ import annotations

from collections import defaultdict
from time import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytead.flow.events import CallEvent


class CallStackManager:
    """Follows nested calls by their events.

    Attributes:
        stack: the calls under way, the outermost first.
        max_depth: how many there were at most.
        call_counts: how often each function was called, by its name.
    """

    def __init__(self) -> None:
        self.stack: list[CallEvent] = []
        self.max_depth = 0
        self.call_counts: defaultdict[str, int] = defaultdict(int)

    def enter_call(self, call_event: CallEvent) -> None:
        """A call begins."""
        self.stack.append(call_event)
        self.max_depth = max(self.max_depth, len(self.stack))
        self.call_counts[call_event.function_name] += 1

    def exit_call(self, return_event: CallEvent) -> CallEvent | None:
        """The innermost call ends.

        Returns:
            Its call event, which now has the value that was returned; None if no call is under way.
        """
        if not self.stack:
            return None
        call_event = self.stack.pop()
        call_event.return_value = return_event.return_value
        return call_event

    def follow(self, events: Iterable[CallEvent]) -> CallStackManager:
        """Take all call and return events in their order; returns itself."""
        for event in events:
            if event.event_type == "call":
                self.enter_call(event)
            elif event.event_type == "return":
                self.exit_call(event)
        return self


class RecursiveTracker:
    """Notes calls of functions that are called again and again.

    Attributes:
        recursion_depth: how many tracked calls are under way: ``track_recursive_call`` leaves it alone, ``follow``
            and whoever tracks by hand set it.
        recursion_patterns: function to what is known of each of its calls after the first.
    """

    def __init__(self) -> None:
        self.recursion_depth = 0
        self.recursion_patterns: dict[str, list[dict[str, Any]]] = {}

    def track_recursive_call(self, function_name: str, args: Any) -> None:
        """Note a call; the first of a function only makes it known."""
        if function_name in self.recursion_patterns:
            self.recursion_patterns[function_name].append(
                {"depth": self.recursion_depth, "args": args, "timestamp": time()}
            )
        else:
            self.recursion_patterns[function_name] = []

    def follow(self, events: Iterable[CallEvent]) -> dict[str, int]:
        """Note the recursive calls among events: those made while the same function is under way.

        Returns:
            Dotted name of each recursive function to how many of its calls were under way at once at most.
        """
        under_way: defaultdict[tuple[str, str], int] = defaultdict(int)
        deepest: dict[str, int] = {}
        for event in events:
            key = event.thread_id, event.dotted
            if event.event_type == "call":
                under_way[key] += 1
                if under_way[key] > 1:
                    self.recursion_depth = under_way[key]
                    if under_way[key] == 2 and event.dotted not in self.recursion_patterns:
                        self.track_recursive_call(event.dotted, event.args)
                    self.track_recursive_call(event.dotted, event.args)
                    deepest[event.dotted] = max(deepest.get(event.dotted, 0), under_way[key])
            elif event.event_type == "return":
                under_way[key] = max(under_way[key] - 1, 0)
        self.recursion_depth = 0
        return deepest

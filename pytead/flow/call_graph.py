"""Who called whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytead.flow.events import RAISED, RETURNED
from pytead.flow.formatting import STANDARD, Formatter

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytead.flow.events import CallEvent

OUTSIDE = "<outside>"
"""Who called an outermost call."""


def build_call_graph(events: Iterable[CallEvent]) -> dict[str, dict[str, int]]:
    """Who called whom how often: dotted name of the caller to those that it called, both in order of name.

    What was called by nobody that was traced is called by ``<outside>``. Events that were made by hand, without
    ``call_id``, are linked by their order.
    """
    graph: dict[str, dict[str, int]] = {}
    names: dict[int, str] = {}
    stacks: dict[str, list[str]] = {}
    for event in events:
        stack = stacks.setdefault(event.thread_id, [])
        if event.event_type == "call":
            if event.call_id:
                caller = names.get(event.parent_id or 0, OUTSIDE)
                names[event.call_id] = event.dotted
            else:
                caller = stack[-1] if stack else OUTSIDE
                stack.append(event.dotted)
            callees = graph.setdefault(caller, {})
            callees[event.dotted] = callees.get(event.dotted, 0) + 1
        elif event.event_type == "return" and not event.call_id and stack:
            stack.pop()
    return {caller: dict(sorted(graph[caller].items())) for caller in sorted(graph)}


def calls_of(events: Iterable[CallEvent]) -> list[CallEvent]:
    """The call events, each with what its return event says."""
    calls: dict[int, CallEvent] = {}
    for event in events:
        if event.event_type == "call":
            calls[event.call_id] = event
        elif event.event_type == "return" and event.call_id in calls:
            call = calls[event.call_id]
            call.return_value = event.return_value
            call.exception = event.exception
            call.outcome = event.outcome
            call.duration = event.duration
    return list(calls.values())


def function_calls(events: Iterable[CallEvent], formatter: Formatter | None = None) -> list[dict[str, Any]]:
    """Each call as text and numbers: ``function``, ``args``, ``depth``; ``returned``, ``raised`` or ``ended``."""
    formatter = formatter or Formatter(STANDARD)
    ended = list(events)
    results = {event.call_id: event for event in ended if event.event_type == "return"}
    calls = []
    for event in ended:
        if event.event_type != "call":
            continue
        shown: dict[str, Any] = {
            "function": event.dotted,
            "args": {name: formatter.value(value) for name, value in event.args.items()},
            "depth": event.depth,
        }
        result = results.get(event.call_id)
        if result is None:
            shown["ended"] = "still running"
        elif result.outcome == RAISED:
            shown["raised"] = formatter.value(result.exception)
        elif result.outcome == RETURNED:
            shown["returned"] = formatter.value(result.return_value)
        else:
            shown["ended"] = result.outcome
        calls.append(shown)
    return calls

"""Whether events are whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytead.flow.events import CallEvent


class TraceError(Exception):
    """Events that can't have come from one run."""


class TraceValidator:
    """Checks events."""

    def validate_call_balance(self, events: Iterable[CallEvent]) -> None:
        """Ensure that every call has a matching return.

        Raises:
            TraceError: one has none, or a return comes without its call.
        """
        under_way: dict[tuple[str, int], list[CallEvent]] = {}
        calls = 0
        for event in events:
            # Calls that a tracer saw have a number; those made by hand are paired by their order in the thread.
            key = ("", event.call_id) if event.call_id else (event.thread_id, 0)
            if event.event_type == "call":
                under_way.setdefault(key, []).append(event)
                calls += 1
            elif event.event_type == "return":
                if not under_way.get(key):
                    raise TraceError(f"Return without matching call: {event.dotted}")
                under_way[key].pop()
        unmatched = [event.dotted for left in under_way.values() for event in left]
        if unmatched:
            names = ", ".join(dict.fromkeys(unmatched[:5]))
            raise TraceError(f"Unmatched function calls: {len(unmatched)} of {calls}, such as {names}")

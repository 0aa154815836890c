"""Collapsed stacks: ``outer;inner 12`` a line, with microseconds of the inner function's own time."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytead.flow.events import CallEvent


class CollapsedExporter:
    """Adds up the time of equal stacks, so that it holds one number a stack."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._times: dict[tuple[str, ...], float] = {}
        self._stacks: dict[str, list[tuple[int, str, float]]] = {}

    def add(self, events: Sequence[CallEvent]) -> None:
        """See ``Exporter``."""
        for event in events:
            stack = self._stacks.setdefault(event.thread_id, [])
            if event.event_type in ("call", "resume"):
                self._spend(stack, event.timestamp)
                stack.append((event.call_id, event.dotted, event.timestamp))
            elif event.event_type in ("return", "yield") and any(each[0] == event.call_id for each in stack):
                self._spend(stack, event.timestamp)
                while stack.pop()[0] != event.call_id:
                    pass
                if stack:
                    stack[-1] = (*stack[-1][:2], event.timestamp)

    def _spend(self, stack: list[tuple[int, str, float]], until: float) -> None:
        if stack:
            names = tuple(name for _, name, _ in stack)
            self._times[names] = self._times.get(names, 0.0) + until - stack[-1][2]

    def flush(self) -> None:
        """See ``Exporter``."""
        self._stream.flush()

    def close(self) -> None:
        """See ``Exporter``."""
        for names, seconds in sorted(self._times.items()):
            self._stream.write(
                f"{';'.join(name.replace(';', ':') for name in names)} {round(seconds * 1e6)}\n"
            )
        self._stream.close()

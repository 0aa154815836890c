"""Tracing of any length in a bounded space."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytead.flow.tracer import FunctionTracer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from os import PathLike

    from pytead.flow.events import CallEvent
    from pytead.flow.export import Exporter


class TraceProcessor:
    """Takes events in batches: counts them, and hands them on.

    Args:
        path: file that they are written to, in the format that its name says; see ``flow.export``. None for none.
        handler: called with each batch.

    Attributes:
        batches: how many batches there were.
        events: how many events.
        call_counts: how often each function was called, by dotted name.

    Raises:
        PyteadError: ``flow-format``, for a name that says no format.
    """

    def __init__(
        self,
        path: str | PathLike[str] | None = None,
        handler: Callable[[Sequence[CallEvent]], object] | None = None,
    ) -> None:
        self.batches = 0
        self.events = 0
        self.call_counts: dict[str, int] = {}
        self._handler = handler
        self._exporter: Exporter | None = None
        if path is not None:
            from pytead.flow.export import open_export

            self._exporter = open_export(path)

    def process_batch(self, events: Sequence[CallEvent]) -> None:
        """Take the next events; the list may be used again by who gave it."""
        self.batches += 1
        self.events += len(events)
        counts = self.call_counts
        for event in events:
            if event.event_type == "call":
                counts[event.dotted] = counts.get(event.dotted, 0) + 1
        if self._exporter is not None:
            self._exporter.add(events)
        if self._handler is not None:
            self._handler(events)

    def close(self) -> None:
        """Complete the file."""
        if self._exporter is not None:
            self._exporter.close()
            self._exporter = None


class StreamingTracer(FunctionTracer):
    """A tracer that holds ``buffer_size`` events at most and gives them to a processor in batches.

    Args:
        buffer_size: how many.
        filter_modules: as for ``FunctionTracer``.
        trace_processor: who takes the batches; by default one that counts.
        options: the other arguments of ``FunctionTracer``.

    Attributes:
        event_buffer: the events that no batch has taken yet.
    """

    def __init__(
        self,
        buffer_size: int = 10_000,
        filter_modules: Sequence[str] | str | None = None,
        *,
        trace_processor: TraceProcessor | None = None,
        **options: Any,
    ) -> None:
        self.buffer_size = buffer_size
        self.event_buffer: list[CallEvent] = []
        self.trace_processor = TraceProcessor() if trace_processor is None else trace_processor
        super().__init__(filter_modules, **options)

    def add_event(self, event: CallEvent) -> None:
        """Take an event, and give the buffer away when it is full."""
        self.event_buffer.append(event)
        if len(self.event_buffer) >= self.buffer_size:
            self.trace_processor.process_batch(self.event_buffer)
            self.event_buffer.clear()

    def get_events(self) -> list[CallEvent]:
        """The events that no batch has taken yet."""
        super().get_events()
        return list(self.event_buffer)

    def stop(self) -> None:
        """End tracing and give the last events away."""
        was_running = self.is_running
        super().stop()
        if was_running and not self.is_running and self.event_buffer:
            self.trace_processor.process_batch(self.event_buffer)
            self.event_buffer.clear()

    def _drain_limit(self) -> int:
        return max(self.buffer_size, 1)

"""Chrome's trace event format, as Perfetto and chrome://tracing read it: an object with ``traceEvents``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TextIO

from pytead.flow.formatting import STANDARD, Formatter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytead.flow.events import CallEvent

_BEGINS = {"call": "B", "resume": "B", "return": "E", "yield": "E"}


class ChromeExporter:
    """Duration events, ``B`` and ``E``, and instants for exceptions; times in microseconds from the first event."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._formatter = Formatter(STANDARD)
        self._base: float | None = None
        self._threads: dict[str, int] = {}
        self._suspended: set[int] = set()
        self._separator = "\n"
        stream.write('{"displayTimeUnit": "ms", "traceEvents": [')

    def add(self, events: Sequence[CallEvent]) -> None:
        """See ``Exporter``."""
        for event in events:
            if event.event_type == "yield":
                self._suspended.add(event.call_id)
            elif event.event_type == "resume":
                self._suspended.discard(event.call_id)
            elif event.event_type == "return" and event.call_id in self._suspended:
                self._suspended.discard(event.call_id)  # it isn't running: nothing is open to be ended
                continue
            self._add(event)

    def _add(self, event: CallEvent) -> None:
        if self._base is None:
            self._base = event.timestamp
        thread = self._threads.get(event.thread_id)
        if thread is None:
            thread = self._threads[event.thread_id] = len(self._threads) + 1
            self._write({"ph": "M", "name": "thread_name", "pid": event.process, "tid": thread,
                         "args": {"name": f"thread {event.thread_id}"}})  # fmt: skip
        entry: dict[str, Any] = {
            "name": event.dotted,
            "cat": "function",
            "ph": _BEGINS.get(event.event_type, "i"),
            "ts": round((event.timestamp - self._base) * 1e6, 3),
            "pid": event.process,
            "tid": thread,
        }
        if event.event_type == "call":
            formatter = self._formatter
            entry["args"] = {name: formatter.value(value) for name, value in event.args.items()}
        elif event.event_type == "return":
            entry["args"] = {"outcome": self._formatter.outcome(event).strip()}
        elif event.event_type in ("exception", "line"):
            entry["s"] = "t"
            entry["cat"] = event.event_type
            shown = self._formatter.value(event.exception) if event.exception is not None else ""
            entry["args"] = {"line": event.line_number, "exception": shown}
        self._write(entry)

    def _write(self, entry: dict[str, Any]) -> None:
        self._stream.write(self._separator + json.dumps(entry))
        self._separator = ",\n"

    def flush(self) -> None:
        """See ``Exporter``."""
        self._stream.flush()

    def close(self) -> None:
        """See ``Exporter``."""
        self._stream.write("\n]}\n")
        self._stream.close()

"""JSON lines, and the tree of calls as text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TextIO

from pytead.flow.events import FIELDS
from pytead.flow.formatting import STANDARD, Formatter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytead.flow.events import CallEvent

_SCALARS = (type(None), bool, int, float, str)
_VALUES = ("return_value", "exception")


class LinesExporter:
    """An object a line with all fields of the event; values that JSON hasn't are shown as text."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._formatter = Formatter(STANDARD)

    def add(self, events: Sequence[CallEvent]) -> None:
        """See ``Exporter``."""
        for event in events:
            entry = {name: getattr(event, name) for name in FIELDS if name != "args" and name not in _VALUES}
            entry["args"] = {name: self._plain(value) for name, value in event.args.items()}
            for name in _VALUES:
                entry[name] = self._plain(getattr(event, name))
            self._stream.write(json.dumps(entry) + "\n")

    def _plain(self, value: object) -> object:
        return value if type(value) in _SCALARS else self._formatter.value(value)

    def flush(self) -> None:
        """See ``Exporter``."""
        self._stream.flush()

    def close(self) -> None:
        """See ``Exporter``."""
        self._stream.close()


class TreeExporter:
    """The tree; what repeats is known only at the end, so it holds all events until then."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._events: list[CallEvent] = []

    def add(self, events: Sequence[CallEvent]) -> None:
        """See ``Exporter``."""
        self._events += events

    def flush(self) -> None:
        """See ``Exporter``."""
        self._stream.flush()

    def close(self) -> None:
        """See ``Exporter``."""
        self._stream.write(Formatter(STANDARD).tree(self._events) + "\n")
        self._stream.close()

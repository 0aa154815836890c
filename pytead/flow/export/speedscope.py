"""speedscope's file format: one evented profile a thread, frames shared.

Profiles stand one after the other in the file, so the events of each thread wait in a temporary file of their own.
"""

from __future__ import annotations

import json
import tempfile
from typing import IO, TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytead.flow.events import CallEvent

SCHEMA = "https://www.speedscope.app/file-format-schema.json"


class _Profile:
    """The events of one thread, so far."""

    def __init__(self) -> None:
        self.file: IO[str] = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - closed when it is copied
        self.separator = ""
        self.stack: list[tuple[int, int]] = []
        self.last = 0.0

    def write(self, kind: str, frame: int, at: float) -> None:
        self.last = at = max(self.last, at)
        self.file.write(f'{self.separator}{{"type": "{kind}", "frame": {frame}, "at": {at:.3f}}}')
        self.separator = ",\n"


class SpeedscopeExporter:
    """Times in microseconds from the first event."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._frames: dict[tuple[str, str, int], int] = {}
        self._profiles: dict[str, _Profile] = {}
        self._base: float | None = None

    def add(self, events: Sequence[CallEvent]) -> None:
        """See ``Exporter``."""
        for event in events:
            if self._base is None:
                self._base = event.timestamp
            at = (event.timestamp - self._base) * 1e6
            if event.event_type in ("call", "resume"):
                profile = self._profiles.get(event.thread_id)
                if profile is None:
                    profile = self._profiles[event.thread_id] = _Profile()
                site = event.__dict__.get("_site")
                line = site.first_line if site is not None else event.line_number
                key = event.dotted, event.filename, line
                frame = self._frames.setdefault(key, len(self._frames))
                profile.stack.append((event.call_id, frame))
                profile.write("O", frame, at)
            elif event.event_type in ("return", "yield"):
                profile = self._profiles.get(event.thread_id)
                if profile is not None and any(number == event.call_id for number, _ in profile.stack):
                    number = -1
                    while number != event.call_id:
                        number, frame = profile.stack.pop()
                        profile.write("C", frame, at)

    def flush(self) -> None:
        """See ``Exporter``."""
        for profile in self._profiles.values():
            profile.file.flush()
        self._stream.flush()

    def close(self) -> None:
        """See ``Exporter``."""
        write = self._stream.write
        frames = [{"name": name, "file": file, "line": line} for name, file, line in self._frames]
        write('{"$schema": ' + json.dumps(SCHEMA) + ', "exporter": "pytead", "activeProfileIndex": 0,\n')
        write('"shared": {"frames": ' + json.dumps(frames) + '},\n"profiles": [')
        separator = "\n"
        for thread, profile in self._profiles.items():
            while profile.stack:
                profile.write("C", profile.stack.pop()[1], profile.last)
            head = {"type": "evented", "name": f"thread {thread}", "unit": "microseconds", "startValue": 0}
            write(f'{separator}{json.dumps(head)[:-1]}, "endValue": {profile.last:.3f}, "events": [\n')
            profile.file.seek(0)
            while chunk := profile.file.read(1 << 16):
                write(chunk)
            profile.file.close()
            write("]}")
            separator = ",\n"
        write("\n]}\n")
        self._stream.close()

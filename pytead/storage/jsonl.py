"""The json format: a readable line an entry, one file per process."""

from __future__ import annotations

from pytead.storage import readable
from pytead.storage.appending import AppendOnlyFile
from pytead.storage.folder import LINES
from pytead.values.calls import whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytead.names import FunctionName
    from pytead.records import FunctionTally
    from pytead.storage.store import Append, OnError


class JsonLinesStore:
    """Appends to ``<folder>/<run>-<pid>[-n].jsonl``."""

    def __init__(self, folder: str, run: str, on_error: OnError | None = None) -> None:
        self._run = run
        self._file = AppendOnlyFile(folder, run, LINES, on_error)

    def appender(self, function: FunctionName, kind: str, source: str, reach: str = "") -> Append:
        """A closure that lays out one call and writes its line."""
        write, run = self._write, self._run

        def append(before: bytes, after: bytes, outcome: str, timestamp: float, duration: float) -> None:
            call = (before, whole(before, after), outcome, timestamp, duration)
            write(readable.call_entry(function, kind, source, run, call, reach))

        return append

    def _write(self, entry: dict[str, object]) -> None:
        self._file.write(readable.dumps(entry).encode() + b"\n")

    def _write_part(self, entry: dict[str, object]) -> None:
        entry = {"schema": readable.SCHEMA, **entry}
        self._write({**entry, "check": readable.checksum(entry)})

    def write_run(self, fields: dict[str, object]) -> None:
        """Store part of the run."""
        from pytead.storage import runs

        self._write_part({"entry": "run", "run": self._run, "fields": runs.plain_fields(fields)})

    def write_tally(self, tallies: list[FunctionTally]) -> None:
        """Store the tallies of this process."""
        from pytead.storage import runs

        self._write_part({"entry": "tally", "run": self._run, "tallies": runs.plain_tallies(tallies)})

    def after_fork(self) -> None:
        """The child goes on in a file of its own."""
        self._file.after_fork()

    def close(self) -> None:
        """Close the file; it is not needed for anything to be kept."""
        self._file.close()

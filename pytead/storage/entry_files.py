"""A storage object of the user's own: ``extension``, ``make_path``, ``dump`` and ``load``; one file a call.

What it is given to dump is the readable entry, plain data that ``json.dumps(entry, default=str)`` loses
nothing of. A file whose text is such an entry is read back without the object.
"""

from __future__ import annotations

from _thread import get_ident

from pytead.storage import folder as folders
from pytead.storage import readable
from pytead.storage.jsonl import JsonLinesStore
from pytead.values.calls import whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path
    from typing import Protocol

    from pytead.names import FunctionName
    from pytead.records import FunctionTally
    from pytead.storage.store import Append, OnError

    class EntryStorage(Protocol):
        """What a user passes as ``storage``. ``load`` is theirs to use; reading a store doesn't need it."""

        extension: str

        def make_path(self, storage_dir: Path, func_fullname: str) -> Path: ...

        def dump(self, entry: dict[str, object], path: Path) -> None: ...

        def load(self, path: Path) -> dict[str, object]: ...


class EntryFileStore:
    """Gives each call to the user's object; what belongs to the run goes to a JSON-lines file beside its
    files."""

    def __init__(self, storage: EntryStorage, folder: str, run: str, on_error: OnError | None = None) -> None:
        from pathlib import Path

        self._storage = storage
        self._folder = Path(folder)
        self._run = run
        self._on_error = on_error
        self._parts = JsonLinesStore(folder, run, on_error)
        self._has_folder = False
        self._was_reported = False
        self._busy: set[int] = set()

    def appender(self, function: FunctionName, kind: str, source: str, reach: str = "") -> Append:
        """A closure that lays out one call and hands it over."""
        store, run = self._store, self._run

        def append(before: bytes, after: bytes, outcome: str, timestamp: float, duration: float) -> None:
            call = (before, whole(before, after), outcome, timestamp, duration)
            store(readable.call_entry(function, kind, source, run, call, reach))

        return append

    def _store(self, entry: dict[str, object]) -> None:
        thread = get_ident()
        if thread in self._busy:
            return  # the object's own functions are recorded too, and would store themselves for ever
        self._busy.add(thread)
        try:
            if not self._has_folder:
                folders.make(str(self._folder))
                self._has_folder = True
            path = self._storage.make_path(self._folder, str(entry["func"]))
            self._storage.dump(entry, path)
        except Exception as error:  # it is the user's code, and the program must not see it fail
            self._report(error)
        finally:
            self._busy.discard(thread)

    def _report(self, error: Exception) -> None:
        if self._was_reported:
            return
        self._was_reported = True
        if self._on_error is not None:
            reason = f"{type(self._storage).__name__} raised {type(error).__name__}: {error}"
            self._on_error(folders.unwritable(str(self._folder), reason))

    def write_run(self, fields: dict[str, object]) -> None:
        """Store part of the run."""
        self._parts.write_run(fields)

    def write_tally(self, tallies: list[FunctionTally]) -> None:
        """Store the tallies of this process."""
        self._parts.write_tally(tallies)

    def after_fork(self) -> None:
        """The child goes on in a file of its own."""
        self._busy.clear()
        self._parts.after_fork()

    def close(self) -> None:
        """Close what belongs to the run; the user's object has no end."""
        self._parts.close()

"""All that a store holds, whatever mix of formats its files have."""

from __future__ import annotations

from collections import OrderedDict
from heapq import merge
from typing import TYPE_CHECKING, NamedTuple

from pytead.records import CallRecord, RunRecord
from pytead.storage import folder as folders
from pytead.storage.reading import folder as reading
from pytead.storage.reading.found import FoundCall, FoundPart, StoreFile, StoreProblem
from pytead.storage.reading.sqlite import SqliteFile
from pytead.storage.runs import RunParts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytead.names import FunctionName
    from pytead.targets import TargetSet

_OPEN_FILES = 16


def _itself(record: CallRecord) -> CallRecord:
    return record


class _Place(NamedTuple):
    started: float
    run: str
    timestamp: float
    file: int
    place: int


class StoredCalls:
    """The calls of a store, checked once and read when they are asked for: only their places are held.

    Args:
        folder: where they are.
        run: id of the one run whose calls count; by default all do.

    Attributes:
        runs: run id to what is known of the run, also for runs of which only calls are left.
        problems: what could not be read, in the order of the files; an entry that turns bad later is added.
        alter: gives the call that is read in place of a stored one.
    """

    def __init__(self, folder: Path, run: str | None = None) -> None:
        self.folder = folder
        self.runs: dict[str, RunRecord] = {}
        self.problems: list[StoreProblem] = []
        self.alter: Callable[[CallRecord], CallRecord] = _itself
        self._files: list[StoreFile] = []
        self._places: dict[FunctionName, list[_Place]] = {}
        self._outcomes: dict[FunctionName, dict[str, int]] = {}
        self._open: OrderedDict[int, StoreFile] = OrderedDict()
        self._look(run)

    def is_selected(self, function: FunctionName, targets: TargetSet | None) -> bool:
        """Whether ``targets``, all if None, mean the function; ``__main__`` means the module a program ran as."""
        if targets is None:
            return True
        is_main = any(run.main == function.module for run in self.runs.values())
        return targets.decide(function, aliases=("__main__",) if is_main else ()).selected

    def functions(self) -> list[FunctionName]:
        """Every function with a stored call, sorted."""
        return sorted(self._places)

    def outcomes(self, function: FunctionName) -> dict[str, int]:
        """How many stored calls of the function had each outcome."""
        return dict(sorted(self._outcomes.get(function, {}).items()))

    def read(self, function: FunctionName | None = None) -> Iterator[CallRecord]:
        """The calls of one function, or of all: by the start of their run, then by time, then by place."""
        for _, record in self.located(function):
            yield record

    def located(self, function: FunctionName | None = None) -> Iterator[tuple[Path, CallRecord]]:
        """The same, each with the file that it stands in."""
        if function is not None:
            places: Iterator[_Place] = iter(self._places.get(function, ()))
        else:
            places = merge(*self._places.values())
        try:
            for place in places:
                file = self._files[place.file]
                try:
                    record = self.alter(self._opened(place.file).read(place.place))
                except (ValueError, LookupError, OSError) as error:
                    # It was whole when the store was opened, so something changes the file meanwhile.
                    name = file.path.relative_to(self.folder).as_posix()
                    self.problems.append(
                        StoreProblem(name, f"entry at {place.place}", "entry-corrupt", str(error))
                    )
                else:
                    yield file.path, record
        finally:
            while self._open:
                self._open.popitem()[1].close()

    def recorded_files(self) -> set[Path]:
        """The files that hold calls, whoever wrote them."""
        return {self._files[place.file].path for places in self._places.values() for place in places}

    def files(self) -> list[Path]:
        """What clearing the store may delete: files that recording made, and nothing else.

        The folder's ``.gitignore`` is among them if recording made it and nothing foreign would be left.
        """
        ours = []
        for file in self._files:
            if file.is_ours():
                file.close()  # SQLite takes what it put beside a database with it
                ours.append(file.path)
                if isinstance(file, SqliteFile):
                    ours.extend(reading.companions(file.path))
        account = self.folder / folders.ACCOUNT_FILE
        if account.is_file():
            ours.append(account)
        ignore = self.folder / folders.IGNORE_FILE
        if reading.is_ignore_file_of_ours(ignore) and reading.everything(self.folder) <= {*ours, ignore}:
            ours.append(ignore)
        return ours

    def holds_nothing_else(self) -> bool:
        """Whether all files in the folder are a store's, so that one more of Pytead's is in nobody's way."""
        extra = {self.folder / folders.IGNORE_FILE, self.folder / folders.ACCOUNT_FILE}
        return reading.everything(self.folder) <= {*self.files(), *extra}

    def _opened(self, number: int) -> StoreFile:
        file = self._files[number]
        self._open[number] = file
        self._open.move_to_end(number)
        if len(self._open) > _OPEN_FILES:
            self._open.popitem(last=False)[1].close()
        return file

    def _look(self, run: str | None) -> None:
        calls: list[tuple[FoundCall, int]] = []
        parts: dict[str, RunParts] = {}
        for file in reading.files(self.folder):
            if isinstance(file, StoreProblem):
                self.problems.append(file)
                continue
            if run is not None and folders.is_name_of_ours(file.path.name, other_than=run):
                continue
            number = len(self._files)
            self._files.append(file)
            name = file.path.relative_to(self.folder).as_posix()
            try:
                for found in file.look():
                    if run is not None and not isinstance(found, StoreProblem) and found.run != run:
                        continue
                    if isinstance(found, FoundCall):
                        calls.append((found, number))
                    elif isinstance(found, FoundPart):
                        self._add_part(parts, found, name)
                    else:
                        self.problems.append(found)
            except OSError as error:
                self.problems.append(reading.unreadable(name, error))
            finally:
                file.close()
        self._index(calls, parts)

    def _add_part(self, parts: dict[str, RunParts], found: FoundPart, name: str) -> None:
        of_run = parts.setdefault(found.run, RunParts(found.run))
        try:
            if found.entry == "run":
                of_run.add_fields(found.content)
            else:
                of_run.add_tallies(found.content)
        except ValueError as error:
            self.problems.append(StoreProblem(name, "", "entry-corrupt", str(error)))

    def _index(self, calls: list[tuple[FoundCall, int]], parts: dict[str, RunParts]) -> None:
        self.runs = {run: parts[run].record for run in sorted(parts)}
        for found, _ in calls:
            run = self.runs.setdefault(found.run, RunRecord(found.run))
            if found.run not in parts and (not run.started or found.timestamp < run.started):
                run.started = found.timestamp
        for found, number in calls:
            place = _Place(self.runs[found.run].started, found.run, found.timestamp, number, found.place)
            self._places.setdefault(found.function, []).append(place)
            counts = self._outcomes.setdefault(found.function, {})
            counts[found.outcome] = counts.get(found.outcome, 0) + 1
        for places in self._places.values():
            places.sort()

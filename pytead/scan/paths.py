"""Secrets in files and folders, whatever they are."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from pytead.errors import USAGE, PyteadError
from pytead.scan.calls import REVEALED, in_store, revealed_in
from pytead.scan.findings import Finding, masked
from pytead.scan.tests import in_source
from pytead.scan.texts import in_json, in_table, in_text
from pytead.storage.opening import open_for_read
from pytead.storage.reading.revealed import revealed_by

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytead.scan.parameters import Sources
    from pytead.storage.reading.found import StoreProblem
    from pytead.storage.reading.revealed import Revealed
    from pytead.values.redaction.finding import Finder

_LARGEST = 64 << 20
_LEFT_OUT = frozenset([".git", ".hg", ".svn", "__pycache__", "node_modules", ".venv", "venv", ".tox", ".nox"])


class Search:
    """Looks through paths.

    Args:
        finder: knows secrets.
        sources: knows what functions call their arguments.

    Attributes:
        files: how many files were looked at.
        calls: how many recorded calls.
        problems: what of a store couldn't be read.
        unread: files that couldn't be, or that are too large.
    """

    def __init__(self, finder: Finder, sources: Sources) -> None:
        self._finder = finder
        self._sources = sources
        self._revealed: list[Revealed] = []
        self.files = 0
        self.calls = 0
        self.problems: list[StoreProblem] = []
        self.unread: list[Path] = []

    def look(self, path: Path) -> Iterator[Finding]:
        """The secrets in a file, or in all files of a folder.

        Raises:
            PyteadError: ``path-missing``, where there is neither.
        """
        if path.is_file():
            yield from self._in_file(path, path.parent)
        elif path.is_dir():
            yield from self._in_folder(path)
        else:
            raise PyteadError("path-missing", f"{path} is neither a file nor a folder", exit_code=USAGE)

    def _in_folder(self, folder: Path) -> Iterator[Finding]:
        stored = open_for_read(folder)
        read = stored.recorded_files()
        self.calls += sum(sum(stored.outcomes(function).values()) for function in stored.functions())
        yield from in_store(stored, self._finder, self._sources)
        revealed = revealed_by(stored)
        if revealed is not None:
            self._revealed.append(revealed)
            yield from revealed_in(stored, revealed)
        self.files += len(read)
        self.problems += [problem for problem in stored.problems if problem.slug != "foreign-file"]
        for file in _files(folder):
            if file not in read:
                yield from self._in_plain_file(file)

    def _in_file(self, file: Path, folder: Path) -> Iterator[Finding]:
        stored = open_for_read(folder)
        if file not in stored.recorded_files():
            yield from self._in_plain_file(file)
            return
        self.files += 1
        for finding in in_store(stored, self._finder, self._sources):
            if finding.file == file:
                yield finding

    def _in_plain_file(self, file: Path) -> Iterator[Finding]:
        try:
            if file.stat().st_size > _LARGEST:
                self.unread.append(file)
                return
            data = file.read_bytes()
        except OSError:
            self.unread.append(file)
            return
        self.files += 1
        text = data.decode("utf-8", "replace") if b"\0" not in data else data.decode("latin-1")
        yield from self._revealed_in(file, text)
        if file.suffix in (".py", ".pyi"):
            found = in_source(text, self._finder, self._sources)
            if found is not None:
                for line, function, why, secret in found:
                    yield Finding(file, function, f"line {line}", why, masked(secret))
                return
        if file.suffix in (".json", ".csv"):
            values = (in_json if file.suffix == ".json" else in_table)(text, self._finder)
            if values is not None:
                for place, why, secret in values:
                    yield Finding(file, "", place, why, masked(secret))
                return
        for line, why, secret in in_text(text, self._finder):
            yield Finding(file, "", f"line {line}", why, masked(secret))

    def _revealed_in(self, file: Path, text: str) -> Iterator[Finding]:
        """What the calls that were looked through before reveal."""
        for revealed in self._revealed:
            for secret in sorted(map(str, revealed.met.found_in(text.encode("utf-8", "replace")))):
                if secret in text:
                    line = text.count("\n", 0, text.index(secret)) + 1
                    yield Finding(file, "", f"line {line}", REVEALED, masked(secret))


def _files(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(each for each in folders if each not in _LEFT_OUT)
        for name in sorted(names):
            if not name.endswith((".pyc", "-shm", "-wal")):
                yield Path(place, name)

"""Which files a store's folder holds, told by what is in them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from pytead.storage import folder as folders
from pytead.storage.reading.entry_files import EntryFile
from pytead.storage.reading.flows import FlowFile
from pytead.storage.reading.found import StoreFile, StoreProblem
from pytead.storage.reading.jsonl import JsonLinesFile
from pytead.storage.reading.segments import SegmentFile
from pytead.storage.reading.sqlite import SqliteFile
from pytead.storage.segments import FRAME

if TYPE_CHECKING:
    from collections.abc import Iterator

_DATABASE_HEAD = b"SQLite format 3\0"
_DEPTH = 4
"""Folders below the store's that are looked into: a user's storage object may sort its files."""


def files(folder: Path) -> Iterator[StoreFile | StoreProblem]:
    """The files of a store in the order of their names, and a problem for each that is none of them."""
    for path, name, depth in _walk(folder, "", 0):
        try:
            found = _recognise(path, name)
        except OSError as error:
            yield unreadable(name, error)
            continue
        if found is not None:
            yield found
        elif depth == 0 and not _is_expected(path, name):
            yield StoreProblem(name, "", "foreign-file", "it holds no recorded calls")


def unreadable(name: str, error: OSError) -> StoreProblem:
    """The problem of a file that the system doesn't let us read."""
    return StoreProblem(name, "", "file-unreadable", folders.why(error))


def is_ignore_file_of_ours(path: Path) -> bool:
    """Whether the folder's ``.gitignore`` is the one that recording put there."""
    try:
        return path.read_bytes() == folders.IGNORE_TEXT
    except OSError:
        return False


def companions(database: Path) -> list[Path]:
    """What SQLite left beside a database."""
    beside = [database.with_name(database.name + suffix) for suffix in folders.COMPANIONS]
    return [path for path in beside if path.is_file()]


def everything(folder: Path) -> set[Path]:
    """All files in the folder and below it."""
    return {path for path in folder.rglob("*") if not path.is_dir()}


def _walk(folder: Path, prefix: str, depth: int) -> Iterator[tuple[Path, str, int]]:
    with os.scandir(folder) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    for entry in entries:
        name = prefix + entry.name
        if entry.is_dir(follow_symlinks=False):
            if depth < _DEPTH and not entry.name.startswith((".", "__pycache__")):
                try:
                    yield from _walk(Path(entry.path), name + "/", depth + 1)
                except OSError:
                    continue  # a folder that can't be listed holds nothing that can be read
        elif entry.is_file():
            yield Path(entry.path), name, depth


def _recognise(path: Path, name: str) -> StoreFile | None:
    if name == folders.ACCOUNT_FILE:
        return None
    with path.open("rb") as file:
        head = file.read(4096)
    suffix = path.suffix
    if suffix == folders.FLOW:
        return FlowFile(path, name)
    if suffix == folders.LINES:
        return JsonLinesFile(path, name)
    if head.startswith(_DATABASE_HEAD) or (suffix == ".sqlite3" and head):
        return SqliteFile(path, name)
    if head.startswith(FRAME) or suffix == folders.SEGMENT:
        segment = SegmentFile(path, name)
        if suffix == folders.SEGMENT or segment.has_entries():
            return segment
        return None
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        return EntryFile(path, name)
    return None


def _is_expected(path: Path, name: str) -> bool:
    return name in (folders.IGNORE_FILE, folders.ACCOUNT_FILE) or name.endswith(folders.COMPANIONS)

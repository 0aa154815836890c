"""Reads a file that holds one readable entry: made through a user's storage object, by hand, or by a
program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytead.storage.reading import readable
from pytead.storage.reading.found import Found, FoundCall, StoreProblem
from pytead.storage.reading.jsonl import parse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytead.records import CallRecord


class EntryFile:
    """One call in a file of its own."""

    def __init__(self, path: Path, name: str) -> None:
        self.path = path
        self.name = name
        self._is_ours = False

    def look(self) -> Iterator[Found]:
        """See ``StoreFile``."""
        text = self.path.read_bytes()
        try:
            entry = parse(text)
        except ValueError as error:
            yield self._foreign_or_corrupt(text, str(error))
            return
        if not readable.is_entry(entry):
            yield self._foreign_or_corrupt(text, "it holds no call")
            return
        self._is_ours = readable.is_ours(entry)
        try:
            record = readable.outline(entry)
        except ValueError as error:
            slug = "later-schema" if isinstance(error, readable.LaterSchemaError) else "entry-corrupt"
            yield StoreProblem(self.name, "", slug, str(error))
            return
        yield FoundCall(record.function, record.outcome, record.run, record.timestamp, 0)

    def _foreign_or_corrupt(self, text: bytes, reason: str) -> StoreProblem:
        known = sum(
            f'"{key}"'.encode() in text for key in ("schema", "func", "args", "kwargs", "check", "outcome")
        )
        return StoreProblem(self.name, "", "entry-corrupt" if known >= 4 else "foreign-file", reason)

    def read(self, place: int) -> CallRecord:
        """See ``StoreFile``."""
        return readable.record(parse(self.path.read_bytes()))

    def is_ours(self) -> bool:
        """See ``StoreFile``."""
        return self._is_ours

    def close(self) -> None:
        """See ``StoreFile``."""

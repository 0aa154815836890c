"""Reads files of JSON lines."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, BinaryIO

from pytead.storage import folder as folders
from pytead.storage.reading import readable
from pytead.storage.reading.found import Found, FoundCall, FoundPart, StoreProblem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytead.records import CallRecord

_START = b'{"schema":'


class JsonLinesFile:
    """One file of lines; a bad line is left out."""

    def __init__(self, path: Path, name: str) -> None:
        self.path = path
        self.name = name
        self._file: BinaryIO | None = None
        self._is_ours = False

    def look(self) -> Iterator[Found]:
        """See ``StoreFile``."""
        with self.path.open("rb") as file:
            place = 0
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield from self._look_at(line, place, number)
                place += len(line)

    def _look_at(self, line: bytes, place: int, number: int) -> Iterator[Found]:
        try:
            entry = parse(line)
            found = _found(entry, place)
        except ValueError as error:
            slug = "later-schema" if isinstance(error, readable.LaterSchemaError) else "entry-corrupt"
            if slug == "entry-corrupt" and not line.endswith(b"\n"):
                slug = "entry-truncated"
            self._is_ours = self._is_ours or (line.startswith(_START) and folders.is_name_of_ours(self.name))
            yield StoreProblem(self.name, f"line {number}", slug, str(error))
        else:
            self._is_ours = self._is_ours or readable.is_ours(entry)
            yield found
            return
        # Where the end of a line was lost, the next entry stands on the same line.
        start = line.find(_START, 1)
        while start > 0:
            try:
                found = _found(parse(line[start:]), place + start)
            except ValueError:
                start = line.find(_START, start + 1)
            else:
                yield found
                return

    def read(self, place: int) -> CallRecord:
        """See ``StoreFile``."""
        if self._file is None:
            self._file = self.path.open("rb")
        self._file.seek(place)
        return readable.record(parse(self._file.readline()))

    def is_ours(self) -> bool:
        """See ``StoreFile``."""
        return self._is_ours

    def close(self) -> None:
        """See ``StoreFile``."""
        if self._file is not None:
            self._file.close()
            self._file = None


def parse(text: bytes) -> dict[str, object]:
    """The object that is all of ``text``.

    Raises:
        ValueError: it is anything else.
    """
    try:
        entry = json.loads(text.decode("utf-8-sig"))
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except UnicodeDecodeError:
        raise ValueError("it is no UTF-8") from None
    except ValueError as error:
        raise ValueError(f"it is no JSON: {error}") from None
    if type(entry) is not dict:
        raise ValueError("it is no JSON object")
    return entry


def _found(entry: dict[str, object], place: int) -> Found:
    readable.verify(entry)
    kind = entry.get("entry", "call")
    if kind == "call":
        if not readable.is_entry(entry):
            raise ValueError("it is no call")
        record = readable.outline(entry)
        return FoundCall(record.function, record.outcome, record.run, record.timestamp, place)
    content = entry.get("fields" if kind == "run" else "tallies")
    if kind not in ("run", "tally") or content is None:
        raise ValueError(f"an entry of kind {kind!r} is unknown")
    return FoundPart(str(kind), str(entry.get("run")), content)

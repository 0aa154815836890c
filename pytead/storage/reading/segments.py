"""Reads segments. Nothing in them is loaded as a pickle: see ``plain_pickle``."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, BinaryIO
from zlib import adler32

from pytead.names import FunctionName
from pytead.records import SCHEMA, CallRecord
from pytead.storage import folder as folders
from pytead.storage import plain_pickle
from pytead.storage.reading.found import (
    RECORD_FIELDS,
    Found,
    FoundCall,
    FoundPart,
    StoreProblem,
    check_record,
)
from pytead.storage.segments import END, FRAME, FRAME_SIZE, INTRO, TAIL_SIZE
from pytead.values.calls import whole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SCHEMA_KEY = b"}(" + plain_pickle.dump("schema")
_SMALL_INT = plain_pickle.dump(SCHEMA)[0]
_HEAD_SIZE = FRAME_SIZE + len(INTRO)
_START = re.compile(re.escape(FRAME) + b".{8}" + re.escape(_SCHEMA_KEY), re.DOTALL)
_START_SIZE = len(FRAME) + 8 + len(_SCHEMA_KEY)
_STEP = 1 << 20


class _LaterSchemaError(ValueError):
    pass


class _TruncatedError(ValueError):
    pass


class SegmentFile:
    """One segment, read entry by entry; a bad one is left out and reading goes on at the next."""

    def __init__(self, path: Path, name: str) -> None:
        self.path = path
        self.name = name
        self._file: BinaryIO | None = None
        self._is_ours = False

    def has_entries(self) -> bool:
        """Whether anything in the file looks like the start of an entry."""
        with self.path.open("rb") as file:
            return _next_start(file, 0, os.fstat(file.fileno()).st_size) is not None

    def look(self) -> Iterator[Found]:
        """See ``StoreFile``."""
        with self.path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            first = _next_start(file, 0, size)
            # A pickle of somebody else's may well hold the bytes of a segment.
            is_named = folders.is_name_of_ours(self.name)
            self._is_ours = first == 0 or (is_named and (first is not None or _is_zero(file, 0)))
            place = 0
            while place < size:
                try:
                    fields, end = _entry(file, place, size)
                    yield _found(fields, place)
                except ValueError as error:
                    if (place or is_named) and _is_zero(file, place):
                        return
                    following = _next_start(file, place + 1, size)
                    slug = "entry-corrupt"
                    if isinstance(error, _LaterSchemaError):
                        slug = "later-schema"
                    elif following is None and isinstance(error, _TruncatedError):
                        slug = "entry-truncated"
                    yield StoreProblem(self.name, f"byte {place}", slug, str(error))
                    end = size if following is None else following
                place = end

    def read(self, place: int) -> CallRecord:
        """See ``StoreFile``."""
        if self._file is None:
            self._file = self.path.open("rb")
        fields, _ = _entry(self._file, place, os.fstat(self._file.fileno()).st_size)
        return _record(fields)

    def is_ours(self) -> bool:
        """See ``StoreFile``."""
        return self._is_ours

    def close(self) -> None:
        """See ``StoreFile``."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _entry(file: BinaryIO, place: int, size: int) -> tuple[dict[str, object], int]:
    """The entry at ``place`` and where it ends.

    Raises:
        ValueError: there is none.
    """
    file.seek(place)
    head = file.read(_HEAD_SIZE)
    at = FRAME_SIZE + len(_SCHEMA_KEY)
    if not head.startswith(FRAME) or head[FRAME_SIZE:at] != _SCHEMA_KEY:
        if len(head) < _HEAD_SIZE and place + len(head) == size and FRAME.startswith(head[: len(FRAME)]):
            raise _TruncatedError("the file ends in the middle of an entry")
        raise ValueError("not the start of an entry")
    end = place + FRAME_SIZE + int.from_bytes(head[len(FRAME) : FRAME_SIZE], "little")
    if end > size:
        raise _TruncatedError(f"the entry should end at byte {end}, the file ends at {size}")
    tail = end - TAIL_SIZE
    if tail < place + _HEAD_SIZE:
        raise ValueError("the entry is too short")
    if head[at] == _SMALL_INT and head[at + 1] > SCHEMA:
        raise _LaterSchemaError(f"it has schema {head[at + 1]}, this version reads up to {SCHEMA}")
    if head[FRAME_SIZE:] != INTRO:
        raise ValueError("the head of the entry is damaged")
    file.seek(tail)
    check = file.read(TAIL_SIZE)
    if not check.endswith(END):
        if _is_zero(file, end - 1):
            raise _TruncatedError("the process ended in the middle of the entry")
        raise ValueError("the end of the entry is damaged")
    if _checksum(file, place + FRAME_SIZE, tail) != int.from_bytes(check[: -len(END)], "little"):
        raise ValueError("its checksum differs")
    file.seek(place + FRAME_SIZE)
    fields = plain_pickle.load(file.read(end - place - FRAME_SIZE))
    if type(fields) is not dict:
        raise ValueError("it is no dict")
    return fields, end


def _checksum(file: BinaryIO, place: int, end: int) -> int:
    """Of the bytes from ``place`` to ``end``, without holding them all."""
    file.seek(place)
    value = 1  # as adler32 begins
    while place < end:
        data = file.read(min(end - place, _STEP))
        if not data:
            break
        value = adler32(data, value)
        place += len(data)
    return value


def _is_zero(file: BinaryIO, place: int) -> bool:
    """Whether there are only zeros from ``place`` on, as a process leaves them that was killed."""
    file.seek(place)
    while data := file.read(_STEP):
        if data.count(0) < len(data):
            return False
    return True


def _next_start(file: BinaryIO, place: int, size: int) -> int | None:
    """Where the next entry may start, at ``place`` or after it."""
    while place < size:
        file.seek(place)
        data = file.read(_STEP)
        match = _START.search(data)
        if match is not None:
            return place + match.start()
        if len(data) < _START_SIZE:
            return None
        place += len(data) - _START_SIZE + 1
    return None


def _found(fields: dict[str, object], place: int) -> Found:
    entry = fields.get("entry")
    if entry == "call":
        record = _record(fields)
        return FoundCall(record.function, record.outcome, record.run, record.timestamp, place)
    content = fields.get("fields" if entry == "run" else "tallies")
    if entry not in ("run", "tally") or content is None:
        raise ValueError(f"an entry of kind {entry!r} is unknown")
    return FoundPart(str(entry), str(fields.get("run")), content)


def _record(fields: dict[str, object]) -> CallRecord:
    try:
        func, module = fields["func"], fields["module"]
        before, rest = fields["before"], fields.get("rest")
        if isinstance(before, bytes) and isinstance(rest, bytes):
            fields["after"] = whole(before, rest)
        record = CallRecord(
            FunctionName(module, func[len(module) + 1 :]),  # type: ignore[arg-type,index]
            **{name: fields[name] for name in RECORD_FIELDS},  # type: ignore[arg-type]
            reach=fields.get("reach", ""),  # type: ignore[arg-type]
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"a field is missing or wrong: {error}") from None
    check_record(record)
    return record

"""Reads a database of calls. Only plain tables are read: nothing that the file defines is run."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

from pytead.names import FunctionName
from pytead.records import SCHEMA, CallRecord
from pytead.storage.reading.found import Found, FoundCall, FoundPart, StoreProblem, check_record
from pytead.storage.reading.jsonl import parse
from pytead.storage.sqlite import APPLICATION_ID, CALL_COLUMNS, checksum

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# By rowid, which is the id whatever a damaged schema says.
_CALL = f'SELECT rowid, {", ".join(CALL_COLUMNS)}, "check" FROM calls'
_CALL_WITHOUT_REACH = _CALL.replace("reach", "NULL")
_PART = 'SELECT rowid, entry, run, content, "check" FROM parts'
_DAMAGE = (sqlite3.Error, OverflowError, UnicodeDecodeError)
"""What the module raises for a damaged file; the last where it names something that is damaged itself."""
_STRAY = 1000
"""Rows to look for one by one past damage that hides how many there are."""
_MANY = 100_000
"""Rows to look for one by one at most, as a damaged number may be any."""


class SqliteFile:
    """One database, read row by row; a bad row is left out, and what SQLite can't reach is named."""

    def __init__(self, path: Path, name: str) -> None:
        self.path = path
        self.name = name
        self._connection: sqlite3.Connection | None = None
        self._is_ours = False

    def look(self) -> Iterator[Found]:
        """See ``StoreFile``."""
        try:
            connection = self._connect()
            application = connection.execute("PRAGMA application_id").fetchone()[0]
            schema = connection.execute("PRAGMA user_version").fetchone()[0]
            kinds = dict(connection.execute("SELECT name, type FROM sqlite_master").fetchall())
        except _DAMAGE as error:
            yield StoreProblem(self.name, "", "entry-corrupt", f"SQLite can't read it: {error}")
            return
        if kinds.get(b"calls") != b"table" or kinds.get(b"parts") != b"table":
            yield StoreProblem(self.name, "", "foreign-file", "it is a database without calls")
            return
        self._is_ours = application == APPLICATION_ID
        if schema > SCHEMA:
            reason = f"it has schema {schema}, this version reads up to {SCHEMA}"
            yield StoreProblem(self.name, "", "later-schema", reason)
            return
        yield from self._damage(connection)
        yield from self._rows(connection, "calls", _call(connection))
        yield from self._rows(connection, "parts", _PART)

    def _damage(self, connection: sqlite3.Connection) -> Iterator[Found]:
        """What SQLite itself finds wrong: it shows rows that went missing without a gap."""
        try:
            says = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        except _DAMAGE as error:
            says = str(error).encode()
        if says != b"ok":
            reason = " ".join(says.decode("utf-8", "replace").split())
            yield StoreProblem(self.name, "", "entry-corrupt", f"SQLite finds it damaged: {reason}")

    def _rows(self, connection: sqlite3.Connection, table: str, select: str) -> Iterator[Found]:
        expected = 1
        for row in _all_rows(connection, table, select):
            number = row[0]
            if number > expected:
                yield self._missing(table, expected, number - 1)
            expected = number + 1
            try:
                yield _found_call(row) if table == "calls" else _found_part(row)
            except ValueError as error:
                yield StoreProblem(self.name, f"row {number} of {table}", "entry-corrupt", str(error))
        last = _last(connection, table)
        if last is None or last >= expected:
            yield self._missing(table, expected, last)

    def _missing(self, table: str, first: int, last: int | None) -> StoreProblem:
        place = f"row {first} of {table}" if last == first else f"rows from {first} of {table}"
        if last is not None and last != first:
            place = f"rows {first} to {last} of {table}"
        return StoreProblem(self.name, place, "entry-corrupt", "SQLite can't read that part of the database")

    def read(self, place: int) -> CallRecord:
        """See ``StoreFile``."""
        try:
            connection = self._connect()
            row = connection.execute(f"{_call(connection)} WHERE rowid = ?", (place,)).fetchone()
        except _DAMAGE as error:
            raise ValueError(f"SQLite can't read it: {error}") from None
        if row is None:
            raise ValueError(f"row {place} is gone")
        return _record(row)

    def is_ours(self) -> bool:
        """See ``StoreFile``."""
        return self._is_ours

    def close(self) -> None:
        """See ``StoreFile``."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connect(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = _read_only(self.path)
        return self._connection


def _read_only(path: Path) -> sqlite3.Connection:
    address = path.resolve().as_uri()
    for options in ("?mode=ro", "?mode=ro&immutable=1"):
        connection = sqlite3.connect(address + options, uri=True, timeout=10.0)
        connection.text_factory = bytes
        try:
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.OperationalError:
            # A database in WAL mode in a folder that can't be written to opens only as one that nobody
            # changes.
            connection.close()
            if options.endswith("1"):
                raise
        except BaseException:
            connection.close()
            raise
        else:
            return connection
    raise AssertionError("unreachable")


def _call(connection: sqlite3.Connection) -> str:
    """What selects a call, also in a database of a version that knew no reach."""
    columns = connection.execute("PRAGMA table_info(calls)").fetchall()
    return _CALL if any(column[1] == b"reach" for column in columns) else _CALL_WITHOUT_REACH


def _all_rows(connection: sqlite3.Connection, table: str, select: str) -> Iterator[tuple[Any, ...]]:
    """Every row that can be reached, by number: in one sweep, and past damage one by one."""
    done = 0
    try:
        for row in connection.execute(f"{select} ORDER BY rowid"):
            done = max(done, row[0])
            yield row
    except _DAMAGE:
        last = _last(connection, table)
        end = done + (_STRAY if last is None else min(last - done, _MANY))
        for number in range(done + 1, end + 1):
            try:
                row = connection.execute(f"{select} WHERE rowid = ?", (number,)).fetchone()
            except _DAMAGE:
                continue  # the caller sees the gap in the numbers
            if row is not None and row[0] == number:
                yield row


def _last(connection: sqlite3.Connection, table: str) -> int | None:
    """The highest row number; None where damage hides it."""
    try:
        found = connection.execute(f"SELECT max(rowid) FROM {table}").fetchone()[0]
    except _DAMAGE:
        return None
    return found if type(found) is int else 0 if found is None else None


def _text(value: object) -> str:
    if type(value) is not bytes:
        raise ValueError("a text is none")
    return value.decode("utf-8", "surrogatepass")


def _record(row: tuple[Any, ...]) -> CallRecord:
    run, func, module, kind, source, outcome = map(_text, row[1:7])
    timestamp, duration, before, after, reach, check = row[7:]
    reach = None if reach is None else _text(reach)
    names = (run, func, module, kind, source, outcome)
    if checksum((*names, timestamp, duration, before, after, reach)) != check:
        raise ValueError("its checksum differs")
    name = FunctionName(module, func[len(module) + 1 :])
    record = CallRecord(
        name,
        kind,  # type: ignore[arg-type]
        before,
        after,
        outcome,  # type: ignore[arg-type]
        timestamp,
        duration,
        run,
        source,
        reach or "",
    )
    check_record(record)
    return record


def _found_call(row: tuple[Any, ...]) -> Found:
    record = _record(row)
    return FoundCall(record.function, record.outcome, record.run, record.timestamp, row[0])


def _found_part(row: tuple[Any, ...]) -> Found:
    entry, run, content = map(_text, row[1:4])
    if checksum((entry, run, content)) != row[4]:
        raise ValueError("its checksum differs")
    value = parse(b'{"content":' + content.encode("utf-8", "surrogatepass") + b"}")["content"]
    if entry not in ("run", "tally"):
        raise ValueError(f"an entry of kind {entry!r} is unknown")
    return FoundPart(entry, run, value)

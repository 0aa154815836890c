"""The sqlite format: one database that can be queried, each call committed by itself.

    SELECT func, args, result FROM calls WHERE outcome = 'returned' ORDER BY timestamp

``args``, ``kwargs`` and ``result`` (or the exception, or what a generator yielded) are JSON text for people and
queries; the record is read from ``before`` and ``after``. Several processes write at once: the database is in WAL
mode and a writer waits its turn.
"""

from __future__ import annotations

import os
from _thread import RLock
from zlib import crc32

from pytead.storage import descriptors, readable
from pytead.storage import folder as folders
from pytead.values.calls import whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable
    from weakref import WeakSet

    from pytead.names import FunctionName
    from pytead.records import FunctionTally
    from pytead.storage.store import Append, OnError

APPLICATION_ID = 0x70797464
"""Stands in the header of our databases (``pytd``)."""

WAIT = 10.0
"""Seconds to wait for other writers; a call that waited in vain is the end of storing in this process."""

_NAMES = ("run", "func", "module", "kind", "source", "outcome")
CALL_COLUMNS = (*_NAMES, "timestamp", "duration", "before", "after", "reach")
REACH = "reach TEXT"
"""A column that databases of earlier versions don't have."""

_TABLES = (
    f"""CREATE TABLE IF NOT EXISTS calls(
        id INTEGER PRIMARY KEY, run TEXT, func TEXT, module TEXT, kind TEXT, source TEXT, outcome TEXT,
        timestamp REAL, duration REAL, args TEXT, kwargs TEXT, result TEXT, before BLOB, after BLOB,
        "check" INTEGER, {REACH})""",
    """CREATE TABLE IF NOT EXISTS parts(
        id INTEGER PRIMARY KEY, entry TEXT, run TEXT, content TEXT, "check" INTEGER)""",
)
_INSERT_CALL = f"""INSERT INTO calls({", ".join(CALL_COLUMNS)}, args, kwargs, result, "check")
    VALUES ({", ".join("?" * (len(CALL_COLUMNS) + 4))})"""
_INSERT_PART = 'INSERT INTO parts(entry, run, content, "check") VALUES (?, ?, ?, ?)'


class SqliteStore:
    """Appends to ``<folder>/calls.sqlite3``."""

    def __init__(self, folder: str, run: str, on_error: OnError | None = None) -> None:
        self._folder = folder
        self._run = run
        self._on_error = on_error
        self._path = os.path.join(folder, folders.DATABASE)
        self._connection: sqlite3.Connection | None = None
        self._descriptors: dict[int, tuple[int, int]] = {}
        self._process = os.getpid()
        self._abandoned = 0
        self._is_broken = False
        # Re-entrant: a signal handler may record a call while this thread stores one.
        self._lock = RLock()

    def appender(self, function: FunctionName, kind: str, source: str, reach: str = "") -> Append:
        """A closure that stores and commits one call."""
        run = self._run
        names = (run, f"{function.module}.{function.qualname}", function.module, kind, source)

        def append(before: bytes, after: bytes, outcome: str, timestamp: float, duration: float) -> None:
            after = whole(before, after)
            row = (*names, outcome, float(timestamp), float(duration), before, after, reach or None)
            columns = (*row, *_shown(before, after, outcome), checksum(row))
            self._insert(_INSERT_CALL, columns)

        return append

    def write_run(self, fields: dict[str, object]) -> None:
        """Store part of the run."""
        from pytead.storage import runs

        self._write_part("run", readable.dumps(runs.plain_fields(fields)))

    def write_tally(self, tallies: list[FunctionTally]) -> None:
        """Store the tallies of this process."""
        from pytead.storage import runs

        self._write_part("tally", readable.dumps(runs.plain_tallies(tallies)))

    def _write_part(self, entry: str, content: str) -> None:
        row = (entry, self._run, content)
        self._insert(_INSERT_PART, (*row, checksum(row)))

    def _insert(self, statement: str, values: tuple[object, ...]) -> None:
        import sqlite3

        stored = [_storable(value) if type(value) is str else value for value in values]
        if self._process != os.getpid():
            self.after_fork()
        with self._lock:
            if self._is_broken:
                return
            try:
                if self._connection is not None and not descriptors.are_open(self._descriptors):
                    self._abandon()
                if self._connection is None:
                    self._connection = self._connect()
                    self._descriptors = descriptors.of_files(
                        [self._path + suffix for suffix in ("", *folders.COMPANIONS)]
                    )
                self._connection.execute(statement, stored)
            except (sqlite3.Error, OSError) as error:
                self._is_broken = True
                self.close()
                if self._on_error is not None:
                    reason = folders.why(error) if isinstance(error, OSError) else str(error)
                    self._on_error(folders.unwritable(self._path, reason))

    def _connect(self) -> sqlite3.Connection:
        import sqlite3

        folders.make(self._folder)
        _watch_forks(self)
        connection = sqlite3.connect(self._path, timeout=WAIT, isolation_level=None, check_same_thread=False)
        try:
            _use_wal(connection)
            # In WAL mode a commit is safe from the end of the process without waiting for the disk.
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("BEGIN IMMEDIATE")
            application = connection.execute("PRAGMA application_id").fetchone()[0]
            schema = connection.execute("PRAGMA user_version").fetchone()[0]
            is_new = not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            if not is_new and application != APPLICATION_ID:
                raise sqlite3.DatabaseError("it is another program's database")
            if schema > readable.SCHEMA:
                raise sqlite3.DatabaseError(f"it has schema {schema}, this version writes {readable.SCHEMA}")
            for table in _TABLES:
                connection.execute(table)
            columns = [column[1] for column in connection.execute("PRAGMA table_info(calls)")]
            if "reach" not in columns:
                connection.execute(f"ALTER TABLE calls ADD COLUMN {REACH}")
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {readable.SCHEMA}")
            connection.execute("COMMIT")
        except BaseException:
            connection.close()
            raise
        return connection

    def before_fork(self) -> None:
        """Close the connection and keep all threads from opening it until the fork is done.

        SQLite's own state may not cross a fork, not even unused.
        """
        self._lock.acquire()
        self.close()

    def after_fork_in_parent(self) -> None:
        """Go on; the next call opens the database again."""
        self._lock.release()

    def after_fork(self) -> None:
        """See ``CallStore``."""
        self._lock = RLock()
        self._process = os.getpid()
        if self._connection is not None:
            self._abandon()  # forked without a word to us

    def _abandon(self) -> None:
        """Go on in another database; neither the connection nor its file may be touched by this process
        again.

        Its descriptors belong to the parent of a fork, or the program closed them and they are its own
        files now.
        """
        descriptors.leak(self._connection)
        self._connection = None
        self._abandoned += 1
        self._path = os.path.join(self._folder, f"calls-{self._process}-{self._abandoned}.sqlite3")

    def close(self) -> None:
        """Close the connection; the next call opens it again."""
        if self._connection is not None and not descriptors.are_open(self._descriptors):
            self._abandon()
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def checksum(row: tuple[object, ...]) -> int:
    """Of the columns of a row, types told apart; nothing at the end of it counts as missing."""
    value = 0
    for column in row[:-1] if row[-1] is None else row:
        data = column if isinstance(column, bytes) else repr(column).encode()
        value = crc32(data, crc32(b"%d:" % len(data), value))
    return value


def _shown(before: bytes, after: bytes, outcome: str) -> Iterable[str | None]:
    """The columns that are for people and queries."""
    try:
        values = readable.laid_out(before, after, outcome)
        value = values.get("yielded", values.get("exception", values.get("result")))
        return [readable.dumps(each) for each in (values["args"], values["kwargs"], value)]
    except Exception:  # whatever a value does to the layout costs readability, never the call
        return (None, None, None)


def _storable(text: str) -> str | bytes:
    # A lone surrogate can't stand in a text column.
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
    return text


def _use_wal(connection: sqlite3.Connection) -> None:
    """Where the file system can't, the mode stays as it is, and writers wait as well."""
    import sqlite3
    import time

    give_up = time.monotonic() + WAIT
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            # Changing the mode doesn't wait for other connections by itself.
            if time.monotonic() > give_up:
                raise
            time.sleep(0.01)


_open_stores: WeakSet[SqliteStore] | None = None


def _watch_forks(store: SqliteStore) -> None:
    global _open_stores
    if _open_stores is None:
        import atexit
        from weakref import WeakSet

        _open_stores = WeakSet()
        # So that no warning of an unclosed database appears; nothing is lost where this isn't reached.
        atexit.register(_close_all)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(
                before=_before_fork, after_in_parent=_after_in_parent, after_in_child=_after_in_child
            )
    _open_stores.add(store)


def _close_all() -> None:
    for store in list(_open_stores or ()):
        store.close()


_held: list[SqliteStore] = []


def _before_fork() -> None:
    _held[:] = list(_open_stores or ())
    for store in _held:
        store.before_fork()


def _after_in_parent() -> None:
    for store in _held:
        store.after_fork_in_parent()
    _held.clear()


def _after_in_child() -> None:
    _held.clear()
    for store in list(_open_stores or ()):
        store.after_fork()

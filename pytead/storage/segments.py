"""The default format: one append-only segment file per process, a plain pickle an entry.

An entry is a pickle of one dict of builtins and bytes; ``pickle.load(file)`` in a loop lists a segment.
Byte for byte:

    80 05 95 <length: 8>                  protocol 5, one frame with all the rest
    } ( "schema" 1 "entry" "call" ...     ``INTRO`` and the entry
    "check" 8a 05                         the key of the checksum, a LONG1 of five bytes
    <adler32: 4> 00 u .                   of every byte from the ``INTRO`` to here

A call that left its arguments as they were has ``rest`` in place of ``after``: see ``values.calls``. That is half of a
large call's entry.

So an entry can be skipped by its length, checked before it is read, and found again after garbage by its
intro. A process that was killed leaves zeros after its last entry.
"""

from __future__ import annotations

from struct import Struct
from zlib import adler32

from pytead.storage import plain_pickle
from pytead.storage.folder import SEGMENT
from pytead.storage.mapped import MappedFile
from pytead.values import opcodes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pytead.names import FunctionName
    from pytead.records import FunctionTally
    from pytead.storage.store import Append, OnError

    Head = tuple[bytes, int]
    Layout = tuple[bytes, int, Callable[..., bytes], bytes, bytes, Callable[..., bytes]]

SCHEMA = 1  # records.SCHEMA, without what else is imported there
FRAME = b"\x80\x05\x95"
FRAME_SIZE = len(FRAME) + 8
INTRO = b"}(" + plain_pickle.dump("schema") + plain_pickle.dump(SCHEMA)
END = b"\0u."
"""The zero byte ends the checksum, which is thereby never negative."""

_CHECK = plain_pickle.dump("check") + b"\x8a\x05"
_TAIL = Struct(f"<I{len(END)}s")
TAIL_SIZE = _TAIL.size
_LENGTH = Struct("<Q").pack

_DURATION = plain_pickle.dump("duration") + b"G"
_BEFORE = plain_pickle.dump("before")
_AFTER = plain_pickle.dump("after")
_REST = plain_pickle.dump("rest")
_NUMBERS = Struct(f">d{len(_DURATION)}sd")
_MOST_LAYOUTS = 64
"""Sizes of values, a function, for which the way to lay out an entry is kept: about a kilobyte each."""


class SegmentStore:
    """Appends to ``<folder>/<run>-<pid>[-n].pkl``."""

    def __init__(self, folder: str, run: str, on_error: OnError | None = None) -> None:
        self._run = run
        self._file = MappedFile(folder, run, SEGMENT, on_error)

    def appender(self, function: FunctionName, kind: str, source: str, reach: str = "") -> Append:
        """A closure with the constant opcodes of this function's entries made beforehand."""
        constants: dict[str, object] = {
            "entry": "call",
            "run": self._run,
            "func": f"{function.module}.{function.qualname}",
            "module": function.module,
            "kind": kind,
            "source": source,
        }
        if reach:
            constants["reach"] = reach
        return _appender(self._file, constants)

    def write_run(self, fields: dict[str, object]) -> None:
        """Store part of the run."""
        from pytead.storage import runs

        self._file.append(
            entry_bytes({"entry": "run", "run": self._run, "fields": runs.plain_fields(fields)})
        )

    def write_tally(self, tallies: list[FunctionTally]) -> None:
        """Store the tallies of this process."""
        from pytead.storage import runs

        self._file.append(
            entry_bytes({"entry": "tally", "run": self._run, "tallies": runs.plain_tallies(tallies)})
        )

    def after_fork(self) -> None:
        """The child goes on in a segment of its own."""
        self._file.after_fork()

    def close(self) -> None:
        """Cut off the zeros after the last entry; it is not needed for anything to be kept."""
        self._file.close()


def _appender(file: MappedFile, constants: dict[str, object]) -> Append:
    """The hot path: look-ups, two packs, a checksum and the copy.

    Most calls of a function have values of sizes that it had before; for those there is a layout.
    """
    constant = INTRO + plain_pickle.dump(constants)[2:-1]
    heads: dict[str, Head] = {}
    layouts: dict[str, dict[int, dict[int, Layout]]] = {}
    shared_layouts: dict[str, dict[int, dict[int, Layout]]] = {}
    were_seen: set[tuple[str, int, int]] = set()
    # Local names: a look-up in the cell of a closure costs less than one in the module.
    checksum, duration_key, check_key, end, begin = adler32, _DURATION, _CHECK, END, FRAME[0]

    def append(before: bytes, after: bytes, outcome: str, timestamp: float, duration: float) -> None:
        known, name = layouts, _AFTER
        if after[0] != begin:
            known, name = shared_layouts, _REST
        try:
            start, seed, pack, before_key, after_key, pack_all = known[outcome][len(before)][len(after)]
        except KeyError:
            head = heads.get(outcome)
            if head is None:
                head = heads[outcome] = _head(constant, outcome)
                layouts[outcome], shared_layouts[outcome] = {}, {}
            data = _entry(head, before, name, after, timestamp, duration)
            sizes = (outcome, len(before), len(after))
            if sizes in were_seen:
                known[outcome].setdefault(len(before), {})[len(after)] = _layout(head, before, name, after)
            elif len(were_seen) < _MOST_LAYOUTS:
                were_seen.add(sizes)
        else:
            body = pack(timestamp, duration_key, duration, before_key, before, after_key, after, check_key)
            data = pack_all(start, body, checksum(body, seed), end)
        try:
            file.write(data)
        except ValueError:
            file.recover(data)

    return append


def _head(constant: bytes, outcome: str) -> Head:
    """What stands before the numbers, and its checksum."""
    head = constant + plain_pickle.dump("outcome") + plain_pickle.dump(outcome)
    head += plain_pickle.dump("timestamp") + b"G"
    return head, adler32(head)


def _framed(head: bytes, size: int) -> bytes:
    """The start of an entry that goes on with ``size`` bytes and the tail."""
    return FRAME + _LENGTH(len(head) + size + TAIL_SIZE) + head


def _entry(head: Head, before: bytes, name: bytes, after: bytes, timestamp: float, duration: float) -> bytes:
    """The entry of a call with values of any size."""
    numbers = _NUMBERS.pack(timestamp, _DURATION, duration)
    before_key, after_key = _keys(before, name, after)
    body = b"".join((numbers, before_key, before, after_key, after, _CHECK))
    return b"".join((_framed(head[0], len(body)), body, _TAIL.pack(adler32(body, head[1]), END)))


def _layout(head: Head, before: bytes, name: bytes, after: bytes) -> Layout:
    """What makes the entries of calls with values of these sizes."""
    before_key, after_key = _keys(before, name, after)
    values = f"{len(before_key)}s{len(before)}s{len(after_key)}s{len(after)}s"
    body = Struct(f"{_NUMBERS.format}{values}{len(_CHECK)}s")
    start = _framed(head[0], body.size)
    entry = Struct(f"<{len(start)}s{body.size}sI{len(END)}s")
    return start, head[1], body.pack, before_key, after_key, entry.pack


def _keys(before: bytes, name: bytes, after: bytes) -> tuple[bytes, bytes]:
    """What stands before each value: its key and its length."""
    return _BEFORE + opcodes.bytes_head(len(before)), name + opcodes.bytes_head(len(after))


def entry_bytes(fields: dict[str, object]) -> bytes:
    """One entry that holds ``fields``, whole.

    Raises:
        TypeError: a field holds something that is no builtin.
    """
    content = INTRO + plain_pickle.dump(fields)[2:-1] + _CHECK
    return _framed(content, 0) + _TAIL.pack(adler32(content), END)

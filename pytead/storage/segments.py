"""The default format: one append-only segment file per process, a plain pickle an entry.

An entry is a pickle of one dict of builtins and bytes; ``pickle.load(file)`` in a loop lists a segment.
Byte for byte:

    80 05 95 <length: 8>                  protocol 5, one frame with all the rest
    } ( "schema" 1 "check" <crc32: 4> 00  ``INTRO`` and the checksum of every byte after it
    "entry" "call" "run" ... u .          the entry

So an entry can be skipped by its length, checked before it is read, and found again after garbage by its
intro.
"""

from __future__ import annotations

from struct import Struct
from zlib import crc32

from pytead.storage import plain_pickle
from pytead.storage.appending import AppendOnlyFile
from pytead.storage.folder import SEGMENT
from pytead.values import opcodes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytead.names import FunctionName
    from pytead.records import FunctionTally
    from pytead.storage.store import Append, OnError

SCHEMA = 1  # records.SCHEMA, without what else is imported there
FRAME = b"\x80\x05\x95"
INTRO = (
    b"}(" + plain_pickle.dump("schema") + plain_pickle.dump(SCHEMA) + plain_pickle.dump("check") + b"\x8a\x05"
)
_HEAD = Struct(f"<3sQ{len(INTRO)}sI")
FRAME_SIZE = len(FRAME) + 8
HEAD_SIZE = _HEAD.size

_DURATION = plain_pickle.dump("duration") + b"G"
_AFTER = plain_pickle.dump("after")
_END = b"u."
_LONG_AFTER = _AFTER + b"B"
_SIZE = Struct("<I").pack
_TOO_LONG = 1 << 32
_SHORT_AFTER = tuple(_AFTER + opcodes.bytes_head(size) for size in range(256))
_OUTCOMES = ("returned", "raised", "yielded")


class SegmentStore:
    """Appends to ``<folder>/<run>-<pid>[-n].pkl``."""

    def __init__(self, folder: str, run: str, on_error: OnError | None = None) -> None:
        self._run = run
        self._file = AppendOnlyFile(folder, run, SEGMENT, on_error)

    def appender(self, function: FunctionName, kind: str, source: str) -> Append:
        """A closure with the constant opcodes of this function's entries made beforehand."""
        constants: dict[str, object] = {
            "entry": "call",
            "run": self._run,
            "func": f"{function.module}.{function.qualname}",
            "module": function.module,
            "kind": kind,
            "source": source,
        }
        return _appender(self._file, constants)

    def write_run(self, fields: dict[str, object]) -> None:
        """Store part of the run."""
        from pytead.storage import runs

        self._file.write(entry_bytes({"entry": "run", "run": self._run, "fields": runs.plain_fields(fields)}))

    def write_tally(self, tallies: list[FunctionTally]) -> None:
        """Store the tallies of this process."""
        from pytead.storage import runs

        self._file.write(
            entry_bytes({"entry": "tally", "run": self._run, "tallies": runs.plain_tallies(tallies)})
        )

    def after_fork(self) -> None:
        """The child goes on in a segment of its own."""
        self._file.after_fork()

    def close(self) -> None:
        """Close the segment; it is not needed for anything to be kept."""
        self._file.close()


def _appender(file: AppendOnlyFile, constants: dict[str, object]) -> Append:
    """The hot path: two joins, two packs, a checksum and the write.

    Where both values are of less than 256 bytes, as nearly all are, their lengths are packed and looked up.
    """
    # The zero byte ends the checksum, a LONG1 of five bytes that is thereby never negative.
    prefix = b"\0" + plain_pickle.dump(constants)[2:-1] + plain_pickle.dump("timestamp") + b"G"
    begun = crc32(prefix)
    fixed = HEAD_SIZE - FRAME_SIZE + len(prefix) + 8 + len(_DURATION) + 8 + len(_END)
    short = {}
    long = {}
    for outcome in _OUTCOMES:
        key = plain_pickle.dump("outcome") + plain_pickle.dump(outcome) + plain_pickle.dump("before")
        numbers = f">d{len(_DURATION)}sd{len(key) + 1}s"
        size = fixed + len(key) + len(_AFTER) + 2
        short[outcome] = (Struct(numbers + "B").pack, key + b"C", size + 2)
        long[outcome] = (Struct(numbers).pack, key + b"B", size + 8)
    # Local names: a look-up in the cell of a closure costs less than one in the module.
    head, join, checksum, write, recover = _HEAD.pack, b"".join, crc32, file.send, file.recover
    frame, intro, duration_key, short_after, end, fd = FRAME, INTRO, _DURATION, _SHORT_AFTER, _END, file.fd

    def append(before: bytes, after: bytes, outcome: str, timestamp: float, duration: float) -> None:
        size = len(before)
        size_after = len(after)
        if size < 256 and size_after < 256:
            pack, key, rest = short[outcome]
            numbers = pack(timestamp, duration_key, duration, key, size)
            body = join((numbers, before, short_after[size_after], after, end))
            data = join((head(frame, rest + size + size_after, intro, checksum(body, begun)), prefix, body))
        elif size < _TOO_LONG and size_after < _TOO_LONG:
            pack, key, rest = long[outcome]
            numbers = pack(timestamp, duration_key, duration, key)
            body = join((numbers, _SIZE(size), before, _LONG_AFTER, _SIZE(size_after), after, end))
            data = join((head(frame, rest + size + size_after, intro, checksum(body, begun)), prefix, body))
        else:
            call = {
                "timestamp": timestamp,
                "duration": duration,
                "outcome": outcome,
                "before": before,
                "after": after,
            }
            data = entry_bytes({**constants, **call})
        sent = 0
        try:
            sent = write(fd[0], data)
        except OSError:
            pass  # not open yet, closed behind our back, or full: recover tells them apart
        if sent != len(data):
            recover(data, sent)

    return append


def entry_bytes(fields: dict[str, object]) -> bytes:
    """One entry that holds ``fields``, whole.

    Raises:
        TypeError: a field holds something that is no builtin.
    """
    rest = b"\0" + plain_pickle.dump(fields)[2:] + b"."
    return _HEAD.pack(FRAME, len(INTRO) + 4 + len(rest), INTRO, crc32(rest)) + rest

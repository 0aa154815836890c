"""What every format does on the recording side."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, Protocol

from pytead.errors import PyteadError

if TYPE_CHECKING:
    from pytead.names import FunctionName
    from pytead.records import FunctionTally

Format = Literal["pickle", "json", "sqlite"]

Append = Callable[[bytes, bytes, str, float, float], None]
"""``append(before, after, outcome, timestamp, duration)`` stores one call; the arguments as in ``CallRecord``, but
that ``after`` may be the rest alone: see ``values.calls``.

It never raises for what happens on the disk: see ``OnError``.
"""

OnError = Callable[[PyteadError], None]
"""Told once, in the thread of the call, why a store can't keep what it is given; from then on it keeps
nothing."""


class CallStore(Protocol):
    """One process appends to it, from any of its threads. Nothing is held back: what was appended is
    stored.

    The folder and the file come into being with the first entry.
    """

    def appender(self, function: FunctionName, kind: str, source: str, reach: str = "") -> Append:
        """The hot path: a closure that stores the calls of one function."""
        ...

    def write_run(self, fields: dict[str, object]) -> None:
        """Store part of a ``RunRecord``, by the names of its attributes; ``runs.merge`` says how parts add
        up."""
        ...

    def write_tally(self, tallies: list[FunctionTally]) -> None:
        """Store what recording did with each function; tallies of one function add up."""
        ...

    def after_fork(self) -> None:
        """To be called in the child of a fork: it goes on in a file or connection of its own."""
        ...

    def close(self) -> None:
        """Give back the file. A call that is appended later still is stored."""
        ...

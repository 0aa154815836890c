"""How much time recording may take."""

from __future__ import annotations

import time

_HEAVY_SECONDS = 0.001
_MOST_SECONDS_HERE = 0.1
_ALLOWANCE = 0.5
_SHARE = 0.2
"""The usual budget is for calls that take over a millisecond to record: so many seconds in one function; in all so
many, and as many more as this share of the time since the program started."""

_SMALL_ALLOWANCE = 0.05
"""Seconds that the start may cost where a share was asked for."""


class Budget:
    """The time of one process's recording.

    Args:
        share: what may be spent of the time since the program started, from 0 to 1, whatever calls it goes to; None
            for the usual budget.

    Attributes:
        weighed_from: seconds of recording from which on a call counts.
    """

    __slots__ = ("_allowance", "_is_usual", "_share", "_spent", "_started", "weighed_from")

    def __init__(self, share: float | None = None) -> None:
        self._is_usual = share is None
        self._share = _SHARE if share is None else share
        self._allowance = _ALLOWANCE if share is None else _SMALL_ALLOWANCE
        self.weighed_from = _HEAVY_SECONDS if share is None else 0.0
        self._started = time.perf_counter()
        self._spent = 0.0

    def has_room(self, now: float) -> bool:
        """Whether a call may be recorded that takes long."""
        return self._spent <= self._allowance + self._share * (now - self._started)

    def is_tight(self, now: float) -> bool:
        """Whether half of it is gone."""
        return 2 * self._spent > self._allowance + self._share * (now - self._started)

    def spend(self, cost: float, here: float, now: float, *, wants_all: bool) -> str:
        """Count a recorded call.

        Args:
            cost: seconds that recording it took.
            here: seconds of all calls that counted in the same function, this one included.
            now: by ``time.perf_counter``.
            wants_all: every call of the function is asked for, which the usual budget grants.

        Returns:
            why the function isn't recorded any further; empty where it is.
        """
        self._spent += cost
        is_spent = not self.has_room(now)
        if not self._is_usual:
            return f"recording had taken {100 * self._share:g}% of the program's time" if is_spent else ""
        # One call of a function alone tells of a machine that had others to serve as well.
        if not wants_all and (is_spent or cost < here > _MOST_SECONDS_HERE):
            return "its values take long to record; more of its calls would slow the program down"
        return ""

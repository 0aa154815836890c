"""What surrounds a test while it is verified: all that it must not depend on, and how each of it is changed."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass, replace
from typing import Literal

_DAY = 86_400.0
_YEAR = 365.25 * _DAY


@dataclass(frozen=True, slots=True)
class Clock:
    """What the clocks say in a process.

    Attributes:
        shift: seconds that they are ahead.
        tick: None where they run; else they stand still, and each look at one moves it on by so many seconds.
        start: what a clock that stands still says at first, in seconds since 1970.
    """

    shift: float = 0.0
    tick: float | None = None
    start: float = 0.0


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a verification process finds around it.

    Attributes:
        hash_seed: for ``PYTHONHASHSEED``.
        timezone: for ``TZ``; None leaves the user's.
        locale: for ``LC_ALL``; None leaves the user's.
        is_elsewhere: whether user, machine and terminal have other names and sizes.
        home: whether HOME is the user's own (nothing may be written there), or an empty temporary one.
        cwd: whether the working folder is an empty temporary one, or the project's.
        clock: None leaves the clocks as they are, and nothing is watched.
        seed: what all randomness comes from; None leaves it to chance.
        ballast: how many objects are made before anything else, so that others lie elsewhere in memory.
    """

    hash_seed: int
    timezone: str | None = None
    locale: str | None = None
    is_elsewhere: bool = False
    home: Literal["temporary", "own"] = "temporary"
    cwd: Literal["temporary", "project"] = "temporary"
    clock: Clock | None = None
    seed: int | None = None
    ballast: int = 0


ALONE = Conditions(hash_seed=1)
"""For each test alone: nothing else is changed."""

TOGETHER = Conditions(hash_seed=0)
"""For all tests in the order of the files."""


def everything_else(now: float | None = None) -> Conditions:
    """For all tests in reverse: what can be other, is.

    Args:
        now: the time to move on from, in seconds since 1970; the present unless given.
    """
    return Conditions(
        hash_seed=4242,
        timezone=_other_timezone(),
        locale="C",
        is_elsewhere=True,
        clock=Clock(shift=_years_on(time.time() if now is None else now)),
    )


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is changed to see whether a test's outcome depends on it.

    Attributes:
        slug: the cause, if it does.
        words: what depends on it, for a person: ``it depends on the time``.
        conditions: with that alone changed.
    """

    slug: str
    words: str
    conditions: Conditions


def fixed(now: float) -> Conditions:
    """Conditions under which a test does the same every time, unless it depends on what can't be fixed."""
    return replace(ALONE, clock=Clock(tick=1 / 1024, start=now), seed=1)


def all_changed(base: Conditions) -> Conditions:
    """With everything changed at once that ``changes`` changes one by one."""
    assert base.clock is not None
    moved = replace(base.clock, start=base.clock.start + _years_on(base.clock.start), tick=1 / 64)
    return replace(
        base,
        hash_seed=97,
        timezone=_other_timezone(),
        locale="C",
        is_elsewhere=True,
        home="own",
        cwd="project",
        clock=moved,
        seed=2,
    )


def changes(base: Conditions) -> tuple[Change, ...]:
    """Each change by itself; the first that makes a difference is the cause."""
    other = all_changed(base)
    return (
        Change("random", "its outcome depends on chance", replace(base, seed=other.seed)),
        Change("time", "its outcome depends on the time", replace(base, clock=other.clock)),
        Change("hash-order", "its outcome depends on the hash seed", replace(base, hash_seed=97)),
        Change("cwd", "its outcome depends on the working folder", replace(base, cwd="project")),
        Change("environment", "its outcome depends on the user's home", replace(base, home="own")),
        Change("environment", "its outcome depends on the time zone", replace(base, timezone=other.timezone)),
        Change("environment", "its outcome depends on the locale", replace(base, locale="C")),
        Change(
            "environment",
            "its outcome depends on the user, the machine or the terminal",
            replace(base, is_elsewhere=True),
        ),
    )


def moments(now: float) -> tuple[Clock, ...]:
    """Clocks at which what depends on the time shows it: hours, a weekend, the end of a month, 29 February, years."""
    shifts = [hours * 3600.0 for hours in (-9, 5, 11)]
    goals = ((0, 5), (0, 6), (0, 2), (29, 0), (99, 0))
    shifts += [_days_until(now, goal) * _DAY for goal in goals]
    shifts += [-30 * _YEAR, _YEAR]
    return tuple(Clock(shift=shift) for shift in shifts)


def _days_until(now: float, goal: tuple[int, int]) -> int:
    """Days until a weekday (0, n), the 29 February (29, 0) or the last day of a year (99, 0)."""
    for days in range(1, 3000):
        then = time.localtime(now + days * _DAY)
        if goal[0] == 0 and then.tm_wday == goal[1]:
            return days
        if goal[0] == 29 and (then.tm_mon, then.tm_mday) == (2, 29):
            return days
        if goal[0] == 99 and (then.tm_mon, then.tm_mday) == (12, 31):
            return days
    return 1


def _years_on(now: float) -> float:
    """Seconds until a moment ten years on, at another hour, on a weekend if this is none, else on none."""
    shift = 10 * _YEAR + 40 * _DAY + 11 * 3600.0
    if time.localtime(now + shift).tm_year > 2037:  # beyond which some systems have no time
        shift -= 14 * _YEAR
    while _is_weekend(now + shift) == _is_weekend(now):
        shift += _DAY
    return shift


def _is_weekend(moment: float) -> bool:
    return time.localtime(moment).tm_wday >= 5


def _other_timezone() -> str:
    """A time zone that the user is not in, by a name that this system knows."""
    own = os.environ.get("TZ", "")
    name, plain = ("Asia/Kathmandu", "XYZ-5:45") if "Marquesas" in own else ("Pacific/Marquesas", "XYZ9:30")
    if sys.platform != "win32" and os.path.exists(f"/usr/share/zoneinfo/{name}"):
        return name
    return plain

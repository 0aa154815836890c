"""Clocks that can be moved, and that tell when they are looked at."""

from __future__ import annotations

import datetime as dt
import sys
import time
import warnings
from typing import TYPE_CHECKING, Any

from pytead.verify.stand_ins import replace, replace_class_method

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytead.verify.conditions import Clock

_SECOND = 1_000_000_000
_TIMERS = ("monotonic", "perf_counter", "process_time", "thread_time")
_time_ns = time.time_ns


class Clocks:
    """All clocks of this process, but those that C code reads by itself.

    Args:
        clock: what they say.
        touched: called with ``time`` when code looks at one.
    """

    def __init__(self, clock: Clock, touched: Callable[[str], None]) -> None:
        self._touched = touched
        self.set(clock)

    def set(self, clock: Clock) -> None:
        """Move the clocks; one that stands still starts anew."""
        self._clock = clock
        self._looks = 0

    def install(self) -> None:
        """Put them in the place of the system's, for good."""
        replace(time, "time", lambda _: lambda: self._now() / _SECOND)
        replace(time, "time_ns", lambda _: self._now)
        for name in ("localtime", "gmtime", "ctime"):
            replace(time, name, self._at_now)
        local = time.localtime
        replace(time, "asctime", lambda original: lambda *args: original(*(args or (local(),))))
        replace(time, "strftime", lambda original: lambda *args: original(*_filled(args, 1, local)))
        replace(time, "clock_gettime", lambda original: self._of_clock(original, _SECOND))
        replace(time, "clock_gettime_ns", lambda original: self._of_clock(original, 1))
        for name in _TIMERS:
            replace(time, name, lambda original: self._timer(original, _SECOND))
            replace(time, f"{name}_ns", lambda original: self._timer(original, 1))
        self._install_dates()

    def _install_dates(self) -> None:
        def now(cls: Any, tz: Any = None) -> Any:
            return cls.fromtimestamp(self._now() / _SECOND, tz)

        def today(cls: Any) -> Any:
            return cls.fromtimestamp(self._now() / _SECOND)

        def utcnow(cls: Any) -> Any:
            if sys.version_info >= (3, 12):
                text = (
                    "datetime.datetime.utcnow() is deprecated and scheduled for removal in a future version. Use "
                    "timezone-aware objects to represent datetimes in UTC: datetime.datetime.now(datetime.UTC)."
                )
                warnings.warn(text, DeprecationWarning, stacklevel=2)
            return cls.fromtimestamp(self._now() / _SECOND, dt.timezone.utc).replace(tzinfo=None)

        if replace_class_method(dt.datetime, "now", now):
            replace_class_method(dt.datetime, "utcnow", utcnow)
            replace_class_method(dt.date, "today", today)

    def _now(self) -> int:
        """Nanoseconds since 1970."""
        self._touched("time")
        return self._reading()

    def _reading(self) -> int:
        clock = self._clock
        if clock.tick is None:
            return _time_ns() + int(clock.shift * _SECOND)
        self._looks += 1
        return int((clock.start + self._looks * clock.tick) * _SECOND)

    def _at_now(self, original: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *args: original(*_filled(args, 0, lambda: self._now() / _SECOND))

    def _of_clock(self, original: Callable[..., Any], unit: int) -> Callable[..., Any]:
        def read(clock_id: int) -> Any:
            if clock_id == getattr(time, "CLOCK_REALTIME", 0):
                return self._now() // unit if unit == 1 else self._now() / unit
            return original(clock_id)

        return read

    def _timer(self, original: Callable[[], Any], unit: int) -> Callable[[], Any]:
        """A timer runs as it does, for whoever waits by it; only one that stands still is of our making."""

        def read() -> Any:
            if self._clock.tick is None or _is_waiting(sys._getframe(2).f_globals.get("__name__", "")):
                return original()
            return self._reading() // unit if unit == 1 else self._reading() / unit

        return read


def _is_waiting(module: str) -> bool:
    """Whether a module is one of those that wait for a time to come: the standard library's and event loops."""
    top = module.partition(".")[0]
    return (top in sys.stdlib_module_names and top != "timeit") or top in (
        "anyio",
        "trio",
        "gevent",
        "uvloop",
    )


def _filled(args: tuple[Any, ...], place: int, make: Callable[[], Any]) -> tuple[Any, ...]:
    if len(args) > place and args[place] is not None:
        return args
    return (*args[:place], make())

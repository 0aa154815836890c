"""Waiting that is stopped before it begins: a test may doze, not sleep."""

from __future__ import annotations

import sys
import threading
import time
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from pytead.verify.stand_ins import replace

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytead.verify.wall import Wall

LONGEST = 1.0
"""Seconds that a test may sleep in all."""


class Sleeping:
    """What a test has slept, and the end of it.

    Args:
        wall: who says whether a sleeper is to be watched, and stops it.
    """

    def __init__(self, wall: Wall) -> None:
        self._wall = wall
        self._left = LONGEST

    def begin(self) -> None:
        """A test begins, rested; event loops that are loaded by now are watched."""
        self._left = LONGEST
        tasks = sys.modules.get("asyncio.tasks")
        if tasks is not None and not hasattr(tasks, "_pytead_doze"):
            _watch_asyncio(tasks, self._doze)

    def install(self) -> None:
        """Watch sleeping and waiting, for good."""
        if sys.version_info >= (3, 13):
            self._wall.watch("time.sleep", lambda _, args: self._finding("sleep", args[0]))
        else:
            replace(time, "sleep", self._sleeping)
        wait = threading.Condition.wait

        def waiting(condition: threading.Condition, timeout: float | None = None) -> bool:
            if timeout is None or timeout <= LONGEST or not self._wall.stands_before():
                return wait(condition, timeout)
            return wait(condition, LONGEST) or self._wall.stop("sleep", f"would wait {timeout:g} s")

        threading.Condition.wait = waiting  # type: ignore[method-assign,assignment]

    def _sleeping(self, original: Callable[[Any], None]) -> Callable[[Any], None]:
        def sleep(seconds: Any) -> None:
            self._doze(seconds)
            original(seconds)

        return sleep

    def _doze(self, seconds: Any) -> None:
        if self._wall.stands_before():
            found = self._finding("sleep", seconds)
            if found is not None:
                self._wall.stop(*found)

    def _finding(self, verb: str, seconds: Any) -> tuple[str, str] | None:
        if not isinstance(seconds, (int, float)):
            return None  # what can't be slept fails by itself
        self._left -= seconds
        return ("sleep", f"would {verb} {seconds:g} s") if self._left < 0 else None


def _watch_asyncio(tasks: ModuleType, doze: Callable[[Any], None]) -> None:
    """Give ``asyncio.sleep`` other code: whoever imported it has the function itself."""
    sleep = tasks.sleep
    original = FunctionType(
        sleep.__code__, sleep.__globals__, sleep.__name__, sleep.__defaults__, sleep.__closure__
    )

    async def watched(delay: Any, result: Any = None) -> Any:
        _pytead_doze(delay)  # type: ignore[name-defined]  # noqa: F821
        return await _pytead_sleep(delay, result)  # type: ignore[name-defined]  # noqa: F821

    try:
        sleep.__code__ = watched.__code__.replace(co_name=sleep.__name__)
    except ValueError:
        return  # it has variables of an outer function: none that we know
    vars(tasks).update(_pytead_doze=doze, _pytead_sleep=original)

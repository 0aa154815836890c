"""The calls that are measured: small ones, and one with as much in it as most functions get."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from benchmarks.timing import CALLS, Action
from pytead.capture.recorder import Recorder, new_run
from pytead.storage.opening import open_for_append

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_TABLE = {f"key{number}": number for number in range(10)}
_FLOATS = [number / 7 for number in range(20)]


def small(a: int, b: int) -> int:
    """Two ints."""
    return a + b


def big(table: dict[str, int], floats: list[float]) -> float:
    """A dict of ten keys and twenty floats."""
    return floats[3]


def calls_of(function: Callable[..., Any], size: str, step: int = CALLS) -> Action:
    """Makes a thousand calls that differ; every time others, or with a ``step`` of 0 the same again."""
    starts = count(0, step)

    def make_small_calls() -> None:
        start = next(starts)
        for number in range(start, start + CALLS):
            function(number, 2)

    def make_big_calls() -> None:
        start = next(starts)
        floats = list(_FLOATS)
        for number in range(start, start + CALLS):
            floats[0] = number / 2
            function(_TABLE, floats)

    return make_big_calls if size == "big" else make_small_calls


def recorder(folder: Path, limit: int) -> Recorder:
    """Records into a store of its own below ``folder``."""
    run = new_run()
    return Recorder(open_for_append(folder / f"calls-{run}", "pickle", run), run, limit)

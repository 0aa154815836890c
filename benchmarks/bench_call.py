"""A call that is stored, one that was seen before, and one past the limit, beside the bare call and the floor."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.floor import FloorFunction, FloorRecording
from benchmarks.timing import CALLS, Action, Actions
from pytead.capture.recorder import Recorder, new_run
from pytead.storage.opening import open_for_append

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_benchmark.fixture import BenchmarkFixture

    from benchmarks.conftest import Compare

_TABLE = {f"key{number}": number for number in range(10)}
_FLOATS = [number / 7 for number in range(20)]


def small(a: int, b: int) -> int:
    """Two ints."""
    return a + b


def big(table: dict[str, int], floats: list[float]) -> float:
    """A dict of ten keys and twenty floats."""
    return floats[3]


def passed(a: int, b: int) -> int:
    """Reaches its limit with the first call."""
    return a + b


def _calls(function: Callable[..., Any], size: str, step: int = CALLS) -> Action:
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


def _recorder(folder: Path, limit: int) -> Recorder:
    run = new_run()
    return Recorder(open_for_append(folder / "calls", "pickle", run), run, limit)


@pytest.fixture
def recorded(novelty: str, size: str, tmp_path: Path) -> Actions:
    """Calls that each show something new and are stored, or repeat earlier ones and aren't but by the floor."""
    function = big if size == "big" else small
    floor = FloorFunction(function, FloorRecording(str(tmp_path / "floor")))
    traced = _recorder(tmp_path, limit=0).wrap(function, __name__, size, "function")
    step = CALLS if novelty == "stored" else 0
    functions = {"bare": function, "floor": floor, "pytead": traced}
    return {name: _calls(function, size, step) for name, function in functions.items()}


@pytest.mark.parametrize("name", ["bare", "floor", "pytead"])
@pytest.mark.parametrize("size", ["small", "big"])
@pytest.mark.parametrize("novelty", ["stored", "repeated"])
def bench_recorded(
    benchmark: BenchmarkFixture, recorded: Actions, novelty: str, size: str, name: str
) -> None:
    """A thousand calls."""
    benchmark.group = f"1,000 calls, {novelty}, {size}"
    benchmark(recorded[name])


@pytest.mark.parametrize("size", ["small", "big"])
@pytest.mark.parametrize("novelty", ["stored", "repeated"])
def bench_recorded_in_turns(compare: Compare, recorded: Actions, novelty: str, size: str) -> None:
    """The ratio to the floor."""
    compare(f"{novelty}, {size}", recorded, above="bare", ratio="floor")


@pytest.fixture
def past_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Actions:
    """Calls of functions that have all they need."""
    recorder = _recorder(tmp_path, limit=1)
    held = recorder.wrap(small, __name__, "held", "function")
    for _ in range(20):
        held(1, 2)
    original = passed
    monkeypatch.setitem(globals(), "passed", recorder.wrap(original, __name__, "passed", "function"))
    assert passed is not original
    passed(1, 2)
    assert passed is original, "only its name held the wrapper, so the original is back"
    functions: dict[str, Any] = {"bare": original, "wrapper stays": held, "original is back": passed}
    return {name: _calls(function, "small") for name, function in functions.items()}


@pytest.mark.parametrize("name", ["bare", "wrapper stays", "original is back"])
@pytest.mark.benchmark(group="1,000 calls, past the limit")
def bench_past_the_limit(benchmark: BenchmarkFixture, past_the_limit: Actions, name: str) -> None:
    """A thousand calls."""
    benchmark(past_the_limit[name])


def bench_past_the_limit_in_turns(compare: Compare, past_the_limit: Actions) -> None:
    """What is added to the bare call."""
    compare("past the limit", past_the_limit, above="bare")

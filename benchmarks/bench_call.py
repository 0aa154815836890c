"""A call that is stored, one that was seen before, and one past the limit, beside the bare call and the floor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.calls import big, calls_of, recorder, small
from benchmarks.floor import FloorFunction, FloorRecording
from benchmarks.timing import CALLS, Actions

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_benchmark.fixture import BenchmarkFixture

    from benchmarks.conftest import Compare


def passed(a: int, b: int) -> int:
    """Reaches its limit with the first call."""
    return a + b


@pytest.fixture
def recorded(novelty: str, size: str, tmp_path: Path) -> Actions:
    """Calls that each show something new and are stored, or repeat earlier ones and aren't but by the floor."""
    function = big if size == "big" else small
    floor = FloorFunction(function, FloorRecording(str(tmp_path / "floor")))
    traced = recorder(tmp_path, limit=0).wrap(function, __name__, size, "function")
    step = CALLS if novelty == "stored" else 0
    functions = {"bare": function, "floor": floor, "pytead": traced}
    return {name: calls_of(function, size, step) for name, function in functions.items()}


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
    recording = recorder(tmp_path, limit=1)
    held = recording.wrap(small, __name__, "held", "function")
    for _ in range(20):
        held(1, 2)
    original = passed
    monkeypatch.setitem(globals(), "passed", recording.wrap(original, __name__, "passed", "function"))
    assert passed is not original
    passed(1, 2)
    assert passed is original, "only its name held the wrapper, so the original is back"
    functions: dict[str, Any] = {"bare": original, "wrapper stays": held, "original is back": passed}
    return {name: calls_of(function, "small") for name, function in functions.items()}


@pytest.mark.parametrize("name", ["bare", "wrapper stays", "original is back"])
@pytest.mark.benchmark(group="1,000 calls, past the limit")
def bench_past_the_limit(benchmark: BenchmarkFixture, past_the_limit: Actions, name: str) -> None:
    """A thousand calls."""
    benchmark(past_the_limit[name])


def bench_past_the_limit_in_turns(compare: Compare, past_the_limit: Actions) -> None:
    """What is added to the bare call."""
    compare("past the limit", past_the_limit, above="bare")

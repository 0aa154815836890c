"""What the two engines add: to a call that is stored, to one past the limit, to recursion, to a program that raises."""

from __future__ import annotations

import sys
from itertools import count
from types import FunctionType
from typing import TYPE_CHECKING, Any
from weakref import ref

import pytest

from benchmarks.timing import CALLS, Action, Actions, children_time, python
from pytead.capture.recorder import Recorder, new_run
from pytead.storage.opening import open_for_append

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from benchmarks.conftest import Compare
    from pytead.capture.monitoring import Monitor

if not hasattr(sys, "monitoring"):
    pytest.skip("the interpreter tells of no calls", allow_module_level=True)

_TABLE = {f"key{number}": number for number in range(10)}
_FLOATS = [number / 7 for number in range(20)]


def small(a: int, b: int) -> int:
    """Two ints."""
    return a + b


def big(table: dict[str, int], floats: list[float]) -> float:
    """A dict of ten keys and twenty floats."""
    return floats[3]


def fib(n: int) -> int:
    """Calls itself."""
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def fails() -> None:
    """Is left by an exception."""
    raise ValueError


def outer(action: Callable[[], object]) -> None:
    """A call that is under way while others are made."""
    action()


def _recorder(folder: Path, limit: int) -> Recorder:
    run = new_run()
    return Recorder(open_for_append(folder / f"calls-{run}", "pickle", run), run, limit)


@pytest.fixture
def monitored(tmp_path: Path) -> Iterator[Callable[[Any, int], Any]]:
    """Makes copies of functions that the interpreter tells of: ``monitored(function, limit)``."""
    from pytead.capture.monitoring import Monitor
    from pytead.capture.watching import Watch, likeness

    monitors: list[Monitor] = []
    copies: list[Any] = []

    def watch(function: Any, limit: int) -> Any:
        if not monitors:
            monitors.append(Monitor(lambda watch, namespace: True))
        code = function.__code__.replace(co_firstlineno=1 + len(copies))
        copy = FunctionType(code, {**globals()}, function.__name__)
        copy.__globals__[function.__name__] = copy
        copies.append(copy)
        site = _recorder(tmp_path, limit).new_site(
            likeness(code, __name__), __name__, function.__name__, "function"
        )
        watched = Watch(site, code, __name__)
        watched.function = ref(copy)
        monitors[0].watch(watched)
        return copy

    yield watch
    for monitor in monitors:
        monitor.close()


def _calls(function: Callable[..., Any], size: str) -> Action:
    """Makes a thousand calls that differ from all before."""
    starts = count(0, CALLS)

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


@pytest.mark.parametrize("size", ["small", "big"])
def bench_stored(compare: Compare, monitored: Any, size: str, tmp_path: Path) -> None:
    """A call that shows something new."""
    function = big if size == "big" else small
    wrapped = _recorder(tmp_path, 0).wrap(function, __name__, size, "function")
    functions = {"bare": function, "wrap": wrapped, "monitoring": monitored(function, 0)}
    compare(
        f"engines: stored, {size}",
        {name: _calls(one, size) for name, one in functions.items()},
        above="bare",
        ratio="wrap",
    )


def bench_past_the_limit(compare: Compare, monitored: Any) -> None:
    """A call of a function that has all it needs."""
    done = monitored(small, 1)
    done(1, 2)
    functions = {"bare": small, "monitoring": done}
    actions = {name: _calls(one, "small") for name, one in functions.items()}
    compare("engines: past the limit", actions, above="bare")


def bench_recursion(compare: Compare, monitored: Any, tmp_path: Path) -> None:
    """Nested calls, which aren't recorded."""
    namespace = {**globals()}
    original = FunctionType(fib.__code__, namespace, "fib")
    namespace["fib"] = _recorder(tmp_path, 0).wrap(original, __name__, "fib", "function")
    told = monitored(fib, 0)
    actions: Actions = {
        "bare": lambda: fib(15),
        "wrap": lambda: namespace["fib"](15),
        "monitoring": lambda: told(15),
    }
    compare("engines: fib(15)", actions, above="bare", counts={"call": 1973})


def bench_raising(compare: Compare, monitored: Any) -> None:
    """Exceptions that leave functions which aren't recorded."""

    def make_failing_calls() -> None:
        for _ in range(CALLS):
            try:
                fails()
            except ValueError:
                pass

    idle, waiting = monitored(small, 0), monitored(outer, 0)

    def make_calls_beside() -> None:
        idle(1, 2)
        for _ in range(9):
            make_failing_calls()

    def make_bare_calls_beside() -> None:
        small(1, 2)
        for _ in range(9):
            make_failing_calls()

    compare(
        "engines: raising in a recorded call",
        {"bare": lambda: outer(make_failing_calls), "monitoring": lambda: waiting(make_failing_calls)},
        above="bare",
    )
    compare(
        "engines: raising beside one",
        {"bare": make_bare_calls_beside, "monitoring": make_calls_beside},
        above="bare",
        counts={"call": 9 * CALLS},
    )


_MODULE = "".join(
    f"def f{n}(x, y=1):\n    return g{n}(x) + y\ndef g{n}(x):\n    return [x, {n}][0]\n" for n in range(200)
)
_MAIN = (
    "import m\nfunctions = [getattr(m, f'f{n}') for n in range(200)]\n"
    "for number in range(500):\n    for function in functions:\n        function(number)\n"
)


def bench_program(compare: Compare, tmp_path: Path) -> None:
    """A program of 200,000 calls of 400 functions, ten of each kept."""
    (tmp_path / "m.py").write_text(_MODULE, "utf-8")
    (tmp_path / "main.py").write_text(_MAIN, "utf-8")
    recorded = {
        engine: python("-m", "pytead", "--quiet", "--engine", engine, "-t", "m", "main.py", cwd=tmp_path)
        for engine in ("wrap", "monitoring")
    }
    actions = {"bare": python("main.py", cwd=tmp_path), **recorded}
    compare(
        "engines: many calls", actions, above="bare", counts={"process": 1}, rounds=9, timer=children_time
    )

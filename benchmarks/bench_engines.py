"""What the two engines add: to a call that is stored, to one past the limit, to recursion, to a program that raises."""

from __future__ import annotations

import sys
from types import FunctionType
from typing import TYPE_CHECKING, Any
from weakref import ref

import pytest

from benchmarks.calls import big, calls_of, recorder, small
from benchmarks.timing import CALLS, Actions, children_time, python

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from benchmarks.conftest import Compare
    from pytead.capture.monitoring import Monitor

if not hasattr(sys, "monitoring"):
    pytest.skip("the interpreter tells of no calls", allow_module_level=True)


def fib(n: int) -> int:
    """Calls itself."""
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def fails() -> None:
    """Is left by an exception."""
    raise ValueError


def outer(action: Callable[[], object]) -> None:
    """A call that is under way while others are made."""
    action()


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
        site = recorder(tmp_path, limit).new_site(
            likeness(code, __name__), __name__, function.__name__, "function"
        )
        watched = Watch(site, code, __name__)
        watched.function = ref(copy)
        monitors[0].watch(watched)
        return copy

    yield watch
    for monitor in monitors:
        monitor.close()


@pytest.mark.parametrize("size", ["small", "big"])
def bench_stored(compare: Compare, monitored: Any, size: str, tmp_path: Path) -> None:
    """A call that shows something new."""
    function = big if size == "big" else small
    wrapped = recorder(tmp_path, 0).wrap(function, __name__, size, "function")
    functions = {"bare": function, "wrap": wrapped, "monitoring": monitored(function, 0)}
    compare(
        f"engines: stored, {size}",
        {name: calls_of(one, size) for name, one in functions.items()},
        above="bare",
        ratio="wrap",
    )


def bench_past_the_limit(compare: Compare, monitored: Any) -> None:
    """A call of a function that has all it needs."""
    done = monitored(small, 1)
    done(1, 2)
    functions = {"bare": small, "monitoring": done}
    actions = {name: calls_of(one, "small") for name, one in functions.items()}
    compare("engines: past the limit", actions, above="bare")


def bench_recursion(compare: Compare, monitored: Any, tmp_path: Path) -> None:
    """Nested calls, which aren't recorded."""
    namespace = {**globals()}
    original = FunctionType(fib.__code__, namespace, "fib")
    namespace["fib"] = recorder(tmp_path, 0).wrap(original, __name__, "fib", "function")
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

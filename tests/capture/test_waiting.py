"""Past its limit a function still has places for calls that show something new, and lets go of the rest."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from pytead.capture.waiting import Share, Waiting, shape_of
from pytead.values.tree import read

MODULE = """
def f(x): return x
def fails(x):
    if x is None: raise ValueError("none")
    return 1
class C:
    def m(self, x): return x
class D(C): pass
async def co(x): return x
def gen(x): yield x
def named(*args, **kwargs): return len(args)
def result(x): return 1 if x < 5000 else "many"
"""


def test_new_shapes_are_kept_that_come_late(make_program):
    program = make_program(
        {
            "m.py": MODULE,
            "main.py": """
                import asyncio, m
                for i in range(300):
                    m.f(i), m.fails(i), m.C().m(i), list(m.gen(i)), m.named(i), m.result(i)
                async def awaited():
                    for i in range(300): await m.co(i)
                asyncio.run(awaited())
                m.f("text"), m.f([1]), m.f({"a": 1}), m.D().m(1), list(m.gen("text")), asyncio.run(m.co("text"))
                try: m.fails(None)
                except ValueError: print("failed")
                for i in range(700): m.named(i, b=i), m.result(6000 + i)
                """,
        }
    )
    program.assert_unchanged("main.py", targets="m")
    outcomes = [call for call in program.calls() if call.outcome == "raised"]
    assert len(outcomes) == 1
    assert program.recorded() == {
        "m.C.m": 11,
        "m.co": 11,
        "m.f": 13,
        "m.fails": 11,
        "m.gen": 11,
        "m.named": 11,
        "m.result": 11,
    }


def test_there_are_places_for_half_as_many_as_the_limit(make_program):
    program = make_program(
        {
            "m.py": "def f(x): return x\ndef g(x): return x",
            "main.py": """
                import m
                for i in range(100): m.f(i), m.g(i)
                for x in ("a", None, 1.5, [1], (1,), {1}, {}, b"b", True): m.f(x)
                """,
        }
    )
    assert program.pytead("-q", "-l", "4", "-t", "m", "main.py").returncode == 0
    assert program.recorded() == {"m.f": 6, "m.g": 4}


def test_many_equal_calls_are_no_reason_to_miss_the_others(make_program):
    program = make_program(
        {"m.py": "def f(x): return x", "main.py": "import m\nfor i in range(5000): m.f(i // 4000)"}
    )
    assert program.pytead("-q", "-t", "m", "main.py").returncode == 0
    assert program.recorded() == {"m.f": 2}


def test_a_new_shape_that_comes_often_is_seen_among_many_calls(make_program):
    program = make_program(
        {
            "m.py": "def f(x): return x\ndef down(n): return 0 if n == 0 else 1 + down(n - 1)",
            "main.py": """
                import m
                for i in range(3000): m.f(i), m.down(i % 3)
                for i in range(10): m.f("text"), m.f(i)
                print([m.down(900) for _ in range(20)])
                """,
        }
    )
    program.assert_unchanged("main.py", targets="m")
    assert program.recorded()["m.f"] == 11


def test_calls_of_a_decorated_function_are_those_of_its_name_however_often_it_is_called(make_program):
    program = make_program(
        {
            "m.py": """
                def more(function):
                    def inner(x): return function(x + 1_000_000)
                    return inner
                @more
                def f(x): return type(x).__name__
                """,
            "main.py": """
                import m
                for i in range(2000): m.f(i)
                m.f(0.5), m.f(0.5j)
                for i in range(200): m.f(i)
                """,
        }
    )
    program.assert_unchanged("main.py", targets="m.f")
    given = [read(call.before).items[0].value for call in program.calls()]
    assert given[-2:] == [0.5, 0.5j]
    assert given[:-2] == list(range(10))


def test_what_is_called_all_the_time_is_let_go_of(make_program):
    program = make_program(
        {
            "m.py": "def f(x): return x",
            "main.py": """
                import m
                for i in range(60_000): m.f(i)
                print(type(m.f) is type(lambda: 0))
                """,
        }
    )
    assert program.pytead("-q", "-t", "m", "main.py").stdout == "True\n"
    assert program.recorded() == {"m.f": 10}


def waited(seconds: float, each: float, *, kept: int = 10, share: Share | None = None) -> int:
    """For how many calls a function waits that is called every so many seconds."""
    site: Any = SimpleNamespace(
        has_secrets=False, limit=10, kept=kept, is_done=True, unexplored=None, skips=0
    )
    site.passing = share or Share(0.0)
    waiting = Waiting(site, 0.0)
    if not waiting.goes_on(site, 0.0):
        return 0
    calls = int(seconds / each)
    looked_at = 0
    for number in range(calls):
        if site.skips:
            site.skips -= 1
        elif not waiting.passes(site, (number,), {}):
            looked_at += 1
            if not waiting.goes_on(site, number * each):
                return number
    assert looked_at < 40
    return calls


def test_a_function_waits_for_an_hour_if_that_costs_nothing() -> None:
    assert waited(3600, 0.05) == 72_000
    assert waited(360, 0.0002) == 1_800_000
    assert waited(1, 0.000001) < 20_000
    assert waited(10, 0.05, kept=15) == 0


def test_many_functions_share_what_waiting_may_cost() -> None:
    share = Share(0.0)
    calls = [waited(1, 0.000001, share=share) for _ in range(20)]
    assert calls[0] > 1000
    assert calls[-1] <= 300
    assert sum(calls) < 40_000


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ((1,), (2,), True),
        ((1,), ("a",), False),
        (([1, 2],), ([3],), True),
        (([1],), (["a"],), False),
        (([],), ([1],), False),
        (({"a": 1},), ({"a": 2},), True),
        (({"a": 1},), ({"b": 2},), False),
        (({1: 1},), ({2: 2},), True),
        ((1, 2), (1,), False),
    ],
)
def test_shapes(one: tuple[Any, ...], other: tuple[Any, ...], is_same: bool) -> None:
    assert (shape_of("returned", one, {}, 1) == shape_of("returned", other, {}, 1)) is is_same


def test_a_shape_knows_names_outcome_and_result() -> None:
    shapes = {
        shape_of("returned", (1,), {}, 1),
        shape_of("raised", (1,), {}, ValueError()),
        shape_of("raised", (1,), {}, KeyError()),
        shape_of("returned", (1,), {"a": 1}, 1),
        shape_of("returned", (1,), {"b": 1}, 1),
        shape_of("returned", (1,), {}, "text"),
    }
    assert len(shapes) == 6
    assert shape_of("returned", (), {"a": 1, "b": "x"}, 1) == shape_of("returned", (), {"b": "y", "a": 2}, 1)

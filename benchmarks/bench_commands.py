"""Whole commands, in CPU time of their processes: what the launcher adds to a program, and ``gen`` per case."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from benchmarks.timing import Actions, children_time, python

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_benchmark.fixture import BenchmarkFixture

    from benchmarks.conftest import Compare

FUNCTIONS = 20
CALLS_EACH = 10
CASES = FUNCTIONS * CALLS_EACH
_FUNCTION = """
def f{0}(number, words, table):
    return {{"sum": number + sum(table.values()), "words": sorted(words), "label": f"{0}-{{number}}"}}
"""
_CALLS = """
for number in range({0}):
    for function in ({1}):
        function(number, ["b", "a"], {{"x": number * 1.5}})
"""


@pytest.fixture
def launches(tmp_path: Path) -> Actions:
    """A program of one call, bare and recorded."""
    (tmp_path / "main.py").write_text("import m\nm.f(1)\n", "utf-8")
    (tmp_path / "m.py").write_text("def f(x):\n    return x\n", "utf-8")
    recorded = python("-m", "pytead", "--quiet", "-t", "m", "main.py", cwd=tmp_path)
    return {"bare": python("main.py", cwd=tmp_path), "pytead": recorded}


@pytest.mark.parametrize("name", ["bare", "pytead"])
@pytest.mark.benchmark(group="start-up", timer=children_time)
def bench_start_up(benchmark: BenchmarkFixture, launches: Actions, name: str) -> None:
    """A process; the first one, which isn't counted, leaves its bytecode."""
    benchmark.pedantic(launches[name], rounds=10, warmup_rounds=1)  # type: ignore[no-untyped-call]


def bench_start_up_in_turns(compare: Compare, launches: Actions) -> None:
    """What the launcher adds."""
    compare("start-up", launches, above="bare", counts={"process": 1}, rounds=20, timer=children_time)


@pytest.fixture(scope="module")
def generations(tmp_path_factory: pytest.TempPathFactory) -> Actions:
    """From one store: a command that makes nothing, ``gen`` without verification, and with it."""
    folder = tmp_path_factory.mktemp("generation")
    (folder / "m.py").write_text("".join(_FUNCTION.format(n) for n in range(FUNCTIONS)), "utf-8")
    called = ", ".join(f"m.f{n}" for n in range(FUNCTIONS))
    (folder / "main.py").write_text("import m\n" + _CALLS.format(CALLS_EACH, called), "utf-8")
    python("-m", "pytead", "--quiet", "-t", "m", "main.py", cwd=folder)()
    python("-m", "pytead", "gen", "--quiet", "--json", "made.json", cwd=folder)()
    made = json.loads((folder / "made.json").read_text("utf-8"))
    assert sum(function["cases"] for function in made["functions"]) == CASES
    return {
        "nothing": python("-m", "pytead", "--version", cwd=folder),
        "unverified": python("-m", "pytead", "gen", "--quiet", "--no-verify", cwd=folder),
        "verified": python("-m", "pytead", "gen", "--quiet", cwd=folder),
    }


@pytest.mark.parametrize("name", ["nothing", "unverified", "verified"])
@pytest.mark.benchmark(group=f"gen, {CASES} cases", timer=children_time)
def bench_generation(benchmark: BenchmarkFixture, generations: Actions, name: str) -> None:
    """All cases."""
    benchmark.pedantic(generations[name], rounds=3)  # type: ignore[no-untyped-call]


def bench_generation_in_turns(compare: Compare, generations: Actions) -> None:
    """All cases, and per case."""
    counts = {f"store of {CASES} cases": 1, "case": CASES}
    compare("gen", generations, above="nothing", counts=counts, rounds=3, timer=children_time)

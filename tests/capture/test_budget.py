"""Recording stops where it would cost more than it may."""

from __future__ import annotations

import json
from time import perf_counter

import pytest

from pytead.capture.budget import Budget

PROGRAM = {
    "m.py": """
        def long(values): values.append(1); return len(values)
        def short(x): return x
        """,
    "main.py": """
        import m
        for number in range(400):
            m.long(list(range(20_000 + number)))
        for number in range(30):
            m.short(number)
        print("end")
        """,
}


@pytest.fixture
def run(make_program):
    def run(*options: str, env: dict[str, str] | None = None):
        program = make_program(PROGRAM)
        result = program.pytead(
            "-t", "m.*", "--limit", "0", "--json", "out.json", *options, "main.py", env=env
        )
        assert result.stdout == "end\n"
        functions = {f["func"]: f for f in json.loads(program.read("out.json"))["functions"]}
        return functions, result.stderr

    return run


def test_without_a_figure_every_call_that_is_asked_for_is_kept(run):
    functions, _ = run()
    assert (functions["m.long"]["kept"], functions["m.short"]["kept"]) == (400, 30)


def test_past_the_share_a_function_is_not_recorded_any_further_and_the_summary_says_so(run):
    functions, shown = run("--max-overhead", "1%")
    assert 1 < functions["m.long"]["kept"] < 400
    assert [r["slug"] for r in functions["m.long"]["rejections"]] == ["over-budget"]
    reason = "recording had taken 1% of the program's time"
    assert f"recorded in part (over-budget): {reason}: m.long" in shown


def test_the_figure_is_a_variable_and_a_key_too(run, make_program):
    functions, _ = run(env={"PYTEAD_MAX_OVERHEAD": "1%"})
    assert functions["m.long"]["kept"] < 400
    program = make_program(PROGRAM)
    program.write(".pytead/config.toml", "[run]\nmax_overhead = 1\nlimit = 0\n")
    program.pytead("-t", "m.*", "main.py")
    assert program.recorded()["m.long"] < 400


def test_the_usual_budget_ends_a_function_whose_calls_take_long(make_program):
    program = make_program(PROGRAM)
    program.write("main.py", "import m\nfor n in range(90): m.long([[n] * 9 for _ in range(50_000)])\n")
    result = program.pytead("-t", "m.*", "--limit", "80", "--max-bytes", "0", "main.py")
    assert "over-budget" in result.stderr
    assert program.recorded()["m.long"] < 80


@pytest.mark.parametrize("option", ["--max-bytes=5000", "--max-objects=100"])
def test_larger_values_are_refused(option, make_program):
    program = make_program(
        {
            "m.py": "class C: pass\ndef f(x): return len(x)",
            "main.py": "import m\nfor n in (10, 900): m.f([m.C() for _ in range(n)])",
        }
    )
    result = program.pytead("-t", "m.*", option, "main.py")
    assert "value-too-large" in result.stderr
    assert program.recorded() == {"m.f": 1}


def test_a_function_whose_values_keep_failing_is_left_alone(make_program):
    program = make_program(
        {
            "m.py": """
                class Deep(list): pass
                def f(x): return 1
                """,
            "main.py": """
                import m
                deep = []
                for _ in range(100_000): deep = [deep]
                for n in range(50): m.f(deep)
                while deep: deep = deep.pop()
                """,
        }
    )
    program.pytead("--json", "out.json", "-t", "m.*", "main.py")
    (function,) = json.loads(program.read("out.json"))["functions"]
    assert function["kept"] == 0
    assert function["seen"] <= 4
    assert function["rejections"][0]["slug"] == "value-too-deep"


def test_one_slow_call_may_be_the_machines_fault():
    budget = Budget()
    now = perf_counter()
    assert budget.spend(0.2, 0.2, now, wants_all=False) == ""
    assert budget.spend(0.002, 0.202, now, wants_all=False)

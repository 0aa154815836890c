"""``pytead flow``: the program is unchanged, and its calls are shown."""

from __future__ import annotations

import json
import os
import re

import pytest

APP = {
    "myapp/__init__.py": "",
    "myapp/core.py": """
        def fib(n):
            return n if n < 2 else fib(n - 1) + fib(n - 2)

        def total(items):
            return sum(price(item) for item in items)

        def price(item):
            if item < 0:
                raise ValueError(item)
            return 2 * item
        """,
    "main.py": """
        import sys
        from myapp.core import fib, price, total

        def run():
            print("out", sys.argv[1:], sys.gettrace(), __name__)
            fib(5)
            total([1, 2, 3])
            try:
                price(-1)
            except ValueError:
                pass

        run()
        print("err", file=sys.stderr)
        sys.exit(3)
        """,
}


@pytest.fixture
def app(make_program):
    return make_program(APP)


def shown(stderr: str) -> list[str]:
    """The tree, its times left out."""
    lines = stderr[stderr.index("pytead: ") :].splitlines()
    return [re.sub(r"  \d[\d.]* (us|ms|s)\b", "", line) for line in lines]


def test_the_tree(app) -> None:
    result = app.pytead("flow", "-t", "myapp.*", "main.py", "a", "b")
    bare = app.run("main.py", "a", "b")
    assert result.returncode == bare.returncode == 3
    assert result.stdout == bare.stdout
    assert result.stderr.startswith(bare.stderr)
    lines = shown(result.stderr)
    assert re.fullmatch(r"pytead: 20 calls of 3 functions in [\d.]+ \w+, traced by \w+", lines[0])
    assert lines[1:] == [
        "myapp.core.fib  x 15 (14 recursive)",
        "myapp.core.total",
        "  myapp.core.price  x 3",
        "myapp.core.price  raised",
    ]


def test_what_is_shown_can_be_chosen(app) -> None:
    deep = shown(app.pytead("flow", "-t", "myapp.*,main", "--depth", "2", "--returns", "main.py").stderr)
    assert deep[1:] == [
        "__main__.run  -> None",
        "  myapp.core.fib  x 15 (14 recursive)  -> 1, 0, 2, ...",
        "  myapp.core.total  -> 12",
        "  myapp.core.price  raised",
    ]
    one = shown(app.pytead("flow", "--function", "myapp.core.total", "main.py").stderr)
    assert one[1:] == [
        "myapp.core.total",
        "  myapp.core.price  x 3",
    ]
    quiet = app.pytead("flow", "-q", "main.py")
    assert quiet.stderr == app.run("main.py").stderr
    assert "nothing that was called is meant" in app.pytead("flow", "-t", "nothing", "main.py").stderr


@pytest.mark.parametrize(
    "name", ["a.trace.json", "a.speedscope.json.gz", "a.folded", "a.mmd", "a.dot", "a.jsonl"]
)
def test_exports(app, name: str) -> None:
    result = app.pytead("flow", "-t", "myapp", "--export", name, "main.py")
    assert result.returncode == 3
    assert f"written to {name}" in result.stderr
    assert (app.folder / name).stat().st_size > 50


def test_ways_to_start_a_program(app) -> None:
    for words in (["-m", "main"], ["--", "python", "main.py"], ["--", "-c", "import main"]):
        result = app.pytead("flow", "-t", "myapp.*", *words)
        assert result.returncode == 3, result.stderr
        assert "myapp.core.fib" in result.stderr


@pytest.mark.parametrize(
    ("words", "slug"),
    [
        (["--export", "a.xyz", "main.py"], "flow-format"),
        (["--flow-engine", "magic", "main.py"], "bad-value"),
        (["-t", "a b", "main.py"], "bad-pattern"),
        (["--depth", "x", "main.py"], "bad-value"),
        ([], "no-program"),
        (["nowhere.py"], "script-missing"),
        (["--export", "missing/a.json", "main.py"], "flow-unwritable"),
    ],
)
def test_what_is_wrong_is_said_before_the_program_starts(app, words: list[str], slug: str) -> None:
    result = app.pytead("flow", *words)
    assert result.returncode == 2
    assert f"[{slug}]" in result.stderr
    assert result.stdout == ""


def test_an_uncaught_exception_is_shown_as_ever(make_program) -> None:
    program = make_program({"main.py": "def f(x):\n    return 1 / x\n\nf(0)\n"})
    bare, traced = program.run("main.py"), program.pytead("flow", "-q", "main.py")
    assert (traced.returncode, traced.stderr, traced.stdout) == (bare.returncode, bare.stderr, bare.stdout)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_fork_leaves_the_file_to_its_parent(make_program) -> None:
    program = make_program(
        {
            "main.py": """
                import os
                def f(n):
                    return n
                for n in range(20000):
                    f(n)
                child = os.fork()
                for n in range(20000):
                    f(n)
                if child:
                    assert os.waitpid(child, 0)[1] == 0
                """
        }
    )
    result = program.pytead("flow", "--export", "a.jsonl", "main.py")
    assert result.returncode == 0, result.stderr
    assert result.stderr.count("pytead: ") == 1
    lines = [json.loads(line) for line in program.read("a.jsonl").splitlines()]
    assert len(lines) == 80_000
    assert {line["function_name"] for line in lines} == {"f"}

"""Modules, functions and classes whose names get in each other's way, and in pytest's and ours."""

from __future__ import annotations

import pytest

EVERY_ENGINE = True

CLASHING = """
    def test_x(a): return a
    def args(a): return a
    def kwargs(a): return a
    def expected(a): return a
    def pytest(a): return a
    def print(a): return a
    def same(a): return a
    def rebuild(a): return a
    def test_args(a): return a
    def len(a): return a
    class TestThing:
        def __init__(self, a): self.a = a
        def test_it(self, b): return self.a, b
    class Thing:
        class Test:
            @staticmethod
            def Thing(a): return a
    def thing(a): return TestThing(a)
    def Testing(a): raise ValueError(a)
    """
CALLS = """
    import names
    for name in ("test_x", "args", "kwargs", "expected", "pytest", "print", "same", "rebuild", "test_args", "len"):
        getattr(names, name)(1.5), getattr(names, name)(float("nan"))
    names.TestThing(1).test_it(2)
    names.Thing.Test.Thing(3)
    names.thing(4)
    try: names.Testing(5)
    except ValueError: pass
    """


@pytest.fixture(scope="module")
def clashing(make_shared, few_plugins):
    program = make_shared({"names.py": CLASHING, "main.py": CALLS})
    assert program.pytead("-t", "names", "main.py").returncode == 0
    made = program.pytead("gen", env=few_plugins)
    assert made.returncode == 0, made.stderr
    assert "26 cases written to tests/generated, 0 rejected" in made.stderr
    return program


def test_each_function_is_tested_and_nothing_else_is_collected(clashing, few_plugins):
    ended = clashing.command("pytest", "-q", "-W", "error", env=few_plugins)
    assert "26 passed" in ended.stdout, ended.stdout


def test_and_in_one_module_too(clashing, few_plugins):
    made = clashing.pytead("gen", "--no-verify", "-o", "one/test_one.py")
    assert made.returncode == 0, made.stderr
    ended = clashing.command("pytest", "-q", "-W", "error", "one", env=few_plugins)
    assert "26 passed" in ended.stdout, ended.stdout


def test_modules_named_like_ours(make_program, few_plugins):
    names = ("generated", "replay", "tests", "test_calls", "config", "cli", "values", "conftest_")
    files = {f"{name}.py": f"def f(a): return a, {name!r}\n" for name in names}
    program = make_program({**files, "main.py": "".join(f"import {name}\n{name}.f(1)\n" for name in names)})
    made = program.pytead("tead", "-t", ",".join(names), "main.py", env=few_plugins)
    assert made.returncode == 0, made.stderr
    # The package that the tests are in stands before a module of its name.
    assert "unreachable: ImportError: cannot import name 'f' from 'generated'" in made.stderr
    ended = program.command("pytest", "-q", env=few_plugins)
    assert "7 passed" in ended.stdout, ended.stdout
    elsewhere = program.pytead("gen", "generated", "-d", "checks", env=few_plugins)
    assert elsewhere.returncode == 0, elsewhere.stderr
    assert "1 passed" in program.command("pytest", "-q", "checks", env=few_plugins).stdout


def test_a_module_named_as_one_of_the_standard_library(make_program, few_plugins):
    program = make_program(
        {
            "graphlib.py": "def f(a): return a\n",
            "main.py": "import graphlib\ngraphlib.f(1)",
        }
    )
    made = program.pytead("tead", "-t", "graphlib", "main.py", env=few_plugins)
    assert made.returncode == 0, made.stderr
    assert "1 passed" in program.command("pytest", "-q", env=few_plugins).stdout

"""What of a program is recorded."""

from __future__ import annotations

import re

import pytest

from pytead.values import tree
from pytead.values.calls import read_after, read_before
from pytead.values.nodes import Atom, Items

EVERY_ENGINE = True


def arguments(call):
    """The positional arguments of a call before it, as plain values where they are atoms or lists of them."""
    args, _ = read_before(tree.read(call.before))
    return [_plain(node) for node in args.items]


def _plain(node):
    if isinstance(node, Atom):
        return node.value
    if isinstance(node, Items):
        return [_plain(item) for item in node.items]
    return node


def test_every_way_to_a_function_is_seen(make_program):
    program = make_program(
        {
            "app/__init__.py": "from app.core import double, ROUTES",
            "app/core.py": """
                ROUTES = {}
                def route(path):
                    def register(function):
                        ROUTES[path] = function
                        return function
                    return register
                @route("/")
                def home(user):
                    return "home " + user
                def double(x):
                    return 2 * x
                from app.other import triple   # which imports double from this half-made module
                OPERATIONS = {"double": double}
                class Handler:
                    operation = staticmethod(double)
                def ordered(items, key=double):
                    return sorted(items, key=key)
                at_import = double(100)
                if True:
                    def conditional(x): return x
                try:
                    def tried(x): return x
                finally:
                    pass
                """,
            "app/other.py": "from app.core import double\ndef triple(x):\n    return double(x) + x",
            "main.py": """
                import app
                from app import core
                core.ROUTES["/"]("ann"), core.OPERATIONS["double"](1), core.Handler.operation(2)
                core.ordered([2, 1]), core.triple(3), core.conditional(4), core.tried(5)
                print(core.ROUTES["/"] is core.home, app.double is core.double is core.OPERATIONS["double"])
                """,
        }
    )
    result = program.assert_unchanged("main.py", targets="app.*")
    assert result.stdout == "True True\n"
    assert program.recorded() == {
        "app.core.conditional": 1,
        "app.core.double": 4,  # 100, 1, 2 and 3, however often
        "app.core.home": 1,
        "app.core.ordered": 1,
        "app.core.route": 1,
        "app.core.tried": 1,
        "app.other.triple": 1,
    }


def test_members_of_classes(make_program):
    program = make_program(
        {
            "m.py": """
                from functools import cached_property
                class Box:
                    def __init__(self, a): self.a = a
                    def __len__(self): return self.a
                    @classmethod
                    def make(cls, a): return cls(a)
                    @staticmethod
                    def twice(a): return 2 * a
                    @property
                    def area(self): return self.a ** 2
                    @area.setter
                    def area(self, value): self.a = value
                    @cached_property
                    def cached(self): return self.a
                    def __private(self): return self.a
                    def public(self): return self.__private()
                    class Inner:
                        def deep(self): return 1
                class Wide(Box):
                    def public(self): return super().public() + 1
                """,
            "main.py": """
                from m import Box, Wide
                box = Box.make(3)
                print(len(box), Box.twice(2), box.area, box.cached, box.public(), Box.Inner().deep(), Wide(1).public())
                box.area = 9
                print(box.a, type(Box.__dict__["area"]).__name__, type(Box.__dict__["make"]).__name__)
                """,
        }
    )
    program.assert_unchanged("main.py", targets="m.*")
    assert {(call.function.qualname, call.kind) for call in program.calls()} == {
        ("Box.Inner.deep", "method"),
        ("Box.__init__", "method"),
        ("Box.__len__", "method"),
        ("Box.__private", "method"),
        ("Box.area", "property"),
        ("Box.area", "setter"),
        ("Box.cached", "property"),
        ("Box.make", "classmethod"),
        ("Box.public", "method"),
        ("Box.twice", "staticmethod"),
        ("Wide.public", "method"),
    }


def test_arguments_are_those_before_the_call(make_program):
    program = make_program(
        {
            "m.py": "def drain(q):\n    while q: q.pop()\n    return len(q)",
            "main.py": "import m\nm.drain([1, 2, 3])",
        }
    )
    program.assert_unchanged("main.py", targets="m")
    (call,) = program.calls()
    assert arguments(call) == [[1, 2, 3]]


def test_only_root_calls_and_only_distinct_ones(make_program):
    program = make_program(
        {
            "m.py": """
                def fact(n): return 1 if n < 2 else n * fact(n - 1)
                def even(n): return n == 0 or odd(n - 1)
                def odd(n): return n != 0 and even(n - 1)
                """,
            "main.py": "import m\nfor _ in range(50): m.fact(5)\nm.fact(6), m.even(4)",
        }
    )
    program.assert_unchanged("main.py", targets="m")
    assert program.recorded() == {"m.even": 1, "m.fact": 2, "m.odd": 1}


@pytest.mark.parametrize(("limit", "kept"), [("3", 3), ("10", 10), ("0", 80)])
def test_the_limit_counts_distinct_calls(limit, kept, make_program):
    program = make_program(
        {"m.py": "def f(x): return x", "main.py": "import m\nfor i in range(80): m.f(i // 2)"}
    )
    assert program.pytead("-l", limit, "-t", "m", "main.py").returncode == 0
    assert program.recorded() == {"m.f": kept}


def test_exceptions_are_outcomes(make_program):
    program = make_program(
        {
            "m.py": "def f(x): return 1 / x\ndef g(code): raise SystemExit(code)",
            "main.py": "import m\nfor x in (0, 1):\n try: m.f(x)\n except ZeroDivisionError as e: print(e)\nm.g(3)",
        }
    )
    program.assert_unchanged("main.py", targets="m")
    assert [(c.function.name, c.outcome) for c in program.calls()] == [
        ("f", "raised"),
        ("f", "returned"),
        ("g", "raised"),
    ]


def test_functions_of_the_script_itself(make_program):
    program = make_program({"main.py": "def area(w): return w\nif __name__ == '__main__':\n    area(2)"})
    for targets in ("main.*", "__main__.*", "main.area"):
        program.pytead("-t", targets, "main.py", "-s", "ignored by us")
        assert program.recorded() == {"main.area": 1}
        for file in (program.folder / "call_logs").iterdir():
            file.unlink()


def test_a_script_that_importing_would_run_again_says_so(make_program):
    program = make_program({"main.py": "def area(w): return w\nprint(area(2))"})
    program.pytead("-t", "main.*", "main.py")
    from pytead.storage.opening import open_for_read

    (run,) = open_for_read(program.folder / "call_logs").runs.values()
    slug, reason = run.refusals["main"]
    assert slug == "main-reruns"
    assert "line 2" in reason


def test_threads_and_forks(make_program):
    program = make_program(
        {
            "m.py": "def f(n): return n * n\ndef g(n): return f(n) + 1\ndef child(n): return -n",
            "main.py": """
                import os, sys
                from concurrent.futures import ThreadPoolExecutor
                import m
                with ThreadPoolExecutor(3) as pool:
                    print(list(pool.map(m.g, range(3))))
                sys.stdout.flush()
                if hasattr(os, "fork"):
                    pid = os.fork()
                    if pid == 0:
                        m.child(7)
                        os._exit(0)
                    os.waitpid(pid, 0)
                else:
                    m.child(7)
                """,
        }
    )
    # 3.12 warns of forks beside threads, and may still count one that is just ending.
    program.assert_unchanged("main.py", targets="m", env={"PYTHONWARNINGS": "ignore"})
    assert program.recorded() == {"m.child": 1, "m.f": 3, "m.g": 3}


def test_a_module_imported_before_is_swept(make_program, engine):
    program = make_program(
        {
            "early.py": "def f(x): return x\nclass C:\n    def m(self): return 1\nkept = [lambda: 0]\ng = kept[0]",
            "sitecustomize.py": "import early",
            "main.py": "import early\nprint(early.f(1), early.C().m(), early.g(), early.g is early.kept[0])",
        }
    )
    env = {"PYTHONPATH": str(program.folder)}
    program.assert_unchanged(
        "main.py", targets="early", env=env, differs="only wrapping parts g from what holds it"
    )
    held = {} if engine == "wrap" else {"early.g": 1}
    assert program.recorded() == {"early.C.m": 1, "early.f": 1, **held}


def test_a_target_in_the_standard_library(make_program):
    program = make_program({"main.py": "import textwrap\nprint(textwrap.dedent('  x'))"})
    program.assert_unchanged("main.py", targets="textwrap.dedent")
    assert program.recorded() == {"textwrap.dedent": 1}


def test_a_star_leaves_libraries_out(make_program):
    program = make_program(
        {"m.py": "import textwrap\ndef f(x): return textwrap.dedent(x)", "main.py": "import m\nm.f(' x')"}
    )
    program.assert_unchanged("main.py", targets="*")
    assert program.recorded() == {"m.f": 1}


def test_pytest_itself_is_a_program(make_program):
    program = make_program(
        {
            "app.py": "def f(x): return x + 1",
            "test_app.py": """
                import app, pytest
                @pytest.fixture
                def three(): return 3
                @pytest.mark.parametrize("x", [1, 2])
                def test_f(x, three): assert app.f(x) == x + 1 and three == 3
                def test_fails(): assert app.f(0) == 2, "as it should"
                """,
        }
    )
    options = ("-p", "no:cacheprovider", "-W", "error", "-v")
    bare = program.run("-m", "pytest", *options)
    recorded = program.pytead("--quiet", "-t", "*", "-m", "pytest", *options)
    assert without_duration(recorded.stdout) == without_duration(bare.stdout)
    assert (recorded.stderr, recorded.returncode) == (bare.stderr, bare.returncode) == ("", 1)
    assert program.recorded() == {"app.f": 3}  # and none of the test module's


def without_duration(text):
    return re.sub(r"in \d+\.\d+s =*|0x[0-9a-f]+", "", text)


def test_nothing_is_left_when_nothing_matches(make_program):
    program = make_program({"m.py": "def multiply(x): return x", "main.py": "import m\nm.multiply(1)"})
    result = program.pytead("-t", "m.mutliply", "main.py")
    assert result.returncode == 0
    assert "m.mutliply" in result.stderr
    assert "m.multiply" in result.stderr
    assert not (program.folder / "call_logs").exists()


def test_a_result_that_is_too_much_costs_only_itself(make_program):
    program = make_program(
        {
            "app.py": """
                class Kit:
                    def __init__(self):
                        self.parts = [memoryview(b"ab")[1:] for _ in range(100)]

                def make(size):
                    return Kit()

                def fill(table, size):
                    table["size"] = size
                    return ["x" * 1000 + str(number) for number in range(2_000)]

                def fail(size):
                    raise ValueError([str(number) * 1000 for number in range(2_000)])
            """,
            "main.py": """
                import app
                app.make(1)
                app.fill({}, size=2)
                try:
                    app.fail(3)
                except ValueError:
                    pass
            """,
        }
    )
    program.assert_unchanged("main.py", targets="app")
    assert program.recorded() == {"app.fail": 1, "app.fill": 1, "app.make": 1}
    slugs = {}
    for call in program.calls():
        _, _, value = read_after(tree.read(call.after))
        slugs[call.function.name] = tree.find_opaque(value)[1].slug
    assert slugs == {"fail": "value-too-large", "fill": "value-too-large", "make": "value-unpicklable"}
    generated = program.pytead("gen")
    assert "value-unpicklable" in generated.stderr + generated.stdout
    assert "assert args == args_after" in program.read("tests/generated/test_app_fill.py")

"""What is particular to the engine ``monitoring``: nothing takes a function's place, and nothing is left behind."""

from __future__ import annotations

import json
import sys

import pytest

from pytead.storage.opening import open_for_read

if not hasattr(sys, "monitoring"):
    pytest.skip("the interpreter tells of no calls", allow_module_level=True)


@pytest.fixture
def engine():
    return "monitoring"


def rejections(program):
    (run,) = open_for_read(program.folder / "call_logs").runs.values()
    return {tally.function.qualname: sorted(slug for slug, _ in tally.rejections) for tally in run.tallies}


def test_a_program_can_not_tell(make_program):
    program = make_program(
        {
            "m.py": """
                import inspect, sys, warnings
                def stack(): return [one.function for one in inspect.stack()[:3]]
                def warn(): warnings.warn("w", stacklevel=2)
                def lifetime(x):
                    import weakref
                    gone = weakref.ref(x)
                    return gone
                def names(a, b=2):
                    seen = list(locals())
                    c = 3
                    return seen, sorted(locals())
                class C:
                    def m(self): return sys._getframe(1).f_lineno
                """,
            "main.py": """
                import m, types
                def outer(): return m.stack()
                print(outer(), m.warn(), m.names(1), m.C().m())
                class Thing: pass
                print(m.lifetime(Thing())(), type(m.stack) is types.FunctionType, type(vars(m.C)["m"]) is types.FunctionType)
                print(hasattr(m.stack, "__wrapped__"), hasattr(m.stack, "__len__"), vars(m.stack))
                """,
        }
    )
    program.assert_unchanged("main.py", targets="m.*,main.*", differs="wrap adds a frame, which they return")
    assert program.recorded() == {
        "m.C.m": 1, "m.lifetime": 1, "m.names": 1, "m.stack": 1, "m.warn": 1, "main.outer": 1,
    }  # fmt: skip


def test_nothing_is_left_of_a_function_that_has_enough(make_program):
    program = make_program(
        {
            "m.py": "def f(x): return x\ndef g(x):\n    if x: raise ValueError(x)\ndef never(): return 0",
            "main.py": """
                import sys, m
                def events(function):
                    return [bool(sys.monitoring.get_local_events(tool, function.__code__)) for tool in range(6) if sys.monitoring.get_tool(tool) == "pytead"]
                for i in range(1, 20):
                    m.f(i)
                    try: m.g(i)
                    except ValueError: pass
                print(events(m.f), events(m.g), events(m.never))
                """,
        }
    )
    result = program.pytead("-l", "1", "-t", "m", "main.py")  # past which a function waits for nothing
    assert result.stdout == "[False] [False] [True]\n"
    assert program.recorded() == {"m.f": 1, "m.g": 1}
    assert {(call.function.name, call.outcome) for call in program.calls()} == {
        ("f", "returned"),
        ("g", "raised"),
    }


def test_exceptions_are_told_after_many_that_nobody_waited_for(make_program):
    program = make_program(
        {
            "m.py": "def f(x): return g(x)\ndef g(x):\n    if x % 2: raise KeyError(x)\n    return x",
            "main.py": """
                import m
                def fails(): raise OSError
                for i in range(6):
                    try: m.f(i)
                    except KeyError: pass
                    for _ in range(1500):
                        try: fails()
                        except OSError: pass
                """,
        }
    )
    program.assert_unchanged("main.py", targets="m")
    outcomes = ["raised", "raised", "raised", "returned", "returned", "returned"]
    assert sorted(call.outcome for call in program.calls() if call.function.name == "g") == outcomes


def test_arguments_are_left_out_where_they_are_the_default(make_program):
    program = make_program(
        {
            "m.py": """
                MISSING = object()
                def f(a, b=MISSING, /, c=MISSING, *d, e=MISSING, **g):
                    return [x is MISSING for x in (a, b, c, e)], d, sorted(g)
                def nested(x, y=MISSING):
                    return (lambda: (x, y is MISSING))()
                """,
            "main.py": """
                from m import f, nested
                f(1), f(1, 2), f(1, c=3), f(1, 2, 3, 4), f(1, e=5, z=6), f(1, 2, c=3), nested(1), nested(2, 3)
                """,
        }
    )
    program.assert_unchanged("main.py", targets="m")
    assert program.pytead("gen").returncode == 0
    source = program.read("tests/generated/test_m_f.py")
    for form in ("(1,), {}", "(1, 2), {}", '(1,), {"c": 3}', "(1, 2, 3, 4), {}", '"e": 5'):
        assert form in source
    assert program.run("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/generated").returncode == 0


def test_what_a_decorator_made_is_recorded_where_that_is_a_function(make_program):
    program = make_program(
        {
            "m.py": """
                import functools
                def twice(function):
                    def made(*args): return 2 * function(*args)
                    return made
                def wrapped(function):
                    @functools.wraps(function)
                    def made(x): return function(x + 1)
                    return made
                class Command:
                    def __init__(self, callback): self.callback = callback
                @twice
                def one(x): return x
                @wrapped
                @twice
                def two(x): return x
                @Command
                def command(x): return x
                @functools.lru_cache
                def cached(x): return x
                def plain(x): return x
                replaced = plain
                def replaced(x): return -x
                inner, replaced = replaced, len
                adders = [(lambda n: lambda x: x + n)(n) for n in range(3)]
                def adder(n):
                    def add(x): return x + n
                    return add
                add_one, add_two = adder(1), adder(2)
                class C:
                    @property
                    @twice
                    def p(self): return 4
                    @classmethod
                    @wrapped
                    def c(cls): return cls
                    @staticmethod
                    @twice
                    def s(x): return x
                """,
            "main.py": """
                import m
                def again(function):
                    def made(*args): return function(*args), 1
                    return made
                @again
                def mine(x): return x
                print(m.one(1), m.two(2), m.command.callback(3), m.cached(4), m.inner(5), mine(6), m.plain(7))
                print(m.add_one(1), m.add_two(2), m.adder(3)(3), m.C().p, m.C.s(8))
                """,
        }
    )
    program.pytead("-q", "-t", "m.*,main.*,!m.twice,!m.wrapped,!main.again", "main.py")
    returned = {}
    for call in program.calls():
        returned.setdefault(call.function.dotted, []).append(call)
    assert {name: len(calls) for name, calls in returned.items()} == {
        "m.Command.__init__": 1, "m.C.p": 1, "m.C.s": 1, "m.add_one": 1, "m.add_two": 1, "m.adder": 3, "m.cached": 1, "m.inner": 1,
        "m.one": 1, "m.plain": 1, "m.two": 1, "main.mine": 1,
    }  # fmt: skip
    assert rejections(program)["command"] == ["decorated"]
    result = program.pytead("gen")
    assert "m.adder" in result.stderr  # what it returns has no name
    assert program.run("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/generated").returncode == 0
    assert "test_two" in program.read("tests/generated/test_m_two.py")
    assert "6" in program.read("tests/generated/test_m_two.py")


def test_what_is_marked_to_be_traced_is_recorded_once(make_program):
    program = make_program(
        {
            "m.py": """
                import functools
                from pytead import trace
                def twice(function):
                    @functools.wraps(function)
                    def made(*args): return 2 * function(*args)
                    return made
                @trace
                def f(x): return x
                @twice
                @trace
                def g(x): return x
                """,
            "main.py": "import m\nm.f(1), m.g(2)",
        }
    )
    result = program.pytead("-t", "m.f,m.g", "main.py")
    assert program.recorded() == {"m.f": 1, "m.g": 1}
    assert "not recorded" not in result.stderr


def test_a_program_that_monitors_itself(make_program):
    program = make_program(
        {
            "m.py": "def f(x): return x\ndef g(x): return f(x)",
            "main.py": """
                import sys, m
                tool, events, seen = 3, sys.monitoring.events, []
                sys.monitoring.use_tool_id(tool, "mine")
                sys.monitoring.register_callback(tool, events.PY_START, lambda code, offset: seen.append(code.co_name))
                sys.monitoring.register_callback(tool, events.PY_UNWIND, lambda *_: seen.append("unwind"))
                sys.monitoring.set_local_events(tool, m.f.__code__, events.PY_START)
                sys.monitoring.set_events(tool, events.PY_UNWIND)
                for i in range(15): m.g(i)
                try: (lambda: 1 / 0)()
                except ZeroDivisionError: pass
                sys.monitoring.restart_events()
                m.f(99)
                sys.monitoring.free_tool_id(tool)
                print(seen)
                """,
        }
    )
    result = program.assert_unchanged("main.py", targets="m")
    assert result.stdout.count("'f'") == 16
    assert program.recorded() == {"m.f": 10, "m.g": 10}


def test_every_tool_id_is_held(make_program):
    program = make_program(
        {
            "sitecustomize.py": "import sys\nfor tool in range(6): sys.monitoring.use_tool_id(tool, f'tool {tool}')",
            "main.py": "print('ran')",
        }
    )
    result = program.pytead("-t", "m", "main.py", env={"PYTHONPATH": str(program.folder)})
    assert (result.returncode, result.stdout) == (2, "")
    assert "tool 0, tool 1" in result.stderr
    assert "Traceback" not in result.stderr


def test_the_summary_says_which_engine_and_why(make_program):
    program = make_program({"m.py": "def f(x): return x", "main.py": "import m\nm.f(1)"})
    result = program.pytead("--engine", "monitoring", "--json", "summary.json", "-t", "m", "main.py")
    assert "engine monitoring by --engine" in result.stderr
    summary = json.loads(program.read("summary.json"))
    assert (summary["engine"], summary["engine_chosen_by"]) == ("monitoring", "--engine")


def test_a_signal_handler_that_raises_while_a_value_is_frozen(make_program):
    program = make_program(
        {
            "m.py": "def f(x): return len(x)",
            "main.py": """
                import signal, sys, m
                if not hasattr(signal, "setitimer"):
                    signal.setitimer = lambda *_: None
                class Late(BaseException): pass
                def late(*_): raise Late
                signal.signal(getattr(signal, "SIGALRM", signal.SIGINT), late)
                caught, big = 0, [[i] * 50 for i in range(900)]
                for i in range(200):
                    try:
                        signal.setitimer(0, 0.0002 + i / 1e6)
                        for _ in range(3): m.f(big)
                        signal.setitimer(0, 0)
                    except Late:
                        caught += 1
                signal.setitimer(0, 0)
                print(m.f([1]) == 1)
                """,
        }
    )
    result = program.pytead("-l", "0", "-t", "m", "main.py")
    assert (result.stdout, result.returncode) == ("True\n", 0), result.stderr
    assert "Traceback" not in result.stderr

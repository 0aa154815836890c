"""What a program does with its functions works on wrapped ones too."""

from __future__ import annotations

import json
import sys

import pytest

EVERY_ENGINE = True

PROGRAMS = {
    "introspection": (
        """
        import typing
        def f(a: int, b: "int" = 2) -> int:
            "doc"
            return a + b
        f.extra = "attr"
        class C:
            def m(self, x: typing.Optional[str] = None):
                "doc of m"
                return x
        """,
        """
        import copy, inspect, pickle, types, typing, m
        from m import f, C
        print(f(1), C().m("x"), inspect.signature(f), inspect.signature(C.m), inspect.signature(C().m))
        print(f.__name__, f.__qualname__, f.__module__, f.__doc__, f.extra, f.__defaults__, f.__code__.co_varnames)
        print(typing.get_type_hints(f), typing.get_type_hints(C.m), f.__annotations__, vars(f))
        print(inspect.isfunction(f), inspect.ismethod(C().m), callable(f), isinstance(f, types.FunctionType))
        print(pickle.loads(pickle.dumps(f)) is f, copy.deepcopy(f) is f, copy.copy(f) is f)
        print(pickle.loads(pickle.dumps(C().m)).__func__ is C.m, f is m.f, {f: 1}[m.f], C.m is C.m)
        print(inspect.getsource(f), inspect.getmodule(f), inspect.unwrap(f) is f, hasattr(f, "__wrapped__"))
        print(inspect.getmembers(m, inspect.isfunction)[0][0], C.m.__get__(C())("y"), types.MethodType(f, 5)())
        print(type(f), type(f).__name__, str(f)[:13], repr(f)[:13], repr(C().m)[:20], f == m.f, hash(f) == hash(m.f), f.__globals__ is vars(m), f.__closure__)
        """,
    ),
    "pickling after the limit": (
        "def f(x): return x",
        """
        import pickle
        from m import f
        import m
        registry = {"f": f}
        for i in range(300): f(i)
        print(m.f is f is registry["f"], pickle.loads(pickle.dumps(f)) is m.f, pickle.loads(pickle.dumps(f))(3))
        """,
    ),
    "wraps and update_wrapper": (
        """
        import functools
        def original(x):
            "original"
            return x
        @functools.wraps(original)
        def other(x):
            return original(x) + 1
        def twice(function):
            @functools.wraps(function)
            def inner(*args):
                return function(*args) * 2
            return inner
        @twice
        def g(x): return x
        """,
        "import m\nprint(m.other(1), m.other.__doc__, m.other.__wrapped__ is m.original, m.g(2), m.g.__wrapped__(2))",
    ),
    "a registry of what a decorator made": (
        """
        registry = {}
        def register(function):
            def inner(*args):
                return function(*args)
            registry[function.__name__] = inner
            return inner
        @register
        def f(x): return x
        """,
        "import m\nprint(m.registry['f'] is m.f, m.f(1), m.registry['f'](2))",
    ),
    "enums, namedtuples, protocols, abstract methods, dataclasses": (
        """
        import abc, dataclasses, enum, typing
        class Color(enum.Enum):
            RED = 1
            def shout(self): return self.name + "!"
            @classmethod
            def default(cls): return cls.RED
            def _generate_next_value_(name, start, count, last): return name
        class Point(typing.NamedTuple):
            x: int
            def double(self): return self.x * 2
        class Base(abc.ABC):
            @abc.abstractmethod
            def must(self): ...
            @property
            @abc.abstractmethod
            def prop(self): ...
        class Impl(Base):
            def must(self): return 1
            @property
            def prop(self): return 2
        class P(typing.Protocol):
            def must(self): ...
        @dataclasses.dataclass(slots=True)
        class D:
            x: int
            def m(self): return self.x
            def __post_init__(self): self.x += 1
        """,
        """
        import m
        print(list(m.Color), m.Color.RED.shout(), m.Color.default(), m.Point(2).double(), m.Impl().must(), m.Impl().prop)
        print(m.Base.__abstractmethods__ == {"must", "prop"}, m.D(1).m(), m.D(1))
        try: m.Base()
        except TypeError as error: print(type(error))
        """,
    ),
    "hostile values": (
        """
        class Hostile:
            __slots__ = ("x",)
            def __init__(self): self.x = 1
            def __getattribute__(self, name): print("getattribute", name); return object.__getattribute__(self, name)
            def __repr__(self): print("repr"); return "r"
            def __eq__(self, other): print("eq"); return True
            def __hash__(self): print("hash"); return 1
            def __bool__(self): print("bool"); return True
            def __iter__(self): print("iter"); return iter(())
            def __len__(self): print("len"); return 0
            def __reduce__(self): print("reduce"); raise SystemExit(9)
        class List(list):
            def __iter__(self): print("list iter"); return super().__iter__()
            def __len__(self): print("list len"); return 0
        class Dict(dict):
            def items(self): print("items"); return ()
            def keys(self): print("keys"); return ()
        def f(*args): return args
        """,
        "import m\nm.f(m.List([1]), m.Dict(a=1))\nx = m.f(*[m.List()] * 3)\nprint('end')",
    ),
    "warnings and loggers name the caller": (
        "import warnings\ndef f():\n    warnings.warn('w', stacklevel=1)",
        "import m\nm.f()",
    ),
    "weak references die when they would": (
        "def f(x): return 1\nclass C:\n    def __del__(self): print('gone')\n    def m(self): return 1",
        "import m, weakref\nc = m.C(); r = weakref.ref(c)\nprint(m.f(c), c.m())\ndel c\nprint(r())",
    ),
    "iterators are not advanced": (
        "def first(it): return next(it)\ndef given(it): return it",
        "import m\nit = iter([1, 2, 3]); g = (x for x in 'abc')\nprint(m.first(it), list(it), m.first(g), list(m.given(g)))",
    ),
    "mock patches them": (
        "def f(x): return x\ndef g(x): return f(x)",
        """
        import m
        from unittest import mock
        with mock.patch("m.f", return_value=9): print(m.g(1))
        print(m.g(1), mock.create_autospec(m.f, return_value=3)(1))
        """,
    ),
    "singledispatch, lru_cache, partial": (
        """
        import functools
        @functools.lru_cache(None)
        def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
        @functools.singledispatch
        def show(x): return "any"
        @show.register
        def _(x: int): return "int"
        @show.register(str)
        def show_str(x): return "str"
        class C:
            @functools.singledispatchmethod
            def m(self, x): return "any"
            @m.register
            def _(self, x: int): return "int"
            def n(self, a, b): return a, b
            one = functools.partialmethod(n, 1)
        half = functools.partial(max, 0.5)
        """,
        """
        import m
        print(m.fib(30), m.fib.cache_info(), m.show(1), m.show("a"), m.show(None), m.show.dispatch(int)(1))
        print(m.C().m(1), m.C().m("x"), m.C().one(2), m.half(0.2), sorted(t.__name__ for t in m.show.registry))
        """,
    ),
    "a raised limit of recursion": (
        "def down(n): return 0 if n == 0 else 1 + down(n - 1)",
        """
        import sys, threading, m
        sys.setrecursionlimit(60_000)
        threading.stack_size(512 * 1024 * 1024 if sys.maxsize > 2**32 else 0)
        out = []
        t = threading.Thread(target=lambda: out.append(m.down(20_000)))
        t.start(); t.join()
        print(out)
        """,
    ),
    "deep recursion under the usual limit": (
        """
        def down(n): return 0 if n == 0 else 1 + down(n - 1)
        def even(n): return True if n == 0 else odd(n - 1)
        def odd(n): return False if n == 0 else even(n - 1)
        class Node:
            def __init__(self, n): self.child = Node(n - 1) if n else None
            def depth(self): return 1 + self.child.depth() if self.child else 1
        VISITORS = {}
        def visit(n): return VISITORS[n % 3](n - 1) if n else 0
        for i in range(3):
            VISITORS[i] = visit
        """,
        """
        import m
        print(m.down(900), m.even(900), m.Node(400).depth(), m.visit(450), m.down(3), m.down(900))
        try: m.down(5000)
        except RecursionError as error: print(type(error).__name__)
        print(m.down(900))
        """,
    ),
}


DIFFERENCES = {
    "wraps and update_wrapper": "wrap takes a call of the function that a decorator holds for one of what it made",
}
"""Programs of which the engines record different calls, and why."""


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_does_not_notice(name, make_program):
    module, main = PROGRAMS[name]
    program = make_program({"m.py": module, "main.py": main})
    result = program.assert_unchanged("main.py", targets="m.*", differs=DIFFERENCES.get(name, ""))
    assert result.returncode == 0, result.stderr


def test_a_finished_function_is_the_original_again(make_program, engine):
    program = make_program(
        {
            "m.py": """
                def free(x): return x
                def held(x): return x
                def fixed(x): return x
                class C:
                    def m(self, x): return x
                    @staticmethod
                    def s(x): return x
                    @classmethod
                    def c(cls, x): return x
                    @property
                    def p(self): return self.x
                """,
            "main.py": """
                import m
                from m import held
                registry = [m.held]
                pair = m.fixed, 1
                c = m.C()
                for i in range(300):
                    c.x = i
                    m.free(i), m.held(i), m.fixed(i), c.m(i), m.C.s(i), m.C.c(i), c.p
                C = vars(m.C)
                print([type(f) is type(lambda: 0) for f in (m.free, m.held, m.fixed, C["m"], C["s"].__func__, C["c"].__func__, C["p"].fget)])
                print(m.held is held is registry[0], m.fixed is pair[0])
                """,
        }
    )
    result = program.pytead("-l", "1", "-t", "m", "main.py")  # past which a function waits for nothing
    kinds, identity = result.stdout.splitlines()
    assert kinds == str([True] * 7)
    assert identity == "True True"


def test_functions_that_look_at_the_frames_of_their_callers_are_left_alone(make_program, engine):
    program = make_program(
        {
            "deep.py": """
                import sys
                from inspect import stack
                def module_of_caller(depth=0): return sys._getframe(depth + 2).f_globals["__name__"]
                def where(): return stack()[1].function
                """,
            "m.py": """
                import functools, inspect, sys, warnings
                import deep
                def sentinel(name):
                    cls = type(name, (), {"__module__": sys._getframe(1).f_globals["__name__"]})
                    return cls
                def deprecated(function):
                    @functools.wraps(function)
                    def wrapper(*args):
                        line = inspect.currentframe().f_back
                        warnings.warn_explicit("old", DeprecationWarning, line.f_code.co_filename, line.f_lineno)
                        return function(*args)
                    return wrapper
                @deprecated
                def old(x): return x + 1
                def make(): return deep.module_of_caller()
                class Point:
                    @classmethod
                    def here(cls, level=1): return sys._getframe(level).f_code.co_name
                    def callers(self): return [each.function for each in inspect.stack()[:2]]
                    @property
                    def line(self): return (lambda: sys._getframe(2).f_lineno)()
                def looks_at_none(): return where()
                def where(): return deep.where()
                """,
            "main.py": """
                import pickle, warnings
                import m
                warnings.simplefilter("always")
                Thing = m.sentinel("Thing")
                def outer(): return m.Point.here(2)
                print(type(pickle.loads(pickle.dumps(Thing()))), m.old(1), m.make(), m.Point.here(), outer())
                print(m.Point().callers(), m.Point().line, m.looks_at_none())
                """,
        }
    )
    program.assert_unchanged("main.py", targets="m,deep", differs="monitoring records them too")
    assert {"m.old", "m.looks_at_none"} <= program.recorded().keys()
    if engine == "wrap":
        ran = program.pytead("-t", "m,deep", "--json", "summary.json", "main.py")
        left = json.loads(program.read("summary.json"))["left_alone"]
        assert {row["func"] for row in left if row["slug"] == "kind-frames"} == {
            "deep.module_of_caller", "deep.where", "m.sentinel", "m.make", "m.Point.here", "m.Point.callers", "m.Point.line",
        }, ran.stderr  # fmt: skip


@pytest.mark.skipif(
    sys.version_info < (3, 11), reason="before 3.11 a frame of ours shows where a program prints it"
)
def test_tracebacks_that_the_program_prints_show_its_own_frames(make_program):
    program = make_program(
        {
            "m.py": "def f(x): return g(x)\ndef g(x): return 1 / x",
            "main.py": "import m, traceback\ntry: m.f(0)\nexcept ZeroDivisionError: print(traceback.format_exc())",
        }
    )
    program.assert_unchanged("main.py", targets="m")


@pytest.mark.skipif(
    sys.version_info < (3, 11), reason="before 3.11 a frame of ours shows where a program prints it"
)
def test_tracebacks_of_what_runs_around_an_async_function_show_the_programs_frames_alone(make_program):
    program = make_program(
        {
            "m.py": """
                import functools
                def checked(function):
                    @functools.wraps(function)
                    def check(x):
                        if x < 0:
                            raise ValueError
                        return function(x)
                    return check
                @checked
                async def root(x):
                    return x ** 0.5
                """,
            "main.py": """
                import m, traceback
                held, shown = m.root, set()
                for i in range(40):  # recorded, and past the limit
                    try: held(-i - 1)
                    except ValueError: shown.add(traceback.format_exc())
                print(*shown)
                """,
        }
    )
    program.assert_unchanged("main.py", targets="m")


def test_a_full_disk_or_a_forbidden_folder_stops_recording_alone(make_program):
    program = make_program(
        {"m.py": "def f(x): return x", "main.py": "import m\nfor i in range(5): print(m.f(i))"}
    )
    program.write("call_logs", "a file where the folder should be")
    result = program.pytead("-t", "m", "main.py")
    assert result.stdout == "0\n1\n2\n3\n4\n"
    assert result.returncode == 0
    assert result.stderr.count("call_logs") >= 1
    assert "Traceback" not in result.stderr

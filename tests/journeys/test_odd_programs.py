"""Programs that do unusual things to themselves run as they would, and what is made of their calls passes."""

from __future__ import annotations

import sys

import pytest

EVERY_ENGINE = True

PLAIN = "def f(x): return x\n"
CODED = b"# -*- coding: latin-1 -*-\r\ndef f(x):\r\n    '''doc\r\n    more'''\r\n    return x + '\xe9' + '''a\r\nb'''\r\n"

PROGRAMS = {
    "replaces, deletes and reloads": (
        "def f(x): return x\ndef g(x): return f(x), 1\ndef h(x): return -x\n",
        """
        import importlib, m
        old = m.f
        print(m.g(1))
        m.f = lambda x: "patched"
        print(m.g(2), old(3))
        m.f = old
        del m.h
        print(hasattr(m, "h"), m.f is old)
        importlib.reload(m)
        print(m.f is old, m.h(4), m.g(5), old(6))
        for i in range(30): m.f(i)
        m.f = 7
        print(m.f)
        """,
    ),
    "makes names when asked": (
        """
        import sys, types
        class Module(types.ModuleType):
            @property
            def late(self): return made("late")
        sys.modules[__name__].__class__ = Module
        def made(name): return name.upper()
        def __getattr__(name):
            if name.startswith("x"): return made(name)
            raise AttributeError(name)
        def __dir__(): return ["made"]
        """,
        "import m\nprint(m.late, m.xyz, dir(m), hasattr(m, 'nope'), type(m).__name__)\n",
    ),
    "rebinds its name": (
        "def f(x): return x\n__name__ = 'other'\ndef g(x): return x\n",
        "import m\nprint(m.f(1), m.g(2), m.f.__module__, m.g.__module__, m.__name__)\n",
    ),
    "goes elsewhere and takes its folder away": (
        PLAIN,
        "import m, os, shutil\nm.f(1)\nos.mkdir('d')\nos.chdir('d')\nm.f(2)\nshutil.rmtree('../d')\nm.f(3)\nprint('ok')\n",
    ),
    "closes and replaces its streams": (
        "def f(x):\n    print('in f', x)\n    return x\n",
        """
        import io, os, sys, m
        usual, sys.stdout = sys.stdout, io.StringIO()
        m.f(1)
        text, sys.stdout = sys.stdout.getvalue(), usual
        print(repr(text), flush=True)
        sys.stderr = None
        os.close(2)
        """,
    ),
    "makes errors of warnings": (
        PLAIN,
        "import warnings\nwarnings.simplefilter('error')\nimport m\nwith open(__file__) as file: m.f(file)\nprint(m.f(float('nan')))\n",
    ),
    "starts itself again": (
        PLAIN,
        """
        import os, sys, m
        m.f(len(sys.argv))
        if len(sys.argv) < 2:
            sys.stdout.flush()
            os.execv(sys.executable, [*sys.orig_argv, "again"]) if os.name == "posix" else sys.argv.append("again")
        print(sys.argv)
        """,
    ),
    "works in processes": (
        PLAIN,
        """
        import multiprocessing, m
        def local(x): return m.f(x) + 1
        if __name__ == "__main__":
            for how in multiprocessing.get_all_start_methods():
                with multiprocessing.get_context(how).Pool(1) as pool:
                    print(how, pool.map(local, [1, 2]), pool.map(m.f, [3]))
        """,
    ),
    "is traced": (
        "def f(x):\n    y = x\n    return y\n",
        """
        import sys, m
        seen = []
        def trace(frame, event, arg):
            if frame.f_globals.get("__name__") == "m": seen.append((frame.f_code.co_name, event, frame.f_lineno))
            return trace
        sys.settrace(trace); m.f(1); m.f(2); sys.settrace(None)
        print(seen)
        """,
    ),
    "changes its functions": (
        "def f(a, b=2, *, c=3): return a + b + c\ndef g(a): return a\ndef h(a): return -a\n",
        """
        import dis, inspect, m, weakref
        print(m.f(1), m.h(1))
        m.f.__defaults__ = (20,); m.f.__kwdefaults__ = {"c": 0}
        m.g.__code__ = (lambda a: ("new", a)).__code__
        print(m.f(1), m.g(1), weakref.ref(m.f)() is m.f, inspect.getfullargspec(m.f), dis.Bytecode(m.g).codeobj.co_name)
        for wrong in (lambda: m.f.nope, lambda: m.f(), lambda: m.f + 1, lambda: len(m.f), lambda: [*m.f], lambda: m.f[0]):
            try: wrong()
            except Exception as error: print(type(error), error)
        """,
    ),
}
if sys.version_info >= (3, 12):
    PROGRAMS["is generic"] = (
        """
        def f[T](x: T, *, k: T | None = None) -> list[T]: return [x]
        class C[T]:
            def m(self, x: T) -> T: return x
        """,
        "import m\nprint(m.f(1), m.f.__type_params__, m.C().m(1), m.C[int]().m(2))\n",
    )


@pytest.mark.parametrize("what", PROGRAMS)
def test_a_program_that(what, make_program):
    module, main = PROGRAMS[what]
    program = make_program({"m.py": module, "main.py": main})
    ended = program.assert_unchanged("main.py", targets="m,main.*")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert program.recorded()
    if "processes" not in what:
        made = program.pytead("gen", "--no-verify")
        assert made.returncode == 0, made.stderr


def test_a_source_in_another_encoding(make_program, few_plugins):
    program = make_program(
        {"main.py": "import m, inspect\nprint(ascii(m.f('b')), ascii(inspect.getsource(m.f)))\n"}
    )
    (program.folder / "m.py").write_bytes(CODED)
    program.assert_unchanged("main.py", targets="m")
    made = program.pytead("gen", env=few_plugins)
    assert "1 case written" in made.stderr, made.stderr


def test_names_and_values_in_any_script(make_program, few_plugins):
    program = make_program(
        {
            "módulo.py": "def größe(ñ, *, ключ=1): return {'😀': ñ, 'k': ключ}\nclass Straße:\n    def länge(self): return 1\n",
            "main.py": "import módulo\nprint(ascii(módulo.größe('é\\u2028\\x00\"', ключ=2)), módulo.Straße().länge())\n",
        }
    )
    program.assert_unchanged("main.py", targets="*")
    made = program.pytead("gen", env=few_plugins)
    assert "2 cases written to tests/generated, 0 rejected" in made.stderr, made.stderr
    assert "2 passed" in program.command("pytest", "-q", env=few_plugins).stdout


def test_every_sort_of_class(make_program, few_plugins):
    program = make_program(
        {
            "m.py": """
                import abc, dataclasses, enum, functools, typing
                @dataclasses.dataclass(slots=True, frozen=True)
                class Point:
                    x: int
                    y: int = 2
                    def __add__(self, other): return Point(self.x + other.x, self.y + other.y)
                class Shape(abc.ABC):
                    @abc.abstractmethod
                    def area(self): ...
                    def double(self): return 2 * self.area()
                class Square(Shape):
                    def __init__(self, side): self.side = side
                    def area(self): return self.side ** 2
                class Color(enum.IntFlag):
                    RED = 1
                    GREEN = 2
                    def label(self): return self.name.title()
                class Row(typing.NamedTuple):
                    name: str
                    def up(self): return self._replace(name=self.name.upper())
                class Meta(type):
                    def make(cls, x): return cls(x)
                class Made(metaclass=Meta):
                    def __init__(self, x): self.x = x
                    def get(self): return self.x
                @functools.total_ordering
                class Version:
                    def __init__(self, n): self.n = n
                    def __lt__(self, other): return self.n < other.n
                    def __eq__(self, other): return self.n == other.n
                    @functools.singledispatchmethod
                    def bump(self, by): return "any"
                    @bump.register
                    def _(self, by: int): return Version(self.n + by)
                def log(function):
                    @functools.wraps(function)
                    def inner(*args): return function(*args)
                    return inner
                class Account:
                    @log
                    @log
                    def stacked(self, a): return a
                    @staticmethod
                    @log
                    def static(a): return a
                    @property
                    @log
                    def size(self): return 3
                """,
            "main.py": """
                import m
                print(m.Point(1) + m.Point(2, 3), m.Square(2).double(), m.Color.RED.label(), m.Row("a").up())
                print(m.Made.make(4).get(), m.Version(1) <= m.Version(2), m.Version(1).bump("x"), m.Version(1).bump(2).n)
                a = m.Account()
                print(a.stacked(1), a.static(2), a.size)
                """,
        }
    )
    program.assert_unchanged("main.py", targets="m.*,!m.log")
    made = program.pytead("gen", env=few_plugins)
    assert made.returncode == 0, made.stderr
    assert ", 0 rejected" in made.stderr, made.stderr
    names = {path.stem for path in (program.folder / "tests/generated").glob("test_*")}
    assert {"test_m_Point___add__", "test_m_Shape_double", "test_m_Meta_make", "test_m_Account_size"} <= names
    assert " passed" in program.command("pytest", "-q", "-W", "error", env=few_plugins).stdout

"""Tests of every kind of callable reach the function, pass, and fail when it changes."""

from __future__ import annotations

import re

MODULE = """
import functools

class Command:
    def __init__(self, callback): self.callback = callback
REGISTRY = {}
HELD = []
def register(key):
    def decorator(function): REGISTRY[key] = function
    return decorator
def guarded(function):
    @functools.wraps(function)
    def inner(key, *a): return function(*a) if key == "key" else None
    HELD.append(inner)
    return inner
class lazy:
    def __init__(self, function): self.function = function
    def __get__(self, obj, owner): return self if obj is None else self.function(obj)
class myproperty(property): pass

@Command
def hello(x): return "hello " + x
@functools.singledispatch
def show(x): return "any"
@show.register
def _(x: int): return "int"
@show.register(str)
def _(x): return "str"
class C:
    def __new__(cls, *a): return super().__new__(cls)
    def __init__(self, n=0): self.n = n
    @functools.singledispatchmethod
    def m(self, x): return "method of any", x
    @m.register
    def _(self, x: int): return "method of int", x
    @m.register
    def _(self, x: str): return "method of str", x
    @m.register
    @classmethod
    def _(cls, x: float): return "method of float", x
    @functools.cached_property
    def big(self): return self.n * 100
    @functools.lru_cache
    def cached(self, x): return x + 11
    @classmethod
    @functools.lru_cache
    def of_class(cls, x): return x + 12
    @Command
    def bound(self, x): return x * 13
    @myproperty
    def area(self): return self.n + 14
    @lazy
    def late(self): return self.n + 15
    v = property(lambda self: self.n + 16)
    T = {int: lambda x: "by class", "k": [lambda x: "by place"]}
    @property
    def p(self): return self.n
    @p.setter
    def p(self, value): self.n = value + 17
    @p.deleter
    def p(self): self.n = 18
    def __len__(self): return 19
    def __call__(self, x): return x + 20
    def __getattr__(self, name): return "got " + name
    def __setattr__(self, name, value): object.__setattr__(self, name, value)
    def __eq__(self, other): return self.n == other.n
    def __hash__(self): return 3
class Sub(C):
    pass
class Failure(Exception):
    def __init__(self, message, code): super().__init__(message); self.code = code + 21
@register("a")
def ha(x): return x + "a"
def first(x): return x + 22
alias = first
def first(x): return x + 23
@guarded
def view(x): return x + 24
half = functools.partial(lambda a, b: a + b + 25, 1)
square = lambda x: x * 26
def make(n):
    def inner(x): return x * n + 27
    return inner
double = make(2)
OPS = {"+": lambda a, b: a + b + 28}
@functools.lru_cache
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
def gone(x): return x
KEPT = [[[[gone]]]]
gone = None
"""

MAIN = """
import m
c = m.C(2)
m.show(1), m.show("a"), m.show(None), c.m(1), c.m("s"), c.m(None), c.m(1.5), c.big, c.cached(1), m.C.of_class(1)
m.hello.callback("x"), m.C.bound.callback(c, 5), c.area, c.late, c.v, c.T[int](1), c.T["k"][0](2)
m.REGISTRY["a"]("x"), m.alias(1), m.first(1), m.view("key", 1), m.half(3), m.square(4), m.double(5)
m.OPS["+"](1, 2), m.fib(20), len(c), c(1), c.other, c == m.C(3), m.KEPT[0][0][0][0](1)
c.p = 6; c.p; del c.p
s = m.Sub(4); s.p = 7; s.p; del s.p
m.Failure("text", 5)
"""

REACHED = [
    "hello.callback(", "show(", "_(", "C._(", "show.registry[int](", "receiver.m(", "receiver.big",
    "receiver.cached(", 'vars(C)["m"].dispatcher.registry[int](', 'vars(C)["m"].dispatcher.registry[str](',
    "C.of_class(", "C.bound.callback(", "C.area.fget(", "C.late.function(", "C.v.fget(", "C.T[int](", 'C.T["k"][0](',
    'REGISTRY["a"](', "alias(", "first(", "view.__wrapped__(", "half.func(", "square(", "double(", 'OPS["+"](', "fib(",
    "same(C(", "C.__init__(", "C.__new__(", "Failure(", "receiver.p", "receiver.p =", "del receiver.p", "C.p.__set__(",
    "C.p.__delete__(", "C.p.__get__(", "receiver.__len__(", "receiver(", "receiver.__getattr__(", "receiver.__eq__(",
]  # fmt: skip


def test_tests_reach_the_function_pass_and_notice_a_change(make_program, few_plugins):
    program = make_program({"m.py": MODULE, "main.py": MAIN})
    assert program.pytead("-q", "-t", "m", "main.py").returncode == 0
    made = program.pytead("gen", env=few_plugins)
    assert made.returncode == 0, made.stderr
    texts = {path.stem: path.read_text() for path in (program.folder / "tests/generated").glob("test_*")}
    whole = "\n".join(texts.values())
    assert [way for way in REACHED if way not in whole] == []
    rejected = made.stderr.partition("\n\n")[2]
    assert re.search(r"^unreachable: .*: m\.gone$", rejected, re.MULTILINE), made.stderr
    assert "mismatch" not in rejected, made.stderr
    done = program.command("pytest", "-q", "-W", "error", "tests", env=few_plugins)
    assert done.returncode == 0, done.stdout

    # Every function that has a number or a text of its own gives another one now.
    changed = re.sub(r"(?<=[+*] )\d+|(?<=self.n = )\d+", "977", MODULE.replace("return 19", "return 977"))
    changed = re.sub(r'"(hello |got |any|int|str|method of |by )', r'"not \1', changed).replace(
        'x + "a"', 'x + "b"'
    )
    program.write("m.py", changed.replace("n if n < 2 else", "1 if n < 2 else"))
    done = program.command("pytest", "-q", "-rA", "tests", env=few_plugins)
    passed = set(re.findall(r"^PASSED \S+::(\w+)", done.stdout, re.MULTILINE))
    assert "test_C_p_set" not in passed
    # What a function is given as a value stands in the test, as it was.
    unchanged = "test_C_(init|new|setattr|eq|hash|p)|test_lazy|test_(Command_init|guarded|register)_"
    assert {name for name in passed if not re.match(unchanged, name)} == set()

"""Recorded functions are called from wherever Python may call them, and as deeply as the program likes."""

from __future__ import annotations

import sys

import pytest

MODULE = """
import functools
class Node:
    def __init__(self, next=None): self.next = next
def length(node):
    count = 0
    while node: node, count = node.next, count + 1
    return count
def down(n): return 0 if n == 0 else 1 + down(n - 1)
class Tree:
    def down(self, n): return 0 if n == 0 else 1 + self.down(n - 1)
    def __call__(self, n): return 0 if n == 0 else 1 + self(n - 1)
HELD, LIST, FIXED = {}, [], {}
def held(function):
    HELD[function.__name__] = function
    return function
@held
def named(n): return 0 if n == 0 else 1 + HELD["named"](n - 1)
@held
def listed(n): return 0 if n == 0 else 1 + LIST[0](n - 1)
LIST.append(listed)
@held
def by_local(n):
    function = HELD["by_local"]
    return 0 if n == 0 else 1 + function(n - 1)
class Handlers:
    def __init__(self): self.by_name = {"even": self.even, "odd": [self.odd]}; self.own = named
    def deep(self, n): return self.even(n)
    def even(self, n): return 0 if n == 0 else 1 + self.by_name["odd"][0](n - 1)
    def odd(self, n): return 1 + self.by_name["even"](n - 1)
def fixed(keep):
    def hold(function):
        FIXED[function.__name__] = keep(function)
        return function
    return hold
@fixed(lambda f: (f, 0))
def in_tuple(n): return 0 if n == 0 else 1 + FIXED["in_tuple"][0](n - 1)
class Slot:
    __slots__ = ("call",)
    def __init__(self, call): self.call = call
@fixed(Slot)
def in_slot(n): return 0 if n == 0 else 1 + FIXED["in_slot"].call(n - 1)
@fixed(lambda f: frozenset([f]))
def in_set(n): return 0 if n == 0 else 1 + next(iter(FIXED["in_set"]))(n - 1)
def handed(n, f=None): return 0 if n == 0 else 1 + f(n - 1, f=f)
def as_default(n): return 0 if n == 0 else 1 + as_default.__defaults__[0](n - 1)
as_default.__defaults__ = (as_default,)
class Fixed:
    def __init__(self): self.methods = self.method,
    def method(self, n): return 0 if n == 0 else 1 + self.methods[0](n - 1)
    def named(self, n): return 0 if n == 0 else 1 + self.other(n - 1)
    other = named
def through(function):
    def inner(*args): return function(*args)
    return inner
@through
def decorated(n): return 0 if n == 0 else 1 + decorated(n - 1)
@functools.lru_cache(None)
def cached(n): return 0 if n == 0 else 1 + cached(n - 1)
@fixed(functools.partial)
def in_partial(n): return 0 if n == 0 else 1 + FIXED["in_partial"](n - 1)
class Chain:
    def __init__(self, n): self.n, self.next = n, n and Chain(n - 1)
    @property
    def length(self): return 1 + self.next.length if self.next else 0
def tick(x): return x
def take(*args): return len(args)
class Dying:
    def __init__(self, x): self.x = x
    def __del__(self): print("del", tick(self.x))
class Reduced:
    def __init__(self, x): self.x = x
    def __reduce__(self): return Reduced, (tick(self.x),)
def busy(n):
    total = 0
    for i in range(n): total += tick(i)
    return total
"""

PROGRAMS = {
    "a chain of 100,000 links": """
        import sys
        import m
        sys.setrecursionlimit(300_000)
        first = None
        for _ in range(100_000): first = m.Node(first)
        print([m.length(first) for _ in range(4)])
        m.take(first, [first])
        print(m.tick(1))
        node = first
        while node: node.next, node = None, node.next
        """,
    "20,000 calls deep": """
        import sys, threading
        import m
        sys.setrecursionlimit(60_000)
        threading.stack_size(512 * 1024 * 1024 if sys.maxsize > 2**32 else 0)
        def work():
            for _ in range(3): print(m.down(20_000), m.Tree().down(20_000))
        thread = threading.Thread(target=work)
        thread.start(); thread.join()
        """,
    "20,000 calls deep through what holds the function": """
        import sys, threading
        import m
        def show(depth):
            print([m.HELD[name](depth) for name in m.HELD], m.Handlers().deep(depth))
            print(m.named is m.HELD["named"] is m.Handlers().own, m.listed is m.LIST[0] is m.HELD["listed"])
        def work():
            for _ in range(3): show(700)
            limit = sys.getrecursionlimit()
            sys.setrecursionlimit(21_000)
            for _ in range(12): show(20_000)
            for name in m.HELD:
                for number in range(30): m.HELD[name](number % 7)
            show(20_000)
            sys.setrecursionlimit(limit)
            print(sys.getrecursionlimit())
        threading.stack_size(512 * 1024 * 1024 if sys.maxsize > 2**32 else 0)
        thread = threading.Thread(target=work)
        thread.start(); thread.join()
        """,
    "20,000 calls deep through what can't be changed": """
        import sys, threading
        import m
        def show(depth, few):
            print([each(depth) for each in (m.in_tuple, m.in_slot, m.in_set, m.as_default)])
            print(m.handed(depth, m.handed), m.Fixed().method(depth), m.Fixed().named(depth), m.decorated(depth // 2))
            m.cached.cache_clear()
            print(m.cached(few), m.in_partial(few), m.Chain(few).length, sys.getrecursionlimit())
            print(m.in_tuple is m.FIXED["in_tuple"][0], m.FIXED["in_slot"].call is m.in_slot, m.in_set in m.FIXED["in_set"])
            print(m.FIXED["in_partial"].func is m.in_partial)
            print(m.as_default.__defaults__[0] is m.as_default, m.Fixed.named is m.Fixed.other)
        def work():
            show(900, 200)
            sys.setrecursionlimit(25_000)
            for calls in (0, 30, 300, 3000):
                for number in range(calls):
                    for each in (m.in_tuple, m.in_slot, m.in_set, m.as_default, m.decorated, m.in_partial):
                        each(number % 5)
                show(20_000, 400)
        threading.stack_size(512 * 1024 * 1024 if sys.maxsize > 2**32 else 0)
        thread = threading.Thread(target=work)
        thread.start(); thread.join()
        """,
    "through methods of the function": """
        import m
        call, bound = m.named.__call__, m.named.__get__(2)
        get, called = m.named.__get__, m.HELD["named"]
        class Number(int):
            def __eq__(self, other):
                if int(self) == other: print(call(3), bound(), get(4)(), called(5))
                return int(self) == other
            def __sub__(self, other): return Number(int(self) - other)
        for depth in (5, 200, 400, 300): print(m.HELD["named"](Number(depth)), call(1), bound(), get(2)())
        """,
    "from finalisers and reductions": """
        import gc
        import m
        for number in range(14):
            m.take(m.Dying(number), m.Reduced(number))
            held = m.Dying(-number); m.take(held); del held
            cycle = m.Dying("cycle"); cycle.self = cycle; del cycle
            m.take([[] for _ in range(3000)])
        gc.collect()
        """,
    "from audit hooks": """
        import sys
        import m
        seen = []
        def hook(event, args):
            if event in ("open", "compile", "object.__getattr__"): seen.append(m.tick(event))
        sys.addaudithook(hook)
        for number in range(30):
            m.take(number, [number]); open(m.__file__).close(); compile("1", "x", "eval")
        print(len(seen) >= 60)
        """,
    "from trace functions": """
        import sys
        import m
        def trace(frame, event, arg):
            m.tick(event); return None
        sys.settrace(trace); print(m.busy(20)); sys.settrace(None)
        sys.setprofile(trace); print(m.busy(20)); sys.setprofile(None)
        """,
    "from signal handlers": """
        import signal
        import m
        count = [0]
        def handler(number, frame): count[0] += 1; m.tick("signal"); m.take([1] * 500, m.Reduced(1))
        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
        print(m.busy(100_000))
        while count[0] < 50: m.take({n: [n] * 50 for n in range(20)}, m.Reduced(1))
        signal.setitimer(signal.ITIMER_REAL, 0)
        """,
    "from many threads": """
        import threading
        import m
        def work():
            for number in range(300): m.tick(number); m.down(number % 40); m.take(m.Reduced(number))
        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        print(m.down(500))
        """,
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_wherever_calls_come_from(name, make_program):
    if "SIGALRM" in PROGRAMS[name] and sys.platform == "win32":
        pytest.skip("Windows has no timer signals")
    program = make_program({"m.py": MODULE, "main.py": PROGRAMS[name]})
    result = program.assert_unchanged("main.py", targets="m.*")
    assert result.returncode == 0, result.stderr
    assert program.recorded()

"""Small programs whose flows must be the same on every engine and every interpreter.

Each defines ``main()``; what runs in it is traced. ``EXPECTED`` has the events of each as ``flow_of`` writes them.
"""

from __future__ import annotations

PROGRAMS: dict[str, str] = {
    "one call": """
        def f(x, y=2):
            return x + y
        def main():
            f(1)
    """,
    "every kind of argument": """
        def f(a, /, b, *args, c=3, **kwargs):
            return a
        def main():
            f(1, 2, 3, 4, c=5, d=6)
            f(1, 2)
    """,
    "an argument in a cell": """
        def f(x, y):
            def inner():
                return x
            return inner()
        def main():
            f(1, 2)
    """,
    "recursion": """
        def fib(n):
            return n if n < 2 else fib(n - 1) + fib(n - 2)
        def main():
            fib(5)
    """,
    "mutual recursion": """
        def even(n):
            return n == 0 or odd(n - 1)
        def odd(n):
            return n != 0 and even(n - 1)
        def main():
            even(4)
    """,
    "an exception through several frames": """
        def a():
            b()
        def b():
            c()
        def c():
            raise ValueError("deep", 1)
        def main():
            try:
                a()
            except ValueError:
                return "caught"
    """,
    "an exception of a builtin": """
        def f(x):
            return 1 // x
        def main():
            try:
                f(0)
            except ZeroDivisionError:
                pass
    """,
    "an exception caught in between": """
        def a():
            try:
                b()
            except KeyError as error:
                raise LookupError("a") from error
        def b():
            {}["k"]
        def main():
            try:
                a()
            except LookupError:
                pass
    """,
    "finally": """
        def clean():
            return 1
        def f():
            try:
                raise RuntimeError("x")
            finally:
                clean()
        def main():
            try:
                f()
            except RuntimeError:
                pass
    """,
    "finally that returns": """
        def f():
            try:
                raise RuntimeError("x")
            finally:
                return 5
        def main():
            f()
    """,
    "raise again": """
        def f():
            try:
                g()
            except ValueError:
                raise
        def g():
            raise ValueError("again")
        def main():
            try:
                f()
            except ValueError:
                pass
    """,
    "a context manager": """
        class Manager:
            def __enter__(self):
                return self
            def __exit__(self, *info):
                return True
        def f():
            with Manager():
                raise ValueError("swallowed")
        def main():
            f()
    """,
    "contextlib": """
        from contextlib import contextmanager
        @contextmanager
        def manager(x):
            yield x
        def main():
            with manager(1) as found:
                return found
    """,
    "contextlib, raising": """
        from contextlib import contextmanager
        @contextmanager
        def manager():
            try:
                yield 1
            except KeyError:
                pass
        def main():
            with manager():
                raise KeyError("inside")
    """,
    "a generator": """
        def numbers(n):
            for i in range(n):
                yield i
        def main():
            return sum(numbers(3))
    """,
    "generators in turns": """
        def numbers(name):
            yield name + "1"
            yield name + "2"
        def main():
            return list(zip(numbers("a"), numbers("b")))
    """,
    "a generator that is sent to": """
        def echo():
            got = yield "ready"
            while got is not None:
                got = yield got
            return "done"
        def main():
            e = echo()
            next(e)
            e.send(5)
            try:
                e.send(None)
            except StopIteration:
                pass
    """,
    "a generator closed early": """
        def numbers():
            yield 1
            yield 2
        def main():
            n = numbers()
            next(n)
            n.close()
    """,
    "a generator dropped early": """
        def numbers():
            yield 1
            yield 2
        def main():
            for number in numbers():
                break
    """,
    "a generator closed early that cleans up": """
        def clean():
            return 0
        def numbers():
            try:
                yield 1
            finally:
                clean()
        def main():
            n = numbers()
            next(n)
            n.close()
    """,
    "a generator never run": """
        def numbers():
            yield 1
        def main():
            numbers()
    """,
    "a generator that is thrown into": """
        def numbers():
            try:
                yield 1
            except ValueError:
                yield 2
        def main():
            n = numbers()
            next(n)
            n.throw(ValueError("in"))
            list(n)
    """,
    "a generator that raises": """
        def numbers():
            yield 1
            raise OSError("late")
        def main():
            try:
                list(numbers())
            except OSError:
                pass
    """,
    "yield from": """
        def inner():
            yield 1
            return 2
        def outer():
            got = yield from inner()
            yield got
        def main():
            return list(outer())
    """,
    "a generator expression": """
        def double(x):
            return 2 * x
        def main():
            return sum(double(x) for x in (1, 2))
    """,
    "comprehensions": """
        def f(x):
            return x
        def main():
            [f(x) for x in (1, 2)]
            {f(x) for x in (3,)}
            {f(x): f(x) for x in (4,)}
            [[f(y) for y in (x,)] for x in (5, 6)]
    """,
    "a comprehension that raises": """
        def f(x):
            raise ValueError(x)
        def g():
            return [f(x) for x in (1, 2)]
        def main():
            try:
                g()
            except ValueError:
                pass
    """,
    "a class body": """
        def default():
            return 7
        def main():
            class Thing:
                size = default()
                numbers = [default() for _ in (1,)]
            return Thing.size
    """,
    "lambdas": """
        def main():
            return list(map(lambda x: x + 1, [1, 2])), sorted([2, 1], key=lambda x: -x)
    """,
    "C calls in between": """
        import functools
        def add(a, b):
            return a + b
        def compare(a, b):
            return a - b
        def main():
            functools.reduce(add, [1, 2, 3])
            sorted([2, 1], key=functools.cmp_to_key(compare))
    """,
    "a decorator": """
        import functools
        def twice(f):
            @functools.wraps(f)
            def wrapper(*args):
                return f(*args) * 2
            return wrapper
        @twice
        def one(x):
            return x
        def main():
            one(4)
    """,
    "methods": """
        class Base:
            def __init__(self, x):
                self.x = x
            def get(self):
                return self.x
            @classmethod
            def make(cls, x):
                return cls(x)
            @staticmethod
            def three():
                return 3
            @property
            def doubled(self):
                return 2 * self.x
        class Derived(Base):
            def get(self):
                return super().get() + 1
        def main():
            d = Derived.make(1)
            d.get(), d.three(), d.doubled
    """,
    "special methods": """
        class Vector:
            def __init__(self, x):
                self.x = x
            def __add__(self, other):
                return Vector(self.x + other.x)
            def __eq__(self, other):
                return self.x == other.x
            def __len__(self):
                return self.x
            def __iter__(self):
                return iter((self.x,))
        def main():
            v = Vector(1) + Vector(2)
            v == Vector(3), len(v), list(v)
    """,
    "an iterator": """
        class Countdown:
            def __init__(self, n):
                self.n = n
            def __iter__(self):
                return self
            def __next__(self):
                if not self.n:
                    raise StopIteration
                self.n -= 1
                return self.n
        def main():
            return list(Countdown(2)), [n for n in Countdown(1)]
    """,
    "a dataclass": """
        from dataclasses import dataclass
        @dataclass
        class Point:
            x: int
            y: int = 0
            def __post_init__(self):
                self.y += 1
        def shift(point, by):
            return Point(point.x + by, point.y)
        def main():
            shift(Point(1), 2)
    """,
    "values of many kinds": """
        import datetime, decimal, enum, collections
        class Colour(enum.Enum):
            RED = 1
        def f(value):
            return value
        def main():
            for value in (None, True, 1.5, "text", b"bytes", [1, [2]], (1,), {"k": {3}}, Colour.RED, int, len, f,
                          decimal.Decimal("1.50"), datetime.date(2024, 1, 2), collections.OrderedDict(a=1),
                          frozenset({1}), 10**30, range(3), ...):
                f(value)
    """,
    "values that change": """
        def push(items, item):
            items.append(item)
            return items
        def main():
            items = []
            push(items, 1)
            push(items, 2)
    """,
    "a value that holds itself": """
        def f(items):
            return len(items)
        def main():
            items = [1]
            items.append(items)
            f(items)
    """,
    "a large value": """
        def f(items):
            return len(items)
        def main():
            items = list(range(5000))
            f(items)
            f(items)
    """,
    "an object that resists": """
        class Hostile:
            def __repr__(self):
                raise RuntimeError("repr")
            def __eq__(self, other):
                raise RuntimeError("eq")
            def __getattr__(self, name):
                raise RuntimeError(name)
            __hash__ = None
        def f(value):
            return 1
        def main():
            f(Hostile())
    """,
    "sys.exit": """
        import sys
        def leave():
            sys.exit(3)
        def main():
            try:
                leave()
            except SystemExit:
                pass
    """,
    "a coroutine": """
        import asyncio
        async def add(a, b):
            await asyncio.sleep(0)
            return a + b
        async def start():
            return await add(1, 2)
        def main():
            return asyncio.run(start())
    """,
    "gather": """
        import asyncio
        async def work(n):
            await asyncio.sleep(0)
            return step(n)
        def step(n):
            return n * n
        async def start():
            return await asyncio.gather(work(1), work(2))
        def main():
            asyncio.run(start())
    """,
    "an asynchronous generator": """
        import asyncio
        async def numbers():
            yield 1
            await asyncio.sleep(0)
            yield 2
        async def start():
            return [n async for n in numbers()]
        def main():
            asyncio.run(start())
    """,
    "an asynchronous context manager": """
        import asyncio
        class Manager:
            async def __aenter__(self):
                return 1
            async def __aexit__(self, *info):
                return None
        async def start():
            async with Manager() as found:
                return found
        def main():
            asyncio.run(start())
    """,
    "a coroutine that raises": """
        import asyncio
        async def fail():
            await asyncio.sleep(0)
            raise ValueError("async")
        async def start():
            try:
                await fail()
            except ValueError:
                return "caught"
        def main():
            asyncio.run(start())
    """,
    "a cancelled task": """
        import asyncio
        async def forever():
            try:
                await asyncio.sleep(60)
            finally:
                note()
        def note():
            return "cancelled"
        async def start():
            task = asyncio.ensure_future(forever())
            await asyncio.sleep(0)
            task.cancel()
            try:
                await task
            except asyncio.CancelledError:
                pass
        def main():
            asyncio.run(start())
    """,
    "threads": """
        import threading
        def work(n):
            return helper(n)
        def helper(n):
            return n + 1
        def main():
            for n in (1, 2):
                thread = threading.Thread(target=work, args=(n,))
                thread.start()
                thread.join()
    """,
    "a thread pool": """
        from concurrent.futures import ThreadPoolExecutor
        def work(n):
            return n + 1
        def main():
            with ThreadPoolExecutor(1) as pool:
                list(pool.map(work, [1, 2]))
    """,
    "deep recursion": """
        def down(n):
            return 0 if n == 0 else 1 + down(n - 1)
        def main():
            down(30)
    """,
    "exec": """
        def main():
            space = {"__name__": "made"}
            exec("def f(x):\\n    return x + 1\\n", space)
            return space["f"](1)
    """,
    "closures": """
        def make(n):
            def add(x):
                return x + n
            return add
        def main():
            make(1)(2), make(10)(20)
    """,
    "a descriptor and a metaclass": """
        class Meta(type):
            def __call__(cls, *args):
                return super().__call__(*args)
        class Field:
            def __get__(self, instance, owner):
                return 42
        class Thing(metaclass=Meta):
            field = Field()
        def main():
            return Thing().field
    """,
    "default arguments and keywords": """
        def f(a, b=[1], *, c={"k": 1}):
            return b
        def main():
            f(1)
            f(a=2, c=3)
    """,
    "a property that raises": """
        class Thing:
            @property
            def broken(self):
                raise AttributeError("broken")
        def main():
            return hasattr(Thing(), "broken"), getattr(Thing(), "broken", 1)
    """,
    "match": """
        class Point:
            __match_args__ = ("x",)
            def __init__(self, x):
                self.x = x
        def kind(value):
            match value:
                case Point(x):
                    return x
                case _:
                    return None
        def main():
            kind(Point(3)), kind(4)
    """,
    "an exception group of handlers": """
        def f(n):
            try:
                if n == 0:
                    raise KeyError("k")
                if n == 1:
                    raise IndexError("i")
            except KeyError:
                return "key"
            except IndexError:
                return "index"
            else:
                return "none"
        def main():
            return [f(n) for n in range(3)]
    """,
}

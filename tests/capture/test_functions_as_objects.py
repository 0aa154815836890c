"""What libraries do with functions as objects, they do with wrapped ones."""

from __future__ import annotations

import re
import sys

import pytest

PROGRAMS = {
    "processes started anew": (
        """
        class Worker:
            factor = 3
            def __init__(self, n): self.n = n
            def times(self, x): return self.n * x
            @classmethod
            def tripled(cls, x): return cls.factor * x
            @staticmethod
            def negated(x): return -x
            class Inner:
                @staticmethod
                def deep(x): return x + 0.5
        def double(x): return 2 * x
        def _start(n): print("started", n, flush=True)
        """,
        """
        import concurrent.futures, functools, multiprocessing, operator
        import m
        def main():
            context = multiprocessing.get_context("spawn")
            with context.Pool(1, m._start, (1,)) as pool:
                for function in (m.double, m.Worker(4).times, m.Worker.tripled, m.Worker.negated, m.Worker.Inner.deep):
                    print(pool.map(function, range(14)))
                print(pool.apply(functools.partial(m.double, x=3)), pool.apply(m.Worker(2).times, (3,)))
                for n in range(30): m.double(n)
                print(pool.map(m.double, [1, 2]))
            process = context.Process(target=m._start, args=(2,))
            process.start(); process.join()
            with concurrent.futures.ThreadPoolExecutor(1) as threads: print(list(threads.map(m.double, [1, 2])))
        if __name__ == "__main__": main()
        """,
    ),
    "pickling by every protocol": (
        """
        import functools
        def f(x): return x
        class C:
            def m(self): return 1
            @classmethod
            def c(cls): return 2
            @staticmethod
            def s(): return 3
            def __private(self): return 4
            def __eq__(self, other): return type(other) is C
            __hash__ = None
        class D(C):
            def m(self): return super().m()
        @functools.lru_cache
        def cached(x): return x
        @functools.wraps(f)
        def wrapper(x): return f(x)
        def other(): pass
        other.__qualname__ = "renamed"
        """,
        """
        import copy, copyreg, functools, io, pickle
        import m
        def tried(label, action):
            try: print(label, action())
            except Exception as error: print(label, type(error).__name__)
        def everything():
            for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
                again = lambda value: pickle.loads(pickle.dumps(value, protocol))
                slow = lambda value: (lambda stream: (pickle._Pickler(stream, protocol).dump(value), pickle._loads(stream.getvalue()))[1])(io.BytesIO())
                for one in (again, slow):
                    print(one(m.f) is m.f, one(m.C.s) is m.C.s, one(m.C().m)(), one(m.D().m)(), one(m.C.c)() , one(m.D.c)())
                    print(one([m.f, m.f])[0] is m.f, one(functools.partial(m.f, 1))(), one(m.cached) is m.cached)
                    tried("wrapper", lambda: one(m.wrapper)(1)); tried("renamed", lambda: one(m.other))
                    tried("private", lambda: one(m.C()._C__private)())
            for copied in (copy.copy, copy.deepcopy):
                print(copied(m.f) is m.f, copied({"f": m.f})["f"] is m.f, copied(m.C().m)(), copied(m.C.c)())
        everything()
        for n in range(14): m.f(n), m.C().m(), m.C.c(), m.C.s(), m.D().m()
        everything()
        """,
    ),
    "one object from everywhere": (
        """
        registry = {}
        handlers = []
        def register(function):
            registry[function.__name__] = function
            handlers.append(function)
            return function
        @register
        def f(x): return x
        def g(x): return x
        alias = g
        class Base:
            def m(self): return 1
            n = m
            @register
            def r(self): return 2
        class Derived(Base): pass
        def default(x, call=g): return call(x)
        """,
        """
        import gc, sys, weakref
        import m
        from m import f, g
        def same(): return [
            m.f is f is m.registry["f"] is m.handlers[0], m.g is g is m.alias, m.Base.m is m.Base.n is m.Derived.m,
            m.Base.r is m.registry["r"], m.default.__defaults__[0] is m.g, vars(m)["g"] is g, getattr(m, "g") is g,
            m.Base().m.__func__ is m.Base.m, m.Base().m == m.Base().n, m.f in m.handlers, m.handlers.index(m.f),
            {m.f, f}, len({m.f: 1, m.registry["f"]: 2}), hash(m.f) == hash(f), m.f == f, not m.f != f, m.f != g,
            m.Base.__dict__["m"] is m.Base.m, m.Base.m.__get__(1).__self__, weakref.ref(g)() is m.g, sys.modules["m"].g is g,
        ]
        print([str(x).partition(" at")[0] for x in same()])
        for n in range(40): m.f(n), m.g(n), m.alias(n), m.Base().m(), m.Derived().n(), m.Base().r(), m.registry["f"](n), m.default(n)
        print([str(x).partition(" at")[0] for x in same()])
        """,
    ),
    "looked at by inspect and typing": (
        """
        import asyncio, functools, typing
        T = typing.TypeVar("T")
        def f(a: "int", /, b: list[int] = [1], *c: str, d: "T | None" = None, **e: object) -> "C":
            '''Doc.'''
        async def coroutine(): return 1
        def generator(): yield 1
        async def stream(): yield 1
        class C(typing.Generic[T]):
            x: int
            def m(self, other: "C[T]") -> typing.Self if hasattr(typing, "Self") else None: ...
            @property
            def p(self) -> int: return 1
            @classmethod
            def c(cls) -> "C": return cls()
            @staticmethod
            def s(a=1, *, b: str = "") -> None: ...
            @typing.overload
            def o(self, x: int) -> int: ...
            @typing.overload
            def o(self, x: str) -> str: ...
            def o(self, x): return x
        @functools.wraps(f)
        def wrapped(*args): return f(*args)
        @typing.no_type_check
        def unchecked(x: 1): ...
        """,
        """
        import dis, functools, inspect, pydoc, types, typing
        import m
        FUNCTIONS = [m.f, m.coroutine, m.generator, m.stream, m.C.m, m.C.c, m.C.s, m.C.o, m.wrapped, m.unchecked, m.C().m]
        def look():
            for f in FUNCTIONS:
                print(f.__name__, inspect.signature(f), inspect.getdoc(f), inspect.getsource(f).splitlines()[0].strip(), inspect.getsourcelines(f)[1])
                print(inspect.getmodule(f).__name__, inspect.getfile(f)[-4:], inspect.iscoroutinefunction(f), inspect.isgeneratorfunction(f))
                print(inspect.isasyncgenfunction(f), inspect.isfunction(f), inspect.ismethod(f), inspect.isroutine(f), inspect.isbuiltin(f))
                print(inspect.ismethoddescriptor(f), inspect.isdatadescriptor(f), inspect.isclass(f), inspect.getcallargs(m.C.s), inspect.unwrap(f).__name__)
                print(isinstance(f, (types.FunctionType, types.MethodType)), isinstance(f, typing.Callable), f.__type_params__ if hasattr(f, "__type_params__") else None)
                try: print(typing.get_type_hints(f))
                except Exception as error: print(type(error).__name__, error)
                print(inspect.getfullargspec(f), f.__kwdefaults__, f.__defaults__, sorted(f.__dict__), f.__annotations__ == dict(f.__annotations__))
            print([(k, type(v).__name__) for k, v in inspect.getmembers(m, inspect.isfunction)])
            print([k for k, _ in inspect.getmembers(m.C, inspect.isfunction)], [(a.name, a.kind) for a in inspect.classify_class_attrs(m.C) if a.defining_class is m.C])
            print(pydoc.plain(pydoc.render_doc(m)).partition("FILE")[0], inspect.getattr_static(m.C, "s").__func__ is m.C.s)
            print(len(list(dis.get_instructions(m.f))) > 0, inspect.getclosurevars(m.wrapped).globals["f"] is m.f, inspect.isabstract(m.C))
            print(functools.update_wrapper(lambda: 1, m.f).__wrapped__ is m.f, functools.partial(m.C.s, 1).func is m.C.s)
            if hasattr(typing, "get_overloads"): print(len(typing.get_overloads(m.C.o)))
        look()
        for n in range(14): m.f(n), m.C().m(n), m.C.s(n), m.C.c(), m.C().o(n), m.C().p
        look()
        """,
    ),
    "patched by mock": (
        """
        import asyncio
        def f(a, b=1): return a + b
        def g(x): return f(x)
        async def coroutine(x): return x
        class C:
            attr = 1
            def m(self, x): return x
            @staticmethod
            def s(x): return x
            @classmethod
            def c(cls, x): return x
            @property
            def p(self): return 1
        """,
        """
        import asyncio
        from unittest import mock
        import m
        def tried(action):
            try: return action()
            except Exception as error: return type(error).__name__, str(error)
        for _ in range(4):
            with mock.patch("m.f", return_value=9) as f: print(m.g(1), f.call_args)
            with mock.patch("m.f", autospec=True) as f: print(tried(lambda: m.f(1, 2, 3)), tried(lambda: m.f(b=2)), f.call_count)
            with mock.patch.object(m, "f", wraps=m.f) as f: print(m.g(1), f.mock_calls)
            with mock.patch.object(m.C, "m", autospec=True, side_effect=lambda self, x: -x) as p: print(m.C().m(3), p.call_count)
            with mock.patch.object(m.C, "s", return_value=1), mock.patch.object(m.C, "c", autospec=True, return_value=2): print(m.C.s(3), m.C.c(4), m.C().c(1))
            with mock.patch.object(m.C, "p", new_callable=mock.PropertyMock, return_value=7): print(m.C().p)
            spec = mock.create_autospec(m.C, instance=True); print(tried(lambda: spec.m()), tried(lambda: spec.none), tried(lambda: spec.m(1) and 1))
            function = mock.create_autospec(m.f, return_value=3); print(function(1), tried(lambda: function()), function.__name__)
            with mock.patch("m.coroutine") as c: print(type(c).__name__); c.return_value = 4; print(asyncio.run(m.coroutine(1)))
            print(mock.Mock(spec=m.f).__class__.__name__, m.g(1), m.C().m(1), m.C.s(1), m.C.c(1), m.C().p, m.f is vars(m)["f"])
        """,
    ),
    "special attributes are written": (
        """
        def f(x): return x
        class C:
            def m(self): return 1
        """,
        """
        import m
        m.f.tag = [1]; m.f.__name__ = "g"; m.f.__qualname__ = "q.g"; m.f.__doc__ = "d"; m.f.__defaults__ = (5,)
        m.C.m.flag = True; m.f.__module__ = "other"; m.f.__kwdefaults__ = None; m.f.__annotations__ = {"x": int}
        print(m.f(), m.f.tag, m.f.__name__, m.f.__qualname__, m.f.__doc__, m.f.__module__, m.C().m.flag, vars(m.f), m.f.__annotations__)
        m.f.__code__ = (lambda x: ("new", x)).__code__
        print(m.f(1), m.f())
        del m.f.tag
        for action in (lambda: m.f.tag, lambda: m.C().m.none, lambda: setattr(m.C().m, "x", 1), lambda: m.f.__wrapped__, lambda: m.f[0],
                       lambda: m.f + 1, lambda: iter(m.f), lambda: int(m.f), lambda: m.f.__call__(4), lambda: len(m.f)):
            try: print(action())
            except Exception as error: print(type(error).__name__, error)
        for n in range(14): m.f(n)
        print(m.f(1), m.f.__doc__, dir(m.f) == dir(lambda: 1), bool(m.f), m.f.__get__(3)(), m.f.__call__(2), m.f.__class__.__name__)
        """,
    ),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_function_is_what_it_was(name, make_program):
    module, main = PROGRAMS[name]
    program = make_program({"m.py": module, "main.py": main})
    result = program.assert_unchanged("main.py", targets="m.*")
    assert result.returncode == 0, result.stderr
    assert program.recorded()


def test_fixtures_of_pytest(make_program):
    program = make_program(
        {
            "shop.py": """
                import contextlib
                import pytest
                @pytest.fixture
                def basket(price): yield [price]; print("closed")
                @pytest.fixture(params=[1, 2])
                def price(request): return total([request.param])
                def total(prices): return sum(prices)
                @pytest.fixture
                def named(basket, tmp_path, monkeypatch):
                    monkeypatch.setattr("shop.total", lambda prices: -1)
                    return total(basket)
                """,
            "conftest.py": "from shop import basket, named, price",
            "test_it.py": """
                import shop
                def test_basket(basket, price): assert basket == [price]
                def test_named(named): assert named == -1
                def test_fails(price): assert shop.total([price, 1]) == 2
                def test_warns():
                    import warnings
                    warnings.warn("w")
                """,
        }
    )
    words = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "-rA", "--no-header")
    bare = program.run(*words)
    recorded = program.pytead("-q", "-t", "shop.*", *words)
    shown = [re.sub(r"0x\w+|in \d.*", "", run.stdout) for run in (bare, recorded)]
    assert shown[0] == shown[1]
    assert (bare.returncode, recorded.returncode) == (1, 1)
    assert program.recorded()["shop.total"] > 1


@pytest.mark.skipif(
    sys.version_info < (3, 11), reason="before 3.11 a wrapper's frame shows, and logging counts it"
)
def test_frames_that_programs_look_for(make_program):
    program = make_program(
        {
            "m.py": """
                import logging, traceback, warnings
                logging.basicConfig(format="%(filename)s %(lineno)d %(funcName)s %(message)s")
                def warn(level): warnings.warn("w", stacklevel=level)
                def log(level): logging.warning("l", stacklevel=level)
                def down(n):
                    if n: return down(n - 1)
                    raise ValueError("bottom")
                def fails(n):
                    try: down(n)
                    except ValueError as error: raise KeyError("k") from error
                def shows(n):
                    try: fails(n)
                    except KeyError: logging.exception("oh"); return traceback.format_exc()
                def wrong(): return down()
                """,
            "main.py": """
                import traceback, warnings
                import m
                warnings.simplefilter("always")
                def caller(level): m.warn(level); m.log(level)
                for level in (1, 2, 3) * 5: caller(level)
                for n in (0, 1, 3, 50) * 4: print(m.shows(n))
                for action in (lambda: m.down(), lambda: m.wrong(), lambda: m.down(x=1), lambda: m.fails(2)):
                    for _ in range(15):
                        try: action()
                        except Exception: print(traceback.format_exc())
                m.fails(3)
                """,
        }
    )
    assert program.assert_unchanged("main.py", targets="m.*").returncode == 1

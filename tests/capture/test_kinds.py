"""Every kind of callable is recorded or accounted for, and its program notices nothing."""

from __future__ import annotations

import json
import textwrap

import pytest

PROGRAMS = {
    "operators": (
        """
        import functools
        class N:
            def __init__(self, a): self.a = a
            def __eq__(self, other): return NotImplemented if isinstance(other, str) else self.a == other.a
            def __lt__(self, other): return self.a < other.a
            def __hash__(self): return hash(self.a)
            def __add__(self, other): return NotImplemented if isinstance(other, str) else N(self.a + other)
            def __radd__(self, other): return "r", other
            def __iadd__(self, other): self.a += other; return self
            def __matmul__(self, other): return "mat"
            def __neg__(self): return -self.a
            def __index__(self): return self.a
            def __bool__(self): return self.a > 1
            def __call__(self, x): return x + self.a
            def __fspath__(self): return "/p"
            def __round__(self, n=None): return "round"
        """,
        """
        import os, m
        from m import N
        n = N(2); n += 1
        print(n == N(3), n != N(4), n == "x", sorted([N(3), N(1)])[0].a, max(N(1), N(5)).a, {N(1), N(1)}.__len__())
        print((n + 1).a, "s" + n, 4 + n, n @ 1, -n, [0, 1, 2, 30][n], bool(n), not N(0), n(4), os.fspath(n), round(n), hex(n))
        try: n + "s"
        except TypeError as error: print(error)
        try: n < 3
        except AttributeError as error: print(error)
        """,
        "N(i) == N(i), hash(N(i)), N(i) + i, N(i)(i), -N(i), bool(N(i))",
    ),
    "containers": (
        """
        class Box:
            def __init__(self, *items): self.items = list(items)
            def __len__(self): return len(self.items)
            def __getitem__(self, i): return self.items[i]
            def __setitem__(self, i, value): self.items[i] = value
            def __delitem__(self, i): del self.items[i]
            def __contains__(self, x): return x in self.items
            def __iter__(self): return iter(self.items)
            def __reversed__(self): return self.items[::-1]
            def __repr__(self): return f"Box{self.items}"
            def __str__(self): return "box"
            def __format__(self, spec): return f"<{spec}>"
            def __enter__(self): return self
            def __exit__(self, kind, error, traceback): return kind is ValueError
        class Sequence:
            def __getitem__(self, i):
                if i > 2: raise IndexError(i)
                return i
        class Odd(dict):
            def __init__(self, *args, **kwargs): super().__init__(*args, **kwargs); self.n = 0
            def __getitem__(self, key): self.n += 1; return super().__getitem__(key)
            def __setitem__(self, key, value): super().__setitem__(key, value * 2)
            def __missing__(self, key): return "missing"
            def __iter__(self): return iter(["it"])
            def __len__(self): return 99
        """,
        """
        import m
        b = m.Box(1, m.Box(2)); b[0] = 5
        print(len(b), b[0], 5 in b, list(b), reversed(b), repr(b), str(b), f"{b:q}", bool(m.Box()), [*m.Sequence()], 2 in m.Sequence())
        del b[0]
        with b as same: raise ValueError
        print(b, same is b)
        d = m.Odd(x=1); d["y"] = 2
        print(d["y"], d["q"], d.n, list(d), len(d), dict.__len__(d), {**d}, d.get("x"))
        """,
    ),
    "attributes": (
        """
        class Open:
            def __init__(self, x): self.x = x
            def __getattr__(self, name):
                if name.startswith("dyn_"): return name[4:]
                raise AttributeError(name)
            def __setattr__(self, name, value):
                if name == "frozen": raise AttributeError("frozen!")
                object.__setattr__(self, name, value)
            def __delattr__(self, name): object.__delattr__(self, name)
            def __dir__(self): return ["x"]
            def __sizeof__(self): return 100
        class Watched:
            def __getattribute__(self, name): return "got " + name if name == "x" else object.__getattribute__(self, name)
            def __del__(self): print("gone")
        class Typed:
            def __set_name__(self, owner, name): self.name = "_" + name
            def __get__(self, obj, owner=None): return self if obj is None else obj.__dict__.get(self.name)
            def __set__(self, obj, value): obj.__dict__[self.name] = value
            def __delete__(self, obj): del obj.__dict__[self.name]
        class Uses:
            t = Typed()
        class Prop:
            @property
            def p(self):
                "doc of p"
                return self._p
            @p.setter
            def p(self, value):
                if value < 0: raise ValueError("negative")
                self._p = value
            @p.deleter
            def p(self): del self._p
            def get(self): return 1
            q = property(get, None, None, "doc of q")
            r = property(lambda self: 9)
        def __getattr__(name):
            if name == "virtual": return 42
            raise AttributeError(f"no {name}")
        """,
        """
        import inspect, sys, m
        o = m.Open(1)
        print(o.dyn_y, hasattr(o, "nope"), getattr(o, "nope", 3), dir(o), sys.getsizeof(o) > 50)
        try: o.frozen = 1
        except AttributeError as error: print(error)
        del o.x
        try: o.x
        except AttributeError as error: print(error)
        w = m.Watched(); print(w.x); del w; print("after")
        u = m.Uses(); u.t = 5; print(u.t, m.Uses.t.name, vars(u)); del u.t; print(u.t)
        p = m.Prop(); p.p = 5; print(p.p, p.q, p.r, m.Prop.p.__doc__, m.Prop.q.__doc__)
        try: p.p = -1
        except ValueError as error: print(error)
        try: p.q = 1
        except AttributeError as error: print(error)
        for i in range(200): p.p = i; p.p; o.dyn_z; del p.p
        try: p.p
        except AttributeError as error: print(error)
        p.p = 8; print(p.p, m.Prop.p.__doc__, m.virtual, [x.name for x in inspect.classify_class_attrs(m.Prop) if x.kind == "property"])
        """,
    ),
    "making": (
        """
        import functools, io, pathlib, random
        KEPT = []
        class Base:
            made = []
            def __init_subclass__(cls, *, tag=None, **kw):
                super().__init_subclass__(**kw); cls.tag = tag; Base.made.append(cls.__name__)
            def __class_getitem__(cls, item): return cls.__name__, item
            def __new__(cls, *args, **kw):
                self = super().__new__(cls); self.count = len(args); return self
            def __init__(self, a, b=2, *, c=3):
                "doc of init"
                self.a, self.b, self.c = a, b, c
        class Sub(Base, tag="x"):
            def __init__(self, a): super().__init__(a, 5); self.extra = __class__.__name__
        class Single:
            one = None
            def __new__(cls):
                if cls.one is None: cls.one = super().__new__(cls)
                return cls.one
        class Other:
            def __new__(cls, x): return x
        class Slots:
            __slots__ = ("a", "b")
            def __init__(self, a): self.a = a
        class Text(io.StringIO):
            def __init__(self, text): super().__init__(text); self.tag = 1
        class Dice(random.Random):
            def __init__(self, seed): super().__init__(seed)
        class Price(float):
            def __new__(cls, value, unit): return super().__new__(cls, value)
            def __init__(self, value, unit): self.unit = unit
        class Failure(Exception):
            def __init__(self, a, b): super().__init__(a); self.b = b
            def __str__(self): return f"failure {self.b}"
        class Mixin:
            def __init__(self, *a, **k): super().__init__(*a, **k); self.mixed = True
        class Mixed(Mixin, Base): pass
        def plain(function):
            @functools.wraps(function)
            def wrapper(*a, **k): return function(*a, **k)
            return wrapper
        def keep(function): KEPT.append(function); return function
        class Decorated:
            @plain
            def __new__(cls, x): made = object.__new__(cls); made.x = x; return made
            @plain
            def __init__(self, x): self.y = x
            @keep
            def __init_subclass__(cls): cls.z = 1
            @staticmethod
            @plain
            def still(x): return x
        class Kept:
            @keep
            def __new__(cls, x): made = object.__new__(cls); made.x = x; return made
        """,
        """
        import inspect, m
        from m import *
        print(Base(1).count, Sub(2).b, Sub(2).extra, Sub.tag, Base.made, Base[int], Single() is Single(), Other(7), Slots(1).a)
        print(Text("ab").getvalue(), Dice(4).random() == Dice(4).random(), Price(2.5, "m").unit, Mixed(1).mixed)
        try: raise Failure("a", 2)
        except Failure as error: print(error, error.args, error.b)
        class Late(Decorated): pass
        print(Decorated(3).x, Decorated(4).y, Late.z, Decorated.still(2), Kept(1).x, Decorated.__init_subclass__.__func__ is KEPT[0])
        for wrong in (lambda: Base(), lambda: Slots(), lambda: Sub(1, 2), lambda: Other()):
            try: wrong()
            except TypeError as error: print(error)
        for cls in (Base, Sub, Single, Other, Slots, Failure, Decorated, Kept, Mixed): print(cls.__name__, inspect.signature(cls))
        print(Base.__init__.__doc__, Base.__init__.__qualname__, Base.__init__ is Base.__init__, inspect.isfunction(Base.__init__))
        print({name: type(found).__name__ for name, found in vars(Base).items() if callable(found)})
        """,
        "Base(i), Sub(i), Single(), Slots(i), Price(i, 'm'), Mixed(i), Base[i], Decorated(i)",
    ),
    "loud objects": (
        """
        LOG = []
        class Meta(type):
            def __getattr__(cls, name): LOG.append("meta getattr " + name); raise AttributeError(name)
            def __instancecheck__(cls, x): LOG.append("instancecheck"); return False
            def __eq__(cls, other): LOG.append("meta eq"); return cls is other
            def __hash__(cls): LOG.append("meta hash"); return 1
            def __len__(cls): LOG.append("meta len"); return 1
        class Loud(metaclass=Meta):
            def __init__(self): object.__setattr__(self, "x", 1)
            def __eq__(self, other): LOG.append("eq"); return self is other
            def __hash__(self): LOG.append("hash"); return 1
            def __repr__(self): LOG.append("repr"); return "loud"
            def __bool__(self): LOG.append("bool"); return False
            def __len__(self): LOG.append("len"); return 0
            def __iter__(self): LOG.append("iter"); return iter(())
            def __getitem__(self, i): LOG.append("getitem"); raise IndexError
            def __contains__(self, x): LOG.append("contains"); return True
            def __call__(self): LOG.append("call")
            def __getattr__(self, name): LOG.append("getattr " + name); raise AttributeError(name)
            def __setattr__(self, name, value): LOG.append("setattr"); object.__setattr__(self, name, value)
            def __get__(self, obj, owner=None): LOG.append("get"); return self
            def __set__(self, obj, value): LOG.append("set")
            def __reduce__(self): LOG.append("reduce"); return Loud, ()
            def __reduce_ex__(self, protocol): LOG.append("reduce_ex"); return Loud, ()
            def __getstate__(self): LOG.append("getstate"); return {}
            def __copy__(self): LOG.append("copy"); return self
            def __del__(self): LOG.append("del")
            def __fspath__(self): LOG.append("fspath"); return "p"
            def __index__(self): LOG.append("index"); return 1
            def __sizeof__(self): LOG.append("sizeof"); return 1
            def __dir__(self): LOG.append("dir"); return []
            def __str__(self): LOG.append("str"); return "s"
            def __class_getitem__(cls, item): LOG.append("item"); return cls
            @property
            def p(self): LOG.append("p"); return 1
            @p.setter
            def p(self, value): LOG.append("p set")
            def m(self, *others): return self
        class Held:
            attribute = Loud()
        def f(*args, **kwargs): return args, kwargs
        """,
        """
        import m
        o = m.Loud()
        h = m.Held()
        o.m(o, [o], {"k": o}, (o,)).m(h)
        m.f(o, {1: o}, {o}, {o: o}, frozenset([o]), m.Loud, [m.Loud], k=o, h=h)
        o.y = 1; o.p = 2; o.p; o(); len(o); bool(o); repr(o); o == 1; hash(o); m.Loud[int]
        del o
        print(m.LOG)
        """,
    ),
    "copies and pickles": (
        """
        import copy
        class A:
            def __init__(self, a, b): self.a, self.b = a, b
            def __reduce__(self): return A, (self.a, self.b)
            def __copy__(self): return A(self.a, "copied")
            def __deepcopy__(self, memo): return A(copy.deepcopy(self.a, memo), "deep")
        class S:
            def __init__(self): self.x, self.lock = 1, object()
            def __getstate__(self): return {"x": self.x}
            def __setstate__(self, state): self.__dict__.update(state); self.lock = "new"
        class T:
            __slots__ = ("x",)
            def __new__(cls, x): made = super().__new__(cls); made.x = x; return made
            def __getnewargs__(self): return (self.x,)
        class E:
            def __reduce_ex__(self, protocol): return E, ()
        square = lambda x: x * x
        """,
        """
        import copy, pickle, m
        a = m.A([1], 2)
        print(pickle.loads(pickle.dumps(a)).b, copy.copy(a).b, copy.deepcopy([a, a])[1].b, pickle.loads(pickle.dumps(m.T(4))).x)
        s = m.S(); s.x = 5
        print(pickle.loads(pickle.dumps(s)).lock, copy.copy(s).lock, type(pickle.loads(pickle.dumps(m.E()))).__name__)
        print(pickle.loads(pickle.dumps(m.A.__init__)) is m.A.__init__, pickle.loads(pickle.dumps(a.__reduce__))()[1])
        for i in range(15):
            m.square(i)
            try: pickle.dumps(m.square)
            except Exception as error: kind = type(error)
        print(kind)
        """,
    ),
    "classes that Python helps to write": (
        """
        import abc, collections, dataclasses, enum, functools, typing
        T = typing.TypeVar("T")
        class Color(enum.Enum):
            RED = (1, "r")
            BLUE = (2, "b")
            def __new__(cls, value, short): made = object.__new__(cls); made._value_ = value; return made
            def __init__(self, value, short): self.short = short
            def __str__(self): return self.short
            @classmethod
            def _missing_(cls, value): return cls.RED
        class Level(enum.IntEnum):
            A = 1
            def __repr__(self): return "level"
        class Row(typing.NamedTuple):
            x: int
            def __add__(self, other): return Row(self.x + other.x)
            def __repr__(self): return "row"
        class Pair(collections.namedtuple("Pair", "a b")):
            __slots__ = ()
            def __new__(cls, a, b=7): return super().__new__(cls, a, b)
            def __eq__(self, other): return tuple.__eq__(self, other)
            __hash__ = tuple.__hash__
        @dataclasses.dataclass(slots=True)
        class Data:
            x: int
            def __post_init__(self): self.x += 1
            def __eq__(self, other): return self.x == other.x
        @dataclasses.dataclass(frozen=True)
        class Frozen:
            x: int
            def __init__(self, x): object.__setattr__(self, "x", x * 2)
            def __hash__(self): return 5
        class Generic(typing.Generic[T]):
            def __init__(self, x: T): self.x = x
            def get(self) -> T: return self.x
        @typing.runtime_checkable
        class Runs(typing.Protocol):
            def run(self): ...
        class Runner:
            def run(self): return 1
        class Shape(abc.ABC):
            @abc.abstractmethod
            def __init__(self): ...
            @property
            @abc.abstractmethod
            def p(self): ...
            @p.setter
            @abc.abstractmethod
            def p(self, value): ...
            @abc.abstractmethod
            def __len__(self): ...
            @classmethod
            def __subclasshook__(cls, other): return NotImplemented
        class Square(Shape):
            def __init__(self): self._p = 0
            @property
            def p(self): return self._p
            @p.setter
            def p(self, value): self._p = value
            def __len__(self): return self._p
        class Meta(type):
            def __new__(m, name, bases, namespace, **k): return super().__new__(m, name, bases, namespace)
            def __init__(cls, name, bases, namespace, **k): super().__init__(name, bases, namespace)
            def __call__(cls, *a): made = super().__call__(*a); made.called = True; return made
            def __len__(cls): return 3
            def __contains__(cls, x): return x == 1
            def __instancecheck__(cls, x): return x == 5 or super().__instancecheck__(x)
            def __subclasscheck__(cls, x): return super().__subclasscheck__(x)
            def __getattr__(cls, name):
                if name == "zz": return "meta"
                raise AttributeError(name)
            def __eq__(cls, other): return cls is other
            def __hash__(cls): return 7
            def __repr__(cls): return "<M>"
            @classmethod
            def __prepare__(m, name, bases, **k): return {"prepared": True}
        class Made(metaclass=Meta, k=1):
            def __init__(self, x): self.x = x
        """,
        """
        import inspect, typing
        from m import *
        print(list(Color), Color.RED.short, str(Color.BLUE), Color(2), Color(99), repr(Level.A), Row(1) + Row(2), Pair(1), Pair(1) == (1, 7))
        print(Data(1), Data(1) == Data(1), Frozen(3), hash(Frozen(1)), Generic[int](5).get(), isinstance(Runner(), Runs), isinstance(3, Runs))
        print(sorted(Shape.__abstractmethods__), typing.get_type_hints(Generic.__init__), inspect.signature(Pair), inspect.signature(Data))
        try: Shape()
        except TypeError as error: print(type(error))
        s = Square(); s.p = 4; print(s.p, len(s), bool(s))
        print(Made(3).called, len(Made), 1 in Made, isinstance(5, Made), issubclass(int, Made), Made.zz, Made.prepared, repr(Made), {Made: 1}[Made])
        """,
        "Data(i), Frozen(i), Generic(i).get(), Made(i), Color(i % 2 + 1), Pair(i) == (i, 7), isinstance(i, Made)",
    ),
    "mock and help": (
        """
        class A:
            "doc"
            def __init__(self, a, b=2): self.a = a
            def __len__(self): return 1
            @property
            def p(self): return 1
            @p.setter
            def p(self, value): ...
            def m(self): return self.a
        """,
        """
        import inspect, pydoc
        from unittest import mock
        from m import A
        auto = mock.create_autospec(A); auto(1, b=2)
        try: auto()
        except TypeError as error: print(error)
        with mock.patch.object(A, "__init__", lambda self: None): print(type(A()))
        with mock.patch.object(A, "__len__", return_value=8): print(len(A(3)))
        with mock.patch.object(A, "p", 3): print(A(1).p)
        a = A(9); a.p = 4
        print(a.a, len(a), inspect.signature(A), inspect.getsource(A.__init__).strip(), inspect.getdoc(A))
        print([(x.name, x.kind) for x in inspect.classify_class_attrs(A) if x.defining_class is A and x.kind != "data"])
        print(pydoc.plain(pydoc.render_doc(A)))
        """,
    ),
    "names that lead elsewhere": (
        """
        import functools
        class Command:
            def __init__(self, callback): self.callback = callback
            def __call__(self, *a): return "command", self.callback(*a)
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
            def __init__(self, n=0): self.n = n
            @functools.singledispatchmethod
            def m(self, x): return "any", x
            @m.register
            def _(self, x: int): return "int", x
            @m.register
            def _(self, x: str): return "str", x
            @m.register
            @classmethod
            def _(cls, x: float): return "float", x
            def two(self, a, b): return a, b
            one = functools.partialmethod(two, 1)
            @functools.cached_property
            def big(self): return self.n * 100
            @functools.lru_cache
            def cached(self, x): return x + 1
            @classmethod
            @functools.lru_cache
            def of_class(cls, x): return x + 2
            @staticmethod
            @Command
            def still(x): return x * 2
            @Command
            def bound(self, x): return x * 3
            @myproperty
            def area(self): return self.n + 5
            @lazy
            def late(self): return self.n + 7
            v = property(lambda self: self.n + 9)
            T = {int: lambda x: "i", "k": [lambda x: "k"]}
        @register("a")
        def ha(x): return x + "a"
        @register("b")
        def hb(x): return x + "b"
        def first(x): return x + 1
        alias = first
        def first(x): return x + 2
        @guarded
        def view(x): return x + 10
        half = functools.partial(lambda a, b: a + b, 1)
        square = lambda x: x * x
        def make(n):
            def inner(x): return x * n
            return inner
        double = make(2)
        OPS = {"+": lambda a, b: a + b, "-": lambda a, b: a - b}
        @functools.lru_cache
        def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
        class Outer:
            class Inner:
                def deep(self): return 3
        """,
        """
        import m
        c = m.C(2)
        print(m.hello("x"), m.show(1), m.show("a"), m.show(None), c.m(1), c.m("s"), c.m(None), c.m(1.5), c.one(2), c.big, c.cached(1))
        print(m.C.of_class(1), m.C.still(4), m.C.bound(c, 5), c.area, c.late, c.v, c.T[int](1), c.T["k"][0](2))
        print(m.REGISTRY["a"]("x"), m.REGISTRY["b"]("y"), m.alias(1), m.first(1), m.view("key", 1), m.half(3), m.square(4), m.double(5))
        print(m.OPS["+"](1, 2), m.OPS["-"](1, 2), m.fib(20), m.fib.cache_info(), m.fib.__wrapped__(1), m.Outer.Inner().deep())
        m.fib.cache_clear(); print(m.fib.cache_info(), m.show.dispatch(int)(1), sorted(t.__name__ for t in m.show.registry))
        """,
    ),
}


@pytest.mark.parametrize("limit", ["1", "10"])
@pytest.mark.parametrize("kind", PROGRAMS)
def test_a_program_does_not_notice(kind, limit, make_program):
    module, main, *often = PROGRAMS[kind]
    # Past the limit: where a function waits for something new, and where it has its original back.
    loop = f"for i in range(200): {often[0]}\n" if often else ""
    program = make_program({"m.py": module, "main.py": f"{textwrap.dedent(main)}\n{loop}print('end')\n"})
    ended = program.assert_unchanged("main.py", targets="m", env={"PYTEAD_LIMIT": limit})
    assert (ended.returncode, ended.stderr) == (0, "")
    assert program.recorded()


def test_finished_special_methods_and_accessors_are_the_originals_again(make_program):
    program = make_program(
        {
            "m.py": """
                class C:
                    def __new__(cls, x): return super().__new__(cls)
                    def __init__(self, x): self.x = x
                    def __len__(self): return 1
                    def __eq__(self, other): return True
                    def __getattr__(self, name): return name
                    def __call__(self, x): return x
                    def __class_getitem__(cls, x): return x
                    @property
                    def p(self): return self.x
                    @p.setter
                    def p(self, value): self.x = value
                    @p.deleter
                    def p(self): self.y = 1
                """,
            "main.py": """
                from types import FunctionType
                from m import C
                for i in range(300):
                    c = C(i); c.p = i; c.p; del c.p
                    len(c), c == i, c.other, c(i), C[i]
                found = vars(C)
                whole = [found[name] for name in ("__init__", "__len__", "__eq__", "__getattr__", "__call__")]
                p = found["p"]
                whole += [found["__new__"].__func__, found["__class_getitem__"].__func__, p.fget, p.fset, p.fdel]
                print([type(each) is FunctionType for each in whole])
                """,
        }
    )
    result = program.pytead("-q", "-l", "1", "-t", "m", "main.py")  # past which a function waits for nothing
    assert result.stdout == f"{[True] * 10}\n"


def test_an_object_is_recorded_well_though_its_class_was_looked_at_before_it_was_made(make_program):
    program = make_program(
        {
            "m.py": """
                import ipaddress, io, random
                class Host(ipaddress.IPv4Address):
                    def __init__(self, text):
                        if not text: raise ValueError("empty")
                        super().__init__(text)
                    def last(self): return int(self) % 256
                class Kind:
                    known = []
                    def __init_subclass__(cls, **kw): Kind.known.append(cls.__name__)
                    def __set_name__(self, owner, name): self.name = name
                    def get(self): return self.name
                class Uses(Kind):
                    k = Kind()
                """,
            "main.py": """
                import m
                for n in range(1, 5):
                    print(m.Host(f"10.0.0.{n}").last())
                    try: m.Host("")
                    except ValueError as error: print(error)
                print(m.Uses().k.get(), m.Uses.known)
                """,
        }
    )
    program.assert_unchanged("main.py", targets="m")
    assert program.recorded()["m.Host.last"] == 4
    made = program.pytead("gen", "m.Host", "m.Kind.get", env={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"})
    assert "10 cases written to tests/generated, 0 rejected" in made.stderr, made.stderr


def test_every_function_that_was_called_is_recorded_or_named_with_a_reason(make_program):
    module, main = PROGRAMS["names that lead elsewhere"]
    extra = """
        class Torn:
            def __del__(self): pass
            def __getattribute__(self, name): return object.__getattribute__(self, name)
        def around():
            def local(x): return [(lambda y: y)(x)]
            class Local:
                def method(self): return local(1)
            return Local().method()
        def never():
            def inside(): pass
        PICKED = sorted([3, 1], key=lambda x: -x)
        (lambda: 5)()
        """
    program = make_program(
        {
            "m.py": textwrap.dedent(module) + textwrap.dedent(extra),
            "main.py": f"{textwrap.dedent(main)}\nm.around(), m.Torn()",
        }
    )
    ran = program.pytead("-t", "m", "--json", "summary.json", "main.py")
    assert ran.returncode == 0, ran.stderr
    summary = json.loads(program.read("summary.json"))
    recorded = {row["func"] for row in summary["functions"] if row["kept"]}
    left = {row["func"]: row["slug"] for row in summary["left_alone"]}
    assert {
        "m.Command.__init__", "m.Command.__call__", "m.register", "m.guarded", "m.lazy.__init__", "m.lazy.__get__",
        "m.hello", "m.show", "m._", "m.C.__init__", "m.C.m", "m.C._", "m.C.two", "m.C.big", "m.C.cached",
        "m.C.of_class", "m.C.still", "m.C.bound", "m.C.area", "m.C.late", "m.C.v.<lambda>", "m.C.T.<lambda>", "m.ha",
        "m.hb", "m.first", "m.view", "m.half.<lambda>", "m.square", "m.make", "m.double", "m.OPS.<lambda>", "m.fib",
        "m.Outer.Inner.deep", "m.around", "m.PICKED.<lambda>",
    } == recorded  # fmt: skip
    assert left == {
        "m.Torn.__del__": "kind-special",
        "m.Torn.__getattribute__": "kind-special",
        "m.<lambda>": "kind-local",
        "m.around.<locals>.local": "kind-local",
        "m.around.<locals>.local.<locals>.<lambda>": "kind-local",
        "m.around.<locals>.Local.method": "kind-local",
        "m.guarded.<locals>.inner": "kind-local",
        "m.register.<locals>.decorator": "kind-local",
    }
    listed = program.pytead("list").stdout
    assert "kind-local" in listed
    assert "kind-special" in listed
    assert "m.Torn.__del__" in listed

"""Recording keeps nothing alive, evaluates nothing and consumes nothing."""

from __future__ import annotations

import pytest

LOUD = """
class Loud:
    def __init__(self, name): self.name = name
    def __del__(self): print("gone", self.name)
    def method(self, *args): return args
"""

PROGRAMS = {
    "the caller's references are the last ones": (
        LOUD
        + """
def f(*args, **kwargs): return len(args)
def fails(x): raise ValueError(x.name)
def given(x): return x
""",
        """
        import gc, weakref
        import m
        gc.disable()
        for number in range(14):
            one, two = m.Loud("one"), m.Loud("two")
            references = [weakref.ref(one), weakref.ref(two)]
            m.f(one, [two], key=two)
            one.method(two)
            try: m.fails(one)
            except ValueError as error: print(error)
            m.given({"two": two})
            del one
            print("one", references[0]() is None)
            two = None
            print("two", references[1]() is None)
        """,
    ),
    "values that are refused": (
        LOUD
        + """
class Node: pass
def f(x): return 1
def grown(x): x.extend(Node() for _ in range(2000)); return x
def drain(queue):
    while queue: queue.pop(0); print("left", len(queue))
""",
        """
        import gc, threading, weakref
        import m
        gc.disable()
        def deep(x):
            for _ in range(3000): x = [x]
            return x
        for number in range(5):
            for make in (lambda x: [x, *(m.Node() for _ in range(2000))], deep, lambda x: [x, *(open(m.__file__) for _ in range(30))]):
                loud = m.Loud("loud")
                reference = weakref.ref(loud)
                value = make(loud)
                m.f(value)
                del loud, make
                value = None
                print(reference() is None)
            m.grown([m.Loud("grown")])
            m.drain([m.Loud(f"{n} " + "x" * 900) for n in range(5)])
        """,
    ),
    "lazy and consumable objects": (
        """
import types
def look(x): return type(x).__name__
def pair(*args): return args
class Lazy:
    def __getattr__(self, name): print("getattr", name); raise AttributeError(name)
class Property:
    @property
    def value(self): print("property"); return 1
    @property
    def __class__(self): print("class"); return int
    @property
    def __dict__(self): print("dict"); return {}
class Module(types.ModuleType):
    def __getattr__(self, name): print("module", name); return 1
class Meta(type):
    def __getattribute__(cls, name): print("meta", name); return super().__getattribute__(name)
    def __instancecheck__(cls, other): print("instancecheck"); return False
    def __subclasscheck__(cls, other): print("subclasscheck"); return False
    def __eq__(cls, other): print("meta eq"); return cls is other
    def __hash__(cls): print("meta hash"); return 1
class OfMeta(metaclass=Meta): pass
class Lines:
    def __iter__(self): print("iter"); return self
    def __next__(self): print("next"); raise StopIteration
""",
        """
        import asyncio, collections, concurrent.futures, functools, io, itertools, os, queue, re, socket, tempfile
        import threading, types, weakref
        from werkzeug.local import LocalProxy
        import m
        print("made")
        def gen():
            yield from "abc"
        async def coro(): return 1
        pipe = os.pipe()
        lock = threading.Lock()
        lock.acquire()
        file = tempfile.TemporaryFile("w+")
        file.write("text"); file.seek(1)
        future = concurrent.futures.Future()
        box = queue.Queue(); box.put(1)
        values = [
            m.Lazy(), m.Property(), m.Module("x"), m.OfMeta(), m.OfMeta, m.Lines(), gen(), iter("abc"), map(print, [1]),
            zip("ab", [1]), itertools.count(), itertools.tee("ab")[0], reversed([1, 2]), (x for x in [1]), coro(),
            lock, threading.local(), threading.Event(), file, io.BytesIO(b"x"), os.fdopen(pipe[0]), os.fdopen(pipe[1], "w"),
            socket.socketpair()[0], future, box, weakref.ref(m.look), weakref.WeakValueDictionary(), weakref.proxy(m.Lines),
            LocalProxy(lambda: print("evaluated")), functools.partial(print, 1), re.finditer("a", "aa"), os.scandir("."),
            memoryview(bytearray(b"ab")), collections.ChainMap(), types.SimpleNamespace(x=m.Lazy()), enumerate("ab"),
            {m.OfMeta: m.Lazy()}, [m.Property()],
        ]
        for value in values:
            m.look(value); m.pair(value, [value])
        print(list(values[6]), list(values[7]), list(values[9]), next(values[10]), list(values[13]), [x for x in values[11]])
        print(values[14].close(), lock.locked(), file.read(), future.done(), box.qsize(), list(values[35]))
        print(len(list(values[30])), values[3].__class__ is m.OfMeta)
        values[20].close(); values[21].close(); values[22].close(); values[31].close(); file.close()
        """,
    ),
    "classes that tell what is done to them, in every way of a call": (
        """
class Meta(type):
    def __getattribute__(cls, name): print("meta", name); return super().__getattribute__(name)
    def __instancecheck__(cls, other): print("instancecheck"); return False
    def __eq__(cls, other): print("meta eq"); return cls is other
    def __hash__(cls): print("meta hash"); return 1
class Strict(Meta):  # not of exceptions: before 3.12 the interpreter itself asks, once a handler
    def __subclasscheck__(cls, other): print("subclasscheck"); return False
class Plain(metaclass=Strict): pass
class Texts(str, metaclass=Meta): pass
class Many(list, metaclass=Strict): pass
class Failed(Exception, metaclass=Meta): pass
class Quit(GeneratorExit, metaclass=Meta): pass
class Deep(RecursionError, metaclass=Meta): pass
class Hidden(Exception, metaclass=Meta):
    @property
    def __class__(self): print("class"); return ValueError
class Unkept(metaclass=Meta):
    def __init__(self): self.held = (n for n in "ab")
def given(*args, default=Plain(), **more): return args
def strict(one): return one
def deep(n, value): return value if n == 0 else deep(n - 1, value)
def secret(password, value): return value
def fails(error): raise error
def gives(*args): yield from args
def breaks(error): yield 1; raise error
def catches(value):
    try: yield value
    except BaseException as error: yield error
async def waits(*args): return args
async def sinks(error): raise error
async def streams(*args):
    for each in args: yield each
        """,
        """
        import m
        def drive(made):
            try:
                made.send(None)
            except BaseException as error:
                return type(error).__name__ if type(type(error)) is type else "one of ours"
        values = [
            m.Plain(), m.Plain, m.Texts("t"), m.Many([1]), m.Unkept(), m.Failed, [m.Plain()], {"k": m.Plain()}, (m.Unkept(),),
            [*range(5000), m.Plain()],
        ]
        errors = [m.Failed("f"), m.Quit(), m.Deep(), m.Hidden()]
        for round in range(4):
            for value in values:
                m.given(value); m.given([value], a=value); m.given({"k": value}); m.deep(60, value)
                m.secret("hunter2 hunter2", value); m.secret(value, "hunter2 hunter2")
                for call in (lambda: m.strict(1, value), lambda: m.strict(1, b=value)):
                    try: call()
                    except TypeError as error: print(error)
                print(len(list(m.gives(value, 1, value))), next(m.gives(value)) is value)
                print(drive(m.waits(value)), drive(m.streams(value).__anext__()))
            for error in errors:
                m.given(error)
                print(drive(m.sinks(error)))
                for call in (lambda: m.fails(error), lambda: list(m.breaks(error))):
                    try: call()
                    except BaseException as caught: print(caught is error)
                caught = m.catches(error)
                print(next(caught) is error, caught.throw(error) is error)
        """,
    ),
    "hostile reductions and states": (
        """
import logging, sys, warnings
class Noisy:
    way = ""
    def __reduce__(self):
        print("reduce", self.way)
        if self.way == "warn": warnings.warn("w", DeprecationWarning, stacklevel=2); logging.getLogger().error("logged")
        if self.way == "raise": raise SystemExit(4)
        if self.way == "recurse": return self.__reduce__()
        if self.way == "import": import antigravity
        if self.way == "call": return tuple, (look(self),)
        return Noisy, ()
class State:
    def __getstate__(self): print("state"); raise KeyError("k")
class Args:
    def __getnewargs__(self): print("newargs"); return 1
class Copied:
    def __deepcopy__(self, memo): print("deepcopy")
    def __copy__(self): print("copy")
class Array:
    # as numpy's and pandas' do
    def __array__(self, *args): warnings.warn("array"); return 1
    def __eq__(self, other): warnings.warn("elementwise"); return [True]
    def __bool__(self): raise ValueError("ambiguous")
    __hash__ = None
class Graph(dict):
    def __iter__(self): warnings.warn("iterating"); return super().__iter__()
    def __getstate__(self): warnings.warn("state"); return {}
    @property
    def nodes(self): warnings.warn("nodes"); return []
def look(x): return 1
""",
        """
        import warnings; warnings.simplefilter("always")
        import m
        for way in ("warn", "raise", "recurse", "import", "call", "") * 2:
            noisy = m.Noisy(); noisy.way = way
            m.look(noisy); m.look([noisy])
        for value in (m.State(), m.Args(), m.Copied(), m.Array(), m.Graph(a=1)) * 3:
            m.look(value); m.look({"x": value})
        print("end")
        """,
    ),
    "what a module held dies with it": (
        LOUD + "held = Loud('module')\ndef f(x): return x\nclass C:\n    def m(self): return held.name\n",
        """
        import gc, importlib, sys
        import m
        for _ in range(3):
            m.f(1); m.C().m()
            del sys.modules["m"]; del m
            gc.collect()
            print("dropped")
            import m
            m = importlib.reload(m)
        print("exit")
        """,
    ),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_nothing_is_kept_or_touched(name, make_program):
    module, main = PROGRAMS[name]
    program = make_program({"m.py": module, "main.py": main})
    result = program.assert_unchanged("main.py", targets="m.*")
    assert result.returncode == 0, result.stderr
    assert program.recorded()

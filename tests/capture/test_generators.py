"""Generators, recorded: nothing of what the program sees changes, and what they did is told."""

from __future__ import annotations

import sys

import pytest

from pytead.storage.opening import open_for_read
from pytead.storage.stories import read_story
from pytead.values import tree
from pytead.values.calls import STORIES, read_after
from pytead.values.nodes import Atom, Instance, Items

EVERY_ENGINE = True

HEARS_LESS = "the interpreter tells of nothing that is sent, and not of calls that never run"
UNSEEN_END = (
    "a generator that is closed where it can't notice just ends" if sys.version_info >= (3, 13) else ""
)

GENERATORS = """
    import contextlib, weakref
    def count(n):
        for i in range(n):
            yield i
        return "done"
    def echo():
        got = []
        try:
            while True:
                try:
                    got.append((yield len(got)))
                except KeyError as e:
                    got.append(("key", e.args, e.__context__, e.__cause__))
        finally:
            print("echo ends", got)
    def stubborn():
        while True:
            try:
                yield 1
            except GeneratorExit:
                print("ignored")
                yield 2
                return
    def swallow():
        try:
            yield 1
        except GeneratorExit:
            return "swallowed"
    def raiser(n):
        yield from count(n)
        raise ValueError("end", n)
    def stops():
        yield 1
        raise StopIteration(3)
    def chained():
        try:
            yield 1
        except KeyError as e:
            raise ValueError("from") from e
    def after_throw():
        try:
            yield 1
        except KeyError:
            pass
        try:
            raise TypeError("fresh")
        except TypeError as e:
            print("context", repr(e.__context__))
        raise LookupError("plain")
    def outer(n):
        a = yield from count(n)
        b = yield from echo2()
        return a, b
    def echo2():
        x = yield "start"
        while x:
            x = yield x
        return "echo2"
    class Tree:
        def __init__(self, v, l=None, r=None): self.v, self.l, self.r = v, l, r
        def walk(self):
            if self.l: yield from self.l.walk()
            yield self.v
            if self.r: yield from self.r.walk()
        def __iter__(self):
            yield self.v
        @classmethod
        def made(cls, n):
            for i in range(n): yield cls(i)
        @staticmethod
        def stat(n): yield n
        @property
        def prop(self): yield self.v
    @contextlib.contextmanager
    def opened(name):
        print("enter", name)
        try:
            yield [name]
        finally:
            print("leave", name)
    @contextlib.contextmanager
    def suppressing(*types):
        try:
            yield
        except types as e:
            print("suppressed", type(e).__name__)
    def forever():
        n = 0
        while True:
            yield n
            n += 1
    def resource(log):
        log.append("open")
        try:
            yield 1
            yield 2
        finally:
            log.append("closed")
    class Thing:
        def __del__(self): print("thing dies")
    def things(n):
        for i in range(n):
            yield Thing()
    def consume():
        while True:
            x = yield
            del x
    def deep(n):
        if n: yield from deep(n - 1)
        yield n
    def badarg(a, b): yield a
    gen_lambda = lambda n: (i for i in range(n))
    def takes(it):
        for x in it: yield x * 2
    """

DRIVEN = """
    import sys, traceback, gc, inspect, itertools, contextlib, types
    import g
    def show(f):
        try: print(repr(f()))
        except BaseException as e: print(type(e).__name__, e.args, repr(e.__context__), repr(e.__cause__), e.__suppress_context__)
    c = g.count(3); print(c.__name__, c.__qualname__, type(c), inspect.isgenerator(c), inspect.getgeneratorstate(c), c.gi_running, c.gi_code.co_name, c.gi_frame.f_code.co_name, c.gi_frame.f_lineno, c.gi_yieldfrom)
    next(c); print(inspect.getgeneratorstate(c)); print(list(c), inspect.getgeneratorstate(c), c.gi_frame)
    show(lambda: next(c))
    c = g.count(1); next(c)
    try: next(c)
    except StopIteration as s: print(s.value, s.args)
    e = g.echo(); show(lambda: e.send(5)); print(next(e), e.send("a"), e.throw(KeyError("k")), e.throw(KeyError, "k2") if sys.version_info < (3,12) else 0)
    show(lambda: e.throw(ValueError("out")))
    show(lambda: next(e))
    e = g.echo(); next(e); e.close(); e.close(); show(lambda: next(e))
    e = g.echo(); show(lambda: e.throw(KeyError("early"))); show(lambda: next(e))
    e = g.echo(); e.close()
    s = g.stubborn(); next(s); show(s.close); show(lambda: next(s))
    s = g.stubborn(); next(s); show(lambda: s.throw(GeneratorExit)); show(lambda: next(s))
    s = g.swallow(); next(s); show(s.close)
    s = g.swallow(); next(s); show(lambda: s.throw(GeneratorExit()))
    show(lambda: list(g.raiser(2)))
    show(lambda: list(g.stops()))
    for make in (g.chained, g.after_throw):
        x = make(); next(x); show(lambda: x.throw(KeyError("in")))
    try: raise OSError("outer")
    except OSError:
        x = g.after_throw(); next(x); show(lambda: x.throw(KeyError("in")))
        show(lambda: list(g.raiser(1)))
    o = g.outer(2); print(next(o), next(o), next(o), o.send(1), o.send(2)); show(lambda: o.send(0))
    t = g.Tree(2, g.Tree(1), g.Tree(3)); print(list(t.walk()), list(t), [x.v for x in g.Tree.made(2)], list(t.stat(4)), list(t.prop), list(g.Tree.walk(t)))
    with g.opened("x") as v: print(v)
    try:
        with g.opened("y") as v: raise KeyError("body")
    except KeyError as e: traceback.print_exc(file=sys.stdout) if sys.version_info >= (3,11) else None
    with g.suppressing(KeyError, OSError): raise KeyError
    @g.opened("deco")
    def decorated(): print("in deco")
    decorated(); decorated()
    print(list(itertools.islice(g.forever(), 100))[-1], sum(itertools.takewhile(lambda x: x < 1000, g.forever())))
    log = []
    r = g.resource(log); next(r); print(log); del r; print(log)
    for x in g.resource(log): break
    print(log)
    def f():
        r = g.resource(log); next(r); return 5
    f(); print(log)
    class Cycle: pass
    gc.collect()
    k = Cycle(); k.r = g.resource(log); next(k.r); k.r2 = k; del k; gc.collect(); print(log)
    for t_ in g.things(2): print("got"); del t_; print("after")
    cc = g.consume(); next(cc); cc.send(g.Thing()); print("sent"); cc.close()
    print(len(list(g.deep(150))))
    show(lambda: g.badarg(1))
    show(lambda: next(next_gen))
    print(list(g.takes(g.count(3))), list(g.gen_lambda(3)), list(g.takes(i for i in range(2))))
    running = None
    def self_run():
        global running
        running = g.takes(selfit()); return list(running)
    def selfit():
        try: next(running)
        except ValueError as e: print(e)
        yield 1
    print(self_run())
    try: list(g.raiser(1))
    except ValueError: traceback.print_exc(file=sys.stdout) if sys.version_info >= (3,11) else None
    import copy, pickle
    show(lambda: copy.copy(g.count(1))); show(lambda: pickle.dumps(g.count(1)))
    print(inspect.isgeneratorfunction(g.count), g.count.__name__, inspect.signature(g.count))
    un = g.count(5)
    kept = g.resource(log); next(kept)
    """


def stories(program):
    """Function to the stories of its calls: items, what it was resumed with, how it ended, and with what."""
    told = {}
    for call in program.calls():
        assert call.outcome in STORIES, call
        story = read_story(read_after(tree.read(call.after))[2])
        resumed = [(index, verb, plain(value)) for index, verb, value in story.resumed]
        value = plain(story.value) if story.value is not None else None
        told.setdefault(call.function.qualname, []).append(
            ([plain(item) for item in story.items], resumed, story.end, value)
        )
    return told


def plain(node):
    if isinstance(node, Atom):
        return node.value
    if isinstance(node, Items):
        return [plain(item) for item in node.items]
    if isinstance(node, Instance):
        return f"{node.cls.qualname}{plain(node.content)}"
    return node


def rejections(program):
    (run,) = open_for_read(program.folder / "call_logs").runs.values()
    return {tally.function.qualname: dict(tally.rejections) for tally in run.tallies if tally.rejections}


@pytest.mark.parametrize("limit", ["0", "1", "10"])
def test_a_program_can_not_tell(make_program, limit):
    program = make_program({"g.py": GENERATORS, "main.py": DRIVEN})
    result = program.assert_unchanged(
        "main.py", targets="g.*", differs=HEARS_LESS, env={"PYTEAD_LIMIT": limit}
    )
    assert result.returncode == 0, result.stderr
    assert len(program.recorded()) > 20


def test_what_happened_is_told_as_it_happened(make_program, engine):
    program = make_program(
        {
            "m.py": """
                def upto(n, log=()):
                    yield from range(n)
                    return "done"
                def echo():
                    got = None
                    while got != "stop":
                        try:
                            got = yield got
                        except KeyError:
                            got = "caught"
                    return "stopped"
                def failing(n):
                    yield n
                    raise ValueError(n)
                def closing(log):
                    try:
                        yield 1
                    except GeneratorExit:
                        log.append("closed")
                        return
                def growing(items):
                    for item in "ab":
                        items.append(item)
                        yield items
                """,
            "main.py": """
                import m
                list(m.upto(2))
                half = m.upto(5)
                next(half), next(half)
                del half
                e = m.echo()
                next(e), e.send("x"), e.throw(KeyError("k")), next(e)
                try: e.send("stop")
                except StopIteration: pass
                try: list(m.failing(3))
                except ValueError: pass
                c = m.closing([])
                next(c)
                c.close()
                list(m.growing([]))
                """,
        }
    )
    program.assert_unchanged("main.py", targets="m", differs=HEARS_LESS)
    sent_to = (
        [None, "x", "caught", None],
        [(1, "send", "x"), (2, "throw", "KeyError['k']"), (4, "send", "stop")],
        "returned",
        "stopped",
    )
    assert stories(program) == {
        "upto": [([0, 1], [], "returned", "done"), ([0, 1], [], "closed", None)],
        **({"echo": [sent_to]} if engine == "wrap" else {}),
        "failing": [([3], [], "raised", "ValueError[3]")],
        "closing": [([1], [], "closed", None)],
        "growing": [([["a"], ["a", "b"]], [], "returned", None)],
    }
    (closing,) = [call for call in program.calls() if call.function.name == "closing"]
    args, *_ = read_after(tree.read(closing.after))
    assert plain(args) == [["closed"]]


def test_only_root_calls_are_recorded_wherever_they_are_driven(make_program):
    program = make_program(
        {
            "m.py": """
                def walk(tree):
                    for item in tree:
                        if isinstance(item, list): yield from walk(item)
                        else: yield item
                def even(n):
                    yield n
                    if n: yield from odd(n - 1)
                def odd(n):
                    yield n
                    if n: yield from even(n - 1)
                """,
            "main.py": """
                import m
                print(list(m.walk([1, [2, [3]]])), list(m.even(4)))
                for a, b in zip(m.walk([[4], 5]), m.walk([[6], 7])):  # two roots, driven in turn
                    print(a, b)
                """,
        }
    )
    program.assert_unchanged("main.py", targets="m", differs=UNSEEN_END)
    assert program.recorded() == {"m.even": 1, "m.odd": 1, "m.walk": 3}


def test_a_generator_without_end_costs_a_bounded_amount(make_program):
    program = make_program(
        {
            "m.py": """
                def forever(start=0):
                    while True:
                        yield start
                        start += 1
                def walk(n):
                    yield n
                    yield from walk(n + 1) if n < 300 else ()
                def big():
                    for n in range(40): yield str(n) * 20_000
                """,
            "main.py": """
                import itertools, m
                print(sum(itertools.islice(m.forever(), 5000)), len(list(m.walk(0))), len(list(m.big())))
                """,
        }
    )
    program.assert_unchanged("main.py", targets="m")
    told = stories(program)
    ((items, _, end, _),) = told["forever"]
    assert (items, end) == (list(range(64)), "open")
    ((items, _, end, _),) = told["walk"]
    assert (items, end) == (list(range(64)), "open")
    ((items, _, end, _),) = told["big"]
    assert len(items) < 15
    assert end == "open"


def test_arguments_nested_too_deeply_to_be_read_again_cost_their_story_alone(make_program, engine):
    program = make_program(
        {
            "m.py": "def count(chain, n):\n    for i in range(n):\n        yield i",
            "main.py": """
                import itertools, m
                def nested(depth):
                    chain = []
                    for _ in range(depth): chain = [chain]
                    return chain
                print(len(list(m.count(nested(250), 100))))
                left, plain = m.count(nested(250), 9), m.count([], 8)
                print(next(left), next(plain))
                """,
        }
    )
    program.assert_unchanged(
        "main.py", targets="m", differs="monitoring reads the arguments of one that ends early"
    )
    made = program.pytead("gen", "--no-verify")
    assert "1 case written" in made.stderr, made.stderr
    assert "value-too-deep" in made.stderr


def test_what_is_under_way_as_the_program_ends_is_kept(make_program):
    program = make_program(
        {
            "m.py": "def upto(n, seen):\n    for i in range(n):\n        seen.append(i)\n        yield i",
            "main.py": """
                import m
                kept = m.upto(9, [])
                print(next(kept), next(kept))
                class Ring: pass
                ring = Ring()
                ring.kept = m.upto(8, [ring])
                next(ring.kept)
                ring.ring = ring
                never = m.upto(7, [])
                """,
        }
    )
    program.assert_unchanged("main.py", targets="m")
    assert sorted(items for items, *_ in stories(program)["upto"]) == [[0], [0, 1]]
    assert {end for *_, end, _ in stories(program)["upto"]} == {"open"}


def test_recording_keeps_nothing_alive_that_would_have_died(make_program):
    program = make_program(
        {
            "m.py": """
                class Thing:
                    def __init__(self, name): self.name = name
                    def __del__(self): print(self.name, "dies")
                def things():
                    for n in range(3): yield Thing(n)
                def sink():
                    while True:
                        got = yield
                        del got
                def held(log):
                    try: yield 1
                    finally: log("left")
                """,
            "main.py": """
                import gc, m
                gc.disable()
                for thing in m.things():
                    print("got", thing.name)
                    del thing
                    print("next")
                s = m.sink()
                next(s)
                s.send(m.Thing("sent"))
                print("sent it")
                try: s.throw(ValueError(m.Thing("thrown")))
                except ValueError: pass
                print("threw it")
                h = m.held(print)
                next(h)
                h = None
                print("dropped")
                class Ring: pass
                ring = Ring()
                ring.held = m.held(ring)
                ring.ring = ring
                import weakref
                seen = weakref.ref(ring)
                del ring
                gc.collect()
                print(seen())
                def log_of(ring): return lambda what: print("ring", what)
                ring = Ring()
                ring.held = m.held(log_of(ring))
                next(ring.held)
                ring.ring = ring
                del ring
                print("collecting")
                gc.collect()
                print("collected")
                """,
        }
    )
    result = program.assert_unchanged("main.py", targets="m", differs=HEARS_LESS)
    assert "collecting\nring left\ncollected\n" in result.stdout


def test_what_was_never_asked_for_anything_is_counted(make_program, engine):
    program = make_program(
        {
            "m.py": "def g(n): yield n",
            "main.py": "import m\nfor n in range(3): m.g(n)\nm.g(5).close()\nlist(m.g(7))",
        }
    )
    program.assert_unchanged("main.py", targets="m")
    assert [items for items, *_ in stories(program)["g"]] == [[7]]
    if engine == "wrap":
        ((refusal, count),) = rejections(program)["g"].items()
        assert (refusal[0], count) == ("not-started", 4)
    else:
        assert "g" not in rejections(program)  # the interpreter tells of nothing that doesn't run


def test_context_managers_are_told_by_their_generators(make_program):
    program = make_program(
        {
            "m.py": """
                import contextlib
                from pytead import trace
                @contextlib.contextmanager
                def opened(name):
                    yield name.upper()
                class Door:
                    @contextlib.contextmanager
                    def open(self, way):
                        self.way = way
                        try: yield self.way
                        finally: self.way = None
                    @classmethod
                    @contextlib.contextmanager
                    def made(cls): yield "made"
                @contextlib.contextmanager
                @trace
                def decorated(x): yield x
                """,
            "main.py": """
                import m
                with m.opened("a") as a, m.Door().open(1) as b, m.Door.made() as c, m.decorated(3) as d: print(a, b, c, d)
                @m.opened("again")
                def f(): return 1
                print(f(), f(), m.opened.__wrapped__.__name__)
                """,
        }
    )
    program.assert_unchanged("main.py", targets="m", differs="wrap takes what @trace marks over")
    assert {(call.function.qualname, call.kind, call.outcome) for call in program.calls()} == {
        ("opened", "function", "entered"),
        ("Door.open", "method", "entered"),
        ("Door.made", "classmethod", "entered"),
        ("decorated", "function", "entered"),
    }


def test_decorators_around_generator_functions(make_program, engine):
    program = make_program(
        {
            "m.py": """
                import functools
                def listed(f):
                    @functools.wraps(f)
                    def wrapped(*args): return list(f(*args))
                    return wrapped
                def logged(f):
                    @functools.wraps(f)
                    def wrapped(*args): return f(*args)
                    return wrapped
                def primed(f):
                    @functools.wraps(f)
                    def wrapped(*args):
                        made = f(*args)
                        next(made)
                        return made
                    return wrapped
                @listed
                def all_of(n): yield from range(n)
                @logged
                def each_of(n): yield from range(n)
                @primed
                def adder(total=0):
                    while True: total += yield total
                @listed
                def nested(n):
                    yield n
                    if n: yield from nested(n - 1)
                """,
            "main.py": """
                import m
                print(m.all_of(2), list(m.each_of(2)), m.adder().send(4))
                print(len(m.nested(300)), m.nested(3), m.nested(2))
                """,
        }
    )
    program.assert_unchanged(
        "main.py",
        targets="m.all_of, m.each_of, m.adder, m.nested",
        differs="of what is made to run later only a decorator that makes it is heard of",
    )
    assert program.recorded()["m.nested"] == 3
    outcomes = {call.function.name: call.outcome for call in program.calls()}
    through = {"adder": "returned", "each_of": "yielded"} if engine == "wrap" else {}
    assert outcomes == {"all_of": "returned", "nested": "returned", **through}

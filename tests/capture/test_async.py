"""Async functions and asynchronous generators, recorded: the program can't tell, and each task has its own depth."""

from __future__ import annotations

import pytest

from pytead.storage.opening import open_for_read
from pytead.storage.stories import read_story
from pytead.values import tree
from pytead.values.calls import read_after

EVERY_ENGINE = True

HEARS_LESS = "the interpreter tells of nothing that is sent, and not of calls that never run"
OWN_TASKS = "it tells of a coroutine when it runs: then one that is made by its like has a task of its own"

ASYNC = """
    import asyncio, contextlib, contextvars, types
    var = contextvars.ContextVar("var", default=0)
    async def double(x, delay=0.0):
        await asyncio.sleep(delay)
        return 2 * x
    async def fail(x):
        await asyncio.sleep(0)
        raise LookupError(x)
    async def early(x): raise ValueError(x)
    async def fact(n):
        if n < 2: return 1
        await asyncio.sleep(0)
        return n * await fact(n - 1)
    async def crawl(tree):
        value, *kids = tree
        return value + sum(await asyncio.gather(*(crawl(k) for k in kids)))
    async def forever(log):
        try:
            await asyncio.sleep(1000)
        except asyncio.CancelledError:
            log.append("cancelled"); raise
        finally:
            log.append("cleanup")
    async def shielded(log):
        try: await asyncio.sleep(1000)
        except asyncio.CancelledError: log.append("swallowed")
        return "survived"
    class Awaitable:
        def __init__(self, v): self.v = v
        def __await__(self):
            got = yield
            return self.v
    async def custom(v): return await Awaitable(v)
    async def sets():
        var.set(var.get() + 1); await asyncio.sleep(0); return var.get()
    class Client:
        def __init__(self, base): self.base = base; self.calls = 0
        async def get(self, path):
            self.calls += 1
            await asyncio.sleep(0)
            return self.base + path
        @classmethod
        async def make(cls, base): return cls(base)
        @staticmethod
        async def stat(x): return x
        async def __aenter__(self): return self
        async def __aexit__(self, *a): print("aexit"); return False
        def __aiter__(self): self.n = 0; return self
        async def __anext__(self):
            self.n += 1
            if self.n > 2: raise StopAsyncIteration
            return self.n
        @property
        async def prop(self): return self.base
    async def ticks(n):
        for i in range(n):
            yield i
            await asyncio.sleep(0)
    async def echo():
        got = []
        try:
            while True:
                try: got.append((yield len(got)))
                except KeyError as e: got.append(("key", e.args, e.__context__))
        finally:
            await asyncio.sleep(0)
            print("echo ends", got)
    async def araise(n):
        for i in range(n): yield i
        raise ValueError(n)
    async def stubborn():
        while True:
            try: yield 1
            except GeneratorExit: yield 2; return
    @contextlib.asynccontextmanager
    async def opened(name):
        print("enter", name)
        await asyncio.sleep(0)
        try: yield [name]
        finally:
            await asyncio.sleep(0)
            print("leave", name)
    async def endless(log):
        n = 0
        try:
            while True:
                n += 1; yield n
        finally: log.append("endless closed")
    def logged(f):
        import functools
        @functools.wraps(f)
        def w(*a, **k):
            return f(*a, **k)
        return w
    def retry(f):
        import functools
        @functools.wraps(f)
        async def w(*a, **k):
            try: return await f(*a, **k)
            except LookupError: return "retried"
        return w
    def run_it(f):
        import functools
        @functools.wraps(f)
        def w(*a): return asyncio.run(f(*a))
        return w
    @logged
    async def sync_logged(x): return x + 1
    @retry
    async def retried(x): raise LookupError(x)
    @run_it
    async def ran(x): return x + 1
    @types.coroutine
    def old(x):
        yield
        return x
    async def uses_old(x): return await old(x)
    def asks():
        return double(4)
    async def stack():
        import traceback
        try: await fail(1)
        except LookupError: print(traceback.format_exc())
    """

AWAITED = """
    import asyncio, sys, inspect, traceback, gc, contextlib, warnings, contextvars
    import a
    V11 = sys.version_info >= (3, 11)
    async def show(aw):
        try: print(repr(await aw))
        except BaseException as e: print(type(e).__name__, e.args, repr(e.__context__), repr(e.__cause__))
    async def main():
        print(await asyncio.gather(*(a.double(i, 0.001) for i in range(50))))
        c = a.double(3); print(type(c), inspect.iscoroutine(c), asyncio.iscoroutine(c), inspect.isawaitable(c), c.__name__, c.__qualname__, inspect.getcoroutinestate(c), c.cr_code.co_name, c.cr_running, c.cr_await, c.cr_frame.f_lineno)
        print(await c); await show(c); print(inspect.getcoroutinestate(c))
        await show(a.fail("x")); await show(a.early("y"))
        print(await a.fact(5), await a.crawl((1, (2, (3,)), (4,))))
        log = []
        t = asyncio.create_task(a.forever(log), name="nm"); await asyncio.sleep(0); print(t.get_name(), t.get_coro().__name__); t.cancel(); await show(t); print(log)
        t = asyncio.create_task(a.shielded(log)); await asyncio.sleep(0); t.cancel(); await show(t); print(log)
        if V11:
            try:
                async with asyncio.timeout(0.001): await a.forever(log)
            except TimeoutError as e: print("timeout", repr(e.__cause__), repr(e.__context__))
            async with asyncio.TaskGroup() as tg: ts = [tg.create_task(a.double(i)) for i in range(3)]
            print([t.result() for t in ts])
        try: await asyncio.wait_for(a.forever(log), 0.001)
        except asyncio.TimeoutError as e: print("wait_for")
        print(log, await a.custom(5), await a.sets(), a.var.get(), len(contextvars.copy_context()))
        cl = a.Client("b"); print(await asyncio.gather(cl.get("1"), cl.get("2")), (await a.Client.make("q")).base, await a.Client.stat(1), await cl.prop)
        async with cl as same: print(same is cl, [x async for x in cl])
        t = a.ticks(3); print(type(t), inspect.isasyncgen(t), t.__name__, t.__qualname__, t.ag_running, t.ag_code.co_name)
        print([x async for x in t], [x async for x in t])
        e = a.echo(); print(await anext(e), await e.asend("a"), await e.athrow(KeyError("k"))); await show(e.athrow(ValueError("v"))); await show(anext(e))
        e = a.echo(); await anext(e); await e.aclose(); await e.aclose()
        await show(a.echo().asend(4)) ; await show(a.echo().athrow(KeyError("e")))
        try:
            async for x in a.araise(2): print(x)
        except ValueError as err: print(err.args); V11 and traceback.print_exc(file=sys.stdout)
        async with a.opened("x") as v: print(v)
        try:
            async with a.opened("y") as v: raise KeyError("body")
        except KeyError: V11 and traceback.print_exc(file=sys.stdout)
        async with contextlib.aclosing(a.endless(log)) as g:
            async for x in g:
                if x > 80: break
        print(log)
        async for x in a.endless(log):
            if x > 3: break
        await asyncio.sleep(0); await asyncio.sleep(0); await asyncio.sleep(0.01); print(log)
        gc.collect(); await asyncio.sleep(0.01)
        print(await a.sync_logged(1), await a.retried(2), await a.uses_old(3), await a.asks())
        V11 and await a.stack()
        print(inspect.iscoroutinefunction(a.double), asyncio.iscoroutinefunction(a.Client.get), inspect.isasyncgenfunction(a.ticks))
        global left
        left = a.endless(log); await anext(left)
        half = a.double(3); half.send(None); half.close()
        try: a.double()
        except TypeError as e: print(e)
        print(len(asyncio.all_tasks()))
        if V11:
            task = asyncio.create_task(a.forever(log)); await asyncio.sleep(0); print(str(task)[str(task).index("coro"):].split(">")[0].split(":")[0]); task.cancel(); await show(task)
    asyncio.run(main())
    print(a.ran(3))
    a.double(1)
    def dropped():
        a.early(2)
    dropped()
    c = a.double(9)
    try: c.send(None)
    except RuntimeError as e: print(e)
    c2 = a.custom(1); print(c2.send(None))
    try: c2.send(5)
    except StopIteration as s: print(s.value)
    c3 = a.custom(1); c3.send(None); del c3
    c4 = a.double(1); c4.close()
    c5 = a.double(1)
    try: c5.throw(KeyError("k"))
    except KeyError as e: print(repr(e))
    ag = a.ticks(2)
    try: ag.__anext__().send(None)
    except StopIteration as s: print(s.value)
    del ag
    gc.collect()
    """


def outcomes(program):
    counts = {}
    for call in program.calls():
        name = call.function.qualname
        counts.setdefault(name, {}).setdefault(call.outcome, 0)
        counts[name][call.outcome] += 1
    return counts


def rejected(program):
    (run,) = open_for_read(program.folder / "call_logs").runs.values()
    return {
        tally.function.qualname: {slug: count for (slug, _), count in tally.rejections.items()}
        for tally in run.tallies
        if tally.rejections
    }


@pytest.mark.parametrize("limit", ["0", "1", "10"])
def test_a_program_can_not_tell(make_program, limit):
    program = make_program({"a.py": ASYNC, "main.py": AWAITED})
    result = program.assert_unchanged(
        "main.py", targets="a.*", differs=HEARS_LESS, env={"PYTEAD_LIMIT": limit}
    )
    assert result.returncode == 0, result.stderr
    assert "coroutine 'early' was never awaited" in result.stderr
    assert len(program.recorded()) > 20


def test_each_task_has_its_own_depth(make_program, engine):
    program = make_program(
        {
            "m.py": """
                import asyncio
                async def work(n):
                    await asyncio.sleep(0)
                    return n
                async def deep(n):
                    await asyncio.sleep(0)
                    return 0 if n == 0 else 1 + await deep(n - 1)
                async def crawl(tree):
                    return 1 + sum(await asyncio.gather(*map(crawl, tree)))
                async def ticks(n):
                    yield n
                    await asyncio.sleep(0)
                    if n:
                        async for tick in ticks(n - 1): yield tick
                """,
            "main.py": """
                import asyncio, m
                async def listed(n): return [tick async for tick in m.ticks(n)]
                async def main():
                    print(await asyncio.gather(*(m.work(n) for n in range(50))))
                    print(await asyncio.gather(m.deep(5), m.deep(3)), await m.crawl([[], [[]]]))
                    print(await asyncio.gather(listed(3), listed(2)))
                asyncio.run(main())
                """,
        }
    )
    program.assert_unchanged("main.py", targets="m", differs=OWN_TASKS, env={"PYTEAD_LIMIT": "20"})
    assert outcomes(program) == {
        # One in the main task, and one that a task of its own calls, or runs.
        "crawl": {"async returned": 2 if engine == "wrap" else 3},
        "deep": {"async returned": 2},
        "ticks": {"async yielded": 2},
        "work": {"async returned": 20},
    }


def test_cancelled_and_abandoned_calls_are_counted(make_program, engine):
    program = make_program(
        {
            "m.py": """
                import asyncio
                async def slow(n):
                    await asyncio.sleep(n)
                    return n
                async def stream(n):
                    yield n
                    await asyncio.sleep(n)
                async def answers(n):
                    try: await asyncio.sleep(n)
                    except asyncio.CancelledError: return "cancelled"
                """,
            "main.py": """
                import asyncio, m
                async def consume():
                    async for x in m.stream(100): pass
                async def main():
                    tasks = [asyncio.ensure_future(each) for each in (m.slow(100), consume(), m.answers(100))]
                    await asyncio.sleep(0.01)
                    for task in tasks: task.cancel()
                    print(await asyncio.gather(*tasks, return_exceptions=True))
                    try: await asyncio.wait_for(m.slow(99), 0.01)
                    except asyncio.TimeoutError: print("timeout")
                    m.slow(1).close()
                    print(await m.slow(0))
                asyncio.run(main())
                """,
        }
    )
    program.assert_unchanged("main.py", targets="m")
    assert outcomes(program) == {"answers": {"async returned": 1}, "slow": {"async returned": 1}}
    never_run = {"not-started": 1} if engine == "wrap" else {}
    assert rejected(program) == {"slow": {"cancelled": 2, **never_run}, "stream": {"cancelled": 1}}


def test_arguments_are_those_that_the_function_begins_with(make_program):
    program = make_program(
        {
            "m.py": """
                import asyncio
                async def total(items):
                    found = sum(items)
                    items.clear()
                    await asyncio.sleep(0)
                    return found
                """,
            "main.py": """
                import asyncio, m
                async def main():
                    items = [1]
                    task = asyncio.ensure_future(m.total(items))
                    items.append(2)
                    print(await task)
                asyncio.run(main())
                """,
        }
    )
    program.assert_unchanged("main.py", targets="m")
    (call,) = program.calls()
    items = tree.read(call.before).items[0]
    assert [item.value for item in items.items] == [1, 2]


def test_asynchronous_generators_tell_their_story(make_program, engine):
    program = make_program(
        {
            "m.py": """
                import asyncio, contextlib
                async def echo():
                    got = 0
                    while got is not None:
                        await asyncio.sleep(0)
                        got = yield got
                async def ticks(n):
                    for tick in range(n): yield tick
                @contextlib.asynccontextmanager
                async def opened(name):
                    await asyncio.sleep(0)
                    yield name
                """,
            "main.py": """
                import asyncio, m
                async def main():
                    e = m.echo()
                    print(await anext(e), await e.asend(5))
                    await e.aclose()
                    print([tick async for tick in m.ticks(2)])
                    async for tick in m.ticks(4):
                        if tick: break
                    async with m.opened("x") as x: print(x)
                    print(sum([tick async for tick in m.ticks(1000)]))
                asyncio.run(main())
                """,
        }
    )
    program.assert_unchanged("main.py", targets="m", differs=HEARS_LESS)
    told = {}
    for call in program.calls():
        story = read_story(read_after(tree.read(call.after))[2])
        ways = told.setdefault(call.function.name, [])
        ways.append((call.outcome, len(story.items), len(story.resumed), story.end))
    sent_to = {"echo": [("async yielded", 2, 1, "closed")]} if engine == "wrap" else {}
    assert told == {
        **sent_to,
        "opened": [("async entered", 1, 0, "returned")],
        "ticks": [
            ("async yielded", 2, 0, "returned"),
            ("async yielded", 2, 0, "closed"),
            ("async yielded", 64, 0, "open"),
        ],
    }


def test_the_contexts_of_the_program_hold_nothing_of_ours(make_program):
    program = make_program(
        {
            "m.py": """
                import contextvars
                async def variables(): return len(contextvars.copy_context())
                def yielded(): yield len(contextvars.copy_context())
                """,
            "main.py": """
                import asyncio, m
                print(asyncio.run(m.variables()), list(m.yielded()))
                """,
        }
    )
    program.assert_unchanged("main.py", targets="m")


def test_other_event_loops_and_none_at_all(make_program, engine):
    program = make_program(
        {
            "m.py": """
                class Trap:
                    def __init__(self, kind): self.kind = kind
                    def __await__(self): return (yield self.kind)
                async def ask(kind, times):
                    return [await Trap(kind) for _ in range(times)]
                async def fails(kind):
                    try: await Trap(kind)
                    except LookupError as error: raise ValueError("none") from error
                """,
            "main.py": """
                import m
                def run(*coroutines):  # one that switches between its tasks, all in one context
                    done, pending = [], [(each, None) for each in coroutines]
                    while pending:
                        each, value = pending.pop(0)
                        try: trap = each.throw(LookupError(1)) if value == "fail!" else each.send(value)
                        except StopIteration as stop: done.append(stop.value)
                        except ValueError as error: done.append((error.args, repr(error.__cause__)))
                        else: pending.append((each, trap + "!"))
                    return done
                print(run(m.ask("a", 1), m.ask("b", 3), m.ask("c", 2), m.fails("fail")))
                """,
        }
    )
    program.assert_unchanged("main.py", targets="m", differs=HEARS_LESS)
    sent_to = {"Trap.__await__": {"yielded": 4}} if engine == "wrap" else {}
    assert outcomes(program) == {
        **sent_to,
        "Trap.__init__": {"returned": 4},
        "ask": {"async returned": 3},
        "fails": {"async raised": 1},
    }

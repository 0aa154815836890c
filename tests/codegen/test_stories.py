from __future__ import annotations

import sys
from typing import Any

import pytest

from pytead.errors import Rejection

MODULE = """
    import asyncio, contextlib

    async def double(x):
        await asyncio.sleep(0)
        return 2 * x

    async def fail(x):
        raise LookupError(x)

    def upto(n):
        yield from range(n)

    def with_result(n):
        yield n
        return {"n": n}

    def failing(n):
        yield n
        raise ValueError(n)

    def echo(start, *, step=1):
        got = start
        while got is not None:
            try:
                got = yield got
            except KeyError as error:
                got = error.args[0]
        return "end"

    def draining(items):
        while items:
            yield items.pop()

    def nans():
        yield float("nan")

    async def ticks(n):
        for tick in range(n):
            await asyncio.sleep(0)
            yield tick

    async def aecho():
        got = 0
        while got is not None:
            got = yield got

    async def afailing(n):
        yield n
        raise ValueError(n)

    class Door:
        def __init__(self, ways):
            self.ways = ways

        def walk(self):
            yield from self.ways

        async def call(self):
            return self

        @contextlib.contextmanager
        def open(self, way):
            self.ways.append(way)
            try:
                yield self.ways[-1]
            except KeyError:
                pass

    @contextlib.contextmanager
    def refusing(x):
        if not x:
            raise ValueError(x)
        yield
        raise TypeError(x)

    @contextlib.asynccontextmanager
    async def aopen(name):
        yield name
    """


@pytest.fixture
def told(project: Any) -> Any:
    project.module("m", MODULE)
    return project


def body(project: Any) -> str:
    """What stands below the last list of cases."""
    text = str(project.text())
    return text[text.rindex("\ndef test_") :].strip()


def test_async_functions_are_run_by_asyncio(told: Any) -> None:
    told.tell("m:double", "async returned", 6, 3)
    told.tell("m:fail", "async raised", LookupError("x"), "x")
    told.tell(
        "m:Door.call",
        "async returned",
        sys.modules["m"].Door([1]),
        sys.modules["m"].Door([1]),
    )
    assert len(told.generate().modules) == 3
    told.write()
    texts = {module.path.stem: module.text for module in told.generate().modules}
    assert "\nimport asyncio\n\nimport pytest\n" in texts["test_m_double"]
    assert "    assert asyncio.run(double(*args, **kwargs)) == expected" in texts["test_m_double"]
    assert "        asyncio.run(fail(*args, **kwargs))" in texts["test_m_fail"]
    assert "asyncio.run(receiver.call(*args, **kwargs))" in texts["test_m_Door_call"]
    assert len(told.passed()) == 3


def test_all_items(told: Any) -> None:
    told.tell("m:upto", "yielded", ([0, 1], [], "returned", None), 2)
    told.tell("m:upto", "yielded", ([], [], "returned", None), 0)
    assert (
        body(told)
        == """def test_upto(args, kwargs, expected):
    assert list(upto(*args, **kwargs)) == expected"""
    )
    told.write()
    assert len(told.passed()) == 2
    told.edit("m", "yield from range(n)", "yield from reversed(range(n))")
    assert told.pytest("tests").returncode == 1


def test_items_that_are_compared_by_structure(told: Any) -> None:
    told.tell("m:nans", "yielded", ([float("nan")], [], "returned", None))
    assert "assert same(list(nans(*args, **kwargs)), expected)" in body(told)
    told.write()
    assert len(told.passed()) == 1


def test_a_result_beside_the_items(told: Any) -> None:
    told.tell("m:with_result", "yielded", ([4], [], "returned", {"n": 4}), 4)
    assert (
        body(told)
        == """def test_with_result_returns(args, kwargs, items, expected):
    generator = with_result(*args, **kwargs)
    assert [next(generator) for _ in items] == items
    with pytest.raises(StopIteration) as stopped:
        next(generator)
    assert stopped.value.value == expected"""
    )
    told.write()
    assert len(told.passed()) == 1
    told.edit("m", 'return {"n": n}', "return n")
    assert told.pytest("tests").returncode == 1


def test_the_first_items(told: Any) -> None:
    told.tell("m:upto", "yielded", ([0, 1], [], "closed", None), 10**9)
    told.tell("m:upto", "yielded", (list(range(64)), [], "open", None), 10**8)
    assert (
        body(told)
        == """def test_upto_first_items(args, kwargs, expected):
    assert list(itertools.islice(upto(*args, **kwargs), len(expected))) == expected"""
    )
    assert "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]" in told.text()
    told.write()
    assert len(told.passed()) == 2


def test_items_and_then_an_exception(told: Any) -> None:
    told.tell("m:failing", "yielded", ([1], [], "raised", ValueError(1)), 1)
    assert (
        body(told)
        == """def test_failing_raises(args, kwargs, error, items, error_args):
    generator = failing(*args, **kwargs)
    assert [next(generator) for _ in items] == items
    with pytest.raises(error) as caught:
        next(generator)
    assert caught.type is error
    assert caught.value.args == error_args"""
    )
    told.write()
    assert len(told.passed()) == 1
    told.edit("m", "yield n\n    raise ValueError(n)", "raise ValueError(n)")
    assert told.pytest("tests").returncode == 1


def test_step_by_step(told: Any) -> None:
    resumed = [(1, "send", "a"), (2, "throw", KeyError("b"))]
    told.tell("m:echo", "yielded", ([0, "a", "b"], resumed, "returned", "end"), 0, step=2)
    told.tell(
        "m:echo",
        "yielded",
        ([0, "a"], [(1, "send", "a"), (2, "throw", OSError("x"))], "raised", OSError("x")),
        0,
    )
    told.tell("m:echo", "yielded", ([0, "a"], [(1, "send", "a")], "closed", None), 0)
    text = told.text()
    assert (
        """
    generator = echo(0, step=2)
    assert next(generator) == 0
    assert generator.send("a") == "a"
    assert generator.throw(KeyError("b")) == "b"
    with pytest.raises(StopIteration) as stopped:
        next(generator)
    assert stopped.value.value == "end"
"""
        in text
    )
    assert (
        """
    with pytest.raises(OSError) as caught:
        generator.throw(OSError("x"))
    assert caught.type is OSError
    assert caught.value.args == ("x",)
"""
        in text
    )
    assert '    assert generator.send("a") == "a"\n    generator.close()' in text
    told.write()
    assert len(told.passed()) == 3


def test_what_a_generator_changes_is_checked_unless_it_goes_on(told: Any) -> None:
    told.tell("m:draining", "yielded", ([2, 1], [], "returned", None), [1, 2], after=([],))
    told.tell("m:draining", "yielded", ([2], [], "open", None), [1, 2], after=([1],))
    assert "def test_draining_changes_arguments(args, kwargs, expected, args_after):" in told.text()
    assert "def test_draining_first_items(args, kwargs, expected):" in told.text()
    told.write()
    assert len(told.passed()) == 2


def test_asynchronous_generators(told: Any) -> None:
    told.tell("m:ticks", "async yielded", ([0, 1], [], "returned", None), 2)
    assert (
        body(told)
        == """def test_ticks(args, kwargs, expected):
    async def collect():
        return [item async for item in ticks(*args, **kwargs)]

    assert asyncio.run(collect()) == expected"""
    )
    told.tell("m:ticks", "async yielded", ([0, 1], [], "closed", None), 3)
    assert (
        body(told)
        == """def test_ticks_first_items(args, kwargs, expected):
    async def collect():
        generator = ticks(*args, **kwargs)
        return [await anext(generator) for _ in expected]

    assert asyncio.run(collect()) == expected"""
    )
    told.tell("m:afailing", "async yielded", ([0], [], "raised", ValueError(0)), 0)
    told.tell("m:aecho", "async yielded", ([0, 5], [(1, "send", 5)], "returned", None))
    text = next(module.text for module in told.generate().modules if "aecho" in str(module.path))
    assert (
        """
    async def steps():
        generator = aecho()
        assert await anext(generator) == 0
        assert await generator.asend(5) == 5
        with pytest.raises(StopAsyncIteration):
            await anext(generator)

    asyncio.run(steps())
"""
        in text
    )
    told.write()
    assert len(told.passed()) == 4
    told.edit("m", "async def afailing(n):\n    yield n", "async def afailing(n):\n    yield n + 1")
    told.edit("m", "for tick in range(n):", "for tick in range(1, n):")
    assert "3 failed, 1 passed" in told.pytest("tests").stdout


def test_contexts(told: Any) -> None:
    door = sys.modules["m"].Door
    entered = [3], [], "returned", None
    told.tell("m:Door.open", "entered", entered, door([]), 3, after=(door([3]), 3))
    told.tell("m:Door.open", "entered", ([3], [(1, "throw", KeyError("k"))], "returned", None), door([3]), 3)
    thrown = [3], [(1, "throw", OSError("o"))], "raised", OSError("o")
    told.tell("m:Door.open", "entered", thrown, door([3]), 3)
    text = told.text()
    assert (
        "    with receiver.open(*args, **kwargs) as value:\n        assert value == expected\n    assert same("
        in text
    )
    assert "        assert value == expected\n        raise thrown\n" in text
    assert "        with receiver.open(*args, **kwargs) as value:" in text
    told.tell("m:refusing", "entered", ([], [], "raised", ValueError(0)), 0)
    told.tell("m:refusing", "entered", ([None], [], "raised", TypeError(1)), 1)
    told.tell("m:aopen", "async entered", (["x"], [], "returned", None), "x")
    told.write()
    assert len(told.passed()) == 6
    told.edit("m", "except KeyError:\n            pass", "except OSError:\n            pass")
    assert "2 failed, 4 passed" in told.pytest("tests").stdout


@pytest.mark.parametrize(
    "story",
    [(["a", "b"], [], "returned", None), (["a"], [(1, "send", 2)], "returned", None)],
)
def test_a_context_that_no_with_statement_made_is_refused_by_name(told: Any, story: Any) -> None:
    told.tell("m:aopen", "async entered", story, "x")
    ((_, rejection),) = told.generate().rejections
    assert (rejection.stage, rejection.slug) == ("codegen", "kind-context")


def test_what_can_not_be_told_says_which_part(told: Any) -> None:
    begun = (number for number in (1, 2))
    next(begun)
    refused = told.tell("m:upto", "yielded", ([1, begun], [], "closed", None), 1)
    assert isinstance(refused, Rejection)
    assert refused.reason.startswith("item 1 is a generator")
    refused = told.tell("m:echo", "yielded", ([1, 1], [(1, "send", begun)], "closed", None), 1)
    assert isinstance(refused, Rejection)
    assert refused.reason.startswith("what was sent into it before item 1 is a generator")


def test_shared_values_are_made_in_steps_for_generators_too(told: Any) -> None:
    shared = [1]
    told.tell(
        "m:draining",
        "yielded",
        ([shared, shared], [(1, "send", 0)], "returned", None),
        [shared, shared],
        after=([],),
    )
    told.tell(
        "m:draining", "yielded", ([shared, shared], [], "returned", None), [shared, shared], after=([],)
    )
    assert "test_draining_changes_arguments_with_shared_values_" in told.text()
    told.write()
    assert len(told.passed()) == 2

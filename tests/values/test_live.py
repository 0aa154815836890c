"""Iterators, generators and furniture as values: what is left of them, and never anything taken."""

from __future__ import annotations

import asyncio
import collections
import concurrent.futures
import contextvars
import functools
import itertools
import queue
import re
import sys
import threading
import warnings
import weakref
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytead.replay import same
from pytead.values.freezer import freeze
from pytead.values.nodes import Opaque
from pytead.values.tree import find_opaque, read

from . import workshop
from .test_functions import body, remade, render


def advanced(iterator: Any, times: int = 1) -> Any:
    for _ in range(times):
        next(iterator)
    return iterator


def slug(value: object) -> str:
    found = find_opaque(read(freeze(value)))
    assert found is not None, read(freeze(value))
    assert isinstance(found[1], Opaque)
    return found[1].slug


@pytest.mark.parametrize(
    ("make", "source"),
    [
        (lambda: iter([1, 2, 3]), "iter([1, 2, 3])"),
        (lambda: advanced(iter([1, 2, 3]), 2), "iter([3])"),
        (lambda: advanced(iter("abc")), 'iter("bc")'),
        (lambda: advanced(iter((1, 2))), "iter((2,))"),
        (lambda: advanced(iter({1: 2, 3: 4})), "iter([3])"),
        (lambda: iter({5}), "iter([5])"),
        (lambda: iter({1: 2}.items()), "iter([(1, 2)])"),
        (lambda: advanced(reversed([1, 2, 3])), "reversed([1, 2])"),
        (lambda: iter(range(3)), "iter(range(3))"),
        (lambda: advanced(enumerate("ab")), 'enumerate("b", 1)'),
        (lambda: enumerate(["a"]), 'enumerate(["a"])'),
        (lambda: zip([1], "a", strict=False), 'zip([1], "a")'),
        (lambda: zip([1], strict=True), "zip([1], strict=True)"),
        (lambda: map(len, ["a"]), 'map(len, ["a"])'),
        (lambda: filter(None, [0, 1]), "filter(None, [0, 1])"),
        (lambda: iter(int, 1), "iter(int, 1)"),
        (lambda: {1: 2}.keys(), "{1: 2}.keys()"),
        (lambda: {1: 2}.values(), "{1: 2}.values()"),
        (lambda: memoryview(b"ab"), 'memoryview(b"ab")'),
        (lambda: re.compile("b+").search("abb"), 're.compile("b+").search("abb")'),
        (lambda: re.compile("b+").match("abb", 1), 're.compile("b+").match("abb", 1)'),
        (lambda: staticmethod(len), "staticmethod(len)"),
        (lambda: property(len), "property(len)"),
        (lambda: functools.lru_cache(3)(workshop.several[0]), "lru_cache(maxsize=3)(lambda x: x + 1)"),
        (lambda: threading.Lock(), "Lock()"),
        (lambda: threading.RLock(), "RLock()"),
        (lambda: threading.Condition(), "Condition()"),
        (lambda: threading.Condition(threading.Lock()), "Condition(Lock())"),
        (lambda: threading.Event(), "Event()"),
        (lambda: threading.BoundedSemaphore(3), "BoundedSemaphore(3)"),
        (lambda: queue.Queue(5), "Queue(5)"),
        (lambda: queue.SimpleQueue(), "SimpleQueue()"),
        (lambda: asyncio.Lock(), "asyncio.Lock()"),
        (lambda: weakref.WeakSet(), "WeakSet()"),
        (lambda: weakref.WeakValueDictionary(), "WeakValueDictionary()"),
        (lambda: concurrent.futures.ThreadPoolExecutor(2), "ThreadPoolExecutor(max_workers=2)"),
        (lambda: sys.stdout, "sys.stdout"),
        (lambda: workshop.MISSING, "MISSING"),
        (lambda: workshop.numbers(1, 2, 3, step=4, a=5), "numbers(1, 2, 3, step=4, a=5)"),
        (lambda: workshop.doubled([1, 2], 3), "(item * factor for item in [1, 2] if item != LIMIT)"),
        (lambda: workshop.streamed([1]), "streamed([1])"),
    ],
)
def test_it_reads_as_a_person_would_write_it(make: Any, source: str):
    assert body(make()).rpartition("return ")[2] == source


def test_nothing_is_advanced():
    iterators = [
        iter([1, 2]),
        zip([1, 2], strict=False),
        iter({1: 2, 3: 4}),
        workshop.numbers(1, 2),
        itertools.count(1),
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for iterator in iterators:
            freeze([iterator])
            freeze(iterator)
    assert [next(iterator) for iterator in iterators] == [1, (1,), 1, 1, 1]


@pytest.mark.skipif(
    sys.version_info >= (3, 14), reason="the interpreter's itertools no longer say what they hold"
)
@pytest.mark.parametrize("times", [0, 1, 2])
def test_itertools_go_on_from_where_they_were(times: int):
    for make in (
        lambda: itertools.cycle([1, 2, 3]), lambda: itertools.chain([1], [2, 3, 4]), lambda: itertools.count(3, 2),
        lambda: itertools.islice([1, 2, 3, 4], 4), lambda: itertools.accumulate([1, 2, 3, 4]),
        lambda: itertools.takewhile(bool, [1, 2, 3, 0]), lambda: itertools.product([1, 2], "ab"),
        lambda: itertools.permutations([1, 2, 3]), lambda: itertools.repeat(1), lambda: itertools.zip_longest([1], "abc"),
    ):  # fmt: skip
        made = remade(advanced(make(), times))
        expected = advanced(make(), times)
        assert [next(made, None) for _ in range(4)] == [next(expected, None) for _ in range(4)]


def test_an_iterator_over_a_shared_list_goes_over_that_list():
    items = [1, 2, 3]
    made, iterator = remade([items, advanced(iter(items))])
    made.append(4)
    assert list(iterator) == [2, 3, 4]


def test_two_places_hold_one_iterator():
    iterator = iter([1, 2, 3, 4])
    assert list(remade(zip(iterator, iterator, strict=False))) == [(1, 2), (3, 4)]


def test_generators_that_have_not_started_are_the_call_that_made_them():
    assert list(remade(workshop.numbers(1, 2, step=3, a=4))) == [1, 2, (3, {"a": 4})]
    assert list(remade(workshop.made_inside(5))) == [15]
    assert list(remade(workshop.doubled(iter([1, 10, 2]), 3))) == [3, 6]
    assert list(remade(workshop.Shop().sold())) == [3]
    coroutine = workshop.awaited([1])
    made = remade(coroutine)
    coroutine.close()
    assert asyncio.run(made) == [1]


def test_generators_that_have_started_say_so():
    started, ended = advanced(workshop.numbers(1)), workshop.made_inside(1)
    list(ended)
    for value, why in (
        (started, "had started"),
        (ended, "has ended"),
        (advanced(workshop.doubled([1], 1)), "had started"),
    ):
        found = find_opaque(read(freeze([value])))
        assert found is not None
        assert found[1].slug == "value-generator"
        assert found[1].reason == f"a generator that {why}"


def test_an_asynchronous_generator_that_has_started_says_so():
    async def main() -> None:
        generator = workshop.streamed(1)
        await generator.asend(None)
        assert slug(generator) == "value-generator"
        await generator.aclose()

    asyncio.run(main())


def test_arguments_of_a_generator_are_not_kept_alive():
    class Thing:
        pass

    thing = Thing()
    guard = weakref.ref(thing)
    generator = workshop.numbers(thing)
    freeze(generator)
    del thing, generator
    assert guard() is None


def test_furniture_in_use_is_not_rebuilt():
    lock, again, semaphore = threading.Lock(), threading.RLock(), queue.SimpleQueue()
    lock.acquire()
    again.acquire()
    semaphore.put(1)
    target = workshop.Shop()
    weak = weakref.WeakSet([target])
    assert [slug(each) for each in (lock, again, semaphore, weak)] == ["value-lock"] * 3 + ["value-weakref"]


def test_furniture_keeps_what_it_holds():
    filled: queue.Queue[Any] = queue.Queue(3)
    filled.put("a")
    event = threading.Event()
    event.set()
    local = threading.local()
    local.user = "ann"
    made, happened, own = remade([filled, event, local])
    assert (made.get(), made.maxsize, happened.is_set(), own.user) == ("a", 3, True, "ann")
    made.task_done()
    made.join()


def test_a_context_variable_is_its_name(monkeypatch):
    variable: contextvars.ContextVar[int] = contextvars.ContextVar("request")
    assert slug(variable) == "value-unreachable"
    monkeypatch.setattr(workshop, "request", variable, raising=False)
    for _ in range(100):  # looked for less and less often
        node = read(freeze(variable))
    assert not isinstance(node, Opaque)
    assert "from tests.values.workshop import request\n" in render(variable)


def test_a_generator_whose_variables_were_looked_at_is_still_its_arguments():
    begun = workshop.numbers(1, 2, step=3, more=4)
    text = render(begun)
    assert begun.gi_frame.f_locals["step"] == 3
    assert render(begun) == text


# -- all of them inside each other -----------------------------------------------------------------------------

plain = st.none() | st.integers() | st.text(max_size=5) | st.floats()


def _live(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    items = st.lists(inner, max_size=3)
    return st.one_of(
        items,
        st.dictionaries(st.text(max_size=3), inner, max_size=3),
        inner.map(workshop.holding),
        inner.map(workshop.with_default),
        inner.map(workshop.adder),
        st.tuples(inner).map(lambda held: functools.partial(workshop.adder(1), *held)),
        items.map(lambda held: (held, workshop.recursive(held))),
        items.map(iter),
        st.integers().map(workshop.counter),
        items.map(lambda held: advanced(iter(held)) if held else iter(held)),
        items.map(enumerate),
        items.map(lambda held: zip(held, iter(held), strict=False)),
        items.map(lambda held: map(workshop.holding(1), held)),
        inner.map(workshop.numbers),
        items.map(lambda held: workshop.numbers(1, *held, step=2, more=held)),
        items.map(lambda held: workshop.doubled(held, 2)),
        items.map(lambda held: dict(enumerate(held)).values()),
        st.builds(threading.Lock),
        st.builds(threading.Event),
        items.map(_queued),
        items.map(collections.deque),
    )


def _queued(items: list[Any]) -> queue.Queue[Any]:
    filled: queue.Queue[Any] = queue.Queue()
    for item in items:
        filled.put(item)
    return filled


@settings(deadline=None)
@given(st.recursive(plain, _live, max_leaves=8))
def test_they_come_back_the_same_inside_each_other(value: Any):
    made = remade(value)
    assert same(made, value)
    assert render(value) == render(value)

"""What a tracer does around the calls it sees: starting, nesting, filters, other tools, odd values."""

from __future__ import annotations

import asyncio
import enum
import sys
import threading
from typing import ClassVar

import pytest

from pytead.errors import PyteadError
from pytead.flow import CallEvent, FunctionTracer, StandIn, TracedSnapshot, TraceValidator

ENGINES = ["settrace", "setprofile", *(["monitoring"] if sys.version_info >= (3, 12) else [])]
HERE = f"{__name__}.*"


def double(x):
    return 2 * x


def calls(tracer: FunctionTracer) -> list[str]:
    return [event.function_name for event in tracer.get_events() if event.event_type == "call"]


@pytest.mark.parametrize("engine", ENGINES)
def test_it_may_be_used_again_and_inside_itself_and_others(engine: str) -> None:
    outer, inner = FunctionTracer([HERE], engine=engine), FunctionTracer([HERE], engine=engine)
    with outer:
        double(1)
        with inner, inner:
            double(2)
        double(3)
    with outer:
        double(4)
    double(5)
    arguments = [[e.args["x"] for e in t.get_events() if e.event_type == "call"] for t in (outer, inner)]
    assert arguments == [[1, 2, 3, 4], [2]]
    assert [event.call_id for event in inner.get_events()] == [1, 1]
    assert sys.gettrace() is None
    assert sys.getprofile() is None


@pytest.mark.parametrize("engine", ENGINES)
def test_every_call_has_its_return_even_if_tracing_stops_in_between(engine: str) -> None:
    tracer = FunctionTracer([HERE], engine=engine)

    def begin():
        tracer.start()
        double(1)

    def end():
        tracer.stop()

    def suspended():
        yield 1

    begin()
    kept = suspended()
    next(kept)
    end()
    events = tracer.get_events()
    TraceValidator().validate_call_balance(events)
    outcomes = {event.function_name: event.outcome for event in events if event.event_type == "return"}
    assert outcomes == {"double": "returned", "end": "unfinished", "suspended": "suspended"}


def test_cleanup_stops_and_forgets() -> None:
    tracer = FunctionTracer([HERE])
    tracer.start()
    tracer.start()
    double(1)
    tracer.cleanup()
    assert not tracer.is_running
    assert tracer.get_events() == []
    double(2)
    assert tracer.get_events() == []


@pytest.mark.parametrize("engine", ENGINES)
def test_threads_that_are_started_inside_are_traced(engine: str) -> None:
    tracer = FunctionTracer([HERE], engine=engine)
    with tracer:
        threads = [threading.Thread(target=double, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(event.args["x"] for event in tracer.events if event.event_type == "call") == [0, 1, 2, 3]
    assert all(event.depth == 0 and event.parent_id is None for event in tracer.events)
    TraceValidator().validate_call_balance(tracer.events)


def test_many_threads_at_once() -> None:
    tracer = FunctionTracer([HERE])

    def work():
        for n in range(500):
            double(n)

    with tracer:
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    TraceValidator().validate_call_balance(tracer.events)
    assert calls(tracer).count("double") == 2000
    assert tracer.get_metrics()["max_call_depth"] == 2
    assert "double(x=499) -> 998" in tracer.format_trace()


@pytest.mark.parametrize("engine", ENGINES)
def test_threads_that_ran_before_are_not_traced(engine: str) -> None:
    go, done, end = threading.Event(), threading.Event(), threading.Event()

    def work():
        go.wait()
        double(7)
        done.set()
        end.wait()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    tracer = FunctionTracer([HERE], engine=engine)
    with tracer:
        go.set()
        done.wait()
        double(1)
        assert [event.args["x"] for event in tracer.events if event.event_type == "call"] == [1]
    end.set()
    thread.join()


def test_tasks_have_names() -> None:
    async def work():
        await asyncio.sleep(0)
        return double(1)

    async def main():
        await asyncio.gather(asyncio.create_task(work(), name="one"), asyncio.create_task(work(), name="two"))

    tracer = FunctionTracer([HERE])
    with tracer:
        asyncio.run(main())
    tasks = {event.task for event in tracer.events if event.function_name == "double"}
    assert tasks == {"one", "two"}


def test_libraries_are_left_out_unless_a_pattern_names_them() -> None:
    import textwrap

    def run(tracer: FunctionTracer) -> list[str]:
        with tracer:
            textwrap.dedent("x")
            double(1)
        return tracer.get_function_list()

    assert run(FunctionTracer()) == [f"{__name__}.double"]
    assert run(FunctionTracer("textwrap.*")) == ["textwrap.dedent"]
    assert run(FunctionTracer(["!*double"])) == []
    assert run(FunctionTracer([r"re:.*\.do\w+e"])) == [f"{__name__}.double"]
    with pytest.raises(PyteadError, match="bad pattern"):
        FunctionTracer(["a b"])


def test_a_wrong_engine_or_detail_is_said() -> None:
    with pytest.raises(PyteadError, match="no engine 'magic'") as caught:
        FunctionTracer(engine="magic")
    assert caught.value.slug == "flow-engine"
    with pytest.raises(PyteadError, match="doesn't report lines"):
        FunctionTracer(engine="setprofile", lines=True)
    with pytest.raises(PyteadError, match="no detail level 'much'") as caught:
        FunctionTracer(detail_level="much")
    assert caught.value.slug == "flow-detail"


def test_the_choice_of_the_engine_has_a_reason() -> None:
    tracer = FunctionTracer([HERE])
    with tracer:
        pass
    assert tracer.engine == ("monitoring" if sys.version_info >= (3, 12) else "settrace")
    assert tracer.engine_reason


def test_a_debugger_that_is_there_goes_on() -> None:
    seen = []

    def debugger(frame, event, arg):
        if frame.f_code is double.__code__:
            seen.append(event)
        return debugger

    tracer = FunctionTracer([HERE], engine="settrace")
    sys.settrace(debugger)
    try:
        with tracer:
            double(1)
        assert sys.gettrace() is debugger
        double(2)
    finally:
        sys.settrace(None)
    assert seen == ["call", "line", "return"] * 2
    assert [event.event_type for event in tracer.events] == ["call", "return"]


def test_a_profiler_written_in_c_is_not_pushed_aside() -> None:
    import cProfile

    profiler = cProfile.Profile()
    profiler.enable()
    try:
        if sys.getprofile() is None:  # from 3.12 on it uses sys.monitoring, and both work
            with FunctionTracer([HERE]) as tracer:
                double(1)
            assert calls(tracer) == ["double"]
        else:
            with pytest.raises(PyteadError, match=r"holds sys\.setprofile") as caught:
                FunctionTracer([HERE], engine="setprofile").start()
            assert caught.value.slug == "flow-engine-busy"
            assert sys.getprofile() is profiler
    finally:
        profiler.disable()


def test_lines_are_traced_when_asked_for() -> None:
    def steps():
        a = 1
        return a + 1

    tracer = FunctionTracer([HERE], lines=True)
    with tracer:
        steps()
    first = steps.__code__.co_firstlineno
    lines = [event.line_number - first for event in tracer.events if event.event_type == "line"]
    assert lines == [1, 2]


def test_memory_is_there_when_asked_for() -> None:
    import tracemalloc

    kept = []

    def take():
        kept.append(bytearray(1_000_000))

    tracer = FunctionTracer([HERE], memory=True)
    with tracer:
        take()
    assert not tracemalloc.is_tracing()
    before, after = (event.memory_usage for event in tracer.events)
    assert after - before > 900_000
    assert tracer.get_performance_metrics().get_memory_usage() == after
    plain = FunctionTracer([HERE])
    with plain:
        take()
    assert [event.memory_usage for event in plain.events] == [None, None]


def test_exceptions_are_followed_to_who_catches_them() -> None:
    def raises():
        raise ValueError("x")

    def passes():
        raises()

    def catches():
        try:
            passes()
        except ValueError:
            return 1

    tracer = FunctionTracer([HERE], "verbose")
    with tracer:
        catches()
    errors = [event for event in tracer.events if event.event_type == "exception"]
    assert [event.function_name for event in errors] == ["raises", "passes", "catches"]
    assert {event.caught_by for event in errors} == {f"{__name__}.{catches.__qualname__}"}
    assert repr(errors[0].exception) == "ValueError('x')"
    unwound = [event.function_name for event in tracer.events if event.is_unwound]
    assert unwound == ["raises", "passes"]


class Hostile:
    """Runs nobody's code but to complain."""

    ran: ClassVar[list[str]] = []

    def __repr__(self):
        self.ran.append("repr")
        return "?"

    def __eq__(self, other):
        Hostile.ran.append("eq")
        return True

    def __hash__(self):
        Hostile.ran.append("hash")
        return 1

    def __getattr__(self, name):
        Hostile.ran.append(name)
        raise AttributeError(name)

    def __len__(self):
        Hostile.ran.append("len")
        return 1


def test_no_code_of_the_program_runs() -> None:
    def take(value, values):
        return value

    tracer = FunctionTracer([HERE])
    value = Hostile()
    with tracer:
        take(value, [value])
    assert repr(tracer.events[0].args) == "{'value': Hostile(), 'values': [Hostile()]}"
    assert type(tracer.events[0].args["value"]) is StandIn
    assert tracer.format_trace() == "take(value=Hostile(), values=[Hostile()]) -> Hostile()"
    assert Hostile.ran == []
    assert tracer.problems == 0


def test_values_are_those_at_the_call_and_at_the_return() -> None:
    def push(items):
        items.append(2)
        return items

    tracer = FunctionTracer([HERE])
    with tracer:
        push([1])
    call, result = tracer.events
    assert (call.args, result.return_value) == ({"items": [1]}, [1, 2])


def test_objects_are_not_kept_alive() -> None:
    import gc
    import weakref

    class Thing:
        pass

    def take(thing):
        alive = weakref.ref(thing)
        del thing
        gc.collect()
        return alive() is None

    def make():
        return take(Thing())

    tracer = FunctionTracer([HERE])
    with tracer:
        thing = Thing()
        alive = weakref.ref(thing)
        double(1)
        take(thing)
        del thing
    gc.collect()
    assert alive() is None


def test_what_costs_much_is_only_outlined_from_then_on() -> None:
    class Big:
        def __init__(self):
            self.text = "x" * 5000

        def use(self):
            return 1

    def take(rows):
        return len(rows)

    big = Big()
    tracer = FunctionTracer([HERE], "verbose")
    with tracer:
        for _ in range(3):
            big.use()
        for _ in range(3):
            take([[f"text {n}" for n in range(500)]])
        take(list(range(5000)))
    shown = [repr(event.args) for event in tracer.events if event.event_type == "call"]
    assert len(shown[1]) < 100
    assert "Big" in shown[1]
    assert shown[4] == "{'rows': <list of 1>}"
    assert shown[6] == "{'rows': <list of 5,000>}"


def test_serializers_plug_in() -> None:
    import decimal

    def pay(amount, times):
        return amount

    tracer = TracedSnapshot(
        [HERE], serializers={"decimal.Decimal": lambda value: "money", "int": lambda value: f"#{value}"}
    )
    with tracer:
        pay(decimal.Decimal("1.5"), 2)
    assert tracer.format_trace() == "pay(amount=money, times=#2) -> money"


def test_repeats_are_folded() -> None:
    def pair(n):
        double(n)
        double(n + 1)

    tracer = FunctionTracer([HERE])
    with tracer:
        for _ in range(1000):
            double(1)
        for n in (1, 2, 1, 2, 1, 2):
            pair(n)
    assert tracer.format_trace().split("\n") == [
        "double(x=1) -> 2  x 1,000",
        "x 3:",
        "  pair(n=1) -> None",
        "    double(x=1) -> 2",
        "    double(x=2) -> 4",
        "  pair(n=2) -> None",
        "    double(x=2) -> 4",
        "    double(x=3) -> 6",
    ]


def test_nothing_that_differs_between_runs_is_shown(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)

    def show(text, thing):
        return thing

    tracer = FunctionTracer([HERE])
    with tracer:
        show(f"{object()} {tmp_path}/a.txt", object())
    assert tracer.format_trace() == (
        "show(text='<object object at 0x...> a.txt', thing=object()) -> object()"
    )


def test_a_mistake_in_add_event_does_not_reach_the_program() -> None:
    class Broken(FunctionTracer):
        def add_event(self, event: CallEvent) -> None:
            raise RuntimeError("no")

    tracer = Broken([HERE])
    with tracer:
        assert double(2) == 4
    assert tracer.problems == 2


def test_a_deep_recursion_is_traced_to_its_end() -> None:
    def down(n):
        return down(n + 1)

    tracer = FunctionTracer([HERE])
    with tracer, pytest.raises(RecursionError):
        down(0)
    TraceValidator().validate_call_balance(tracer.events)
    assert calls(tracer).count("down") > 500
    assert double(1) == 2


def test_the_call_graph_and_the_calls() -> None:
    def main():
        double(1)
        double(2)

    tracer = FunctionTracer([HERE])
    with tracer:
        main()
    name = f"{__name__}.{main.__qualname__}"
    assert tracer.build_call_graph() == {"<outside>": {name: 1}, name: {f"{__name__}.double": 2}}
    assert tracer.get_function_calls()[1] == {
        "function": f"{__name__}.double",
        "args": {"x": "1"},
        "depth": 1,
        "returned": "2",
    }


class Colour(enum.Enum):
    RED = 1


def test_members_of_enumerations_are_always_kept() -> None:
    def paint(colour, old, raw):
        return colour

    tracer = FunctionTracer([HERE])
    with tracer:
        for _ in range(1000):
            paint(Colour.RED, None, b"raw")
    assert tracer.format_trace().startswith(
        "paint(colour=Colour.RED, old=None, raw=b'raw') -> Colour.RED  x "
    )
    assert {repr(event.args["colour"]) for event in tracer.events[::2]} == {"Colour.RED"}
    assert {repr(event.return_value) for event in tracer.events[1::2]} == {"Colour.RED"}

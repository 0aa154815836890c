"""What was promised in code, as it was promised: the snippets run as they stand, given what they import."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import defaultdict

import pytest

import pytead
from pytead import (
    AsyncTracer,
    CallEvent,
    CallStackManager,
    FunctionTracer,
    PerformanceTracker,
    RecursiveTracker,
    StreamingTracer,
    TracedExecution,
    TracedSnapshot,
    TracedSnapshotExtension,
    TraceError,
    TraceProcessor,
    TraceValidator,
    TracingDiagnostics,
    trace_legacy_system,
)

test_data = {"name": "Ann", "items": [3, 4]}
test_input = 3


def preprocess_data(data):
    return {**data, "name": data["name"].strip()}


def validate_data(data):
    assert data["name"]
    return data


def finalize_data(data):
    return sum(data["items"])


def business_function(number):
    return helper(number) + helper(number)


def helper(number):
    return number * 2


complex_business_function = finalize_data


def complex_algorithm(data):
    return [helper(item) for item in data["items"]]


def complex_workflow(data):
    processed = preprocess_data(data)
    validated = validate_data(processed)
    return finalize_data(validated)


def make_event(event_type="call", name="f", value=None):
    return CallEvent(
        event_type=event_type,
        function_name=name,
        filename="f.py",
        line_number=1,
        args={},
        return_value=value,
        depth=0,
        timestamp=0.0,
        thread_id="1",
        memory_usage=0,
    )


def test_function_tracer_captures_calls():
    tracer = FunctionTracer()

    def test_function(x, y):
        return x + y

    with tracer:
        result = test_function(1, 2)

    events = tracer.get_events()
    assert len(events) == 2  # call and return
    assert events[0].event_type == "call"
    assert events[0].function_name == "test_function"
    assert events[0].args == {"x": 1, "y": 2}
    assert events[1].return_value == 3
    assert result == 3


def test_complex_business_logic(snapshot):
    traced = TracedSnapshot()

    with traced:
        result = complex_business_function(test_data)

    # Capture both result and execution trace
    combined_snapshot = {
        "result": result,
        "execution_trace": traced.format_trace(),
        "performance_metrics": traced.get_metrics(),
    }

    assert combined_snapshot == snapshot


def test_tracer_has_the_parts_shown():
    tracer = FunctionTracer(filter_modules=None)
    assert tracer.filter_modules == []
    assert tracer.events == []
    assert tracer.call_stack == []
    assert isinstance(tracer.thread_local, type(threading.local()))


def test_trace_function_is_one_for_sys_settrace():
    import sys

    tracer = FunctionTracer()
    before = sys.gettrace()
    sys.settrace(tracer.trace_function)
    try:
        helper(2)
    finally:
        sys.settrace(before)
    assert [event.event_type for event in tracer.get_events()] == ["call", "return"]


def test_patterns():
    tracer = FunctionTracer(
        filter_modules=[
            "myapp.*",  # Application code
            "business_logic.*",  # Business modules
            "!numpy.*",  # Exclude numpy
            "!pandas.*",  # Exclude pandas
        ]
    )
    with tracer:
        helper(1)
    assert tracer.get_events() == []


@pytest.fixture(name="function_tracer")
def function_tracer_of_this_module():
    tracer = FunctionTracer(filter_modules=[f"{__name__}.*"])
    yield tracer
    tracer.cleanup()


def test_with_tracing(function_tracer, snapshot):
    with function_tracer:
        result = business_function(test_input)

    execution_summary = {
        "result": result,
        "call_trace": function_tracer.format_events(),
        "metrics": function_tracer.get_metrics(),
    }

    assert execution_summary == snapshot


@pytest.mark.parametrize("trace_level", ["minimal", "detailed", "verbose"])
def test_different_trace_levels(trace_level, snapshot):
    tracer = FunctionTracer(detail_level=trace_level)

    with tracer:
        result = complex_algorithm(test_data)

    assert result == [6, 8]
    assert tracer.format_trace() == snapshot


def test_traced_snapshot_integration(snapshot):
    traced = TracedSnapshot()
    with traced:
        result = complex_workflow(test_data)

    # Comprehensive snapshot including execution trace
    full_context = {
        "input": test_data,
        "output": result,
        "execution_trace": traced.format_trace(),
        "function_calls": traced.get_function_calls(),
        "call_graph": traced.build_call_graph(),
    }

    assert full_context == snapshot


def test_the_extension(snapshot):
    traced = TracedSnapshot()
    with traced:
        result = complex_workflow(test_data)
    execution = traced.execution(result)
    assert isinstance(execution, TracedExecution)
    assert execution.calls[0].function_name == "complex_workflow"
    assert execution.calls[0].return_value == 7
    assert execution == snapshot(extension_class=TracedSnapshotExtension)


def test_call_stack_manager():
    manager = CallStackManager()
    assert isinstance(manager.call_counts, defaultdict)
    manager.enter_call(make_event(name="a"))
    manager.enter_call(make_event(name="b"))
    ended = manager.exit_call(make_event("return", "b", 5))
    assert (ended.function_name, ended.return_value) == ("b", 5)
    assert (manager.max_depth, dict(manager.call_counts), len(manager.stack)) == (2, {"a": 1, "b": 1}, 1)
    manager.exit_call(make_event("return", "a"))
    assert manager.exit_call(make_event("return", "a")) is None


def test_performance_tracker():
    tracer = FunctionTracer()
    with tracer:
        business_function(1)
    metrics = PerformanceTracker().collect_metrics(tracer.get_events())
    assert set(metrics) == {
        "total_execution_time",
        "function_call_counts",
        "max_call_depth",
        "hot_spots",
        "memory_usage",
    }
    assert metrics["function_call_counts"] == {f"{__name__}.business_function": 1, f"{__name__}.helper": 2}
    assert metrics["max_call_depth"] == 2
    assert {spot["function"] for spot in metrics["hot_spots"]} == set(metrics["function_call_counts"])
    whole = next(event for event in tracer.get_events() if event.call_id == 1 and event.duration is not None)
    assert metrics["total_execution_time"] == whole.duration > 0
    assert metrics["memory_usage"] is None


def test_recursive_tracker():
    tracker = RecursiveTracker()
    tracker.track_recursive_call("f", {"n": 2})
    assert tracker.recursion_patterns == {"f": []}
    tracker.track_recursive_call("f", {"n": 1})
    (call,) = tracker.recursion_patterns["f"]
    assert (call["depth"], call["args"]) == (0, {"n": 1})
    assert call["timestamp"] <= time.time()


def test_async_tracer():
    async def work(number):
        await asyncio.sleep(0)
        return helper(number)

    async def main(tracer):
        found = await tracer.trace_async_function(work, 4)
        with tracer.trace_context("mine"):
            await work(5)
        return found

    tracer = AsyncTracer(filter_modules=[f"{__name__}.*"])
    assert asyncio.run(main(tracer)) == 8
    stacks = tracer.task_call_stacks
    assert [[call.function_name for call in calls] for calls in stacks.values()] == [["work", "helper"]] * 2
    assert list(tracer.async_tasks) == list(stacks)
    assert "mine" in stacks


def test_streaming_tracer():
    batches = []

    class Processor(TraceProcessor):
        def process_batch(self, events):
            batches.append(len(events))
            super().process_batch(events)

    tracer = StreamingTracer(buffer_size=4, trace_processor=Processor())
    with tracer:
        for number in range(5):
            helper(number)
    assert batches == [4, 4, 2]
    assert tracer.trace_processor.events == 10
    assert tracer.trace_processor.call_counts == {f"{__name__}.helper": 5}
    assert tracer.get_events() == tracer.event_buffer == []


def test_a_subclass_gets_every_event():
    class Mine(FunctionTracer):
        def __init__(self):
            super().__init__()
            self.seen = []

        def add_event(self, event):
            self.seen.append((event.event_type, event.function_name, self.is_running))

    tracer = Mine()
    with tracer:
        helper(1)
    assert tracer.seen == [("call", "helper", True), ("return", "helper", True)]


def test_trace_legacy_system():
    found = trace_legacy_system(business_function, number=3)
    assert found["result"] == 12
    assert found["called_functions"] == [f"{__name__}.business_function", f"{__name__}.helper"]
    assert [step["event"] for step in found["execution_flow"]] == [
        "call", "call", "return", "call", "return", "return",
    ]  # fmt: skip
    assert found["performance_data"]["function_call_counts"][f"{__name__}.helper"] == 2


def test_trace_validator():
    validator = TraceValidator()
    validator.validate_call_balance([make_event(), make_event("return")])
    with pytest.raises(TraceError, match="Return without matching call"):
        validator.validate_call_balance([make_event("return")])
    with pytest.raises(TraceError, match="Unmatched function calls"):
        validator.validate_call_balance([make_event()])


def test_tracing_diagnostics():
    tracer = FunctionTracer()
    with tracer:
        for number in range(200):
            business_function(number)
    report = TracingDiagnostics().analyze_performance_impact(tracer)
    assert set(report) == {"overhead_percentage", "memory_usage_mb", "events_per_second", "bottlenecks"}
    assert report["overhead_percentage"] > 0
    assert report["memory_usage_mb"] > 0
    assert report["events_per_second"] > 0
    assert {spot["function"] for spot in report["bottlenecks"]} <= set(tracer.get_function_list())


def test_every_name_is_importable_from_both_places():
    import pytead.flow as flow

    for name in flow.__all__:
        assert getattr(pytead, name) is getattr(flow, name)
    assert set(flow.__all__) <= set(pytead.__all__)
    with pytest.raises(AttributeError):
        pytead.nothing  # noqa: B018

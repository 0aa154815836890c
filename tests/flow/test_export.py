"""Flows in files: what their viewers' formats demand."""

from __future__ import annotations

import gzip
import json
import re
import threading

import pytest

from pytead.errors import PyteadError
from pytead.flow import FunctionTracer, StreamingTracer, TraceProcessor
from pytead.flow.export import FORMATS, export, format_of


def leaf(n):
    if n == 3:
        raise ValueError("three")
    return n


def numbers():
    yield leaf(1)
    yield leaf(2)


def main():
    list(numbers())
    unfinished = numbers()
    next(unfinished)
    try:
        leaf(3)
    except ValueError:
        pass
    thread = threading.Thread(target=leaf, args=('<&">',))
    thread.start()
    thread.join()


@pytest.fixture(scope="module")
def events():
    tracer = FunctionTracer([f"{__name__}.*"], "verbose")
    with tracer:
        main()
    return tracer.get_events()


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("a.json", "chrome"),
        ("a.trace.json.gz", "chrome"),
        ("a.speedscope.json", "speedscope"),
        ("a.folded", "collapsed"),
        ("a.mmd", "mermaid"),
        ("A.DOT", "graphviz"),
        ("a.jsonl.gz", "jsonl"),
        ("a.txt", "text"),
    ],
)
def test_the_name_says_the_format(name: str, meant: str) -> None:
    assert format_of(name) == meant
    assert meant in FORMATS


def test_a_name_that_says_nothing_is_refused(tmp_path) -> None:
    with pytest.raises(PyteadError, match="says no format") as caught:
        format_of("flow.xyz")
    assert caught.value.slug == "flow-format"
    with pytest.raises(PyteadError, match="can't write") as caught:
        export([], tmp_path / "missing" / "a.json")
    assert caught.value.slug == "flow-unwritable"


def test_chrome(events, tmp_path) -> None:
    export(events, tmp_path / "a.json.gz")
    with gzip.open(tmp_path / "a.json.gz", "rt", encoding="utf-8") as stream:
        trace = json.load(stream)
    assert set(trace) == {"traceEvents", "displayTimeUnit"}
    stacks: dict[int, list[str]] = {}
    for event in trace["traceEvents"]:
        assert {"name", "ph", "pid", "tid"} <= set(event)
        if event["ph"] in "BEi":
            assert event["ts"] >= 0
        if event["ph"] == "B":
            stacks.setdefault(event["tid"], []).append(event["name"])
        elif event["ph"] == "E":
            assert stacks[event["tid"]].pop() == event["name"]
        elif event["ph"] == "i":
            assert event["s"] in "gpt"
    assert not any(stacks.values())
    assert len(stacks) == 2


def test_speedscope(events, tmp_path) -> None:
    export(events, tmp_path / "a.speedscope.json")
    file = json.loads((tmp_path / "a.speedscope.json").read_text("utf-8"))
    assert file["$schema"] == "https://www.speedscope.app/file-format-schema.json"
    frames = file["shared"]["frames"]
    assert {frame["name"] for frame in frames} >= {f"{__name__}.main", f"{__name__}.leaf"}
    assert all(set(frame) <= {"name", "file", "line", "col"} for frame in frames)
    assert len(file["profiles"]) == 2
    for profile in file["profiles"]:
        assert set(profile) == {"type", "name", "unit", "startValue", "endValue", "events"}
        assert (profile["type"], profile["unit"]) == ("evented", "microseconds")
        stack, at = [], profile["startValue"]
        for event in profile["events"]:
            assert at <= event["at"] <= profile["endValue"]
            at = event["at"]
            if event["type"] == "O":
                stack.append(event["frame"])
            else:
                assert stack.pop() == event["frame"]
        assert not stack


def test_collapsed(events, tmp_path) -> None:
    export(events, tmp_path / "a.folded")
    lines = (tmp_path / "a.folded").read_text("utf-8").splitlines()
    assert all(re.fullmatch(r"[\w.;<>]+ \d+", line) for line in lines)
    assert f"{__name__}.main;{__name__}.numbers;{__name__}.leaf" in {
        line.rpartition(" ")[0] for line in lines
    }


def test_graphs(events, tmp_path) -> None:
    export(events, tmp_path / "a.mmd")
    export(events, tmp_path / "a.dot")
    mermaid = (tmp_path / "a.mmd").read_text("utf-8").splitlines()
    dot = (tmp_path / "a.dot").read_text("utf-8").splitlines()
    assert mermaid[0] == "flowchart LR"
    assert dot[0] == "digraph calls {"
    assert dot[-1] == "}"
    names = {re.fullmatch(r'    (f\d+)\["(.*)"\]', line)[2] for line in mermaid[1:] if "[" in line}
    assert names == {f"{__name__}.{name}" for name in ("main", "numbers", "leaf")}
    assert sum('-->|"2"|' in line or '-->|"3"|' in line for line in mermaid) == 2
    assert sum("->" in line for line in dot) == sum("-->" in line for line in mermaid) == 3


def test_names_that_the_formats_have_a_meaning_for_are_quoted(tmp_path) -> None:
    call = lambda: leaf("a;b")  # noqa: E731 - for its name
    tracer = FunctionTracer([f"{__name__}.*"])
    with tracer:
        call()
    for name in ("a.mmd", "a.dot", "a.folded"):
        export(tracer.get_events(), tmp_path / name)
    mermaid, dot, folded = ((tmp_path / name).read_text("utf-8") for name in ("a.mmd", "a.dot", "a.folded"))
    assert "&lt;locals&gt;.&lt;lambda&gt;" in mermaid
    assert "<lambda>" not in mermaid
    ends = r'(f\d+ \[label="[^"]+"\]|f\d+ -> f\d+ \[label="\d+"\]|rankdir=LR|node \[shape=box\]);'
    assert all(re.fullmatch(ends, line.strip()) for line in dot.splitlines()[1:-1])
    assert all(line.rpartition(" ")[0].count(";") <= 1 for line in folded.splitlines())


@pytest.mark.parametrize("ending", ["trace.json", "speedscope.json", "folded", "mmd", "dot", "jsonl", "txt"])
def test_every_format_is_compressed_where_the_name_says_so(events, tmp_path, ending: str) -> None:
    export(events, tmp_path / f"a.{ending}")
    export(events, tmp_path / f"a.{ending}.gz")
    with gzip.open(tmp_path / f"a.{ending}.gz", "rb") as stream:
        assert stream.read() == (tmp_path / f"a.{ending}").read_bytes()


def test_json_lines_and_text(events, tmp_path) -> None:
    export(events, tmp_path / "a.jsonl")
    export(events, tmp_path / "a.txt")
    lines = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text("utf-8").splitlines()]
    assert [line["event_type"] for line in lines] == [event.event_type for event in events]
    assert next(line["args"] for line in lines if line["args"]) == {"n": 1}
    assert (tmp_path / "a.txt").read_text("utf-8").startswith("main() -> None\n  numbers() yields 1, 2\n")


def test_a_stream_of_events_is_written_as_it_comes(tmp_path) -> None:
    path = tmp_path / "a.jsonl"
    processor = TraceProcessor(path)
    tracer = StreamingTracer(100, [f"{__name__}.*"], trace_processor=processor)
    with tracer:
        for number in range(10_000, 20_000):
            leaf(number)
        assert path.stat().st_size > 1_000_000
        assert len(tracer.event_buffer) < 200
    processor.close()
    assert len(path.read_text("utf-8").splitlines()) == processor.events == 20_000

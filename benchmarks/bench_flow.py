"""Tracing a flow with its values, beside the bare callbacks of each engine, cProfile, and peers that are installed."""

from __future__ import annotations

import cProfile
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.flow_programs import PROGRAMS, loop, seed_workload
from pytead.flow import FunctionTracer, StreamingTracer, TraceProcessor

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.conftest import Compare
    from benchmarks.timing import Action, Actions

ENGINES = ("settrace", *(("monitoring",) if sys.version_info >= (3, 12) else ()))


def _traced(run: Action, patterns: list[str], **options: Any) -> Action:
    def act() -> None:
        with FunctionTracer(patterns, **options) as tracer:
            run()
        tracer.cleanup()

    return act


def _read(run: Action, patterns: list[str]) -> Action:
    def act() -> None:
        with FunctionTracer(patterns) as tracer:
            run()
        tracer.get_events()
        tracer.cleanup()

    return act


def _profiled(run: Action) -> Action:
    def act() -> None:
        profile = cProfile.Profile()
        profile.enable()
        run()
        profile.disable()

    return act


def _bare_trace(run: Action) -> Action:
    def local(frame: Any, event: str, arg: Any) -> Any:
        return local

    def called(frame: Any, event: str, arg: Any) -> Any:
        frame.f_trace_lines = False
        return local

    def act() -> None:
        before = sys.gettrace()
        sys.settrace(called)
        try:
            run()
        finally:
            sys.settrace(before)

    return act


def _bare_profile(run: Action) -> Action:
    def act() -> None:
        sys.setprofile(lambda frame, event, arg: None)
        try:
            run()
        finally:
            sys.setprofile(None)

    return act


def _bare_monitoring(run: Action) -> Action:
    def act() -> None:
        monitoring: Any = sys.monitoring  # type: ignore[attr-defined, unused-ignore]
        start, end = monitoring.events.PY_START, monitoring.events.PY_RETURN
        monitoring.use_tool_id(4, "bare")
        monitoring.register_callback(4, start, lambda code, offset: None)
        monitoring.register_callback(4, end, lambda code, offset, value: None)
        monitoring.set_events(4, start | end)
        try:
            run()
        finally:
            monitoring.set_events(4, 0)
            monitoring.free_tool_id(4)

    return act


def _viztracer(run: Action) -> Action:
    from viztracer import VizTracer  # type: ignore[import-not-found, unused-ignore]

    def act() -> None:
        tracer = VizTracer(log_func_args=True, log_func_retval=True, verbose=0, tracer_entries=3_000_000)
        tracer.start()
        run()
        tracer.stop()
        tracer.parse()

    return act


def _hunter(run: Action) -> Action:
    import hunter  # type: ignore[import-not-found, unused-ignore]

    def act() -> None:
        with (
            open("/dev/null", "w", encoding="utf-8") as stream,
            hunter.trace(kind_in=("call", "return"), action=hunter.CallPrinter(stream=stream)),
        ):
            run()

    return act


def _kolo(run: Action) -> Action:
    import tempfile
    from pathlib import Path

    import kolo  # type: ignore[import-not-found, unused-ignore]

    libraries = {"filters": {"include_frames": ["markdown_it", "sqlglot"]}}

    def act() -> None:
        with (
            tempfile.TemporaryDirectory() as folder,
            kolo.enable(config=libraries, _save_in_thread=False, _db_path=Path(folder) / "kolo.sqlite3"),
        ):
            run()

    return act


PEERS = {"viztracer": _viztracer, "hunter": _hunter, "kolo": _kolo}


@pytest.mark.parametrize("name", PROGRAMS)
def bench_everything_with_values(compare: Compare, name: str) -> None:
    """Slow-down of programs all of whose calls are traced.

    The engines stand without the reading of events, as it is done when somebody asks for them, and ``read`` with it; of
    the peers, the end is counted as far as it makes the trace usable.
    """
    run, patterns = PROGRAMS[name]
    run()
    actions: Actions = {"bare": run}
    actions |= {f"pytead {engine}": _traced(run, patterns, engine=engine) for engine in ENGINES}
    actions["pytead read"] = _read(run, patterns)
    actions["cProfile"] = _profiled(run)
    actions["bare settrace"] = _bare_trace(run)
    actions["bare setprofile"] = _bare_profile(run)
    if "monitoring" in ENGINES:
        actions["bare monitoring"] = _bare_monitoring(run)
    actions |= {peer: make(run) for peer, make in PEERS.items() if find_spec(peer)}
    compare.slowdown(name, actions, rounds=5)


@pytest.mark.parametrize("name", [name for name in PROGRAMS if "sqlglot" in name or "markdown" in name])
def bench_own_modules_only(compare: Compare, name: str) -> None:
    """A program of one's own that spends its time in a library, which isn't traced."""
    run, _ = PROGRAMS[name]
    run()
    actions = {"bare": run, "pytead": _traced(run, ["benchmarks.*"]), "cProfile": _profiled(run)}
    compare.slowdown(f"{name}, not traced", actions, rounds=9)


def bench_a_loop(compare: Compare) -> None:
    """A Python loop inside one traced function."""
    actions: Actions = {"bare": loop}
    actions |= {f"pytead {engine}": _traced(loop, ["benchmarks.*"], engine=engine) for engine in ENGINES}
    compare.slowdown("a loop in a traced function", actions, rounds=15)


def bench_a_hundred_calls_that_do_something(compare: Compare) -> None:
    """``sum(range(10000))``, a hundred times: to be under 1.05."""
    actions = {"bare": seed_workload, "pytead": _traced(seed_workload, ["benchmarks.*"])}
    compare.slowdown("sum(range(10000)) x 100", actions, rounds=15)


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.folded"])
def bench_a_million_events_in_flat_memory(tmp_path: Path, name: str) -> None:
    """The memory that streaming to a file takes doesn't grow with the number of events: ten times as many, and no more.

    ``PYTEAD_EVENTS=10000000`` makes it ten million.
    """
    import os

    run, patterns = PROGRAMS["fib(22)"]
    processor = TraceProcessor(tmp_path / name)
    held = []
    with StreamingTracer(10_000, patterns, trace_processor=processor):
        for part in (1, 10):
            while processor.events < int(os.environ.get("PYTEAD_EVENTS", "1000000")) * part // 10:
                run()
            held.append(_resident())
    processor.close()
    assert held[1] < held[0] + (8 << 20), held


def _resident() -> int:
    """Bytes that the process has in memory; 0 where the system doesn't tell."""
    try:
        with open("/proc/self/statm", encoding="ascii") as stream:
            return int(stream.read().split()[1]) * 4096
    except OSError:
        return 0

"""``FunctionTracer``: traces what runs between its start and its stop."""

from __future__ import annotations

import threading
from _weakref import ref
from time import perf_counter, time
from typing import TYPE_CHECKING, Any

from pytead.flow.engines import choose, make
from pytead.flow.formatting import MINIMAL, VERBOSE, Formatter, detail_of, execution_order
from pytead.flow.recording import Recording, Wanted
from pytead.flow.replay import Replay
from pytead.flow.sites import Selection

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import FrameType, TracebackType

    from pytead.flow.engines import Engine
    from pytead.flow.events import CallEvent
    from pytead.flow.metrics import PerformanceMetrics


class FunctionTracer:
    """Traces calls of Python functions, in this thread and in threads and tasks that are started meanwhile.

    Use it in a ``with`` statement, or with ``start`` and ``stop``. It may be used again, which adds to what it has,
    and inside itself and other tracers.

    Args:
        filter_modules: patterns of what is traced, such as ``["myapp.*", "!myapp.private.*", "re:..."]``; by default
            everything but the standard library and installed packages.
        detail_level: ``minimal`` (no values), ``standard`` or ``detailed``, ``verbose`` (exceptions on their way too).
        engine: ``auto``, ``monitoring``, ``setprofile`` or ``settrace``.
        lines: whether there is an event for each line that runs.
        exceptions: whether there is an event in each frame that an exception passes; by default in ``verbose``.
        memory: whether events carry the memory in use. ``tracemalloc`` is started for it, which slows the program.
        serializers: how values of some types are written; see ``Formatter``.
        aliases: further names of modules for the patterns, such as ``{"__main__": ("main",)}``.

    Raises:
        PyteadError: ``bad-pattern``, ``flow-detail`` or ``flow-engine``.
    """

    def __init__(
        self,
        filter_modules: Sequence[str] | str | None = None,
        detail_level: str = "standard",
        *,
        engine: str = "auto",
        lines: bool = False,
        exceptions: bool | None = None,
        memory: bool = False,
        serializers: Mapping[str, Callable[[Any], str]] | None = None,
        aliases: dict[str, tuple[str, ...]] | None = None,
    ) -> None:
        patterns = (filter_modules,) if isinstance(filter_modules, str) else tuple(filter_modules or ())
        self.filter_modules = list(patterns)
        self.detail_level = detail_of(detail_level)
        self.thread_local = threading.local()
        self._formatter = Formatter(self.detail_level, serializers)
        self._wanted = Wanted(
            values=self.detail_level != MINIMAL,
            exceptions=self.detail_level == VERBOSE if exceptions is None else exceptions,
            lines=lines,
            memory=memory,
        )
        self._asked = engine
        choose(engine, self._wanted)
        self._selection = Selection(patterns, aliases)
        self._lock = threading.RLock()
        self._running = 0
        self._is_to_stop = False
        self._engine: Engine | None = None
        self._engine_name = ""
        self._engine_reason = ""
        self._started_memory = False
        self._trace: Any = None
        self._others: dict[int, Any] = {}
        self._without: frozenset[int] = frozenset()
        self._limit = self._drain_limit()
        self.clear()

    # What is running.

    def start(self) -> None:
        """Begin to trace; once more only counts, until as many times ``stop`` was called.

        Raises:
            PyteadError: ``flow-engine-busy``, where a debugger or tracer is in the way that can't share.
        """
        with self._lock:
            if not self._running and self._recording.buffer:
                self._drain()  # while it is known which threads are to be left out of it
            self._running += 1
            if self._running > 1:
                return
            try:
                if self._wanted.memory:
                    self._start_memory()
                choice = choose(self._asked, self._wanted)
                self._engine_name, self._engine_reason = choice
                self._engine = make(choice.name, self._recording)
                self._note_other_threads()
                self._begun = perf_counter()
                self._engine.start()
            except BaseException:
                self._running -= 1
                self._engine = None
                raise

    def stop(self) -> None:
        """End tracing. More often than it was started does nothing."""
        engine = self._engine
        if engine is not None and self._running == 1:
            engine.stop()  # first, so that nothing of ours is traced
        with self._lock:
            if not self._running:
                return
            self._running -= 1
            if self._running:
                return
            self._engine = None
            self._active += perf_counter() - self._begun
            self._without = self._other_threads()
            if self._started_memory:
                import tracemalloc

                tracemalloc.stop()
                self._started_memory = False
            if self._limit:
                self._drain()
                self._replay.finish()

    def stop_soon(self) -> None:
        """End tracing once the events that are there have been delivered: for who takes them, and wants no more."""
        self._is_to_stop = True

    def lock_over_fork(self, in_child: Callable[[], object]) -> None:
        """See to it that forks of this process find the tracer in order, and call ``in_child`` there."""
        import os

        def child() -> None:
            self._lock.release()
            in_child()

        if hasattr(os, "register_at_fork"):
            os.register_at_fork(
                before=self._lock.acquire, after_in_parent=self._lock.release, after_in_child=child
            )

    def __enter__(self) -> Any:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def is_running(self) -> bool:
        """Whether it traces now."""
        return self._running > 0

    @property
    def engine(self) -> str:
        """Name of the engine that traces or traced; empty before the first start."""
        return self._engine_name

    @property
    def engine_reason(self) -> str:
        """Why it is that engine."""
        return self._engine_reason

    @property
    def problems(self) -> int:
        """How many values or events were lost to mistakes while they were taken; 0 but for a defect."""
        return self._recording.problems

    def trace_function(self, frame: FrameType, event: str, arg: Any) -> Any:
        """A trace function as ``sys.settrace`` takes it, for who wants to set it himself."""
        if self._trace is None:
            from pytead.flow.engines.settrace import trace_function

            self._trace = trace_function(self._recording, None, [True])
        return self._trace(frame, event, arg)

    def cleanup(self) -> None:
        """Stop, however often it was started, and forget all events."""
        while self._running:
            self.stop()
        self.clear()

    def clear(self) -> None:
        """Forget all events."""
        with self._lock:
            self._events: list[CallEvent] = []
            drain = self._drain if self._limit else None
            self._recording = Recording(self._selection, self._wanted, drain, self._limit)
            self._replay = self._new_replay()
            self._trace = None
            self._active = 0.0
            self._begun = perf_counter()

    def _note_other_threads(self) -> None:
        """What ran before is not what the program starts while it is traced, and would be there by chance."""
        here = threading.get_ident()
        with threading._active_limbo_lock:  # type: ignore[attr-defined]
            active = dict(threading._active)  # type: ignore[attr-defined]
        self._others = {ident: ref(thread) for ident, thread in active.items() if ident != here}

    def _other_threads(self) -> frozenset[int]:
        """The threads noted that still run. The identifier of one that has ended may be a new one's by now."""
        alive = []
        for ident, reference in list(self._others.items()):
            thread = reference()
            if thread is not None and threading.Thread.is_alive(thread):
                alive.append(ident)
            else:
                self._others.pop(ident, None)
        return frozenset(alive)

    def _start_memory(self) -> None:
        import tracemalloc

        if not tracemalloc.is_tracing():
            tracemalloc.start()
            self._started_memory = True

    # Events.

    def add_event(self, event: CallEvent) -> None:
        """Take an event. A subclass that overrides this gets every event, as it happens."""
        self._events.append(event)

    @property
    def events(self) -> list[CallEvent]:
        """All events so far."""
        return self.get_events()

    @property
    def call_stack(self) -> list[CallEvent]:
        """The calls that are under way, the outermost first."""
        open_calls: dict[int, CallEvent] = {}
        for event in self.get_events():
            if event.event_type == "call":
                open_calls[event.call_id] = event
            elif event.event_type == "return" and event.outcome != "unfinished":
                open_calls.pop(event.call_id, None)
        return list(open_calls.values()) if self._running else []

    def get_events(self) -> list[CallEvent]:
        """All events so far, in their order. While tracing goes on, calls that are under way have no return yet."""
        self._drain()
        if not self._running:
            with self._lock:
                self._replay.finish()
        return list(self._events)

    def _drain_limit(self) -> int:
        """How many records are held before they are turned into events; 0 for as many as there are."""
        return 1 if type(self).add_event is not FunctionTracer.add_event else 0

    def _drain(self) -> None:
        """Turn what the buffer holds into events. If that goes on already, who does it will come to all of it."""
        if not self._lock.acquire(blocking=not self._running):
            return
        try:
            self._replay.feed(
                self._recording.take(), without=self._other_threads() if self._running else self._without
            )
        finally:
            self._lock.release()
        if self._is_to_stop:
            self._is_to_stop = False
            while self._running:
                self.stop()

    def _new_replay(self) -> Replay:
        return Replay(
            self._wanted,
            self._deliver,
            time() - perf_counter(),
            with_suspensions=self.detail_level != MINIMAL,
        )

    def _deliver(self, event: CallEvent) -> None:
        try:
            self.add_event(event)
        except Exception:
            if not self._running:
                raise
            self._recording.problems += 1  # it must not reach the program that is traced

    # What they say.

    def format_trace(self) -> str:
        """The tree of calls as text, the same in every run of the same program."""
        return self._formatter.tree(self.get_events())

    def format_events(self) -> list[str]:
        """A line for each event, the same in every run of the same program."""
        return self._formatter.events(self.get_events())

    def get_metrics(self) -> dict[str, Any]:
        """What is the same in every run: counts, depth, order, and the functions called most."""
        from pytead.flow.metrics import stable_metrics

        return stable_metrics(self.get_events())

    def get_performance_metrics(self) -> PerformanceMetrics:
        """What was measured: times, memory, and what tracing itself cost."""
        from pytead.flow.metrics import PerformanceMetrics

        return PerformanceMetrics.of(self)

    get_timing_data = get_performance_metrics
    """The same by another name."""

    def get_execution_flow(self) -> list[dict[str, Any]]:
        """What happened, one after the other: event, function and depth."""
        return [
            {"event": event.event_type, "function": event.dotted, "depth": event.depth}
            for event in self.get_events()
        ]

    def get_function_list(self) -> list[str]:
        """Dotted names of the functions that were called, in the order of their first calls."""
        return execution_order(self.get_events())

    def get_function_calls(self) -> list[dict[str, Any]]:
        """Each call with its arguments and how it ended."""
        from pytead.flow.call_graph import function_calls

        return function_calls(self.get_events(), self._formatter)

    def build_call_graph(self) -> dict[str, dict[str, int]]:
        """Who called whom how often."""
        from pytead.flow.call_graph import build_call_graph

        return build_call_graph(self.get_events())

    def get_performance_summary(self) -> dict[str, Any]:
        """The metrics that are the same in every run, as ``get_metrics`` gives them."""
        return self.get_metrics()

    @property
    def traced_seconds(self) -> float:
        """Seconds for which it has been running."""
        return self._active + (perf_counter() - self._begun if self._running else 0.0)

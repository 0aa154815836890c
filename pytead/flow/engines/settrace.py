"""``sys.settrace``, on every interpreter. A trace function written in Python that is there already is called too."""

from __future__ import annotations

import sys
import threading
from _thread import get_ident
from time import perf_counter
from typing import TYPE_CHECKING, Any

from pytead.flow.engines import busy, is_chainable
from pytead.flow.engines.frames import is_return, is_start, is_yield
from pytead.flow.keeping import CLOSED, UNKNOWN
from pytead.flow.recording import current_task
from pytead.flow.records import (
    BREAK,
    CALL,
    ENTER,
    LEAVE,
    LINE,
    RAISE,
    RESUME,
    RETURN,
    UNWIND,
    YIELD,
)  # fmt: skip

if TYPE_CHECKING:
    from types import FrameType

    from pytead.flow.recording import Recording
    from pytead.flow.sites import CodeSite

TraceFunction = Any
"""``(frame, event, arg)`` to a trace function for that frame, or None."""


class TraceEngine:
    """Follows the thread that starts it and those that are started meanwhile."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._function: TraceFunction = None
        self._previous: TraceFunction = None
        self._previous_for_threads: TraceFunction = None
        self._switch = [True]

    def start(self) -> None:
        """Begin; see ``Engine``."""
        self._previous = sys.gettrace()
        if self._previous is not None and not is_chainable(self._previous):
            raise busy("sys.settrace", self._previous)
        self._previous_for_threads = threading.gettrace() if sys.version_info >= (3, 10) else None
        self._switch[:] = [True]
        self._function = trace_function(self._recording, self._previous, self._switch)
        threading.settrace(self._function)
        sys.settrace(self._function)

    def stop(self) -> None:
        """End; see ``Engine``."""
        self._switch[:] = []
        if sys.gettrace() is self._function:
            sys.settrace(self._previous)
        if threading.gettrace() is self._function:
            threading.settrace(self._previous_for_threads)
        self._function = None


def trace_function(recording: Recording, previous: TraceFunction, switch: list[bool]) -> TraceFunction:
    """The function for ``sys.settrace``.

    Args:
        recording: where to.
        previous: the trace function that was there, which is to go on.
        switch: empty once nothing is to be written any more.
    """
    local_of = _local_function(recording, switch)
    clock, ident, write = perf_counter, get_ident, recording.write
    keep_arguments = recording.keeper.keep_arguments
    sites, rejected, find = recording.sites, recording.rejected, recording.find
    has_lines = recording.wanted.lines

    def on_call(frame: FrameType, event: str, arg: Any) -> TraceFunction:
        if not switch:
            return previous and previous(frame, event, arg)
        followed = previous(frame, event, arg) if previous is not None else None
        if event != "call":
            return followed
        code = frame.f_code
        site = sites.get(id(code))
        if site is None and (id(code) in rejected or (site := find(frame)) is None):
            return followed
        try:
            if site.suspends:
                enter(site, frame)
            else:
                payload: Any = ()
                if site.arguments:
                    payload = keep_arguments(site, [*map(frame.f_locals.__getitem__, site.arguments)])
                write((CALL, site, clock(), ident(), frame.f_lasti, payload))
        except Exception:
            recording.problems += 1
            write((CALL, site, 0.0, ident(), 0, ()))
        if followed is not None:
            return _both(local_of, followed)
        if not has_lines:
            frame.f_trace_lines = False
        return local_of

    def enter(site: CodeSite, frame: FrameType) -> None:
        """What can be suspended begins or goes on."""
        task = current_task() if site.has_task else None
        if not is_start(site, frame):
            write((RESUME, site, clock(), ident(), frame.f_lasti, (id(frame), task)))
            return
        payload: Any = ()
        if site.arguments:
            payload = keep_arguments(site, [*map(frame.f_locals.__getitem__, site.arguments)])
        write((ENTER, site, clock(), ident(), frame.f_lasti, (id(frame), payload, task)))

    return on_call


def _both(ours: TraceFunction, theirs: TraceFunction) -> TraceFunction:
    def on_event(frame: FrameType, event: str, arg: Any) -> TraceFunction:
        nonlocal theirs
        ours(frame, event, arg)
        if theirs is not None:
            theirs = theirs(frame, event, arg)
        return on_event if theirs is not None else ours

    return on_event


def _local_function(recording: Recording, switch: list[bool]) -> TraceFunction:
    clock, ident, write = perf_counter, get_ident, recording.write
    sites = recording.sites
    keep, has_values = recording.keeper.value_keeper(), recording.wanted.values
    has_lines = recording.wanted.lines
    thrown_at: dict[int, int] = {}

    def keep_safely(site: CodeSite, value: Any) -> Any:
        try:
            return keep(site, value)
        except Exception:
            recording.problems += 1
            return None

    def leave(site: CodeSite, frame: FrameType, arg: Any) -> None:
        """What can be suspended returns, yields or is left by an exception."""
        at = frame.f_lasti
        is_returning = is_return(site, frame)
        thrown = thrown_at.pop(id(frame), None)
        if not is_returning and (not is_yield(site, frame) or (arg is None and thrown == at)):
            write((BREAK, site, clock(), ident(), at, (id(frame), UNKNOWN)))
            return
        is_kept = has_values and (is_returning or not site.is_awaited)
        value = keep_safely(site, arg) if is_kept else None
        write((LEAVE if is_returning else YIELD, site, clock(), ident(), at, (id(frame), value)))

    def on_event(frame: FrameType, event: str, arg: Any) -> TraceFunction:
        if not switch:
            return None
        site = sites[id(frame.f_code)]
        at = frame.f_lasti
        if event == "return":
            if not site.suspends:
                if arg is None:
                    if not is_return(site, frame):  # its exception was reported just before
                        write((UNWIND, site, clock(), ident(), at, UNKNOWN))
                        return None
                elif has_values:
                    cls = type(arg)
                    if not (cls is int or cls is bool or cls is float):
                        arg = keep_safely(site, arg)
                else:
                    arg = None
                write((RETURN, site, clock(), ident(), at, arg))
                return None
            leave(site, frame, arg)
        elif event == "exception":
            error = arg[1]
            if site.suspends:
                thrown_at[id(frame)] = at
            cls = arg[0]
            if cls is GeneratorExit:
                write((RAISE, site, clock(), ident(), at, CLOSED))
            elif error is None or isinstance(error, str):  # not made yet, as C code may leave it
                write((RAISE, site, clock(), ident(), at, UNKNOWN))
            else:
                write((RAISE, site, clock(), ident(), at, keep_safely(site, error)))
        elif event == "line" and has_lines:
            write((LINE, site, clock(), ident(), frame.f_lineno, None))
        return on_event

    return on_event

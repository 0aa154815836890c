"""``sys.monitoring``, on Python 3.12 and later: code that isn't traced is asked about once and then left alone."""

from __future__ import annotations

import sys
from _thread import get_ident
from time import perf_counter
from typing import TYPE_CHECKING, Any

from pytead.errors import PyteadError
from pytead.flow.keeping import CLOSED
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
    from collections.abc import Callable
    from types import CodeType

    from pytead.flow.recording import Recording
    from pytead.flow.sites import CodeSite

_TOOLS = (3, 4, 5, 2, 1, 0)
"""Tool ids, those first that stand for no kind of tool: 0 is for debuggers, 1 coverage, 2 profilers, 5 optimisers."""


def free_tool() -> int | None:
    """A tool id that nobody uses; None if there is none."""
    monitoring: Any = sys.monitoring  # type: ignore[attr-defined, unused-ignore]
    return next((tool for tool in _TOOLS if monitoring.get_tool(tool) is None), None)


class MonitoringEngine:
    """Each running one has a tool id of its own."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._tool: int | None = None

    def start(self) -> None:
        """Begin; see ``Engine``."""
        tool = free_tool()
        if tool is None:
            hint = "stop one of them, or use engine='settrace'"
            raise PyteadError("flow-engine-busy", "sys.monitoring has no free tool id", hint)
        monitoring: Any = sys.monitoring  # type: ignore[attr-defined, unused-ignore]
        monitoring.use_tool_id(tool, "pytead-flow")
        self._tool = tool
        chosen = 0
        for name, callback in _callbacks(self._recording).items():
            event = getattr(monitoring.events, name)
            monitoring.register_callback(tool, event, callback)
            chosen |= event
        monitoring.set_events(tool, chosen)
        monitoring.restart_events()  # what an earlier tool of this id has disabled would stay so

    def stop(self) -> None:
        """End; see ``Engine``."""
        if self._tool is None:
            return
        monitoring: Any = sys.monitoring  # type: ignore[attr-defined, unused-ignore]
        monitoring.set_events(self._tool, 0)
        for name in _EVENTS:
            monitoring.register_callback(self._tool, getattr(monitoring.events, name), None)
        monitoring.free_tool_id(self._tool)
        self._tool = None


_EVENTS = ("PY_START", "PY_RESUME", "PY_RETURN", "PY_YIELD", "PY_UNWIND", "PY_THROW", "RAISE", "LINE")


class _NoSite:
    """The site of no code at all."""

    code = None


def _callbacks(recording: Recording) -> dict[str, Callable[..., Any]]:
    """One function an event, each with all it needs in its own scope: they are called with every event."""
    disable: Any = sys.monitoring.DISABLE  # type: ignore[attr-defined, unused-ignore]
    getframe, clock, ident = sys._getframe, perf_counter, get_ident
    write, keep_arguments = recording.write, recording.keeper.keep_arguments
    site_of: Callable[[int], CodeSite | None] = recording.sites.get
    find, has_values = recording.find, recording.wanted.values
    outline_of = recording.keeper.outlines.get
    keep = recording.keeper.value_keeper()
    # Up to 3.12 the dict of a frame's locals is a copy that the frame goes on holding, values and all.
    holds_copy = sys.version_info < (3, 13)

    last: Any = _NoSite()  # most events are of the code that the one before was of

    def on_start(code: CodeType, offset: int) -> Any:
        nonlocal last
        site = last
        if site.code is not code:
            site = site_of(id(code)) or find(getframe(1))
            if site is None:
                return disable
            last = site
        try:
            name = site.only_argument
            if name is not None:
                local = getframe(1).f_locals
                payload = local[name]
                cls = type(payload)
                if cls is int or payload is None:  # the quickest way for what is met most
                    write((CALL, site, clock(), ident(), offset, payload))
                    return None
                if not (cls is float or cls is bool):
                    payload = outline_of(id(cls)) or keep_arguments(site, [payload])
                    if holds_copy:
                        local.clear()
                write((CALL, site, clock(), ident(), offset, payload))
                return None
            payload = ()
            if site.arguments:
                local = getframe(1).f_locals
                # The arguments come first; what else is there was captured by a closure.
                values = [*local.values()]
                if len(values) != site.count:
                    del values[site.count :]
                payload = keep_arguments(site, values)
                if holds_copy:
                    local.clear()
            if site.suspends:
                task = current_task() if site.has_task else None
                write((ENTER, site, clock(), ident(), offset, (id(getframe(1)), payload, task)))
            else:
                write((CALL, site, clock(), ident(), offset, payload))
        except Exception:
            recording.problems += 1
            write((CALL, site, 0.0, ident(), offset, ()))
        return None

    def on_return(code: CodeType, offset: int, value: Any) -> Any:
        nonlocal last
        site = last
        if site.code is not code:
            site = site_of(id(code)) or find(getframe(1))
            if site is None:
                return disable
            last = site
        if site.is_plain:
            cls = type(value)
            if cls is int or value is None or cls is bool or cls is float:
                write((RETURN, site, clock(), ident(), offset, value))
                return None
        write_return(site, offset, value)
        return None

    def write_return(site: CodeSite, offset: int, value: Any) -> None:
        payload: Any = None
        if has_values and value is not None:
            try:
                payload = keep(site, value)
            except Exception:
                recording.problems += 1
        if site.suspends:
            write((LEAVE, site, clock(), ident(), offset, (id(getframe(2)), payload)))
        else:
            write((RETURN, site, clock(), ident(), offset, payload))

    def on_yield(code: CodeType, offset: int, value: Any) -> Any:
        site = site_of(id(code)) or find(getframe(1))
        if site is None:
            return disable
        payload: Any = None
        if has_values and not site.is_awaited:
            try:
                payload = keep(site, value)
            except Exception:
                recording.problems += 1
        write((YIELD, site, clock(), ident(), offset, (id(getframe(1)), payload)))
        return None

    def on_resume(code: CodeType, offset: int) -> Any:
        site = site_of(id(code)) or find(getframe(1))
        if site is None:
            return disable
        task = current_task() if site.has_task else None
        write((RESUME, site, clock(), ident(), offset, (id(getframe(1)), task)))
        return None

    def on_throw(code: CodeType, offset: int, error: BaseException) -> None:
        site = site_of(id(code))
        if site is not None:
            task = current_task() if site.has_task else None
            write((RESUME, site, clock(), ident(), offset, (id(getframe(1)), task)))

    def keep_error(site: CodeSite, error: BaseException) -> Any:
        if type(error) is GeneratorExit:
            return CLOSED
        try:
            return keep(site, error)
        except Exception:
            recording.problems += 1
            return None

    def on_unwind(code: CodeType, offset: int, error: BaseException) -> None:
        site = site_of(id(code))
        if site is None:
            return
        if site.suspends:
            write((BREAK, site, clock(), ident(), offset, (id(getframe(1)), keep_error(site, error))))
        else:
            write((UNWIND, site, clock(), ident(), offset, keep_error(site, error)))

    def on_raise(code: CodeType, offset: int, error: BaseException) -> None:
        site = site_of(id(code))
        if site is not None and not isinstance(error, (StopIteration, StopAsyncIteration)):
            write((RAISE, site, clock(), ident(), offset, keep_error(site, error)))

    def on_line(code: CodeType, line: int) -> Any:
        site = site_of(id(code))
        if site is None:
            if find(getframe(1)) is None:
                return disable
            site = recording.sites[id(code)]
        write((LINE, site, clock(), ident(), line, None))
        return None

    callbacks: dict[str, Callable[..., Any]] = {
        "PY_START": on_start,
        "PY_RESUME": on_resume,
        "PY_RETURN": on_return,
        "PY_YIELD": on_yield,
        "PY_UNWIND": on_unwind,
        "PY_THROW": on_throw,
    }
    if recording.wanted.exceptions:
        callbacks["RAISE"] = on_raise
    if recording.wanted.lines:
        callbacks["LINE"] = on_line
    return callbacks

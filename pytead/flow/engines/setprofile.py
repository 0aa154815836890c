"""``sys.setprofile``: calls and returns. It sees that a frame is left by an exception, but not by which."""

from __future__ import annotations

import sys
import threading
from _thread import get_ident
from time import perf_counter
from typing import TYPE_CHECKING, Any

from pytead.flow.engines import busy, is_chainable
from pytead.flow.engines.frames import is_return, is_start, is_thrown, is_yield
from pytead.flow.keeping import CLOSED, UNKNOWN
from pytead.flow.recording import current_task
from pytead.flow.records import BREAK, CALL, ENTER, LEAVE, RESUME, RETURN, UNWIND, YIELD

if TYPE_CHECKING:
    from types import FrameType

    from pytead.flow.recording import Recording


class ProfileEngine:
    """Follows the thread that starts it and those that are started meanwhile."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._function: Any = None
        self._previous: Any = None
        self._previous_for_threads: Any = None
        self._switch = [True]

    def start(self) -> None:
        """Begin; see ``Engine``."""
        self._previous = sys.getprofile()
        if self._previous is not None and not is_chainable(self._previous):
            raise busy("sys.setprofile", self._previous)
        self._previous_for_threads = threading.getprofile()
        self._switch[:] = [True]
        self._function = _profile_function(self._recording, self._previous, self._switch)
        threading.setprofile(self._function)
        sys.setprofile(self._function)

    def stop(self) -> None:
        """End; see ``Engine``."""
        self._switch[:] = []
        if sys.getprofile() is self._function:
            sys.setprofile(self._previous)
        if threading.getprofile() is self._function:
            threading.setprofile(self._previous_for_threads)
        self._function = None


def _profile_function(recording: Recording, previous: Any, switch: list[bool]) -> Any:
    clock, ident = perf_counter, get_ident
    write, keep_arguments = recording.write, recording.keeper.keep_arguments
    sites, rejected, find = recording.sites, recording.rejected, recording.find
    keep, has_values = recording.keeper.value_keeper(), recording.wanted.values
    thrown_at: dict[int, tuple[int, bool]] = {}
    last_throw: dict[int, str] = {}

    def on_event(frame: FrameType, event: str, arg: Any) -> None:
        if previous is not None:
            previous(frame, event, arg)
        if event == "c_call":
            name = arg.__name__
            if name in ("throw", "close", "athrow", "aclose"):
                last_throw[ident()] = name
            return
        if not switch or event not in ("call", "return"):
            return
        code = frame.f_code
        site = sites.get(id(code))
        if site is None and (id(code) in rejected or (site := find(frame)) is None):
            return
        try:
            at = frame.f_lasti
            if event == "call":
                thrown_by = last_throw.pop(ident(), "") if last_throw else ""
                task = current_task() if site.has_task else None
                if site.suspends and not is_start(site, frame):
                    if thrown_by or is_thrown(site, frame):
                        thrown_at[id(frame)] = at, not thrown_by.endswith("throw")
                    write((RESUME, site, clock(), ident(), at, (id(frame), task)))
                    return
                payload: Any = ()
                names = site.arguments
                if names:
                    local = frame.f_locals
                    payload = keep_arguments(site, [*map(local.__getitem__, names)])
                if site.suspends:
                    write((ENTER, site, clock(), ident(), at, (id(frame), payload, task)))
                else:
                    write((CALL, site, clock(), ident(), at, payload))
                return
            thrown = thrown_at.pop(id(frame), None) if thrown_at else None
            is_going_on = is_yield(site, frame)
            if (
                arg is None
                and not is_return(site, frame)
                and not (is_going_on and (thrown or (-2, 0))[0] != at)
            ):
                # One that never ran is closed where it is thrown away.
                is_closed = at < 0 or (thrown is not None and thrown[1])
                error = CLOSED if is_closed else UNKNOWN
                if site.suspends:
                    write((BREAK, site, clock(), ident(), at, (id(frame), error)))
                else:
                    write((UNWIND, site, clock(), ident(), at, error))
                return
            is_kept = has_values and not (is_going_on and site.is_awaited)
            value = keep(site, arg) if is_kept else None
            if is_going_on:
                write((YIELD, site, clock(), ident(), at, (id(frame), value)))
            elif site.suspends:
                write((LEAVE, site, clock(), ident(), at, (id(frame), value)))
            else:
                write((RETURN, site, clock(), ident(), at, value))
        except Exception:
            recording.problems += 1

    return on_event

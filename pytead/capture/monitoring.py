"""The engine ``monitoring``: the interpreter tells of the calls of watched code objects (Python 3.12 and later).

Nothing takes a function's place and no frame is added to its calls. When a function has all it needs, its code is
watched no more and runs as if it never had been.

The one event that can't be had for single code objects before 3.15 is that an exception leaves a frame. It is had for
all frames then, but only while calls are under way that wait for it.
"""

from __future__ import annotations

import sys
from _pickle import dumps
from _thread import get_ident
from time import perf_counter
from types import AsyncGeneratorType, CoroutineType, GeneratorType
from typing import TYPE_CHECKING, Any

from pytead.capture import switch
from pytead.capture.suspensions import SUSPENDING, Suspensions
from pytead.capture.watching import Watch, Watched
from pytead.errors import PyteadError
from pytead.values.freezer import freeze_arguments, is_scalar
from pytead.values.reducers.foreign import busy_threads

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, FrameType

    from pytead.capture.site import Site
    from pytead.records import Outcome

_monitoring: Any = getattr(sys, "monitoring", None)
_getframe = sys._getframe

_FREE_FOR_ALL = (4, 3)
_MEANT_FOR_OTHERS = (5, 2, 1, 0)
"""Tool ids; the second row is for optimizers, profilers, coverage and debuggers, which may come later."""

_MOST_IDLE_UNWINDS = 1000
"""Frames that exceptions leave while no call waits for one, after which that event is switched off until one does."""

_RUN_LATER = frozenset(map(id, (CoroutineType, GeneratorType, AsyncGeneratorType)))
_AROUND = (
    "decorated",
    "a decorator's function gives what runs later, and only that one's own calls are heard of",
)

_Call = tuple[Watch, int, tuple[Any, ...], dict[str, Any], "bytes | None", bool, float, float]
"""A root call under way: its function, thread and arguments, these frozen, whether they are scalars, when recording
of it began, and when it did."""


class Monitor:
    """Records the calls of watched code objects.

    Args:
        resolve: asked, before a call is recorded, whether the name of its function leads to it by now; it is given the
            function and the globals that it was called in.

    Raises:
        PyteadError: ``no-tool-id``, where others hold all that ``sys.monitoring`` has.
    """

    def __init__(self, resolve: Callable[[Watch, dict[str, Any]], bool]) -> None:
        self._resolve = resolve
        self._watched: dict[int, Watched] = {}
        self._codes_of: dict[Site, list[Watched]] = {}
        self._calls: dict[int, _Call] = {}
        self._followed: dict[CodeType, Callable[[int, dict[str, Any]], None]] = {}
        self._idle_unwinds = 0
        self._tool = tool = _take_tool()
        events = _monitoring.events
        self._suspensions = Suspensions()
        self._local = events.PY_START | events.PY_RETURN
        self._local_of_suspending = self._local | events.PY_YIELD | events.PY_RESUME
        self._unwinding = events.PY_UNWIND | events.PY_THROW
        try:
            _monitoring.set_local_events(tool, _take_tool.__code__, self._unwinding)
            _monitoring.set_local_events(tool, _take_tool.__code__, 0)
        except ValueError:
            self._has_local_unwind = False
        else:
            self._has_local_unwind = True
            self._local |= events.PY_UNWIND
            self._local_of_suspending |= self._unwinding
        self._hears_unwind = self._has_local_unwind
        self._callbacks = {
            events.PY_START: self._on_start,
            events.PY_RETURN: self._on_return,
            events.PY_UNWIND: self._on_unwind,
            events.PY_YIELD: self._on_yield,
            events.PY_RESUME: self._on_resume,
            events.PY_THROW: self._on_throw,
            events.LINE: self._on_line,
        }
        for event, callback in self._callbacks.items():
            _monitoring.register_callback(tool, event, callback)

    def watch(self, watch: Watch) -> None:
        """Record the calls of a function from now on."""
        watched = self._watched.get(id(watch.code))
        if watched is None:
            watched = self._watched[id(watch.code)] = Watched(watch.code)
            is_suspending = watch.code.co_flags & SUSPENDING
            events = self._local_of_suspending if is_suspending else self._local
            _monitoring.set_local_events(self._tool, watch.code, events)
        watched.add(watch)
        self._codes_of.setdefault(watch.site, []).append(watched)

    def follow(self, code: CodeType, reached: Callable[[int, dict[str, Any]], None]) -> None:
        """Call ``reached``, with its number and the globals, as each line of a module is reached for the first time."""
        self._followed[code] = reached
        _monitoring.set_local_events(self._tool, code, _monitoring.events.LINE)

    def watches_of(self, code: CodeType) -> list[Watch]:
        """The functions of a code object that are watched."""
        watched = self._watched.get(id(code))
        return watched.watches if watched is not None else []

    def retire(self, site: Site) -> None:
        """Watch a function no more."""
        for watched in self._codes_of.pop(site, ()):
            if all(watch.site.is_done and watch.site.waiting is None for watch in watched.watches):
                self._watched.pop(id(watched.code), None)
                _monitoring.set_local_events(self._tool, watched.code, 0)
        for frame, call in list(self._calls.items()):  # of other threads, whose end isn't told any more
            if call[0].site is site:
                self._calls.pop(frame, None)
        self._suspensions.drop(site)
        site.active.clear()
        site.is_unsettled = False

    def after_fork(self) -> None:
        """In the child: the calls of other threads are gone with them."""
        thread = get_ident()
        for frame, call in list(self._calls.items()):
            if call[1] == thread:
                call[0].site.active.add(thread)
            else:
                del self._calls[frame]
        self._suspensions.after_fork(thread)

    def close(self) -> None:
        """Watch nothing more, and leave nothing behind."""
        for watched in list(self._watched.values()):
            _monitoring.set_local_events(self._tool, watched.code, 0)
        for code in self._followed:
            _monitoring.set_local_events(self._tool, code, 0)
        self._followed.clear()
        self._watched.clear()
        self._codes_of.clear()
        self._calls.clear()
        self._suspensions.clear()
        if not self._has_local_unwind:
            _monitoring.set_events(self._tool, 0)
        for event in self._callbacks:
            _monitoring.register_callback(self._tool, event, None)
        _monitoring.free_tool_id(self._tool)

    # What the interpreter calls. A signal's handler may raise in here as anywhere else; nothing else may.

    def _on_start(self, code: CodeType, offset: int) -> None:
        watched = self._watched.get(id(code))
        if watched is None:
            return
        thread = get_ident()
        watch = watched.only
        if watch is not None and thread in watch.active:
            return  # nested
        if switch.off or (busy_threads and thread in busy_threads):
            return
        if watch is not None and watch.site.skips > 0:
            watch.site.skips -= 1
            return
        try:
            frame = _getframe(1)
            if watch is None:
                watch = watched.watch_of(frame)
                if watch is None or thread in watch.active:
                    return
            site = watch.site
            reference = watch.function
            if site.is_done and site.waiting is not None:
                function = reference() if reference is not None else None
                if site.waiting.passes(site, *watch.read(frame, function)):
                    return
            if site.is_done or reference is None:
                if site.is_done or watch.is_inner or not self._resolve(watch, frame.f_globals):
                    self._pass_over(watch)
                    return
                reference = watch.function
            watch.active.add(thread)
        except RecursionError:
            return  # no room for it here: the program's call may still have what it needs
        try:
            looks = site.looks
            entered = perf_counter() if looks < 64 or not looks & 15 else 0.0  # see Site.keep
            function = reference() if reference is not None else None
            if code.co_flags & SUSPENDING:
                if not self._suspensions.start(frame, watch, thread, function):
                    watch.active.discard(thread)
                elif not self._hears_unwind:
                    self._hear_unwind()
                return
            args, kwargs = watch.read(frame, function)
            before: bytes | None = None
            is_plain = not kwargs and all(map(is_scalar, args))
            try:
                if is_plain:
                    before = dumps(args)
                else:
                    given = args if site.prepare is None else site.prepare(args)
                    before = freeze_arguments(given, kwargs)
                if site.looks_for_secrets:
                    site.meet(before, function)
            except Exception as error:
                site.refuse_arguments(error, args, kwargs)
            self._calls[id(frame)] = watch, thread, args, kwargs, before, is_plain, entered, perf_counter()
            if not self._hears_unwind:
                self._hear_unwind()
        except BaseException as error:
            self._calls.pop(id(frame), None)
            watch.active.discard(thread)
            if not issubclass(type(error), RecursionError):
                raise

    def _pass_over(self, watch: Watch) -> None:
        """Count a call that isn't recorded."""
        site = watch.site
        if site.refusal is not None:
            site.pass_over(*site.refusal)
            self.retire(site)
        elif site.is_done:
            self.retire(site)
        else:
            watch.misses += 1

    def _on_return(self, code: CodeType, offset: int, value: Any) -> None:
        frame = _getframe(1)
        call = self._calls.pop(id(frame), None)
        if call is not None and call[0].code is code:
            self._finish(call, "returned", value, perf_counter())
        elif self._suspensions:
            self._end(frame, value, is_raised=False)

    def _on_unwind(self, code: CodeType, offset: int, error: BaseException) -> None:
        if self._calls or self._suspensions:
            frame = _getframe(1)
            call = self._calls.pop(id(frame), None)
            if call is not None and call[0].code is code:
                self._finish(call, "raised", error, perf_counter())
            elif self._suspensions:
                self._end(frame, error, is_raised=True)
        elif not self._has_local_unwind:
            self._idle_unwinds += 1
            if self._idle_unwinds > _MOST_IDLE_UNWINDS and self._hears_unwind:
                self._hears_unwind = False
                _monitoring.set_events(self._tool, 0)
                if self._calls or self._suspensions:  # of a thread that was faster
                    self._hear_unwind()

    def _hear_unwind(self) -> None:
        self._idle_unwinds = 0
        self._hears_unwind = True
        _monitoring.set_events(self._tool, self._unwinding)

    def _on_yield(self, code: CodeType, offset: int, value: Any) -> None:
        root = self._suspensions.find(id(_getframe(1)), code)
        if root is not None:
            self._suspensions.suspended(root, value)
            self._settle(root.watch.site)

    def _on_resume(self, code: CodeType, offset: int) -> None:
        root = self._suspensions.find(id(_getframe(1)), code)
        if root is not None:
            self._suspensions.resumed(root, get_ident(), None)

    def _on_throw(self, code: CodeType, offset: int, error: BaseException) -> None:
        if self._suspensions:
            root = self._suspensions.find(id(_getframe(1)), code)
            if root is not None:
                self._suspensions.resumed(root, get_ident(), error)
                self._settle(root.watch.site)

    def _end(self, frame: FrameType, value: Any, *, is_raised: bool) -> None:
        root = self._suspensions.find(id(frame), frame.f_code)
        if root is not None:
            self._suspensions.ended(frame, root, value, is_raised=is_raised)
            self._settle(root.watch.site)

    def _settle(self, site: Site) -> None:
        if not (site.is_unsettled and site.is_done):
            return
        waiting = site.waiting
        if waiting is None:
            self.retire(site)
            return
        site.is_unsettled = False
        codes = self._codes_of.get(site, ())
        waiting.is_hurried = waiting.is_long and len(codes) == 1 and codes[0].only is not None

    def _finish(self, call: _Call, outcome: Outcome, value: Any, ended: float) -> None:
        watch, thread, args, kwargs, before, is_plain, entered, started = call
        site = watch.site
        try:
            if watch.is_around_suspending and id(type(value)) in _RUN_LATER:
                site.count(*_AROUND)
            elif before is not None:
                site.keep(outcome, before, args, kwargs, value, is_plain, entered, started, ended)
        except RecursionError:
            pass
        finally:
            watch.active.discard(thread)
            self._settle(site)

    def _on_line(self, code: CodeType, line: int) -> Any:
        reached = self._followed.get(code)
        if reached is not None:
            reached(line, _getframe(1).f_globals)
        return _monitoring.DISABLE


def _take_tool() -> int:
    holders: dict[int, str] = {}
    for tool in (*_FREE_FOR_ALL, *_MEANT_FOR_OTHERS):
        holder = _monitoring.get_tool(tool)
        if holder is None:
            try:
                _monitoring.use_tool_id(tool, "pytead")
            except ValueError:  # another thread was faster
                holder = _monitoring.get_tool(tool)
            else:
                return tool
        holders[tool] = str(holder)
    shown = ", ".join(holders[tool] for tool in sorted(holders))
    raise PyteadError(
        "no-tool-id",
        f"--engine monitoring: all tool ids of sys.monitoring are held, by {shown}",
        "stop one of them, or use --engine wrap",
    )

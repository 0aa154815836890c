"""From the records of a buffer to events: who called whom, how deep, for how long."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytead.flow.events import RAISED, RETURNED, SUSPENDED, UNFINISHED, CallEvent
from pytead.flow.keeping import CLOSED, UNKNOWN, Outline
from pytead.flow.records import (
    BREAK,
    CALL,
    ENTER,
    LEAVE,
    LINE,
    MEMORY,
    RAISE,
    RESUME,
    RETURN,
    UNWIND,
    WIDTH,
    YIELD,
)  # fmt: skip
from pytead.flow.redacting import Redaction

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytead.flow.recording import Wanted
    from pytead.flow.redacting import Secrets
    from pytead.flow.sites import CodeSite

Record = tuple[int, "CodeSite", float, int, int, Any]


class _Open:
    """A call under way."""

    __slots__ = (
        "begun",
        "call_id",
        "depth",
        "frame",
        "inside",
        "parent",
        "parent_id",
        "raised",
        "raising",
        "ran",
        "secrets",
        "site",
        "task",
    )  # fmt: skip

    def __init__(self, call_id: int, site: CodeSite, begun: float, parent: _Open | None, depth: int) -> None:
        self.call_id = call_id
        self.site = site
        self.begun = begun
        self.parent = parent
        self.parent_id = parent.call_id if parent is not None else None
        self.depth = depth
        self.task: str | None = parent.task if parent is not None else None
        self.frame = 0
        self.ran = 0.0
        self.inside = 0.0
        self.raising: Any = None
        self.raised: CallEvent | None = None
        self.secrets: Secrets | None = None


class _Thread:
    """The calls under way in one thread."""

    __slots__ = ("flying", "held", "stack")

    def __init__(self) -> None:
        self.stack: list[_Open] = []
        self.held: list[Record] = []
        self.flying: list[CallEvent] = []


class Replay:
    """Turns records into events, in pieces of any size.

    Args:
        wanted: what events there shall be.
        emit: takes each event.
        clock_offset: seconds to add to the clock to get the time since the epoch.
        with_suspensions: whether there are ``yield`` and ``resume`` events.
    """

    def __init__(
        self,
        wanted: Wanted,
        emit: Callable[[CallEvent], None],
        clock_offset: float,
        *,
        with_suspensions: bool,
    ) -> None:
        self._wanted = wanted
        self._emit = emit
        self._offset = clock_offset
        self._has_suspensions = with_suspensions
        self._threads: dict[int, _Thread] = {}
        self._suspended: dict[int, _Open] = {}
        self._calls = 0
        self._memory: int | None = None
        self._thread_names: dict[int, str] = {}
        self._last = 0.0
        self._redaction = Redaction()

    def feed(self, records: Sequence[Any], *, without: frozenset[int] = frozenset()) -> None:
        """Take the next records, but those of some threads."""
        steps = iter(records)
        threads = self._threads
        for record in zip(*[steps] * WIDTH, strict=False):
            ident = record[3]
            if ident in without:
                continue
            thread = threads.get(ident)
            # The quickest way for what is met most: plain calls and their returns, while nothing else is under way.
            if thread is None or record[0] > RETURN or thread.held or thread.flying:
                self._take(record)
            elif record[0] == CALL:
                self._last = max(self._last, record[2])
                self._do(thread, record)
            else:
                self._last = max(self._last, record[2])
                self._left(thread, record)

    def finish(self) -> None:
        """Give the calls that are still open their return events."""
        for ident, thread in self._threads.items():
            self._release(thread)
            for call in reversed(thread.stack):
                self._return(thread, call, self._last, ident, None, UNFINISHED, None)
            thread.stack.clear()
        for call in sorted(self._suspended.values(), key=lambda each: -each.call_id):
            self._return(_Thread(), call, self._last, 0, None, SUSPENDED, None)
        self._suspended.clear()
        self._threads.clear()

    def _take(self, record: Record) -> None:
        kind, site, clock, ident, offset, payload = record
        if clock > self._last:
            self._last = clock
        if kind == MEMORY:
            self._memory = offset
            return
        thread = self._threads.get(ident)
        if thread is None:
            thread = self._threads[ident] = _Thread()
        if thread.held:
            # A generator that is closed and runs none of its own code shows on some interpreters and not on others.
            if kind == RAISE and payload is CLOSED and site is thread.held[0][1]:
                thread.held.append(record)
                return
            if kind == BREAK and site is thread.held[0][1] and _is_closing(payload, thread.held):
                thread.held.clear()
                return
            self._release(thread)
        if kind in (RESUME, ENTER):
            thread.held.append(record)
            return
        self._do(thread, record)

    def _release(self, thread: _Thread) -> None:
        held = thread.held[:]
        thread.held.clear()
        for record in held:
            self._do(thread, record)

    def _do(self, thread: _Thread, record: Record) -> None:
        kind, site, clock, ident, offset, payload = record
        stack = thread.stack
        if kind in (CALL, ENTER):
            self._settle(thread)
            parent = stack[-1] if stack else None
            self._calls += 1
            call = _Open(self._calls, site, clock, parent, len(stack))
            if kind == ENTER:
                call.frame, payload, task = payload
                call.task = task or call.task
            stack.append(call)
            event = self._event("call", call, clock, ident, site.code.co_firstlineno)
            payload, call.secrets = self._redaction.arguments(site, payload)
            event.__dict__["_arguments"] = (payload,)
            self._emit(event)
        elif kind == RESUME:
            frame, task = payload
            resumed = self._suspended.pop(frame, None)
            if resumed is None or resumed.site is not site:
                return  # it began before tracing did
            self._settle(thread)
            resumed.parent = stack[-1] if stack else None
            resumed.depth = len(stack)
            resumed.begun = clock
            resumed.task = task or resumed.task
            stack.append(resumed)
            if self._has_suspensions:
                self._emit(self._event("resume", resumed, clock, ident, site.line_at(offset)))
        elif kind == LINE:
            if stack and stack[-1].site is site:
                self._settle(thread)
                self._emit(self._event("line", stack[-1], clock, ident, offset))
        elif kind == RAISE:
            if stack and stack[-1].site is site:
                self._raise(thread, stack[-1], clock, ident, offset, payload)
        else:
            self._left(thread, record)

    def _left(self, thread: _Thread, record: Record) -> None:
        kind, site, clock, ident, offset, payload = record
        stack = thread.stack
        frame = 0
        if kind in (LEAVE, BREAK, YIELD):
            frame, payload = payload
        if not stack or stack[-1].site is not site or stack[-1].frame != frame:
            if not any(call.site is site and call.frame == frame for call in stack):
                return  # it began before tracing did
            while stack[-1].site is not site or stack[-1].frame != frame:
                self._return(thread, stack.pop(), clock, ident, None, UNFINISHED, None)
        call = stack.pop()
        if kind == YIELD:
            self._settle(thread, call)
            spent = clock - call.begun
            call.ran += spent
            if call.parent is not None:
                call.parent.inside += spent
            self._suspended[frame] = call
            if self._has_suspensions:
                event = self._event("yield", call, clock, ident, site.line_at(offset))
                event.__dict__["_value"] = self._redaction.value(payload, call.secrets)
                self._emit(event)
        elif kind in (UNWIND, BREAK):
            error = call.raising if payload is UNKNOWN and call.raising is not None else payload
            self._return(thread, call, clock, ident, error, RAISED, offset)
        else:
            self._settle(thread, call)
            self._return(thread, call, clock, ident, payload, RETURNED, offset)

    def _return(
        self,
        thread: _Thread,
        call: _Open,
        clock: float,
        ident: int,
        payload: Any,
        outcome: str,
        offset: int | None,
    ) -> None:
        spent = clock - call.begun if outcome != SUSPENDED else 0.0
        duration = call.ran + spent
        if call.parent is not None and outcome != SUSPENDED:
            call.parent.inside += spent
        line = call.site.line_at(offset) if offset is not None else call.site.code.co_firstlineno
        event = self._event("return", call, clock, ident, line)
        state = event.__dict__
        state["outcome"] = outcome
        state["duration"] = duration
        state["own_time"] = max(duration - call.inside, 0.0)
        payload = self._redaction.value(payload, call.secrets)
        if outcome == RAISED:
            state["_error"] = payload
        else:
            state["_value"] = payload
        self._emit(event)

    def _raise(
        self, thread: _Thread, call: _Open, clock: float, ident: int, offset: int, payload: Any
    ) -> None:
        call.raising = payload
        if not self._wanted.exceptions or payload is CLOSED or payload is UNKNOWN:
            return
        if _class_of(payload) in ("StopIteration", "StopAsyncIteration"):
            return
        event = self._event("exception", call, clock, ident, call.site.line_at(offset))
        event.__dict__["_error"] = self._redaction.value(payload, call.secrets)
        call.raised = event
        thread.flying.append(event)
        self._emit(event)

    def _settle(self, thread: _Thread, call: _Open | None = None) -> None:
        """The innermost call goes on: if an exception had come to it, it has caught it."""
        if not thread.flying:
            return
        call = call or (thread.stack[-1] if thread.stack else None)
        if call is not None and call.raised is not None:
            for event in thread.flying:
                event.caught_by = call.site.dotted
            call.raised = None
        thread.flying.clear()

    def _event(self, event_type: str, call: _Open, clock: float, ident: int, line: int) -> CallEvent:
        event = _new(CallEvent)
        state = event.__dict__
        state.update(call.site.fields)
        state["event_type"] = event_type
        state["line_number"] = line
        state["depth"] = call.depth
        state["timestamp"] = clock + self._offset
        state["thread_id"] = self._thread_names.get(ident) or self._thread_names.setdefault(ident, str(ident))
        state["call_id"] = call.call_id
        state["parent_id"] = call.parent_id
        state["task"] = call.task
        if self._memory is not None:
            state["memory_usage"] = self._memory
        return event


_new = CallEvent.__new__


def _is_closing(payload: Any, held: list[Record]) -> bool:
    return payload[1] is CLOSED or (payload[1] is UNKNOWN and len(held) == 2)


def _class_of(kept: Any) -> str:
    if type(kept) is Outline:
        return kept.kind.rpartition(".")[2]
    if type(kept) is bytes:
        # The name of the class stands in the frozen value as it is.
        for name in ("StopIteration", "StopAsyncIteration"):
            if b":" + name.encode() in kept[:200]:
                return name
    return ""

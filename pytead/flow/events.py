"""One moment of one call."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

RETURNED, RAISED, SUSPENDED, UNFINISHED = "returned", "raised", "suspended", "unfinished"


@dataclass(eq=False)
class CallEvent:
    """One event of a flow.

    Values are plain data; an object of the program's is a ``StandIn`` that shows what it was.

    Attributes:
        event_type: ``call``, ``return``, ``yield``, ``resume``, ``exception`` or ``line``.
        function_name: the function's own name.
        filename: its source file.
        line_number: of a call the line of the ``def``; else the line that ran.
        args: of a call, its arguments by name.
        return_value: of a return what was returned, of a yield what was yielded.
        depth: how many traced calls were under way in the thread when it began.
        timestamp: seconds since the epoch; differences are those of a steady clock.
        thread_id: the thread's identifier.
        memory_usage: bytes that ``tracemalloc`` counts then; None unless memory is traced.
        module: name of the function's module.
        qualname: the function's qualified name in it.
        outcome: of a return ``returned``, ``raised`` (an exception went through), ``suspended`` (a generator or
            coroutine that was never run to its end) or ``unfinished`` (still running when tracing stopped).
        exception: what was raised, of an ``exception`` event or a return whose outcome is ``raised``.
        caught_by: of an ``exception`` event, dotted name of the traced function that handled it, once it has.
        duration: of a return, the seconds that the call ran.
        own_time: of a return, the same without the calls that it made.
        call_id: number of the call that the event belongs to, from 1.
        parent_id: number of the call that it was made by; None for an outermost one.
        task: name of the asyncio task.
        process: id of the process.
    """

    event_type: str
    function_name: str
    filename: str = ""
    line_number: int = 0
    args: dict[str, Any] = field(default_factory=dict)
    return_value: Any = None
    depth: int = 0
    timestamp: float = 0.0
    thread_id: str = ""
    memory_usage: int | None = None
    module: str = ""
    qualname: str = ""
    outcome: str = ""
    exception: Any = None
    caught_by: str | None = None
    duration: float | None = None
    own_time: float | None = None
    call_id: int = 0
    parent_id: int | None = None
    task: str | None = None
    process: int = 0

    @property
    def dotted(self) -> str:
        """``module.qualname``."""
        name = self.qualname or self.function_name
        return f"{self.module}.{name}" if self.module else name

    @property
    def is_unwound(self) -> bool:
        """Whether it is the return of a call that an exception went through."""
        return self.outcome == RAISED

    def as_dict(self) -> dict[str, Any]:
        """All fields, values as they are."""
        return {name: getattr(self, name) for name in FIELDS}

    def __eq__(self, other: object) -> bool:
        return self.as_dict() == other.as_dict() if isinstance(other, CallEvent) else NotImplemented

    __hash__ = None  # type: ignore[assignment]


FIELDS = tuple(each.name for each in fields(CallEvent))


class _MadeWhenRead:
    """A field that is made from what was kept when it is read first; what is assigned takes its place."""

    def __init__(self, name: str, make: Callable[[dict[str, Any]], Any]) -> None:
        self._name = name
        self._make = make

    def __get__(self, event: Any, owner: Any = None) -> Any:
        if event is None:
            return self
        state = event.__dict__
        made = state[self._name] = self._make(state)
        return made


def _args(state: dict[str, Any]) -> dict[str, Any]:
    kept = state.get("_arguments")
    if kept is None:
        return {}
    from pytead.flow.standins import arguments_of

    return arguments_of(state["_site"], kept[0])


def _value(name: str) -> Callable[[dict[str, Any]], Any]:
    def make(state: dict[str, Any]) -> Any:
        kept = state.get(name)
        if kept is None or type(kept) in (int, float, str, bool):
            return kept
        from pytead.flow.standins import value_of

        return value_of(kept)

    return make


for _field, _maker in (("args", _args), ("return_value", _value("_value")), ("exception", _value("_error"))):
    setattr(CallEvent, _field, _MadeWhenRead(_field, _maker))

"""How the interpreter is asked for what happens: one protocol, three ways, and the choice between them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from pytead.errors import PyteadError

if TYPE_CHECKING:
    from types import FrameType
    from typing import Any

    from pytead.flow.recording import Recording, Wanted

EngineName = Literal["auto", "monitoring", "setprofile", "settrace"]
NAMES = ("auto", "monitoring", "setprofile", "settrace")


class Engine(Protocol):
    """Writes what happens to a recording, from ``start`` until ``stop``."""

    def start(self) -> None:
        """Begin.

        Raises:
            PyteadError: ``flow-engine-busy``, where something that can't share is in the way.
        """

    def stop(self) -> None:
        """End. Frames that still run are no longer followed."""


class Choice(NamedTuple):
    """An engine and why it is the one.

    Attributes:
        name: which.
        reason: for people.
    """

    name: str
    reason: str


def choose(asked: str, wanted: Wanted) -> Choice:
    """Choose the engine for what is wanted on this interpreter.

    Raises:
        PyteadError: ``flow-engine``, for one that doesn't exist or can't do it here.
    """
    if asked not in NAMES:
        raise PyteadError("flow-engine", f"there is no engine {asked!r}", f"engines: {', '.join(NAMES)}")
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    if asked == "monitoring" and sys.version_info < (3, 12):
        raise PyteadError(
            "flow-engine", f"sys.monitoring needs Python 3.12, and this is {version}", "use engine='auto'"
        )
    if asked == "setprofile" and (wanted.lines or wanted.exceptions):
        what = "lines" if wanted.lines else "exceptions"
        raise PyteadError(
            "flow-engine", f"sys.setprofile doesn't report {what}", "use engine='settrace' or 'auto'"
        )
    if asked != "auto":
        return Choice(asked, "asked for")
    if sys.version_info >= (3, 12):
        from pytead.flow.engines.monitoring import free_tool

        if free_tool() is not None:
            return Choice("monitoring", "sys.monitoring costs least, and this Python has it")
        return Choice("settrace", "sys.monitoring has no free tool id: other tools hold all six")
    if wanted.values or wanted.lines or wanted.exceptions:
        blocker = sys.gettrace()
        if blocker is None or is_chainable(blocker) or wanted.lines or wanted.exceptions:
            return Choice(
                "settrace", f"Python {version} has no sys.monitoring, and sys.setprofile sees no exceptions"
            )
        return Choice(
            "setprofile",
            f"{_shown(blocker)} holds sys.settrace and can't share it; exceptions are not seen this way",
        )
    return Choice(
        "setprofile", f"Python {version} has no sys.monitoring; calls and returns are all that is wanted"
    )


def make(name: str, recording: Recording) -> Engine:
    """The engine of that name."""
    if name == "monitoring":
        from pytead.flow.engines.monitoring import MonitoringEngine

        return MonitoringEngine(recording)
    if name == "setprofile":
        from pytead.flow.engines.setprofile import ProfileEngine

        return ProfileEngine(recording)
    from pytead.flow.engines.settrace import TraceEngine

    return TraceEngine(recording)


def is_chainable(function: object) -> bool:
    """Whether a trace function that is there already can be called from ours, as one written in Python can."""
    return type(function).__name__ in ("function", "method")


def busy(hook: str, function: object) -> PyteadError:
    """What to say where ``function`` holds ``hook`` and can't share it."""
    return PyteadError(
        "flow-engine-busy",
        f"{_shown(function)} holds {hook} and can't share it",
        "stop it first, or on Python 3.12 use engine='monitoring', which works beside it",
    )


def _shown(function: object) -> str:
    cls = type(function)
    return f"{cls.__module__}.{cls.__qualname__}"


def call_previous(previous: Any, frame: FrameType, event: str, arg: Any) -> Any:
    """What the trace function that was there before answers."""
    return previous(frame, event, arg)

"""What is known of a finished call, and of the run it happened in.

No dataclasses here: they import inspect, which the user's program would have to wait for.

These are the entries of a store once they are read. How an entry is laid out on disk is the store's matter.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytead.names import FunctionKind, FunctionName

SCHEMA = 1
"""Version of the entries; a store with a later one is refused with its name."""

Outcome = Literal[
    "returned", "raised", "yielded", "entered",
    "async returned", "async raised", "async yielded", "async entered",
]  # fmt: skip
"""What came of a call: it returned or raised; it gave a generator, whose story follows; or its name gives a context
manager that ``contextlib`` made of such a generator. ``async`` stands before what has to be awaited: a coroutine
that returned or raised, an asynchronous generator or context manager."""

StoryEnd = Literal["returned", "raised", "closed", "open"]


class CallRecord(NamedTuple):
    """One finished call.

    Attributes:
        function: what was called.
        kind: how it is called; for a method or property the first positional argument is the receiver, for a
            class method it is the class.
        before: the arguments as they were before the call, frozen; ``values.calls`` says how they lie in it.
        after: the arguments as they were after it, and what was returned or raised, or a story (see ``values.calls``).
        outcome: which of them it was.
        timestamp: seconds since the epoch when the call began.
        duration: seconds it took, ours excluded.
        run: id of the run.
        source: hash of the function's source at the time, empty where it has none.
        reach: how a test gets to it where its name leads to something else, as ``Reach.text``; mostly empty.
    """

    function: FunctionName
    kind: FunctionKind
    before: bytes
    after: bytes
    outcome: Outcome
    timestamp: float
    duration: float
    run: str
    source: str
    reach: str = ""


class ModuleOrigin(NamedTuple):
    """Where a recorded module came from.

    Attributes:
        file: path of its source, relative to the working folder of the run with ``/`` between parts; absolute
            only if it lies outside of it; empty where there is none.
        root: the folder it was imported from (its entry of ``sys.path``), likewise relative, ``"."`` for the
            working folder itself; empty if that is no folder of the project (site-packages, the standard library).
    """

    file: str
    root: str


class FunctionTally(NamedTuple):
    """What recording did with one function in one process, written when the process ends.

    Attributes:
        seen: calls that were looked at (once a function has all it needs, no more are).
        kept: distinct calls stored.
        raised: how many of the stored calls raised.
        seconds: time that recording added to its calls.
        rejections: ``(slug, reason)`` to the number of calls that it kept from being recorded.
        yielded: how many of the stored calls gave a generator.
    """

    function: FunctionName
    kind: str
    seen: int
    kept: int
    raised: int
    seconds: float
    rejections: Mapping[tuple[str, str], int] = MappingProxyType({})
    yielded: int = 0

    def plus(self, other: FunctionTally) -> FunctionTally:
        """Both together: of two processes, or of a module that was loaded twice."""
        rejections = dict(self.rejections)
        for reason, count in other.rejections.items():
            rejections[reason] = rejections.get(reason, 0) + count
        return FunctionTally(
            self.function,
            self.kind,
            self.seen + other.seen,
            self.kept + other.kept,
            self.raised + other.raised,
            self.seconds + other.seconds,
            rejections,
            self.yielded + other.yielded,
        )


class RunRecord:
    """One run of a program: what its processes wrote under one run id, put together.

    Attributes:
        run: the id.
        started: seconds since the epoch.
        python: version of the interpreter.
        main: what tests import the program's own module as, where a function of it could be recorded.
        targets: the patterns, as they were given.
        modules: module name to origin, for every module with a recorded call.
        refusals: module name to ``(slug, reason)``: recorded, but a test can't import it.
        tallies: what was done with each function that was called.
        unmatched: patterns that matched nothing, each with the nearest names that were seen.
        left_alone: slug and reason to the functions that were never wrapped.
    """

    __slots__ = (
        "left_alone",
        "main",
        "modules",
        "python",
        "refusals",
        "run",
        "started",
        "tallies",
        "targets",
        "unmatched",
    )

    def __init__(
        self,
        run: str,
        *,
        started: float = 0.0,
        python: str = "",
        main: str = "",
        targets: tuple[str, ...] = (),
        modules: dict[str, ModuleOrigin] | None = None,
        refusals: dict[str, tuple[str, str]] | None = None,
        tallies: list[FunctionTally] | None = None,
        unmatched: dict[str, tuple[str, ...]] | None = None,
        left_alone: dict[tuple[str, str], set[FunctionName]] | None = None,
    ) -> None:
        self.run = run
        self.started = started
        self.python = python
        self.main = main
        self.targets = targets
        self.modules = modules or {}
        self.refusals = refusals or {}
        self.tallies = tallies or []
        self.unmatched = unmatched or {}
        self.left_alone = left_alone or {}

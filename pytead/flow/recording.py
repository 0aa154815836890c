"""What an engine writes to while a tracer runs: the buffer, the sites, and how much is wanted."""

from __future__ import annotations

import sys
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NamedTuple

from pytead.flow.keeping import Keeper
from pytead.flow.records import MEMORY, WIDTH

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, FrameType

    from pytead.flow.sites import CodeSite, Selection


CONTEXT: ContextVar[str | None] = ContextVar("pytead_flow", default=None)
"""What the running task is called in a flow, where somebody said so."""


class Wanted(NamedTuple):
    """How much is traced.

    Attributes:
        values: arguments and what was returned, yielded or raised.
        exceptions: an event in each frame that an exception passes.
        lines: an event for each line.
        memory: the memory in use, by ``tracemalloc``, with each event.
    """

    values: bool = True
    exceptions: bool = False
    lines: bool = False
    memory: bool = False


class Recording:
    """One tracer's buffer. Every list operation on it is atomic, so that threads need no lock.

    Args:
        selection: which code is traced.
        wanted: how much of it.
        drain: called when ``limit`` records are there; None for never.
        limit: see ``drain``.
    """

    def __init__(
        self, selection: Selection, wanted: Wanted, drain: Callable[[], None] | None = None, limit: int = 0
    ) -> None:
        self.selection = selection
        self.wanted = wanted
        self.keeper = Keeper()
        self.buffer: list[Any] = []
        self.sites: dict[int, CodeSite] = {}
        self.rejected: dict[int, CodeType] = {}
        self.problems = 0
        self.write: Callable[[tuple[Any, ...]], None] = self.buffer.extend
        if drain is not None:
            self.write = self._writing_and_draining(drain, limit * WIDTH)
        if wanted.memory:
            self.write = _with_memory(self.write)

    def find(self, frame: FrameType) -> CodeSite | None:
        """The site of the code that a frame runs, decided once for as long as the recording lives."""
        code = frame.f_code
        if id(code) in self.rejected:
            return None
        site = self.selection.site_of(frame, has_values=self.wanted.values)
        if site is None:
            self.rejected[id(code)] = code  # held, so that its identity stays its own
        else:
            self.sites[id(code)] = site
        return site

    def take(self) -> list[Any]:
        """The records so far, which the buffer then no longer holds."""
        taken = self.buffer[:]
        del self.buffer[: len(taken)]
        return taken

    def _writing_and_draining(
        self, drain: Callable[[], None], limit: int
    ) -> Callable[[tuple[Any, ...]], None]:
        buffer, extend = self.buffer, self.buffer.extend

        def write(record: tuple[Any, ...]) -> None:
            extend(record)
            if len(buffer) >= limit:
                drain()

        return write


def _with_memory(write: Callable[[tuple[Any, ...]], None]) -> Callable[[tuple[Any, ...]], None]:
    import tracemalloc

    used = tracemalloc.get_traced_memory

    def write_with_memory(record: tuple[Any, ...]) -> None:
        write((MEMORY, record[1], record[2], record[3], used()[0], None, *record))

    return write_with_memory


def current_task() -> str | None:
    """Name of the context, or of the asyncio task that runs in this thread; asyncio isn't imported for it."""
    context = CONTEXT.get()
    if context is not None:
        return context
    tasks = sys.modules.get("asyncio.tasks")
    if tasks is None:
        return None
    try:
        task = tasks.current_task()
    except RuntimeError:  # no event loop runs
        return None
    if task is None or type(task).__module__ != "_asyncio":
        return None
    name: str = task.get_name()
    return name

"""Tracing by task."""

from __future__ import annotations

from collections import defaultdict
from contextlib import contextmanager
from time import time
from typing import TYPE_CHECKING, Any

from pytead.flow.recording import CONTEXT
from pytead.flow.tracer import FunctionTracer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from pytead.flow.events import CallEvent


class AsyncTracer(FunctionTracer):
    """A tracer that keeps the calls of each task apart.

    Takes the arguments of ``FunctionTracer``.

    Attributes:
        async_tasks: each context that was traced: ``started`` and ``ended``, in seconds since the epoch.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.async_tasks: dict[str, dict[str, float | None]] = {}

    async def trace_async_function(
        self, async_func: Callable[..., Awaitable[Any]], *args: Any, **kwargs: Any
    ) -> Any:
        """Await a call in the context of the current task, traced.

        Returns:
            Its result.
        """
        import asyncio

        task = asyncio.current_task()
        with self.trace_context(task.get_name() if task is not None else "main"):
            return await async_func(*args, **kwargs)

    @contextmanager
    def trace_context(self, task_id: str) -> Iterator[AsyncTracer]:
        """Trace what runs inside, in this task and those that it starts, under that name."""
        self.async_tasks[task_id] = {"started": time(), "ended": None}
        token = CONTEXT.set(task_id)
        self.start()
        try:
            yield self
        finally:
            self.stop()
            CONTEXT.reset(token)
            self.async_tasks[task_id]["ended"] = time()

    @property
    def task_call_stacks(self) -> defaultdict[str, list[CallEvent]]:
        """The calls of each task or context, in their order, with the depth of each."""
        stacks: defaultdict[str, list[CallEvent]] = defaultdict(list)
        for event in self.get_events():
            if event.event_type == "call" and event.task is not None:
                stacks[event.task].append(event)
        return stacks

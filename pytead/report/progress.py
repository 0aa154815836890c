"""A bar for what takes a while, with the time that is left; only on a terminal."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def bar(what: str, total: int, *, is_quiet: bool = False) -> Iterator[Callable[[int], None]]:
    """Show a bar on stderr until the block is over; nothing of it stays.

    Args:
        what: what is being done, such as ``verifying``.
        total: steps that it will take; when it turns out to take more, as many as it did.
        is_quiet: whether to show nothing.

    Yields:
        What to call with the number of steps done since the last time, from any thread.
    """
    if is_quiet or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=total)

        def advance(steps: int) -> None:
            progress.advance(task, steps)
            done = progress.tasks[0].completed
            if done > (progress.tasks[0].total or 0):
                progress.update(task, total=done)

        yield advance

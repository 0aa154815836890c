"""What a recorded pytest run came to, for pytest's own summary."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from pytead.report import run_summary
from pytead.report.processes import with_other_processes
from pytead.report.table import counted

if TYPE_CHECKING:
    from pytead.capture.session import RunSummary


def lines_of(summary: RunSummary, folder: str, *, is_verbose: bool) -> list[str]:
    """Lines that say how many calls of how many functions were recorded, and how many cases they are good for.

    Args:
        summary: what the process of pytest itself recorded.
        folder: the store's folder.
        is_verbose: with a table of the functions, and why others weren't recorded.
    """
    try:
        summary = with_other_processes(summary, folder)
        cases = _cases(summary, folder)
    except Exception as error:  # the calls are stored; that they can't be read is said when they are
        cases = f"what they are good for can't be told: {error}"
    text = io.StringIO()
    run_summary.show(summary, stream=text, is_followed_by_gen=True)
    head, *rest = text.getvalue().splitlines()
    told = [line for line in rest if is_verbose or line.startswith("pattern ")]
    return [head, *told, *([cases] if cases else [])]


def _cases(summary: RunSummary, folder: str) -> str:
    """How many functions have cases, and of how many calls; empty where nothing was recorded."""
    if not any(tally.kept for tally in summary.tallies):
        return ""
    from pathlib import Path

    from pytead.select.choosing import choose
    from pytead.storage.reading.stored import StoredCalls

    selection = choose(StoredCalls(Path(folder), summary.run))
    functions = {case.function for case in selection.cases}
    without = [function.dotted for function in selection.functions if function not in functions]
    told = f"{counted(len(selection.cases), 'case')} for {counted(len(functions), 'function')}"
    named = ", ".join(without[:4]) + (f" and {len(without) - 4} more" if len(without) > 4 else "")
    return f"{told}: pytead gen" + (f"; none for {named}" if without else "")

"""What all processes of a run recorded, put together at its end."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytead.capture.session import RunSummary
    from pytead.names import FunctionName
    from pytead.records import FunctionTally
    from pytead.storage.reading.stored import StoredCalls


def with_other_processes(summary: RunSummary, folder: str) -> RunSummary:
    """A process's summary with what the other processes of the run stored up to now.

    Args:
        summary: what the process itself recorded; its own calls and tallies are stored as well.
        folder: the store's folder.

    Raises:
        PyteadError, OSError: the store can't be read.
    """
    if not _has_others(summary.run, folder, own=1 if summary.tallies else 0):
        return summary
    from pathlib import Path

    from pytead.storage.reading.stored import StoredCalls
    from pytead.targets import TargetSet

    stored = StoredCalls(Path(folder), summary.run)
    run = stored.runs.get(summary.run)
    if run is None:
        return summary
    tallies = _complete(run.tallies, stored)
    unmatched = {
        pattern: nearest
        for pattern, nearest in summary.unmatched.items()
        if not any(stored.is_selected(tally.function, TargetSet.parse([pattern])) for tally in tallies)
    }
    return summary._replace(tallies=tallies, unmatched=unmatched)


def _has_others(run: str, folder: str, own: int) -> bool:
    """Whether there is more than ``own`` files of the run; in a database can be anything."""
    from pytead.storage.folder import DATABASE, FLOW

    try:
        names = os.listdir(folder)
    except OSError:
        return False  # nothing was recorded
    return DATABASE in names or (
        sum(name.startswith(f"{run}-") and not name.endswith(FLOW) for name in names) > own
    )


def _complete(tallies: list[FunctionTally], stored: StoredCalls) -> list[FunctionTally]:
    """Tallies that count every stored call: a process that was killed left its calls, but no tally."""
    from pytead.records import FunctionTally

    by_name: dict[FunctionName, FunctionTally] = {}
    for tally in tallies:
        first = by_name.get(tally.function)
        by_name[tally.function] = tally if first is None else first.plus(tally)
    for name in stored.functions():
        outcomes = stored.outcomes(name)
        kept, raised = sum(outcomes.values()), outcomes.get("raised", 0)
        known = by_name.get(name)
        if known is None:
            kind = next(stored.read(name)).kind
            by_name[name] = FunctionTally(name, kind, kept, kept, raised, 0.0)
        elif known.kept < kept:
            by_name[name] = known._replace(
                seen=known.seen + kept - known.kept, kept=kept, raised=max(raised, known.raised)
            )
    return [by_name[name] for name in sorted(by_name)]

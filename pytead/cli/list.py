"""``pytead list``: show what has been recorded."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NamedTuple

from pytead.cli.scanning import Scanner
from pytead.cli.streams import shown, warn, write_json
from pytead.config.settings import load
from pytead.errors import FINDING, OK
from pytead.report.run_summary import not_recorded
from pytead.report.table import counted, lines_of
from pytead.targets import TargetSet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytead.names import FunctionName
    from pytead.records import FunctionTally
    from pytead.storage.reading.stored import StoredCalls

_HEADINGS = ("function", "kind", "calls", "outcomes", "runs")


class _Row(NamedTuple):
    function: FunctionName
    kind: str
    calls: int
    outcomes: dict[str, int]
    runs: int

    def cells(self) -> tuple[str, ...]:
        outcomes = ", ".join(f"{count:,} {outcome}" for outcome, count in self.outcomes.items())
        return self.function.dotted, self.kind, f"{self.calls:,}", outcomes, str(self.runs)


def command(words: Sequence[str], cwd: str) -> int:
    """Show what the store holds as the command line says; the exit code is 1 if that is nothing.

    Raises:
        PyteadError: for anything that was given wrongly, and where there is no store.
    """
    settings = load("list", Scanner("list", words).take_all(), cwd, os.environ)
    targets = TargetSet.parse(settings.targets) if settings.targets else None
    from pytead.storage.opening import open_for_read

    stored = open_for_read(settings.calls_dir)
    rows = [_row(stored, name) for name in stored.functions() if stored.is_selected(name, targets)]
    warn(stored.problems)
    if settings.json is not None:
        write_json(
            settings.json,
            [
                {
                    "func": row.function.dotted,
                    "kind": row.kind,
                    "calls": row.calls,
                    "outcomes": row.outcomes,
                    "runs": row.runs,
                }
                for row in rows
            ],
        )
    elif rows:
        _show(rows)
        for line in _not_recorded(stored, targets):
            print(line)
        total = counted(sum(row.calls for row in rows), "call")
        print(f"\n{total} of {counted(len(rows), 'function')} in {shown(settings.calls_dir, cwd)}")
    else:
        print(f"{shown(settings.calls_dir, cwd)} holds no recorded calls{' of these' if targets else ''}")
    return OK if rows else FINDING


def _row(stored: StoredCalls, function: FunctionName) -> _Row:
    kinds, runs, calls = set(), set(), 0
    for record in stored.read(function):
        kinds.add(record.kind)
        runs.add(record.run)
        calls += 1
    return _Row(function, ", ".join(sorted(kinds)), calls, stored.outcomes(function), len(runs))


def _not_recorded(stored: StoredCalls, targets: TargetSet | None) -> list[str]:
    tallies: list[FunctionTally] = []
    left_alone: dict[tuple[str, str], set[FunctionName]] = {}
    for run in stored.runs.values():
        tallies += [tally for tally in run.tallies if stored.is_selected(tally.function, targets)]
        for refusal, names in run.left_alone.items():
            chosen = {name for name in names if stored.is_selected(name, targets)}
            if chosen:
                left_alone.setdefault(refusal, set()).update(chosen)
    return not_recorded(tallies, left_alone)


def _show(rows: Sequence[_Row]) -> None:
    cells = [row.cells() for row in rows]
    for line in lines_of(
        _HEADINGS, cells, sys.stdout, numbers=("calls", "runs"), styles={"function": "cyan"}
    ):
        print(line)

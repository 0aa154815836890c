"""``pytead list``: show what has been recorded."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NamedTuple

from pytead.cli.scanning import Scanner
from pytead.cli.streams import counted, shown, warn, write_json
from pytead.config.settings import load
from pytead.errors import FINDING, OK
from pytead.targets import TargetSet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytead.names import FunctionName
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
    rows = [_row(stored, name) for name in stored.functions() if targets is None or targets.decide(name)]
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


def _show(rows: Sequence[_Row]) -> None:
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.table import Table

        table = Table(box=None, pad_edge=False, header_style="bold")
        for heading in _HEADINGS:
            table.add_column(
                heading, justify="right" if heading in ("calls", "runs") else "left", overflow="fold"
            )
        for row in rows:
            table.add_row(*row.cells())
        Console(highlight=False, markup=False).print(table)
        return
    # Not for rich: it would cut names to the width of a screen that isn't there.
    lines = [_HEADINGS, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEADINGS))]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())

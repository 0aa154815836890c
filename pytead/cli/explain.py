"""``pytead explain``: for some functions, what was recorded, what was chosen and what was rejected, and why."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from pytead.cli import account
from pytead.cli.scanning import Scanner
from pytead.cli.streams import shown, warn, write_json
from pytead.config.settings import load
from pytead.errors import FINDING, OK, PyteadError
from pytead.report.explanation import lines_about
from pytead.targets import TargetSet, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytead.names import FunctionName
    from pytead.storage.reading.stored import StoredCalls


def command(words: Sequence[str], cwd: str) -> int:
    """Explain functions as the command line says.

    Raises:
        PyteadError: for anything that was given wrongly; ``no-match`` where no function is meant.
    """
    settings = load("explain", Scanner("explain", words).take_all(), cwd, os.environ)
    if not settings.targets:
        raise PyteadError("no-targets", "explain needs a function", "pytead explain PKG.MODULE.FUNCTION")
    targets = TargetSet.parse(settings.targets)
    from pytead.storage.opening import open_for_read

    stored = open_for_read(settings.calls_dir)
    warn(stored.problems)
    found = _explanations(stored, targets)
    if not found:
        from pytead.select.unrecorded import unrecorded

        seen = {function.dotted for function in stored.functions()}
        seen |= {function.dotted for function, _, _ in unrecorded(stored)}
        close = [name for pattern in targets.patterns for name in nearest(pattern, sorted(seen))]
        raise PyteadError(
            "no-match",
            f"{shown(settings.calls_dir, cwd)} knows nothing of {', '.join(targets.patterns)}",
            f"the nearest names are {', '.join(close)}" if close else "pytead list shows what it holds",
            exit_code=FINDING,
        )
    if settings.json is not None:
        write_json(settings.json, found)
    else:
        print("\n\n".join("\n".join(lines_about(one)) for one in found))
    return OK


def _explanations(stored: StoredCalls, targets: TargetSet) -> list[dict[str, Any]]:
    """For each function that is meant: what the store holds of it, and the account of the last ``gen``."""
    from pytead.select.unrecorded import unrecorded

    accounts = account.read(stored.folder)
    rejected: dict[FunctionName, list[dict[str, Any]]] = {}
    for function, rejection, calls in unrecorded(stored, targets):
        rejected.setdefault(function, []).append({**rejection._asdict(), "calls": calls})
    names = {function for function in stored.functions() if stored.is_selected(function, targets)}
    found = []
    for function in sorted(names | set(rejected)):
        tallies = [
            tally for run in stored.runs.values() for tally in run.tallies if tally.function == function
        ]
        outcomes = stored.outcomes(function)
        made = accounts.get(function.dotted)
        is_current = made is not None and made.get("newest_run", "") == max(stored.runs, default="")
        found.append(
            {
                "func": function.dotted,
                "recorded": {
                    "looked_at": sum(tally.seen for tally in tallies),
                    "kept": sum(outcomes.values()),
                    "outcomes": outcomes,
                },
                "has_account": made is not None,
                "is_current": is_current,
                **({"rejected": rejected.get(function, [])} if made is None else made),
            }
        )
    return found

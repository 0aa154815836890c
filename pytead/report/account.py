"""What became of one function, as builtins: what ``gen --json`` says and ``explain`` shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pytead.report.changes import shown
from pytead.select.brief import brief_call, brief_outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytead.errors import Rejection
    from pytead.names import FunctionName
    from pytead.report.generation import Report
    from pytead.select.case import Case
    from pytead.select.smallest import Shown

Fate = Literal["tested", "rejected", "not-own"]
"""It has tests; or none, for the reasons that are named; or it is no code that a target means."""

_NOT_OWN = ("test-module",)
_MOST_WORDS = 3


def accounts_of(report: Report, cwd: str) -> list[dict[str, Any]]:
    """The account of each function that was seen, by name."""
    rejected: dict[FunctionName, list[tuple[Rejection, int]]] = {}
    for (function, rejection), count in report.rejected.items():
        rejected.setdefault(function, []).append((rejection, count))
    return [_account(report, function, rejected.get(function, []), cwd) for function in sorted(report.seen)]


def _fate(cases: int, rejected: Sequence[tuple[Rejection, int]]) -> Fate:
    if cases:
        return "tested"
    is_other = bool(rejected) and all(rejection.slug in _NOT_OWN for rejection, _ in rejected)
    return "not-own" if is_other else "rejected"


def _account(
    report: Report, function: FunctionName, rejected: Sequence[tuple[Rejection, int]], cwd: str
) -> dict[str, Any]:
    choice = report.chosen.get(function)
    cases = report.cases.get(function, 0)
    return {
        "func": function.dotted,
        "module": function.module,
        "fate": _fate(cases, rejected),
        "cases": cases,
        "calls": report.calls[function],
        "duplicates": report.duplicates[function],
        "chosen_by": "" if choice is None else "lines and values" if choice.is_measured else "values",
        "tests": [
            {
                "file": shown(report.tests[case][0], cwd),
                "test": report.tests[case][1],
                **_told(case),
                "shows": list(shows.words[:_MOST_WORDS]),
                "reaches": _lines(report, shows, cwd),
            }
            for case, shows in (choice.kept if choice else {}).items()
            if case in report.tests
        ],
        "left_out": [_told(case) for case in (choice.left if choice else ())],
        "rejected": [
            {
                "stage": rejection.stage,
                "slug": rejection.slug,
                "reason": rejection.reason,
                "hint": rejection.hint,
                "calls": count,
            }
            for rejection, count in sorted(rejected)
        ],
    }


def _told(case: Case) -> dict[str, str]:
    return {"call": brief_call(case.function.name, case.args, case.kwargs), "outcome": brief_outcome(case)}


def _lines(report: Report, shows: Shown, cwd: str) -> list[str]:
    """Lines that the case reaches and none chosen before it: ``basket.py:12-14``."""
    by_file: dict[str, set[int]] = {}
    for number, (file, line, _) in enumerate(report.places):
        if shows.reached >> number & 1:
            by_file.setdefault(file, set()).add(line)
    return [f"{shown(file, cwd)}:{_ranges(sorted(lines))}" for file, lines in sorted(by_file.items())]


def _ranges(numbers: list[int]) -> str:
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    return ", ".join(f"{first}-{last}" if first < last else str(first) for first, last in ranges)

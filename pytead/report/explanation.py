"""What became of one function, told to a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytead.report.table import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MOST_LEFT_OUT = 10
_LABEL = 10


def lines_about(told: Mapping[str, Any]) -> Iterator[str]:
    """The lines about one function.

    Args:
        told: the account of it, with what the store holds.
    """
    yield told["func"]
    recorded = told["recorded"]
    outcomes = ", ".join(f"{count:,} {outcome}" for outcome, count in recorded["outcomes"].items())
    looked_at = f"{counted(recorded['looked_at'], 'call')} looked at, " if recorded["looked_at"] else ""
    yield _line("recorded", f"{looked_at}{recorded['kept']:,} kept{': ' if outcomes else ''}{outcomes}")
    if not told["has_account"]:
        yield _line("tests", "none yet: pytead gen")
    else:
        yield from _about_tests(told)
    yield from _about_rejections(told)
    if told["has_account"] and not told["is_current"]:
        yield _line("", "more was recorded since these tests were made: pytead gen")


def _about_tests(told: Mapping[str, Any]) -> Iterator[str]:
    if told["duplicates"]:
        yield _line("", f"{counted(told['duplicates'], 'call')} of them showed nothing that another doesn't")
    if told["fate"] == "not-own":
        yield _line("tests", "none: it is no code that a target means")
        return
    files = sorted({test["file"] for test in told["tests"]})
    chosen = f", chosen by {told['chosen_by']}" if told["left_out"] else ""
    yield _line(
        "tests", f"{counted(told['cases'], 'case')} in {', '.join(files)}{chosen}" if files else "none"
    )
    for test in told["tests"]:
        yield f"  {test['call']} {test['outcome']}"
        yield f"      {test['test']}"
        shows = [*test["shows"], *(f"reaches {place}" for place in test["reaches"])]
        if shows:
            yield f"      new: {'; '.join(shows)}"
    if told["left_out"]:
        yield _line("left out", f"{counted(len(told['left_out']), 'case')}; --all-cases keeps them")
        for case in told["left_out"][:_MOST_LEFT_OUT]:
            yield f"  {case['call']} {case['outcome']}"
        more = len(told["left_out"]) - _MOST_LEFT_OUT
        if more > 0:
            yield f"  and {more:,} more"


def _about_rejections(told: Mapping[str, Any]) -> Iterator[str]:
    for rejection in told["rejected"]:
        calls = f", {counted(rejection['calls'], 'call')}" if rejection["calls"] else ""
        yield _line("rejected", f"{rejection['slug']}{calls}: {rejection['reason']}")
        if rejection["hint"]:
            yield _line("", rejection["hint"])


def _line(label: str, text: str) -> str:
    return f"{label:<{_LABEL}}{text}"

"""The lines at the end of the session: what was measured in turns."""

from __future__ import annotations

import sys
from statistics import median
from time import process_time
from typing import TYPE_CHECKING

import pytest

from benchmarks.timing import CALLS, Actions

if TYPE_CHECKING:
    from collections.abc import Callable

_LINES = pytest.StashKey[list[str]]()


class Compare:
    """Measures actions in turns and adds a line to the end of the session."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines

    def __call__(
        self,
        title: str,
        actions: Actions,
        *,
        above: str = "",
        ratio: str = "",
        counts: dict[str, int] | None = None,
        rounds: int = 41,
        timer: Callable[[], float] = process_time,
    ) -> None:
        """Take the median of the rounds, in each of which every action has a turn; the first doesn't count.

        Args:
            title: begins the line.
            actions: what to measure, by name.
            above: name of the one that is part of the others; they are shown without it.
            ratio: name of the one that the last is divided by.
            counts: how many of what an action does, by what it is called; a line each.
            rounds: how often each action runs.
            timer: seconds of CPU time up to now.
        """
        taken = _medians(actions, rounds, timer)
        base = taken.pop(above, 0.0)
        for unit, count in (counts or {"call": CALLS}).items():
            shown = [f"{above} {_text(base / count)}"] if above else []
            sign = "+" if above else ""
            shown += [f"{name} {_text((seconds - base) / count, sign)}" for name, seconds in taken.items()]
            if ratio:
                shown.append(f"ratio {(list(taken.values())[-1] - base) / (taken[ratio] - base):.2f}")
            self._lines.append(f"{f'{title}, a {unit}:':36}{', '.join(shown)}")

    def slowdown(self, title: str, actions: Actions, *, rounds: int) -> None:
        """As a call, but each action is shown as so many times the first."""
        first, *others = _medians(actions, rounds, process_time).items()
        shown = [f"{first[0]} {_text(first[1])}"]
        shown += [f"{name} x {seconds / first[1]:.2f}" for name, seconds in others]
        self._lines.append(f"{title + ':':36}{', '.join(shown)}")


def _medians(actions: Actions, rounds: int, timer: Callable[[], float]) -> dict[str, float]:
    times: dict[str, list[float]] = {name: [] for name in actions}
    for _ in range(rounds + 1):
        for name, action in actions.items():
            begun = timer()
            action()
            times[name].append(timer() - begun)
    return {name: median(seconds[1:]) for name, seconds in times.items()}


def _text(seconds: float, sign: str = "") -> str:
    if abs(seconds) < 1e-6:
        return f"{seconds * 1e9:{sign}.0f} ns"
    return f"{seconds * 1e6:{sign}.2f} us" if abs(seconds) < 1e-3 else f"{seconds * 1e3:{sign}.1f} ms"


@pytest.fixture
def compare(pytestconfig: pytest.Config) -> Compare:
    """See ``Compare``."""
    return Compare(pytestconfig.stash.setdefault(_LINES, []))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Show the lines."""
    lines = config.stash.get(_LINES, [])
    if lines:
        terminalreporter.section(f"in turns, CPU time, medians, Python {sys.version.partition(' ')[0]}")
        terminalreporter.write_line("\n".join(lines))

"""Why a test doesn't do the same every time: one thing after another is changed, until it makes a difference."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from pytead.verify.conditions import all_changed, changes, fixed, moments
from pytead.verify.plan import PlannedRun
from pytead.verify.trials import Outcome, TestName, Trial, run_all

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Executor

    from pytead.verify.conditions import Conditions
    from pytead.verify.placing import Copy
    from pytead.verify.trials import Bench

_MOST_ALIKE = 4
"""Cases of one test function that are looked into; the others are taken to be like them."""

_BALLAST = 3000


RANDOM = ("random", "its outcome depends on chance")
TIME = ("time", "its outcome depends on the time")

_SEEDS = range(11, 19)


def shakes(chancy: Sequence[TestName], timely: Sequence[TestName], now: float) -> list[PlannedRun]:
    """Runs that try tests with more of what they use: chance, or a clock."""
    runs = [PlannedRun([name], seed=seed) for name in chancy for seed in _SEEDS]
    return runs + [PlannedRun([name], clock=clock) for name in timely for clock in moments(now)]


class Diagnosis:
    """Looks for what the outcome of tests depends on.

    Args:
        bench: what all processes have in common.
        copy: the candidates.
        executor: runs the processes.
        now: seconds since 1970 that clocks stand still at.
        suspects: the tests; of those alike only a few are looked into, and the others taken to be like them.
    """

    def __init__(
        self, bench: Bench, copy: Copy, executor: Executor, now: float, suspects: Sequence[TestName]
    ) -> None:
        self._bench = bench
        self._copy = copy
        self._executor = executor
        self._now = now
        self._base = fixed(now)
        self._alike: dict[tuple[int, str], list[TestName]] = defaultdict(list)
        for name in suspects:
            self._alike[name[0], name[1].partition("[")[0]].append(name)
        self._chosen = [name for names in self._alike.values() for name in names[:_MOST_ALIKE]]
        self._trials = [
            self._trial(self._base, self._chosen, repeats=True),
            self._trial(replace(self._base, ballast=_BALLAST), self._chosen),
            self._trial(all_changed(self._base), self._chosen),
        ]
        self.processes = 0

    def begin(self) -> list[Trial]:
        """What is to be run before ``causes``, maybe together with something else."""
        return self._trials if self._chosen else []

    def causes(self) -> dict[TestName, tuple[str, str]]:
        """Slug and words of what each test depends on; nothing for one that is the same throughout."""
        found = self._causes()
        for names in self._alike.values():
            known = [found.get(name) for name in names[:_MOST_ALIKE]]
            like = max(known, key=known.count)
            if like is not None:
                found.update(dict.fromkeys(names[_MOST_ALIKE:], like))
        return found

    def _causes(self) -> dict[TestName, tuple[str, str]]:
        if not self._chosen:
            return {}
        base, other, moved = (_marks(trial) for trial in self._trials)
        found: dict[TestName, tuple[str, str]] = {}
        varying: list[TestName] = []
        for number, name in enumerate(self._chosen):
            outcomes = self._trials[0].outcomes[number, name]
            if base[name] != other[name]:
                found[name] = (
                    "identity",
                    "its outcome depends on addresses in memory or numbers of processes",
                )
            elif base[name] != moved[name]:
                varying.append(name)
            elif base[name][0] and len(outcomes) == 2 and _mark(outcomes[0]) != _mark(outcomes[1]):
                found[name] = ("hidden-state", "run again in the same process, it gave another result")
        found.update(
            self._shaken([name for name in self._chosen if name not in found and name not in varying])
        )
        possible = changes(self._base)
        trials = [self._trial(change.conditions, varying) for change in possible]
        run_all(trials, self._executor)
        self.processes += sum(trial.processes for trial in trials)
        marks = [_marks(trial) for trial in trials]
        for name in varying:
            found[name] = "environment", "its outcome depends on several things that surround it"
            for change, changed in zip(possible, marks, strict=True):
                if changed[name] != base[name]:
                    found[name] = change.slug, change.words
                    break
        return found

    def _shaken(self, names: Sequence[TestName]) -> dict[TestName, tuple[str, str]]:
        """Those that more than two seeds or moments tell apart, among what looked at one of them."""
        numbers = {name: number for number, name in enumerate(self._chosen)}
        looked = {name: self._trials[0].outcome(name, numbers[name]).touched for name in names}
        runs = shakes(
            [name for name in names if "random" in looked[name]],
            [name for name in names if "time" in looked[name]],
            self._now,
        )
        trial = Trial(self._bench, self._copy, self._base, runs, is_apart=True)
        run_all([trial], self._executor)
        self.processes += trial.processes
        first = _marks(self._trials[0])
        found: dict[TestName, tuple[str, str]] = {}
        for number, run in enumerate(runs):
            name = run.tests[0]
            if _mark(trial.outcome(name, number)) != first[name]:
                found.setdefault(name, RANDOM if run.seed is not None else TIME)
        return found

    def _trial(self, conditions: Conditions, names: Sequence[TestName], *, repeats: bool = False) -> Trial:
        runs = [PlannedRun([name], repeats) for name in names]
        return Trial(self._bench, self._copy, conditions, runs, is_apart=True)


def _marks(trial: Trial) -> dict[TestName, tuple[str, str]]:
    return {run.tests[0]: _mark(trial.outcome(run.tests[0], number)) for number, run in enumerate(trial.runs)}


def _mark(outcome: Outcome) -> tuple[str, str]:
    return outcome.slug, outcome.mark

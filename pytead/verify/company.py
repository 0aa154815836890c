"""Which other test a test depends on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytead.verify.plan import PlannedRun
from pytead.verify.trials import TestName, Trial, run_all

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Executor

    from pytead.verify.conditions import Conditions
    from pytead.verify.placing import Copy
    from pytead.verify.trials import Bench

_MOST_SEARCHES = 4
"""How many tests are looked into by halves; what isn't explained by what that finds is named without a culprit."""


class Company:
    """Looks for the test that has to run before another one for that to pass, or to fail.

    Args:
        bench: what all processes have in common.
        copy: the candidates.
        executor: runs the processes.
        conditions: those under which the tests passed, or failed.
        order: all tests, as they ran then.
        passes: whether they pass in company, and fail alone.
    """

    def __init__(
        self,
        bench: Bench,
        copy: Copy,
        executor: Executor,
        conditions: Conditions,
        order: Sequence[TestName],
        *,
        passes: bool,
    ) -> None:
        self._bench = bench
        self._copy = copy
        self._executor = executor
        self._conditions = conditions
        self._order = order
        self._passes = passes
        self.processes = 0

    def find(self, tests: Sequence[TestName]) -> dict[TestName, TestName | None]:
        """Each of the tests that depends on company to the one that is enough for it; None where none is known."""
        alone = self._differ([([], test) for test in tests])
        left = [test for test, differs in zip(tests, alone, strict=True) if not differs]
        found: dict[TestName, TestName | None] = dict.fromkeys(left)
        for _ in range(_MOST_SEARCHES):
            if not left:
                break
            first = left.pop(0)
            before = list(self._order[: self._order.index(first)])
            if not self._differ([(before, first)])[0]:
                del found[first]
                continue
            culprit = self._narrow(before, first)
            found[first] = culprit
            if culprit is not None:
                explained = self._differ([([culprit], test) for test in left])
                found.update({test: culprit for test, is_so in zip(left, explained, strict=True) if is_so})
                left = [test for test, is_so in zip(left, explained, strict=True) if not is_so]
        return found

    def _narrow(self, before: list[TestName], test: TestName) -> TestName | None:
        while len(before) > 1:
            middle = len(before) // 2
            late, early = before[middle:], before[:middle]
            is_late, is_early = self._differ([(late, test), (early, test)])
            if not (is_late or is_early):
                return None
            before = late if is_late else early
        return before[0] if before else None

    def _differ(self, runs: list[tuple[list[TestName], TestName]]) -> list[bool]:
        """Whether each test, after some others, ends as it did in company."""
        planned = [PlannedRun([*before, test]) for before, test in runs]
        trial = Trial(self._bench, self._copy, self._conditions, planned, is_apart=True, is_isolated=True)
        run_all([trial], self._executor)
        self.processes += trial.processes
        return [
            (not trial.outcome(test, number).slug) == self._passes for number, (_, test) in enumerate(runs)
        ]

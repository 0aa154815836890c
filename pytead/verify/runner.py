"""Run generated tests where they can do no harm, and say which may be delivered."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from pytead.verify.company import Company
from pytead.verify.conditions import ALONE, TOGETHER, everything_else
from pytead.verify.diagnosis import RANDOM, TIME, Diagnosis, shakes
from pytead.verify.placing import placed
from pytead.verify.plan import PlannedRun
from pytead.verify.reached import Reached
from pytead.verify.trials import Bench, Outcome, TestName, Trial, run_all
from pytead.verify.verdict import Verdict, Verification, judged, rejection

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from concurrent.futures import Executor

    from pytead.codegen.generated import GeneratedModule, SupportFile
    from pytead.errors import Rejection
    from pytead.verify.conditions import Conditions
    from pytead.verify.placing import Copy


def verify(
    modules: Sequence[GeneratedModule],
    support: Sequence[SupportFile],
    *,
    folder: Path,
    project: Path,
    python: str = sys.executable,
    timeout: float = 30,
    jobs: int = 0,
    executor: Executor | None = None,
    measured: Sequence[str] = (),
    explains: bool = True,
) -> Verification:
    """Run generated tests in fresh processes: alone; together in order; and in reverse, with all else changed.

    Args:
        modules: the tests, as text.
        support: the files that they need beside them.
        folder: absolute; where the tests will be put. Need not exist; nothing in it is changed.
        project: absolute; the user's project, which is pytest's root.
        python: the interpreter to run them with.
        timeout: seconds a test may take.
        jobs: how many processes may run at the same time; 0 for as many as there are cores. What comes of the tests
            doesn't depend on it.
        executor: runs what starts and follows the processes, in place of threads of its own.
        measured: absolute paths of the files of which it is to be known what each test reaches.
        explains: whether it is found out what a test depends on that fails, and tests that use a clock or chance are
            tried with more of both.

    Raises:
        PyteadError: ``verify-failed`` if pytest does not even start for this project, ``verify-unwritable``
            if there is no place for the candidates.
    """
    start = time.monotonic()
    if not any(module.tests for module in modules):
        return Verification(())
    jobs = jobs or _cores()
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pytead-")))
        copies = stack.enter_context(placed(modules, support, folder, project, 3))
        bench = Bench(modules, python, project, timeout, jobs, scratch / "cancelled")
        if executor is None:
            executor = stack.enter_context(ThreadPoolExecutor(jobs))
        examination = _Examination(bench, copies, executor, tuple(measured), explains)
        examination.run()
    verdicts = tuple(
        Verdict(
            module.path,
            test,
            case,
            judged(case, _rejection(examination.found.get((index, test)))),
            examination.reached.of(index, test),
        )
        for index, module in enumerate(modules)
        for test, case in module.tests.items()
    )
    places = tuple(examination.reached.places)
    return Verification(verdicts, time.monotonic() - start, examination.processes, places)


def holding(
    modules: Sequence[GeneratedModule],
    support: Sequence[SupportFile],
    *,
    folder: Path,
    project: Path,
    python: str = sys.executable,
    timeout: float = 30,
) -> set[tuple[PurePosixPath, str]]:
    """The tests that pass together, in reverse and with everything changed: each by its module and name.

    That is enough for what the tests to be delivered rely on, as these are verified in turn. Arguments and errors as
    for ``verify``.
    """
    everything = [(index, test) for index, module in enumerate(modules) for test in module.tests]
    if not everything:
        return set()
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pytead-")))
        (copy,) = stack.enter_context(placed(modules, support, folder, project, 1))
        bench = Bench(modules, python, project, timeout, 1, scratch / "cancelled")
        trial = Trial(bench, copy, everything_else(time.time()), [PlannedRun(everything[::-1])])
        run_all([trial], stack.enter_context(ThreadPoolExecutor(1)))
    return {(modules[name[0]].path, name[1]) for name in everything if not trial.outcome(name).slug}


def _cores() -> int:
    affinity = getattr(os, "sched_getaffinity", None)  # what a container leaves of them
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


def _rejection(outcome: Outcome | None) -> Rejection | None:
    return None if outcome is None else rejection(outcome.slug, outcome.reason)


class _Examination:
    """All that is done to tests before they are delivered."""

    def __init__(
        self,
        bench: Bench,
        copies: Sequence[Copy],
        executor: Executor,
        measured: tuple[str, ...],
        explains: bool,
    ) -> None:
        self._bench = bench
        self._explains = explains
        self._measured = measured
        self._copies = copies
        self._executor = executor
        self._now = time.time()
        self._failures: dict[TestName, Outcome] = {}
        self.found: dict[TestName, Outcome] = {}
        self.reached = Reached()
        self.processes = 0

    def run(self) -> None:
        """Fill ``found`` with what must not be delivered."""
        everything = [
            (index, test) for index, module in enumerate(self._bench.modules) for test in module.tests
        ]
        functions: dict[tuple[int, object], list[TestName]] = {}
        for index, module in enumerate(self._bench.modules):
            for test, case in module.tests.items():
                functions.setdefault((index, getattr(case, "function", None)), []).append((index, test))
        # In reverse, as they run in order later; and those that fail once more, each by itself.
        runs = [PlannedRun(tests[::-1], is_split=True) for tests in functions.values()]
        alone = self._try(ALONE, 0, runs, is_apart=True)
        self._run(alone)
        outcomes = {
            name: alone.outcome(name, number) for number, run in enumerate(runs) for name in run.tests
        }
        failed = {name: outcomes[name] for name in everything if outcomes[name].slug}
        unlike = [name for name, outcome in failed.items() if outcome.slug == "mismatch"]
        self._note(failed)
        for index, tests in alone.left_out.items():
            for copy in self._copies[1:]:
                copy.leave_out(index, self._bench.modules[index].text, tests)

        # What fails alone may pass in company; but what is to be delivered must not need that.
        in_order = self._in(everything, self._sound(everything) | set(unlike))
        backwards = self._in(everything[::-1], self._sound(everything))
        moved = everything_else(self._now)
        together = self._try(TOGETHER, 1, [PlannedRun(in_order)] if in_order else [])
        together.measured, self.reached = self._measured, together.reached
        reversed_ = self._try(moved, 2, [PlannedRun(backwards)] if backwards else [])
        if not self._explains:
            self._run(together, reversed_)
            for trial, order in ((together, in_order), (reversed_, backwards)):
                self._note({name: trial.outcome(name) for name in order if trial.outcome(name).slug})
            return
        diagnosis = self._diagnosis(unlike)
        self._run(together, reversed_, *diagnosis.begin())
        self._explain(diagnosis, unlike)
        unsure = [
            name for name in unlike if self.found[name].slug in ("mismatch", "hidden-state", "filesystem")
        ]
        in_company = [name for name in unsure if not together.outcome(name).slug]
        self._explain_company(in_company, TOGETHER, in_order, passes=True)
        self._settle(together, TOGETHER, in_order)
        self._settle(reversed_, moved, backwards)
        self._shake([name for name in backwards if name not in self.found], reversed_)

    def _settle(self, trial: Trial, conditions: Conditions, order: list[TestName]) -> None:
        """Note what passed before, and failed in a trial with the others."""
        failed = {name: trial.outcome(name) for name in order if name not in self.found}
        failed = {name: outcome for name, outcome in failed.items() if outcome.slug}
        self._note(failed)
        unlike = [name for name, outcome in failed.items() if outcome.slug == "mismatch"]
        if not unlike:
            return
        diagnosis = self._diagnosis(unlike)
        self._run(*diagnosis.begin())
        self._explain(diagnosis, unlike)
        left = [name for name in unlike if self.found[name].slug == "mismatch"]
        self._explain_company(left, conditions, order, passes=False)
        for name in left:
            if self.found[name].slug == "mismatch":
                self._name(name, "unstable", "it passes by itself, and not always")

    def _diagnosis(self, suspects: Sequence[TestName]) -> Diagnosis:
        return Diagnosis(self._bench, self._copies[0], self._executor, self._now, suspects)

    def _explain(self, diagnosis: Diagnosis, unlike: Sequence[TestName]) -> None:
        """Name what tests depend on that gave another result, as far as it can be told."""
        causes = diagnosis.causes()
        self.processes += diagnosis.processes
        for name in unlike:
            if name in causes:
                self._name(name, *causes[name])
            elif self.found[name].lacks:
                self._name(name, "filesystem", "it needs a file that isn't there")

    def _explain_company(
        self, tests: Sequence[TestName], conditions: Conditions, order: list[TestName], *, passes: bool
    ) -> None:
        if not tests:
            return
        company = Company(self._bench, self._copies[0], self._executor, conditions, order, passes=passes)
        for name, other in company.find(tests).items():
            which = "other tests" if other is None else other[1]
            words = f"it passes only after {which}" if passes else f"it fails after {which}"
            self._name(name, "order-dependent", words)
        self.processes += company.processes

    def _shake(self, passed: Sequence[TestName], trial: Trial) -> None:
        """Try tests that look at a clock, or use chance, under more of both."""
        chancy = [name for name in passed if "random" in trial.outcome(name).touched]
        timely = [name for name in passed if "time" in trial.outcome(name).touched]
        runs = shakes(chancy, timely, self._now)
        if not runs:
            return
        shaken = self._try(everything_else(self._now), 0, runs, is_apart=True)
        self._run(shaken)
        for number, run in enumerate(runs):
            name = run.tests[0]
            outcome = shaken.outcome(name, number)
            if outcome.slug and name not in self.found:
                self._note({name: outcome})
                self._name(name, *(TIME if run.seed is None else RANDOM))

    def _name(self, name: TestName, slug: str, words: str) -> None:
        self.found[name] = Outcome(slug, f"{words}: {self._failures[name].reason}")

    def _note(self, failed: dict[TestName, Outcome]) -> None:
        self._failures.update(failed)
        self.found.update(failed)

    def _try(
        self, conditions: Conditions, copy: int, runs: Sequence[PlannedRun], *, is_apart: bool = False
    ) -> Trial:
        return Trial(self._bench, self._copies[copy], conditions, runs, is_apart)

    def _run(self, *trials: Trial) -> None:
        run_all(trials, self._executor)
        self.processes += sum(trial.processes for trial in trials)

    def _sound(self, everything: Iterable[TestName]) -> set[TestName]:
        return {name for name in everything if name not in self.found}

    def _in(self, order: Iterable[TestName], names: set[TestName]) -> list[TestName]:
        return [name for name in order if name in names]

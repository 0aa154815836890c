"""Runs of tests under some conditions: in which processes they take place, and what came of each test."""

from __future__ import annotations

import os
import re
import sys
from collections import defaultdict
from concurrent.futures import FIRST_COMPLETED, wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from pytead.errors import FINDING, PyteadError
from pytead.verify.forks import can_fork
from pytead.verify.plan import PlannedModule, PlannedRun
from pytead.verify.process import Ended, Job, run
from pytead.verify.reached import Reached

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from concurrent.futures import Executor, Future
    from pathlib import Path

    from pytead.codegen.generated import GeneratedModule
    from pytead.verify.conditions import Conditions
    from pytead.verify.placing import Copy

TestName = tuple[int, str]
"""Number of the module and name of the test in it."""

_LONGEST_REASON = 300
_SHARE = 100
"""Tests that are worth a process of their own."""

_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,}")
_HARMLESS = sys.stdlib_module_names | {"pytead.replay", "pytest"}
"""Imports that change nothing for others; a submodule may be one that a program forgets to import."""

_IMPORT = re.compile(r"^(?:from|import) ([\w.]+)", re.MULTILINE)


class Outcome(NamedTuple):
    """What came of a test.

    Attributes:
        slug: empty if it passed.
        reason: why it didn't.
        mark: all that tells one failure from another.
        lacks: whether it failed for want of a file.
        touched: ``time`` and ``random``, where it looked at them.
    """

    slug: str = ""
    reason: str = ""
    mark: str = ""
    lacks: bool = False
    touched: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Bench:
    """What all processes have in common.

    Attributes:
        modules: the tests, as text.
        python: the interpreter to run them with.
        project: absolute; the user's project.
        timeout: seconds a test may take.
        jobs: how many processes may run at the same time.
        cancelled: a file that appears when all of them are to end.
    """

    modules: Sequence[GeneratedModule]
    python: str
    project: Path
    timeout: float
    jobs: int
    cancelled: Path


@dataclass(slots=True)
class Trial:
    """Some runs under one set of conditions.

    Attributes:
        bench: what all have in common.
        copy: the candidates.
        conditions: what the processes find around them.
        runs: what runs, with the modules' own numbers.
        is_apart: whether each run has a process of its own, and shares imports only with what has the same ones; where
            there are no forks, only the latter.
        is_isolated: whether it has a process of its own there, too.
        options: further options of pytest.
        measured: files of which it is noted what each test reaches; only where runs aren't apart.
        outcomes: by number of the run and test, in the order in which it was run; it fills up.
        left_out: by module, the cases whose values can't be had: they are taken out of the candidate.
        reached: what the tests reached.
        processes: how many processes ran.
    """

    bench: Bench
    copy: Copy
    conditions: Conditions
    runs: Sequence[PlannedRun]
    is_apart: bool = False
    is_isolated: bool = False
    options: tuple[str, ...] = ()
    measured: tuple[str, ...] = ()
    outcomes: dict[tuple[int, TestName], list[Outcome]] = field(default_factory=lambda: defaultdict(list))
    left_out: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    reached: Reached = field(default_factory=Reached)
    processes: int = 0

    def strands(self) -> list[Strand]:
        """The processes that it begins with."""
        numbers = range(len(self.runs))
        if not self.is_apart:
            return [Strand(self, list(numbers), [])] if self.runs else []
        groups: dict[object, list[int]] = {}
        for number in numbers:
            groups.setdefault(_imports(self.bench, self.runs[number]), []).append(number)
        if not can_fork():
            shared = [[number] for number in numbers] if self.is_isolated else groups.values()
            return [Strand(self, group, []) for group in shared]
        most = min(self.bench.jobs, max(1, sum(len(run.tests) for run in self.runs) // _SHARE))
        shares: list[list[list[int]]] = [[] for _ in range(most)]
        for group in sorted(groups.values(), key=len, reverse=True):
            min(shares, key=lambda share: sum(map(len, share))).append(group)
        return [
            Strand(self, [number for group in share for number in group], share) for share in shares if share
        ]

    def outcome(self, test: TestName, number: int = 0) -> Outcome:
        """The first outcome of a test in a run."""
        found = self.outcomes.get((number, test))
        return found[0] if found else Outcome("crash", "the test run ended before it")

    def tidy(self, reason: str) -> str:
        """A reason as it will read in any run: one line, without the project's folder or an address."""
        text = _ADDRESS.sub("0x...", reason.replace(f"{self.bench.project}{os.sep}", ""))
        line = " ".join(text.split())
        return line if len(line) <= _LONGEST_REASON else f"{line[: _LONGEST_REASON - 3]}..."


def _imports(bench: Bench, planned: PlannedRun) -> object:
    """What a run imports: whoever imports the same can share it."""
    found: set[str] = set()
    for index in {index for index, _ in planned.tests}:
        text = bench.modules[index].text
        ends = [place for word in ("\n@", "\ndef ", "\nclass ") if (place := text.find(word)) >= 0]
        found.update(_IMPORT.findall(text, 0, min(ends, default=len(text))))
    return frozenset(found - _HARMLESS)


class Strand:
    """Runs of a trial that take one process, or another one after each that they end.

    Args:
        trial: whose.
        numbers: those of the runs.
        groups: those that share a fork; empty where there are no forks.
    """

    def __init__(self, trial: Trial, numbers: Sequence[int], groups: Sequence[Sequence[int]]) -> None:
        self._trial = trial
        self._groups = groups
        self._pending = {number: list(trial.runs[number].tests) for number in numbers}
        self._numbers: list[int] = []
        self._order: list[int] = []

    def job(self) -> Job | None:
        """The next process; None when all is done."""
        self._pending = {number: tests for number, tests in self._pending.items() if tests}
        if not self._pending:
            return None
        trial, bench = self._trial, self._trial.bench
        self._numbers = list(self._pending)
        places: dict[int, int] = {}
        for tests in self._pending.values():
            for index, _ in tests:
                places.setdefault(index, len(places))
        self._order = list(places)
        runs = []
        for number in self._numbers:
            own = trial.runs[number]
            tests = [(places[index], test) for index, test in self._pending[number]]
            runs.append(PlannedRun(tests, own.repeats, own.seed, own.clock, own.is_split))
        local = {number: place for place, number in enumerate(self._numbers)}
        groups = [[local[number] for number in group if number in local] for group in self._groups]
        modules = [
            PlannedModule(
                str(trial.copy.files[index]), [list(names) for names in bench.modules[index].classes]
            )
            for index in self._order
        ]
        trial.processes += 1
        return Job(
            bench.python,
            bench.project,
            bench.timeout,
            trial.conditions,
            modules,
            runs,
            [group for group in groups if group],
            trial.copy.preludes,
            trial.copy.names,
            bench.cancelled,
            trial.options,
            trial.measured,
        )

    def take(self, ended: Ended) -> None:
        """Read what a process reported."""
        if ended.cause == "cancelled":
            self._pending = {}
            return
        if not any(event["event"] in ("collect", "died") for event in ended.events):
            raise _not_started(ended)
        before = self._size()
        self._read(ended)
        if before == self._size():
            for number in self._numbers:
                self._settle_all(number, "crash", f"the test run {ended.detail}")

    def _size(self) -> tuple[int, int]:
        return sum(map(len, self._pending.values())), sum(map(len, self._trial.left_out.values()))

    def _read(self, ended: Ended) -> None:
        collecting: int | None = None
        testing: tuple[int, TestName] | None = None
        failed: set[int] = set()
        left_out: set[int] = set()
        stopped: dict[tuple[int, TestName], tuple[str, str]] = {}
        self._trial.reached.next_process()
        for event in ended.events:
            kind = event["event"]
            index = -1 if event.get("module") is None else self._order[event["module"]]
            number = -1 if event.get("run") is None else self._numbers[event["run"]]
            if kind == "collect":
                collecting = index
            elif kind == "collected":
                collecting = None
                if "slug" in event:
                    (left_out if self._leave_out(index, event) else failed).add(index)
            elif kind == "ready":
                ready = {(self._order[place], test) for place, test in event["tests"]}
                wanted = {self._order[place] for place in event["modules"]} - left_out - failed
                self._reject_uncollected(wanted, ready)
            elif kind == "test":
                testing = (number, (index, event["test"]))
            elif kind == "tested":
                testing = None
                self._trial.reached.take(index, event)
                self._settle(number, (index, event["test"]), self._outcome(event), is_final=event["final"])
            elif kind == "stop" and index >= 0:
                stopped.setdefault((number, (index, event["test"] or "")), (event["slug"], event["reason"]))
            elif kind == "died":
                self._end(testing, collecting, event["cause"], event["detail"])
                testing = collecting = None
        for (number, (index, test)), (slug, reason) in stopped.items():
            if not test and index in left_out:
                continue
            found = Outcome(slug, self._trial.tidy(reason if test else f"{reason} when it is imported"))
            for own in [number] if number >= 0 else self._numbers:
                names = [name for name in self._trial.runs[own].tests if name[0] == index]
                for name in names:
                    if test in ("", name[1]):
                        self._settle(own, name, found, is_final=True)
        if ended.cause:
            self._end(testing, collecting, ended.cause, ended.detail)

    def _outcome(self, event: dict[str, Any]) -> Outcome:
        reason = event.get("reason", "")
        return Outcome(
            event.get("slug", ""),
            self._trial.tidy(reason),
            event.get("mark", reason),
            event.get("lacks", False),
            tuple(event.get("touched", ())),
        )

    def _end(
        self, testing: tuple[int, TestName] | None, collecting: int | None, cause: str, detail: str
    ) -> None:
        """A process ended before its time: put it down to what was under way."""
        reason = f"the test run {detail}" if cause == "crash" else detail
        if testing is not None:
            number, (index, test) = testing
            self._settle(number, (index, test), Outcome(cause, self._trial.tidy(reason)))
        elif collecting is not None:
            self._reject(collecting, cause, f"{reason} while the module was imported")

    def _leave_out(self, index: int, event: dict[str, Any]) -> bool:
        """Take the values that broke a module's import out of its candidate; False if none is known."""
        planned = {test for tests in self._pending.values() for own, test in tests if own == index}
        broken = {test: reason for test, reason in event["broken"].items() if test in planned}
        if not broken:
            self._reject(index, event["slug"], event["reason"])
            return False
        for test, reason in broken.items():
            for number in self._numbers:
                if (index, test) in self._pending[number]:
                    self._settle(number, (index, test), Outcome(event["slug"], self._trial.tidy(reason)))
        text, broken_so_far = self._trial.bench.modules[index].text, self._trial.left_out[index]
        broken_so_far.update(broken)
        self._trial.copy.leave_out(index, text, broken_so_far)
        return True

    def _reject_uncollected(self, wanted: set[int], ready: set[TestName]) -> None:
        found = Outcome("not-collected", "pytest does not take it for a test")
        for number in self._numbers:
            for name in [name for name in self._pending[number] if name[0] in wanted and name not in ready]:
                self._settle(number, name, found)

    def _reject(self, index: int, slug: str, reason: str) -> None:
        for number in self._numbers:
            for name in [name for name in self._pending[number] if name[0] == index]:
                self._settle(number, name, Outcome(slug, self._trial.tidy(reason)))

    def _settle_all(self, number: int, slug: str, reason: str) -> None:
        for name in list(self._pending[number]):
            self._settle(number, name, Outcome(slug, self._trial.tidy(reason)))

    def _settle(self, number: int, name: TestName, outcome: Outcome, *, is_final: bool = False) -> None:
        if name in self._pending[number]:
            self._pending[number].remove(name)
        outcomes = self._trial.outcomes[number, name]
        if is_final:
            outcomes.clear()
        outcomes.append(outcome)


def run_all(trials: Iterable[Trial], executor: Executor) -> None:
    """Run trials side by side; an interrupt or the failure of one ends them all."""
    waiting: dict[Future[Ended], Strand] = {}
    cancelled: Path | None = None

    def start(strand: Strand) -> None:
        job = strand.job()
        if job is not None:
            waiting[executor.submit(run, job)] = strand

    try:
        for trial in trials:
            cancelled = trial.bench.cancelled
            for strand in trial.strands():
                start(strand)
        while waiting:
            # With a time limit, or Windows would not hear Ctrl-C.
            done, _ = wait(waiting, 0.5, FIRST_COMPLETED)
            for future in done:
                strand = waiting.pop(future)
                strand.take(future.result())
                start(strand)
    except BaseException:
        if cancelled is not None:
            cancelled.touch()
        for future in waiting:
            future.cancel()
        wait(waiting)
        raise


def _not_started(ended: Ended) -> PyteadError:
    lines = [line.strip() for line in ended.output.splitlines() if line.strip()]
    telling = [
        line
        for line in lines
        if re.match(r"(E  |ERROR|INTERNALERROR>.*Error|\w*Error\b|.*No module named)", line)
    ]
    last = ended.detail if ended.cause == "timeout" else (telling or lines or [ended.detail])[-1]
    return PyteadError(
        "verify-failed",
        f"pytest did not get as far as the generated tests: {last[:_LONGEST_REASON]}",
        "Make `python -m pytest` work in the project, or skip verification with --no-verify.",
        FINDING,
    )

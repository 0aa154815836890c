"""Run generated tests where they can do no harm, and say which may be delivered."""

from __future__ import annotations

import os
import re
import shutil
import stat
import sys
import tempfile
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from threading import Event as Flag
from typing import TYPE_CHECKING, Any

from pytead.errors import FINDING, PyteadError, Rejection
from pytead.verify.environment import Surroundings
from pytead.verify.placing import Copy, placed
from pytead.verify.plan import PlannedModule
from pytead.verify.process import Ended, Launcher
from pytead.verify.reached import Reached
from pytead.verify.values import without_cases
from pytead.verify.verdict import Verdict, Verification, judged, rejection

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pytead.codegen.generated import GeneratedModule, SupportFile

TestName = tuple[int, str]
"""Number of the module and name of the test in it."""

HASH_SEEDS = (1, 4242)
_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,}")
_LONGEST_REASON = 300
_LONGEST_COMMAND = 25_000 if sys.platform == "win32" else 100_000


def verify(
    modules: Sequence[GeneratedModule],
    support: Sequence[SupportFile],
    *,
    folder: Path,
    project: Path,
    python: str = sys.executable,
    timeout: float = 30,
    measured: Sequence[str] = (),
) -> Verification:
    """Run generated tests in fresh processes: in order, and in reverse under another hash seed.

    Args:
        modules: the tests, as text.
        support: the files that they need beside them.
        folder: absolute; where the tests will be put. Need not exist; nothing in it is changed.
        project: absolute; the user's project, which is pytest's root.
        python: the interpreter to run them with.
        timeout: seconds a test may take.
        measured: absolute paths of the files of which it is to be known what each test reaches.

    Raises:
        PyteadError: ``verify-failed`` if pytest does not even start for this project, ``verify-unwritable``
            if there is no place for the candidates.
    """
    start = time.monotonic()
    if not any(module.tests for module in modules):
        return Verification(())
    cancelled = Flag()
    with placed(modules, support, folder, project, len(HASH_SEEDS)) as copies:
        passes = [
            Pass(
                modules,
                copy,
                Launcher(
                    python,
                    project,
                    timeout,
                    seed,
                    copy.preludes,
                    copy.names,
                    cancelled,
                    measured=[] if reverse else list(measured),
                ),
                reverse,
            )
            for copy, seed, reverse in zip(copies, HASH_SEEDS, (False, True), strict=True)
        ]
        _run_all(passes, cancelled)
    forward, backward = passes
    verdicts = tuple(
        Verdict(
            module.path,
            test,
            case,
            judged(case, merge(forward.found.get((index, test)), backward.found.get((index, test)))),
            forward.reached.of(index, test),
        )
        for index, module in enumerate(modules)
        for test, case in module.tests.items()
    )
    processes = forward.processes + backward.processes
    return Verification(verdicts, time.monotonic() - start, processes, tuple(forward.reached.places))


def _run_all(passes: Sequence[Pass], cancelled: Flag) -> None:
    """Run the passes side by side; an interrupt or the failure of one ends them all."""
    with ThreadPoolExecutor(len(passes)) as executor:
        try:
            waiting: set[Future[None]] = {executor.submit(one.run) for one in passes}
            while waiting:
                # With a time limit, or Windows would not hear Ctrl-C.
                done, waiting = wait(waiting, 0.5, FIRST_COMPLETED)
                for future in done:
                    future.result()
        except BaseException:
            cancelled.set()
            raise


class Pass:
    """All tests once, in as many processes as it takes."""

    def __init__(
        self, modules: Sequence[GeneratedModule], copy: Copy, launcher: Launcher, reverse: bool
    ) -> None:
        self._modules = modules
        self._copy = copy
        self._launcher = launcher
        self._reverse = reverse
        self._pending: dict[int, list[str]] = {
            index: _ordered(module.tests, reverse) for index, module in enumerate(modules) if module.tests
        }
        self._order: list[int] = []
        self._temporary: dict[str, str] = {}
        self.found: dict[TestName, Rejection] = {}
        self.reached = Reached()
        self.processes = 0

    def run(self) -> None:
        """Fill ``found`` with what failed."""
        while self._pending:
            before = (sum(map(len, self._pending.values())), len(self.found))
            self._order = self._batch()
            self.processes += 1
            root = Path(tempfile.mkdtemp(prefix="pytead-")).resolve()
            try:
                ended = self._launcher.run([self._planned(index) for index in self._order], root)
            finally:
                _remove_tree(root)
            if ended.cause == "cancelled":
                return
            self._temporary = Surroundings.at(root).shown()
            self._take(ended)
            if before == (sum(map(len, self._pending.values())), len(self.found)):
                self._reject_pending(self._order, "crash", f"the test run {ended.detail}")

    def _batch(self) -> list[int]:
        """As many modules as one command can name."""
        chosen: list[int] = []
        length = 0
        for index in _ordered(self._pending, self._reverse):
            length += len(str(self._copy.files[index])) + 3
            if chosen and length > _LONGEST_COMMAND:
                break
            chosen.append(index)
        return chosen

    def _planned(self, index: int) -> PlannedModule:
        classes = [list(names) for names in self._modules[index].classes]
        return PlannedModule(str(self._copy.files[index]), self._pending[index], classes)

    def _take(self, ended: Ended) -> None:
        """Read what a process reported."""
        if not any(event["event"] == "collect" for event in ended.events):
            raise _not_started(ended)
        self.reached.next_process()
        collecting: int | None = None
        testing: TestName | None = None
        left_out: set[int] = set()
        broken: set[int] = set()
        stopped: dict[TestName, tuple[str, str]] = {}
        for event in ended.events:
            kind = event["event"]
            index = -1 if event.get("module") is None else self._order[event["module"]]
            if kind == "collect":
                collecting = index
            elif kind == "collected":
                collecting = None
                if "slug" in event:
                    (left_out if self._leave_out_values(index, event) else broken).add(index)
            elif kind == "ready":
                ready = {(self._order[place], test) for place, test in event["tests"]}
                self._reject_uncollected(ready, left_out | broken)
            elif kind == "test":
                testing = (index, event["test"])
            elif kind == "tested":
                testing = None
                self.reached.take(index, event)
                self._settle((index, event["test"]), event.get("slug"), event.get("reason", ""))
            elif kind == "stop" and index >= 0:
                stopped.setdefault((index, event["test"] or ""), (event["slug"], event["reason"]))
        for (index, test), (slug, reason) in stopped.items():
            if test:
                self._settle((index, test), slug, reason)
            elif index not in left_out:
                self._reject(index, list(self._modules[index].tests), slug, f"{reason} when it is imported")
        if ended.cause:
            reason = f"the test run {ended.detail}" if ended.cause == "crash" else ended.detail
            if testing is not None and testing not in self.found:
                self._settle(testing, ended.cause, reason)
            elif collecting is not None:
                self._reject_pending([collecting], ended.cause, f"{reason} while the module was imported")

    def _leave_out_values(self, index: int, event: dict[str, Any]) -> bool:
        """Take the values that broke a module's import out of its candidate; False if none is known."""
        pending = self._pending.get(index, [])
        broken = {test: reason for test, reason in event["broken"].items() if test in pending}
        if not broken:
            self._reject(index, list(pending), event["slug"], event["reason"])
            return False
        for test, reason in broken.items():
            self._settle((index, test), event["slug"], reason)
        names = frozenset(test for number, test in self.found if number == index)
        self._copy.files[index].write_bytes(without_cases(self._modules[index].text, names).encode())
        return True

    def _reject_uncollected(self, ready: set[TestName], broken: set[int]) -> None:
        for index in self._order:
            missing = [test for test in self._pending.get(index, ()) if (index, test) not in ready]
            if index not in broken:
                self._reject(index, missing, "not-collected", "pytest does not take it for a test")

    def _reject_pending(self, indexes: Iterable[int], slug: str, reason: str) -> None:
        for index in indexes:
            self._reject(index, list(self._pending.get(index, ())), slug, reason)

    def _reject(self, index: int, tests: Iterable[str], slug: str, reason: str) -> None:
        for test in tests:
            self._settle((index, test), slug, reason)

    def _settle(self, name: TestName, slug: str | None, reason: str) -> None:
        index, test = name
        pending = self._pending.get(index, [])
        if test in pending:
            pending.remove(test)
            if not pending:
                del self._pending[index]
        if slug is not None:
            self.found[name] = rejection(slug, self._tidy(reason))

    def _tidy(self, reason: str) -> str:
        """A reason as it will read in any run: no temporary name, no address."""
        for temporary, real in {**self._temporary, **self._copy.names}.items():
            reason = reason.replace(temporary, real)
        project = str(self._launcher.project)
        line = " ".join(_ADDRESS.sub("0x...", reason.replace(project + os.sep, "")).split())
        return line if len(line) <= _LONGEST_REASON else f"{line[: _LONGEST_REASON - 3]}..."


def _ordered(items: Iterable[Any], reverse: bool) -> list[Any]:
    ordered = list(items)
    return ordered[::-1] if reverse else ordered


def merge(forward: Rejection | None, backward: Rejection | None) -> Rejection | None:
    """One rejection out of two runs."""
    if forward is None and backward is None:
        return None
    found = [one for one in (forward, backward) if one is not None]
    telling = [one for one in found if one.slug != "mismatch"]
    if telling:
        return telling[0]
    if len(found) == 2:
        return found[0]
    which = "in reverse order under another hash seed" if forward is None else "in order, but not in reverse"
    return rejection("unstable", f"fails {which}: {found[0].reason}")


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


def _remove_tree(root: Path) -> None:
    """Remove a temporary folder, also where code under test took rights away."""
    shutil.rmtree(root, ignore_errors=True)
    if root.exists():
        for folder, _, _ in os.walk(root):
            os.chmod(folder, stat.S_IRWXU)
        shutil.rmtree(root, ignore_errors=True)

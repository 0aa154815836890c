"""The pytest plugin of a verification process: runs what the plan says behind the wall and reports each step."""

from __future__ import annotations

import copy
import faulthandler
import gc
import os
import sys
from time import perf_counter
from typing import TYPE_CHECKING, Any

import pytest

from pytead.verify.disturbed import Disturbed
from pytead.verify.events import Board, Events
from pytead.verify.failures import NotAClassError, classify, failed, find_false_class
from pytead.verify.forks import in_fork, is_single, limit_memory
from pytead.verify.ground import Ground
from pytead.verify.meter import Tests, meter_of
from pytead.verify.plan import OPTION, Plan, read_plan
from pytead.verify.values import describe, find_broken
from pytead.verify.wall import Wall

if TYPE_CHECKING:
    from collections.abc import Generator


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the option that the parent process passes."""
    parser.getgroup("pytead").addoption(
        OPTION, dest="pytead_plan", default=None, help="used by pytead itself"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Open the events and disturb what is to be disturbed, before any code of the project is loaded."""
    file = early_config.known_args_namespace.pytead_plan
    if file is not None:
        plan = read_plan(file)
        early_config.pluginmanager.register(Watcher(plan, Events(plan.events)), "pytead_watcher")


_MOST_HANGS = 3
"""Cases of a function that may take all their time to hang; from then on a tenth of it is enough."""


class Watcher:
    """Runs the planned tests in the planned order, behind the wall."""

    def __init__(self, plan: Plan, events: Events) -> None:
        self._plan = plan
        self._events = events
        self._modules = {os.path.realpath(module.file): index for index, module in enumerate(plan.modules)}
        ground = Ground(plan.writable, plan.writable_on_import, plan.project, plan.personal, plan.kept)
        self._wall = Wall(ground, self._stopped)
        self._surroundings = Disturbed(plan.conditions, self._wall)
        self._places: dict[str | os.PathLike[str], int | None] = {}
        self._items: dict[tuple[int | None, str | None], pytest.Item] = {}
        self._scope: tuple[int | None, str | None] = (None, None)
        self._wanted: list[str] = []
        self._run: int | None = None
        self._failure: dict[str, Any] | None = None
        self._skipped: str | None = None
        self._passed = False
        self._alarm = 0.0
        self._is_final = False
        self._measured: Tests | None = None
        self._board = Board(max(len(run.tests) for run in plan.runs))
        self._log = open(plan.log, "ab")  # noqa: SIM115 - faulthandler writes to it until the process ends
        self._surroundings.install()

    def pytest_sessionstart(self) -> None:
        """From here on code under test may be run."""
        for prelude in self._plan.preludes:
            exec(
                compile(prelude.text, prelude.file, "exec"),
                {"__name__": "conftest", "__file__": prelude.file},
            )
        limit_memory(self._plan.memory)
        self._wall.install()
        self._events.send("session")

    # What runs in which process

    def pytest_collection(self, session: pytest.Session) -> bool:
        """Collect what runs in this process: nothing where that are forks."""
        if not self._plan.groups:
            self._wanted = [module.file for module in self._plan.modules]
        if self._wanted:
            self._surroundings.begin(None, None)
            session.perform_collect(self._wanted)
        return True

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run what is planned, here or in forks."""
        if not self._plan.groups:
            for number, run in enumerate(self._plan.runs):
                self._run = number
                self._run_here(session, run.tests)
        for group in self._plan.groups:
            ended = in_fork(lambda group=group: self._run_group(session, group))  # type: ignore[misc]
            if ended:
                self._events.send("died", run=None, cause="crash", detail=ended)
        return True

    def _run_group(self, session: pytest.Session, group: list[int]) -> None:
        runs = self._plan.runs
        places = dict.fromkeys(place for number in group for place, _ in runs[number].tests)
        self._wanted = [self._plan.modules[place].file for place in places]
        session.config.hook.pytest_collection(session=session)
        hangs = 0
        gc.collect()
        gc.freeze()  # so that the forks share what is there
        for number in group:
            self._run = number
            run = runs[number]
            if not is_single():  # a lock that another thread holds would be held for ever in a fork
                self._run_here(session, run.tests)
                continue
            # A hundred that hang must not cost a hundred times the limit.
            limit = self._plan.timeout if hangs < _MOST_HANGS else max(self._plan.timeout / 10, 1.0)
            if self._run_in_fork(session, run.tests, limit) == "timeout":
                hangs += 1
            again = self._board.unsettled(run.tests) if run.is_split and len(run.tests) > 1 else []
            for test in again:
                if self._run_in_fork(session, [test], limit, is_final=True) == "timeout":
                    hangs += 1

    def _run_in_fork(
        self, session: pytest.Session, tests: list[tuple[int, str]], limit: float, *, is_final: bool = False
    ) -> str:
        """Run tests in a fork, and tell if that ends before its time."""
        assert self._run is not None
        times = 2 if self._plan.runs[self._run].repeats else 1
        self._board.clear(len(tests))
        self._is_final = is_final
        ended = in_fork(lambda: self._run_here(session, tests), limit * times, self._board.progress)
        if ended:
            is_hang = ended == "timeout"
            detail = f"took more than {limit:g} s" if is_hang else ended
            self._events.send("died", run=self._run, cause="timeout" if is_hang else "crash", detail=detail)
        return ended

    def _run_here(self, session: pytest.Session, tests: list[tuple[int, str]]) -> None:
        assert self._run is not None
        run = self._plan.runs[self._run]
        self._surroundings.begin(run.seed, run.clock)
        chosen = [(place, self._items[name]) for place, name in enumerate(tests) if name in self._items]
        copies = [_copied(item) for _, item in chosen] if run.repeats else []
        following = [*(item for _, item in chosen), None][1:]
        for (place, item), next_item in zip(chosen, following, strict=True):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=next_item)
            self._board.note(place, has_passed=self._problem() is None)
        for (_, item), params in zip(chosen, copies, strict=False):
            if params is not None:
                if params:
                    vars(item)["callspec"].params.update(params)
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)

    # Collection

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> Generator[None, Any, None]:
        """Import a candidate behind the wall, once its classes are known to be classes."""
        index = self._module_at(getattr(collector, "path", ""))
        if index is None:
            yield
            return
        is_module = isinstance(collector, pytest.Module)
        self._scope = (index, None)
        if is_module:
            self._events.send("collect", module=index)
            self._take_names()
        self._wall.raise_up()
        try:
            if is_module:
                false_class = find_false_class(self._plan.modules[index])
                if false_class is not None:
                    collector.collect = _raiser(false_class)  # type: ignore[method-assign]
            outcome = yield
            if is_module and outcome.excinfo is None and outcome.get_result().passed:
                # Once more: the import may have made modules importable that were not before.
                false_class = find_false_class(self._plan.modules[index])
                if false_class is not None:
                    outcome.force_result(_failed_report(collector, false_class))
            problem = self._collect_problem(collector, outcome)
        finally:
            self._wall.take_down()
        if is_module or problem:
            self._events.send("collected", module=index, **problem)

    def _take_names(self) -> None:
        """Hide whatever the delivered tests will hide: a project's ``generated`` behind their own package."""
        for name, later in self._plan.names.items():
            if name in sys.modules:
                sys.modules.setdefault(later, sys.modules[name])

    def _collect_problem(self, collector: pytest.Collector, outcome: Any) -> dict[str, Any]:
        """``slug``, ``reason`` and ``broken`` of a collection that failed; empty if it didn't."""
        if outcome.excinfo is not None:  # SystemExit and its like: one module must not end the session
            error = outcome.excinfo[1]
            outcome.force_result(_failed_report(collector, error))
            return {"slug": "unreachable", "reason": f"importing it raised {describe(error)}", "broken": {}}
        report = outcome.get_result()
        if report.outcome == "skipped":
            return {"slug": "skipped", "reason": "the module is skipped when it is imported", "broken": {}}
        if report.outcome == "passed":
            return {}
        call = report.__dict__.get("call")
        if call is None or call.excinfo is None:
            return {"slug": "value-forbidden", "reason": str(report.longrepr), "broken": {}}
        error = call.excinfo.value
        if isinstance(error, pytest.Collector.CollectError) and error.__cause__ is not None:
            error = error.__cause__
        path = str(getattr(collector, "path", ""))
        found = classify(error, path)
        return {**found, "broken": self._broken_values(path) if found["slug"] == "value-rebuild" else {}}

    def _broken_values(self, path: str) -> dict[str, str]:
        module = self._scope[0]

        def begin(test: str) -> None:
            self._scope = (module, test)

        with open(path, encoding="utf-8") as stream:
            return find_broken(stream.read(), path, begin)

    @pytest.hookimpl(hookwrapper=True, trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> Generator[None, Any, None]:
        """Tell what was found."""
        yield
        self._items = found = {self._name(item): item for item in items}
        planned = {test for run in self._plan.runs for test in run.tests}
        items[:] = [item for name, item in found.items() if name in planned]
        wanted = {self._modules[os.path.realpath(file)] for file in self._wanted}
        self._events.send("ready", modules=sorted(wanted), tests=sorted(planned & found.keys()))
        meter = meter_of(self._plan.measured) if self._plan.measured else None
        self._measured = Tests(meter) if meter is not None else None

    # Running

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, Any, None]:
        """Run one test behind the wall."""
        module, test = self._scope = self._name(item)
        self._failure = self._skipped = None
        self._passed = False
        self._events.send("test", run=self._run, module=module, test=test)
        self._end_some_day()
        assert self._run is not None
        run = self._plan.runs[self._run]
        self._surroundings.begin(run.seed, run.clock)
        if self._measured is not None:
            self._measured.begin()
        self._wall.raise_up()
        outcome = yield
        self._wall.take_down()
        reached = self._measured.end() if self._measured is not None else None
        touched = self._surroundings.end()
        if outcome.excinfo is not None:
            error = outcome.excinfo[1]
            self._failure = {"slug": "crash", "reason": f"ends the test run with {describe(error)}"}
        problem = self._problem() or {}
        self._events.send(
            "tested",
            run=self._run,
            module=module,
            test=test,
            touched=touched,
            final=self._is_final,
            **problem,
            **(reached or {}),
        )

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, Any, None]:
        """Note how a phase of a test ended."""
        outcome = yield
        report = outcome.get_result()
        if report.outcome == "skipped" or hasattr(report, "wasxfail"):
            self._skipped = self._skipped or describe(
                call.excinfo.value if call.excinfo else pytest.skip.Exception("")
            )
        elif report.outcome == "failed" and self._failure is None:
            self._failure = failed(call)
        elif report.outcome == "passed" and call.when == "call":
            self._passed = True

    @pytest.hookimpl(hookwrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Generator[None, Any, None]:
        """Leave a fixture that the wall stopped as if it had never begun."""
        outcome = yield
        # pytest keeps an Exception as the fixture's value; after anything else it refuses to set it up again.
        if outcome.excinfo is not None and not isinstance(outcome.excinfo[1], Exception):
            finalizers = getattr(fixturedef, "_finalizers", None)
            if finalizers is not None and fixturedef.cached_result is None:
                finalizers.clear()

    def _end_some_day(self) -> None:
        """End the process if nobody does: its parent ends a test that hangs, but that may be gone."""
        now = perf_counter()
        if not self._plan.groups and now > self._alarm:
            faulthandler.dump_traceback_later(self._plan.timeout + 60, exit=True, file=self._log)
            self._alarm = now + 20  # setting it for each test would take longer than most of them

    def _problem(self) -> dict[str, Any] | None:
        if self._failure is not None:
            return self._failure
        if self._skipped is not None:
            return {"slug": "skipped", "reason": self._skipped}
        if not self._passed:
            return {"slug": "mismatch", "reason": "it was never called"}
        return None

    # Ending

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        """Leave without the exit handlers that code under test left behind: they'd run without the wall."""
        self._events.send("end")
        try:
            sys.stdout.flush()
        except (AttributeError, OSError, ValueError):
            pass  # code under test closed or replaced it
        os._exit(0)

    def _name(self, item: pytest.Item) -> tuple[int | None, str | None]:
        return self._module_at(getattr(item, "path", "")), item.nodeid.partition("::")[2]

    def _module_at(self, path: str | os.PathLike[str]) -> int | None:
        if path not in self._places:
            self._places[path] = self._modules.get(os.path.realpath(path))
        return self._places[path]

    def _stopped(self, slug: str, what: str) -> None:
        module, test = self._scope
        self._events.send("stop", run=self._run, module=module, test=test, slug=slug, reason=what)


def _failed_report(collector: pytest.Collector, error: BaseException) -> pytest.CollectReport:
    reason = str(error) if isinstance(error, NotAClassError) else describe(error)
    return pytest.CollectReport(collector.nodeid, "failed", reason, [])


def _raiser(error: Exception) -> Any:
    def collect() -> list[pytest.Item]:
        raise error

    return collect


def _copied(item: pytest.Item) -> dict[str, Any] | None:
    """The arguments of a test once more, as they are now; None where they can't be had."""
    try:
        return dict(copy.deepcopy(item.callspec.params)) if hasattr(item, "callspec") else {}
    except Exception:
        return None

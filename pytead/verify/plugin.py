"""The pytest plugin of a verification process: runs what the plan says behind the wall and reports each step.

Every event is one JSON line, written before the next thing happens, so that a process that dies tells where.
"""

from __future__ import annotations

import ast
import copy
import faulthandler
import gc
import json
import os
import re
import sys
from importlib import import_module
from mmap import mmap
from time import perf_counter
from types import BuiltinMethodType, MethodType
from typing import TYPE_CHECKING, Any

import pytest

from pytead.values.permitted import is_standard
from pytead.verify.disturbed import Disturbed
from pytead.verify.forks import in_fork, is_single, limit_memory
from pytead.verify.ground import Ground
from pytead.verify.meter import Tests, meter_of
from pytead.verify.plan import OPTION, Plan, PlannedModule, read_plan
from pytead.verify.values import describe, find_broken
from pytead.verify.wall import Stopped, Wall
from pytead.verify.wording import described

if TYPE_CHECKING:
    from collections.abc import Generator
    from types import TracebackType


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


_WHERE = re.compile(r"\s*\+\s+(where|and) ")
"""Where pytest tells what a value was the result of, with the addresses of functions."""

_SHOWN_OBJECT = re.compile(
    r"(?:^|(?<=[\[({=])|(?<=assert )|(?<=[=!]= )|(?<=[,:] ))<[^<>\n]* at 0x[0-9a-fA-F]+>"
)
"""An object as its default repr shows it, outside of a string: its address is no part of the result."""

_MOST_HANGS = 3
"""Cases of a function that may take all their time to hang; from then on a tenth of it is enough."""


class Board:
    """Where a fork notes what it has done, for the process that it came from.

    Args:
        size: how many tests a fork may run.
    """

    def __init__(self, size: int) -> None:
        self._shared = mmap(-1, max(1, size))
        self._size = 0

    def clear(self, size: int) -> None:
        """So many tests are to be run next."""
        self._size = size
        self._shared[:size] = bytes(size)

    def note(self, place: int, *, has_passed: bool) -> None:
        """A test is over."""
        if place < self._size:
            self._shared[place] = 1 + has_passed

    def progress(self) -> int:
        """How many tests are over."""
        return self._size - self._shared[: self._size].count(0)

    def unsettled(self, tests: list[tuple[int, str]]) -> list[tuple[int, str]]:
        """Those of the tests that failed, or weren't reached as the one before them ended the fork."""
        states = list(zip(tests, self._shared[: self._size], strict=True))
        failed = [test for test, state in states if state == 1]
        return failed + [test for test, state in states if state == 0][1:]


class Events:
    """The line-by-line report to the parent process."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._descriptor = self._open()

    def send(self, kind: str, **fields: Any) -> None:
        """Append one event; ``fields`` are JSON-able."""
        line = json.dumps({"event": kind, **fields}).encode() + b"\n"
        try:
            os.write(self._descriptor, line)
        except OSError:
            # Code under test closed every descriptor it could find.
            self._descriptor = self._open()
            os.write(self._descriptor, line)

    def _open(self) -> int:
        return os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


class Watcher:
    """Runs the planned tests in the planned order, behind the wall."""

    def __init__(self, plan: Plan, events: Events) -> None:
        self._plan = plan
        self._events = events
        self._modules = {os.path.realpath(module.file): index for index, module in enumerate(plan.modules)}
        self._wall = Wall(Ground(plan.writable, plan.writable_on_import, plan.project), self._stopped)
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
                false_class = _find_false_class(self._plan.modules[index])
                if false_class is not None:
                    collector.collect = _raiser(false_class)  # type: ignore[method-assign]
            outcome = yield
            if is_module and outcome.excinfo is None and outcome.get_result().passed:
                # Once more: the import may have made modules importable that were not before.
                false_class = _find_false_class(self._plan.modules[index])
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
        found = _classify(error, path)
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
            self._failure = _failed(call)
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


class NotAClassError(Exception):
    """A value names something as its class that is none."""


UNCHANGEABLE = (tuple, str, int, float, bytes, frozenset, complex)
"""What a constant that another one is reached through holds, beside its attributes."""


def _find_false_class(module: PlannedModule) -> NotAClassError | None:
    """The first of a module's classes that is importable and none."""
    for module_name, qualname in module.classes:
        try:
            found: Any = import_module(module_name)
            for part in qualname.split("."):
                found = getattr(found, part)
        except BaseException:
            continue  # be it an exit or the wall: the test module's own import says it better
        if isinstance(found, UNCHANGEABLE) and type(found) not in UNCHANGEABLE:
            continue  # a constant that leads to others of its class
        if isinstance(found, (MethodType, BuiltinMethodType)) and isinstance(found.__self__, type):
            found = found.__self__  # one of its class methods makes the value
        if not isinstance(found, type):
            return NotAClassError(f"{module_name}.{qualname} is not a class")
        if is_standard(found.__module__) and not is_standard(module_name):
            # The recorder would have named it by its own module, where an allow-list says what may be called.
            return NotAClassError(f"{module_name}.{qualname} is {found.__module__}.{found.__qualname__}")
    return None


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


def _failed(call: pytest.CallInfo[None]) -> dict[str, Any]:
    if call.excinfo is None:
        return {"slug": "mismatch", "reason": "failed"}
    error = call.excinfo.value
    if isinstance(error, MemoryError):
        return {"slug": "crash", "reason": "took all the memory that a test may take"}
    innermost = _innermost(error.__traceback__)
    slug = (
        "value-rebuild"
        if innermost.replace(os.sep, "/").endswith("pytead/replay/rebuilding.py")
        else "mismatch"
    )
    when = "" if call.when == "call" else f"in {call.when}: "
    lacks = isinstance(error, OSError) and bool(error.filename)
    return {"slug": slug, "reason": f"{when}{described(error)}", "mark": _mark(error), "lacks": lacks}


def _mark(error: BaseException) -> str:
    """All that tells one failure from another, addresses included."""
    try:
        lines = f"{type(error).__name__}: {error}".splitlines()
    except Exception:
        return type(error).__name__
    return _SHOWN_OBJECT.sub("<object>", "\n".join(line for line in lines if not _WHERE.match(line)))


def _innermost(traceback: TracebackType | None) -> str:
    path = ""
    while traceback is not None:
        path = traceback.tb_frame.f_code.co_filename
        traceback = traceback.tb_next
    return path


def _classify(error: BaseException, path: str) -> dict[str, str]:
    """Why a candidate could not be imported."""
    if isinstance(error, NotAClassError):
        return {"slug": "value-forbidden", "reason": str(error)}
    line = _line_in(error.__traceback__, path)
    if isinstance(error, SyntaxError):
        slug = "invalid-source" if error.filename == path else "unreachable"
    elif line is None or _is_import(path, line):
        slug = error.slug if isinstance(error, Stopped) else "unreachable"
    else:
        slug = "value-rebuild"
    return {"slug": slug, "reason": error.what if isinstance(error, Stopped) else describe(error)}


def _line_in(traceback: TracebackType | None, path: str) -> int | None:
    line = None
    wanted = os.path.realpath(path)
    while traceback is not None:
        if os.path.realpath(traceback.tb_frame.f_code.co_filename) == wanted:
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return line


def _is_import(path: str, line: int) -> bool:
    with open(path, encoding="utf-8") as stream:
        text = stream.read()
    for statement in ast.parse(text).body:
        if statement.lineno <= line <= (statement.end_lineno or line):
            return isinstance(statement, (ast.Import, ast.ImportFrom))
    return False

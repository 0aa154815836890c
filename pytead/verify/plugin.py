"""The pytest plugin of a verification process: runs what the plan says behind the wall and reports each step.

Every event is one JSON line, written before the next thing happens, so that a process that dies tells where.
"""

from __future__ import annotations

import ast
import faulthandler
import json
import os
import sys
from importlib import import_module
from types import BuiltinMethodType, MethodType
from typing import TYPE_CHECKING, Any

import pytest

from pytead.values.permitted import is_standard
from pytead.verify.ground import Ground
from pytead.verify.meter import Tests, meter_of
from pytead.verify.plan import OPTION, Plan, PlannedModule, read_plan
from pytead.verify.values import describe, find_broken
from pytead.verify.wall import Stopped, Wall

if TYPE_CHECKING:
    from collections.abc import Generator
    from types import TracebackType


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the option that the parent process passes."""
    parser.getgroup("pytead").addoption(
        OPTION, dest="pytead_plan", default=None, help="used by pytead itself"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Open the events, put up the wall's hook and begin to watch."""
    file = config.getoption("pytead_plan")
    if file is not None:
        plan = read_plan(file)
        config.pluginmanager.register(Watcher(plan, Events(plan.events)), "pytead_watcher")


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
        self._scope: tuple[int | None, str | None] = (None, None)
        self._failure: dict[str, str] | None = None
        self._skipped: str | None = None
        self._passed = False
        self._measured: Tests | None = None
        self._log = open(plan.log, "ab")  # noqa: SIM115 - faulthandler writes to it until the process ends

    def pytest_sessionstart(self) -> None:
        """From here on code under test may be run."""
        for prelude in self._plan.preludes:
            exec(
                compile(prelude.text, prelude.file, "exec"),
                {"__name__": "conftest", "__file__": prelude.file},
            )
        self._wall.install()
        self._events.send("session")

    # Collection

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> Generator[None, Any, None]:
        """Import a candidate behind the wall, once its classes are known to be classes."""
        index = self._modules.get(os.path.realpath(getattr(collector, "path", "")))
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
        """Keep what is planned, in the planned order."""
        yield
        places = {
            (index, test): (index, position)
            for index, module in enumerate(self._plan.modules)
            for position, test in enumerate(module.tests)
        }
        found = {self._name(item): item for item in items}
        planned = sorted((name for name in found if name in places), key=lambda name: places[name])
        items[:] = [found[name] for name in planned]
        self._events.send("ready", tests=planned)
        meter = meter_of(self._plan.measured) if self._plan.measured else None
        self._measured = Tests(meter) if meter is not None else None

    # Running

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, Any, None]:
        """Run one test behind the wall."""
        module, test = self._scope = self._name(item)
        self._failure = self._skipped = None
        self._passed = False
        self._events.send("test", module=module, test=test)
        # The parent process ends a test that hangs; this is for a parent that is gone.
        faulthandler.dump_traceback_later(self._plan.hang, exit=True, file=self._log)
        if self._measured is not None:
            self._measured.begin()
        self._wall.raise_up()
        outcome = yield
        self._wall.take_down()
        reached = self._measured.end() if self._measured is not None else None
        faulthandler.cancel_dump_traceback_later()
        if outcome.excinfo is not None:
            error = outcome.excinfo[1]
            self._failure = {"slug": "crash", "reason": f"ends the test run with {describe(error)}"}
        self._events.send("tested", module=module, test=test, **(self._problem() or {}), **(reached or {}))

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

    def _problem(self) -> dict[str, str] | None:
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
        index = self._modules.get(os.path.realpath(getattr(item, "path", "")))
        return index, item.nodeid.partition("::")[2]

    def _stopped(self, slug: str, what: str) -> None:
        module, test = self._scope
        self._events.send("stop", module=module, test=test, slug=slug, reason=what)


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


def _failed(call: pytest.CallInfo[None]) -> dict[str, str]:
    if call.excinfo is None:
        return {"slug": "mismatch", "reason": "failed"}
    error = call.excinfo.value
    innermost = _innermost(error.__traceback__)
    slug = (
        "value-rebuild"
        if innermost.replace(os.sep, "/").endswith("pytead/replay/rebuilding.py")
        else "mismatch"
    )
    when = "" if call.when == "call" else f"in {call.when}: "
    return {"slug": slug, "reason": f"{when}{describe(error)}"}


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

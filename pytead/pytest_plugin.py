"""What Pytead does in pytest runs: it records them if asked, keeps generated tests from it, and has fixtures for flows.

Calls that a generated test makes are not the program's. While such a module is imported or its tests run,
recording is off, in this process and in the children it starts. A suite without generated tests pays for one
look at each test file.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from pytead.flow import FunctionTracer, TracedSnapshot

SIGNATURE = b"\n# pytead: "
"""How the last line of a generated file begins."""

_SWITCH = "pytead.capture.switch"
_VARIABLE = "PYTEAD_OFF"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare what asks for a recording, and what the fixtures for flows take from the configuration."""
    parser.getgroup("pytead").addoption(
        "--pytead",
        action="append",
        default=[],
        metavar="PATTERN",
        dest="pytead_targets",
        help="record the calls of these functions while the tests run, to make tests of them with 'pytead gen';"
        " patterns as for 'pytead -t', such as 'myapp.*'",
    )
    parser.addini("trace_modules", "patterns of what function_tracer and traced_snapshot trace", "linelist")
    parser.addini("trace_detail", "how much they trace: minimal, standard or verbose", default="standard")


def pytest_configure(config: pytest.Config) -> None:
    """Declare the markers."""
    config.addinivalue_line("markers", "pytead: a test that Pytead generated from a recorded call")
    config.addinivalue_line(
        "markers",
        "trace_modules(*patterns, detail=..., **options): what function_tracer and traced_snapshot trace in this test",
    )
    config.pluginmanager.register(Collection(), "pytead_collection")


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Begin to record, before anything of the project is imported; a worker of xdist records as a child process."""
    patterns = getattr(early_config.known_args_namespace, "pytead_targets", [])
    if patterns and "PYTEST_XDIST_WORKER" not in os.environ:
        from pytead.cli.recording_tests import RecordedTests
        from pytead.errors import PyteadError

        try:
            recorded = RecordedTests(patterns)
        except PyteadError as error:
            hint = f"\n{error.hint}" if error.hint else ""
            raise pytest.UsageError(f"{error.message}{hint}") from None
        early_config.pluginmanager.register(recorded, "pytead_recorded_tests")


@pytest.fixture
def function_tracer(request: pytest.FixtureRequest) -> Generator[FunctionTracer, None, None]:
    """A ``FunctionTracer`` as the marker ``trace_modules`` or the configuration says; not started yet."""
    from pytead.flow import FunctionTracer

    tracer = FunctionTracer(**_flow_options(request))
    yield tracer
    tracer.cleanup()


@pytest.fixture
def traced_snapshot(request: pytest.FixtureRequest) -> Generator[TracedSnapshot, None, None]:
    """A ``TracedSnapshot`` as the marker ``trace_modules`` or the configuration says; not started yet."""
    from pytead.flow import TracedSnapshot

    traced = TracedSnapshot(**_flow_options(request))
    yield traced
    traced.cleanup()


def _flow_options(request: pytest.FixtureRequest) -> dict[str, Any]:
    options: dict[str, Any] = {
        "filter_modules": request.config.getini("trace_modules"),
        "detail_level": request.config.getini("trace_detail"),
    }
    marker = request.node.get_closest_marker("trace_modules")
    if marker is not None:
        given = dict(marker.kwargs)
        if "detail" in given:
            given["detail_level"] = given.pop("detail")
        if marker.args:
            given["filter_modules"] = list(marker.args)
        options.update(given)
    return options


class Collection:
    """Looks for generated modules, and watches over their tests once there are any."""

    def __init__(self) -> None:
        self._tests: GeneratedTests | None = None

    @pytest.hookimpl(hookwrapper=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> Generator[None, Any, None]:
        """Collect generated modules with recording off."""
        if not isinstance(collector, pytest.Module) or not is_generated(collector.path):
            yield
            return
        if self._tests is None:
            self._tests = GeneratedTests()
            collector.config.pluginmanager.register(self._tests, "pytead_generated_tests")
        self._tests.files.add(collector.path)
        before = switch_off()
        yield
        restore(before)


class GeneratedTests:
    """Runs generated tests with recording off, and marks them."""

    def __init__(self) -> None:
        self.files: set[Path] = set()
        self._is_running = False

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        """Mark a generated test, so that ``-m pytead`` selects it."""
        if item.path in self.files:
            item.add_marker("pytead")

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, Any, None]:
        """Run a generated test with recording off."""
        if item.path not in self.files:
            yield
            return
        before = switch_off()
        self._is_running = True
        yield
        self._is_running = False
        restore(before)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_assertrepr_compare(self, op: str, left: object, right: object) -> Generator[None, Any, None]:
        """Say first where in a value the difference is, as ``.items[2].price: 3 != 4``."""
        outcome = yield
        explained = [each for each in outcome.get_result() if each]
        if not self._is_running or op != "==" or not explained:
            return
        from pytead.replay import Difference, same

        found = same(left, right)
        if isinstance(found, Difference) and found.path:
            summary, *rest = explained[0]
            outcome.force_result([[summary, "", repr(found), *rest], *explained[1:]])


def is_generated(file: Path) -> bool:
    """Whether a test file carries the signature of a generated one, edited since or not."""
    try:
        return SIGNATURE in file.read_bytes().replace(b"\r\n", b"\n")
    except OSError:
        return False


def switch_off() -> str | None:
    """Switch recording off; returns what ``restore`` needs."""
    before = os.environ.get(_VARIABLE)
    os.environ[_VARIABLE] = "1"
    _set(True)
    return before


def restore(before: str | None) -> None:
    """Switch recording back to what it was."""
    if before is None:
        os.environ.pop(_VARIABLE, None)
    else:
        os.environ[_VARIABLE] = before
    # Recording may have been loaded meanwhile, and have read the variable then.
    _set(bool(before))


def _set(off: bool) -> None:
    switch = sys.modules.get(_SWITCH)
    if switch is not None:
        switch.off = off  # type: ignore[attr-defined]

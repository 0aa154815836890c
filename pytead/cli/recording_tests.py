"""``pytest --pytead PATTERN``: record the program while its own tests run."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from pytead.cli import run
from pytead.cli.starting import leave_other_run
from pytead.config.settings import Said, load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytead.capture.session import RunSummary


class RecordedTests:
    """A pytest plugin that records from when it is made until the tests are over.

    Args:
        patterns: functions to record; all else is as ``pytead run`` would have it from variables and files.

    Raises:
        PyteadError: for anything that was given wrongly.
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        said = {"targets": [Said("--pytead", pattern) for pattern in patterns]}
        settings = load("run", said, os.getcwd(), os.environ)
        run.targets_of(settings)
        leave_other_run()
        self._session, self._inherited, self._leave_children_alone = run.begin(settings)
        self._end_flow = run.store_flow(self._inherited, self._session) if settings.flow else None
        self._is_over = False

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Say what was recorded, the processes of xdist included."""
        summary = self._finish()
        if summary is None:
            return
        from pytead.report.recorded_tests import lines_of

        is_verbose = terminalreporter.verbosity > 0
        terminalreporter.ensure_newline()
        for line in lines_of(summary, self._inherited.storage_dir, is_verbose=is_verbose):
            terminalreporter.write_line(line)

    def pytest_unconfigure(self) -> None:
        """End the recording, also where there was nobody to tell of it."""
        self._finish()

    def _finish(self) -> RunSummary | None:
        if self._is_over:
            return None
        self._is_over = True
        self._leave_children_alone()
        if self._end_flow is not None:
            self._end_flow()
        try:
            return self._session.finish()
        except Exception as error:
            run.warn(error)
            return None

"""Which lines and branches of the code under test each test reaches, measured inside a verification process.

By ``sys.monitoring`` where there is one: there a line tells of itself once a test and costs nothing after that.
By coverage.py elsewhere.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable
    from types import CodeType

Place = tuple[str, int, str]
"""A line (file, number, empty), or a branch (file, line, where it leads)."""

_REPEATS = 3
"""How often a test tells that a branch goes the same way again, before it is silent for the rest of the test."""


class Meter(Protocol):
    """Measures one test after the other."""

    def begin(self) -> None:
        """From here on a test runs."""

    def end(self) -> set[Hashable] | None:
        """What it reached, each by a key of its own; None where something else traced meanwhile."""

    def place(self, key: Any) -> Place:
        """What a key stands for."""


def meter_of(files: Iterable[str]) -> Meter | None:
    """What measures code of some files; None where there is none, or others hold all that it takes.

    Args:
        files: absolute paths.
    """
    wanted = _Files(files)
    try:
        if sys.version_info >= (3, 12):
            return _Monitor.start(wanted)
        return _Coverage.start(wanted)
    except (
        Exception
    ):  # of coverage.py, or of what a project makes of its warnings: tests come without measures then
        return None


class Tests:
    """Numbers what tests reach: a bit each, in the order in which they were first met.

    Args:
        meter: what measures.
    """

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self._numbers: dict[Hashable, int] = {}
        self.begin = meter.begin

    def end(self) -> dict[str, Any] | None:
        """As fields of an event: ``bits``, in hex, and the ``places`` of those that are new, in their order."""
        reached = self._meter.end()
        if reached is None:
            return None
        places = []
        bits = 0
        for key in reached:
            number = self._numbers.get(key)
            if number is None:
                number = self._numbers[key] = len(self._numbers)
                places.append(self._meter.place(key))
            bits |= 1 << number
        return {"bits": f"{bits:x}", "places": places}


class _Files:
    """Tells whether code is from one of some files, however its name is spelled."""

    def __init__(self, files: Iterable[str]) -> None:
        self.paths = {os.path.realpath(file) for file in files}
        self._known: dict[str, bool] = {}

    def has(self, name: str) -> bool:
        found = self._known.get(name)
        if found is None:
            found = self._known[name] = os.path.realpath(name) in self.paths
        return found


if sys.version_info >= (3, 12):
    _monitoring = sys.monitoring
    _events = _monitoring.events
    _TOOLS = (_monitoring.COVERAGE_ID, 4, 3, _monitoring.PROFILER_ID, _monitoring.OPTIMIZER_ID)

    class _Monitor:
        def __init__(self, tool: int, files: _Files) -> None:
            self._tool = tool
            self._codes: dict[int, CodeType] = {}
            self._reached: set[Hashable] = set()
            self._repeats: dict[Hashable, int] = {}
            codes, reached, repeats = self._codes, self._reached, self._repeats
            disable = _monitoring.DISABLE
            # The one event for branches can only be silenced for both ways at once.
            has_ways = sys.version_info >= (3, 14)
            local = _events.LINE
            local |= _events.BRANCH_LEFT | _events.BRANCH_RIGHT if has_ways else _events.BRANCH

            def started(code: CodeType, offset: int) -> Any:
                if id(code) not in codes and code.co_name != "<module>" and files.has(code.co_filename):
                    codes[id(code)] = code
                    _monitoring.set_local_events(tool, code, local)
                return disable

            def line(code: CodeType, number: int) -> Any:
                reached.add((id(code), number))
                return disable

            def branch(code: CodeType, offset: int, target: int) -> Any:
                key = id(code), offset, target
                if has_ways or key not in reached:
                    reached.add(key)
                    return disable if has_ways else None
                repeats[key] = again = repeats.get(key, 0) + 1
                return disable if again >= _REPEATS else None

            callbacks = {_events.PY_START: started, _events.LINE: line}
            ways = (_events.BRANCH_LEFT, _events.BRANCH_RIGHT) if has_ways else (_events.BRANCH,)
            for event, callback in {**callbacks, **dict.fromkeys(ways, branch)}.items():
                _monitoring.register_callback(tool, event, callback)
            _monitoring.set_events(tool, _events.PY_START)

        @classmethod
        def start(cls, files: _Files) -> Meter | None:
            for tool in _TOOLS:
                try:
                    _monitoring.use_tool_id(tool, "pytead")
                except ValueError:
                    continue  # somebody's
                return cls(tool, files)
            return None

        def begin(self) -> None:
            self._reached.clear()
            self._repeats.clear()
            _monitoring.restart_events()

        def end(self) -> set[Hashable] | None:
            # Code under test may have taken all tools for its own.
            return set(self._reached) if _monitoring.get_tool(self._tool) == "pytead" else None

        def place(self, key: Any) -> Place:
            code = self._codes[key[0]]
            if len(key) == 2:
                return code.co_filename, key[1], ""
            return code.co_filename, code.co_firstlineno, f"{key[1]} to {key[2]} in {code.co_qualname}"


class _Coverage:
    def __init__(self, coverage: Any) -> None:
        self._coverage = coverage
        self._number = 0
        coverage.start()
        self._trace = sys.gettrace()
        self._data = coverage.get_data()

    @classmethod
    def start(cls, files: _Files) -> Meter | None:
        if sys.gettrace() is not None:
            return None
        try:
            import coverage
        except ImportError:
            return None
        measured = coverage.Coverage(
            data_file=None, config_file=False, branch=True, include=sorted(files.paths), messages=False
        )
        # A project may have made warnings errors, and that there is no data yet is one.
        measured.set_option(
            "run:disable_warnings", ["no-data-collected", "couldnt-parse", "already-imported"]
        )
        return cls(measured)

    def begin(self) -> None:
        self._number += 1
        self._coverage.switch_context(str(self._number))

    def end(self) -> set[Hashable] | None:
        self._coverage.switch_context("")
        if sys.gettrace() is not self._trace:
            self._coverage.stop()
            self._coverage.start()
            self._trace = sys.gettrace()
            return None
        data = self._data
        data.set_query_context(str(self._number))
        return {(file, *arc) for file in data.measured_files() for arc in data.arcs(file) or ()}

    def place(self, key: Any) -> Place:
        file, start, end = key
        return file, max(start, end), f"from {start} to {end}"

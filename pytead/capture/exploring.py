"""Which lines of a function no recorded call has reached (Python 3.12 and later).

The interpreter tells of the lines of a function whose calls are recorded. A line that a recorded call reached is heard
of no more, so each costs a fraction of a microsecond once. One that only other calls reach tells that there is more to
see: the function is looked at again, and a call that reaches such a line is kept past the limit.
"""

from __future__ import annotations

import sys
from _thread import get_ident
from _weakref import ref
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

from pytead.capture import switch
from pytead.capture.driving import is_suspending
from pytead.values.reducers.foreign import busy_threads

if TYPE_CHECKING:
    from pytead.capture.site import Site

_monitoring: Any = getattr(sys, "monitoring", None)
_TOOL = 4
"""The tool id of ``sys.monitoring`` that is least likely to be meant for something else."""

_NAME = "pytead-lines"

_MOST_MISSES = 16
"""Calls that may reach a line without being recorded before it is heard of no more."""

_LOOKS_PER_MISS = 2
"""Calls that are looked at after each of them: what reaches a line for the first time is rarely alone."""


class Explorer:
    """Hears of lines that are reached, where the interpreter tells of them and nobody else holds the tool id."""

    def __init__(self) -> None:
        self._sites: dict[int, tuple[Site, dict[int, int]]] = {}
        self._is_on = False
        if _monitoring is not None and _monitoring.get_tool(_TOOL) is None:
            try:
                _monitoring.use_tool_id(_TOOL, _NAME)
            except ValueError:  # another thread was faster
                return
            _monitoring.register_callback(_TOOL, _monitoring.events.LINE, self._on_line)
            self._is_on = True

    def explore(self, site: Site, function: object) -> None:
        """Hear of the lines of a site's function from now on, if it is a plain one."""
        if not self._is_on or not site.limit or type(function) is not FunctionType or is_suspending(function):
            return
        code = function.__code__
        known = self._sites.get(id(code))
        if (known is None or known[0].unexplored is None) and self._holds_tool():
            self._sites[id(code)] = site, {}
            site.unexplored = Unexplored(self, code)
            _monitoring.set_local_events(_TOOL, code, _monitoring.events.LINE)

    def leave(self, code: CodeType) -> None:
        """Hear of a function's lines no more."""
        if self._sites.pop(id(code), None) is not None and self._holds_tool():
            _monitoring.set_local_events(_TOOL, code, 0)

    def close(self) -> None:
        """Hear of nothing more, and leave nothing behind."""
        for site, _ in list(self._sites.values()):
            site.leave_unexplored()
        if self._holds_tool():
            _monitoring.register_callback(_TOOL, _monitoring.events.LINE, None)
            _monitoring.free_tool_id(_TOOL)
        self._is_on = False

    def _holds_tool(self) -> bool:
        return self._is_on and _monitoring.get_tool(_TOOL) == _NAME

    def _on_line(self, code: CodeType, line: int) -> Any:
        known = self._sites.get(id(code))
        if known is None or switch.off:
            return _monitoring.DISABLE
        site, missed = known
        unexplored = site.unexplored
        thread = get_ident()
        if unexplored is None:
            return _monitoring.DISABLE
        if thread in site.active and thread not in site.passed:
            if line in unexplored.left:
                unexplored.left.discard(line)
                unexplored.is_reached = True
            return _monitoring.DISABLE
        if thread in busy_threads:  # recording itself calls it
            return None
        if line not in unexplored.left:  # all lines were switched on again
            return _monitoring.DISABLE
        unexplored.wanted = _LOOKS_PER_MISS
        site.skips = 0
        count = missed[line] = missed.get(line, 0) + 1
        return _monitoring.DISABLE if count >= _MOST_MISSES else None


class Unexplored:
    """What is known of the lines of one function that no recorded call has reached.

    Attributes:
        wanted: how many calls are to be looked at next, as one that wasn't recorded reached one.
        is_reached: the call that is looked at reached one.
        left: what no call that was looked at has reached.
    """

    __slots__ = ("_code", "_explorer", "is_reached", "left", "wanted")

    def __init__(self, explorer: Explorer, code: CodeType) -> None:
        self._explorer = explorer
        self._code = ref(code)
        self.wanted = 0
        self.is_reached = False
        self.left = _lines(code)

    def leave(self) -> None:
        """Hear of it no more."""
        code = self._code()
        if code is not None:
            self._explorer.leave(code)


def _lines(code: CodeType) -> set[int]:
    """The lines of a function but its first, which every call reaches, and which 3.13 doesn't tell of."""
    return {line for _, _, line in code.co_lines() if line and line != code.co_firstlineno}

"""What a verification process tells: each step to the process that started it, and a fork's to its parent.

Every event is one JSON line, written before the next thing happens, so that a process that dies tells where.
"""

from __future__ import annotations

import json
import os
from mmap import mmap
from typing import Any


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

"""The reference: the least that recording a call with its values can cost in Python.

A wrapt subclass with its own ``__call__``, one pickle before the call and one after it, a list, and one write to
an append-only file every 256 records. It has no root calls, no limit, no duplicates, no errors, no timestamps and
loses what isn't written yet when the program is killed.
"""

from __future__ import annotations

import os
import pickle
from typing import TYPE_CHECKING, Any

import wrapt

if TYPE_CHECKING:
    from collections.abc import Callable

FunctionWrapper: Any = wrapt.FunctionWrapper


class FloorFunction(FunctionWrapper):  # type: ignore[misc]
    """Records every call into ``buffer``."""

    def __init__(self, function: Callable[..., Any], recording: FloorRecording) -> None:
        super().__init__(function, None)
        self._self_recording = recording

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        before = pickle.dumps((args, kwargs), 5)
        value = self.__wrapped__(*args, **kwargs)
        self._self_recording.add((before, pickle.dumps(value, 5)))
        return value


class FloorRecording:
    """A list that is written every 256 records."""

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._buffer: list[tuple[bytes, bytes]] = []

    def add(self, record: tuple[bytes, bytes]) -> None:
        self._buffer.append(record)
        if len(self._buffer) >= 256:
            os.write(self._file, pickle.dumps(self._buffer, 5))
            self._buffer.clear()

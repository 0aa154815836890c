"""Whether the descriptors that a library opened still are its files.

A program that turns into a daemon closes every descriptor and then opens files of its own under the same
numbers. A library that keeps the numbers to itself, as SQLite does, would write into those.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    Files = dict[int, tuple[int, int]]


def of_files(paths: Iterable[str]) -> Files:
    """Descriptor to file (device and inode) for all that are open on ``paths``; empty where no system list
    is."""
    files = {file for file in map(_file_at, paths) if file is not None}
    try:
        listed = [int(name) for name in os.listdir("/dev/fd")]
    except OSError:
        return {}
    return {fd: file for fd in listed if (file := _file_of(fd)) in files and file is not None}


def are_open(descriptors: Files) -> bool:
    """Whether each still is the file it was."""
    return all(_file_of(fd) == file for fd, file in descriptors.items())


def _file_at(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _file_of(fd: int) -> tuple[int, int] | None:
    try:
        found = os.fstat(fd)
    except OSError:
        return None
    return found.st_dev, found.st_ino


_leaked: list[object] = []


def leak(value: object) -> None:
    """Keep ``value`` from ever being finalised, the end of the interpreter included."""
    _leaked.append(value)
    try:
        import ctypes
    except ImportError:
        return  # then at least until the end
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(value))

"""Compiled code on disk: Python's own ``.pyc`` files, which are only looked at, and ours, of marked modules.

Ours lie in the user's cache folder, so that nothing appears in anybody's source tree, nor in read-only ones. An entry
is for one source file as it was (path, times, size) and one way of compiling it (interpreter, optimisation, marks).
Whatever is wrong with the folder or an entry means compiling again, never an error.
"""

from __future__ import annotations

import marshal
import os
import sys
import time
from importlib.util import MAGIC_NUMBER, cache_from_source
from threading import get_ident
from typing import NamedTuple
from zlib import adler32, crc32

from pytead.capture import marking
from pytead.capture.marking import MarkedCode
from pytead.folders import cache_folder

_HEAD = b"pytead 1\n"
_MOST_DAYS = 30
_MOST_BYTES = 200_000_000
_DAY = 86400.0
_MOST_FAILURES = 3


def has_current_bytecode(file: str) -> bool:
    """Whether Python itself would load ``file`` from a ``.pyc``: one of this interpreter, as new as its source."""
    try:
        with open(cache_from_source(file), "rb") as cached:
            header = cached.read(16)
        status = os.stat(file)
    except (OSError, NotImplementedError):
        return False
    if len(header) < 16 or header[:4] != MAGIC_NUMBER:
        return False
    if int.from_bytes(header[4:8], "little"):  # checked by hash, or not at all (PEP 552)
        return True
    modified = int.from_bytes(header[8:12], "little")
    size = int.from_bytes(header[12:16], "little")
    return modified == int(status.st_mtime) & 0xFFFFFFFF and size == status.st_size & 0xFFFFFFFF


class Kept(NamedTuple):
    """What was kept of a module.

    Attributes:
        code: its marked code.
        warned: whether compiling it warned.
    """

    code: MarkedCode
    warned: bool


class MarkedCache:
    """Marked code of earlier runs.

    Args:
        folder: where it is kept; None for the user's cache folder.
    """

    def __init__(self, folder: str | None = None) -> None:
        self._root = folder or user_folder()
        self._folder: str | None = None  # not looked for yet; "" where there is none to be trusted
        self._failures = 0
        self._writes = 0

    def key(self, file: str) -> bytes | None:
        """What an entry for the source file as it is now bears; take it before the source is read.

        None where nothing can be kept for it.
        """
        if not os.path.isabs(file):
            return None
        try:
            now = os.stat(file)
            return f"{file}\n{now.st_mtime_ns} {now.st_ctime_ns} {now.st_size}\n".encode()
        except (OSError, ValueError):
            return None

    def load(self, file: str, key: bytes) -> Kept | None:
        """The entry under ``key``, if there is a sound one."""
        folder = self._usable_folder()
        if not folder:
            return None
        try:
            with open(_entry(folder, file), "rb", buffering=0) as stream:
                if not _is_own(os.fstat(stream.fileno())):
                    return None
                data = stream.read()
            start = len(_HEAD) + len(key) + 8
            if not data.startswith(_HEAD + key):
                return None
            body = memoryview(data)[start:]
            if b"%08x" % crc32(body) != data[start - 8 : start]:
                return None
            warned, *fields = marshal.loads(body)
            return Kept(MarkedCode(*fields), warned)
        except Exception:  # an audit hook of the program's may raise anything
            return None

    def store(self, file: str, key: bytes, kept: Kept) -> None:
        """Keep a module's code.

        Where Python has been told to write no bytecode, only that of modules that it would load from bytecode all the
        same, such as installed packages: the others it compiles on every start itself.
        """
        if self._failures >= _MOST_FAILURES or (sys.dont_write_bytecode and not has_current_bytecode(file)):
            return
        folder = self._usable_folder(make=True)
        if not folder:
            return
        entry = _entry(folder, file)
        unfinished = f"{entry}.{os.getpid()}-{get_ident()}"
        try:
            body = marshal.dumps((kept.warned, *kept.code))
            descriptor = os.open(
                unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600
            )
            try:
                with open(descriptor, "wb", buffering=0) as stream:
                    data = b"".join((_HEAD, key, b"%08x" % crc32(body), body))
                    if stream.write(data) != len(data):
                        raise OSError("the disk is full")
                os.replace(unfinished, entry)
            except BaseException:
                os.unlink(unfinished)
                raise
            self._writes += 1
        except Exception:  # no room, no right, or a hook of the program's: then the next run compiles again
            self._failures += 1

    def tidy(self) -> None:
        """Drop what is old or too much: once a day, by a process that has added to it."""
        if not self._writes:
            return
        stamp = os.path.join(self._root, "tidied")
        try:
            now = time.time()
            if os.path.exists(stamp) and now - os.stat(stamp).st_mtime < _DAY:
                return
            with open(stamp, "wb"):
                os.utime(stamp)
            total = 0
            for modified, size, path in sorted(_entries(self._root), reverse=True):
                total += size
                if now - modified > _MOST_DAYS * _DAY or total > _MOST_BYTES:
                    os.unlink(path)
        except Exception:
            pass  # another process is at it, or the folder has gone

    def _usable_folder(self, *, make: bool = False) -> str:
        """The folder for this way of compiling, or "" where it can't be trusted or isn't there."""
        if self._folder is None or (make and self._folder == _MISSING):
            try:
                self._folder = self._look_for_folder(make=make)
            except Exception:
                self._folder = ""
        return "" if self._folder == _MISSING else self._folder

    def _look_for_folder(self, *, make: bool) -> str:
        folder = os.path.join(self._root, _way_of_compiling())
        if not self._root or not os.path.isabs(self._root):
            return ""
        if not os.path.isdir(folder):
            if not make:
                return _MISSING
            parent = self._root
            while not os.path.isdir(parent):
                parent = os.path.dirname(parent)
            if _is_of_another(os.stat(parent)):
                return ""
            os.makedirs(self._root, 0o700, exist_ok=True)
            os.makedirs(folder, 0o700, exist_ok=True)
        return folder if _is_own(os.stat(self._root)) and _is_own(os.stat(folder)) else ""


_MISSING = "missing"


def _entry(folder: str, file: str) -> str:
    path = file.encode()
    name = os.path.basename(file)[:60]
    return os.path.join(folder, f"{name}-{crc32(path):08x}{adler32(path):08x}")


def _entries(root: str) -> list[tuple[float, int, str]]:
    found = []
    for folder, _, names in os.walk(root):
        for name in names:
            path = os.path.join(folder, name)
            status = os.lstat(path)
            if folder != root:
                found.append((status.st_mtime, status.st_size, path))
    return found


def _is_own(status: os.stat_result) -> bool:
    """Whether only this user can have written it; on Windows a user's folder is the user's."""
    if sys.platform == "win32":
        return True
    return status.st_uid == os.geteuid() and not status.st_mode & 0o022


def _is_of_another(status: os.stat_result) -> bool:
    """Whether root would leave something in a user's home, as under ``sudo``, that the user can't write then."""
    if sys.platform == "win32":
        return False
    return os.geteuid() == 0 and status.st_uid != 0


def _way_of_compiling() -> str:
    """All that the code depends on beside the source."""
    try:
        with open(marking.__file__, "rb") as stream:
            marks = stream.read()
    except OSError:
        from pytead import __version__

        marks = __version__.encode()
    debug = "no_debug_ranges" in sys._xoptions or os.environ.get("PYTHONNODEBUGRANGES", "")
    version = crc32(repr((MAGIC_NUMBER, sys.version, bool(debug))).encode(), crc32(marks))
    return f"{sys.implementation.cache_tag}-O{sys.flags.optimize}-{version:08x}"


def user_folder() -> str:
    """The user's cache folder; "" where there is none."""
    folder = cache_folder()
    return os.path.join(folder, "marked") if folder else ""

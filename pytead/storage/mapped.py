"""One append-only file of one process that is mapped into memory: appending is a copy instead of a system call.

The map is the system's own copy of the file, so what was appended stays, however the process ends.
``mmap.write`` finds the room, copies and moves on in one step that no other thread and no signal handler can
come between. So there is a lock only where the file grows.
"""

from __future__ import annotations

import os
import sys
from _thread import RLock

from pytead.storage import descriptors
from pytead.storage import folder as folders
from pytead.storage.appending import AppendOnlyFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from mmap import mmap

    from pytead.storage.store import OnError

_FIRST = 64 << 10
_STEP = 2 << 20
"""A file grows from the first size to twice its size each time, and by no more than the step. Zeros that are written
in one go and stand at a multiple of it can become one page, which costs a fraction of 512 small ones."""

_FLAGS = os.O_RDWR | os.O_APPEND | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOINHERIT", 0)
_FLAGS |= getattr(os, "O_CLOEXEC", 0)
_FILE_SYSTEMS = {"ext2", "ext3", "ext4", "overlay", "tmpfs", "xfs"}


class MappedFile:
    """``<folder>/<stem>-<pid>[-n]<suffix>``, made by the first entry.

    Up to ``close`` it ends in zeros: the room for what comes next. Where it can't be mapped or can't grow, entries are
    written to it one by one.

    Attributes:
        write: appends bytes, whole or not at all; it changes as the file grows, so it is looked up each time. A
            ``ValueError`` says that there is no room, which ``recover`` sees to: the usual case costs no test.
    """

    def __init__(self, folder: str, stem: str, suffix: str, on_error: OnError | None) -> None:
        self.write: Callable[[bytes], object] = self.recover
        self._folder = folder
        self._stem = stem
        self._suffix = suffix
        self._plain = AppendOnlyFile(folder, stem, suffix, on_error)
        self._path = ""
        self._identity = (0, 0)
        self._map: mmap | None = None
        self._start = 0
        self._end = 0
        self._descriptors: descriptors.Files = {}
        self._is_plain = False
        self._is_changing = False
        # Re-entrant: a signal handler may append while this thread makes room.
        self._lock = RLock()

    def append(self, data: bytes) -> None:
        """Append ``data``; raises nothing for what happens on the disk."""
        try:
            self.write(data)
        except ValueError:
            self.recover(data)

    def recover(self, data: bytes) -> None:
        """Append ``data`` for which the map has no room."""
        with self._lock:
            # A signal handler in the middle of a change writes to a file of its own.
            while not (self._is_plain or self._is_changing):
                if self._map is not None:
                    try:
                        self._map.write(data)
                        return
                    except ValueError:
                        pass  # the usual reason to be here
                self._is_changing = True
                try:
                    self._grow(len(data))
                except (OSError, ValueError):
                    self._go_plain()  # there it is reported, unless the entry alone still fits
                finally:
                    self._is_changing = False
            self._plain.write(data)

    def _grow(self, room: int) -> None:
        """Make room for ``room`` bytes at least.

        Raises:
            OSError: the disk is full, or there can be no map.
            ValueError: somebody cut the file off meanwhile.
        """
        import mmap

        self._seal()
        fd = self._reopened()
        if fd is None:
            self._end = 0
            self._path, fd = folders.create(self._folder, self._stem, self._suffix, _FLAGS)
            self._identity = _identity(fd)
        path, end = self._path, self._end
        try:
            if not end:
                _check_mappable(fd, path)
            # Real zeros: a full disk is an error here and not a signal that ends the program later.
            size = _write_zeros(fd, end + room)
            start = end - end % mmap.ALLOCATIONGRANULARITY
            if sys.platform != "win32" and sys.version_info >= (3, 13):
                mapped = mmap.mmap(fd, size - start, trackfd=False, offset=start)
                keeps_descriptor = False
            else:
                mapped = mmap.mmap(fd, size - start, access=mmap.ACCESS_WRITE, offset=start)
                keeps_descriptor = True
        finally:
            os.close(fd)
        mapped.seek(end - start)
        if not self._is_changing:
            mapped.close()  # a signal handler forked meanwhile: the file is the parent's
            return
        self._descriptors = descriptors.of_files([path]) if keeps_descriptor else {}
        self._map, self._start, self.write = mapped, start, mapped.write

    def _seal(self) -> None:
        """Find where the entries end, and give up the map."""
        mapped = self._map
        if mapped is not None:
            # To read is to move to the end, in one step like ``write``: no other thread finds room any more.
            self._end = self._start + len(mapped) - len(mapped.read())
            self._drop()

    def _reopened(self) -> int | None:
        """A descriptor of the file; None if it was deleted or isn't made yet."""
        try:
            fd = os.open(self._path, _FLAGS)
        except FileNotFoundError:
            return None
        if _identity(fd) == self._identity:
            return fd
        os.close(fd)
        return None

    def _go_plain(self) -> None:
        """Let the file end where its entries end, and go on without a map."""
        self._is_plain = True
        self._seal()
        try:
            fd = self._reopened()
            if fd is not None:
                self._plain.path = self._plain.path or self._path
                try:
                    os.ftruncate(fd, self._end)
                finally:
                    os.close(fd)
        except OSError:
            pass  # then it keeps its zeros, which are the end for a reader
        # Last, so that no other thread writes before it is known where.
        self.write = self._plain.write

    def _drop(self) -> None:
        mapped, self._map = self._map, None
        if mapped is None:
            return
        if descriptors.are_open(self._descriptors):
            mapped.close()
        else:
            descriptors.leak(mapped)  # it would close a file that the program has under that number now

    def after_fork(self) -> None:
        """Leave the file to the parent; the next entry makes one of this process."""
        self._lock = RLock()
        self._is_changing = self._is_plain = False
        self.write = self.recover
        self._path = ""
        self._drop()
        self._plain.after_fork()

    def close(self) -> None:
        """Let the file end where its entries end; the next entry opens it again."""
        with self._lock:
            if not (self._is_plain or self._is_changing):
                self._is_changing = True
                try:
                    self._go_plain()
                finally:
                    self._is_changing = False
            self._plain.close()


def _identity(fd: int) -> tuple[int, int]:
    found = os.fstat(fd)
    return found.st_dev, found.st_ino


def _write_zeros(fd: int, needed: int) -> int:
    """Make the file grow so that it has ``needed`` bytes at least; its size."""
    size = os.fstat(fd).st_size
    wanted = max(2 * size if size < _STEP else size + _STEP, _FIRST)
    while wanted < needed:
        wanted += min(wanted, _STEP)
    while size < wanted:
        chunk = _FIRST if size < _STEP else _STEP
        size += os.write(fd, bytes(min(chunk - size % chunk, wanted - size)))
    return size


def _check_mappable(fd: int, path: str) -> None:
    """Refuse a file that is better written to than mapped.

    Raises:
        OSError: for one of these reasons.
    """
    has_lock = getattr(sys, "_is_gil_enabled", lambda: sys.implementation.name == "cpython")
    if not has_lock():
        raise OSError("two threads could find the same room")
    if sys.platform == "win32":
        if os.path.realpath(path).startswith("\\\\"):
            raise OSError("a map of a network drive that goes away ends the program")
    elif sys.platform == "linux":
        # Only a local file system that writes over a block in place keeps the room that was made. Below an overlay
        # may lie btrfs, which doesn't, and alone has no count of files.
        kind = _file_system(fd)
        if kind not in _FILE_SYSTEMS or (kind == "overlay" and not os.fstatvfs(fd).f_files):
            raise OSError("a full disk or a lost server may end the program")
    else:
        raise OSError("making a map may flush the disk, as on macOS")


def _file_system(fd: int) -> str:
    with open(f"/proc/self/fdinfo/{fd}", "rb") as info:
        mount = next((line.split()[1] for line in info if line.startswith(b"mnt_id:")), b"")
    with open("/proc/self/mountinfo", "rb") as mounts:
        kind = next(
            (line.partition(b" - ")[2].split()[0] for line in mounts if line.split()[0] == mount), b""
        )
    return kind.decode("ascii", "replace")

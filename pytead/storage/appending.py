"""One append-only file of one process, shared by the formats that write entries one after the other.

A single ``os.write`` to a file opened with ``O_APPEND`` is whole and in order whichever threads, or
processes that inherited the file, write at once. So there is no lock and nothing to flush.
"""

from __future__ import annotations

import os
from _thread import RLock

from pytead.storage import folder as folders

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pytead.storage.store import OnError

CLOSED = -1
_FLAGS = os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOINHERIT", 0)
_FLAGS |= getattr(os, "O_CLOEXEC", 0)
_HIGH = (900, 200)


class AppendOnlyFile:
    """``<folder>/<stem>-<pid>[-n]<suffix>``, opened by the first entry.

    Attributes:
        fd: the descriptor in a list of one, ``CLOSED`` while there is none. A writer that finds it closed
        gets the
            ``OSError`` that ``recover`` sees to: the usual case costs no test.
        path: the file, empty before it is made; one that is there already can be given to go on in.
        send: writes bytes to a descriptor and says how many; ``os.write`` where that is atomic.
    """

    def __init__(self, folder: str, stem: str, suffix: str, on_error: OnError | None) -> None:
        self.fd = [CLOSED]
        self.send: Callable[[int, bytes], int] = os.write if os.name != "nt" else self._send_locked
        self._folder = folder
        self._stem = stem
        self._suffix = suffix
        self._on_error = on_error
        self.path = ""
        self._is_broken = False
        # Re-entrant: a signal handler may record a call while this thread opens the file.
        self._lock = RLock()

    def write(self, data: bytes) -> None:
        """Append ``data``; raises nothing for what happens on the disk."""
        sent = 0
        try:
            sent = self.send(self.fd[0], data)
        except OSError:
            pass  # closed, not yet open, or full: recover tells them apart
        if sent != len(data):
            self.recover(data, sent)

    def recover(self, data: bytes, sent: int) -> None:
        """Append what is left of ``data`` after a write that failed; else report once and keep nothing
        more."""
        with self._lock:
            if self._is_broken:
                return
            try:
                self._append(data, sent)
            except OSError as error:
                self._is_broken = True
                self.close()
                if self._on_error is not None:
                    self._on_error(folders.unwritable(self.path or self._folder, folders.why(error)))

    def _append(self, data: bytes, sent: int) -> None:
        import errno

        is_fresh = self.fd[0] == CLOSED
        if is_fresh:
            self._open()
        while sent < len(data):
            try:
                sent += self.send(self.fd[0], data[sent:])
            except OSError as error:
                # A program that turns into a daemon closes every descriptor, ours too.
                if is_fresh or error.errno != errno.EBADF:
                    raise
                is_fresh = True
                self._open()

    def _open(self) -> None:
        if self.path and os.path.exists(self.path):
            self.fd[0] = _out_of_the_way(os.open(self.path, _FLAGS))
            return
        self.path, fd = folders.create(self._folder, self._stem, self._suffix, _FLAGS)
        self.fd[0] = _out_of_the_way(fd)

    def _send_locked(self, fd: int, data: bytes) -> int:
        # Windows moves to the end and writes in two steps.
        with self._lock:
            return os.write(fd, data)

    def after_fork(self) -> None:
        """Leave the file to the parent; the next entry opens one of this process."""
        self._lock = RLock()
        self.close()
        self.path = ""

    def close(self) -> None:
        """Close the file; the next entry opens it again."""
        fd, self.fd[0] = self.fd[0], CLOSED
        if fd != CLOSED:
            try:
                os.close(fd)
            except OSError:
                pass  # the program closed it before us


def _out_of_the_way(fd: int) -> int:
    """The same file under a high number: one that is closed behind our back is not soon given to another
    file."""
    try:
        import fcntl
    except ImportError:
        return fd
    for lowest in _HIGH:
        try:
            high = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, lowest)
        except OSError:
            continue  # beyond the limit of open files
        os.close(fd)
        return high
    return fd

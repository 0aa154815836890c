"""A piece of work in a fork of this process, which it may ruin."""

from __future__ import annotations

import os
import signal
import sys
import warnings
from time import perf_counter, sleep  # by name, as the module's own may be moved meanwhile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_FIRST_PAUSE, _LONGEST_PAUSE = 0.0005, 0.01


def can_fork() -> bool:
    """Whether forks are safe here: on Linux, as long as there is one thread.

    On macOS libraries of the system don't survive a fork, and Windows has none.
    """
    return sys.platform == "linux"


def is_single() -> bool:
    """Whether this process has one thread, as far as Python knows."""
    return len(sys._current_frames()) == 1


def in_fork(
    work: Callable[[], None], limit: float | None = None, progress: Callable[[], int] = lambda: 0
) -> str:
    """Do some work in a fork, and wait for it.

    Args:
        work: what to do; the fork ends with it, without exit handlers.
        limit: seconds without progress after which the fork is ended.
        progress: another number whenever there is some.

    Returns:
        Empty if it came to its end, ``timeout``, or how it ended: ``ended with signal SIGSEGV``.
    """
    if sys.platform == "win32":
        raise NotImplementedError("there are no forks on Windows")
    sys.stdout.flush()
    sys.stderr.flush()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about threads, which are none of ours
        process = os.fork()
    if process == 0:
        code = 70
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    return _wait(process, limit, progress)


def _wait(process: int, limit: float | None, progress: Callable[[], int]) -> str:
    if sys.platform == "win32":
        raise NotImplementedError
    started, seen = perf_counter(), 0
    pause = _FIRST_PAUSE
    while True:
        ended, status = os.waitpid(process, os.WNOHANG if limit is not None else 0)
        if ended:
            code = os.waitstatus_to_exitcode(status)
            return exit_text(code) if code else ""
        if progress() != seen:
            started, seen, pause = perf_counter(), progress(), _FIRST_PAUSE
        if limit is not None and perf_counter() - started > limit:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
            return "timeout"
        sleep(pause)
        pause = min(pause * 1.5, _LONGEST_PAUSE)


def exit_text(code: int) -> str:
    """How a process ended, by its exit code; negative for a signal."""
    if code < 0:
        try:
            return f"ended with signal {signal.Signals(-code).name}"
        except ValueError:
            return f"ended with signal {-code}"
    return f"exited with code {code}"


def limit_memory(size: int) -> None:
    """Let this process have so many bytes more than it has, where the system has a limit that works."""
    if sys.platform == "linux":
        import resource

        with open("/proc/self/statm", encoding="ascii") as stream:
            taken = int(stream.read().split()[0]) * resource.getpagesize()
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        wanted = taken + size
        if hard != resource.RLIM_INFINITY:
            wanted = min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))

"""The wall around code that is run again to verify it.

A recorded function may delete, send or pay; run again it must not. An audit hook sees what is about to happen
and stops it before it does. What it can't see is C code that raises no audit event: a database driver that
opens its own socket, a library that writes a file by itself, SQL that attaches another database file; nor
does it see the folder that a relative ``os.open`` with ``dir_fd`` starts from (it takes the working folder).
It keeps accidents from happening; it is no prison for code that wants out.
"""

from __future__ import annotations

import os
import sys
from _thread import get_ident
from functools import wraps
from importlib import import_module
from typing import TYPE_CHECKING, Any, NoReturn

from pytead.verify.forbidden import CHECKS, Check, Finding

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytead.verify.ground import Ground


class Stopped(BaseException):
    """Code behind the wall tried something forbidden. No ``except Exception`` of that code can swallow it.

    Args:
        slug: ``filesystem``, ``network``, ``process``, ``signal``, ``native`` or ``sleep``.
        what: what it would have done.
    """

    def __init__(self, slug: str, what: str) -> None:
        super().__init__(f"{slug}: {what}")
        self.slug = slug
        self.what = what


class Wall:
    """Stops forbidden actions of this process while it is up.

    Threads that code behind it has started stay behind it for good: they may act when their test is over.

    Args:
        ground: where writing is allowed.
        report: called with slug and deed for every stop, also for those that the code swallows; from any
            thread.
    """

    def __init__(self, ground: Ground, report: Callable[[str, str], None]) -> None:
        self._ground = ground
        self._report = report
        self._checks = dict(CHECKS)
        self._is_up = False
        self._free_threads: frozenset[int] | None = None

    def install(self) -> None:
        """Put the hook in place for good; it does nothing before the first ``raise_up``."""
        checks = self._checks
        stands_before = self.stands_before
        decide = self._decide

        def hook(event: str, args: tuple[Any, ...]) -> None:
            check = checks.get(event)
            if check is not None and stands_before():
                decide(event, check, args)

        for module, name, check in _SILENT:
            self._guard(module, name, check)
        sys.addaudithook(hook)

    def watch(self, event: str, check: Check) -> None:
        """Judge one more audit event."""
        self._checks[event] = check

    def raise_up(self) -> None:
        """From here on, what this thread does is watched."""
        if self._free_threads is None:
            self._free_threads = frozenset(sys._current_frames())
        self._is_up = True

    def take_down(self) -> None:
        """From here on, what this thread does is pytest's own business again."""
        self._is_up = False

    def stands_before(self) -> bool:
        """Whether the calling thread is watched."""
        if self._is_up:
            return True
        free = self._free_threads
        return free is not None and get_ident() not in free

    def _decide(self, event: str, check: Check, args: tuple[Any, ...]) -> None:
        found: Finding | None
        try:
            found = check(self._ground, args)
        except Exception:
            # An event of a later Python, with other arguments: what can't be judged is not done.
            found = ("native", f"would do what the audit event {event} announces")
        if found is not None:
            self.stop(*found)

    def stop(self, slug: str, what: str) -> NoReturn:
        """Report what code would do, and stop it.

        Raises:
            Stopped: always.
        """
        self._report(slug, what)
        raise Stopped(slug, what)

    def _guard(self, module_name: str, name: str, check: Check) -> None:
        """Watch a function that raises no audit event."""
        try:
            module = import_module(module_name)
            original = getattr(module, name)
        except (ImportError, AttributeError):
            return  # not on this system
        stands_before = self.stands_before
        decide = self._decide

        @wraps(original)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if stands_before():
                decide(name, check, args)
            return original(*args, **kwargs)

        setattr(module, name, guarded)


def _makes(ground: Ground, args: tuple[Any, ...]) -> Finding | None:
    if args and ground.allows(args[0], follow=False):
        return None
    return "filesystem", f"would create {ground.show(args[0]) if args else 'a file'}"


def _starts(ground: Ground, args: tuple[Any, ...]) -> Finding:
    words = [os.fsdecode(word) for word in args[0]] if args else []
    return "process", f"would start {' '.join(words)[:100]!r}"


def _signals(ground: Ground, args: tuple[Any, ...]) -> Finding:
    return "signal", f"would send signal {int(args[0]) if args else '?'} to itself"


# multiprocessing starts its children through fork_exec, without a word to the audit hooks.
_SILENT: tuple[tuple[str, str, Check], ...] = (
    ("os", "mkfifo", _makes),
    ("os", "mknod", _makes),
    ("signal", "raise_signal", _signals),
    ("_posixsubprocess", "fork_exec", _starts),
)

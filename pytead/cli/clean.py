"""``pytead clean``: delete recorded calls."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pytead.cli.scanning import Scanner
from pytead.cli.streams import shown
from pytead.config.settings import load
from pytead.errors import FINDING, OK, PyteadError
from pytead.report.table import counted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def command(words: Sequence[str], cwd: str) -> int:
    """Show what would be deleted; with ``--yes`` delete it.

    Raises:
        PyteadError: for anything that was given wrongly; ``clean-failed`` where a file can't be deleted.
    """
    settings = load("clean", Scanner("clean", words).take_all(), cwd, os.environ)
    folder = settings.calls_dir
    files = _files(folder)
    say = _silent if settings.quiet else print
    if not files:
        say(f"nothing to delete: {shown(folder, cwd)} holds no recorded calls")
        return OK
    size = sum(path.stat().st_size for path in files)
    what = f"{counted(len(files), 'file')} ({size:,} bytes) in {shown(folder, cwd)}"
    if not settings.yes:
        for path in files:
            say(f"would delete {shown(path, cwd)}")
        say(f"would delete {what}; --yes does it")
        return OK
    try:
        for path in files:
            path.unlink(missing_ok=True)
    except OSError as error:
        reason = f"can't delete {error.filename}: {error.strerror or error}"
        raise PyteadError("clean-failed", reason, exit_code=FINDING) from None
    say(f"deleted {what}")
    _remove_if_empty(folder)
    return OK


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    from pytead.storage.opening import open_for_read

    return open_for_read(folder).files()


def _remove_if_empty(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:
        pass  # something else is in it, or it is where we stand: then it stays


def _silent(line: str) -> None:
    """Say nothing."""

"""``pytead clean``: delete recorded calls, and data files whose tests are gone."""

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
    left = _left_over(folder)
    if not files and not left:
        say(f"nothing to delete: {shown(folder, cwd)} holds no recorded calls")
        return OK
    size = sum(path.stat().st_size for path in files)
    what = f"{counted(len(files), 'file')} ({size:,} bytes) in {shown(folder, cwd)}"
    if left:
        what += f" and {counted(len(left), 'data file')} of tests that are gone"
    if not settings.yes:
        for path in [*files, *left]:
            say(f"would delete {shown(path, cwd)}")
        say(f"would delete {what}; --yes does it")
        return OK
    try:
        for path in [*files, *left]:
            path.unlink(missing_ok=True)
    except OSError as error:
        reason = f"can't delete {error.filename}: {error.strerror or error}"
        raise PyteadError("clean-failed", reason, exit_code=FINDING) from None
    say(f"deleted {what}")
    for place in [
        folder,
        *sorted({each for path in left for each in (path.parent, path.parent.parent)})[::-1],
    ]:
        _remove_if_empty(place)
    return OK


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    from pytead.storage.opening import open_for_read

    return open_for_read(folder).files()


def _left_over(folder: Path) -> list[Path]:
    """Data files that ``gen`` wrote for tests that aren't there any more, if nobody has changed them since."""
    from pytead.cli.account import data_files
    from pytead.codegen.signature import data_digest

    found = []
    for path, digest in sorted(data_files(folder).items()):
        test = path.parent.parent.parent / f"{path.parent.name}.py"
        try:
            is_ours = not test.exists() and data_digest(path, path.read_bytes()) == digest
        except OSError:
            continue
        if is_ours:
            found.append(path)
    return found


def _remove_if_empty(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:
        pass  # something else is in it, or it is where we stand: then it stays


def _silent(line: str) -> None:
    """Say nothing."""

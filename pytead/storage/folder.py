"""The folder that a store lies in."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytead.errors import PyteadError

IGNORE_FILE = ".gitignore"
IGNORE_TEXT = b"# Calls recorded by Pytead: values of a running program, not for version control.\n*\n"

ACCOUNT_FILE = ".last-gen.json"
"""What the last ``gen`` made of the calls, for ``explain``."""

SEGMENT = ".pkl"
LINES = ".jsonl"
FLOW = ".flow"
DATABASE = "calls.sqlite3"
COMPANIONS = ("-wal", "-shm", "-journal")
"""What SQLite puts beside a database while it is open, or leaves there when its process is killed."""


def unwritable(path: str, reason: str) -> PyteadError:
    """The error for a folder or file that takes no entries."""
    from pytead.errors import PyteadError

    return PyteadError(
        "storage-unwritable",
        f"can't store calls in {path}: {reason}",
        "choose another folder with --storage-dir",
    )


def why(error: OSError) -> str:
    """The reason of an operating system error, without its number and path."""
    return (error.strerror or str(error) or type(error).__name__).lower()


def check(folder: str) -> None:
    """Refuse a folder that can't be made or written to, without making it.

    Raises:
        PyteadError: ``storage-unwritable``, with the path and the reason.
    """
    place = folder
    while not os.path.lexists(place) and os.path.dirname(place) != place:
        place = os.path.dirname(place)
    if not os.path.isdir(place):
        raise unwritable(folder, f"{place} is not a folder")
    if not os.access(place, os.W_OK | os.X_OK):
        raise unwritable(folder, f"no permission to write to {place}")


def make(folder: str) -> None:
    """Make the folder; where it is Pytead's alone it gets a ``.gitignore`` that leaves everything in it
    out.

    Raises:
        OSError: it can't be made.
    """
    os.makedirs(folder, exist_ok=True)
    # A folder with anything else in it, such as a project's root, is not ours to hide.
    with os.scandir(folder) as found:
        if not all(map(_is_store_file, (entry.name for entry in found))):
            return
    try:
        file = os.open(os.path.join(folder, IGNORE_FILE), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    except FileExistsError:
        return
    try:
        os.write(file, IGNORE_TEXT)
    finally:
        os.close(file)


def create(folder: str, stem: str, suffix: str, flags: int) -> tuple[str, int]:
    """Make the folder and in it a file of this process: its path, and its descriptor opened with ``flags``.

    Raises:
        OSError: it can't be made.
    """
    make(folder)
    start = os.path.join(folder, f"{stem}-{os.getpid()}")
    number = 0
    while True:
        path = f"{start}-{number}{suffix}" if number else start + suffix
        try:
            return path, os.open(path, flags | os.O_CREAT | os.O_EXCL, 0o666)
        except FileExistsError:
            number += 1  # the process of this number before us, or this one before it called exec


def is_name_of_ours(name: str, *, other_than: str | None = None) -> bool:
    """Whether a process names its file like this: ``<run>-<pid>[-n]`` with the suffix of a format, or of a flow.

    Args:
        name: the file's name.
        other_than: a run whose files are not meant.
    """
    import re

    if (
        re.search(rf"-[0-9]+(-[0-9]+)?({re.escape(SEGMENT)}|{re.escape(LINES)}|{re.escape(FLOW)})\Z", name)
        is None
    ):
        return False
    return other_than is None or not name.startswith(f"{other_than}-")


def _is_store_file(name: str) -> bool:
    return name.endswith((SEGMENT, LINES, FLOW)) or name.startswith(DATABASE) or name == ACCOUNT_FILE

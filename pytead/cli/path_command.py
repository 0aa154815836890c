"""Programs that are started by a bare name: Python scripts on PATH, as installed packages bring them."""

from __future__ import annotations

import os
import re
import sys
from typing import NamedTuple

from pytead.errors import PyteadError

_ENOUGH = 1024


class PathCommand(NamedTuple):
    """A Python script on PATH.

    Attributes:
        path: where it is.
        interpreter: what its first line says it runs under; empty where that is for us to choose.
    """

    path: str
    interpreter: str


def find(name: str) -> PathCommand:
    """The script that a bare name means: the one on PATH, or else the one beside our interpreter.

    Raises:
        PyteadError: ``command-missing``, or ``not-python`` for a program that isn't a Python script.
    """
    import shutil

    # On PATH may stand a version manager's shell script that stands for the real one.
    places = (shutil.which(name), shutil.which(name, path=os.path.dirname(sys.executable)))
    paths = [path for path in places if path]
    for path in paths:
        head = _head(path)
        interpreter = _interpreter(head.decode("utf-8", "replace"))
        if interpreter is not None or _is_windows_launcher(path, head):
            return PathCommand(path, interpreter or "")
    if paths:
        raise PyteadError(
            "not-python",
            f"{name!r} is {paths[0]}, which is no Python script",
            "record the Python program that it starts: -- python SCRIPT, or -m MODULE",
        )
    raise PyteadError(
        "command-missing",
        f"{name!r} is neither a file here nor a command on PATH",
        "give the path of a script, or -m MODULE",
    )


def _head(path: str) -> bytes:
    try:
        with open(path, "rb") as stream:
            return stream.read(_ENOUGH)
    except OSError as error:
        raise PyteadError("command-missing", f"can't read {path}: {error.strerror or error}") from None


def _interpreter(head: str) -> str | None:
    first, _, rest = head.partition("\n")
    if not first.startswith("#!"):
        return None
    words = first[2:].split() or [""]
    if words[0].endswith("/sh"):
        # Installers put this in front where the interpreter's path is too long or has a space.
        through_shell = re.match(r"'''exec' (?:\"([^\"]+)\"|(\S+)) \"\$0\" \"\$@\"", rest)
        return through_shell and (through_shell[1] or through_shell[2])
    if words[0].endswith("/env"):
        words = [word for word in words[1:] if not word.startswith("-") and "=" not in word] or [""]
    program = words[0].rpartition("/")[2]
    return words[0] if program.startswith(("python", "pypy")) else None


def _is_windows_launcher(path: str, head: bytes) -> bool:
    """Whether it is what pip makes on Windows: a small program with a zip of ``__main__.py`` behind it."""
    if not head.startswith(b"MZ"):
        return False
    import zipfile

    return zipfile.is_zipfile(path)

"""Records a program under another interpreter, or under ours with options that it takes only when it starts."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from pytead.errors import PyteadError

_BOOTSTRAP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "bootstrap.py")


def find(typed: str) -> str | None:
    """The interpreter that ``typed`` means, as a path; None if it is the one that runs us.

    Args:
        typed: ``python``, ``python3`` or a path, as on a command line.

    Raises:
        PyteadError: ``interpreter-missing``, or ``interpreter-old`` for one before 3.10.
    """
    import shutil

    path = shutil.which(typed)
    if path is None:
        raise PyteadError("interpreter-missing", f"no interpreter '{typed}' on PATH", "give its path")
    if _is_same_file(path, sys.executable):
        return None
    executable, prefix, version = _ask(path)
    if os.path.realpath(prefix) == os.path.realpath(sys.prefix) and version == sys.version_info[:2]:
        return None
    if version < (3, 10):
        raise PyteadError(
            "interpreter-old",
            f"'{typed}' is Python {version[0]}.{version[1]}; recording needs 3.10 or later",
            "give a newer interpreter",
        )
    return executable


def _is_same_file(path: str, other: str) -> bool:
    # Not by what links point to: every virtual environment's python is a link to the same file.
    return os.path.normcase(os.path.abspath(path)) == os.path.normcase(os.path.abspath(other))


def _ask(path: str) -> tuple[str, str, tuple[int, int]]:
    import subprocess

    question = "import sys; print(sys.executable, sys.prefix, *sys.version_info[:2], sep='\\n')"
    try:
        answer = subprocess.run(
            [path, "-c", question], capture_output=True, text=True, timeout=30, check=True
        )
        executable, prefix, major, minor = answer.stdout.splitlines()
    except (OSError, ValueError, subprocess.SubprocessError):
        raise PyteadError(
            "interpreter-missing", f"'{path}' doesn't run as a Python interpreter", "give the path of one"
        ) from None
    return executable or path, prefix, (int(major), int(minor))


def needed_packages() -> tuple[str, ...]:
    """Folders of the packages that recording needs beside Pytead itself."""
    from importlib.util import find_spec

    wrapt = find_spec("wrapt")
    return tuple(wrapt.submodule_search_locations or ()) if wrapt is not None else ()


def start(executable: str | None, options: tuple[str, ...], arguments: list[str]) -> NoReturn:
    """Become that interpreter, running ``pytead`` with ``arguments``; where that can't be, run it and exit as it does.

    Args:
        executable: its path; None for ours.
        options: its own options (``-W error``), before the script.
        arguments: a command line of Pytead's.
    """
    packages = (os.path.dirname(os.path.dirname(os.path.abspath(__file__))), *needed_packages())
    command = [executable or sys.executable, *options, _BOOTSTRAP, os.pathsep.join(packages), *arguments]
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    if os.name == "posix":
        os.execv(command[0], command)
    import signal
    import subprocess

    child = subprocess.Popen(command)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the child as well, and is its to handle
    sys.exit(child.wait())

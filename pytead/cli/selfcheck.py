"""``pytead run --selfcheck``: whether recording a program changes what it does.

It runs bare, bare again and recorded, each time in a fresh copy of the working folder at one and the same path, so
that no run meets what another wrote, and the working folder stays as it is.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from typing import TYPE_CHECKING

from pytead.cli.starting import where
from pytead.cli.streams import write_json
from pytead.errors import FINDING, OK, PyteadError
from pytead.report import selfcheck as report
from pytead.report.selfcheck import Behaviour

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytead.cli.launch import Launch
    from pytead.config.settings import Settings

_MOST_BYTES = 1 << 30
_MOST_FILES = 50_000
_NOT_COPIED = frozenset({".git", ".hg", ".svn", "node_modules", "__pycache__"})
_NOT_COMPARED = frozenset({"__pycache__"})


def check(launch: Launch, settings: Settings, options: Sequence[str], cwd: str) -> int:
    """Run the program three times and show what differs.

    Args:
        launch: the program.
        settings: those of the run.
        options: a command line of ``run`` that says them.
        cwd: the working folder.

    Returns:
        0 where nothing differs, else 1.

    Raises:
        PyteadError: ``selfcheck-too-large`` where the working folder can't be copied; or the program can't be started.
    """
    from pytead.capture.pycache import user_folder

    stdin = b"" if sys.stdin is None or sys.stdin.isatty() else sys.stdin.buffer.read()
    with tempfile.TemporaryDirectory(prefix="pytead-selfcheck-") as scratch:
        scratch = os.path.realpath(scratch)
        copy, pristine = os.path.join(scratch, "work"), os.path.join(scratch, "pristine")
        cache = user_folder()  # ours, in the working folder where that is the home folder
        skipped = [os.fspath(settings.storage_dir), cache]
        size, files = _measure(cwd, skipped)
        _copy(cwd, pristine, skipped)
        words = [*options, f"--storage-dir={os.path.join(scratch, 'calls')}", "--quiet", *launch.words]
        bare = [_moved(word, cwd, copy) for word in _bare(launch)]
        recorded = [sys.executable, "-m", "pytead", *(_moved(word, cwd, copy) for word in words)]
        environ = _environ(cwd, copy)
        behaviours = []
        for command in (bare, bare, recorded):
            _copy(pristine, copy, ())
            behaviours.append(_run(command, copy, stdin, environ, _moved(cache, cwd, copy)))
            shutil.rmtree(copy, ignore_errors=True)
    found = report.compare(*behaviours)
    if settings.json is not None:
        write_json(settings.json, report.as_json(found))
    if not settings.quiet:
        report.show(found, files, size)
    return FINDING if found.differences else OK


def _bare(launch: Launch) -> list[str]:
    """The command line that runs the program without us."""
    from pytead.cli import interpreter

    typed, program = where(launch)
    executable = interpreter.find(typed) if typed else None
    flag = {"module": ["-m"], "code": ["-c"]}.get(launch.kind, [])
    return [executable or sys.executable, *launch.interpreter_options, *flag, program, *launch.args]


def _environ(cwd: str, copy: str) -> dict[str, str]:
    environ = {key: _moved(value, cwd, copy) for key, value in os.environ.items()}
    environ.setdefault("PYTHONHASHSEED", "0")  # else the order of sets would differ between any two runs
    if "PYTHONPATH" in environ:
        folders = environ["PYTHONPATH"].split(os.pathsep)
        environ["PYTHONPATH"] = os.pathsep.join(_moved(folder, cwd, copy) for folder in folders)
    return environ


def _moved(word: str, cwd: str, copy: str) -> str:
    """A path in the working folder as one in its copy; anything else as it is."""
    return copy + word[len(cwd) :] if word == cwd or word.startswith(cwd + os.sep) else word


def _run(
    command: list[str], folder: str, stdin: bytes, environ: dict[str, str], not_compared: str
) -> Behaviour:
    started = time.perf_counter()
    try:
        done = subprocess.run(command, cwd=folder, input=stdin, capture_output=True, env=environ, check=False)
    except OSError as error:
        raise PyteadError("no-program", f"can't start {command[0]}: {error.strerror or error}") from None
    seconds = time.perf_counter() - started
    return Behaviour(
        done.stdout, done.stderr, done.returncode, dict(_contents(folder, not_compared)), seconds
    )


def _contents(folder: str, not_compared: str) -> Iterator[tuple[str, str]]:
    """Each file and what is in it, as a hash; of a link where it leads."""
    from hashlib import sha256

    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(
            name
            for name in folders
            if name not in _NOT_COMPARED and os.path.join(parent, name) != not_compared
        )
        for name in (*names, *(each for each in folders if os.path.islink(os.path.join(parent, each)))):
            path = os.path.join(parent, name)
            shown = os.path.relpath(path, folder).replace(os.sep, "/")
            try:
                if os.path.islink(path):
                    yield shown, os.readlink(path)
                elif os.path.isfile(path):
                    with open(path, "rb") as stream:
                        yield shown, sha256(stream.read()).hexdigest()
            except OSError as error:
                yield shown, f"unreadable: {error.strerror}"


def _leaves_out(parent: str, name: str, skipped: Sequence[str]) -> bool:
    """Whether a folder isn't part of what the program works on: version control, environments, recorded calls."""
    path = os.path.join(parent, name)
    is_environment = os.path.isfile(os.path.join(path, "pyvenv.cfg"))
    return name in _NOT_COPIED or path in skipped or is_environment


def _measure(cwd: str, skipped: Sequence[str]) -> tuple[int, int]:
    """Bytes and number of the files to be copied."""
    size = files = 0
    for parent, folders, names in os.walk(cwd):
        folders[:] = [name for name in folders if not _leaves_out(parent, name, skipped)]
        for name in names:
            files += 1
            try:
                size += os.lstat(os.path.join(parent, name)).st_size
            except OSError:
                continue
        if size > _MOST_BYTES or files > _MOST_FILES:
            raise PyteadError(
                "selfcheck-too-large",
                f"the working folder holds over {_MOST_FILES:,} files or {_MOST_BYTES >> 20:,} MiB,"
                " too much to be copied for each run",
                "run it from a folder that holds the program alone",
            )
    return size, files


def _copy(source: str, target: str, skipped: Sequence[str]) -> None:
    def ignored(parent: str, names: list[str]) -> list[str]:
        return [name for name in names if _leaves_out(parent, name, skipped) or _is_special(parent, name)]

    try:
        shutil.copytree(source, target, symlinks=True, ignore=ignored)
    except shutil.Error:
        pass  # files that can't be read here can't be read by the program either


def _is_special(parent: str, name: str) -> bool:
    """Whether it is a pipe, a socket or a device."""
    path = os.path.join(parent, name)
    return not (os.path.islink(path) or os.path.isfile(path) or os.path.isdir(path))

"""``pytead tead``: record a program, then make tests from it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from pytead.cli import launch as launching
from pytead.cli import run
from pytead.cli.streams import complain
from pytead.config.settings import load
from pytead.errors import PyteadError

if TYPE_CHECKING:
    from collections.abc import Sequence


def command(words: Sequence[str], cwd: str) -> int:
    """Record and make tests as the command line says.

    Returns:
        The program's exit code if that isn't 0, else that of ``gen``.

    Raises:
        PyteadError: for anything that was given wrongly, and where nothing was recorded.
    """
    line = launching.parse("tead", words, cwd, is_named=True)
    problem = launching.missing(line.launch, cwd)
    if problem is not None:
        raise problem
    settings = load("tead", line.said, cwd, os.environ)
    targets = run.targets_of(settings)
    code = _record([*run.options_again(settings), *line.launch.words], settings.json)
    from pytead.cli import gen

    try:
        generated = gen.deliver(settings, targets if settings.only_targets else None)
    except PyteadError as error:
        if not code:
            raise
        complain(error)  # that the program failed says more
        return code
    return code or generated


def _record(words: list[str], stream: str | None) -> int:
    """Record in a process of its own: whatever becomes of it, the tests are made afterwards."""
    import signal
    import subprocess

    inherited = (int(stream),) if stream is not None and stream.isdecimal() and os.name == "posix" else ()
    child = subprocess.Popen(
        [sys.executable, "-m", "pytead", *words],
        pass_fds=inherited,
        env={**os.environ, run.FOLLOWED_BY_GEN: "1"},
    )
    before = signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # Ctrl-C reaches the program too, and is its to handle
    try:
        code = child.wait()
    finally:
        signal.signal(signal.SIGINT, before)
    return code if code >= 0 else 128 - code

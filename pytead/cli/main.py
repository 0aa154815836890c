"""From a command line to an exit code.

Exit codes: 0; 1 for a finding such as nothing to generate; 2 for usage and configuration; 70 for a mistake of
our own; 130 after Ctrl-C; that of the program for ``run``.
"""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING

from pytead.cli.scanning import Asked, Scanner
from pytead.cli.streams import complain
from pytead.config.options import COMMANDS
from pytead.errors import OK, USAGE, PyteadError

if TYPE_CHECKING:
    from collections.abc import Sequence

INTERNAL = 70
INTERRUPTED = 130
BROKEN_PIPE = 141


def main(argv: Sequence[str] | None = None) -> int:
    """Do what a command line says.

    Args:
        argv: the words after ``pytead``; by default those of this process.

    Returns:
        The exit code. What a program run by ``run`` or ``flow`` raises, ``SystemExit`` included, is its own and passes.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        command, rest, is_named = split(words)
        if command == "run":
            from pytead.cli import run

            start = run.prepare(rest, os.getcwd(), is_named)
        elif command == "flow":
            from pytead.cli import flow

            start = flow.prepare(rest, os.getcwd())
        else:
            return _other_command(command, rest)
    except Asked as asked:
        return _answer(asked)
    except BaseException as error:
        return report(error)
    # From here on it may be the program's own error.
    try:
        return start()
    except PyteadError as error:
        return report(error)


def split(words: Sequence[str]) -> tuple[str, list[str], bool]:
    """Find the command: the first word that is no option, if it is the name of one; else it is ``run``.

    Returns:
        The command, the command line without its name, and whether the name was there.

    Raises:
        Asked: for ``--help`` and ``--version`` in front of a command.
        PyteadError: ``unknown-option``, ``missing-value`` or, for no words at all, ``no-program``.
    """
    if not words:
        raise Asked("", "")
    if words[0] in COMMANDS:
        return words[0], list(words[1:]), True
    if words[0].startswith("-"):
        look = Scanner("run", words, takes_module=True, is_first_look=True)
        try:
            look.take_options()
        except Asked as asked:
            asked.command = ""
            raise
        if look.rest and look.rest[0] in COMMANDS:
            at = len(words) - len(look.rest)
            return look.rest[0], [*words[:at], *words[at + 1 :]], True
    return "run", list(words), False


def report(error: BaseException) -> int:
    """Show an error on stderr in one or two lines.

    Returns:
        The exit code that goes with it.
    """
    if isinstance(error, PyteadError):
        complain(error)
        return error.exit_code
    if isinstance(error, KeyboardInterrupt):
        complain(PyteadError("interrupted", "interrupted"))
        return INTERRUPTED
    if isinstance(error, BrokenPipeError):
        # Whoever read our output has gone. Python would complain again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return BROKEN_PIPE
    if not isinstance(error, Exception):
        raise error
    if os.environ.get("PYTEAD_DEBUG"):
        import traceback

        traceback.print_exception(type(error), error, error.__traceback__)
    what = f"a mistake in Pytead itself: {type(error).__name__}: {error}"
    complain(PyteadError("internal", what, "please report it, with the traceback that PYTEAD_DEBUG=1 shows"))
    return INTERNAL


def _answer(asked: Asked) -> int:
    if asked.is_version:
        from pytead import __version__

        print(f"pytead {__version__}")
        return OK
    from pytead.cli.help import command_help, main_help

    if asked.is_help:
        print(command_help(asked.command) if asked.command else main_help(), end="")
        return OK
    print(main_help(), end="", file=sys.stderr)
    return USAGE


def _other_command(command: str, words: list[str]) -> int:
    from importlib import import_module

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a name must not end a command
    code: int = import_module(f"pytead.cli.{command}").command(words, os.getcwd())
    sys.stdout.flush()
    return code

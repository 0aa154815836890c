"""The command line of a run: our options, and then the program's own, which we don't touch.

pytead [run] [options] SCRIPT [args...]
pytead [run] [options] -m MODULE [args...]
pytead [run] [options] -- [python [python's options]] SCRIPT | -m MODULE | -c CODE [args...]
pytead [run] [options] -- COMMAND [args...]
pytead run [options] TARGET... -- ...
"""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING, Literal, NamedTuple

from pytead.cli.scanning import Scanner
from pytead.config.options import COMMANDS
from pytead.config.parsing import nearest
from pytead.config.settings import Said
from pytead.errors import PyteadError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_INTERPRETER = re.compile(r"(?:python|pypy)(?:\d+(?:\.\d+)*)?[td]?w?|pyw?", re.ASCII)
_PROGRAM_SUFFIXES = (".py", ".pyw", ".pyc", ".pyz", ".zip")
_LETTERS_ALONE = frozenset("bBdEiIOPqRsSuvx")
_LETTERS_WITH_VALUE = frozenset("WX")
_WORDS_FOR_INFORMATION = ("--help", "--help-all", "--help-env", "--help-xoptions", "--version")


class Launch(NamedTuple):
    """The program to run.

    Attributes:
        kind: what ``program`` is: the path of a script (or of a folder or zip with ``__main__.py``, or ``-``
            for standard input), the name of a module, code, or the name of a command on PATH.
        program: as typed.
        args: what follows it: the program's own, as typed.
        interpreter: the interpreter as typed; None where none was.
        interpreter_options: its options as typed, without what names the program.
        words: the end of the command line that all of this was read from, ``--`` or ``-m`` included.
    """

    kind: Literal["script", "module", "code", "command"]
    program: str
    args: tuple[str, ...] = ()
    interpreter: str | None = None
    interpreter_options: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


class CommandLine(NamedTuple):
    """A command line that runs a program, read.

    Attributes:
        said: options, as ``config.settings.load`` takes them, targets given as plain words included.
        launch: the program.
    """

    said: Mapping[str, Sequence[Said]]
    launch: Launch


def parse(command: str, words: Sequence[str], cwd: str, *, is_named: bool) -> CommandLine:
    """Read the command line of ``run`` or ``tead``.

    Args:
        command: which of the two; it decides what options there are.
        words: the command line without the command's name.
        cwd: the working folder: after ``--`` a plain word is a script if it is a file there, else a command.
        is_named: whether the command's name was typed, so that plain words before ``--`` are targets.

    Raises:
        Asked: for ``--help`` and ``--version``.
        PyteadError: ``unknown-option``, ``missing-value``, ``no-program`` or ``script-before-dashes``.
    """
    scanner = Scanner(command, words, takes_module=True)
    scanner.take_options()
    rest = scanner.rest
    has_targets = is_named and "targets" not in scanner.said and "--" in rest
    if has_targets and not _is_module_flag(rest[0]):
        while scanner.rest[0] != "--":
            scanner.said.setdefault("targets", []).append(Said("TARGET", _target(scanner.rest.pop(0), cwd)))
            scanner.take_options()
            if _is_module_flag(scanner.rest[0]):
                break
        rest = scanner.rest
    if not rest:
        raise _no_program(command, scanner.said)
    if rest[0] == "--":
        if len(rest) == 1:
            raise PyteadError(
                "no-program", "nothing follows '--'", "write the program there: -- python main.py"
            )
        launch = _after_dashes(rest, cwd)
    elif _is_module_flag(rest[0]):
        launch = _python(rest, rest, None)
    else:
        launch = Launch("script", rest[0], tuple(rest[1:]), words=tuple(rest))
    return CommandLine(scanner.said, launch)


def options_of_interpreter(command: Sequence[str]) -> tuple[str, ...]:
    """The interpreter's own options in a whole command line such as ``sys.orig_argv``."""
    try:
        return _python(list(command), list(command[1:]), None).interpreter_options
    except PyteadError:
        return ()  # an interpreter that is embedded in another program


def missing(launch: Launch, cwd: str) -> PyteadError | None:
    """What to say where the script isn't there; None where it is, or where only running it can tell."""
    if launch.kind != "script" or launch.program == "-":
        return None
    if os.path.exists(os.path.join(cwd, launch.program)):
        return None
    program = launch.program
    is_plain = launch.words[:1] != ("--",) and re.fullmatch(r"[\w-]+", program) is not None
    if is_plain:
        close = next((name for name in COMMANDS if program.startswith(name)), "") or nearest(
            program, COMMANDS
        )
        if close:
            return PyteadError(
                "unknown-command",
                f"{program!r} is neither a file nor a command",
                f"did you mean 'pytead {close}'?",
            )
        import shutil

        if shutil.which(program):
            return PyteadError(
                "script-missing", f"there is no file {program!r}", f"a command is run as: -- {program} ..."
            )
    return PyteadError(
        "script-missing", f"there is no file {program!r}", f"paths are relative to the working folder, {cwd}"
    )


def _is_module_flag(word: str) -> bool:
    return word.startswith("-m")


def _target(word: str, cwd: str) -> str:
    if os.path.isfile(os.path.join(cwd, word)):
        raise PyteadError(
            "script-before-dashes",
            f"{word!r} stands where targets do, between 'run' and '--', and is a file",
            f"write either: run -t PATTERN {word} ..., or: run TARGET -- {word} ...",
        )
    return word


def _after_dashes(rest: list[str], cwd: str) -> Launch:
    first = rest[1]
    path = os.path.join(cwd, first)
    is_bare = os.path.basename(first) == first
    if first.startswith("-"):  # python's own options, python left out
        return _python(rest, rest[1:], None)
    if _is_interpreter(first):
        return _python(rest, rest[2:], first)
    # A file of that name is what python would run; a folder only if it is a program.
    is_there = os.path.isfile(path) or os.path.isfile(os.path.join(path, "__main__.py"))
    is_script = is_there or not is_bare or first.endswith(_PROGRAM_SUFFIXES)
    return Launch("script" if is_script else "command", first, tuple(rest[2:]), words=tuple(rest))


def _is_interpreter(word: str) -> bool:
    if word == sys.executable:
        return True
    name = os.path.basename(word).lower().removesuffix(".exe")
    return _INTERPRETER.fullmatch(name) is not None


def _python(typed: list[str], words: list[str], interpreter: str | None) -> Launch:
    """Read what follows ``python`` as python itself does."""
    options: list[str] = []
    position = 0
    while position < len(words):
        word = words[position]
        after = tuple(words[position + 1 :])
        if word in _WORDS_FOR_INFORMATION:
            raise _python_runs_nothing(word)
        if word == "--check-hash-based-pycs" and after:
            options += words[position : position + 2]
            position += 2
        elif word == "--":
            options.append(word)
            position += 1
            if not after:
                break
            return Launch("script", after[0], after[1:], interpreter, tuple(options[:-1]), tuple(typed))
        elif word == "-" or not word.startswith("-"):
            return Launch("script", word, after, interpreter, tuple(options), tuple(typed))
        elif re.fullmatch(r"-\d(\.\d+)?(-\d+)?", word):  # of the launcher py: which python
            options.append(word)
            position += 1
        else:
            letter, value, front = _read_letters(word)
            if letter in ("m", "c"):
                if front:
                    options.append(front)
                program, args = (value, after) if value else ("".join(after[:1]), after[1:])
                if not program:
                    needed = "the name of a module" if letter == "m" else "code"
                    raise PyteadError("no-program", f"-{letter} needs {needed}")
                kind: Literal["module", "code"] = "module" if letter == "m" else "code"
                return Launch(kind, program, args, interpreter, tuple(options), tuple(typed))
            options.append(word)
            position += 1
            if letter and not value:
                if not after:
                    break
                options.append(after[0])
                position += 1
    raise PyteadError(
        "no-program",
        f"{interpreter or 'python'} is given nothing to run",
        "a script, -m MODULE or -c CODE must follow",
    )


def _read_letters(word: str) -> tuple[str, str, str]:
    """Read a word of letters such as ``-uXdev``.

    Returns:
        The letter that takes a value, empty if none does; the value, empty if it isn't attached; and the word
        up to that letter, empty if nothing is in front of it.
    """
    for index, letter in enumerate(word[1:], 1):
        if letter in "mc" or letter in _LETTERS_WITH_VALUE:
            return letter, word[index + 1 :], word[:index] if index > 1 else ""
        if letter in "hV?":
            raise _python_runs_nothing(f"-{letter}")
        if letter not in _LETTERS_ALONE:
            raise PyteadError("unknown-option", f"python has no option {word}")
    return "", "", ""


def _python_runs_nothing(word: str) -> PyteadError:
    return PyteadError("no-program", f"with {word} python runs no program", "leave it out")


def _no_program(command: str, said: Mapping[str, Sequence[Said]]) -> PyteadError:
    for name in ("output", "json"):
        for use in said.get(name, ()):
            if use.text.endswith(".py"):
                return PyteadError(
                    "no-program",
                    f"no program to run: {use.text!r} was read as the file of {use.flag}",
                    f"write {use.flag} FILE before it, or put '--' in front of the program",
                )
    return PyteadError(
        "no-program",
        f"{command} has no program to run",
        f"write it last: pytead {command} -t 'pkg.*' main.py",
    )

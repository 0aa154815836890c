"""Starting the program of a command line, for whoever watches it: recording it, or tracing its flow."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from pytead.cli import launch as launching

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytead.capture.program import Watcher
    from pytead.cli.launch import Launch


def start(launch: Launch, options: Sequence[str], watch: Callable[[], Watcher]) -> int:
    """Run the program as the command line says, under the interpreter that it says.

    Args:
        launch: the program.
        options: the command line up to the program, for Pytead under another interpreter.
        watch: begins to watch, once this process is to run the program.

    Returns:
        0, where the program comes to its end without leaving by ``sys.exit``.

    Raises:
        PyteadError: the program can't be started.
        BaseException: whatever the program raises, or ``watch``.
    """
    from pytead.capture import program
    from pytead.cli import interpreter

    leave_other_run()
    typed, path = where(launch)
    executable = interpreter.find(typed) if typed else None
    if executable or launch.interpreter_options:
        interpreter.start(executable, launch.interpreter_options, [*options, *_program_again(launch)])
    program.set_interpreter_options(launching.options_of_interpreter(sys.orig_argv))
    watcher = watch()
    if launch.kind == "module":
        program.run_module(launch.program, launch.args, watcher)
    elif launch.kind == "code":
        program.run_code(launch.program, launch.args, watcher)
    elif launch.kind == "script" and launch.program == "-":
        program.run_stdin(launch.args, watcher)
    else:
        program.run_script(path, launch.args, watcher, is_command=launch.kind == "command")
    return 0


def where(launch: Launch) -> tuple[str | None, str]:
    """The interpreter that a program asks for, as typed or as its first line says, and the path of what is run.

    Raises:
        PyteadError: ``command-missing`` or ``not-python``, for the name of a command.
    """
    if launch.kind != "command":
        return launch.interpreter, launch.program
    from pytead.cli import path_command

    found = path_command.find(launch.program)
    return found.interpreter or None, found.path


def leave_other_run() -> None:
    """A recorded program may start Pytead itself: that is another run."""
    child = sys.modules.get("pytead.cli.child")
    if child is not None:
        child.leave()


def _program_again(launch: Launch) -> list[str]:
    """The end of a command line that says which program to run, without its interpreter."""
    front = {"script": [], "module": ["-m"], "code": ["--", "-c"], "command": ["--"]}[launch.kind]
    return [*front, launch.program, *launch.args]

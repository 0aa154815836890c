"""``pytead run``, the default: record a program."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from pytead.cli import launch as launching
from pytead.cli.streams import write_json
from pytead.config.settings import load
from pytead.errors import PyteadError
from pytead.targets import TargetSet

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from pytead.capture.session import Session
    from pytead.cli.launch import Launch
    from pytead.config.settings import Settings
    from pytead.names import FunctionName
    from pytead.records import FunctionTally
    from pytead.storage.store import Append

FOLLOWED_BY_GEN = "PYTEAD_FOLLOWED_BY_GEN"
"""Variable that ``tead`` tells the run with that the tests are made next."""


def prepare(words: Sequence[str], cwd: str, is_named: bool) -> Callable[[], int]:
    """Read the command line, and check all that can be checked before the program starts.

    Args:
        words: the command line without ``run``.
        cwd: the working folder.
        is_named: whether ``run`` was typed.

    Returns:
        What runs the program and gives its exit code, or raises what it raises.

    Raises:
        PyteadError: for anything that was given wrongly.
    """
    line = launching.parse("run", words, cwd, is_named=is_named)
    problem = launching.missing(line.launch, cwd)
    if problem is not None:
        raise problem
    settings = load("run", line.said, cwd, os.environ)
    targets = targets_of(settings)
    return lambda: record(line.launch, settings, targets)


def targets_of(settings: Settings) -> TargetSet:
    """The targets of a run.

    Raises:
        PyteadError: ``bad-pattern``; ``no-targets`` where nobody gave any.
    """
    targets = TargetSet.parse(settings.targets, place=settings.origins["targets"].place)
    if not targets:
        raise PyteadError(
            "no-targets",
            "nothing says which functions to record",
            "give targets with -t 'mymodule.*', PYTEAD_TARGETS, or targets = [...] in .pytead/config.toml",
        )
    return targets


def options_again(settings: Settings) -> list[str]:
    """A command line of ``run`` that says what the settings say, up to the program."""
    words = ["run", *(f"--target={pattern}" for pattern in settings.targets)]
    words += [
        f"--limit={settings.limit}",
        f"--storage-dir={settings.storage_dir}",
        f"--format={settings.format}",
        f"--engine={settings.engine}",
    ]
    if settings.json is not None:
        words.append(f"--json={settings.json}")
    return [*words, "--quiet" if settings.quiet else "--no-quiet"]


def program_again(launch: Launch) -> list[str]:
    """The end of a command line that says which program to run, without its interpreter."""
    front = {"script": [], "module": ["-m"], "code": ["--", "-c"], "command": ["--"]}[launch.kind]
    return [*front, launch.program, *launch.args]


def record(launch: Launch, settings: Settings, targets: TargetSet) -> int:
    """Run the program as the command line says and record it.

    Returns:
        0, where the program comes to its end without leaving by ``sys.exit``.

    Raises:
        PyteadError: the program can't be started.
        BaseException: whatever the program raises.
    """
    from pytead.capture import program
    from pytead.cli import interpreter

    typed, path = launch.interpreter, ""
    if launch.kind == "command":
        from pytead.cli import path_command

        found = path_command.find(launch.program)
        typed, path = found.interpreter or None, found.path
    executable = interpreter.find(typed) if typed else None
    if executable or launch.interpreter_options:
        again = [*options_again(settings), *program_again(launch)]
        interpreter.start(executable, launch.interpreter_options, again)
    from pytead.capture.recorder import Recorder, new_run
    from pytead.storage.opening import open_for_append

    # Not left for the program to see.
    is_followed_by_gen = os.environ.pop(FOLLOWED_BY_GEN, None) is not None
    program.set_interpreter_options(launching.options_of_interpreter(sys.orig_argv))
    run = new_run()
    try:
        store = open_for_append(settings.storage_dir, settings.format, run, on_error=_warn)
    except PyteadError as error:
        _warn(error)
        targets, store = TargetSet.parse(["!*"]), _NoStore()
    recorder = Recorder(store, run, settings.limit, targets.patterns)
    chosen_by = settings.origins["engine"].place
    session = _session_class(settings)(targets, recorder, _shown(settings.storage_dir), chosen_by)
    session.start()
    # After the program's last exit handler, so that what they call is recorded and their output comes first.
    program.last_at_exit.append(lambda: _finish(session, settings, is_followed_by_gen))
    if launch.kind == "module":
        program.run_module(launch.program, launch.args, session)
    elif launch.kind == "code":
        program.run_code(launch.program, launch.args, session)
    elif launch.program == "-" and not path:
        program.run_stdin(launch.args, session)
    else:
        program.run_script(path or launch.program, launch.args, session, is_command=bool(path))
    return 0


def _session_class(settings: Settings) -> type[Session]:
    """What records with the engine that is asked for.

    Raises:
        PyteadError: ``no-monitoring``, where this Python hasn't got what the engine needs.
    """
    if settings.engine == "wrap":
        from pytead.capture.session import Session

        return Session
    if not hasattr(sys, "monitoring"):
        raise PyteadError(
            "no-monitoring",
            f"{settings.origins['engine'].place}: engine monitoring needs Python 3.12 or later, and this is"
            f" {sys.version.partition(' ')[0]}",
            "leave it out: engine wrap records the same on every Python",
        )
    from pytead.capture.monitored_session import MonitoredSession

    return MonitoredSession


class _NoStore:
    """Where nothing can be stored the program runs all the same."""

    def appender(self, function: FunctionName, kind: str, source: str) -> Append:
        return lambda before, after, outcome, timestamp, duration: None

    def write_run(self, fields: dict[str, object]) -> None:
        pass

    def write_tally(self, tallies: list[FunctionTally]) -> None:
        pass

    def after_fork(self) -> None:
        pass

    def close(self) -> None:
        pass


def _finish(session: Session, settings: Settings, is_followed_by_gen: bool) -> None:
    summary = session.finish()
    if summary is None:
        return
    from pytead.report import run_summary

    def write() -> None:
        if settings.json is not None:
            write_json(settings.json, run_summary.as_json(summary))

    def show() -> None:
        if not settings.quiet:
            run_summary.show(summary, is_followed_by_gen=is_followed_by_gen)

    for step in (write, show):
        try:
            step()
        except Exception as error:
            # stderr closed, the file not to be written, the program's own json instead of Python's: that it ends
            # as it would matters more.
            _warn(error)


def _warn(error: Exception) -> None:
    from pytead.capture.notice import warn

    warn(error)


def _shown(folder: Path) -> str:
    """The folder as a person would write it."""
    shown = os.path.relpath(folder)
    return f"{str(folder) if shown.startswith('..') else shown}{os.sep}"

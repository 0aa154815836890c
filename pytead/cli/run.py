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

    from pytead.capture.children import Inherited
    from pytead.capture.session import Session
    from pytead.cli.launch import Launch
    from pytead.config.settings import Settings

STARTUP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "startup")
"""Folder of what a child process does first."""

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
    if settings.selfcheck:
        from pytead.cli import selfcheck

        leave_other_run()  # the bare runs are to be bare
        options = options_again(settings._replace(json=None))
        return lambda: selfcheck.check(line.launch, settings, options, cwd)
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
        "--children" if settings.children else "--no-children",
        f"--max-bytes={settings.max_bytes}",
        f"--max-objects={settings.max_objects}",
        f"--engine={settings.engine}",
        *(f"--reducers={module}" for module in settings.reducers),
    ]
    if settings.max_overhead is not None:
        words.append(f"--max-overhead={100 * settings.max_overhead:g}%")
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

    leave_other_run()
    typed, path = launch.interpreter, ""
    if launch.kind == "command":
        from pytead.cli import path_command

        found = path_command.find(launch.program)
        typed, path = found.interpreter or None, found.path
    executable = interpreter.find(typed) if typed else None
    if executable or launch.interpreter_options:
        again = [*options_again(settings), *program_again(launch)]
        interpreter.start(executable, launch.interpreter_options, again)
    from pytead.capture.children import Inherited, install
    from pytead.capture.joining import join
    from pytead.capture.recorder import new_run

    # Not left for the program to see.
    is_followed_by_gen = os.environ.pop(FOLLOWED_BY_GEN, None) is not None
    program.set_interpreter_options(launching.options_of_interpreter(sys.orig_argv))
    inherited = Inherited(
        run=new_run(),
        root=os.getpid(),
        folder=os.path.abspath(os.getcwd()),
        storage_dir=str(settings.storage_dir),
        format=settings.format,
        limit=settings.limit,
        max_overhead=settings.max_overhead,
        max_bytes=settings.max_bytes,
        max_objects=settings.max_objects,
        targets=settings.targets,
        packages=interpreter.needed_packages(),
        json=settings.json,
        quiet=settings.quiet,
        is_followed_by_gen=is_followed_by_gen,
        engine=settings.engine,
        engine_chosen_by=settings.origins["engine"].place,
        reducers=settings.reducers,
    )
    session = join(inherited, _warn, is_with_children=settings.children)
    if settings.children:
        install(inherited, STARTUP)
    # After the program's last exit handler, so that what they call is recorded and their output comes first.
    program.last_at_exit.append(lambda: finish(session, inherited))
    if launch.kind == "module":
        program.run_module(launch.program, launch.args, session)
    elif launch.kind == "code":
        program.run_code(launch.program, launch.args, session)
    elif launch.program == "-" and not path:
        program.run_stdin(launch.args, session)
    else:
        program.run_script(path or launch.program, launch.args, session, is_command=bool(path))
    return 0


def leave_other_run() -> None:
    """A recorded program may start Pytead itself: that is another run."""
    child = sys.modules.get("pytead.cli.child")
    if child is not None:
        child.leave()


def finish(session: Session, inherited: Inherited) -> None:
    """End the recording, and show what it was if this is the process that the user started. Raises nothing."""
    try:
        summary = session.finish()
    except Exception as error:
        _warn(error)
        return
    if summary is None:
        return
    from pytead.values.reducers import own

    for module, reason in own.problems.items():
        _warn(PyteadError("bad-reducers", f"{module}, named in reducers, can't be imported: {reason}"))
    from pytead.report import run_summary
    from pytead.report.processes import with_other_processes

    try:
        summary = with_other_processes(summary, inherited.storage_dir)
    except Exception as error:
        _warn(error)

    def write() -> None:
        if inherited.json is not None:
            write_json(inherited.json, run_summary.as_json(summary))

    def show() -> None:
        if not inherited.quiet:
            run_summary.show(summary, is_followed_by_gen=inherited.is_followed_by_gen)

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

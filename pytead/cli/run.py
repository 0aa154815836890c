"""``pytead run``, the default: record a program."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pytead.cli import launch as launching
from pytead.cli.starting import leave_other_run, start
from pytead.cli.streams import write_json
from pytead.config.settings import load
from pytead.errors import PyteadError
from pytead.targets import TargetSet

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytead.capture.children import Inherited
    from pytead.capture.session import Session
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
    targets_of(settings)
    if settings.selfcheck:
        from pytead.cli import selfcheck

        leave_other_run()  # the bare runs are to be bare
        options = options_again(settings._replace(json=None))
        return lambda: selfcheck.check(line.launch, settings, options, cwd)
    return lambda: start(line.launch, options_again(settings), lambda: _join(settings))


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
        "--flow" if settings.flow else "--no-flow",
        f"--flow-events={settings.flow_events}",
        f"--flow-engine={settings.flow_engine}",
        *(f"--reducers={module}" for module in settings.reducers),
    ]
    words += redaction_again(settings)
    if settings.max_overhead is not None:
        words.append(f"--max-overhead={100 * settings.max_overhead:g}%")
    if settings.json is not None:
        words.append(f"--json={settings.json}")
    return [*words, "--quiet" if settings.quiet else "--no-quiet"]


def redaction_again(settings: Settings) -> list[str]:
    """The options that say what is a secret."""
    words = [f"--redact={name}" for name in settings.redact]
    words += [f"--redact-values={regex}" for regex in settings.redact_values]
    return words + [f"--no-redact={name}" for name in settings.no_redact]


def _join(settings: Settings) -> Session:
    """Record this process from now on, until it ends."""
    from pytead.capture import program

    # Not left for the program to see.
    is_followed_by_gen = os.environ.pop(FOLLOWED_BY_GEN, None) is not None
    session, inherited, _ = begin(settings, is_followed_by_gen=is_followed_by_gen)
    # After the program's last exit handler, so that what they call is recorded and their output comes first.
    program.last_at_exit.append(lambda: finish(session, inherited))
    if inherited.flow_events is not None:
        program.last_at_exit.insert(0, store_flow(inherited, session, is_with_forks=settings.children))
    return session


def begin(
    settings: Settings, *, is_followed_by_gen: bool = False
) -> tuple[Session, Inherited, Callable[[], None]]:
    """Record this process from now on, and those that it starts, as a run of its own; its flow apart.

    Returns:
        The recording, what its processes share, and what keeps further processes out of it.

    Raises:
        PyteadError: ``no-monitoring`` or ``no-tool-id``, where the engine isn't to be had.
    """
    from pytead.capture.children import Inherited, install
    from pytead.capture.joining import join
    from pytead.capture.recorder import new_run
    from pytead.cli import interpreter
    from pytead.folders import cache_folder

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
        flow_events=settings.flow_events if settings.flow else None,
        flow_engine=settings.flow_engine,
        reducers=settings.reducers,
        redact=settings.redact,
        redact_values=settings.redact_values,
        no_redact=settings.no_redact,
        key_folder=cache_folder(),
        key=os.urandom(32).hex(),
    )
    session = join(inherited, warn, is_with_children=settings.children)
    return session, inherited, install(inherited, STARTUP) if settings.children else lambda: None


def store_flow(inherited: Inherited, session: Session, *, is_with_forks: bool = True) -> Callable[[], None]:
    """Store the flow of this process from now on; returns what ends it, which raises nothing.

    Raises:
        PyteadError: its engine isn't to be had, or the file can't be written.
    """
    from pytead.flow.storing import Order, StoredFlow

    order = Order(
        inherited.storage_dir,
        inherited.run,
        inherited.targets,
        inherited.flow_engine,
        inherited.flow_events or 0,
    )
    flow = StoredFlow(order, session.aliases, is_with_forks=is_with_forks)

    def end() -> None:
        try:
            flow.finish()
        except Exception as error:
            warn(error)

    flow.start()
    return end


def finish(session: Session, inherited: Inherited) -> None:
    """End the recording, and show what it was if this is the process that the user started. Raises nothing."""
    try:
        summary = session.finish()
    except Exception as error:
        warn(error)
        return
    if summary is None:
        return
    from pytead.values.reducers import own

    for module, reason in own.problems.items():
        warn(PyteadError("bad-reducers", f"{module}, named in reducers, can't be imported: {reason}"))
    from pytead.report import run_summary
    from pytead.report.processes import with_other_processes

    try:
        summary = with_other_processes(summary, inherited.storage_dir)
    except Exception as error:
        warn(error)
    flow = None
    if inherited.flow_events is not None:
        from pytead.report.stored_flow import of_run

        flow = of_run(inherited.storage_dir, inherited.run)

    def write() -> None:
        if inherited.json is not None:
            write_json(inherited.json, run_summary.as_json(summary, flow))

    def show() -> None:
        if not inherited.quiet:
            run_summary.show(summary, flow, is_followed_by_gen=inherited.is_followed_by_gen)

    for step in (write, show):
        try:
            step()
        except Exception as error:
            # stderr closed, the file not to be written, the program's own json instead of Python's: that it ends
            # as it would matters more.
            warn(error)


def warn(error: Exception) -> None:
    """Say on stderr that something of ours went wrong, and no more."""
    from pytead.capture import notice

    notice.warn(error)

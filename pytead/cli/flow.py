"""``pytead flow``: run a program and show which functions it calls."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from pytead.cli import launch as launching
from pytead.cli.starting import start
from pytead.cli.streams import shown
from pytead.config.settings import load
from pytead.targets import TargetSet

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable, Sequence
    from types import CodeType

    from pytead.config.settings import Settings
    from pytead.flow.events import CallEvent
    from pytead.flow.export import Exporter

_BATCH = 10_000


def prepare(words: Sequence[str], cwd: str) -> Callable[[], int]:
    """Read the command line, and check all that can be checked before the program starts.

    Args:
        words: the command line without ``flow``.
        cwd: the working folder.

    Returns:
        What runs the program and gives its exit code, or raises what it raises.

    Raises:
        PyteadError: for anything that was given wrongly.
    """
    line = launching.parse("flow", words, cwd, is_named=True)
    problem = launching.missing(line.launch, cwd)
    if problem is not None:
        raise problem
    settings = load("flow", line.said, cwd, os.environ)
    TargetSet.parse(settings.targets, place=settings.origins["targets"].place)
    TargetSet.parse(settings.functions, place=settings.origins["functions"].place)
    if settings.export is not None:
        from pytead.flow.export import format_of

        format_of(settings.export)
    return lambda: start(line.launch, _options_again(settings), lambda: _join(settings))


def _join(settings: Settings) -> Tracing:
    """Trace this process from now on, until it ends."""
    from pytead.capture import program

    tracing = Tracing(settings)
    # After the program's last exit handler, so that what they call is seen and their output comes first.
    program.last_at_exit.append(tracing.finish)
    tracing.tracer.start()
    return tracing


class Tracing:
    """The flow of one program: summed up for the terminal, and written to a file if that is wanted.

    Raises:
        PyteadError: the file can't be written, or the engine isn't to be had.
    """

    def __init__(self, settings: Settings) -> None:
        from pytead.flow.call_paths import CallPaths
        from pytead.flow.streaming import StreamingTracer, TraceProcessor

        self._settings = settings
        self._process = os.getpid()
        self._aliases: dict[str, tuple[str, ...]] = {}
        self._paths = CallPaths(settings.functions, self._aliases, keeps_returns=settings.returns)
        self.tracer = StreamingTracer(
            _BATCH,
            settings.targets,
            trace_processor=TraceProcessor(handler=self._take),
            detail_level="standard" if settings.returns or settings.export is not None else "minimal",
            engine=settings.flow_engine,
            aliases=self._aliases,
        )
        self._exporter: Exporter | None = None
        if settings.export is not None:
            from pytead.flow.export import open_export

            self._exporter = open_export(settings.export)
        self.tracer.lock_over_fork(self._leave)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(before=self._flush)

    # What running the program asks.

    def name_main(self, name: str, refusal: tuple[str, str] | None = None) -> None:
        """Let patterns call the program's own module by its name."""
        if name != "__main__":
            self._aliases["__main__"] = (name,)

    def compile_main(self, tree: ast.Module, file: str, name: str) -> CodeType:
        """The program's own code, as it is.

        Raises:
            SyntaxError, ValueError: as compiling the tree raises.
        """
        return compile(tree, file, "exec", dont_inherit=True)

    def finish(self) -> None:
        """Complete the file and show the tree. Nothing of it reaches the program's exit code."""
        if os.getpid() != self._process:
            return
        self.tracer.stop()
        for step in (self._complete, self._show):
            try:
                step()
            except Exception as error:
                from pytead.capture.notice import warn

                warn(error)

    def _take(self, events: Sequence[CallEvent]) -> None:
        self._paths.add(events)
        if self._exporter is not None:
            self._exporter.add(events)

    def _complete(self) -> None:
        if self._exporter is not None:
            self._exporter.close()

    def _show(self) -> None:
        if self._settings.quiet:
            return
        from pytead.report import flow_tree

        settings = self._settings
        flow_tree.show(
            self._paths,
            depth=settings.depth,
            engine=self.tracer.engine,
            export=shown(settings.export, os.getcwd()) if settings.export is not None else "",
        )

    def _flush(self) -> None:
        if self._exporter is not None and os.getpid() == self._process:
            self._exporter.flush()

    def _leave(self) -> None:
        """In a fork of the process: its calls are its own, and the file is the parent's."""
        self._exporter = None
        self.tracer.cleanup()


def _options_again(settings: Settings) -> list[str]:
    """A command line of ``flow`` that says what the settings say, up to the program."""
    values: list[tuple[str, Any]] = [("--target", pattern) for pattern in settings.targets]
    values += [("--function", pattern) for pattern in settings.functions]
    values += [("--depth", settings.depth), ("--flow-engine", settings.flow_engine)]
    if settings.export is not None:
        values.append(("--export", settings.export))
    switches = [
        "--returns" if settings.returns else "--no-returns",
        "--quiet" if settings.quiet else "--no-quiet",
    ]
    return ["flow", *(f"{flag}={value}" for flag, value in values), *switches]

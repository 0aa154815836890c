"""Flows in files that other tools read, written as events come, so that they may be of any length."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Protocol, TextIO

from pytead.errors import PyteadError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytead.flow.events import CallEvent

FORMATS = {
    "chrome": "Chrome trace events, for Perfetto and chrome://tracing",
    "speedscope": "speedscope's evented profiles",
    "collapsed": "collapsed stacks with microseconds of own time, for flame graphs",
    "mermaid": "a Mermaid flowchart of who called whom",
    "graphviz": "a Graphviz digraph of who called whom",
    "jsonl": "JSON lines, one event each",
    "text": "the tree of calls",
}
_ENDINGS = {
    ".speedscope.json": "speedscope",
    ".trace.json": "chrome",
    ".json": "chrome",
    ".folded": "collapsed",
    ".collapsed": "collapsed",
    ".mmd": "mermaid",
    ".mermaid": "mermaid",
    ".dot": "graphviz",
    ".gv": "graphviz",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".txt": "text",
}


class Exporter(Protocol):
    """Writes events to a file."""

    def add(self, events: Sequence[CallEvent]) -> None:
        """Take the next events."""

    def flush(self) -> None:
        """Leave nothing in memory that a fork of the process would write again."""

    def close(self) -> None:
        """Complete the file."""


def format_of(path: str | os.PathLike[str]) -> str:
    """The format that a file's name says; what follows ``.gz`` is compressed and says nothing.

    Raises:
        PyteadError: ``flow-format``.
    """
    name = os.path.basename(os.fspath(path)).lower().removesuffix(".gz")
    for ending, known in _ENDINGS.items():
        if name.endswith(ending):
            return known
    endings = ", ".join(_ENDINGS)
    raise PyteadError(
        "flow-format",
        f"the name {os.fspath(path)!r} says no format",
        f"end it with one of: {endings}; or those and .gz",
    )


def open_export(path: str | os.PathLike[str], format: str | None = None) -> Exporter:  # noqa: A002
    """Begin a file; ``.gz`` at the end of its name compresses it.

    Args:
        path: where.
        format: one of ``FORMATS``; by default what the name says.

    Raises:
        PyteadError: ``flow-format``, or ``flow-unwritable`` where the file can't be made.
    """
    make = _maker(format or format_of(path))
    name = os.fspath(path)
    try:
        if name.lower().endswith(".gz"):
            import gzip

            stream: TextIO = gzip.open(name, "wt", encoding="utf-8", newline="\n")  # noqa: SIM115 - closed by close
        else:
            stream = open(name, "w", encoding="utf-8", errors="backslashreplace", newline="\n")  # noqa: SIM115 - likewise
    except OSError as error:
        raise PyteadError("flow-unwritable", f"can't write {name}: {error.strerror or error}") from None
    return make(stream)


def export(events: Sequence[CallEvent], path: str | os.PathLike[str], format: str | None = None) -> None:  # noqa: A002
    """Write events to a file; arguments and errors as for ``open_export``."""
    exporter = open_export(path, format)
    exporter.add(events)
    exporter.close()


def _maker(format: str) -> Callable[[TextIO], Exporter]:  # noqa: A002
    if format == "chrome":
        from pytead.flow.export.chrome import ChromeExporter

        return ChromeExporter
    if format == "speedscope":
        from pytead.flow.export.speedscope import SpeedscopeExporter

        return SpeedscopeExporter
    if format == "collapsed":
        from pytead.flow.export.collapsed import CollapsedExporter

        return CollapsedExporter
    if format == "mermaid":
        from pytead.flow.export.graphs import MermaidExporter

        return MermaidExporter
    if format == "graphviz":
        from pytead.flow.export.graphs import GraphvizExporter

        return GraphvizExporter
    if format == "jsonl":
        from pytead.flow.export.lines import LinesExporter

        return LinesExporter
    if format == "text":
        from pytead.flow.export.lines import TreeExporter

        return TreeExporter
    raise PyteadError("flow-format", f"there is no format {format!r}", f"formats: {', '.join(FORMATS)}")

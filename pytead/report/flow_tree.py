"""The call tree of a program, on stderr: drawn by rich on a terminal, as plain text everywhere else."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TextIO

from pytead.report.table import counted, drawn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytead.flow.call_paths import CallPaths, PathNode

_MOST_LINES = 2_000
_INDENT = "  "

Line = tuple[int, str, str, str, str]
"""Depth, function, how often, time, and what came of it."""


def show(
    paths: CallPaths, *, depth: int, engine: str, export: str = "", stream: TextIO | None = None
) -> None:
    """Print the tree.

    Args:
        paths: the calls.
        depth: how many levels are shown; 0 for all.
        engine: what they were traced with.
        export: the file that the flow was written to, as a person would write it.
        stream: where to; standard error unless given. Colours only if it is a terminal.
    """
    stream = stream or sys.stderr
    seconds = sum(node.seconds for node in paths.roots.values())
    head = "pytead: nothing that was called is meant"
    if paths.calls:
        calls = f"{counted(paths.calls, 'call')} of {counted(len(paths.functions), 'function')}"
        head = f"pytead: {calls} in {duration(seconds)}, traced by {engine}"
    lines = list(_lines(paths, depth))
    shown = lines[:_MOST_LINES]
    drawn = _rich(shown, stream) if stream.isatty() else None
    tail = []
    if len(lines) > len(shown):
        tail.append(f"and {len(lines) - len(shown):,} lines more: --depth N or --function PATTERN shows less")
    if export:
        tail.append(f"written to {export}")
    for line in (head, *(drawn if drawn is not None else map(_plain, shown)), *tail):
        stream.write(f"{line}\n")  # not print, which the program may have replaced
    stream.flush()


def duration(seconds: float) -> str:
    """Seconds as a person would say them."""
    if seconds >= 1:
        return f"{seconds:.2f} s"
    return f"{seconds * 1e3:.1f} ms" if seconds >= 0.001 else f"{seconds * 1e6:.0f} us"


def _lines(paths: CallPaths, depth: int) -> Iterator[Line]:
    waiting = [(0, node) for node in reversed(paths.roots.values())]
    while waiting:
        level, node = waiting.pop()
        yield level, node.function, _times(node), duration(node.seconds), _outcome(node)
        if not depth or level + 1 < depth:
            waiting += [(level + 1, child) for child in reversed(node.children.values())]


def _times(node: PathNode) -> str:
    if node.calls == 1:
        return ""
    recursive = f" ({node.recursive:,} recursive)" if node.recursive else ""
    return f"x {node.calls:,}{recursive}"


def _outcome(node: PathNode) -> str:
    parts = []
    if node.returns:
        parts.append(f"-> {', '.join(node.returns)}{', ...' if node.returns_more else ''}")
    if node.raised:
        parts.append("raised" if node.raised == node.calls else f"{node.raised:,} raised")
    return ", ".join(parts)


def _plain(line: Line) -> str:
    level, *parts = line
    return _INDENT * level + "  ".join(part for part in parts if part)


def _rich(lines: list[Line], stream: TextIO) -> list[str] | None:
    try:
        from rich.console import Console
        from rich.text import Text
        from rich.tree import Tree
    except ImportError:
        return None  # the program runs under an interpreter that has no rich
    console = Console(file=stream)
    top = Tree("", hide_root=True)
    path = [top]
    for level, function, times, seconds, outcome in lines:
        text = Text(function, style="cyan")
        for part, style in ((times, "bold"), (seconds, "dim"), (outcome, "yellow")):
            if part:
                text.append(f"  {part}", style=style)
        del path[level + 1 :]
        path.append(path[-1].add(text))
    return drawn(top, console)

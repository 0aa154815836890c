"""Call graphs as Mermaid and Graphviz draw them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, TextIO

from pytead.flow.call_graph import OUTSIDE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytead.flow.events import CallEvent


class _GraphExporter(ABC):
    """Counts who called whom; holds one number an edge."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._edges: dict[tuple[str, str], int] = {}
        self._open: dict[int, str] = {}

    def add(self, events: Sequence[CallEvent]) -> None:
        """See ``Exporter``."""
        for event in events:
            if event.event_type == "call":
                edge = self._open.get(event.parent_id or 0, OUTSIDE), event.dotted
                self._edges[edge] = self._edges.get(edge, 0) + 1
                self._open[event.call_id] = event.dotted
            elif event.event_type == "return":
                self._open.pop(event.call_id, None)

    def flush(self) -> None:
        """See ``Exporter``."""
        self._stream.flush()

    def close(self) -> None:
        """See ``Exporter``."""
        names = sorted({name for edge in self._edges for name in edge} - {OUTSIDE})
        numbers = {name: number for number, name in enumerate(names)}
        edges = [
            (numbers[caller], numbers[callee], count)
            for (caller, callee), count in sorted(self._edges.items())
            if caller != OUTSIDE
        ]
        self._stream.write(self._text(names, edges))
        self._stream.close()

    @abstractmethod
    def _text(self, names: list[str], edges: list[tuple[int, int, int]]) -> str:
        """What is written."""


class MermaidExporter(_GraphExporter):
    """A flowchart, from left to right."""

    def _text(self, names: list[str], edges: list[tuple[int, int, int]]) -> str:
        lines = ["flowchart LR"]
        for number, name in enumerate(names):
            shown = (
                name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
            )
            lines.append(f'    f{number}["{shown}"]')
        lines += [f'    f{caller} -->|"{count:,}"| f{callee}' for caller, callee, count in edges]
        return "\n".join(lines) + "\n"


class GraphvizExporter(_GraphExporter):
    """A directed graph."""

    def _text(self, names: list[str], edges: list[tuple[int, int, int]]) -> str:
        lines = ["digraph calls {", "    rankdir=LR;", "    node [shape=box];"]
        for number, name in enumerate(names):
            shown = name.replace("\\", "\\\\").replace('"', '\\"')
            lines.append(f'    f{number} [label="{shown}"];')
        lines += [f'    f{caller} -> f{callee} [label="{count:,}"];' for caller, callee, count in edges]
        return "\n".join([*lines, "}"]) + "\n"

"""Tables: drawn by rich on a terminal, aligned columns of plain text everywhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from rich.console import Console


def lines_of(
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    stream: TextIO,
    *,
    numbers: Collection[str] = (),
    styles: Mapping[str, str] | None = None,
) -> list[str]:
    """A table as lines of text.

    Args:
        heads: names of the columns.
        rows: cells, one for each column.
        stream: where it will be printed: what it can show decides how the table is drawn.
        numbers: heads of the columns that are set flush right.
        styles: head to the style of its column, in rich's words.
    """
    if stream.isatty():
        lines = _rich(heads, rows, stream, numbers, styles or {})
        if lines is not None:
            return lines
    # Not rich's: it would cut names to the width of a screen that isn't there.
    widths = [max(len(row[at]) for row in (heads, *rows)) for at in range(len(heads))]
    lines = []
    for row in (heads, *rows):
        cells = [
            cell.rjust(width) if head in numbers else cell.ljust(width)
            for head, cell, width in zip(heads, row, widths, strict=True)
        ]
        lines.append("  ".join(cells).rstrip())
    return lines


def _rich(
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    stream: TextIO,
    numbers: Collection[str],
    styles: Mapping[str, str],
) -> list[str] | None:
    try:
        from rich import box
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text
    except ImportError:
        return None  # the program runs under an interpreter that has no rich
    console = Console(file=stream)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold", show_edge=False)
    for head in heads:
        side = "right" if head in numbers else "left"
        table.add_column(head, justify=side, overflow="fold", style=styles.get(head))  # type: ignore[arg-type]
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return drawn(table, console)


def drawn(what: object, console: Console) -> list[str]:
    """What rich draws, as lines of text for the screen of ``console``."""
    import io

    from rich.console import Console

    text = io.StringIO()
    Console(
        file=text,
        force_terminal=True,
        width=console.width,
        no_color=console.no_color,
        color_system=console.color_system,  # type: ignore[arg-type]
        legacy_windows=console.legacy_windows,
    ).print(what)
    return text.getvalue().rstrip().splitlines()


def counted(number: int, noun: str) -> str:
    """``1 case``, ``2 cases``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"

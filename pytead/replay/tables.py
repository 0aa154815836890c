"""Tables as CSV that says what each cell is: texts are quoted, all else isn't.

``"name","price"`` and below it ``"tea",2.5``: an unquoted cell is a number, ``True``, ``False``, or nothing at all for
None. So what was written comes back with its types, and any other program reads it as well.
"""

from __future__ import annotations

import re
from typing import Any

_CELL = re.compile(r'(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n)')
_WORDS: dict[str, Any] = {"": None, "True": True, "False": False}


def columns_of(text: str) -> dict[Any, list[Any]]:
    """The columns of a table, by name.

    Raises:
        ValueError: it isn't one that ``table_text`` wrote.
    """
    rows: list[list[Any]] = [[]]
    place = 0
    while place < len(text):
        match = _CELL.match(text, place)
        if match is None:
            raise ValueError(f"no cell at character {place}")
        quoted, bare, end = match.groups()
        rows[-1].append(quoted.replace('""', '"') if quoted is not None else _value(bare))
        if end == "\n":
            rows.append([])
        place = match.end()
    head, *content = rows[:-1]
    if rows[-1] or any(len(row) != len(head) for row in content):
        raise ValueError("not all rows are as long as the first")
    return {name: [row[number] for row in content] for number, name in enumerate(head)}


def _value(cell: str) -> Any:
    if cell in _WORDS:
        return _WORDS[cell]
    try:
        return int(cell)
    except ValueError:
        return float(cell)


def table_text(columns: dict[Any, list[Any]]) -> str:
    """Columns of equal length as such a table."""
    rows = [list(columns), *map(list, zip(*columns.values(), strict=True))]
    return "".join(f"{','.join(map(_cell, row))}\n" for row in rows)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        quoted = value.replace('"', '""')
        return f'"{quoted}"'
    return repr(value)

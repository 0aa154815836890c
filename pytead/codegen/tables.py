"""Long tables of pandas as CSV beside the test, with what CSV can't say said in source."""

from __future__ import annotations

import ast
from typing import Any, NamedTuple

from pytead.replay.tables import columns_of, table_text
from pytead.values.characters import is_shown
from pytead.values.syntax import name

SHORTEST = 8
"""Rows from which a table is one."""

_COLUMNS = "columns"


class Table(NamedTuple):
    """A table taken out of an expression.

    Attributes:
        text: its cells.
        node: the expression, with ``columns["name"]`` where their cells were.
        is_whole: whether the expression is ``DataFrame(columns)``.
    """

    text: str
    node: ast.expr
    is_whole: bool


def table_of(node: ast.expr) -> Table | None:
    """The cells of ``pd.DataFrame({...})`` or ``pd.Series([...])``; None for what isn't such a call, or is short."""
    kind = node.func.attr if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else ""
    if kind not in ("DataFrame", "Series") or not isinstance(node, ast.Call) or len(node.args) != 1:
        return None
    taking = _Taking()
    (content,) = node.args
    if kind == "Series":
        made: ast.expr = taking.column("value", content)
    elif isinstance(content, ast.Dict):
        keys = [key.value if isinstance(key, ast.Constant) else None for key in content.keys]
        if not all(type(key) is int or (type(key) is str and _is_plain(key)) for key in keys):
            return None
        values = [taking.column(key, each) for key, each in zip(keys, content.values, strict=True)]
        made = ast.Dict(content.keys, values)
    else:
        return None
    keywords = [
        ast.keyword(each.arg, taking.column("index", each.value) if each.arg == "index" else each.value)
        for each in node.keywords
    ]
    if not taking.columns or taking.rows < SHORTEST:
        return None
    text = table_text(taking.columns)
    assert repr(columns_of(text)) == repr(taking.columns)
    is_whole = kind == "DataFrame" and not keywords and taking.is_plain
    if is_whole:
        made = name(_COLUMNS)
    return Table(text, ast.Call(node.func, [made], keywords), is_whole)


class _Taking:
    """Takes cells out of the columns of one table."""

    def __init__(self) -> None:
        self.columns: dict[Any, list[Any]] = {}
        self.rows = 0
        self.is_plain = True

    def column(self, called: Any, node: ast.expr) -> ast.expr:
        """The column with ``columns["name"]`` in place of its cells, be they in a list or in an array of one."""
        if isinstance(node, ast.Call) and node.args:
            inside = self.column(called, node.args[0])
            self.is_plain = False
            return (
                node
                if inside is node.args[0]
                else ast.Call(node.func, [inside, *node.args[1:]], node.keywords)
            )
        cells = _cells(node)
        if cells is None or called in self.columns or (self.columns and len(cells) != self.rows):
            self.is_plain = False
            return node
        self.rows = len(cells)
        self.columns[called] = cells
        return ast.Subscript(name(_COLUMNS), ast.Constant(called), ast.Load())


def _cells(node: ast.expr) -> list[Any] | None:
    if not isinstance(node, ast.List) or not node.elts:
        return None
    found = []
    for each in node.elts:
        try:
            found.append(_cell(each))
        except (ValueError, SyntaxError):
            return None
    return found


def _cell(node: ast.expr) -> Any:
    if isinstance(node, ast.Call):  # float("nan")
        if not (isinstance(node.func, ast.Name) and node.func.id == "float" and len(node.args) == 1):
            raise ValueError
        return float(ast.literal_eval(node.args[0]))
    value = ast.literal_eval(node)
    if value is None or type(value) in (bool, int, float) or (type(value) is str and _is_plain(value)):
        return value
    raise ValueError


def _is_plain(text: str) -> bool:
    return all(is_shown(each) or each in "\n\t" for each in text)

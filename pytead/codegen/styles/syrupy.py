"""``--style syrupy``: what goes in stands in the test, and what comes out in a snapshot.

A value that is no literal of builtins stays in the test: its snapshot would show its ``repr``, which tells less.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from pytead.codegen.naming import unique
from pytead.codegen.styles import Suite
from pytead.codegen.styles.amber import serialized
from pytead.codegen.written import INPUTS, Test, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytead.select.case import Case

_Stored = dict[str, str]
"""Column to the text of its snapshot."""


class Syrupy:
    """The parametrised form, with ``== snapshot`` where it compares with an expectation."""

    def restyle(self, suite: Suite) -> Suite:
        """Expectations taken out of the tables."""
        made = Suite([], {}, suite.imports, {})
        taken = {each.name for each in suite.body if isinstance(each, Test)}
        for statement in suite.body:
            table = rows_of(statement) if isinstance(statement, Test) else None
            if table is None or not isinstance(statement, Test):
                made.body.append(statement)
                if isinstance(statement, Test):
                    made.tests[statement.name] = suite.tests[statement.name]
                continue
            for part in _split(statement, table, suite.tests, taken):
                part.add_to(made)
        return made


class _Part:
    """Rows of one table that have the same columns in snapshots."""

    def __init__(self, test: Test, name: str, columns: list[str], stored: tuple[str, ...]) -> None:
        self._test = test
        self._name = name
        self._columns = columns
        self._stored = stored
        self._rows: list[tuple[str, ast.Call, _Stored, Case]] = []

    def add(self, case_id: str, row: ast.Call, stored: _Stored, case: Case) -> None:
        """One more row."""
        self._rows.append((case_id, row, stored, case))

    def add_to(self, suite: Suite) -> None:
        """Write the test, its cases and its snapshots."""
        left = [column for column in self._columns if column not in self._stored]
        elements: list[ast.expr] = []
        for case_id, row, stored, case in self._rows:
            values = dict(zip(self._columns, row.args, strict=True))
            elements.append(ast.Call(row.func, [values[column] for column in left], row.keywords))
            name = f"{self._name}[{case_id}]"
            suite.tests[name] = case
            for number, column in enumerate(_compared(self._test.body, self._stored)):
                suite.snapshots[f"{name}.{number}" if number else name] = stored[column]
        decorator = ast.parse("pytest.mark.parametrize()", mode="eval").body
        assert isinstance(decorator, ast.Call)
        decorator.args = [ast.Constant(", ".join(left)), ast.List(elements, ast.Load())]
        columns = [*left, "snapshot"] if self._stored else left
        written = ast.parse(f"def {self._name}({', '.join(columns)}): pass").body[0]
        assert isinstance(written, ast.FunctionDef)
        written.decorator_list = [decorator]
        rewriter = _Rewriter(self._stored)
        source = ast.parse("\n".join(ast.unparse(each) for each in self._test.body)).body
        written.body = [rewriter.visit(each) for each in source]
        suite.body.append(written)


def _split(
    test: Test, table: tuple[list[str], dict[str, ast.Call]], tests: dict[str, Case], taken: set[str]
) -> list[_Part]:
    """The table in as few parts as it takes; the first keeps the name."""
    columns, rows = table
    uses = [node.id for each in test.body for node in ast.walk(each) if isinstance(node, ast.Name)]
    compared = [
        column
        for column in _compared(test.body, [column for column in columns if column not in INPUTS])
        if uses.count(column) == 1  # else it is needed for more than the comparison
    ]
    parts: dict[tuple[str, ...], _Part] = {}
    for case_id, row in rows.items():
        values = dict(zip(columns, row.args, strict=True))
        texts = {column: _text(values[column]) for column in compared}
        stored = {column: text for column, text in texts.items() if text is not None}
        key = tuple(stored)
        case = tests[f"{test.name}[{case_id}]"]
        if key not in parts:
            name = unique(f"{test.name}_in_place", case.digest, taken) if parts else test.name
            parts[key] = _Part(test, name, columns, key)
        parts[key].add(case_id, row, stored, case)
    return list(parts.values())


def _text(value: ast.expr) -> str | None:
    try:
        literal: Any = ast.literal_eval(value)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
    return serialized(literal)


def _compared(body: list[ast.stmt], columns: Any) -> Iterator[str]:
    """The columns that something is compared with by ``==``, in the order in which that happens."""
    for statement in body:
        if isinstance(statement, ast.Assert):
            column = _right(statement)
            if column in columns:
                yield column
        for inner in ("body", "orelse", "finalbody"):
            yield from _compared(getattr(statement, inner, []), columns)


def _right(statement: ast.Assert) -> str:
    test = statement.test
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.Eq):
        right = test.comparators[0]
        return right.id if isinstance(right, ast.Name) else ""
    return ""


class _Rewriter(ast.NodeTransformer):
    """``== expected`` as ``== snapshot``."""

    def __init__(self, stored: tuple[str, ...]) -> None:
        self._stored = stored

    def visit_Assert(self, node: ast.Assert) -> ast.stmt:
        if _right(node) in self._stored and isinstance(node.test, ast.Compare):
            node.test.comparators = [ast.Name("snapshot", ast.Load())]
        return node

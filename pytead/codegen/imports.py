"""Import statements in the groups that readers and formatters expect."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from pytead.values.permitted import is_standard

if TYPE_CHECKING:
    from collections.abc import Iterable

_TOOLS = ("hypothesis", "pytest", "pytead")


def grouped(imports: Iterable[ast.stmt]) -> list[list[ast.stmt]]:
    """The standard library, then what the test itself needs, then what is tested with its values."""
    groups: list[list[ast.stmt]] = [[], [], []]
    for statement in imports:
        module = _module(statement)
        is_tool = module.partition(".")[0] in _TOOLS
        groups[1 if is_tool else 0 if is_standard(module) else 2].append(statement)
    return [group for group in groups if group]


def _module(statement: ast.stmt) -> str:
    if isinstance(statement, ast.ImportFrom):
        return statement.module or ""
    return statement.names[0].name if isinstance(statement, ast.Import) else ""


def names_in(body: Iterable[ast.AST]) -> set[str]:
    """The names that some code uses."""
    return {node.id for each in body for node in ast.walk(each) if isinstance(node, ast.Name)}


def used(imports: Iterable[ast.stmt], names: set[str]) -> list[ast.stmt]:
    """The import statements without what binds none of the names."""
    kept: list[ast.stmt] = []
    for statement in imports:
        assert isinstance(statement, (ast.Import, ast.ImportFrom))
        aliases = [each for each in statement.names if (each.asname or each.name.partition(".")[0]) in names]
        if aliases and isinstance(statement, ast.ImportFrom):
            kept.append(ast.ImportFrom(statement.module, aliases, statement.level))
        elif aliases:
            kept.append(ast.Import(aliases))
    return kept

"""A test that is one case says its values where they are used, as a person would, unless they are used again."""

from __future__ import annotations

import ast
from keyword import iskeyword
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SHORT = 60
"""Characters up to which a value may stand in an assertion."""

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def inlined(body: list[ast.stmt], columns: Iterable[str]) -> list[ast.stmt]:
    """The body of a test without the assignments to some of its columns, whose values stand in the call instead.

    Arguments go where ``*args`` and ``**kwargs`` are, names and short literals where the column is named.

    Args:
        body: is changed.
        columns: the names that are assigned, each once.
    """
    assigned = {
        statement.targets[0].id: statement
        for statement in body
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name)
    }
    values = {column: assigned[column].value for column in columns if column in assigned}
    others = [each for each in body if each not in assigned.values() and not isinstance(each, _DEFINITIONS)]
    uses = [node.id for statement in others for node in ast.walk(statement) if isinstance(node, ast.Name)]
    spread = set(_spread(others))
    gone: dict[str, ast.expr] = {}
    for column, value in values.items():
        is_once = uses.count(column) == 1
        is_spread = is_once and column in spread and _can_be_spread(value)
        if (
            is_spread
            or isinstance(value, ast.Name)
            or (is_once and _is_literal(value) and column not in spread)
        ):
            gone[column] = value
    inlining = _Inlining(gone)
    kept = [each for each in body if not any(each is assigned[column] for column in gone)]
    return [inlining.visit(each) if any(each is other for other in others) else each for each in kept]


def _spread(body: Iterable[ast.stmt]) -> Iterator[str]:
    """The names that stand after stars in calls."""
    for call in (node for statement in body for node in ast.walk(statement) if isinstance(node, ast.Call)):
        held = [each.value for each in call.args if isinstance(each, ast.Starred)]
        held += [each.value for each in call.keywords if each.arg is None]
        yield from (each.id for each in held if isinstance(each, ast.Name))


def _can_be_spread(value: ast.expr) -> bool:
    if isinstance(value, ast.Dict):
        keys = [key.value if isinstance(key, ast.Constant) else None for key in value.keys]
        return all(isinstance(key, str) and key.isidentifier() and not iskeyword(key) for key in keys)
    return isinstance(value, ast.Tuple)


def _is_literal(value: ast.expr) -> bool:
    allowed = (ast.Constant, ast.List, ast.Dict, ast.Tuple, ast.UnaryOp, ast.USub, ast.Load)
    return all(isinstance(node, allowed) for node in ast.walk(value)) and len(ast.unparse(value)) <= SHORT


class _Inlining(ast.NodeTransformer):
    def __init__(self, values: dict[str, ast.expr]) -> None:
        self._values = values

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._values.get(node.id, node)

    def visit_Call(self, node: ast.Call) -> Any:
        args: list[ast.expr] = []
        for each in node.args:
            value = self._value(each.value) if isinstance(each, ast.Starred) else None
            args += value.elts if isinstance(value, ast.Tuple) else [self.visit(each)]
        keywords: list[ast.keyword] = []
        for keyword in node.keywords:
            value = self._value(keyword.value) if keyword.arg is None else None
            if isinstance(value, ast.Dict):
                names = (str(key.value) for key in value.keys if isinstance(key, ast.Constant))
                keywords += [ast.keyword(*each) for each in zip(names, value.values, strict=True)]
            else:
                keywords.append(self.visit(keyword))
        node.func, node.args, node.keywords = self.visit(node.func), args, keywords
        return node

    def _value(self, node: ast.expr) -> ast.expr | None:
        return self._values.get(node.id) if isinstance(node, ast.Name) else None

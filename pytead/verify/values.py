"""Find the cases whose values break the import of their test module."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from pytead.verify.wall import Stopped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def find_broken(text: str, filename: str, begin: Callable[[str], None]) -> dict[str, str]:
    """The cases whose ``pytest.param(...)`` raises, with what it raised; empty if something else is to blame.

    Runs the module's statements, and evaluates each case by itself, so it belongs behind the wall.

    Args:
        text: the module's source.
        filename: shown in tracebacks.
        begin: called with the name of each case before it is evaluated.

    Returns:
        Names such as ``test_multiply[2-3]`` to reasons such as ``TypeError: takes no arguments``.
    """
    namespace: dict[str, object] = {"__name__": "pytead_candidate", "__file__": filename}
    broken: dict[str, str] = {}
    for statement in ast.parse(text).body:
        cases = list(_cases_of(statement))
        if not cases:
            if not _is_test(statement):
                try:
                    exec(compile(ast.Module([statement], []), filename, "exec"), namespace)
                except (Exception, Stopped):
                    return {}
            continue
        for name, expression in cases:
            begin(name)
            try:
                eval(compile(ast.Expression(expression), filename, "eval"), namespace)
            except (Exception, Stopped) as error:
                broken[name] = describe(error)
    return broken


def without_cases(text: str, names: frozenset[str]) -> str:
    """``text`` without some parametrized cases; line numbers stay as they are."""
    lines = text.encode().splitlines(keepends=True)
    spans = [
        expression
        for statement in ast.parse(text).body
        for name, expression in _cases_of(statement)
        if name in names
    ]
    for span in sorted(spans, key=lambda span: (span.lineno, span.col_offset), reverse=True):
        first, last = span.lineno - 1, (span.end_lineno or span.lineno) - 1
        before, after = lines[first][: span.col_offset], lines[last][span.end_col_offset :]
        # An element that unpacks nothing keeps the list valid whatever stands around it.
        lines[first : last + 1] = [before + b"*(" + b"\n" * (last - first) + b")" + after]
        lines = b"".join(lines).splitlines(keepends=True)
    return b"".join(lines).decode()


def describe(error: BaseException) -> str:
    """``ValueError: bad`` or, for a failed assertion, what was compared; one line."""
    try:
        text = str(error)
    except Exception as broken:
        text = f"(its message can't be shown: {type(broken).__name__})"
    lines = text.strip().splitlines()
    first = lines[0] if lines else ""
    if isinstance(error, AssertionError) and first.startswith("assert "):
        return first
    kind = type(error).__name__
    return f"{kind}: {first}" if first else kind


def _is_test(statement: ast.stmt) -> bool:
    return isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and (
        statement.name.lower().startswith("test")
    )


def _cases_of(statement: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    """The ``pytest.param(..., id="x")`` of a parametrized test function, with pytest's name for each."""
    if not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return
    for decorator in statement.decorator_list:
        if not isinstance(decorator, ast.Call) or not ast.unparse(decorator.func).endswith("parametrize"):
            continue
        if len(decorator.args) != 2 or not isinstance(decorator.args[1], ast.List):
            continue
        for element in decorator.args[1].elts:
            if not isinstance(element, ast.Call):
                continue
            for keyword in element.keywords:
                name = keyword.value.value if isinstance(keyword.value, ast.Constant) else None
                if keyword.arg == "id" and isinstance(name, str):
                    yield f"{statement.name}[{name}]", element

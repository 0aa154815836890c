"""What functions call their arguments, read from their source: neither calls nor tests say it."""

from __future__ import annotations

import ast
from functools import cache
from typing import TYPE_CHECKING

from pytead.values.redaction.signatures import Parameters

if TYPE_CHECKING:
    from pathlib import Path

_ROOTS = (".", "src")
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class Sources:
    """Finds functions in a project.

    Args:
        project: its folder.
    """

    def __init__(self, project: Path) -> None:
        self._project = project
        self._tree = cache(_parsed)

    def parameters_of(self, module: str, qualname: str, root: str = "") -> Parameters | None:
        """The names of a function's arguments; None where there is no such function.

        Args:
            module: its module.
            qualname: its name there.
            root: the folder that the module is imported from, where that is known.
        """
        for folder in (root, *_ROOTS) if root else _ROOTS:
            place = self._project.joinpath(folder, *module.split("."))
            for file in (place.with_name(f"{place.name}.py"), place / "__init__.py"):
                tree = self._tree(file)
                if tree is not None:
                    return _find(tree.body, qualname.split("."))
        return None


def _parsed(file: Path) -> ast.Module | None:
    try:
        return ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _find(body: list[ast.stmt], names: list[str]) -> Parameters | None:
    for statement in body:
        if isinstance(statement, ast.ClassDef) and statement.name == names[0] and names[1:]:
            return _find(statement.body, names[1:])
        if isinstance(statement, _DEFINITIONS) and [statement.name] == names:
            given = statement.args
            positional = tuple(each.arg for each in (*given.posonlyargs, *given.args))
            return Parameters(positional, given.vararg.arg if given.vararg else "")
    return None

"""Whether tests can import the module that a program starts with."""

from __future__ import annotations

import ast
import keyword
import os
import sys


def judge_running_main() -> tuple[str, tuple[str, str] | None]:
    """What tests import the running ``__main__`` as, and why they can't, for a program that started without us."""
    main = sys.modules.get("__main__")
    file = getattr(main, "__file__", None)
    if not isinstance(file, str):
        return "__main__", ("unreachable", "the running __main__ has no file that a test could import")
    spec = getattr(main, "__spec__", None)
    name = spec.name if spec is not None else os.path.splitext(os.path.basename(file))[0]
    try:
        with open(file, "rb") as stream:
            return name, refusal_of(ast.parse(stream.read(), file), file)
    except (OSError, SyntaxError, ValueError):
        return name, ("unreachable", f"'{os.path.basename(file)}' can't be read as source")


def refusal_of(tree: ast.Module, file: str) -> tuple[str, str] | None:
    """Why a test can't import the program's own module, as a slug and a reason; None where it can.

    Args:
        tree: the module's syntax tree.
        file: its path, for the reason.
    """
    shown = os.path.basename(file)
    stem = os.path.splitext(shown)[0]
    if not stem.isidentifier() or keyword.iskeyword(stem):
        return "unreachable", f"'{shown}' can't be imported: '{stem}' is no valid module name"
    line = _line_that_reruns(tree)
    if line is not None:
        return (
            "main-reruns",
            f"importing '{shown}' would run it again: line {line} is not under if __name__ == '__main__'",
        )
    return None


def _line_that_reruns(tree: ast.Module) -> int | None:
    """The first line that does the program's work as the module is imported.

    That is an expression that calls something, or any call of a function that the module defines.
    """
    own = {node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}
    pending: list[ast.stmt] = list(reversed(tree.body))
    while pending:
        statement = pending.pop()
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        if isinstance(statement, ast.If):
            if not _is_main_guard(statement.test):
                pending.extend(reversed(statement.body))
            pending.extend(reversed(statement.orelse))
            continue
        for node in ast.walk(statement):
            if not isinstance(node, ast.Call):
                continue
            is_statement = isinstance(statement, (ast.Expr, ast.For, ast.While, ast.AsyncFor, ast.Raise))
            if is_statement and not _is_set_up(statement):
                return statement.lineno
            if isinstance(node.func, ast.Name) and node.func.id in own:
                return statement.lineno
    return None


def _is_main_guard(test: ast.expr) -> bool:
    names = {node.id for node in ast.walk(test) if isinstance(node, ast.Name)}
    texts = {node.value for node in ast.walk(test) if isinstance(node, ast.Constant)}
    return "__name__" in names and "__main__" in texts


_SET_UP = (
    "sys.path.", "sys.set", "sys.stdout.", "sys.stderr.", "site.", "warnings.", "logging.", "locale.", "random.seed",
    "os.environ", "os.putenv", "os.chdir", "os.umask", "load_dotenv", "dotenv.load_dotenv",
    "atexit.register", "register",
)  # fmt: skip
"""How calls begin that only prepare: ``sys.path.insert(...)``, ``logging.basicConfig(...)`` and the like."""


def _is_set_up(statement: ast.stmt) -> bool:
    if not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)):
        return False
    return ast.unparse(statement.value.func).startswith(_SET_UP)

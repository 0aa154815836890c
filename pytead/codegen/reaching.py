"""The way to a function that its own name doesn't lead to, as a test writes it."""

from __future__ import annotations

import ast
import keyword
from typing import TYPE_CHECKING

from pytead.codegen.naming import mangled
from pytead.values.source import CannotRender

if TYPE_CHECKING:
    from pytead.names import Reach
    from pytead.values.source import Renderer


def reached(reach: Reach, module: str, renderer: Renderer) -> str:
    """Source of an expression: ``show.registry[int]``, ``hello.callback``, ``vars(Box)["size"].function``.

    Args:
        reach: the way.
        module: where it starts.
        renderer: imports what is named on it.

    Raises:
        CannotRender: it holds what no test can write.
    """
    found = renderer.reference(module, mangled(reach.name))
    for word, detail in reach.steps:
        if word == "attribute":
            found = ast.Attribute(found, _identifier(detail), ast.Load())
        elif word == "raw":
            name = ast.Constant(_identifier(detail))
            found = ast.Subscript(_call("vars", found), name, ast.Load())
        elif word == "named":
            key_module, _, qualname = str(detail).partition(":")
            found = ast.Subscript(found, renderer.reference(key_module, qualname), ast.Load())
        elif detail is None or isinstance(detail, (str, bytes, int)):
            found = ast.Subscript(found, ast.Constant(detail), ast.Load())
        else:
            raise CannotRender("unreachable", f"no test can write the key {detail!a}")
    return ast.unparse(found)


def _identifier(detail: object) -> str:
    if type(detail) is not str or not detail.isidentifier() or keyword.iskeyword(detail):
        raise CannotRender("unreachable", f"no test can write the attribute {detail!a}")
    return detail


def _call(name: str, argument: ast.expr) -> ast.expr:
    return ast.Call(ast.Name(name, ast.Load()), [argument], [])

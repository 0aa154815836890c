"""Text of several lines among the values of a test is written line by line, in ``dedent`` and triple quotes."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from pytead.values.phrasing import Dedented
from pytead.values.printer import is_block
from pytead.values.syntax import call

if TYPE_CHECKING:
    from pytead.values.source import Renderer


def as_blocks(body: list[ast.stmt], renderer: Renderer) -> list[ast.stmt]:
    """The statements of a module with such text in calls of ``dedent``, where exactly that is what it gives.

    What a module binds to a name needs no call, as it stands at the margin.
    """
    blocks = _Blocks(renderer)
    return [each if isinstance(each, ast.Assign) else blocks.visit_top(each) for each in body]


class _Blocks(ast.NodeTransformer):
    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer

    def visit_top(self, node: ast.stmt) -> Any:
        return self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.stmt:
        return node  # the program's own

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.stmt:
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.stmt:
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.expr:
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        if not is_block(node.value):
            return node
        return call(self._renderer.reference("textwrap", "dedent"), [Dedented(node.value)])

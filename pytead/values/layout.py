"""Syntax trees to text, laid out as a careful person would: wrapped at 100 columns, one element a line with a
trailing comma where it doesn't fit, double quotes.

The text parses back to the same tree, but that the text of a ``Dedented`` is moved in. It is the same on every
interpreter, but for what only the source of a program's own functions has (``match``, f-strings, ...): that is as
``ast.unparse`` writes it.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from pytead.values.characters import escaped
from pytead.values.phrasing import (
    BINARY,
    IF,
    LONGEST_DECIMAL,
    PRIMARY,
    WIDTH,
    bracketed,
    comma_separated,
    document,
    is_block_literal,
    joined,
    keyword_argument,
    parameters,
    wrapped_if_broken,
)
from pytead.values.printer import STEP, Document, Group, IfBroken, block, fit

__all__ = ["LONGEST_DECIMAL", "WIDTH", "expression", "module", "statement"]

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def expression(node: ast.expr, indent: int = 0, width: int = WIDTH) -> str:
    """The text of an expression that stands ``indent`` columns in; further lines carry their indentation."""
    return fit(document(node), width, indent)


def statement(node: ast.stmt, indent: int = 0, width: int = WIDTH) -> str:
    """The text of a statement, each line ``indent`` columns in, without a newline at the end."""
    margin = " " * indent
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and type(node.value.value) is str:
        return margin + _docstring(node.value.value)
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        lines = [margin + fit(["@", document(each)], width, indent) for each in node.decorator_list]
        head = _class_head(node) if isinstance(node, ast.ClassDef) else _function_head(node)
        return "\n".join([*lines, margin + fit(head, width, indent), _block(node.body, indent, width)])
    if isinstance(node, (ast.With, ast.AsyncWith)):
        items: Document = joined([_with_item(each) for each in node.items])
        keyword = "async with " if isinstance(node, ast.AsyncWith) else "with "
        return margin + fit([keyword, items, ":"], width, indent) + "\n" + _block(node.body, indent, width)
    if isinstance(node, (ast.For, ast.AsyncFor, ast.While)):
        text = margin + fit(_loop_head(node), width, indent) + "\n" + _block(node.body, indent, width)
        return text + _alternative("else:", node.orelse, indent, width)
    if isinstance(node, ast.If):
        return _conditional(node, "if ", indent, width)
    if isinstance(node, ast.Try):
        text = margin + "try:\n" + _block(node.body, indent, width)
        for handler in node.handlers:
            text += _alternative(_handler_head(handler), handler.body, indent, width)
        text += _alternative("else:", node.orelse, indent, width)
        return text + _alternative("finally:", node.finalbody, indent, width)
    if isinstance(node, ast.Assign) and not indent and is_block_literal(node.value):
        targets = "".join(f"{fit(document(each), width)} = " for each in node.targets)
        return targets + block(str(node.value.value))
    simple = _simple(node)
    return _unparsed(node, indent) if simple is None else margin + fit(simple, width, indent)


def _loop_head(node: ast.For | ast.AsyncFor | ast.While) -> Document:
    if isinstance(node, ast.While):
        return ["while ", document(node.test), ":"]
    keyword = "async for " if isinstance(node, ast.AsyncFor) else "for "
    return [keyword, document(node.target), " in ", document(node.iter), ":"]


def _handler_head(node: ast.ExceptHandler) -> Document:
    caught: list[Document] = [" ", document(node.type, IF)] if node.type else []
    return ["except", *caught, f" as {node.name}:" if node.name else ":"]


def _conditional(node: ast.If, keyword: str, indent: int, width: int) -> str:
    text = " " * indent + fit([keyword, document(node.test), ":"], width, indent) + "\n"
    text += _block(node.body, indent, width)
    if len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If):
        return text + "\n" + _conditional(node.orelse[0], "elif ", indent, width)
    return text + _alternative("else:", node.orelse, indent, width)


def _alternative(head: Document, body: Sequence[ast.stmt], indent: int, width: int) -> str:
    """A further branch of a statement; nothing where it has no body."""
    if not body:
        return ""
    return "\n" + " " * indent + fit(head, width, indent) + "\n" + _block(body, indent, width)


def _unparsed(node: ast.stmt, indent: int) -> str:
    """A statement as ``ast.unparse`` writes it, at its place: text of several lines inside of it stays as it is."""
    for _ in range(indent // STEP):
        node = ast.If(ast.Constant(True), [node], [])
    return "\n".join(ast.unparse(ast.fix_missing_locations(node)).split("\n")[indent // STEP :])


def module(body: Sequence[ast.stmt], docstring: str = "", imports: Iterable[Sequence[ast.stmt]] = ()) -> str:
    """A whole module: docstring, groups of imports, then ``body`` with two blank lines around definitions."""
    blocks = ["\n".join(statement(each) for each in group) for group in imports if group]
    text = "\n\n".join([*([_docstring(docstring)] if docstring else []), *blocks])
    previous: ast.stmt | None = None
    for node in body:
        is_wide = _is_definition(node) or previous is None or _is_definition(previous)
        text += ("\n\n\n" if is_wide else "\n") if text else ""
        text += statement(node)
        previous = node
    return text + "\n" if text else ""


def _is_definition(node: ast.stmt) -> bool:
    return isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))


def _block(body: Sequence[ast.stmt], indent: int, width: int) -> str:
    text = ""
    for index, node in enumerate(body):
        if index:
            text += "\n\n" if _is_definition(node) or _is_definition(body[index - 1]) else "\n"
        text += statement(node, indent + STEP, width)
    return text


def _docstring(value: str) -> str:
    lines = ["".join(escaped(each, "") for each in line) for line in value.split("\n")]
    text = "\n".join(lines)
    if '"""' in text or text.endswith('"'):
        text = text.replace('"', '\\"')
    return f'"""{text}"""'


def _function_head(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Document:
    keyword = "async def " if isinstance(node, ast.AsyncFunctionDef) else "def "
    returns: list[Document] = [" -> ", document(node.returns)] if node.returns else []
    return [keyword + node.name, bracketed("(", parameters(node.args), ")"), *returns, ":"]


def _class_head(node: ast.ClassDef) -> Document:
    arguments = [document(each) for each in node.bases] + [keyword_argument(each) for each in node.keywords]
    return ["class " + node.name, bracketed("(", arguments, ")") if arguments else "", ":"]


def _with_item(node: ast.withitem) -> Document:
    # A tuple or a parenthesised item could be read as the parenthesised form of several items.
    context = document(node.context_expr, IF)
    return [context, " as ", document(node.optional_vars, PRIMARY)] if node.optional_vars else context


def _simple(node: ast.stmt) -> Document | None:
    """A statement on one line; None for one that ``ast.unparse`` writes."""
    if isinstance(node, ast.Import):
        return ["import ", ", ".join(_alias(each) for each in node.names)]
    if isinstance(node, ast.ImportFrom):
        names: list[Document] = [_alias(each) for each in node.names]
        start = f"from {'.' * node.level}{node.module or ''} import "
        if names == ["*"]:
            return start + "*"
        return [start, Group(wrapped_if_broken([comma_separated(names), IfBroken(",")]))]
    if isinstance(node, ast.Assign):
        return [[[document(each), " = "] for each in node.targets], _assigned(node.value)]
    if isinstance(node, ast.AnnAssign):
        value: Document = [" = ", document(node.value)] if node.value else ""
        return [document(node.target), ": ", document(node.annotation), value]
    if isinstance(node, ast.AugAssign):
        return [document(node.target), f" {BINARY[type(node.op)][0]}= ", _assigned(node.value)]
    if isinstance(node, ast.Expr):
        return _assigned(node.value)
    if isinstance(node, ast.Assert):
        message: Document = [", ", document(node.msg, IF)] if node.msg else ""
        return ["assert ", document(node.test, IF), message]
    if isinstance(node, ast.Return):
        return ["return ", document(node.value)] if node.value else "return"
    if isinstance(node, ast.Raise):
        cause: Document = [" from ", document(node.cause)] if node.cause else ""
        return ["raise ", document(node.exc), cause] if node.exc else "raise"
    if isinstance(node, ast.Delete):
        return ["del ", joined([document(each) for each in node.targets])]
    if isinstance(node, (ast.Pass, ast.Break, ast.Continue)):
        return type(node).__name__.lower()
    if isinstance(node, (ast.Global, ast.Nonlocal)):
        return f"{type(node).__name__.lower()} {', '.join(node.names)}"
    return None


def _assigned(node: ast.expr) -> Document:
    """An expression where ``yield`` needs no parentheses."""
    if isinstance(node, ast.YieldFrom):
        return ["yield from ", document(node.value, IF)]
    if isinstance(node, ast.Yield):
        return ["yield ", document(node.value)] if node.value else "yield"
    return document(node)


def _alias(node: ast.alias) -> str:
    return f"{node.name} as {node.asname}" if node.asname else node.name

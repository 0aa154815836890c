"""Expressions as documents, for ``layout``."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from pytead.values.printer import Block, Document, Filled, Group, IfBroken, Line, Literal, Nest, fit, is_block

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeGuard

WIDTH = 100

BINARY = {
    ast.BitOr: ("|", 6), ast.BitXor: ("^", 7), ast.BitAnd: ("&", 8), ast.LShift: ("<<", 9),
    ast.RShift: (">>", 9), ast.Add: ("+", 10), ast.Sub: ("-", 10), ast.Mult: ("*", 11),
    ast.MatMult: ("@", 11), ast.Div: ("/", 11), ast.FloorDiv: ("//", 11), ast.Mod: ("%", 11),
    ast.Pow: ("**", 13),
}  # fmt: skip
UNARY = {ast.UAdd: "+", ast.USub: "-", ast.Invert: "~"}
COMPARE = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
    ast.Is: "is", ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in",
}  # fmt: skip

TUPLE, IF, OR, AND, NOT, COMPARISON, UNARY_OPERATOR, POWER, AWAIT, PRIMARY = 0, 1, 2, 3, 4, 5, 12, 13, 14, 15

MANY = 12
"""Numbers in one collection from which they stand side by side where they don't fit on a line."""


class Dedented(ast.Constant):
    """Text that is the one argument of ``textwrap.dedent``, so that it may be moved in; see ``is_block``."""


LONGEST_DECIMAL = 13_000
"""Bits of an int that is still written in decimal; Python refuses to read decimals of over 4,300 digits."""


def document(node: ast.expr, precedence: int = TUPLE) -> Document:
    """The document of an expression, in parentheses if it binds less than ``precedence``."""
    own, document = _expression(node)
    if own >= precedence:
        return document
    return Group(["(", Nest([Line(), document]), Line(), ")"])


def _expression(node: ast.expr) -> tuple[int, Document]:
    if isinstance(node, ast.Constant):
        return _constant(node.value)
    if isinstance(node, ast.Name):
        return PRIMARY, node.id
    if isinstance(node, ast.Attribute):
        return PRIMARY, [document(node.value, PRIMARY), "." + node.attr]
    if isinstance(node, ast.Call):
        called = document(node.func, PRIMARY)
        if len(node.args) == 1 and isinstance(node.args[0], Dedented):
            text = Block(str(node.args[0].value))
            return PRIMARY, [called, Group(["(", Nest([Line(), text]), Line(), ")"])]
        return PRIMARY, [called, bracketed("(", _arguments(node), ")")]
    if isinstance(node, ast.Subscript):
        return PRIMARY, [document(node.value, PRIMARY), _subscript(node.slice)]
    if isinstance(node, ast.Tuple):
        if len(node.elts) == 1:
            return PRIMARY, Group(["(", Nest([Line(), document(node.elts[0], IF), ","]), Line(), ")"])
        return PRIMARY, bracketed("(", _elements(node.elts), ")")
    if isinstance(node, (ast.List, ast.Set)):
        brackets = "[]" if isinstance(node, ast.List) else "{}"
        return PRIMARY, bracketed(
            brackets[0], _elements(node.elts), brackets[1], any(map(_is_parameter_set, node.elts))
        )
    if isinstance(node, ast.Dict):
        return PRIMARY, bracketed(
            "{", [_pair(*each) for each in zip(node.keys, node.values, strict=True)], "}"
        )
    if isinstance(node, ast.Starred):
        return IF, ["*", document(node.value, 6)]
    if isinstance(node, ast.ListComp):
        return PRIMARY, _comprehension(node)
    if isinstance(node, ast.Await):
        return AWAIT, ["await ", document(node.value, PRIMARY)]
    if isinstance(node, ast.Lambda):
        taken = joined(parameters(node.args))
        return IF, ["lambda ", taken, ": ", document(node.body, IF)] if taken else [
            "lambda: ", document(node.body, IF)
        ]  # fmt: skip
    if isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
        return PRIMARY, _comprehension(node)
    return _operation(node)


def _elements(nodes: Sequence[ast.expr]) -> list[Document]:
    elements = [document(each, IF) for each in nodes]
    if len(elements) >= MANY and all(map(_is_number, nodes)):
        return [Filled(tuple(fit(each, WIDTH) for each in elements))]
    return elements


def _comprehension(node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> Document:
    brackets = {"ListComp": "[]", "GeneratorExp": "()"}.get(type(node).__name__, "{}")
    parts: list[Document] = [
        _pair(node.key, node.value) if isinstance(node, ast.DictComp) else document(node.elt, IF)
    ]
    for each in node.generators:
        keyword = "async for " if each.is_async else "for "
        parts += [Line(" "), keyword, document(each.target), " in ", document(each.iter, OR)]
        for condition in each.ifs:
            parts += [Line(" "), "if ", document(condition, OR)]
    return Group([brackets[0], Nest([Line(), *parts]), Line(), brackets[1]])


def _operation(node: ast.expr) -> tuple[int, Document]:
    if isinstance(node, ast.UnaryOp):
        if isinstance(node.op, ast.Not):
            return NOT, ["not ", document(node.operand, NOT)]
        return UNARY_OPERATOR, [UNARY[type(node.op)], document(node.operand, UNARY_OPERATOR)]
    if isinstance(node, ast.BinOp):
        sign, own = BINARY[type(node.op)]
        if own == POWER:
            return own, _chain([document(node.left, AWAIT), document(node.right, UNARY_OPERATOR)], sign)
        operands = [document(node.right, own + 1)]
        left = node.left
        while isinstance(left, ast.BinOp) and type(left.op) is type(node.op):
            operands.append(document(left.right, own + 1))
            left = left.left
        operands.append(document(left, own))
        return own, _chain(operands[::-1], sign)
    if isinstance(node, ast.BoolOp):
        word, own = ("and", AND) if isinstance(node.op, ast.And) else ("or", OR)
        return own, _chain([document(each, own + 1) for each in node.values], word)
    if isinstance(node, ast.Compare):
        parts: list[Document] = [document(node.left, COMPARISON + 1)]
        for operator, right in zip(node.ops, node.comparators, strict=True):
            parts += [f" {COMPARE[type(operator)]} ", document(right, COMPARISON + 1)]
        return COMPARISON, parts
    if isinstance(node, ast.IfExp):
        test, orelse = document(node.test, OR), document(node.orelse, IF)
        return IF, [document(node.body, OR), " if ", test, " else ", orelse]
    text = ast.unparse(node)
    return PRIMARY, text if text[0] in "(\"'fFrR" else f"({text})"


def _chain(operands: list[Document], sign: str) -> Document:
    lines: list[Document] = [operands[0]]
    for operand in operands[1:]:
        lines += [Line(" "), f"{sign} ", operand]
    return Group(wrapped_if_broken(lines))


def _constant(value: object) -> tuple[int, Document]:
    if isinstance(value, (str, bytes)):
        return PRIMARY, Literal(value)
    if value is ...:
        return PRIMARY, "..."
    if isinstance(value, bool) or value is None:
        return PRIMARY, str(value)
    if isinstance(value, int) and value >= 0:
        return PRIMARY - 1, str(value) if value.bit_length() < LONGEST_DECIMAL else hex(value)
    if isinstance(value, (float, complex)):
        text = repr(value).replace("inf", "1e309")
        if text[0] not in "-(n":
            return PRIMARY - 1, text
    raise TypeError(f"layout can't write the constant {value!r}")


def _pair(key: ast.expr | None, value: ast.expr) -> Document:
    if key is None:
        return ["**", document(value, 6)]
    return [document(key, IF), ": ", document(value, IF)]


def _subscript(index: ast.expr) -> Document:
    if isinstance(index, ast.Tuple) and index.elts:
        if len(index.elts) == 1:
            return ["[", document(index.elts[0], IF), ",]"]
        return bracketed("[", [_slice(each) for each in index.elts], "]")
    return ["[", Group([Nest([Line(), _slice(index)]), Line()]), "]"]


def _slice(node: ast.expr) -> Document:
    if not isinstance(node, ast.Slice):
        return document(node, IF)
    lower, upper, step = (document(each, IF) if each else "" for each in (node.lower, node.upper, node.step))
    return [lower, ":", upper, [":", step] if node.step else ""]


def _arguments(node: ast.Call) -> list[Document]:
    if len(node.args) == 1 and not node.keywords:
        only = node.args[0]
        if isinstance(only, ast.Constant) and isinstance(only.value, (str, bytes)):
            return [Literal(only.value, bare=True)]
    return [document(each, IF) for each in node.args] + [keyword_argument(each) for each in node.keywords]


def keyword_argument(node: ast.keyword) -> Document:
    if node.arg is None:
        return ["**", document(node.value, IF)]
    return [node.arg + "=", document(node.value, IF)]


def is_block_literal(node: ast.expr) -> TypeGuard[ast.Constant]:
    return isinstance(node, ast.Constant) and is_block(node.value)


def _is_number(node: ast.expr) -> bool:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        node = node.operand
    return isinstance(node, ast.Constant) and type(node.value) in (int, float)


def _is_parameter_set(node: ast.expr) -> bool:
    """``pytest.param(...)``: a case stands on a line of its own, so that adding one is a line of a diff."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "param"


def bracketed(opening: str, elements: Sequence[Document], closing: str, hard: bool = False) -> Document:
    if not elements:
        return opening + closing
    return Group([opening, Nest([Line(), comma_separated(elements)]), IfBroken(","), Line(), closing], hard)


def joined(elements: Sequence[Document]) -> Document:
    parts: list[Document] = []
    for element in elements:
        parts += [", ", element] if parts else [element]
    return parts


def comma_separated(elements: Sequence[Document]) -> Document:
    parts: list[Document] = []
    for element in elements:
        parts += [",", Line(" "), element] if parts else [element]
    return parts


def wrapped_if_broken(content: Document) -> Document:
    return [IfBroken("("), Nest([Line(), content]), Line(), IfBroken(")")]


def parameters(arguments: ast.arguments) -> list[Document]:
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(positional) - len(arguments.defaults)) + list(arguments.defaults)
    parts = [_parameter(each, default) for each, default in zip(positional, defaults, strict=True)]
    if arguments.posonlyargs:
        parts.insert(len(arguments.posonlyargs), "/")
    if arguments.vararg:
        parts.append(["*", _parameter(arguments.vararg, None)])
    elif arguments.kwonlyargs:
        parts.append("*")
    keyword_only = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    parts += [_parameter(each, default) for each, default in keyword_only]
    if arguments.kwarg:
        parts.append(["**", _parameter(arguments.kwarg, None)])
    return parts


def _parameter(node: ast.arg, default: ast.expr | None) -> Document:
    parts: list[Document] = [node.arg]
    if node.annotation:
        parts += [": ", document(node.annotation)]
    if default:
        parts += [" = " if node.annotation else "=", document(default, IF)]
    return parts

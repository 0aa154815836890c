"""Syntax trees to text, laid out as a careful person would: wrapped at 100 columns, one element a line with a
trailing comma where it doesn't fit, double quotes.

The text parses back to the same tree. It is the same on every interpreter, but for what only the source of a
program's own functions has (``match``, f-strings, ...): that is as ``ast.unparse`` writes it.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from pytead.values.characters import escaped
from pytead.values.printer import STEP, Document, Group, IfBroken, Line, Literal, Nest, fit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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

LONGEST_DECIMAL = 13_000
"""Bits of an int that is still written in decimal; Python refuses to read decimals of over 4,300 digits."""


def expression(node: ast.expr, indent: int = 0, width: int = WIDTH) -> str:
    """The text of an expression that stands ``indent`` columns in; further lines carry their indentation."""
    return fit(_document(node), width, indent)


def statement(node: ast.stmt, indent: int = 0, width: int = WIDTH) -> str:
    """The text of a statement, each line ``indent`` columns in, without a newline at the end."""
    margin = " " * indent
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and type(node.value.value) is str:
        return margin + _docstring(node.value.value)
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        lines = [margin + fit(["@", _document(each)], width, indent) for each in node.decorator_list]
        head = _class_head(node) if isinstance(node, ast.ClassDef) else _function_head(node)
        return "\n".join([*lines, margin + fit(head, width, indent), _block(node.body, indent, width)])
    if isinstance(node, (ast.With, ast.AsyncWith)):
        items: Document = _joined([_with_item(each) for each in node.items])
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
    simple = _simple(node)
    return _unparsed(node, indent) if simple is None else margin + fit(simple, width, indent)


def _loop_head(node: ast.For | ast.AsyncFor | ast.While) -> Document:
    if isinstance(node, ast.While):
        return ["while ", _document(node.test), ":"]
    keyword = "async for " if isinstance(node, ast.AsyncFor) else "for "
    return [keyword, _document(node.target), " in ", _document(node.iter), ":"]


def _handler_head(node: ast.ExceptHandler) -> Document:
    caught: list[Document] = [" ", _document(node.type, IF)] if node.type else []
    return ["except", *caught, f" as {node.name}:" if node.name else ":"]


def _conditional(node: ast.If, keyword: str, indent: int, width: int) -> str:
    text = " " * indent + fit([keyword, _document(node.test), ":"], width, indent) + "\n"
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
    returns: list[Document] = [" -> ", _document(node.returns)] if node.returns else []
    return [keyword + node.name, _bracketed("(", _parameters(node.args), ")"), *returns, ":"]


def _class_head(node: ast.ClassDef) -> Document:
    arguments = [_document(each) for each in node.bases] + [_keyword(each) for each in node.keywords]
    return ["class " + node.name, _bracketed("(", arguments, ")") if arguments else "", ":"]


def _parameters(arguments: ast.arguments) -> list[Document]:
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
        parts += [": ", _document(node.annotation)]
    if default:
        parts += [" = " if node.annotation else "=", _document(default, IF)]
    return parts


def _with_item(node: ast.withitem) -> Document:
    # A tuple or a parenthesised item could be read as the parenthesised form of several items.
    context = _document(node.context_expr, IF)
    return [context, " as ", _document(node.optional_vars, PRIMARY)] if node.optional_vars else context


def _simple(node: ast.stmt) -> Document | None:
    """A statement on one line; None for one that ``ast.unparse`` writes."""
    if isinstance(node, ast.Import):
        return ["import ", ", ".join(_alias(each) for each in node.names)]
    if isinstance(node, ast.ImportFrom):
        names: list[Document] = [_alias(each) for each in node.names]
        start = f"from {'.' * node.level}{node.module or ''} import "
        if names == ["*"]:
            return start + "*"
        return [start, Group(_wrapped_if_broken([_comma_separated(names), IfBroken(",")]))]
    if isinstance(node, ast.Assign):
        return [[[_document(each), " = "] for each in node.targets], _assigned(node.value)]
    if isinstance(node, ast.AnnAssign):
        value: Document = [" = ", _document(node.value)] if node.value else ""
        return [_document(node.target), ": ", _document(node.annotation), value]
    if isinstance(node, ast.AugAssign):
        return [_document(node.target), f" {BINARY[type(node.op)][0]}= ", _assigned(node.value)]
    if isinstance(node, ast.Expr):
        return _assigned(node.value)
    if isinstance(node, ast.Assert):
        message: Document = [", ", _document(node.msg, IF)] if node.msg else ""
        return ["assert ", _document(node.test, IF), message]
    if isinstance(node, ast.Return):
        return ["return ", _document(node.value)] if node.value else "return"
    if isinstance(node, ast.Raise):
        cause: Document = [" from ", _document(node.cause)] if node.cause else ""
        return ["raise ", _document(node.exc), cause] if node.exc else "raise"
    if isinstance(node, ast.Delete):
        return ["del ", _joined([_document(each) for each in node.targets])]
    if isinstance(node, (ast.Pass, ast.Break, ast.Continue)):
        return type(node).__name__.lower()
    if isinstance(node, (ast.Global, ast.Nonlocal)):
        return f"{type(node).__name__.lower()} {', '.join(node.names)}"
    return None


def _assigned(node: ast.expr) -> Document:
    """An expression where ``yield`` needs no parentheses."""
    if isinstance(node, ast.YieldFrom):
        return ["yield from ", _document(node.value, IF)]
    if isinstance(node, ast.Yield):
        return ["yield ", _document(node.value)] if node.value else "yield"
    return _document(node)


def _alias(node: ast.alias) -> str:
    return f"{node.name} as {node.asname}" if node.asname else node.name


def _document(node: ast.expr, precedence: int = TUPLE) -> Document:
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
        return PRIMARY, [_document(node.value, PRIMARY), "." + node.attr]
    if isinstance(node, ast.Call):
        return PRIMARY, [_document(node.func, PRIMARY), _bracketed("(", _arguments(node), ")")]
    if isinstance(node, ast.Subscript):
        return PRIMARY, [_document(node.value, PRIMARY), _subscript(node.slice)]
    if isinstance(node, ast.Tuple):
        if len(node.elts) == 1:
            return PRIMARY, Group(["(", Nest([Line(), _document(node.elts[0], IF), ","]), Line(), ")"])
        return PRIMARY, _bracketed("(", [_document(each, IF) for each in node.elts], ")")
    if isinstance(node, (ast.List, ast.Set)):
        brackets = "[]" if isinstance(node, ast.List) else "{}"
        elements = [_document(each, IF) for each in node.elts]
        return PRIMARY, _bracketed(brackets[0], elements, brackets[1], any(map(_is_parameter_set, node.elts)))
    if isinstance(node, ast.Dict):
        return PRIMARY, _bracketed(
            "{", [_pair(*each) for each in zip(node.keys, node.values, strict=True)], "}"
        )
    if isinstance(node, ast.Starred):
        return IF, ["*", _document(node.value, 6)]
    if isinstance(node, ast.ListComp):
        return PRIMARY, _comprehension(node)
    if isinstance(node, ast.Await):
        return AWAIT, ["await ", _document(node.value, PRIMARY)]
    if isinstance(node, ast.Lambda):
        parameters = _joined(_parameters(node.args))
        return IF, ["lambda ", parameters, ": ", _document(node.body, IF)] if parameters else [
            "lambda: ", _document(node.body, IF)
        ]  # fmt: skip
    if isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
        return PRIMARY, _comprehension(node)
    return _operation(node)


def _comprehension(node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> Document:
    brackets = {"ListComp": "[]", "GeneratorExp": "()"}.get(type(node).__name__, "{}")
    parts: list[Document] = [
        _pair(node.key, node.value) if isinstance(node, ast.DictComp) else _document(node.elt, IF)
    ]
    for each in node.generators:
        keyword = "async for " if each.is_async else "for "
        parts += [Line(" "), keyword, _document(each.target), " in ", _document(each.iter, OR)]
        for condition in each.ifs:
            parts += [Line(" "), "if ", _document(condition, OR)]
    return Group([brackets[0], Nest([Line(), *parts]), Line(), brackets[1]])


def _operation(node: ast.expr) -> tuple[int, Document]:
    if isinstance(node, ast.UnaryOp):
        if isinstance(node.op, ast.Not):
            return NOT, ["not ", _document(node.operand, NOT)]
        return UNARY_OPERATOR, [UNARY[type(node.op)], _document(node.operand, UNARY_OPERATOR)]
    if isinstance(node, ast.BinOp):
        sign, own = BINARY[type(node.op)]
        if own == POWER:
            return own, _chain([_document(node.left, AWAIT), _document(node.right, UNARY_OPERATOR)], sign)
        operands = [_document(node.right, own + 1)]
        left = node.left
        while isinstance(left, ast.BinOp) and type(left.op) is type(node.op):
            operands.append(_document(left.right, own + 1))
            left = left.left
        operands.append(_document(left, own))
        return own, _chain(operands[::-1], sign)
    if isinstance(node, ast.BoolOp):
        word, own = ("and", AND) if isinstance(node.op, ast.And) else ("or", OR)
        return own, _chain([_document(each, own + 1) for each in node.values], word)
    if isinstance(node, ast.Compare):
        parts: list[Document] = [_document(node.left, COMPARISON + 1)]
        for operator, right in zip(node.ops, node.comparators, strict=True):
            parts += [f" {COMPARE[type(operator)]} ", _document(right, COMPARISON + 1)]
        return COMPARISON, parts
    if isinstance(node, ast.IfExp):
        test, orelse = _document(node.test, OR), _document(node.orelse, IF)
        return IF, [_document(node.body, OR), " if ", test, " else ", orelse]
    text = ast.unparse(node)
    return PRIMARY, text if text[0] in "(\"'fFrR" else f"({text})"


def _chain(operands: list[Document], sign: str) -> Document:
    lines: list[Document] = [operands[0]]
    for operand in operands[1:]:
        lines += [Line(" "), f"{sign} ", operand]
    return Group(_wrapped_if_broken(lines))


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
        return ["**", _document(value, 6)]
    return [_document(key, IF), ": ", _document(value, IF)]


def _subscript(index: ast.expr) -> Document:
    if isinstance(index, ast.Tuple) and index.elts:
        if len(index.elts) == 1:
            return ["[", _document(index.elts[0], IF), ",]"]
        return _bracketed("[", [_slice(each) for each in index.elts], "]")
    return ["[", Group([Nest([Line(), _slice(index)]), Line()]), "]"]


def _slice(node: ast.expr) -> Document:
    if not isinstance(node, ast.Slice):
        return _document(node, IF)
    lower, upper, step = (_document(each, IF) if each else "" for each in (node.lower, node.upper, node.step))
    return [lower, ":", upper, [":", step] if node.step else ""]


def _arguments(node: ast.Call) -> list[Document]:
    if len(node.args) == 1 and not node.keywords:
        only = node.args[0]
        if isinstance(only, ast.Constant) and isinstance(only.value, (str, bytes)):
            return [Literal(only.value, bare=True)]
    return [_document(each, IF) for each in node.args] + [_keyword(each) for each in node.keywords]


def _keyword(node: ast.keyword) -> Document:
    if node.arg is None:
        return ["**", _document(node.value, IF)]
    return [node.arg + "=", _document(node.value, IF)]


def _is_parameter_set(node: ast.expr) -> bool:
    """``pytest.param(...)``: a case stands on a line of its own, so that adding one is a line of a diff."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "param"


def _bracketed(opening: str, elements: Sequence[Document], closing: str, hard: bool = False) -> Document:
    if not elements:
        return opening + closing
    return Group([opening, Nest([Line(), _comma_separated(elements)]), IfBroken(","), Line(), closing], hard)


def _joined(elements: Sequence[Document]) -> Document:
    parts: list[Document] = []
    for element in elements:
        parts += [", ", element] if parts else [element]
    return parts


def _comma_separated(elements: Sequence[Document]) -> Document:
    parts: list[Document] = []
    for element in elements:
        parts += [",", Line(" "), element] if parts else [element]
    return parts


def _wrapped_if_broken(content: Document) -> Document:
    return [IfBroken("("), Nest([Line(), content]), Line(), IfBroken(")")]

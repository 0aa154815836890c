"""Small pieces of syntax that rendered values are made of."""

from __future__ import annotations

import ast
import keyword
import math
import unicodedata
from typing import TYPE_CHECKING

from pytead.values.characters import is_shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class CannotRender(Exception):  # noqa: N818 - what codegen catches reads as a sentence
    """A value that can't be written as source.

    Attributes:
        slug: stable name of the reason, such as ``value-forbidden``.
        reason: the reason in this case, naming the value.
    """

    def __init__(self, slug: str, reason: str) -> None:
        super().__init__(reason)
        self.slug = slug
        self.reason = reason


def name(identifier: str) -> ast.Name:
    return ast.Name(identifier, ast.Load())


def attribute(owner: ast.expr, *identifiers: str) -> ast.expr:
    """``owner.first.second``."""
    for identifier in identifiers:
        owner = ast.Attribute(owner, identifier, ast.Load())
    return owner


def call(
    function: ast.expr, args: Iterable[ast.expr] = (), kwargs: Iterable[tuple[str, ast.expr]] = ()
) -> ast.Call:
    """A call; keywords that aren't identifiers go through ``**{"odd name": value}``."""
    named = dict(kwargs)
    odd = [each for each in named if not is_identifier(each)]
    keywords = [ast.keyword(each, value) for each, value in named.items() if each not in odd]
    if odd:
        rest = ast.Dict([ast.Constant(each) for each in odd], [named[each] for each in odd])
        keywords.append(ast.keyword(None, rest))
    return ast.Call(function, list(args), keywords)


def listed(elements: Sequence[ast.expr]) -> ast.List:
    return ast.List(list(elements), ast.Load())


def dictionary(pairs: Iterable[tuple[ast.expr, ast.expr]]) -> ast.Dict:
    keys_and_values = list(pairs)
    return ast.Dict([key for key, _ in keys_and_values], [value for _, value in keys_and_values])


def assign(variable: str, value: ast.expr) -> ast.Assign:
    return ast.Assign([ast.Name(variable, ast.Store())], value)


def scalar(value: object) -> ast.expr:
    """The literal of a builtin scalar, or the nearest thing to one where there is none."""
    if value is NotImplemented:
        return name("NotImplemented")
    if type(value) is int and value < 0:
        return ast.UnaryOp(ast.USub(), ast.Constant(-value))
    if type(value) is float:
        if not math.isfinite(value):
            return call(name("float"), [ast.Constant(str(value))])
        if math.copysign(1, value) < 0:
            return ast.UnaryOp(ast.USub(), ast.Constant(-value))
    if type(value) is complex:
        if str(value.real) == "0.0" and math.isfinite(value.imag) and math.copysign(1, value.imag) > 0:
            return ast.Constant(value)
        return call(name("complex"), [scalar(value.real), scalar(value.imag)])
    return ast.Constant(value)  # type: ignore[arg-type]


def is_identifier(text: str) -> bool:
    """Whether Python reads the text as exactly this name; it folds some letters into others (NFKC)."""
    if not text.isidentifier() or keyword.iskeyword(text) or text == "__debug__":
        return False
    return text.isascii() or (unicodedata.normalize("NFKC", text) == text and all(map(is_shown, text)))


def is_dotted(text: str) -> bool:
    """Whether the text is identifiers with dots between."""
    return all(map(is_identifier, text.split(".")))

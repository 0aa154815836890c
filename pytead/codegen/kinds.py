"""Where a test has to tell the type of what came out, because objects of other types are equal to it.

1 equals 1.0 and ``Decimal(1)``, a frozenset equals a set, an ``OrderedDict`` a dict. A test says so where that is in
doubt for its function: not of each number, but of one that would read as another, and of those of a function that
turns numbers into others or is given several kinds.
"""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from pytead.select.walking import walk
from pytead.values.nodes import Atom, Buffer, Call, Items, Member, Node, Pairs
from pytead.values.permitted import public_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pytead.codegen.oracle import Comparison, Expectation
    from pytead.values.originals import Originals

_NUMBERS = frozenset({"decimal.Decimal", "fractions.Fraction"})
_LIKE_OTHERS = _NUMBERS | {"collections.Counter", "collections.OrderedDict", "builtins.bytearray"}
_TURNING = frozenset(
    (
        "Decimal", "Fraction", "bool", "ceil", "complex", "divmod", "float", "floor", "fmean", "fsum", "int", "mean",
        "median", "round", "trunc",
    )
)  # fmt: skip
"""Functions by which numbers become others, or would if they weren't there."""


def with_types(
    expectations: Sequence[Expectation], originals: Originals | None, are_shown: bool = False
) -> list[Expectation]:
    """The expectations of one function, with types told where they are in doubt.

    Args:
        expectations: all of them: what is in doubt for one is told of all.
        originals: where the function's source is found.
        are_shown: whether what is made of builtins alone is compared by its text anyway, as in a snapshot.
    """

    def is_open(each: Expectation, column: str, told: Comparison) -> bool:
        return told == "==" and not (are_shown and all(map(_is_builtin, walk([each.nodes[column]]))))

    columns: dict[str, list[Node]] = {}
    for each in expectations:
        for column, told in each.form.checks:
            if is_open(each, column, told):
                columns.setdefault(column, []).append(each.nodes[column])
    better = {column: _told(nodes, expectations, originals) for column, nodes in columns.items()}
    found = []
    for each in expectations:
        checks = tuple(
            (column, better[column] or told if is_open(each, column, told) else told)
            for column, told in each.form.checks
        )
        found.append(replace(each, form=replace(each.form, checks=checks)))
    return found


def _told(
    nodes: Sequence[Node], expectations: Sequence[Expectation], originals: Originals | None
) -> Comparison | None:
    """How the values of a column are compared so that their types show; None where ``==`` will do."""
    if all(isinstance(node, Member) for node in nodes):
        return "is" if all(len(node.names) == 1 for node in nodes if isinstance(node, Member)) else None
    if not _is_in_doubt(nodes, expectations, originals):
        return None
    return "type" if all(isinstance(node, (Atom, Member)) or _is_number(node) for node in nodes) else "same"


def _is_in_doubt(
    nodes: Sequence[Node], expectations: Sequence[Expectation], originals: Originals | None
) -> bool:
    if any(isinstance(node, Member) for node in nodes):
        return True
    has_numbers = False
    for node in walk(nodes):
        if _is_like_another(node):
            return True
        has_numbers = has_numbers or (isinstance(node, Atom) and isinstance(node.value, int))
    if not has_numbers:
        return False
    inputs = [each.nodes[column] for each in expectations for column in each.form.inputs]
    if any(
        _is_number(node) or (isinstance(node, Atom) and type(node.value) is float) for node in walk(inputs)
    ):
        return True
    return originals is not None and _turns_numbers(expectations, originals)


def _is_like_another(node: Node) -> bool:
    if isinstance(node, Atom):
        value = node.value
        if isinstance(value, complex):
            return value.imag == 0
        return isinstance(value, float) and value.is_integer()
    if isinstance(node, Items):
        return node.kind == "frozenset"
    return isinstance(node, Buffer) or _is_made_by(node, _LIKE_OTHERS)


def _is_builtin(node: Node) -> bool:
    return isinstance(node, (Atom, Pairs)) or (isinstance(node, Items) and node.kind != "frozenset")


def _is_number(node: Node) -> bool:
    return _is_made_by(node, _NUMBERS)


def _is_made_by(node: Node, names: Iterable[str]) -> bool:
    return isinstance(node, Call) and public_name(node.function.module, node.function.qualname) in names


def _turns_numbers(expectations: Sequence[Expectation], originals: Originals) -> bool:
    """Whether the function divides, or calls what makes numbers of others."""
    function = expectations[0].case.function
    return any(
        (isinstance(node, (ast.BinOp, ast.AugAssign)) and isinstance(node.op, (ast.Div, ast.FloorDiv)))
        or (isinstance(node, ast.Call) and _called(node.func) in _TURNING)
        or (isinstance(node, ast.Constant) and type(node.value) is float)
        for definition in originals.definitions(function.module, function.qualname)
        for node in ast.walk(definition)
    )


def _called(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""

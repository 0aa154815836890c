"""A long value that a module needs in several places is written once, under a name above its first use.

What can't be changed is a constant; for all else a function makes it afresh each time, so that no test sees what
another did to it.
"""

from __future__ import annotations

import ast
import heapq
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from pytead.values.syntax import call, is_identifier, name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytead.values.source import Renderer

LONG = 120
"""Characters from which a value is worth a name."""

_SPREAD = frozenset({"args", "kwargs", "args_after", "kwargs_after"})
_NAMEABLE = (ast.Call, ast.List, ast.Dict, ast.Set, ast.Tuple, ast.Constant)
_OPEN = (
    ast.Lambda,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
    ast.NamedExpr,
    ast.Await,
    ast.Yield,
)
_MAKERS = frozenset({"rebuild", "fill", "restore"})
_COLLECTIONS = (ast.List, ast.Tuple, ast.Set, ast.Dict)

Owner = int | tuple[str, int]
"""Who uses a value: the number of a place in a case, or a value that has a name itself."""


class _Shape(NamedTuple):
    """All equal expressions.

    Attributes:
        node: the first of them.
        hint: what it is called where it stands: a keyword, a key or a column.
        parts: the shapes of what it is made of.
        size: characters of its source, about.
        is_constant: whether it is made of literals that can't be changed.
        is_closed: whether it means the same anywhere in the module.
    """

    node: ast.AST
    hint: str
    parts: tuple[int, ...]
    size: int
    is_constant: bool
    is_closed: bool


def named_once(body: list[ast.stmt], renderer: Renderer) -> list[ast.stmt]:
    """The tests of a module, with the definitions of what they have in common before the first that needs each.

    Args:
        body: the module's statements; expressions in them are replaced.
        renderer: what the module imports, and which names are taken.
    """
    shapes = _Shapes(renderer)
    places = 0
    pending: dict[int, set[Owner]] = {}
    first: dict[int, int] = {}
    for place, statement in enumerate(body):
        for roots in _cases(statement):
            for hint, root in roots:
                shape = shapes.of(root, hint)
                pending.setdefault(shape, set()).add(places)
                first.setdefault(shape, place)
                places += 1
    named = _worth_a_name(shapes, pending, first)
    if not named:
        return body
    names: dict[int, str] = {}
    for shape in sorted(named):  # shapes are numbered as they are met, what a value is made of before itself
        names[shape] = _name(shapes.known[shape], renderer)
        renderer.reserve(names[shape])
    replacing = _Replacing(shapes, names)
    result: list[ast.stmt] = []
    for place, statement in enumerate(body):
        for shape, identifier in names.items():
            if first[shape] == place:
                known = shapes.known[shape]
                result.append(_definition(identifier, known, replacing.inside(known.node)))
        result.append(replacing.visit(statement))
    return result


def _cases(statement: ast.stmt) -> Iterator[list[tuple[str, ast.expr]]]:
    """The values of each case of a test, with what they are called."""
    if not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return
    for decorator in statement.decorator_list:
        heads, table = decorator.args if isinstance(decorator, ast.Call) else (None, None)
        if isinstance(heads, ast.Constant) and isinstance(table, ast.List):
            columns = str(heads.value).split(", ")
            for row in table.elts:
                if isinstance(row, ast.Call):
                    yield [part for each in zip(columns, row.args, strict=True) for part in _spread(*each)]
    if not statement.decorator_list:
        yield [part for each in statement.body for part in _values(each)]


def _values(statement: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return  # a definition of the program's own
    if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
        yield from _spread(statement.targets[0].id, statement.value)
        return
    for child in ast.iter_child_nodes(statement):
        if isinstance(child, ast.expr):
            yield "", child
        elif isinstance(child, ast.stmt):
            yield from _values(child)


def _spread(column: str, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    if column in _SPREAD and isinstance(value, ast.Tuple):
        yield from (("", each) for each in value.elts)
    elif column in _SPREAD and isinstance(value, ast.Dict):
        yield from ((_key(key), each) for key, each in zip(value.keys, value.values, strict=True))
    else:
        yield column, value


def _key(key: ast.expr | None) -> str:
    return key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else ""


class _Shapes:
    """Expressions with the same source have the same number."""

    def __init__(self, renderer: Renderer) -> None:
        self.known: list[_Shape] = []
        self.numbers: dict[int, int] = {}
        self._renderer = renderer
        self._by_content: dict[tuple[object, ...], int] = {}

    def of(self, node: ast.AST, hint: str = "") -> int:
        content: list[object] = [type(node)]
        parts: list[int] = []
        for field, held in ast.iter_fields(node):
            if isinstance(held, ast.AST):
                parts.append(self.of(held, self._hint(node)))
                content += [field, parts[-1]]
            elif isinstance(held, list):
                hints = [_key(key) for key in node.keys] if isinstance(node, ast.Dict) else [""] * len(held)
                inner = [
                    self.of(each, own) for each, own in zip(held, hints, strict=True) if each is not None
                ]
                parts += inner
                content += [field, tuple(inner), len(held)]
            else:
                content += [field, type(held), repr(held)]
        key = tuple(content)
        number = self._by_content.setdefault(key, len(self.known))
        if number == len(self.known):
            self.known.append(self._shape(node, hint, tuple(parts)))
        self.numbers[id(node)] = number
        return number

    def _hint(self, node: ast.AST) -> str:
        return node.arg or "" if isinstance(node, ast.keyword) else ""

    def _shape(self, node: ast.AST, hint: str, parts: tuple[int, ...]) -> _Shape:
        below = [self.known[part] for part in parts]
        own = 0
        if isinstance(node, ast.Constant):
            own = len(repr(node.value))
        elif isinstance(node, (ast.Name, ast.Attribute, ast.keyword)):
            own = len(
                getattr(node, "id", None) or getattr(node, "attr", None) or getattr(node, "arg", None) or ""
            )
        is_closed = not isinstance(node, _OPEN)
        if isinstance(node, ast.Name):
            is_closed = self._renderer.is_global(node.id)
        is_constant = isinstance(node, (ast.Constant, ast.Tuple, ast.expr_context))
        return _Shape(
            node,
            hint,
            parts,
            own + sum(each.size for each in below) + 2 * isinstance(node, (ast.expr, ast.keyword)),
            is_constant and all(each.is_constant for each in below),
            is_closed and all(each.is_closed for each in below),
        )


def _worth_a_name(shapes: _Shapes, pending: dict[int, set[Owner]], first: dict[int, int]) -> list[int]:
    """The shapes that more than one place or named value uses, from the largest down."""
    waiting = [(-shapes.known[number].size, number) for number in pending]
    heapq.heapify(waiting)
    named: list[int] = []
    while waiting:
        _, number = heapq.heappop(waiting)
        shape, owners = shapes.known[number], pending[number]
        if len(owners) > 1 and shape.size > LONG and shape.is_closed and isinstance(shape.node, _NAMEABLE):
            named.append(number)
            owners = {("value", number)}
        for part in shape.parts:
            if shapes.known[part].size <= LONG:
                continue
            if part not in pending:
                pending[part] = set()
                heapq.heappush(waiting, (-shapes.known[part].size, part))
            pending[part] |= owners
            first[part] = min(first.get(part, first[number]), first[number])
    return named


class _Replacing(ast.NodeTransformer):
    def __init__(self, shapes: _Shapes, names: dict[int, str]) -> None:
        self._shapes = shapes
        self._names = names

    def visit(self, node: ast.AST) -> Any:
        number = self._shapes.numbers.get(id(node))
        if number is None or number not in self._names:
            return self.generic_visit(node)
        made = name(self._names[number])
        return made if self._shapes.known[number].is_constant else call(made)

    def inside(self, node: ast.AST) -> Any:
        """The node itself with what it is made of replaced."""
        return self.generic_visit(node)


def _definition(identifier: str, shape: _Shape, value: Any) -> ast.stmt:
    if shape.is_constant:
        return ast.Assign([ast.Name(identifier, ast.Store())], value)
    definition = ast.parse(f"def {identifier}(): pass").body[0]
    assert isinstance(definition, ast.FunctionDef)
    definition.body = [ast.Return(value)]
    return definition


def _name(shape: _Shape, renderer: Renderer) -> str:
    stem = _word(shape)
    identifier, count = stem, 1
    while not renderer.is_free(identifier):
        count += 1
        identifier = f"{stem}_{count}"
    return identifier


def _word(shape: _Shape) -> str:
    cls = _class(shape.node)
    hint = shape.hint.strip("_")
    is_good_hint = hint.isascii() and is_identifier(hint) and hint not in _COLUMNS
    if shape.is_constant:
        return hint.upper() if is_good_hint else "TEXT" if isinstance(shape.node, ast.Constant) else "VALUES"
    if cls:
        return _snake(cls)
    if is_good_hint:
        return hint.lower()
    if isinstance(shape.node, _COLLECTIONS):
        held = shape.node.values if isinstance(shape.node, ast.Dict) else shape.node.elts
        classes = {_class(each) for each in held}
        if len(classes) == 1 and (only := classes.pop()):
            word = _snake(only)
            return word if word.endswith("s") else f"{word}s"
    return "mapping" if isinstance(shape.node, ast.Dict) else "items"


_COLUMNS = frozenset({"receiver", "receiver_after", "expected", "items", "thrown", "error_args", "value"})
"""Words that say where a value stands and not what it is."""


def _class(node: ast.AST) -> str:
    """The name of what an expression calls; of the class where that is ``rebuild`` or its like."""
    while isinstance(node, ast.Call):
        called = node.func
        word = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        if word not in _MAKERS or not node.args:
            return str(word)
        node = node.args[0]
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _snake(cls: str) -> str:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", cls.strip("_")).lower()
    return words if words.isidentifier() and words.isascii() and not words.startswith("test") else "value"

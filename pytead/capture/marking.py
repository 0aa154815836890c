"""Finds the functions of a module in its source, and has each one wrapped as it is defined.

Every wanted ``def``, and every lambda that is given a name, gets a decorator, innermost, and another one outermost
where it has decorators of its own. The decorator is a string constant in the tree; once the module is compiled, the
constant is replaced in the code object by the callable itself. So no name is added to the module, nothing is looked
up in a class body's namespace (an ``Enum``'s, say), and line numbers stay as they were.
"""

from __future__ import annotations

import ast
import sys
from types import CodeType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytead.names import FunctionKind

SPECIAL = "kind-special"
LOCAL = "kind-local"
"""Slugs of functions that are left as they are."""

UNWATCHED = {
    "__del__": "it runs while an object is torn down, which looking at it could prevent",
    "__getattribute__": "every look at an object runs it",
}
"""Special methods that aren't wrapped, and why."""

IMPLIED: dict[str, type] = {
    "__new__": staticmethod,
    "__init_subclass__": classmethod,
    "__class_getitem__": classmethod,
}
"""What Python makes of these by itself, but only if they are real functions."""

_PREFIX = "\0pytead "
_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")


class Place(NamedTuple):
    """Where an expression stands: a field of a node, or a place in a field that is a list."""

    parent: ast.AST
    field: str
    place: int | None


class Definition(NamedTuple):
    """A ``def``, or a lambda that is given a name, if only as part of something: ``OPERATIONS.<lambda>``.

    Attributes:
        qualname: qualified name inside the module.
        kind: how it is called.
        refusal: slug and reason where functions of its sort are left as they are, else None.
        is_decorated: whether other decorators than those of its kind are around it.
        implied: ``staticmethod`` or ``classmethod`` where Python makes it one by its name alone.
        node: the ``def``, or where the lambda stands.
    """

    qualname: str
    kind: FunctionKind
    refusal: tuple[str, str] | None
    is_decorated: bool
    implied: type | None
    node: ast.FunctionDef | ast.AsyncFunctionDef | Place


class Marks(NamedTuple):
    """What a module's marked definitions call as they are made.

    Attributes:
        inner: ``(function, definition) -> what takes its place``.
        outer: the same for what the function's decorators made.
    """

    inner: Callable[[Any, Definition], Any]
    outer: Callable[[Any, Definition], Any]


def definitions(tree: ast.Module) -> Iterator[Definition]:
    """Every function of a module that can be reached by name, in the order of the source."""
    yield from _definitions(tree, "", in_class=False)


def _definitions(block: ast.AST, prefix: str, *, in_class: bool) -> Iterator[Definition]:
    for field in _BLOCKS:
        statements = getattr(block, field, None)
        if not isinstance(statements, list):
            continue
        for node in statements:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield _definition(node, prefix + node.name, in_class=in_class)
            elif isinstance(node, ast.ClassDef):
                yield from _definitions(node, f"{prefix}{node.name}.", in_class=True)
            elif isinstance(node, (ast.Assign, ast.AnnAssign)):
                target = node.targets[0] if isinstance(node, ast.Assign) else node.target
                if isinstance(target, ast.Name):
                    yield from _lambdas(node, prefix + target.id, in_class=in_class)
            else:
                yield from _definitions(node, prefix, in_class=in_class)


def _definition(node: ast.FunctionDef | ast.AsyncFunctionDef, qualname: str, *, in_class: bool) -> Definition:
    kind: FunctionKind = "method" if in_class else "function"
    refusal: tuple[str, str] | None = None
    if in_class and node.name in UNWATCHED:
        refusal = (SPECIAL, f"{node.name} is left as it is: {UNWATCHED[node.name]}")
    implied = IMPLIED.get(node.name) if in_class else None
    is_decorated = False
    for decorator in node.decorator_list:
        name = _last_name(decorator)
        if in_class and name in _KINDS:
            kind, implied = _KINDS[name], None
        else:
            is_decorated = True
    if implied is not None:
        kind = _KINDS[implied.__name__]
    return Definition(qualname, kind, refusal, is_decorated, implied, node)


_KINDS: dict[str, FunctionKind] = {
    "staticmethod": "staticmethod",
    "classmethod": "classmethod",
    "property": "property",
    "cached_property": "property",
    "setter": "setter",
    "deleter": "deleter",
}


def _lambdas(statement: ast.Assign | ast.AnnAssign, qualname: str, *, in_class: bool) -> Iterator[Definition]:
    if isinstance(statement.value, ast.Lambda):
        kind: FunctionKind = "method" if in_class else "function"
        yield Definition(qualname, kind, None, False, None, Place(statement, "value", None))
        return
    parents: list[Any] = [statement]
    while parents:
        parent = parents.pop()
        for field in _HOLDING[type(parent)]:
            found = getattr(parent, field)
            for index, node in enumerate(found) if type(found) is list else ((None, found),):
                kind_of_node = type(node)
                if kind_of_node in _HOLDING:
                    parents.append(node)
                elif kind_of_node is ast.Lambda:
                    place = Place(parent, field, index)
                    yield Definition(f"{qualname}.<lambda>", "function", None, False, None, place)


_HOLDING: dict[type[ast.AST], tuple[str, ...]] = {
    ast.Assign: ("value",),
    ast.AnnAssign: ("value",),
    ast.Dict: ("values",),
    ast.List: ("elts",),
    ast.Tuple: ("elts",),
    ast.Call: ("args", "keywords"),
    ast.keyword: ("value",),
    ast.Starred: ("value",),
    ast.IfExp: ("body", "orelse"),
    ast.BoolOp: ("values",),
}
"""What of a value is looked at for lambdas."""


class Unnamed(NamedTuple):
    """A function that no name of the module leads to by itself: inside a function, or a lambda in an expression.

    Attributes:
        maker: qualified name of the function that makes it; empty for the module and its classes.
        qualname: its own.
        line: where its code begins.
    """

    maker: str
    qualname: str
    line: int


def unnamed(code: CodeType, prefix: str = "", maker: str = "") -> Iterator[Unnamed]:
    """Those in the code of a module."""
    for inner in code.co_consts:
        if not isinstance(inner, CodeType):
            continue
        name = inner.co_name
        if name.startswith("<") and name != "<lambda>":  # a comprehension, or the parameters of a generic
            yield from unnamed(inner, prefix, maker)
        elif not inner.co_flags & _OPTIMIZED:
            yield from unnamed(inner, f"{prefix}{name}.", maker)
        elif not name.startswith("__annotate"):
            if maker or name == "<lambda>":
                yield Unnamed(maker, prefix + name, inner.co_firstlineno)
            yield from unnamed(inner, f"{prefix}{name}.<locals>.", maker or prefix + name)


_OPTIMIZED = 1
"""Flag of the code of functions, which that of classes lacks."""


def _is_kind(definition: Definition, decorator: ast.expr) -> bool:
    """Whether the decorator only says how the function is called; what others make is wrapped below it."""
    return "." in definition.qualname and _last_name(decorator) in _KINDS


def _last_name(decorator: ast.expr) -> str:
    if isinstance(decorator, ast.Attribute):
        return decorator.attr
    return decorator.id if isinstance(decorator, ast.Name) else ""


def compile_marked(
    tree: ast.Module, filename: str, wants: Callable[[Definition], bool], marks: Marks
) -> tuple[CodeType, list[Definition]]:
    """Compile a module whose wanted definitions call ``marks`` as they are made.

    Args:
        tree: the module's syntax tree; decorators are added to it.
        filename: as the code objects shall name it.
        wants: which definitions to mark.
        marks: what they call.

    Raises:
        SyntaxError, ValueError, RecursionError: whatever compiling the tree raises by itself.
    """
    wanted = [definition for definition in definitions(tree) if wants(definition)]
    callables: dict[str, Any] = {}
    for number, definition in enumerate(wanted):
        inner = f"{_PREFIX}{number}"
        callables[inner] = _Bound(marks.inner, definition)
        if isinstance(definition.node, Place):
            _mark_lambda(definition.node, inner)
            continue
        decorators = definition.node.decorator_list
        if definition.is_decorated:
            outer = f"{inner} outer"
            callables[outer] = _Bound(marks.outer, definition)
            first = next(index for index, node in enumerate(decorators) if not _is_kind(definition, node))
            decorators.insert(first, _constant_at(outer, decorators[0]))
        decorators.append(_constant_at(inner, definition.node))
    code = compile(tree, filename, "exec", dont_inherit=True)
    return _with_callables(code, callables), wanted


class _Bound:
    """A mark and the definition it is for: what a decorator's constant is replaced by."""

    __slots__ = ("_definition", "_mark")

    def __init__(self, mark: Callable[[Any, Definition], Any], definition: Definition) -> None:
        self._mark = mark
        self._definition = definition

    def __call__(self, made: Any) -> Any:
        return self._mark(made, self._definition)

    __matmul__ = __call__


def _mark_lambda(where: Place, mark: str) -> None:
    """``mark @ (lambda: ...)``: calling a constant would make the compiler warn."""
    parent, field, index = where
    value: ast.expr = getattr(parent, field) if index is None else getattr(parent, field)[index]
    constant = ast.copy_location(ast.Constant(mark), value)
    marked = ast.copy_location(ast.BinOp(constant, ast.MatMult(), value), value)
    if index is None:
        setattr(parent, field, marked)
    else:
        getattr(parent, field)[index] = marked


def _constant_at(text: str, place: ast.AST) -> ast.Constant:
    """A constant on ``place``'s first line, so that the function begins where it did."""
    line = getattr(place, "lineno", 1)
    column = getattr(place, "col_offset", 0)
    return ast.Constant(text, lineno=line, col_offset=column, end_lineno=line, end_col_offset=column)


def _with_callables(code: CodeType, callables: dict[str, Any]) -> CodeType:
    """The code of a module or class body with its marks' constants replaced."""
    changed = False
    constants: list[Any] = []
    for constant in code.co_consts:
        new = constant
        if isinstance(constant, str) and constant.startswith(_PREFIX):
            new = callables.get(constant, constant)
        elif isinstance(constant, CodeType):
            new = _with_callables(constant, callables)
        changed = changed or new is not constant
        constants.append(new)
    return code.replace(co_consts=tuple(constants)) if changed else code


def is_unheld(made: object) -> bool:
    """Whether nothing but the call of an outer mark under way holds ``made``, a decorator's result.

    Call it from the mark itself: the count is that of a value passed through two calls.
    """
    return sys.getrefcount(made) <= _UNHELD


def _count_of_fresh_result() -> int:
    counts: list[int] = []

    def mark(made: object, definition: Definition) -> object:
        counts.append(_count(made))
        return made

    def _count(made: object) -> int:
        return sys.getrefcount(made)

    (node,) = ast.parse("def f(): pass").body
    assert isinstance(node, ast.FunctionDef)
    bound = _Bound(mark, Definition("f", "function", None, True, None, node))
    namespace: dict[str, Any] = {}
    source = "def decorator(f):\n    def made(): pass\n    return made\n@''\n@decorator\ndef f(): pass\n"
    code = compile(source, "<probe>", "exec", dont_inherit=True)
    exec(code.replace(co_consts=tuple(bound if c == "" else c for c in code.co_consts)), namespace)
    return counts[0]


_UNHELD = _count_of_fresh_result()

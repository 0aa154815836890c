"""Finds the functions of a module in its source, and has each one wrapped as it is defined.

Every ``def``, and every lambda that is given a name, gets a decorator, innermost, and another one outermost where it
has decorators of its own. The decorator is a string constant in the tree; once the module is compiled, the
constant is replaced in the code object by the callable itself. So no name is added to the module, nothing is looked
up in a class body's namespace (an ``Enum``'s, say), and line numbers stay as they were.

Which functions are wanted is asked when the callables are put in: up to there the code depends on the source alone,
and can be kept for the next run, whatever its targets.
"""

from __future__ import annotations

import ast
import sys
from functools import partial
from types import CodeType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    from pytead.names import FunctionKind

    _Plan: TypeAlias = tuple[tuple[int, "int | _Plan"], ...]

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


class _Nothing(partial):  # type: ignore[type-arg]
    """The mark of what isn't wanted."""

    __slots__ = ()
    __matmul__ = partial.__call__


_NOTHING: Any = _Nothing({}.get, None)
"""Returns what it is given, and leaves no frame."""
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
        is_implied: whether Python makes it a static or class method by its name alone.
        node: the ``def``, or where the lambda stands; None in what was compiled before.
    """

    qualname: str
    kind: FunctionKind
    refusal: tuple[str, str] | None
    is_decorated: bool
    is_implied: bool = False
    node: ast.FunctionDef | ast.AsyncFunctionDef | Place | None = None


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
    is_implied = in_class and node.name in IMPLIED
    is_decorated = False
    for decorator in node.decorator_list:
        name = _last_name(decorator)
        if in_class and name in _KINDS:
            kind, is_implied = _KINDS[name], False
        else:
            is_decorated = True
    if is_implied:
        kind = _KINDS[IMPLIED[node.name].__name__]
    return Definition(qualname, kind, refusal, is_decorated, is_implied, node)


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
        yield Definition(qualname, kind, None, False, False, Place(statement, "value", None))
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
                    yield Definition(f"{qualname}.<lambda>", "function", None, False, False, place)


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


class MarkedCode(NamedTuple):
    """A module's code in which every definition calls a mark as it is made; ``bind`` says which marks do something.

    It holds nothing but what ``marshal`` writes.

    Attributes:
        code: the module's code; a text stands where each mark will be.
        plan: where in ``co_consts`` they stand: pairs of an index and what is there, twice the definition's place in
            ``definitions`` for its inner mark, one more for the outer one, or a nested code object's own plan.
        definitions: each marked definition's fields, without the node.
        unnamed: the fields of the functions that no name leads to.
    """

    code: CodeType
    plan: _Plan
    definitions: tuple[tuple[Any, ...], ...]
    unnamed: tuple[tuple[str, str, int], ...]

    def bind(self, wants: Callable[[Definition], bool], marks: Marks) -> tuple[CodeType, list[str]]:
        """The code with its marks in place, and the qualified names of the functions that are marked.

        Args:
            wants: which definitions to mark; the marks of others return what they are given.
            marks: what the marked ones call.
        """
        callables: list[Any] = []
        wanted = []
        for fields in self.definitions:
            definition = Definition(*fields)
            if wants(definition):
                wanted.append(definition.qualname)
                callables.append(_Bound(marks.inner, fields))
                callables.append(_Bound(marks.outer, fields) if definition.is_decorated else None)
            else:
                callables += _NOTHING, _NOTHING
        return _with_callables(self.code, self.plan, callables), wanted


def mark(tree: ast.Module, filename: str) -> MarkedCode:
    """Compile a module so that every function that a name leads to can be wrapped as it is made.

    Args:
        tree: the module's syntax tree; decorators are added to it.
        filename: as the code objects shall name it.

    Raises:
        SyntaxError, ValueError, RecursionError: whatever compiling the tree raises by itself.
    """
    found = insert_marks(tree)
    return marked(compile(tree, filename, "exec", dont_inherit=True), found)


def insert_marks(tree: ast.Module) -> list[Definition]:
    """Add marks to a module's syntax tree; what it is compiled to is for ``marked``."""
    found = list(definitions(tree))
    for number, definition in enumerate(found):
        inner, outer = f"{_PREFIX}{2 * number}", f"{_PREFIX}{2 * number + 1}"
        node = definition.node
        assert node is not None
        if isinstance(node, Place):
            _mark_lambda(node, inner)
            continue
        decorators = node.decorator_list
        if definition.is_decorated:
            first = next(index for index, one in enumerate(decorators) if not _is_kind(definition, one))
            decorators.insert(first, _constant_at(outer, decorators[0]))
        decorators.append(_constant_at(inner, node))
    return found


def marked(code: CodeType, found: list[Definition]) -> MarkedCode:
    """What a tree with marks was compiled to, and where in it they are."""
    nameless = tuple((one.maker, one.qualname, one.line) for one in unnamed(code))
    return MarkedCode(code, _plan_of(code), tuple(tuple(one._replace(node=None)) for one in found), nameless)


class _Bound:
    """A mark and the definition it is for: what a decorator's constant is replaced by."""

    __slots__ = ("_fields", "_mark")

    def __init__(self, mark: Callable[[Any, Definition], Any], fields: tuple[Any, ...]) -> None:
        self._mark = mark
        self._fields = fields

    def __call__(self, made: Any) -> Any:
        return self._mark(made, Definition(*self._fields))

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


def _plan_of(code: CodeType) -> _Plan:
    plan: list[tuple[int, Any]] = []
    for index, constant in enumerate(code.co_consts):
        if isinstance(constant, str) and constant.startswith(_PREFIX):
            plan.append((index, int(constant[len(_PREFIX) :])))
        elif isinstance(constant, CodeType):
            inside = _plan_of(constant)
            if inside:
                plan.append((index, inside))
    return tuple(plan)


def _with_callables(code: CodeType, plan: _Plan, callables: list[Any]) -> CodeType:
    """The code of a module or class body with its marks in place."""
    constants = list(code.co_consts)
    for index, mark in plan:
        if isinstance(mark, int):
            constants[index] = callables[mark]
        else:
            constants[index] = _with_callables(constants[index], mark, callables)
    return code.replace(co_consts=tuple(constants))


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

    bound = _Bound(mark, Definition("f", "function", None, True))
    namespace: dict[str, Any] = {}
    source = "def decorator(f):\n    def made(): pass\n    return made\n@''\n@decorator\ndef f(): pass\n"
    code = compile(source, "<probe>", "exec", dont_inherit=True)
    exec(code.replace(co_consts=tuple(bound if c == "" else c for c in code.co_consts)), namespace)
    return counts[0]


_UNHELD = _count_of_fresh_result()

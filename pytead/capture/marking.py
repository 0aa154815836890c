"""Finds the functions of a module in its source, and has each one wrapped as it is defined.

Every ``def`` gets a decorator, innermost, and another one outermost where it has decorators of its own.
The decorator is a string constant in the tree; once the module is compiled, the constant is replaced in the code
object by the callable itself. So no name is added to the module, nothing is looked up in a class body's
namespace (an ``Enum``'s, say), and line numbers stay as they were.

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

UNWATCHED = "kind-special"
"""Slug of the functions that are left as they are."""

_PREFIX = "\0pytead "
_NOTHING: Any = partial({}.get, None)
"""Returns what it is given, and leaves no frame."""
_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")
_UNWATCHED = frozenset(
    {
        "__new__", "__init_subclass__", "__class_getitem__",
        "__init__", "__del__", "__getattr__", "__getattribute__", "__setattr__", "__delattr__", "__get__", "__set__",
        "__delete__", "__set_name__", "__prepare__", "__instancecheck__", "__subclasscheck__", "__subclasshook__",
        "__reduce__", "__reduce_ex__", "__getstate__", "__setstate__", "__getnewargs__", "__getnewargs_ex__",
        "__repr__", "__hash__", "__copy__", "__deepcopy__", "__sizeof__", "__dir__",
    }
)  # fmt: skip
"""Special methods that aren't wrapped: Python makes the first three static or class methods by itself, but only if
they are real functions; the others are called on objects that are half made, or by recording itself."""


def is_unwatched(name: str) -> bool:
    """Whether it is a special method that is left as it is."""
    return name in _UNWATCHED


class Definition(NamedTuple):
    """A ``def`` that a name leads to.

    Attributes:
        qualname: qualified name inside the module.
        kind: how it is reached.
        refusal: slug and reason where functions of its sort aren't recorded, else None.
        is_decorated: whether other decorators than those of its kind are around it.
        node: the definition; None in what was compiled before.
    """

    qualname: str
    kind: FunctionKind
    refusal: tuple[str, str] | None
    is_decorated: bool
    node: ast.FunctionDef | ast.AsyncFunctionDef | None = None


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
            else:
                yield from _definitions(node, prefix, in_class=in_class)


def _definition(node: ast.FunctionDef | ast.AsyncFunctionDef, qualname: str, *, in_class: bool) -> Definition:
    kind: FunctionKind = "method" if in_class else "function"
    refusal: tuple[str, str] | None = None
    if in_class and node.name in _UNWATCHED:
        refusal = (UNWATCHED, f"{node.name} isn't recorded yet")
    is_decorated = False
    for decorator in node.decorator_list:
        name = _last_name(decorator)
        if in_class and name == "staticmethod":
            kind = "staticmethod"
        elif in_class and name == "classmethod":
            kind = "classmethod"
        elif in_class and name in ("property", "cached_property"):
            kind = "property"
        elif in_class and name in ("setter", "deleter"):
            kind = "property"
            refusal = (f"kind-{name}", f"property {name}s aren't recorded yet")
        else:
            is_decorated = True
    return Definition(qualname, kind, refusal, is_decorated, node)


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
    """

    code: CodeType
    plan: _Plan
    definitions: tuple[tuple[Any, ...], ...]

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
        node = definition.node
        assert node is not None
        decorators = node.decorator_list
        if definition.is_decorated:
            decorators.insert(0, _constant_at(f"{_PREFIX}{2 * number + 1}", decorators[0]))
        decorators.append(_constant_at(f"{_PREFIX}{2 * number}", node))
    return found


def marked(code: CodeType, found: list[Definition]) -> MarkedCode:
    """What a tree with marks was compiled to, and where in it they are."""
    return MarkedCode(code, _plan_of(code), tuple(tuple(one._replace(node=None)) for one in found))


class _Bound:
    """A mark and the definition it is for: what a decorator's constant is replaced by."""

    __slots__ = ("_fields", "_mark")

    def __init__(self, mark: Callable[[Any, Definition], Any], fields: tuple[Any, ...]) -> None:
        self._mark = mark
        self._fields = fields

    def __call__(self, made: Any) -> Any:
        return self._mark(made, Definition(*self._fields))


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

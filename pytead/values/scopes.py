"""A definition moved to another place: every free name in it is replaced by what it means there.

Which names are free follows Python's own rules of scope: parameters, assignments, comprehensions, class bodies,
``global`` and ``nonlocal``.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from pytead.values.bindings import absolute, names_bound
from pytead.values.syntax import CannotRender

if TYPE_CHECKING:
    from collections.abc import Callable

_SEEING = frozenset(("eval", "exec", "globals", "locals", "vars", "super"))
"""Builtins that see the place they are called at."""


class _Scope:
    def __init__(self, bound: set[str], *, is_class: bool = False) -> None:
        self.bound = bound
        self.is_class = is_class
        self.outer: set[str] = set()


class Mover(ast.NodeTransformer):
    """Rewrites a copy of a definition.

    Args:
        what: the definition, for reasons.
        variables: free variables of its closure to the names that stand for them.
        resolve: gives the expression for a global name, None to leave a builtin as it is.
        module: the module that it stands in, for relative imports, and whether that is a package.
        owner: the class that it stands in, for private names.
        keeps_annotations: False to write them as strings, as ``from __future__ import annotations`` does.
    """

    def __init__(
        self,
        what: str,
        variables: dict[str, str],
        resolve: Callable[[str], ast.expr | None],
        module: tuple[str, bool],
        owner: str,
        keeps_annotations: bool,
    ) -> None:
        self._what = what
        self._variables = variables
        self._resolve = resolve
        self._module = module
        self._owner = owner.lstrip("_")
        self._keeps_annotations = keeps_annotations
        self._scopes: list[_Scope] = []

    def moved(self, node: Any) -> Any:
        """The definition with its names replaced; raises ``CannotRender`` for one that can't be moved."""
        if self._owner:
            _Mangler(self._owner).visit(node)
        return self.visit(node)

    # Names.

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return node if self._is_bound(node.id) else self._free(node)

    def _is_bound(self, name: str) -> bool:
        *around, innermost = self._scopes or [_Scope(set())]
        return name in innermost.bound or any(name in scope.bound for scope in around if not scope.is_class)

    def _free(self, node: ast.Name) -> ast.expr:
        if node.id in ("super", "__class__") and any(scope.is_class for scope in self._scopes):
            return node  # of the class that is moved along
        if node.id in self._variables:
            return self._checked(ast.Name(self._variables[node.id], node.ctx))
        if not isinstance(node.ctx, ast.Load):
            raise self._refused(f"sets the global {node.id}")
        if node.id == "__class__":
            raise self._refused("uses __class__")
        replacement = self._resolve(node.id)
        if replacement is not None:
            return self._checked(replacement)
        if node.id in _SEEING:
            raise self._refused(f"calls {node.id}()")
        return node

    def _checked(self, expression: ast.expr) -> ast.expr:
        """The expression, whose own name must not mean something else in here."""
        root: Any = expression
        while isinstance(root, ast.Attribute):
            root = root.value
        if isinstance(root, ast.Name) and self._is_bound(root.id):
            raise self._refused(f"has a variable of its own called {root.id}")
        return expression

    def _refused(self, why: str) -> CannotRender:
        return CannotRender("value-free-name", f"{self._what} {why}, so it can't stand in a test")

    def visit_Global(self, node: ast.Global) -> ast.stmt:
        raise self._refused(f"declares {', '.join(node.names)} global")

    def visit_Nonlocal(self, node: ast.Nonlocal) -> ast.stmt:
        inner = [scope for scope in self._scopes[:-1] if not scope.is_class]
        node.names = [
            name if any(name in scope.bound for scope in inner) else self._variables.get(name, name)
            for name in node.names
        ]
        return node

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.stmt:
        if node.level:
            node.module, node.level = absolute(node, *self._module) or None, 0
            if not node.module:
                raise self._refused("imports from outside of its package")
        return node

    # Scopes.

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.stmt:
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.stmt:
        return self._function(node)

    def _function(self, node: Any) -> ast.stmt:
        if getattr(node, "type_params", None):
            raise self._refused("has type parameters")
        node.decorator_list = [self.visit(each) for each in node.decorator_list]
        self._arguments(node.args)
        if node.returns:
            node.returns = self._annotation(node.returns)
        self._scopes.append(_function_scope(node.args, node.body))
        node.body = self._statements(node.body)
        self._scopes.pop()
        return node  # type: ignore[no-any-return]

    def visit_Lambda(self, node: ast.Lambda) -> ast.expr:
        self._arguments(node.args)
        self._scopes.append(_function_scope(node.args, [node.body]))
        node.body = self.visit(node.body)
        self._scopes.pop()
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.stmt:
        if getattr(node, "type_params", None):
            raise self._refused("has type parameters")
        node.decorator_list = [self.visit(each) for each in node.decorator_list]
        node.bases = [self.visit(each) for each in node.bases]
        node.keywords = [self.visit(each) for each in node.keywords]
        self._scopes.append(_declared(_Scope(names_bound(node.body), is_class=True), node.body))
        node.body = self._statements(node.body)
        self._scopes.pop()
        return node

    def _statements(self, body: list[ast.stmt]) -> list[ast.stmt]:
        return [self.visit(each) for each in body]

    def _arguments(self, node: ast.arguments) -> None:
        node.defaults = [self.visit(each) for each in node.defaults]
        node.kw_defaults = [each and self.visit(each) for each in node.kw_defaults]
        for arg in _all_arguments(node):
            if arg.annotation:
                arg.annotation = self._annotation(arg.annotation)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.stmt:
        node.target = self.visit(node.target)
        if self._scopes and not self._scopes[-1].is_class:
            node.annotation = ast.Constant(ast.unparse(node.annotation))  # never evaluated inside a function
        else:
            node.annotation = self._annotation(node.annotation)
        node.value = node.value and self.visit(node.value)
        return node

    def _annotation(self, node: ast.expr) -> ast.expr:
        if self._keeps_annotations:
            annotation: ast.expr = self.visit(node)
            return annotation
        return ast.Constant(ast.unparse(node))

    def visit_ListComp(self, node: ast.ListComp) -> ast.expr:
        return self._comprehension(node)

    def visit_SetComp(self, node: ast.SetComp) -> ast.expr:
        return self._comprehension(node)

    def visit_DictComp(self, node: ast.DictComp) -> ast.expr:
        return self._comprehension(node)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> ast.expr:
        return self._comprehension(node)

    def _comprehension(self, node: Any) -> ast.expr:
        first, *rest = node.generators
        first.iter = self.visit(first.iter)
        self._scopes.append(_Scope(names_bound([each.target for each in node.generators])))
        first.target = self.visit(first.target)
        first.ifs = [self.visit(each) for each in first.ifs]
        node.generators = [first, *(self.visit(each) for each in rest)]
        for field in ("elt", "key", "value"):
            if hasattr(node, field):
                setattr(node, field, self.visit(getattr(node, field)))
        self._scopes.pop()
        return node  # type: ignore[no-any-return]


def _all_arguments(node: ast.arguments) -> list[ast.arg]:
    single = [each for each in (node.vararg, node.kwarg) if each]
    return [*node.posonlyargs, *node.args, *node.kwonlyargs, *single]


def _function_scope(args: ast.arguments, body: Any) -> _Scope:
    bound = names_bound(body) | {each.arg for each in _all_arguments(args)}
    return _declared(_Scope(bound), body)


def _declared(scope: _Scope, body: list[Any]) -> _Scope:
    """The scope with what ``global`` and ``nonlocal`` in its own statements say."""
    waiting = list(body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.Global, ast.Nonlocal)):
            scope.outer.update(node.names)
        elif not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.expr)):
            waiting += ast.iter_child_nodes(node)
    scope.bound -= scope.outer
    return scope


class _Mangler(ast.NodeTransformer):
    """Writes private names as the compiler does inside the class."""

    def __init__(self, owner: str) -> None:
        self._owner = owner

    def _mangled(self, name: str) -> str:
        is_private = name.startswith("__") and not name.endswith("__") and "." not in name
        return f"_{self._owner}{name}" if is_private else name

    def visit_Name(self, node: ast.Name) -> ast.expr:
        node.id = self._mangled(node.id)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        node.attr = self._mangled(node.attr)
        self.generic_visit(node)
        return node

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.arg = self._mangled(node.arg)
        self.generic_visit(node)
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.stmt:
        return node  # has private names of its own

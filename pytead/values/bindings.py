"""What the names of a module's source are bound to, as far as its text says."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

Origin = tuple[str, str]
"""Module and name in it; no name for the module itself."""


def bindings_of(tree: ast.Module, module: str, is_package: bool) -> dict[str, Origin]:
    """Every name that the module binds, with where to import it from.

    What the module has from one plain import statement comes from where that has it; everything else, and
    what several statements bind, from the module itself. ``*`` is among them where something is imported so.
    """
    found: dict[str, Origin] = {}
    for statement in tree.body:
        for name, origin in _bound(statement, module, is_package):
            found[name] = (module, name) if name in found or origin is None else origin
    return found


def absolute(node: ast.ImportFrom, module: str, is_package: bool) -> str:
    """The module that a ``from`` statement inside ``module`` imports from."""
    if not node.level:
        return node.module or ""
    parts = module.split(".")
    kept = len(parts) - node.level + is_package
    return ".".join([*parts[:kept], *([node.module] if node.module else [])]) if kept > 0 else ""


def _bound(node: ast.stmt, module: str, is_package: bool) -> Iterator[tuple[str, Origin | None]]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            top = alias.name.partition(".")[0]
            # ``import a.b`` binds ``a``, which is whole only once ``a.b`` is imported
            plain = (alias.name, "") if alias.asname or top == alias.name else None
            yield alias.asname or top, plain
    elif isinstance(node, ast.ImportFrom):
        source = absolute(node, module, is_package)
        for alias in node.names:
            yield alias.asname or alias.name, (source, alias.name) if source else None
    elif isinstance(node, (ast.If, ast.Try, ast.With, ast.For, ast.While)) or hasattr(node, "cases"):
        if isinstance(node, ast.If) and _is_type_checking(node.test):
            yield from _all_below(node.orelse)
        else:
            yield from _all_below([node])
    else:
        yield from _all_below([node])


def _is_type_checking(test: ast.expr) -> bool:
    name = test.attr if isinstance(test, ast.Attribute) else test.id if isinstance(test, ast.Name) else ""
    return name == "TYPE_CHECKING"


def _all_below(nodes: list[ast.stmt]) -> Iterator[tuple[str, Origin | None]]:
    for node in nodes:
        for name in names_bound([node]):
            yield name, None


def names_bound(nodes: list[ast.stmt] | list[ast.expr]) -> set[str]:
    """The names that some statements bind in the scope they stand in."""
    found: set[str] = set()
    waiting: list[ast.AST] = list(nodes)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name):
            if not isinstance(node.ctx, ast.Load):
                found.add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.add(node.name)
            inner = [*node.decorator_list]
            if isinstance(node, ast.ClassDef):
                inner += [*node.bases, *(each.value for each in node.keywords)]
            else:
                inner += [each for each in (*node.args.defaults, *node.args.kw_defaults) if each]
            waiting += inner
        elif isinstance(node, ast.Lambda):
            waiting += [each for each in (*node.args.defaults, *node.args.kw_defaults) if each]
        elif isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
            waiting.append(node.generators[0].iter)
            found |= {
                each.target.id
                for each in ast.walk(node)
                if isinstance(each, ast.NamedExpr) and isinstance(each.target, ast.Name)
            }
        else:
            if isinstance(node, ast.alias):
                found.add(node.asname or node.name.partition(".")[0])
            elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
                found.add(node.name)
            elif isinstance(node, ast.MatchMapping) and node.rest:
                found.add(node.rest)
            waiting += ast.iter_child_nodes(node)
    return found

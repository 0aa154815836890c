"""Which parameter of a constructor each attribute comes from, as the source of the class shows it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from pytead.values.source import CannotRender, Renderer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytead.values.nodes import Node

_DATACLASS = frozenset({"dataclass"})
_ATTRS = frozenset({"define", "frozen", "mutable", "s", "attrs", "attributes"})
_LITERALS = (ast.Constant, ast.List, ast.Tuple, ast.Dict, ast.Set, ast.UnaryOp)


def keywords_of(
    definition: ast.ClassDef, attributes: Sequence[tuple[str, Node]]
) -> list[tuple[str, Node]] | None:
    """The keyword arguments that an object with these attributes may have been made with; None if that isn't shown.

    Args:
        definition: of the class; in a plain one its own ``__init__`` says where each attribute comes from, or it is
            called like a parameter; in a dataclass or attrs class each is a field that ``__post_init__`` doesn't set.
        attributes: of the object.
    """
    init = _method(definition, "__init__")
    if init is not None and init.args.posonlyargs + init.args.args:
        return _of_init(init, definition.name, dict(attributes))
    made_by = {_last_word(each) for each in definition.decorator_list}
    if made_by & (_DATACLASS | _ATTRS):
        return _of_fields(definition, attributes, has_bare_names=bool(made_by & _ATTRS))
    return None


def _of_init(init: ast.FunctionDef, owner: str, attributes: dict[str, Node]) -> list[tuple[str, Node]] | None:
    given = init.args
    if given.posonlyargs[1:] or given.vararg or given.kwarg or init.decorator_list:
        return None
    receiver, *positional = given.posonlyargs + given.args
    parameters = [each.arg for each in (*positional, *given.kwonlyargs)]
    defaults = dict(zip(parameters[: len(positional)][::-1], given.defaults[::-1], strict=False))
    defaults |= {
        each.arg: value
        for each, value in zip(given.kwonlyargs, given.kw_defaults, strict=True)
        if value is not None
    }
    sources = {_mangled(name, owner): value for name, value in _set(init, receiver.arg)}
    taken: dict[str, Node] = {}
    for name, node in attributes.items():
        value = sources.get(name)
        used = {each.id for each in ast.walk(value) if isinstance(each, ast.Name)} if value else set()
        used &= set(parameters)
        namesake = name.removeprefix(f"_{owner.lstrip('_')}__").lstrip("_")
        if isinstance(value, ast.Name) and used:
            taken[value.id] = node
        elif len(used) == 1:
            taken.setdefault(used.pop(), node)
        elif namesake in parameters:  # ``self._major = parts["major"]``, or set in a branch
            taken.setdefault(namesake, node)
        elif value is None:
            return None  # nobody knows where it comes from
        elif isinstance(value, _LITERALS) and not used and not _is(node, value):
            return None
    if any(name not in taken and name not in defaults for name in parameters):
        return None
    wanted = [name for name in parameters if name in taken]
    return [
        (name, taken[name]) for name in wanted if name not in defaults or not _is(taken[name], defaults[name])
    ]


def _of_fields(
    definition: ast.ClassDef, attributes: Sequence[tuple[str, Node]], *, has_bare_names: bool
) -> list[tuple[str, Node]] | None:
    derived = set()
    for statement in definition.body:
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            if "InitVar" in ast.dump(statement.annotation):
                return None
            options = statement.value.keywords if isinstance(statement.value, ast.Call) else []
            if any(each.arg == "init" for each in options):
                derived.add(statement.target.id)
    later = _method(definition, "__attrs_post_init__" if has_bare_names else "__post_init__")
    if later is not None and later.args.args:
        fields = {
            each.target.id
            for each in definition.body
            if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
        }
        derived |= {name for name, _ in _set(later, later.args.args[0].arg) if name not in fields}
    return [
        (name.lstrip("_") if has_bare_names else name, node)
        for name, node in attributes
        if name not in derived
    ]


def _set(function: ast.FunctionDef, receiver: str) -> Iterator[tuple[str, ast.expr]]:
    """What a method sets of its receiver, whatever happens."""
    for statement in function.body:
        value = statement.value if isinstance(statement, (ast.Assign, ast.AnnAssign)) else None
        if value is None:
            continue
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]  # type: ignore[attr-defined]
        for target in targets:
            if (
                isinstance(target, ast.Attribute)
                and isinstance(target.value, ast.Name)
                and target.value.id == receiver
            ):
                yield target.attr, value


def _method(definition: ast.ClassDef, name: str) -> ast.FunctionDef | None:
    found = [each for each in definition.body if isinstance(each, ast.FunctionDef) and each.name == name]
    return found[0] if len(found) == 1 else None


def _is(node: Node, literal: ast.expr) -> bool:
    """Whether a literal of the source is the value."""
    try:
        return ast.dump(Renderer().expression(node)) == ast.dump(literal)
    except CannotRender:
        return False


def _mangled(name: str, owner: str) -> str:
    bare = owner.lstrip("_")
    is_private = name.startswith("__") and not name.endswith("__") and bare
    return f"_{bare}{name}" if is_private else name


def _last_word(node: ast.expr) -> str:
    node = node.func if isinstance(node, ast.Call) else node
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")

"""Functions, methods and types that aren't simply a name: bound methods, partials, ``int | None``."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from pytead.values.arguments import atoms, attributes_of
from pytead.values.nodes import Atom, Call, Instance, Items, Reference
from pytead.values.permitted import DATA_MODULES, PUBLIC_MODULES, is_standard, may_have
from pytead.values.syntax import CannotRender, attribute, call, is_identifier, name, scalar

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytead.values.writer import Writer

_ATTRIBUTE_OWNERS = frozenset(
    ("re", "datetime", "decimal", "fractions", "collections", "string", "uuid", "logging", "operator")
)
"""Modules of the standard library whose objects may have their methods passed around."""


def _attribute_of(writer: Writer, node: Call) -> ast.expr | None:
    """``getattr(owner, "method")``: a bound method."""
    if len(node.args) != 2 or node.kwargs or not isinstance(node.args[1], Atom):
        raise CannotRender("value-forbidden", "getattr may only be called by a value to give a method")
    owner, wanted = node.args[0], node.args[1].value
    if type(wanted) is not str or not is_identifier(wanted) or not may_have(wanted):
        raise CannotRender("value-forbidden", f"no value may have the attribute {wanted!r} of an object")
    if isinstance(owner, Reference):
        return writer.renderer.permitted(
            Reference(owner.module, f"{owner.qualname}.{wanted}".lstrip("."), "function")
        )
    made = owner.function if isinstance(owner, Call) else owner.cls if isinstance(owner, Instance) else None
    if made is not None and is_standard(made.module):
        module = PUBLIC_MODULES.get(made.module, made.module)
        if module not in _ATTRIBUTE_OWNERS and module not in DATA_MODULES:
            raise CannotRender("value-forbidden", f"no value may have {wanted!r} of a {made.dotted}")
    return attribute(writer.write(owner), wanted)


def _resolved(writer: Writer, node: Call) -> ast.expr | None:
    """``pkgutil.resolve_name("module:qualname")``: what has that name."""
    args = atoms(node.args)
    if not args or len(args) != 1 or type(args[0]) is not str or node.kwargs:
        raise CannotRender("value-forbidden", "pkgutil.resolve_name may not be called by a value")
    module, _, qualname = args[0].partition(":")
    return writer.renderer.permitted(Reference(module, qualname, "function"))


def _singleton_type(writer: Writer, node: Call) -> ast.expr | None:
    args = atoms(node.args)
    if not args or len(args) != 1 or not (args[0] is None or args[0] is ... or args[0] is NotImplemented):
        raise CannotRender("value-forbidden", "builtins.type may not be called by a value")
    return call(name("type"), [scalar(args[0])])


def _alias(writer: Writer, node: Call) -> ast.expr | None:
    """``list[int]`` and ``Optional[int]``."""
    owner = node.args[0] if len(node.args) == 2 else None
    is_typing = isinstance(owner, Reference) and owner.module in ("typing", "collections.abc")
    if not isinstance(owner, Reference) or (node.function.dotted == "operator.getitem" and not is_typing):
        raise CannotRender("value-forbidden", f"{node.function.dotted} may not be called by a value")
    inside = node.args[1]
    if isinstance(inside, Items) and inside.kind == "tuple" and len(inside.items) == 1:
        inside = inside.items[0]
    if owner.dotted == "typing.Union" and isinstance(inside, Items):
        nothing = ("types.NoneType", "builtins.NoneType")
        is_none = [isinstance(each, Reference) and each.dotted in nothing for each in inside.items]
        members = zip(is_none, inside.items, strict=True)
        inside = Items("tuple", [Atom(None) if none else each for none, each in members])
    return ast.Subscript(writer.write(owner), writer.write(inside), ast.Load())


def _union(writer: Writer, node: Call) -> ast.expr | None:
    allowed = (Reference, Call)
    if len(node.args) != 2 or not all(isinstance(each, allowed) for each in node.args):
        raise CannotRender("value-forbidden", f"{node.function.dotted} may not be called by a value")
    left, right = writer.writes(node.args)
    return ast.BinOp(left, ast.BitOr(), right)


def _reduced_union(writer: Writer, node: Call) -> ast.expr | None:
    """``functools.reduce(operator.or_, (int, str))``: how ``int | str`` pickles."""
    function, members = node.args if len(node.args) == 2 else (None, None)
    if not isinstance(function, Reference) or function.qualname != "or_" or not isinstance(members, Items):
        raise CannotRender("value-forbidden", "functools.reduce may not be called by a value")
    if len(members.items) < 2 or not all(isinstance(each, (Reference, Call)) for each in members.items):
        raise CannotRender("value-forbidden", "functools.reduce may not be called by a value")
    joined, *rest = writer.writes(members.items)
    for each in rest:
        joined = ast.BinOp(joined, ast.BitOr(), each)
    return joined


def _partial(writer: Writer, node: Call) -> ast.expr | None:
    """``functools.partial`` from its state ``(function, args, keywords, attributes)``."""
    state = node.state
    if not isinstance(state, Items) or len(state.items) != 4:
        return None
    function, args, keywords, rest = state.items
    attributes, named = attributes_of(rest), attributes_of(keywords)
    if not isinstance(args, Items) or named is None or attributes is None:
        raise CannotRender("value-state", "a functools.partial with an odd state")
    made = call(
        writer.renderer.reference("functools", "partial"),
        writer.writes([function, *args.items]),
        writer.keywords(named),
    )
    return call(writer.replay("fill"), [made], writer.keywords(attributes)) if attributes else made


def _condition(writer: Writer, node: Call) -> ast.expr | None:
    """The lock that a condition makes for itself isn't written."""
    lock = node.args[0] if len(node.args) == 1 else None
    if (
        isinstance(lock, Call)
        and lock.function.dotted == "threading.RLock"
        and id(lock) not in writer.variables
    ):
        return call(writer.renderer.reference("threading", "Condition"))
    return None


KNOWN: dict[str, Callable[[Writer, Call], ast.expr | None]] = {
    "builtins.getattr": _attribute_of,
    "builtins.type": _singleton_type,
    "functools.partial": _partial,
    "functools.reduce": _reduced_union,
    "threading.Condition": _condition,
    "operator.getitem": _alias,
    "operator.or_": _union,
    "pkgutil.resolve_name": _resolved,
    "collections.abc._CallableGenericAlias": _alias,
    "types.GenericAlias": _alias,
}

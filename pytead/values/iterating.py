"""Iterators, views of dicts and matches, as calls that give them again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytead.values.arguments import atoms
from pytead.values.nodes import Atom, Call, Items, Node, Pairs
from pytead.values.syntax import CannotRender, attribute, call, name

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable

    from pytead.values.writer import Writer


def iterated(writer: Writer, node: Node) -> Node:
    """What an iterator goes over, where asking that for an iterator gives the same."""
    is_iterator = isinstance(node, Call) and node.function.dotted == "builtins.iter"
    if not isinstance(node, Call) or not is_iterator or id(node) in writer.variables:
        return node
    if node.state is None:
        return node.args[0] if len(node.args) == 1 else node
    return _left(writer, node, reverse=False) or node


def _iter(writer: Writer, node: Call) -> ast.expr | None:
    """``iter([2, 3])``: what is left, where nothing else holds what it goes over."""
    left = _left(writer, node, reverse=False)
    return None if left is None else call(name("iter"), [writer.write(left)])


def _reversed(writer: Writer, node: Call) -> ast.expr | None:
    left = _left(writer, node, reverse=True)
    return None if left is None else call(name("reversed"), [writer.write(left)])


def _left(writer: Writer, node: Call, *, reverse: bool) -> Node | None:
    owner, place = node.args[0] if len(node.args) == 1 else None, node.state
    if not isinstance(place, Atom) or type(place.value) is not int or owner is None or place.value < -1:
        return None
    part = slice(place.value + 1) if reverse else slice(place.value, None)
    if isinstance(owner, Items) and owner.kind in ("list", "tuple") and id(owner) not in writer.variables:
        return Items(owner.kind, owner.items[part])
    if isinstance(owner, Atom) and type(owner.value) in (str, bytes):
        return Atom(owner.value[part])
    return owner if place.value == 0 and not reverse else None


def _lazy(writer: Writer, node: Call) -> ast.expr | None:
    """``zip``, ``map`` and the like, which ask what they are given for an iterator themselves."""
    args = [iterated(writer, each) for each in node.args]
    kind = node.function.qualname
    if kind == "enumerate" and len(args) == 2 and isinstance(args[1], Atom) and args[1].value == 0:
        args.pop()
    state = node.state
    kwargs: list[tuple[str, Node]] = []
    if kind == "zip" and isinstance(state, Atom) and state.value is True:
        kwargs, state = [("strict", state)], None
    made = call(name(kind), writer.writes(args), writer.keywords(kwargs))
    return writer.completed(made, Call(node.function, state=state))


def _of_itertools(writer: Writer, node: Call) -> ast.expr | None:
    """Those with a state go on from where they were."""
    state = node.state
    if isinstance(state, Atom) and state.value in (0, False):
        state = None  # not started
    callee = writer.renderer.reference("itertools", node.function.qualname)
    return writer.completed(call(callee, writer.writes(node.args)), Call(node.function, state=state))


def _view(writer: Writer, node: Call) -> ast.expr | None:
    if len(node.args) != 1 or node.kwargs or node.state is not None:
        raise CannotRender("value-forbidden", "a view is of one dict")
    owner, method = node.args[0], node.function.qualname.partition(".")[2]
    is_plain = isinstance(owner, Pairs) or (
        isinstance(owner, Call) and owner.function.module == "collections"
    )
    if is_plain:
        return call(attribute(writer.write(owner), method))
    return call(attribute(name("dict"), method), [writer.write(owner)])


def _match(writer: Writer, node: Call) -> ast.expr | None:
    pattern, *rest = node.args
    is_pattern = isinstance(pattern, Call) and pattern.function.dotted in ("re.compile", "re._compile")
    if not is_pattern or not rest or atoms(rest[1:]) is None or node.kwargs or len(rest) > 3:
        raise CannotRender("value-forbidden", f"{node.function.dotted} may not be called by a value")
    method = node.function.qualname.partition(".")[2]
    return call(attribute(writer.write(pattern), method), writer.writes(rest))


def _cache(writer: Writer, node: Call) -> ast.expr | None:
    """``lru_cache(maxsize=128)(function)``."""
    settings = atoms(node.args[1:])
    if not node.args or settings is None or len(settings) > 2 or node.kwargs or node.state is not None:
        raise CannotRender("value-forbidden", "functools.lru_cache may not be called by a value")
    sizes = zip(("maxsize", "typed"), node.args[1:], strict=False)
    decorator = call(writer.renderer.reference("functools", "lru_cache"), [], writer.keywords(sizes))
    return call(decorator, [writer.write(node.args[0])])


_ITERTOOLS = (
    "accumulate batched chain combinations combinations_with_replacement compress count cycle dropwhile filterfalse "
    "groupby islice pairwise permutations product repeat starmap takewhile zip_longest"
)
KNOWN: dict[str, Callable[[Writer, Call], ast.expr | None]] = {
    "builtins.iter": _iter,
    "builtins.reversed": _reversed,
    "builtins.enumerate": _lazy,
    "builtins.filter": _lazy,
    "builtins.map": _lazy,
    "builtins.zip": _lazy,
    "builtins.dict.items": _view,
    "builtins.dict.keys": _view,
    "builtins.dict.values": _view,
    "functools.lru_cache": _cache,
    "re.Pattern.match": _match,
    "re.Pattern.search": _match,
    **{f"itertools.{each}": _of_itertools for each in _ITERTOOLS.split()},
}

"""Iterators of builtin types by what they have left, and views of dicts.

Their own C reductions say it without advancing anything. Those of ``itertools`` are deprecated from 3.12 on, so
warnings are off meanwhile, and gone in 3.14: then such an iterator can't be rebuilt.
"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any, cast

from pytead.values.marks import call
from pytead.values.reducers.foreign import looking_away
from pytead.values.reducers.introspect import is_python_class, type_name
from pytead.values.reducers.names import NO_KWARGS, Reduction, is_bound, made_by, unrebuildable

if TYPE_CHECKING:
    from collections.abc import Callable

_OVER: tuple[Any, ...] = (
    [], (), "", "\xe9", b"", bytearray(), range(0), range(1 << 70), set(), {}, {}.values(), {}.items(),
)  # fmt: skip
_REVERSED: tuple[Any, ...] = ([], {}, {}.values(), {}.items(), range(0))
BY_CONTENT: tuple[type, ...] = (
    *dict.fromkeys([type(iter(each)) for each in _OVER] + [type(reversed(each)) for each in _REVERSED]),
)
"""Iterators over a builtin container or its reverse."""

_LAZY: tuple[type, ...] = (enumerate, zip, map, filter, reversed, type(iter(int, 1)))


_ALSO = frozenset(
    {
        *(
            (module, f"_deque_{word}iterator")
            for module in ("collections", "_collections")
            for word in ("", "reverse_")
        ),
        ("array", "arrayiterator"),
        ("", "odict_iterator"),
    }
)
"""Those of modules that need not be loaded."""


def iterator_handler(cls: type) -> Callable[[Any], Reduction] | None:
    """The handler of a builtin iterator type; None for all others."""
    if any(cls is known for known in (*BY_CONTENT, *_LAZY)):
        return _reduce_iterator
    for base, handler in HANDLERS.items():
        if not is_python_class(cls) and issubclass(cls, base):
            return cast("Callable[[Any], Reduction]", handler)  # of an OrderedDict
    module, _, name = type_name(cls).rpartition(".")
    if (module, name) in _ALSO:
        return _reduce_iterator
    if module == "itertools" and is_bound(module, name, cls):
        return _reduce_iterator
    return None


def _reduce_iterator(value: Any) -> Reduction:
    cls = type(value)
    try:
        with looking_away():
            function, args, *state = value.__reduce__()
    except TypeError:
        return unrebuildable(cls, "value-iterator", f"a {type_name(cls)} doesn't show what it has left")
    if function is cls and "_deque_" in cls.__name__:
        (items, place), is_reverse = args, "reverse" in cls.__name__
        return made_by("builtins:iter", list(reversed(items) if is_reverse else items)[place:])
    module = "builtins" if function is iter else cls.__module__
    reduction = call, (f"{module}:{function.__name__}", tuple(args), NO_KWARGS)
    return (*reduction, *state) if state and state[0] is not None else reduction


def _view(method: str) -> Callable[[Any], Reduction]:
    def reduce_view(value: Any) -> Reduction:
        held = gc.get_referents(value)
        if len(held) != 1 or not issubclass(type(held[0]), dict):
            return unrebuildable(type(value), "value-view", "a view that doesn't show its dict")
        return made_by(f"builtins:dict.{method}", held[0])

    return reduce_view


HANDLERS: dict[type, Any] = {
    type({}.keys()): _view("keys"),
    type({}.values()): _view("values"),
    type({}.items()): _view("items"),
}

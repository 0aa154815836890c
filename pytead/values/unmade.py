"""Freezing the arguments of what makes an object: before such a call the object is there, but isn't made yet.

Attributes can be read at any time. But a reduction that a library wrote for its objects fails on one without its
parts, and then would be taken for one that always fails; one in C may do worse.
"""

from __future__ import annotations

from typing import Any

from pytead.values.marks import instance
from pytead.values.reducers import handlers
from pytead.values.reducers.hooks import reduction_of, state_hooks_of
from pytead.values.reducers.introspect import (
    foreign_base,
    has_hidden_state,
    once_a_class,
    registered_reduction,
    type_key,
)
from pytead.values.reducers.libraries import library_handler
from pytead.values.reducers.named import class_name, why_unnamed
from pytead.values.reducers.names import Reduction, unrebuildable
from pytead.values.reducers.own import has_reducer


class _Unmade:
    """Stands for an object that has nothing but its class yet."""

    __slots__ = ("cls",)

    def __init__(self, cls: type) -> None:
        self.cls = cls


def with_unmade(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """The arguments of a method that makes its receiver, to be frozen before the call or after it has failed."""
    if args and (has_reducer(type(args[0])) or _is_asked(type(args[0]))):
        return (_Unmade(type(args[0])), *args[1:])
    return args


@once_a_class
def _is_asked(cls: type) -> bool:
    """Whether its objects are frozen by more than reading their attributes and builtin content."""
    base = foreign_base(cls)
    key = type_key(base)
    if base is not object and key is not None and key[0] == "builtins":
        return False
    return (
        has_hidden_state(cls)
        or library_handler(cls) is not None
        or registered_reduction(cls) is not None
        or reduction_of(cls)[0] is not None
        or bool(state_hooks_of(cls)[0])
    )


def _reduce_unmade(value: _Unmade) -> Reduction:
    name = class_name(value.cls)
    return (instance, (name, 0), {}) if name else unrebuildable(value.cls, *why_unnamed(value.cls))


handlers[id(_Unmade)] = _reduce_unmade

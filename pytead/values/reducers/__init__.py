"""How each type is written: one small function a type, chosen once for a class and remembered.

A reduction is what pickle writes for an object; those made here call nothing but the names in ``marks``.
"""

from __future__ import annotations

from _weakref import ref
from collections.abc import Callable
from typing import Any

from pytead.values.reducers.containers import content_handler, exception_handler
from pytead.values.reducers.enums import enum_handler, is_enum
from pytead.values.reducers.foreign import REDUCTIONS, foreign_handler
from pytead.values.reducers.introspect import (
    foreign_base,
    has_hidden_state,
    is_wrapt_proxy,
    own_method,
    registered_reduction,
    type_name,
)
from pytead.values.reducers.kinds import kind_handler, kind_of
from pytead.values.reducers.named import (
    HANDLERS,
    Reduction,
    class_name,
    reduce_class,
    reduce_proxy,
    remembering,
    unrebuildable,
    why_unnamed,
)
from pytead.values.reducers.objects import has_readable_attributes, plain_handler
from pytead.values.reducers.standard import BY_TYPE, standard_handler

Handler = Callable[[Any], Reduction]

handlers: dict[int, Handler] = {}
"""Identity of a class to its handler. By identity, since a metaclass may define ``__hash__``; handlers hold
no class, and an entry goes when its class does."""

_guards: dict[int, Any] = {}


def choose_handler(cls: type) -> Handler:
    """Decides how objects of exactly this class are written, and remembers it where the decision is final."""
    handler, is_final = _decide(cls)
    if is_final:
        _remember(cls, handler)
    return handler


def _remember(cls: type, handler: Handler) -> None:
    ident = id(cls)

    def forget(dead: object) -> None:
        handlers.pop(ident, None)
        _guards.pop(ident, None)

    _guards[ident] = ref(cls, forget)
    handlers[ident] = handler


def _give_up(cls: type, reduction: Reduction) -> None:
    def reduce_failed(value: Any) -> Reduction:
        return reduction

    _remember(cls, reduce_failed)


def _native(value: Any) -> Any:
    return NotImplemented


def _decide(cls: type) -> tuple[Handler, bool]:
    """The handler, and whether it holds for as long as the class lives."""
    if cls is bytearray:
        return _native, True
    for known, handler in (*HANDLERS.items(), *BY_TYPE.items()):
        if cls is known:
            return handler, True
    if is_wrapt_proxy(cls):
        return remembering(reduce_proxy), True
    if issubclass(cls, type):
        return remembering(reduce_class), True
    standard = standard_handler(cls)
    if standard:
        return standard, True
    kind = kind_of(cls)
    if kind:
        return kind_handler(cls, kind), True
    name = class_name(cls)
    if not name:
        slug, reason = why_unnamed(cls)
        reduction = unrebuildable(cls, slug, reason)
        return (lambda value: reduction), slug == "value-local-class"
    return _decide_named(cls, name), True


def _decide_named(cls: type, name: str) -> Handler:
    if is_enum(cls):
        return enum_handler(name)
    if not has_readable_attributes(cls):
        reduction = unrebuildable(
            cls, "value-unreadable", f"{type_name(cls)} hides the attributes of its objects"
        )
        return lambda value: reduction
    base = foreign_base(cls)
    if issubclass(base, BaseException):
        return exception_handler(cls, name)
    if not own_method(cls, REDUCTIONS) and registered_reduction(cls) is None:
        if base is object and not has_hidden_state(cls):
            return plain_handler(cls, name)
        if base is not cls and (handler := content_handler(cls, name, base)):
            return handler
    return foreign_handler(cls, _give_up)

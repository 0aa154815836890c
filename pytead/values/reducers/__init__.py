"""How each type is written: one small function a type, chosen once for a class and remembered.

A reduction is what pickle writes for an object; those made here call nothing but the names in ``marks``.
"""

from __future__ import annotations

from _weakref import ref
from collections.abc import Callable
from types import BuiltinFunctionType
from typing import Any

from pytead.values.reducers import furniture, generators, iterators
from pytead.values.reducers.classes import is_local, local_handler
from pytead.values.reducers.containers import content_handler, exception_handler
from pytead.values.reducers.enums import enum_handler, is_enum
from pytead.values.reducers.foreign import Refused, callable_name, foreign_handler, guarded
from pytead.values.reducers.introspect import foreign_base, has_hidden_state, is_wrapt_proxy, type_name
from pytead.values.reducers.kinds import kind_handler, kind_of
from pytead.values.reducers.libraries import library_handler
from pytead.values.reducers.named import (
    HANDLERS,
    class_name,
    pause_after,
    reduce_builtin,
    reduce_class,
    reduce_proxy,
    remembering,
    why_unnamed,
)
from pytead.values.reducers.names import Made, Reduction, unrebuildable
from pytead.values.reducers.objects import has_readable_attributes
from pytead.values.reducers.own import changed, own_handler
from pytead.values.reducers.standard import BY_TYPE, standard_handler

Handler = Callable[[Any], Reduction]

handlers: dict[int, Handler] = {}
"""Identity of a class to its handler. By identity, since a metaclass may define ``__hash__``; handlers hold
no class, and an entry goes when its class does."""

_guards: dict[int, Any] = {}


def choose_handler(cls: type) -> Handler:
    """Decides how objects of exactly this class are written, and remembers it."""
    handler = _decide(cls)
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
    _remember(cls, _always(reduction))


def _keep_trying(cls: type, reduction: Reduction) -> None:
    """A reducer that failed for one object is asked again for the next."""


def _forget(cls: type) -> None:
    handlers.pop(id(cls), None)


changed.append(_forget)


def _always(reduction: Reduction) -> Handler:
    def reduce_alike(value: Any) -> Reduction:
        return reduction

    return reduce_alike


def _for_now(reduction: Reduction, looks: int) -> Handler:
    """``reduction`` for a while, then the class is looked at again: see ``pause_after``."""
    left = 1 + pause_after(looks)

    def reduce_for_now(value: Any) -> Reduction:
        nonlocal left
        if left:
            left -= 1
            return reduction
        handler = _decide(type(value), looks + 1)
        _remember(type(value), handler)
        return handler(value)

    return reduce_for_now


def _native(value: Any) -> Any:
    return NotImplemented


def _made(value: Any) -> Reduction:
    reduction: Reduction = value.reduction
    return reduction


handlers[id(bytearray)] = _native
handlers[id(Made)] = _made
handlers.update(
    (id(known), handler)
    for known, handler in (
        *HANDLERS.items(),
        *BY_TYPE.items(),
        *generators.HANDLERS.items(),
        *iterators.HANDLERS.items(),
    )
)


def _decide(cls: type, looks: int = 1) -> Handler:
    if is_wrapt_proxy(cls):
        return remembering(reduce_proxy)
    if issubclass(cls, type):
        return remembering(reduce_class)
    if issubclass(cls, BuiltinFunctionType):
        return reduce_builtin  # a method that is told the class that defines it
    own = own_handler(cls, Refused, callable_name)
    if own:
        return guarded(cls, own, _keep_trying)
    standard = standard_handler(cls)
    if standard:
        return standard
    live = iterators.iterator_handler(cls) or furniture.furniture_handler(cls)
    if live:
        return live
    kind = kind_of(cls)
    if kind:
        return kind_handler(cls, kind)
    name = class_name(cls)
    if not name:
        if is_local(cls) and not is_enum(cls):
            return local_handler(_decide_named, cls)
        slug, reason = why_unnamed(cls)
        reduction = unrebuildable(cls, slug, reason)
        return _always(reduction) if slug == "value-local-class" else _for_now(reduction, looks)
    return _decide_named(cls, name)


def _decide_named(cls: type, name: str) -> Handler:
    if is_enum(cls):
        return enum_handler(name)
    known = library_handler(cls)
    if known:
        return guarded(cls, known, _give_up)
    if not has_readable_attributes(cls):
        return _always(
            unrebuildable(cls, "value-unreadable", f"{type_name(cls)} hides the attributes of its objects")
        )
    base = foreign_base(cls)
    if issubclass(base, BaseException):
        return exception_handler(cls, name)
    if base is not cls and (handler := content_handler(cls, name, base)):
        return handler
    return foreign_handler(cls, name, has_hidden_state(cls), _give_up)

"""Django: a model that wasn't saved yet by the values of its fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytead.values.marks import CONSTRUCTOR, instance
from pytead.values.reducers.introspect import attribute, look_up
from pytead.values.reducers.named import class_name
from pytead.values.reducers.objects import plain_handler

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytead.values.reducers.names import Reduction


def handler_of(cls: type, base: type, key: tuple[str, str]) -> Callable[[Any], Reduction] | None:
    if key != ("django.db.models.base", "Model") or cls is base:
        return None
    if any(look_up(cls, name) is not look_up(base, name) for name in ("__init__", "__new__", "__setattr__")):
        return None
    options: Any = look_up(cls, "_meta")
    fields = {field.attname: field for field in options.concrete_fields}
    name, plain = class_name(cls), plain_handler(cls, class_name(cls))

    def reduce_model(value: Any) -> Reduction:
        held, state = attribute(value, "__dict__"), attribute(value, "_state")
        is_new = vars(state) in ({}, {"db": None, "adding": True})
        if type(held) is not dict or not is_new or set(held) != {"_state", *fields}:
            return plain(value)
        given = {}
        for each, field in fields.items():
            default = None if callable(field.default) else field.get_default()
            if type(held[each]) is not type(default) or held[each] != default:
                given[each] = held[each]
        return instance, (name, CONSTRUCTOR), given

    return reduce_model

"""``msgspec.Struct``: its constructor with the fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytead.values.marks import CONSTRUCTOR, VALUE_EQUALITY, instance
from pytead.values.reducers.introspect import MISSING, look_up, own_method
from pytead.values.reducers.named import class_name
from pytead.values.reducers.names import Reduction, unrebuildable

if TYPE_CHECKING:
    from collections.abc import Callable

_of_struct: Callable[[type, str], Any] = type.__getattribute__
"""What the metaclass, which is written in C, knows of a class."""


def handler_of(cls: type, base: type, key: tuple[str, str]) -> Callable[[Any], Reduction] | None:
    if key[1] != "Struct" or cls is base or own_method(cls, ("__init__", "__new__", "__post_init__")):
        return None
    if look_up(cls, "__dictoffset__") not in (0, MISSING):
        return None
    config: Any = _of_struct(cls, "__struct_config__")
    is_compared = getattr(config, "eq", False) and not own_method(cls, ("__eq__",))
    head = class_name(cls), CONSTRUCTOR | (VALUE_EQUALITY if is_compared else 0)
    fields = _of_struct(cls, "__struct_fields__")

    def reduce_struct(value: Any) -> Reduction:
        try:
            return instance, head, {name: object.__getattribute__(value, name) for name in fields}
        except AttributeError:
            return unrebuildable(type(value), "value-unpicklable", "a field of it isn't set")

    return reduce_struct

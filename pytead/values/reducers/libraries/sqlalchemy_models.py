"""SQLAlchemy: a mapped object by the values of its columns and of what was loaded with it.

Of the two ends of a relationship the list is written; what it holds learns of its owner as it did in the program.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytead.values.marks import CONSTRUCTOR, instance
from pytead.values.reducers.introspect import MISSING, attribute, look_up, type_key
from pytead.values.reducers.named import class_name
from pytead.values.reducers.names import Reduction, unrebuildable

if TYPE_CHECKING:
    from collections.abc import Callable

STATE = "_sa_instance_state"


def mapped_handler(cls: type) -> Callable[[Any], Reduction] | None:
    """The handler of a mapped class; None for all others."""
    if look_up(cls, "_sa_class_manager") is MISSING:
        return None
    name, module = class_name(cls), attribute(look_up(cls, "__init__"), "__module__")
    head = name, CONSTRUCTOR

    def reduce_mapped(value: Any) -> Reduction:
        held = attribute(value, "__dict__")
        if type(held) is not dict or STATE not in held:
            return instance, (name, 0), held if type(held) is dict else {}
        if not str(module).partition(".")[0].startswith(("sqlalchemy", "sqlmodel")):
            reason = "a mapped object whose constructor is the program's own"
            return unrebuildable(type(value), "value-unpicklable", reason)
        given = attribute(value, "__pydantic_fields_set__")  # of SQLModel
        written = {}
        for key, found in held.items():
            if key == STATE or (type(given) is set and found is None and key not in given):
                continue
            if _is_collection(found):
                written[key] = list.__getitem__(found, slice(None))
            elif not _holds(found, value):
                written[key] = found
        return instance, head, written

    return reduce_mapped


def _is_collection(value: Any) -> bool:
    return type_key(type(value)) == ("sqlalchemy.orm.collections", "InstrumentedList")


def _holds(owner: Any, value: Any) -> bool:
    """Whether ``owner`` is the mapped object that holds this one in a list, and so tells it of itself."""
    held = attribute(owner, "__dict__")
    if type(held) is not dict or STATE not in held:
        return False
    return any(
        each is value for found in held.values() if _is_collection(found) for each in list.__iter__(found)
    )

"""Enum members, by their names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytead.values.marks import member
from pytead.values.reducers.introspect import MISSING, look_up, mro_of, namespace_of, type_key
from pytead.values.reducers.names import Reduction, made_by

if TYPE_CHECKING:
    from collections.abc import Callable

_METACLASSES = (("enum", "EnumMeta"), ("enum", "EnumType"))


def is_enum(cls: type) -> bool:
    """Whether it is a class of members; asked without ``enum`` being imported."""
    metaclass = type(cls)
    if metaclass is type:
        return False
    enumerates = any(type_key(klass) in _METACLASSES for klass in mro_of(metaclass))
    return enumerates and type(look_up(cls, "_member_map_")) is dict


def enum_handler(name: str) -> Callable[[Any], Reduction]:
    """For members of the class called ``name`` (``module:qualname``)."""

    known: dict[int, Reduction] = {}  # of members, which live as long as their class

    def reduce_member(value: Any) -> Reduction:
        if id(value) in known:
            return known[id(value)]
        members = namespace_of(type(value))["_member_map_"]
        attributes = object.__getattribute__(value, "__dict__")
        own_name = attributes.get("_name_")
        if type(own_name) is str and members.get(own_name) is value:
            reduction = known[id(value)] = (member, (name, (own_name,)))
            return reduction
        content = attributes.get("_value_", MISSING)
        names = _single_bits(members, content)
        if names:
            return member, (name, names)
        return made_by(name, content)

    return reduce_member


def _single_bits(members: dict[str, Any], value: Any) -> tuple[str, ...]:
    """Names of the one-bit members that together are exactly ``value``; empty if there are none."""
    if type(value) is not int or value <= 0:
        return ()
    names = []
    for name, found in members.items():
        bit = object.__getattribute__(found, "__dict__").get("_value_")
        if type(bit) is int and bit > 0 and bit & (bit - 1) == 0 and value & bit:
            names.append(name)
            value ^= bit
    return () if value else tuple(names)

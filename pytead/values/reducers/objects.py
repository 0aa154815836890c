"""Objects of classes that a program wrote in Python: their attributes and slots, read past its code."""

from __future__ import annotations

from collections.abc import Callable
from types import MemberDescriptorType
from typing import Any

from pytead.values.marks import instance
from pytead.values.reducers.constants import reduce_constant
from pytead.values.reducers.fields import promise_of
from pytead.values.reducers.introspect import (
    MISSING,
    has_instance_dict,
    has_readable_dict,
    is_shadowed,
    look_up,
    mro_of,
    namespace_of,
    slot_names,
)
from pytead.values.reducers.named import reduce_named_object
from pytead.values.reducers.names import Reduction

Handler = Callable[[Any], Reduction]
_raw_getattr = object.__getattribute__


def has_readable_attributes(cls: type) -> bool:
    """False for the odd class that puts something of its own in the place of ``__dict__``."""
    return not has_instance_dict(cls) or has_readable_dict(cls)


def attribute_reader(cls: type) -> Callable[[Any], dict[Any, Any]]:
    """A function that gives the attributes of an object of exactly this class, slots included.

    It may give the object's own dict. It holds no reference to the class.
    """
    names = slot_names(cls)
    slots = tuple(name for name in names if not is_shadowed(cls, name))
    shadowed = tuple(name for name in names if is_shadowed(cls, name))
    has_dict = has_instance_dict(cls)

    def read_dict(value: Any) -> dict[Any, Any]:
        attributes = _raw_getattr(value, "__dict__")
        return attributes if type(attributes) is dict else dict(dict.items(attributes))

    raw_getattr = _raw_getattr
    has_plain_access = (
        look_up(cls, "__getattribute__") is _raw_getattr and look_up(cls, "__getattr__") is MISSING
    )

    def read_plain_slots(value: Any) -> dict[Any, Any]:
        attributes = {}
        for name in slots:
            found = getattr(value, name, MISSING)  # which makes no exception for what was never set
            if found is not MISSING:
                attributes[name] = found
        if has_dict:
            attributes.update(read_dict(value))
        return attributes

    def read_slots(value: Any) -> dict[Any, Any]:
        attributes = {}
        for name in slots:
            try:
                attributes[name] = raw_getattr(value, name)
            except AttributeError:  # never set, or deleted
                continue
        for name in shadowed:
            found = _shadowed_slot(value, name)
            if found is not MISSING:
                attributes[name] = found
        if has_dict:
            attributes.update(read_dict(value))
        return attributes

    def read_nothing(value: Any) -> dict[Any, Any]:
        return {}

    if names:
        return read_plain_slots if has_plain_access and not shadowed else read_slots
    return read_dict if has_dict else read_nothing


def _shadowed_slot(value: Any, name: str) -> Any:
    """The slot of a base class behind something that has taken its name."""
    for klass in mro_of(type(value)):
        found = namespace_of(klass).get(name)
        if type(found) is MemberDescriptorType:
            try:
                return found.__get__(value)
            except AttributeError:  # never set, or deleted
                break
    return MISSING


def plain_handler(cls: type, name: str) -> Handler:
    """For a class that leaves pickling to ``object``.

    Args:
        name: ``module:qualname`` of the class.
    """
    read = attribute_reader(cls)
    plain = (name, 0)
    promise = promise_of(cls)

    def reduce_plain(value: Any) -> Reduction:
        attributes = read(value)
        if not attributes and (named := reduce_constant(value)):  # nothing but its identity counts
            return named
        if "__qualname__" in attributes and (named := reduce_named_object(value, attributes)):
            return named
        return instance, plain, attributes

    if promise is None:
        return reduce_plain

    promised = (name, promise.flags)
    names = promise.names
    in_any_order = sorted(names)
    words = dict(zip(names, promise.words, strict=False))

    def reduce_promised(value: Any) -> Reduction:
        attributes = read(value)
        for key in attributes:
            if type(key) is not str:
                return instance, plain, attributes
        if tuple(attributes) == names or sorted(attributes) == in_any_order:
            if words:
                return instance, promised, {words[name]: found for name, found in attributes.items()}
            return instance, promised, attributes
        return instance, plain, attributes

    return reduce_promised

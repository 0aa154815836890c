"""Which classes promise that calling them with their attributes as keywords gives an equal object.

Dataclasses, attrs classes and named tuples do, as long as nobody added a hand-written step to the way in.
"""

from __future__ import annotations

from types import FunctionType, MemberDescriptorType
from typing import TYPE_CHECKING, Any, NamedTuple

from pytead.values.marks import CONSTRUCTOR, VALUE_EQUALITY
from pytead.values.reducers.introspect import (
    MISSING,
    is_generated,
    is_python_class,
    is_wrapt_proxy,
    look_up,
    mro_of,
    namespace_of,
    type_key,
    unwrapped,
)

if TYPE_CHECKING:
    from collections.abc import Iterable


class Promise(NamedTuple):
    """What holds for an object whose attributes are exactly ``names``; ``flags`` are those of ``marks``."""

    flags: int
    names: tuple[str, ...]
    words: tuple[str, ...] = ()  # the parameters, where they are called otherwise


def promise_of(cls: type) -> Promise | None:
    """The promise of a dataclass or attrs class; None for others and for one that promises nothing."""
    for klass in mro_of(cls):
        namespace = namespace_of(klass)
        if "__dataclass_fields__" in namespace:
            return _of_dataclass(cls, klass)
        if "__attrs_attrs__" in namespace:
            return _of_attrs(cls, klass)
    return None


def _of_dataclass(cls: type, owner: type) -> Promise | None:
    namespace = namespace_of(owner)
    fields, params = namespace["__dataclass_fields__"], namespace.get("__dataclass_params__")
    if type(fields) is not dict or not _is_of(params, "dataclasses", "_DataclassParams"):
        return None
    if not all(_is_of(field, "dataclasses", "Field") for field in fields.values()):
        return None
    kinds = {field._field_type.name for field in fields.values()}
    real = [field for field in fields.values() if field._field_type.name == "_FIELD"]
    names = tuple(field.name for field in real)
    flags = 0
    if (
        params.init
        and _comes_from(cls, "__init__", owner)
        and look_up(cls, "__post_init__") is MISSING
        and "_FIELD_INITVAR" not in kinds
        and all(field.init for field in real)
        and _sets_plainly(cls, names)
    ):
        flags |= CONSTRUCTOR
    if params.eq and _comes_from(cls, "__eq__", owner) and all(field.compare for field in real):
        flags |= VALUE_EQUALITY
    return Promise(flags, names) if flags else None


def _of_attrs(cls: type, owner: type) -> Promise | None:
    fields = tuple.__getitem__(namespace_of(owner)["__attrs_attrs__"], slice(None))
    if not all(_is_of(field, "attr._make", "Attribute") for field in fields):
        return None
    names = tuple(field.name for field in fields)
    flags = 0
    if (
        _comes_from(cls, "__init__", owner)
        and look_up(cls, "__attrs_post_init__") is MISSING
        and look_up(cls, "__attrs_pre_init__") is MISSING
        and all(field.init and field.converter is None for field in fields)
        and _sets_plainly(cls, names)
    ):
        flags |= CONSTRUCTOR
    if _comes_from(cls, "__eq__", owner) and all(field.eq and field.eq_key is None for field in fields):
        flags |= VALUE_EQUALITY
    words = tuple(getattr(field, "alias", None) or field.name.lstrip("_") for field in fields)
    if not flags & CONSTRUCTOR or words == names:
        words = ()
    return Promise(flags, names, words) if flags else None


def named_tuple_promise(cls: type) -> Promise | None:
    """The promise of a class made by ``namedtuple`` or ``NamedTuple``; None for other tuples."""
    for klass in mro_of(cls):
        fields = namespace_of(klass).get("_fields")
        if fields is None:
            continue
        new = namespace_of(klass).get("__new__")
        if type(new) is not staticmethod and type(new) is not FunctionType:
            return None
        if type(fields) is not tuple or not all(type(name) is str for name in fields):
            return None
        flags = 0
        if _comes_from(cls, "__new__", klass) and not _is_written(cls, "__init__"):
            flags |= CONSTRUCTOR
        if not _is_written(cls, "__eq__"):
            flags |= VALUE_EQUALITY
        return Promise(flags, fields) if flags & CONSTRUCTOR else None
    return None


def _comes_from(cls: type, method: str, owner: type) -> bool:
    """Whether the method that objects of ``cls`` use is the one that was generated for ``owner``."""
    found = unwrapped(look_up(cls, method))
    return found is unwrapped(namespace_of(owner).get(method)) and is_generated(found)


def _is_written(cls: type, method: str) -> bool:
    return any(is_python_class(klass) and method in namespace_of(klass) for klass in mro_of(cls))


def _sets_plainly(cls: type, names: Iterable[str]) -> bool:
    """Whether making an object and setting its attributes runs no code that somebody wrote."""
    for method in ("__new__", "__setattr__"):
        for klass in mro_of(cls):
            written = namespace_of(klass).get(method) if is_python_class(klass) else None
            if written is not None and not is_generated(written):
                return False
    for name in names:
        found: Any = look_up(cls, name)
        if found is MISSING or type(found) is MemberDescriptorType:
            continue
        # A default that is a function, or a wrapper of ours around one, is only a default.
        if type(found) is FunctionType or (
            is_wrapt_proxy(type(found)) and type(unwrapped(found)) is FunctionType
        ):
            continue
        if look_up(type(found), "__set__") is not MISSING or look_up(type(found), "__get__") is not MISSING:
            return False
    return True


def _is_of(value: object, module: str, qualname: str) -> bool:
    return type_key(type(value)) == (module, qualname)

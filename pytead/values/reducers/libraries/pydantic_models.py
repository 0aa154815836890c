"""pydantic: a model by its constructor with what was given, where validating that again can't change it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytead.values.marks import CONSTRUCTOR, VALUE_EQUALITY, instance
from pytead.values.reducers.introspect import MISSING, attribute, look_up, mro_of, type_key
from pytead.values.reducers.named import class_name
from pytead.values.reducers.names import Reduction, is_bound, made_by
from pytead.values.reducers.objects import plain_handler

if TYPE_CHECKING:
    from collections.abc import Callable

    Handler = Callable[[Any], Reduction]

_SCALARS = frozenset(map(id, (int, float, str, bytes, bool, type(None))))
_CONTAINERS = frozenset(map(id, (list, dict, set, tuple, frozenset)))
_CHANGES = ("__init__", "__new__", "model_post_init", "__post_init__", "__setattr__", "__getattribute__")


def handler_of(cls: type, base: type, key: tuple[str, str]) -> Handler | None:
    if key == ("pydantic.main", "BaseModel") and cls is not base:
        return _model_handler(cls, base)
    if key == ("pydantic.v1.main", "BaseModel") and cls is not base:
        return _old_handler(cls, base)
    if cls is base and key[0] == "pydantic.networks" and is_bound("pydantic", key[1], cls):
        return lambda value: made_by(f"pydantic:{key[1]}", str(value))
    if cls is base and key[0].startswith("pydantic_core") and key[1] in ("Url", "MultiHostUrl"):
        return lambda value: made_by(f"pydantic_core:{key[1]}", str(value))
    return None


def _is_of_base(cls: type, base: type, names: tuple[str, ...]) -> bool:
    """Whether none of the methods was written by the program."""
    return all(look_up(cls, name) is look_up(base, name) for name in names)


def _model_handler(cls: type, base: type) -> Handler | None:
    if not _is_of_base(cls, base, _CHANGES) or any(type_key(each) == _ROOT for each in mro_of(cls)):
        return None
    decorators, fields, config = (
        look_up(cls, name) for name in ("__pydantic_decorators__", "__pydantic_fields__", "model_config")
    )
    if type(fields) is not dict or not _validates_plainly(decorators, fields):
        return None
    by_name = type(config) is dict and (config.get("populate_by_name") or config.get("validate_by_name"))
    words: dict[str, str] = {}
    for name, field in fields.items():
        alias = None if by_name else field.validation_alias
        if alias is not None and type(alias) is not str:
            return None
        words[name] = alias or name
    defaults = {
        name: MISSING if field.default_factory is not None else field.default
        for name, field in fields.items()
    }
    scalars = [(name, field.annotation) for name, field in fields.items() if id(field.annotation) in _SCALARS]
    name, plain = class_name(cls), plain_handler(cls, class_name(cls))
    flags = CONSTRUCTOR | (0 if _has_own_eq(cls, base) else VALUE_EQUALITY)

    def reduce_model(value: Any) -> Reduction:
        held, given = attribute(value, "__dict__"), attribute(value, "__pydantic_fields_set__")
        more = attribute(value, "__pydantic_extra__")
        if type(held) is not dict or type(given) is not set or attribute(value, "__pydantic_private__"):
            return plain(value)
        more = more if type(more) is dict else {}
        if set(held) != set(defaults) or not given <= {*held, *more} or not set(more) <= given:
            return plain(value)
        if not all(each in given or _is_default(held[each], defaults[each]) for each in held):
            return plain(value)
        if any(type(held[each]) is not kind for each, kind in scalars):
            return plain(value)  # made without being validated
        written = {words[each]: held[each] for each in held if each in given}
        return instance, (name, flags), {**written, **more}

    return reduce_model


_ROOT = ("pydantic.root_model", "RootModel")


def _has_own_eq(cls: type, base: type) -> bool:
    return look_up(cls, "__eq__") is not look_up(base, "__eq__")


def _validates_plainly(decorators: Any, fields: dict[str, Any]) -> bool:
    """Whether nobody's own code runs when a model is made."""
    kinds = ("validators", "field_validators", "root_validators", "model_validators")
    if any(getattr(decorators, kind, None) for kind in kinds):
        return False
    marks = [mark for field in fields.values() for mark in field.metadata]
    return not any("Validator" in type(mark).__name__ for mark in marks)


def _is_default(value: Any, default: Any) -> bool:
    if value is default:
        return True
    if type(value) is not type(default):
        return False
    is_empty_copy = id(type(value)) in _CONTAINERS and not value and not default
    return is_empty_copy or bool(id(type(value)) in _SCALARS and value == default)


def _old_handler(cls: type, base: type) -> Handler | None:
    fields: Any = look_up(cls, "__fields__")
    names = ("__pre_root_validators__", "__post_root_validators__", "__private_attributes__")
    if not _is_of_base(cls, base, _CHANGES) or any(look_up(cls, name) for name in names):
        return None
    if type(fields) is not dict or any(
        field.class_validators or field.alias != name for name, field in fields.items()
    ):
        return None
    defaults = {
        name: MISSING if field.default_factory is not None else field.default
        for name, field in fields.items()
    }
    name, plain = class_name(cls), plain_handler(cls, class_name(cls))
    flags = CONSTRUCTOR | (0 if _has_own_eq(cls, base) else VALUE_EQUALITY)

    def reduce_model(value: Any) -> Reduction:
        held, given = attribute(value, "__dict__"), attribute(value, "__fields_set__")
        if (
            type(held) is not dict
            or type(given) is not set
            or set(held) != set(defaults)
            or not given <= set(held)
        ):
            return plain(value)
        if not all(each in given or _is_default(held[each], defaults[each]) for each in held):
            return plain(value)
        return instance, (name, flags), {each: held[each] for each in held if each in given}

    return reduce_model

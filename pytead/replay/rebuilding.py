"""Objects made again from what they held, without running the program's own code for it."""

from __future__ import annotations

import reprlib
import warnings
from _thread import _local
from collections import OrderedDict, deque
from datetime import date, time, timedelta
from types import BuiltinFunctionType, GetSetDescriptorType, MemberDescriptorType
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable

T = TypeVar("T")

_MISSING: Any = object()


def rebuild(cls: type[T], content: Any = _MISSING, /, **attributes: Any) -> T:
    """Make an object of ``cls`` as it once was, without running its ``__init__``, ``__new__`` or setters.

    Args:
        cls: the class.
        content: for a subclass of a builtin, what that holds: the items of a list, the pairs of a dict, the
            value of a str or int, the ``datetime``, ...; for an exception its ``args``.
        attributes: what its ``__dict__`` and slots hold; a private name as the class writes it or mangled, and of an
            attrs class also as its parameter is called.

    Raises:
        TypeError: ``cls`` is no class, or can't hold one of the attributes.
    """
    if not isinstance(cls, type):
        raise TypeError(f"rebuild() needs a class, not {reprlib.repr(cls)}")
    made: T = _with_content(cls, content)
    return fill(made, **attributes)


def fill(made: T, /, **attributes: Any) -> T:
    """Put attributes into an object, past its setters, and give it back."""
    cls = type(made)
    names = _names_by_parameter(cls)
    for given, value in attributes.items():
        name = names.get(given, given)
        descriptor = _storage(cls, name)
        if descriptor is not None:
            descriptor.__set__(made, value)
            continue
        try:
            is_of_thread = isinstance(made, _local)
            state = vars(made) if is_of_thread else object.__getattribute__(made, "__dict__")
        except AttributeError:
            raise TypeError(f"{cls.__qualname__} can't hold the attribute {name!r}") from None
        state[name] = value
    return made


def _names_by_parameter(cls: type) -> dict[str, str]:
    """What the attributes of an attrs class are called whose parameters are called otherwise."""
    fields = getattr(cls, "__attrs_attrs__", ())
    names = {field.name for field in fields}
    found = {getattr(field, "alias", None) or field.name.lstrip("_"): field.name for field in fields}
    return {parameter: name for parameter, name in found.items() if parameter not in names}


def restore(made: T, /, state: Any = _MISSING, *, items: Iterable[Any] = (), pairs: Any = ()) -> T:
    """Complete an object as unpickling does, for classes that say themselves what their state is.

    Args:
        made: the object without its state, such as ``Account.__new__(Account)``.
        state: goes to its ``__setstate__``, else into its ``__dict__``; ``(dict, slots)`` if it has both.
        items: what is appended to it.
        pairs: a dict of what is set in it by key.
    """
    target: Any = made
    for item in items:
        target.append(item)
    for key, value in dict(pairs).items():
        target[key] = value
    if state is _MISSING:
        return made
    setter = getattr(target, "__setstate__", None)
    if setter is not None:
        with warnings.catch_warnings():
            if type(made).__module__ == "itertools":
                warnings.simplefilter("ignore")  # that this will be gone from Python 3.14
            setter(state)
        return made
    attributes, slots = state if isinstance(state, tuple) and len(state) == 2 else (state, None)
    if attributes:
        target.__dict__.update(attributes)
    for name, value in (slots or {}).items():
        setattr(target, name, value)
    return made


def _with_content(cls: type, content: Any) -> Any:
    base: Any = native_base(cls)
    if content is _MISSING:
        return base.__new__(cls)
    if issubclass(cls, BaseException):
        return base.__new__(cls, *content)  # which leaves them in its args
    if issubclass(cls, OrderedDict):
        ordered: Any = base.__new__(cls)
        for key, value in content.items():
            OrderedDict.__setitem__(ordered, key, value)
        return ordered
    if issubclass(cls, dict):
        filled: Any = base.__new__(cls)
        dict.update(filled, content)
        return filled
    if issubclass(cls, (list, set, bytearray, deque)):
        mutable: Any = base.__new__(cls)
        base.__init__(mutable, content)
        return mutable
    if isinstance(content, tuple) and not issubclass(cls, tuple):
        return base.__new__(cls, *content)
    if isinstance(content, (date, time, timedelta)):
        return base.__new__(cls, *content.__reduce_ex__(4)[1])
    return base.__new__(cls, content)


def native_base(cls: type) -> type:
    """The class whose ``__new__``, written in C, makes the objects of ``cls``."""
    for base in cls.__mro__:
        if isinstance(base.__dict__.get("__new__"), BuiltinFunctionType):
            return base
    return object


def _storage(cls: type, name: str) -> Any:
    """The slot that holds an attribute; None where it is in the ``__dict__``, whatever property hides it."""
    if name in ("__class__", "__dict__", "__weakref__"):
        return None
    is_private = name.startswith("__") and not name.endswith("__")
    for base in cls.__mro__:
        for key in (name, f"_{base.__name__.lstrip('_')}{name}") if is_private else (name,):
            found = base.__dict__.get(key)
            if isinstance(found, (MemberDescriptorType, GetSetDescriptorType)):
                return found
    return None

"""Python subclasses of builtin types and of dates, times and numbers, and exceptions: attributes plus what the part
written in C holds.

The content is read by the builtin's own methods, and no key or element is hashed again: neither ``__iter__``
nor ``items``, ``__hash__`` or ``__eq__`` of the program run.
"""

from __future__ import annotations

import builtins
from types import MemberDescriptorType
from typing import TYPE_CHECKING, Any

from pytead.values.marks import CONTENT, instance
from pytead.values.reducers.constants import is_unchangeable, reduce_constant
from pytead.values.reducers.fields import named_tuple_promise
from pytead.values.reducers.introspect import (
    MISSING,
    attribute,
    is_python_class,
    is_shadowed,
    mro_of,
    namespace_of,
    ordered_pairs,
    own_method,
    type_key,
)
from pytead.values.reducers.names import Reduction, made_by
from pytead.values.reducers.objects import Handler, attribute_reader

if TYPE_CHECKING:
    from collections.abc import Callable

_WHOLE = slice(None)
_real: Any = complex.__dict__["real"].__get__
_imag: Any = complex.__dict__["imag"].__get__
_args: Any = BaseException.__dict__["args"].__get__
_UNICODE_ERRORS = (UnicodeEncodeError, UnicodeDecodeError, UnicodeTranslateError)
_WITHOUT_FIELDS = (
    BaseException,
    getattr(builtins, "BaseExceptionGroup", BaseException),  # its __new__ does all
    AttributeError,  # the fields of these two only serve the interpreter's hints, and may hold anything
    NameError,
)

CONTENT_READERS: dict[tuple[str, str], Callable[[Any], Any]] = {
    ("builtins", "list"): lambda value: list.__getitem__(value, _WHOLE),
    ("builtins", "tuple"): lambda value: tuple.__getitem__(value, _WHOLE),
    ("builtins", "set"): lambda value: set().union(value),
    ("builtins", "frozenset"): lambda value: frozenset().union(value),
    ("builtins", "str"): str.__str__,
    ("builtins", "bytes"): lambda value: bytes.__getitem__(value, _WHOLE),
    ("builtins", "bytearray"): lambda value: bytearray.__getitem__(value, _WHOLE),
    ("builtins", "int"): int.__int__,
    ("builtins", "float"): float.__float__,
    ("builtins", "complex"): lambda value: complex(_real(value), _imag(value)),
}
"""By the name of the builtin base; each gives an object of exactly the base."""

_REDUCED = frozenset(
    {
        ("datetime", "datetime"),
        ("datetime", "date"),
        ("datetime", "time"),
        ("datetime", "timedelta"),
        ("decimal", "Decimal"),
    }
)
"""Bases whose own reduction, in C, gives the arguments that make an object of exactly the base."""

_PAIRED = frozenset({("builtins", "dict"), ("collections", "OrderedDict"), ("collections", "defaultdict")})


def pairs_of(value: Any, base: type) -> list[tuple[Any, Any]]:
    """The items of a dict (subclass), in order."""
    if type_key(base) == ("collections", "OrderedDict"):
        return ordered_pairs(value)
    return list(dict.items(value))


def content_handler(cls: type, name: str, base: Any) -> Handler | None:
    """For a Python subclass of the builtin ``base``; None if that is no container or scalar we know.

    State is ``(attributes, content)``, or ``(attributes, None, pairs)`` where the content is a dict.
    """
    key = type_key(base)
    head = (name, CONTENT)
    attributes_of = attribute_reader(cls)
    if key in _PAIRED:
        has_factory = key == ("collections", "defaultdict") and not is_shadowed(cls, "default_factory")

        def reduce_pairs(value: Any) -> Reduction:
            attributes = attributes_of(value)
            if has_factory:
                attributes = {**attributes, "default_factory": attribute(value, "default_factory")}
            return instance, head, (attributes or None, None, pairs_of(value, base))

        return reduce_pairs

    if key == ("collections", "deque"):

        def reduce_deque(value: Any) -> Reduction:
            attributes, limit = attributes_of(value), base.maxlen.__get__(value)
            items = list(base.__iter__(value))
            if limit is not None:  # only the constructor can set it
                made = made_by(name, (), limit)
                return (*made, attributes or None, iter(items))
            return instance, head, (attributes or None, items)

        return reduce_deque

    read = CONTENT_READERS.get(key) if key else None
    if key in _REDUCED:
        read = _by_reduction(base)
    if read is None:
        return None
    if base is tuple and (promise := named_tuple_promise(cls)):
        promised, fields = (name, promise.flags), promise.names

        def reduce_named_tuple(value: Any) -> Reduction:
            attributes, content = attributes_of(value), tuple.__getitem__(value, _WHOLE)
            if attributes or len(content) != len(fields):
                return instance, head, (attributes or None, content)
            return instance, promised, dict(zip(fields, content, strict=True))

        return reduce_named_tuple

    if is_unchangeable(cls):

        def reduce_unchangeable(value: Any) -> Reduction:
            attributes = attributes_of(value)
            if attributes and (named := reduce_constant(value)):
                return named
            return instance, head, (attributes or None, read(value))

        return reduce_unchangeable

    def reduce_content(value: Any) -> Reduction:
        return instance, head, (attributes_of(value) or None, read(value))

    return reduce_content


def _by_reduction(base: Any) -> Callable[[Any], Any] | None:
    """A reader of what ``base`` holds; none if it is the standard library's version in Python."""
    if is_python_class(base):
        return None
    if "__reduce_ex__" in namespace_of(base):
        return lambda value: base(*base.__reduce_ex__(value, 4)[1])
    return lambda value: base(*base.__reduce__(value)[1])


def exception_handler(cls: type, name: str) -> Handler:
    """For exceptions: ``cls.__new__(cls, *content)``, then the attributes, gives it back."""
    head = (name, CONTENT)
    attributes_of = attribute_reader(cls)
    is_os_error = issubclass(cls, OSError)
    skips_parsing = is_os_error and _initialises_itself(cls)
    fields = () if is_os_error and not skips_parsing else _c_fields(cls)

    def reduce_exception(value: Any) -> Reduction:
        attributes, args = attributes_of(value), _args(value)
        more = {}
        for field in fields:
            found = attribute(value, field)
            if found is not MISSING and found is not None:
                more[field] = found
        if skips_parsing:
            more["args"] = args
        elif is_os_error:
            args = _os_error_content(value, args)
        return instance, head, ({**attributes, **more} if more else attributes or None, args)

    return reduce_exception


def _os_error_content(value: Any, args: Any) -> Any:
    """``args`` with the file names that ``OSError`` keeps apart from them."""
    filename = OSError.filename.__get__(value)
    if len(args) != 2 or filename is None:
        return args
    second = OSError.filename2.__get__(value)
    return (*args, filename) if second is None else (*args, filename, None, second)


def _initialises_itself(cls: type) -> bool:
    """Whether ``OSError.__new__`` leaves the work to ``__init__``: it does if only that was overridden."""
    return bool(own_method(cls, ("__init__",))) and not own_method(cls, ("__new__",))


def _c_fields(cls: type) -> tuple[str, ...]:
    """Fields that the C ``__init__`` of the exception fills, and not its ``__new__``."""
    names: list[str] = []
    for klass in mro_of(cls):
        if is_python_class(klass) or not issubclass(klass, BaseException) or klass in _WITHOUT_FIELDS:
            continue
        names += [
            name
            for name, found in namespace_of(klass).items()
            if type(found) is MemberDescriptorType or (name in ("start", "end") and klass in _UNICODE_ERRORS)
        ]
    # a property of the program may stand before the field; it isn't asked
    return tuple(name for name in dict.fromkeys(names) if not is_shadowed(cls, name))

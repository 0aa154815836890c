"""Types of the standard library, each as a person would write its value.

Handlers see objects of exactly the named type, so attributes may be read plainly: they are the library's own.
Nothing is imported for them: a type is known by its name, and verified to be what that name gives.
"""

from __future__ import annotations

import gc
import sys
import types
from collections.abc import Callable
from typing import Any

from pytead.values.marks import CONSTRUCTOR, VALUE_EQUALITY, call, instance, reference
from pytead.values.reducers.foreign import looking_away
from pytead.values.reducers.introspect import ordered_pairs, type_key
from pytead.values.reducers.named import reduce_named_object
from pytead.values.reducers.names import Reduction, is_bound, made_by, unrebuildable

Handler = Callable[[Any], Reduction]


def _without_zeros(values: tuple[int, ...], least: int) -> tuple[int, ...]:
    length = len(values)
    while length > least and not values[length - 1]:
        length -= 1
    return values[:length]


def _zone(value: Any) -> dict[str, Any]:
    kwargs: dict[str, Any] = {}
    if value.tzinfo is not None:
        kwargs["tzinfo"] = value.tzinfo
    if value.fold:
        kwargs["fold"] = value.fold
    return kwargs


def _datetime(value: Any) -> Reduction:
    clock: tuple[int, ...] = (value.hour, value.minute, value.second, value.microsecond)
    clock = _without_zeros(clock, 2) if any(clock) else ()
    return made_by("datetime:datetime", value.year, value.month, value.day, *clock, **_zone(value))


def _date(value: Any) -> Reduction:
    return made_by("datetime:date", value.year, value.month, value.day)


def _time(value: Any) -> Reduction:
    clock = _without_zeros((value.hour, value.minute, value.second, value.microsecond), 2)
    return made_by("datetime:time", *clock, **_zone(value))


def _timedelta(value: Any) -> Reduction:
    parts = {"days": value.days, "seconds": value.seconds, "microseconds": value.microseconds}
    kwargs = {name: part for name, part in parts.items() if part}
    return made_by("datetime:timedelta", **kwargs) if kwargs else made_by("datetime:timedelta", 0)


def _timezone(value: Any) -> Reduction:
    if value is type(value).utc:
        return reference, ("datetime:timezone.utc", "constant")
    return made_by("datetime:timezone", *value.__getinitargs__())


def _decimal(value: Any) -> Reduction:
    return made_by("decimal:Decimal", str(value))


def _fraction(value: Any) -> Reduction:
    if value._denominator == 1:
        return made_by("fractions:Fraction", value._numerator)
    return made_by("fractions:Fraction", value._numerator, value._denominator)


def _uuid(value: Any) -> Reduction:
    return made_by("uuid:UUID", str(value))


def _pure_path(value: Any) -> Reduction:
    return made_by(f"pathlib:{type(value).__name__}", str(value))


def _path(value: Any) -> Reduction:
    return made_by("pathlib:Path", str(value))


def _zone_info(value: Any) -> Reduction:
    if value.key is None:
        return unrebuildable(type(value), "value-file", "a time zone that was read from a file")
    return made_by("zoneinfo:ZoneInfo", value.key)


def _ip(value: Any) -> Reduction:
    return made_by(f"ipaddress:{type(value).__name__}", str(value))


def _complex(value: complex) -> Reduction:
    return made_by("builtins:complex", value.real, value.imag)


def _range(value: range) -> Reduction:
    if value.step != 1:
        return made_by("builtins:range", value.start, value.stop, value.step)
    if value.start:
        return made_by("builtins:range", value.start, value.stop)
    return made_by("builtins:range", value.stop)


def _slice(value: slice) -> Reduction:
    if value.step is not None:
        return made_by("builtins:slice", value.start, value.stop, value.step)
    if value.start is not None:
        return made_by("builtins:slice", value.start, value.stop)
    return made_by("builtins:slice", value.stop)


def _pattern(value: Any) -> Reduction:
    flags = value.flags
    if type(value.pattern) is str:
        flags &= ~32  # UNICODE, the default of str
    if not flags:
        return made_by("re:compile", value.pattern)
    module: Any = sys.modules.get("re")
    return made_by("re:compile", value.pattern, flags if module is None else module.RegexFlag(flags))


def _deque(value: Any) -> Reduction:
    # items apart from the arguments, for deques that contain themselves
    kwargs = {} if value.maxlen is None else {"maxlen": value.maxlen}
    return (*made_by("collections:deque", **kwargs), None, iter(list(value)))


def _ordered_dict(value: Any) -> Reduction:
    return (*made_by("collections:OrderedDict"), vars(value) or None, None, iter(ordered_pairs(value)))


def _defaultdict(value: Any) -> Reduction:
    factory = () if value.default_factory is None else (value.default_factory,)
    return (*made_by("collections:defaultdict", *factory), None, None, iter(list(value.items())))


def _counter(value: Any) -> Reduction:
    return (*made_by("collections:Counter"), vars(value) or None, None, iter(list(dict.items(value))))


def _mapping_proxy(value: Any) -> Reduction:
    (mapping,) = gc.get_referents(value)
    return made_by("types:MappingProxyType", mapping)


def _namespace(value: Any) -> Reduction:
    attributes = vars(value)
    flags = CONSTRUCTOR | VALUE_EQUALITY if all(type(name) is str for name in attributes) else 0
    name = "types:SimpleNamespace" if type(value) is types.SimpleNamespace else "argparse:Namespace"
    return instance, (name, flags), attributes


def _user_string(value: Any) -> Reduction:
    return (
        *made_by("collections:UserString", value.data),
        {k: v for k, v in vars(value).items() if k != "data"} or None,
    )


def _array(value: Any) -> Reduction:
    if not value:
        return made_by("array:array", value.typecode)
    content = value.tounicode() if value.typecode in "uw" else value.tolist()
    return made_by("array:array", value.typecode, content)


def _partial(value: Any) -> Reduction:
    made = call, ("functools:partial", (value.func, *value.args), value.keywords)
    return (*made, vars(value)) if vars(value) else made


def _getter(value: Any) -> Reduction:
    function, args = value.__reduce__()[:2]
    return made_by(f"operator:{function.__name__}", *args)


def _method_caller(value: Any) -> Reduction:
    function, args = value.__reduce__()[:2]
    if function is type(value):
        return made_by("operator:methodcaller", *args)
    return call, ("operator:methodcaller", (*function.args, *args), function.keywords)


def _memory_file(value: Any) -> Reduction:
    name = f"io:{type(value).__name__}"
    if value.closed:
        return unrebuildable(type(value), "value-file", f"a closed {type(value).__name__}")
    content, *rest = state = value.__getstate__()
    position, attributes = rest[-2:]
    is_fresh = not position and not attributes and (len(rest) == 2 or rest[0] == "\n")
    if is_fresh:
        return made_by(name, content) if content else made_by(name)
    return (*made_by("copyreg:__newobj__", type(value)), state)


def _logger(value: Any) -> Reduction:
    found = type(value).manager.loggerDict.get(value.name)
    if found is value:
        return made_by("logging:getLogger", value.name)
    return unrebuildable(type(value), "value-unreachable", f"a logger that {value.name!r} doesn't give")


def _root_logger(value: Any) -> Reduction:
    return made_by("logging:getLogger")


def _universal_function(value: Any) -> Reduction:
    name = value.__name__
    if is_bound("numpy", name, value):
        return reference, (f"numpy:{name}", "function")
    return unrebuildable(type(value), "value-unreachable", f"{name} is not what numpy has under that name")


def _struct(value: Any) -> Reduction:
    return made_by("struct:Struct", value.format)


def _forward_reference(value: Any) -> Reduction:
    return made_by("typing:ForwardRef", value.__forward_arg__)


def _stream_writer(value: Any) -> Reduction:
    """What ``codecs.getwriter`` makes."""
    kwargs = {} if value.errors == "strict" else {"errors": value.errors}
    return made_by(f"{type(value).__module__}:StreamWriter", value.stream, **kwargs)


def _message(value: Any) -> Reduction:
    """A mail by its text, since each of its headers has a class of its own."""
    with looking_away():
        content = value.as_bytes()
    policy = {"policy": value.policy}
    if content.isascii():
        return made_by("email:message_from_string", content.decode("ascii"), **policy)
    return made_by("email:message_from_bytes", content, **policy)


def _chain_map(value: Any) -> Reduction:
    return made_by("collections:ChainMap", *value.maps)


def _match(value: Any) -> Reduction:
    """The search that found it: from where it begins if it was one of ``match``, else from where one would."""
    begins_there = value.start() == value.pos
    bounds: tuple[int, ...] = (value.pos, value.endpos)
    if value.endpos == len(value.string):
        bounds = bounds[:1] if value.pos else ()
    name = "re:Pattern.match" if begins_there else "re:Pattern.search"
    return made_by(name, value.re, value.string, *bounds)


def _memory_view(value: memoryview) -> Reduction:
    try:
        owner, is_whole = value.obj, value.format == "B" and value.contiguous and value.ndim == 1
    except ValueError:
        return unrebuildable(memoryview, "value-memoryview", "a memoryview that was released")
    if is_whole and (type(owner) is bytes or type(owner) is bytearray) and len(owner) == len(value):
        return made_by("builtins:memoryview", owner)
    return unrebuildable(memoryview, "value-memoryview", "a memoryview of part of something")


def _around(name: str) -> Handler:
    def reduce_around(value: Any) -> Reduction:
        return made_by(f"builtins:{name}", value.__func__)

    return reduce_around


def _property(value: property) -> Reduction:
    functions = [value.fget, value.fset, value.fdel]
    while functions and functions[-1] is None:
        functions.pop()
    return made_by("builtins:property", *functions)


def _cache(value: Any) -> Reduction:
    """``lru_cache``; what is in the cache isn't part of the value."""
    attributes = vars(value)
    named = reduce_named_object(value, attributes)
    parameters = attributes.get("cache_parameters")
    if named or type(parameters) is not types.FunctionType or "__wrapped__" not in attributes:
        return named or unrebuildable(type(value), "value-unreachable", "a cache that doesn't say of what")
    with looking_away():
        settings = parameters()
    sizes = (settings["maxsize"], True) if settings["typed"] else (settings["maxsize"],)
    return made_by("functools:lru_cache", attributes["__wrapped__"], *sizes)


def _constant(name: str) -> Handler:
    def reduce_constant(value: Any) -> Reduction:
        return reference, (name, "constant")

    return reduce_constant


_BY_NAME: dict[tuple[str, str], Handler] = {
    ("datetime", "datetime"): _datetime,
    ("datetime", "date"): _date,
    ("datetime", "time"): _time,
    ("datetime", "timedelta"): _timedelta,
    ("datetime", "timezone"): _timezone,
    ("decimal", "Decimal"): _decimal,
    ("fractions", "Fraction"): _fraction,
    ("uuid", "UUID"): _uuid,
    ("zoneinfo", "ZoneInfo"): _zone_info,
    ("builtins", "complex"): _complex,
    ("builtins", "range"): _range,
    ("builtins", "slice"): _slice,
    ("re", "Pattern"): _pattern,
    ("re", "Match"): _match,
    ("functools", "_lru_cache_wrapper"): _cache,
    ("collections", "deque"): _deque,
    ("collections", "OrderedDict"): _ordered_dict,
    ("collections", "defaultdict"): _defaultdict,
    ("collections", "Counter"): _counter,
    ("collections", "ChainMap"): _chain_map,
    ("_struct", "Struct"): _struct,
    ("typing", "ForwardRef"): _forward_reference,
    ("email.message", "EmailMessage"): _message,
    ("logging", "Logger"): _logger,
    ("logging", "RootLogger"): _root_logger,
    ("numpy", "ufunc"): _universal_function,
    ("types", "SimpleNamespace"): _namespace,
    ("argparse", "Namespace"): _namespace,
    ("collections", "UserString"): _user_string,
    ("array", "array"): _array,
    ("functools", "partial"): _partial,
    ("operator", "itemgetter"): _getter,
    ("operator", "attrgetter"): _getter,
    ("operator", "methodcaller"): _method_caller,
    ("_io", "StringIO"): _memory_file,
    ("_io", "BytesIO"): _memory_file,
}
for _module in ("pathlib", "pathlib._local"):
    _BY_NAME[_module, "PurePosixPath"] = _BY_NAME[_module, "PureWindowsPath"] = _pure_path
    _BY_NAME[_module, "PosixPath"] = _BY_NAME[_module, "WindowsPath"] = _path
for _kind in ("Address", "Network", "Interface"):
    _BY_NAME["ipaddress", f"IPv4{_kind}"] = _BY_NAME["ipaddress", f"IPv6{_kind}"] = _ip

BY_TYPE: dict[type, Handler] = {
    type(type.__dict__): _mapping_proxy,
    type(...): _constant("builtins:Ellipsis"),
    memoryview: _memory_view,
    staticmethod: _around("staticmethod"),
    classmethod: _around("classmethod"),
    property: _property,
    type(NotImplemented): _constant("builtins:NotImplemented"),
}
"""Types whose name is not where they are found."""


def standard_handler(cls: type) -> Handler | None:
    """The handler of a type of the standard library; None for all others."""
    key = type_key(cls)
    handler = _BY_NAME.get(key) if key else None
    if key and key[1] == "StreamWriter" and key[0].startswith("encodings."):
        handler = _stream_writer
    return handler if handler and key and is_bound(*key, cls) else None

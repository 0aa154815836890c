"""Objects that say themselves how to rebuild them: ``__reduce__``, ``__getstate__``, ``copyreg``.

This is the only place where code of the program runs on our behalf. Meanwhile the thread is marked, so that
the recorder looks away, and warnings raised in it are dropped.
"""

from __future__ import annotations

import types
from _thread import get_ident
from typing import TYPE_CHECKING, Any

from pytead.values.marks import call, instance, reference
from pytead.values.reducers.introspect import (
    MISSING,
    foreign_base,
    has_hidden_state,
    has_instance_dict,
    look_up,
    mro_of,
    namespace_of,
    proxied,
    registered_reduction,
    slot_names,
    type_key,
    type_name,
)
from pytead.values.reducers.named import (
    NO_KWARGS,
    Reduction,
    class_name,
    is_bound,
    reduce_builtin,
    reduce_function,
    reduce_method,
    unrebuildable,
    written_name,
)
from pytead.values.reducers.objects import attribute_reader

if TYPE_CHECKING:
    from collections.abc import Callable

REDUCTIONS = ("__reduce_ex__", "__reduce__", "__getstate__", "__getnewargs_ex__", "__getnewargs__")

_ITS_OWN_RECURSION = 100
"""Frames of a traceback from which a ``RecursionError`` is the reduction's own fault."""

MAX_BUFFER = 1 << 20
"""Bytes from which the buffer of an array is not asked for."""

busy_threads: set[int] = set()
"""Identities of threads in which code of the program runs on behalf of freezing."""


class _InBusyThread:
    """Takes the place of a warning filter's pattern: matches in busy threads only."""

    def match(self, text: str) -> bool:
        return get_ident() in busy_threads


_filter = ("ignore", _InBusyThread(), Warning, None, 0)


class looking_away:  # noqa: N801 - reads as a word after ``with``
    """Recording and warnings are off in this thread inside the block."""

    __slots__ = ("filters", "ident", "is_outermost")

    def __enter__(self) -> None:
        import warnings

        self.ident = get_ident()
        self.is_outermost = self.ident not in busy_threads
        if self.is_outermost:
            busy_threads.add(self.ident)
            # ``catch_warnings`` would change the filters of all threads, and let what was warned of once
            # be warned of again
            filters: Any = warnings.filters
            self.filters = filters
            filters.insert(0, _filter)

    def __exit__(self, *exc_info: object) -> None:
        if not self.is_outermost:
            return
        busy_threads.discard(self.ident)
        for place, found in enumerate(self.filters):
            if found is _filter:
                del self.filters[place]
                break


class _Refused(Exception):  # noqa: N818 - a signal, no error
    """A reduction that can't be written; the message says why."""


def foreign_handler(cls: type, give_up: Callable[[type, Reduction], None]) -> Callable[[Any], Reduction]:
    """For a class that has a reduction of its own, or whose C part nobody else knows.

    Args:
        give_up: told that the class failed, with the opaque value that stands for its objects from now on.
    """

    is_array = any(type_key(klass) == ("numpy", "ndarray") for klass in mro_of(cls))

    def reduce_foreign(value: Any) -> Reduction:
        try:
            if is_array and value.nbytes > MAX_BUFFER:
                return unrebuildable(type(value), "value-too-large", f"an array of {value.nbytes:,} bytes")
            with looking_away():
                return _ask(value)
        except _Refused as refusal:
            reason = str(refusal)
        except RecursionError as error:
            if _depth(error) < _ITS_OWN_RECURSION:
                raise  # the program stood near its limit; the class may be fine
            return unrebuildable(type(value), "value-unpicklable", "its reduction never ends")
        except (KeyboardInterrupt, MemoryError):
            raise
        except BaseException as error:
            reason = f"{type(error).__name__}: {_message(error)}".rstrip(": ")
        reduction = unrebuildable(type(value), "value-unpicklable", reason)
        give_up(type(value), reduction)
        return reduction

    return reduce_foreign


def _depth(error: BaseException) -> int:
    depth, traceback = 0, error.__traceback__
    while traceback is not None:
        depth, traceback = depth + 1, traceback.tb_next
    return depth


def _message(error: BaseException) -> str:
    first = BaseException.__dict__["args"].__get__(error)[:1]
    text = first[0] if first and type(first[0]) is str else ""
    return text.partition("\n")[0][:160]


def _ask(value: Any) -> Reduction:
    cls = type(value)
    registered = registered_reduction(cls)
    if registered is not None:
        return _checked(value, registered(value))
    for klass in mro_of(cls):
        if klass is object:
            break
        for name in REDUCTIONS[:2]:
            own = namespace_of(klass).get(name, MISSING)
            if own is not MISSING:
                bound = own.__get__(value, cls)
                return _checked(value, bound(4) if name == "__reduce_ex__" else bound())
    return _default(value)


def _default(value: Any) -> Reduction:
    """What ``object.__reduce_ex__`` does, but without noting slot names on the class."""
    cls, base = type(value), foreign_base(type(value))
    if base not in (object, list, dict) and has_hidden_state(cls):
        raise _Refused(f"{type_name(base)} objects don't say how to rebuild them")
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = {}
    if look_up(cls, "__getnewargs_ex__") is not MISSING:
        args, kwargs = look_up(cls, "__getnewargs_ex__").__get__(value, cls)()
    elif look_up(cls, "__getnewargs__") is not MISSING:
        args = look_up(cls, "__getnewargs__").__get__(value, cls)()
    getstate = look_up(cls, "__getstate__")
    is_default = getstate is MISSING or getstate is object.__dict__.get("__getstate__")
    state = _default_state(value) if is_default else getstate.__get__(value, cls)()
    items = iter(list.__getitem__(value, slice(None))) if issubclass(cls, list) else None
    pairs = iter(list(dict.items(value))) if issubclass(cls, dict) else None
    name = class_name(cls)
    if (
        not args
        and not kwargs
        and base is object
        and type(state) is dict
        and look_up(cls, "__setstate__") is MISSING
        and all(type(key) is str for key in state)
    ):
        return instance, (name, 0), state
    if kwargs:
        return call, ("copyreg:__newobj_ex__", (cls, args, kwargs), NO_KWARGS), state, items, pairs
    return call, ("copyreg:__newobj__", (cls, *args), NO_KWARGS), state, items, pairs


def _default_state(value: Any) -> Any:
    cls = type(value)
    attributes = attribute_reader(cls)(value)
    if not slot_names(cls):
        return attributes or None
    own = object.__getattribute__(value, "__dict__") if has_instance_dict(cls) else {}
    slots = {name: found for name, found in attributes.items() if name not in own}
    return (own or None, slots) if slots else own or None


def _checked(value: Any, reduction: Any) -> Reduction:
    """The reduction in our own form, with iterators read to their end while we look away."""
    import functools

    if type(reduction) is str:
        module = look_up(type(value), "__module__")
        for place in (getattr(value, "__module__", None), module):
            if type(place) is str and is_bound(place, reduction, value):
                return reference, (written_name(place, reduction, value), _named_kind(value))
        raise _Refused(f"it calls itself {reduction[:80]!r}, which is not what that name gives")
    if not issubclass(type(reduction), tuple) or not 2 <= len(reduction) <= 6:
        raise _Refused("its reduction is no tuple of two to six")
    function, args, state, items, pairs, setter = (*reduction, None, None, None, None)[:6]
    if not issubclass(type(args), tuple):
        raise _Refused("the arguments of its reduction are no tuple")
    if setter is not None:
        raise _Refused("its reduction sets the state with a function of its own")
    args = tuple.__getitem__(args, slice(None))
    kwargs = NO_KWARGS
    name = _callable_name(function)
    if not name and type(function) is functools.partial:
        name, args, kwargs = _callable_name(function.func), (*function.args, *args), function.keywords
    if not name:
        raise _Refused("its reduction calls something that can't be named")
    if name == "copyreg:__newobj_ex__" and len(args) == 3 and not args[2]:
        name, args = "copyreg:__newobj__", (args[0], *args[1])
    items = None if items is None else iter(list(items))
    if pairs is not None:
        pairs = [tuple(pair) for pair in pairs]
        if any(len(pair) != 2 for pair in pairs):
            raise _Refused("its reduction gives items that are no pairs")
        pairs = iter(pairs)
    return call, (name, args, kwargs), state, items, pairs


def _named_kind(value: Any) -> str:
    if issubclass(type(value), type):
        return "class"
    return "function" if look_up(type(value), "__call__") is not MISSING else "constant"


def _callable_name(function: Any) -> str:
    """``module:qualname`` of what a reduction calls; empty if it has no name."""
    if issubclass(type(function), type):
        return class_name(function)
    while (inner := proxied(function)) is not MISSING:
        function = inner
    reduce = {
        types.FunctionType: reduce_function,
        types.BuiltinFunctionType: reduce_builtin,
        types.MethodType: reduce_method,
    }.get(type(function))
    if reduce is None:
        return ""
    mark, args = reduce(function)
    return str(args[0]) if mark is reference else ""

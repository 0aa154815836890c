"""Objects that say themselves how to rebuild them: ``__reduce__``, ``__getstate__``, ``copyreg``.

This is the only place where code that freezing doesn't know runs on its behalf, and only what ``hooks`` permits.
Meanwhile the thread is marked, so that the recorder looks away, and warnings raised in it are dropped.
"""

from __future__ import annotations

import types
from _thread import get_ident
from typing import TYPE_CHECKING, Any

from pytead.values.marks import call, reference
from pytead.values.reducers.hooks import Hook, may_run_function, reduction_of, state_hooks_of
from pytead.values.reducers.introspect import (
    MISSING,
    attribute,
    has_instance_dict,
    is_python_class,
    look_up,
    mro_of,
    namespace_of,
    proxied,
    registered_reduction,
    slot_names,
    type_key,
    type_name,
)
from pytead.values.reducers.named import class_name, reduce_builtin, reduce_function, reduce_method
from pytead.values.reducers.names import NO_KWARGS, Reduction, is_bound, unrebuildable, written_name
from pytead.values.reducers.objects import attribute_reader, plain_handler

if TYPE_CHECKING:
    from collections.abc import Callable

    Handler = Callable[[Any], Reduction]

_ITS_OWN_RECURSION = 100
"""Frames of a traceback from which a ``RecursionError`` is the reduction's own fault."""

MAX_BUFFER = 1 << 20
"""Bytes from which the buffer of an array is not asked for."""

busy_threads: set[int] = set()
"""Identities of threads in which code that freezing doesn't know runs on its behalf."""


class _InBusyThread:
    """Takes the place of a warning filter's pattern: matches in busy threads only."""

    def match(self, text: str) -> bool:
        return get_ident() in busy_threads


_filter = ("ignore", _InBusyThread(), Warning, None, 0)


class looking_away:  # noqa: N801 - reads as a word after ``with``
    """Recording and warnings are off in this thread inside the block."""

    __slots__ = ("filters", "ident")

    def __enter__(self) -> None:
        ident = get_ident()
        self.filters: Any = None
        if ident not in busy_threads:
            import warnings

            self.ident = ident
            busy_threads.add(ident)
            # ``catch_warnings`` would change the filters of all threads, and let what was warned of once
            # be warned of again
            self.filters = warnings.filters
            self.filters.insert(0, _filter)

    def __exit__(self, *exc_info: object) -> None:
        filters = self.filters
        if filters is None:
            return
        busy_threads.discard(self.ident)
        if filters and filters[0] is _filter:
            del filters[0]
            return
        for place, found in enumerate(filters):
            if found is _filter:
                del filters[place]
                break


class Refused(Exception):  # noqa: N818 - a signal, no error
    """A reduction that can't be written; the message says why."""


def foreign_handler(
    cls: type, name: str, has_hidden_state: bool, give_up: Callable[[type, Reduction], None]
) -> Handler:
    """For a class that neither builtin content nor an exception's arguments describe.

    Args:
        name: ``module:qualname`` of the class.
        has_hidden_state: attributes and slots are not all that its objects hold.
        give_up: told that the class failed, with the opaque value that stands for its objects from now on.
    """
    registered = registered_reduction(cls)
    if registered is not None and may_run_function(registered):
        return guarded(cls, lambda value: _checked(value, registered(value)), give_up)
    hook, passed_over = reduction_of(cls)
    if hook is not None and not (hook.loses_attributes and not has_hidden_state):
        return guarded(cls, _by_reduction(cls, hook, passed_over), give_up)
    hooks, passed_over_too = state_hooks_of(cls)
    if hooks and ("__getstate__" in hooks or not has_hidden_state):
        return guarded(cls, _by_state(cls, hooks), give_up)
    if not has_hidden_state:
        return plain_handler(cls, name)
    refused = passed_over or passed_over_too
    reason = f"{type_name(cls)} objects don't say how to rebuild them"
    if refused:
        reason = (
            f"only its {refused} knows what it holds, and that is Python code, which recording doesn't run"
        )
    reduction = unrebuildable(cls, "value-unpicklable", reason)
    return lambda value: reduction


def guarded(cls: type, ask: Handler, give_up: Callable[[type, Reduction], None]) -> Handler:
    """``ask``, with recording and warnings off, and no exception but those of a full stack or memory."""
    array = next((place for place, c in enumerate(mro_of(cls)) if type_key(c) == ("numpy", "ndarray")), -1)

    def reduce_foreign(value: Any) -> Reduction:
        try:
            if array >= 0:
                size = namespace_of(mro_of(type(value))[array])["nbytes"].__get__(value)
                if size > MAX_BUFFER:
                    return unrebuildable(type(value), "value-too-large", f"an array of {size:,} bytes")
            with looking_away():
                return ask(value)
        except Refused as refusal:
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


def _by_reduction(cls: type, hook: Hook, passed_over: str) -> Handler:
    takes_protocol = hook.name == "__reduce_ex__"
    if not hook.loses_attributes:
        return lambda value: _checked(value, hook.bound(value)(4) if takes_protocol else hook.bound(value)())
    attributes_of = attribute_reader(cls)

    def reduce_as_base(value: Any) -> Reduction:
        if attributes_of(value):
            raise Refused(f"its {passed_over} is Python code, which recording doesn't run")
        return _checked(value, hook.bound(value)(4) if takes_protocol else hook.bound(value)())

    return reduce_as_base


def _by_state(cls: type, hooks: dict[str, Hook]) -> Handler:
    """What ``object.__reduce_ex__`` does, but without noting slot names on the class."""
    new_with_keywords = hooks.get("__getnewargs_ex__")
    new = hooks.get("__getnewargs__")
    getstate = hooks.get("__getstate__")
    attributes_of = attribute_reader(cls)
    has_slots, has_dict = bool(slot_names(cls)), has_instance_dict(cls)

    def default_state(value: Any) -> Any:
        attributes = attributes_of(value)
        if not has_slots:
            return attributes or None
        own = object.__getattribute__(value, "__dict__") if has_dict else {}
        slots = {name: found for name, found in attributes.items() if name not in own}
        return (own or None, slots) if slots else own or None

    def reduce_by_state(value: Any) -> Reduction:
        args: tuple[Any, ...] = ()
        kwargs: dict[str, Any] = {}
        if new_with_keywords is not None:
            args, kwargs = new_with_keywords.bound(value)()
        elif new is not None:
            args = new.bound(value)()
        state = getstate.bound(value)() if getstate is not None else default_state(value)
        if kwargs:
            return call, ("copyreg:__newobj_ex__", (type(value), args, kwargs), NO_KWARGS), state
        return call, ("copyreg:__newobj__", (type(value), *args), NO_KWARGS), state

    return reduce_by_state


def _checked(value: Any, reduction: Any) -> Reduction:
    """The reduction in our own form, with iterators read to their end while we look away."""
    import functools

    if type(reduction) is str:
        module = look_up(type(value), "__module__")
        has_plain_module = type(module) is str or not is_python_class(type(value))
        for place in (attribute(value, "__module__") if has_plain_module else module, module):
            if type(place) is str and is_bound(place, reduction, value):
                return reference, (written_name(place, reduction, value), _named_kind(value))
        raise Refused(f"it calls itself {reduction[:80]!r}, which is not what that name gives")
    if not issubclass(type(reduction), tuple) or not 2 <= len(reduction) <= 6:
        raise Refused("its reduction is no tuple of two to six")
    function, args, state, items, pairs, setter = (*reduction, None, None, None, None)[:6]
    if not issubclass(type(args), tuple):
        raise Refused("the arguments of its reduction are no tuple")
    if setter is not None:
        raise Refused("its reduction sets the state with a function of its own")
    args = tuple.__getitem__(args, slice(None))
    kwargs = NO_KWARGS
    name = callable_name(function)
    if not name and type(function) is functools.partial:
        name, args, kwargs = callable_name(function.func), (*function.args, *args), function.keywords
    if not name:
        raise Refused("its reduction calls something that can't be named")
    if name == "copyreg:__newobj_ex__" and len(args) == 3 and not args[2]:
        name, args = "copyreg:__newobj__", (args[0], *args[1])
    if type(state) is dict and not state and look_up(type(value), "__setstate__") is MISSING:
        state = None
    items = None if items is None else iter(list(items))
    if pairs is not None:
        pairs = [tuple(pair) for pair in pairs]
        if any(len(pair) != 2 for pair in pairs):
            raise Refused("its reduction gives items that are no pairs")
        pairs = iter(pairs)
    return call, (name, args, kwargs), state, items, pairs


def _named_kind(value: Any) -> str:
    if issubclass(type(value), type):
        return "class"
    return "function" if look_up(type(value), "__call__") is not MISSING else "constant"


_NAMED = (
    (types.FunctionType, reduce_function),
    (types.BuiltinFunctionType, reduce_builtin),
    (types.MethodType, reduce_method),
)


def callable_name(function: Any) -> str:
    """``module:qualname`` of what a reduction calls; empty if it has no name."""
    if issubclass(type(function), type):
        return class_name(function)
    while (inner := proxied(function)) is not MISSING:
        function = inner
    reduce: Any = next((reduce for kind, reduce in _NAMED if kind is type(function)), None)
    if reduce is None and may_run_function(function):
        reduce = reduce_function  # one that Cython compiled
    if reduce is None:
        return ""
    mark, args = reduce(function)[:2]
    return str(args[0]) if mark is reference else ""

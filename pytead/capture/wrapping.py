"""The wrapper that stands in a function's place while its calls are recorded.

A wrapper is one of three classes, and changes between them in place, so that everything that holds it follows:

``TracedFunction``
    records root calls.
``NestedFunction``
    while a root call is under way and the function was entered again: its ``__call__`` is a descriptor whose
    frame is gone before the original starts, so that recursion meets no more Python frames than it would bare.
``PassedFunction``
    when the function has all it needs: ``__call__`` *is* wrapt's C descriptor of the wrapped function, so that
    a call costs some 50 ns and no frame.
"""

from __future__ import annotations

import sys
from _pickle import dumps
from threading import get_ident
from time import perf_counter
from types import MethodType
from typing import TYPE_CHECKING, Any

from pytead.capture import switch
from pytead.capture.proxies import WRAPPED, FunctionWrapper
from pytead.values.freezer import FreezeRefused, freeze
from pytead.values.reducers.foreign import busy_threads

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytead.capture.site import Site

_STEP_ASIDE_AFTER = 32
"""Nested calls after which the original takes the wrapper's place until the root call returns: each one that
goes through a wrapper takes C stack, and before 3.12 counts twice against the recursion limit."""

_LONG_TEXT = 10_000
"""Characters from which on a text is left to ``freeze``, which knows what is too large."""

_set_class = object.__dict__["__class__"].__set__
"""A wrapt proxy hands an assignment of ``__class__`` on to what it wraps; this changes the proxy's own."""

_HAS_CLEAN_RERAISE = sys.version_info >= (3, 11)
"""Whether a bare ``raise`` leaves the traceback as it was set; before 3.11 it adds our frame again."""


class TracedFunction(FunctionWrapper):  # type: ignore[misc]
    """A function whose calls are recorded; in all else the function itself."""

    # No annotation in this class body: it would show as the function's own __annotations__.
    def __init__(self, function: Any, site: Site) -> None:
        super().__init__(function, None)
        self._self_site = site
        self._self_function = function
        self._self_both = site, function  # one look-up through wrapt takes 90 ns

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        site, function = self._self_both
        thread = get_ident()
        active = site.active
        if thread in active or site.is_done or switch.off or (busy_threads and thread in busy_threads):
            if thread in active:
                site.enter_nested(self)
            elif site.is_done:
                site.settle(self)
            return function(*args, **kwargs)
        active.add(thread)
        try:
            looks = site.looks
            entered = perf_counter() if looks < 64 or not looks & 15 else 0.0  # see Site.keep
            before: bytes | None = None
            # Nothing but scalars needs none of freeze's care: its plain pickle is the same value for half the time.
            write: Callable[[Any], bytes] = freeze
            if not kwargs:
                for value in args:
                    cls = type(value)
                    if not (
                        cls is int
                        or cls is float
                        or value is None
                        or cls is bool
                        or (cls is str and len(value) <= _LONG_TEXT)
                    ):
                        break
                else:
                    write = dumps
            try:
                before = write((args, kwargs))
            except (FreezeRefused, RecursionError) as refusal:
                site.refuse(refusal)
            started = perf_counter()
            try:
                value = function(*args, **kwargs)
            except BaseException as error:
                if before is not None:
                    site.keep(
                        "raised", before, freeze, (error, args, kwargs), entered, started, perf_counter()
                    )
                if _HAS_CLEAN_RERAISE and error.__traceback__ is not None:
                    error.__traceback__ = error.__traceback__.tb_next
                raise
            ended = perf_counter()
            if before is not None:
                if write is dumps:
                    cls = type(value)
                    if not (
                        cls is int
                        or cls is float
                        or value is None
                        or cls is bool
                        or (cls is str and len(value) <= _LONG_TEXT)
                    ):
                        write = freeze
                site.keep("returned", before, write, (value, args, kwargs), entered, started, ended)
            return value
        finally:
            active.discard(thread)
            if site.is_unsettled:
                site.settle(self)

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        return MethodType(self, instance)

    if WRAPPED is not None:
        # What a program sees there is the function's own, that a decorator like functools.wraps gave it. (wrapt
        # in Python keeps what it wraps under this name.)

        @property
        def __wrapped__(self) -> Any:
            return self._self_function.__wrapped__

        @__wrapped__.setter
        def __wrapped__(self, value: Any) -> None:
            self._self_function.__wrapped__ = value

        @__wrapped__.deleter
        def __wrapped__(self) -> None:
            del self._self_function.__wrapped__

    def __reduce_ex__(self, protocol: object) -> Any:
        """By name: directly while the name is bound to this wrapper, else through a look-up of the name."""
        site = self._self_site
        if site.binding_of(self) is not None:
            return self.__qualname__
        import pkgutil

        return pkgutil.resolve_name, (f"{self.__module__}:{self.__qualname__}",)

    def __reduce__(self) -> Any:
        return self.__reduce_ex__(2)

    def __repr__(self) -> str:
        return repr(self._self_function)

    def __copy__(self) -> TracedFunction:
        return self

    def __deepcopy__(self, memo: object) -> TracedFunction:
        return self


class _NestedCall:
    """Decides what a nested call reaches, and is off the stack when it runs."""

    def __get__(self, traced: TracedFunction | None, owner: object = None) -> Any:
        if traced is None:
            return self
        site = traced._self_site
        if get_ident() not in site.active:  # a root call of another thread
            return MethodType(TracedFunction.__call__, traced)
        site.nested += 1
        if site.nested >= _STEP_ASIDE_AFTER and site.nested & (site.nested - 1) == 0:  # 32, 64, 128, ...
            site.make_room(traced)
        return traced._self_function


class NestedFunction(TracedFunction):
    """A traced function during a recursive call of itself."""

    __call__ = _NestedCall()


class PassedFunction(TracedFunction):
    """A traced function that needs no more calls."""

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        return self._self_function(*args, **kwargs)

    if WRAPPED is not None:
        __call__ = WRAPPED  # type: ignore[assignment]


for _cls in (TracedFunction, NestedFunction, PassedFunction):
    # What a program shows, or looks a handler up by, is the name of a function's type.
    _cls.__name__ = _cls.__qualname__ = "function"
    _cls.__module__ = "builtins"


def become(traced: TracedFunction, cls: type[TracedFunction]) -> None:
    """Make ``traced`` one of the three classes above, in place."""
    _set_class(traced, cls)


def count_references(traced: object) -> int:
    """References to a wrapper, this call's own included."""
    return sys.getrefcount(traced)


def idle_references() -> dict[str, int]:
    """How many references a wrapper has at the end of its own call if nothing but its name holds it, by kind.

    How many the interpreter itself holds meanwhile depends on its version, so it is measured, on the same path
    as in earnest: ``__call__``, ``settle``, ``count_references``.
    """
    counts: list[int] = []

    class ProbeSite:
        def settle(self, traced: TracedFunction) -> None:
            counts.append(count_references(traced))

    class Probe(TracedFunction):
        def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
            site = self._self_site
            try:
                return None
            finally:
                site.settle(self)

    def wrapped(*args: object) -> None:
        """Never called: a probe only counts."""

    site: Any = ProbeSite()
    namespace: dict[str, Any] = {"f": Probe(wrapped, site)}
    exec("def call(): f(1)", namespace)

    class Owner:
        method = Probe(wrapped, site)
        cm = classmethod(Probe(wrapped, site))
        sm = staticmethod(Probe(wrapped, site))
        prop = property(Probe(wrapped, site))

    owner = Owner()
    calls: dict[str, Callable[[], Any]] = {
        "function": namespace["call"],
        "method": lambda: owner.method(1),
        "classmethod": lambda: Owner.cm(1),
        "staticmethod": lambda: Owner.sm(1),
        "property": lambda: owner.prop,
    }
    result: dict[str, int] = {}
    for kind, call in calls.items():
        counts.clear()
        for _ in range(4):
            call()
        result[kind] = min(counts)
    return result

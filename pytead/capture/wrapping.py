"""The wrapper that stands in a function's place while its calls are recorded.

A wrapper is one of these classes, and changes between them in place, so that everything that holds it follows
(``skipping`` and ``recursion`` have more of them):

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
from itertools import count
from threading import get_ident
from time import perf_counter
from types import MethodType
from typing import TYPE_CHECKING, Any

from pytead.capture import switch
from pytead.capture.hiding import hide
from pytead.capture.proxies import WRAPPED, FunctionWrapper
from pytead.values.freezer import (
    LONG,
    LONG_TEXT,
    NEEDS_GUARD,
    ORDINARY_LIMIT,
    Pickling,
    check_classes,
    check_nesting,
    freeze,
    give_back,
    is_scalar,
    joined,
    new_pickling,
    recursion_limit,
    take_pickling,
)
from pytead.values.redaction import concealing
from pytead.values.redaction.concealing import conceal
from pytead.values.reducers.foreign import busy_threads
from pytead.values.refusals import refused_classes

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytead.capture.site import Site

_STEP_ASIDE_AFTER = 32
"""Nested calls after which the original takes the wrapper's place until the root call returns: each one that
goes through a wrapper takes C stack, and before 3.12 counts twice against the recursion limit."""

_set_class = object.__dict__["__class__"].__set__
"""A wrapt proxy hands an assignment of ``__class__`` on to what it wraps; this changes the proxy's own."""

_HAS_CLEAN_RERAISE = sys.version_info >= (3, 11)
"""Whether a bare ``raise`` leaves the traceback as it was set; before 3.11 it adds our frame again."""


_makers: list[Callable[..., Site]] = []
_waiting: dict[int, Any] = {}
_numbers = count()


def add_maker(make: Callable[..., Site]) -> int:
    """Remember what makes sites, for ``await_use``."""
    _makers.append(make)
    return len(_makers) - 1


def await_use(maker: int, *about: Any) -> int:
    """A site that is made when the function is first used, as most never are; given to ``TracedFunction``.

    Args:
        maker: what ``add_maker`` returned for the function that makes the site.
        about: what it is called with, after the traced function: atoms, of which the garbage collector, whose work
            is half of what wrapping costs, takes no notice; nor does it of a wrapper's attributes then.
    """
    number = next(_numbers)
    _waiting[number] = (maker, *about)
    return number


def _first_use(traced: Any) -> tuple[Site, Any]:
    """Make a wrapper's site; wrappers with one number share it.

    Two threads that ask at once may make two sites; the tallies add them up.
    """
    assert WRAPPED is not None
    function = WRAPPED.__get__(traced)
    number = traced._self_number
    traced._self_both = both = use(number, function), function
    return both


def use(number: int, function: Any) -> Site:
    """Make the site that is awaited under ``number`` for ``function``; the one that was made if there is one."""
    site = _waiting[number]
    if type(site) is tuple:
        maker, *about = site
        site = _waiting[number] = _makers[maker](function, *about)
    made: Site = site
    return made


class TracedFunction(FunctionWrapper):  # type: ignore[misc]
    """A function whose calls are recorded; in all else the function itself.

    Args:
        function: the function.
        site: its site, or the number of one that is yet to be made.
    """

    # No annotation in this class body: it would show as the function's own __annotations__.
    __slots__ = ("_self_both", "_self_drivers", "_self_number")

    def __init__(self, function: Any, site: Site | int) -> None:
        super().__init__(function, None)
        if not isinstance(site, int):
            self._self_both = site, function
        elif WRAPPED is None:
            self._self_both = use(site, function), function
        else:
            self._self_number = site

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        try:
            site, function = _both(self)
        except AttributeError:
            site, function = _first_use(self)
        active = site.active
        thread = get_ident()
        if active or site.is_done or switch.off or busy_threads:
            passes = True
            is_root = False
            if thread in active:
                site.enter_nested(self)
            elif site.is_done:
                if site.waiting is None:
                    site.settle(self)
                else:
                    is_root = passes = (
                        switch.off or thread in busy_threads or site.waiting.passes(site, args, kwargs)
                    )
            else:
                passes = switch.off or thread in busy_threads
            if passes:
                if is_root:
                    active.add(thread)
                    site.passed.add(thread)
                try:
                    return function(*args, **kwargs)
                except BaseException as error:
                    if _HAS_CLEAN_RERAISE and error.__traceback__ is not None:
                        error.__traceback__ = error.__traceback__.tb_next
                    raise
                finally:
                    if is_root:
                        active.discard(thread)
                        site.passed.discard(thread)
                        if site.is_unsettled:
                            site.settle(self)
        active.add(thread)
        try:
            looks = site.looks
            entered = perf_counter() if looks < 64 or not looks & 15 else 0.0  # see Site.keep
            before: bytes | None = None
            pickling: Pickling | None = None
            whole: object = args if site.prepare is None else site.prepare(args)
            is_plain = False
            if kwargs:
                whole = [whole, kwargs]
            else:
                # Nothing but scalars needs none of the care: its plain pickle is the same value for half the time.
                for value in args:
                    cls = type(value)
                    if not (
                        cls is int
                        or cls is float
                        or value is None
                        or cls is bool
                        or (cls is str and len(value) <= LONG_TEXT)
                    ):
                        break
                else:
                    is_plain = True
            try:
                if is_plain:
                    before = dumps(whole)
                else:
                    # ``freezer.freeze_arguments``, here in this frame
                    if refused_classes:
                        check_classes(args)
                    if NEEDS_GUARD and recursion_limit() > ORDINARY_LIMIT:
                        check_nesting(whole)
                    try:
                        pickling = take_pickling()
                    except IndexError:
                        pickling = new_pickling()
                    dump, pop, clear_memo, chunks, objects = pickling
                    dump(whole)
                    before = pop()
                    if chunks or len(before) > LONG:
                        before = joined(chunks, before)
                        # Its memo would keep alive for the call what the function lets go of.
                        pickling = dump = pop = clear_memo = None  # type: ignore[assignment]
                    else:
                        clear_memo()
                        objects[0] = 0
                if site.looks_for_secrets:
                    site.meet(before)
            except Exception as error:
                before = pickling = dump = pop = clear_memo = None  # type: ignore[assignment]
                site.refuse_arguments(error, args, kwargs)
            started = perf_counter()
            try:
                value = function(*args, **kwargs)
            except BaseException as error:
                ended = perf_counter()
                if before is not None:
                    if pickling is not None:
                        give_back(pickling)
                    site.keep("raised", before, args, kwargs, error, is_plain, entered, started, ended)
                if _HAS_CLEAN_RERAISE and error.__traceback__ is not None:
                    error.__traceback__ = error.__traceback__.tb_next
                raise
            ended = perf_counter()
            if before is None:
                return value
            append = site.append_undecided
            if append is not None and not entered:
                # ``Site.keep``, here in this frame
                try:
                    whole = [args, kwargs, value] if kwargs else (args, value)
                    if pickling is not None:
                        if NEEDS_GUARD and recursion_limit() > ORDINARY_LIMIT:
                            check_nesting(whole)
                        dump(whole)
                        after = pop()
                        if chunks or len(after) > LONG:
                            after = joined(chunks, after)
                        else:
                            clear_memo()  # type: ignore[misc]
                            objects[0] = 0
                            give_back(pickling)
                    elif is_plain and is_scalar(value):
                        after = dumps(whole)
                    else:
                        after = freeze(whole)
                    if not is_plain or len(after) > concealing.tiny:
                        before, after = conceal(before, after, "returned")
                    append(before, after, "returned", site.clock_offset + started, ended - started)
                    site.kept += 1
                    site.looks += 1
                    return value
                except Exception:
                    pass  # which that finds again, and counts
            elif pickling is not None:
                give_back(pickling)
            site.keep("returned", before, args, kwargs, value, is_plain, entered, started, ended)
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
        _self_function = WRAPPED

        # What a program sees there is the function's own, that a decorator like functools.wraps gave it. (wrapt
        # in Python keeps what it wraps under this name.)

        @property
        def __wrapped__(self) -> Any:
            return function_of(self).__wrapped__

        @__wrapped__.setter
        def __wrapped__(self, value: Any) -> None:
            function_of(self).__wrapped__ = value

        @__wrapped__.deleter
        def __wrapped__(self) -> None:
            del function_of(self).__wrapped__

    def __reduce_ex__(self, protocol: object) -> Any:
        """By name: directly while the name is bound to this wrapper, else through a look-up of the name."""
        site = site_of(self)
        qualname = self.__qualname__
        if (
            site.binding_of(self) is not None or "<" in qualname
        ):  # which no look-up finds: it fails as it would bare
            return qualname
        import pkgutil

        return pkgutil.resolve_name, (f"{self.__module__}:{qualname}",)

    def __reduce__(self) -> Any:
        return self.__reduce_ex__(2)

    def __repr__(self) -> str:
        return repr(function_of(self))

    def __copy__(self) -> TracedFunction:
        return self

    def __deepcopy__(self, memo: object) -> TracedFunction:
        return self


hide(TracedFunction.__call__)


class _NestedCall:
    """Decides what a nested call reaches, and is off the stack when it runs."""

    def __get__(self, traced: TracedFunction | None, owner: object = None) -> Any:
        if traced is None:
            return self
        site = site_of(traced)
        if get_ident() not in site.active:  # a root call of another thread
            return MethodType(TracedFunction.__call__, traced)
        site.nested += 1
        if site.nested >= _STEP_ASIDE_AFTER and site.nested & (site.nested - 1) == 0:  # 32, 64, 128, ...
            site.make_room(traced)
        return function_of(traced)


class NestedFunction(TracedFunction):
    """A traced function during a recursive call of itself."""

    __call__ = _NestedCall()


class PassedFunction(TracedFunction):
    """A traced function that needs no more calls."""

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        return function_of(self)(*args, **kwargs)

    if WRAPPED is not None:
        __call__ = WRAPPED  # type: ignore[assignment]


_both = TracedFunction.__dict__["_self_both"].__get__
"""A wrapper's site and function, once it has been used; looking the attribute up through wrapt takes twice as long."""


def site_of(traced: TracedFunction) -> Site:
    """What recording keeps of the function."""
    try:
        site, _ = _both(traced)
    except AttributeError:
        site, _ = _first_use(traced)
    return site  # type: ignore[no-any-return]


def function_of(traced: TracedFunction) -> Any:
    """The function itself."""
    try:
        return _both(traced)[1]
    except AttributeError:
        return _first_use(traced)[1]


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

    Special methods have as many as others, however they are called, apart from ``__new__`` and ``__getattr__``.

    How many the interpreter itself holds meanwhile depends on its version, so it is measured, on the same path
    as in earnest: ``__call__``, ``settle``, ``count_references``.
    """
    counts: list[int] = []

    class ProbeSite:
        def settle(self, traced: TracedFunction) -> None:
            counts.append(count_references(traced))

    class Probe(TracedFunction):
        def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
            site = site_of(self)
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
        prop = property(Probe(wrapped, site), Probe(wrapped, site), Probe(wrapped, site))

    class Made:
        __new__ = staticmethod(Probe(wrapped, site))

    class Open:
        __getattr__ = Probe(wrapped, site)

    def put() -> None:
        owner.prop = None

    def delete() -> None:
        del owner.prop

    owner: Any = Owner()
    opened: Any = Open()
    calls: dict[str, Callable[[], Any]] = {
        "function": namespace["call"],
        "method": lambda: owner.method(1),
        "classmethod": lambda: Owner.cm(1),
        "staticmethod": lambda: Owner.sm(1),
        "property": lambda: owner.prop,
        "setter": put,
        "deleter": delete,
        "__new__": Made,
        "__getattr__": lambda: opened.anything,
    }
    result: dict[str, int] = {}
    for kind, call in calls.items():
        counts.clear()
        for _ in range(4):
            call()
        result[kind] = min(counts)
    return result

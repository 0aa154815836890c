"""Two values compared by type and content, where ``==`` would see too little or too much."""

from __future__ import annotations

import datetime as dt
import decimal
import enum
import importlib
import sys
import warnings
from collections import OrderedDict, deque
from collections.abc import Callable
from contextvars import ContextVar
from functools import partial
from types import (
    BuiltinFunctionType,
    FunctionType,
    MemberDescriptorType,
    MethodType,
    ModuleType,
    SimpleNamespace,
)
from typing import TYPE_CHECKING, Any

from pytead.replay import live
from pytead.replay.differing import UnlikeError, check, shown, type_name
from pytead.replay.rebuilding import native_base

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def same(actual: object, expected: object, *, tolerance: float = 0.0) -> bool | Difference:
    """Compare by class and state, all the way down, where ``==`` would say too much or too little.

    Classes must be the same, ``nan`` equals ``nan``, ``-0.0`` isn't ``0.0``, the order of a dict is no matter
    and that of an ``OrderedDict`` is, an exception is its class, arguments and attributes. An object of a
    class written in Python is what its ``__dict__`` and slots hold, or what its own ``__getstate__`` or
    ``__reduce__`` gives; any other object is compared with ``==``. Objects that are one object in
    ``expected`` must be one in ``actual``, and the other way round.

    Args:
        actual: what a call gave.
        expected: what it should have given.
        tolerance: how far apart two floats may be: so much, or that share of the larger one. Those of numpy and
            pandas and the parts of complex numbers too.

    Returns:
        True, or a ``Difference``, which is false and says where the first difference is.
    """
    token = _tolerance.set(tolerance)
    try:
        found = _Comparison().first_difference(actual, expected)
    finally:
        _tolerance.reset(token)
    return True if found is None else found


class Difference:
    """What ``same`` gives where it isn't so: false, and shown as ``.items[2].price: 3 != 4``.

    Attributes:
        path: how to get from the value to the place, empty for the value itself.
        reason: what is different there.
    """

    __slots__ = ("path", "reason")

    def __init__(self, path: str, reason: str) -> None:
        self.path = path
        self.reason = reason

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return f"{self.path}: {self.reason}" if self.path else self.reason


_tolerance: ContextVar[float] = ContextVar("tolerance", default=0.0)
"""Of the comparison under way."""

_INFINITY = float("inf")
_SCALARS = (int, float, complex, str, bytes, bool, type(None), type(...), type(NotImplemented))

_EXACT: dict[type, Callable[[Any], object]] = {
    int: int.__pos__,
    float: float.__pos__,
    complex: complex.__pos__,
    str: str.__str__,
    bytes: lambda value: bytes.__getitem__(value, slice(None)),
}
"""The exact builtin inside an object of a subclass."""

_NAMED = (type, FunctionType, BuiltinFunctionType, ModuleType)

_CACHING = frozenset({"pathlib", "pathlib._local", "ipaddress", "fractions", "uuid"})
"""Modules of the standard library whose objects keep caches beside their value, which ``==`` doesn't see."""

_VALUES = frozenset({"PIL", "bs4", "orjson", "pyarrow", "sympy", "yarl"})
"""Packages whose objects compare all that they hold by ``==``, and keep caches beside it."""

_COMPARED = _VALUES | {"lxml", "numpy", "pandas", "polars"}
"""Packages whose objects are compared by their own means, or by those of the package, and by nothing else."""

_HINTS = ("name", "obj")
_CLOCK = ("year", "month", "day", "hour", "minute", "second", "microsecond", "fold", "tzinfo")

_Path = tuple[Any, Any] | None
_Child = tuple[Any, object, object]
"""How to get there (text, or a value between brackets), the actual and the expected value."""

_IsSame = Callable[[object, object], bool]


class _Comparison:
    """One walk over two values at once, without recursion except into sets."""

    def __init__(self, outer: _Comparison | None = None) -> None:
        self._outer = outer
        self._expected_for: dict[int, tuple[object, _Path]] = {}
        self._actual_for: dict[int, tuple[object, _Path]] = {}
        self._done: set[tuple[int, int]] = set()
        self._alive: list[object] = []  # an id means something as long as its object lives

    def first_difference(self, actual: object, expected: object) -> Difference | None:
        stack: list[tuple[_Path, object, object]] = [(None, actual, expected)]
        while stack:
            path, one, other = stack.pop()
            if self._is_done((id(one), id(other))):
                continue
            try:
                if isinstance(one, live.BY_CONTENT) and isinstance(other, live.BY_CONTENT):
                    one, other = live.left(one), live.left(other)
                if type(one) is not type(other):
                    raise UnlikeError(
                        f"{shown(one)} ({type_name(one)}) != {shown(other)} ({type_name(other)})"
                    )
                if type(one) in _SCALARS:
                    check(_is_same_scalar(one, other), one, other)
                    continue
                self._pair(one, other, path)
                children = [] if one is other else list(_children(one, other, self.is_same))
            except UnlikeError as error:
                return Difference(_written(path), str(error))
            stack.extend(((path, part), mine, theirs) for part, mine, theirs in reversed(children))
        return None

    def is_same(self, actual: object, expected: object) -> bool:
        """Whether two values inside of the ones compared are the same; what is under way counts as the same."""
        inner = _Comparison(self)
        if inner.first_difference(actual, expected) is not None:
            return False
        self._done |= inner._done
        self._alive += inner._alive
        return True

    def _is_done(self, pair: tuple[int, int]) -> bool:
        found: _Comparison | None = self
        while found is not None:
            if pair in found._done:
                return True
            found = found._outer
        return False

    def _pair(self, one: object, other: object, path: _Path) -> None:
        """Note that the two stand for each other, and nothing else may for either of them."""
        self._done.add((id(one), id(other)))
        self._alive += (one, other)
        if not _has_identity(one):
            return
        counterpart, place = self._expected_for.setdefault(id(one), (other, path))
        if counterpart is not other:
            raise UnlikeError(f"the same object as {_written(place) or 'the whole'}, which was not expected")
        counterpart, place = self._actual_for.setdefault(id(other), (one, path))
        if counterpart is not one:
            raise UnlikeError(f"not the same object as {_written(place) or 'the whole'}, which was expected")


def _children(one: Any, other: Any, is_same: _IsSame) -> Iterator[_Child]:
    """What two objects of one class hold and must agree on; they may differ right here: ``UnlikeError``."""
    cls = type(one)
    compare = live.comparison_of(one)
    if compare is not None:
        yield from compare(one, other)
    elif isinstance(one, _NAMED):
        check(one == other, one, other)
    elif isinstance(one, MethodType):
        yield ".__func__", one.__func__, other.__func__
        yield ".__self__", one.__self__, other.__self__
    elif isinstance(one, (staticmethod, classmethod)):
        yield ".__func__", one.__func__, other.__func__
    elif isinstance(one, property):
        for name in ("fget", "fset", "fdel"):
            yield f".{name}", getattr(one, name), getattr(other, name)
    elif isinstance(one, enum.Enum):
        yield "._value_", one._value_, other._value_
    elif isinstance(one, partial):
        for name in ("func", "args"):
            yield f".{name}", getattr(one, name), getattr(other, name)
        yield ".keywords", dict(one.keywords), dict(other.keywords)  # which nobody else can hold
        yield from _attribute_children(one, other, ("func", "args", "keywords"))
    elif _compares_itself(one, other):
        if cls.__module__.partition(".")[0] not in (*sys.stdlib_module_names, *_COMPARED):
            yield from _attribute_children(one, other)
    elif isinstance(one, BaseException):
        yield ".args", one.args, other.args
        is_hinting = isinstance(one, (AttributeError, NameError))  # with fields for the interpreter's own use
        yield from _attribute_children(one, other, _HINTS if is_hinting else ())
    else:
        yield from _content_children(one, other, is_same)
        if cls not in (list, tuple, dict, set, frozenset):
            yield from _state_children(one, other)


def _content_children(one: Any, other: Any, is_same: _IsSame) -> Iterator[_Child]:
    base: Any = native_base(type(one))
    if isinstance(one, (list, tuple, deque)):
        mine, theirs = list(base.__iter__(one)), list(base.__iter__(other))
        check(len(mine) == len(theirs), one, other, f"length {len(mine)} != {len(theirs)}")
        fields = getattr(one, "_fields", ()) if isinstance(one, tuple) else ()
        parts = [f".{name}" for name in fields] if len(fields) == len(mine) else ()
        for index, pair in enumerate(zip(mine, theirs, strict=True)):
            yield parts[index] if parts else f"[{index}]", *pair
        if isinstance(one, deque):
            yield ".maxlen", one.maxlen, other.maxlen
    elif isinstance(one, dict):
        yield from _dict_children(one, other, is_same)
    elif isinstance(one, (set, frozenset)):
        for element, wanted in _matches(base.__iter__(one), base.__iter__(other), is_same):
            yield ("{", wanted, "}"), element, wanted
    elif isinstance(one, bytearray):
        check(bytearray.__eq__(one, other), one, other)
    elif isinstance(one, tuple(_EXACT)):
        exact = next(convert for base, convert in _EXACT.items() if isinstance(one, base))
        yield "", exact(one), exact(other)


def _dict_children(one: Any, other: Any, is_same: _IsSame) -> Iterator[_Child]:
    base: Any = OrderedDict if isinstance(one, OrderedDict) else dict
    mine, theirs = list(base.items(one)), list(base.items(other))
    by_key = {id(key): value for key, value in mine}
    expected = {id(key): value for key, value in theirs}
    keys = list(_matches([key for key, _ in mine], [key for key, _ in theirs], is_same))
    if base is OrderedDict:
        in_order = [id(key) for key, _ in keys] == list(by_key)
        check(in_order, one, other, "the keys are in another order")
    for key, wanted in keys:
        if type(key) not in _SCALARS:
            yield (".key ", wanted, ""), key, wanted
        yield ("[", wanted, "]"), by_key[id(key)], expected[id(wanted)]


def _matches(
    mine: Iterable[object], theirs: Iterable[object], is_same: _IsSame
) -> Iterator[tuple[object, object]]:
    """Each expected element with an actual one that is the same."""
    left = list(mine)
    exact = {_scalar_key(each): each for each in left if type(each) in _SCALARS}
    others = [each for each in left if type(each) not in _SCALARS]
    for wanted in theirs:
        if type(wanted) in _SCALARS:
            key = _scalar_key(wanted)
            if key not in exact and _tolerance.get():
                key = next((each for each in exact if _is_same_scalar(exact[each], wanted)), key)
            if key not in exact:
                raise UnlikeError(f"{shown(wanted)} is missing")
            yield exact.pop(key), wanted
            continue
        for index, each in enumerate(others):
            if is_same(each, wanted):
                yield others.pop(index), wanted
                break
        else:
            raise UnlikeError(f"{shown(wanted)} is missing")
    for each in [*exact.values(), *others]:
        raise UnlikeError(f"{shown(each)} was not expected")


def _compares_itself(one: Any, other: Any) -> bool:
    """Compare what is best compared by its own means; whether these two are of that kind."""
    numpy, pandas = sys.modules.get("numpy"), sys.modules.get("pandas")
    if isinstance(one, (dt.date, dt.time, dt.timedelta)):
        check(one == other, one, other)  # the same instant; now the same hands on the clock
        for name in _CLOCK:
            found = _Comparison().first_difference(getattr(one, name, None), getattr(other, name, None))
            check(found is None, one, other)
    elif isinstance(one, decimal.Decimal):
        check(one.as_tuple() == other.as_tuple(), one, other)  # 1.20 isn't 1.2
    elif type(one).__module__ in _CACHING:
        check(one == other, one, other)
    elif type(one).__module__ == "email.message":
        check(one.as_bytes() == other.as_bytes(), one, other)  # each header has a class of its own
    elif numpy is not None and isinstance(one, (numpy.ndarray, numpy.generic)):
        _compare_arrays(one, other, numpy)
    elif type(one).__module__.partition(".")[0] in _VALUES:
        check(bool(one == other), one, other)
    elif type(one).__module__.startswith("lxml.") and hasattr(one, "getparent"):
        markup = sys.modules["lxml.etree"].tostring
        check(markup(one) == markup(other), one, other)
    elif pandas is not None and isinstance(one, pandas.api.extensions.ExtensionArray):
        _run(pandas.testing.assert_extension_array_equal, one, other, check_exact=True)
    elif type(one).__module__.startswith("polars.") and hasattr(one, "equals"):
        _run(_assert_polars, one, other)
    elif pandas is not None and isinstance(one, (pandas.DataFrame, pandas.Series, pandas.Index)):
        _compare_frames(one, other, pandas)
    else:
        return False
    return True


def _compare_arrays(one: Any, other: Any, numpy: Any) -> None:
    check(one.dtype == other.dtype, one, other, f"dtype {one.dtype} != {other.dtype}")
    check(one.shape == other.shape, one, other, f"shape {one.shape} != {other.shape}")
    if one.dtype.hasobject:
        found = _Comparison().first_difference(one.tolist(), other.tolist())
        check(found is None, one, other, repr(found))
    elif _tolerance.get() and one.dtype.kind in "fc":
        _run(numpy.testing.assert_allclose, one, other, rtol=_tolerance.get(), atol=_tolerance.get())
    elif one.tobytes() != other.tobytes():
        _run(numpy.testing.assert_array_equal, one, other)
        if one.dtype.kind in "fc":
            check(str(one.tolist()) == str(other.tolist()), one, other, "the sign of a zero differs")


def _compare_frames(one: Any, other: Any, pandas: Any) -> None:
    tolerance = _tolerance.get()
    exact = {"rtol": tolerance, "atol": tolerance} if tolerance else {"check_exact": True}
    if isinstance(one, pandas.DataFrame):
        _run(pandas.testing.assert_frame_equal, one, other, **exact)
    elif isinstance(one, pandas.Series):
        _run(pandas.testing.assert_series_equal, one, other, **exact)
    else:
        _run(pandas.testing.assert_index_equal, one, other, exact=True, **exact)


def _assert_polars(one: Any, other: Any) -> None:
    testing = importlib.import_module("polars.testing")
    kind = "frame" if hasattr(one, "columns") else "series"
    getattr(testing, f"assert_{kind}_equal")(one, other, check_exact=True)


def _run(check: Callable[..., object], one: object, other: object, **options: object) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            check(one, other, **options)
    except AssertionError as error:
        raise UnlikeError(" ".join(str(error).split())) from None


def _state_children(one: Any, other: Any) -> Iterator[_Child]:
    cls = type(one)
    base = native_base(cls)
    provider: Any = next(each for each in cls.__mro__ if "__eq__" in each.__dict__)
    if provider.__dict__["__eq__"] is object.__eq__:
        provider = object
    if base.__module__ == "ast":  # their own reduction gives the dict itself
        yield from _attribute_children(one, other)
        return
    method = _own_reduction(cls)
    if method is not None:
        try:
            mine, theirs = _reduced(one, method), _reduced(other, method)
        except (
            UnlikeError
        ):  # it isn't whole, as in its ``__init__``: what it holds so far can be told all the same
            if not _has_attributes(cls):
                raise
        else:
            is_state = type(mine) is dict and type(theirs) is dict
            yield "" if is_state else f".{method}()", mine, theirs
            return
    if not issubclass(base, (*_EXACT, list, tuple, dict, set, frozenset, deque, bytearray)):
        if provider is not object and not isinstance(provider.__dict__["__eq__"], FunctionType):
            if not isinstance(one, SimpleNamespace):
                check(provider.__dict__["__eq__"](one, other) is True, one, other)
        elif base is not object or not _has_attributes(cls):
            yield ".__reduce_ex__()", _reduced(one, "__reduce_ex__"), _reduced(other, "__reduce_ex__")
            return
    yield from _attribute_children(one, other)


def _own_reduction(cls: type) -> str | None:
    """The method by which a class says itself what its state is."""
    for base in cls.__mro__:
        for name in ("__reduce_ex__", "__reduce__", "__getstate__"):
            method = base.__dict__.get(name)
            if isinstance(method, FunctionType) and method.__module__ != "dataclasses":
                return name
    return None


def _reduced(value: Any, method: str) -> object:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that those of itertools are deprecated
            state = getattr(value, method)(*([4] if method == "__reduce_ex__" else []))
    except Exception as error:
        raise UnlikeError(f"{shown(value)} can't be compared: {error}") from None
    if method == "__getstate__" or not isinstance(state, tuple):
        return state
    return [list(each) if index > 2 and each is not None else each for index, each in enumerate(state)]


def _attribute_children(one: object, other: object, but: Iterable[str] = ()) -> Iterator[_Child]:
    mine, theirs = _attributes(one), _attributes(other)
    for name in but:
        mine.pop(name, None)
        theirs.pop(name, None)
    for name in theirs:
        if name not in mine:
            raise UnlikeError(f"has no attribute {name}")
    for name in mine:
        if name not in theirs:
            raise UnlikeError(f"has the attribute {name}, which was not expected")
        yield f".{name}", mine[name], theirs[name]


def _has_attributes(cls: type) -> bool:
    """Whether the state of its objects, which ``object`` makes, is attributes and not something in C."""
    return cls is object or any({"__dict__", "__slots__"} & set(base.__dict__) for base in cls.__mro__)


def _attributes(value: object) -> dict[str, object]:
    """What the object's slots and ``__dict__`` hold."""
    found: dict[str, object] = {}
    for base in reversed(type(value).__mro__):
        for name, slot in base.__dict__.items():
            if isinstance(slot, MemberDescriptorType) and not (name.startswith("__") and name.endswith("__")):
                try:
                    found[slot.__name__] = slot.__get__(value)
                except AttributeError:
                    pass  # a slot that nothing was put into
    try:
        found.update(object.__getattribute__(value, "__dict__"))
    except AttributeError:
        pass  # its class has slots only
    found.pop("_sa_instance_state", None)  # where SQLAlchemy keeps what it knows of the object
    return found


def _has_identity(value: object) -> bool:
    """Whether it matters that two places hold one object, because it can be changed through either."""
    cls = type(value)
    if isinstance(value, (list, dict, set, bytearray, deque, BaseException)):
        return True
    if isinstance(value, enum.Enum) or cls.__module__ in _CACHING or native_base(cls) is not object:
        return False
    return not getattr(getattr(cls, "__dataclass_params__", None), "frozen", False)


def _is_same_scalar(one: Any, other: Any) -> bool:
    if type(one) in (float, complex) and type(other) is type(one):
        # their text tells nan, the sign of zero and every digit
        return repr(one) == repr(other) or (bool(_tolerance.get()) and _is_near(one, other))
    return bool(one == other)


def _is_near(one: Any, other: Any) -> bool:
    if type(one) is complex:
        return _is_near(one.real, other.real) and _is_near(one.imag, other.imag)
    room = _tolerance.get() * max(1.0, abs(one), abs(other))
    return repr(one) == repr(other) or bool(abs(one - other) <= room < _INFINITY)


def _scalar_key(value: object) -> tuple[type, object]:
    return type(value), repr(value) if type(value) in (float, complex) else value


def _written(path: _Path) -> str:
    parts: list[str] = []
    while path is not None:
        path, part = path
        parts.append(part if isinstance(part, str) else part[0] + shown(part[1]) + part[2])
    return "".join(reversed(parts))

"""Which code objects are watched, and whether a name leads to the function that a code object is of."""

from __future__ import annotations

import functools
from types import CellType, CodeType, FunctionType
from typing import TYPE_CHECKING, Any, NamedTuple

from pytead.capture.frames import KEEPS_LOCALS, Arguments, Signature
from pytead.capture.wrapping import TracedFunction, function_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType
    from weakref import ref

    from pytead.capture.site import Site
    from pytead.names import FunctionKind

_OPTIMIZED = 0x1
"""Flag of the code of functions, which that of modules and classes lacks."""

_MOST_STEPS = 8
"""How many decorators, one in another, are looked through."""

_LRU_CACHE = type(functools.lru_cache(len))


class Definition(NamedTuple):
    """The code of a ``def`` that a name could lead to.

    Attributes:
        qualname: qualified name inside the module.
        is_member: whether it stands in a class.
        code: what is executed.
    """

    qualname: str
    is_member: bool
    code: CodeType


def definitions(code: CodeType, *, is_class: bool = False) -> Iterator[Definition]:
    """Every ``def`` in the code of a module, but those inside functions, in the order of the source."""
    for constant in code.co_consts:
        if not isinstance(constant, CodeType):
            continue
        if constant.co_name.startswith("<generic parameters of "):  # def f[T]() and class C[T]
            yield from definitions(constant, is_class=is_class)
        elif not constant.co_flags & _OPTIMIZED:
            yield from definitions(constant, is_class=True)
        elif not constant.co_name.startswith("<"):
            yield Definition(qualname_of(constant), is_class, constant)


def qualname_of(code: CodeType) -> str:
    """The qualified name of a code object's function, which code has from 3.11 on."""
    qualname: str = code.co_qualname  # type: ignore[attr-defined]
    return qualname


def last_line(code: CodeType) -> int:
    """The last line of a function's own code."""
    return max((line for *_, line in code.co_lines() if line is not None), default=code.co_firstlineno)


class Found(NamedTuple):
    """What a name leads to.

    Attributes:
        function: the function that is called through the name; None where it is none that can be watched, and
            without a refusal where ``@trace`` records it.
        kind: how it is reached.
        refusal: slug and reason where its calls can't be recorded under the name.
    """

    function: Any
    kind: FunctionKind
    refusal: tuple[str, str] | None = None


DECORATED = ("decorated", "its name leads to what a decorator made of it, which is no function")
"""Slug and reason of functions whose calls aren't calls of what their name leads to."""


def find(code: CodeType, qualname: str, namespace: dict[str, Any]) -> Found | None:
    """The function that ``qualname`` leads to in a module, if it is that of ``code`` or made of it by decorators.

    Runs no code of the program.

    Returns:
        None where the name leads nowhere or to something else, for now at least.
    """
    kind: FunctionKind = "function"
    *path, last = qualname.split(".")
    for part in path:
        owner = namespace.get(part)
        if owner is None or not issubclass(type(owner), type):
            return None
        namespace, kind = vars(owner), "method"
        owner_name = part.lstrip("_")
    if kind == "method" and last not in namespace and last.startswith("__") and owner_name:
        last = f"_{owner_name}{last}"
    if last not in namespace:
        return None
    return _judge(code, namespace[last], kind)


def _judge(code: CodeType, holder: Any, kind: FunctionKind) -> Found | None:
    inner = holder
    if type(holder) is staticmethod:
        inner, kind = holder.__func__, "staticmethod"
    elif type(holder) is classmethod:
        inner, kind = holder.__func__, "classmethod"
    elif type(holder) is property:
        inner, kind = holder.fget, "property"
        accessors: tuple[tuple[Any, FunctionKind], ...] = ((holder.fset, "setter"), (holder.fdel, "deleter"))
        for other, name in accessors:
            if _is_made_of(other, code) and not _is_made_of(inner, code):
                inner, kind = other, name
                break
    elif type(holder) is functools.cached_property:
        inner, kind = holder.func, "property"
    elif type(holder) is functools.partialmethod or type(holder) is functools.singledispatchmethod:
        inner = holder.func
    while type(inner) is _LRU_CACHE:
        inner = inner.__wrapped__
    if _is_made_of(inner, code, traced=True):
        return Found(None, kind)
    if type(inner) is FunctionType:
        return Found(inner, kind) if _is_made_of(inner, code) else None
    return Found(None, kind, DECORATED) if _is_made_of(inner, code) else None


def _is_made_of(made: Any, code: CodeType, steps: int = _MOST_STEPS, *, traced: bool = False) -> bool:
    """Whether ``made`` is the function of ``code``, or holds it as what decorators make holds it.

    Args:
        made: what a name leads to.
        code: of the function.
        steps: how many decorators are looked through.
        traced: the function has to be one that ``@trace`` wraps.
    """
    if issubclass(type(made), TracedFunction):
        return function_of(made).__code__ is code
    if type(made) is FunctionType:
        if made.__code__ is code:
            return not traced
        if not steps:
            return False
        inside = [content_of(cell) for cell in made.__closure__ or ()]
        inside.append(vars(made).get("__wrapped__"))
    elif type(made) is _LRU_CACHE:
        inside = [made.__wrapped__]
    elif type(made) is staticmethod or type(made) is classmethod:
        inside = [made.__func__]
    elif type(made) is functools.partial:
        inside = [made.func, *made.args]
    else:
        try:
            attributes = object.__getattribute__(made, "__dict__")
        except AttributeError:
            return False
        inside = list(attributes.values()) if type(attributes) is dict and steps else []
    left = steps - 1
    return steps > 0 and any(_is_made_of(one, code, left, traced=traced) for one in inside if one is not None)


def content_of(cell: CellType) -> Any:
    """What a closure's cell holds; the cell itself while it is empty."""
    try:
        return cell.cell_contents
    except ValueError:
        return cell


class Watch:
    """One function, by the code that its calls execute.

    Attributes:
        site: its counters, and where calls go.
        active: threads with a root call under way.
        code: the code.
        module: the module that it was found in.
        signature: the code's parameters, once there was a call.
        function: a weak reference to the function, once its name was seen to lead to it.
        likeness: what the site takes for its function, which it doesn't keep alive.
        misses: calls before that.
        is_around_suspending: it is what a decorator made of a function whose calls run later.
        is_context: its name leads to what ``contextlib`` made of it, a context manager.
        is_inner: only what a decorator made of it is recorded; a call that didn't come from there counts as refused.
    """

    __slots__ = (
        "active",
        "code",
        "function",
        "is_around_suspending",
        "is_context",
        "is_inner",
        "likeness",
        "misses",
        "module",
        "signature",
        "site",
    )

    def __init__(self, site: Site, code: CodeType, module: str) -> None:
        self.site = site
        self.module = module
        self.active = site.active
        self.code = code
        self.signature: Signature | None = None
        self.function: ref[FunctionType] | None = None
        self.likeness: FunctionType | None = None
        self.misses = 0
        self.is_inner = False
        self.is_context = False
        self.is_around_suspending = False

    def read(self, frame: FrameType, function: FunctionType | None) -> Arguments:
        """The arguments of a call that begins; see ``Signature``."""
        signature = self.signature
        if signature is None:
            signature = self.signature = Signature(self.code)
        return signature.read(frame, function)

    def ids(self, frame: FrameType) -> dict[str, int]:
        """The addresses of a call's arguments, by parameter."""
        assert self.signature is not None
        return self.signature.ids(frame)

    def read_again(self, frame: FrameType, ids: dict[str, int]) -> Arguments | None:
        """The arguments of a call that ends, if its parameters hold them still."""
        if self.signature is None or self.signature.ids(frame) != ids:
            return None
        return self.signature.read(frame, self.function() if self.function is not None else None)

    def has_closure(self, found: Any) -> bool:
        """Whether locals at the start of a call are this function's: functions of one code differ by closures."""
        function = self.function() if self.function is not None else None
        if function is None:
            return False
        for name, cell in zip(self.code.co_freevars, function.__closure__ or (), strict=True):
            if found.get(name, cell) is not content_of(cell):
                return False
        return True


class Watched:
    """A code object that is watched.

    Attributes:
        code: the code.
        watches: the functions that it is of.
        only: the one function, where no closure tells several apart.
    """

    __slots__ = ("code", "only", "watches")

    def __init__(self, code: CodeType) -> None:
        self.code = code
        self.watches: list[Watch] = []
        self.only: Watch | None = None

    def add(self, watch: Watch) -> None:
        self.watches.append(watch)
        is_closure = "<locals>" in qualname_of(self.code) and bool(self.code.co_freevars)
        self.only = None if is_closure or len(self.watches) > 1 else watch

    def watch_of(self, frame: FrameType) -> Watch | None:
        """The function that a frame is a call of; None where it is one that isn't wanted."""
        found = frame.f_locals
        watch = next((watch for watch in self.watches if watch.has_closure(found)), None)
        if KEEPS_LOCALS:
            found.clear()
        return watch


def likeness(code: CodeType, module: str) -> FunctionType:
    """A function of ``code`` in ``module`` that holds nothing of the program, for what is asked of the code alone."""
    cells = tuple(CellType() for _ in code.co_freevars)
    return FunctionType(code, {"__name__": module}, closure=cells)

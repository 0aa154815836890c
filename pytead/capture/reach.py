"""How a test gets to a function that its own name doesn't lead to.

A decorator may keep the function and leave something else under its name: a command, a dispatcher, a wrapper, or
nothing. Then it is looked for, once, in what the module's names lead to: in attributes, and in tables and lists.
Everything is read raw, so that no code of the program runs.
"""

from __future__ import annotations

import gc
import sys
from collections import OrderedDict, defaultdict, deque
from importlib.machinery import ModuleSpec
from types import BuiltinFunctionType, CodeType, FunctionType, MappingProxyType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any

from pytead.capture.holders import functions_in
from pytead.capture.suspending import is_context_helper
from pytead.capture.wrapping import TracedFunction, function_of, site_of
from pytead.names import NO_REACH, Reach
from pytead.values.reducers.introspect import MISSING, look_up, module_namespace, namespace_of, type_key
from pytead.values.reducers.named import class_name
from pytead.values.reducers.objects import attribute_reader, has_readable_attributes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytead.capture.binding import Binding
    from pytead.capture.site import Site

    Step = tuple[str, object]

_MOST_STEPS = 3
_MOST_OBJECTS = 5_000

_FIRST = ("__wrapped__", "callback", "func", "function", "registry")
"""Attributes that are looked at before others: what they lead to reads best."""

_PLAIN_KEYS = frozenset(map(id, (str, int, bool, bytes, type(None))))
_LEAVES = frozenset(
    map(
        id,
        (
            str, int, float, complex, bool, bytes, bytearray, type(None), CodeType, BuiltinFunctionType, ModuleType,
        ),
    )
)  # fmt: skip
_DICTS = frozenset(map(id, (dict, OrderedDict, defaultdict)))
_LISTS = frozenset(map(id, (list, tuple)))
_DIRECT = frozenset(map(id, (FunctionType, staticmethod, classmethod, property)))
"""What a class gives for these leads to the function: it, a method of it, or the property."""


def reach_of(site: Site) -> str:
    """The way to a site's function as ``Reach.text``: empty where its name leads to it, or to nothing as yet."""
    binding = site.binding()
    if binding is None or (binding.holder is MISSING and _is_being_imported(site)):
        return ""
    try:
        if site.name.name != "<lambda>" and _is_public(binding.holder, site):
            return ""
        found = _search(site, binding)
    except Exception:  # a table that another thread changes, an object of some odd sort
        return ""
    if found is not None:
        return found.text
    return "" if site.name.name != "<lambda>" and _may_call(binding.holder, site) else NO_REACH


def _is_being_imported(site: Site) -> bool:
    """Whether the module that will have the function's name has not run to its end."""
    module = sys.modules.get(getattr(site.function, "__module__", None) or "")
    spec = module_namespace(module).get("__spec__") if type(module) is ModuleType else None
    return bool(getattr(spec, "_initializing", False)) if type(spec) is ModuleSpec else False


def _is_public(holder: Any, site: Site) -> bool:
    """Whether calling the function's name is calling the function."""
    if _is_it(holder, site):
        return True
    parts = functions_in(holder)
    if any(_is_public(part, site) for kind, part in parts if kind == site.kind or len(parts) == 1):
        return True
    if is_context_helper(holder):
        return _is_it(vars(holder).get("__wrapped__"), site)
    key = type_key(type(holder))
    if key == ("functools", "_lru_cache_wrapper"):
        return _is_it(holder.__wrapped__, site)
    # What it dispatches to when it doesn't know better.
    return key == ("functools", "singledispatchmethod") and _is_it(vars(holder).get("func"), site)


def _is_it(value: Any, site: Site) -> bool:
    if value is site.function:
        return True
    return issubclass(type(value), TracedFunction) and site_of(value) is site


def _may_call(holder: Any, site: Site) -> bool:
    """Whether the name could still be a way to call it: through a decorator that shows nothing of what it holds."""
    if issubclass(type(holder), TracedFunction):
        return False  # another function of that name
    if type(holder) is FunctionType:
        return holder.__code__ is not getattr(site.function, "__code__", None)
    return (
        any(_may_call(part, site) for _, part in functions_in(holder))
        or look_up(type(holder), "__call__") is not MISSING
    )


def _search(site: Site, binding: Binding) -> Reach | None:
    qualname = site.name.qualname.removesuffix(".<lambda>")
    namespace: Any = getattr(site.function, "__globals__", {})
    # Its own name first, then those of its class, then those of the module.
    starts: list[tuple[str, Any]] = [(qualname, binding.holder)]
    if not isinstance(binding.owner, dict):
        prefix = qualname.rpartition(".")[0]
        members = _by_plainness(namespace_of(binding.owner).items())
        starts += [(f"{prefix}.{name}", held) for name, held in members]
    starts += _by_plainness(
        (name, held) for name, held in namespace.items() if type(name) is str and name != "__builtins__"
    )
    left = _MOST_OBJECTS
    seen: set[int] = set()
    for most in (0, _MOST_STEPS):  # another name is better than a way through something
        for name, held in starts:
            if most == 0:
                if _is_it(held, site):
                    return Reach(name)
                continue
            found, left = _walk(name, held, site, seen, left)
            if found is not None:
                return found
            if left <= 0:
                return None
    return None


def _by_plainness(held: Iterable[tuple[Any, Any]]) -> list[tuple[str, Any]]:
    """Names that begin with an underscore are the last to start from."""
    named = [(name, value) for name, value in held if type(name) is str and name.isidentifier()]
    return sorted(named, key=lambda pair: pair[0].startswith("_"))


def _walk(name: str, start: Any, site: Site, seen: set[int], left: int) -> tuple[Reach | None, int]:
    """Breadth first from what a name leads to; ``seen`` holds what was looked into from other names."""
    first: tuple[Step, ...] = ()
    if "." in name and _is_raw(start):
        name, _, attribute = name.rpartition(".")
        first = (("raw", attribute),)
    elif type(start) is classmethod:
        start, first = start.__func__, (("attribute", "__func__"),)
    elif type(start) is staticmethod:
        start = start.__func__
    if _is_it(start, site):
        return Reach(name, first), left
    layer: list[tuple[Any, tuple[Step, ...]]] = [(start, first)]
    for _ in range(_MOST_STEPS):
        following: list[tuple[Any, tuple[Step, ...]]] = []
        for value, steps in layer:
            if id(value) in seen:
                continue
            seen.add(id(value))
            for step, inner in _inside(value):
                left -= 1
                way = (*steps, step)
                if _is_it(inner, site):
                    return Reach(name, way), left
                if left <= 0:
                    return None, left
                if id(type(inner)) not in _LEAVES:
                    following.append((inner, way))
        layer = following
    return None, left


def _is_raw(held: Any) -> bool:
    """Whether taking it from its class as an attribute gives something else."""
    cls = type(held)
    if id(cls) in _DIRECT or issubclass(cls, TracedFunction):
        return False
    is_dispatcher = type_key(cls) == ("functools", "singledispatchmethod")
    return is_dispatcher or type(look_up(cls, "__get__")) is FunctionType


def _inside(value: Any) -> Iterator[tuple[Step, Any]]:
    """What an object holds, with the step that leads there."""
    cls = type(value)
    if id(cls) in _LEAVES or issubclass(cls, type):
        return
    if id(cls) in _DICTS:
        yield from _items(value)
        return
    if cls is MappingProxyType:
        (mapping,) = gc.get_referents(value)
        if id(type(mapping)) in _DICTS:
            yield from _items(mapping)
        return
    if id(cls) in _LISTS:
        yield from ((("item", place), inner) for place, inner in enumerate(value))
        return
    if cls is deque or cls is set or cls is frozenset:
        return
    if cls is MethodType or cls is staticmethod or cls is classmethod:
        yield ("attribute", "__func__"), value.__func__
        return
    if cls is property:
        for name in ("fget", "fset", "fdel"):
            yield ("attribute", name), getattr(value, name)
        return
    named = [pair for pair in _attributes(value).items() if type(pair[0]) is str and pair[0].isidentifier()]
    for name, inner in sorted(named, key=lambda pair: pair[0] not in _FIRST):
        yield ("attribute", name), inner


def _attributes(value: Any) -> dict[Any, Any]:
    if issubclass(type(value), TracedFunction):
        value = function_of(value)
    cls = type(value)
    if cls is FunctionType:
        return dict(value.__dict__)
    key = type_key(cls)
    if key == ("functools", "partial"):
        return {"func": value.func}
    if issubclass(cls, property):  # a subclass of it
        return {name: property.__dict__[name].__get__(value) for name in ("fget", "fset", "fdel")}
    if issubclass(cls, ModuleType):
        return dict(module_namespace(value))
    if not has_readable_attributes(cls):
        return {}
    return dict(attribute_reader(cls)(value))


def _items(table: Any) -> Iterator[tuple[Step, Any]]:
    for key, inner in list(dict.items(table)):
        if id(type(key)) in _PLAIN_KEYS:
            yield ("item", key), inner
        elif issubclass(type(key), type):
            name = class_name(key)
            if name:
                yield ("named", name), inner

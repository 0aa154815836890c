"""Reducers of the user's own, and those that packages bring along for their types.

They are in modules that the configuration names, or that an entry point of the group ``pytead.reducers`` does. Such a
module is imported when the first object of a class is met that isn't the standard library's, and not while the package
that it belongs to is still being imported: the program's modules come in the order in which it asks for them.
"""

from __future__ import annotations

import os
import sys
from _weakref import ref
from collections.abc import Callable
from types import MethodType
from typing import Any, TypeVar

from pytead.values.marks import call
from pytead.values.reducers.hooks import is_standard_file
from pytead.values.reducers.introspect import attribute, module_namespace, type_key
from pytead.values.reducers.names import NO_KWARGS, Reduction

Reduce = Callable[[Any], tuple[Any, ...]]
R = TypeVar("R", bound=Reduce)

problems: dict[str, str] = {}
"""Module that could not be imported, to the reason."""

changed: list[Callable[[type], None]] = []
"""Called with a class whose way of being written was said anew."""

_known: dict[int, Reduce] = {}
_guards: dict[int, Any] = {}
_waiting: list[str] = []
_state = {"searched": False}


def reducer(cls: type) -> Callable[[R], R]:
    """Says how objects of exactly ``cls`` are written in a test.

    The function that is decorated gets such an object and gives ``(maker, args)`` or ``(maker, args, kwargs)``: the
    class, or a class method, whose call with these arguments gives an equal object. It must not change the object.

    Raises:
        TypeError: ``cls`` is no class.
    """
    if not issubclass(type(cls), type):
        raise TypeError(f"reducer() needs a class, not {type(cls).__qualname__}")

    def register(function: R) -> R:
        ident = id(cls)

        def forget(dead: object) -> None:
            _known.pop(ident, None)
            _guards.pop(ident, None)

        _guards[ident] = ref(cls, forget)
        _known[ident] = function
        for tell in changed:
            tell(cls)
        return function

    return register


def set_modules(names: tuple[str, ...]) -> None:
    """Say which modules hold reducers. They are imported later."""
    _waiting[:] = names


def has_reducer(cls: type) -> bool:
    """Whether somebody said how objects of a class are written."""
    if id(cls) in _known:
        return True
    key = type_key(cls)
    if key is None or (_state["searched"] and not _waiting) or _is_standard(key[0]):
        return False
    if not _state["searched"]:
        _state["searched"] = True
        _waiting.extend(_entry_points())
    _import_what_can_be()
    return id(cls) in _known


def own_handler(cls: type, refuse: Callable[[str], Exception], named: Callable[[Any], str]) -> Any:
    """What writes objects of a class as its reducer says; None where it has none.

    Args:
        cls: the class.
        refuse: makes the exception that says why an object can't be written.
        named: gives ``module:qualname`` of a maker, empty for one without a name.
    """
    if not has_reducer(cls):
        return None

    def reduce_own(value: Any) -> Reduction:
        written = _known[id(type(value))](value)
        if type(written) is not tuple or len(written) not in (2, 3) or type(written[1]) is not tuple:
            raise refuse("its reducer gave no (maker, args) or (maker, args, kwargs)")
        maker, args, kwargs = (*written, NO_KWARGS)[:3]
        is_maker = issubclass(type(maker), type) or (
            type(maker) is MethodType and issubclass(type(maker.__self__), type)
        )
        name = named(maker) if is_maker else ""
        if not name or type(kwargs) is not dict:
            raise refuse("its reducer has to name a class or a class method, which a test can import")
        return call, (name, args, kwargs)

    return reduce_own


def _is_standard(module: str) -> bool:
    found = sys.modules.get(module)
    return found is not None and is_standard_file(module_namespace(found).get("__file__", "<frozen "))


def _import_what_can_be() -> None:
    from importlib import import_module

    from pytead.values.reducers.foreign import looking_away

    for name in list(_waiting):
        if _is_under_way(name.partition(".")[0]):
            continue
        _waiting.remove(name)
        try:
            with looking_away():
                import_module(name)
        except (KeyboardInterrupt, MemoryError):
            raise
        except BaseException as error:
            text = error.args[0] if error.args and type(error.args[0]) is str else ""
            problems[name] = f"{type(error).__name__}: {text}".rstrip(": ")


def _is_under_way(package: str) -> bool:
    """Whether a package, or a module in it, is still being imported."""
    for name, module in list(sys.modules.items()):
        if type(name) is str and (name == package or name.startswith(f"{package}.")):
            spec = attribute(module, "__spec__")
            if getattr(spec, "_initializing", False):
                return True
    return False


def _entry_points() -> list[str]:
    """Modules that installed packages name. ``importlib.metadata`` would take several times as long to say."""
    found: list[str] = []
    for folder in dict.fromkeys(sys.path):
        try:
            names = os.listdir(folder or ".")
        except OSError:
            continue
        for name in names:
            if not name.endswith(".dist-info"):
                continue
            try:
                with open(os.path.join(folder, name, "entry_points.txt"), encoding="utf-8") as file:
                    text = file.read()
            except (OSError, ValueError):
                continue
            if "[pytead.reducers]" in text:
                found += _modules_in(text)
    return found


def _modules_in(text: str) -> list[str]:
    lines = text.partition("[pytead.reducers]")[2].partition("\n[")[0].splitlines()
    points = [line.partition("=")[2].partition(":")[0].strip() for line in lines if "=" in line]
    return [point for point in points if point]

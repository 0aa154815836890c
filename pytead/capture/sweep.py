"""Wraps the functions of a module that has run already, where nothing but their names holds them."""

from __future__ import annotations

import functools
import sys
from types import BuiltinFunctionType, FunctionType, ModuleType, NoneType
from typing import TYPE_CHECKING, Any, NamedTuple

from pytead.capture.site import Binding
from pytead.capture.suspending import SuspendingFunction, is_context_helper
from pytead.capture.wrapping import NestedFunction, PassedFunction, TracedFunction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytead.names import FunctionKind


class Found(NamedTuple):
    binding: Binding
    function: Any
    qualname: str
    kind: FunctionKind


def sweep(
    module: ModuleType,
    wants: Callable[[str], bool],
    wrap: Callable[[FunctionType, str, FunctionKind], Any],
    held: Callable[[str], None],
) -> None:
    """Wrap a module's wanted plain functions in place.

    Args:
        module: the module; functions that it imported from elsewhere are left alone.
        wants: whether a qualified name is wanted.
        wrap: makes the wrapper.
        held: told of a function that something else holds too: for it and the name to stay one object, it
            is left alone.
    """
    names_of: dict[int, list[Binding]] | None = None
    for found in list(functions(module)):
        if not wants(found.qualname):
            continue
        others: list[Binding] = []
        if _references(found) > _references_of_unheld()[found.kind]:
            if names_of is None:
                names_of = _names_elsewhere(module)
            others = names_of.get(id(found.function), [])
            # Each of them holds it once by its name and once more by being listed here.
            if _references(found) > _references_of_unheld()[found.kind] + 2 * len(others):
                held(found.qualname)
                continue
        wrapper = wrap(found.function, found.qualname, found.kind)
        found.binding.rebind(_in_place_of(found.binding.holder, wrapper))
        for other in others:
            other.rebind(wrapper)


def _references(found: Found) -> int:
    return sys.getrefcount(found.function)


@functools.cache
def _references_of_unheld() -> dict[str, int]:
    """How many references a function has in the loop above if only its name holds it, by kind."""
    module = ModuleType("probe")
    members = " def m(self): pass\n @staticmethod\n def s(): pass\n @classmethod\n def c(cls): pass"
    source = f"def f(): pass\nclass C:\n{members}"
    exec(compile(source, "probe", "exec", dont_inherit=True), module.__dict__)
    result: dict[str, int] = {}
    for found in list(functions(module)):
        result[found.kind] = _references(found)
    return result


def functions(module: ModuleType) -> Iterator[Found]:
    """The plain functions that a module's names lead to, its classes' included, with their names."""
    yield from _functions_of(vars(module), "", module)


def _functions_of(owner: dict[str, Any] | type, prefix: str, module: ModuleType) -> Iterator[Found]:
    namespace = owner if isinstance(owner, dict) else vars(owner)
    for name, value in list(namespace.items()):
        if type(value) in _NO_FUNCTIONS:
            continue
        if type(value) is FunctionType:
            if _is_of(value, module):
                kind: FunctionKind = "function" if isinstance(owner, dict) else "method"
                if kind == "function" or not (name.startswith("__") and name.endswith("__")):
                    yield Found(Binding(owner, name, value), value, prefix + name, kind)
        elif issubclass(type(value), type):  # isinstance would ask a lazy object for its __class__
            # A class bound under a second name is met under its own.
            if value.__module__ == module.__name__ and value.__qualname__ == prefix + name:
                yield from _functions_of(value, f"{prefix}{name}.", module)
        elif type(value) in (staticmethod, classmethod) and not isinstance(owner, dict):
            function: Any = value.__func__
            if type(function) is FunctionType and _is_of(function, module):
                member: FunctionKind = "staticmethod" if type(value) is staticmethod else "classmethod"
                if not (name.startswith("__") and name.endswith("__")):
                    yield Found(Binding(owner, name, value), function, prefix + name, member)


_NO_FUNCTIONS = frozenset(
    {
        TracedFunction,
        SuspendingFunction,
        NestedFunction,
        PassedFunction,
        str,
        int,
        NoneType,
        bool,
        dict,
        tuple,
        ModuleType,
    }
)
"""Types of most of what a namespace holds beside functions and classes: a quick no."""


def _is_of(function: FunctionType, module: ModuleType) -> bool:
    if is_context_helper(function) and isinstance(vars(function).get("__wrapped__"), TracedFunction):
        return False  # it was marked, and is recorded by what the helper calls
    # Methods that dataclasses and namedtuples generate come from no file.
    return function.__module__ == module.__name__ and not function.__code__.co_filename.startswith("<")


def compiled_functions(namespace: dict[str, Any], module: str) -> list[str]:
    """Names of a module's own functions that aren't Python's: of C, Cython or mypyc."""
    return [
        name
        for name, value in list(namespace.items())
        if type(value) is BuiltinFunctionType or type(value).__name__ == "cython_function_or_method"
        if value.__module__ == module and value.__name__ == name
    ]


def _in_place_of(holder: Any, wrapper: Any) -> Any:
    return type(holder)(wrapper) if type(holder) in (staticmethod, classmethod) else wrapper


def _names_elsewhere(home: ModuleType) -> dict[int, list[Binding]]:
    """Names in other modules that are bound to ``home``'s functions, by ``from home import function``; by id."""
    name = home.__name__
    found: dict[int, list[Binding]] = {}
    for module in list(sys.modules.values()):
        if module is home or type(module) is not ModuleType:
            continue
        for bound, value in list(vars(module).items()):
            if type(value) is FunctionType and value.__module__ == name:
                found.setdefault(id(value), []).append(Binding(vars(module), bound, value))
    return found

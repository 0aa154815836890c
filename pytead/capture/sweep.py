"""Wraps the functions of a module that has run already, where nothing but their names holds them."""

from __future__ import annotations

import functools
import sys
from types import BuiltinFunctionType, FunctionType, ModuleType, NoneType
from typing import TYPE_CHECKING, Any, NamedTuple

from pytead.capture.binding import Binding
from pytead.capture.holders import functions_in, replaced_in
from pytead.capture.suspending import SuspendingFunction, is_context_helper
from pytead.capture.wrapping import NestedFunction, PassedFunction, TracedFunction
from pytead.values.reducers.introspect import is_from_library, namespace_of, type_key

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
    wants: Callable[[FunctionType, str], bool],
    wrap: Callable[[FunctionType, str, FunctionKind], Any],
    held: Callable[[str], None],
) -> None:
    """Wrap a module's wanted plain functions in place.

    Args:
        module: the module; functions that it imported from elsewhere are left alone.
        wants: whether a function of a qualified name is wanted.
        wrap: makes the wrapper.
        held: told of a function that something else holds too: for it and the name to stay one object, it
            is left alone.
    """
    names_of: dict[int, list[Binding]] | None = None
    for found in list(functions(module)):
        if not wants(found.function, found.qualname):
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
        owner, name = found.binding.owner, found.binding.name
        namespace: Any = owner if issubclass(type(owner), dict) else namespace_of(owner)  # type: ignore[arg-type]
        holder = namespace.get(name)  # another since, if a property
        found.binding.rebind(replaced_in(holder, found.function, wrapper, owner, name))
        for other in others:
            other.rebind(wrapper)


def _references(found: Found) -> int:
    return sys.getrefcount(found.function)


@functools.cache
def _references_of_unheld() -> dict[str, int]:
    """How many references a function has in the loop above if only its name holds it, by kind."""
    module = ModuleType("probe")
    accessors = "".join(f" @p.{kind}\n def p(self, *a): pass\n" for kind in ("setter", "deleter"))
    members = " def m(self): pass\n @staticmethod\n def s(): pass\n @classmethod\n def c(cls): pass\n"
    source = f"def f(): pass\nclass C:\n{members} @property\n def p(self): pass\n{accessors}"
    exec(compile(source, "probe", "exec", dont_inherit=True), module.__dict__)
    result: dict[str, int] = {}
    for found in list(functions(module)):
        result[found.kind] = _references(found)
    return result


def functions(module: ModuleType) -> Iterator[Found]:
    """The plain functions that a module's names lead to, its classes' included, with their names."""
    yield from _functions_of(vars(module), "", module)


def _functions_of(owner: dict[str, Any] | type, prefix: str, module: ModuleType) -> Iterator[Found]:
    is_module = issubclass(type(owner), dict)  # isinstance would ask a metaclass for the class of a class
    namespace: Any = owner if is_module else namespace_of(owner)  # type: ignore[arg-type]
    for name, value in list(namespace.items()):
        if id(type(value)) in _NO_FUNCTIONS:
            continue
        if type(value) is FunctionType:
            if _is_of(value, module):
                kind: FunctionKind = "function" if is_module else "method"
                yield Found(Binding(owner, name, value), value, prefix + name, kind)
        elif issubclass(type(value), type):  # isinstance would ask a lazy object for its __class__
            # A class bound under a second name is met under its own. Its metaclass isn't asked.
            if type_key(value) == (module.__name__, prefix + name):
                yield from _functions_of(value, f"{prefix}{name}.", module)
        elif not is_module:
            for member, function in functions_in(value):
                if type(function) is FunctionType and _is_of(function, module):
                    yield Found(Binding(owner, name, value), function, prefix + name, member)


_NO_FUNCTIONS = frozenset(
    map(
        id,
        (
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
        ),
    )
)
"""Types of most of what a namespace holds beside functions and classes: a quick no, and no metaclass is asked."""


def _is_of(function: FunctionType, module: ModuleType) -> bool:
    if is_context_helper(function) and isinstance(vars(function).get("__wrapped__"), TracedFunction):
        return False  # it was marked, and is recorded by what the helper calls
    # Methods that dataclasses, attrs and namedtuples generate come from no file, or from theirs.
    is_written = not function.__code__.co_filename.startswith("<") and not is_from_library(function)
    return function.__module__ == module.__name__ and is_written


def compiled_functions(namespace: dict[str, Any], module: str) -> list[str]:
    """Names of a module's own functions that aren't Python's: of C, Cython or mypyc."""
    return [
        name
        for name, value in list(namespace.items())
        if type(value) is BuiltinFunctionType or type(value).__name__ == "cython_function_or_method"
        if value.__module__ == module and value.__name__ == name
    ]


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

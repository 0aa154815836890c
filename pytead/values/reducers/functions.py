"""Functions that no name leads to: a lambda, a function defined inside another one.

Such a function is written as where its source is, and what it took along: the cells of its closure, its
defaults and its attributes, each frozen like any value. The source itself isn't read here, and never comes
from the store: whoever renders the value looks for it in the project's own files, and takes it only if it
compiles to code with the checksum that is noted here. So a file that has changed since is noticed, and a
store that somebody planted can only point at what the project holds anyway.
"""

from __future__ import annotations

import os
import sys
from _weakref import ref
from types import CellType, CodeType, FunctionType
from typing import Any

from pytead.values.checksum import checksum
from pytead.values.marks import cell, function
from pytead.values.reducers.hooks import is_standard_file
from pytead.values.reducers.introspect import unwrapped
from pytead.values.reducers.names import MODULE_NAMES, is_bound, unrebuildable

Reduction = tuple[Any, ...]
Place = tuple[str, str, str, str, str, int]
"""Module, name of the code, version and checksum of the code, qualified name, file, first line."""

VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"

_places: dict[int, Place] = {}
_guards: dict[int, Any] = {}


def place_of(code: CodeType, namespace: dict[str, Any], qualname: str) -> Place | str:
    """Where the source of some code is; a reason if nowhere that could be looked at."""
    module = dict.get(namespace, "__name__")
    module = MODULE_NAMES.get(module, module) if type(module) is str else ""
    known = _places.get(id(code))
    if known is not None and known[0] == module:
        return known
    file = code.co_filename
    if not module or file.startswith("<"):
        return f"the source of {qualname} is in no file"
    if is_standard_file(file):
        return f"{qualname} is made inside the standard library's {module}"
    place = (module, code.co_name, f"{VERSION}:{checksum(code)}", qualname, shown(file), code.co_firstlineno)
    ident = id(code)

    def forget(dead: object) -> None:
        _places.pop(ident, None)
        _guards.pop(ident, None)

    _guards[ident] = ref(code, forget)
    _places[ident] = place
    return place


def shown(file: str) -> str:
    """Relative to the working folder where it is inside, so that a store may move with its project."""
    try:
        folder = os.getcwd() + os.sep
    except OSError:
        return file
    return (file.removeprefix(folder)).replace(os.sep, "/")


def reduce_by_source(value: Any) -> Reduction:
    code, qualname = value.__code__, value.__qualname__
    place = place_of(code, value.__globals__, qualname)
    if type(place) is str:
        slug = "value-local-function" if "<locals>" in qualname else "value-unreachable"
        slug = "value-lambda" if code.co_name == "<lambda>" else slug
        return unrebuildable(FunctionType, slug, place)
    state: dict[str, Any] = {}
    if value.__closure__:
        state["closure"] = dict(zip(code.co_freevars, value.__closure__, strict=False))
    if value.__defaults__:
        state["defaults"] = value.__defaults__
    if value.__kwdefaults__:
        state["kwdefaults"] = value.__kwdefaults__
    attributes = value.__dict__
    if value.__name__ != code.co_name and "__wrapped__" not in attributes:
        attributes = {"__name__": value.__name__, "__qualname__": qualname, **attributes}
    if attributes:
        state["attributes"] = attributes
    return function, place, state or None


def reduce_cell(value: Any) -> Reduction:
    """A variable that functions share: its content comes apart, since that may hold the functions."""
    try:
        return cell, (), (value.cell_contents,)
    except ValueError:
        return unrebuildable(CellType, "value-cell", "a variable of the enclosing function was not set yet")


def decorated_name(value: Any) -> tuple[str, str] | None:
    """The name under which a decorator left its wrapper: that of a function in the wrapper's closure."""
    for held in value.__closure__ or ():
        try:
            inner = unwrapped(held.cell_contents)
        except ValueError:
            continue
        if type(inner) is FunctionType:
            module, qualname = inner.__module__, inner.__qualname__
            if type(module) is str and type(qualname) is str and is_bound(module, qualname, value):
                return module, qualname
    return None

"""Which of the reductions that a class brings along may run while its objects are frozen.

Those of the standard library, and those in C. What a program or a package wrote in Python may do anything: send a
query, wait for a lock, change the object. It is passed over, as if the class had none.
"""

from __future__ import annotations

import os
import sys
from types import (
    BuiltinFunctionType,
    ClassMethodDescriptorType,
    FunctionType,
    GetSetDescriptorType,
    MethodDescriptorType,
    ModuleType,
    WrapperDescriptorType,
)
from typing import TYPE_CHECKING, Any

from pytead.values.reducers.introspect import (
    MISSING,
    foreign_base,
    is_python_class,
    look_up,
    module_namespace,
    mro_of,
    name_of,
    namespace_of,
    type_key,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

REDUCERS = ("__reduce_ex__", "__reduce__")
STATE_HOOKS = ("__getnewargs_ex__", "__getnewargs__", "__getstate__")

_C_FUNCTIONS = frozenset(
    map(id, (BuiltinFunctionType, MethodDescriptorType, WrapperDescriptorType, ClassMethodDescriptorType))
)
_FUNCTIONS_OF_C_COMPILERS = frozenset(
    {"cython_function_or_method", "fused_cython_function", "instancemethod", "nb_func", "nb_method"}
)
"""Type names; those of Cython and nanobind, and what pybind11 puts around a C function."""

_ASKED_BY_ANY = frozenset(
    {
        "__getattribute__", "__getattr__", "__class__", "__reduce__", "__getstate__", "__getnewargs_ex__",
        "__getnewargs__", "__getinitargs__", "__iter__", "__len__", "__getitem__",
    }
)  # fmt: skip
"""Methods that a reduction which was written for another class may well reach."""

_ASKED_BY: dict[tuple[str, str], frozenset[str]] = {
    ("datetime", "datetime"): frozenset(),
    ("datetime", "date"): frozenset(),
    ("datetime", "time"): frozenset(),
    ("datetime", "timedelta"): frozenset(),
    ("numpy", "ndarray"): frozenset(
        {"__getattribute__", "__class__", "shape", "dtype", "flags", "data", "tobytes"}
    ),
}
"""All that the reductions of these read through attributes of the object."""

_NEVER_ASKED = frozenset(
    {
        "__module__", "__qualname__", "__doc__", "__dict__", "__weakref__", "__slots__", "__annotations__",
        "__annotate__", "__annotate_func__", "__annotations_cache__", "__static_attributes__",
        "__firstlineno__", "__parameters__", "__orig_bases__", "__abstractmethods__", "_abc_impl",
        "__match_args__", "__init__", "__new__", "__init_subclass__", "__class_getitem__", "__del__",
        "__repr__", "__eq__", "__ne__", "__hash__", "__lt__", "__le__", "__gt__", "__ge__", "__setattr__",
        "__delattr__", "__setstate__", "__set_name__", "__subclasshook__",
    }
)  # fmt: skip
"""What a class may define without the reductions of the standard library reaching it."""

_standard_folder = os.path.dirname(os.__file__) + os.sep if hasattr(os, "__file__") else ""
_OTHER_FOLDERS = tuple(f"{_standard_folder}{name}{os.sep}" for name in ("site-packages", "dist-packages"))


class Hook:
    """A method that may run, by its place: it keeps no class alive.

    Attributes:
        place: of its class in the MRO.
        name: of the method.
        loses_attributes: it is that of a base class, and the class itself did more in Python.
    """

    __slots__ = ("_function", "loses_attributes", "name", "place")

    def __init__(self, place: int, name: str, function: object, loses_attributes: bool = False) -> None:
        self.place = place
        self.name = name
        self.loses_attributes = loses_attributes
        self._function = id(function)

    def bound(self, value: Any) -> Any:
        cls = type(value)
        function = namespace_of(mro_of(cls)[self.place])[self.name]
        if id(function) != self._function:
            raise LookupError(f"{self.name} was replaced")
        return function.__get__(value, cls)


def is_standard_file(file: object) -> bool:
    """Whether a file belongs to the standard library."""
    if type(file) is not str:
        return False
    if file.startswith("<frozen "):
        return True
    return (
        bool(_standard_folder) and file.startswith(_standard_folder) and not file.startswith(_OTHER_FOLDERS)
    )


def may_run_function(function: object) -> bool:
    """Whether it is written in C or belongs to the standard library."""
    cls = type(function)
    if cls is FunctionType:
        return is_standard_file(function.__code__.co_filename)  # type: ignore[attr-defined]
    if id(cls) in _C_FUNCTIONS:
        return True
    return name_of(cls) in _FUNCTIONS_OF_C_COMPILERS and not is_python_class(cls)


def _is_standard_class(cls: type) -> bool:
    key = type_key(cls)
    module = sys.modules.get(key[0]) if key else None
    return type(module) is ModuleType and is_standard_file(module_namespace(module).get("__file__"))


def _runs_no_python(found: object) -> bool:
    """Whether what a class has under a name is code in C, or none that an access would run."""
    if type(found) is property:
        return found.fget is not None and may_run_function(found.fget)
    if type(found) is staticmethod or type(found) is classmethod:
        return may_run_function(found.__func__)
    return type(found) is GetSetDescriptorType or may_run_function(found)


def _may_reach_the_program(mro: Iterable[type], owner: type, name: str, is_c: bool) -> bool:
    """Whether a method of ``owner`` could call what one of the classes before it in the MRO wrote in Python."""
    asked = _ASKED_BY.get(type_key(owner) or ("", ""))
    for klass in mro:
        if klass is owner:
            return False
        if not is_python_class(klass) or _is_standard_class(klass):
            continue
        for own, found in namespace_of(klass).items():
            if type(own) is not str or (own == "__reduce__" and name == own) or _runs_no_python(found):
                continue
            if asked is not None:
                if own in asked:
                    return True
            elif own in _ASKED_BY_ANY:
                return True
            elif own in _NEVER_ASKED or (is_c and own.startswith("__")):
                continue
            elif look_up(owner, own) is not MISSING:
                return True
    return False


def reduction_of(cls: type) -> tuple[Hook | None, str]:
    """The reduction that may run, and the name of one that was passed over."""
    plain: Any = namespace_of(object)
    passed_over = ""
    for place, klass in enumerate(mro_of(cls)):
        if klass is object:
            break
        for name in REDUCERS:
            own = namespace_of(klass).get(name, MISSING)
            if own is MISSING:
                continue
            if own is plain[name]:  # ``__reduce__ = object.__reduce__``
                return None, passed_over
            if passed_over and not is_python_class(klass) and klass is not foreign_base(cls):
                return None, passed_over  # it knows nothing of what lies between
            if _may_run(cls, klass, name, own):
                return Hook(place, name, own, loses_attributes=bool(passed_over)), passed_over
            passed_over = passed_over or name
    return None, passed_over


def state_hooks_of(cls: type) -> tuple[dict[str, Hook], str]:
    """Those of ``STATE_HOOKS`` that may run, and the name of one that was passed over."""
    hooks: dict[str, Hook] = {}
    passed_over = ""
    for name in STATE_HOOKS:
        for place, klass in enumerate(mro_of(cls)):
            own = namespace_of(klass).get(name, MISSING)
            if own is MISSING:
                continue
            if klass is not object and _may_run(cls, klass, name, own):
                hooks[name] = Hook(place, name, own)
            elif klass is not object:
                passed_over = passed_over or name
            break
    return hooks, passed_over


def _may_run(cls: type, owner: type, name: str, function: object) -> bool:
    if not may_run_function(function):
        return False
    is_c = type(function) is not FunctionType
    if not is_c and not _is_standard_class(owner):
        return False  # put there by a decorator, for what the class is written as anyway
    return not _may_reach_the_program(mro_of(cls), owner, name, is_c)

"""Facts about classes and modules, read so that no code of the program runs.

A metaclass may define ``__getattribute__``, ``__hash__``, ``__eq__`` or ``__module__``; an object may lie
about its ``__class__``. So classes are read through ``type``'s own descriptors and compared by identity,
never hashed, and ``isinstance`` (which asks for ``__class__``) is not used on objects of the program.
"""

from __future__ import annotations

import sys
from _weakref import ref
from types import (
    BuiltinFunctionType,
    ClassMethodDescriptorType,
    FunctionType,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodDescriptorType,
    ModuleType,
    WrapperDescriptorType,
)
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

MISSING: Any = type("MISSING", (), {})()
"""Stands for what a look-up did not find."""

HEAP_TYPE = 1 << 9
_C_DESCRIPTORS = frozenset(
    map(id, (MethodDescriptorType, WrapperDescriptorType, ClassMethodDescriptorType, GetSetDescriptorType))
)
_ADDED = ("__dict__", "__weakref__")
"""Descriptors that a ``class`` statement makes."""
MANAGED_DICT = 1 << 4
_MANAGED_WEAKREF = 1 << 3

_type_namespace: dict[str, Any] = dict(type.__dict__)
mro_of: Callable[[type], tuple[type, ...]] = _type_namespace["__mro__"].__get__
namespace_of: Callable[[type], Any] = _type_namespace["__dict__"].__get__
bare_name: Callable[[type], str] = _type_namespace["__name__"].__get__
name_of: Callable[[type], str] = _type_namespace["__name__"].__get__
_module_of: Callable[[type], Any] = _type_namespace["__module__"].__get__
_qualname_of: Callable[[type], Any] = _type_namespace["__qualname__"].__get__
flags_of: Callable[[type], int] = _type_namespace["__flags__"].__get__
_basicsize_of: Callable[[type], int] = _type_namespace["__basicsize__"].__get__
_itemsize_of: Callable[[type], int] = _type_namespace["__itemsize__"].__get__
_dictoffset_of: Callable[[type], int] = _type_namespace["__dictoffset__"].__get__
_weakrefoffset_of: Callable[[type], int] = _type_namespace["__weakrefoffset__"].__get__
module_namespace: Callable[[ModuleType], Any] = vars(ModuleType)["__dict__"].__get__
_raw_getattr = object.__getattribute__
_WORD = _itemsize_of(tuple)

_WRITTEN_BY_LIBRARY = frozenset({"dataclasses", "attr._make", "collections", "enum", "reprlib"})
"""Modules that put methods into a class for its author."""


class Guard(ref):  # type: ignore[type-arg]
    """A weak reference of ours, to be told from the program's."""

    __slots__ = ()


def once_a_class(decide: Callable[[type], T]) -> Callable[[type], T]:
    """``decide``, asked once for as long as the class lives.

    By identity, since a metaclass may define ``__hash__``. What is decided may hold no reference to the class.
    """
    known: dict[int, T] = {}
    guards: dict[int, Any] = {}

    def decided(cls: type) -> T:
        ident = id(cls)
        if ident in known:
            return known[ident]
        result = decide(cls)

        def forget(dead: object) -> None:
            known.pop(ident, None)
            guards.pop(ident, None)

        guards[ident] = ref(cls, forget)
        known[ident] = result
        return result

    return decided


def type_name(cls: type) -> str:
    """``module.qualname`` for people."""
    try:
        module, qualname = _module_of(cls), _qualname_of(cls)
    except AttributeError:
        return "?"
    return f"{module}.{qualname}" if type(module) is str and module != "builtins" else str(qualname)


def type_key(cls: type) -> tuple[str, str] | None:
    """Module and qualified name as the class states them; None where they are no strings."""
    try:
        module, qualname = _module_of(cls), _qualname_of(cls)
    except AttributeError:
        return None
    return (module, qualname) if type(module) is str and type(qualname) is str else None


def attribute(value: Any, name: str) -> Any:
    """The attribute past any ``__getattr__`` or ``__getattribute__`` of the class, or ``MISSING``."""
    try:
        return _raw_getattr(value, name)
    except (AttributeError, TypeError, ValueError):  # never set, deleted, or not set up yet
        return MISSING


def find(module: str, qualname: str) -> Any:
    """What the name is bound to in what is imported already, or ``MISSING``."""
    holder: Any = sys.modules.get(module)
    if holder is None or not issubclass(type(holder), ModuleType):
        return MISSING
    first, *rest = qualname.split(".")
    found = module_namespace(holder).get(first, MISSING)
    for part in rest:
        if not issubclass(type(found), type):
            return MISSING
        found = namespace_of(found).get(part, MISSING)
    return found


def look_up(cls: type, name: str) -> Any:
    """The attribute as the classes hold it, unbound, or ``MISSING``."""
    for klass in mro_of(cls):
        found = namespace_of(klass).get(name, MISSING)
        if found is not MISSING:
            return found
    return MISSING


def is_wrapt_proxy(cls: type) -> bool:
    return _proxy_base(cls) is not None


@once_a_class
def _proxy_base(cls: type) -> type | None:
    """The class of wrapt's, in C or in Python, that makes ``cls`` a proxy."""
    for name in ("wrapt._wrappers", "wrapt.wrappers"):  # wrapt itself need not be imported for these
        module = sys.modules.get(name)
        base = module_namespace(module).get("ObjectProxy") if type(module) is ModuleType else None
        if base is not None and any(klass is base for klass in mro_of(cls)):
            found: type = base
            return found
    return None


def proxied(value: Any) -> Any:
    """What a wrapt proxy wraps; ``MISSING`` for everything else."""
    base = _proxy_base(type(value))
    if base is None:
        return MISSING
    # wrapt's own descriptor: a subclass may show something else under this name.
    slot = namespace_of(base).get("__wrapped__")
    return slot.__get__(value) if type(slot) is GetSetDescriptorType else attribute(value, "__wrapped__")


def unwrapped(value: Any) -> Any:
    """The function inside static methods, class methods and wrapt proxies."""
    for _ in range(20):
        if type(value) is FunctionType:
            break
        if type(value) is staticmethod or type(value) is classmethod:
            value = value.__func__
            continue
        inner = proxied(value)
        if inner is MISSING:
            break
        value = inner
    return value


def is_python_class(cls: type) -> bool:
    """Whether a ``class`` statement (or ``type(...)``) made it, and not C code."""
    return bool(flags_of(cls) & HEAP_TYPE) and not _is_heap_type_of_c(cls)


@once_a_class
def _is_heap_type_of_c(cls: type) -> bool:
    for name, found in namespace_of(cls).items():
        kind = type(found)
        if id(kind) in _C_DESCRIPTORS and name not in _ADDED and found.__objclass__ is cls:
            return True
        if kind is BuiltinFunctionType and name == "__new__" and found.__self__ is cls:
            return True
    return False


def foreign_base(cls: type) -> type:
    """The first class of the MRO that C code made: ``object`` for most, ``dict`` for a subclass of dict."""
    for klass in mro_of(cls):
        if not is_python_class(klass) and type_key(klass) != (
            "typing",
            "Generic",
        ):  # which is in C from 3.12 on
            return klass
    return object


def has_hidden_state(cls: type) -> bool:
    """Whether objects hold C fields beside attributes and slots (the test that ``copyreg`` makes)."""
    flags = flags_of(cls)
    words = sum(len(_members(klass)) for klass in mro_of(cls) if is_python_class(klass))
    if _dictoffset_of(cls) > 0 or (_dictoffset_of(cls) and not flags & MANAGED_DICT):
        words += 1
    if _weakrefoffset_of(cls) > 0 or (_weakrefoffset_of(cls) and not flags & _MANAGED_WEAKREF):
        words += 1
    return bool(_itemsize_of(cls)) or _basicsize_of(cls) > _basicsize_of(object) + words * _WORD


def slot_names(cls: type) -> list[str]:
    """Names of the slots of all Python classes of the MRO, mangled, base classes first."""
    names: list[str] = []
    for klass in reversed(mro_of(cls)):
        if not is_python_class(klass):
            continue
        order = _declared_slots(klass, namespace_of(klass).get("__slots__"))
        members = sorted(_members(klass), key=lambda name: order.get(name, len(order)))
        names += [name for name in members if name not in names]
    return names


@once_a_class
def _members(cls: type) -> list[str]:
    return [
        name
        for name, found in namespace_of(cls).items()
        if type(found) is MemberDescriptorType and found.__objclass__ is cls
    ]


def _declared_slots(cls: type, slots: object) -> dict[str, int]:
    if type(slots) is not tuple and type(slots) is not list and type(slots) is not dict:
        return {}
    return {mangled(cls, name): place for place, name in enumerate(slots) if type(name) is str}


def mangled(cls: type, name: str) -> str:
    """The name as the compiler writes it inside the class body."""
    if not name.startswith("__") or name.endswith("__"):
        return name
    owner = str(_qualname_of(cls)).rpartition(".")[2].lstrip("_")
    return f"_{owner}{name}" if owner else name


def is_shadowed(cls: type, name: str) -> bool:
    """Whether something of the program stands where a slot or C field of that name would be found."""
    return type(look_up(cls, name)) not in (MemberDescriptorType, GetSetDescriptorType)


def has_instance_dict(cls: type) -> bool:
    return _dictoffset_of(cls) != 0


def has_readable_dict(cls: type) -> bool:
    """Whether ``object.__getattribute__(obj, "__dict__")`` reads the attributes, and no property."""
    return type(look_up(cls, "__dict__")) is GetSetDescriptorType


def ordered_pairs(value: Any) -> list[tuple[Any, Any]]:
    """The items of an ``OrderedDict`` (subclass), in its order: its own ``items`` would hash each key again."""
    by_key = {id(key): (key, found) for key, found in dict.items(value)}
    base = next(klass for klass in mro_of(type(value)) if type_key(klass) == ("collections", "OrderedDict"))
    return [by_key[id(key)] for key in namespace_of(base)["__iter__"](value)]


def is_generated(function: object) -> bool:
    """Whether a library wrote it for the class: its code comes from no file, or from the library's own."""
    if type(function) is not FunctionType:
        return False
    code = function.__code__
    if not code.co_filename.startswith("<"):
        return is_from_library(function)
    # what a person wrote in ``python -c`` or a prompt has such a file too, but keeps its own qualified name
    return getattr(code, "co_qualname", "") != function.__qualname__


def is_from_library(function: object) -> bool:
    if type(function) is not FunctionType:
        return False
    return function.__globals__.get("__name__") in _WRITTEN_BY_LIBRARY


def own_method(cls: type, names: tuple[str, ...]) -> str:
    """The first of ``names`` that a Python class of the MRO wrote itself; empty if none did."""
    for klass in mro_of(cls):
        if not is_python_class(klass):
            continue
        namespace = namespace_of(klass)
        for name in names:
            if name in namespace and not is_from_library(namespace[name]):
                return name
    return ""


def registered_reduction(cls: type) -> Any:
    """What ``copyreg.pickle`` was given for the class, or None."""
    import copyreg

    if look_up(type(cls), "__hash__") is not namespace_of(object)["__hash__"]:
        return None  # looking it up would run the metaclass's code
    return copyreg.dispatch_table.get(cls)

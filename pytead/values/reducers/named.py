"""What can be written as a name: classes, functions, methods, modules.

A name counts only if looking it up gives the object again, or a wrapper of ours around it.
"""

from __future__ import annotations

import sys
import types
from _weakref import ref
from collections.abc import Callable
from typing import Any

from pytead.values.marks import call, instance, member, opaque, reference
from pytead.values.reducers.introspect import (
    MISSING,
    find,
    mangled,
    module_namespace,
    mro_of,
    namespace_of,
    proxied,
    type_key,
    type_name,
    unwrapped,
)

Reduction = tuple[Any, ...]

MODULE_NAMES: dict[str, str] = {}
"""Module names that are written differently, ``{"__main__": "main"}``. Changed in place, before recording
starts: what a class was once found to be is remembered."""

_MARKS = frozenset(map(id, (call, instance, member, opaque, reference)))

NO_KWARGS: dict[str, Any] = {}

_PUBLIC_MODULES = {
    "posix": "os",
    "nt": "os",
    "posixpath": "os.path",
    "ntpath": "os.path",
    "pathlib._local": "pathlib",
    "pathlib._abc": "pathlib",
    "_pydecimal": "decimal",
    "_pydatetime": "datetime",
    "_thread": "threading",
}


def made_by(function: str, *args: Any, **kwargs: Any) -> Reduction:
    """``module:qualname(*args, **kwargs)``."""
    return call, (function, args, kwargs or NO_KWARGS)


def unrebuildable(cls: type, slug: str, reason: str) -> Reduction:
    return opaque, (type_name(cls), slug, reason)


def written_name(module: str, qualname: str, target: object) -> str:
    """``module:qualname``, by the public name of the module if that has the object too."""
    public = _PUBLIC_MODULES.get(module) or (module.lstrip("_") if module.startswith("_") else "")
    if public and module != "__main__" and is_bound(public, qualname, target):
        module = public
    return f"{MODULE_NAMES.get(module, module)}:{qualname}"


def is_bound(module: str, qualname: str, target: object) -> bool:
    """Whether the name gives the object itself, or a static method or wrapper around it."""
    found = find(module, qualname)
    if found is MISSING:
        return False
    return found is target or unwrapped(found) is target


def class_name(cls: type) -> str:
    """``module:qualname`` of a class that is reachable by name, else empty."""
    key = type_key(cls)
    if key is None:
        return ""
    if is_bound(*key, cls):
        return written_name(*key, cls)
    if key[0] == "builtins":  # function, generator, NoneType ... have names in ``types`` only
        for name, found in vars(types).items():
            if found is cls:
                return f"types:{name}"
    return ""


def why_unnamed(cls: type) -> tuple[str, str]:
    """Slug and reason for a class that ``class_name`` did not find."""
    if "<locals>" in type_name(cls):
        return "value-local-class", f"{type_name(cls)} is defined inside a function"
    return "value-unreachable", f"{type_name(cls)} is not what that name gives"


def reduce_class(value: Any) -> Reduction:
    if id(value) in _MARKS:
        return NotImplemented  # type: ignore[no-any-return]  # a mark is written as the plain name that it is
    name = class_name(value)
    return (reference, (name, "class")) if name else unrebuildable(type(value), *why_unnamed(value))


def reduce_module(value: Any) -> Reduction:
    name = module_namespace(value).get("__name__")
    if type(name) is str and sys.modules.get(name) is value:
        public = _PUBLIC_MODULES.get(name, "")
        if sys.modules.get(public) is value:
            name = public
        return reference, (MODULE_NAMES.get(name, name), "module")
    return unrebuildable(type(value), "value-unreachable", "a module that is not in sys.modules")


def function_name(function: Any) -> str:
    """``module:qualname`` of a function or C function that is reachable by name, else empty."""
    module, qualname = function.__module__, function.__qualname__
    if type(module) is not str or type(qualname) is not str or "<locals>" in qualname:
        return ""
    if is_bound(module, qualname, function):
        return written_name(module, qualname, function)
    if qualname == "<lambda>":  # named by assignment: ``by_price = lambda item: item.price``
        holder = sys.modules.get(module)
        if type(holder) is types.ModuleType:
            for name, found in list(vars(holder).items()):
                if found is function and type(name) is str:
                    return written_name(module, name, function)
    return ""


def reduce_function(value: Any) -> Reduction:
    name = function_name(value)
    if name:
        return reference, (name, "function")
    qualname = value.__qualname__
    if qualname.endswith("<lambda>"):
        return unrebuildable(type(value), "value-lambda", f"{qualname} is a lambda without a name of its own")
    if "<locals>" in qualname:
        return unrebuildable(
            type(value), "value-local-function", f"{qualname} is a function defined inside a function"
        )
    return unrebuildable(type(value), "value-unreachable", f"{qualname} is not what that name gives")


def reduce_builtin(value: Any) -> Reduction:
    """A C function: of a module, or bound to an object or class."""
    owner = value.__self__
    if owner is None or issubclass(type(owner), types.ModuleType):
        if value.__module__ is None and owner is not None:
            module = module_namespace(owner).get("__name__")
            if type(module) is str and is_bound(module, value.__name__, value):
                return reference, (written_name(module, value.__name__, value), "function")
        return reduce_function(value)
    return _attribute_of(owner, value.__name__)


def reduce_descriptor(value: Any) -> Reduction:
    """``str.upper`` and the like."""
    name = class_name(value.__objclass__)
    if name:
        return reference, (f"{name}.{value.__name__}", "function")
    return unrebuildable(type(value), *why_unnamed(value.__objclass__))


def reduce_method_wrapper(value: Any) -> Reduction:
    return _attribute_of(value.__self__, value.__name__)


def reduce_method(value: Any) -> Reduction:
    """A bound method: the attribute of its object, if the object's class has it under that name."""
    function, owner = value.__func__, value.__self__
    inner = unwrapped(function)
    if type(inner) is types.FunctionType or type(inner) is types.BuiltinFunctionType:
        name = inner.__name__
        for klass in mro_of(owner if issubclass(type(owner), type) else type(owner)):
            for spelling in (name, mangled(klass, name)):
                found = namespace_of(klass).get(spelling, MISSING)
                if found is not MISSING and (found is function or unwrapped(found) is inner):
                    return _attribute_of(owner, spelling)
    return made_by("types:MethodType", function, owner)


def _attribute_of(owner: Any, name: str) -> Reduction:
    if issubclass(type(owner), type):
        cls = class_name(owner)
        if cls:
            return reference, (f"{cls}.{name}", "function")
    return made_by("builtins:getattr", owner, name)


def reduce_proxy(value: Any) -> Reduction:
    """A wrapt proxy: the name of the function it wraps, where that name gives the proxy or the function."""
    inner: Any = value
    while (deeper := proxied(inner)) is not MISSING:
        inner = deeper
    if type(inner) is types.FunctionType or type(inner) is types.BuiltinFunctionType:
        module, qualname = inner.__module__, inner.__qualname__
        if type(module) is str and type(qualname) is str and find(module, qualname) is value:
            return reference, (written_name(module, qualname, value), "function")
        return reduce_function(inner) if type(inner) is types.FunctionType else reduce_builtin(inner)
    if type(inner) is types.MethodType:
        return reduce_method(inner)
    if issubclass(type(inner), type):
        return reduce_class(inner)
    return unrebuildable(type(value), "value-proxy", f"a {type_name(type(value))} around another object")


def reduce_named_object(value: Any, attributes: dict[Any, Any]) -> Reduction | None:
    """An object with the name of a function that it stands for, as ``functools.update_wrapper`` leaves it."""
    module, qualname = attributes.get("__module__"), attributes.get("__qualname__")
    if type(module) is str and type(qualname) is str and find(module, qualname) is value:
        return reference, (written_name(module, qualname, value), "function")
    return None


class _Known(ref[Any]):
    """A class, function or wrapper that was looked up before, and how it was written."""

    __slots__ = ("key", "reduction")
    key: int
    reduction: Reduction


_known: dict[int, _Known] = {}


def _forget(dead: _Known) -> None:
    _known.pop(dead.key, None)


def remembering(reduce: Callable[[Any], Reduction]) -> Callable[[Any], Reduction]:
    """``reduce``, asked once an object: a table of a thousand functions is written with every call of its owner.

    A name may be bound to another object later; then what was recorded is found wrong when it is verified.
    """

    def reduce_once(value: Any) -> Reduction:
        known = _known.get(id(value))
        if known is not None and known() is value:
            return known.reduction
        reduction = reduce(value)
        if reduction is not NotImplemented and _is_settled(value, reduction):
            known = _Known(value, _forget)  # type: ignore[arg-type]
            known.key, known.reduction = id(value), reduction
            _known[id(value)] = known
        return reduction

    return reduce_once


def _is_settled(value: Any, reduction: Reduction) -> bool:
    """Whether it will be written the same way later: a name may still be missing while its module is imported."""
    if reduction[0] is reference:
        return True
    if reduction[0] is not opaque:
        return False
    module = sys.modules.get(value.__module__) if type(value) is types.FunctionType else None
    spec = vars(module).get("__spec__") if type(module) is types.ModuleType else None
    return module is not None and not getattr(spec, "_initializing", False)


HANDLERS: dict[type, Any] = {
    types.FunctionType: remembering(reduce_function),
    types.BuiltinFunctionType: reduce_builtin,
    types.MethodType: reduce_method,
    types.MethodDescriptorType: reduce_descriptor,
    types.WrapperDescriptorType: reduce_descriptor,
    types.ClassMethodDescriptorType: reduce_descriptor,
    types.MethodWrapperType: reduce_method_wrapper,
    types.ModuleType: reduce_module,
}

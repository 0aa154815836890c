"""What can be written as a name: classes, functions, methods, modules.

A name counts only if looking it up gives the object again, or a wrapper of ours around it.
"""

from __future__ import annotations

import sys
import types
from typing import TYPE_CHECKING, Any

from pytead.values.marks import begun, call, cell, function, instance, made, member, opaque, reference
from pytead.values.reducers.classes import is_local, reduce_local_class
from pytead.values.reducers.constants import reduce_constant
from pytead.values.reducers.functions import decorated_name, reduce_by_source, reduce_cell
from pytead.values.reducers.introspect import (
    MISSING,
    Guard,
    find,
    look_up,
    mangled,
    module_namespace,
    mro_of,
    namespace_of,
    once_a_class,
    proxied,
    type_key,
    type_name,
    unwrapped,
)
from pytead.values.reducers.names import (
    MODULE_NAMES,
    NO_KWARGS,
    PUBLIC_MODULES,
    Reduction,
    is_bound,
    made_by,
    unrebuildable,
    written_name,
)

if TYPE_CHECKING:
    from collections.abc import Callable


def class_name(cls: type) -> str:
    """``module:qualname`` of a class that is reachable by name, else empty."""
    known = _known.get(id(cls))
    if known is not None and known is not NotImplemented and known[0] is reference:
        return str(known[1][0])
    key = type_key(cls)
    if key is None:
        return ""
    if is_bound(*key, cls):
        return written_name(*key, cls)
    if key[0] == "builtins":  # function, generator, NoneType ... have names in ``types`` only
        for name, found in vars(types).items():
            if found is cls:
                return f"types:{name}"
    constant = reduce_constant(cls)
    return str(constant[1][0]) if constant else ""


def why_unnamed(cls: type) -> tuple[str, str]:
    """Slug and reason for a class that ``class_name`` did not find."""
    if "<locals>" in type_name(cls):
        return "value-local-class", f"{type_name(cls)} is defined inside a function"
    return "value-unreachable", f"{type_name(cls)} is not what that name gives"


def reduce_class(value: Any) -> Reduction:
    name = class_name(value)
    if name:
        return reference, (name, "class")
    return reduce_local_class(value) if is_local(value) else unrebuildable(type(value), *why_unnamed(value))


def reduce_module(value: Any) -> Reduction:
    name = module_namespace(value).get("__name__")
    if type(name) is str and sys.modules.get(name) is value:
        public = PUBLIC_MODULES.get(name, "")
        if sys.modules.get(public) is value:
            name = public
        return reference, (MODULE_NAMES.get(name, name), "module")
    return unrebuildable(type(value), "value-unreachable", "a module that is not in sys.modules")


def function_name(function: Any) -> str:
    """``module:qualname`` of a function or C function that is reachable by name, else empty."""
    module, qualname = function.__module__, function.__qualname__
    if type(module) is not str or type(qualname) is not str:
        return ""
    is_local = "<" in qualname
    if not is_local and is_bound(module, qualname, function):
        return written_name(module, qualname, function)
    if type(function) is not types.FunctionType:
        return ""
    if is_local and (name := _name_in_module(module, function) or _name_in_class(module, function)):
        return written_name(module, name, function)  # ``by_price = lambda item: item.price``
    decorated = decorated_name(function)
    return written_name(*decorated, function) if decorated else ""


class _Codes:
    """The code of what a module had bound when it had so many names: most functions needn't be looked for."""

    __slots__ = ("idents", "size")

    def __init__(self, namespace: dict[str, Any]) -> None:
        self.size = len(namespace)
        bound = [unwrapped(found) for found in list(namespace.values())]
        self.idents = {id(found.__code__) for found in bound if type(found) is types.FunctionType}


_codes: dict[str, _Codes] = {}


def _name_in_module(module: str, function: types.FunctionType) -> str:
    holder = sys.modules.get(module)
    if type(holder) is not types.ModuleType:
        return ""
    namespace = module_namespace(holder)
    codes = _codes.get(module)
    if codes is None or codes.size != len(namespace):
        codes = _codes[module] = _Codes(namespace)
    if id(function.__code__) in codes.idents:
        for name, found in list(namespace.items()):
            if type(name) is str and (found is function or unwrapped(found) is function):
                return name
    return ""


def _name_in_class(module: str, function: types.FunctionType) -> str:
    owner, _, last = function.__qualname__.rpartition(".")
    cls: Any = find(module, owner) if owner and last == "<lambda>" and "<" not in owner else None
    if issubclass(type(cls), type):
        for name, found in list(namespace_of(cls).items()):
            if type(name) is str and (found is function or unwrapped(found) is function):
                return f"{owner}.{name}"
    return ""


def reduce_function(value: Any) -> Reduction:
    name = function_name(value)
    if name:
        return reference, (name, "function")
    if type(value) is types.FunctionType:
        return reduce_by_source(value)
    return unrebuildable(
        type(value), "value-unreachable", f"{value.__qualname__} is not what that name gives"
    )


def reduce_builtin(value: Any) -> Reduction:
    """A C function: of a module, or bound to an object or class."""
    owner = value.__self__
    if owner is None or issubclass(type(owner), types.ModuleType):
        if value.__module__ is None and owner is not None:
            module = module_namespace(owner).get("__name__")
            if type(module) is str and is_bound(module, value.__name__, value):
                return reference, (written_name(module, value.__name__, value), "function")
        return reduce_function(value)
    return _in_module_of(value) or _attribute_of(owner, value.__name__)


def reduce_descriptor(value: Any) -> Reduction:
    """``str.upper`` and the like."""
    name = class_name(value.__objclass__)
    if name:
        return reference, (f"{name}.{value.__name__}", "function")
    return unrebuildable(type(value), *why_unnamed(value.__objclass__))


def reduce_method_wrapper(value: Any) -> Reduction:
    return _attribute_of(value.__self__, value.__name__)


@once_a_class
def _methods_of(cls: type) -> dict[int, tuple[Any, str]]:
    """Functions that were found in the class: a weak reference by identity, and the name."""
    return {}


def reduce_method(value: Any) -> Reduction:
    """A bound method: the attribute of its object, if the object's class has it under that name."""
    function, owner = value.__func__, value.__self__
    if (named := _in_module_of(value)) is not None:
        return named
    cls = owner if issubclass(type(owner), type) else type(owner)
    methods = _methods_of(cls)
    known = methods.get(id(function))
    if known is not None and known[0]() is function:
        return _attribute_of(owner, known[1])
    name = _method_name(cls, function)
    if not name:
        return made_by("types:MethodType", function, owner)
    if type(function) is types.FunctionType or proxied(function) is not MISSING:
        methods[id(function)] = (Guard(function), name)
    return _attribute_of(owner, name)


def _method_name(cls: type, function: Any) -> str:
    inner = unwrapped(function)
    if type(inner) is not types.FunctionType and type(inner) is not types.BuiltinFunctionType:
        return ""
    name: str = inner.__name__
    private = [mangled(klass, name) for klass in mro_of(cls)] if name.startswith("__") else []
    for spelling in (name, *private):
        found = look_up(cls, spelling)
        if found is function or (found is not MISSING and unwrapped(found) is inner):
            return spelling
    return ""


def _in_module_of(method: Any) -> Reduction | None:
    """A method that the module of its class offers as a function, as ``random`` does those of a hidden object."""
    key = type_key(type(method.__self__))
    name = method.__name__
    if key is not None and type(name) is str and find(key[0], name) is method:
        return reference, (written_name(key[0], name, method), "function")
    return None


def _attribute_of(owner: Any, name: str) -> Reduction:
    if issubclass(type(owner), type):
        cls = class_name(owner)
        if cls:
            return reference, (f"{cls}.{name}", "function")
    return call, ("builtins:getattr", (owner, name), NO_KWARGS)


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


_known: dict[int, Reduction] = {}
"""Classes, functions and wrappers that were looked up before, by identity, and how they were written."""

_guards: dict[int, Any] = {}
_doubts: dict[int, _Doubt] = {}

_FIRST_LOOKS = 32
_MOST_DOUBTS = 16


def pause_after(looks: int) -> int:
    """How often something without a name is written as such before its name is looked up again.

    Not at all at first, since its name may be about to be bound: its class is being made, its module is being
    imported. Then each time for twice as long.
    """
    return 0 if looks <= _FIRST_LOOKS else 1 << min(looks - _FIRST_LOOKS, _MOST_DOUBTS)


class _Doubt:
    """How something without a name is written for a while, until it is looked up again."""

    __slots__ = ("left", "looks", "reduction")

    def __init__(self, reduction: Reduction, looks: int) -> None:
        self.reduction = reduction
        self.looks = looks
        self.left = pause_after(looks)


def remembering(reduce: Callable[[Any], Reduction]) -> Callable[[Any], Reduction]:
    """``reduce``, asked once an object: a table of a thousand functions is written with every call of its owner.

    A name may be bound to another object later; then what was recorded is found wrong when it is verified.
    What has no name yet may get one, while its module is imported: it is looked up again, less and less often.
    """
    known, doubt_of = _known, _doubts.get

    def reduce_once(value: Any) -> Reduction:
        ident = id(value)
        if ident in known:
            return known[ident]
        doubt = doubt_of(ident)
        if doubt is not None and doubt.left:
            doubt.left -= 1
            return doubt.reduction
        reduction = reduce(value)
        if reduction[0] is reference or reduction[0] is opaque:  # all others hold objects
            _remember(value, reduction, doubt)
        return reduction

    return reduce_once


def _remember(value: Any, reduction: Reduction, doubt: _Doubt | None) -> None:
    ident, slug = id(value), reduction[1][1]
    if ident not in _guards:

        def forget(dead: object) -> None:
            for memory in (_known, _doubts, _guards):
                memory.pop(ident, None)

        _guards[ident] = Guard(value, forget)
    if reduction[0] is reference or slug in ("value-local-class", "value-local-function"):
        _known[ident] = reduction
        _doubts.pop(ident, None)
    else:
        _doubts[ident] = _Doubt(reduction, doubt.looks + 1 if doubt else 1)


# a mark is written as the plain name that it is
_known.update(
    (id(mark), NotImplemented)
    for mark in (begun, call, cell, function, instance, made, member, opaque, reference)
)

HANDLERS: dict[type, Any] = {
    types.FunctionType: remembering(reduce_function),
    types.CellType: reduce_cell,
    types.BuiltinFunctionType: reduce_builtin,
    types.MethodType: reduce_method,
    types.MethodDescriptorType: reduce_descriptor,
    types.WrapperDescriptorType: reduce_descriptor,
    types.ClassMethodDescriptorType: reduce_descriptor,
    types.MethodWrapperType: reduce_method_wrapper,
    types.ModuleType: reduce_module,
}

"""Classes that no name leads to, as they are defined inside a function: written as where their source is.

What a function's code says for it (see ``functions``), the code of the methods says for a class, with the plain
values of its attributes. The variables of the enclosing function that the methods use go along, and so do bases that
are such classes themselves.
"""

from __future__ import annotations

import sys
from types import FunctionType
from typing import TYPE_CHECKING, Any

from pytead.values.checksum import checksum
from pytead.values.marks import function, instance, made, opaque
from pytead.values.reducers.functions import VERSION, shown
from pytead.values.reducers.hooks import is_standard_file
from pytead.values.reducers.introspect import (
    is_generated,
    module_namespace,
    namespace_of,
    type_key,
    type_name,
)
from pytead.values.reducers.names import MODULE_NAMES, Reduction, unrebuildable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_PLAIN = frozenset(map(id, (int, float, str, bytes, bool, type(None))))
_WRITTEN = ("__dataclass_fields__", "__attrs_attrs__")
"""What shows that a library wrote some of the methods."""

_bases: Any = type.__dict__["__bases__"].__get__
_METACLASSES = frozenset({("builtins", "type"), ("abc", "ABCMeta")})


def is_local(cls: type) -> bool:
    """Whether a class that has no name is one that its source may stand for."""
    key = type_key(cls)
    return key is not None and "<locals>" in key[1] and type_key(type(cls)) in _METACLASSES


def reduce_local_class(cls: Any) -> Reduction:
    """The class by its source."""
    key = type_key(cls)
    methods = list(_methods(cls))
    if any(code.co_filename.startswith("<") for _, code in methods):
        return unrebuildable(type(cls), "value-local-class", f"the source of {type_name(cls)} is in no file")
    module = sys.modules.get(key[0]) if key else None
    file = methods[0][1].co_filename if methods else None
    if file is None and module is not None:
        file = module_namespace(module).get("__file__")
    if key is None or type(file) is not str or file.startswith("<") or is_standard_file(file):
        return unrebuildable(type(cls), "value-local-class", f"the source of {type_name(cls)} is in no file")
    namespace = namespace_of(cls)
    line = namespace.get("__firstlineno__") or min((code.co_firstlineno for _, code in methods), default=0)
    name = key[1].rpartition(".")[2]
    state: dict[str, Any] = {
        "methods": tuple(sorted(f"{code.co_name}:{checksum(code)}" for _, code in methods)),
        "constants": {
            each: value
            for each, value in namespace.items()
            if type(each) is str and id(type(value)) in _PLAIN and not each.startswith("__")
        },
    }
    closure: dict[str, Any] = {}
    for method, code in methods:
        closure.update(zip(code.co_freevars, method.__closure__ or (), strict=False))
    closure.pop("__class__", None)
    if closure:
        state["closure"] = closure
    bases = {base.__name__: base for base in _bases(cls) if "<locals>" in type_name(base)}
    if bases:
        state["attributes"] = bases
    place = (MODULE_NAMES.get(key[0], key[0]), name, f"{VERSION}:class", key[1], shown(file), line)
    return function, place, state


def local_handler(
    decide: Callable[[type, str], Callable[[Any], Reduction]], cls: type
) -> Callable[[Any], Reduction]:
    """How the objects of such a class are written, given how those of a class with a name are."""
    module, qualname = type_key(cls) or ("", "")
    handler = decide(cls, f"{MODULE_NAMES.get(module, module)}:{qualname}")

    def reduce_local(value: Any) -> Reduction:
        reduction = handler(value)
        if reduction[0] is instance:
            return made, (type(value), *reduction[1]), *reduction[2:]
        if reduction[0] is opaque:
            return reduction
        reason = f"{type_name(type(value))} is defined inside a function and pickles in a way of its own"
        return unrebuildable(type(value), "value-local-class", reason)

    return reduce_local


def _methods(cls: type) -> Iterator[tuple[FunctionType, Any]]:
    """The functions that the body of the class defines, with their code."""
    is_written = any(name in namespace_of(cls) for name in _WRITTEN)
    prefix = f"{type_name(cls).rpartition('.')[2]}."
    for found in list(namespace_of(cls).values()):
        kind = type(found)
        held = (found.fget, found.fset, found.fdel) if kind is property else (found,)
        if kind is staticmethod or kind is classmethod:
            held = (found.__func__,)
        for each in held:
            if type(each) is not FunctionType or (is_written and is_generated(each)):
                continue
            if each.__qualname__.endswith(prefix + each.__code__.co_name):
                yield each, each.__code__

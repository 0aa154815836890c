"""sympy: an expression as the calls that build it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from pytead.values.marks import reference
from pytead.values.reducers.introspect import module_namespace
from pytead.values.reducers.named import class_name
from pytead.values.reducers.names import Reduction, made_by, unrebuildable

if TYPE_CHECKING:
    from collections.abc import Callable

_CONSTANTS = ("pi", "E", "I", "oo", "zoo", "nan", "true", "false", "EulerGamma", "GoldenRatio", "Catalan")


def _expression(value: Any) -> Reduction:
    sympy = module_namespace(sys.modules["sympy"])
    for name in _CONSTANTS:
        if sympy.get(name) is value:
            return reference, (f"sympy:{name}", "constant")
    if value.is_Integer:
        return made_by("sympy:Integer", int(value))
    if value.is_Rational:
        return made_by("sympy:Rational", int(value.p), int(value.q))
    if value.is_Float:
        return made_by("sympy:Float", str(value), precision=value._prec)
    if value.is_Symbol:
        return made_by("sympy:Symbol", value.name, **value._assumptions_orig)
    name = class_name(type(value))
    if not value.args or not name or value.func is not type(value):
        return unrebuildable(type(value), "value-unpicklable", "an expression of a kind of its own")
    return made_by(_public(name, type(value)), *value.args)


def _public(name: str, cls: type) -> str:
    short = name.rpartition(":")[2]
    return f"sympy:{short}" if module_namespace(sys.modules["sympy"]).get(short) is cls else name


def _matrix(value: Any) -> Reduction:
    return made_by(_public(class_name(type(value)), type(value)), value.tolist())


def handler_of(cls: type, base: type, key: tuple[str, str]) -> Callable[[Any], Reduction] | None:
    if key[1] in ("DenseMatrix", "ImmutableDenseMatrix"):
        return _matrix
    return _expression if key == ("sympy.core.basic", "Basic") else None

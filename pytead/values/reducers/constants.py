"""Objects that are constants of the program: written as the name that a module has for them.

A module's own names are looked at, and, of what can't be changed (a subclass of tuple or str, say), the attributes that
hold others of its class: ``Token.Name.Function``. Nothing is kept alive; a name counts only while it gives the object.
"""

from __future__ import annotations

import sys
from types import FunctionType, ModuleType
from typing import Any

from pytead.values.marks import reference
from pytead.values.reducers.hooks import is_standard_file
from pytead.values.reducers.introspect import (
    MISSING,
    attribute,
    has_instance_dict,
    has_readable_dict,
    is_python_class,
    module_namespace,
    mro_of,
    type_key,
)
from pytead.values.reducers.names import MODULE_NAMES, Reduction, written_name

_MOST_STEPS = 5
"""Attributes from a module's own name to a constant."""

_UNCHANGEABLE = frozenset(map(id, (tuple, str, int, float, bytes, frozenset, complex)))
_PLAIN = frozenset(
    map(
        id,
        (*(tuple, str, int, float, bytes, frozenset, complex, bool), type(None), list, dict, set, ModuleType),
    )
)

_names: dict[int, tuple[str, tuple[str, ...]]] = {}
"""By identity: the module, and the way from there."""

_sizes: dict[str, int] = {}
"""How many names each module had when it was looked through."""

_pause, _pause_of_opaque = [0, 1, 1024], [0, 1, 64]
"""Objects without a name since modules were looked through, how many there are until that is done again, and how many
at most: fewer of those that can't be written otherwise."""


def is_unchangeable(cls: type) -> bool:
    """Whether its objects hold what a builtin that can't be changed holds, beside their attributes."""
    return is_python_class(cls) and any(id(klass) in _UNCHANGEABLE for klass in mro_of(cls))


def instead_of_opaque(value: Any) -> Reduction | None:
    """The same for what can't be rebuilt, unless the standard library or the running script holds it for itself."""
    named = reduce_constant(value, _pause_of_opaque)
    module = named[1][0].partition(":")[0].partition(".")[0] if named else ""
    is_of_process = module in sys.stdlib_module_names or module in ("__main__", MODULE_NAMES.get("__main__"))
    return None if is_of_process else named


def reduce_constant(value: Any, pause: list[int] = _pause) -> Reduction | None:
    """``reference`` to the name that a module has for this very object; None if there is none, or none is known yet."""
    known = _names.get(id(value))
    if known is None or _found(*known) is not value:
        pause[0] += 1
        if pause[0] < pause[1]:
            return None
        pause[:2] = [0, min(2 * pause[1], pause[2])]
        _look_through(type(value))
        known = _names.get(id(value))
        if known is None or _found(*known) is not value:
            return None
    module, way = known
    name = written_name(module, ".".join(way), value)
    is_class, is_function = issubclass(type(value), type), type(value) is FunctionType
    return reference, (name, "class" if is_class else "function" if is_function else "constant")


def _found(module: str, way: tuple[str, ...]) -> Any:
    holder = sys.modules.get(module)
    if type(holder) is not ModuleType:
        return MISSING
    found = module_namespace(holder).get(way[0], MISSING)
    for name in way[1:]:
        held = attribute(found, "__dict__")
        found = held.get(name, MISSING) if type(held) is dict else MISSING
    return found


def _look_through(cls: type) -> None:
    """Note the constants of modules that have got more of them, and of the one where ``cls`` is defined."""
    key = type_key(cls)
    home = key[0] if key else ""
    for module, holder in list(sys.modules.items()):
        if type(holder) is not ModuleType or type(module) is not str:
            continue
        namespace = module_namespace(holder)
        if _sizes.get(module) != len(namespace) or module == home:
            _sizes[module] = len(namespace)
            if module.partition(".")[0] != "pytead":
                _look_into(module, namespace)


def _look_into(module: str, namespace: dict[str, Any]) -> None:
    is_standard = is_standard_file(namespace.get("__file__", "<frozen "))
    trees: list[tuple[Any, tuple[str, ...]]] = []
    for name, found in list(namespace.items()):
        cls = type(found)
        if id(cls) in _PLAIN or type(name) is not str or not name.isidentifier():
            continue
        key = type_key(cls)
        is_home = key is not None and key[0] == module  # which comes before those that took it from there
        if (is_home and not (is_standard and name.startswith("_"))) or not (is_standard or _is_noted(found)):
            _names[id(found)] = module, (name,)
            if is_home and is_unchangeable(cls) and has_instance_dict(cls) and has_readable_dict(cls):
                trees.append((found, (name,)))
    for found, way in trees:  # grows meanwhile
        if len(way) > _MOST_STEPS:
            break
        for name, inside in list(object.__getattribute__(found, "__dict__").items()):
            if type(inside) is type(found) and _is_word(name) and not _is_noted(inside):
                _names[id(inside)] = module, (*way, name)
                trees.append((inside, (*way, name)))


def _is_noted(value: Any) -> bool:
    known = _names.get(id(value))
    return known is not None and _found(*known) is value


def _is_word(name: Any) -> bool:
    """Whether it is what a constant may be called: ``Function``, and not ``parent``."""
    return type(name) is str and name.isidentifier() and name[:1].isupper()

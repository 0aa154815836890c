"""Names of modules and what is bound in them, and the reductions that are made of names."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from pytead.values.marks import call, opaque
from pytead.values.reducers.introspect import MISSING, find, module_namespace, type_name, unwrapped

Reduction = tuple[Any, ...]

MODULE_NAMES: dict[str, str] = {}
"""Module names that are written differently, ``{"__main__": "main"}``. Changed in place, before recording
starts: what a class was once found to be is remembered."""

NO_KWARGS: dict[str, Any] = {}

PUBLIC_MODULES = {
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


class Made:
    """Stands inside of a reduction for what another one makes."""

    __slots__ = ("reduction",)

    def __init__(self, reduction: Reduction) -> None:
        self.reduction = reduction


def made_by(function: str, *args: Any, **kwargs: Any) -> Reduction:
    """``module:qualname(*args, **kwargs)``."""
    return call, (function, args, kwargs or NO_KWARGS)


def unrebuildable(cls: type, slug: str, reason: str) -> Reduction:
    return opaque, (type_name(cls), slug, reason)


def written_name(module: str, qualname: str, target: object) -> str:
    """``module:qualname``, by the public name of the module if that has the object too."""
    public = PUBLIC_MODULES.get(module) or (module.lstrip("_") if module.startswith("_") else "")
    if public and module != "__main__":
        if is_bound(public, qualname, target):
            module = public
        elif name := _name_in(public, target):
            module, qualname = public, name  # ``hashlib.sha1`` is ``_hashlib.openssl_sha1``
    return f"{MODULE_NAMES.get(module, module)}:{qualname}"


def _name_in(module: str, target: object) -> str:
    """What a loaded module calls an object in public; empty where it has none such."""
    holder: Any = sys.modules.get(module)
    if not issubclass(type(holder), ModuleType):
        return ""
    for name, found in list(module_namespace(holder).items()):
        if found is target and type(name) is str and not name.startswith("_"):
            return name
    return ""


def is_bound(module: str, qualname: str, target: object) -> bool:
    """Whether the name gives the object itself, or a static method or wrapper around it."""
    found = find(module, qualname)
    if found is MISSING:
        return False
    return found is target or unwrapped(found) is target

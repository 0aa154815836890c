"""Where modules come from: the project, or a library."""

from __future__ import annotations

import os
import sys
from functools import cache
from typing import TYPE_CHECKING

from pytead.records import ModuleOrigin

if TYPE_CHECKING:
    from types import ModuleType

_STANDARD_LIBRARY = os.path.dirname(os.path.realpath(os.__file__))
_SITE_FOLDERS = frozenset({"site-packages", "dist-packages"})
_OURSELVES = frozenset({"pytead", "wrapt"})


def is_library(module: str, file: str | None) -> bool:
    """Whether a module belongs to the standard library, an installed package or Pytead, by its name and file."""
    top = module.partition(".")[0]
    if top in _OURSELVES or (top in sys.stdlib_module_names and top != "__main__"):
        return file is None or _is_in_library_folder(file) or top in _OURSELVES
    return file is None or _is_in_library_folder(file)


def _is_in_library_folder(file: str) -> bool:
    if os.path.islink(file):
        file = os.path.realpath(file)
    return _is_library_folder(os.path.dirname(file))


@cache
def _is_library_folder(folder: str) -> bool:
    path = os.path.realpath(folder) + os.sep
    return not _SITE_FOLDERS.isdisjoint(path.split(os.sep)) or path.startswith(_STANDARD_LIBRARY + os.sep)


def origin_of(name: str, module: ModuleType | None, folder: str) -> ModuleOrigin:
    """The origin of a recorded module.

    Args:
        name: the name that tests import it by.
        module: the module; None if it is gone.
        folder: the run's working folder, absolute.
    """
    file = vars(module).get("__file__") if module is not None else None
    if type(file) is not str:
        return ModuleOrigin("", "")
    file = os.path.abspath(file)
    if is_library(name, file):
        return ModuleOrigin(_shown(file, folder), "")
    root = os.path.dirname(file)
    depth = name.count(".") + (os.path.splitext(os.path.basename(file))[0] == "__init__")
    for _ in range(depth):
        root = os.path.dirname(root)
    return ModuleOrigin(_shown(file, folder), _shown(root, folder))


def _shown(path: str, folder: str) -> str:
    """``path`` relative to ``folder`` with ``/`` between parts, or absolute if it isn't inside."""
    try:
        inside = os.path.commonpath([path, folder]) == folder
    except ValueError:  # another drive
        inside = False
    if not inside:
        return path
    return os.path.relpath(path, folder).replace(os.sep, "/")

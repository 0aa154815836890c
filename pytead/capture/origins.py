"""Where modules come from: the project, or a library."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pytead.libraries import is_library
from pytead.records import ModuleOrigin

if TYPE_CHECKING:
    from types import ModuleType


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

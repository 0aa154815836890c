"""What is a library, and what the program's own."""

from __future__ import annotations

import os
import sys
from functools import cache

_STANDARD_LIBRARY = os.path.dirname(os.path.realpath(os.__file__))
_SITE_FOLDERS = frozenset({"site-packages", "dist-packages"})
_OURSELVES = frozenset({"pytead", "wrapt"})

DISGUISED: set[tuple[str, ...]] = set()
"""The local variables of each piece of our code that bears the names of the program's, by which it is known."""


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

"""First file of an interpreter that ``interpreter.start`` started: finds Pytead, then goes on as its command line.

It is run as a script, so that Pytead need not be installed there, and no folder is added to ``sys.path``.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec


class Packages:
    """Finds the packages that it is given, wherever they are, if nothing else does."""

    def __init__(self, folders: Sequence[str]) -> None:
        self._folders = {os.path.basename(folder): folder for folder in folders}

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        folder = self._folders.get(name)
        if folder is None:
            return None
        from importlib.util import spec_from_file_location

        return spec_from_file_location(
            name, os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
        )


if __name__ == "__main__":
    ours, *theirs = sys.argv.pop(1).split(os.pathsep)
    sys.meta_path.insert(0, Packages([ours]))
    sys.meta_path.append(Packages(theirs))
    from pytead.cli.main import main

    sys.exit(main(sys.argv[1:]))

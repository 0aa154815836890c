"""The files that generated tests need beside them.

``__init__.py`` makes the folder a package, so that no file in it clashes with one of the project's own tests;
``conftest.py`` lets the tests import what they test, wherever the checkout lies.
"""

from __future__ import annotations

import ntpath
import os
import posixpath
from pathlib import PurePath, PurePosixPath
from typing import TYPE_CHECKING

from pytead.codegen.generated import SupportFile
from pytead.codegen.signature import sign

if TYPE_CHECKING:
    from collections.abc import Iterable

_DOCSTRING = '"""Tests that Pytead made from calls that a running program made."""\n'

PACKAGE = SupportFile(PurePosixPath("__init__.py"), _DOCSTRING)


def conftest(
    roots: Iterable[str], folder: PurePosixPath, project: PurePath | None = None
) -> SupportFile | None:
    """The ``conftest.py`` that puts import roots on ``sys.path``; None where none is needed.

    Args:
        roots: folders that modules were imported from (``ModuleOrigin.root``), relative or absolute.
        folder: where the tests go, relative to the project or absolute.
        project: the project's folder, needed only where ``folder`` or a root lies outside of it.
    """
    places = sorted({_from(folder, root, project) for root in roots if root})
    if not places:
        return None
    folders = [_expression(place) for place in places]
    line = f"[{', '.join(folders)}]"
    if len(line) > 80:
        line = "".join(["[\n", *(f"    {each},\n" for each in folders), "]"])
    text = (
        '"""Lets the tests in this folder import the code that they test."""\n'
        "\n"
        "import sys\n"
        "from pathlib import Path\n"
        "\n"
        "HERE = Path(__file__).resolve().parent\n"
        "\n"
        f"for folder in {line}:\n"
        "    if str(folder) not in sys.path:\n"
        "        sys.path.insert(0, str(folder))\n"
    )
    return SupportFile(PurePosixPath("conftest.py"), sign(text))


def _from(folder: PurePosixPath, root: str, project: PurePath | None) -> str:
    """The way from the tests' folder to an import root, with ``/``; absolute only where there is no way."""
    start = str(folder)
    inside = not any(_is_absolute(path) or path.split("/")[0] == ".." for path in (start, root))
    if inside:
        # Any base does: both are below it.
        return posixpath.relpath(posixpath.join("/", root), posixpath.join("/", start))
    base = str(project or os.getcwd())
    try:
        return os.path.relpath(os.path.join(base, root), os.path.join(base, start)).replace(os.sep, "/")
    except ValueError:
        return root  # another drive on Windows


def _is_absolute(path: str) -> bool:
    return posixpath.isabs(path) or bool(ntpath.splitdrive(path)[0])


def _expression(place: str) -> str:
    """Source for a way such as ``../../src``."""
    if _is_absolute(place):
        return f"Path({_quoted(place)})"
    parts = PurePosixPath(place).parts
    up = sum(1 for part in parts if part == "..")
    base = "HERE" if up == 0 else "HERE.parent" if up == 1 else f"HERE.parents[{up - 1}]"
    below = "/".join(parts[up:])
    return f"{base} / {_quoted(below)}" if below else base


def _quoted(text: str) -> str:
    simple = text.isascii() and text.isprintable() and not set(text) & {'"', "\\"}
    return f'"{text}"' if simple else ascii(text)

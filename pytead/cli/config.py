"""``pytead config``: each setting, its value, and what set it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from pytead.cli.scanning import Scanner
from pytead.cli.streams import shown
from pytead.config.files import read_all
from pytead.config.options import BY_NAME, COMMANDS, OPTIONS
from pytead.config.parsing import nearest
from pytead.config.settings import Settings, combine
from pytead.errors import OK
from pytead.report.table import lines_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_OTHER_VARIABLES = ("PYTEAD_CONFIG", "PYTEAD_DEBUG", "PYTEAD_OFF")


def command(words: Sequence[str], cwd: str) -> int:
    """Print the settings that commands would have here.

    Raises:
        PyteadError: a file, a variable or the command line says what can't be meant.
    """
    Scanner("config", words).take_all()
    entries, files = read_all(cwd, os.environ)
    for file in files:
        print(f"read {file.path}")
    if not files:
        print("no configuration file found (.pytead/config.toml, pyproject.toml with [tool.pytead], ...)")
    print()
    settings = {name: combine(name, {}, cwd, os.environ, entries) for name in COMMANDS if name != "config"}
    for line in lines_of(("option", "value", "of", "from"), list(_rows(settings, cwd)), sys.stdout):
        print(line)
    for note in _unknown_variables():
        print(f"\n{note}")
    return OK


def _rows(settings: dict[str, Settings], cwd: str) -> Iterator[tuple[str, str, str, str]]:
    """Option, value, commands and origin; commands with the same value for the same reason share a row."""
    for option in OPTIONS:
        shared: dict[tuple[str, str], list[str]] = {}
        for name in option.commands:
            if name in option.line_only:
                continue
            value, origin = getattr(settings[name], option.name), settings[name].origins[option.name]
            shared.setdefault((_text(value, cwd), origin.place), []).append(name)
        for (value, place), commands in shared.items():
            yield option.name, value, ", ".join(commands), place


def _text(value: object, cwd: str) -> str:
    if isinstance(value, tuple):
        return ", ".join(value) or "none"
    if isinstance(value, bool):
        return str(value).lower()
    return "none" if value is None else shown(str(value), cwd)


def _unknown_variables() -> Iterator[str]:
    known = [option.variable for option in BY_NAME.values()]
    for name in sorted(os.environ):
        if name.startswith("PYTEAD_") and name not in known and name not in _OTHER_VARIABLES:
            close = nearest(name.lower(), [variable.lower() for variable in known]).upper()
            yield f"{name} sets nothing" + (f"; did you mean {close}?" if close else "")

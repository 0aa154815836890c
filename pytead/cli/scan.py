"""``pytead scan``: look for secrets in recorded calls and tests."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pytead.cli.scanning import Scanner
from pytead.cli.streams import shown, warn, write_json
from pytead.config.settings import load
from pytead.errors import FINDING, OK
from pytead.report.table import counted, lines_of
from pytead.scan.parameters import Sources
from pytead.scan.paths import Search
from pytead.values.redaction.concealing import Rules, finder, set_rules

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytead.config.settings import Settings
    from pytead.scan.findings import Finding

_HEADINGS = ("file", "function", "place", "known by", "secret")


def command(words: Sequence[str], cwd: str) -> int:
    """Look through what the command line says; the exit code is 1 if there is a secret in it.

    Raises:
        PyteadError: for anything that was given wrongly; ``path-missing``.
    """
    settings = load("scan", Scanner("scan", words).take_all(), cwd, os.environ)
    set_rules(Rules(settings.redact, settings.redact_values, settings.no_redact))
    search = Search(finder(), Sources(Path(cwd)))
    found = list(dict.fromkeys(each for path in _paths(settings) for each in search.look(path)))
    warn(search.problems)
    for path in search.unread:
        print(
            f"pytead: warning: {shown(path, cwd)}: not looked at: too large, or not readable", file=sys.stderr
        )
    if settings.json is not None:
        write_json(settings.json, [{**each._asdict(), "file": shown(each.file, cwd)} for each in found])
    else:
        _show(found, search, cwd)
    return FINDING if found else OK


def _paths(settings: Settings) -> list[Path]:
    if settings.paths:
        return [Path(path) for path in settings.paths]
    usual = [settings.calls_dir, settings.output or settings.output_dir]
    return [path for path in usual if path.exists()]


def _show(found: list[Finding], search: Search, cwd: str) -> None:
    rows = [(shown(each.file, cwd), each.function, each.place, each.why, each.shown) for each in found]
    if rows:
        for line in lines_of(_HEADINGS, rows, sys.stdout, styles={"file": "cyan"}):
            print(line)
        print()
    looked_at = f"{counted(search.calls, 'call')} and {counted(search.files, 'file')} looked at"
    print(f"{counted(len(found), 'secret') if found else 'no secrets'} found: {looked_at}")

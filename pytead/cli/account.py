"""The account of the last ``gen``, which lies beside the calls that it is of."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytead.storage.folder import ACCOUNT_FILE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytead.storage.reading.stored import StoredCalls


def keep(stored: StoredCalls, report: dict[str, Any], data: Mapping[Path, str]) -> None:
    """Store what ``gen`` says of each function, and with it what an earlier one said of others.

    Args:
        stored: the calls.
        report: as the command gives it as JSON.
        data: the data files of the tests, each with its digest: they say nothing of themselves.

    A folder that can't be written to, or that a person keeps other files in, is left as it is.
    """
    newest = max(stored.runs, default="")
    new = {account["func"]: {**account, "newest_run": newest} for account in report["functions"]}
    known = {function.dotted for function in stored.functions()}
    written = {_from(stored.folder, path): digest for path, digest in data.items()}
    old = {name: account for name, account in read(stored.folder).items() if name in known}
    content = {
        "functions": list({**old, **new}.values()),
        "data": {**_read(stored.folder).get("data", {}), **written},
    }
    try:
        if stored.holds_nothing_else():
            text = json.dumps(content, ensure_ascii=True)
            (stored.folder / ACCOUNT_FILE).write_text(text, encoding="utf-8")
    except OSError:
        return  # a store on a medium that is read only


def read(folder: Path) -> dict[str, dict[str, Any]]:
    """The last account of each function, by its dotted name; empty where there is none that can be read."""
    try:
        return {account["func"]: account for account in _read(folder)["functions"]}
    except (LookupError, TypeError):
        return {}


def data_files(folder: Path) -> dict[Path, str]:
    """The data files of tests that were ever made of these calls, each with the digest that it had then."""
    try:
        found = _read(folder)["data"].items()
        return {Path(os.path.normpath(folder / path)): str(digest) for path, digest in found}
    except (LookupError, TypeError, AttributeError, ValueError):
        return {}


def _read(folder: Path) -> dict[str, Any]:
    try:
        content = json.loads((folder / ACCOUNT_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _from(folder: Path, path: Path) -> str:
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:
        return path.as_posix()  # on another drive

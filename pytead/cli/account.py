"""The account of the last ``gen``, which lies beside the calls that it is of."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pytead.storage.folder import ACCOUNT_FILE

if TYPE_CHECKING:
    from pathlib import Path

    from pytead.storage.reading.stored import StoredCalls


def keep(stored: StoredCalls, report: dict[str, Any]) -> None:
    """Store what ``gen`` says of each function, and with it what an earlier one said of others.

    A folder that can't be written to, or that a person keeps other files in, is left as it is.
    """
    newest = max(stored.runs, default="")
    new = {account["func"]: {**account, "newest_run": newest} for account in report["functions"]}
    known = {function.dotted for function in stored.functions()}
    old = {name: account for name, account in read(stored.folder).items() if name in known}
    content = {"functions": list({**old, **new}.values())}
    try:
        if stored.holds_nothing_else():
            text = json.dumps(content, ensure_ascii=True)
            (stored.folder / ACCOUNT_FILE).write_text(text, encoding="utf-8")
    except OSError:
        return  # a store on a medium that is read only


def read(folder: Path) -> dict[str, dict[str, Any]]:
    """The last account of each function, by its dotted name; empty where there is none that can be read."""
    try:
        content = json.loads((folder / ACCOUNT_FILE).read_text(encoding="utf-8"))
        return {account["func"]: account for account in content["functions"]}
    except (OSError, ValueError, LookupError, TypeError):
        return {}

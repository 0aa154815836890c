"""Secrets in texts of any kind."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pytead.replay.tables import columns_of
from pytead.values.redaction.shapes import is_secret_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytead.values.redaction.finding import Finder

Secret = tuple[str, str, str]
"""A place, what gives the secret away, and the secret."""


def in_text(text: str, finder: Finder) -> Iterator[tuple[int, str, str]]:
    """The secrets that show by their shape: the line, the shape's name and the secret."""
    for why, (start, end) in finder.secrets_in(text):
        yield text.count("\n", 0, start) + 1, why, text[start:end]


def in_json(text: str, finder: Finder) -> Iterator[Secret] | None:
    """The secrets in JSON; None where it is none."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return _in_value(value, finder)


def in_table(text: str, finder: Finder) -> Iterator[Secret] | None:
    """The secrets in the columns of a table beside a generated test; None where it is no such table."""
    try:
        return _in_value(columns_of(text), finder)
    except ValueError:
        return None


def in_constant(value: object, name: str, finder: Finder) -> Iterator[tuple[str, str]]:
    """What gives a constant under a name away, and the secret in it."""
    sort = finder.names.sort_of(name) if name else 0
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    if isinstance(value, str):
        if is_secret_text(value, sort):
            yield name, value
            return
        for why, (start, end) in finder.secrets_in(value):
            yield why, value[start:end]
    elif isinstance(value, int) and not isinstance(value, bool) and finder.is_secret_number(value, sort):
        yield name, str(value)


def _in_value(value: Any, finder: Finder) -> Iterator[Secret]:
    pending: list[tuple[str, str, Any]] = [("", "", value)]
    while pending:
        path, name, each = pending.pop()
        if isinstance(each, dict):
            for key, inner in reversed(each.items()):
                own = key if type(key) is str and finder.names.sort_of(key) else name
                pending.append((f"{path}[{key!r}]", own, inner))
        elif isinstance(each, list):
            pending += [(f"{path}[{at}]", name, inner) for at, inner in reversed(list(enumerate(each)))]
        else:
            for why, text in in_constant(each, name, finder):
                yield path, why, text

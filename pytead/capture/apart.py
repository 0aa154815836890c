"""Freezes what can be frozen of arguments that can't be all at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytead.values.calls import before_call
from pytead.values.freezer import check_classes, freeze

if TYPE_CHECKING:
    from collections.abc import Iterator


def freeze_apart(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Iterator[bytes]:
    """The arguments of one call as if each were given alone, at its place or by its name."""
    alone: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
        *(((None,) * place + (value,), {}) for place, value in enumerate(args)),
        *(((), {name: value}) for name, value in kwargs.items()),
    ]
    for given, named in alone:
        try:
            check_classes((*given, *named.values()))
            yield freeze(before_call(given, named))
        except Exception:
            continue  # the one that is to blame

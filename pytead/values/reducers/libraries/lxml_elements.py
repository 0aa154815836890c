"""lxml: an element that is in no other as its markup."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from pytead.values.reducers.names import Reduction, made_by, unrebuildable

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST = 10_000
"""Characters of markup."""


def _markup(value: Any) -> str:
    etree: Any = sys.modules["lxml.etree"]
    return str(etree.tostring(value, encoding="unicode"))


def _element(maker: str) -> Callable[[Any], Reduction]:
    def reduce_element(value: Any) -> Reduction:
        if value.getparent() is not None or value.getprevious() is not None or value.getnext() is not None:
            return unrebuildable(
                type(value), "value-part", "an element of a document that isn't recorded with it"
            )
        markup = _markup(value)
        if len(markup) > LONGEST:
            return unrebuildable(type(value), "value-too-large", f"markup of {len(markup):,} characters")
        return made_by(maker, markup)

    return reduce_element


_HANDLERS: dict[str, Callable[[Any], Reduction]] = {
    "_Element": _element("lxml.etree:fromstring"),
    "HtmlElement": _element("lxml.html:fragment_fromstring"),
}


def handler_of(cls: type, base: type, key: tuple[str, str]) -> Callable[[Any], Reduction] | None:
    return _HANDLERS.get(key[1]) if cls is base else None

"""Packages with one or two types that are made of a text or of bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytead.values.reducers.named import class_name
from pytead.values.reducers.names import Reduction, made_by

if TYPE_CHECKING:
    from collections.abc import Callable


def _url(value: Any) -> Reduction:
    return made_by("yarl:URL", str(value), encoded=True)


def _zone(value: Any) -> Reduction:
    return made_by("pendulum:Timezone", value.name)


def _soup(value: Any) -> Reduction:
    return made_by("bs4:BeautifulSoup", str(value), value.builder.NAME)


def _proto(value: Any) -> Reduction:
    return made_by(f"{class_name(type(value))}.FromString", value.SerializeToString(deterministic=True))


_EXACT: dict[tuple[str, str], Callable[[Any], Reduction]] = {
    ("yarl", "URL"): _url,
    ("pendulum", "Timezone"): _zone,
    ("bs4", "BeautifulSoup"): _soup,
}


def handler_of(cls: type, base: type, key: tuple[str, str]) -> Callable[[Any], Reduction] | None:
    if key[1] == "Message" and cls is not base:
        return _proto
    return _EXACT.get((key[0].partition(".")[0], key[1])) if cls is base else None

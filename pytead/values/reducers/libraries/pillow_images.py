"""PIL: a small image as its pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytead.values.reducers.names import Reduction, made_by, unrebuildable

if TYPE_CHECKING:
    from collections.abc import Callable

MOST = 4096
"""Bytes of pixels."""


def _image(value: Any) -> Reduction:
    size = value.width * value.height * len(value.getbands())
    if size > MOST:
        return unrebuildable(type(value), "value-too-large", f"an image of {size:,} bytes")
    content = value.tobytes()
    if value.mode in ("P", "PA") or value.info:
        return unrebuildable(
            type(value), "value-unpicklable", "an image with a palette or with more than pixels"
        )
    return made_by("PIL.Image:frombytes", value.mode, value.size, content)


def handler_of(cls: type, base: type, key: tuple[str, str]) -> Callable[[Any], Reduction] | None:
    return _image if cls is base and key == ("PIL.Image", "Image") else None

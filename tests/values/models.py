"""Models as programs define them, and how objects of theirs are written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

pydantic = pytest.importorskip("pydantic")


class Line(pydantic.BaseModel):
    sku: str
    count: int = 1


class Order(pydantic.BaseModel):
    lines: list[Line]
    by_name: dict[str, Line] = pydantic.Field({})


class Aliased(pydantic.BaseModel):
    number: int = pydantic.Field(alias="Number")


class Open(pydantic.BaseModel, extra="allow"):
    known: int


class Doubling(pydantic.BaseModel):
    number: int

    @pydantic.field_validator("number")
    @classmethod
    def double(cls, number: int) -> int:
        return 2 * number


class Counting(pydantic.BaseModel):
    number: int
    ident: list[int] = pydantic.Field(default_factory=list)
    _seen: int = pydantic.PrivateAttr(3)


class Linked(pydantic.BaseModel):
    url: pydantic.HttpUrl


@attrs.define
class Plain:
    x: int
    y: str = "s"


@attrs.define
class Private:
    _x: int = attrs.field(validator=attrs.validators.instance_of(int))


@attrs.define
class Converted:
    x: int = attrs.field(converter=lambda x: 2 * int(x))


@attrs.frozen
class ConvertedPrivate:
    _x: int = attrs.field(converter=int)


@attrs.define(slots=False)
class PrivateLink:
    _next: object = None


def linked() -> list[PrivateLink]:
    link = PrivateLink()
    link._next = link
    return [link, PrivateLink(link)]


MODELS: list[tuple[Callable[[], Any], str | None]] = [
    (lambda: Line(sku="a"), 'Line(sku="a")'),
    (lambda: Line(sku="a", count=1), 'Line(sku="a", count=1)'),
    (lambda: Order(lines=[Line(sku="a")]), 'Order(lines=[Line(sku="a")])'),
    (lambda: Aliased(Number=1), "Aliased(Number=1)"),
    (lambda: Open(known=1, more=2), "Open(known=1, more=2)"),
    (lambda: Doubling(number=1), None),
    (lambda: Counting(number=1), None),
    (lambda: Line.model_construct(sku=5), None),
    (lambda: Linked(url="http://a.b/c"), 'Linked(url=HttpUrl("http://a.b/c"))'),
    (lambda: Plain(1), 'Plain(x=1, y="s")'),
    (lambda: Private(1), "Private(x=1)"),
    (lambda: Converted("2"), "rebuild(Converted, x=4)"),
    (lambda: ConvertedPrivate("2"), "rebuild(ConvertedPrivate, _x=2)"),
    (linked, None),
]

try:
    import msgspec
except ImportError:
    pass
else:

    class Event(msgspec.Struct):
        name: str
        size: int = 0

    MODELS.append((lambda: Event("x"), 'Event(name="x", size=0)'))

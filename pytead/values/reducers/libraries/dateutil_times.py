"""dateutil: zones by their names, spans by what they are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytead.values.reducers.names import Reduction, made_by, unrebuildable

if TYPE_CHECKING:
    from collections.abc import Callable

_SPANS = ("years", "months", "days", "leapdays", "hours", "minutes", "seconds", "microseconds")
_PLACES = ("year", "month", "day", "weekday", "hour", "minute", "second", "microsecond")


def _relative(value: Any) -> Reduction:
    kwargs = {name: getattr(value, name) for name in _SPANS if getattr(value, name)}
    kwargs.update({name: getattr(value, name) for name in _PLACES if getattr(value, name) is not None})
    return made_by("dateutil.relativedelta:relativedelta", **kwargs)


def _weekday(value: Any) -> Reduction:
    return made_by("dateutil.relativedelta:weekday", value.weekday, *([] if value.n is None else [value.n]))


def _file(value: Any) -> Reduction:
    _, found, name = str(value._filename).rpartition("zoneinfo/")
    if found:
        return made_by("dateutil.tz:gettz", name)
    return unrebuildable(type(value), "value-file", "a time zone that was read from a file")


_HANDLERS: dict[str, Callable[[Any], Reduction]] = {
    "relativedelta": _relative,
    "weekday": _weekday,
    "tzfile": _file,
}


def handler_of(cls: type, base: type, key: tuple[str, str]) -> Callable[[Any], Reduction] | None:
    return _HANDLERS.get(key[1]) if cls is base else None

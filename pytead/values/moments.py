"""Dates, times and zones, from their arguments or from the bytes that they pickle as."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from pytead.values.arguments import atoms
from pytead.values.nodes import Atom, Call
from pytead.values.syntax import CannotRender, attribute, call, scalar

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable

    from pytead.values.writer import Writer


def _moment(writer: Writer, node: Call) -> ast.expr | None:
    """A date, time or datetime from the bytes that it pickles as."""
    first = node.args[0] if node.args else None
    if not isinstance(first, Atom) or type(first.value) is not bytes or len(node.args) > 2:
        return None
    cls = {"date": dt.date, "time": dt.time, "datetime": dt.datetime}[node.function.qualname]
    try:
        made: Any = cls(first.value)
    except (TypeError, ValueError):
        raise CannotRender("value-corrupt", f"no {cls.__name__} is made of {first.value!r}") from None
    fields = [made.year, made.month, made.day] if isinstance(made, dt.date) else []
    if not isinstance(made, dt.date) or isinstance(made, dt.datetime):
        clock = [made.hour, made.minute, made.second, made.microsecond]
        least = 2 if fields == [] or any(clock) else 0
        while len(clock) > least and not clock[-1]:
            clock.pop()
        fields += clock
    kwargs = [("tzinfo", writer.write(node.args[1]))] if len(node.args) == 2 else []
    if getattr(made, "fold", 0):
        kwargs.append(("fold", scalar(1)))
    function = writer.renderer.reference("datetime", node.function.qualname)
    return call(function, [writer.scalar(each) for each in fields], kwargs)


def _timedelta(writer: Writer, node: Call) -> ast.expr | None:
    args = atoms(node.args)
    parts = dict(zip(("days", "seconds", "microseconds"), args or (), strict=False))
    for key, value in node.kwargs:
        parts[key] = value.value if isinstance(value, Atom) else None
    if args is None or len(args) > 3 or not all(type(each) is int for each in parts.values()):
        return None
    if set(parts) - {"days", "seconds", "microseconds"}:
        return None
    total = (parts.get("days", 0) * 86_400 + parts.get("seconds", 0)) * 10**6 + parts.get("microseconds", 0)
    if abs(total) > 86_400 * 10**6 * 999_999_999:
        return None
    sign, rest = (-1 if total < 0 else 1), abs(total)
    units: list[tuple[str, ast.expr]] = []
    for unit, size in [("days", 86_400), ("hours", 3600), ("minutes", 60), ("seconds", 1)]:
        count, rest = divmod(rest, size * 10**6)
        if count:
            units.append((unit, scalar(sign * count)))
    if rest:
        units.append(("microseconds", scalar(sign * rest)))
    return call(writer.renderer.reference("datetime", "timedelta"), [] if units else [scalar(0)], units)


def _timezone(writer: Writer, node: Call) -> ast.expr | None:
    offset = node.args[0] if len(node.args) == 1 else None
    if isinstance(offset, Call) and offset.function.dotted == "datetime.timedelta":
        parts = [*offset.args, *(value for _, value in offset.kwargs)]
        if all(isinstance(each, Atom) and each.value == 0 for each in parts):
            return attribute(writer.renderer.reference("datetime", "timezone"), "utc")
    return None


def _zone(writer: Writer, node: Call) -> ast.expr | None:
    args = atoms(node.args)
    if not args or type(args[0]) is not str:
        return None
    maker = "ZoneInfo" if args[1:] in ([], [True], [1]) else "ZoneInfo.no_cache"
    return call(writer.renderer.reference("zoneinfo", maker), [writer.scalar(args[0])])


KNOWN: dict[str, Callable[[Writer, Call], ast.expr | None]] = {
    "datetime.date": _moment,
    "datetime.datetime": _moment,
    "datetime.time": _moment,
    "datetime.timedelta": _timedelta,
    "datetime.timezone": _timezone,
    "zoneinfo.ZoneInfo._unpickle": _zone,
}

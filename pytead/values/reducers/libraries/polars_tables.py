"""polars: tables and columns by their values, with a schema where polars wouldn't guess it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from pytead.values.reducers.names import Reduction, made_by, unrebuildable

if TYPE_CHECKING:
    from collections.abc import Callable

MOST = 2000
"""Cells of a table that is still written out."""


def _needs_types(values: list[list[Any]], dtypes: list[Any]) -> bool:
    """Whether the types have to be said."""
    guess: Any = sys.modules["polars"].Series
    return any(guess(items).dtype != dtype for items, dtype in zip(values, dtypes, strict=True))


def _shown(dtype: Any) -> Any:
    """A type without parameters as people write it: ``pl.Int32``."""
    try:
        return type(dtype) if repr(type(dtype)()) == repr(dtype) else dtype
    except TypeError:
        return dtype


def _frame(value: Any) -> Reduction:
    if value.height * value.width > MOST:
        return unrebuildable(
            type(value), "value-too-large", f"a table of {value.height * value.width:,} cells"
        )
    data, types = value.to_dict(as_series=False), dict(value.schema)
    kwargs = (
        {"schema": {name: _shown(each) for name, each in types.items()}}
        if _needs_types(list(data.values()), list(types.values()))
        else {}
    )
    return made_by("polars:DataFrame", data, **kwargs) if data else made_by("polars:DataFrame")


def _series(value: Any) -> Reduction:
    if len(value) > MOST:
        return unrebuildable(type(value), "value-too-large", f"a column of {len(value):,} cells")
    items = value.to_list()
    kwargs = {"dtype": _shown(value.dtype)} if _needs_types([items], [value.dtype]) else {}
    return made_by("polars:Series", value.name, items, **kwargs)


_HANDLERS: dict[str, Callable[[Any], Reduction]] = {"DataFrame": _frame, "Series": _series}


def handler_of(cls: type, base: type, key: tuple[str, str]) -> Callable[[Any], Reduction] | None:
    return _HANDLERS.get(key[1]) if cls is base else None

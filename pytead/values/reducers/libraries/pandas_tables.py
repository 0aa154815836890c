"""pandas: tables, columns and indexes by their content, with a dtype where pandas wouldn't guess it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from pytead.values.marks import reference
from pytead.values.reducers.names import Made, Reduction, made_by, unrebuildable

if TYPE_CHECKING:
    from collections.abc import Callable

MOST = 20_000
"""Cells of a table that is still written out."""

_GUESSED = ("int64", "float64", "bool")
"""Types of numpy's that pandas takes from a plain list of such values."""


def _too_large(value: Any, cells: int) -> Reduction | None:
    if cells <= MOST:
        return None
    return unrebuildable(type(value), "value-too-large", f"a {type(value).__name__} of {cells:,} cells")


def _pandas() -> Any:
    return sys.modules["pandas"]


def _is_guessed(items: list[Any], like: Any) -> bool:
    """Whether pandas would take a list for just such a column or index."""
    pandas = _pandas()
    is_index = isinstance(like, pandas.Index)
    guess = pandas.Index(items) if is_index else pandas.Series(items)
    return bool(items) and guess.dtype == like.dtype and (not is_index or type(guess) is type(like))


def _content(column: Any) -> Any:
    """What a column is made of: a list, an array of numpy's or one of pandas' own."""
    dtype = column.dtype
    items = column.tolist()
    text = str(dtype)
    if text in _GUESSED:
        return items or column.to_numpy()
    if text == "category" or getattr(dtype, "na_value", None) is _pandas().NA:
        return column.array  # Int64 and the like
    if dtype.kind in "mM" and not hasattr(dtype, "tz"):
        return column.to_numpy()
    if _is_guessed(items, column):
        return items
    return column.to_numpy() if dtype.kind in "iufcbSU" else column.array


def _is_plain_range(index: Any) -> bool:
    is_range = type(index) is _pandas().RangeIndex
    return bool(is_range and index.start == 0 and index.step == 1 and index.name is None)


def _index_of(value: Any) -> dict[str, Any]:
    return {} if _is_plain_range(value.index) else {"index": _axis(value.index)}


def _axis(index: Any) -> Any:
    """An index as an argument: a plain list where that gives it."""
    is_plain = type(index) is _pandas().Index and index.name is None
    items = index.tolist() if is_plain else []
    return items if is_plain and _is_guessed(items, index) else index


def _series(value: Any) -> Reduction:
    large = _too_large(value, value.size)
    if large or value.attrs or not value.flags.allows_duplicate_labels:
        return large or unrebuildable(type(value), "value-unpicklable", "a Series with attrs or flags")
    kwargs: dict[str, Any] = _index_of(value)
    content = _content(value)
    if type(content) is list and not content:
        kwargs["dtype"] = str(value.dtype)
    elif str(value.dtype) == "object" and not _is_guessed(list(content), value):
        content, kwargs["dtype"] = list(content), "object"
    if value.name is not None:
        kwargs["name"] = value.name
    return made_by("pandas:Series", content, **kwargs)


def _frame(value: Any) -> Reduction:
    large = _too_large(value, value.size + len(value.columns))
    if large or value.attrs or not value.flags.allows_duplicate_labels:
        return large or unrebuildable(type(value), "value-unpicklable", "a DataFrame with attrs or flags")
    columns, pandas = value.columns, _pandas()
    kwargs = _index_of(value)
    if not len(columns):
        return made_by(
            "pandas:DataFrame", **({**kwargs, "columns": columns} if value.size or kwargs else kwargs)
        )
    held = [value.iloc[:, place] for place in range(len(columns))]
    contents = [_cells(each) for each in held]
    is_keyed = (
        type(columns) is pandas.Index
        and columns.name is None
        and columns.is_unique
        and _is_guessed(columns.tolist(), columns)
    )
    if is_keyed:
        return made_by("pandas:DataFrame", dict(zip(columns.tolist(), contents, strict=True)), **kwargs)
    by_place = dict(enumerate(contents))
    if _is_plain_range(columns):
        return made_by("pandas:DataFrame", by_place, **kwargs)
    made = made_by("pandas:DataFrame", by_place, **kwargs)
    return made_by("pandas:DataFrame.set_axis", Made(made), columns, axis=1)


def _cells(column: Any) -> Any:
    content = _content(column)
    if type(content) is list and content:
        return content
    if str(column.dtype) == "object":
        return Made(made_by("pandas:Series", column.tolist(), dtype="object", **_index_of(column)))
    return content


def _extension(value: Any) -> Reduction:
    """``pd.array([1, None], dtype="Int64")``."""
    large = _too_large(value, len(value))
    if large:
        return large
    missing = _pandas().NA
    items: list[Any] = [None if each is missing else each for each in value.tolist()]
    if getattr(value.dtype, "tz", None) is not None:
        items = [each if each is _pandas().NaT else each.isoformat() for each in items]
    elif value.dtype.kind in "mM":
        return made_by("pandas:array", value.to_numpy())
    return made_by("pandas:array", items, dtype=str(value.dtype))


def _numpy_extension(value: Any) -> Reduction:
    return made_by("pandas.arrays:NumpyExtensionArray", value.to_numpy())


def _categorical(value: Any) -> Reduction:
    large = _too_large(value, len(value))
    items = [None if each != each else each for each in value.tolist()]
    kwargs: dict[str, Any] = {}
    guess = _pandas().Categorical(items)
    if guess.categories.dtype != value.categories.dtype or not guess.categories.equals(value.categories):
        kwargs["categories"] = _axis(value.categories)
    if value.ordered:
        kwargs["ordered"] = True
    return large or made_by("pandas:Categorical", items, **kwargs)


def _category(value: Any) -> Reduction:
    kwargs = {"ordered": True} if value.ordered else {}
    args = () if value.categories is None else (_axis(value.categories),)
    return made_by("pandas:CategoricalDtype", *args, **kwargs)


def _named(value: Any) -> dict[str, Any]:
    return {} if value.name is None else {"name": value.name}


def _range_index(value: Any) -> Reduction:
    bounds = (value.start, value.stop, value.step)
    args = bounds if bounds[2] != 1 else bounds[:2] if bounds[0] else bounds[1:2]
    return made_by("pandas:RangeIndex", *args, **_named(value))


def _index(value: Any) -> Reduction:
    large = _too_large(value, len(value))
    if large:
        return large
    items, kwargs = value.tolist(), _named(value)
    if not _is_guessed(items, value):
        kwargs["dtype"] = str(value.dtype)
    return made_by("pandas:Index", items, **kwargs)


def _multi_index(value: Any) -> Reduction:
    large = _too_large(value, value.size * value.nlevels)
    kwargs = {} if all(name is None for name in value.names) else {"names": list(value.names)}
    return large or made_by("pandas:MultiIndex.from_tuples", value.tolist(), **kwargs)


def _categorical_index(value: Any) -> Reduction:
    return made_by("pandas:CategoricalIndex", value.array, **_named(value))


def _datetime_index(value: Any) -> Reduction:
    kwargs = _named(value)
    if value.freq is not None:
        kwargs = {"freq": value.freq.freqstr, **kwargs}
    content = value.to_numpy() if getattr(value, "tz", None) is None else value.array
    return _too_large(value, len(value)) or made_by(f"pandas:{type(value).__name__}", content, **kwargs)


def _period_index(value: Any) -> Reduction:
    items = [str(each) for each in value]
    made = made_by("pandas:PeriodIndex", items, freq=value.freqstr, **_named(value))
    return _too_large(value, len(value)) or made


def _interval_index(value: Any) -> Reduction:
    kwargs = {"closed": value.closed} if value.closed != "right" else {}
    made = made_by(
        "pandas:IntervalIndex.from_arrays", _axis(value.left), _axis(value.right), **kwargs, **_named(value)
    )
    return _too_large(value, len(value)) or made


def _timestamp(value: Any) -> Reduction:
    if value.tzinfo is None:
        return made_by("pandas:Timestamp", str(value))
    key = getattr(value.tzinfo, "key", None) or getattr(value.tzinfo, "zone", None)
    zone = key if type(key) is str else value.tzinfo
    return made_by("pandas:Timestamp", value.isoformat(), tz="UTC" if str(zone) == "UTC" else zone)


def _timedelta(value: Any) -> Reduction:
    return made_by("pandas:Timedelta", str(value))


def _period(value: Any) -> Reduction:
    return made_by("pandas:Period", str(value), value.freqstr)


def _not_a_time(value: Any) -> Reduction:
    return reference, ("pandas:NaT", "constant")


def _missing(value: Any) -> Reduction:
    return reference, ("pandas:NA", "constant")


_HANDLERS: dict[str, Callable[[Any], Reduction]] = {
    "DataFrame": _frame,
    "Series": _series,
    "Index": _index,
    "RangeIndex": _range_index,
    "MultiIndex": _multi_index,
    "CategoricalIndex": _categorical_index,
    "DatetimeIndex": _datetime_index,
    "TimedeltaIndex": _datetime_index,
    "PeriodIndex": _period_index,
    "IntervalIndex": _interval_index,
    "Categorical": _categorical,
    "CategoricalDtype": _category,
    "Timestamp": _timestamp,
    "Timedelta": _timedelta,
    "Period": _period,
    "NaTType": _not_a_time,
    "NAType": _missing,
    "NumpyExtensionArray": _numpy_extension,
    **dict.fromkeys(
        (
            "ArrowStringArray", "BooleanArray", "DatetimeArray", "FloatingArray", "IntegerArray", "PeriodArray",
            "StringArray", "TimedeltaArray",
        ),
        _extension,
    ),
}  # fmt: skip


def handler_of(cls: type, base: type, key: tuple[str, str]) -> Callable[[Any], Reduction] | None:
    return _HANDLERS.get(key[1]) if cls is base else None

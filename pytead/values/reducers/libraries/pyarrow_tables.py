"""pyarrow: tables and arrays by their values and types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytead.values.reducers.names import Made, Reduction, made_by, unrebuildable

if TYPE_CHECKING:
    from collections.abc import Callable

MOST = 2000
"""Cells of a table that is still written out."""

_ALIASES = {"double": "float64", "float": "float32", "halffloat": "float16"}


def _type(value: Any) -> Reduction:
    text = str(value)
    return made_by("pyarrow:type_for_alias", _ALIASES.get(text, text))


def _array(value: Any) -> Reduction:
    if len(value) > MOST:
        return unrebuildable(type(value), "value-too-large", f"an array of {len(value):,} elements")
    return made_by("pyarrow:array", value.to_pylist(), Made(_type(value.type)))


def _table(value: Any) -> Reduction:
    cells = value.num_rows * value.num_columns
    if cells > MOST or value.schema.metadata:
        slug = "value-too-large" if cells > MOST else "value-unpicklable"
        return unrebuildable(type(value), slug, f"a table of {cells:,} cells, or one with metadata")
    columns = [Made(_array(each.combine_chunks())) for each in value.columns]
    return made_by("pyarrow:table", dict(zip(value.column_names, columns, strict=True)))


def _scalar(value: Any) -> Reduction:
    return made_by("pyarrow:scalar", value.as_py(), Made(_type(value.type)))


def handler_of(cls: type, base: type, key: tuple[str, str]) -> Callable[[Any], Reduction] | None:
    if cls is not base:
        return None
    if key[1] == "Table":
        return _table
    if key[1] == "DataType":
        return _type
    return _array if key[1].endswith("Array") else _scalar if key[1].endswith("Scalar") else None

"""Objects of packages that programs are made with: each comes back from source that a person might have written."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from typing import Any

import pytest

from pytead.replay import same
from pytead.values.tree import find_opaque

from . import models
from .test_source import node_of, render, run, shown

np = pytest.importorskip("numpy")
pd = pytest.importorskip("pandas")

GRID = np.arange(6).reshape(2, 3)

ARRAYS: list[tuple[Any, str | None]] = [
    (np.array([[1, 2], [3, 4]], dtype=np.int16), "np.array([[1, 2], [3, 4]], dtype=np.int16)"),
    (np.array([1.5, np.nan, -0.0, np.inf]), None),
    (np.array([1j]), None),
    (np.asfortranarray(GRID), 'np.array([[0, 1, 2], [3, 4, 5]], dtype=np.int64, order="F")'),
    (np.arange(10)[::2], None),
    (np.array(5), None),
    (np.zeros((0, 3)), None),
    (np.array(["a", "bc"]), None),
    (np.array([b"a"]), None),
    (np.array([1, "a", None], dtype=object), 'np.array([1, "a", None], dtype=object)'),
    (np.array([[1, 2], [3]], dtype=object), "np.fromiter([[1, 2], [3]], dtype=object)"),
    (np.array([[{"a": 1}, "x"], [None, (1,)]], dtype=object), None),
    (
        np.array(["2020-01-01", "NaT"], dtype="M8[D]"),
        'np.array(["2020-01-01", "NaT"], dtype="datetime64[D]")',
    ),
    (np.array(["2020-01-01T00:00:00.000000001"], dtype="M8[ns]"), None),
    (np.array(["2020-01-01T10", "1969-12-31T23"], dtype="M8[h]"), None),
    (np.array(["2020", "1890"], dtype="M8[Y]"), None),
    (np.array([20, -3], dtype="M8[W]"), None),
    (np.array([1, 2], dtype="m8[25s]"), 'np.array([1, 2], dtype="timedelta64[25s]")'),
    (np.array(["NaT", 3], dtype="m8[D]"), None),
    (
        np.array([(1, 2.0, "x")], dtype=[("a", "i4"), ("b", "f8"), ("c", "U3")]),
        'np.array([(1, 2.0, "x")], dtype=[("a", "<i4"), ("b", "<f8"), ("c", "<U3")])',
    ),
    (np.ma.array([1, 2, 3], mask=[0, 1, 0]), None),
    (np.array([1], dtype=">i4"), None),
    (np.array([b"ab"], dtype="V2"), None),
    (np.float32(1.5), "np.float32(1.5)"),
    (np.datetime64("2020-01-01"), 'np.datetime64("2020-01-01", "D")'),
    (np.timedelta64(3, "s"), 'np.timedelta64(3, "s")'),
    (np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")])[0], None),
    (np.dtype([("a", "i4")]), None),
    (np.random.default_rng(3), None),
    (np.polynomial.Polynomial([1, 2]), None),
]

TABLES: list[tuple[Any, str | None]] = [
    (pd.Series([1, 2, 3]), "pd.Series([1, 2, 3])"),
    (pd.Series([1.5, 2], index=["a", "b"], name="n"), 'pd.Series([1.5, 2.0], index=["a", "b"], name="n")'),
    (pd.Series(["a", None]), None),
    (pd.Series(["a", "b"], dtype="category"), None),
    (pd.Series(pd.to_datetime(["2020-01-01", None])), None),
    (pd.Series([1, None], dtype="Int64"), 'pd.Series(pd.array([1, None], dtype="Int64"))'),
    (pd.Series(["a", None], dtype="string"), None),
    (pd.Series([True, None], dtype="boolean"), None),
    (pd.Series(["a", "b"], dtype=object), None),
    (pd.Series([], dtype="float64"), None),
    (pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}), 'pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})'),
    (pd.DataFrame({"a": [1.5, 2]}, index=pd.Index(["p", "q"], name="k")), None),
    (pd.DataFrame({"t": pd.date_range("2020", periods=2), "c": pd.Categorical(["a", "b"])}), None),
    (pd.DataFrame({"t": pd.date_range("2020", periods=2, tz="Europe/Paris")}), None),
    (pd.DataFrame(), "pd.DataFrame()"),
    (pd.DataFrame(columns=["a", "b"]), None),
    (pd.DataFrame({"o": pd.Series(["x", "y"], dtype=object)}, index=[3, 4]), None),
    (pd.DataFrame({"a": [1]}, index=pd.MultiIndex.from_tuples([("x", 1)], names=["p", "q"])), None),
    (pd.DataFrame([[1, 2]], columns=["a", "a"]), None),
    (pd.DataFrame([[1, 2], [3, 4]]), None),
    (pd.DataFrame({"a": np.array([1, 2], dtype="int32")}), None),
    (pd.Index([1, 2]), "pd.Index([1, 2])"),
    (pd.RangeIndex(1, 9, 2), "pd.RangeIndex(1, 9, 2)"),
    (pd.date_range("2020-01-01", periods=3, tz="UTC"), None),
    (pd.CategoricalIndex(["a", "b"], categories=["b", "a"]), None),
    (pd.period_range("2020-01", periods=2, freq="M"), 'pd.PeriodIndex(["2020-01", "2020-02"], freq="M")'),
    (pd.to_timedelta(["1D"]), None),
    (pd.interval_range(0, 2), "pd.IntervalIndex.from_arrays([0, 1], [1, 2])"),
    (pd.Timestamp("2020-01-01 10:00"), 'pd.Timestamp("2020-01-01 10:00:00")'),
    (pd.Timestamp("2020-10-25 02:30+01:00", tz="Europe/Paris"), None),
    (pd.Timedelta("1D"), 'pd.Timedelta("1 days 00:00:00")'),
    (pd.Period("2020-01", "M"), 'pd.Period("2020-01", "M")'),
    (pd.NaT, "pd.NaT"),
    (pd.NA, "pd.NA"),
    (pd.Interval(0, 1), None),
    (pd.Categorical(["a", "b"], ordered=True), 'pd.Categorical(["a", "b"], ordered=True)'),
    (pd.CategoricalDtype(["a"]), None),
]


@pytest.mark.parametrize(("value", "expected"), ARRAYS + TABLES, ids=lambda each: None)
def test_arrays_and_tables_come_back(value: Any, expected: str | None) -> None:
    text = render(node_of(value))
    again = run(text)
    assert same(again, value), text
    assert same(value, again), text
    if isinstance(value, np.ndarray):
        assert again.flags.f_contiguous == value.flags.f_contiguous or not value.flags.contiguous
    if expected is not None:
        assert shown(value) == expected


@pytest.mark.parametrize(
    ("value", "path", "slug"),
    [
        (pd.Series(range(50_000)), "", "value-too-large"),
        ({"table": pd.DataFrame({"a": range(50_000)})}, "['table']", "value-too-large"),
        (pd.Series([1]).rename("x").pipe(lambda s: s.attrs.update(a=1) or s), "", "value-unpicklable"),
    ],
)
def test_what_is_too_much_is_refused_by_name(value, path, slug):
    found = find_opaque(node_of(value))
    assert found is not None
    assert (found[0], found[1].slug) == (path, slug)


@pytest.mark.parametrize(("make", "expected"), models.MODELS, ids=lambda each: None)
def test_models_are_their_constructor_where_that_is_safe(make, expected):
    value = make()
    text = render(node_of(value))
    assert same(run(text), value), text
    if expected is not None:
        assert shown(value) == expected


def test_freezing_imports_no_package():
    code = """
        import sys
        from pytead.values.freezer import freeze
        class Odd: pass
        freeze([Odd(), 1, {"a": (2.5, b"x")}])
        assert not {"numpy", "pandas", "pydantic", "msgspec", "attrs"} & set(sys.modules)
        """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True)

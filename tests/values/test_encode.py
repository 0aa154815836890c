"""``encode`` is the inverse of ``tree.read``."""

from __future__ import annotations

import collections
import datetime as dt
import decimal
import pickle
import pickletools
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytead.values import marks, tree
from pytead.values.encode import encode
from pytead.values.nodes import Atom, Call, Instance, Items, Member, Opaque, Pairs, Reference


def assert_kept(node: Any) -> None:
    data = encode(node)
    pickletools.dis(data, out=_Nowhere())
    assert tree.canonical(tree.read(data)) == tree.canonical(node)


class _Nowhere:
    def write(self, text: str) -> None:
        pass


class Loop:
    pass


def tuple_cycle() -> tuple[Any, ...]:
    one: list[Any] = []
    other: list[Any] = [one]
    cycle = (one, other)
    one.append(cycle)
    other.append(cycle)
    return cycle


def frozen_cycle() -> object:
    loop = Loop()
    loop.inside = frozenset([loop])  # type: ignore[attr-defined]
    return loop.inside  # type: ignore[attr-defined]


SHARED: list[int] = []
VALUES = [
    [1, 255, 256, -1, 2**31, -(2**2100), True, None, 1.5, -0.0, float("nan"), 1 + 2j, ..., NotImplemented],
    ["", "x" * 300, "\ud800", b"", b"y" * 300, bytearray(b"z"), ["x" * 300] * 2],
    {(1, 2): {3, 4}, "k": frozenset([5]), None: [()]},
    [SHARED, SHARED, {"again": SHARED}, (SHARED,)],
    tuple_cycle(),
    frozen_cycle(),
    [list(range(300)), [[] for _ in range(300)]],
    collections.OrderedDict(a=1, b=collections.Counter("aab")),
    collections.defaultdict(list, {1: [2]}),
    collections.deque([1, [2]], maxlen=3),
    [dt.datetime(2024, 1, 2, tzinfo=dt.timezone.utc), decimal.Decimal("1.50"), Path("a/b")],
    ValueError("no", 3),
    Path.joinpath,
]


@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
def test_what_was_read_from_a_pickle_reads_the_same_again(value):
    assert_kept(tree.read(pickle.dumps(value, 5)))


def test_sharing_is_kept_and_not_invented():
    data = encode(tree.read(pickle.dumps([SHARED, SHARED, []], 5)))
    first, second, third = pickle.loads(data)
    assert first is second
    assert first is not third


def test_the_bytes_are_a_pickle_that_others_read():
    value = [
        {"a": (1, 2.5, "x"), "b": {1, 2}},
        frozenset([b"z"]),
        bytearray(b"q"),
        3j,
        tuple_cycle()[0][0][1][0][0],
    ]
    assert repr(pickle.loads(encode(tree.read(pickle.dumps(value, 5))))) == repr(value)


def test_every_kind_of_node():
    cls = Reference("pkg.mod", "Outer.Cls", "class")
    shared = Items("list", [Atom(1)])
    loop = Instance(cls, [("shared", shared)], has_constructor=True)
    loop.attributes.append(("me", loop))
    nodes = [
        loop,
        Instance(cls, [], content=shared, has_value_equality=True),
        Instance(cls, [("a", shared)], content=Items("tuple", [shared])),
        Instance(cls, []),
        Member(Reference("pkg.mod", "Colour", "class"), ("RED",)),
        Member(Reference("pkg.mod", "Colour", "class"), ("RED", "BLUE")),
        Reference("pkg.mod", "f", "function"),
        Reference("pkg.mod", "", "module"),
        Reference("pkg.mod", "CONSTANT", "constant"),
        Reference("pkg.mod", "anything"),
        Opaque("threading.lock", "value-lock", "a lock can't be rebuilt"),
        Call(Reference("pkg.mod", "make", "function"), [shared], [("k", Atom(2)), ("l", shared)]),
        Call(Reference("pkg.mod", "make"), [Atom(1)]),
        Call(Reference("pkg.mod", "Cls"), [shared], is_new=True, state=Pairs([(Atom("x"), shared)])),
        Call(
            Reference("pkg.mod", "Cls"),
            [],
            [("k", shared)],
            is_new=True,
            items=[Atom(1)],
            pairs=[(Atom(1), shared)],
        ),
    ]
    for node in nodes:
        assert_kept(node)
    assert_kept(Items("list", [*nodes, *nodes]))


def test_a_value_as_deep_as_reading_allows():
    deep: Any = Atom(0)
    for _ in range(tree.MAX_NESTING - 2):
        deep = Items("list", [deep])
    assert_kept(deep)


def test_an_immutable_value_inside_itself_is_refused():
    knot = Items("tuple")
    knot.items.append(Items("frozenset", [knot]))
    with pytest.raises(ValueError, match="contains itself"):
        encode(knot)


def test_an_atom_of_another_type_is_refused():
    with pytest.raises(ValueError, match="an atom of type range"):
        encode(Atom(range(3)))


def test_marks_are_written_as_text_and_import_nothing():
    data = encode(Instance(Reference("not.importable", "Cls", "class"), []))
    assert b"not.importable:Cls" in data
    assert marks.__name__.encode() in data


atoms = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.complex_numbers()
)
hashable = st.recursive(
    atoms, lambda inner: st.tuples(inner, inner) | st.frozensets(inner, max_size=3), max_leaves=5
)
values = st.recursive(
    hashable,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(hashable, inner, max_size=4)
        | st.builds(lambda shared: [shared, {"again": shared}], inner)
        | st.sets(hashable, max_size=3)
    ),
    max_leaves=10,
)


@given(values)
def test_any_value(value):
    assert_kept(tree.read(pickle.dumps(value, 5)))

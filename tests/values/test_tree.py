from __future__ import annotations

import collections
import datetime as dt
import decimal
import fractions
import io
import math
import os
import pathlib
import pickle
import random
import subprocess
import sys
import uuid

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytead.values import marks
from pytead.values.freezer import freeze
from pytead.values.nodes import Atom, Buffer, Call, Instance, Items, Node, Opaque, Pairs, Reference
from pytead.values.tree import MAX_NESTING, UnreadableValue, canonical, find_opaque, read

HERE = __name__


class Box:
    def __init__(self, content=None):
        self.content = content


class Reducible(Box):
    def __reduce__(self):
        return Reducible, (self.content,)


def form(value: object) -> bytes:
    return canonical(read(freeze(value)))


# -- the same value ------------------------------------------------------------------------------------------


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.complex_numbers(allow_nan=False),
    st.text(st.characters()),
    st.binary(),
    st.just(...),
    st.decimals(allow_nan=False),
    st.fractions(),
    st.uuids(),
    st.datetimes(timezones=st.one_of(st.none(), st.just(dt.timezone.utc))),
    st.dates(),
    st.timedeltas(),
    st.builds(pathlib.PurePosixPath, st.text("ab/", max_size=4)),
)
HASHABLE = st.recursive(
    SCALARS,
    lambda inner: st.tuples(inner, inner) | st.frozensets(inner, max_size=3),
    max_leaves=4,
)
VALUES = st.recursive(
    HASHABLE,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(HASHABLE, inner, max_size=4),
        st.sets(HASHABLE, max_size=4),
        st.tuples(inner),
        st.builds(bytearray, st.binary(max_size=3)),
        st.builds(collections.deque, st.lists(inner, max_size=3)),
        st.builds(Box, inner),
    ),
    max_leaves=12,
)


def built_again(value):
    """An equal value in which nothing is the same object and sets and dicts have another order."""
    kind = type(value)
    if kind in (list, tuple, collections.deque):
        return kind([built_again(item) for item in value])
    if kind in (set, frozenset):
        items = [built_again(item) for item in value]
        random.Random(len(items)).shuffle(items)
        return kind(items)
    if kind is dict:
        return {built_again(key): built_again(item) for key, item in reversed(list(value.items()))}
    if kind is str:
        return "".join(list(value))
    if kind is bytearray:
        return bytearray(value)
    if kind is Box:
        return Box(built_again(value.content))
    return pickle.loads(pickle.dumps(value))


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(VALUES)
def test_equal_values_have_equal_forms(value):
    assert form(value) == form(value)
    assert form(built_again(value)) == form(value)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(VALUES, VALUES)
def test_a_form_tells_values_apart(first, second):
    assert (form(first) == form(second)) == (shown(first) == shown(second))


def shown(value) -> str:
    """What a value is, types and all, as text that doesn't depend on any order."""
    kind = type(value)
    if kind in (set, frozenset):
        return f"{kind.__name__}({sorted(map(shown, value))})"
    if kind in (list, tuple, collections.deque):
        return f"{kind.__name__}({list(map(shown, value))})"
    if kind is dict:
        return f"dict({sorted((shown(key), shown(item)) for key, item in value.items())})"
    if kind is Box:
        return f"Box({shown(value.content)})"
    return f"{kind.__name__}({value!r})"


@pytest.mark.parametrize(
    "different",
    [
        [1, 1.0, True, "1", b"1", (1,), [1], {1}, frozenset({1}), {1: 1}, 1 + 0j, decimal.Decimal(1), -1],
        [0.0, -0.0, 0, False, None, math.nan, math.inf, "nan"],
        [b"", "", bytearray(), (), [], set(), {}, frozenset(), None],
        [(1, 2), (12,), ("1", "2"), ((1,), 2), (1, (2,)), (1, 2, ())],
        [int, "int", float, len, int.__add__],
        [Box(1), Box(2), Box([1]), Box(), Reducible(1), {"content": 1}],
        [ValueError("a"), ValueError("b"), TypeError("a"), ValueError("a", 1)],
        [decimal.Decimal("1.0"), decimal.Decimal("1.00"), fractions.Fraction(1)],
        [dt.datetime(2024, 1, 1), dt.date(2024, 1, 1), dt.datetime(2024, 1, 1, fold=1)],
        [
            collections.OrderedDict(a=1, b=2),
            collections.OrderedDict(b=2, a=1),
            {"a": 1, "b": 2},
            collections.Counter(a=1, b=2),
        ],
        [collections.deque([1]), collections.deque([1], 3), [1]],
    ],
    ids=lambda values: repr(values[0]).partition(" at 0x")[0],
)
def test_types_and_contents_count(different):
    assert len({form(value) for value in different}) == len(different)


def test_every_nan_is_the_same():
    assert form([math.nan, float("nan")]) == form([float("nan")] * 2)


def test_sharing_of_what_can_change_counts():
    shared: list = []
    assert form([shared, shared]) != form([[], []])
    immutable = (1, "x")
    assert form([immutable, immutable]) == form([(1, "x"), (1, "".join("x"))])
    holder = ([],)
    assert form([holder, holder]) == form([(shared,), (shared,)])
    assert form([holder, holder]) != form([([],), ([],)])
    box = Box()
    assert form((box, box)) != form((Box(), Box()))
    when = dt.date(2024, 1, 1)
    assert form((when, when)) == form((dt.date(2024, 1, 1), dt.date(2024, 1, 1)))


def test_cycles_have_forms():
    def ring(length, content=0):
        first = last = [content]
        for _ in range(length - 1):
            last.append([content])
            last = last[-1]
        last.append(first)
        return first

    assert form(ring(3)) == form(ring(3))
    assert form(ring(3)) != form(ring(4))
    assert form(ring(3)) != form(ring(3, 1))
    through_tuple: list = []
    through_tuple.append((through_tuple,))
    assert form(through_tuple) != form([([],)])


def test_sets_of_mutable_objects_have_one_form():
    def make(order):
        boxes = [Box(number) for number in range(6)]
        boxes[0].content = boxes[5]
        boxes[4].content = {boxes[2]: boxes[3], boxes[1]: boxes[1]}
        return {boxes[number] for number in order}, {boxes[number]: number for number in order}

    forms = {form(make(order)) for order in ([0, 1, 2, 3, 4, 5], [5, 3, 1, 0, 2, 4], [2, 4, 0, 5, 1, 3])}
    assert len(forms) == 1


def test_shared_tuples_do_not_explode():
    value: tuple = ([],)
    for _ in range(150):
        value = (value, value)
    node = read(freeze(value))
    assert canonical(node) == form(value)
    assert find_opaque(node) is None


def test_the_form_does_not_depend_on_the_hash_seed():
    code = (
        "import datetime;from pytead.values.freezer import freeze;from pytead.values.tree import read, canonical;"
        "v = [{'a', 'bc', 'd', None}, {frozenset({'x', 'y'}): {1, 'z'}, ('k',): {datetime.date(2024, 1, 1), 'q'}}];"
        "print(canonical(read(freeze(v))).hex())"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(found) == 1


# -- the opcodes -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_every_protocol_is_read(protocol):
    value = [
        None, True, 1, 300, -5, 2**31, 2**70, 2**3000, 1.5, 1j, "s", "é" * 300, b"b", b"\xff" * 300, (), (1,), (1, 2),
        (1, 2, 3), (1, 2, 3, 4), [], list(range(2000)), {}, dict.fromkeys(range(2000)), {1}, frozenset({1}), set(),
        ..., NotImplemented,
    ]  # fmt: skip
    assert canonical(read(pickle.dumps(value, protocol))) == form(value)
    node = read(pickle.dumps(Box(Box([])), protocol))
    assert isinstance(node, Call)
    assert node.is_new
    assert node.function.dotted == f"{HERE}.Box"
    assert isinstance(node.state, Pairs)


def test_reductions_become_calls():
    node = read(pickle.dumps(collections.OrderedDict(a=1), 5))
    assert isinstance(node, Call)
    assert (node.function.dotted, node.is_new) == ("collections.OrderedDict", False)
    assert [(key.value, value.value) for key, value in node.pairs] == [("a", 1)]  # type: ignore[union-attr]
    queue = read(pickle.dumps(collections.deque([1]), 5))
    assert isinstance(queue, Call)
    assert [item.value for item in queue.items] == [1]  # type: ignore[union-attr]
    old = read(pickle.dumps(bytearray(b"x"), 4))
    assert isinstance(old, Buffer)
    assert old.value == b"x"


class Planted:
    def __reduce__(self):
        return os.system, ("exit 1",)


def test_nothing_that_a_value_names_is_imported_or_called(tmp_path):
    node = read(pickle.dumps(Planted()))
    assert isinstance(node, Call)
    assert node.function.qualname == "system"
    assert node.args[0].value == "exit 1"  # type: ignore[union-attr]
    unknown = b"\x80\x04\x8c\x11not_a_module_here\x8c\x04name\x93)R."
    assert isinstance(read(unknown), Call)
    assert "not_a_module_here" not in sys.modules


@pytest.mark.parametrize(
    ("data", "slug"),
    [
        (b"", "value-corrupt"),
        (b".", "value-corrupt"),
        (b"\x80\x05", "value-corrupt"),
        (b"\x80\x09N.", "value-corrupt"),
        (b"NN.", "value-corrupt"),
        (b"(N.", "value-corrupt"),
        (b"\xffN.", "value-corrupt"),
        (b"h\x05.", "value-corrupt"),
        (b"\x8c\xff\x61.", "value-corrupt"),
        (b"X\xff\xff\xff\x7fabc.", "value-corrupt"),
        (b"\x8e\xff\xff\xff\xff\xff\xff\xff\x7f.", "value-corrupt"),
        (b"\x8b\xff\xff\xff\xff.", "value-corrupt"),
        (b"NNa.", "value-corrupt"),
        (b"](Na.", "value-corrupt"),
        (b"}(Nu.", "value-corrupt"),
        (b"NNR.", "value-corrupt"),
        (b"Nb.", "value-corrupt"),
        (b"\x8c\x01\xff.", "value-corrupt"),
        (b"cos\n", "value-corrupt"),
        (b"Pid\n.", "value-extension"),
        (b"NQ.", "value-extension"),
        (b"\x82\x01.", "value-extension"),
        (b"\x97.", "value-extension"),
    ],
)
def test_what_is_no_value_is_refused(data, slug):
    with pytest.raises(UnreadableValue) as refused:
        read(data)
    assert refused.value.slug == slug
    assert refused.value.reason


@pytest.mark.parametrize(
    "reduction",
    [
        (marks.instance, ("no colon", 0)),
        (marks.instance, ("m:C",)),
        (marks.instance, ("m:C", "flags")),
        (marks.instance, ("m:C", marks.CONTENT), 5),
        (marks.instance, ("m:C", 0), {1: 2}),
        (marks.member, ("m:C", ())),
        (marks.reference, ("m:f", "nonsense")),
        (marks.call, ("m:f", (), {1: 2})),
        (marks.opaque, ("m:f",)),
    ],
    ids=str,
)
def test_misused_marks_are_refused(reduction):
    class Planting(pickle.Pickler):
        def reducer_override(self, value):
            return reduction if isinstance(value, Box) else NotImplemented

    out = io.BytesIO()
    Planting(out, 5).dump(Box())
    with pytest.raises(UnreadableValue) as refused:
        read(out.getvalue())
    assert refused.value.slug == "value-corrupt"


def walked(node: Node) -> None:
    """Everything that is done with a node that was read; must end."""
    canonical(node)
    find_opaque(node)


SAMPLES = [
    freeze([Box({"a": (1, 2.5)}), Reducible([1]), ValueError("x"), {1, "y"}, collections.deque([1]), len]),
    pickle.dumps([Box([1]), collections.OrderedDict(a=1), uuid.UUID(int=1), {1}, b"x" * 300], 4),
    pickle.dumps([Box([1]), 1j, bytearray(b"x"), {1}, "é"], 2),
]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(SAMPLES), st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=4))
def test_damaged_bytes_give_nodes_or_a_refusal(data, changes):
    damaged = bytearray(data)
    for place, byte in changes:
        damaged[place % len(damaged)] = byte
    try:
        node = read(bytes(damaged))
    except UnreadableValue as refusal:
        assert refusal.slug in ("value-corrupt", "value-extension", "value-too-deep", "value-too-large")
    else:
        walked(node)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_give_nodes_or_a_refusal(data):
    try:
        walked(read(data + b"."))
    except UnreadableValue:
        pass


def test_truncated_bytes_are_refused():
    for data in SAMPLES:
        for length in range(len(data)):
            with pytest.raises(UnreadableValue):
                read(data[:length])


# -- depth -----------------------------------------------------------------------------------------------------


def test_values_at_the_cap_are_read_and_those_beyond_refused():
    def nested(depth):
        return b"]" * depth + b"a" * (depth - 1) + b"."

    node = read(nested(MAX_NESTING))
    walked(node)
    with pytest.raises(UnreadableValue) as refused:
        read(nested(MAX_NESTING + 1))
    assert refused.value.slug == "value-too-deep"
    with pytest.raises(UnreadableValue) as refused:
        read(nested(200_000))
    assert refused.value.slug == "value-too-deep"


def test_forms_need_no_stack():
    node: Node = Atom(1)
    for _ in range(50_000):
        node = Items("tuple", [Items("list", [node])])
    assert canonical(node)
    assert find_opaque(node) is None
    while isinstance(node, Items):
        node = node.items.pop()


# -- opaque parts ----------------------------------------------------------------------------------------------


def test_the_nearest_opaque_part_is_found_with_its_path():
    gone = Opaque("a.b", "value-lock", "why")
    deep = Pairs([(Atom("key"), Instance(Reference("m", "C"), [("items", Items("list", [Atom(1), gone]))]))])
    assert find_opaque(gone) == ("", gone)
    assert find_opaque(deep) == ("['key'].items[1]", gone)
    assert find_opaque(Items("tuple", [deep, Items("tuple", [gone])])) == ("[1][0]", gone)
    assert find_opaque(Items("set", [gone])) == ("{}", gone)
    call = Call(Reference("m", "C"), is_new=True, state=Pairs([(Atom("lock"), gone)]))
    assert find_opaque(Items("list", [call])) == ("[0].lock", gone)
    assert find_opaque(Items("list", [Atom(1)])) is None
    loop = Items("list", [])
    loop.items.append(loop)
    assert find_opaque(loop) is None

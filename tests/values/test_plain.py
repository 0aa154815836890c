from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import enum
import io
import json
import math
import sys
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytead.values.freezer import freeze
from pytead.values.nodes import Atom, Call, Instance, Items, Node, Pairs, Reference
from pytead.values.plain import UnreadableValue, from_plain, to_plain
from pytead.values.tree import canonical, find_opaque, read

HERE = __name__


@dataclasses.dataclass
class Line:
    sku: str
    count: int = 1


class Side(enum.Flag):
    A = 1
    B = 2


class Bag(dict):
    pass


class Account:
    def __init__(self, balance):
        self.balance = balance

    def __setstate__(self, state):
        self.__dict__.update(state)

    def __getstate__(self):
        return {"balance": self.balance}


def half_read() -> io.StringIO:
    file = io.StringIO("ab")
    file.read(1)
    return file


def plain(*values: object) -> list[Any]:
    return to_plain([read(freeze(value)) for value in values])


def assert_lossless(node: Node) -> None:
    (value,) = to_plain([node])
    (back,) = from_plain([json.loads(json.dumps(value))])
    assert canonical(back) == canonical(node)
    assert to_plain([back]) == [value]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (-3, -3),
        (1.5, 1.5),
        ("é\ud800", "é\ud800"),
        ([1, [2]], [1, [2]]),
        ({"a": {"b": []}}, {"a": {"b": []}}),
        ((1, 2), {"$type": "tuple", "items": [1, 2]}),
        ({1}, {"$type": "set", "items": [1]}),
        (frozenset(), {"$type": "frozenset", "items": []}),
        ({1: "a"}, {"$type": "dict", "pairs": [[1, "a"]]}),
        ({"$type": "a"}, {"$type": "dict", "items": {"$type": "a"}}),
        (2**64 - 1, 2**64 - 1),
        (2**64, {"$type": "int", "value": "18446744073709551616"}),
        (math.nan, {"$type": "float", "value": "nan"}),
        (-math.inf, {"$type": "float", "value": "-inf"}),
        (1 - 2j, {"$type": "complex", "real": 1.0, "imag": -2.0}),
        (b"plain", {"$type": "bytes", "ascii": "plain"}),
        (b"\xff\x00", {"$type": "bytes", "base64": "/wA="}),
        (bytearray(b"x"), {"$type": "bytearray", "ascii": "x"}),
        (..., {"$type": "constant", "value": "Ellipsis"}),
        (len, {"$type": "reference", "name": "builtins:len", "kind": "function"}),
        (json, {"$type": "reference", "name": "json", "kind": "module"}),
        (dt.date(2024, 2, 29), {"$type": "call", "function": "datetime:date", "args": [2024, 2, 29]}),
        (Side.A | Side.B, {"$type": "member", "class": f"{HERE}:Side", "names": ["A", "B"]}),
        (
            Line("x"),
            {
                "$type": "instance",
                "class": f"{HERE}:Line",
                "constructor": True,
                "equality": True,
                "attributes": {"sku": "x", "count": 1},
            },
        ),
        (
            Bag(a=1),
            {"$type": "instance", "class": f"{HERE}:Bag", "content": {"a": 1}, "attributes": {}},
        ),
        (
            Account(5),
            {"$type": "instance", "class": f"{HERE}:Account", "attributes": {"balance": 5}},
        ),
        (
            half_read(),
            {
                "$type": "new",
                "function": "io:StringIO",
                "kind": "class",
                "state": {"$type": "tuple", "items": ["ab", "\n", 1, None]},
            },
        ),
        (
            collections.deque([1], 2),
            {"$type": "call", "function": "collections:deque", "kwargs": {"maxlen": 2}, "items": [1]},
        ),
    ],
    ids=lambda value: repr(value)[:25],
)
def test_values_are_readable_and_lossless(value, expected):
    assert plain(value) == [expected]
    assert_lossless(read(freeze(value)))


def test_flags_and_kinds_survive():
    value = [Line("x"), Account, json, len, ValueError(1), sys._getframe(), Bag()]
    node = read(freeze(value))
    (back,) = from_plain(to_plain([node]))
    assert isinstance(node, Items)
    assert isinstance(back, Items)
    assert [repr(item) for item in back.items] == [repr(item) for item in node.items]
    assert find_opaque(back) is not None


def test_ids_mark_shared_objects_only():
    shared: list = [1]
    text = (1, "immutable")
    assert plain((shared, shared, [1], text, text)) == [
        {
            "$type": "tuple",
            "items": [
                {"$type": "list", "$id": 1, "items": [1]},
                {"$ref": 1},
                [1],
                {"$type": "tuple", "items": [1, "immutable"]},
                {"$type": "tuple", "items": [1, "immutable"]},
            ],
        }
    ]


def test_sharing_goes_across_the_values_of_one_list():
    node = read(freeze([[1], {}]))
    assert isinstance(node, Items)
    part = node.items[0]
    written = to_plain([part, node])
    assert written == [{"$type": "list", "$id": 1, "items": [1]}, [{"$ref": 1}, {}]]
    first, second = from_plain(written)
    assert isinstance(second, Items)
    assert second.items[0] is first


def test_cycles_of_every_kind_survive():
    loop: list = []
    loop.append((loop, {"loop": loop}))
    account = Account(None)
    account.balance = {"of": account}
    bag = Bag()
    bag["bag"] = bag
    queue: collections.deque = collections.deque()
    queue.append(queue)
    line = Line("x")
    line.count = line  # type: ignore[assignment]
    for value in (loop, (loop,), loop[0], account, bag, queue, line, {"$": line}):
        assert_lossless(read(freeze(value)))


def test_repeated_tuples_do_not_explode():
    value: tuple = ([],)
    for _ in range(100):
        value = (value, value)
    node = read(freeze(value))
    size = len(json.dumps(to_plain([node])))
    assert size < 200_000
    assert_lossless(node)


def test_depth_needs_no_stack():
    deep: Node = Atom(1)
    for _ in range(5_000):
        deep = Pairs([(Atom("a"), Items("tuple", [deep]))])
    (value,) = to_plain([deep])
    with pytest.raises(UnreadableValue) as refused:
        from_plain([value])
    assert refused.value.slug == "value-too-deep"


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.complex_numbers()
    | st.text(st.characters())
    | st.binary()
)
HASHABLE = st.recursive(
    SCALARS, lambda inner: st.tuples(inner) | st.frozensets(inner, max_size=2), max_leaves=3
)
VALUES = st.recursive(
    HASHABLE,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(HASHABLE, inner, max_size=3)
        | st.dictionaries(st.text("$ab", max_size=3), inner, max_size=3)
        | st.sets(HASHABLE, max_size=3)
        | st.builds(Line, inner, inner)
        | st.builds(Bag, st.dictionaries(HASHABLE, inner, max_size=2))
        | st.builds(lambda item: [item, item], inner)
    ),
    max_leaves=10,
)


@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(VALUES)
def test_every_value_survives(value):
    assert_lossless(read(freeze(value)))


@pytest.mark.parametrize(
    "malformed",
    [
        {"$type": "nonsense"},
        {"$type": ["list"]},
        {"$type": "list"},
        {"$type": "list", "items": {}},
        {"$type": "dict", "pairs": [[1]]},
        {"$type": "dict", "items": []},
        {"$type": "bytes"},
        {"$type": "bytes", "ascii": "é"},
        {"$type": "bytes", "base64": "a"},
        {"$type": "float", "value": "1.5"},
        {"$type": "int", "value": "x"},
        {"$type": "int", "value": 5},
        {"$type": "complex", "real": 1},
        {"$type": "constant", "value": "True"},
        {"$type": "instance"},
        {"$type": "instance", "class": "no_colon"},
        {"$type": "instance", "class": "m:C", "attributes": []},
        {"$type": "call", "function": "m:f", "kind": "nonsense"},
        {"$type": "call", "function": "m:f", "args": 1},
        {"$type": "member", "class": "m:C", "names": []},
        {"$type": "member", "class": "m:C", "names": [1]},
        {"$type": "opaque", "class": 1},
        {"$type": "reference", "name": ":x"},
        {"$ref": 1},
        {"$ref": [1]},
        {"$type": "tuple", "$id": 1, "items": [{"$ref": 1}]},
        {"$type": "tuple", "$id": "a", "items": []},
        [{"$type": "list", "$id": 1, "items": []}, {"$type": "list", "$id": 1, "items": []}],
        (1,),
        {1: 2},
        b"x",
        object(),
    ],
    ids=lambda data: repr(data).partition(" at 0x")[0],
)
def test_malformed_data_are_refused(malformed):
    with pytest.raises(UnreadableValue) as refused:
        from_plain([malformed])
    assert refused.value.slug == "value-corrupt"
    assert refused.value.reason


def test_a_call_node_keeps_all_its_parts():
    node = Call(
        Reference("m", "f", "function"),
        [Atom(1)],
        [("name", Items("set", [Atom("x")]))],
        state=Items("tuple", [Atom(None)]),
        items=[Atom(2)],
        pairs=[(Items("tuple", []), Atom(3))],
    )
    assert_lossless(node)
    instance = Instance(Reference("m", "C", "class"), [("$a", Atom(1))], Items("list", [node, node]))
    assert_lossless(instance)

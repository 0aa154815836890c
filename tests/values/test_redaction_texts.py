"""The quick judgement of a frozen value by its texts: never less careful than the whole way through it."""

from __future__ import annotations

import collections
import functools
import types
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pytead.values.encode import encode
from pytead.values.freezer import freeze
from pytead.values.redaction import concealing
from pytead.values.redaction.concealing import Rules, finder, set_rules
from pytead.values.tree import read

if TYPE_CHECKING:
    from collections.abc import Iterator

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P"


@pytest.fixture(autouse=True, scope="module")
def rules() -> Iterator[None]:
    before = concealing._rules
    set_rules(Rules(folder="", key=b"k" * 32))
    yield
    set_rules(before)


class Plain:
    def __init__(self, **attributes: object) -> None:
        self.__dict__.update(attributes)


class ApiKey(Plain):
    pass


class Password(str):
    __slots__ = ("value",)


class Settings(dict[str, object]):
    pass


class Items(list[object]):
    pass


def closure(password: object) -> Any:
    return lambda: password


NAMES = [
    "password", "auth", "cookies", "PIN", "token", "session", "db_password", "Authorization", "x", "value", "name", "items",
]  # fmt: skip
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([0, 7, 999, 1234, 123456, 4111111111111111, 1.5, "", "a", "hunter2 x", "a1B2c3D4e5F6", "12345", "***"]),
    st.sampled_from([JWT, f"see {JWT}", "pwd=hunter2;", "https://u:pw1@h/", "4111 1111 1111 1111", "Bearer abc123def456"]),
    st.sampled_from([b"", b"hunter2", b"password", JWT.encode(), bytearray(b"pwd=hunter2;"), *NAMES]),
)  # fmt: skip
KEYS = st.sampled_from([*NAMES, "password1", 3, b"password"])


def values(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    attributes = st.dictionaries(st.sampled_from(NAMES), inner, max_size=3)
    pairs = st.tuples(KEYS, inner)
    return st.one_of(
        st.lists(inner, max_size=3),
        pairs,
        pairs.map(list),
        st.dictionaries(KEYS, inner, max_size=3),
        attributes.map(lambda held: Plain(**held)),
        attributes.map(lambda held: ApiKey(**held)),
        attributes.map(lambda held: types.SimpleNamespace(**held)),
        st.dictionaries(KEYS, inner, max_size=2).map(Settings),
        st.dictionaries(KEYS, inner, max_size=2).map(collections.OrderedDict),
        st.lists(inner, max_size=2).map(Items),
        st.lists(inner, max_size=3).map(collections.deque),
        st.tuples(inner, inner).map(lambda two: functools.partial(print, two[0], password=two[1])),
        inner.map(closure),
        st.sampled_from(["hunter2", "", "x"]).map(Password),
        inner.map(lambda held: ValueError(held)),
        inner.map(lambda held: freeze((held,))),
    )


@settings(max_examples=400, deadline=None)
@given(st.recursive(LEAVES, values, max_leaves=8))
@example({"pin": 123456})
@example(Plain(sid="a1B2c3D4e5F6"))
@example({"auth": Password("a1B2c3D4e5F6")})
@example({"password": collections.deque(["hunter2"])})
@example({"cookies": Settings(a="b1C2d3E4")})
@example(collections.deque(["password", "hunter2"]))
@example({"auth": ("ann", "hunter2")})
@example(ApiKey(value="hunter2"))
@example([["Authorization", "Basic YW5uOmh1bnRlcg=="]])
def test_what_is_taken_for_innocent_has_no_secrets(value: object) -> None:
    before, after = freeze((value,)), freeze(((value,), None))
    judge = concealing._judge()
    secrets = finder().secrets(before, after, "returned", None)
    if judge.are_nameless(before) or judge.are_innocent(before):
        assert not secrets
    assert judge.are_innocent(before) == judge.are_innocent(after)
    assert judge.are_nameless(before) == judge.are_nameless(after)
    laid_down = encode(read(before))  # as what a generator left is, whose arguments can't be read again
    assert not (secrets and (judge.are_nameless(laid_down) or judge.are_innocent(laid_down)))


VALUES = st.recursive(LEAVES, values, max_leaves=6)


@settings(max_examples=400, deadline=None)
@given(VALUES, VALUES)
@example(["password"], {"password": "x"})
@example({"password": None}, {"password": "hunter2"})
@example([1.5], {"pin": 1234})
@example("a", ["pin", 1234])
def test_no_call_with_a_secret_is_taken_for_innocent(argument: object, result: object) -> None:
    set_rules(Rules(folder="", key=b"k" * 32))
    before, after = freeze((argument,)), freeze(((argument,), result))
    concealing.meet(before, None)
    stored = concealing.conceal(before, after, "returned")
    is_as_it_was = stored[0] is before and after.endswith(stored[1])
    assert not (is_as_it_was and finder().secrets(before, after, "returned", None))


@pytest.mark.parametrize(
    "value",
    [
        [number / 7 for number in range(500)],
        {"PASSWORD": "", "auth": Plain(label="auth"), "apps": ["auth", "sessions"], "token": None},
        [("auth", "admin", "session"), {"keys": ["passed", "tokenize"]}, Plain(cookies=Settings())],
        ["a plain text of some length, in which: nothing = wrong " * 40, b"\x00\xff" * 900],
        [Plain(session_count=n, author="ann", secret_name="x") for n in range(20)],
    ],
    ids=["numbers", "settings", "labels", "long", "attributes"],
)
def test_what_only_reminds_of_secrets_is_innocent(value: object) -> None:
    assert concealing._judge().are_innocent(freeze((value,)))

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import decimal
import enum
import functools
import io
import math
import subprocess
import sys
import threading
import uuid
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest

from pytead.replay import Difference, fill, rebuild, restore, same


class Account:
    def __init__(self, owner: str) -> None:
        self.owner = owner
        self.log: list[Any] = []

    @property
    def shown(self) -> str:
        return "computed"

    def __setattr__(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)


class Base:
    __slots__ = ("__hidden",)

    def hidden(self) -> object:
        return self.__hidden  # type: ignore[attr-defined]


class Slotted(Base):
    __slots__ = ("__hidden", "__weakref__", "shown")

    def __init__(self) -> None:
        raise AssertionError("never called")

    def own(self) -> object:
        return self.__hidden  # type: ignore[attr-defined]


@dataclasses.dataclass(frozen=True)
class Frozen:
    x: int


class MyList(list):  # type: ignore[type-arg]
    def __init__(self) -> None:
        raise AssertionError("never called")

    def append(self, item: object) -> None:
        raise AssertionError("never called")

    extend = __iter__ = append  # type: ignore[assignment]


class MyDict(dict):  # type: ignore[type-arg]
    def __setitem__(self, key: object, value: object) -> None:
        raise AssertionError("never called")


class MyOrdered(collections.OrderedDict):  # type: ignore[type-arg]
    def __setitem__(self, key: object, value: object) -> None:
        raise AssertionError("never called")


class MyText(str):
    __slots__ = ()

    def __new__(cls) -> Any:
        raise AssertionError("never called")


class MyDate(dt.date):
    pass


class Refused(Exception):
    def __init__(self, code: int) -> None:
        super().__init__(f"refused: {code}")
        self.code = code


class Missing(OSError):
    pass


class Point(NamedTuple):
    x: Any
    y: Any = 0


class Cached:
    """Its state is what it says, not the cache beside it."""

    def __init__(self, value: int, cache: object) -> None:
        self.value, self.cache = value, cache

    def __getstate__(self) -> dict[str, int]:
        return {"value": self.value}


class Reducing(Cached):
    def __reduce__(self) -> Any:
        return Reducing, (self.value, None), None, iter([self.value])


class Equal:
    """Says that it equals everything."""

    def __init__(self, value: object) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


class Side(enum.Enum):
    BUY = 1
    SELL = 2


class TestRebuild:
    def test_no_code_of_the_class_runs(self) -> None:
        made = rebuild(MyList, [1], extra=2)
        assert (list.__len__(made), made.extra) == (1, 2)  # type: ignore[attr-defined]
        assert dict.__eq__(rebuild(MyDict, {"a": 1}), {"a": 1})
        assert list(rebuild(MyOrdered, {"b": 1, "a": 2})) == ["b", "a"]
        assert str(rebuild(MyText, "x")) == "x"
        assert rebuild(Account, owner="ann").owner == "ann"

    def test_slots_private_names_and_frozen_classes(self) -> None:
        made = rebuild(Slotted, __hidden=1, _Base__hidden=2, shown=3)
        assert (made.own(), made.hidden(), getattr(made, "shown")) == (1, 2, 3)  # noqa: B009
        assert rebuild(Frozen, x=1) == Frozen(1)

    def test_an_attribute_that_a_property_hides_is_kept(self) -> None:
        made = rebuild(Account, shown="stored", __class__="odd")
        assert vars(made) == {"shown": "stored", "__class__": "odd"}
        assert type(made) is Account
        assert made.shown == "computed"

    @pytest.mark.parametrize(
        ("cls", "content"),
        [
            (collections.Counter, {"a": 2}),
            (set, {1}),
            (frozenset, frozenset({1})),
            (tuple, (1, 2)),
            (int, 3),
            (float, 1.5),
            (complex, 2j),
            (bytes, b"x"),
            (bytearray, b"x"),
            (collections.deque, [1, 2]),
        ],
    )
    def test_content_of_builtin_bases(self, cls: type, content: Any) -> None:
        made: Any = rebuild(type("Sub", (cls,), {}), content)
        assert isinstance(made, cls)
        assert made == cls(content)

    def test_arguments_of_other_bases(self) -> None:
        assert rebuild(Point, (1, 2)) == Point(1, 2)
        named: Any = rebuild(type("Sub", (collections.defaultdict,), {}), {"a": 1}, default_factory=list)
        assert named["b"] == []
        assert rebuild(MyDate, (2024, 1, 2), note="x") == dt.date(2024, 1, 2)

    def test_exceptions(self) -> None:
        made = rebuild(Refused, ("refused: 3",), code=3)
        assert (made.args, made.code, str(made)) == (("refused: 3",), 3, "refused: 3")
        found = rebuild(Missing, (2, "gone", "a.txt"))
        assert (found.errno, found.filename, found.args) == (2, "a.txt", (2, "gone"))

    def test_what_is_no_class_is_named(self) -> None:
        with pytest.raises(TypeError, match=r"rebuild\(\) needs a class, not <built-in function len>"):
            rebuild(len, 1)  # type: ignore[arg-type]

    def test_an_attribute_without_a_place_is_named(self) -> None:
        with pytest.raises(TypeError, match="Slotted can't hold the attribute 'nothing'"):
            rebuild(Slotted, nothing=1)

    def test_fill_completes_a_cycle(self) -> None:
        account = rebuild(Account)
        fill(account, owner=account)
        assert vars(account) == {"owner": account}

    def test_restore_does_what_unpickling_does(self) -> None:
        assert vars(restore(Account.__new__(Account), {"owner": 1})) == {"owner": 1}
        both = type("Both", (Base,), {"__slots__": ("a", "__dict__")})
        made = restore(both(), ({"b": 2}, {"a": 1}))
        assert (made.a, made.b) == (1, 2)
        assert restore(io.StringIO(), ("text", "\n", 2, None)).read() == "xt"
        assert restore(collections.deque(), items=[1]) == collections.deque([1])
        assert restore({}, pairs={"a": 1}) == {"a": 1}


def shared(*, twice: bool) -> list[Any]:
    one: list[Any] = []
    return [one, [one if twice else []]]


def cycle(depth: int) -> list[Any]:
    root: list[Any] = []
    inner = root
    for _ in range(depth):
        inner.append([])
        inner = inner[0]
    inner.append(root)
    return root


def account(**attributes: object) -> Account:
    return rebuild(Account, **attributes)


SAME = [
    (math.nan, math.nan),
    (complex(math.nan, 1), complex(math.nan, 1)),
    ([math.nan, {"a": math.nan}], [math.nan, {"a": math.nan}]),
    ({math.nan: 1}, {float("nan"): 1}),
    ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    ({1, "a", (2, frozenset({math.nan}))}, {(2, frozenset({float("nan")})), "a", 1}),
    (account(owner="a", log=[1]), account(log=[1], owner="a")),
    ({Point(1): account()}, {Point(1): account()}),
    (Equal(1), Equal(1)),
    (Cached(1, "x"), Cached(1, "y")),
    (Reducing(1, "x"), Reducing(1, "y")),
    (Refused(1), Refused(1)),
    (object(), object()),
    (functools.partial(int, base=2), functools.partial(int, base=2)),
    (io.StringIO("a"), io.StringIO("a")),
    (Account("a").__init__, Account("a").__init__),  # type: ignore[misc]
    (decimal.Decimal("nan"), decimal.Decimal("nan")),
    (cycle(1), cycle(1)),
    (shared(twice=True), shared(twice=True)),
    (np.array([math.nan, 1]), np.array([math.nan, 1])),
    (np.float64("nan"), np.float64("nan")),
    (np.array([{"a": math.nan}]), np.array([{"a": math.nan}])),
    (pd.DataFrame({"a": [1.0, math.nan]}), pd.DataFrame({"a": [1.0, math.nan]})),
    (pd.Series(["a", None]), pd.Series(["a", None])),
    (pd.Timestamp("2024-01-01"), pd.Timestamp("2024-01-01")),
]


@pytest.mark.parametrize(("actual", "expected"), SAME)
def test_same(actual: object, expected: object) -> None:
    assert same(actual, expected) is True


def held_lock() -> threading.Lock:
    lock = threading.Lock()
    lock.acquire()
    return lock


DIFFERENT = [
    (1, 1.0, "1 (int) != 1.0 (float)"),
    (1, True, "1 (int) != True (bool)"),
    (0.0, -0.0, "0.0 != -0.0"),
    (0.3, 0.1 + 0.2, "0.3 != 0.30000000000000004"),
    ("a", "b", "'a' != 'b'"),
    ([1, [2, 3]], [1, [2, 4]], "[1][1]: 3 != 4"),
    ([1], [1, 2], "length 1 != 2"),
    ({"a": {"b": 1}}, {"a": {"b": 2}}, "['a']['b']: 1 != 2"),
    ({"a": 1}, {"b": 1}, "'b' is missing"),
    ({"a": 1, "b": 1}, {"a": 1}, "'b' was not expected"),
    ({1: 1}, {True: 1}, "True is missing"),
    ({1, 2}, {1, 3}, "3 is missing"),
    ({(1, 2)}, {(1, 3)}, "(1, 3) is missing"),
    (collections.OrderedDict(a=1, b=2), collections.OrderedDict(b=2, a=1), "the keys are in another order"),
    (collections.OrderedDict(a=1), {"a": 1}, None),
    (collections.deque([1]), collections.deque([1], 3), ".maxlen: None (NoneType) != 3 (int)"),
    (collections.defaultdict(list), collections.defaultdict(set), None),
    (Point(1, [2]), Point(1, [3]), ".y[0]: 2 != 3"),
    (Point(1), (1, 0), None),
    (account(items=[1, account(price=3)]), account(items=[1, account(price=4)]), ".items[1].price: 3 != 4"),
    (account(), account(owner=1), "has no attribute owner"),
    (account(owner=1), account(), "has the attribute owner, which was not expected"),
    (rebuild(Slotted, shown=1), rebuild(Slotted, shown=2), ".shown: 1 != 2"),
    (rebuild(MyList, [1]), rebuild(MyList, [2]), "[0]: 1 != 2"),
    (rebuild(MyText, "a"), rebuild(MyText, "b"), "'a' != 'b'"),
    (rebuild(MyDate, (2024, 1, 1), a=1), rebuild(MyDate, (2024, 1, 1), a=2), ".a: 1 != 2"),
    (Equal(1), Equal(2), ".value: 1 != 2"),
    (Cached(1, ""), Cached(2, ""), "['value']: 1 != 2"),
    (Reducing(1, ""), Reducing(2, ""), ".__reduce__()[1][0]: 1 != 2"),
    (Refused(1), Refused(2), ".args[0]: 'refused: 1' != 'refused: 2'"),
    (ValueError("x"), KeyError("x"), "ValueError('x') (ValueError) != KeyError('x') (KeyError)"),
    (Side.BUY, Side.SELL, None),
    (len, max, "<built-in function len> != <built-in function max>"),
    (functools.partial(int, base=2), functools.partial(int, base=3), ".keywords['base']: 2 != 3"),
    (Account("a").__init__, Account("b").__init__, ".__self__.owner: 'a' != 'b'"),  # type: ignore[misc]
    (decimal.Decimal("1.20"), decimal.Decimal("1.2"), None),
    (uuid.UUID(int=1), uuid.UUID(int=2), None),
    (Path("a"), Path("b"), None),
    (
        dt.datetime(2024, 1, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=1))),
        dt.datetime(2024, 1, 1, 0, tzinfo=dt.timezone.utc),
        None,
    ),
    (io.StringIO("a"), io.StringIO("b"), None),
    (shared(twice=True), shared(twice=False), "[1][0]: the same object as [0], which was not expected"),
    (shared(twice=False), shared(twice=True), "[1][0]: not the same object as [0], which was expected"),
    (cycle(1), cycle(3), None),
    (np.array([1, 2]), np.array([1, 3]), None),
    (np.array([1]), np.array([1.0]), "dtype int64 != float64"),
    (np.array([1]), np.array([[1]]), "shape (1,) != (1, 1)"),
    (np.array([0.0]), np.array([-0.0]), "the sign of a zero differs"),
    (np.array([{"a": 1}]), np.array([{"a": 2}]), "[0]['a']: 1 != 2"),
    (pd.DataFrame({"a": [1.0]}), pd.DataFrame({"a": [1.0 + 1e-9]}), None),
    (pd.Series([1]), pd.Series([1], name="b"), None),
    (held_lock(), threading.Lock(), None),
]


@pytest.mark.parametrize(("actual", "expected", "shown"), DIFFERENT)
def test_different(actual: object, expected: object, shown: str | None) -> None:
    found = same(actual, expected)
    assert isinstance(found, Difference)
    assert not found
    if shown is not None:
        assert repr(found) == shown
    assert not same(expected, actual)


def test_deep_values_need_no_recursion() -> None:
    assert same(cycle(50_000), cycle(50_000))
    found = same(_deep(50_000, 1), _deep(50_000, 2))
    assert isinstance(found, Difference)
    assert found.path == "[0]" * 50_000


def _deep(depth: int, value: object) -> list[Any]:
    for _ in range(depth):
        value = [value]
    return value  # type: ignore[return-value]


def test_a_hostile_repr_does_no_harm() -> None:
    class Hostile:
        def __init__(self, value: int) -> None:
            self.value = value

        def __repr__(self) -> str:
            raise RuntimeError

    assert repr(same([Hostile(1)], [1])).endswith(
        "(test_a_hostile_repr_does_no_harm.<locals>.Hostile) != 1 (int)"
    )
    assert not same({Hostile(1)}, {Hostile(2)})


def test_pytest_shows_where(tmp_path: Path) -> None:
    test = "from pytead.replay import same\n\ndef test_it():\n    assert same({'items': [1, 3]}, {'items': [1, 4]})\n"
    (tmp_path / "test_it.py").write_text(test)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "assert ['items'][1]: 3 != 4" in done.stdout


def test_nothing_of_pytead_and_no_big_module_is_imported() -> None:
    script = (
        "import sys\n"
        "import pytead.replay\n"
        "assert pytead.replay.same(1, 1)\n"
        "ours = {name for name in sys.modules if name.startswith('pytead')}\n"
        "print(sorted(ours | {'wrapt', 'numpy', 'pandas', 'pytest'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    ours = ["pytead", "pytead.replay"]
    rooms = ("differing", "live", "messages", "rebuilding", "sameness", "stored")
    ours += [f"pytead.replay.{name}" for name in rooms]
    assert done.stdout.strip() == str(ours)


NEAR = [
    (0.1 + 0.2, 0.3),
    ([1e20, {"a": 1 + 1e-12}], [1e20 + 1e6, {"a": 1.0}]),
    (1 + 2j, 1 + 2.0000000000001j),
    ({0.1 + 0.2, "a"}, {0.3, "a"}),
    ({0.1 + 0.2: 1}, {0.3: 1}),
    (account(owner=[1.0000000000001]), account(owner=[1.0])),
    (np.array([0.1 + 0.2, math.nan]), np.array([0.3, math.nan])),
    (np.float64(0.1 + 0.2), np.float64(0.3)),
    (pd.DataFrame({"a": [0.1 + 0.2], "b": ["x"]}), pd.DataFrame({"a": [0.3], "b": ["x"]})),
    (pd.Series([0.1 + 0.2]), pd.Series([0.3])),
]


@pytest.mark.parametrize(("actual", "expected"), NEAR)
def test_floats_are_exact_unless_there_is_a_tolerance(actual: object, expected: object) -> None:
    assert same(actual, expected, tolerance=1e-9) is True
    assert isinstance(same(actual, expected), Difference)


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        (1.1, 1.0),
        (math.inf, 1.0),
        (math.inf, -math.inf),
        (math.nan, 1.0),
        (1.0, 1),
        ({1.0: 0}, {1.1: 0}),
        (np.array([1, 2]), np.array([1, 3])),
        (np.array([1.0]), np.array([1.1])),
        (pd.Series(["a"]), pd.Series(["b"])),
    ],
)
def test_a_tolerance_forgives_nothing_else(actual: object, expected: object) -> None:
    assert isinstance(same(actual, expected, tolerance=1e-9), Difference)
    assert same(expected, expected, tolerance=1e-9) is True

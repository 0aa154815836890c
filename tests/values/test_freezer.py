from __future__ import annotations

import abc
import array
import collections
import copyreg
import dataclasses
import datetime as dt
import decimal
import enum
import fractions
import functools
import gc
import importlib
import io
import ipaddress
import logging
import math
import operator
import os
import pathlib
import random
import re
import socket
import sys
import threading
import types
import typing
import uuid
import warnings
import weakref
import zoneinfo

import attrs
import pytest
import wrapt

from pytead.values import freezer, reducers
from pytead.values.freezer import FreezeRefused, freeze, freeze_arguments, is_freezing
from pytead.values.nodes import (
    Atom,
    Buffer,
    Call,
    Instance,
    Items,
    Member,
    Node,
    Opaque,
    Pairs,
    Reference,
)
from pytead.values.reducers import foreign
from pytead.values.reducers.names import MODULE_NAMES
from pytead.values.sourced import is_function
from pytead.values.tree import canonical, find_opaque, read

HERE = __name__


def frozen(value: object) -> Node:
    return read(freeze(value))


def opaque_slug(value: object) -> str:
    node = frozen(value)
    assert isinstance(node, Opaque), node
    return node.slug


def revive(node: Node, known: dict[int, object] | None = None) -> typing.Any:
    """The object that a node says, made by importing and calling: what a generated test does in the end."""
    known = {} if known is None else known
    if id(node) in known:
        return known[id(node)]

    def keep(value):
        known[id(node)] = value
        return value

    def again(part):
        return revive(part, known)

    if isinstance(node, Atom):
        return node.value
    if isinstance(node, Buffer):
        return keep(bytearray(node.value))
    if isinstance(node, Reference):
        return functools.reduce(
            getattr, filter(None, node.qualname.split(".")), importlib.import_module(node.module)
        )
    if isinstance(node, Member):
        cls = again(node.cls)
        return functools.reduce(operator.or_, [cls[name] for name in node.names])
    if isinstance(node, Items):
        if node.kind == "list":
            made = keep([])
            made.extend(again(item) for item in node.items)
            return made
        if node.kind == "set":
            made = keep(set())
            made.update(again(item) for item in node.items)
            return made
        return {"tuple": tuple, "frozenset": frozenset}[node.kind](again(item) for item in node.items)
    if isinstance(node, Pairs):
        made = keep({})
        for key, value in node.pairs:
            made[again(key)] = again(value)
        return made
    if isinstance(node, Instance):
        return _revive_instance(node, keep, again)
    assert isinstance(node, Call), node
    function, args = again(node.function), [again(arg) for arg in node.args]
    kwargs = {name: again(value) for name, value in node.kwargs}
    made = keep(function.__new__(function, *args, **kwargs) if node.is_new else function(*args, **kwargs))
    for item in node.items:
        made.append(again(item))
    for key, value in node.pairs:
        made[again(key)] = again(value)
    if node.state is not None:
        state = again(node.state)
        if hasattr(made, "__setstate__"):
            made.__setstate__(state)
        else:
            made.__dict__.update(state)
    return made


def _revive_instance(node, keep, again):
    cls = again(node.cls)
    if node.has_constructor:
        return keep(cls(**{name: again(value) for name, value in node.attributes}))
    if node.content is None:
        made = keep(object.__new__(cls) if cls.__new__ is object.__new__ else cls.__new__(cls))
    elif issubclass(cls, BaseException):
        made = keep(cls.__new__(cls, *again(node.content)))
    elif issubclass(cls, (list, set, dict, bytearray, collections.deque)):
        base = next(b for b in cls.__mro__ if b.__module__ in ("builtins", "collections"))
        made = keep(base.__new__(cls))
        content = again(node.content)
        base.update(made, content) if issubclass(cls, (dict, set)) else base.extend(made, content)
    else:
        made = keep(cls.__new__(cls, again(node.content)))
    for name, value in node.attributes:
        object.__setattr__(made, name, again(value))
    return made


# -- plain data ------------------------------------------------------------------------------------------------


PLAIN = [
    None, True, 0, -1, 2**80, 1.5, -0.0, math.inf, 1 - 2j, "", "é\ud800\0", b"\xff", ..., NotImplemented,
    (), (1, (2,)), [], [1, [2]], {}, {"a": {1: None}}, set(), {1, 2}, frozenset({"x"}), bytearray(b"q"),
    [list(range(300)), "x" * 70_000],
]  # fmt: skip


@pytest.mark.parametrize("value", PLAIN, ids=lambda value: repr(value)[:20])
def test_builtins_come_back_with_their_exact_types(value):
    back = revive(frozen(value))
    assert type(back) is type(value)
    assert repr(back) == repr(value)


def test_shared_and_circular_objects_are_one_node():
    shared: list = []
    loop = {"shared": shared, "again": shared}
    loop["loop"] = loop
    node = frozen(loop)
    assert isinstance(node, Pairs)
    (_, first), (_, second), (_, itself) = node.pairs
    assert first is second
    assert itself is node


# -- standard library ------------------------------------------------------------------------------------------


def shown(node: Node) -> str:
    """A call as a person would write it."""
    if isinstance(node, Atom):
        return repr(node.value)
    if isinstance(node, Items):
        inner = ", ".join(map(shown, node.items))
        return {"list": f"[{inner}]", "tuple": f"({inner})"}[node.kind]
    if isinstance(node, Pairs):
        return "{" + ", ".join(f"{shown(key)}: {shown(value)}" for key, value in node.pairs) + "}"
    if isinstance(node, Reference):
        return node.dotted
    if isinstance(node, Member):
        return "|".join(f"{node.cls.qualname}.{name}" for name in node.names)
    assert isinstance(node, Call), node
    args = [*map(shown, node.args), *(f"{name}={shown(value)}" for name, value in node.kwargs)]
    return f"{node.function.dotted}({', '.join(args)})"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (dt.datetime(2024, 3, 31), "datetime.datetime(2024, 3, 31)"),
        (dt.datetime(2024, 3, 31, 0, 30, fold=1), "datetime.datetime(2024, 3, 31, 0, 30, fold=1)"),
        (
            dt.datetime(2024, 3, 31, 1, 0, 0, 5, tzinfo=dt.timezone.utc),
            "datetime.datetime(2024, 3, 31, 1, 0, 0, 5, tzinfo=datetime.timezone.utc)",
        ),
        (dt.date(2024, 2, 29), "datetime.date(2024, 2, 29)"),
        (dt.time(), "datetime.time(0, 0)"),
        (dt.timedelta(), "datetime.timedelta(0)"),
        (dt.timedelta(hours=-5), "datetime.timedelta(days=-1, seconds=68400)"),
        (dt.timezone(dt.timedelta(hours=1), "X"), "datetime.timezone(datetime.timedelta(seconds=3600), 'X')"),
        (decimal.Decimal("1.20"), "decimal.Decimal('1.20')"),
        (fractions.Fraction(3, 4), "fractions.Fraction(3, 4)"),
        (fractions.Fraction(3), "fractions.Fraction(3)"),
        (uuid.UUID(int=1), "uuid.UUID('00000000-0000-0000-0000-000000000001')"),
        (pathlib.Path("a/b"), f"pathlib.Path({str(pathlib.Path('a/b'))!r})"),
        (pathlib.PureWindowsPath("c:/x"), "pathlib.PureWindowsPath('c:\\\\x')"),
        (ipaddress.ip_network("10.0.0.0/8"), "ipaddress.IPv4Network('10.0.0.0/8')"),
        (range(3), "builtins.range(3)"),
        (range(0, 9, 2), "builtins.range(0, 9, 2)"),
        (slice(1, None), "builtins.slice(1, None)"),
        (slice(None, 2), "builtins.slice(2)"),
        (re.compile("a"), "re.compile('a')"),
        (
            re.compile(b"a", re.MULTILINE | re.IGNORECASE),
            "re.compile(b'a', RegexFlag.IGNORECASE|RegexFlag.MULTILINE)",
        ),
        (types.MappingProxyType({"a": 1}), "types.MappingProxyType({'a': 1})"),
        (functools.partial(int, "7", base=8), "functools.partial(builtins.int, '7', base=8)"),
        (operator.itemgetter(1, 2), "operator.itemgetter(1, 2)"),
        (operator.methodcaller("x", 1, y=2), "operator.methodcaller('x', 1, y=2)"),
        (io.StringIO("text"), "io.StringIO('text')"),
        (io.BytesIO(), "io.BytesIO()"),
        (array.array("d", [1.5]), "array.array('d', [1.5])"),
        (collections.ChainMap({"a": 1}, {}), "collections.ChainMap({'a': 1}, {})"),
    ],
    ids=lambda value: str(value).partition(" at 0x")[0][:30],
)
def test_a_standard_value_is_written_as_a_person_would(value, text):
    node = frozen(value)
    assert shown(node) == text
    if not isinstance(value, (io.StringIO, io.BytesIO, operator.methodcaller, functools.partial)):
        assert repr(revive(node)) == repr(value)


def test_zones_keep_their_key():
    try:
        zone = zoneinfo.ZoneInfo("Europe/Paris")
    except zoneinfo.ZoneInfoNotFoundError:
        return
    assert shown(frozen(zone)) == "zoneinfo.ZoneInfo('Europe/Paris')"


def test_a_memory_file_keeps_its_position():
    file = io.StringIO("one\ntwo\n")
    file.readline()
    assert revive(frozen(file)).read() == "two\n"
    file.close()
    assert opaque_slug(file) == "value-file"


def test_containers_of_the_library_may_hold_themselves():
    queue = collections.deque([1, 2], maxlen=3)
    ordered = collections.OrderedDict([("b", 1), ("a", 2)])
    ordered.move_to_end("b")
    groups = collections.defaultdict(list, {"x": [1]})
    counts = collections.Counter("banana")
    for value in (queue, ordered, groups, counts):
        back = revive(frozen(value))
        assert type(back) is type(value)
        assert repr(back) == repr(value)
    queue.append(queue)
    ordered["self"] = ordered
    groups["self"] = groups
    assert revive(frozen(queue))[2] is not queue
    for value in (queue, ordered, groups):
        node = frozen(value)
        assert isinstance(node, Call)
        assert node in (*node.items, *(part for _, part in node.pairs))


def test_namespaces_may_hold_themselves():
    space = types.SimpleNamespace(a=1)
    assert revive(frozen(space)) == space
    space.me = space
    node = frozen(space)
    assert isinstance(node, Instance)
    assert dict(node.attributes)["me"] is node


# -- names -----------------------------------------------------------------------------------------------------


def module_function():
    return 1


by_assignment = lambda: 2  # noqa: E731


class Outer:
    class Inner:
        def method(self):
            return 3

        @classmethod
        def make(cls):
            return cls()

        @staticmethod
        def free():
            return 4

        def __private(self):
            return 5

        def private(self):
            return self.__private


@wrapt.decorator
def passing(wrapped, instance, args, kwargs):
    return wrapped(*args, **kwargs)


@passing
def wrapped_function():
    return 6


class Wrapping:
    @passing
    def method(self):
        return 7


@pytest.mark.parametrize(
    ("value", "name", "kind"),
    [
        (len, "builtins.len", "function"),
        (math.sqrt, "math.sqrt", "function"),
        (operator.add, "operator.add", "function"),
        (os.path.join, "os.path.join", "function"),
        (str.upper, "builtins.str.upper", "function"),
        (dict.fromkeys, "builtins.dict.fromkeys", "function"),
        (int, "builtins.int", "class"),
        (type(None), "types.NoneType", "class"),
        (types.FunctionType, "types.FunctionType", "class"),
        (collections.OrderedDict, "collections.OrderedDict", "class"),
        (abc.ABC, "abc.ABC", "class"),
        (math, "math", "module"),
        (module_function, f"{HERE}.module_function", "function"),
        (by_assignment, f"{HERE}.by_assignment", "function"),
        (Outer.Inner, f"{HERE}.Outer.Inner", "class"),
        (Outer.Inner.method, f"{HERE}.Outer.Inner.method", "function"),
        (Outer.Inner.make, f"{HERE}.Outer.Inner.make", "function"),
        (Outer.Inner.free, f"{HERE}.Outer.Inner.free", "function"),
        (wrapped_function, f"{HERE}.wrapped_function", "function"),
        (wrapped_function.__wrapped__, f"{HERE}.wrapped_function", "function"),
        (functools.lru_cache, "functools.lru_cache", "function"),
    ],
    ids=lambda value: str(value).partition(" at 0x")[0],
)
def test_what_has_a_name_is_a_reference(value, name, kind):
    node = frozen(value)
    assert isinstance(node, Reference), node
    assert (node.dotted, node.kind) == (name, kind)


@functools.lru_cache
def cached():
    return 8


def test_a_cached_function_is_named():
    node = frozen(cached)
    assert isinstance(node, Reference)
    assert node.dotted == f"{HERE}.cached"


def test_what_has_no_name_says_why():
    namespace = {"__name__": HERE}
    exec(
        "def around():\n    def local(): pass\n    class Local:\n        def method(self): pass\n"
        "    return local, lambda: 1, Local",
        namespace,
    )
    local, function, Local = namespace["around"]()
    assert opaque_slug(local) == "value-local-function"
    assert opaque_slug(function) == "value-lambda"
    assert opaque_slug(Local) == "value-local-class"
    assert opaque_slug(Local()) == "value-local-class"
    assert opaque_slug(types.ModuleType("nowhere")) == "value-unreachable"
    impostor = types.FunctionType(module_function.__code__, {}, "module_function")
    impostor.__module__, impostor.__qualname__ = HERE, "module_function"
    assert opaque_slug(impostor) == "value-unreachable"


def test_a_bound_method_is_an_attribute_of_its_object():
    inner = Outer.Inner()
    for value, name in [
        (inner.method, "method"),
        (inner.private(), "_Inner__private"),
        (Wrapping().method, "method"),
        ([1].append, "append"),
    ]:
        node = frozen(value)
        assert isinstance(node, Call)
        assert node.function.dotted == "builtins.getattr"
        assert isinstance(node.args[1], Atom)
        assert node.args[1].value == name
    assert revive(frozen(inner.method))() == 3
    bound_elsewhere = types.MethodType(module_function, inner)
    assert frozen(bound_elsewhere).function.dotted == "types.MethodType"  # type: ignore[union-attr]


def test_finding_names_imports_nothing_and_runs_nothing(monkeypatch):
    class Loud(types.ModuleType):
        def __getattr__(self, name):
            raise AssertionError(name)

    loud = Loud("loud_module")
    monkeypatch.setitem(sys.modules, "loud_module", loud)

    def stranger():
        pass

    stranger.__module__, stranger.__qualname__ = "loud_module", "stranger"
    assert is_function(frozen(stranger))
    stranger.__module__ = "not_imported_module"
    assert is_function(frozen(stranger))
    assert "not_imported_module" not in sys.modules


class Renamed:
    pass


def renamed_function():
    pass


def test_module_names_are_written_as_told(monkeypatch):
    monkeypatch.setitem(MODULE_NAMES, HERE, "main")
    assert frozen(renamed_function).dotted == "main.renamed_function"  # type: ignore[union-attr]
    assert frozen(Renamed()).cls.dotted == "main.Renamed"  # type: ignore[union-attr]


# -- enums -----------------------------------------------------------------------------------------------------


class Side(enum.Enum):
    BUY = 1
    SELL = [2]  # noqa: RUF012 - a value that can't be hashed
    PURCHASE = 1  # noqa: PIE796 - an alias

    def __str__(self):
        raise AssertionError

    @classmethod
    def _missing_(cls, value):
        raise AssertionError


class Perm(enum.Flag):
    R = 4
    W = 2
    X = 1
    RW = 6


class Level(enum.IntEnum):
    LOW = 1


class Text(str, enum.Enum):
    A = "a"


class IntPerm(enum.IntFlag):
    A = 1
    B = 2


def test_enum_members_are_named():
    for value, names in [
        (Side.BUY, ("BUY",)),
        (Side.PURCHASE, ("BUY",)),
        (Side.SELL, ("SELL",)),
        (Level.LOW, ("LOW",)),
        (Text.A, ("A",)),
        (Perm.R | Perm.X, ("R", "X")),
        (Perm.R | Perm.W, ("RW",)),
        (IntPerm.A | IntPerm.B, ("A", "B")),
        (re.IGNORECASE | re.MULTILINE, ("IGNORECASE", "MULTILINE")),
    ]:
        node = frozen(value)
        assert isinstance(node, Member), node
        assert set(node.names) == set(names)
        assert revive(node) is value


def test_flags_without_a_name_are_made_from_their_value():
    assert shown(frozen(Perm(0))) == f"{HERE}.Perm(0)"
    assert shown(frozen(IntPerm(9))) == f"{HERE}.IntPerm(9)"


def test_members_of_local_enums_are_opaque():
    local = enum.Enum("local", "A", module=HERE, qualname="test.<locals>.local")
    assert opaque_slug(local.A) == "value-local-class"


# -- classes ---------------------------------------------------------------------------------------------------


class Plain:
    def __init__(self, x):
        self.x = x


class Slotted:
    __slots__ = ("b", "a", "__hidden", "never")  # noqa: RUF023 - the order is what is tested

    def __init__(self):
        self.a, self.b, self.__hidden = 1, 2, 3


class SlottedChild(Slotted):
    def __init__(self):
        super().__init__()
        self.extra = 4


def test_attributes_and_slots_are_read():
    node = frozen(Plain([1]))
    assert isinstance(node, Instance)
    assert (node.cls.dotted, node.cls.kind, node.has_constructor) == (f"{HERE}.Plain", "class", False)
    assert [name for name, _ in node.attributes] == ["x"]
    child = frozen(SlottedChild())
    assert isinstance(child, Instance)
    assert [(name, value.value) for name, value in child.attributes] == [  # type: ignore[union-attr]
        ("b", 2), ("a", 1), ("_Slotted__hidden", 3), ("extra", 4)
    ]  # fmt: skip
    assert not hasattr(SlottedChild, "__slotnames__")


class ShadowedSlot(Slotted):
    @property
    def a(self):
        raise AssertionError


def test_a_property_before_a_slot_is_not_asked():
    value = ShadowedSlot.__new__(ShadowedSlot)
    Slotted.a.__set__(value, 9)  # type: ignore[attr-defined]
    node = frozen(value)
    assert isinstance(node, Instance)
    assert [(name, found.value) for name, found in node.attributes] == [("a", 9)]  # type: ignore[union-attr]


def test_objects_may_refer_to_themselves():
    ring = Plain(Plain(None))
    ring.x.x = ring
    ring.method = ring.__init__
    node = frozen(ring)
    assert isinstance(node, Instance)
    inner = dict(node.attributes)["x"]
    assert dict(inner.attributes)["x"] is node  # type: ignore[union-attr]


@dataclasses.dataclass
class Point:
    x: int
    y: int = 0


@dataclasses.dataclass(frozen=True)
class FrozenPoint:
    x: int


@dataclasses.dataclass
class Ordered(Point):
    kind: typing.ClassVar[int] = 1
    z: int = dataclasses.field(default=1, kw_only=True)


@dataclasses.dataclass(frozen=True, slots=True)
class SlotPoint:
    x: int


@dataclasses.dataclass
class WithPostInit:
    x: int

    def __post_init__(self):
        self.x += 1


@dataclasses.dataclass
class WithInitVar:
    x: dataclasses.InitVar[int]

    def __post_init__(self, x):
        pass


@dataclasses.dataclass
class WithDerived:
    x: int
    y: int = dataclasses.field(init=False, default=0)


@dataclasses.dataclass
class WithIgnored:
    x: int
    y: int = dataclasses.field(compare=False, default=0)


@dataclasses.dataclass
class WithOwnInit:
    x: int

    def __init__(self, twice):
        self.x = twice // 2


@dataclasses.dataclass(eq=False)
class WithoutEq:
    x: int


class Undecorated(Point):
    pass


class UndecoratedWithInit(Point):
    def __init__(self):
        super().__init__(1, 2)


class WithSetter:
    pass


@dataclasses.dataclass
class Guarded:
    x: int

    def __setattr__(self, name, value):
        object.__setattr__(self, name, value * 2)


@attrs.define
class AttrsPoint:
    x: int
    y: int = 0


@attrs.define
class AttrsPrivate:
    _x: int


@attrs.define
class AttrsChecked:
    x: int = attrs.field(converter=int)


@attrs.frozen(slots=False)
class AttrsFrozen:
    x: int


@dataclasses.dataclass
class TracedInit:
    x: int


TracedInit.__init__ = passing(TracedInit.__init__)  # type: ignore[method-assign]


Pair = collections.namedtuple("Pair", "left right")  # noqa: PYI024 - the other way to make one


class TypedPair(typing.NamedTuple):
    left: int
    right: int = 0


class ChildPair(Pair):
    def sum(self):
        return self.left + self.right


class OwnNewPair(Pair):
    def __new__(cls, both):
        return super().__new__(cls, both, both)


@pytest.mark.parametrize(
    ("value", "has_constructor", "has_equality"),
    [
        (Point(1), True, True),
        (FrozenPoint(1), True, True),
        (Ordered(1, z=2), True, True),
        (SlotPoint(1), True, True),
        (WithPostInit(1), False, True),
        (WithInitVar(1), False, True),
        (WithDerived(1), False, False),
        (WithIgnored(1), True, False),
        (WithOwnInit(4), False, True),
        (WithoutEq(1), True, False),
        (Undecorated(1), True, True),
        (UndecoratedWithInit(), False, True),
        (Guarded(1), False, True),
        (AttrsPoint(1), True, True),
        (AttrsPrivate(1), True, True),
        (AttrsChecked(1), False, True),
        (AttrsFrozen(1), True, True),
        (TracedInit(1), True, True),
        (Pair(1, [2]), True, True),
        (TypedPair(1), True, True),
        (ChildPair(1, 2), True, True),
        (Plain(1), False, False),
    ],
    ids=lambda value: type(value).__name__,
)
def test_which_classes_promise_a_constructor_and_equality(value, has_constructor, has_equality):
    node = frozen(value)
    assert isinstance(node, Instance)
    assert (node.has_constructor, node.has_value_equality) == (has_constructor, has_equality)
    if has_constructor and has_equality:
        assert revive(node) == value


def test_the_promise_holds_for_objects_with_exactly_the_fields():
    more, less = Point(1), Point(1)
    more.extra = 2  # type: ignore[attr-defined]
    del less.x
    for value in (more, less):
        node = frozen(value)
        assert isinstance(node, Instance)
        assert not node.has_constructor
        assert not node.has_value_equality


def test_a_named_tuple_with_a_constructor_of_its_own_keeps_its_content():
    node = frozen(OwnNewPair(1))
    assert isinstance(node, Instance)
    assert isinstance(node.content, Items)
    assert not node.has_constructor


# -- subclasses of builtins ------------------------------------------------------------------------------------


class MyList(list): ...


class MyDict(dict): ...


class MySet(set): ...


class MyFrozenSet(frozenset): ...


class MyTuple(tuple): ...  # noqa: SLOT001


class MyStr(str): ...  # noqa: SLOT000


class MyBytes(bytes): ...


class MyByteArray(bytearray): ...


class MyInt(int): ...


class MyFloat(float): ...


class MyComplex(complex): ...


class MyDeque(collections.deque): ...


class MyOrdered(collections.OrderedDict): ...


class MyDefault(collections.defaultdict): ...


class MyCounter(collections.Counter): ...


@pytest.mark.parametrize(
    "value",
    [
        MyList([1]), MyDict(a=1), MySet({1}), MyFrozenSet({1}), MyTuple((1,)), MyStr("a"), MyBytes(b"a"),
        MyByteArray(b"a"), MyInt(3), MyFloat(-0.0), MyComplex(1, -0.0), MyDeque([1]), MyDeque([1], 2),
        MyOrdered(b=1, a=2), MyDefault(list, a=[1]), MyCounter("aab"),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_subclasses_of_builtins_keep_content_and_attributes(value):
    value.note = "n"
    back = revive(frozen(value))
    assert type(back) is type(value)
    assert back.note == "n"
    assert repr(back) == repr(value)
    assert getattr(back, "default_factory", None) is getattr(value, "default_factory", None)
    assert getattr(back, "maxlen", None) == getattr(value, "maxlen", None)


def test_subclasses_of_containers_may_hold_themselves():
    for value, put in [(MyList(), MyList.append), (MyDict(), lambda d, v: d.__setitem__("k", v))]:
        put(value, value)
        node = frozen(value)
        assert isinstance(node, Instance)
        content = node.content
        inner = content.items[0] if isinstance(content, Items) else content.pairs[0][1]  # type: ignore[union-attr]
        assert inner is node


# -- exceptions ------------------------------------------------------------------------------------------------


class Custom(Exception):
    def __init__(self, code, *, hint=""):
        super().__init__(f"code {code}")
        self.code = code
        self.hint = hint


class CustomOS(OSError):
    def __init__(self, path):
        super().__init__(2, "gone", path)


def noted(error):
    error.__dict__["__notes__"] = ["a note"]
    return error


class Shadowing(ImportError):
    @property
    def name(self):
        raise AssertionError


EXCEPTIONS = [
    ValueError("bad", 1), KeyError("k"), Custom(7, hint="h"), noted(TypeError("t")), StopIteration(5),
    SystemExit(3), FileNotFoundError(2, "none", "a.txt"), OSError(18, "cross", "a", None, "b"), OSError("x"),
    CustomOS("p"), ImportError("no", name="mod", path="mod.py"),
    UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"), UnicodeEncodeError("ascii", "é", 0, 1, "bad"),
    SyntaxError("oops", ("f.py", 1, 2, "text", 1, 3)),
]  # fmt: skip
if sys.version_info >= (3, 11):
    EXCEPTIONS.append(ExceptionGroup("several", [ValueError(1), KeyError("k")]))  # noqa: F821


@pytest.mark.parametrize("error", EXCEPTIONS, ids=lambda error: type(error).__name__)
def test_exceptions_come_back_without_their_constructor(error):
    back = revive(frozen(error))
    assert type(back) is type(error)
    assert repr(back) == repr(error)
    assert str(back) == str(error)
    assert back.__dict__.keys() == error.__dict__.keys()
    for name in (
        "errno",
        "strerror",
        "filename",
        "filename2",
        "name",
        "path",
        "value",
        "code",
        "start",
        "lineno",
    ):
        assert getattr(back, name, None) == getattr(error, name, None), name


def test_a_property_before_a_field_of_an_exception_is_not_asked():
    node = frozen(Shadowing("no", path="p"))
    assert isinstance(node, Instance)
    assert [name for name, _ in node.attributes] == ["msg", "path"]


# -- what lives only in the program ----------------------------------------------------------------------------


def numbers():
    yield 1
    yield 2


def test_live_objects_are_opaque_and_left_alone(tmp_path):
    generator, lock, target = numbers(), threading.Lock(), Plain(1)
    next(generator)
    lock.acquire()
    with open(tmp_path / "f", "w+") as file, socket.socket() as connection:
        file.write("x")
        for value, slug in [
            (generator, "value-generator"), (file, "value-file"), (connection, "value-socket"), (lock, "value-lock"),
            (threading.current_thread(), "value-thread"), (weakref.ref(target), "value-weakref"),
            (weakref.proxy(target), "value-weakref"), (numbers.__code__, "value-code"),
            (sys._getframe(), "value-frame"), (memoryview(b"ab")[1:], "value-memoryview"),
            (os.environ, "value-environ"), (super(Plain, target), "value-descriptor"),
        ]:  # fmt: skip
            assert opaque_slug(value) == slug, value
        assert file.tell() == 1
    assert next(generator) == 2
    node = frozen([1, {"a": Plain(lock)}])
    found = find_opaque(node)
    assert found is not None
    assert (found[0], found[1].type_name) == ("[1]['a'].x", "_thread.lock")


# -- hostile ---------------------------------------------------------------------------------------------------


class HostileMeta(type):
    def _refuse(cls, *args):
        raise AssertionError("code of the program ran")

    __hash__ = __eq__ = __getattribute__ = __call__ = __instancecheck__ = __subclasscheck__ = _refuse  # type: ignore[assignment]


def _hostile(bases, **namespace):
    def refuse(self, *args):
        raise AssertionError("code of the program ran")

    names = [
        "__repr__",
        "__str__",
        "__eq__",
        "__hash__",
        "__bool__",
        "__iter__",
        "__len__",
        "__getattr__",
        "__getattribute__",
        "__getitem__",
        "__contains__",
        "__del__",
        "items",
        "keys",
        "values",
        "__dir__",
        "__format__",
        "__int__",
        "__index__",
        "__float__",
        "__bytes__",
        "__init__",
    ]
    body = dict.fromkeys(names, refuse) | {"__class__": property(refuse), **namespace}
    del body["__del__"]
    return HostileMeta("Hostile", bases, body)


Hostile = _hostile((), __module__=HERE, __qualname__="Hostile")
HostileDict = _hostile((dict,), __module__=HERE, __qualname__="HostileDict")
HostileList = _hostile((list,), __module__=HERE, __qualname__="HostileList")
HostileSet = _hostile((set,), __module__=HERE, __qualname__="HostileSet")
HostileStr = _hostile((str,), __module__=HERE, __qualname__="HostileStr")
HostileError = _hostile((Exception,), __module__=HERE, __qualname__="HostileError")


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: object.__new__(Hostile), "Hostile"),
        (lambda: dict.__new__(HostileDict), "HostileDict"),
        (lambda: list.__new__(HostileList), "HostileList"),
        (lambda: set.__new__(HostileSet), "HostileSet"),
        (lambda: str.__new__(HostileStr, "x"), "HostileStr"),
        (lambda: Exception.__new__(HostileError, "x"), "HostileError"),
    ],
    ids=lambda value: value if type(value) is str else "",
)
def test_no_code_of_a_hostile_class_runs(make, name):
    value = make()
    node = read(freeze((value, type(value), [value])))
    assert isinstance(node, Items)
    instance, cls, inside = node.items
    assert isinstance(instance, Instance), instance
    assert instance.cls.dotted == cls.dotted == f"{HERE}.{name}"  # type: ignore[union-attr]
    assert inside.items[0] is instance  # type: ignore[union-attr]


def test_keys_are_not_hashed_or_compared_again():
    calls = []

    class Key:
        def __hash__(self):
            calls.append("hash")
            return 1

        def __eq__(self, other):
            calls.append("eq")
            return self is other

    values = [MyDict({Key(): 1, Key(): 2}), MySet({Key(), Key()}), MyFrozenSet({Key(), Key()})]
    calls.clear()
    for value in values:
        frozen(value)
    assert calls == []


def test_a_class_that_hides_its_attributes_is_opaque():
    assert opaque_slug(Hiding()) == "value-unreadable"


class Hiding:
    @property
    def __dict__(self):  # type: ignore[override]
        raise AssertionError


# -- reductions that classes bring along -----------------------------------------------------------------------


def forbidden(self, *args):
    raise AssertionError("code of the program ran")


class Reducing:
    __slots__ = ("__dict__", "slot")

    def __init__(self, x):
        self.x, self.slot = x, [x]

    __reduce__ = __reduce_ex__ = __getstate__ = __setstate__ = forbidden
    __getnewargs__ = __getnewargs_ex__ = forbidden


class Lazy:
    """Like a query: looking at it evaluates it."""

    def __init__(self):
        self.evaluated = None

    def evaluate(self, *args):
        self.evaluated = [1]
        return self.__dict__

    __getstate__ = __iter__ = __len__ = __bool__ = __getattr__ = evaluate


class Proxy:
    """Like those of web frameworks: it says that it is what it stands for."""

    __slots__ = ("target",)
    __class__ = property(forbidden)  # type: ignore[assignment]
    __reduce_ex__ = __getattribute__ = __getattr__ = forbidden


class ReducingList(list):
    __reduce__ = __reduce_ex__ = forbidden


class ReducingZone(dt.tzinfo):
    def __init__(self):
        self.hours = 1

    __reduce__ = __getinitargs__ = __getstate__ = utcoffset = dst = forbidden


class ReducingMoment(dt.datetime):
    __reduce__ = __reduce_ex__ = forbidden


class Registered:
    def __init__(self):
        self.x = 1


@pytest.mark.parametrize(
    ("make", "attributes"),
    [
        (lambda: Reducing(1), {"slot": [1], "x": 1}),
        (Lazy, {"evaluated": None}),
        (lambda: object.__new__(Proxy), {}),
        (ReducingZone, {"hours": 1}),
        (Registered, {"x": 1}),
    ],
)
def test_reductions_in_python_are_passed_over(monkeypatch, make, attributes):
    monkeypatch.setitem(copyreg.dispatch_table, Registered, forbidden)
    value = make()
    node = frozen(value)
    assert isinstance(node, Instance), node
    assert node.cls.dotted == f"{HERE}.{type(value).__name__}"
    assert {name: revive(part) for name, part in node.attributes} == attributes


def test_looking_at_a_lazy_object_leaves_it_lazy():
    value = Lazy()
    freeze(((value,), {"again": value}))
    assert value.__dict__ == {"evaluated": None}


def test_a_reduction_in_c_is_used_where_nothing_in_python_is_lost():
    list_node = frozen(ReducingList([1]))
    assert isinstance(list_node, Instance)
    assert revive(list_node) == [1]
    moment = ReducingMoment(2024, 5, 1, fold=1)
    moment.note = "an attribute that the reduction of datetime doesn't know"
    node = frozen(moment)
    assert isinstance(node, Instance)
    assert isinstance(node.content, Call)
    assert revive(node.content) == dt.datetime(2024, 5, 1, fold=1)
    assert revive(node.content).fold == 1
    assert [name for name, _ in node.attributes] == ["note"]


class Dice(random.Random):
    pass


class LoadedDice(random.Random):
    getstate = forbidden


def test_reductions_of_the_standard_library_run_if_they_reach_no_code_of_the_program():
    dice = Dice(7)
    node = frozen(dice)
    assert isinstance(node, Call)
    assert revive(node).random() == dice.random()
    assert opaque_slug(LoadedDice(7)) == "value-unpicklable"
    assert shown(frozen(logging.getLogger("a.b"))) == "logging.getLogger('a.b')"
    assert shown(frozen(logging.getLogger())) == "logging.getLogger()"
    stray = logging.Logger("stray")  # noqa: LOG001 - one that getLogger doesn't give
    assert opaque_slug(stray) == "value-unreachable"
    assert "stray" not in logging.Logger.manager.loggerDict


class Noisy:
    """Stands for a type in C whose reduction warns."""


def test_a_reduction_is_asked_without_noise(monkeypatch):
    def reduce(value):
        warnings.warn("reducing", stacklevel=1)
        assert is_freezing()
        return Plain, (1,)

    monkeypatch.setattr(foreign, "may_run_function", lambda function: True)
    monkeypatch.setitem(copyreg.dispatch_table, Noisy, reduce)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        filters = list(warnings.filters)
        node = frozen(Noisy())
        assert list(warnings.filters) == filters
        with pytest.raises(UserWarning):
            warnings.warn("still an error", stacklevel=1)
    assert isinstance(node, Call)
    assert node.function.dotted == f"{HERE}.Plain"
    assert not is_freezing()


class Failing:
    pass


def test_a_class_that_fails_costs_its_value_and_is_not_asked_again(monkeypatch):
    asked = []

    def reduce(value):
        asked.append(value)
        raise RuntimeError("not me\nat all")

    monkeypatch.setattr(foreign, "may_run_function", lambda function: True)
    monkeypatch.setitem(copyreg.dispatch_table, Failing, reduce)
    node = frozen([1, Failing(), Failing()])
    assert isinstance(node, Items)
    assert isinstance(node.items[1], Opaque)
    assert (node.items[1].slug, node.items[1].reason) == ("value-unpicklable", "RuntimeError: not me")
    frozen(Failing())
    assert len(asked) == 1


def test_a_name_that_is_bound_later_is_found(monkeypatch):
    late = type("Late", (), {"__module__": HERE})
    function = types.FunctionType(module_function.__code__, globals(), "late_function")
    function.__module__, function.__qualname__ = HERE, "late_function"
    for _ in range(3):
        node = frozen([late, late(), function])
        assert [item.slug for item in node.items[:2]] == ["value-unreachable"] * 2  # type: ignore[union-attr]
        assert is_function(node.items[2])  # type: ignore[union-attr]
    monkeypatch.setattr(sys.modules[HERE], "Late", late, raising=False)
    monkeypatch.setattr(sys.modules[HERE], "late_function", function, raising=False)
    for _ in range(5):
        node = frozen([late, late(), function])
    assert [type(item) for item in node.items] == [Reference, Instance, Reference]  # type: ignore[union-attr]


def test_freezing_may_be_entered_while_it_runs():
    entered = []

    def collected(phase, info):
        entered.append(freeze([1, Plain(2)]))

    threshold = gc.get_threshold()
    gc.callbacks.append(collected)
    try:
        gc.set_threshold(1)
        node = frozen([Plain([index]) for index in range(50)])
    finally:
        gc.set_threshold(*threshold)
        gc.callbacks.remove(collected)
    assert len(entered) > 1
    assert isinstance(node, Items)
    assert [revive(item).x for item in node.items] == [[index] for index in range(50)]


def test_threads_freeze_at_the_same_time():
    value = [Plain(i) for i in range(50)]
    expected = canonical(frozen(value))
    results = []
    threads = [
        threading.Thread(target=lambda: results.extend(canonical(frozen(value)) for _ in range(20)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(results) == {expected}
    assert len(results) == 80


def test_numpy_values_keep_their_own_reduction():
    numpy = pytest.importorskip("numpy")
    assert isinstance(frozen(numpy.float64(1.5)), Call)
    assert isinstance(frozen(numpy.arange(3)), Call)
    assert opaque_slug(numpy.zeros(1 << 20)) == "value-too-large"


# -- limits ----------------------------------------------------------------------------------------------------


def refused(value: object) -> FreezeRefused:
    with pytest.raises(FreezeRefused) as caught:
        freeze(value)
    return caught.value


def refused_arguments(*args: object) -> FreezeRefused:
    with pytest.raises(FreezeRefused) as caught:
        freeze_arguments(args, {})
    return caught.value


class Large:
    def __init__(self, *parts):
        self.parts = parts


def frame_of():
    return sys._getframe()


def test_too_much_is_refused():
    assert refused(["x" * 100 + str(i) for i in range(20_000)]).slug == "value-too-large"
    assert refused([Plain(i) for i in range(freezer.MAX_OBJECTS + 1)]).slug == "value-too-large"
    assert freeze([Plain(i) for i in range(freezer.MAX_OBJECTS - 20)])
    frames = refused([frame_of() for _ in range(100)])
    assert (frames.slug, "frame" in frames.reason) == ("value-unpicklable", True)
    assert freeze([frame_of() for _ in range(15)])
    assert freeze(1)


class Counted(int):
    """An element that tells when it is written."""


@pytest.mark.parametrize(
    "place", [lambda value: (1, value), lambda value: ((), value), lambda value: [(), {"a": 1}, value]]
)
def test_what_is_too_long_to_be_written_is_not_written_out(place, monkeypatch):
    reduced = []
    monkeypatch.setattr(freezer, "MAX_OBJECTS", 1 << 30)
    monkeypatch.setitem(reducers.handlers, id(Counted), lambda value: reduced.append(1) or (int, ()))
    value = [Counted(1)] * 0 + [0.5] * 10_000 + [Counted(i) for i in range(freezer.MAX_BYTES)]
    assert refused(place(value)).slug == "value-too-large"
    assert len(reduced) < 20_000


def test_a_class_whose_objects_are_too_large_is_refused_at_once_and_tried_again_later():
    tried = []

    class Part:
        pass

    def reduce_part(value):
        tried.append(value)
        return int, ()

    part = Part()
    reducers.handlers[id(Part)] = reduce_part
    try:
        large = Large(part, ["x" * 1000 + str(i) for i in range(2_000)])
        small = Large(1)
        reasons = [refused_arguments(large).reason for _ in range(10)]
        assert "Large were too large before" in reasons[-1]
        assert 3 <= len(tried) <= 6  # to blame somebody takes another look
        assert refused_arguments(1, small)
        assert freeze_arguments((1,), {})
        passed = 0
        for _ in range(60):
            try:
                freeze_arguments((small,), {})
                passed += 1
            except FreezeRefused:
                pass
        assert passed >= 10  # once one was small enough again, all are tried
        assert freeze_arguments((small,), {})
    finally:
        del reducers.handlers[id(Part)]


def test_the_class_of_another_argument_is_not_blamed():
    data = ["x" * 1000 + str(i) for i in range(2_000)]
    for _ in range(5):
        refused_arguments(Plain(1), data)
    assert freeze_arguments((Plain(1), 2), {})


def chain(length: int) -> Plain:
    head = Plain(None)
    for _ in range(length):
        head = Plain(head)
    return head


def nested_list(depth: int) -> list:
    value: list = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("make", [chain, nested_list])
@pytest.mark.parametrize("limit", [None, 1_000_000])
def test_depth_is_refused_and_never_overflows_the_stack(make, limit):
    value = make(100_000)
    before = sys.getrecursionlimit()
    try:
        sys.setrecursionlimit(limit or before)
        # where C recursion has a limit of its own, a chain has too many objects before it is too deep
        assert refused(value).slug in ("value-too-deep", "value-too-large")
        assert read(freeze(make(90)))
    finally:
        sys.setrecursionlimit(before)
        while value:  # taken apart link by link, for interpreters that would recurse
            value = value[0] if isinstance(value, list) and value else getattr(value, "x", None)


def test_classes_are_not_kept_alive():
    def make():
        module = types.ModuleType("passing_module")
        exec("class Passing:\n    __slots__ = ('a',)\n", module.__dict__)
        sys.modules["passing_module"] = module
        try:
            value = module.Passing()
            value.a = 1
            assert isinstance(frozen(value), Instance)
        finally:
            del sys.modules["passing_module"]
        return weakref.ref(module.Passing)

    gone = make()
    gc.collect()
    assert gone() is None

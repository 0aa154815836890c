from __future__ import annotations

import ast
import collections
import dataclasses
import datetime as dt
import decimal
import enum
import fractions
import functools
import hashlib
import http
import io
import ipaddress
import json
import math
import operator
import os
import pathlib
import pickle
import random
import re
import subprocess
import sys
import types
import typing
import uuid
import zoneinfo
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytead.replay import same
from pytead.values import layout, sharing
from pytead.values.freezer import freeze
from pytead.values.nodes import Atom, Call, Instance, Items, Member, Node, Opaque, Pairs, Reference
from pytead.values.source import CannotRender, Renderer, has_plain_equality, needs_names
from pytead.values.tree import read

if typing.TYPE_CHECKING:
    from collections.abc import Iterator


class Side(enum.Enum):
    BUY = "buy"


class Perm(enum.Flag):
    R = 1
    W = 2


Odd = enum.Enum("Odd", {"odd name": 1})


@dataclasses.dataclass
class Line:
    sku: str
    qty: int


class Account:
    def __init__(self, owner: str) -> None:
        self.owner = owner
        self.log: list[Any] = []

    def deposit(self) -> None:
        pass


class Slotted:
    __slots__ = ("__hidden", "shown")

    def __init__(self) -> None:
        self.__hidden = 1
        self.shown = 2

    def hidden(self) -> int:
        return self.__hidden


class MyList(list):  # type: ignore[type-arg]
    pass


class MyOrdered(collections.OrderedDict):  # type: ignore[type-arg]
    pass


class Point(NamedTuple):
    x: int
    y: int = 0


class Refused(Exception):
    def __init__(self, code: int) -> None:
        super().__init__(f"refused: {code}")
        self.code = code


class Stateful:
    class Mode(enum.Enum):
        FAST = 1

    def __getstate__(self) -> dict[str, int]:
        return {"kept": 1}

    def __setstate__(self, state: dict[str, int]) -> None:
        self.kept = state["kept"] + 1


class Reducing:
    def __init__(self, one: int) -> None:
        self.one = one

    def __reduce__(self) -> Any:
        return Reducing, (self.one,)


class Branch:
    def __init__(self, name: str) -> None:
        self.name = name
        self.parent: Branch | None = None
        self.children: list[Branch] = []


def node_of(value: object) -> Node:
    return read(freeze(value))


def render(node: Node, renderer: Renderer | None = None) -> str:
    """The text of a module that makes ``value``."""
    renderer = renderer or Renderer()
    if needs_names([node]):
        statements, (expression,) = renderer.named([node])
    else:
        statements, expression = [], renderer.expression(node)
    assign = ast.Assign([ast.Name("value", ast.Store())], expression)
    return layout.module([*statements, assign], "", [renderer.imports()])


def run(text: str) -> Any:
    namespace: dict[str, Any] = {}
    exec(compile(text, "rendered", "exec"), namespace)
    return namespace["value"]


def shown(value: object) -> str:
    """What stands to the right of ``value =``."""
    return render(node_of(value)).rpartition("value = ")[2].rstrip()


hashable = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.complex_numbers() | st.text() | st.binary(),
    lambda inner: st.tuples(inner, inner) | st.frozensets(inner, max_size=3),
    max_leaves=6,
)
builtin_values = st.recursive(
    hashable | st.text(st.characters(codec=None)),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner)
        | st.sets(hashable, max_size=4)
        | st.dictionaries(hashable, inner, max_size=4)
        | st.binary().map(bytearray)
        | st.lists(inner, max_size=2).map(collections.deque)
        | st.dictionaries(st.text(), inner, max_size=2).map(collections.OrderedDict)
    ),
    max_leaves=20,
)


@given(builtin_values)
def test_builtins_come_back_equal_and_of_the_same_types(value: object) -> None:
    for maker in (freeze, functools.partial(pickle.dumps, protocol=5)):
        node = read(maker(value))
        made = run(render(node))
        assert same(made, value)
        if has_plain_equality(node):
            assert made == value


def _kind(value: object) -> str:
    return value[:40] if isinstance(value, str) else type(value).__name__


VALUES = [
    (float("nan"), 'float("nan")'),
    (float("-inf"), 'float("-inf")'),
    (-0.0, "-0.0"),
    (complex(-0.0, math.nan), 'complex(-0.0, float("nan"))'),
    (-(10**5000), "-" + hex(10**5000)),
    (frozenset({1}), "frozenset({1})"),
    (set(), "set()"),
    ({10, 9, "b", "a", 1.5, (2, 10), (2, 9)}, '{(2, 9), (2, 10), 1.5, 9, 10, "a", "b"}'),
    (bytearray(b"\x00a"), 'bytearray(b"\\x00a")'),
    (range(0, 20, 3), "range(0, 20, 3)"),
    (slice(1, None, 2), "slice(1, None, 2)"),
    (..., "..."),
    (type(None), "type(None)"),
    (NotImplemented, "NotImplemented"),
    (Side.BUY, "Side.BUY"),
    (Perm.R | Perm.W, "Perm.R | Perm.W"),
    (getattr(Odd, "odd name"), 'Odd["odd name"]'),
    (Stateful.Mode.FAST, "Stateful.Mode.FAST"),
    (http.HTTPStatus.OK, "HTTPStatus.OK"),
    (Line("a", 2), 'Line(sku="a", qty=2)'),
    (Point(1), "Point(x=1, y=0)"),
    (Account("ann"), 'rebuild(Account, owner="ann", log=[])'),
    (Slotted(), None),
    (MyList([1]), "rebuild(MyList, [1])"),
    (MyOrdered(a=1), 'rebuild(MyOrdered, {"a": 1})'),
    (Refused(3), 'rebuild(Refused, ("refused: 3",), code=3)'),
    (Stateful(), None),
    (Reducing(1), "rebuild(Reducing, one=1)"),
    (ValueError("x"), 'ValueError("x")'),
    (SystemExit(3), "SystemExit(3)"),
    (FileNotFoundError(2, "gone", "a.txt"), 'FileNotFoundError(2, "gone", "a.txt")'),
    (decimal.Decimal("1.20"), 'Decimal("1.20")'),
    (fractions.Fraction(1, 3), "Fraction(1, 3)"),
    (uuid.UUID(int=5), 'UUID("00000000-0000-0000-0000-000000000005")'),
    (pathlib.PurePosixPath("a/b"), 'PurePosixPath("a/b")'),
    (pathlib.Path("a"), 'Path("a")'),
    (dt.date(2024, 2, 29), "date(2024, 2, 29)"),
    (
        dt.datetime(2024, 3, 31, 0, 30, tzinfo=zoneinfo.ZoneInfo("Europe/Paris"), fold=1),
        'datetime(2024, 3, 31, 0, 30, tzinfo=ZoneInfo("Europe/Paris"), fold=1)',
    ),
    (dt.time(1, 2, tzinfo=dt.timezone.utc), "time(1, 2, tzinfo=timezone.utc)"),
    (dt.timedelta(days=1, seconds=3661), "timedelta(days=1, hours=1, minutes=1, seconds=1)"),
    (dt.timezone(dt.timedelta(hours=-5)), "timezone(timedelta(hours=-5))"),
    (collections.deque([1, 2], maxlen=3), "deque([1, 2], maxlen=3)"),
    (collections.OrderedDict(a=1), 'OrderedDict({"a": 1})'),
    (collections.Counter("aab"), 'Counter({"a": 2, "b": 1})'),
    (collections.defaultdict(list, {"a": [1]}), 'defaultdict(list, {"a": [1]})'),
    (collections.ChainMap({"a": 1}, {}), 'ChainMap({"a": 1}, {})'),
    (
        re.compile("[a-z]+", re.IGNORECASE | re.MULTILINE),
        're.compile("[a-z]+", re.IGNORECASE | re.MULTILINE)',
    ),
    (re.compile(b"x"), 're.compile(b"x")'),
    (functools.partial(int, base=2), "partial(int, base=2)"),
    (operator.itemgetter(1, 2), "operator.itemgetter(1, 2)"),
    (types.SimpleNamespace(a=1), "SimpleNamespace(a=1)"),
    (ipaddress.ip_network("10.0.0.0/8"), 'IPv4Network("10.0.0.0/8")'),
    (io.StringIO("text"), 'StringIO("text")'),
    (len, "len"),
    (str.upper, "str.upper"),
    (os.path.join, "os.path.join"),
    (json.loads, "json.loads"),
    (random.randint, "random.randint"),
    (random.random, "random.random"),
    (hashlib.sha1, "sha1"),
    (ast.keyword, "ast.keyword"),
    (dir, "dir"),
    (node_of, "node_of"),
    (Account("a").deposit, 'rebuild(Account, owner="a", log=[]).deposit'),
    (list[int], "list[int]"),
    (int | None, "Union[int, None]" if sys.version_info >= (3, 14) else "int | type(None)"),
    (typing.Optional[int], "Union[int, None]"),  # noqa: UP045
    (np.float64(1.5), "np.float64(1.5)"),
    (np.array([[1, 2], [3, 4]], dtype="u1"), "np.array([[1, 2], [3, 4]], dtype=np.uint8)"),
    (np.arange(6.0).reshape(2, 3).T, None),
    (np.array(["ab", "c"]), 'np.array(["ab", "c"], dtype="<U2")'),
    (np.zeros((0, 3)), "np.zeros((0, 3), dtype=np.float64)"),
    (np.array([1, 2], dtype=">i4"), 'np.array([1, 2], dtype=">i4")'),
    (random.Random(3), None),
]


@pytest.mark.parametrize(("value", "expected"), VALUES, ids=_kind)
def test_values_are_written_as_a_person_would(value: object, expected: str | None) -> None:
    text = render(node_of(value))
    assert same(run(text), value)
    if expected is not None:
        assert text.rpartition("value = ")[2].rstrip() == expected


NATIVE = [
    (
        dt.datetime(2024, 3, 31, 0, 30, tzinfo=dt.timezone.utc),
        "datetime(2024, 3, 31, 0, 30, tzinfo=timezone.utc)",
    ),
    (dt.date(2024, 2, 29), "date(2024, 2, 29)"),
    (dt.time(1), "time(1, 0)"),
    (uuid.UUID(int=5), 'UUID("00000000-0000-0000-0000-000000000005")'),
    (pathlib.PurePosixPath("/a/b"), 'PurePosixPath("/a/b")'),
    (fractions.Fraction(1, 3), "Fraction(1, 3)"),
    (re.compile("x", re.IGNORECASE), 're.compile("x", re.IGNORECASE)'),
    (collections.deque([1], maxlen=2), "deque([1], maxlen=2)"),
    (collections.defaultdict(list, {1: []}), "defaultdict(list, {1: []})"),
    (np.array([[1.5, 2.0]]), "np.array([[1.5, 2.0]], dtype=np.float64)"),
    (np.float32(0.5), "np.float32(0.5)"),
    (b"\xff", 'b"\\xff"'),
    (bytearray(b"x"), 'bytearray(b"x")'),
    ({1, 2}, "{1, 2}"),
    (Account("a"), 'restore(Account.__new__(Account), {"owner": "a", "log": []})'),
    (functools.partial(int, base=2), "partial(int, base=2)"),
    (Side.BUY, None),
]


@pytest.mark.parametrize("protocol", [3, 5])
@pytest.mark.parametrize(("value", "expected"), NATIVE, ids=_kind)
def test_what_pickle_itself_writes_is_understood(value: object, expected: str | None, protocol: int) -> None:
    text = render(read(pickle.dumps(value, protocol)))
    assert same(run(text), value)
    if expected is not None:
        assert text.rpartition("value = ")[2].rstrip() == expected


def test_odd_attribute_names_are_keywords_of_a_dict() -> None:
    account = Account("ann")
    vars(account).update({"odd name": 1, "class": 2, "\ufb01": 3})  # Python reads the ligature as "fi"
    text = render(node_of(account))
    assert vars(run(text)) == vars(account)
    assert 'owner="ann", log=[], **{"odd name": 1, "class": 2, "\ufb01": 3}' in text


class TestSharing:
    def test_what_is_shared_is_made_once(self) -> None:
        shared = [1]
        made = run(render(node_of([shared, (shared,), {"a": shared}])))
        assert made[0] is made[1][0] is made[2]["a"]

    def test_immutable_values_are_written_twice(self) -> None:
        moment = dt.date(2024, 1, 1)
        pair = (moment, "a" * 5)
        assert not needs_names([node_of([pair, pair, moment])])

    @pytest.mark.parametrize("kind", ["list", "dict", "tuple", "deque", "object", "tree"])
    def test_cycles_are_made_in_steps(self, kind: str) -> None:
        value = {"list": _list_cycle, "dict": _dict_cycle, "tuple": _tuple_cycle, "deque": _deque_cycle}.get(
            kind, _object_cycle if kind == "object" else _tree
        )()
        assert same(run(render(node_of(value))), value)

    def test_a_cycle_reads_like_a_program(self) -> None:
        root = Branch("root")
        leaf = Branch("leaf")
        leaf.parent, root.children = root, [leaf]
        assert render(node_of(root)).rpartition("\n\n")[2] == (
            'branch = rebuild(Branch, name="root", parent=None)\n'
            'fill(branch, children=[rebuild(Branch, name="leaf", parent=branch, children=[])])\n'
            "value = branch\n"
        )

    def test_an_expression_alone_refuses_a_cycle(self) -> None:
        with pytest.raises(CannotRender) as caught:
            Renderer().expression(node_of(_list_cycle()))
        assert caught.value.slug in ("value-cycle", "value-too-deep")

    def test_a_cycle_without_a_first_step_is_refused(self) -> None:
        call = Call(Reference("shop", "Thing", "class"))
        call.args.append(Items("tuple", [call]))
        assert needs_names([call])
        with pytest.raises(CannotRender) as caught:
            Renderer().named([call])
        assert caught.value.slug == "value-cycle"

    def test_several_nodes_share_their_variables(self) -> None:
        one: list[Any] = []
        args, kwargs = node_of(([one], {"one": one})).items  # type: ignore[union-attr]
        statements, values = Renderer(["items"]).named([args, kwargs])
        assert [layout.statement(each) for each in statements] == ["items_2 = []"]
        assert [layout.expression(each) for each in values] == ["[items_2]", '{"one": items_2}']

    def test_deep_values_are_made_in_steps(self) -> None:
        value: Any = []
        for index in range(150):
            value = [value] if index % 2 else {"key": value}
        node = node_of(value)
        assert needs_names([node])
        text = render(node)
        assert same(run(text), value)
        with pytest.raises(CannotRender) as caught:
            Renderer().expression(node)
        assert caught.value.slug == "value-too-deep"

    def test_depth_that_no_reader_would_let_through(self) -> None:
        node: Node = Items("list")
        for _ in range(3000):
            node = Items("tuple", [node])
        text = render(node)
        assert text.count("\n") > 100
        ast.parse(text)


def _list_cycle() -> Any:
    value: list[Any] = [1]
    value.append(value)
    return value


def _dict_cycle() -> Any:
    value: dict[str, Any] = {"a": 1}
    value["self"] = [value]
    return value


def _tuple_cycle() -> Any:
    inner: list[Any] = []
    inner.append((inner,))
    return (inner,)


def _deque_cycle() -> Any:
    value: collections.deque[Any] = collections.deque([1], maxlen=5)
    value.append(value)
    return value


def _object_cycle() -> Any:
    branch = Branch("a")
    branch.parent = branch
    return branch


def _tree() -> Any:
    root = Branch("root")
    for name in "ab":
        child = Branch(name)
        child.parent = root
        child.children = [root, child]
        root.children.append(child)
    return [root, root.children]


class TestImports:
    def imports(self, renderer: Renderer) -> list[str]:
        return [layout.statement(each) for each in renderer.imports()]

    def test_names_are_imported_once_and_sorted(self) -> None:
        renderer = Renderer()
        for module, name in [
            ("shop", "b"),
            ("datetime", "date"),
            ("shop", "A"),
            ("re", "compile"),
            ("shop", "b"),
        ]:
            renderer.reference(module, name)
        renderer.reference("pytest", "")
        assert self.imports(renderer) == [
            "import re",
            "from datetime import date",
            "import pytest",
            "from shop import A, b",
        ]

    def test_clashing_names_are_reached_through_their_module(self) -> None:
        renderer = Renderer(["expected"])
        found = [
            layout.expression(renderer.reference(module, name))
            for module, name in [
                ("shop", "Line"),
                ("shop.print", "Line"),
                ("shop", "expected"),
                ("shop", "print"),
                ("shop", "test_connection"),
                ("shop.other", "TestCase.mode"),
                ("expected", "x"),
                ("expected", "len"),
                ("numpy", "array"),
            ]
        ]
        assert found == [
            "Line",
            "shop.print.Line",
            "shop.expected",
            "shop.print",
            "shop.test_connection",
            "shop.other.TestCase.mode",
            "x",
            "module_expected.len",
            "np.array",
        ]
        assert "import expected as module_expected" in self.imports(renderer)

    def test_a_name_that_hides_a_package_is_left_to_the_package(self) -> None:
        renderer = Renderer()
        assert layout.expression(renderer.reference("app.line", "app")) == "app"
        assert layout.expression(renderer.reference("app", "test_it")) == "module_app.test_it"
        assert layout.expression(renderer.reference("app.line", "test_it")) == "app_line.test_it"

    def test_variables_and_imports_do_not_hide_each_other(self) -> None:
        shared = Call(Reference("shop", "account", "class"))
        other = Instance(Reference("shop", "Account", "class"))
        text = render(Items("list", [shared, shared, other, other]))
        names = [line.partition(" = ")[0] for line in text.splitlines() if " = " in line]
        assert names == ["account", "account_2", "value"]
        assert "account = shop.account()" in text

    def test_what_failed_imports_nothing(self) -> None:
        renderer = Renderer()
        values: list[Node] = [
            Instance(Reference("shop", "Line", "class")),
            Opaque("lock", "value-lock", "a lock"),
        ]
        with pytest.raises(CannotRender):
            renderer.expression(Items("list", values))
        assert (renderer.imports(), renderer.classes) == ([], set())

    def test_names_of_the_running_script_can_be_mapped(self) -> None:
        renderer = Renderer(modules={"__main__": "main"})
        node = Instance(Reference("__main__", "Job.Part", "class"), has_constructor=True)
        assert layout.expression(renderer.expression(node)) == "Job.Part()"
        assert renderer.classes == {("main", "Job"), ("main", "Job.Part")}


def cls(module: str, qualname: str) -> Reference:
    return Reference(module, qualname, "class")


command = Items("list", [Atom("rm"), Atom("-rf")])
FORBIDDEN = {
    "function": Reference("os", "system"),
    "posix": Reference("posix", "system"),
    "class": cls("subprocess", "Popen"),
    "module": Reference("subprocess", "", "module"),
    "eval": Reference("builtins", "eval"),
    "import": Reference("builtins", "__import__"),
    "getattr": Reference("builtins", "getattr"),
    "open": Reference("io", "open_code"),
    "module of a module": Reference("statistics", "sys.exit"),
    "private": Reference("collections", "_sys"),
    "globals": Reference("shop", "function.__globals__"),
    "subclasses": Reference("builtins", "object.__subclasses__"),
    "call": Call(Reference("os", "system"), [Atom("true")]),
    "call of a class": Call(cls("subprocess", "Popen"), [command]),
    "marked call": Call(cls("builtins", "exec"), [Atom("1")]),
    "call of a harmless function": Call(Reference("shutil", "rmtree"), [Atom("/")]),
    "call of a function": Call(Reference("shop", "wipe"), [Atom("/")]),
    "call vouched a function": Call(Reference("shop", "Wipe", "function"), [Atom("/")]),
    "instance": Instance(cls("subprocess", "Popen"), [("args", command)], has_constructor=True),
    "finaliser": Instance(cls("tempfile", "_TemporaryFileCloser"), [("name", Atom("/etc/passwd"))]),
    "new": Call(cls("subprocess", "Popen"), [command], is_new=True),
    "indirect new": Call(Reference("copyreg", "__newobj__"), [cls("subprocess", "Popen"), command]),
    "reconstructor": Call(
        Reference("copyreg", "_reconstructor"),
        [cls("tempfile", "_TemporaryFileCloser"), cls("builtins", "object"), Atom(None)],
    ),
    "member": Member(cls("subprocess", "Popen"), ("mro",)),
    "special member": Member(cls("shop", "Side"), ("__class__",)),
    "getattr call": Call(Reference("builtins", "getattr"), [Reference("os", "", "module"), Atom("system")]),
    "getattr of special": Call(Reference("builtins", "getattr"), [Atom(""), Atom("__class__")]),
    "getattr of code": Call(Reference("builtins", "getattr"), [Atom(""), Atom("x; import os")]),
    "unlink": Call(
        Reference("builtins", "getattr"), [Call(cls("pathlib", "Path"), [Atom("x")]), Atom("unlink")]
    ),
    "resolved": Call(Reference("pkgutil", "resolve_name"), [Atom("os:system")]),
    "type": Call(Reference("builtins", "type"), [Atom("x"), Items("tuple"), Pairs()]),
    "item of anything": Call(Reference("operator", "getitem"), [Reference("shop", "table"), Atom(1)]),
    "or of anything": Call(Reference("functools", "reduce"), [Reference("shop", "f"), Items("tuple")]),
    "huge bytes": Call(Reference("builtins", "bytes"), [Atom(10**12)]),
    "partial": Call(Reference("functools", "partial"), [Reference("os", "system"), Atom("x")]),
    "numpy": Call(Reference("numpy", "load"), [Atom("x")]),
}


class TestSafety:
    @pytest.mark.parametrize("node", FORBIDDEN.values(), ids=FORBIDDEN)
    def test_what_may_do_anything_is_refused(self, node: Node) -> None:
        with pytest.raises(CannotRender) as caught:
            Renderer().named([node])
        assert caught.value.slug == "value-forbidden"

    @pytest.mark.parametrize(
        ("node", "slug"),
        [
            (Reference("shop", "make.<locals>.inner"), "value-local"),
            (Reference("shop", "a b"), "value-name"),
            (Reference("shop; import os", "x"), "value-name"),
            (Reference("", "x"), "value-name"),
            (Reference("shop", "class"), "value-name"),
            (Reference("\ufb01le", "x"), "value-name"),
            (Reference("shop.__main__", "x"), "value-main"),
            (Reference("__main__", "x"), "value-main"),
            (Opaque("thread.lock", "value-lock", "a lock"), "value-opaque"),
            (Atom("x" * 30_000), "value-too-large"),
            (Items("list", [Atom(1)] * 30_000), "value-too-large"),
            (Atom(1 << 200_000), "value-too-large"),
        ],
        ids=_kind,
    )
    def test_what_cannot_be_written_is_named(self, node: Node, slug: str) -> None:
        with pytest.raises(CannotRender) as caught:
            Renderer().expression(node)
        assert caught.value.slug == slug

    def test_nodes_that_multiply_come_to_an_end(self) -> None:
        node: Node = Items("tuple", [Atom(1), Atom(2)])
        for _ in range(200):
            node = Items("frozenset", [node, node])
        assert needs_names([node])
        assert has_plain_equality(node) is False
        with pytest.raises(CannotRender):
            Renderer().named([node])

    def test_every_class_that_is_used_is_to_be_proven(self) -> None:
        renderer = Renderer()
        nodes: list[Node] = [
            Instance(cls("shop", "Made"), has_constructor=True),
            Instance(cls("shop", "Rebuilt.Inner")),
            Call(cls("shop", "Called")),
            Call(Reference("shop", "Unvouched")),
            Call(cls("shop", "New"), is_new=True),
            Member(cls("shop", "Side"), ("BUY",)),
            Reference("shop", "Owner.method", "function"),
            Reference("shop", "free", "function"),
            Call(cls("datetime", "date"), [Atom(2024), Atom(1), Atom(1)]),
        ]
        renderer.expression(Items("list", nodes))
        names = ["Called", "Made", "New", "Owner", "Rebuilt", "Rebuilt.Inner", "Side", "Unvouched"]
        assert sorted(renderer.classes) == [("shop", name) for name in names]

    def test_strings_stay_strings(self) -> None:
        text = '"); import os; os.system("true") #\\'
        node = Instance(cls("shop", "A"), [(text, Atom(text))], Atom(text))
        (assign,) = ast.parse(render(node)).body[-1:]
        calls = [each for each in ast.walk(assign) if isinstance(each, ast.Call)]
        assert len(calls) == 1


def _values() -> Iterator[object]:
    yield {"b", "a", "c", 3, 1, None, (1, "x"), frozenset({"q", "p", "r"}), Point(1), Side.BUY}
    yield {frozenset({str(index), str(index + 1)}) for index in range(8)}


def test_text_does_not_depend_on_the_hash_seed() -> None:
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); import test_source as t\n"
        "print([t.shown(value) for value in t._values()])"
    )
    folder = os.path.dirname(os.path.abspath(__file__))
    texts = {
        subprocess.run(
            [sys.executable, "-c", script, folder],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(texts) == 1


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1, True),
        ("x", True),
        ({"a": [(1, {2})]}, True),
        (Side.BUY, True),
        (Line("a", 1), True),
        (Line("a", math.nan), False),  # type: ignore[arg-type]
        (Point(1), True),
        (Account("a"), False),
        ([Account("a")], False),
        (math.nan, False),
        (-0.0, False),
        (complex(1, math.nan), False),
        (ValueError("x"), False),
        (np.float64(1), False),
        (np.array([1]), False),
        (dt.date(2024, 1, 1), True),
        (dt.datetime(2024, 1, 1), True),
        (dt.datetime(2024, 1, 1, tzinfo=dt.timezone.utc), False),
        (decimal.Decimal("1.2"), True),
        (decimal.Decimal(0), True),
        (decimal.Decimal("1.20"), False),
        (decimal.Decimal("nan"), False),
        (uuid.UUID(int=1), True),
        (pathlib.Path("a"), True),
        (re.compile("x", re.IGNORECASE), True),
        (range(3), True),
        (collections.deque([1]), True),
        (collections.deque([1], maxlen=1), False),
        (collections.OrderedDict(a=math.nan), False),
        (collections.Counter("a"), True),
        (functools.partial(int), False),
        (len, True),
        (_list_cycle(), False),
    ],
    ids=_kind,
)
def test_plain_equality_is_trusted_where_it_tells_values_apart(value: object, expected: bool) -> None:
    assert has_plain_equality(node_of(value)) is expected


def test_the_place_of_an_element_of_a_set_costs_little_however_much_it_holds(monkeypatch):
    class Kind:
        def __init__(self, name, parent):
            self.name, self.parent, self.below = name, parent, set()
            if parent is not None:
                parent.below.add(self)

    monkeypatch.setattr(sys.modules[__name__], "Kind", Kind, raising=False)
    Kind.__qualname__ = "Kind"
    root = Kind("root", None)
    for name in range(12):
        child = Kind(f"a{name}", root)
        for under in range(12):
            Kind(f"b{under}", child)
    looked_at = []
    order_key = sharing.order_key
    monkeypatch.setattr(sharing, "order_key", lambda *given: looked_at.append(1) or order_key(*given))
    sharing.plan([read(freeze(root))])
    assert 150 < len(looked_at) < 10_000

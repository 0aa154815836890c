from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from pytead.records import ModuleOrigin

BANK = """
    class Account:
        def __init__(self, owner, balance=0):
            self.owner, self.balance, self.log = owner, balance, []

        def deposit(self, amount):
            if amount < 0:
                raise ValueError("negative", amount)
            self.balance += amount
            self.log.append(("deposit", amount))
            return self.balance

        def fee(self, n, *, extra=0):
            return n * 0.5 + extra

        def __secret(self):
            return self.owner[0]

        def reset(self):
            self.balance = 0
            return self

        @property
        def is_rich(self):
            return self.balance > 10

        @classmethod
        def opened(cls, owner):
            return cls(owner, 1)

        @staticmethod
        def cents(amount):
            return amount * 100


    class Savings(Account):
        def fee(self, n, *, extra=0):
            return super().fee(n, extra=extra) * 2
    """


def test_the_plain_form_is_the_one_of_the_documentation(project: Any) -> None:
    project.module("mymodule", "def multiply(a, b):\n    return a * b\n")
    project.call("mymodule:multiply", 2, 3)
    project.call("mymodule:multiply", 10, 0)
    assert (
        project.text()
        == '''\
"""Tests of ``mymodule.multiply``, made by Pytead from calls that a running program made.

Make them again with: pytead gen
"""

import pytest

from mymodule import multiply


@pytest.mark.parametrize(
    "args, kwargs, expected",
    [
        pytest.param((2, 3), {}, 6, id="2-3"),
        pytest.param((10, 0), {}, 0, id="10-0"),
    ],
)
def test_multiply(args, kwargs, expected):
    assert multiply(*args, **kwargs) == expected
'''
    )
    project.write()
    assert project.passed() == [
        "test_mymodule_multiply.py::test_multiply[10-0]",
        "test_mymodule_multiply.py::test_multiply[2-3]",
    ]


def test_what_a_call_changed_is_asserted_too(project: Any) -> None:
    project.module("ops", "def push(stack, item):\n    stack.append(item)\n    return len(stack)\n")
    project.call("ops:push", [1], "a")
    assert (
        project.text().partition("import push\n\n\n")[2]
        == """\
@pytest.mark.parametrize(
    "args, kwargs, expected, args_after",
    [
        pytest.param(([1], "a"), {}, 2, ([1, "a"], "a"), id="1-a"),
    ],
)
def test_push_changes_arguments(args, kwargs, expected, args_after):
    assert push(*args, **kwargs) == expected
    assert args == args_after
"""
    )
    project.write()
    assert len(project.passed()) == 1
    project.edit("ops", "append(item)", "insert(0, item)")
    assert "1 failed" in project.pytest().stdout


def test_exceptions_are_known_by_class_and_arguments(project: Any) -> None:
    project.module(
        "errs",
        """
        import os

        class Broken(Exception):
            def __init__(self, need, have):
                super().__init__(need, have)
                self.need, self.have = need, have

        class Worse(Broken):
            pass

        def fail(how, *args):
            if how == "exit":
                raise SystemExit(3)
            if how == "file":
                return open("/nowhere/at all")
            if how == "custom":
                raise Worse(*args)
            return int(how)
        """,
    )
    for args in [("x(1+)",), ("exit",), ("file",), ("custom", 9, 5)]:
        project.call("errs:fail", *args)
    assert (
        project.text().partition("import Worse, fail\n\n\n")[2]
        == """\
@pytest.mark.parametrize(
    "args, kwargs, error, error_args",
    [
        pytest.param(
            ("x(1+)",),
            {},
            ValueError,
            ("invalid literal for int() with base 10: 'x(1+)'",),
            id="raises-ValueError-x_1+",
        ),
        pytest.param(("exit",), {}, SystemExit, (3,), id="raises-SystemExit-exit"),
        pytest.param(
            ("file",),
            {},
            FileNotFoundError,
            (2, "No such file or directory"),
            id="raises-FileNotFoundError-file",
        ),
        pytest.param(("custom", 9, 5), {}, Worse, (9, 5), id="raises-Worse-custom-9-5"),
    ],
)
def test_fail_raises(args, kwargs, error, error_args):
    with pytest.raises(error) as caught:
        fail(*args, **kwargs)
    assert caught.type is error
    assert caught.value.args == error_args
"""
    )
    project.write()
    assert len(project.passed()) == 4
    project.edit("errs", "raise Worse", "raise Broken")
    assert "1 failed, 3 passed" in project.pytest().stdout


def test_every_way_to_reach_a_member(project: Any) -> None:
    bank = project.module("bank", BANK)
    ann = bank.Account("ann", 10)
    project.call("bank:Account.deposit", ann, 5)
    project.call("bank:Account.deposit", ann, -5)
    project.call("bank:Account.fee", bank.Savings("bob"), 4, extra=1)
    project.call("bank:Account._Account__secret", ann)
    project.call("bank:Account.reset", ann)
    project.call("bank:Account.is_rich", ann)
    project.call("bank:Account.opened", bank.Account, "cy")
    project.call("bank:Account.opened", bank.Savings, "di")
    project.call("bank:Account.cents", 7)
    empty = bank.Account.__new__(bank.Account)
    project.call("bank:Account.__init__", empty, "eve")
    texts = {module.path.stem: module.text for module in project.write().modules}
    checks = [
        line.strip()
        for _, text in sorted(texts.items())
        for line in text.splitlines()
        if line.startswith(("def ", "    assert ", "        receiver", "        Account"))
    ]
    assert checks == CHECKS
    assert len(project.passed()) == 10


CHECKS = [
    "def test_Account_init(args, kwargs, expected):",
    "assert same(Account(*args, **kwargs), expected)",
    "def test_Account_secret(receiver, args, kwargs, expected):",
    "assert receiver._Account__secret(*args, **kwargs) == expected",
    "def test_Account_cents(args, kwargs, expected):",
    "assert Account.cents(*args, **kwargs) == expected",
    "def test_Account_deposit_changes_receiver(receiver, args, kwargs, expected, receiver_after):",
    "assert receiver.deposit(*args, **kwargs) == expected",
    "assert same(receiver, receiver_after)",
    "def test_Account_deposit_raises(receiver, args, kwargs, error, error_args):",
    "receiver.deposit(*args, **kwargs)",
    "assert caught.type is error",
    "assert caught.value.args == error_args",
    "def test_Account_fee_of_subclass(receiver, args, kwargs, expected):",
    "assert result == expected",
    "assert type(result) is type(expected)",
    "def test_Account_is_rich(receiver, expected):",
    "assert receiver.is_rich is expected",
    "def test_Account_opened(args, kwargs, expected):",
    "assert same(Account.opened(*args, **kwargs), expected)",
    "def test_Account_opened_of_subclass(receiver, args, kwargs, expected):",
    "assert same(receiver.opened(*args, **kwargs), expected)",
    "def test_Account_reset_returns_changed_receiver(receiver, args, kwargs, receiver_after):",
    "assert receiver.reset(*args, **kwargs) is receiver",
    "assert same(receiver, receiver_after)",
]
"""Each test function with what it does, in the order of the files."""


def test_a_changed_method_fails_its_test(project: Any) -> None:
    bank = project.module("bank", BANK)
    project.call("bank:Account.reset", bank.Account("ann", 3))
    project.call("bank:Account.__init__", bank.Account.__new__(bank.Account), "eve", balance=2)
    project.write()
    assert len(project.passed()) == 2
    project.edit("bank", "self.balance = 0", "self.balance = 1")
    assert "1 failed, 1 passed" in project.pytest().stdout
    project.edit("bank", "return self\n", "return Account(self.owner)\n")
    project.edit("bank", "balance, []", "balance, [0]")
    assert "2 failed" in project.pytest().stdout


def test_shared_and_cyclic_arguments_are_made_in_steps(project: Any) -> None:
    project.module(
        "graph",
        """
        def push_both(x, y):
            x.append(1)
            return len(y)

        def same(a, b):
            return a is b

        def depth(loop):
            found = 0
            while loop is not None and found < 5:
                loop, found = loop["next"], found + 1
            return found
        """,
    )
    shared = [0]
    loop: dict[str, object] = {}
    loop["next"] = loop
    (pushed,) = [project.call("graph:push_both", shared, shared)]
    project.call("graph:same", shared, shared)
    project.call("graph:same", [1], [1])
    project.call("graph:depth", loop)
    texts = {module.path.stem: module.text for module in project.write().modules}
    (test,) = texts["test_graph_push_both"].partition("import push_both\n\n\n")[2].split("\n\n\n")[:1]
    assert (
        test
        == f"""\
def test_push_both_changes_arguments_with_shared_values_{pushed.inputs[:4]}():
    items = [0]
    items_2 = [0, 1]
    args = (items, items)
    args_after = (items_2, items_2)
    assert push_both(*args) == 2
    assert args == args_after"""
    )
    assert len(project.passed()) == 4
    project.edit("graph", "a is b", "a == b")
    assert "1 failed, 3 passed" in project.pytest().stdout


def test_a_property_can_be_set(project: Any) -> None:
    project.module(
        "geo",
        """
        class Box:
            def __init__(self, side):
                self.side = side

            @property
            def volume(self):
                return self.side ** 3

            @volume.setter
            def volume(self, value):
                self.side = round(value ** (1 / 3))
        """,
    )
    import geo  # type: ignore[import-not-found]

    project.call("geo:Box.volume", geo.Box(2))
    project.call("geo:Box.volume", geo.Box(2), 27)
    text = project.text()
    assert "    assert receiver.volume == expected\n" in text
    assert "    receiver.volume = args[0]\n    assert same(receiver, receiver_after)\n" in text
    project.write()
    assert project.passed() == [
        "test_geo_Box_volume.py::test_Box_volume[Box-2]",
        "test_geo_Box_volume.py::test_Box_volume_set[27]",
    ]


def test_a_property_that_a_subclass_has_of_its_own(project: Any) -> None:
    project.module(
        "sup",
        """
        class Plain:
            @property
            def size(self):
                return 2

        class Tenfold(Plain):
            @property
            def size(self):
                return super().size * 10
        """,
    )
    import sup  # type: ignore[import-not-found]

    project.call("sup:Plain.size", sup.Tenfold())
    assert "    assert Plain.size.__get__(receiver) == expected\n" in project.text()
    project.write()
    assert len(project.passed()) == 1


def test_names_that_would_clash_are_imported_in_another_way(project: Any) -> None:
    project.module(
        "clash",
        """
        def args(x): return x
        def same(x): return [x, float("nan")]
        def test_me(x): return x
        def pytest(x): return x
        class TestBed:
            def run(self): return self
        """,
    )
    import clash  # type: ignore[import-not-found]

    for name in ("args", "same", "test_me", "pytest"):
        project.call(f"clash:{name}", 1)
    project.call("clash:TestBed.run", clash.TestBed())
    project.write()
    assert len(project.passed()) == 5
    project.write("tests/single", single_file="test_all.py")
    assert "5 passed" in project.pytest("tests/single").stdout


def test_what_cannot_be_written_costs_only_itself(project: Any) -> None:
    project.module("texts", "def size(text):\n    return len(text)\n")
    project.call("texts:size", "ab")
    project.call("texts:size", "x" * 50_000)
    generation = project.generate()
    assert [len(module.tests) for module in generation.modules] == [1]
    ((function, rejection),) = generation.rejections
    assert (function.dotted, rejection.stage, rejection.slug) == ("texts.size", "codegen", "value-too-large")


def test_a_function_without_a_case_left_has_no_file(project: Any) -> None:
    project.module("texts", "def size(text):\n    return len(text)\n")
    project.call("texts:size", "x" * 50_000)
    generation = project.generate()
    assert (generation.modules, generation.support) == ([], [])


def test_the_text_is_the_same_in_every_process(project: Any) -> None:
    project.module("sets", "def f(members, **options):\n    return frozenset(options) | members\n")
    project.call("sets:f", {"b", "a", "c"}, z={1: {"x", "y"}}, k=None)
    script = """
import sys
from pathlib import Path
from tests.codegen.conftest import Project
sys.path.insert(0, sys.argv[1])
import sets
project = Project(Path(sys.argv[1]))
project.call("sets:f", {"b", "a", "c"}, z={1: {"x", "y"}}, k=None)
sys.stdout.write(project.text())
"""
    root = Path(__file__).parents[2]
    for seed in ("0", "1", "12345"):
        done = subprocess.run(
            [sys.executable, "-c", script, str(project.folder)],
            cwd=root,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(root)},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        assert done.stdout == project.text()


def test_every_id_is_what_pytest_calls_the_test(project: Any) -> None:
    project.module("m", "def f(*args, **kwargs):\n    return len(args)\n")
    texts = ["", " ", "é", "a b", "a/b", "a::b", "[x]", "-", "1", "x", "long " * 20]
    values = [1, True, 1.0, None, b"x", [1], (1,), {1}, {}, float("nan"), -0.0, 2**70, {"k": 1}, int, ...]
    for value in [*texts, *values, {"k": [1, 2]}]:
        project.call("m:f", value)
        project.call("m:f", key=value)
    (module,) = project.write().modules
    assert project.passed() == sorted(f"{module.path}::{test}" for test in module.tests)
    assert len(module.tests) == len(project.cases)
    for test in module.tests:
        assert re.fullmatch(r"test_\w+\[[A-Za-z0-9._=+-]{1,40}\]", test), test


def test_a_moved_src_layout_passes_without_configuration(project: Any) -> None:
    project.module("mymodule", "def multiply(a, b):\n    return a * b\n")
    project.call("mymodule:multiply", 2, 3)
    project.cases = [replace(case, origin=ModuleOrigin("src/mymodule.py", "src")) for case in project.cases]
    project.write()
    (project.folder / "src").mkdir()
    (project.folder / "mymodule.py").rename(project.folder / "src" / "mymodule.py")
    project.folder = project.folder.rename(project.folder.parent / "elsewhere")
    assert len(project.passed()) == 1


def test_true_is_not_one_and_an_argument_that_comes_back_is_looked_at(project: Any) -> None:
    project.module(
        "m",
        "def is_one(a):\n    return a == 1\n\ndef first(rows):\n    return rows[0]\n\ndef back(a):\n    return a\n",
    )
    for name, argument in (("is_one", 1), ("back", [1, 2])):
        project.call(f"m:{name}", argument)
    texts = {module.path.stem: module.text for module in project.write().modules}
    assert "    assert is_one(*args, **kwargs) is expected\n" in texts["test_m_is_one"]
    assert (
        "    assert back(*args, **kwargs) is args[0]\n    assert args[0] == expected\n"
        in texts["test_m_back"]
    )

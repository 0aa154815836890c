"""Changes between what lies on disk and what is made, case by case, and modules that hold some of both."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from pytead.codegen.changes import changes
from pytead.codegen.merging import CannotMerge, merge
from pytead.codegen.signature import sign
from pytead.codegen.styles import amber
from pytead.codegen.written import WrittenModule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytead.codegen.generated import GeneratedModule

SHOP = """
    class Line:
        def __init__(self, price): self.price = price
        def __eq__(self, other): return self.price == other.price
        __hash__ = None

    class Basket:
        def __init__(self): self.lines = []
        def add(self, line): self.lines.append(line)

    def total(lines, rate=1):
        if rate < 0: raise ValueError(rate)
        return sum(line.price for line in lines) * rate

    def same_twice(a, b): return a is b

    def items(n): yield from range(n)
    """
CHANGED = (
    SHOP.replace("* rate", "* rate + 1")
    .replace("raise ValueError(rate)", "return None")
    .replace("self.lines.append(line)", "self.lines.append(line.price)")
    .replace("a is b", "(a, b)")
    .replace("range(n)", "range(n + 1)")
)


def make(project: Any, source: str, calls: Sequence[str], style: str = "parametrize") -> str:
    """The text of one module with all these calls of a ``shop`` with that source."""
    return module(project, source, calls, style).text


def read(made: GeneratedModule) -> WrittenModule:
    return WrittenModule(made.text, amber.read(made.data[0].content if made.data else b""))


def module(project: Any, source: str, calls: Sequence[str], style: str) -> GeneratedModule:
    project.cases.clear()
    shop = (
        project.module("shop", source) if "shop" not in project.imported else project.reload("shop", source)
    )
    line, basket, shared = shop.Line, shop.Basket, [1]
    for name in calls:
        if name == "items":
            n = 3 if "n + 1" in source else 2
            story = (tuple(range(n)), (), "returned", None)
            project.tell("shop:items", "yielded", story, 2)
            continue
        arguments: dict[str, tuple[Any, ...]] = {
            "total 1": ("shop:total", [line(2)]),
            "total 2": ("shop:total", [line(3), line(4)]),
            "total fails": ("shop:total", [], -1),
            "add": ("shop:Basket.add", basket(), line(5)),
            "shared": ("shop:same_twice", shared, shared),
        }
        project.call(*arguments[name])
    return project.generate(single_file="test_shop.py", style=style).modules[0]


def kinds(old: str, new: str) -> dict[str, str]:
    return {change.test: change.kind for change in changes(WrittenModule(old), WrittenModule(new))}


CALLS = ("total 1", "total 2", "total fails", "add", "shared", "items")


def test_what_is_the_same_new_and_gone(project: Any) -> None:
    old = make(project, SHOP, CALLS[:4])
    new = make(project, SHOP, CALLS[1:])
    assert sorted(kinds(old, new).values()) == ["gone", "new", "new", "same", "same", "same"]
    assert set(kinds(new, new).values()) == {"same"}
    assert set(kinds(new, new.replace('"', "'").replace("),\n", "),\n\n")).values()) == {"same"}


def test_each_case_is_found_again_whatever_comes_of_it(project: Any) -> None:
    old = make(project, SHOP, CALLS)
    new = make(project, CHANGED, CALLS)
    found = kinds(old, new)
    assert list(found.values()) == ["changed"] * len(CALLS), found
    (one,) = (
        c for c in changes(WrittenModule(old), WrittenModule(new)) if c.test.startswith("test_total_raises[")
    )
    assert one.lines == ["- error = ValueError", "- error_args = (-1,)", "+ expected = None"]


@pytest.mark.parametrize("style", ["parametrize", "unittest", "syrupy"])
def test_any_of_the_changes_can_be_refused(project: Any, style: str) -> None:
    before = read(module(project, SHOP, CALLS[:5], style))
    made = module(project, CHANGED, CALLS[1:], style)
    after = read(made)
    every = changes(before, after)
    assert [change.kind for change in every].count("changed") == 4
    told = {case.inputs: case.told for case in before.cases}
    for count, refused in itertools.product(range(len(every) + 1), (False, True)):
        for chosen in itertools.combinations(every, count) if not refused else [every[:count]]:
            merged_text, snapshots = merge(before, after, chosen) or ("", {})
            expected = dict(told)
            for change in every:
                if change in chosen:
                    continue
                if change.old is not None:
                    del expected[change.old.inputs]
                if change.new is not None:
                    expected[change.new.inputs] = change.new.told
            merged = WrittenModule(merged_text, snapshots)
            assert {case.inputs: case.told for case in merged.cases} == expected
            assert len({case.test for case in merged.cases}) == len(merged.cases)
            assert {name for case in merged.cases for name, _ in merged.snapshots_of(case.test)} == set(
                snapshots
            )
    assert merge(before, after, []) == (made.text.partition("# pytead")[0].rstrip() + "\n", after.snapshots)
    assert merge(before, None, []) is None


def test_a_merged_module_runs(project: Any) -> None:
    old = make(project, SHOP, CALLS)
    new = make(project, CHANGED, CALLS)
    before, after = WrittenModule(old), WrittenModule(new)
    refused = [change for change in changes(before, after) if "total" not in change.test]
    made = merge(before, after, refused)
    assert made is not None
    (project.folder / "test_shop.py").write_text(made[0], encoding="utf-8")
    done = project.pytest("-p", "no:randomly", "test_shop.py")
    assert "3 failed, 3 passed" in done.stdout, done.stdout


def test_names_that_mean_something_else_are_not_mixed() -> None:
    def module(imported: str, expected: str, inputs: str) -> str:
        return sign(
            f"import pytest\n\nfrom {imported} import Line, total\n\n\n"
            f"@pytest.mark.parametrize('args, kwargs, expected', [pytest.param({inputs}, {{}}, {expected}, id='1')])\n"
            "def test_total(args, kwargs, expected):\n    assert total(*args, **kwargs) == expected\n"
        )

    old, new = WrittenModule(module("a", "1", "(Line(2),)")), WrittenModule(module("b", "2", "(Line(2),)"))
    with pytest.raises(CannotMerge, match="means something else"):
        merge(old, new, changes(old, new)[1:])


def test_ids_that_clash_are_told_apart() -> None:
    def module(*rows: str) -> str:
        return (
            f"import pytest\n\nfrom a import f\n\n\n@pytest.mark.parametrize('args, kwargs, expected', [{', '.join(rows)}])\n"
            "def test_f(args, kwargs, expected):\n    assert f(*args, **kwargs) == expected\n"
        )

    old = WrittenModule(module("pytest.param((1,), {}, 1, id='1')"))
    new = WrittenModule(module("pytest.param(('1',), {}, 1, id='1')"))
    made = merge(old, new, changes(old, new)[1:])
    assert made is not None
    first, second = (case.id for case in WrittenModule(made[0]).cases)
    assert (first, second[:2], len(second)) == ("1", "1_", 6)


def test_a_value_with_a_name_of_its_own_is_the_value() -> None:
    def module(value: str, expected: int) -> str:
        return (
            f"import pytest\n\nfrom a import Line, f\n\nROWS = {value}\n\n\n"
            "@pytest.mark.parametrize('args, kwargs, expected', [\n"
            f"    pytest.param((ROWS, 1), {{}}, {expected}, id='1'),\n"
            f"    pytest.param((ROWS, 2), {{}}, {expected}, id='2'),\n"
            "])\n"
            "def test_f(args, kwargs, expected):\n    assert f(*args, **kwargs) == expected\n"
        )

    old, new = WrittenModule(module("[Line(1)]", 1)), WrittenModule(module("[Line(2)]", 1))
    assert [change.kind for change in changes(old, new)] == ["new", "new", "gone", "gone"]
    merged = merge(old, new, [change for change in changes(old, new) if change.kind == "gone"])
    assert merged is not None
    assert "pytest.param(([Line(1)], 1), {}, 1, id=" in merged[0]
    assert "pytest.param((ROWS, 1), {}, 1, id=" in merged[0]
    again = WrittenModule(merged[0])
    assert [change.kind for change in changes(again, new)] == ["same", "same", "gone", "gone"]
    other = WrittenModule(module("[Line(1)]", 2).replace("ROWS", "LINES"))
    assert [change.kind for change in changes(old, other)] == ["changed", "changed"]

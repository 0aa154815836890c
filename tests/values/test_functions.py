"""Functions by their source: found in the project's files, and never anywhere else."""

from __future__ import annotations

import ast
import functools
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from pytead.replay import same
from pytead.values import layout
from pytead.values.freezer import freeze
from pytead.values.nodes import Atom, Call, Node, Pairs, Reference
from pytead.values.originals import VERSION, Originals
from pytead.values.plain import from_plain, to_plain
from pytead.values.source import CannotRender, Renderer
from pytead.values.sourced import BEGUN, is_function
from pytead.values.tree import canonical, read

from . import workshop

ROOT = Path(__file__).resolve().parents[2]
ORIGINALS = Originals(str(ROOT), path=[])


def render(value: object, originals: Originals | None = ORIGINALS) -> str:
    """A module whose function ``made`` makes the value anew."""
    return render_node(read(freeze(value)), originals)


def render_node(node: Node, originals: Originals | None = ORIGINALS) -> str:
    renderer = Renderer(originals=originals)
    statements, (expression,) = renderer.named([node])
    (made,) = ast.parse("def made(): pass").body
    assert isinstance(made, ast.FunctionDef)
    made.body = [*statements, ast.Return(expression)]
    return layout.module([made], "", [renderer.imports()])


def body(value: object) -> str:
    """The lines of ``made``, without their indentation."""
    lines = render(value).partition("def made():\n")[2].splitlines()
    return "\n".join(line[4:] for line in lines)


def remade(value: object) -> Any:
    namespace: dict[str, Any] = {}
    exec(compile(render(value), "rendered", "exec"), namespace)
    return namespace["made"]()


def test_a_closure_reads_as_it_was_written():
    assert (
        body(workshop.adder(3))
        == '''\
step = 3

def add(number: "Any", *, times: "int" = 1) -> "Any":
    """Adds.

    Several lines."""
    if times < 0:
        raise ValueError(f'no {times!r}')
    return limited(number) + step * times

return add'''
    )
    assert "from tests.values.workshop import limited\n" in render(workshop.adder(3))


def test_lambdas_stay_expressions():
    assert body(workshop.TABLE) == 'return {"plus": lambda a, b: a + b, "minus": lambda a, b: a - b}'
    assert body(workshop.several) == "return [lambda x: x + 1, lambda x: x + 2, lambda y: y + 1]"
    assert body(workshop.with_default([1])) == "return lambda key, given=[1]: (key, given)"
    assert body(workshop.holding({"a"})) == 'value = {"a"}\nreturn lambda: value'


def test_what_a_name_leads_to_is_named():
    assert body(workshop.by_size) == "return by_size"
    assert body([workshop.greeted, workshop.replaced]) == "return [greeted, replaced]"


def test_functions_do_again_what_they_did():
    assert remade(workshop.adder(3))(20, times=2) == 16
    assert remade(functools.partial(workshop.adder("x"), times=2)).func.__kwdefaults__ == {"times": 1}
    tick, total = remade(workshop.counter(5))
    assert (tick(), tick(), total()) == (6, 7, 7)
    walk = remade(workshop.recursive([]))
    assert walk(2) == 0
    assert remade(workshop.Shop().priced(10))() == 7
    assert remade(workshop.shadowing(1))(2) == [1, 2, 5]
    assert remade(workshop.uses("knows_its_module"))() == ("tests.values.workshop", "b", 3)
    wrapper = remade(workshop.logged("! ")(workshop.limited))
    assert (wrapper(3), wrapper.__name__, wrapper.__wrapped__) == ("! 3", "limited", workshop.limited)
    assert remade([workshop.logged("! ")(workshop.adder(1)), 2])[0](1) == "! 2"


def test_a_variable_that_functions_share_is_one():
    def value() -> Any:
        items: list[int] = []
        return items, lambda: items, lambda: items

    items, one, other = remade(value())
    assert one() is other() is items
    holds_itself: list[Any] = []
    holds_itself.append(workshop.holding(holds_itself))
    made = remade(holds_itself)
    assert made[0]() is made


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("sets_global", "declares LIMIT global"),
        ("looks_around", "calls locals()"),
        ("asks_for_nothing_known", "uses nowhere_defined, which tests.values.workshop doesn't define"),
    ],
)
def test_what_could_not_behave_the_same_says_which_name_is_to_blame(kind: str, reason: str):
    with pytest.raises(CannotRender) as caught:
        render(workshop.uses(kind))
    assert caught.value.slug == "value-free-name"
    assert reason in caught.value.reason


def test_recording_reads_no_file_and_says_little(monkeypatch):
    monkeypatch.setattr("builtins.open", lambda *args: pytest.fail("a file was opened"))
    assert len(freeze(workshop.holding(1))) < 500


def test_the_same_function_is_the_same_value_wherever_it_stood(tmp_path, monkeypatch):
    text = "def make(n):\n    return lambda x: x + n\n"
    for folder, start in (("one", ""), ("two", "# moved\n\n")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "moving_app.py").write_text(start + text)
    forms = []
    for folder in ("one", "two"):
        monkeypatch.syspath_prepend(tmp_path / folder)
        sys.modules.pop("moving_app", None)
        module = __import__("moving_app")
        forms.append([canonical(read(freeze(module.make(n)))) for n in (1, 2)])
    assert forms[0] == forms[1]
    assert forms[0][0] != forms[0][1]
    function = module.make(3)
    originals = Originals(str(tmp_path), ["one"], path=[])
    assert "lambda x: x + n" in render(function, originals)  # another line, the same code
    changed = tmp_path / "one" / "moving_app.py"
    changed.write_text(text.replace("+", "-"))
    (tmp_path / "two" / "moving_app.py").unlink()
    with pytest.raises(CannotRender, match="has changed since") as caught:
        render(function, Originals(str(tmp_path), ["one"], path=[]))
    assert caught.value.slug == "value-source"
    sys.modules.pop("moving_app", None)


# -- a planted store -------------------------------------------------------------------------------------------


def planted(value: object, **changes: Any) -> Node:
    """The node of a function as somebody else would write it."""
    node = read(freeze(value))
    assert isinstance(node, Call)
    places = ("module", "name", "checksum", "qualname", "file", "line")
    for name, new in changes.items():
        node.args[places.index(name)] = Atom(new)
    return node


def test_source_comes_from_the_project_alone(tmp_path):
    project, store = tmp_path / "project", tmp_path / "project" / "call_logs"
    store.mkdir(parents=True)
    source = Path(workshop.__file__)
    shutil.copy(source, tmp_path / "evil.py")
    shutil.copy(source, store / "evil.py")
    originals = Originals(str(project), excluded=[str(store)], path=[])
    function = workshop.holding(1)
    for module, file in [
        ("evil", str(tmp_path / "evil.py")),
        ("evil", "../evil.py"),
        ("evil", "call_logs/evil.py"),
        ("call_logs.evil", "call_logs/evil.py"),
        ("../evil", "?"),
    ]:
        with pytest.raises(CannotRender, match="is not in this project") as caught:
            render_node(planted(function, module=module, file=file), originals)
        assert caught.value.slug == "value-source"
    shutil.copy(source, project / "good.py")
    assert "lambda: value" in render_node(planted(function, module="evil", file="good.py"), originals)
    with pytest.raises(CannotRender, match="has changed since"):
        render_node(planted(function, module="evil", file="good.py", checksum=f"{VERSION}:no"), originals)
    for module in ("os", "subprocess", "os.path"):
        with pytest.raises(CannotRender) as caught:
            render_node(planted(function, module=module, file="good.py"), originals)
        assert caught.value.slug == "value-forbidden"
    with pytest.raises(CannotRender):
        render(function, None)


def test_names_in_a_planted_closure_are_only_names():
    node = planted(workshop.holding(1))
    assert isinstance(node.state, Pairs)
    ((_, closure),) = node.state.pairs
    assert isinstance(closure, Pairs)
    closure.pairs[0] = (Atom("value = __import__('os')"), closure.pairs[0][1])
    with pytest.raises(CannotRender):
        render_node(node)


@pytest.mark.parametrize("name", ["limited", "greeted", "Shop.priced", "Shop", "nothing"])
def test_a_generator_is_made_by_a_generator_function_only(name: str):
    begun = Call(BEGUN, [Reference("tests.values.workshop", name, "function"), *_no_arguments()])
    with pytest.raises(CannotRender) as caught:
        render_node(begun)
    assert caught.value.slug == "value-forbidden"


def _no_arguments() -> list[Node]:
    node = read(freeze(((), {})))
    return list(node.items)  # type: ignore[union-attr]


# -- stores ----------------------------------------------------------------------------------------------------


def test_readable_stores_keep_functions():
    node = read(freeze([workshop.counter(1), workshop.recursive([]), workshop.numbers(1)]))
    (again,) = from_plain(to_plain([node]))
    assert canonical(again) == canonical(node)
    assert render_node(again) == render_node(node)


# -- comparison ------------------------------------------------------------------------------------------------


def test_functions_are_the_same_by_code_and_closure():
    assert same(workshop.adder(1), workshop.adder(1))
    assert not same(workshop.adder(1), workshop.adder(2))
    assert repr(same(workshop.holding([1, 2]), workshop.holding([1, 3]))) == " with value[1]: 2 != 3"
    assert not same(workshop.several[0], workshop.several[1])
    assert not same(workshop.with_default(1), workshop.with_default(2))
    assert same(workshop.recursive([]), workshop.recursive([]))
    assert not same(workshop.limited, remade(workshop.adder(1)))


def test_a_rendered_function_is_the_same_as_the_original():
    for value in (workshop.adder(1), workshop.counter(2), workshop.recursive([3]), workshop.several):
        assert same(remade(value), value)


def test_where_lines_are_broken_makes_no_difference():
    spread: dict[str, Any] = {}
    exec("LIMIT = 1\ndef doubled(items, factor):\n    return (\n        item * factor\n        for item in items\n"
         "        if item != LIMIT\n    )\n", spread)  # fmt: skip
    other: dict[str, Any] = {}
    exec(
        "LIMIT = 1\ndef doubled(items, factor):\n    return (item * factor for item in items if item == LIMIT)",
        other,
    )
    assert same(spread["doubled"]([1], 2), workshop.doubled([1], 2))
    assert not same(other["doubled"]([1], 2), workshop.doubled([1], 2))


def test_a_method_of_another_object_is_no_function():
    assert is_function(read(freeze(workshop.holding(1))))
    assert not is_function(read(freeze("".join)))

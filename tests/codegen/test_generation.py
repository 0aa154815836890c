from __future__ import annotations

import ast
import re
import sys
from pathlib import PurePosixPath
from types import ModuleType
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytead.codegen.generation import Generation, generate
from pytead.codegen.signature import ownership
from pytead.errors import Rejection
from pytead.names import FunctionName
from pytead.records import CallRecord, ModuleOrigin
from pytead.select.reading import read_call
from pytead.values.calls import after_call, before_call
from pytead.values.freezer import freeze

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytead.codegen.generated import GeneratedModule
    from pytead.select.case import Case

ATOMS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.binary(max_size=8),
    st.complex_numbers(), st.dates(), st.decimals(allow_nan=False), st.uuids(),
)  # fmt: skip
HASHABLE = st.recursive(ATOMS, lambda items: st.tuples(items, items), max_leaves=3)
CONTAINERS = (
    lambda items: st.lists(items, max_size=3),
    lambda items: st.dictionaries(HASHABLE, items, max_size=3),
    lambda items: st.frozensets(HASHABLE, max_size=3),
)
VALUES = st.recursive(HASHABLE, lambda items: st.one_of([each(items) for each in CONTAINERS]), max_leaves=8)
CALLS = st.lists(
    st.tuples(st.lists(VALUES, max_size=3), st.dictionaries(st.sampled_from(["a", "args", "x"]), VALUES)),
    min_size=1,
    max_size=5,
)


def subject(*args: Any, **kwargs: Any) -> Any:
    """Fails, changes its argument, gives it back or tells it, as the argument wants it."""
    if not args:
        raise LookupError(kwargs)
    if isinstance(args[0], list):
        args[0].append(kwargs)
        return args[0] if kwargs else len(args)
    return args, kwargs


def case_of(function: Callable[..., Any], name: FunctionName, args: tuple[Any, ...], kwargs: Any) -> Case:
    before = freeze(before_call(args, kwargs))
    try:
        value, outcome = function(*args, **kwargs), "returned"
    except LookupError as error:
        value, outcome = error, "raised"
    after = freeze(after_call(args, kwargs, value))
    record = CallRecord(name, "function", before, after, outcome, 0.0, 0.0, "r", "s")  # type: ignore[arg-type]
    read = read_call(record, ModuleOrigin("", "."))
    assert not isinstance(read, Rejection), read
    return read.case


def run(module: GeneratedModule) -> list[str]:
    """Run the tests of a module here, and give the names that pytest would have for them."""
    namespace: dict[str, Any] = {}
    exec(compile(module.text, str(module.path), "exec", dont_inherit=True), namespace)
    ran = []
    for name, test in namespace.items():
        if not name.startswith("test_"):
            continue
        marks = getattr(test, "pytestmark", [])
        if not marks:
            test()
            ran.append(name)
        for mark in marks:
            columns, parameters = mark.args
            for parameter in parameters:
                test(**dict(zip(columns.split(", "), parameter.values, strict=True)))
                ran.append(f"{name}[{parameter.id}]")
    return ran


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(CALLS)
def test_whatever_was_recorded_passes(calls: list[tuple[list[Any], dict[str, Any]]]) -> None:
    module = ModuleType("the_subject")
    module.subject = subject  # type: ignore[attr-defined]
    sys.modules["the_subject"] = module
    try:
        name = FunctionName("the_subject", "subject")
        found = [case_of(subject, name, tuple(args), kwargs) for args, kwargs in calls]
        cases = list({case.digest: case for case in found}.values())
        generation = generate(cases)
        assert generation.rejections == []
        (generated,) = generation.modules
        assert sorted(run(generated)) == sorted(generated.tests)
        assert set(generated.tests.values()) == set(cases)
        assert ownership(generated.text) == "ours"
    finally:
        del sys.modules["the_subject"]


class _Inlined(ast.NodeTransformer):
    def __init__(self) -> None:
        self.values: dict[str, ast.expr] = {}

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.generic_visit(node)
        match node.body:
            case [ast.Return(value=ast.expr() as value)]:
                self.values[f"{node.name}()"] = value
        return node

    def visit_Module(self, node: ast.Module) -> ast.AST:
        for statement in node.body:
            self.visit(statement)
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    self.values[name] = value
        return node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return self.values.get(node.id, node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        return self.values.get(ast.unparse(node), node)


def rows_of(generation: Generation) -> dict[str, tuple[str, str]]:
    """Case to the source of its values and of the test function around them, ids and names left out.

    Values that have a name, as cases have them in common, stand in its place.
    """
    found = {}
    for module in generation.modules:
        tree = _Inlined().visit(ast.parse(module.text))
        for test in tree.body:
            if not isinstance(test, ast.FunctionDef) or not test.name.startswith("test"):
                continue  # an import, or a value that is made anew for each use
            body = "\n".join(map(ast.unparse, test.body))
            marks = [mark for mark in test.decorator_list if isinstance(mark, ast.Call)]
            if not marks:
                found[module.tests[test.name].digest] = "", body
            for mark in marks:
                for row in mark.args[1].elts:  # type: ignore[attr-defined]
                    name = row.keywords[0].value.value
                    values = ", ".join(map(ast.unparse, row.args))
                    found[module.tests[f"{test.name}[{name}]"].digest] = values, body
    return found


def equality_alone(body: str) -> str:
    """A test as it is where no type is in doubt."""
    body = re.sub(r"^assert same\((.*), (\w+)\)$", r"assert \1 == \2", body, flags=re.MULTILINE)
    told = r"^result = (.*)\nassert result == (\w+)\nassert type\(result\) is type\(\2\)$"
    return re.sub(told, r"assert \1 == \2", body, flags=re.MULTILINE)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(CALLS, st.data())
def test_leaving_cases_out_changes_nothing_about_the_others(
    calls: list[tuple[list[Any], dict[str, Any]]], data: st.DataObject
) -> None:
    name = FunctionName("the_subject", "subject")
    found = [case_of(subject, name, tuple(args), kwargs) for args, kwargs in calls]
    cases = list({case.digest: case for case in found}.values())
    kept = [case for case in cases if data.draw(st.booleans())]
    whole, part = rows_of(generate(cases)), rows_of(generate(kept))
    # but whether types are told apart, which is decided for all cases of a function alike
    assert {digest: (row, equality_alone(body)) for digest, (row, body) in part.items()} == {
        case.digest: (whole[case.digest][0], equality_alone(whole[case.digest][1])) for case in kept
    }


def cases_of(*names: str) -> list[Case]:
    return [case_of(len, FunctionName(*name.split(":")), ("ab",), {}) for name in names]


def test_a_module_for_each_function_and_what_they_need_beside_them() -> None:
    generation = generate(cases_of("m:a", "m:b", "n:C.a"))
    assert [str(module.path) for module in generation.modules] == [
        "test_m_a.py",
        "test_m_b.py",
        "test_n_C_a.py",
    ]
    assert [str(file.path) for file in generation.support] == ["__init__.py", "conftest.py"]


def test_files_are_called_the_same_when_only_some_are_generated() -> None:
    one, other = FunctionName("m", "Foo"), FunctionName("m", "foo")
    both = generate(cases_of("m:Foo", "m:foo"))
    (part,) = generate(cases_of("m:foo"), recorded=[one, other]).modules
    assert part.path in [module.path for module in both.modules]
    assert part.path != generate(cases_of("m:foo")).modules[0].path


def test_a_single_module_keeps_its_folder_no_package() -> None:
    generation = generate(
        cases_of("m:a", "n:a"),
        folder=PurePosixPath("tests"),
        single_file="test_all.py",
        command="pytead gen -o",
    )
    (module,) = generation.modules
    assert str(module.path) == "test_all.py"
    assert list(module.tests) == ["test_m_a[ab]", "test_n_a[ab]"]
    assert "Make them again with: pytead gen -o\n" in module.text
    assert [str(file.path) for file in generation.support] == ["conftest.py"]

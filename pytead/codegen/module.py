"""The text of a test module."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytead.codegen.generated import GeneratedModule
from pytead.codegen.ids import case_ids
from pytead.codegen.imports import grouped
from pytead.codegen.naming import fingerprint, mangled, unique
from pytead.codegen.oracle import Comparison, Expectation, Form, expect
from pytead.codegen.reaching import reached
from pytead.codegen.signature import sign
from pytead.errors import Rejection
from pytead.values import layout
from pytead.values.source import CannotRender, Renderer, needs_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import PurePosixPath

    from pytead.names import FunctionName
    from pytead.select.case import Case
    from pytead.values.nodes import Node
    from pytead.values.originals import Originals

RESERVED = frozenset(
    {"pytest", "caught", "receiver", "args", "kwargs", "expected", "error", "error_args"}
    | {"receiver_after", "args_after", "kwargs_after"}
)
"""Names that generated code uses itself; what it imports is called something else."""


def module_of(
    path: PurePosixPath,
    docstring: str,
    cases: Sequence[Case],
    names: Mapping[FunctionName, str],
    originals: Originals | None = None,
) -> tuple[GeneratedModule | None, list[tuple[Case, Rejection]]]:
    """Write the tests of some cases, in their order.

    Args:
        path: where the module will go.
        docstring: its own docstring.
        cases: those of one function beside each other.
        names: what the tests of each function are called before what they show.
        originals: where the source of functions is found that are values.

    Returns:
        The module, None where no case was left, and each case that can't be written with the reason.
    """
    rejected: dict[Case, Rejection] = {}
    while True:
        # What one case imported before it turned out impossible must not stay, hence anew without it.
        writer = _ModuleWriter(names, originals)
        failed = writer.write([case for case in cases if case not in rejected])
        rejected.update(failed)
        if not failed:
            break
    found = [(case, rejected[case]) for case in cases if case in rejected]
    if not writer.tests:
        return None, found
    text = layout.module(writer.body, docstring, grouped(writer.imports()))
    return GeneratedModule(path, sign(text), writer.tests, writer.classes()), found


@dataclass(frozen=True, slots=True)
class _Row:
    """A case rendered: a value for each column, and what has to stand before them."""

    expectation: Expectation
    statements: list[ast.stmt]
    values: list[ast.expr]


class _ModuleWriter:
    """The body of one module, and what it imports."""

    def __init__(self, names: Mapping[FunctionName, str], originals: Originals | None) -> None:
        self.body: list[ast.stmt] = []
        self.tests: dict[str, Case] = {}
        self._names = names
        self._originals = originals
        self._renderer = Renderer(RESERVED, originals=originals)
        self._taken: set[str] = set()
        self._uses_pytest = False

    def write(self, cases: Sequence[Case]) -> dict[Case, Rejection]:
        """Add the tests of the cases; the answer says which of them can't be written."""
        failed: dict[Case, Rejection] = {}
        by_function: dict[FunctionName, list[Case]] = {}
        for case in cases:
            by_function.setdefault(case.function, []).append(case)
        for function, own in by_function.items():
            failed.update(self._write_function(function, own))
        return failed

    def imports(self) -> list[ast.stmt]:
        """The import statements that the body needs."""
        return [*ast.parse("import pytest" if self._uses_pytest else "").body, *self._renderer.imports()]

    def classes(self) -> tuple[tuple[str, str], ...]:
        """Module and qualified name of what the body calls as a class."""
        return tuple(sorted(set(self._renderer.classes)))

    def _write_function(self, function: FunctionName, cases: list[Case]) -> dict[Case, Rejection]:
        failed: dict[Case, Rejection] = {}
        tables: dict[Form, list[_Row]] = {}
        alone: list[_Row] = []
        for case in cases:
            expectation = expect(case, self._may_render)
            if isinstance(expectation, Rejection):
                failed[case] = expectation
                continue
            try:
                self._call(expectation)  # first, so that it keeps its own name
                row = self._row(expectation)
            except CannotRender as error:
                hint = "record it with less data" if error.slug == "value-too-large" else ""
                failed[case] = Rejection("codegen", error.slug, error.reason, hint)
                continue
            if row.statements:
                alone.append(row)
            else:
                tables.setdefault(expectation.form, []).append(row)
        if failed:
            return failed
        for form in sorted(tables, key=lambda form: form.place):
            self._add_table(function, form, tables[form])
        for row in alone:
            self._add_alone(function, row)
        return failed

    def _row(self, expectation: Expectation) -> _Row:
        if any(needs_names(root) for root in expectation.roots):
            statements, values = self._renderer.named(list(expectation.nodes.values()))
            columns = zip(expectation.form.columns, values, strict=True)
            assigned = [ast.Assign([ast.Name(column, ast.Store())], value) for column, value in columns]
            return _Row(expectation, [*statements, *assigned], [])
        values = [self._renderer.expression(node) for node in expectation.nodes.values()]
        return _Row(expectation, [], values)

    def _may_render(self, node: Node) -> bool:
        try:
            Renderer(RESERVED, originals=self._originals).named([node])
        except CannotRender:
            return False
        return True

    def _add_table(self, function: FunctionName, form: Form, rows: list[_Row]) -> None:
        name = self._name(function, form, "", form.place)
        ids = case_ids([row.expectation.case for row in rows])
        parameters: list[ast.expr] = []
        for row, case_id in zip(rows, ids, strict=True):
            keyword = ast.keyword("id", ast.Constant(case_id))
            parameters.append(ast.Call(_expression("pytest.param"), row.values, [keyword]))
            self.tests[f"{name}[{case_id}]"] = row.expectation.case
        columns = ast.Constant(", ".join(form.columns))
        decorator = ast.Call(
            _expression("pytest.mark.parametrize"), [columns, ast.List(parameters, ast.Load())], []
        )
        self._uses_pytest = True
        self._add_test(name, form.columns, [decorator], self._check(rows[0].expectation))

    def _add_alone(self, function: FunctionName, row: _Row) -> None:
        case = row.expectation.case
        form = row.expectation.form
        name = self._name(function, form, f"with_shared_values_{case.digest[:4]}", case.digest)
        self.tests[name] = case
        self._uses_pytest = self._uses_pytest or form.raises
        self._add_test(name, (), [], [*row.statements, *self._check(row.expectation)])

    def _name(self, function: FunctionName, form: Form, ending: str, stands_for: object) -> str:
        name = "_".join(word for word in (self._names[function], form.title, ending) if word)
        if name in self._taken and form.uses_structure:
            name += "_by_structure"
        return unique(name, fingerprint(*function, str(stands_for)), self._taken)

    def _add_test(
        self, name: str, parameters: Iterable[str], decorators: list[ast.expr], body: list[ast.stmt]
    ) -> None:
        test = ast.parse(f"def {name}({', '.join(parameters)}): pass").body[0]
        assert isinstance(test, ast.FunctionDef)
        test.decorator_list = decorators
        test.body = body
        self.body.append(test)

    def _check(self, expectation: Expectation) -> list[ast.stmt]:
        form = expectation.form
        checks = dict(form.checks)
        call = self._call(expectation)
        if form.raises:
            lines = ["with pytest.raises(error) as caught:", f"    {call}", "assert caught.type is error"]
        elif form.value_is:
            lines = [f"assert {call} is {form.value_is}"]
        elif "expected" in checks:
            lines = [self._comparison(call, "expected", checks.pop("expected"))]
        else:
            lines = [call]
        for column, comparison in checks.items():
            left = "caught.value.args" if column == "error_args" else column.removesuffix("_after")
            lines.append(self._comparison(left, column, comparison))
        return ast.parse("\n".join(lines)).body

    def _comparison(self, left: str, right: str, comparison: Comparison) -> str:
        if comparison == "==":
            return f"assert {left} == {right}"
        same = ast.unparse(self._renderer.reference("pytead.replay", "same"))
        return f"assert {same}({left}, {right})"

    def _call(self, expectation: Expectation) -> str:
        """Source of the call: an expression, or the assignment to a property."""
        function = expectation.case.function
        qualname = mangled(function.qualname)
        attribute = f"receiver.{qualname.rpartition('.')[2]}"
        form = expectation.form.call
        if form == "getter":
            return attribute
        if form == "setter":
            return f"{attribute} = args[0]"
        if form == "deleter":
            return f"del {attribute}"
        if form in ("receiver", "subclass"):
            called = "receiver" if form == "receiver" and function.name == "__call__" else attribute
            return f"{called}(*args, **kwargs)"
        if form == "constructor":
            qualname = qualname.rpartition(".")[0]
        reach = expectation.form.reach
        if reach is not None:
            target = reached(reach, function.module, self._renderer)
        else:
            target = ast.unparse(self._renderer.reference(function.module, qualname))
        if form.startswith("owner "):
            return target + _BY_OWNER[form]
        receiver = "receiver, " if form in ("owner", "reached") else ""
        return f"{target}({receiver}*args, **kwargs)"


_BY_OWNER = {
    "owner getter": ".__get__(receiver)",
    "owner setter": ".__set__(receiver, args[0])",
    "owner deleter": ".__delete__(receiver)",
}


def _expression(source: str) -> ast.expr:
    return ast.parse(source, mode="eval").body

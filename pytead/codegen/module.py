"""The text of a test module."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from keyword import iskeyword
from typing import TYPE_CHECKING

from pytead.codegen.blocks import as_blocks
from pytead.codegen.data import DataWriter
from pytead.codegen.generated import DataFile, GeneratedModule
from pytead.codegen.ids import case_ids
from pytead.codegen.imports import grouped, names_in, used
from pytead.codegen.inlining import inlined
from pytead.codegen.kinds import with_types
from pytead.codegen.naming import fingerprint, mangled, unique
from pytead.codegen.oracle import Comparison, Expectation, Form, comparison_of, constructed, expect
from pytead.codegen.reaching import reached
from pytead.codegen.repeats import named_once
from pytead.codegen.signature import sign
from pytead.codegen.stories import lines_of, step_lines
from pytead.codegen.styles import DEFAULT, Suite, style_of
from pytead.codegen.styles.amber import file_of, path_of
from pytead.errors import Rejection
from pytead.values import layout
from pytead.values.nodes import Atom
from pytead.values.source import LIMIT, LIMIT_OF_FILES, CannotRender, Renderer, needs_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import PurePosixPath

    from pytead.names import FunctionName
    from pytead.select.case import Case
    from pytead.select.constructing import Constructions
    from pytead.values.nodes import Node
    from pytead.values.originals import Originals

RESERVED = frozenset(
    {"pytest", "caught", "receiver", "args", "kwargs", "expected", "result", "error", "error_args"}
    | {"cause", "cause_args"}
    | {"receiver_after", "args_after", "kwargs_after"}
)
"""Names that generated code uses itself; what it imports is called something else."""

RESERVED_BY_STORIES = RESERVED | {
    "collect", "enter", "generator", "item", "items", "seen", "steps", "stopped", "thrown", "value"
}  # fmt: skip
"""The same where generators are tested."""


def module_of(
    path: PurePosixPath,
    docstring: str,
    cases: Sequence[Case],
    names: Mapping[FunctionName, str],
    originals: Originals | None = None,
    longest: int = 0,
    tolerance: float = 0.0,
    style: str = DEFAULT,
    constructions: Constructions | None = None,
    allows_pickle: bool = False,
) -> tuple[GeneratedModule | None, list[tuple[Case, Rejection]]]:
    """Write the tests of some cases, in their order.

    Args:
        path: where the module will go.
        docstring: its own docstring.
        cases: those of one function beside each other.
        names: what the tests of each function are called before what they show.
        originals: where the source of functions is found that are values.
        longest: characters that a value may take before it moves to a data file; 0 for any number.
        tolerance: how far apart floats may be that are the same; 0 for not at all.
        style: the shape of the tests.
        constructions: the constructor calls that give objects.
        allows_pickle: whether what no source can be written for may lie beside the test as a pickle.

    Returns:
        The module, None where no case was left, and each case that can't be written with the reason.
    """
    rejected: dict[Case, Rejection] = {}
    has_stories = any(case.story is not None for case in cases)
    reserved = RESERVED_BY_STORIES if has_stories else RESERVED
    while True:
        # What one case imported before it turned out impossible must not stay, hence anew without it.
        writer = _ModuleWriter(
            path,
            names,
            reserved,
            originals,
            longest,
            tolerance,
            constructions,
            allows_pickle,
            style == "syrupy",
        )
        failed = writer.write([case for case in cases if case not in rejected])
        rejected.update(failed)
        if not failed:
            break
    found = [(case, rejected[case]) for case in cases if case in rejected]
    if not writer.tests:
        return None, found
    suite = style_of(style).restyle(Suite(writer.body, writer.tests))
    writer.body = as_blocks(named_once(suite.body, writer.renderer), writer.renderer)
    further = [each for source in suite.imports for each in ast.parse(source).body]
    imports = used([*writer.imports(), *further], names_in(writer.body))
    text = layout.module(writer.body, docstring, grouped(imports))
    stored = (DataFile(path_of(path), file_of(suite.snapshots)),) if suite.snapshots else ()
    data = (*writer.data.files, *stored)
    return GeneratedModule(path, sign(text, data), suite.tests, writer.classes(), data), found


@dataclass(frozen=True, slots=True)
class _Row:
    """A case rendered: a value for each column, and what has to stand before them."""

    expectation: Expectation
    statements: list[ast.stmt]
    values: list[ast.expr]


class _ModuleWriter:
    """The body of one module, and what it imports."""

    def __init__(
        self,
        path: PurePosixPath,
        names: Mapping[FunctionName, str],
        reserved: frozenset[str],
        originals: Originals | None,
        longest: int,
        tolerance: float,
        constructions: Constructions | None,
        allows_pickle: bool,
        is_in_snapshots: bool,
    ) -> None:
        self._is_in_snapshots = is_in_snapshots
        self.body: list[ast.stmt] = []
        self.tests: dict[str, Case] = {}
        self._names = names
        self._originals = originals
        self._tolerance = tolerance
        self._constructions = constructions
        self._limit = LIMIT_OF_FILES if longest else LIMIT
        self._pickles = self._pickled if allows_pickle else None
        self.renderer = Renderer(reserved, self._limit, originals=originals, pickles=self._pickles)
        self.data = DataWriter(path, longest, self.renderer)
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
        needed = used(self.renderer.imports(), names_in(self.body))
        return [*ast.parse("import pytest" if self._uses_pytest else "").body, *needed]

    def classes(self) -> tuple[tuple[str, str], ...]:
        """Module and qualified name of what the body calls as a class."""
        return tuple(sorted(set(self.renderer.classes)))

    def _write_function(self, function: FunctionName, cases: list[Case]) -> dict[Case, Rejection]:
        failed: dict[Case, Rejection] = {}
        tables: dict[Form, list[_Row]] = {}
        alone: list[_Row] = []
        expectations: list[Expectation] = []
        for case in cases:
            expectation = expect(case, self._may_render, bool(self._tolerance))
            if isinstance(expectation, Rejection):
                failed[case] = expectation
                continue
            if self._constructions is not None:
                expectation = constructed(expectation, self._constructions)
            expectations.append(expectation)
        for expectation in with_types(expectations, self._originals, self._is_in_snapshots):
            case = expectation.case
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
        if expectation.form.story == "steps":
            return _Row(expectation, self._steps(expectation), [])
        if any(needs_names(root) for root in expectation.roots):
            statements, values = self.renderer.named(list(expectation.nodes.values()))
            columns = zip(expectation.form.columns, values, strict=True)
            assigned = [ast.Assign([ast.Name(column, ast.Store())], value) for column, value in columns]
            return _Row(expectation, [*statements, *assigned], [])
        values = [self.renderer.expression(node) for node in expectation.nodes.values()]
        return _Row(expectation, [], values)

    def _pickled(self, pickle: bytes, word: str) -> ast.expr:
        return self.data.pickled(pickle, word)

    def _may_render(self, node: Node) -> bool:
        try:
            pickles = self._pickles and (lambda pickle, word: _expression("data"))
            Renderer(RESERVED, self._limit, originals=self._originals, pickles=pickles).named([node])
        except CannotRender:
            return False
        return True

    def _add_table(self, function: FunctionName, form: Form, rows: list[_Row]) -> None:
        name = self._name(function, form, "", form.place)
        ids = case_ids([row.expectation.case for row in rows])
        parameters: list[ast.expr] = []
        for row, case_id in zip(rows, ids, strict=True):
            keyword = ast.keyword("id", ast.Constant(case_id))
            columns = zip(form.columns, row.values, strict=True)
            values = [self.data.shortened(column, value, case_id) for column, value in columns]
            parameters.append(ast.Call(_expression("pytest.param"), values, [keyword]))
            self.tests[f"{name}[{case_id}]"] = row.expectation.case
        heads = ast.Constant(", ".join(form.columns))
        decorator = ast.Call(
            _expression("pytest.mark.parametrize"), [heads, ast.List(parameters, ast.Load())], []
        )
        self._uses_pytest = True
        self._add_test(name, form.columns, [decorator], self._check(rows[0].expectation))

    def _add_alone(self, function: FunctionName, row: _Row) -> None:
        case = row.expectation.case
        form = row.expectation.form
        is_told_whole = form.story == "steps"
        ending = case.inputs[:4] if is_told_whole else f"with_shared_values_{case.inputs[:4]}"
        name = self._name(function, form, ending, case.digest)
        self.tests[name] = case
        check = [] if is_told_whole else self._check(row.expectation)
        self.data.shorten_in(row.statements, case.digest[:4])
        body = inlined([*row.statements, *check], () if is_told_whole else form.columns)
        stops = form.story == "result" or (
            is_told_whole and case.story is not None and case.story.end == "returned"
        )
        self._uses_pytest = self._uses_pytest or form.raises or stops
        self._add_test(name, (), [], body)

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
        if form.story is not None:
            self._import_for(form)
            lines = lines_of(form, call, self._comparison)
            for column in ("items", "expected"):
                checks.pop(column, None)
            return ast.parse("\n".join([*lines, *self._rest(checks)])).body
        if form.is_async:
            self._import_for(form)
            call = f"asyncio.run({call})"
        if form.raises:
            lines = ["with pytest.raises(error) as caught:", f"    {call}", "assert caught.type is error"]
            lines += ["assert type(caught.value.__cause__) is cause"] if form.has_cause else []
        elif form.value_is:
            lines = [f"assert {call} is {form.value_is}"]
            if "expected" in checks:
                lines.append(self._comparison(form.value_is, "expected", checks.pop("expected")))
        elif checks.get("expected") == "type":
            lines = [f"result = {call}", "assert result == expected", "assert type(result) is type(expected)"]
            del checks["expected"]
        elif "expected" in checks:
            lines = [self._comparison(call, "expected", checks.pop("expected"))]
        else:
            lines = [call]
        return ast.parse("\n".join([*lines, *self._rest(checks)])).body

    def _rest(self, checks: dict[str, Comparison]) -> list[str]:
        """What is compared when the call is over."""
        lines = []
        for column, comparison in checks.items():
            left = _ARGUMENTS.get(column) or column.removesuffix("_after")
            lines.append(self._comparison(left, column, comparison))
        return lines

    def _import_for(self, form: Form) -> None:
        if form.is_async:
            self.renderer.reference("asyncio", "run")
        elif form.story == "first":
            self.renderer.reference("itertools", "islice")

    def _steps(self, expectation: Expectation) -> list[ast.stmt]:
        """The body of a test that drives a generator step by step."""
        case, form = expectation.case, expectation.form
        story = case.story
        assert story is not None
        self._import_for(form)
        inputs = {column: expectation.nodes[column] for column in form.inputs}
        statements, values = self.renderer.named(list(inputs.values()))
        rendered = dict(zip(inputs, values, strict=True))
        call = self._call(expectation)
        if not statements and not form.changes:
            call = _with_arguments(call, rendered)
        used = {node.id for node in ast.walk(_expression(call)) if isinstance(node, ast.Name)}
        used |= set(form.changes)
        body = [
            ast.Assign([ast.Name(column, ast.Store())], rendered[column])
            for column in inputs
            if column in used
        ]

        def source(node: Node) -> str:
            return ast.unparse(self.renderer.expression(node))

        def compare(left: str, node: Node) -> str:
            if isinstance(node, Atom) and node.value is None:
                return f"assert {left} is None"
            return self._comparison(left, source(node), comparison_of(node, bool(self._tolerance)))

        raised: tuple[str, str | None] = "", None
        if form.raises:
            arguments = expectation.nodes.get("error_args")
            told = compare("caught.value.args", arguments) if arguments is not None else None
            raised = source(expectation.nodes["error"]), told
        lines = step_lines(story, call, form.is_async, source, compare, raised)
        for column, _ in form.checks:
            if column.endswith("_after"):
                lines.append(compare(column.removesuffix("_after"), expectation.nodes[column]))
        return [*statements, *body, *ast.parse("\n".join(lines)).body]

    def _comparison(self, left: str, right: str, comparison: Comparison) -> str:
        if comparison in ("==", "is"):
            return f"assert {left} {comparison} {right}"
        same = ast.unparse(self.renderer.reference("pytead.replay", "same"))
        tolerance = f", tolerance={self._tolerance!r}" if comparison == "close" else ""
        return f"assert {same}({left}, {right}{tolerance})"

    def _call(self, expectation: Expectation) -> str:
        return call_of(expectation, self.renderer)


def call_of(expectation: Expectation, renderer: Renderer) -> str:
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
        target = reached(reach, function.module, renderer)
    else:
        target = ast.unparse(renderer.reference(function.module, qualname))
    if form.startswith("owner "):
        return target + _BY_OWNER[form]
    receiver = "receiver, " if form in ("owner", "reached") else ""
    return f"{target}({receiver}*args, **kwargs)"


_ARGUMENTS = {"error_args": "caught.value.args", "cause_args": "caught.value.__cause__.args"}

_BY_OWNER = {
    "owner getter": ".__get__(receiver)",
    "owner setter": ".__set__(receiver, args[0])",
    "owner deleter": ".__delete__(receiver)",
}


def _expression(source: str) -> ast.expr:
    return ast.parse(source, mode="eval").body


def _with_arguments(call: str, rendered: dict[str, ast.expr]) -> str:
    """The call with its arguments in place of ``*args`` and ``**kwargs``."""
    tree = _expression(call)
    args, kwargs = rendered.get("args"), rendered.get("kwargs")
    if not (isinstance(tree, ast.Call) and isinstance(args, ast.Tuple) and isinstance(kwargs, ast.Dict)):
        return call
    names = [key.value for key in kwargs.keys if isinstance(key, ast.Constant)]
    if not all(isinstance(name, str) and name.isidentifier() and not iskeyword(name) for name in names):
        return call
    tree.args = [arg for arg in tree.args if not isinstance(arg, ast.Starred)] + args.elts
    tree.keywords = [ast.keyword(str(name), value) for name, value in zip(names, kwargs.values, strict=True)]
    return ast.unparse(tree)

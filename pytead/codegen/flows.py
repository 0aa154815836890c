"""Tests that pin the execution flow of recorded calls, as snapshots: what they return, and what they call for it."""

from __future__ import annotations

import ast
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from pytead.codegen.generated import GeneratedModule
from pytead.codegen.ids import case_ids
from pytead.codegen.imports import grouped
from pytead.codegen.module import RESERVED, call_of
from pytead.codegen.naming import base_name, fingerprint, unique
from pytead.codegen.oracle import Expectation, expect
from pytead.codegen.signature import sign
from pytead.errors import Rejection
from pytead.values import layout
from pytead.values.nodes import Atom, Items, Pairs
from pytead.values.source import CannotRender, Renderer, needs_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pytead.names import FunctionName
    from pytead.select.case import Case
    from pytead.values.nodes import Node
    from pytead.values.originals import Originals

_RESERVED = RESERVED | {"snapshot", "traced", "result", "combined_snapshot"}
_SNAPSHOT = """
combined_snapshot = {
    "result": result,
    "execution_trace": traced.format_trace(),
    "performance_metrics": traced.get_metrics(),
}
assert combined_snapshot == snapshot
"""


class FlowModules(NamedTuple):
    """Flow tests, and why other cases have none.

    Attributes:
        modules: a module a function; their tests find no snapshots yet.
        rejections: cases that have no flow test, each with the reason.
    """

    modules: list[GeneratedModule]
    rejections: list[tuple[Case, Rejection]]


def flow_modules(
    cases: Iterable[Case],
    files: Mapping[FunctionName, str],
    patterns: Sequence[str],
    command: str,
    originals: Originals | None = None,
) -> FlowModules:
    """Write flow tests.

    Args:
        cases: those that have a test already.
        files: the file of each function's other tests.
        patterns: what is traced.
        command: what makes the tests again.
        originals: where the source of functions is found that are values.
    """
    by_function: dict[FunctionName, list[Case]] = {}
    for case in cases:
        by_function.setdefault(case.function, []).append(case)
    found = FlowModules([], [])
    for function, own in by_function.items():
        writer = _FlowWriter(function, patterns, originals)
        found.rejections.extend(writer.write(own))
        if writer.tests:
            made = "made by Pytead from calls that a running program made."
            docstring = f"The flow of ``{function.dotted}``, {made}\n\nMake them again with: {command}\n"
            text = layout.module(writer.body, docstring, grouped(writer.imports()))
            path = PurePosixPath(files[function])
            path = path.with_name(f"{path.stem}_flow.py")
            found.modules.append(GeneratedModule(path, sign(text), writer.tests, writer.classes()))
    return found


class _FlowWriter:
    """The flow tests of one function: one for the calls that return, one for each exception class and shape."""

    def __init__(self, function: FunctionName, patterns: Sequence[str], originals: Originals | None) -> None:
        self.body: list[ast.stmt] = []
        self.tests: dict[str, Case] = {}
        self._function = function
        self._patterns = list(patterns)
        self._renderer = Renderer(_RESERVED, originals=originals)
        self._taken: set[str] = set()

    def write(self, cases: Sequence[Case]) -> list[tuple[Case, Rejection]]:
        """Add the tests; the answer says which cases have none."""
        rejected: list[tuple[Case, Rejection]] = []
        tables: dict[tuple[object, ...], list[tuple[Expectation, list[ast.expr]]]] = {}
        for case in cases:
            made = self._row(case)
            if isinstance(made, Rejection):
                rejected.append((case, made))
                continue
            expectation, values = made
            form = expectation.form
            key: tuple[object, ...] = (
                form.call,
                form.raises,
                form.reach,
                form.is_async,
                _shows_result(expectation),
            )
            tables.setdefault(key, []).append((expectation, values))
        for key in sorted(tables, key=lambda key: (bool(key[1]), not key[4], str(key))):
            self._add(tables[key])
        return rejected

    def imports(self) -> list[ast.stmt]:
        """The import statements that the body needs."""
        return [*ast.parse("import pytest").body, *self._renderer.imports()]

    def classes(self) -> tuple[tuple[str, str], ...]:
        """Module and qualified name of what the body calls as a class."""
        return tuple(sorted(set(self._renderer.classes)))

    def _row(self, case: Case) -> tuple[Expectation, list[ast.expr]] | Rejection:
        if case.story is not None:
            reason = "what a generator calls depends on how it is driven; its other test drives it as it was"
            return Rejection("codegen", "flow-story", reason)
        expectation = expect(case, lambda node: False)
        if isinstance(expectation, Rejection):
            return expectation
        form = expectation.form
        if form.call in ("setter", "owner setter", "deleter", "owner deleter"):
            return Rejection("codegen", "flow-statement", "setting and deleting give nothing to be pinned")
        columns = (*form.inputs, *(("error",) if form.raises else ()))
        nodes = [expectation.nodes[column] for column in columns]
        if needs_names(nodes):
            return Rejection(
                "codegen", "flow-shared", "its arguments share an object, which takes steps to make"
            )
        try:
            call_of(expectation, self._renderer)  # first, so that it keeps its own name
            return expectation, [self._renderer.expression(node) for node in nodes]
        except CannotRender as error:
            return Rejection("codegen", error.slug, error.reason)

    def _add(self, rows: list[tuple[Expectation, list[ast.expr]]]) -> None:
        first = rows[0][0]
        form = first.form
        columns = (*form.inputs, *(("error",) if form.raises else ()))
        words = [base_name(self._function), "flow"]
        words += ["raises"] if form.raises else [] if _shows_result(first) else ["alone"]
        name = unique("_".join(words), fingerprint(*self._function, str(len(self.body))), self._taken)
        parameters: list[ast.expr] = []
        ids = case_ids([expectation.case for expectation, _ in rows])
        for (expectation, values), case_id in zip(rows, ids, strict=True):
            keyword = ast.keyword("id", ast.Constant(case_id))
            parameters.append(ast.Call(_expression("pytest.param"), values, [keyword]))
            self.tests[f"{name}[{case_id}]"] = expectation.case
        decorator = ast.Call(
            _expression("pytest.mark.parametrize"),
            [ast.Constant(", ".join(columns)), ast.List(parameters, ast.Load())],
            [],
        )
        test = ast.parse(f"def {name}({', '.join((*columns, 'snapshot'))}): pass").body[0]
        assert isinstance(test, ast.FunctionDef)
        test.decorator_list = [decorator]
        test.body = self._check(first)
        self.body.append(test)

    def _check(self, expectation: Expectation) -> list[ast.stmt]:
        form = expectation.form
        call = call_of(expectation, self._renderer)
        if form.is_async:
            self._renderer.reference("asyncio", "run")
            call = f"asyncio.run({call})"
        traced = ast.unparse(self._renderer.reference("pytead", "TracedSnapshot"))
        patterns = ", ".join(map(repr, self._patterns))
        shows_result = _shows_result(expectation)
        around = "pytest.raises(error), traced" if form.raises else "traced"
        lines = [f"traced = {traced}([{patterns}])", f"with {around}:"]
        lines.append(f"    result = {call}" if shows_result else f"    {call}")
        snapshot = _SNAPSHOT if shows_result else _SNAPSHOT.replace('    "result": result,\n', "")
        return ast.parse("\n".join(lines) + snapshot).body


def _shows_result(expectation: Expectation) -> bool:
    """Whether the result is plain data: any other is shown in the trace, by its state and no code of its own."""
    return not expectation.form.raises and _is_plain(expectation.case.value)


def _is_plain(value: Node) -> bool:
    waiting: list[Node] = [value]
    seen: set[int] = set()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            return False
        seen.add(id(node))
        if isinstance(node, Items):
            waiting += node.items
        elif isinstance(node, Pairs):
            waiting += [each for pair in node.pairs for each in pair]
        elif not isinstance(node, Atom):
            return False
    return True


def _expression(source: str) -> ast.expr:
    return ast.parse(source, mode="eval").body

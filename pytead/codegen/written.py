"""The cases that a generated test module holds, read from its text alone.

What lies on disk may have been made from another store, by another release, or have gone through a formatter, so
cases are matched by what goes in: the function that is called and its arguments.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from pytead.codegen.signature import data_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

INPUTS = ("receiver", "args", "kwargs", "thrown")
"""The columns and variables of a test that the call takes."""

_NAME = re.compile(r"Name\(id='(\w+)'")
_DIGITS = re.compile(r"_([0-9a-f]{4,16})(?:_[0-9a-f]{4,16})?$")

_RAISES = re.compile(r"^test(?:_raises_[A-Za-z0-9]+)?")

Test = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True, eq=False)
class WrittenCase:
    """A case as a test module has it.

    Attributes:
        test: what pytest calls it inside the module: ``test_multiply[2-3]``, ``TestMultiply::test_2_3``.
        inputs: equal for cases of the same function with the same inputs, whatever they expect.
        told: equal for cases that check the same of them.
        function: the test function that it belongs to.
        row: its ``pytest.param(...)`` there; None where it has the test for itself.
        group: the class that the function stands in; None for none.
        expected: source of what it expects, a line for each thing.
    """

    test: str
    inputs: str
    told: str
    function: Test
    row: ast.Call | None
    group: str | None
    expected: tuple[str, ...]

    @property
    def id(self) -> str:
        """What tells it from the others of its function: ``2-3``."""
        _, bracket, rest = self.test.partition("[")
        return rest[:-1] if bracket else self.test.rpartition("::")[2]


class WrittenModule:
    """A test module, read.

    Args:
        text: its source.
        snapshots: what syrupy has stored for its tests: a snapshot's name to its text.

    Attributes:
        tree: its syntax tree.
        cases: what it tests, in its order.
        snapshots: as given.

    Raises:
        SyntaxError, ValueError: it isn't Python.
    """

    def __init__(self, text: str, snapshots: Mapping[str, str] | None = None) -> None:
        self.tree = ast.parse(text)
        self._names = _imported(self.tree)
        self._data = data_of(text)
        for statement in self.tree.body:  # values that several cases use
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                self._names[statement.targets[0].id] = f"({self.dump(statement.value)})"
        self.snapshots = dict(snapshots or {})
        self.cases = [case for group, test in tests_of(self.tree) for case in self._cases(group, test)]

    @property
    def docstring(self) -> str:
        """The module's own."""
        return ast.get_docstring(self.tree, clean=False) or ""

    def dump(self, *nodes: ast.AST) -> str:
        """Text that is equal for equal code, whatever its layout is and however it imports what it names."""
        dumped = "\n".join(ast.dump(node) for node in nodes)
        for name, digest in self._data.items():
            dumped = dumped.replace(repr(name), repr(f"{name} {digest}"))
        return _NAME.sub(lambda match: f"Name(id='{self._names.get(match[1], match[1])}'", dumped)

    def _cases(self, group: str | None, test: Test) -> Iterator[WrittenCase]:
        table = rows_of(test)
        prefix = f"{group}::" if group else ""
        if table is None:
            yield self._alone(group, test, f"{prefix}{test.name}")
            return
        columns, rows = table
        body = self.dump(*test.body)
        target = self._target(test)
        for case_id, row in rows.items():
            name = f"{prefix}{test.name}[{case_id}]"
            values = dict(zip(columns, row.args, strict=False))
            given = [(column, values[column]) for column in INPUTS if column in values]
            rest = [(column, value) for column, value in values.items() if column not in INPUTS]
            stored = self._stored(name)
            yield WrittenCase(
                name,
                _digest(target, *(f"{column} {self.dump(value)}" for column, value in given)),
                _digest(body, *(f"{column} {self.dump(value)}" for column, value in rest), *stored),
                test,
                row,
                group,
                (*(f"{column} = {ast.unparse(value)}" for column, value in rest), *stored),
            )

    def _alone(self, group: str | None, test: Test, name: str) -> WrittenCase:
        given = {}
        for statement in test.body:
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                given[statement.targets[0].id] = statement
        digits = _DIGITS.search(test.name)
        stored = self._stored(name)
        if group is not None:
            inputs = _digest(group, _RAISES.sub("test", test.name))
        elif digits is not None:  # its variables are made of statements that inputs and outputs may share
            inputs = _digest(self._target(test), digits[1])
        else:
            used = [self.dump(given[name]) for name in INPUTS if name in given]
            inputs = _digest(self._target(test), *(used or [test.name]))
        rest: list[ast.AST] = [each for each in test.body if each not in [given.get(name) for name in INPUTS]]
        rest = [*test.decorator_list, *rest]
        shown = [line for each in rest for line in ast.unparse(each).split("\n")]
        return WrittenCase(
            name, inputs, _digest(self.dump(*rest), *stored), test, None, group, (*shown, *stored)
        )

    def _target(self, test: Test) -> str:
        """What is called, as far as it can be told from the test: ``Box.cube``, ``receiver.volume``."""
        found = ""
        for node in _walk(test.body):
            if isinstance(node, ast.Delete):
                return f"del {self.dump(node)}"
            is_call = isinstance(node, ast.Call) and any(
                isinstance(arg, ast.Starred) and isinstance(arg.value, ast.Name) and arg.value.id == "args"
                for arg in node.args
            )
            if is_call and isinstance(node, ast.Call):
                return self.dump(node.func)
            if isinstance(node, ast.Attribute) and not found:
                is_accessor = node.attr in ("__get__", "__set__", "__delete__")
                is_own = isinstance(node.value, ast.Name) and node.value.id == "receiver"
                if is_accessor or is_own:
                    found = self.dump(node)
        return found

    def snapshots_of(self, test: str) -> list[tuple[str, str]]:
        """Name and text of the snapshots of a test, in the order in which it makes them."""
        names = [test]
        while f"{test}.{len(names)}" in self.snapshots:
            names.append(f"{test}.{len(names)}")
        return [(name, self.snapshots[name]) for name in names if name in self.snapshots]

    def _stored(self, test: str) -> tuple[str, ...]:
        return tuple(text for _, text in self.snapshots_of(test))


def tests_of(tree: ast.Module) -> Iterator[tuple[str | None, Test]]:
    """The test functions of a module, each with the class that it stands in."""
    for statement in tree.body:
        if isinstance(statement, Test) and statement.name.startswith("test"):
            yield None, statement
        elif isinstance(statement, ast.ClassDef):
            for inner in statement.body:
                if isinstance(inner, Test) and inner.name.startswith("test"):
                    yield statement.name, inner


def rows_of(test: Test) -> tuple[list[str], dict[str, ast.Call]] | None:
    """The columns of a parametrized test, and id to ``pytest.param(...)``; None for any other."""
    for decorator in test.decorator_list:
        if not isinstance(decorator, ast.Call) or not ast.unparse(decorator.func).endswith("parametrize"):
            continue
        match decorator.args:
            case [ast.Constant(value=str(columns)), ast.List(elts=elements)]:
                rows = {}
                for element in elements:
                    case_id = row_id(element)
                    if not isinstance(element, ast.Call) or case_id is None:
                        return None
                    rows[case_id] = element
                return [column.strip() for column in columns.split(",")], rows
    return None


def row_id(element: ast.expr) -> str | None:
    """The id of a ``pytest.param(..., id="2-3")``."""
    for keyword in element.keywords if isinstance(element, ast.Call) else ():
        if keyword.arg == "id" and isinstance(keyword.value, ast.Constant):
            return str(keyword.value.value)
    return None


def bound_by(statement: ast.stmt) -> Iterator[tuple[str, str]]:
    """Each name that an import statement binds, with what it stands for: ``("Line", "shop.basket.Line")``."""
    if isinstance(statement, ast.ImportFrom):
        for alias in statement.names:
            yield alias.asname or alias.name, f"{'.' * statement.level}{statement.module or ''}.{alias.name}"
    elif isinstance(statement, ast.Import):
        for alias in statement.names:
            yield (
                alias.asname or alias.name.partition(".")[0],
                (alias.name if alias.asname else alias.name.partition(".")[0]),
            )


def _imported(tree: ast.Module) -> dict[str, str]:
    return {name: stands_for for statement in tree.body for name, stands_for in bound_by(statement)}


def _walk(body: list[ast.stmt]) -> Iterator[ast.AST]:
    for statement in body:
        yield from ast.walk(statement)


def _digest(*parts: str) -> str:
    return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]

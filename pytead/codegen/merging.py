"""A test module of which some cases are as they were on disk, and the others as they are made now."""

from __future__ import annotations

import ast
from copy import deepcopy
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from pytead.codegen.imports import grouped
from pytead.codegen.naming import fingerprint, unique
from pytead.codegen.written import Test, WrittenModule, bound_by, row_id, rows_of, tests_of
from pytead.values import layout
from pytead.values.imports import import_statements

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from pytead.codegen.changes import Change
    from pytead.codegen.written import WrittenCase


_Node = TypeVar("_Node", bound=ast.AST)


class CannotMerge(Exception):  # noqa: N818 - the file is left as it is
    """What is to stay of the old module can't stand beside what is new."""


class _Kept(NamedTuple):
    """A case that stays as it was, and the new one in whose place it comes."""

    old: WrittenCase
    instead_of: WrittenCase | None


def merge(
    old: WrittenModule, new: WrittenModule | None, refused: Collection[Change]
) -> tuple[str, dict[str, str]] | None:
    """The new module, but for the refused changes: of those the old case stays.

    Args:
        old: what lies on disk.
        new: what was made; None where nothing was.
        refused: some of the ``changes`` between the two.

    Returns:
        Source without its digest, and the snapshots that go with it; None where no test is left.

    Raises:
        CannotMerge: names mean something else by now.
    """
    kept = [_Kept(change.old, change.new) for change in refused if change.old is not None]
    without = {change.new.test for change in refused if change.new is not None}
    merged = _Merged(old, new, without)
    for each in kept:
        merged.keep(each)
    merged.drop()
    return merged.result()


class _Merged:
    """The module under way."""

    def __init__(self, old: WrittenModule, new: WrittenModule | None, without: Collection[str]) -> None:
        self._old = old
        self._new = new
        self._without = without  # tests of the new module that are not to stay
        self._docstring = (new or old).docstring
        tree = deepcopy(new.tree) if new is not None else ast.Module([], [])
        self._snapshots = dict(new.snapshots) if new is not None else {}
        self._of_old: dict[str, str] = {}
        self._imports = [each for each in tree.body if isinstance(each, (ast.Import, ast.ImportFrom))]
        self._body = [each for each in tree.body if each not in self._imports and not _is_docstring(each)]
        self._homes: dict[
            str, Test
        ] = {}  # tests of the old module that had to come along, by their name there
        self._added: list[Test] = []
        self._rows: list[ast.expr] = []  # that stay

    def keep(self, kept: _Kept) -> None:
        """Put an old case in, beside its new form for now."""
        if kept.old.row is None:
            self._add_function(kept.old, self._brought(kept.old.function))
            return
        home = self._home(kept.old)
        if home is None:
            empty = deepcopy(kept.old.function)
            _elements(empty).clear()
            home = self._brought(empty)
            self._add_function(kept.old, home)
            self._homes[kept.old.function.name] = home
        rows = _elements(home)
        place = len(rows)
        if kept.instead_of is not None:
            ids = [row_id(row) for row in rows]
            if home.name == kept.instead_of.function.name and kept.instead_of.id in ids:
                place = ids.index(kept.instead_of.id) + 1
        row = self._row(kept, rows)
        rows.insert(place, row)
        self._take_snapshots(kept.old.test, f"{home.name}[{row_id(row)}]")

    def drop(self) -> None:
        """Take the cases of the new module out that are not to stay."""
        for group, test in list(tests_of(ast.Module(self._body, []))):
            if test in self._added:
                continue
            prefix = f"{group}::{test.name}" if group else test.name
            table = rows_of(test)
            if table is None:
                if prefix in self._without:
                    self._remove(test)
                continue
            rows = _elements(test)
            rows[:] = [
                row for row in rows if row in self._rows or f"{prefix}[{row_id(row)}]" not in self._without
            ]
            if not rows:
                self._remove(test)

    def result(self) -> tuple[str, dict[str, str]] | None:
        """Source and snapshots; None where no test is left."""
        if next(tests_of(ast.Module(self._body, [])), None) is None:
            return None
        used = {node.id for each in self._body for node in ast.walk(each) if isinstance(node, ast.Name)}
        imports = import_statements(
            (module, name, bound)
            for statement in self._imports
            for module, name, bound in _imports_of(statement)
            if bound in used
        )
        text = layout.module(self._body, self._docstring, grouped(imports))
        dropped = {name for test in self._without if self._new for name, _ in self._new.snapshots_of(test)}
        stay = {name: text for name, text in self._snapshots.items() if name not in dropped}
        return text, {**stay, **self._of_old}

    def _take_snapshots(self, test: str, name: str) -> None:
        """Bring along what syrupy has of an old case, which may be called something else now."""
        for snapshot, text in self._old.snapshots_of(test):
            self._of_old[name + snapshot[len(test) :]] = text

    def _home(self, case: WrittenCase) -> Test | None:
        """The test that an old row can stand in: one with the same columns and the same body."""
        if case.function.name in self._homes:
            return self._homes[case.function.name]
        for group, test in tests_of(ast.Module(self._body, [])):
            if (group, test.name) == (case.group, case.function.name):
                table, own = rows_of(test), rows_of(case.function)
                is_same = table is not None and own is not None and table[0] == own[0]
                if is_same and self._dump(test.body) == self._old.dump(*case.function.body):
                    return test
        return None

    def _row(self, kept: _Kept, rows: Iterable[ast.expr]) -> ast.Call:
        assert kept.old.row is not None
        row = self._brought(kept.old.row)
        self._rows.append(row)
        gone = kept.instead_of.id if kept.instead_of is not None else None
        taken = {row_id(each) for each in rows} - {gone}
        if kept.old.id in taken:
            fresh = unique(kept.old.id, kept.old.inputs, {each for each in taken if each is not None})
            for keyword in row.keywords:
                if keyword.arg == "id":
                    keyword.value = ast.Constant(fresh)
        return row

    def _add_function(self, case: WrittenCase, test: Test) -> None:
        taken = {
            each.name
            for group, each in tests_of(ast.Module(self._body, []))
            if (f"{group}::{each.name}" if group else each.name) not in self._without
        }
        test.name = unique(test.name, fingerprint(case.inputs, case.told), taken)
        self._added.append(test)
        if case.group is None:
            self._body.append(test)
            return
        for statement in self._body:
            if isinstance(statement, ast.ClassDef) and statement.name == case.group:
                statement.body.append(test)
                return
        (home,) = [
            each for each in self._old.tree.body if isinstance(each, ast.ClassDef) and each.name == case.group
        ]
        home = deepcopy(home)
        home.body = [test]
        for base in home.bases:
            self._brought(base)
        self._body.append(home)

    def _remove(self, test: Test) -> None:
        if test in self._body:
            self._body.remove(test)
            return
        for statement in list(self._body):
            if isinstance(statement, ast.ClassDef) and test in statement.body:
                statement.body.remove(test)
                if not any(isinstance(each, Test) for each in statement.body):
                    self._body.remove(statement)

    def _brought(self, node: _Node) -> _Node:
        """A copy of a part of the old module whose names mean here what they mean there."""
        copied: _Node = _Inliner(self._values_by_name()).visit(deepcopy(node))
        for name in sorted({each.id for each in ast.walk(copied) if isinstance(each, ast.Name)}):
            self._bring(name)
        return copied

    def _values_by_name(self) -> dict[str, ast.expr]:
        """Values that the old module has under names, and that this one hasn't as well."""
        here = {ast.dump(each) for each in self._body if isinstance(each, ast.Assign)}
        return {
            each.targets[0].id: each.value
            for each in self._old.tree.body
            if isinstance(each, ast.Assign)
            and isinstance(each.targets[0], ast.Name)
            and ast.dump(each) not in here
        }

    def _bring(self, name: str) -> None:
        """See to it that a name of the old module means the same in this one."""
        meant = _meaning(self._old.tree.body, name)
        if meant is None:
            return  # a builtin or a variable of the test
        means = _meaning([*self._imports, *self._body], name)
        if means is None:
            if isinstance(meant[1], (ast.Import, ast.ImportFrom)):
                self._imports.append(meant[1])
            else:
                self._body.insert(0, self._brought(meant[1]))
        elif means[0] != meant[0]:
            raise CannotMerge(f"{name} means something else by now")

    def _dump(self, body: list[ast.stmt]) -> str:
        return WrittenModule(ast.unparse(ast.Module(list(self._imports), []))).dump(*body)


class _Inliner(ast.NodeTransformer):
    """Writes values in the place of the names that a module has for them."""

    def __init__(self, values: dict[str, ast.expr]) -> None:
        self._values = values

    def visit_Name(self, node: ast.Name) -> ast.expr:
        value = self._values.get(node.id)
        return node if value is None else self.visit(deepcopy(value))


def _meaning(body: Iterable[ast.stmt], name: str) -> tuple[str, ast.stmt] | None:
    """What a name stands for in a module, and the statement that says so."""
    for statement in body:
        for bound, stands_for in bound_by(statement):
            if bound == name:
                return stands_for, statement
        if isinstance(statement, ast.Assign):
            targets = [each.id for each in statement.targets if isinstance(each, ast.Name)]
            if name in targets:
                return ast.dump(statement), statement
        elif isinstance(statement, (ast.FunctionDef, ast.ClassDef)) and statement.name == name:
            return ast.dump(statement), statement
    return None


def _imports_of(statement: ast.stmt) -> Iterable[tuple[str, str, str]]:
    """Module, name in it (empty for the module itself) and the name that is bound."""
    if isinstance(statement, ast.ImportFrom):
        for alias in statement.names:
            yield statement.module or "", alias.name, alias.asname or alias.name
    elif isinstance(statement, ast.Import):
        for alias in statement.names:
            yield alias.name, "", alias.asname or alias.name.partition(".")[0]


def _elements(test: Test) -> list[ast.expr]:
    """The rows of a parametrized test, to be changed in place."""
    for decorator in test.decorator_list:
        if isinstance(decorator, ast.Call) and len(decorator.args) == 2:
            rows = decorator.args[1]
            if isinstance(rows, ast.List):
                return rows.elts
    return []


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)

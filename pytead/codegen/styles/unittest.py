"""``--style unittest``: a class for each function, and a method for each case, with nothing of pytest."""

from __future__ import annotations

import ast
import re
from copy import deepcopy
from keyword import iskeyword
from typing import TYPE_CHECKING

from pytead.codegen.naming import unique
from pytead.codegen.styles import Suite
from pytead.codegen.written import Test, rows_of

if TYPE_CHECKING:
    from pytead.names import FunctionName
    from pytead.select.case import Case


class Unittest:
    """Tests that ``python -m unittest`` runs as well as pytest does."""

    def restyle(self, suite: Suite) -> Suite:
        """A ``TestCase`` for each function."""
        classes: dict[FunctionName, ast.ClassDef] = {}
        made = Suite([], {}, [*suite.imports, "import unittest"], suite.snapshots)
        taken: set[str] = set()
        for statement in suite.body:
            if not isinstance(statement, Test):
                made.body.append(statement)
                continue
            for name, method, case in _methods(statement, suite.tests):
                if case.function not in classes:
                    title = unique(_class_name(statement.name, case), case.digest, taken)
                    made.body.append(ast.parse(f"class {title}(unittest.TestCase): pass").body[0])
                    classes[case.function] = _emptied(made.body[-1])
                cls = classes[case.function]
                names = {each.name for each in cls.body if isinstance(each, ast.FunctionDef)}
                method.name = unique(name, case.inputs, names)
                cls.body.append(method)
                made.tests[f"{cls.name}::{method.name}"] = case
        return made


def _emptied(statement: ast.stmt) -> ast.ClassDef:
    assert isinstance(statement, ast.ClassDef)
    statement.body = []
    return statement


def _methods(test: Test, tests: dict[str, Case]) -> list[tuple[str, ast.FunctionDef, Case]]:
    """Name, method and case of each case of a test function."""
    table = rows_of(test)
    if table is None:
        return [(test.name, _method(test.body), tests[test.name])]
    columns, rows = table
    found = []
    for case_id, row in rows.items():
        case = tests[f"{test.name}[{case_id}]"]
        title = test.name[len(_base(case, test.name)) :]
        word = re.sub(r"\W+", "_", case_id).strip("_")
        body = _with_values(deepcopy(test.body), dict(zip(columns, row.args, strict=True)))
        if word.startswith("raises_") and title.startswith("_raises"):
            title = ""  # the id says it too
        found.append((f"test{title}_{word}", _method(body), case))
    return found


def _method(body: list[ast.stmt]) -> ast.FunctionDef:
    method = ast.parse("def test(self): pass").body[0]
    assert isinstance(method, ast.FunctionDef)
    rewriter = _Rewriter()
    method.body = [rewriter.visit(statement) for statement in body]
    return method


def _base(case: Case, test: str) -> str:
    """The part of a test's name that names the function; pytest's ``test`` where that can't be told."""
    parts = [re.sub(r"\W", "", part.strip("_") or part) for part in case.function.qualname.split(".")]
    base = "_".join(["test", *parts])
    return base if test.startswith(base) else "test"


def _class_name(test: str, case: Case) -> str:
    words = _base(case, test).split("_")[1:] or ["Calls"]
    return "Test" + "".join(word[:1].upper() + word[1:] for word in words)


def _with_values(body: list[ast.stmt], values: dict[str, ast.expr]) -> list[ast.stmt]:
    """The body of a test with its columns in place, or assigned first where they are used more than once."""
    uses: dict[str, int] = {}
    for statement in body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Name):
                uses[node.id] = uses.get(node.id, 0) + 1
    filled = {
        column: value
        for column, value in values.items()
        if uses.get(column, 0) == 1 or isinstance(value, (ast.Name, ast.Attribute))
    }
    assigned: list[ast.stmt] = [
        ast.Assign([ast.Name(column, ast.Store())], value)
        for column, value in values.items()
        if column not in filled and column in uses
    ]
    filler = _Filler(filled)
    return [*assigned, *(filler.visit(statement) for statement in body)]


class _Filler(ast.NodeTransformer):
    """Puts values in the place of names: ``f(*args, **kwargs)`` becomes ``f(2, 3)``."""

    def __init__(self, values: dict[str, ast.expr]) -> None:
        self._values = values

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return deepcopy(self._values.get(node.id, node))

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        args: list[ast.expr] = []
        for arg in node.args:
            is_spread = isinstance(arg, ast.Starred) and isinstance(arg.value, ast.Tuple)
            args += arg.value.elts if is_spread else [arg]  # type: ignore[attr-defined]
        keywords: list[ast.keyword] = []
        for keyword in node.keywords:
            names = _plain_keys(keyword.value) if keyword.arg is None else None
            if names is None or not isinstance(keyword.value, ast.Dict):
                keywords.append(keyword)
            else:
                pairs = zip(names, keyword.value.values, strict=True)
                keywords += [ast.keyword(name, value) for name, value in pairs]
        node.args, node.keywords = args, keywords
        return node


def _plain_keys(node: ast.expr) -> list[str] | None:
    """The keys of a dict that can be written as keywords; None where that can't be."""
    keys = (
        [key.value for key in node.keys if isinstance(key, ast.Constant)]
        if isinstance(node, ast.Dict)
        else []
    )
    is_plain = isinstance(node, ast.Dict) and len(keys) == len(node.keys)
    if is_plain and all(isinstance(key, str) and key.isidentifier() and not iskeyword(key) for key in keys):
        return [str(key) for key in keys]
    return None


class _Rewriter(ast.NodeTransformer):
    """``assert`` and ``pytest.raises`` in unittest's words."""

    def visit_Assert(self, node: ast.Assert) -> ast.stmt:
        self.generic_visit(node)
        test = node.test
        if isinstance(test, ast.Compare) and len(test.ops) == 1:
            left, right = test.left, test.comparators[0]
            is_none = isinstance(right, ast.Constant) and right.value is None
            if isinstance(test.ops[0], ast.Is):
                return _said("assertIsNone", left) if is_none else _said("assertIs", left, right)
            if isinstance(test.ops[0], ast.Eq):
                return _said("assertEqual", left, right)
        return _said("assertTrue", test)

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        if ast.unparse(node.func) == "pytest.raises":
            node.func = _attribute("self", "assertRaises")
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        self.generic_visit(node)
        if isinstance(node.value, ast.Name) and node.value.id in ("caught", "stopped"):
            exception = _attribute(node.value.id, "exception")
            if node.attr == "value":
                return exception
            if node.attr == "type":
                return ast.Call(ast.Name("type", ast.Load()), [exception], [])
        return node


def _said(method: str, *args: ast.expr) -> ast.stmt:
    return ast.Expr(ast.Call(_attribute("self", method), list(args), []))


def _attribute(name: str, attribute: str) -> ast.Attribute:
    return ast.Attribute(ast.Name(name, ast.Load()), attribute, ast.Load())

"""Secrets in Python source: constants by the names that they have there, and by their shapes."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from pytead.scan.texts import in_constant, in_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytead.scan.parameters import Sources
    from pytead.values.redaction.finding import Finder
    from pytead.values.redaction.signatures import Parameters

Found = tuple[int, str, str, str]
"""A line, the function that a secret is a test of, what gives the secret away, and the secret."""


def in_source(text: str, finder: Finder, sources: Sources) -> Iterator[Found] | None:
    """The secrets in a Python file; None where it can't be parsed."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return _Look(tree, finder, sources).all(text)


class _Look:
    def __init__(self, tree: ast.Module, finder: Finder, sources: Sources) -> None:
        self._tree = tree
        self._finder = finder
        self._names: dict[int, str] = {}
        self._tested: dict[int, str] = {}
        self._ids: set[int] = set()
        self._imported: dict[str, tuple[str, str]] = {}
        self._sources = sources

    def all(self, text: str) -> Iterator[Found]:
        for node in ast.walk(self._tree):
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                for alias in node.names:
                    self._imported[alias.asname or alias.name] = node.module, alias.name
        for node in self._tree.body:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self._look_at_test(node)
        for node in ast.walk(self._tree):
            self._name_parts(node)
        seen: set[tuple[int, str]] = set()
        for node in ast.walk(self._tree):
            if isinstance(node, ast.Constant) and id(node) not in self._ids:
                for why, secret in in_constant(node.value, self._names.get(id(node), ""), self._finder):
                    seen.update((line, secret) for line in range(node.lineno, (node.end_lineno or 0) + 1))
                    yield node.lineno, self._tested.get(id(node), ""), why, secret
        for line, why, secret in in_text("\n".join(_comments(text)), self._finder):
            if (line, secret) not in seen:
                yield line, "", why, secret

    def _look_at_test(self, test: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """Know what the recorded arguments are called, of the function that is tested."""
        called = [node for node in ast.walk(test) if isinstance(node, ast.Call)]
        for call in called:
            found = self._function(call.func)
            if found is None:
                continue
            dotted, parameters, takes_receiver = found
            for node in ast.walk(test):
                self._tested.setdefault(id(node), dotted)
            if parameters is None:
                continue
            first = 1 if takes_receiver else 0
            if any(isinstance(arg, ast.Starred) for arg in call.args):
                for given in _parametrized(test):
                    self._name_arguments(given, parameters, first)
            else:
                self._name_arguments(call.args, parameters, first)

    def _function(self, node: ast.expr) -> tuple[str, Parameters | None, bool] | None:
        names: list[str] = []
        while isinstance(node, ast.Attribute):
            names.insert(0, node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or node.id not in self._imported:
            return None
        module, name = self._imported[node.id]
        qualname = ".".join((name, *names))
        parameters = self._sources.parameters_of(module, qualname)
        if parameters is None:
            made = self._sources.parameters_of(module, f"{qualname}.__init__")
            return (f"{module}.{qualname}", made, True) if made else None
        return f"{module}.{qualname}", parameters, False

    def _name_arguments(self, given: list[ast.expr], parameters: Parameters, first: int) -> None:
        for place, node in enumerate(given):
            self._name(node, parameters.name_of(place + first))

    def _name_parts(self, node: ast.AST) -> None:
        if isinstance(node, ast.keyword) and node.arg == "id":
            self._ids.add(id(node.value))  # the name of a case, which begins as its arguments do
        elif isinstance(node, ast.keyword) and node.arg:
            self._name(node.value, node.arg)
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    self._name(value, key.value)
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                self._name(node.value, _name_of(target))
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            self._name(node.value, _name_of(node.target))
        elif isinstance(node, ast.Compare):
            for value in node.comparators:
                self._name(value, _name_of(node.left))
        elif isinstance(node, (ast.Tuple, ast.List)) and len(node.elts) == 2:
            first, second = node.elts
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                held = getattr(second, "value", None)
                if isinstance(held, (str, int)) and not self._finder.names.sort_of(str(held)):
                    self._name(second, first.value)
        elif isinstance(node, ast.arguments):
            positional = [*node.posonlyargs, *node.args]
            for arg, default in zip(reversed(positional), reversed(node.defaults), strict=False):
                self._name(default, arg.arg)
            for arg, default_ in zip(node.kwonlyargs, node.kw_defaults, strict=True):
                if default_ is not None:
                    self._name(default_, arg.arg)

    def _name(self, node: ast.expr, name: str) -> None:
        if not name or not self._finder.names.sort_of(name):
            return
        if isinstance(node, ast.Constant):
            self._names.setdefault(id(node), name)
        elif isinstance(node, (ast.Tuple, ast.List, ast.Set)):
            for element in node.elts:
                self._name(element, name)
        elif isinstance(node, ast.Dict):
            for value in node.values:
                self._name(value, name)


def _parametrized(test: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[list[ast.expr]]:
    """The positional arguments of each case of a test: what stands under ``args``."""
    for decorator in test.decorator_list:
        if not isinstance(decorator, ast.Call) or len(decorator.args) < 2:
            continue
        names, cases = decorator.args[:2]
        if not isinstance(names, ast.Constant) or not isinstance(names.value, str):
            continue
        words = [word.strip() for word in names.value.split(",")]
        if "args" in words and isinstance(cases, ast.List):
            for case in cases.elts:
                given = case.args if isinstance(case, ast.Call) else getattr(case, "elts", [])
                if len(given) == len(words):
                    yield getattr(given[words.index("args")], "elts", [])


def _name_of(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return node.slice.value if isinstance(node.slice.value, str) else ""
    return ""


def _comments(text: str) -> Iterator[str]:
    """Each line's comment, where it may have one."""
    for line in text.split("\n"):
        found = re.search(r"#.*", line)
        yield found[0] if found else ""

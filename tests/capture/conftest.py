"""Tests that run with every engine demand that each records the same calls."""

from __future__ import annotations

import ast
import contextlib
import warnings
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from pytead.storage.opening import open_for_read
from pytead.values import tree
from pytead.values.calls import read_after, read_before
from pytead.values.freezer import freeze
from pytead.values.nodes import Items

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


@pytest.fixture
def make_program(tmp_path: Path, engine: str, program_class: Any) -> Callable[[Mapping[str, str]], Any]:
    """As everywhere, but what an engine other than the default records is compared with what that one does."""

    class ComparedProgram(program_class):  # type: ignore[misc]
        def assert_unchanged(self, *program: str, targets: str, differs: str = "", **options: Any) -> Any:
            """``differs`` says why the engines don't record the same."""
            result = super().assert_unchanged(*program, targets=targets, **options)
            if engine != "wrap":
                usual = self.folder.with_name(f"{self.folder.name}_wrapped")
                arguments = "--engine=wrap", "--quiet", "-s", str(usual), "-t", targets, *program
                self.run("-m", "pytead", *arguments, **options)
                calls, usual_calls = calls_of(self, self.folder / "call_logs"), calls_of(self, usual)
                assert (calls == usual_calls) is not bool(differs), differs
            return result

    made: list[Any] = []

    def make(files: Mapping[str, str]) -> Any:
        folder = tmp_path / f"program{len(made) or ''}"
        folder.mkdir()
        made.append(ComparedProgram(folder, files, engine))
        return made[-1]

    return make


Shown = tuple[str, str, str, tuple[Any, ...], tuple[Any, ...]]


def calls_of(program: Any, storage: Path) -> Counter[Shown]:
    """The calls that a program's run recorded, each as name, kind, outcome, and what it was given and left.

    One engine sees how arguments were written, the other only which parameter has which value; so they are shown by
    parameter, and without those that have their default.
    """
    signatures: dict[str, ast.arguments] = {}
    for file in program.folder.rglob("*.py"):
        module = ".".join(file.relative_to(program.folder).with_suffix("").parts).removesuffix(".__init__")
        with warnings.catch_warnings(), contextlib.suppress(SyntaxError):
            warnings.simplefilter("ignore")
            signatures.update(_signatures(ast.parse(file.read_bytes()), f"{module}."))
    shown: Counter[Shown] = Counter()
    for call in open_for_read(storage).read() if storage.exists() else ():
        signature = signatures.get(call.function.dotted)
        try:
            before, after = tree.read(call.before), tree.read(call.after)
        except tree.UnreadableValue as error:
            shown[call.function.dotted, call.kind, call.outcome, (str(error),), ()] += 1
            continue
        *arguments, value = read_after(after)
        left = (_form(value), *_bound(*arguments, signature))
        given = _bound(*read_before(before), signature)
        shown[call.function.dotted, call.kind, call.outcome, given, left] += 1
    return shown


def _signatures(block: ast.AST, prefix: str) -> dict[str, ast.arguments]:
    found: dict[str, ast.arguments] = {}
    for node in ast.iter_child_nodes(block):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            # What a decorator made takes what it takes.
            kinds = {"staticmethod", "classmethod", "property", "cached_property"}
            if {getattr(one, "id", getattr(one, "attr", "")) for one in node.decorator_list} <= kinds:
                found[prefix + node.name] = node.args
        elif isinstance(node, ast.ClassDef):
            found |= _signatures(node, f"{prefix}{node.name}.")
        elif not isinstance(node, (ast.expr, ast.arguments)):
            found |= _signatures(node, prefix)
    return found


def _form(node: Any) -> bytes:
    return tree.canonical(node)


def _bound(args: Any, kwargs: Any, signature: ast.arguments | None) -> tuple[Any, ...]:
    given: dict[Any, bytes] = {key.value: _form(value) for key, value in kwargs.pairs}
    if signature is None:
        return _form(args), tuple(sorted(given.items()))
    positional = [*signature.posonlyargs, *signature.args]
    for parameter, value in zip(positional, args.items, strict=False):
        given[parameter.arg] = _form(value)
    more = _form(Items("tuple", args.items[len(positional) :]))
    last = positional[len(positional) - len(signature.defaults) :]
    for parameter, default in [
        *zip(last, signature.defaults, strict=True),
        *zip(signature.kwonlyargs, signature.kw_defaults, strict=True),
    ]:
        if isinstance(default, ast.Constant) and given.get(parameter.arg) == _literal(default):
            del given[parameter.arg]
    return more, tuple(sorted(given.items()))


def _literal(default: ast.Constant) -> bytes:
    return _form(tree.read(freeze(default.value)))

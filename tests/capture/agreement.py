"""Whether two recordings of one program show the same calls."""

from __future__ import annotations

import ast
from collections import Counter
from typing import TYPE_CHECKING, Any

from pytead.storage.opening import open_for_read
from pytead.values import tree
from pytead.values.freezer import freeze
from pytead.values.nodes import Items

if TYPE_CHECKING:
    from pathlib import Path

Shown = tuple[str, str, str, tuple[Any, ...], tuple[Any, ...]]


def calls_of(folder: Path, storage: str) -> Counter[Shown]:
    """The calls that a program's folder recorded, each as name, kind, outcome, and what it was given and left.

    One engine sees how arguments were written, the other only which parameter has which value; so they are shown by
    parameter, and without those that have their default.
    """
    signatures: dict[str, ast.arguments] = {}
    for file in folder.rglob("*.py"):
        module = ".".join(file.relative_to(folder).with_suffix("").parts).removesuffix(".__init__")
        signatures.update(_signatures(ast.parse(file.read_bytes()), f"{module}."))
    shown: Counter[Shown] = Counter()
    for call in open_for_read(folder / storage).read():
        signature = signatures.get(call.function.dotted)
        before, after = tree.read(call.before), tree.read(call.after)
        left = (_form(after.items[0]), *_bound(after.items[1], after.items[2], signature))
        given = _bound(before.items[0], before.items[1], signature)
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

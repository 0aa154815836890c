"""``--hypothesis``: a property test for each function: what held in every recorded call holds in others like them."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from pytead.codegen.generated import GeneratedModule
from pytead.codegen.imports import grouped
from pytead.codegen.naming import base_name, fingerprint, mangled
from pytead.codegen.oracle import error_arguments, expect
from pytead.codegen.signature import sign
from pytead.codegen.strategies import Strategies
from pytead.codegen.written import bound_by
from pytead.errors import Rejection
from pytead.values import layout
from pytead.values.nodes import Atom, Buffer, Call, Instance, Items, Member, Node, Pairs, Reference
from pytead.values.source import CannotRender, Renderer
from pytead.values.tree import canonical

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pytead.names import FunctionName
    from pytead.select.case import Case
    from pytead.values.originals import Originals

RESERVED = frozenset(
    {"HealthCheck", "args", "example", "given", "kwargs", "pytest", "receiver", "result", "settings", "st"}
)

_MOST_EXAMPLES = 8
_SETTINGS = (
    "settings(max_examples=50, deadline=None, derandomize=True, database=None,"
    " suppress_health_check=list(HealthCheck))"
)


def property_modules(
    cases: Sequence[Case],
    files: Mapping[FunctionName, str],
    command: str,
    originals: Originals | None = None,
) -> list[list[GeneratedModule]]:
    """Property tests of the functions that some cases are of.

    Args:
        cases: those that may be delivered.
        files: what the module of each function's tests is called.
        command: what makes the tests again, for their headers.
        originals: where the source of functions is found that are values.

    Returns:
        For each function that has any the module in its forms, the one with the widest values first: the first that
        passes verification is the one to deliver. Its test stands for a case that is equal to none of ``cases``.
    """
    by_function: dict[FunctionName, list[Case]] = {}
    for case in cases:
        by_function.setdefault(case.function, []).append(case)
    inverses = _inverses(by_function)
    found = []
    for function, own in by_function.items():
        path = PurePosixPath(property_file(files[function]))
        forms: list[GeneratedModule] = []
        for is_wide in (True, False):
            try:
                writer = _Writer(function, own, Renderer(RESERVED, originals=originals), is_wide)
                module = writer.module(path, inverses.get(function), command)
            except CannotRender:
                continue
            if module is not None and module.text not in [each.text for each in forms]:
                forms.append(module)
        if forms:
            found.append(forms)
    return found


def property_file(file: str) -> str:
    """What the module of a function's property test is called, beside that of its other tests."""
    return f"{PurePosixPath(file).stem}_properties.py"


def is_property_file(path: PurePosixPath) -> bool:
    """Whether a module has a property test, as far as its name tells."""
    return path.stem.endswith("_properties")


class _Writer:
    """The property test of one function."""

    def __init__(self, function: FunctionName, cases: list[Case], renderer: Renderer, is_wide: bool) -> None:
        self._function = function
        self._renderer = renderer
        self._strategies = Strategies(renderer, is_wide=is_wide)
        expectations = [(case, expect(case, lambda _: True)) for case in cases]
        plain = [
            (case, each.form.call)
            for case, each in expectations
            if not isinstance(each, Rejection)
            and each.form.call in ("function", "receiver", "getter")
            and not (case.is_async or case.story is not None or case.reach is not None)
        ]
        self._cases = [case for case, form in plain if form == plain[0][1]]
        self._form = plain[0][1] if plain else ""

    def module(
        self, path: PurePosixPath, inverse: FunctionName | None, command: str
    ) -> GeneratedModule | None:
        """The module; None where nothing held that is worth a test."""
        returned = [case for case in self._cases if case.outcome == "returned"]
        # Of what a call gives, only its class is asserted: so there is nothing to say where that can't be told.
        types = self._types(returned)
        if types is None:
            return None
        name = f"{base_name(self._function)}_properties"
        columns = [
            *(["receiver"] if self._form != "function" else []),
            *(["args", "kwargs"] if self._form != "getter" else []),
        ]
        parameters = self._parameters(columns)
        call = self._call()
        lines = [
            f"@{_SETTINGS}",
            f"@given({', '.join(f'{column}={parameters[column]}' for column in columns)})",
            *(f"@example({self._example(case, columns)})" for case in self._cases[:_MOST_EXAMPLES]),
            f"def {name}({', '.join(columns)}):",
        ]
        errors = self._errors()
        if errors:
            lines += ["    try:", f"        result = {call}", f"    except {errors}:", "        return"]
        else:
            lines.append(f"    result = {call}")
        lines.append(f"    assert {types}")
        unary = self._form == "function" and all(
            len(case.args) == 1 and not case.kwargs for case in self._cases
        )
        if unary and _is_idempotent(returned):
            lines.append(f"    assert {self._reference(self._function)}(result) == result")
        if unary and inverse is not None:
            lines.append(f"    assert {self._reference(inverse)}(result) == args[0]")
        body = ast.parse("\n".join(lines)).body
        imports = [
            *ast.parse("from hypothesis import HealthCheck, example, given, settings").body,
            *ast.parse("from hypothesis import strategies as st").body,
            *self._renderer.imports(),
        ]
        names = {node.id for each in body for node in ast.walk(each) if isinstance(node, ast.Name)}
        imports = [each for each in imports if any(bound in names for bound, _ in bound_by(each))]
        docstring = (
            f"What held in every recorded call of ``{self._function.dotted}``, and is to hold in others like them.\n\n"
            f"Made by Pytead. Make it again with: {command}\n"
        )
        text = sign(layout.module(body, docstring, grouped(imports)))
        first = self._cases[0]
        stands_for = replace(first, digest=fingerprint(first.digest, text))
        return GeneratedModule(path, text, {name: stands_for}, tuple(sorted(self._renderer.classes)))

    def _parameters(self, columns: list[str]) -> dict[str, str]:
        found = {}
        if "receiver" in columns:
            found["receiver"] = self._strategies.of(
                [case.receiver for case in self._cases if case.receiver is not None]
            )
        if "args" in columns:
            found["args"], found["kwargs"] = self._strategies.calls(
                [case.args for case in self._cases], [dict(case.kwargs) for case in self._cases]
            )
        return found

    def _example(self, case: Case, columns: list[str]) -> str:
        values: dict[str, Node] = {
            "receiver": case.receiver or Atom(None),
            "args": Items("tuple", list(case.args)),
            "kwargs": Pairs([(Atom(name), node) for name, node in case.kwargs]),
        }
        told = [f"{column}={ast.unparse(self._renderer.expression(values[column]))}" for column in columns]
        return ", ".join(told)

    def _call(self) -> str:
        attribute = f"receiver.{mangled(self._function.qualname).rpartition('.')[2]}"
        if self._form == "getter":
            return attribute
        called = attribute if self._form == "receiver" else self._reference(self._function)
        return f"{called}(*args, **kwargs)"

    def _reference(self, function: FunctionName) -> str:
        return ast.unparse(self._renderer.reference(function.module, mangled(function.qualname)))

    def _errors(self) -> str:
        """The classes of what was raised, for an ``except``."""
        raised = [case.value for case in self._cases if case.outcome == "raised"]
        classes = []
        for value in raised:
            cls = value.cls if isinstance(value, Instance) else None
            if cls is None or (error_arguments(value) is None and cls.module != "builtins"):
                raise CannotRender("value-opaque", "no test can name what was raised")
            classes.append(ast.unparse(self._renderer.reference(cls.module, cls.qualname)))
        distinct = list(dict.fromkeys(classes))
        return distinct[0] if len(distinct) == 1 else f"({', '.join(distinct)})" if distinct else ""

    def _types(self, returned: list[Case]) -> str | None:
        """A condition on ``result`` that says of which classes the results were."""
        names = []
        for case in returned:
            if case.value_is is not None:
                return None
            name = self._type(case.value)
            if name is None:
                return None
            names.append(name)
        distinct = sorted(set(names))
        if not distinct:
            return None
        if distinct == ["None"]:
            return "result is None"
        classes = ["type(None)" if name == "None" else name for name in distinct]
        if len(classes) == 1:
            return f"type(result) is {classes[0]}"
        return f"type(result) in ({', '.join(classes)})"

    def _type(self, node: Node) -> str | None:
        if isinstance(node, Atom):
            plain = type(node.value)
            return "None" if node.value is None else plain.__name__ if plain in _BUILTINS else None
        if isinstance(node, Items):
            return node.kind
        if isinstance(node, Pairs):
            return "dict"
        if isinstance(node, Buffer):
            return "bytearray"
        cls: Reference | None = None
        if isinstance(node, (Instance, Member)):
            cls = node.cls
        elif isinstance(node, Call) and (node.is_new or node.function.kind == "class"):
            cls = node.function
        return ast.unparse(self._renderer.cls(cls)) if cls is not None else None


_BUILTINS = (bool, int, float, complex, str, bytes)


def _unary(cases: Iterable[Case]) -> dict[bytes, bytes]:
    """Argument to result, of the calls with one argument that returned."""
    return {
        canonical(case.args[0]): canonical(case.value)
        for case in cases
        if case.outcome == "returned" and len(case.args) == 1 and not case.kwargs and case.value_is is None
    }


def _is_idempotent(cases: Iterable[Case]) -> bool:
    """Whether results were seen to go in, and always to come out again, one of them from something else."""
    table = _unary(cases)
    seen = [(given, result) for given, result in table.items() if result in table]
    return any(given != result for given, result in seen) and all(
        table[result] == result for _, result in seen
    )


def _inverses(by_function: Mapping[FunctionName, Sequence[Case]]) -> dict[FunctionName, FunctionName]:
    """Functions to those that gave back what went in: for two results at least, and for all that they were given."""
    tables = {
        function: _unary(cases)
        for function, cases in by_function.items()
        if all(case.kind in ("function", "staticmethod") and not case.is_async for case in cases)
    }
    found = {}
    for function, table in tables.items():
        for other, back in tables.items():
            seen = [(given, back[result]) for given, result in table.items() if result in back]
            if other != function and len(seen) > 1 and all(given == again for given, again in seen):
                found[function] = other
                break
    return found

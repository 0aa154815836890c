"""Tests that are run and never delivered: that a constructor call gives the object that it is to stand for."""

from __future__ import annotations

import ast
from pathlib import PurePath, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from pytead.codegen.generated import GeneratedModule
from pytead.codegen.generation import support_of
from pytead.codegen.imports import grouped
from pytead.values import layout
from pytead.values.source import Renderer

if TYPE_CHECKING:
    from pytead.codegen.generated import SupportFile
    from pytead.select.case import Case
    from pytead.select.constructing import Construction, Constructions, Key
    from pytead.values.originals import Originals


class Proofs(NamedTuple):
    """What shows which constructor calls may be used.

    Attributes:
        modules: a test module for each module that classes are of.
        support: what they need beside them.
        keys: path of a module and name of a test in it to what it proves.
    """

    modules: list[GeneratedModule]
    support: list[SupportFile]
    keys: dict[tuple[PurePosixPath, str], Key]


def proofs_of(
    constructions: Constructions,
    originals: Originals | None,
    folder: PurePosixPath,
    project: PurePath,
    *,
    is_single_file: bool,
) -> Proofs:
    """Write the tests; arguments as for ``generate``."""
    by_module: dict[str, list[tuple[Key, Construction, Case]]] = {}
    for key, (construction, case) in sorted(constructions.proposals().items(), key=lambda each: each[0]):
        by_module.setdefault(construction.call.function.module, []).append((key, construction, case))
    served = [case for own in by_module.values() for _, _, case in own]
    found = Proofs([], support_of(served, folder, project, is_single_file=is_single_file), {})
    for number, own in enumerate(by_module.values()):
        path = PurePosixPath(f"test_proofs_{number}.py")
        renderer = Renderer(originals=originals)
        body: list[ast.stmt] = []
        tests: dict[str, Case] = {}
        for place, (key, construction, case) in enumerate(own):
            name = f"test_{place}"
            pair = [constructions.call(construction), construction.state]
            statements, values = renderer.named(pair)
            same = renderer.reference("pytead.replay", "same")
            (test,) = ast.parse(f"def {name}(): pass").body
            assert isinstance(test, ast.FunctionDef)
            test.body = [*statements, ast.Assert(ast.Call(same, values, []))]
            body.append(test)
            tests[name] = case
            found.keys[path, name] = key
        text = layout.module(
            body, "Constructor calls beside what they are to give.", grouped(renderer.imports())
        )
        classes = tuple(sorted(renderer.classes))
        found.modules.append(GeneratedModule(path, text, tests, classes))
    return found

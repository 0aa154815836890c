"""Tests that are run and never delivered: that a constructor call gives the object that it is to stand for."""

from __future__ import annotations

import ast
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from pytead.codegen.generated import GeneratedModule
from pytead.codegen.imports import grouped
from pytead.values import layout
from pytead.values.source import Renderer

if TYPE_CHECKING:
    from collections.abc import Collection

    from pytead.select.case import Case
    from pytead.select.constructing import Construction, Constructions, Key
    from pytead.values.originals import Originals


class Proofs(NamedTuple):
    """What shows which constructor calls may be used.

    Attributes:
        modules: a test module for each module that classes are of.
        keys: path of a module and name of a test in it to what it proves.
    """

    modules: list[GeneratedModule]
    keys: dict[tuple[PurePosixPath, str], Key]


def proofs_of(
    constructions: Constructions, taken: Collection[PurePosixPath], originals: Originals | None
) -> Proofs:
    """Write the tests, under names that are none of ``taken``."""
    by_module: dict[str, list[tuple[Key, Construction, Case]]] = {}
    for key, (construction, case) in sorted(constructions.proposals().items(), key=lambda each: each[0]):
        by_module.setdefault(construction.call.function.module, []).append((key, construction, case))
    found = Proofs([], {})
    number = 0
    for own in by_module.values():
        number += 1
        while (path := PurePosixPath(f"test_proofs_{number}.py")) in taken:
            number += 1
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
        found.modules.append(GeneratedModule(path, text, tests, classes, explains=False))
    return found

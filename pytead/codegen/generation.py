"""From cases to the files of a test suite, as text."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePath, PurePosixPath
from typing import TYPE_CHECKING

from pytead.codegen.module import module_of
from pytead.codegen.naming import base_name, base_names, file_names
from pytead.codegen.styles import DEFAULT
from pytead.codegen.support import PACKAGE, conftest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pytead.codegen.generated import GeneratedModule, SupportFile
    from pytead.errors import Rejection
    from pytead.names import FunctionName
    from pytead.select.case import Case
    from pytead.select.constructing import Constructions
    from pytead.values.originals import Originals

DEFAULT_FOLDER = PurePosixPath("tests/generated")


@dataclass(frozen=True, slots=True)
class Generation:
    """The files of a generation, with paths relative to the folder that it goes to.

    Attributes:
        modules: the test modules, in the order of their paths.
        support: what they need beside them.
        rejections: why a case can't be written, once for each such case.
        is_single_file: whether all tests are in one module, in a folder that isn't ours.
        is_formatted: whether the layout is that of the project's formatter, and counts.
    """

    modules: list[GeneratedModule] = field(default_factory=list)
    support: list[SupportFile] = field(default_factory=list)
    rejections: list[tuple[FunctionName, Rejection]] = field(default_factory=list)
    is_single_file: bool = False
    is_formatted: bool = False


def generate(
    cases: Sequence[Case],
    *,
    folder: PurePosixPath = DEFAULT_FOLDER,
    single_file: str | None = None,
    recorded: Iterable[FunctionName] = (),
    command: str = "pytead gen",
    project: PurePath | None = None,
    originals: Originals | None = None,
    longest: int = 0,
    tolerance: float = 0.0,
    style: str = DEFAULT,
    constructions: Constructions | None = None,
    allows_pickle: bool = False,
) -> Generation:
    """Write the tests of some cases. Runs nothing and imports nothing of what they name.

    Args:
        cases: those of one function beside each other, as ``choose`` gives them.
        folder: where the files will go, relative to the project's folder, or absolute.
        single_file: name of the one module for all tests; None for a module per function.
        recorded: every function of the store, so that files and tests are called the same when only some are
            generated.
        command: what makes the tests again, for their headers.
        project: the project's folder; only needed where ``folder`` or an import root lies outside of it.
        originals: where the source of functions is found that are values; without it such cases are rejected.
        longest: characters that a value may take before it moves to a data file; 0 for any number.
        tolerance: how far apart floats may be that are the same; 0 for not at all.
        style: the shape of the tests, as ``--style`` names it.
        constructions: the constructor calls that give objects; without it these are made of their state.
        allows_pickle: whether what no source can be written for may lie beside the test as a pickle.
    """
    by_function: dict[FunctionName, list[Case]] = {}
    for case in cases:
        by_function.setdefault(case.function, []).append(case)
    generation = Generation(is_single_file=single_file is not None)

    def add(file: str, docstring: str, cases: Sequence[Case], names: dict[FunctionName, str]) -> None:
        module, rejected = module_of(
            PurePosixPath(file),
            docstring,
            cases,
            names,
            originals,
            longest,
            tolerance,
            style,
            constructions,
            allows_pickle,
        )
        generation.rejections.extend((case.function, rejection) for case, rejection in rejected)
        if module is not None:
            generation.modules.append(module)

    if single_file is not None:
        everything = [case for own in by_function.values() for case in own]
        docstring = _docstring("Tests", command)
        names = base_names([*by_function, *recorded])
        add(single_file, docstring, everything, names)
    else:
        files = file_names([*by_function, *recorded])
        for function, own in by_function.items():
            docstring = _docstring(f"Tests of ``{function.dotted}``,", command)
            named = {function: base_name(function)}
            add(files[function], docstring, own, named)
    generation.modules.sort(key=lambda module: module.path)
    tested = [case for module in generation.modules for case in module.tests.values()]
    generation.support.extend(support_of(tested, folder, project, is_single_file=single_file is not None))
    return generation


def support_of(
    cases: Iterable[Case], folder: PurePosixPath, project: PurePath | None, *, is_single_file: bool
) -> list[SupportFile]:
    """What the tests of some cases need beside them."""
    roots = {case.origin.root for case in cases}
    paths = conftest(roots, folder, project)
    return [*([PACKAGE] if roots and not is_single_file else []), *([paths] if paths is not None else [])]


def _docstring(what: str, command: str) -> str:
    made = f"{what} made by Pytead from calls that a running program made."
    return f"{made}\n\nMake them again with: {command}\n"

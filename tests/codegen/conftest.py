from __future__ import annotations

import importlib
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytead.codegen.generation import Generation, generate
from pytead.codegen.writer import plan, write
from pytead.errors import Rejection
from pytead.names import FunctionKind, FunctionName
from pytead.records import CallRecord, ModuleOrigin, Outcome
from pytead.select.reading import read_call
from pytead.values.calls import STORIES, after_call, before_call
from pytead.values.freezer import freeze

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

    from pytead.select.case import Case


class Project:
    """A folder with modules whose calls are recorded by hand and tested in a fresh process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cases: list[Case] = []
        self.imported: list[str] = []

    def module(self, name: str, source: str) -> ModuleType:
        path = self.folder / f"{name.replace('.', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(source), encoding="utf-8")
        self.imported.append(name)
        importlib.invalidate_caches()
        return importlib.import_module(name)

    def reload(self, name: str, source: str) -> ModuleType:
        del sys.modules[name]
        return self.module(name, source)

    def edit(self, name: str, old: str, new: str) -> None:
        path = self.folder / f"{name.replace('.', '/')}.py"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def call(self, name: str, *args: Any, **kwargs: Any) -> Case:
        """Record ``module:qualname`` called so; a receiver is the first argument."""
        module, _, qualname = name.partition(":")
        kind, function = _raw(sys.modules[module], qualname, len(args))
        before = freeze(before_call(args, kwargs))
        outcome: Outcome = "returned"
        try:
            value = function(*args, **kwargs)
        except BaseException as error:
            value, outcome = error, "raised"
        after = freeze(after_call(args, kwargs, value))
        called = FunctionName(module, function.__qualname__)
        record = CallRecord(called, kind, before, after, outcome, 0.0, 0.0, "r", "s")
        read = read_call(record, ModuleOrigin("", "."))
        assert not isinstance(read, Rejection), read
        self.cases.append(read.case)
        return read.case

    def tell(
        self, name: str, outcome: Outcome, story: Any, *args: Any, after: Any = None, **kwargs: Any
    ) -> Case | Rejection:
        """Record ``module:qualname``, which gave ``story`` (see ``values.calls.STORIES``) or a value that was awaited."""
        module, _, qualname = name.partition(":")
        kind, function = _raw(sys.modules[module], qualname, len(args))
        if outcome in STORIES:
            items, resumed, end, value = story
            steps = tuple((index, verb, freeze(sent)) for index, verb, sent in resumed)
            last = freeze(value) if end in ("returned", "raised") else None
            story = tuple(map(freeze, items)), steps, end, last
        frozen = freeze(after_call(args if after is None else after, kwargs, story))
        called = FunctionName(module, function.__qualname__)
        record = CallRecord(
            called, kind, freeze(before_call(args, kwargs)), frozen, outcome, 0.0, 0.0, "r", "s"
        )
        read = read_call(record, ModuleOrigin("", "."))
        if isinstance(read, Rejection):
            return read
        self.cases.append(read.case)
        return read.case

    def generate(self, **options: Any) -> Generation:
        return generate(self.cases, **options)

    def text(self, **options: Any) -> str:
        """The only test module's text, without its last line."""
        (module,) = self.generate(**options).modules
        text, _, _ = module.text.rpartition("\n\n# pytead: ")
        return text

    def write(self, folder: str = "tests/generated", **options: Any) -> Generation:
        generation = self.generate(**options)
        write(plan(generation, self.folder / folder))
        return generation

    def pytest(self, *options: str) -> subprocess.CompletedProcess[str]:
        ours = ("PYTEST", "PYTHON", "COV")
        environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        environment["PYTHONPATH"] = str(Path(__file__).parents[2])
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
        environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
        return subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True)

    def passed(self) -> list[str]:
        """The generated tests, which must all pass: module and test, as pytest names them."""
        done = self.pytest("-rA", "tests")
        assert done.returncode == 0, done.stdout + done.stderr
        lines = done.stdout.splitlines()
        return sorted(line.split("/")[-1] for line in lines if line.startswith("PASSED "))


def _raw(module: ModuleType, qualname: str, count: int) -> tuple[FunctionKind, Callable[..., Any]]:
    found: Any = module
    holder: Any = module
    for part in qualname.split("."):
        holder, found = found, vars(found)[part]
    if isinstance(found, property):
        accessor = found.fget if count == 1 else found.fset
        assert accessor is not None
        return "property", accessor
    if isinstance(found, classmethod):
        return "classmethod", found.__func__
    if isinstance(found, staticmethod):
        return "staticmethod", found.__func__
    return ("method" if isinstance(holder, type) else "function"), found


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    found = Project(folder)
    yield found
    for name in found.imported:
        sys.modules.pop(name, None)
        sys.modules.pop(name.partition(".")[0], None)

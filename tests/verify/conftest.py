"""A project in a temporary folder, with test modules as code generation would give them."""

from __future__ import annotations

import textwrap
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest

from pytead.codegen.generated import GeneratedModule, SupportFile
from pytead.codegen.signature import sign
from pytead.codegen.support import PACKAGE, conftest
from pytead.names import FunctionName
from pytead.records import ModuleOrigin
from pytead.select.case import Case
from pytead.values.nodes import Atom
from pytead.verify.runner import verify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pytead.errors import Rejection
    from pytead.verify.verdict import Verification


def _case(test: str) -> Case:
    """What a test is made of, where it doesn't matter."""
    return Case(
        function=FunctionName("app", test),
        kind="function",
        reach=None,
        receiver=None,
        args=(),
        kwargs=(),
        outcome="returned",
        value=Atom(None),
        value_is=None,
        receiver_after=None,
        args_after=None,
        kwargs_after=None,
        origin=ModuleOrigin("", "."),
        digest="",
        inputs="",
    )


class Project:
    """A user's project: ``app.py`` at its root, tests to be put into ``tests/generated``."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / "tests" / "generated"
        self.modules: list[GeneratedModule] = []
        self.support: list[SupportFile] = [PACKAGE]
        found = conftest(["."], PurePosixPath("tests/generated"))
        if found is not None:
            self.support.append(found)

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return path

    def add(self, name: str, text: str, tests: Iterable[str], classes: Any = ()) -> None:
        """Add a module ``test_<name>.py`` with this source."""
        cases = {test: _case(test) for test in tests}
        source = textwrap.dedent(text)
        source = source if "def test_wrong(:" in source else sign(source)
        self.modules.append(GeneratedModule(PurePosixPath(f"test_{name}.py"), source, cases, tuple(classes)))

    def add_calls(self, function: str, calls: dict[str, tuple[str, str]], classes: Any = ()) -> None:
        """Add a module with calls of ``app.<function>``: id to source of arguments and result."""
        params = "".join(
            f"        pytest.param({args}, {{}}, {expected}, id={name!r}),\n"
            for name, (args, expected) in calls.items()
        )
        text = (
            f'"""Tests."""\n\nimport pytest\n\nimport app\nfrom app import {function}\n\n\n'
            f'@pytest.mark.parametrize(\n    "args, kwargs, expected",\n    [\n{params}    ],\n)\n'
            f"def test_{function}(args, kwargs, expected):\n"
            f"    assert {function}(*args, **kwargs) == expected\n"
        )
        self.add(f"app_{function}", text, [f"test_{function}[{name}]" for name in calls], classes)

    def verify(self, timeout: float = 30, measured: Iterable[str] = ()) -> Verification:
        """Verify; ``measured`` are files of the project, of which it is told what each test reaches."""
        return verify(
            self.modules,
            self.support,
            folder=self.folder,
            project=self.root,
            timeout=timeout,
            measured=[str(self.root / file) for file in measured],
        )

    def rejections(self, timeout: float = 30) -> dict[str, Rejection | None]:
        """Test name to what became of it."""
        return {verdict.test: verdict.rejection for verdict in self.verify(timeout).verdicts}

    def slugs(self, timeout: float = 30) -> dict[str, str]:
        """Test name to the slug of its rejection, ``""`` for a test that may be delivered."""
        return {test: found.slug if found else "" for test, found in self.rejections(timeout).items()}

    def files(self) -> dict[str, bytes]:
        """What lies in the project: names to contents."""
        return {
            path.relative_to(self.root).as_posix(): path.read_bytes() if path.is_file() else b""
            for path in sorted(self.root.rglob("*"))
        }


@pytest.fixture
def project(tmp_path: Path) -> Project:
    root = tmp_path / "project"
    root.mkdir()
    return Project(root)


@pytest.fixture(scope="module")
def make_project(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Project]:
    return lambda: Project(tmp_path_factory.mktemp("project"))

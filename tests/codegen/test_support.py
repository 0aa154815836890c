from __future__ import annotations

import subprocess
import sys
from pathlib import Path, PurePosixPath

import pytest

from pytead.codegen.signature import ownership
from pytead.codegen.support import conftest


def test_no_conftest_for_installed_packages() -> None:
    assert conftest([""], PurePosixPath("tests/generated")) is None


def test_the_whole_conftest() -> None:
    file = conftest(["src", "."], PurePosixPath("tests/generated"))
    assert file is not None
    assert ownership(file.text) == "ours"
    assert file.text.startswith(
        '''\
"""Lets the tests in this folder import the code that they test."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent

for folder in [HERE.parents[1], HERE.parents[1] / "src"]:
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
'''
    )


@pytest.mark.parametrize(
    ("folder", "root", "expected"),
    [
        ("tests/generated", ".", "project"),
        ("tests/generated", "src", "project/src"),
        ("tests", "tests", "project/tests"),
        (".", ".", "project"),
        (".", 'odd "name"/é', 'project/odd "name"/é'),
        ("../out/deep", "src", "project/src"),
        ("tests", "../other", "other"),
        ("../out", "../out/lib", "out/lib"),
    ],
)
def test_the_roots_are_found_from_wherever_the_checkout_lies(
    tmp_path: Path, folder: str, root: str, expected: str
) -> None:
    (tmp_path / "project").mkdir()
    file = conftest([root], PurePosixPath(folder), tmp_path / "project")
    assert file is not None
    assert str(tmp_path) not in file.text
    moved = tmp_path / "moved"
    place = (moved / "project" / folder).resolve()
    place.mkdir(parents=True)
    (place / "conftest.py").write_text(file.text, encoding="utf-8")
    script = "import sys, runpy; runpy.run_path(sys.argv[1]); print(ascii(sys.path[0]))"
    done = subprocess.run(
        [sys.executable, "-c", script, str(place / "conftest.py")], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ascii(str((moved / expected).resolve()))

"""The plugin in real pytest runs: generated tests are not recorded, all others are."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from pytead.codegen.signature import sign
from pytead.pytest_plugin import is_generated

PERSONS = """
    import os
    import pytead.capture.switch as switch

    AT_IMPORT = (switch.off, os.environ.get("PYTEAD_OFF"))

    def test_recording_is_as_the_person_set_it():
        expected = (bool(os.environ.get("EXPECTED")), os.environ.get("EXPECTED"))
        assert AT_IMPORT == expected
        assert (switch.off, os.environ.get("PYTEAD_OFF")) == expected
    """
GENERATED = """
    import os
    import pytead.capture.switch as switch

    AT_IMPORT = (switch.off, os.environ.get("PYTEAD_OFF"))

    def test_recording_is_off(request):
        assert AT_IMPORT == (True, "1")
        assert (switch.off, os.environ.get("PYTEAD_OFF")) == (True, "1")
        assert [mark.name for mark in request.node.iter_markers()] == ["pytead"]

    class TestGroup:
        def test_recording_is_off_in_a_class(self):
            assert (switch.off, os.environ.get("PYTEAD_OFF")) == (True, "1")
    """


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """A person's tests before and after generated ones."""
    (tmp_path / "test_1_person.py").write_text(textwrap.dedent(PERSONS), encoding="utf-8")
    (tmp_path / "test_2_generated.py").write_text(sign(textwrap.dedent(GENERATED)), encoding="utf-8")
    (tmp_path / "test_3_person.py").write_text(textwrap.dedent(PERSONS), encoding="utf-8")
    return tmp_path


def run(folder: Path, *options: str, **variables: str) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEAD", "PYTEST"))}
    env |= {"PYTHONPATH": str(Path(__file__).parents[1]), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **variables}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "pytead.pytest_plugin",
        "-p",
        "no:cacheprovider",
        *options,
    ]
    return subprocess.run(
        command, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=60
    )


def test_recording_is_off_for_generated_tests_alone(suite: Path) -> None:
    ended = run(suite, "--strict-markers", "-W", "error")
    assert "4 passed" in ended.stdout, ended.stdout


def test_recording_stays_off_where_the_person_switched_it_off(suite: Path) -> None:
    ended = run(suite, PYTEAD_OFF="1", EXPECTED="1")
    assert "4 passed" in ended.stdout, ended.stdout


def test_recording_that_is_loaded_by_a_generated_module_comes_back_on(suite: Path) -> None:
    (suite / "test_1_person.py").unlink()
    ended = run(suite)
    assert "3 passed" in ended.stdout, ended.stdout


def test_generated_tests_can_be_selected(suite: Path) -> None:
    ended = run(suite, "--strict-markers", "-m", "pytead")
    assert "2 passed, 2 deselected" in ended.stdout, ended.stdout


def test_recording_comes_back_after_a_generated_module_that_does_not_import(suite: Path) -> None:
    (suite / "test_2_generated.py").write_text(sign("import no_such_module\n"), encoding="utf-8")
    ended = run(suite, "--continue-on-collection-errors")
    assert "2 passed, 1 error" in ended.stdout, ended.stdout


def test_the_plugin_imports_nothing_of_pytead() -> None:
    code = (
        "import sys, pytest; before = set(sys.modules); import pytead.pytest_plugin;"
        "print(sorted(set(sys.modules) - before))"
    )
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    ended = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "['pytead', 'pytead.pytest_plugin']"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (sign("def test_a():\n    pass\n"), True),
        (sign("def test_a():\n    pass\n") + "\n\ndef test_mine():\n    pass\n", True),
        (sign("def test_a():\n    pass\n").replace("\n", "\r\n"), True),
        ("def test_a():\n    pass\n", False),
        ("'''About # pytead: it is not ours'''\n", False),
    ],
)
def test_a_generated_file_is_known_by_its_signature(text: str, expected: bool, tmp_path: Path) -> None:
    file = tmp_path / "test_x.py"
    file.write_bytes(text.encode())
    assert is_generated(file) is expected


def test_a_file_that_cannot_be_read_is_nobodys(tmp_path: Path) -> None:
    assert not is_generated(tmp_path / "absent.py")

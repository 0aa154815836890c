"""The plugin in real pytest runs: generated tests are not recorded, all others are."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

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
def few_plugins() -> dict[str, str]:
    """Variables that keep pytest from loading whatever else is installed."""
    return {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


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


APP = {
    "app/__init__.py": "",
    "app/core.py": """
        def double(x):
            if x < 0:
                raise ValueError(x)
            return x * 2

        def held(lock):
            return lock is not None

        def unused():
            return 1
        """,
    "conftest.py": "import app.core\n",
    "tests/test_core.py": """
        import threading

        import pytest

        from app.core import double, held

        @pytest.mark.parametrize("x", range(6))
        def test_double(x):
            assert double(x) == x + x

        def test_raises():
            with pytest.raises(ValueError):
                double(-1)

        def test_held():
            lock = threading.Lock()
            with lock:
                assert held(lock)

        def test_fails():
            assert double(3) == 7
        """,
}
RECORDED = {"app.core.double": 7, "app.core.held": 1}
SUITE = ("-m", "pytest", "-p", "no:cacheprovider", "-p", "pytead.pytest_plugin")


def test_a_suite_is_recorded_and_ends_as_it_would(make_program: Any, few_plugins: dict[str, str]) -> None:
    program = make_program(APP)
    bare = program.run(*SUITE, "-q", env=few_plugins)
    ended = program.run(*SUITE, "-q", "--pytead", "app.*", env=few_plugins)
    assert (ended.returncode, ended.stderr) == (bare.returncode, bare.stderr) == (1, "")
    told = [line for line in ended.stdout.splitlines() if line not in bare.stdout.splitlines()]
    assert [re.sub(r"[\d.]+ m?s", "TIME", line) for line in told[:2]] == [
        "pytead: 8 calls of 2 functions recorded in call_logs/ (TIME added)",
        "7 cases for 1 function: pytead gen; none for app.core.held",
    ]
    assert len(told) <= 3  # and the time it took
    assert program.recorded() == RECORDED
    assert "where 6 = double(3)" in ended.stdout
    assert program.pytead("gen", "--no-verify").returncode == 0
    # What was generated lies among the tests, and is neither recorded nor known to anybody but its own mark.
    again = program.run(
        *SUITE, "-q", "--strict-markers", "-m", "pytead", "--pytead", "app.*", env=few_plugins
    )
    assert "7 passed, 9 deselected" in again.stdout
    assert "no call was recorded" in again.stdout


def test_the_workers_of_xdist_are_recorded_into_one_run(
    make_program: Any, few_plugins: dict[str, str]
) -> None:
    program = make_program(APP)
    ended = program.run(*SUITE, "-p", "xdist", "-n", "2", "--pytead", "app.*", env=few_plugins)
    assert "1 failed, 8 passed" in ended.stdout
    assert "7 cases for 1 function: pytead gen; none for app.core.held" in ended.stdout
    assert set(program.recorded()) == set(RECORDED)
    assert len({call.run for call in program.calls()}) == 1
    for options in (
        ("-n", "2", "-p", "xdist"),
        (),
    ):  # the ids are the same in each worker, or it would refuse
        assert program.pytead("gen", "--no-verify", "--update", "--accept").returncode == 0
        made = program.run(*SUITE, "-q", "-m", "pytead", *options, env=few_plugins)
        assert "7 passed" in made.stdout, made.stdout


def test_coverage_is_what_it_would_be(make_program: Any, few_plugins: dict[str, str]) -> None:
    program = make_program(APP)
    options = (*SUITE, "-q", "-p", "pytest_cov", "--cov=app", "--cov-branch", "--cov-report=term-missing")
    bare = program.run(*options, env=few_plugins).stdout
    recorded = program.run(*options, "--pytead", "app.*", env=few_plugins).stdout
    (line,) = (line for line in bare.splitlines() if line.startswith(os.path.join("app", "core.py")))
    assert line.endswith("90%   11")
    assert line in recorded
    assert program.recorded() == RECORDED


def test_a_pattern_that_is_none_ends_it_at_once(make_program: Any, few_plugins: dict[str, str]) -> None:
    program = make_program(APP)
    ended = program.run(*SUITE, "--pytead", "re:(", env=few_plugins)
    assert (ended.returncode, ended.stdout) == (4, "")
    assert "bad pattern 're:(' in --pytead: not a regular expression" in ended.stderr
    assert not (program.folder / "call_logs").exists()

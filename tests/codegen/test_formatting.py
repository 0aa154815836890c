"""The user's formatter has the last word on layout; what it breaks is named, and changes nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

FILES = {
    "work.py": "def join(words, end):\n    return ' '.join(words) + end\n",
    "main.py": "import work\nwork.join(['a long word', 'another word', 'a third word'] * 3, '!')\n"
    "work.join(list('word' * 400), '?')\n",
}
QUOTES = "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read().replace(b'\"join\"', b\"'join'\"))"


def test_ruff_where_the_project_configures_it(make_program: Any) -> None:
    pyproject = "[tool.ruff]\nline-length = 60\n[tool.ruff.format]\nquote-style = 'single'\n"
    program = make_program({**FILES, "pyproject.toml": pyproject})
    made = program.pytead("tead", "-t", "work", "main.py")
    assert made.returncode == 0, made.stderr
    text = program.read("tests/generated/test_work_join.py")
    assert "'another word'" in text
    checked = program.command("ruff", "format", "--check", "tests")
    assert checked.returncode == 0, checked.stdout
    assert "2 passed" in program.run("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests").stdout
    again = json.loads(program.pytead("gen", "--json", "-").stdout)
    assert set(again["files"]) == {"unchanged"}
    # with another layout the tests are laid out anew, and are still ours
    program.write("pyproject.toml", "[tool.ruff]\nline-length = 100\n")
    again = json.loads(program.pytead("gen", "--json", "-").stdout)
    assert "tests/generated/test_work_join.py" in again["files"]["update"]
    assert '"another word"' in program.read("tests/generated/test_work_join.py")


def test_black_where_the_project_configures_that(make_program: Any) -> None:
    pyproject = "[tool.ruff]\nlint.select = ['F']\n[tool.black]\nline-length = 60\n"
    program = make_program({**FILES, "pyproject.toml": pyproject})
    assert program.pytead("tead", "-q", "-t", "work", "main.py").returncode == 0
    checked = subprocess.run(
        [sys.executable, "-m", "black", "-q", "--check", "tests"], cwd=program.folder, check=False
    )
    assert checked.returncode == 0
    own = program.pytead("gen", "--json", "-", "--format-command", "none")
    assert set(json.loads(own.stdout)["files"]) == {"unchanged"}  # layout alone is no reason to change a file


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import sys; sys.exit('no such style')", "exit code 1: no such style"),
        ("print('x = 1')", "other code than what was verified"),
        ("", "other code than what was verified"),
        ("print(']')", "other code than what was verified"),
    ],
)
def test_one_that_fails_is_a_warning_and_our_layout_stays(code: str, reason: str, make_program: Any) -> None:
    program = make_program(FILES)
    program.write(
        ".pytead/config.toml", f"[gen]\nformat-command = {json.dumps([sys.executable, '-c', code])}\n"
    )
    made = program.pytead("tead", "--no-verify", "-t", "work", "main.py")
    assert made.returncode == 0, made.stderr
    assert "[format-failed]" in made.stderr
    assert made.stderr.count("pytead: warning: tests/generated/") == 1
    assert reason in made.stderr
    formatted = program.read("tests/generated/test_work_join.py")
    assert program.pytead("gen", "-q", "--no-verify", "--format-command", "none").returncode == 0
    assert program.read("tests/generated/test_work_join.py") == formatted


def test_one_that_is_not_there(make_program: Any) -> None:
    made = make_program(FILES).pytead(
        "tead", "--no-verify", "--format-command", "nosuch -", "-t", "work", "main.py"
    )
    assert made.returncode == 0
    assert "the formatter nosuch isn't installed [format-failed]" in made.stderr

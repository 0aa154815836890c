"""Programs that are not ours, recorded while they run: what they say is what they say bare."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

import pytead

PROGRAMS = Path(__file__).resolve().parents[1] / "programs"


def without_times(text: str) -> str:
    return re.sub(r"\d+(\.\d+)?m?s\b", "TIME", text)


def assert_unchanged(program, *words: str, targets: str, code: int) -> None:
    """The same output, but for the times that the program itself takes and shows; and calls were recorded."""
    bare = program.run(*words)
    recorded = program.pytead("--quiet", "-t", targets, *words)
    assert without_times(recorded.stdout) == without_times(bare.stdout)
    assert without_times(recorded.stderr) == without_times(bare.stderr)
    assert (bare.returncode, recorded.returncode) == (code, code)
    assert len(program.recorded()) > 10  # of a black that mypyc compiled, not all


@pytest.mark.parametrize("words", [("--check",), ()])
def test_black(make_program, words):
    program = make_program({})
    source = Path(pytead.__file__).with_name("targets.py").read_text(encoding="utf-8")
    program.write("sample.py", source.replace("    return", "    return  ").replace('"', "'"))
    given = program.read("sample.py")
    bare = program.run("-m", "black", *words, "sample.py")
    left, _ = program.read("sample.py"), program.write("sample.py", given)
    recorded = program.pytead("-q", "-t", "black.*", "-m", "black", *words, "sample.py")
    assert (recorded.stdout, recorded.returncode) == (bare.stdout, bare.returncode)
    assert re.sub(r"\d\d:\d\d:\d\d\.\d+", "", recorded.stderr) == bare.stderr
    assert program.read("sample.py") == left
    assert len(program.recorded()) > 10  # of a black that mypyc compiled, not all


def test_the_tests_of_a_django_project(make_program):
    program = make_program({})
    shutil.copytree(PROGRAMS / "django_shop", program.folder, dirs_exist_ok=True)
    assert_unchanged(program, "manage.py", "test", "--no-color", targets="django.*", code=1)


def test_a_script_that_uses_sqlalchemy(make_program):
    program = make_program({"main.py": (PROGRAMS / "alchemy.py").read_text(encoding="utf-8")})
    assert_unchanged(program, "main.py", targets="sqlalchemy.orm.*", code=0)


def test_the_demonstration_of_rich(make_program):
    assert_unchanged(make_program({}), "-m", "rich.table", targets="rich.*", code=0)


def test_json_of_the_standard_library(make_program):
    program = make_program({"in.json": '{"b": [1, 2.5, null], "a": {"c": "\\u00e9"}}'})
    bare = program.run("-m", "json.tool", "--sort-keys", "in.json")
    recorded = program.pytead("-q", "-t", "json.*,argparse.*", "-m", "json.tool", "--sort-keys", "in.json")
    assert (recorded.stdout, recorded.stderr, recorded.returncode) == (bare.stdout, bare.stderr, 0)
    assert program.recorded()

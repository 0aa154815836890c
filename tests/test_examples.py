"""The examples: what is committed is what Pytead makes of them, on every interpreter, and it passes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


@pytest.mark.parametrize(("example", "target"), [("quickstart", "mymodule.*"), ("shop", "shop")])
def test_the_generated_tests_are_those_that_are_committed(example, target, make_program):
    program = make_program({})
    left_out = shutil.ignore_patterns("call_logs", "tests", "__pycache__")
    shutil.copytree(EXAMPLES / example, program.folder, dirs_exist_ok=True, ignore=left_out)
    result = program.pytead("tead", "-t", target, "main.py")
    assert result.returncode == 0, result.stderr
    made = {path.name: path.read_text("utf-8") for path in (program.folder / "tests/generated").glob("*.py")}
    committed = {
        path.name: path.read_text("utf-8") for path in (EXAMPLES / example / "tests/generated").glob("*.py")
    }
    assert made == committed
    assert program.run("-m", "pytest", "-q", "-p", "no:cacheprovider").returncode == 0

"""What happens where an engine isn't there."""

from __future__ import annotations

import sys

import pytest


@pytest.mark.parametrize("said", ["flag", "variable"])
def test_an_engine_that_this_python_lacks_is_a_usage_error(said, make_program):
    program = make_program(
        {
            "sitecustomize.py": "import sys\nif hasattr(sys, 'monitoring'): del sys.monitoring",
            "main.py": "print('ran')",
        }
    )
    words = ["--engine", "monitoring"] if said == "flag" else []
    env = {"PYTHONPATH": str(program.folder)} | ({} if words else {"PYTEAD_ENGINE": "monitoring"})
    result = program.pytead(*words, "-t", "m", "main.py", env=env)
    assert (result.returncode, result.stdout) == (2, "")
    assert "needs Python 3.12" in result.stderr
    assert ("--engine" if words else "PYTEAD_ENGINE") in result.stderr
    assert sys.version.partition(" ")[0] in result.stderr


def test_an_engine_that_nobody_knows(make_program):
    result = make_program({"main.py": "print('ran')"}).pytead("--engine", "wrapp", "-t", "m", "main.py")
    assert (result.returncode, result.stdout) == (2, "")
    assert "did you mean 'wrap'?" in result.stderr

"""The examples: what is committed is what Pytead makes of them, on every interpreter, and it passes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pytead.values.redaction.placeholders import _KEY_FILE, KEY_SIZE

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


def texts(folder: Path) -> dict[str, str]:
    """What lies in a folder and those below it, however a checkout ends its lines."""
    files = [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    return {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in files}


@pytest.mark.parametrize(
    ("example", "target"), [("quickstart", "mymodule.*"), ("shop", "shop"), ("values", "office")]
)
def test_the_generated_tests_are_those_that_are_committed(example, target, make_program):
    program = make_program({})
    left_out = shutil.ignore_patterns("call_logs", "tests", "__pycache__")
    shutil.copytree(EXAMPLES / example, program.folder, dirs_exist_ok=True, ignore=left_out)
    # The placeholder of a secret is made with a key of the user's own; here that is always the same.
    for cache in (".cache", "Library/Caches"):
        key = program.folder / cache / "pytead" / _KEY_FILE
        key.parent.mkdir(parents=True)
        key.write_bytes(bytes(KEY_SIZE))
    caches = dict.fromkeys(("XDG_CACHE_HOME", "LOCALAPPDATA"), str(program.folder / ".cache"))
    result = program.pytead("tead", "-t", target, "main.py", env=caches)
    assert result.returncode == 0, result.stderr
    made = program.folder / "tests/generated"
    assert texts(made) == texts(EXAMPLES / example / "tests/generated")
    assert program.run("-m", "pytest", "-q", "-p", "no:cacheprovider").returncode == 0


def test_the_flow_of_a_legacy_system_is_pinned(make_program) -> None:
    program = make_program({})
    left_out = shutil.ignore_patterns("__pycache__", ".pytest_cache")
    shutil.copytree(EXAMPLES / "flow", program.folder, dirs_exist_ok=True, ignore=left_out)
    suite = ("-m", "pytest", "-q", "-p", "no:cacheprovider")
    committed = program.run(*suite)
    assert committed.returncode == 0, committed.stdout
    source = program.read("billing.py")
    loop = source[source.index("    amount = 0\n") : source.index("    return amount\n")]
    pure = 'return sum(line["price"] * line["count"] for line in order["lines"])'
    refactored = source.replace(loop + "    return amount\n", f"    {pure}\n")
    assert refactored != source
    program.write("billing.py", refactored)
    assert program.run(*suite).returncode == 0
    program.write("billing.py", source.replace("if amount < 50", "if amount < 30"))
    changed = program.run(*suite, "-vvv", "--snapshot-no-colors")
    assert changed.returncode == 1
    assert "discount_of(customer='Bob', amount=40) -> 4.0" in changed.stdout

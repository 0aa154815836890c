"""Every block of the README is run, and what it shows is what comes out."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from pytead.config.options import COMMANDS, OPTIONS
from pytead.values.redaction import names, shapes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytead.config.option import Option

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


class Block(NamedTuple):
    """A fenced block: the comment before it, its language and its text."""

    label: str
    language: str
    text: str


BLOCKS = [
    Block(label or "", language, text)
    for label, language, text in re.findall(r"(?:<!-- ([^>]*) -->\n)?```(\w+)\n(.*?)```", README, re.DOTALL)
]


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command as a person in ``folder`` would, in the environment that runs this test."""
    env = {
        key: value for key, value in os.environ.items() if not key.startswith(("PYTEAD", "PYTEST", "PYTHON"))
    }
    env["PATH"] = os.pathsep.join([os.path.dirname(sys.executable), env["PATH"]])
    env |= {"HOME": str(folder), "COLUMNS": "80", "NO_COLOR": "1"}
    return subprocess.run(
        ["bash", "-ec", command],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def without_times(text: str) -> str:
    text = re.sub(r"\d+(\.\d+)? (us|ms|s)\b|\d+\.\d+s\b", "TIME", text)
    return re.sub(r"[ ]+", " ", text).strip()


@pytest.mark.skipif(shutil.which("bash") is None, reason="the README's commands are for a POSIX shell")
def test_the_blocks_one_after_the_other(tmp_path: Path) -> None:
    ran = 0
    for block in BLOCKS:
        if block.label:
            continue  # run by the tests below, or by .ci/run
        named = re.match(r"# ([\w./]+)\n", block.text)
        if block.language == "bash":
            result = run(block.text, tmp_path)
            assert result.returncode == 0, f"{block.text}\n{result.stdout}\n{result.stderr}"
            assert "rror" not in result.stderr
            ran += 1
        elif named:
            path = tmp_path / named[1]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text[named.end() :], encoding="utf-8")
        else:  # what the commands so far have made
            made = (tmp_path / "tests/generated/test_mymodule_multiply.py").read_text(encoding="utf-8")
            assert made.startswith(block.text.rstrip())
    assert ran >= 5
    generated = {path.name for path in (tmp_path / "tests/generated").iterdir()}
    assert {"test_mymodule_multiply.py", "test_decorated_multiply.py", "test_own_storage_f.py"} <= generated
    assert run("pytest -q", tmp_path).returncode == 0


@pytest.mark.skipif(shutil.which("bash") is None, reason="the README's commands are for a POSIX shell")
def test_the_terminal_shows_what_comes_out(tmp_path: Path) -> None:
    (shown,) = (block for block in BLOCKS if block.label == "terminal")
    shutil.copytree(
        ROOT / "examples/quickstart",
        tmp_path,
        dirs_exist_ok=True,
        ignore=shutil.ignore_patterns("call_logs", "tests"),
    )
    for part in re.split(r"^\$ ", shown.text, flags=re.MULTILINE)[1:]:
        command, _, expected = part.partition("\n")
        result = run(f"{command} 2>&1", tmp_path)
        assert without_times(result.stdout) == without_times(expected)


def names_table() -> str:
    """The README's table of the names of secrets, from their declarations."""

    def listed(words: Iterable[str]) -> str:
        return " ".join(f"`{word}`" for word in sorted(words))

    rows = (
        ("anything", listed({*names.ALONE, *(pair.replace(" ", "_") for pair in names.PHRASES), "pass"})),
        ("anything; also as the end of a word", listed(names.ENDINGS)),
        ("anything, before `_key`", listed(names.KEYS)),
        ("anything, before `_token`", listed(names.TOKENS)),
        ("anything, before `_pass`", listed(names.PASSES)),
        ("digits", listed(names.CODES)),
        ("the second of two", listed(names.LOGINS)),
        ("what looks random", listed(names.UNSURE)),
    )
    return "".join(
        f"| {what} | {words} |\n" for what, words in (("secret is", "under"), ("---", "---"), *rows)
    )


def test_the_table_of_names_is_made_of_their_declarations() -> None:
    assert names_table() in README
    assert all(f"`{shape}`" in README for shape in shapes.NAMES)


def options_table() -> str:
    """The README's table of options, from their declarations."""
    rows = ["| option | variable | key | default | |", "| --- | --- | --- | --- | --- |"]
    rows += [_row(option) for option in OPTIONS]
    return "\n".join(rows)


def _row(option: Option) -> str:
    is_off = option.kind == "switch" and option.default is True
    flags = f"`{option.off_flag}`" if is_off else ", ".join(f"`{flag}`" for flag in option.flags)
    if option.metavar:
        flags += f" {option.metavar}"
    is_set_by_line_alone = set(option.commands) == set(option.line_only)
    variable = "" if is_set_by_line_alone else f"`{option.variable}`"
    key = "" if is_set_by_line_alone else f"`{option.name}`"
    default = "" if option.default in ((), None) else f"`{option.default}`"
    default = default.lower() if isinstance(option.default, bool) else default
    commands = ", ".join(option.commands)
    return f"| {flags} | {variable} | {key} | {default} | {commands}: {option.help} |"


def test_the_table_of_options_is_that_of_the_declarations() -> None:
    assert f"<!-- options -->\n{options_table()}\n" in README


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_the_reference(command: str) -> None:
    assert f"pytead {command}" in README or f"pytead [{command}]" in README


def test_the_two_first_commands_are_run_by_the_checks() -> None:
    checks = (ROOT / ".ci/run").read_text(encoding="utf-8")
    for label in ("main job", "own tests"):
        (block,) = (block for block in BLOCKS if block.label == label)
        assert len(block.text.splitlines()) == 1
        assert f'readme_command "{label}"' in checks

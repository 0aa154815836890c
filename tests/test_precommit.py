"""The hooks for pre-commit name commands that there are."""

from __future__ import annotations

import re
from pathlib import Path

from pytead.config.options import COMMANDS, of_command

HOOKS = (Path(__file__).parents[1] / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def test_the_hooks_are_commands_of_ours() -> None:
    hooks = re.findall(r"^- id: (\S+)$", HOOKS, re.MULTILINE)
    assert hooks == ["pytead-gen-check", "pytead-scan"]
    assert all(f"- id: {hook}\n" in README for hook in hooks)
    for entry in re.findall(r"^  entry: pytead (.+)$", HOOKS, re.MULTILINE):
        command, *flags = entry.split()
        assert command in {*COMMANDS, "scan"}
        assert set(flags) <= {flag for option in of_command(command) for flag in option.flags}
    assert HOOKS.count("language: system\n") == HOOKS.count("pass_filenames: false\n") == len(hooks)

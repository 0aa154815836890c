"""The commands as typed: what they print where, and how they exit."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from pytead.cli.help import SUMMARIES, USAGES, command_help, main_help
from pytead.cli.main import main, split
from pytead.cli.path_command import find
from pytead.config.options import COMMANDS, of_command
from pytead.errors import PyteadError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Program

MODULE = {
    "mymodule.py": "def multiply(a, b):\n    return a * b\n",
    "main.py": "from mymodule import multiply\nfor pair in [(2, 3), (2, 3), (10, 0)]:\n    multiply(*pair)\n",
}

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder that is the home folder too, and no settings."""
    monkeypatch.chdir(tmp_path)
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    for name in ("PYTEAD_CONFIG", "PYTEAD_DEBUG", "PYTEAD_TARGETS", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.mark.parametrize(
    ("words", "command", "rest", "is_named"),
    [
        ("gen a.b", "gen", "a.b", True),
        ("run x", "run", "x", True),
        ("main.py gen", "run", "main.py gen", False),
        ("-q gen a.b", "gen", "-q a.b", True),
        ("-d out gen", "gen", "-d out", True),
        ("-l 5 run m.f -- x", "run", "-l 5 m.f -- x", True),
        ("-t gen main.py", "run", "-t gen main.py", False),
        ("-m gen", "run", "-m gen", False),
        ("-- gen", "run", "-- gen", False),
        ("./gen", "run", "./gen", False),
    ],
)
def test_which_command(words: str, command: str, rest: str, is_named: bool) -> None:
    assert split(words.split()) == (command, rest.split(), is_named)


@pytest.mark.parametrize(
    ("words", "code", "first", "hint"),
    [
        ("gen --targt x", 2, "gen has no option --targt [unknown-option]", "did you mean --target?"),
        ("--targt x main.py", 2, "run has no option --targt [unknown-option]", "did you mean --target?"),
        ("genn", 2, "'genn' is neither a file nor a command [unknown-command]", "did you mean 'pytead gen'?"),
        ("-t m nowhere.py", 2, "there is no file 'nowhere.py' [script-missing]", "working folder"),
        ("-t m..f main.py", 2, "bad pattern 'm..f' in -t: a name is missing", "'*' stands for"),
        ("main.py", 2, "nothing says which functions to record [no-targets]", "-t 'mymodule.*'"),
        ("-t m", 2, "run has no program to run [no-program]", "main.py"),
        ("-t m -l x main.py", 2, "-l takes a whole number, 0 or more, not 'x' [bad-value]", ""),
        ("clean x", 2, "clean takes no 'x' [unexpected-word]", "pytead clean --help"),
        ("gen -o a.py -d b", 2, "-o and -d exclude each other [options-clash]", "one module or"),
        ("gen", 1, "no recorded calls: ", "record some"),
        ("list", 1, "no recorded calls: ", "record some"),
    ],
)
def test_an_error_is_two_lines_at_most(
    empty: Path, capsys: Captured, words: str, code: int, first: str, hint: str
) -> None:
    if words != "-t m nowhere.py":
        (empty / "main.py").write_text("")
    assert main(words.split()) == code
    out, err = capsys.readouterr()
    assert out == ""
    lines = err.splitlines()
    assert lines[0].startswith(f"pytead: error: {first}")
    assert hint in "".join(lines[1:])
    assert len(lines) == (2 if hint else 1)


def test_targets_may_come_from_the_environment(
    empty: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEAD_TARGETS", "a b")
    (empty / "main.py").write_text("")
    assert main(["main.py"]) == 2
    assert "bad pattern 'a b' in PYTEAD_TARGETS" in capsys.readouterr().err


def test_an_internal_error_is_one_line_unless_debugged(
    empty: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(words: object, cwd: object) -> int:
        raise RuntimeError("oops \ud800")

    monkeypatch.setattr("pytead.cli.clean.command", fail)
    assert main(["clean"]) == 70
    err = capsys.readouterr().err
    assert "RuntimeError: oops" in err
    assert "[internal]" in err
    assert "Traceback" not in err
    assert "PYTEAD_DEBUG=1" in err
    monkeypatch.setenv("PYTEAD_DEBUG", "1")
    assert main(["clean"]) == 70
    assert "Traceback" in capsys.readouterr().err


def test_ctrl_c(empty: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(words: object, cwd: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("pytead.cli.gen.command", interrupt)
    assert main(["gen"]) == 130
    assert capsys.readouterr().err == "pytead: error: interrupted [interrupted]\n"


def test_help_names_everything(empty: Path, capsys: Captured) -> None:
    assert set(SUMMARIES) == set(USAGES) == set(COMMANDS)
    for command in COMMANDS:
        assert main([command, "--help"]) == 0
        text = capsys.readouterr().out
        assert text == command_help(command)
        for option in of_command(command):
            assert option.flags[-1] in text or option.off_flag in text
        assert max(map(len, text.splitlines())) <= 100
    assert main(["--help"]) == 0
    assert capsys.readouterr().out == main_help()
    assert all(f"  {command} " in main_help() for command in COMMANDS)


def test_no_words_at_all_is_wrong_usage(empty: Path, capsys: Captured) -> None:
    assert main([]) == 2
    assert capsys.readouterr() == ("", main_help())


def test_version(empty: Path, capsys: Captured) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("pytead ")


def test_config_tells_where_values_come_from(
    empty: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    (empty / "pyproject.toml").write_text("[tool.pytead]\nlimit = 3\n[tool.pytead.tead]\nlimit = 4\n")
    monkeypatch.setenv("PYTEAD_STORAGE_DIR", "elsewhere")
    monkeypatch.setenv("PYTEAD_TARGET", "x")
    assert main(["config"]) == 0
    lines = [line.split("  ") for line in capsys.readouterr().out.splitlines()]
    rows = [[cell.strip() for cell in line if cell.strip()] for line in lines]
    assert [f"read {empty / 'pyproject.toml'}"] in rows
    assert ["limit", "3", "run", "[tool.pytead] limit in pyproject.toml"] in rows
    assert ["limit", "4", "tead", "[tool.pytead.tead] limit in pyproject.toml"] in rows
    assert ["storage_dir", "elsewhere", "run, tead", "PYTEAD_STORAGE_DIR"] in rows
    assert [
        "calls_dir",
        "elsewhere",
        "gen, tead, list, explain, scan, clean",
        "storage_dir (PYTEAD_STORAGE_DIR)",
    ] in rows
    assert ["PYTEAD_TARGET sets nothing; did you mean PYTEAD_TARGETS?"] in rows


@pytest.mark.parametrize(
    ("head", "interpreter"),
    [
        ("#!/opt/venv/bin/python3.12\n", "/opt/venv/bin/python3.12"),
        ("#!/usr/bin/env python3\n", "python3"),
        ("#!/usr/bin/env -S python3 -u\n", "python3"),
        ("#!/bin/sh\n'''exec' \"/a b/python\" \"$0\" \"$@\"\n' '''\n", "/a b/python"),
        ("#!/bin/sh\n'''exec' /long/python \"$0\" \"$@\"\n' '''\n", "/long/python"),
        ("#!/bin/sh\necho no\n", None),
        ("\x7fELF", None),
    ],
)
def test_commands_on_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, head: str, interpreter: str | None
) -> None:
    tool = tmp_path / "tool"
    tool.write_text(head)
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    if interpreter is None:
        with pytest.raises(PyteadError, match="no Python script"):
            find("tool")
    else:
        assert find("tool") == (str(tool), interpreter)
    with pytest.raises(PyteadError, match="neither a file here nor a command"):
        find("nowhere")


def test_a_shell_script_on_path_gives_way_to_our_interpreters_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shims, own = tmp_path / "shims" / "tool", tmp_path / "own" / "tool"
    for path, head in ((shims, "#!/usr/bin/env bash\n"), (own, "#!/opt/python\n")):
        path.parent.mkdir()
        path.write_text(head)
        path.chmod(0o755)
    monkeypatch.setenv("PATH", str(shims.parent))
    monkeypatch.setattr("sys.executable", str(own.parent / "python"))
    assert find("tool") == (str(own), "/opt/python")


def test_list_and_clean(make_program: Callable[..., Program]) -> None:
    program = make_program(MODULE)
    assert program.pytead("-t", "mymodule.*", "main.py").returncode == 0
    listed = program.pytead("list", "--json")
    assert json.loads(listed.stdout) == [
        {"func": "mymodule.multiply", "kind": "function", "calls": 2, "outcomes": {"returned": 2}, "runs": 1}
    ]
    table = program.pytead("list").stdout.splitlines()
    assert table[1].split() == ["mymodule.multiply", "function", "2", "2", "returned", "1"]
    assert program.pytead("list", "other").returncode == 1

    program.write("call_logs/mine.txt", "keep")
    planned = program.pytead("clean")
    assert "would delete call_logs" in planned.stdout
    assert "mine.txt" not in planned.stdout
    assert program.recorded() == {"mymodule.multiply": 2}
    assert program.pytead("clean", "--yes").returncode == 0
    assert [path.name for path in (program.folder / "call_logs").iterdir() if path.name != ".gitignore"] == [
        "mine.txt"
    ]
    assert program.pytead("clean").stdout == "nothing to delete: call_logs holds no recorded calls\n"
    missing = program.pytead("gen")
    assert (missing.returncode, missing.stdout) == (1, "")
    assert "[no-calls]" in missing.stderr


def test_gen_of_a_name_that_is_nearly_right(make_program: Callable[..., Program]) -> None:
    program = make_program(MODULE)
    program.pytead("-t", "mymodule.*", "main.py")
    missed = program.pytead("gen", "mymodule.multipy")
    assert missed.returncode == 1
    assert "call_logs holds no calls of mymodule.multipy [no-match]" in missed.stderr
    assert "the nearest names are mymodule.multiply" in missed.stderr


def test_gen_and_tead(make_program: Callable[..., Program]) -> None:
    program = make_program(MODULE)
    made = program.pytead(
        "tead", "mymodule.multiply", "--", sys.executable, "main.py", env={"PYTEAD_LIMIT": "5"}
    )
    assert made.returncode == 0, made.stderr
    text = program.read("tests/generated/test_mymodule_multiply.py")
    assert "2 cases written to tests/generated, 0 rejected" in made.stderr
    again = program.pytead("gen", "-q", "--json")
    (account,) = json.loads(again.stdout)["functions"]
    assert (account["func"], account["fate"], account["cases"]) == ("mymodule.multiply", "tested", 2)
    assert json.loads(again.stdout)["files"]["unchanged"]
    assert program.read("tests/generated/test_mymodule_multiply.py") == text

    one = program.pytead("gen", "mymodule", "-o", "--no-verify")
    assert one.returncode == 0, one.stderr
    assert "pytead gen -o tests/test_pytead_generated.py" in program.read("tests/test_pytead_generated.py")

    program.write("main.py", "import mymodule, sys\nmymodule.multiply('a', 2)\nsys.exit(3)\n")
    assert program.pytead("tead", "-t", "mymodule.*", "main.py").returncode == 3
    assert "3 cases" in program.pytead("gen").stderr

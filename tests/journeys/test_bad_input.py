"""What is given wrongly costs one or two clear lines, and never the program's run."""

from __future__ import annotations

import os

import pytest

FILES = {"m.py": "def f(x): return x\n", "main.py": "import m\nprint(m.f(1))\n"}


def lines(ended):
    """What was said on stderr, which must be short and ours."""
    found = ended.stderr.splitlines()
    assert 1 <= len(found) <= 2, ended.stderr
    assert found[0].startswith("pytead: ")
    return ended.stderr


@pytest.mark.parametrize(
    ("files", "words", "shown"),
    [
        ({".pytead/config.toml": "[run\n"}, ["main.py"], ["config.toml", "line 1"]),
        (
            {".pytead/config.toml": "[run]\ntargts = ['m']\n"},
            ["main.py"],
            ["targts", "config.toml", "targets"],
        ),
        (
            {".pytead/config.toml": "[run]\nlimit = 'x'\n"},
            ["-t", "m", "main.py"],
            ["limit", "config.toml", "'x'"],
        ),
        ({"pyproject.toml": "[tool.pytead]\nlimt = 3\n"}, ["-t", "m", "main.py"], ["limt", "limit"]),
        ({}, ["-t", "m", "nowhere.py"], ["nowhere.py"]),
        ({}, ["-t", "m[", "main.py"], ["m["]),
        ({}, ["-t", "re:(", "main.py"], ["re:("]),
        ({}, ["-t", "m", "--format", "xml", "main.py"], ["xml", "pickle"]),
        ({}, ["-t", "m", "--limit", "-1", "main.py"], ["-1"]),
        ({}, ["gen", "--verfy"], ["--verfy"]),
        ({}, ["clean", "--no-such"], ["--no-such"]),
        ({}, ["-t", "m", "--", "python", "--wrong", "main.py"], ["--wrong"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_usage_is_exit_code_two_before_anything_runs(files, words, shown, make_program):
    program = make_program({**FILES, **files})
    ended = program.pytead(*words)
    assert (ended.returncode, ended.stdout) == (2, "")
    said = lines(ended)
    for part in shown:
        assert part in said
    assert not (program.folder / "call_logs").exists()


@pytest.mark.parametrize("kind", ["pickle", "json", "sqlite"])
def test_a_store_that_cannot_be_written_costs_one_warning(kind, make_program):
    program = make_program(
        {**FILES, "main.py": "import m\nfor i in range(3): print(m.f(i))\n", "logs": "a file"}
    )
    ended = program.pytead("-q", "-t", "m", "-s", "logs", "--format", kind, "main.py")
    assert (ended.returncode, ended.stdout) == (0, "0\n1\n2\n")
    assert "logs" in lines(ended)
    assert len(ended.stderr.splitlines()) == 1


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_folder_without_rights(make_program):
    program = make_program(FILES)
    program.folder.chmod(0o500)
    try:
        ended = program.pytead("-q", "-t", "m", "main.py")
    finally:
        program.folder.chmod(0o700)
    assert (ended.returncode, ended.stdout) == (0, "1\n")
    assert "call_logs" in lines(ended)


def test_a_pattern_that_matches_nothing_is_named(make_program):
    program = make_program(FILES)
    ended = program.pytead("-t", "m.ff,mm", "main.py")
    assert (ended.returncode, ended.stdout) == (0, "1\n")
    assert "pattern 'm.ff' matched nothing; nearest: m.f" in ended.stderr
    assert "pattern 'mm' matched nothing" in ended.stderr
    made = program.pytead("gen")
    assert made.returncode == 1
    assert "record some" in lines(made)


def test_output_that_cannot_be_written(make_program):
    program = make_program({**FILES, "tests": "a file in the way"})
    assert program.pytead("-q", "-t", "m", "main.py").returncode == 0
    made = program.pytead("gen", "--no-verify")
    assert made.returncode in (1, 2)
    assert "tests" in lines(made)
    assert program.read("tests") == "a file in the way"


@pytest.mark.parametrize("verify", [(), ("--no-verify",)])
def test_tests_that_no_case_is_left_for(verify, make_program, few_plugins):
    program = make_program(
        {
            "m.py": "def f(lock): return 1\n",
            "main.py": "import m, threading\nlock = threading.Lock()\nwith lock: m.f(lock)\n",
        }
    )
    made = program.pytead("tead", *verify, "-t", "m", "main.py", env=few_plugins)
    assert made.returncode == 1
    assert "value-lock" in made.stderr
    assert "0 cases written" in made.stderr
    assert not list(program.folder.glob("tests/generated/test_*"))


def test_a_program_that_fails_is_told_before_what_came_of_it(make_program):
    program = make_program({**FILES, "main.py": "import m\nm.f(1)\n1 / 0\n"})
    made = program.pytead("tead", "--no-verify", "-t", "m", "main.py")
    assert made.returncode == 1
    assert made.stderr.index("ZeroDivisionError") < made.stderr.index("1 case written")
    assert "pytead/" not in made.stderr.replace(os.sep, "/").partition("ZeroDivisionError")[0]

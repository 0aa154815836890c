"""``pytead run --selfcheck`` finds what recording changes, and nothing else."""

from __future__ import annotations

import json

import pytest

MODULE = "def f(x): return 2 * x\n"
STEADY = """
    import pathlib, sys
    import m
    print([m.f(n) for n in range(3)], sys.argv[1:], len(sys.stdin.read()))
    print("oh", file=sys.stderr)
    path = pathlib.Path("out.txt")
    assert not path.exists()
    path.write_text("hello")
    sys.exit(4)
    """


def test_a_program_that_does_the_same(make_program):
    program = make_program({"m.py": MODULE, "main.py": STEADY, ".venv/pyvenv.cfg": "", ".venv/big": "x"})
    result = program.pytead(
        "run", "--selfcheck", "--json", "out.json", "-t", "m", "main.py", "a b", stdin="some"
    )
    assert result.returncode == 0, result.stdout + result.stderr
    shown = result.stdout.splitlines()
    assert "(2 files, 0.0 MB)" in shown[0]
    assert [line.split() for line in shown[1:5]] == [
        ["stdout", "same"],
        ["stderr", "same"],
        ["exit", "code", "same"],
        ["files", "same"],
    ]
    assert len(shown) == 6
    assert shown[5].startswith("time ")
    assert not (program.folder / "out.txt").exists()
    assert not (program.folder / "call_logs").exists()
    assert json.loads(program.read("out.json"))["differences"] == {}


CHANGES = {
    "stdout": ("print('recorded')", "+recorded"),
    "stderr": ("print('recorded', file=sys.stderr)", "+recorded"),
    "exit code": ("sys.exit(5)", "0 bare, 5 recorded"),
    "files": ("open('more.txt', 'w').close()", "more.txt: only recorded"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_recording_changes_is_shown(make_program, what):
    statement, shown = CHANGES[what]
    text = f"import sys, time, m\nprint(time.time_ns())\nm.f(1)\nprint('end')\nif 'pytead' in sys.modules: {statement}\n"
    program = make_program({"m.py": MODULE, "main.py": text})
    result = program.pytead("run", "--selfcheck", "--json", "out.json", "-t", "m", "main.py")
    assert result.returncode == 1
    assert f"  {shown}\n" in result.stdout
    assert list(json.loads(program.read("out.json"))["differences"]) == [what]


def test_what_differs_between_bare_runs_is_left_out_and_named(make_program):
    program = make_program(
        {
            "m.py": MODULE,
            "main.py": """
                import time, m
                print("start")
                print(time.time_ns(), m.f(1))
                print("end")
                open("log.txt", "w").write(str(time.time_ns()))
                """,
        }
    )
    result = program.pytead("run", "--selfcheck", "-t", "m", "main.py")
    assert result.returncode == 0, result.stdout
    (left_out,) = (line for line in result.stdout.splitlines() if line.startswith("left out"))
    assert "1 line of stdout" in left_out
    assert "log.txt" in left_out


@pytest.mark.parametrize("option", ["--children", "--no-children"])
def test_children_are_recorded_or_left_out_as_they_would_be(make_program, option):
    child = "import m, sys; print(m.f(2), 'pytead' in sys.modules)"
    main = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {child!r}])"
    program = make_program({"m.py": MODULE, "main.py": main})
    result = program.pytead("run", "--selfcheck", "-t", "m", option, "main.py")
    assert result.returncode == (option == "--children"), result.stdout
    assert ("  +4 True\n" in result.stdout) == (option == "--children")


def test_the_bare_runs_are_bare_inside_a_recorded_program(make_program):
    selfcheck = """
        import subprocess, sys
        command = [sys.executable, "-m", "pytead", "run", "--selfcheck", "-t", "m", "inner.py"]
        print(subprocess.run(command).returncode)
        """
    inner = "import m, sys; print(m.f(2), 'pytead' in sys.modules)"
    program = make_program({"m.py": MODULE, "inner.py": inner, "main.py": selfcheck})
    result = program.pytead("-t", "m", "main.py")
    assert "  -4 False\n  +4 True\n" in result.stdout
    assert not (program.folder / "call_logs").exists()


def test_what_pytead_keeps_in_a_working_folder_that_is_the_home_folder_is_not_compared(make_program):
    program = make_program({"m.py": MODULE, "main.py": "import m; print(m.f(2))"})
    home = {"HOME": str(program.folder), "XDG_CACHE_HOME": "", "LOCALAPPDATA": str(program.folder)}
    env = {**home, "PYTHONDONTWRITEBYTECODE": ""}
    result = program.pytead("run", "--selfcheck", "-t", "m", "main.py", env=env)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("program_words", [("-m", "main"), ("--", "python", "-c", "import m; print(m.f(2))")])
def test_however_the_program_is_started(make_program, program_words):
    program = make_program({"m.py": MODULE, "main.py": "import m; print(m.f(2))"})
    result = program.pytead("run", "--selfcheck", "-t", "m", *program_words)
    assert result.returncode == 0, result.stdout + result.stderr

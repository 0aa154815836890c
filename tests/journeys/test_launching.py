"""Every way to start a program, under every interpreter there is."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import venv

import pytest

FILES = {
    "m.py": "def f(x): return x\n",
    "main.py": "import sys, m\nprint(sys.argv[1:], m.f(1), sys.flags.utf8_mode)\nsys.exit(3)\n",
}


@pytest.mark.parametrize(
    "words",
    [
        ["-t", "m", "main.py"],
        ["run", "m.f", "--", "main.py"],
        ["run", "m.f", "--", "python", "main.py"],
        ["-t", "m", "--", "python3", "-X", "utf8", "-u", "-W", "error", "main.py"],
        ["-t", "m", "-m", "main"],
        ["-t", "m", "--", "python", "-m", "main"],
    ],
    ids=" ".join,
)
def test_all_that_follows_is_the_programs_own(words, make_program):
    program = make_program(FILES)
    own = ["-t", "x", "--quiet", "--", "-q", "--json", "-o", "run", "--help", ""]
    ended = (
        program.pytead("--quiet", *words, *own)
        if words[0] != "run"
        else program.pytead("run", "--quiet", *words[1:], *own)
    )
    assert (ended.stdout, ended.returncode) == (f"{own} 1 {int('utf8' in words)}\n", 3), ended.stderr
    assert ended.stderr == ""
    assert program.recorded() == {"m.f": 1}


def test_the_tests_of_a_project_as_the_program(make_program, few_plugins):
    program = make_program(
        {
            "shop/__init__.py": "",
            "shop/prices.py": "def total(cents): return sum(cents)\n",
            "conftest.py": "",
            "tests/test_prices.py": "from shop.prices import total\ndef test_it(): assert total([1, 2]) == 3\n",
        }
    )
    bare = program.command("pytest", "-q", "--durations=0", "--durations-min=100", env=few_plugins)
    recorded = program.pytead(
        "-t", "shop.*", "--", "pytest", "-q", "--durations=0", "--durations-min=100", env=few_plugins
    )
    assert recorded.stdout.splitlines()[0] == bare.stdout.splitlines()[0]
    assert "1 passed" in recorded.stdout
    assert recorded.returncode == bare.returncode == 0
    assert program.recorded() == {"shop.prices.total": 1}
    failed = program.pytead("-q", "-t", "shop", "--", "pytest", "-q", "tests/nowhere.py", env=few_plugins)
    assert failed.returncode == 4
    assert failed.stderr == program.command("pytest", "-q", "tests/nowhere.py", env=few_plugins).stderr


def console_script(folder, name, python, module, function):
    """A console script as an installer writes it."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(
        f"#!{python}\nimport sys\nfrom {module} import {function}\n"
        f"if __name__ == '__main__':\n    sys.argv[0] = sys.argv[0].removesuffix('.exe')\n    sys.exit({function}())\n"
    )
    path.chmod(0o755)
    return path


TOOL = """
    import importlib, os, sys

    def main():
        sys.path.insert(0, os.getcwd())
        app = importlib.import_module(os.environ["TOOL_APP"])
        print(sys.argv, app.handle(sys.argv[1]), __name__, sys.modules["__main__"].__spec__)
        return 5
    """


@pytest.mark.skipif(sys.platform == "win32", reason="console scripts are programs there")
def test_a_console_script_on_path(make_program):
    program = make_program({"app.py": "def handle(word): return word.upper()\n", "lib/toolbox.py": TOOL})
    script = console_script(program.folder / "bin", "tool", sys.executable, "toolbox", "main")
    env = {
        "TOOL_APP": "app",
        "PYTHONPATH": str(program.folder / "lib"),
        "PATH": os.pathsep.join([str(script.parent), os.path.dirname(sys.executable), os.environ["PATH"]]),
    }
    bare = program.command("tool", "run", "-t", "--", env=env)
    assert bare.returncode == 5
    recorded = program.pytead("-q", "-t", "app", "--", "tool", "run", "-t", "--", env=env)
    assert (recorded.stdout, recorded.stderr, recorded.returncode) == (bare.stdout, bare.stderr, 5)
    assert program.recorded() == {"app.handle": 1}
    gone = program.pytead("-t", "app", "--", "tooll", "run", env=env)
    assert gone.returncode == 2
    assert "'tooll' is neither a file here nor a command on PATH [command-missing]" in gone.stderr


def other_interpreters(folder):
    """Interpreters that don't have Pytead: an environment of ours, and what else is on this machine."""
    environment = folder / "environment"
    venv.create(environment, symlinks=sys.platform != "win32")
    yield next(environment.glob("[bS]*/python*"))
    for minor in range(10, 20):
        found = shutil.which(f"python3.{minor}")
        if (
            minor != sys.version_info[1]
            and found
            and subprocess.run([found, "-c", ""], capture_output=True, check=False).returncode == 0
        ):
            yield found
            return


def test_another_interpreter(make_program):
    program = make_program(
        {
            "m.py": "def f(x): return [x]\nclass C:\n    def m(self, a): return a\n",
            "main.py": """
                import sys, m
                assert "-t" in sys.argv
                print(sys.executable, sys.prefix, sys.version, sys.argv, sys.path[0], m.f(2), m.C().m(3))
                print(sorted(n for n in sys.modules if n.partition(".")[0] in ("rich", "pytest", "site_packages")))
                for n in range(40):
                    m.f(n)
                raise SystemExit(4)
                """,
        }
    )
    for number, python in enumerate(other_interpreters(program.folder)):
        bare = program.command(str(python), "main.py", "-t", "x")
        storage = f"calls{number}"
        recorded = program.pytead("-q", "-t", "m", "-s", storage, "--", str(python), "main.py", "-t", "x")
        assert (recorded.stdout, recorded.stderr) == (bare.stdout, bare.stderr)
        assert recorded.returncode == bare.returncode == 4
        assert program.recorded(storage) == {"m.f": 10, "m.C.m": 1}
        summary = program.pytead("-t", "m", "-s", storage, "--", str(python), "-X", "dev", "main.py", "-t")
        assert f"11 calls of 2 functions recorded in {storage}" in summary.stderr


def test_an_interpreter_that_is_none(make_program):
    program = make_program(FILES)
    ended = program.pytead("-t", "m", "--", "./nowhere/python", "main.py")
    assert ended.returncode == 2
    assert len(ended.stderr.splitlines()) <= 2
    assert "./nowhere/python" in ended.stderr


def test_every_variable_of_a_run(make_program):
    program = make_program({**FILES, "main.py": "import m\nfor i in range(20): m.f(i)\n"})
    ended = program.pytead(
        "main.py",
        env={
            "PYTEAD_TARGETS": "m.*, other.*",
            "PYTEAD_LIMIT": "4",
            "PYTEAD_STORAGE_DIR": "elsewhere",
            "PYTEAD_FORMAT": "json",
            "PYTEAD_JSON": "run.json",
            "PYTEAD_QUIET": "true",
        },
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert program.recorded("elsewhere") == {"m.f": 4}
    assert [path.suffix for path in (program.folder / "elsewhere").glob("[!.]*")] == [".jsonl"]
    (function,) = json.loads(program.read("run.json"))["functions"]
    assert (function["func"], function["kept"]) == ("m.f", 4)

    made = program.pytead(
        "gen",
        env={
            "PYTEAD_CALLS_DIR": "elsewhere",
            "PYTEAD_OUTPUT_DIR": "made",
            "PYTEAD_VERIFY": "no",
            "PYTEAD_JSON": "gen.json",
            "PYTEAD_QUIET": "1",
        },
    )
    assert (made.returncode, made.stderr) == (0, "")
    assert json.loads(program.read("gen.json"))["files"]["create"] == [
        "made/__init__.py",
        "made/conftest.py",
        "made/test_m_f.py",
    ]
    one = {"PYTEAD_CALLS_DIR": "elsewhere", "PYTEAD_OUTPUT": "one.py", "PYTEAD_VERIFY": "no"}
    assert program.pytead("gen", env=one).returncode == 0
    assert (program.folder / "one.py").exists()
    narrowed = program.pytead(
        "tead", "main.py", env={"PYTEAD_TARGETS": "m", "PYTEAD_ONLY_TARGETS": "1", "PYTEAD_VERIFY": "0"}
    )
    assert narrowed.returncode == 0


def test_the_summary_as_json(make_program):
    program = make_program(
        {
            "m.py": "def f(x): return 1 / x\ndef g(): yield\nclass C:\n    @property\n    def p(self): return 1\n    @p.setter\n    def p(self, value): pass\n",
            "main.py": "import m\nm.f(1), list(m.g())\nm.C().p = 1\ntry: m.f(0)\nexcept ZeroDivisionError: print('0')\n",
        }
    )
    ended = program.pytead("--json", "run.json", "-t", "m.*,m.nope", "main.py")
    summary = json.loads(program.read("run.json"))
    assert ended.stdout == "0\n"
    assert [(f["func"], f["kept"], f["raised"], f["yielded"]) for f in summary["functions"]] == [
        ("m.C.p", 1, 0, 0),
        ("m.f", 2, 1, 0),
        ("m.g", 1, 0, 1),
    ]
    assert summary["functions"][0]["kind"] == "setter"
    assert list(summary["unmatched"]) == ["m.nope"]
    assert summary["storage_dir"] == f"call_logs{os.sep}"
    assert program.pytead("-q", "--json", "-", "-t", "m", "main.py").stdout.startswith("0\n{\n")
    bad = program.pytead("-q", "--json", "no/such/folder/x.json", "-t", "m", "main.py")
    assert (bad.returncode, bad.stdout) == (0, "0\n")
    assert "json-unwritable" in bad.stderr or "can't write JSON" in bad.stderr


@pytest.mark.skipif(os.name != "posix", reason="descriptors are inherited on POSIX only")
@pytest.mark.parametrize("command", ["run", "tead"])
def test_the_summary_to_a_descriptor(command, make_program):
    program = make_program({"m.py": "def f(x): return x\n", "main.py": "import m\nm.f(1)\n"})
    reader, writer = os.pipe()
    words = [sys.executable, "-m", "pytead", command, "-q", "--json", str(writer), "-t", "m", "main.py"]
    if command == "tead":
        words.insert(4, "--no-verify")
    with open(reader) as stream:
        subprocess.run(words, cwd=program.folder, pass_fds=[writer], check=True, capture_output=True)
        os.close(writer)
        assert json.loads(stream.read())["functions"][0]["func"] == "m.f"


@pytest.mark.skipif(os.name != "posix", reason="there are no such signals")
@pytest.mark.parametrize("catches", [False, True])
def test_ctrl_c(catches, make_program):
    body = (
        "try:\n    time.sleep(60)\nexcept KeyboardInterrupt:\n    sys.exit(6)\n"
        if catches
        else "time.sleep(60)\n"
    )
    program = make_program(
        {
            "m.py": "def f(x): return x\n",
            "main.py": f"import sys, time, m\nm.f(1)\nprint('ready', flush=True)\n{body}",
        }
    )

    def interrupted(*words):
        started = subprocess.Popen(
            [sys.executable, *words],
            cwd=program.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert started.stdout.readline() == "ready\n"
        time.sleep(0.1)
        started.send_signal(signal.SIGINT)
        out, err = started.communicate(timeout=30)
        return started.returncode, out, err

    bare = interrupted("main.py")
    recorded = interrupted("-m", "pytead", "-q", "-t", "m", "main.py")
    assert recorded == bare
    assert bare[0] == (6 if catches else -signal.SIGINT)
    assert program.recorded() == {"m.f": 1}


def test_tead_with_targets_alone(make_program):
    program = make_program(
        {
            "m.py": "def f(x): return x\ndef g(x): return -x\n",
            "main.py": "import m\nm.f(1), m.g(2)\n",
        }
    )
    assert program.pytead("-q", "-t", "m.f", "main.py").returncode == 0
    made = program.pytead("tead", "--no-verify", "--only-targets", "-t", "m.g", "main.py")
    assert made.returncode == 0, made.stderr
    names = {path.name for path in (program.folder / "tests/generated").glob("test_*")}
    assert names == {"test_m_g.py"}
    assert "make tests of them" not in made.stderr
    everything = program.pytead("tead", "--no-verify", "-t", "m.g", "main.py")
    assert "2 functions recorded, 2 with tests" in everything.stderr


def test_a_program_finds_the_command_that_would_start_it_again(make_program):
    program = make_program({"main.py": "import sys\ndef f(x): return x\nprint(f(sys.orig_argv))\n"})
    options = ["-u", "-X", "dev", "-W", "error"]
    bare = program.run(*options, "main.py", "x")
    for words in (["--", sys.executable, *options, "main.py", "x"], ["--", *options, "main.py", "x"]):
        assert program.pytead("-q", "-t", "main", *words).stdout == bare.stdout
    bare = program.run("main.py", "x")
    assert program.run("-m", "pytead", "-q", "-t", "main", "main.py", "x").stdout == bare.stdout
    bare = program.run("-O", "-m", "main", "x")
    assert program.run("-O", "-m", "pytead", "-q", "-t", "main", "-m", "main", "x").stdout == bare.stdout


def test_modules_named_as_those_that_we_use(make_program):
    names = ("json", "secrets", "difflib", "inspect", "sqlite3", "rich", "tempfile", "statistics")
    files = {f"{name}.py": f"print('the user\\'s {name}')\n" for name in names}
    program = make_program(
        {**files, "m.py": "def f(x): return x\n", "main.py": "import m\nprint(m.f({1}))\n"}
    )
    program.assert_unchanged("main.py", targets="m")
    for words in (["list"], ["gen", "--no-verify"], ["config"], ["clean"]):
        ended = program.pytead(*words)
        assert ended.returncode == 0, ended.stderr
        assert "the user's" not in ended.stdout


def test_what_a_program_does_to_our_tools_costs_the_summary_at_most(make_program):
    program = make_program(
        {
            "m.py": "def f(x): return x\n",
            "main.py": "import builtins, json, m\nm.f(1)\nprint('end')\njson.dumps = builtins.print = None\n",
        }
    )
    ended = program.pytead("--json", "run.json", "-t", "m", "main.py")
    assert (ended.returncode, ended.stdout) == (0, "end\n")
    assert "Traceback" not in ended.stderr
    assert "pytead: 1 call of 1 function recorded" in ended.stderr
    assert len([line for line in ended.stderr.splitlines() if "warning" in line]) == 1
    assert program.recorded() == {"m.f": 1}

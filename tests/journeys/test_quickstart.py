"""The first thing a user does: record two files, make tests, run them."""

from __future__ import annotations

import shutil

import pytest

QUICKSTART = {
    "mymodule.py": "def multiply(a, b):\n    return a * b\n",
    "main.py": """
        from mymodule import multiply

        for (x, y) in [(2, 3), (2, 3), (10, 0)]:
            multiply(x, y)
        """,
}
MADE = '''\
"""Tests of ``mymodule.multiply``, made by Pytead from calls that a running program made.

Make them again with: pytead gen
"""

import pytest

from mymodule import multiply


@pytest.mark.parametrize(
    "args, kwargs, expected",
    [
        pytest.param((2, 3), {}, 6, id="2-3"),
        pytest.param((10, 0), {}, 0, id="10-0"),
    ],
)
def test_multiply(args, kwargs, expected):
    assert multiply(*args, **kwargs) == expected
'''
NAMES = ["__init__.py", "conftest.py", "test_mymodule_multiply.py"]
DECORATED = """
    from pytead import trace

    @trace(limit=5, storage_dir="call_logs")
    def multiply(a, b):
        return a * b
    """

FORMS = {
    "default command": (["-m", "pytead", "-t", "mymodule.*", "main.py"], {}, {}),
    "run with a target": (["pytead", "run", "mymodule.multiply", "--", "python3", "main.py"], {}, {}),
    "run with a target, script": (["pytead", "run", "mymodule.multiply", "--", "main.py"], {}, {}),
    "module": (["pytead", "-t", "mymodule", "-m", "main"], {}, {}),
    "variable": (["-m", "pytead", "main.py"], {"PYTEAD_TARGETS": "mymodule.*"}, {}),
    "config file": (
        ["-m", "pytead", "run", "--", "main.py"],
        {},
        {".pytead/config.toml": '[run]\ntargets = ["mymodule.multiply"]\n'},
    ),
    "default config file": (
        ["pytead", "main.py"],
        {},
        {".pytead/default_config.toml": '[defaults]\ntargets = ["mymodule.*"]\n'},
    ),
    "pyproject": (["pytead", "main.py"], {}, {"pyproject.toml": '[tool.pytead]\ntargets = ["mymodule.*"]\n'}),
    "decorator": (["main.py"], {}, {"mymodule.py": DECORATED}),
    "code": (["pytead", "-t", "mymodule", "--", "python", "-c", "import main"], {}, {}),
}


@pytest.mark.parametrize("form", FORMS)
def test_each_form_records_the_same(form, make_program):
    words, variables, files = FORMS[form]
    program = make_program({**QUICKSTART, **files})
    run = program.command if words[0] == "pytead" else program.run
    ended = run(*words, env=variables)
    assert (ended.returncode, ended.stdout) == (0, ""), ended.stderr
    assert program.recorded() == {"mymodule.multiply": 2}


def test_two_cases_green(make_program):
    program = make_program(QUICKSTART)
    assert program.pytead("-t", "mymodule.*", "main.py").returncode == 0
    made = program.pytead("gen")
    assert made.returncode == 0, made.stderr
    assert made.stdout == ""
    assert made.stderr.endswith(
        "1 function recorded, 1 with tests\n2 cases written to tests/generated, 0 rejected\n"
    )
    generated = program.folder / "tests" / "generated"
    assert sorted(path.name for path in generated.iterdir() if path.is_file()) == NAMES
    text, _, signature = program.read("tests/generated/test_mymodule_multiply.py").rpartition(
        "\n\n\n# pytead: "
    )
    assert text + "\n" == MADE
    assert len(signature.splitlines()) == 1
    # The command itself, not `python -m pytest`, which would put the working folder on sys.path.
    ended = program.command("pytest", "-q")
    assert ended.stdout.splitlines()[-1].startswith("2 passed"), ended.stdout
    assert ended.returncode == 0


def test_a_changed_function_fails_its_tests(make_program, few_plugins):
    program = make_program(QUICKSTART)
    assert program.pytead("tead", "--no-verify", "-t", "mymodule.*", "main.py").returncode == 0
    program.write("mymodule.py", "def multiply(a, b):\n    return a * b or 1\n")
    ended = program.command("pytest", "-q", env=few_plugins)
    assert "1 failed, 1 passed" in ended.stdout
    assert "test_multiply[10-0]" in ended.stdout


def test_two_generations_give_the_same_bytes(make_program):
    program = make_program(
        {
            "m.py": """
                import enum
                class Color(enum.Enum):
                    RED = 1
                    BLUE = 2
                def f(*args, **kwargs): return args, kwargs
                def g(names): return {name.upper() for name in names}
                class Box:
                    def __init__(self, items): self.items = items
                    def add(self, item): self.items |= {item}; return self
                """,
            "main.py": """
                import m
                m.f({"b", "a", "c"}, frozenset(m.Color), key={m.Color.RED: {"x", "y"}, "k": None})
                m.f(m.Box({"p", "q"}), m.Box, len)
                m.g({"one", "two", "three"})
                m.Box({"u", "v"}).add("w")
                """,
        }
    )
    assert program.pytead("-t", "m", "main.py").returncode == 0
    texts = []
    for seed in ("0", "1", "4321"):
        made = program.pytead("gen", "--no-verify", env={"PYTHONHASHSEED": seed})
        assert made.returncode == 0, made.stderr
        generated = program.folder / "tests" / "generated"
        texts.append({path.name: path.read_bytes() for path in generated.iterdir()})
        shutil.rmtree(generated)
    assert len(texts[0]) >= 5
    assert texts[0] == texts[1] == texts[2]


def test_the_commands_name_themselves(make_program):
    program = make_program({})
    version = program.command("pytead", "--version")
    assert version.stdout == program.pytead("--version").stdout
    assert program.run("-c", "import pytead; print('pytead', pytead.__version__)").stdout == version.stdout
    assert "usage: pytead [run] [options] SCRIPT [args...]" in program.pytead("--help").stdout

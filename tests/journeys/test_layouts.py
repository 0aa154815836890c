"""Where the code lies, where the tests go, and from where they are run."""

from __future__ import annotations

import re
import shutil
import sys
import sysconfig
import venv

import pytest

EVERY_ENGINE = True

SHOP = {
    "shop/__init__.py": "from shop.prices import total\n",
    "shop/prices.py": """
        from dataclasses import dataclass

        @dataclass
        class Line:
            name: str
            cents: int

        def total(lines):
            return sum(line.cents for line in lines)
        """,
}
DRIVER = "import shop\nfrom shop.prices import Line\nprint(shop.total([Line('a', 3), Line('b', 4)]))\n"


def assert_portable(program, folder="tests/generated"):
    """No test module changes ``sys.path``, and no generated file names a place on this machine."""
    files = [path for path in (program.folder / folder).rglob("*.py") if path.is_file()]
    assert files
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert str(program.folder) not in text
        assert re.search(r"['\"](/|[A-Z]:\\\\)", text) is None, text
        if path.name.startswith("test_"):
            assert "sys.path" not in text
            assert "import sys" not in text


def assert_green(ended, passed):
    assert f"{passed} passed" in ended.stdout, ended.stdout + ended.stderr
    assert ended.returncode == 0


def test_a_folder_of_scripts_moved_and_run_from_elsewhere(make_program, few_plugins):
    program = make_program({**SHOP, "main.py": DRIVER})
    made = program.pytead("tead", "-t", "shop.*", "main.py", env=few_plugins)
    assert (made.returncode, made.stdout) == (0, "7\n"), made.stderr
    assert_portable(program)
    assert_green(program.command("pytest", "-q", env=few_plugins), 1)
    generated = program.folder / "tests" / "generated"
    assert_green(program.command("pytest", "-q", str(generated), env=few_plugins), 1)

    moved = program.folder.parent / "moved on"
    shutil.move(program.folder, moved)
    program.folder.mkdir()  # an empty folder to start from
    assert_green(program.command("pytest", "-q", str(moved), env=few_plugins), 1)
    assert_green(program.command("pytest", "-q", "--import-mode=importlib", str(moved), env=few_plugins), 1)


def test_a_src_layout(make_program, few_plugins):
    files = {f"src/{name}": text for name, text in SHOP.items()}
    program = make_program({**files, "pyproject.toml": "[project]\nname = 'shop'\n", "run.py": DRIVER})
    path = {"PYTHONPATH": str(program.folder / "src")}
    assert program.pytead("-t", "shop.*", "run.py", env=path).stdout == "7\n"
    made = program.pytead("gen", env=few_plugins)  # without the variable
    assert made.returncode == 0, made.stderr
    assert_portable(program)
    assert "src" in program.read("tests/generated/conftest.py")
    assert_green(program.command("pytest", "-q", env=few_plugins), 1)


def test_a_package_that_is_run_from_below_its_root(make_program, few_plugins):
    program = make_program(SHOP)
    path = {"PYTHONPATH": str(program.folder)}
    program.write("scripts/here.py", "def local(a): return a\n")
    program.write("scripts/main.py", DRIVER + "import here\nhere.local(1)\n")
    made = program.pytead("tead", "--no-verify", "-t", "shop,here", "scripts/main.py", env=path)
    assert made.returncode == 0, made.stderr
    assert_portable(program)
    assert_green(program.command("pytest", "-q", env=few_plugins), 2)


def test_an_installed_package(make_program, few_plugins):
    program = make_program({"main.py": DRIVER})
    environment = program.folder / "venv"
    venv.create(environment, symlinks=sys.platform != "win32")
    python = next(environment.glob("[bS]*/python*"))
    variables = {"base": str(environment), "platbase": str(environment)}
    library = program.folder / sysconfig.get_path("purelib", vars=variables)
    # What a test environment has besides: pytest, Pytead and what they need.
    ours = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    library.joinpath("ours.pth").write_text(
        "".join(f"import site; site.addsitedir({folder!r})\n" for folder in sorted(ours)), encoding="utf-8"
    )
    for name, text in SHOP.items():
        program.write(str(library.relative_to(program.folder) / name), text)
    ended = program.command(str(python), "-m", "pytead", "tead", "-t", "shop.*", "main.py", env=few_plugins)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == "7\n"
    assert_portable(program)
    assert not (program.folder / "tests" / "generated" / "conftest.py").exists()
    # Nothing of the project needs to be on sys.path.
    script = "import sys; sys.path.remove(''); import pytest; sys.exit(pytest.main(['-q', 'tests']))"
    assert_green(program.command(str(python), "-c", script, env=few_plugins), 1)


def test_a_program_outside_the_working_folder(make_program, few_plugins):
    program = make_program({**SHOP, "main.py": DRIVER})
    elsewhere = make_program({"work/.keep": ""})
    elsewhere.folder /= "work"
    made = elsewhere.pytead("tead", "--no-verify", "-t", "shop", str(program.folder / "main.py"))
    assert made.returncode == 0, made.stderr
    assert not (program.folder / "call_logs").exists()
    assert_portable(elsewhere)
    assert_green(elsewhere.command("pytest", "-q", env=few_plugins), 1)


@pytest.fixture(scope="module")
def recorded(make_shared):
    program = make_shared({**SHOP, "more.py": "def twice(a):\n    return 2 * a\n"})
    program.write("main.py", DRIVER + "import more\nmore.twice('x')\n")
    assert program.pytead("-t", "shop,more", "main.py").returncode == 0
    return program


@pytest.mark.parametrize(
    ("options", "files"),
    [
        (["-o"], ["tests/test_pytead_generated.py"]),
        (["-o", "checks/test_all.py"], ["checks/test_all.py"]),
        (["--output=test_all.py"], ["test_all.py"]),
        (["more.twice", "-o", "checks/test_more.py"], ["checks/test_more.py"]),
        (["-d", "checks"], ["checks/test_more_twice.py", "checks/test_shop_prices_total.py"]),
    ],
    ids=" ".join,
)
def test_where_the_tests_go(recorded, options, files, few_plugins, program_class, tmp_path):
    shutil.copytree(recorded.folder, tmp_path / "copy")
    program = program_class(tmp_path / "copy", {})
    made = program.pytead("gen", "--no-verify", *options)
    assert made.returncode == 0, made.stderr
    folder = files[0].rpartition("/")[0] or "."
    found = sorted(path.relative_to(program.folder).as_posix() for path in program.folder.rglob("test_*.py"))
    assert found == sorted(files)
    for name in files:
        text = program.read(name)
        assert "sys.path" not in text
        assert str(program.folder) not in text
        assert ("pytead gen -d checks\n" if "-d" in options else f"pytead gen -o {name}\n") in text
    count = 1 if "more.twice" in options else 2
    ended = program.command("pytest", "-q", *([] if folder == "." else [folder]), env=few_plugins)
    assert_green(ended, count)


def test_the_users_own_files_stay(make_program, few_plugins):
    mine = {
        "tests/__init__.py": "",
        "tests/conftest.py": "import pytest\n\n@pytest.fixture\ndef mine():\n    return 1\n",
        "tests/test_mine.py": "def test_mine(mine):\n    assert mine == 1\n",
        "tests/generated/notes.txt": "mine",
    }
    program = make_program({**SHOP, "main.py": DRIVER, **mine})
    assert program.pytead("tead", "--no-verify", "-t", "shop", "main.py").returncode == 0
    assert {name: program.read(name) for name in mine} == mine
    assert_green(program.command("pytest", "-q", env=few_plugins), 2)
    # With -o the tests lie beside the user's own conftest.py.
    again = program.pytead("gen", "--no-verify", "-o")
    assert again.returncode == 0, again.stderr
    assert {name: program.read(name) for name in mine} == mine


def test_a_test_edited_by_hand_stays(make_program):
    program = make_program({**SHOP, "main.py": DRIVER})
    assert program.pytead("tead", "--no-verify", "-t", "shop", "main.py").returncode == 0
    name = "tests/generated/test_shop_prices_total.py"
    edited = program.read(name).replace(", 7,", ", 8,")
    (program.folder / name).write_text(edited, encoding="utf-8")
    made = program.pytead("gen", "--no-verify")
    assert program.read(name) == edited
    assert f"left alone: {name}, edited by hand" in made.stderr
    assert made.returncode == 1  # nothing else was there to deliver

"""Marked code is kept for the next run, and nothing can be wrong with the folder that harms a program."""

from __future__ import annotations

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from pytead.capture.marking import mark
from pytead.capture.pycache import Kept, MarkedCache

COUNTING = """
import sys
compiled = []
def hook(event, args):
    if event == "compile" and args[1] and str(args[1]).endswith("mod.py"):
        compiled.append(args[1])
sys.addaudithook(hook)
import mod
print(mod.f(1), mod.g(2), len(compiled))
"""

MOD = "def f(x):\n    return x + 1\ndef g(x):\n    return x + 2\n"


@pytest.fixture
def program(make_program):
    return make_program({"main.py": COUNTING, "mod.py": MOD})


def record(program, targets="mod", **env):
    env = {
        "XDG_CACHE_HOME": str(program.folder / "cache"),
        "LOCALAPPDATA": str(program.folder / "cache"),
        **env,
    }
    result = program.pytead("-q", "-t", targets, "main.py", env={"PYTHONDONTWRITEBYTECODE": "", **env})
    assert result.stderr == ""
    *values, compiled = result.stdout.split()
    assert values == ["2", "4"]
    return int(compiled) > 0


def entries(program):
    found = [path for path in program.folder.rglob("*mod.py-*") if path.is_file()]
    assert not [path for path in found if "__pycache__" in path.parts]
    return found


def test_a_second_run_compiles_nothing_whatever_its_targets(program):
    assert record(program)
    assert not record(program)
    assert not record(program, "mod.f")
    assert program.recorded() == {"mod.f": 3, "mod.g": 2}
    assert len(entries(program)) == 1
    assert not list(program.folder.rglob("__pycache__"))


def test_a_changed_source_is_compiled_again(program):
    assert record(program)
    source = program.folder / "mod.py"
    before = source.stat()
    source.write_text(MOD.replace("x + 1", "x * 2"))  # of the same size
    os.utime(source, ns=(before.st_atime_ns, before.st_mtime_ns))
    if sys.platform == "win32":
        os.utime(source)
    assert record(program)
    assert not record(program)


def test_each_way_of_compiling_has_its_own(program):
    assert record(program)
    assert record(program, PYTHONOPTIMIZE="2")
    assert not record(program, PYTHONOPTIMIZE="2")
    assert not record(program)


@pytest.mark.parametrize("damage", ["cut short", "other bytes", "empty", "a folder"])
def test_a_damaged_entry_is_made_again(damage, program):
    record(program)
    (entry,) = entries(program)
    data = entry.read_bytes()
    if damage == "a folder":
        entry.unlink()
        entry.mkdir()
    else:
        entry.write_bytes({"cut short": data[:-9], "empty": b""}.get(damage, data[:-99] + bytes(99)))
    assert record(program)
    assert damage == "a folder" or not record(program)


@pytest.mark.skipif(sys.platform == "win32", reason="a user's folder is the user's on Windows")
@pytest.mark.parametrize("shared", ["folder", "entry"])
def test_what_others_can_write_is_not_trusted(shared, program):
    record(program)
    (entry,) = entries(program)
    (entry if shared == "entry" else entry.parent).chmod(0o777)
    assert record(program)


@pytest.mark.skipif(sys.platform == "win32", reason="a user's folder is the user's on Windows")
def test_the_folder_is_the_users_alone(program):
    record(program)
    (entry,) = entries(program)
    assert entry.stat().st_mode & 0o077 == 0
    assert entry.parent.stat().st_mode & 0o077 == 0


def test_a_folder_that_cannot_be_made(program):
    (program.folder / "cache").write_text("in the way")
    assert record(program)
    assert record(program)


def test_python_told_to_write_no_bytecode_writes_none_of_ours(program):
    assert record(program, PYTHONDONTWRITEBYTECODE="1")
    assert entries(program) == []
    # What Python has bytecode of, as of installed packages, it loads from there all the same.
    program.run("-c", "import mod", env={"PYTHONDONTWRITEBYTECODE": ""})
    assert record(program, PYTHONDONTWRITEBYTECODE="1")
    assert not record(program, PYTHONDONTWRITEBYTECODE="1")


def test_a_kept_module_warns_as_often_as_bare(make_program):
    program = make_program({"main.py": "import mod", "mod.py": "def f():\n    return 1 is 1\n"})
    cache = {"XDG_CACHE_HOME": str(program.folder / "cache"), "LOCALAPPDATA": str(program.folder / "cache")}
    for _ in range(2):  # without bytecode of Python's, then with it
        for _ in range(2):
            env = {**cache, "PYTHONDONTWRITEBYTECODE": ""}
            recorded = program.pytead("-q", "-t", "mod", "main.py", env=env)
            bare = program.run("main.py", env={**cache, "PYTHONDONTWRITEBYTECODE": "1"})
            assert recorded.stderr == bare.stderr
        program.run("main.py", env={"PYTHONDONTWRITEBYTECODE": ""})
    strict = program.pytead("-q", "-t", "mod", "--", sys.executable, "-W", "error", "main.py", env=cache)
    assert strict.stderr == program.run("-W", "error", "main.py").stderr


def kept(source="def f(): pass"):
    import ast

    return Kept(mark(ast.parse(source), "/mod.py"), False)


def test_writers_at_once_leave_one_sound_entry(tmp_path):
    file = tmp_path / "mod.py"
    file.write_text("def f(): pass")

    def write_and_read(number):
        cache = MarkedCache(str(tmp_path / "cache"))
        key = cache.key(str(file))
        cache.store(str(file), key, kept())
        return cache.load(str(file), key)

    before, sys.dont_write_bytecode = sys.dont_write_bytecode, False
    try:
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(write_and_read, range(200)))
    finally:
        sys.dont_write_bytecode = before
    assert {one.code.code for one in found} == {kept().code.code}
    assert len([path for path in (tmp_path / "cache").rglob("*") if path.is_file()]) == 1


def test_old_entries_go(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    cache = MarkedCache(str(tmp_path / "cache"))
    names = ["old.py", "new.py"]
    for name in names:
        (tmp_path / name).write_text("def f(): pass")
        key = cache.key(str(tmp_path / name))
        cache.store(str(tmp_path / name), key, kept())
    (old,) = (tmp_path / "cache").rglob("old.py-*")
    os.utime(old, (time.time() - 40 * 86400,) * 2)
    cache.tidy()
    assert [path.name.partition("-")[0] for path in (tmp_path / "cache").rglob("*.py-*")] == ["new.py"]

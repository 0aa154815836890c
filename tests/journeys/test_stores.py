"""What the folder of calls may look like when ``gen``, ``list`` and ``clean`` come to it."""

from __future__ import annotations

import json
import pickle

import pytest

FILES = {
    "m.py": "def f(x): return [x, (x,)]\ndef g(x): raise KeyError(x)\n",
    "main.py": "import m\nm.f(1), m.f('two')\ntry: m.g(3)\nexcept KeyError: pass\n",
}


class Planted:
    """What a stranger would put into a pickle."""

    def __reduce__(self):
        return exec, ("open('pwned.txt', 'w').close()",)


@pytest.fixture(params=["pickle", "json", "sqlite"])
def stored(request, make_program):
    program = make_program(FILES)
    assert program.pytead("-q", "-t", "m", "--format", request.param, "main.py").returncode == 0
    return program


def test_foreign_and_corrupt_files_are_named_and_the_rest_is_kept(stored):
    folder = stored.folder / "call_logs"
    (folder / "notes.txt").write_text("mine")
    (folder / "planted.pkl").write_bytes(pickle.dumps(Planted()))
    (folder / "empty.pkl").write_bytes(b"")
    (folder / "binary.jsonl").write_bytes(b"\x80\x04\xff\n{}")
    (folder / "not.sqlite").write_bytes(b"SQLite format 3\0 and nothing more")
    (folder / "sub").mkdir()
    made = stored.pytead("gen", "--no-verify")
    assert made.returncode == 0, made.stderr
    assert "2 functions recorded, 2 with tests" in made.stderr
    assert "Traceback" not in made.stderr
    for name in ("planted.pkl", "binary.jsonl", "not.sqlite"):
        assert len([line for line in made.stderr.splitlines() if name in line and "warning" in line]) >= 1
    assert not (stored.folder / "pwned.txt").exists()
    before = sorted(path.name for path in folder.iterdir())
    cleaned = stored.pytead("clean", "--yes")
    assert cleaned.returncode == 0
    left = sorted(path.name for path in folder.iterdir())
    assert {"notes.txt", "planted.pkl", "sub"} <= set(left) < set(before)
    assert stored.recorded() == {}


def test_a_cut_off_end_costs_the_last_call_at_most(make_program):
    program = make_program({**FILES, "main.py": "import m\nfor i in range(5): m.f(i)\n"})
    assert program.pytead("-q", "-t", "m", "main.py").returncode == 0
    (segment,) = (program.folder / "call_logs").glob("*.pkl")
    whole = segment.read_bytes()
    segment.write_bytes(whole[: len(whole) * 2 // 3])
    kept = program.recorded()["m.f"]
    assert 1 <= kept < 5
    made = program.pytead("gen", "--no-verify")
    assert made.returncode == 0
    assert segment.name in made.stderr
    assert f"{kept} case" in made.stderr


def test_list_in_every_format(stored):
    listed = stored.pytead("list", "--json")
    assert listed.returncode == 0
    assert [(row["func"], row["calls"], row["outcomes"]) for row in json.loads(listed.stdout)] == [
        ("m.f", 2, {"returned": 2}),
        ("m.g", 1, {"raised": 1}),
    ]
    narrowed = stored.pytead("list", "--json", "list.json", "m.g")
    assert narrowed.stdout == ""
    assert [row["func"] for row in json.loads(stored.read("list.json"))] == ["m.g"]


def test_clean_asks_first(stored):
    def names():
        # SQLite's own files beside a database come and go with its readers.
        found = {path.name for path in (stored.folder / "call_logs").iterdir()}
        return {name for name in found if not name.endswith(("-shm", "-wal"))}

    before = names()
    asked = stored.pytead("clean")
    assert (asked.returncode, names()) == (0, before)
    assert asked.stdout.splitlines()[-1].endswith("; --yes does it")
    done = stored.pytead("clean", "--yes")
    assert done.returncode == 0
    assert done.stdout.startswith("deleted ")
    assert not (stored.folder / "call_logs").exists()
    assert stored.pytead("clean", "--yes").stdout.startswith("nothing to delete")


def test_an_empty_folder(make_program):
    program = make_program({})
    (program.folder / "call_logs").mkdir()
    for command in ("gen", "list"):
        ended = program.pytead(command)
        assert ended.returncode == 1
        assert "call_logs holds no recorded calls" in ended.stderr + ended.stdout
    assert program.pytead("list", "--json").stdout == "[]\n"
    assert not (program.folder / "tests").exists()


def test_a_program_that_calls_nothing(make_program):
    program = make_program({**FILES, "main.py": "import m\nprint('done')\n"})
    ended = program.pytead("tead", "-t", "m", "main.py")
    assert (ended.returncode, ended.stdout) == (1, "done\n")
    assert "no call was recorded" in ended.stderr
    assert not (program.folder / "call_logs").exists()

"""``@trace``, in all its forms, and when it does nothing."""

from __future__ import annotations

import pytest

FORMS = """
    import json, uuid
    from pathlib import Path
    from pytead import trace

    class MyJsonStorage:
        extension = ".json"

        def make_path(self, storage_dir: Path, func_fullname: str) -> Path:
            storage_dir.mkdir(parents=True, exist_ok=True)
            prefix = func_fullname.replace(".", "_")
            return storage_dir / f"{prefix}__{uuid.uuid4().hex}{self.extension}"

        def dump(self, entry: dict, path: Path) -> None:
            path.write_text(json.dumps(entry, default=str), encoding="utf-8")

        def load(self, path: Path) -> dict:
            data = json.loads(path.read_text(encoding="utf-8"))
            return data

    @trace
    def bare(a): return a

    @trace()
    def called(a): return a

    @trace(limit=2, storage_dir="limited")
    def limited(a): return a

    @trace(format="json", storage_dir="readable")
    def readable(a): return {a, 1.5}

    @trace(format="sqlite", storage_dir="database")
    def database(a): return (a,)

    @trace(storage_dir="own", storage=MyJsonStorage())
    def own(a, *, key=None):
        if a == 1:
            raise ValueError("one")
        return [a, key]

    class Box:
        def __init__(self, a): self.a = a

        @trace
        def method(self): return self.a

        @staticmethod
        @trace
        def static(a): return a

        @trace
        @staticmethod
        def outside(a): return a

        @classmethod
        @trace
        def cls(cls, a): return cls.__name__, a

        @property
        @trace
        def prop(self): return self.a
    """
MAIN = """
    import forms
    from forms import Box
    for i in range(4):
        forms.bare(i), forms.called(i), forms.limited(i), forms.readable(i), forms.database(i)
        try: forms.own(i, key={"k": (i,)})
        except ValueError: pass
    box = Box(7)
    print(box.method(), Box.static(1), Box.outside(2), Box.cls(3), box.prop, forms.bare.__name__)
    """
EXPECTED = {
    "call_logs": {
        "forms.bare": 4,
        "forms.called": 4,
        "forms.Box.method": 1,
        "forms.Box.static": 1,
        "forms.Box.outside": 1,
        "forms.Box.cls": 1,
        "forms.Box.prop": 1,
    },
    "limited": {"forms.limited": 2},
    "readable": {"forms.readable": 4},
    "database": {"forms.database": 4},
    "own": {"forms.own": 4},
}
OUTPUT = "7 1 2 ('Box', 3) 7 bare\n"


def sizes(program):
    """What each folder of calls holds."""
    return {
        (folder, path.name): path.stat().st_size
        for folder in EXPECTED
        for path in (program.folder / folder).glob("*")
        if path.name != ".last-gen.json"
    }


@pytest.fixture(scope="module")
def decorated(make_shared):
    program = make_shared({"forms.py": FORMS, "main.py": MAIN})
    ended = program.run("main.py")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, OUTPUT, "")
    return program


def test_every_form_records(decorated):
    assert {folder: decorated.recorded(folder) for folder in EXPECTED} == EXPECTED


@pytest.mark.parametrize("folder", EXPECTED)
def test_tests_are_made_of_each_store_and_record_nothing(folder, decorated, few_plugins):
    before = sizes(decorated)
    made = decorated.pytead("gen", "-c", folder, "-d", f"tests/{folder}", env=few_plugins)
    assert made.returncode == 0, made.stderr
    assert sizes(decorated) == before, "verification recorded calls"
    cases = sum(EXPECTED[folder].values())
    assert f"{cases} cases written to tests/{folder}, 0 rejected" in made.stderr
    # With the plugin that a user's pytest loads by itself.
    ended = decorated.command(
        "pytest", "-q", "-p", "pytead.pytest_plugin", f"tests/{folder}", env=few_plugins
    )
    assert f"{cases} passed" in ended.stdout, ended.stdout
    assert sizes(decorated) == before, "the generated tests recorded calls"


def test_switched_off(decorated):
    before = sizes(decorated)
    ended = decorated.run("main.py", env={"PYTEAD_OFF": "1"})
    assert (ended.stdout, ended.stderr) == (OUTPUT, "")
    assert sizes(decorated) == before
    assert "PYTEAD_OFF" not in decorated.pytead("config", env={"PYTEAD_OFF": "1"}).stdout


def test_a_test_run_of_the_user_records(make_program, few_plugins):
    program = make_program(
        {
            "m.py": "from pytead import trace\n@trace\ndef f(a): return a\n",
            "test_m.py": "import m\ndef test_f(): assert m.f(3) == 3\n",
        }
    )
    assert program.run("-m", "pytest", "-q", "-p", "pytead.pytest_plugin", env=few_plugins).returncode == 0
    assert program.recorded() == {"m.f": 1}


def test_with_a_pattern_as_well_a_call_is_recorded_once(make_program):
    program = make_program(
        {
            "m.py": """
                from pytead import trace
                @trace(limit=3)
                def f(a): return a
                class C:
                    @trace
                    def m(self): return type(self).m.__class__.__name__
                """,
            "main.py": "import m\nm.f(1)\nm.f(1)\nm.f(2)\nprint(m.C().m())\n",
        }
    )
    bare = program.run("main.py")
    recorded = program.pytead("-q", "-t", "m", "-s", "both", "main.py")
    assert (recorded.stdout, recorded.stderr) == (bare.stdout, "")
    assert program.recorded("call_logs") == {"m.f": 2, "m.C.m": 1}
    assert program.recorded("both") == {"m.f": 2, "m.C.m": 1}


@pytest.mark.parametrize(
    "arguments", ["limit=-1", "limit='3'", "format='yaml'", "storage=object()"], ids=lambda text: text
)
def test_a_wrong_argument_is_shown(arguments, make_program):
    program = make_program({"m.py": f"from pytead import trace\n@trace({arguments})\ndef f(a): return a\n"})
    ended = program.run("m.py")
    assert ended.returncode == 1
    last = ended.stderr.splitlines()[-1]
    assert "PyteadError" in last
    assert arguments.partition("=")[2].strip("'")[:6] in last


def test_an_unwritable_folder_is_one_warning(make_program):
    program = make_program(
        {
            "m.py": "from pytead import trace\n@trace\ndef f(a): return a\nprint(f(1), f(2), f(3))\n",
            "call_logs": "a file in the way",
        }
    )
    ended = program.run("m.py")
    assert (ended.returncode, ended.stdout) == (0, "1 2 3\n")
    assert len(ended.stderr.splitlines()) == 1
    assert "call_logs" in ended.stderr

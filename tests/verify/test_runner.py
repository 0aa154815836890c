"""What verification makes of generated modules, in real processes."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pytest

from pytead.codegen.generated import SupportFile
from pytead.codegen.signature import sign
from pytead.errors import PyteadError
from pytead.verify import trials

if TYPE_CHECKING:
    from tests.verify.conftest import Project  # type: ignore[import-not-found, unused-ignore]


def test_good_cases_pass_and_the_project_stays_as_it_was(project: Project) -> None:
    project.write("app.py", "def double(a):\n    return a * 2\n")
    project.write("tests/generated/test_older.py", sign("def test_older():\n    pass\n"))
    project.add_calls("double", {"2": ("(2,)", "4"), "x": ("('x',)", "'xx'")})
    before = project.files()
    verification = project.verify()
    assert [(str(v.module), v.test, v.rejection) for v in verification.verdicts] == [
        ("test_app_double.py", "test_double[2]", None),
        ("test_app_double.py", "test_double[x]", None),
    ]
    assert verification.verdicts[0].case is project.modules[0].tests["test_double[2]"]
    assert verification.rejected == ()
    assert verification.processes == 3
    assert project.files() == before


def test_no_folder_is_left_where_there_was_none(project: Project) -> None:
    project.add("plain", "def test_one():\n    pass\n", ["test_one"])
    assert project.slugs() == {"test_one": ""}
    assert project.files() == {}


def test_nothing_to_verify_starts_nothing(project: Project) -> None:
    assert project.verify().processes == 0


def test_failures_name_what_was_compared_without_temporary_names(project: Project) -> None:
    project.write(
        "app.py",
        """
        import os, tempfile

        class Thing:
            pass

        def double(a):
            if a == 3:
                raise ValueError(f"no {a}")
            return os.getcwd() if a == 4 else Thing() if a == 5 else a * 2
        """,
    )
    project.add_calls(
        "double", {"2": ("(2,)", "5"), "3": ("(3,)", "6"), "4": ("(4,)", "8"), "5": ("(5,)", "1")}
    )
    found = {test: one for test, one in project.rejections().items() if one is not None}
    assert {test[-2]: one.slug for test, one in found.items()} == dict.fromkeys("235", "mismatch") | {
        "4": "cwd"
    }
    assert found["test_double[2]"].reason == "assert 4 == 5"
    assert found["test_double[3]"].reason == "ValueError: no 3"
    assert found["test_double[5]"].reason == "assert <app.Thing object at 0x...> == 1"
    assert found["test_double[4]"].reason.endswith(": assert '.' == 8")


def test_what_depends_on_another_test_names_it(project: Project) -> None:
    project.write(
        "app.py",
        """
        seen = []
        mode = "plain"

        def count(a):
            seen.append(a)
            return len(seen)

        def choose(name):
            global mode
            mode = name

        def choose_again(name):
            choose(name)

        def shown(text):
            return text if mode == "plain" else text.upper()
        """,
    )
    project.add_calls("count", {"a": ("('a',)", "1"), "b": ("('b',)", "2")})
    for name in ("choose", "choose_again"):
        project.add_calls(name, {"loud": ("('loud',)", "None")})
    project.add_calls("shown", {"x": ("('x',)", "'x'"), "y": ("('y',)", "'Y'"), "_": ("('_',)", "'_'")})
    found = {test: one for test, one in project.rejections().items() if one is not None}
    # What is delivered passes in any company: count("a") does, as count("b") isn't delivered.
    assert set(found) == {"test_count[b]", "test_shown[x]", "test_shown[y]"}
    assert {one.slug for one in found.values()} == {"order-dependent"}
    assert found["test_count[b]"].reason == "it passes only after test_count[a]: assert 1 == 2"
    assert found["test_shown[x]"].reason == "it fails after test_choose_again[loud]: assert 'X' == 'x'"
    assert found["test_shown[y]"].reason == "it passes only after test_choose_again[loud]: assert 'y' == 'Y'"


def test_what_only_another_modules_import_makes_work_is_not_delivered(project: Project) -> None:
    project.write("registry.py", "handlers = {}\n\ndef handle(name):\n    return handlers[name]()\n")
    project.write(
        "plugin.py", "import registry\n\nregistry.handlers['one'] = int\n\ndef f():\n    return 1\n"
    )
    project.add("f", "import plugin\n\ndef test_f():\n    assert plugin.f() == 1\n", ["test_f"])
    text = "import registry\n\ndef test_handle():\n    assert registry.handle('one') == 0\n"
    project.add("handle", text, ["test_handle"])
    found = project.rejections()
    assert found["test_f"] is None
    rejection = found["test_handle"]
    assert rejection is not None
    assert rejection.slug == "order-dependent"


@pytest.mark.parametrize("forks", [True, False])
def test_a_crash_or_a_hang_costs_that_case_only(
    forks: bool, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trials, "can_fork", lambda: forks and sys.platform == "linux")
    project.write(
        "app.py",
        """
        import ctypes, os

        def end(how):
            if how == "exit":
                os._exit(3)
            if how == "segfault":
                ctypes.string_at(0)
            if how == "interrupt":
                raise KeyboardInterrupt
            while how == "hang":
                pass
            return how
        """,
    )
    hows = ("a", "exit", "b", "hang", "segfault", "c", "interrupt", "d")
    project.add_calls("end", {how: (f"({how!r},)", repr(how)) for how in hows})
    found = project.rejections(timeout=2)
    slugs = {test[9:-1]: one.slug for test, one in found.items() if one}
    assert slugs == {"exit": "crash", "hang": "timeout", "segfault": "crash", "interrupt": "crash"}
    assert "code 3" in str(found["test_end[exit]"])
    assert "KeyboardInterrupt" in str(found["test_end[interrupt]"])
    assert "more than 2 s" in str(found["test_end[hang]"])


def test_a_module_that_cannot_be_imported_costs_its_own_cases(project: Project) -> None:
    project.write("fine.py", "def f():\n    return 1\n")
    project.write("raises.py", "raise ValueError('not today')\n")
    project.write("exits.py", "import sys\nsys.exit(0)\n")
    project.write("crashes.py", "import os\nos._exit(0)\n")
    project.write("hangs.py", "while True:\n    pass\n")
    names = ("fine", "absent", "raises", "exits", "crashes", "hangs")
    for name in names:
        project.add(name, f"import {name}\n\ndef test_{name}():\n    {name}.f()\n", [f"test_{name}"])
    project.add("wrong", "def test_wrong(:\n", ["test_wrong"])
    found = project.rejections(timeout=0.6)
    assert {test: one.slug for test, one in found.items() if one} == {
        "test_absent": "unreachable",
        "test_raises": "unreachable",
        "test_exits": "unreachable",
        "test_crashes": "crash",
        "test_hangs": "timeout",
        "test_wrong": "invalid-source",
    }
    assert "No module named 'absent'" in str(found["test_absent"])
    assert "ValueError: not today" in str(found["test_raises"])


def test_a_value_that_cannot_be_built_costs_its_own_case(project: Project) -> None:
    project.write(
        "app.py",
        """
        class Shy:
            def __init__(self, how):
                if how == "refuse":
                    raise TypeError("not you")
                if how == "write":
                    open("shy.txt", "w")

        def f(a):
            return 1
        """,
    )
    calls = {"a": "app.Shy('b')", "refuse": "app.Shy('refuse')", "write": "app.Shy('write')", "b": "2"}
    project.add_calls("f", {name: (f"({value},)", "1") for name, value in calls.items()})
    found = project.rejections()
    assert {test: one.slug for test, one in found.items() if one} == {
        "test_f[refuse]": "value-rebuild",
        "test_f[write]": "filesystem",
    }
    assert "TypeError: not you" in str(found["test_f[refuse]"])


def test_what_is_called_as_a_class_must_be_one(project: Project) -> None:
    project.write(
        "app.py",
        "class Fine:\n    pass\n\ndef evil(*args):\n    open('evil.txt', 'w')\n\ndef f(a):\n    return 1\n",
    )
    project.add_calls("f", {"evil": ("(app.evil(),)", "1")}, classes=[("app", "Fine"), ("app", "evil")])
    project.add("fine", "import app\n\ndef test_fine():\n    app.Fine()\n", ["test_fine"], [("app", "Fine")])
    found = project.rejections()
    rejection = found["test_f[evil]"]
    assert rejection is not None
    assert (rejection.slug, rejection.reason) == ("value-forbidden", "app.evil is not a class")
    assert found["test_fine"] is None


def test_a_class_that_only_the_test_module_makes_importable_is_looked_at_too(project: Project) -> None:
    project.write("late/hidden.py", "def evil():\n    return 1\n")
    text = f"import sys\nsys.path.append({str(project.root / 'late')!r})\n\ndef test_late():\n    pass\n"
    project.add("late", text, ["test_late"], [("hidden", "evil")])
    assert project.slugs() == {"test_late": "value-forbidden"}


def test_what_pytest_leaves_out_is_not_delivered(project: Project) -> None:
    project.write("pytest.ini", "[pytest]\npython_functions = test_a*\n")
    project.add(
        "app",
        """
        import pytest

        def test_a():
            pass

        def test_b():
            pass

        def test_ask():
            pytest.skip("why")
        """,
        ["test_a", "test_b", "test_ask"],
    )
    assert project.slugs() == {"test_a": "", "test_b": "not-collected", "test_ask": "skipped"}


def test_the_settings_of_the_project_hold_but_not_its_options(project: Project) -> None:
    project.write(
        "pyproject.toml",
        """
        [tool.pytest.ini_options]
        pythonpath = ["lib"]
        addopts = ["--import-mode=importlib", "-x", "--no-such-option", "--junitxml=report.xml"]
        filterwarnings = ["error"]
        cache_dir = "cache"
        log_file = "log.txt"
        required_plugins = ["pytest-no-such-plugin"]
        """,
    )
    project.support = [SupportFile(PurePosixPath("__init__.py"), "")]
    project.write("lib/helper.py", "import sys\n\ndef path():\n    return sys.path\n")
    conftest = "import pytest  # and xdist\n\n@pytest.fixture\ndef seven():\n    return 7\n"
    project.write("tests/conftest.py", conftest)
    project.add(
        "app",
        """
        import os
        import sys
        import warnings

        import helper
        import pytest

        def test_settings(seven, request):
            assert seven == 7
            assert str(request.config.rootpath) not in helper.path()
            assert request.config.getoption("importmode") == "importlib"
            plugins = request.config.pluginmanager
            assert plugins.hasplugin("xdist")  # which a conftest.py mentions
            assert not plugins.hasplugin("hypothesispytest")
            with pytest.raises(UserWarning):
                warnings.warn("error")

        def test_surroundings():
            assert os.environ["PYTEAD_OFF"] == "1"
            assert os.environ["HOME"] == os.path.expanduser("~") and os.listdir(os.environ["HOME"]) == []
            assert not os.path.exists("pyproject.toml")
            assert [name for name in os.environ if name.startswith("PYTEAD_")] == ["PYTEAD_OFF"]
            assert sys.dont_write_bytecode
        """,
        ["test_settings", "test_surroundings"],
    )
    before = project.files()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTEAD_TARGETS", "app.*")
        patch.setenv("PYTEST_ADDOPTS", "--no-such-option-either")
        assert project.slugs() == {"test_settings": "", "test_surroundings": ""}
    assert project.files() == before


def test_among_a_persons_files_their_conftest_and_neighbours_count(project: Project) -> None:
    project.folder = project.root / "tests"
    project.write("tests/neighbour.py", "VALUE = 5\n")
    project.write(
        "tests/conftest.py",
        "import pytest\nimport neighbour\n\n@pytest.fixture\ndef five():\n    return neighbour.VALUE\n",
    )
    project.add("all", "def test_all(five):\n    assert five == 5\n", ["test_all"])
    before = project.files()
    assert project.slugs() == {"test_all": ""}
    assert project.files() == before


def test_in_the_projects_own_folder_only_candidates_run_and_a_conftest_to_come_counts(
    project: Project,
) -> None:
    project.folder = project.root
    text = "import sys\nfrom pathlib import Path\nsys.path.insert(0, str(Path(__file__).parent / 'lib'))\n"
    project.support = [SupportFile(PurePosixPath("conftest.py"), sign(text))]
    project.write("lib/app.py", "def f():\n    return 1\n")
    project.write("test_persons.py", "raise SystemExit\n")
    project.add("app", "import app\n\ndef test_f():\n    assert app.f() == 1\n", ["test_f"])
    before = project.files()
    assert project.slugs() == {"test_f": ""}
    assert project.files() == before


def test_a_conftest_that_fails_is_an_error_that_says_so(project: Project) -> None:
    project.write("conftest.py", "import no_such_module\n")
    project.add("app", "def test_a():\n    pass\n", ["test_a"])
    with pytest.raises(PyteadError) as caught:
        project.verify()
    assert caught.value.slug == "verify-failed"
    assert "No module named 'no_such_module'" in caught.value.message
    assert set(project.files()) == {"conftest.py"}


def test_what_a_killed_run_left_behind_goes_and_a_running_one_stays(project: Project) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    project.write(f"tests/pytead_verify_{dead.pid:x}_00abcd/test_x.py", "")
    project.write(f"tests/pytead_verify_{os.getpid():x}_00abcd/test_x.py", "")
    project.write("tests/pytead_verify_notes/test_x.py", "")
    project.add("app", "def test_a():\n    pass\n", ["test_a"])
    project.verify()
    left = {name.split("/")[1] for name in project.files() if name.endswith(".py")}
    assert left == {f"pytead_verify_{os.getpid():x}_00abcd", "pytead_verify_notes"}


def test_an_interrupt_leaves_nothing_behind(project: Project, tmp_path: Path) -> None:
    project.write(
        "app.py",
        """
        import os, tempfile

        def hang():
            with open(tempfile.gettempdir() + "/started", "w") as stream:
                stream.write(str(os.getpid()))
            while True:
                pass
        """,
    )
    before = project.files()
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    script = """
        import _thread, glob, os, sys, threading, time
        from pathlib import Path, PurePosixPath
        from pytead.codegen.generated import GeneratedModule
        from pytead.verify import verify

        def interrupt():
            while not (found := glob.glob(sys.argv[2] + "/*/tmp/started")) or not open(found[0]).read():
                time.sleep(0.05)
            print(open(found[0]).read(), flush=True)
            _thread.interrupt_main()

        threading.Thread(target=interrupt, daemon=True).start()
        root = Path(sys.argv[1])
        text = f"import sys; sys.path.insert(0, {str(root)!r})\\nimport app\\ndef test_hang(): app.hang()\\n"
        module = GeneratedModule(PurePosixPath("test_hang.py"), text, {"test_hang": None})
        verify([module], [], folder=root / "tests" / "generated", project=root, timeout=60)
        """
    env = {**os.environ, "TMPDIR": str(scratch), "TEMP": str(scratch), "TMP": str(scratch)}
    env["PYTHONPATH"] = str(Path(__file__).parents[2])
    env["PYTHONDONTWRITEBYTECODE"] = "1"
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), str(project.root), str(scratch)],
        capture_output=True,
        text=True,
        env=env,
        timeout=40,
        check=False,
    )
    assert "KeyboardInterrupt" in ended.stderr
    assert project.files() == before
    assert list(scratch.iterdir()) == []
    if os.name != "nt":
        assert not is_running(int(ended.stdout.split()[0]))


def is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{process}/stat")
    # Killed, but its parent was as well, and in a container nobody else may ask for it.
    return not (status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z")

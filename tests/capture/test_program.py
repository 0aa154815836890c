"""A recorded program sees what it would see bare, and ends as it would."""

from __future__ import annotations

import sys
import zipfile

import pytest

LOOK = """
import sys

EVERY_ENGINE = True
print(sys.argv, sys.orig_argv[1:], sys.path[0], __name__, __file__, __spec__ and __spec__.name, __package__, __builtins__.__name__)
print(sorted(globals()), sys.modules["__main__"].__dict__ is globals(), type(__loader__).__name__)
"""

ENDINGS = {
    "falls off the end": "print('done')",
    "exits with a number": "import sys; sys.exit(3)",
    "exits with a message": "import sys; sys.exit('no good')",
    "exits within a function": "import sys\ndef f(): sys.exit(4)\nf()",
    "exits at once": "import os, sys\nprint('x', flush=True)\ndef f(): os._exit(5)\nf()",
    "raises": "def f(x):\n    return 1 / x\nf(0)",
    "raises from another": """
        class Odd(Exception):
            pass
        def inner():
            raise KeyError("k")
        def outer():
            try:
                inner()
            except KeyError as error:
                raise Odd("o") from error
        outer()
        """,
    "raises while handling": """
        def inner():
            raise KeyError("k")
        def outer():
            try:
                inner()
            finally:
                [].pop()
        outer()
        """,
    "prints after the end": "import atexit\natexit.register(print, 'bye')\n1/0",
    "has its own hook": "import sys\nsys.excepthook = lambda k, v, t: print(k, v, t.tb_frame.f_code.co_name)\n1/0",
    "isn't Python": "def f(:\n",
    "isn't UTF-8 by its own word": "# coding: latin-1\nprint('x')\n",
    "is interrupted": "def f():\n    raise KeyboardInterrupt\nf()",
    "has a thread that goes on": """
        import threading, time
        def work():
            time.sleep(0.2)
            print("worked")
        threading.Thread(target=work).start()
        print("main is over")
        """,
}
if sys.version_info >= (3, 11):  # before, a frame of ours shows in what the hook itself raises
    ENDINGS["has a hook that raises"] = (
        "import sys\ndef hook(k, v, t): raise ValueError\nsys.excepthook = hook\n1/0"
    )


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_script_ends_as_it_would(ending, make_program):
    program = make_program({"main.py": ENDINGS[ending]})
    program.assert_unchanged("main.py", targets="main.*")


def test_a_script_sees_what_it_would(make_program):
    program = make_program({"main.py": LOOK, "sub/deep.py": LOOK})
    program.assert_unchanged("main.py", "a", "--", "-t", targets="main.*")
    program.assert_unchanged("sub/deep.py", "--help", targets="main.*")


def test_a_module_sees_what_it_would(make_program):
    program = make_program({"pkg/__init__.py": "", "pkg/__main__.py": LOOK, "pkg/tool.py": LOOK + "1/0\n"})
    program.assert_unchanged("-m", "pkg", "x", targets="pkg.*")
    program.assert_unchanged("-m", "pkg.tool", "-m", targets="pkg.*")
    program.assert_unchanged("-m", "pkg.missing", targets="pkg.*")


def test_code_sees_what_it_would(make_program):
    program = make_program({})
    source = LOOK.replace("__file__", "'-'") + "sys.exit(7)"
    bare = program.run("-c", source, "x")
    recorded = program.pytead("--quiet", "-t", "__main__", "--", sys.executable, "-c", source, "x")
    assert (recorded.stdout, recorded.stderr) == (bare.stdout, bare.stderr)


def test_a_folder_and_an_archive_run(make_program):
    program = make_program(
        {"app/__main__.py": "import lib\nprint(lib.f(2), __name__)", "app/lib.py": "def f(x): return x"}
    )
    with zipfile.ZipFile(program.folder / "app.pyz", "w") as archive:
        archive.writestr("__main__.py", "import inside\nprint(inside.f(2), __name__)")
        archive.writestr("inside.py", "def f(x): return x")
    program.assert_unchanged("app", targets="lib.*")
    assert program.recorded() == {"lib.f": 1}
    program.assert_unchanged("app.pyz", targets="inside.*")


def test_standard_input_reaches_the_program(make_program):
    program = make_program({"main.py": "def f(x): return x\nimport sys\nprint(f(sys.stdin.read()))"})
    program.assert_unchanged("main.py", targets="main.*", stdin="héllo\n")


def test_options_of_the_interpreter_are_in_force(make_program):
    program = make_program(
        {
            "main.py": "import sys, m\nprint(sys.flags.optimize, sys.flags.dev_mode, m.f(1))",
            "m.py": "def f(x): return x",
        }
    )
    bare = program.run("-O", "-X", "dev", "main.py")
    recorded = program.pytead("run", "--quiet", "m", "--", sys.executable, "-O", "-X", "dev", "main.py")
    assert (recorded.stdout, recorded.returncode) == (bare.stdout, bare.returncode)
    assert program.recorded() == {"m.f": 1}


def test_an_error_while_importing_shows_the_programs_frames_alone(make_program):
    files = {
        "main.py": "import a",
        "a.py": "def f(x):\n    return x\nfrom b import g",
        "b.py": "def g(): pass\nimport nowhere",
    }
    program = make_program(files)
    recorded = program.assert_unchanged("main.py", targets="a,b")
    assert "nowhere" in recorded.stderr


def test_a_warning_is_shown_as_often_as_bare(make_program):
    program = make_program({"main.py": "import m", "m.py": "def f(): return '\\d'"})
    program.run("main.py", env={"PYTHONDONTWRITEBYTECODE": ""})
    program.assert_unchanged("main.py", targets="m")


def test_a_script_that_is_not_there(make_program):
    result = make_program({}).pytead("-t", "x", "nothing.py")
    assert result.returncode == 2
    assert "nothing.py" in result.stderr
    assert "Traceback" not in result.stderr

"""Python processes that a recorded program starts are recorded, and can't tell."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import textwrap
import venv

import pytest

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="it needs fork, exec and signals of POSIX")

SHOP = "def price(n):\n    return n * 2\n\ndef refund(n):\n    return -n\n"
WORKER = """
import sys
import shop

def work(n):
    return shop.price(n) + 1

if __name__ == "__main__":
    print(work(int(sys.argv[1])), flush=True)
"""
PRELUDE = """
import os, subprocess, sys
import shop

def python(*words, **more):
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, **more)
    print(words, done.returncode, done.stdout, done.stderr, flush=True)
    return done
"""

WAYS = {
    "script": 'python("worker.py", "1")',
    "module": 'python("-m", "worker", "1")',
    "package": 'python("-m", "pkg", "1")',
    "code": 'python("-c", "import worker; print(worker.work(1))")',
    "standard input": 'python("-", input="import worker; print(worker.work(1))")',
    "archive": 'import zipapp\nzipapp.create_archive("app", "app.pyz")\npython("app.pyz")',
    "folder": 'python("app")',
    "shell": 'os.system(f"{sys.executable} worker.py 1")',
    "environment copied": 'python("worker.py", "1", env={**os.environ, "A": "1"})',
    "environment of its own": 'python("worker.py", "1", env={"SYSTEMROOT": os.environ.get("SYSTEMROOT", "")})',
    "descriptors kept open": 'python("worker.py", "1", env=dict(os.environ), close_fds=False)',
    "PYTHONPATH set": 'os.environ["PYTHONPATH"] = "nowhere"\npython("worker.py", "1")',
    "PYTHONPATH taken away": 'os.environ["PYTHONPATH"] = "x"\ndel os.environ["PYTHONPATH"]\npython("worker.py", "1")',
    "options": 'python("-X", "dev", "-W", "ignore", "-P" if sys.version_info >= (3, 11) else "-B", "path.py")',
    "child of a child": """python("-c", "import subprocess, sys; subprocess.run([sys.executable, 'worker.py', '1'])")""",
    "asyncio": """
        import asyncio
        async def main():
            child = await asyncio.create_subprocess_exec(sys.executable, "worker.py", "1")
            print(await child.wait())
        asyncio.run(main())
    """,
}
if sys.platform != "win32":
    WAYS |= {
        "spawnv": 'print(os.spawnv(os.P_WAIT, sys.executable, [sys.executable, "worker.py", "1"]))',
        "posix_spawn": """
            made = os.posix_spawn(sys.executable, [sys.executable, "worker.py", "1"], os.environ)
            print(os.waitpid(made, 0)[1])
        """,
        "fork and exec": """
            if os.fork() == 0:
                os.execvpe("python", [sys.executable, "worker.py", "1"], dict(os.environ))
            print(os.wait()[1])
        """,
        "shell's environment": 'os.system(f"A=1 exec {sys.executable} worker.py 1")',
        "pipe": 'os.system(f"cat path.py | {sys.executable} /dev/stdin")',
    }

FILES = {
    "shop.py": SHOP,
    "worker.py": WORKER,
    "path.py": "import sys\nsys.path.insert(0, '.')\nimport worker\nprint(worker.work(1), sys.path)\n",
    "pkg/__init__.py": "",
    "pkg/__main__.py": "import worker\nprint(worker.work(1), __name__, __spec__.name)\n",
    "app/__main__.py": "import sys\nsys.path.append('.')\nimport worker\nprint(worker.work(1), sys.path[0])\n",
}


def main_of(body: str) -> str:
    return PRELUDE + textwrap.dedent(body)


@pytest.mark.parametrize("way", WAYS)
def test_a_child_is_recorded(make_program, way):
    program = make_program({**FILES, "main.py": main_of(WAYS[way])})
    program.assert_unchanged("main.py", targets="shop.*,worker.*")
    assert program.recorded() == {"shop.price": 1, "worker.work": 1}
    assert len({call.run for call in program.calls()}) == 1


@pytest.mark.skipif(not hasattr(sys, "monitoring"), reason="this Python has no sys.monitoring")
def test_children_see_calls_by_the_engine_of_their_parent(make_program):
    body = """
        import sys
        held = "import sys, shop; shop.price(1); print('pytead' in map(sys.monitoring.get_tool, range(6)))"
        python("-c", held)
        exec(held)
        """
    program = make_program({**FILES, "main.py": main_of(body)})
    for engine in ("wrap", "monitoring"):
        storage = f"calls_{engine}"
        shown = program.pytead("-q", "-t", "shop.*", "--engine", engine, "-s", storage, "main.py").stdout
        assert re.findall("True|False", shown) == [str(engine == "monitoring")] * 2
        assert program.recorded(storage) == {"shop.price": 2}


@posix_only
@pytest.mark.skipif(not hasattr(sys, "monitoring"), reason="this Python has no sys.monitoring")
@pytest.mark.parametrize("children", [True, False])
def test_forks_are_monitored_where_they_are_wanted(make_program, children):
    body = """
        import os, shop
        shop.refund(1)
        if not os.fork():
            shop.price(1)
            os._exit(0)
        os.wait()
        """
    program = make_program({**FILES, "main.py": main_of(body)})
    words = ("--engine", "monitoring", "--children" if children else "--no-children")
    result = program.pytead("-q", "-t", "shop.*", *words, "main.py")
    assert (result.returncode, result.stderr) == (0, "")
    assert program.recorded() == {"shop.refund": 1, **({"shop.price": 1} if children else {})}


def test_processes_are_one_run(make_program):
    body = 'shop.refund(1)\nfor n in range(3): python("worker.py", str(n))\n'
    program = make_program({**FILES, "main.py": PRELUDE + body})
    recorded = program.pytead("-t", "shop.*,worker.*", "--json", "summary.json", "main.py")
    assert recorded.stderr.count("pytead: ") == 1
    assert "pytead: 7 calls of 3 functions recorded" in recorded.stderr
    functions = json.loads(program.read("summary.json"))["functions"]
    assert {each["func"]: each["kept"] for each in functions} == {
        "shop.price": 3,
        "shop.refund": 1,
        "worker.work": 3,
    }
    listed = program.pytead("list", "--json").stdout
    assert {each["func"]: (each["calls"], each["runs"]) for each in json.loads(listed)} == {
        "shop.price": (3, 1),
        "shop.refund": (1, 1),
        "worker.work": (3, 1),
    }
    assert "7 cases written" in program.pytead("gen").stderr


@pytest.mark.parametrize("storage", ["json", "sqlite"])
def test_other_formats(make_program, storage):
    program = make_program({**FILES, "main.py": PRELUDE + 'python("worker.py", "1")\n'})
    recorded = program.pytead("-t", "shop.*,worker.*", "--format", storage, "main.py")
    assert program.recorded() == {"shop.price": 1, "worker.work": 1}
    assert "pytead: 2 calls of 2 functions recorded" in recorded.stderr


LOOK = """
import os, sys
print(sorted(os.environ.items()), sys.path, sys.argv, sys.orig_argv[1:], sys.flags)
print("sitecustomize" in sys.modules, [key for key in sys.path_importer_cache if "startup" in key])
print(__name__, __file__, __spec__, __package__, __builtins__.__name__, sorted(globals()))
def f(x): return x
"""


@pytest.mark.parametrize("value", [None, "", "lib", "lib{}other"])
def test_a_child_sees_what_it_would(make_program, value):
    body = """
python("look.py", "a")
python("look.py", "a", env=os.environ.copy())
python("look.py", env={"PYTHONPATH": "lib"})
print(os.environ.get("PYTHONPATH"), dict(os.environ) == os.environ, sorted(os.environ.items()))
if os.name == "posix":
    print(subprocess.run(["env"], env={"A": "1"}, capture_output=True, text=True).stdout)
os.environ["PYTHONPATH"] = "set"
python("look.py")
del os.environ["PYTHONPATH"]
python("look.py")
"""
    program = make_program({**FILES, "look.py": LOOK, "main.py": PRELUDE + body})
    env = {} if value is None else {"PYTHONPATH": value.format(os.pathsep)}
    program.assert_unchanged("main.py", targets="shop.*,look.*", env=env)
    program.assert_unchanged("main.py", targets="shop.*", env=env)


@pytest.mark.parametrize(
    "site",
    ["import sys\nprint('site', __name__, sys.modules[__name__].__file__)", "1 / 0", "import nowhere"],
    ids=["prints", "fails", "fails to import"],
)
def test_another_sitecustomize_is_found(make_program, site):
    program = make_program(
        {**FILES, "lib/sitecustomize.py": site, "main.py": PRELUDE + 'python("worker.py", "1")\n'}
    )
    env = {"PYTHONPATH": str(program.folder / "lib")}
    program.assert_unchanged("main.py", targets="worker.*", env=env)
    assert program.recorded() == {"worker.work": 1}


ENDINGS = {
    "number": "import sys; sys.exit(3)",
    "message": "import sys\ndef f(): sys.exit('no good')\nf()",
    "at once": "import os\ndef f(): os._exit(5)\nf()",
    "error": "import shop\ndef f(x):\n    return 1 / shop.price(x)\nf(0)",
    "exit handler": "import atexit, shop\natexit.register(lambda: print('bye', shop.price(1)))\n1/0",
    "not Python": "def f(:\n",
    "no such module": "import nowhere",
    "warning": "import warnings\ndef f(): warnings.warn('odd')\nf()",
    "interrupt": "def f(): raise KeyboardInterrupt\nf()",
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_child_ends_as_it_would(make_program, ending):
    body = 'python("child.py")\npython("-m", "child")\npython("-m", "child.no")\npython("no.py")\n'
    program = make_program({"shop.py": SHOP, "child.py": ENDINGS[ending], "main.py": PRELUDE + body})
    program.assert_unchanged("main.py", targets="shop.*,child.*,no.*")
    program.assert_unchanged("main.py", targets="shop.*")


def test_an_environment_without_pytead(make_program, tmp_path):
    """An interpreter that has neither Pytead nor wrapt installed uses ours."""
    venv.create(tmp_path / "venv", with_pip=False, symlinks=os.name != "nt")
    python = tmp_path / "venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    missing = subprocess.run([python, "-c", "import pytead"], cwd=tmp_path, capture_output=True, check=False)
    assert missing.returncode == 1
    program = make_program(
        {**FILES, "main.py": f'{PRELUDE}sys.executable = {str(python)!r}\npython("worker.py", "1")\n'}
    )
    program.assert_unchanged("main.py", targets="worker.*,shop.*")
    assert program.recorded() == {"shop.price": 1, "worker.work": 1}


def test_what_a_child_is_told_may_be_anything(make_program):
    hook = os.path.join(os.path.dirname(__import__("pytead").__file__), "cli", "startup")
    program = make_program(FILES)
    bare = program.run("worker.py", "1")
    for told in (
        "",
        "x",
        "()",
        "(1, 2)",
        repr(("r", 1, "", "", "", 1, None, 0, 0, (), (), None, False, False)),
    ):
        told_so = program.run("worker.py", "1", env={"PYTHONPATH": hook, "PYTEAD_INHERITED": told})
        assert (told_so.stdout, told_so.stderr, told_so.returncode) == (bare.stdout, bare.stderr, 0)


def test_a_child_with_nowhere_to_write_runs_on(make_program):
    body = """
import pathlib
pathlib.Path("store").write_text("in the way")
os.environ["PYTEAD_LIMIT"] = "many"
python("worker.py", "1")
pathlib.Path("store").unlink()
"""
    program = make_program({**FILES, "main.py": PRELUDE + body})
    bare = program.run("main.py")
    recorded = program.pytead("-q", "-s", "store", "-t", "worker.*", "main.py")
    assert (recorded.stdout, recorded.stderr) == (bare.stdout, bare.stderr)


@pytest.mark.parametrize("option", ["--max-bytes=5000", "--max-objects=100"])
def test_a_child_keeps_to_the_size_that_values_may_have(make_program, option):
    program = make_program(
        {
            "m.py": "class C: pass\ndef f(x): return len(x)",
            "worker.py": "import m\nfor n in (10, 900): m.f([m.C() for _ in range(n)])",
            "main.py": 'import subprocess, sys\nsubprocess.run([sys.executable, "worker.py"])',
        }
    )
    result = program.pytead("-t", "m.*", option, "main.py")
    assert "value-too-large" in result.stderr
    assert program.recorded() == {"m.f": 1}


@pytest.mark.parametrize("end", ["", "os._exit(0)"])
def test_a_child_keeps_to_the_share_of_time_and_says_so(make_program, end):
    program = make_program(
        {
            "m.py": "def f(values): return len(values)",
            "worker.py": f"""
                import os, m
                for n in range(400): m.f(list(range(20_000 + n)))
                {end}
                """,
            "main.py": 'import subprocess, sys\nsubprocess.run([sys.executable, "worker.py"])',
        }
    )
    result = program.pytead("-t", "m.*", "-l", "0", "--max-overhead", "1%", "--json", "out.json", "main.py")
    assert "recorded in part (over-budget)" in result.stderr
    (function,) = json.loads(program.read("out.json"))["functions"]
    kept = program.recorded()["m.f"]
    assert kept < 400
    assert (function["seen"], function["kept"]) == (kept, kept)


@pytest.mark.parametrize("how", ["option", "variable"])
def test_children_can_be_left_out(make_program, how):
    body = """
shop.refund(1)
python("worker.py", "1")
if hasattr(os, "fork"):
    if os.fork() == 0:
        import worker
        shop.price(worker.work(2)), shop.refund(3)
        os._exit(0)
    os.wait()
"""
    program = make_program({**FILES, "main.py": PRELUDE + body})
    options = ("--no-children",) if how == "option" else ()
    env = {} if how == "option" else {"PYTEAD_CHILDREN": "no"}
    program.pytead("-q", "-t", "shop.*,worker.*", *options, "main.py", env=env)
    assert program.recorded() == {"shop.refund": 1}


@pytest.mark.parametrize("option", ["-I", "-E", "-S"])
def test_an_isolated_child_is_left_alone(make_program, option):
    program = make_program({**FILES, "main.py": f'{PRELUDE}python("{option}", "path.py")\nshop.refund(1)\n'})
    if option == "-S":
        program.write(
            "path.py", "import sys\nsys.path.insert(0, '.')\nimport worker\nprint(worker.work(1))\n"
        )
    program.assert_unchanged("main.py", targets="shop.*,worker.*")
    assert program.recorded() == {"shop.refund": 1}


def test_a_child_may_be_pytead_itself(make_program):
    body = """
python("-m", "pytead", "-q", "-t", "shop.*", "-s", "other", "worker.py", "1")
python("-m", "pytead", "gen", "-q", "-c", "other", "-d", "made")
python("-m", "pytest", "-q", "-p", "no:cacheprovider", "made")
shop.refund(1)
"""
    program = make_program({**FILES, "main.py": PRELUDE + body})
    recorded = program.pytead("-q", "-t", "shop.*,worker.*", "main.py")
    assert "1 passed" in recorded.stdout
    assert program.recorded("other") == {"shop.price": 1}
    # Generated tests aren't the program, wherever they run.
    assert program.recorded() == {"shop.refund": 1}


@posix_only
def test_a_process_that_becomes_another_has_one_summary(make_program):
    body = """
shop.refund(1)
if len(sys.argv) < 2:
    print("first", flush=True)
    os.execve(sys.executable, [sys.executable, "main.py", "again"], {**os.environ, "A": "1"})
"""
    program = make_program({**FILES, "main.py": PRELUDE + body + "shop.price(len(sys.argv))\n"})
    program.assert_unchanged("main.py", targets="shop.*")
    recorded = program.pytead("-t", "shop.*", "-s", "again", "main.py")
    assert recorded.stderr.count("pytead: ") == 1
    assert "pytead: 3 calls of 2 functions recorded in again/" in recorded.stderr

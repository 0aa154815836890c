"""A function that deletes, sends or starts something did it once, for the user; nothing of ours does it again."""

from __future__ import annotations

import json
import socket

import pytest

MODULE = """
    import os, pathlib, shutil, signal, socket, subprocess, sys

    def double(a):
        return 2 * a

    def delete(path):
        os.remove(path)

    def delete_if_there(path):
        try:
            os.remove(path)
        except Exception:
            pass
        return True

    def log(path, line):
        with open(path, "a") as stream:
            return stream.write(line)

    def send(port, text):
        with socket.create_connection(("127.0.0.1", port)) as connection:
            return connection.send(text)

    def listen():
        with socket.socket() as server:
            server.bind(("127.0.0.1", 0))
            return True

    def start(path):
        subprocess.run([sys.executable, "-c", f"open({path!r}, 'a').write('started ')"], check=True)

    def shell(path):
        return os.system(f"echo shell >> {path}")

    def interrupt():
        before = signal.signal(signal.SIGINT, lambda *args: None)
        os.kill(os.getpid(), signal.SIGINT)
        signal.signal(signal.SIGINT, before)

    class Cache:
        def __init__(self, path):
            self.path = path

        @property
        def size(self):
            pathlib.Path(self.path).touch()
            return 1

        def clear(self):
            shutil.rmtree(self.path, ignore_errors=True)
    """
MAIN = """
    import sys
    from pathlib import Path
    import work

    port = int(sys.argv[1])
    for name in ("victim.txt", "victim2.txt", "log.txt"):
        Path(name).write_text("precious")
    Path("cache").mkdir(exist_ok=True)
    work.double(2)
    work.delete("victim.txt")
    work.delete_if_there("victim2.txt")
    work.log("log.txt", "one line")
    work.send(port, b"pay")
    work.listen()
    work.start("started.txt")
    work.shell("shell.txt")
    work.interrupt()
    work.Cache("touched.txt").size
    work.Cache("cache").clear()
    """
SLUGS = {
    "work.delete": "filesystem",
    "work.delete_if_there": "filesystem",
    "work.log": "filesystem",
    "work.send": "network",
    "work.listen": "network",
    "work.start": "process",
    "work.shell": "process",
    "work.interrupt": "signal",
    "work.Cache.size": "filesystem",
    "work.Cache.clear": "filesystem",
}


def contents(folder):
    names = ("victim.txt", "victim2.txt", "log.txt", "started.txt", "shell.txt", "touched.txt")
    return {name: (folder / name).read_text() if (folder / name).exists() else None for name in names}


@pytest.fixture(scope="module")
def dangerous(make_shared, few_plugins):
    """The program after one recorded run and a generation; what it has on disk before and after; its connections."""
    program = make_shared({"work.py": MODULE, "main.py": MAIN})
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)
        port = str(server.getsockname()[1])
        ended = program.pytead("-t", "work", "main.py", port)
        assert ended.returncode == 0, ended.stderr
        server.accept()[0].close()
        # All that could be done again is there to be done again.
        for name in ("victim.txt", "victim2.txt"):
            program.write(name, "precious")
        for name in ("started.txt", "shell.txt", "touched.txt"):
            (program.folder / name).unlink()
        (program.folder / "cache").mkdir()
        before = contents(program.folder)
        made = program.pytead("gen", "--json", "gen.json", env=few_plugins)
        server.settimeout(0)
        with pytest.raises(BlockingIOError):
            server.accept()
    return program, before, made


def test_nothing_of_it_happens_again(dangerous):
    program, before, made = dangerous
    assert made.returncode == 0, made.stderr
    assert contents(program.folder) == before
    assert before["victim.txt"] == before["victim2.txt"] == "precious"
    assert before["log.txt"] == "preciousone line"
    assert (program.folder / "cache").is_dir()


def test_the_summary_says_what_was_stopped(dangerous):
    program, _, made = dangerous
    for function, slug in SLUGS.items():
        named = [line for line in made.stderr.splitlines() if line.endswith(f": {function}")]
        assert [line.partition(":")[0] for line in named] == [slug]
        assert "would " in named[0]
    assert made.stderr.endswith(
        "12 functions recorded, 2 with tests\n3 cases written to tests/generated, 10 rejected\n"
    )
    report = json.loads(program.read("gen.json"))
    assert {each["func"]: each["slug"] for each in report["rejected"]} == SLUGS
    assert {each["stage"] for each in report["rejected"]} == {"verify"}
    assert [each["func"] for each in report["functions"] if each["cases"]] == [
        "work.Cache.__init__",
        "work.double",
    ]


def test_what_is_delivered_is_safe_to_run(dangerous, few_plugins):
    program, before, _ = dangerous
    ended = program.command("pytest", "-q", env=few_plugins)
    assert "3 passed" in ended.stdout
    assert contents(program.folder) == before


def test_a_module_that_acts_as_it_is_imported(make_program, few_plugins):
    program = make_program(
        {
            "acts.py": "with open('count.txt', 'a') as s:\n    s.write('x')\ndef f(a): return a\n",
            "main.py": "import acts\nacts.f(1)\n",
        }
    )
    made = program.pytead("tead", "-t", "acts", "main.py", env=few_plugins)
    assert program.read("count.txt") == "x"
    assert made.returncode == 1
    assert "filesystem" in made.stderr
    assert "0 cases written" in made.stderr


def test_functions_of_the_script(make_program, few_plugins):
    unguarded = "from pathlib import Path\ndef area(w): return w * w\nPath('ran.txt').write_text('once')\nprint(area(3))\n"
    guarded = "def area(w): return w * w\n\ndef main():\n    print(area(3))\n\nif __name__ == '__main__':\n    main()\n"
    program = make_program({"once.py": unguarded, "often.py": guarded})
    refused = program.pytead("tead", "-t", "once.*", "once.py", env=few_plugins)
    assert (refused.returncode, refused.stdout) == (1, "9\n")
    assert "main-reruns: importing 'once.py' would run it again: line 3" in refused.stderr
    assert not (program.folder / "tests").exists()

    made = program.pytead("tead", "-t", "__main__.area", "often.py", env=few_plugins)
    assert (made.returncode, made.stdout) == (0, "9\n"), made.stderr
    assert "from often import area" in program.read("tests/generated/test_often_area.py")
    assert "1 passed" in program.command("pytest", "-q", env=few_plugins).stdout


@pytest.mark.parametrize(
    ("line", "reruns"),
    [
        ("sys.path.insert(0, os.getcwd())", False),
        ("logging.basicConfig(level=30)", False),
        ("os.environ.setdefault('A', 'b')", False),
        ("os.remove('victim.txt')", True),
        ("os.system('exit 0')", True),
        ("sys.exit(len([]))", True),
        ("print(area(2))", True),
    ],
)
def test_what_a_script_may_do_and_still_be_imported(line, reruns, make_program):
    source = f"import logging, os, sys\ndef area(w): return w * w\nif __name__ == '__main__':\n    area(3)\n{line}\n"
    program = make_program({"main.py": source, "victim.txt": "precious"})
    made = program.pytead("tead", "--no-verify", "-t", "main", "main.py")
    assert (made.returncode, "main-reruns" in made.stderr) == ((1, True) if reruns else (0, False)), (
        made.stderr
    )

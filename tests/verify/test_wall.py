"""What recorded functions try when they are run again, in real verification processes."""

from __future__ import annotations

import os
import socket
import textwrap
from typing import TYPE_CHECKING, TypeAlias

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytead.errors import Rejection
    from tests.verify.conftest import Project  # type: ignore[import-not-found, unused-ignore]

# Function name: its body (HERE is the project's folder, PORT a port that somebody listens on), the slug that
# its test must get, and a part of the reason.
FORBIDDEN = {
    "remove": ("os.remove(HERE + '/victim.txt')", "filesystem", "would delete 'victim.txt'"),
    "remove_relative": ("os.remove('victim.txt')", "filesystem", "would delete 'victim.txt'"),
    "unlink": ("pathlib.Path(HERE, 'victim.txt').unlink()", "filesystem", "would delete 'victim.txt'"),
    "unlink_bytes": ("os.unlink(os.fsencode(HERE + '/victim.txt'))", "filesystem", "would delete"),
    "rmtree": ("shutil.rmtree(HERE + '/folder')", "filesystem", "would delete the folder 'folder'"),
    "rmdir": ("os.rmdir(HERE + '/empty')", "filesystem", "would delete the folder 'empty'"),
    "overwrite": ("open(HERE + '/victim.txt', 'w').close()", "filesystem", "would write 'victim.txt'"),
    "append": ("open(HERE + '/victim.txt', 'ab').close()", "filesystem", "would write"),
    "write_text": ("pathlib.Path(HERE, 'new.txt').write_text('x')", "filesystem", "would write 'new.txt'"),
    "write_relative": ("open('new.txt', 'w').close()", "filesystem", "would write 'new.txt'"),
    "write_home": (
        "open(os.path.expanduser('~/new.txt'), 'w').close()",
        "filesystem",
        "would write '~/new.txt'",
    ),
    "exclusive": ("open(os.path.abspath('new.txt'), 'x').close()", "filesystem", "would write './new.txt'"),
    "os_open": (
        "os.open(HERE + '/new.txt', os.O_CREAT | os.O_WRONLY)",
        "filesystem",
        "would write 'new.txt'",
    ),
    "read_temporary": ("open(LEFT).close()", "filesystem", "which other machines lack"),
    "list_temporary": ("os.listdir(os.path.dirname(LEFT))", "filesystem", "which other machines lack"),
    "walk_temporary": ("list(os.walk(pathlib.Path(LEFT).parent))", "filesystem", "which other machines lack"),
    "truncate": ("os.truncate(HERE + '/victim.txt', 0)", "filesystem", "would truncate 'victim.txt'"),
    "rename": (
        "os.rename(HERE + '/victim.txt', HERE + '/b.txt')",
        "filesystem",
        "would rename 'victim.txt' to",
    ),
    "replace": ("os.replace(tempfile.mkstemp()[1], HERE + '/victim.txt')", "filesystem", "would rename"),
    "copy": ("shutil.copy(HERE + '/app.py', HERE + '/victim.txt')", "filesystem", "would write 'victim.txt'"),
    "move": (
        "shutil.move(HERE + '/victim.txt', tempfile.mkdtemp())",
        "filesystem",
        "would move 'victim.txt'",
    ),
    "mkdir": ("os.makedirs(HERE + '/a/b')", "filesystem", "would create the folder 'a'"),
    "chmod": ("os.chmod(HERE + '/victim.txt', 0o400)", "filesystem", "would change the mode of 'victim.txt'"),
    "utime": ("os.utime(HERE + '/victim.txt', (0, 0))", "filesystem", "would change the times of"),
    "symlink": (
        "os.symlink(HERE + '/victim.txt', HERE + '/link')",
        "filesystem",
        "would create the link 'link'",
    ),
    "hard_link": ("os.link(HERE + '/victim.txt', tempfile.mkdtemp() + '/l')", "filesystem", "would link"),
    "through_symlink": (
        "link = tempfile.mkdtemp() + '/l'; os.symlink(HERE, link); open(link + '/victim.txt', 'w').close()",
        "filesystem",
        "would write",
    ),
    "dot_dot": (
        "open(os.path.relpath(HERE + '/victim.txt', tempfile.gettempdir()), 'w').close()",
        "filesystem",
        "would write",
    ),
    "temporary_elsewhere": ("tempfile.mkstemp(dir=HERE)", "filesystem", "would write"),
    "sqlite": ("sqlite3.connect(HERE + '/data.db').execute('create table t (a)')", "filesystem", "'data.db'"),
    "sqlite_uri": ("sqlite3.connect('file:' + HERE + '/data.db', uri=True)", "filesystem", "'data.db'"),
    "in_thread": (
        "t = threading.Thread(target=os.remove, args=[HERE + '/victim.txt']); t.start(); t.join()",
        "filesystem",
        "would delete 'victim.txt'",
    ),
    "swallowed": (
        "try:\n        os.remove(HERE + '/victim.txt')\n    except BaseException:\n        pass",
        "filesystem",
        "would delete 'victim.txt'",
    ),
    "connect": ("socket.create_connection(('127.0.0.1', PORT))", "network", "127.0.0.1"),
    "raw_connect": (
        "socket.socket().connect(('127.0.0.1', PORT))",
        "network",
        "would connect to '127.0.0.1:",
    ),
    "listen": ("socket.create_server(('127.0.0.1', 0))", "network", "would listen on '127.0.0.1:0'"),
    "datagram": (
        "socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', PORT))",
        "network",
        "would send to",
    ),
    "look_up": ("socket.gethostbyname('localhost')", "network", "would look up 'localhost'"),
    "urlopen": (
        "urllib.request.urlopen(f'http://127.0.0.1:{PORT}/')",
        "network",
        "would request 'http://127",
    ),
    "http": (
        "http.client.HTTPConnection('127.0.0.1', PORT).request('GET', '/')",
        "network",
        "would connect to",
    ),
    "stream": ("asyncio.run(asyncio.open_connection('127.0.0.1', PORT))", "network", "127.0.0.1"),
    "run": ("subprocess.run([sys.executable, '-c', LEAVE_TRACE])", "process", "would start"),
    "shell": ("subprocess.run('echo > ' + HERE + '/trace', shell=True)", "process", "would start"),
    "system": ("os.system('echo > ' + HERE + '/trace')", "process", "would start 'echo > "),
    "popen": ("os.popen('echo > ' + HERE + '/trace').read()", "process", "would start"),
    "spawn": ("os.spawnv(os.P_WAIT, sys.executable, ['python', '-c', LEAVE_TRACE])", "process", "would"),
    "execute": (
        "os.execv(sys.executable, ['python', '-c', LEAVE_TRACE])",
        "process",
        "would start 'python -c",
    ),
    "child": (
        "c = multiprocessing.get_context('spawn').Process(target=leave_trace); c.start(); c.join()",
        "process",
        "would start",
    ),
    "pool": (
        "concurrent.futures.ProcessPoolExecutor(1).submit(leave_trace).result()",
        "process|network",
        "would",
    ),
    "browser": (
        "webbrowser.GenericBrowser('x').open('http://example.com')",
        "process",
        "would open 'http://example.com' in a browser",
    ),
    "kill": ("os.kill(os.getpid(), 15)", "signal", "would send signal 15"),
    "raise_signal": ("signal.raise_signal(signal.SIGTERM)", "signal", "would send signal"),
    "native": ("ctypes.CDLL('libc.so.6').remove((HERE + '/victim.txt').encode())", "native", "would load"),
}
if hasattr(os, "fork"):
    FORBIDDEN |= {
        "fork": ("os.fork() or leave_trace()", "process", "would fork"),
        "posix_spawn": (
            "os.posix_spawn(sys.executable, ['python', '-c', LEAVE_TRACE], {})",
            "process",
            "would start 'python -c",
        ),
        "fifo": ("os.mkfifo(HERE + '/pipe')", "filesystem", "would create 'pipe'"),
        "dir_fd": (
            "fd = os.open(HERE, 0); os.chdir(tempfile.mkdtemp()); os.remove('victim.txt', dir_fd=fd)",
            "filesystem",
            "would delete 'victim.txt'",
        ),
        "descriptor": (
            "os.fchmod(os.open(HERE + '/victim.txt', os.O_RDONLY), 0o400)",
            "filesystem",
            "the mode of",
        ),
    }

ALLOWED = {
    "nothing": "return 1",
    "scratch_file": """
        with tempfile.NamedTemporaryFile("w", suffix=".txt", delete=False) as stream:
            stream.write("x")
        os.chmod(stream.name, 0o600)
        os.utime(stream.name, (0, 0))
        os.replace(stream.name, stream.name + ".b")
        os.remove(stream.name + ".b")
        """,
    "scratch_folder": """
        with tempfile.TemporaryDirectory() as folder:
            os.makedirs(folder + "/a/b")
            pathlib.Path(folder, "a", "b", "c.txt").write_text("x")
            shutil.copytree(folder + "/a", folder + "/d")
            shutil.make_archive(folder + "/archive", "zip", folder + "/d")
            sqlite3.connect(folder + "/data.db").close()
            with tempfile.TemporaryFile() as stream:
                stream.write(b"x")
        """,
    "cache": """
        os.makedirs(os.environ["XDG_CACHE_HOME"], exist_ok=True)
        open(os.environ["XDG_CACHE_HOME"] + "/x", "w").close()
        """,
    "reading": """
        assert pathlib.Path(HERE, "victim.txt").read_text() == "precious"
        assert "victim.txt" in os.listdir(HERE)
        """,
    "missing": """
        try: open(LEFT + "/nothing")
        except OSError: pass
        """,
    "working_folder": "assert os.listdir() is not None",
    "sources": "import inspect; assert inspect.getsource(leave_trace) and inspect.getsource(shutil)",
    "null": "open(os.devnull, 'w').write('x')",
    "memory_database": "sqlite3.connect(':memory:').execute('create table t (a)')",
    "event_loop": """
        async def main():
            await asyncio.sleep(0)
            await asyncio.get_running_loop().run_in_executor(None, len, "abc")
        asyncio.run(main())
        """,
    "pair": """
        one, other = socket.socketpair()
        one.sendall(b"x")
        assert other.recv(1) == b"x"
        one.close()
        other.close()
        """,
    "descriptors": """
        read, write = os.pipe()
        with open(write, "wb") as stream:
            stream.write(b"x")
        os.close(read)
        """,
    "data_url": "urllib.request.urlopen('data:text/plain,hello').read()",
    "late_import": "import ctypes, ctypes.util, wave; ctypes.c_int(3)",
    "environment": "os.environ['X_NEW'] = '1'; del os.environ['X_NEW']",
    "thread": "t = threading.Thread(target=len, args=['x']); t.start(); t.join()",
    "existence": "import signal; os.kill(os.getpid(), 0) if os.name != 'nt' else None",
}

APP = """
import asyncio, concurrent.futures, ctypes, http.client, multiprocessing, os, pathlib, shutil, signal, socket
import sqlite3, subprocess, sys, tempfile, threading, urllib.request, webbrowser

HERE = {here!r}
LEFT = {left!r}
PORT = {port}
LEAVE_TRACE = "open(" + repr(HERE + "/trace") + ", 'w').close()"


def leave_trace():
    open(HERE + "/trace", "w").close()
    os._exit(0)

"""

Found: TypeAlias = "dict[str, Rejection | None]"


@pytest.fixture(scope="module")
def found(make_project: Callable[[], Project], tmp_path_factory: pytest.TempPathFactory) -> Found:
    """What became of each function, after a check that none of them did anything."""
    left = tmp_path_factory.mktemp("left") / "left.txt"
    left.write_text("of another program", encoding="utf-8")
    project = make_project()
    project.write("victim.txt", "precious")
    project.write("folder/deep/file.txt", "precious")
    (project.root / "empty").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as server:
        app = APP.format(here=str(project.root), left=str(left), port=server.getsockname()[1])
        for name, (body, _, _) in FORBIDDEN.items():
            app += f"def do_{name}():\n    {body}\n\n"
        for name, body in ALLOWED.items():
            app += f"def do_{name}():\n{textwrap.indent(textwrap.dedent(body), '    ')}\n\n"
        project.write("app.py", app)
        names = [*FORBIDDEN, *ALLOWED]
        tests = "".join(f"def test_{name}():\n    app.do_{name}()\n\n" for name in names)
        project.add("app", f"import app\n\n{tests}", [f"test_{name}" for name in names])
        before = project.files()
        stats = (project.root / "victim.txt").stat()
        verification = project.verify()
        assert project.files() == before
        after = (project.root / "victim.txt").stat()
        assert (after.st_mode, after.st_mtime, after.st_nlink) == (
            stats.st_mode,
            stats.st_mtime,
            stats.st_nlink,
        )
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()
    assert verification.processes == 4, "something ended a process"
    return {verdict.test: verdict.rejection for verdict in verification.verdicts}


@pytest.mark.parametrize("name", FORBIDDEN)
def test_forbidden_deed_is_stopped_and_named(name: str, found: Found) -> None:
    _, slug, reason = FORBIDDEN[name]
    rejection = found[f"test_{name}"]
    assert rejection is not None
    assert rejection.stage == "verify"
    assert rejection.slug in slug.split("|")
    assert reason in rejection.reason
    assert rejection.hint


@pytest.mark.parametrize("name", ALLOWED)
def test_harmless_deed_passes(name: str, found: Found) -> None:
    assert found[f"test_{name}"] is None


def test_what_an_import_does_is_stopped_too(project: Project) -> None:
    project.write("app.py", "import os\nos.remove('x.txt')\ndef f(): pass\n")
    project.write(
        "quiet.py", "try:\n    open('x.txt', 'w')\nexcept BaseException:\n    pass\ndef f(): pass\n"
    )
    project.write(
        "cached.py", "import os\nopen(os.path.expanduser('~/.cached'), 'w').close()\ndef f(): pass\n"
    )
    for name in ("app", "quiet", "cached"):
        project.add(name, f"import {name}\n\ndef test_{name}():\n    {name}.f()\n", [f"test_{name}"])
    found = project.rejections()
    assert found["test_cached"] is None
    for name, deed in (("app", "would delete 'x.txt'"), ("quiet", "would write 'x.txt'")):
        rejection = found[f"test_{name}"]
        assert rejection is not None
        assert rejection.slug == "filesystem"
        assert deed in rejection.reason


def test_what_is_left_for_later_does_not_happen(project: Project) -> None:
    victim = project.write("victim.txt", "precious")
    project.write(
        "app.py",
        """
        import atexit, os, threading, time

        VICTIM = os.path.join(os.path.dirname(__file__), "victim.txt")

        def at_exit():
            atexit.register(os.remove, VICTIM)

        def later():
            threading.Timer(0.3, os.remove, [VICTIM]).start()

        def wait():
            time.sleep(0.6)
        """,
    )
    names = ("at_exit", "later", "wait")
    tests = "".join(f"def test_{name}():\n    app.{name}()\n\n" for name in names)
    project.add("app", f"import app\n\n{tests}", [f"test_{name}" for name in names])
    project.verify()
    assert victim.read_text() == "precious"


def test_fixtures_of_the_project_stand_behind_the_wall(project: Project) -> None:
    project.write(
        "tests/conftest.py",
        """
        import pytest

        @pytest.fixture(autouse=True)
        def database(request):
            if request.node.name == "test_b":
                open("database.txt", "w").close()
        """,
    )
    project.add("app", "def test_a():\n    pass\n\n\ndef test_b():\n    pass\n", ["test_a", "test_b"])
    assert project.slugs() == {"test_a": "", "test_b": "filesystem"}

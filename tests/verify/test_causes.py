"""What a test depends on, found out in real processes, and named."""

from __future__ import annotations

import datetime as dt
import os
import random
import socket
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pytest

from pytead.verify.runner import verify

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytead.errors import Rejection
    from tests.verify.conftest import Project  # type: ignore[import-not-found, unused-ignore]

# Name: the body of a function without parameters, what it gave when it was recorded, and the cause.
DEPENDS = {
    "stamp": ("return time.time()", "1700000000.5", "time"),
    "year": ("return datetime.datetime.now().year", "time.localtime().tm_year", "time"),
    "today": ("return datetime.date.today().isoformat()", "'2020-01-01'", "time"),
    "clock": ("return time.strftime('%H:%M:%S')", "'12:00:00'", "time"),
    "elapsed": ("t = time.perf_counter(); sum(range(9)); return time.perf_counter() - t", "1e-06", "time"),
    "is_office_hour": (
        "return time.localtime().tm_wday < 5",
        "(time.localtime().tm_wday < 5)",
        "time",
    ),
    "dice": ("return random.random()", "0.25", "random"),
    "coin": ("return random.choice([True, False])", "True", "random"),
    "shuffled": ("a = list(range(20)); random.shuffle(a); return a", "list(range(20))", "random"),
    "ticket": ("return str(uuid.uuid4())", "'6f1e'", "random"),
    "token": ("return secrets.token_hex(4)", "'ab12cd34'", "random"),
    "own_generator": ("return random.Random().random()", "0.5", "random"),
    "urandom": ("return os.urandom(2)", "b'ab'", "random"),
    "joined": ("return ','.join({f'word{i}' for i in range(12)})", "'word1'", "hash-order"),
    "hashed": ("return hash('x')", "12", "hash-order"),
    "address": ("return id(object())", "1", "identity"),
    "shown": ("return repr(object())", "'<object object at 0x7f1122334455>'", "identity"),
    "process": ("return os.getpid()", "1", "identity"),
    "where": ("return os.getcwd()", "ROOT", "cwd"),
    "relative": ("return open('data.txt').read()", "'some'", "cwd"),
    "user": ("return os.environ.get('USER')", "os.environ.get('USER')", "environment"),
    "width": ("return shutil.get_terminal_size().columns", "80", "environment"),
    "zone": (
        "return datetime.datetime.fromtimestamp(1e9).hour",
        "datetime.datetime.fromtimestamp(1e9).hour",
        "environment",
    ),
    "home": ("return os.path.expanduser('~')", "HOME", "environment"),
    "machine": ("return socket.gethostname()", "socket.gethostname()", "environment"),
    "gone": ("return open('/no/such/file').read()", "'x'", "filesystem"),
    "counter": ("seen.append(1); return len(seen)", "7", "hidden-state"),
    "wrong": ("return 4", "5", "mismatch"),
    "sleeper": ("time.sleep(5)", "None", "sleep"),
    "async_sleeper": ("asyncio.run(asyncio.sleep(7))", "None", "sleep"),
    "imported_sleeper": ("sleep(3600)", "None", "sleep"),
    "waiter": ("return threading.Event().wait(30)", "False", "sleep"),
    "many_naps": ("for _ in range(300): time.sleep(0.01)", "None", "sleep"),
    "hungry": ("return len(bytearray(1 << 40))", "1 << 40", "crash"),
    "deep": ("return sys.setrecursionlimit(1 << 30) or deep(0)", "0", "crash|timeout"),
}
FINE = {
    "plain": ("return 4", "4"),
    "nap": ("time.sleep(0.01)", "None"),
    "async_nap": ("return asyncio.run(asyncio.wait_for(asyncio.sleep(0.01, 3), 60))", "3"),
    "answered": (
        "e = threading.Event(); threading.Timer(0.01, e.set).start(); return e.wait(60)",
        "True",
    ),
    "sorted_words": ("return ','.join(sorted({'b', 'a'}))", "'a,b'"),
    "seeded": ("return random.Random(5).random()", "random.Random(5).random()"),
    "sorted_by_chance": ("a = list(range(9)); random.shuffle(a); return sorted(a)", "list(range(9))"),
    "old": ("return datetime.datetime(2020, 1, 2).isoformat()", "'2020-01-02T00:00:00'"),
    "type_of_now": (
        "return type(datetime.datetime.now()).__name__, isinstance(time.time(), float)",
        "('datetime', True)",
    ),
    "deadline": (
        "end = time.monotonic() + 0.05\n    while time.monotonic() < end: pass\n    return 1",
        "1",
    ),
    "a_clock_of_a_class": ("return isinstance(Timer().clock(), float)", "True"),
    "pool": ("with ThreadPoolExecutor(2) as pool: return list(pool.map(len, ['a', 'bc']))", "[1, 2]"),
    "first_call": ("seen.append(1); return bool(seen)", "True"),
}
APP = """
import asyncio, datetime, os, random, secrets, shutil, socket, sys, threading, time, uuid
from concurrent.futures import ThreadPoolExecutor
from time import sleep

seen = []


class Timer:
    clock = time.time


def deep(n):
    return deep(n + 1) if n < 10**9 else n

"""

Found: TypeAlias = "dict[str, Rejection | None]"


def one_module_each(project: Project, functions: dict[str, tuple[str, str]]) -> None:
    project.write("data.txt", "some")
    bodies = "".join(f"def do_{name}():\n    {body}\n\n" for name, (body, _) in functions.items())
    project.write("app.py", APP + bodies)
    names = {
        "ROOT": str(project.root),
        "HOME": str(Path.home()),
        "datetime": dt,
        "os": os,
        "time": time,
    }
    names |= {"random": random, "socket": socket}
    for name, (_, gave) in functions.items():
        expected = eval(gave, names)
        text = f"import app\n\ndef test_{name}():\n    assert app.do_{name}() == {expected!r}\n"
        project.add(name, text, [f"test_{name}"])


@pytest.fixture(scope="module")
def found(make_project: Callable[[], Project]) -> Found:
    project = make_project()
    one_module_each(project, {name: (body, gave) for name, (body, gave, _) in DEPENDS.items()} | FINE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        return project.rejections(timeout=20)


@pytest.mark.parametrize("name", DEPENDS)
def test_what_a_result_depends_on_is_named(name: str, found: Found) -> None:
    rejection = found[f"test_{name}"]
    assert rejection is not None
    assert rejection.slug in DEPENDS[name][2].split("|"), rejection
    assert rejection.reason


@pytest.mark.parametrize("name", FINE)
def test_what_depends_on_nothing_passes(name: str, found: Found) -> None:
    assert found[f"test_{name}"] is None


def test_any_executor_and_any_number_of_processes_give_the_same(project: Project) -> None:
    project.write("app.py", "import os, random\n\ndef f(a):\n    return random.random() if a == 3 else a\n")
    project.add_calls("f", {str(a): (f"({a},)", str(a)) for a in range(5)})
    found = []
    with ProcessPoolExecutor(1) as executor:
        for jobs, given in ((1, None), (3, None), (2, executor)):
            verification = verify(
                project.modules,
                project.support,
                folder=project.folder,
                project=project.root,
                jobs=jobs,
                executor=given,
            )
            found.append([verdict.rejection and verdict.rejection.slug for verdict in verification.verdicts])
    assert found == [[None, None, None, "random", None]] * 3

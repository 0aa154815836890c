"""What every format promises, the user's own storage object included."""

from __future__ import annotations

import contextlib
import inspect
import json
import os
import pickle
import random
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest

from pytead.errors import PyteadError
from pytead.names import FunctionName
from pytead.records import FunctionTally, ModuleOrigin
from pytead.storage import readable, segments
from pytead.storage.opening import open_for_append, open_for_read
from pytead.values.calls import STORIES, after_call
from pytead.values.freezer import freeze

ROOT = Path(__file__).parents[2]

SHARED: list[object] = [1, 2]
CYCLE: list[object] = ["round"]
CYCLE.append(CYCLE)

VALUES = {
    "plain": ((1, "two", 3.5, None, True, b"\0\xff"), {"flag": False, "items": [1, [2, {"three": (3,)}]]}),
    "empty": ((), {}),
    "odd numbers": ((float("inf"), float("-inf"), float("nan"), -0.0, 10**400, -(2**63), 1j, True, 1), {}),
    "text": (
        ("caf\u00e9 \u2603 \U0001f600", "\ud800", "\ud83d\ude00", "a\0b\n\u2028\r", ""),
        {"n\u00e4me": "\udfff"},
    ),
    "containers": (({1, 2}, frozenset("ab"), {(1, 2): {3: []}}, bytearray(b"x"), ..., NotImplemented), {}),
    "tags": (({"$type": "tuple", "items": [1]}, {"$ref": 1}, {"$id": 2}), {"$type": "x", "$ref": 5}),
    "shared": ((SHARED, SHARED, [SHARED]), {"again": SHARED}),
    "cycle": ((CYCLE,), {}),
    "by name": ((os.path.join, ValueError("no"), Path, Counter("hello"), range(3), slice(1, 2)), {}),
    "big": (("x" * 300_000, b"\xff" * 70_000, list(range(2_000))), {}),
}


@pytest.mark.parametrize("name", VALUES)
def test_a_call_comes_back_as_it_was(calls, record, same, name):
    args, kwargs = VALUES[name]
    records = [
        record(*args, kwargs=kwargs, result=args[0] if args else None),
        record(
            *args,
            kwargs=kwargs,
            result=KeyError(name),
            outcome="raised",
            at=2.0,
            kind="method",
            name="a.b.C.m",
        ),
    ]
    records[1] = records[1]._replace(function=FunctionName("a.b", "C.m"))
    calls.append(calls.open(), *records)
    stored = open_for_read(calls.folder)
    assert [same(found) for found in stored.read()] == [same(expected) for expected in records]
    assert stored.problems == []
    assert calls.errors == []


STORIES_TOLD = {
    "returned": ((freeze(1), freeze(["\ud800", SHARED])), (), "returned", freeze(None)),
    "sent": ((freeze(None), freeze(2)), ((1, "send", freeze({"k": (1,)})),), "returned", freeze("done")),
    "thrown": ((freeze(0),), ((1, "throw", freeze(KeyError("k"))),), "raised", freeze(ValueError(CYCLE))),
    "closed": ((freeze({1, 2}),), (), "closed", None),
    "open": ((freeze(-0.0),) * 64, (), "open", None),
    "at once": ((), (), "raised", freeze(OSError(2, "no"))),
    "damaged": ((b"no pickle",), (), "open", None),
}


@pytest.mark.parametrize("outcome", sorted(STORIES))
@pytest.mark.parametrize("told", STORIES_TOLD)
def test_a_story_comes_back_as_it_was(calls, record, same, told, outcome):
    args = ([1], {"a": SHARED})
    after = freeze(after_call(args, {"k": 2}, STORIES_TOLD[told]))
    expected = record(*args, kwargs={"k": 1}, outcome=outcome)._replace(after=after)
    calls.append(calls.open(), expected)
    (found,) = open_for_read(calls.folder).read()
    if told == "damaged":
        assert found == expected
    else:
        assert same(found) == same(expected)
    assert open_for_read(calls.folder).outcomes(expected.function) == {outcome: 1}


def test_a_story_is_readable(calls, record):
    after = freeze(after_call((), {}, STORIES_TOLD["sent"]))
    calls.append(calls.open(), record(outcome="yielded")._replace(after=after))
    if calls.format == "sqlite":
        with sqlite3.connect(calls.folder / "calls.sqlite3") as connection:
            ((shown,),) = connection.execute("SELECT result FROM calls").fetchall()
        connection.close()
        assert json.loads(shown) == [None, 2]
    elif calls.format != "pickle":
        (path,) = [path for path in calls.folder.iterdir() if path.suffix in (".json", ".jsonl")]
        entry = json.loads(path.read_text(encoding="utf-8").splitlines()[-1])
        told = {name: entry[name] for name in ("yielded", "resumed", "end", "result")}
        sent = [[1, "send", {"k": {"$type": "tuple", "items": [1]}}]]
        assert told == {"yielded": [None, 2], "resumed": sent, "end": "returned", "result": "done"}


def test_what_the_call_changed_comes_back(calls, same, record):
    given: list[int] = []
    changed = [1]
    mutated = record()._replace(
        before=pickle.dumps([(given,), {"into": {}}], 5),
        after=pickle.dumps([(changed,), {"into": {"k": changed}}, changed], 5),
    )
    calls.append(calls.open(), mutated)
    (found,) = open_for_read(calls.folder).read()
    assert same(found) == same(mutated)


@pytest.mark.parametrize(
    "name", ["m\u00f6d.\u00fcber", "mod.<locals>.f", "mod.\ud800", "m.C.__init__", "m." + "n" * 300]
)
def test_any_function_name(calls, record, same, name):
    expected = record(1, name=name)._replace(source="\udcff", run="run-1")
    calls.append(calls.open(), expected)
    if calls.errors:  # the user's object makes a file name of it, which the system may refuse
        assert calls.format == "entry_files"
        assert "MyJsonStorage raised" in calls.errors[0].message
        return
    stored = open_for_read(calls.folder)
    assert [same(found) for found in stored.read(expected.function)] == [same(expected)]
    assert stored.functions() == [expected.function]


def test_how_a_test_gets_to_the_function_comes_back(calls, record, same):
    expected = [record(1), record(2, at=2.0, name="shop._", reach="(('name', 'show'), ('item', 'ä'))")]
    calls.append(calls.open(), *expected)
    found = sorted(open_for_read(calls.folder).read(), key=lambda call: call.timestamp)
    assert list(map(same, found)) == list(map(same, expected))


def test_values_that_are_no_frozen_call_are_kept_byte_for_byte(calls, record):
    odd = record()._replace(before=b"not a pickle", after=pickle.dumps([1, 2, 3]))
    calls.append(calls.open(), odd)
    (found,) = open_for_read(calls.folder).read()
    assert (found.before, found.after) == (odd.before, odd.after)


def test_the_order_is_by_run_then_time(calls, record):
    late = calls.open("a-late-run")
    early = calls.open("b-early-run")
    late.write_run({"started": 200.0})
    early.write_run({"started": 100.0})
    for at in (203.0, 201.0, 202.0):
        calls.append(late, record(at, at=at, name="m.f" if at != 202.0 else "m.g"))
    calls.append(early, record(150.0, at=150.0, name="m.f"))
    stored = open_for_read(calls.folder)
    assert [found.timestamp for found in stored.read()] == [150.0, 201.0, 202.0, 203.0]
    assert [found.timestamp for found in stored.read(FunctionName("m", "f"))] == [150.0, 201.0, 203.0]
    assert [found.run for found in stored.read()] == ["b-early-run"] + ["a-late-run"] * 3
    assert stored.outcomes(FunctionName("m", "f")) == {"returned": 3}
    assert stored.functions() == [FunctionName("m", "f"), FunctionName("m", "g")]


def test_parts_of_a_run_add_up(calls):
    one, other = calls.open(), calls.open()
    name = FunctionName("pkg.m", "f")
    one.write_run(
        {"started": 5.0, "python": "3.12.1", "targets": ("pkg.*",), "unmatched": {"a.*": ("b",), "c": ()}}
    )
    one.write_run(
        {"modules": {"pkg.m": ModuleOrigin("src/pkg/m.py", "src")}, "refusals": {"m": ("rerun", "why")}}
    )
    other.write_run({"started": 4.0, "python": "3.12.1", "targets": ["pkg.*", "x"], "unmatched": {"c": ()}})
    one.write_tally([FunctionTally(name, "function", 3, 2, 1, 0.5, {("value-opaque", "a lock"): 1}, 1)])
    other.write_tally(
        [FunctionTally(name, "function", 1, 1, 0, 0.25, {("value-opaque", "a lock"): 2, ("x", "y"): 1})]
    )
    stored = open_for_read(calls.folder)
    run = stored.runs["run-1"]
    assert (run.started, run.python, run.targets) == (4.0, "3.12.1", ("pkg.*", "x"))
    assert run.modules == {"pkg.m": ModuleOrigin("src/pkg/m.py", "src")}
    assert run.refusals == {"m": ("rerun", "why")}
    assert run.unmatched == {"c": ()}
    rejections = {("value-opaque", "a lock"): 3, ("x", "y"): 1}
    assert run.tallies == [FunctionTally(name, "function", 4, 3, 1, 0.75, rejections, 1)]
    assert stored.functions() == []
    assert stored.problems == []


def test_nothing_is_made_before_the_first_entry(calls, record):
    store = calls.open()
    append = store.appender(FunctionName("m", "f"), "function", "")
    assert not calls.folder.exists()
    expected = record()
    append(expected.before, expected.after, "returned", 1.0, 0.1)
    assert "*" in (calls.folder / ".gitignore").read_text().splitlines()
    assert len(list(open_for_read(calls.folder).read())) == 1


def test_a_folder_with_other_files_in_it_is_not_ignored(calls, record):
    calls.folder.mkdir()
    (calls.folder / "setup.cfg").write_text("[metadata]\n")
    calls.append(calls.open(), record())
    assert not (calls.folder / ".gitignore").exists()


def test_an_ignore_file_of_the_user_stays(calls, record):
    calls.folder.mkdir()
    (calls.folder / ".gitignore").write_text("mine\n")
    calls.append(calls.open(), record())
    assert (calls.folder / ".gitignore").read_text() == "mine\n"
    assert calls.folder / ".gitignore" not in open_for_read(calls.folder).files()


def test_calls_appended_after_closing_are_kept(calls, record):
    store = calls.open()
    calls.append(store, record(1))
    store.close()
    calls.append(store, record(2))
    assert len(list(open_for_read(calls.folder).read())) == 2


def test_the_program_may_change_its_folder(calls, record, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    calls.folder = Path("relative")
    store = calls.open()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    calls.append(store, record())
    assert len(list(open_for_read(tmp_path / "relative").read())) == 1


def test_threads_append_at_once(calls, record):
    store = calls.open()

    def work(number: int) -> None:
        for turn in range(25):
            calls.append(store, record(number, turn, "x" * 500))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stored = open_for_read(calls.folder)
    assert len({found.before for found in stored.read()}) == 100
    assert stored.problems == []
    assert calls.errors == []


# What a recorded process does; it appends calls numbered by the arguments of ``append``.
PROCESS = """
import json, os, pickle, signal, sys, uuid
sys.path.insert(0, {root!r})
from pathlib import Path
from pytead.names import FunctionName
from pytead.storage import readable, segments
from pytead.storage.opening import open_entry_files, open_for_append
{storage}
folder, name = Path({folder!r}), {name!r}
store = (
    open_entry_files(folder, MyJsonStorage(), "run-1", print)
    if name == "entry_files"
    else open_for_append(folder, name, "run-1", print)
)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=store.after_fork)
append_one = store.appender(FunctionName("m", "f"), "function", "")
def append(*numbers):
    for number in numbers:
        args, kwargs = (number,), dict()
        before, after = pickle.dumps([args, kwargs], 5), pickle.dumps([args, kwargs, None], 5)
        append_one(before, after, "returned", float(number), 0.1)
"""


@pytest.fixture
def start(calls, my_json_storage):
    def start(body: str) -> subprocess.Popen[str]:
        storage = inspect.getsource(my_json_storage).replace("Any", "object")
        head = PROCESS.format(root=str(ROOT), storage=storage, folder=str(calls.folder), name=calls.format)
        command = [sys.executable, "-W", "error", "-c", head + body]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    return start


def numbers(calls) -> list[float]:
    stored = open_for_read(calls.folder)
    found = [record.timestamp for record in stored.read()]
    assert stored.problems == []
    return found


def test_processes_append_at_once(calls, start):
    running = [start(f"append(*range({first}, {first} + 30))") for first in (0, 100, 200)]
    for process in running:
        assert process.communicate(timeout=60)[0] == ""
        assert process.returncode == 0
    assert numbers(calls) == [*range(30), *range(100, 130), *range(200, 230)]


@pytest.mark.parametrize("end", ["os.kill(os.getpid(), signal.SIGKILL)", "os._exit(0)", "os.abort()"])
def test_a_process_that_ends_at_once_loses_nothing(calls, start, end):
    if sys.platform == "win32" and "SIGKILL" in end:
        end = "os._exit(1)"
    start(f"append(*range(5)); {end}").communicate(timeout=60)
    assert numbers(calls) == [0, 1, 2, 3, 4]


FORKING = """
append(0, 1)
child = os.fork()
if child == 0:
    append(2, 3)
    grandchild = os.fork()
    append(4 if grandchild else 5)
    if grandchild:
        os.waitpid(grandchild, 0)
    {end}
else:
    append(6)
    assert os.waitpid(child, 0)[1] == 0
    append(7)
"""

if hasattr(os, "fork"):

    @pytest.mark.parametrize("end", ["os._exit(0)", "pass", "store.close()"])
    def test_a_fork_goes_on_in_both(calls, start, end):
        process = start(FORKING.format(end=end))
        assert process.communicate(timeout=60)[0] == ""
        assert process.returncode == 0
        assert sorted(numbers(calls)) == [0, 1, 2, 3, 4, 5, 6, 7]


CLOSING = """
append(0)
os.closerange(3, 4096)
for number in range(20):
    mine = os.open({name!r} + str(number), os.O_RDWR | os.O_CREAT)
    assert os.write(mine, b"mine") == 4
append(1, 2)
"""


def test_a_program_that_closes_every_file_is_recorded_further_and_keeps_its_own(calls, start, tmp_path):
    process = start(CLOSING.format(name=str(tmp_path / "mine")))
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert numbers(calls) == [0, 1, 2]
    assert all(path.read_bytes() == b"mine" for path in tmp_path.glob("mine*"))


def store_files(calls) -> list[Path]:
    return sorted(path for path in calls.folder.iterdir() if path.name != ".gitignore")


def written(calls, record, count: int = 3) -> list[object]:
    store = calls.open()
    records = [record(number, "some text", [number], result="r", at=float(number)) for number in range(count)]
    calls.append(store, *records)
    store.close()
    return records


@pytest.mark.parametrize("flip", [0xFF, 0x01])
def test_a_damaged_byte_costs_at_most_its_entry(calls, record, same, flip):
    records = written(calls, record)
    expected = [same(each) for each in records]
    files = store_files(calls)
    # A database has thousands of bytes that nothing is in; some of them do.
    pick = random.Random(flip)
    for path in files[:2]:
        whole = path.read_bytes()
        places = range(len(whole))
        if calls.format == "sqlite":
            used = [place for place in places if whole[place]]
            places = sorted(pick.sample(used, 120))
        for place in places:
            damaged = bytearray(whole)
            damaged[place] ^= flip
            path.write_bytes(damaged)
            stored = open_for_read(calls.folder)
            found = [same(each) for each in stored.read()]
            assert [each for each in expected if each in found] == found, place
            if calls.format != "sqlite":
                assert len(found) >= len(expected) - 1, place
            if len(found) < len(expected):
                assert stored.problems, place
        path.write_bytes(whole)


def test_a_truncated_file_keeps_what_is_whole(calls, record, same):
    expected = [same(each) for each in written(calls, record)]
    path = store_files(calls)[-1]
    whole = path.read_bytes()
    for size in range(0, len(whole), 97 if calls.format == "sqlite" else 3):
        path.write_bytes(whole[:size])
        stored = open_for_read(calls.folder)
        found = [same(each) for each in stored.read()]
        assert [each for each in expected if each in found] == found, size
        if calls.format == "entry_files":
            assert len(found) == 2, size
        elif calls.format != "sqlite":
            assert len(found) >= size * 3 // len(whole) - 1, size


@pytest.mark.parametrize(
    "garbage", [b"\0" * 50, b"garbage\n", b"\x80\x05\x95" * 9, b'{"schema":1', bytes(range(256))]
)
def test_garbage_between_entries_costs_no_entry(calls, record, same, garbage):
    expected = [same(each) for each in written(calls, record)]
    if calls.format in ("sqlite", "entry_files"):
        (calls.folder / "garbage").write_bytes(garbage)
    else:
        (path,) = store_files(calls)
        whole = path.read_bytes()
        second = whole.index(b"\x80\x05\x95" if calls.format == "pickle" else b'{"schema"', 10)
        if calls.format == "pickle":
            second = whole.index(b"\x80\x05\x95", whole.index(b"u.\x80\x05\x95"))
        path.write_bytes(garbage + whole[:second] + garbage + whole[second:] + garbage)
    stored = open_for_read(calls.folder)
    assert [same(each) for each in stored.read()] == expected
    assert stored.problems


def test_foreign_files_are_named_and_skipped_and_not_ours(calls, record):
    written(calls, record)
    foreign = {
        "notes.txt": b"hello",
        "data.json": b'{"a": 1}',
        "list.json": b"[1, 2]",
        "model.pkl": pickle.dumps({"weights": [1.0]}),
        "old.sqlite3": b"",
        "empty": b"",
        "lines.jsonl": b'{"event": "start"}\n{"event": "stop"}\n',
        "kept.pkl": pickle.dumps([segments.entry_bytes({"entry": "run", "run": "r", "fields": {}})]),
    }
    for name, content in foreign.items():
        (calls.folder / name).write_bytes(content)
    stored = open_for_read(calls.folder)
    assert len(list(stored.read())) == 3
    assert {problem.file for problem in stored.problems} == set(foreign)
    ours = stored.files()
    assert not {path.name for path in ours} & {*foreign, ".gitignore"}
    for path in ours:
        path.unlink()
    assert {path.name for path in calls.folder.iterdir()} == {*foreign, ".gitignore"}


def test_clearing_leaves_an_empty_folder(calls, record):
    written(calls, record)
    calls.open().write_run({"started": 1.0})
    calls.close()
    for path in open_for_read(calls.folder).files():
        path.unlink()
    assert list(calls.folder.iterdir()) == []


def test_an_entry_of_a_later_schema_is_named_and_skipped(calls, record, monkeypatch):
    written(calls, record, 1)
    if calls.format == "pickle":
        with next(calls.folder.glob("*.pkl")).open("ab") as file:
            data = segments.entry_bytes({"entry": "call", "novel": 1})
            file.write(data.replace(b"schemaK\x01", b"schemaK\x02"))
    elif calls.format == "sqlite":
        with sqlite3.connect(calls.folder / "calls.sqlite3") as connection:
            connection.execute("PRAGMA user_version = 2")
        connection.close()
    else:
        monkeypatch.setattr(readable, "SCHEMA", 2)
        calls.append(calls.open("run-2"), record(5))
        monkeypatch.undo()
    stored = open_for_read(calls.folder)
    assert len(list(stored.read())) == (0 if calls.format == "sqlite" else 1)
    (problem,) = stored.problems
    assert problem.slug == "later-schema"
    assert "schema 2" in problem.reason


def test_a_folder_that_can_not_be_written_is_refused(calls, tmp_path):
    (tmp_path / "file").write_text("")
    calls.folder = tmp_path / "file" / "call_logs"
    with pytest.raises(PyteadError) as caught:
        calls.open()
    assert caught.value.slug == "storage-unwritable"
    assert str(calls.folder) in caught.value.message
    assert "not a folder" in caught.value.message
    assert "--storage-dir" in caught.value.hint


def test_a_folder_that_turns_bad_is_reported_once_and_never_raises(calls, record):
    store = calls.open()
    calls.folder.write_text("in the way")
    calls.append(store, record(1), record(2), record(3))
    store.write_run({"started": 1.0})
    store.close()
    slugs = [error.slug for error in calls.errors]
    assert set(slugs) == {"storage-unwritable"}
    assert len(slugs) == 1 + (calls.format == "entry_files")
    assert str(calls.folder) in calls.errors[0].message
    assert calls.folder.read_text() == "in the way"


def test_a_store_that_is_not_there(tmp_path):
    with pytest.raises(PyteadError) as caught:
        open_for_read(tmp_path / "nowhere")
    assert (caught.value.slug, caught.value.exit_code) == ("store-missing", 1)
    assert open_for_read(tmp_path).functions() == []


def test_formats_mix_in_one_folder(tmp_path, record):
    for number, name in enumerate(("pickle", "json", "sqlite")):
        store = open_for_append(tmp_path, name, f"run-{number}")
        expected = record(number, at=float(number))
        append = store.appender(expected.function, expected.kind, expected.source)
        append(expected.before, expected.after, expected.outcome, expected.timestamp, expected.duration)
        store.close()
    stored = open_for_read(tmp_path)
    assert [found.run for found in stored.read()] == ["run-0", "run-1", "run-2"]
    assert [problem.file for problem in stored.problems] == []


def test_a_database_that_knew_no_reach_is_read_and_goes_on(tmp_path, record, same):
    def append(one):
        store = open_for_append(tmp_path, "sqlite", "run-1")
        add = store.appender(one.function, one.kind, one.source, one.reach)
        add(one.before, one.after, one.outcome, one.timestamp, one.duration)
        store.close()

    first, second = record(1), record(2, at=2.0, reach="(('name', 'g'),)")
    append(first)
    (path,) = tmp_path.glob("*.sqlite3")
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("ALTER TABLE calls DROP COLUMN reach")
        connection.commit()
    assert list(map(same, open_for_read(tmp_path).read())) == [same(first)]
    append(second)
    stored = open_for_read(tmp_path)
    assert list(map(same, stored.read())) == [same(first), same(second)]
    assert stored.problems == []

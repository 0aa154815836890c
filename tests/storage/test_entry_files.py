"""The user's own storage object, and files of readable entries however they came to be."""

from __future__ import annotations

import json
import pickle

import pytest

from pytead.errors import PyteadError
from pytead.names import FunctionName
from pytead.storage.opening import open_entry_files, open_for_read
from pytead.values import tree


def dumped(folder, storage, *records):
    store = open_entry_files(folder, storage, "run-1")
    for each in records:
        append = store.appender(each.function, each.kind, each.source)
        append(each.before, each.after, each.outcome, each.timestamp, each.duration)
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]


def test_the_entry_is_what_a_person_would_write(tmp_path, record, my_json_storage):
    call = record(2, "x", [1.5, None], kwargs={"deep": {"k": [True]}}, result={"sum": 3})
    (entry,) = dumped(tmp_path, my_json_storage(), call)
    assert entry["func"] == "shop.cart.total"
    assert entry["args"] == [2, "x", [1.5, None]]
    assert entry["kwargs"] == {"deep": {"k": [True]}}
    assert entry["result"] == {"sum": 3}
    assert entry["timestamp"] == 1.0
    assert "exception" not in entry
    assert "args_after" not in entry
    (path,) = tmp_path.glob("*.json")
    assert path.name.startswith("shop_cart_total__")


def test_an_exception_and_other_types_are_tagged(tmp_path, record, my_json_storage):
    call = record((1, 2), {3}, result=KeyError("k"), outcome="raised")
    (entry,) = dumped(tmp_path, my_json_storage(), call)
    assert "result" not in entry
    assert all("$type" in entry["args"][at] for at in (0, 1))
    assert "$type" in entry["exception"]


def test_the_arguments_are_those_from_before_the_call(tmp_path, record, my_json_storage):
    call = record([])._replace(after=pickle.dumps((([1],), None), 5))
    (entry,) = dumped(tmp_path, my_json_storage(), call)
    assert entry["args"] == [[]]
    assert entry["args_after"] == [[1]]


def test_any_extension_layout_and_folder(tmp_path, record, same, my_json_storage):
    class Pretty(my_json_storage):
        extension = ".call"

        def make_path(self, storage_dir, func_fullname):
            folder = storage_dir / func_fullname
            folder.mkdir(parents=True, exist_ok=True)
            return folder / f"{len(list(folder.iterdir()))}{self.extension}"

        def dump(self, entry, path):
            text = json.dumps({**entry, "host": "here"}, indent=4, sort_keys=True, ensure_ascii=False)
            path.write_bytes(b"\xef\xbb\xbf" + text.encode())

    records = [record(number, "caf\u00e9", at=float(number)) for number in range(3)]
    dumped(tmp_path, Pretty(), *records)
    stored = open_for_read(tmp_path)
    assert [same(each) for each in stored.read()] == [same(each) for each in records]
    assert len(stored.files()) == 4


def test_what_the_object_raises_is_reported_once_and_the_next_call_is_tried(
    tmp_path, record, my_json_storage
):
    class Failing(my_json_storage):
        def dump(self, entry, path):
            if entry["args"] != [3]:
                raise RuntimeError("no room")
            super().dump(entry, path)

    errors = []
    store = open_entry_files(tmp_path, Failing(), "run-1", errors.append)
    for number in range(4):
        each = record(number)
        append = store.appender(each.function, each.kind, each.source)
        append(each.before, each.after, each.outcome, each.timestamp, each.duration)
    (error,) = errors
    assert error.slug == "storage-unwritable"
    assert "Failing raised RuntimeError: no room" in error.message
    assert len(list(open_for_read(tmp_path).read())) == 1


def test_an_object_that_is_recorded_itself_does_not_store_itself_for_ever(tmp_path, record, my_json_storage):
    class Recorded(my_json_storage):
        def dump(self, entry, path):
            append(each.before, each.after, each.outcome, each.timestamp, each.duration)
            super().dump(entry, path)

    each = record()
    store = open_entry_files(tmp_path, Recorded(), "run-1")
    append = store.appender(each.function, each.kind, each.source)
    append(each.before, each.after, each.outcome, each.timestamp, each.duration)
    assert len(list(open_for_read(tmp_path).read())) == 1


def test_an_object_without_the_members_is_refused(tmp_path):
    with pytest.raises(
        PyteadError, match="object is no storage object: it has no extension and no make_path"
    ):
        open_entry_files(tmp_path, object(), "run-1")


MINIMAL = {"func": "pkg.mod.f", "args": [1], "kwargs": {"k": "v"}, "result": 2, "timestamp": 3.5}


@pytest.mark.parametrize(
    ("change", "name", "timestamp"),
    [
        ({}, ("pkg.mod", "f"), 3.5),
        ({"module": "pkg", "timestamp": 4}, ("pkg", "mod.f"), 4.0),
        ({"timestamp": "1970-01-01T00:00:05+00:00"}, ("pkg.mod", "f"), 5.0),
    ],
)
def test_an_entry_by_hand_is_read_with_defaults(tmp_path, change, name, timestamp):
    (tmp_path / "mine.json").write_text(json.dumps(MINIMAL | change))
    stored = open_for_read(tmp_path)
    (found,) = stored.read()
    assert found.function == FunctionName(*name)
    assert found.timestamp == timestamp
    assert (found.kind, found.outcome, found.run, found.source) == ("function", "returned", "", "")
    expected = [pickle.dumps([(1,), {"k": "v"}]), pickle.dumps([(1,), {"k": "v"}, 2])]
    assert [tree.canonical(tree.read(frozen)) for frozen in (found.before, found.after)] == [
        tree.canonical(tree.read(frozen)) for frozen in expected
    ]
    assert stored.files() == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"args": "(1,)"}, "args is no list"),
        ({"kwargs": [1]}, "kwargs no dict"),
        ({"func": "f"}, "no name"),
        ({"module": "other"}, "not in module 'other'"),
        ({"timestamp": []}, "is no time"),
        ({"exception": "ValueError('x')"}, "exception"),
        ({"kind": 3}, "kind is no str"),
        ({"args": [{"$type": "nonsense"}]}, "values can't be read"),
    ],
)
def test_an_entry_by_hand_that_makes_no_sense_is_named(tmp_path, change, reason):
    (tmp_path / "mine.json").write_text(json.dumps(MINIMAL | change))
    (tmp_path / "good.json").write_text(json.dumps(MINIMAL))
    stored = open_for_read(tmp_path)
    assert len(list(stored.read())) == 1
    (problem,) = stored.problems
    assert (problem.file, problem.slug) == ("mine.json", "entry-corrupt")
    assert reason in problem.reason


def test_text_that_could_stop_a_reader_is_only_a_problem(tmp_path):
    (tmp_path / "deep.json").write_text('{"a":' + "[" * 100_000)
    (tmp_path / "deep.jsonl").write_text("[" * 100_000)
    (tmp_path / "long.json").write_text('{"func": "a.b", "args": [], "result": ' + "9" * 50_000 + "}")
    (tmp_path / "twice.json").write_text(json.dumps(MINIMAL) + json.dumps(MINIMAL))
    stored = open_for_read(tmp_path)
    assert len(list(stored.read())) <= 1
    assert {"deep.json", "deep.jsonl", "twice.json"} <= {problem.file for problem in stored.problems}

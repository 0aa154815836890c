"""What is special about the default format: it is a plain pickle, and never loaded as one."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytead.records import SCHEMA
from pytead.storage import plain_pickle, readable, segments
from pytead.storage.opening import open_for_read
from pytead.values.calls import after_call, before_call, whole

ROOT = Path(__file__).parents[2]


def store_in(folder, record, *records):
    store = segments.SegmentStore(str(folder), "run-1")
    for each in records:
        append = store.appender(each.function, each.kind, each.source)
        append(each.before, each.after, each.outcome, each.timestamp, each.duration)
    store.close()
    (path,) = folder.glob("*.pkl")
    return path


@pytest.mark.parametrize("size", [0, 254, 255, 256, 257, 65_535, 65_536, 1 << 20])
@pytest.mark.parametrize("size_after", [1, 255, 256])
def test_any_pickle_reader_lists_a_segment(tmp_path, record, size, size_after):
    expected = record()._replace(before=b"b" * size, after=b"\x80" * size_after, outcome="raised")
    path = store_in(tmp_path, record, expected, expected)
    listed = []
    with path.open("rb") as file:
        while file.peek(1):
            listed.append(pickle.load(file))
    assert len(listed) == 2
    for entry in listed:
        assert isinstance(entry.pop("check"), int)
        assert entry == {
            "schema": 1,
            "entry": "call",
            "run": "run-1",
            "func": "shop.cart.total",
            "module": "shop.cart",
            "kind": "function",
            "source": "0f1e2d3c",
            "timestamp": 1.0,
            "duration": 0.25,
            "outcome": "raised",
            "before": expected.before,
            "after": expected.after,
        }
    assert path.read_bytes().count(b"shop.cart.total") == 2
    assert list(open_for_read(tmp_path).read()) == [expected, expected]


@pytest.mark.parametrize(
    "arguments", [("x" * 100,), ("x" * 120,), ("y" * 3000, [1.5] * 400), ("z" * 70_000,)]
)
@pytest.mark.parametrize("kwargs", [{}, {"key": [1, 2]}])
def test_what_a_call_left_as_it_was_is_stored_once(tmp_path, record, arguments, kwargs):
    before = pickle.dumps(before_call(arguments, kwargs), 5)
    results = [None, 1, "text", arguments[0], list(arguments), b"b" * 300]
    afters = [pickle.dumps(after_call(arguments, kwargs, result), 5) for result in results * 3]
    expected = [record()._replace(before=before, after=after) for after in afters]
    expected.append(record()._replace(before=before, after=pickle.dumps(after_call((), kwargs, before), 5)))
    rests = [each._replace(after=rest_of(each)) for each in expected]
    path = store_in(tmp_path, record, *rests)
    assert list(open_for_read(tmp_path).read()) == expected
    in_full = sum(len(each.before) + len(each.after) for each in expected)
    if 130 < len(before) < 60_000:
        assert path.stat().st_size < 0.6 * in_full + 300 * len(expected)
    with path.open("rb") as file:  # any pickle reader lists them all the same
        listed = [pickle.load(file) for _ in expected]
    for entry, each in zip(listed, expected, strict=True):
        rest = entry.get("rest")
        assert (entry["after"] if rest is None else whole(entry["before"], rest)) == each.after


def rest_of(record):
    end = len(record.before) - 2
    is_same = record.after[11:end] == record.before[11:end] and len(record.before) < 60_000
    return record.after[end:] if is_same else record.after


def test_a_planted_pickle_is_never_run(tmp_path, record):
    class Planted:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "planted"),)

    path = store_in(tmp_path, record, record())
    whole = path.read_bytes()
    planted = pickle.dumps(Planted())
    inside = pickle.dumps({"schema": 1, "check": 0, "entry": Planted()}, 5)
    path.write_bytes(planted + whole + inside + whole)
    (tmp_path / "alone.pkl").write_bytes(planted)
    stored = open_for_read(tmp_path)
    assert len(list(stored.read())) == 2
    assert not (tmp_path / "planted").exists()
    assert {problem.file for problem in stored.problems} == {path.name, "alone.pkl"}
    assert (tmp_path / "alone.pkl") not in stored.files()


def test_an_entry_inside_a_recorded_value_is_not_found_as_one(tmp_path, record):
    path = store_in(tmp_path / "inner", record, record("inner"))
    outer = record()._replace(before=pickle.dumps((path.read_bytes(),), 5))
    store_in(tmp_path / "outer", record, outer, record("next"))
    assert len(list(open_for_read(tmp_path / "outer").read())) == 2


def test_an_entry_that_claims_the_next_one_too_costs_only_itself(tmp_path, record):
    path = store_in(tmp_path, record, record(1), record(2), record(3))
    whole = bytearray(path.read_bytes())
    size = len(whole) // 3
    whole[3:11] = (2 * size - segments.FRAME_SIZE).to_bytes(8, "little")
    path.write_bytes(whole)
    assert list(open_for_read(tmp_path).read()) == [record(2), record(3)]


def test_a_process_number_that_comes_again_gets_a_file_of_its_own(tmp_path, record):
    for _ in range(3):
        store = segments.SegmentStore(str(tmp_path), "run-1")
        append = store.appender(record().function, "function", "")
        append(b"", b"\x80", "returned", 1.0, 0.0)
    pid = os.getpid()
    names = [f"run-1-{pid}.pkl", f"run-1-{pid}-1.pkl", f"run-1-{pid}-2.pkl"]
    assert {path.name for path in tmp_path.glob("*.pkl")} == set(names)


FULL = """
import resource, signal, sys
sys.dont_write_bytecode = True  # what is imported later would leave half a file
sys.path.insert(0, {root!r})
from pytead.names import FunctionName
from pytead.storage.opening import open_for_append
errors = []
store = open_for_append({folder!r}, "pickle", "run", errors.append)
append = store.appender(FunctionName("m", "f"), "function", "")
append(b"x" * 100, b"y" * 100, "returned", 1.0, 0.1)
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, resource.RLIM_INFINITY))
for at in range(2, 60):
    append(b"x" * 4000, b"y" * 1000, "returned", float(at), 0.1)
print([error.message for error in errors])
"""

if hasattr(signal, "SIGXFSZ"):
    # Less than what was made room for, and in the middle of the room that is made next.
    @pytest.mark.parametrize("limit", [1_000, 200_000])
    def test_a_full_disk_is_reported_once_and_costs_what_does_not_fit(tmp_path, limit):
        program = FULL.format(root=str(ROOT), folder=str(tmp_path / "calls"), limit=limit)
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        assert done.stdout.count("can't store calls in") == 1
        assert "file too large" in done.stdout
        stored = open_for_read(tmp_path / "calls")
        kept = [record.timestamp for record in stored.read()]
        assert kept == [float(at) for at in range(1, len(kept) + 1)]
        assert (len(kept) + 1) * 5_300 > limit
        assert {problem.slug for problem in stored.problems} <= {"entry-truncated"}


def test_a_large_store_is_read_without_holding_it(tmp_path, record):
    import tracemalloc

    big = record()._replace(before=os.urandom(1 << 20), after=b"\x80")
    store_in(tmp_path, record, *[big] * 40)
    tracemalloc.start()
    try:
        assert sum(1 for _ in open_for_read(tmp_path).read()) == 40
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 10 << 20


builtins = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner),
)


@given(builtins)
def test_what_is_dumped_is_a_pickle_and_loads_the_same(value):
    written = plain_pickle.dump(value)
    loaded = plain_pickle.load(written + b".")
    assert repr(loaded) == repr(value)
    assert repr(pickle.loads(b"\x80\x05" + written + b".")) == repr(value)


@given(st.binary(max_size=60))
def test_bytes_that_nobody_dumped_are_refused_or_builtins(data):
    try:
        plain_pickle.load(data)
    except ValueError:
        return
    assert repr(pickle.loads(b"\x80\x05" + data)) == repr(plain_pickle.load(data))


def test_every_format_writes_the_same_schema():
    assert segments.SCHEMA == readable.SCHEMA == SCHEMA


def test_no_opcode_but_those_of_builtins_is_known():
    known = set()
    for opcode in range(256):
        with pytest.raises(ValueError, match="not an entry") as caught:
            plain_pickle.load(bytes((opcode,)) + b"\xff" * 16)
        if f"opcode {opcode:#04x}" not in str(caught.value):
            known.add(opcode)
    assert known == set(b"N\x88\x89KG\x8a\x8bCB\x8e\x8cX\x8d(t]e}u.")

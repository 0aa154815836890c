"""A segment that is mapped into memory: how it grows, and what is left of it however the process ends."""

from __future__ import annotations

import errno
import os
import pickle
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pytead.storage import mapped, segments
from pytead.storage.opening import open_for_read

ROOT = Path(__file__).parents[2]
LINUX = sys.platform == "linux"


class Segments:
    """Appends records that are told apart by their timestamp."""

    def __init__(self, folder: Path, record) -> None:
        self.folder = folder
        self.errors: list[object] = []
        self.store = segments.SegmentStore(str(folder), "run-1", self.errors.append)
        self._append = self.store.appender(record().function, "function", "")

    def append(self, *timestamps: float, size: int = 10, size_after: int = 20) -> None:
        for timestamp in timestamps:
            self._append(b"b" * size, b"\x80" * max(size_after, 1), "returned", timestamp, 0.5)

    def files(self) -> list[Path]:
        return sorted(self.folder.glob("*.pkl"))

    def found(self) -> list[float]:
        stored = open_for_read(self.folder)
        found = [record.timestamp for record in stored.read()]
        assert stored.problems == []
        return found


@pytest.fixture
def calls(tmp_path, record):
    made = Segments(tmp_path / "call_logs", record)
    yield made
    made.store.close()


@pytest.fixture(params=["mapped", "plain"])
def either(request, calls, monkeypatch):
    """With a map, and on a file system that has none."""
    if request.param == "plain":
        monkeypatch.setattr(mapped, "_check_mappable", refuse)
    return calls


def refuse(fd, path):
    raise OSError(errno.ENODEV, "No such device")


def listed(path: Path) -> list[dict[str, object]]:
    entries = []
    with path.open("rb") as file:
        while True:
            try:
                entries.append(pickle.load(file))
            except EOFError:
                return entries


def test_a_file_has_room_while_it_is_open_and_none_when_it_is_closed(calls):
    calls.append(1, 2, 3)
    (path,) = calls.files()
    whole = path.read_bytes()
    assert whole.endswith(bytes(1000)) or not LINUX
    assert calls.found() == [1, 2, 3]
    calls.store.close()
    assert path.read_bytes() == whole.rstrip(b"\0")
    assert [entry["timestamp"] for entry in listed(path)] == [1, 2, 3]


def test_what_is_appended_after_closing_goes_on_in_the_same_file_and_leaves_it_whole(either):
    either.append(1)
    either.store.close()
    either.append(2, 3)
    either.store.close()
    either.append(4)
    (path,) = either.files()
    assert [entry["timestamp"] for entry in listed(path)] == [1, 2, 3, 4]


@pytest.mark.parametrize("size", [0, 100, 65_000, 200_000, (2 << 20) - 300, 2 << 20, 5_000_000])
def test_any_size_fits_in_at_any_place(either, size):
    either.append(1, 2)
    either.append(3, 4, size=size)
    either.append(5, size_after=size)
    either.append(6, 7)
    assert either.found() == [1, 2, 3, 4, 5, 6, 7]
    either.store.close()
    (path,) = either.files()
    assert [len(entry["before"]) for entry in listed(path)] == [10, 10, size, size, 10, 10, 10]


def test_many_entries_of_random_sizes_fill_every_room_to_its_end(calls):
    pick = random.Random(1)
    for at in range(3_000):
        calls.append(float(at), size=pick.choice((0, 7, 300, pick.randrange(3_000))), size_after=at % 40)
    assert calls.found() == list(range(3_000))
    calls.store.close()
    assert len(listed(calls.files()[0])) == 3_000


def test_threads_that_make_room_at_once_lose_nothing(either):
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)

    def work(number: int) -> None:
        for turn in range(500):
            either.append(number * 1_000.0 + turn, size=turn * number % 4_000)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(5)]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert either.found() == [number * 1_000.0 + turn for number in range(5) for turn in range(500)]
    assert len(either.files()) == 1


def test_threads_go_on_while_the_store_is_closed(calls):
    closed = threading.Event()

    def work(number: int) -> None:
        turn = 0
        while not closed.is_set() or turn < 100:
            calls.append(number * 1e6 + turn, size=500)
            turn += 1
        kept[number] = turn

    kept: dict[int, int] = {}
    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    calls.store.close()
    closed.set()
    for thread in threads:
        thread.join()
    expected = [number * 1e6 + turn for number in sorted(kept) for turn in range(kept[number])]
    assert calls.found() == expected


def test_a_call_in_the_middle_of_making_room_is_stored_at_once(calls, monkeypatch):
    write_zeros = mapped._write_zeros
    inner = iter((100.0, 200.0))

    def interrupted(fd: int, needed: int) -> int:
        at = next(inner, None)
        if at is not None:  # as from a signal handler or a finaliser
            calls.append(at)
            assert at in calls.found()
        return write_zeros(fd, needed)

    monkeypatch.setattr(mapped, "_write_zeros", interrupted)
    calls.append(1)
    calls.append(2, size=100_000)
    calls.append(3)
    calls.store.close()
    calls.append(4)
    assert calls.found() == [1, 2, 3, 4, 100, 200]


if hasattr(signal, "setitimer"):

    def test_signal_handlers_append_too(either):
        handled: list[float] = []

        def handle(number: int, frame: object) -> None:
            handled.append(1e6 + len(handled))
            either.append(handled[-1], size=200)
            if not done:
                signal.setitimer(signal.ITIMER_REAL, 0.000_2)

        done: list[bool] = []
        before = signal.signal(signal.SIGALRM, handle)
        signal.setitimer(signal.ITIMER_REAL, 0.000_2)
        try:
            for at in range(20_000):
                either.append(float(at))
        finally:
            done.append(True)
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        assert handled
        assert either.found() == [*range(20_000), *handled]


if hasattr(signal, "SIGXFSZ"):

    def test_where_no_room_can_be_made_entries_are_stored_as_long_as_they_fit(calls):
        import resource

        calls.append(1, size=60_000)
        (path,) = calls.files()
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (90_000, before[1]))
        try:
            calls.append(2, size=20_000)
            assert calls.errors == []
            for at in range(3, 9):
                calls.append(float(at), size=20_000)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        calls.append(9)
        (error,) = calls.errors
        assert error.slug == "storage-unwritable"
        stored = open_for_read(calls.folder)
        assert [record.timestamp for record in stored.read()] == [1, 2]
        assert [problem.slug for problem in stored.problems] == ["entry-truncated"]
        assert calls.files() == [path]


def test_a_file_that_is_deleted_is_followed_by_another(calls):
    calls.append(1)
    for path in calls.folder.iterdir():
        path.unlink()
    calls.folder.rmdir()
    calls.append(2, size=100_000)
    calls.append(3)
    assert calls.found() == [2, 3]
    calls.folder.joinpath(calls.files()[0].name).unlink()
    calls.store.close()
    calls.append(4)
    assert calls.found() == [4]


def test_a_file_put_in_its_place_is_left_alone(calls):
    calls.append(1)
    (path,) = calls.files()
    path.unlink()
    path.write_bytes(b"mine")
    calls.append(2, size=100_000)
    calls.store.close()
    assert path.read_bytes() == b"mine"
    assert [entry["timestamp"] for entry in listed(path.with_name(path.stem + "-1.pkl"))] == [2]


KILLED = """
import os, sys
sys.path.insert(0, {root!r})
from pytead.names import FunctionName
from pytead.storage.segments import SegmentStore
store = SegmentStore({folder!r}, "run-1")
append = store.appender(FunctionName("m", "f"), "function", "")
def calls(first, last, size=10):
    for at in range(first, last):
        append(b"b" * size, b"a", "returned", float(at), 0.5)
"""


@pytest.fixture
def run(calls):
    def run(body: str) -> None:
        program = KILLED.format(root=str(ROOT), folder=str(calls.folder)) + body
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
        assert done.stderr == ""

    return run


def test_a_killed_process_leaves_zeros_that_nobody_hears_of(calls, run):
    run("calls(0, 1_000); calls(1_000, 1_002, 100_000); os._exit(1)")
    assert calls.found() == list(range(1_002))
    (path,) = calls.files()
    assert path.read_bytes().endswith(bytes(100)) or not LINUX
    assert open_for_read(calls.folder).files() == [path, calls.folder / ".gitignore"]


def test_an_entry_that_was_copied_in_part_costs_itself(calls, run):
    run("calls(0, 3); os._exit(1)")
    (path,) = calls.files()
    entries = path.read_bytes().rstrip(b"\0")
    last = entries.rindex(segments.FRAME)
    for begin, end in [(last, at) for at in range(last + 1, len(entries))] + [
        (at, len(entries)) for at in range(last + 1, len(entries))
    ]:
        torn = entries[:last] + bytes(begin - last) + entries[begin:end]
        path.write_bytes(torn + bytes(1000))
        stored = open_for_read(calls.folder)
        assert [record.timestamp for record in stored.read()] == [0, 1], (begin, end)
        assert {problem.slug for problem in stored.problems} <= {"entry-truncated", "entry-corrupt"}
        if begin == last and end > last + 30:
            assert [problem.slug for problem in stored.problems] == ["entry-truncated"], end


def test_a_file_that_got_no_further_than_its_room_is_ours_and_no_problem(calls):
    calls.folder.mkdir()
    ours = calls.folder / "run-1-123.pkl"
    ours.write_bytes(bytes(65_536))
    foreign = calls.folder / "weights.pkl"
    foreign.write_bytes(bytes(65_536))
    stored = open_for_read(calls.folder)
    assert [problem.file for problem in stored.problems] == ["weights.pkl"]
    assert stored.files() == [ours]


if hasattr(os, "fork"):

    def test_a_fork_that_nobody_told_us_of_never_gives_a_wrong_call(calls, run):
        run(
            """
calls(0, 10)
if os.fork():
    os.wait()
    calls(100, 120)
else:
    calls(200, 207, 50)
os._exit(0)
"""
        )
        stored = open_for_read(calls.folder)
        found = [record.timestamp for record in stored.read()]
        assert found[:10] == list(range(10))
        assert set(found[10:]) <= {*range(100, 120), *range(200, 207)}
        assert set(range(100, 120)) <= set(found)

    def test_the_room_of_a_parent_is_not_the_child_s(calls, run):
        run(
            """
calls(0, 5)
if os.fork():
    os.wait()
else:
    store.after_fork()
    calls(100, 300, 1_000)
    os._exit(0)
calls(5, 300, 1_000)
os._exit(0)
"""
        )
        assert sorted(calls.found()) == sorted([*range(300), *range(100, 300)])
        assert len(calls.files()) == 2

    def test_a_fork_in_the_middle_of_making_room_leaves_the_file_to_the_parent(calls, run):
        run(
            """
from pytead.storage import mapped
write_zeros = mapped._write_zeros
def forking(fd, needed):  # as from a signal handler
    global child
    mapped._write_zeros = write_zeros
    child = os.fork()
    if child:
        os.waitpid(child, 0)
    else:
        store.after_fork()
    return write_zeros(fd, needed)
mapped._write_zeros = forking
calls(0, 1)
calls(1, 20) if child else calls(100, 120)
os._exit(0)
"""
        )
        assert sorted(calls.found()) == [0, 0, *range(1, 20), *range(100, 120)]
        assert len(calls.files()) == 2

    def test_a_program_that_closes_every_descriptor_keeps_those_that_it_opens_then(calls, run, tmp_path):
        run(
            f"""
calls(0, 5)
os.closerange(3, 4096)
mine = [open({str(tmp_path / "mine")!r} + str(n), "w") for n in range(20)]
calls(5, 300, 1_000)
store.close()
for file in mine:
    print("mine", file=file, flush=True)
"""
        )
        assert calls.found() == list(range(300))
        assert all(path.read_text() == "mine\n" for path in tmp_path.glob("mine*"))


if LINUX:

    def test_a_file_system_that_may_have_no_block_when_it_writes_is_not_mapped(calls, monkeypatch):
        monkeypatch.setattr(mapped, "_FILE_SYSTEMS", {"none"})
        calls.append(1, 2)
        (path,) = calls.files()
        assert [entry["timestamp"] for entry in listed(path)] == [1, 2]
        assert calls.errors == []

"""Writing and reading a small record in each format, beside a bare ``os.write`` and a plain ``pickle.load``."""

from __future__ import annotations

import os
import pickle
from functools import partial
from typing import TYPE_CHECKING, get_args

import pytest

from benchmarks.timing import CALLS, Actions
from pytead.names import FunctionName
from pytead.storage.opening import open_for_append, open_for_read
from pytead.storage.store import Append, Format

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_benchmark.fixture import BenchmarkFixture

    from benchmarks.conftest import Compare

FORMATS: tuple[Format, ...] = get_args(Format)
NAME = FunctionName("mymodule", "multiply")
BEFORE = pickle.dumps(((2, 3), {}), 5)
AFTER = pickle.dumps((6, (2, 3), {}), 5)


def _append(append: Append, records: int = CALLS) -> None:
    for _ in range(records):
        append(BEFORE, AFTER, "returned", 1.7e9, 1e-5)


def _write(file: int, data: bytes) -> None:
    for _ in range(CALLS):
        os.write(file, data)


def _load(path: Path) -> None:
    with path.open("rb") as file:
        for _ in range(CALLS):
            pickle.load(file)


def _read(folder: Path) -> None:
    assert sum(1 for _ in open_for_read(folder).read()) == CALLS


@pytest.fixture
def actions(work: str, tmp_path: Path) -> Iterator[Actions]:
    """Write or read a thousand records."""
    stores = {name: open_for_append(tmp_path / name, name, "20240131-235959-0a1b2c") for name in FORMATS}
    appends = {name: store.appender(NAME, "function", "0123456789abcdef") for name, store in stores.items()}
    for append in appends.values():
        _append(append, 1 if work == "written" else CALLS)
    (segment,) = (tmp_path / "pickle").glob("*.pkl")
    bare = os.open(tmp_path / "bare", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    if work == "written":
        written: Actions = {name: partial(_append, append) for name, append in appends.items()}
        yield {"bare": partial(_write, bare, segment.read_bytes().rstrip(b"\0")), **written}
    else:
        read: Actions = {name: partial(_read, tmp_path / name) for name in FORMATS}
        yield {"bare": partial(_load, segment), **read}
    os.close(bare)
    for store in stores.values():
        store.close()


@pytest.mark.parametrize("name", ["bare", *FORMATS])
@pytest.mark.parametrize("work", ["written", "read"])
def bench_store(benchmark: BenchmarkFixture, actions: Actions, work: str, name: str) -> None:
    """A thousand records."""
    benchmark.group = f"1,000 records {work}"
    benchmark(actions[name])


@pytest.mark.parametrize("work", ["written", "read"])
def bench_store_in_turns(compare: Compare, actions: Actions, work: str) -> None:
    """All formats beside each other."""
    compare(work, actions, counts={"record": CALLS}, rounds=7)

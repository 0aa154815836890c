from __future__ import annotations

import json
import pickle
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from pytead.names import FunctionName
from pytead.records import CallRecord
from pytead.storage.opening import open_entry_files, open_for_append
from pytead.storage.stories import read_story
from pytead.values import tree
from pytead.values.calls import STORIES, after_call, before_call
from pytead.values.nodes import Items

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytead.errors import PyteadError
    from pytead.storage.store import CallStore

FORMATS = ["pickle", "json", "sqlite", "entry_files"]


class MyJsonStorage:
    """The storage object of the README."""

    extension = ".json"

    def make_path(self, storage_dir: Path, func_fullname: str) -> Path:
        storage_dir.mkdir(parents=True, exist_ok=True)
        prefix = func_fullname.replace(".", "_")
        return storage_dir / f"{prefix}__{uuid.uuid4().hex}{self.extension}"

    def dump(self, entry: dict[str, Any], path: Path) -> None:
        path.write_text(json.dumps(entry, default=str), encoding="utf-8")

    def load(self, path: Path) -> dict[str, Any]:
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return data


class Calls:
    """Opens stores of one format in one folder, makes records and compares them."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.format = name
        self.errors: list[PyteadError] = []
        self._stores: list[CallStore] = []

    def open(self, run: str = "run-1") -> CallStore:
        if self.format == "entry_files":
            store = open_entry_files(self.folder, MyJsonStorage(), run, self.errors.append)
        else:
            store = open_for_append(self.folder, self.format, run, self.errors.append)  # type: ignore[arg-type]
        self._stores.append(store)
        return store

    def close(self) -> None:
        for store in self._stores:
            store.close()

    def append(self, store: CallStore, *records: CallRecord) -> None:
        for record in records:
            append = store.appender(record.function, record.kind, record.source, record.reach)
            append(record.before, record.after, record.outcome, record.timestamp, record.duration)


@pytest.fixture(params=FORMATS)
def calls(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    opened = Calls(tmp_path / "call_logs", request.param)
    yield opened
    opened.close()


@pytest.fixture
def record() -> Callable[..., CallRecord]:
    return make_record


@pytest.fixture
def same() -> Callable[[CallRecord], object]:
    return canonical


@pytest.fixture
def my_json_storage() -> type[MyJsonStorage]:
    return MyJsonStorage


def make_record(
    *args: object, result: object = None, at: float = 1.0, name: str = "shop.cart.total", **more: Any
) -> CallRecord:
    """A record of ``name(*args)``; dataclass fields in ``more`` win."""
    module, _, function = name.rpartition(".")
    kwargs = more.pop("kwargs", {})
    fields: dict[str, Any] = {
        "function": FunctionName(module, function),
        "kind": "function",
        "before": pickle.dumps(before_call(args, kwargs), 5),
        "after": pickle.dumps(after_call(args, kwargs, result), 5),
        "outcome": "returned",
        "timestamp": at,
        "duration": 0.25,
        "run": "run-1",
        "source": "0f1e2d3c",
    }
    return CallRecord(**{**fields, **more})


def canonical(record: CallRecord) -> object:
    """What must come back: every field, the values by what they read as."""
    after = tree.read(record.after)
    if record.outcome in STORIES and isinstance(after, Items):
        # Its items are frozen inside the frozen outcome, and their bytes may differ.
        after.items[-1] = read_story(after.items[-1]).as_node()
    values = [tree.canonical(node) for node in (tree.read(record.before), after)]
    rest = (
        record.function,
        record.kind,
        record.outcome,
        record.timestamp,
        record.duration,
        record.run,
        record.source,
        record.reach,
    )
    return (*rest, *values)

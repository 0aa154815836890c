"""What a record costs to write and to read in each format, beside one bare ``os.write`` of the same bytes."""

from __future__ import annotations

import os
import pickle
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from benchmarks.timing import in_turns
from pytead.names import FunctionName
from pytead.storage.opening import open_for_append, open_for_read
from pytead.storage.store import Append, CallStore, Format

if TYPE_CHECKING:
    from collections.abc import Callable

CALLS = 500
NAME = FunctionName("mymodule", "multiply")
BIG = ({f"key{number}": number * 1.5 for number in range(10)}, [number / 7 for number in range(20)])
ARGUMENTS: dict[str, tuple[object, ...]] = {"two ints": (2, 3), "a dict and 20 floats": BIG}


def _append(append: Append, before: bytes, after: bytes) -> None:
    for _ in range(CALLS):
        append(before, after, "returned", 1.7e9, 1e-5)


def _bare(file: int, data: bytes) -> None:
    for _ in range(CALLS):
        os.write(file, data)


def _read(folder: Path) -> None:
    for _ in open_for_read(folder).read():
        pass


def _measure(folder: Path, args: tuple[object, ...]) -> dict[str, tuple[float, float, float]]:
    """Format to seconds to write, seconds to read and bytes, each a record."""
    before, after = pickle.dumps((args, {}), 5), pickle.dumps((6, args, {}), 5)
    formats: tuple[Format, ...] = get_args(Format)
    writes: dict[str, Callable[[], object]] = {}
    stores: list[CallStore] = []
    for name in formats:
        store = open_for_append(folder / name, name, "20240131-235959-0a1b2c")
        append = store.appender(NAME, "function", "0123456789abcdef")
        append(before, after, "returned", 1.7e9, 1e-5)
        writes[name] = partial(_append, append, before, after)
        stores.append(store)
    (segment,) = (folder / "pickle").glob("*.pkl")
    entry = segment.read_bytes()
    bare = os.open(folder / "bare", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    writes["os.write"] = partial(_bare, bare, entry)
    written = in_turns(writes, CALLS)
    os.close(bare)
    for store in stores:
        store.close()
    sizes = {name: sum(path.stat().st_size for path in (folder / name).iterdir()) for name in formats}
    counts = {name: sum(1 for _ in open_for_read(folder / name).read()) for name in formats}
    reads: dict[str, Callable[[], object]] = {name: partial(_read, folder / name) for name in formats}
    took = in_turns(reads, 1, rounds=3)
    table: dict[str, tuple[float, float, float]] = {"os.write": (written["os.write"], 0.0, len(entry))}
    table |= {
        name: (written[name], took[name] / counts[name], sizes[name] / counts[name]) for name in formats
    }
    return table


def main() -> None:
    """Print microseconds of CPU time and bytes a record."""
    print(f"Python {sys.version.partition(' ')[0]}, us of CPU time and bytes a record")
    for title, args in ARGUMENTS.items():
        with tempfile.TemporaryDirectory() as folder:
            table = _measure(Path(folder), args)
        print(f"\n{title:24}{'write':>8}{'read':>8}{'bytes':>8}")
        for name, (write, read, size) in table.items():
            shown = f"{1e6 * read:8.1f}" if read else " " * 8
            print(f"  {name:22}{1e6 * write:8.2f}{shown}{size:8.0f}")


if __name__ == "__main__":
    main()

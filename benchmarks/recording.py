"""What a recorded call costs beside the floor, and what a call costs when its function has all it needs."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.floor import FloorFunction, FloorRecording
from benchmarks.timing import in_turns
from pytead.capture.recorder import Recorder
from pytead.capture.wrapping import PassedFunction, become
from pytead.storage.opening import open_for_append

CALLS = 5_000
BIG = {f"key{number}": number for number in range(10)}
FLOATS = [number / 7 for number in range(20)]


def small(a: int, b: int) -> int:
    """Two ints."""
    return a + b


def big(table: dict[str, int], floats: list[float]) -> float:
    """A dict of ten keys and twenty floats."""
    return floats[3]


def _loop(function: Callable[..., Any], *, is_big: bool) -> Callable[[], None]:
    def make_small_calls() -> None:
        for number in range(CALLS):
            function(number, 2)

    def make_big_calls() -> None:
        floats = list(FLOATS)
        for number in range(CALLS):
            floats[0] = number
            function(BIG, floats)

    return make_big_calls if is_big else make_small_calls


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        floor = FloorRecording(os.path.join(folder, "floor"))
        recorder = Recorder(open_for_append(Path(folder, "calls"), "pickle", "bench"), "bench", 0)
        past: Any = recorder.wrap(small, "bench", "past", "function")
        become(past, PassedFunction)
        actions: dict[str, Callable[[], None]] = {}
        for is_big, function in ((False, small), (True, big)):
            size = "big" if is_big else "small"
            ours = recorder.wrap(function, "bench", function.__name__, "function")
            actions[f"{size} bare"] = _loop(function, is_big=is_big)
            actions[f"{size} floor"] = _loop(FloorFunction(function, floor), is_big=is_big)
            actions[f"{size} pytead"] = _loop(ours, is_big=is_big)
        actions["past the limit"] = _loop(past, is_big=False)
        taken = in_turns(actions, CALLS)
        recorder.close()
    print(f"Python {sys.version.partition(' ')[0]}; us a call, above the bare call")
    for size in ("small", "big"):
        bare, least, ours = (taken[f"{size} {name}"] for name in ("bare", "floor", "pytead"))
        ratio = (ours - bare) / (least - bare)
        print(f"  {size:<6} floor {1e6 * (least - bare):6.2f}  pytead {1e6 * (ours - bare):6.2f}  ratio {ratio:.2f}")
    added = taken["past the limit"] - taken["small bare"]
    print(f"  past the limit, where the wrapper stays: {1e9 * added:.0f} ns; where the original is back: 0 by design")


if __name__ == "__main__":
    main()

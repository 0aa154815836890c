"""Process CPU time of several things in turns, so that a noisy machine is noisy for all of them alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from statistics import median
from time import process_time


def in_turns(actions: Mapping[str, Callable[[], object]], calls: int, rounds: int = 15) -> dict[str, float]:
    """Seconds of CPU time a call, the median over rounds.

    Args:
        actions: name to what makes ``calls`` calls.
        calls: how many calls an action makes.
        rounds: how many times each is run, in turns.
    """
    times: dict[str, list[float]] = {name: [] for name in actions}
    for _ in range(rounds):
        for name, action in actions.items():
            begun = process_time()
            action()
            times[name].append((process_time() - begun) / calls)
    return {name: median(taken) for name, taken in times.items()}

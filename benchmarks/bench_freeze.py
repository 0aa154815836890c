"""Freezing representative values beside ``pickle.dumps``, which runs code of their classes and leaves nothing out."""

from __future__ import annotations

import pickle
from dataclasses import dataclass, field
from datetime import datetime, timezone
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

import pytest

from benchmarks.timing import CALLS, Actions
from pytead.values.freezer import freeze

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

    from benchmarks.conftest import Compare


@dataclass
class Item:
    """Of a shop's order."""

    name: str
    price: Decimal
    tags: list[str] = field(default_factory=list)


VALUES: dict[str, object] = {
    "two ints": ((2, 3), {}),
    "dict and 20 floats": ({f"key{n}": n for n in range(10)}, [n / 7 for n in range(20)]),
    "5 dataclasses": [Item(f"item{n}", Decimal(n) / 4, ["new", "red"]) for n in range(5)],
    "datetime and set": (datetime(2024, 1, 31, tzinfo=timezone.utc), {"a", "b"}),
    "1,000 strings": [f"line {n}" for n in range(1_000)],
}


def _pickle(value: object) -> None:
    for _ in range(CALLS):
        pickle.dumps(value, 5)


def _freeze(value: object) -> None:
    for _ in range(CALLS):
        freeze(value)


ACTIONS = {"pickle.dumps": _pickle, "freeze": _freeze}


@pytest.mark.parametrize("name", ACTIONS)
@pytest.mark.parametrize("value", VALUES)
def bench_freeze(benchmark: BenchmarkFixture, value: str, name: str) -> None:
    """A value, a thousand times."""
    benchmark.group = f"1,000 values, {value}"
    benchmark(ACTIONS[name], VALUES[value])


@pytest.mark.parametrize("value", VALUES)
def bench_freeze_in_turns(compare: Compare, value: str) -> None:
    """The ratio to ``pickle.dumps``."""
    actions: Actions = {name: partial(action, VALUES[value]) for name, action in ACTIONS.items()}
    compare(value, actions, ratio="pickle.dumps", counts={"freeze": CALLS}, rounds=11)

"""Values of all kinds inside each other: they come back equal and of the same types, by the same source each time."""

from __future__ import annotations

import array
import ipaddress
import os
import random
import subprocess
import sys
import zoneinfo
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pytead.replay import same
from pytead.values.freezer import freeze
from pytead.values.tree import find_opaque, read

from . import models, test_libraries, test_library, test_source
from .test_functions import remade, render
from .test_live import _live, plain

if TYPE_CHECKING:
    from collections.abc import Callable


def _kinds() -> list[Callable[[], Any]]:
    """How to make one value of each kind that any other test of this room makes."""
    values = [*test_source.VALUES, *test_libraries.ARRAYS, *test_libraries.TABLES]
    made = [make for make, _ in (*test_library.REBUILT, *models.MODELS)]
    made += [
        lambda: array.array("d", [1.5, float("nan")]),
        lambda: ipaddress.ip_network("10.0.0.0/8"),
        lambda: ipaddress.IPv4Address("10.0.0.1"),
        lambda: zoneinfo.ZoneInfo("Europe/Paris"),
    ]
    made += [lambda value=value: value for value, _ in values]
    return [make for make in made if find_opaque(read(freeze(make()))) is None and _is_itself(make())]


def _is_itself(value: Any) -> bool:
    """Whether its class makes the same of it each time, and of its state just what it was."""
    is_of_the_moment = type(value).__name__ in ("LogRecord", "Stateful", "stat_result")
    return not is_of_the_moment and bool(same(value, value))


KINDS = _kinds()


def _held(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        _live(inner),
        inner.map(lambda held: models.Plain(held, [held])),
        inner.map(lambda held: test_source.Line(held, {"also": held})),
        inner.map(_accounted),
        inner.map(lambda held: test_source.MyList([held, (held,)])),
        inner.map(lambda held: ValueError("bad", held)),
        inner.map(lambda held: test_source.Point(held)),
    )


def _accounted(held: Any) -> test_source.Account:
    account = test_source.Account("ann")
    account.log = [held, account]
    return account


@settings(deadline=None, max_examples=60)
@given(
    st.recursive(
        plain | st.integers(0, len(KINDS) - 1).map(lambda place: KINDS[place]()), _held, max_leaves=6
    )
)
def test_they_come_back_the_same(value: Any) -> None:
    text = render(value)
    assert render(value) == text  # before it is compared, as some have caches that this fills
    assert same(remade(value), value), text


def nested(seed: int) -> str:
    """Source of many values inside each other, chosen by chance."""
    chance = random.Random(seed)
    texts = []
    for _ in range(60):
        held = [chance.choice(KINDS)() for _ in range(3)]
        value: Any = {"first": held, "again": held[0], "in": {"c", "b", "a", 1, (2, "d"), frozenset("xyz")}}
        for wrap in chance.sample(
            [_accounted, lambda each: (each, {each[0] for each in "qwe"}), models.Plain], 2
        ):
            value = wrap(value)
        texts.append(render(value))
    return "\n".join(texts)


def test_another_process_with_another_hash_seed_writes_the_same() -> None:
    script = "from tests.values.test_all_kinds import nested; import sys; sys.stdout.write(nested(7))"
    root = os.path.dirname(os.path.dirname(os.path.dirname(__file__)))
    told = [
        subprocess.run(
            [sys.executable, "-X", "utf8", "-c", script],
            cwd=root,
            env={
                **os.environ,
                "PYTHONHASHSEED": seed,
                "PYTHONPATH": os.pathsep.join([root, f"{root}/tests/programs"]),
            },
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert told[0] == told[1]
    assert len(told[0]) > 10_000


def test_every_kind_is_among_them() -> None:
    names = {type(make()).__name__ for make in KINDS}
    wanted = {
        "ndarray", "DataFrame", "Series", "Timestamp", "Decimal", "Fraction", "UUID", "ZoneInfo", "datetime", "Context",
        "Pattern", "SimpleNamespace", "mappingproxy", "array", "StringIO", "BytesIO", "partial", "Namespace",
        "Signature", "Counter", "defaultdict", "deque", "ChainMap", "IPv4Address", "PosixPath", "Plain", "Order",
    }  # fmt: skip
    assert wanted - names - ({"PosixPath"} if sys.platform == "win32" else set()) == set()

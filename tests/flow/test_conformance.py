"""The same events for the same program, on every engine and every interpreter.

What they are stands in ``expected_flows.json``. ``python tests/flow/test_conformance.py`` writes it anew; read the
difference before you commit it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from programs import PROGRAMS

EXPECTED = Path(__file__).with_name("expected_flows.json")
ENGINES = ("settrace", *(("monitoring",) if sys.version_info >= (3, 12) else ()))
OPTIONS: dict[str, dict[str, Any]] = {
    **{f"{engine} standard": {"engine": engine} for engine in ENGINES},
    **{f"{engine} verbose": {"engine": engine, "detail_level": "verbose"} for engine in ENGINES},
    **{
        f"{engine} minimal": {"engine": engine, "detail_level": "minimal"}
        for engine in (*ENGINES, "setprofile")
    },
}


@pytest.fixture(scope="module")
def flows(flows_of) -> dict[str, dict[str, Any]]:
    return flows_of(PROGRAMS, OPTIONS)


def comparable(flow: dict[str, Any], detail: str) -> list[Any]:
    """The events; without what was raised where no values are kept: ``sys.setprofile`` doesn't see it."""
    return [event[:4] if detail == "minimal" else event for event in flow["events"]]


def test_there_are_enough_programs() -> None:
    assert len(PROGRAMS) >= 50


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_events_are_those_expected(flows, name: str) -> None:
    expected = json.loads(EXPECTED.read_text(encoding="utf-8"))[name]
    for key, flow in flows[name].items():
        engine, detail = key.split()
        assert flow["engine"] == engine
        assert comparable(flow, detail) == expected[detail], key
        if detail == "standard":
            assert flow["trace"].split("\n") == expected["trace"], key


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_lines_are_the_same_on_all_engines(flows, name: str) -> None:
    """But for where an exception left a generator: the interpreter has code of its own there."""
    lines = [
        [
            line
            for line, event in zip(flow["lines"], flow["events"], strict=True)
            if "raised" not in event[3:4]
        ]
        for key, flow in flows[name].items()
        if key.endswith("minimal")
    ]
    assert len(lines) == len(ENGINES) + 1
    assert all(each == lines[0] for each in lines)


if __name__ == "__main__":
    from conftest import flows_of as fixture

    traced = fixture.__wrapped__()(PROGRAMS, OPTIONS)
    EXPECTED.write_text(
        json.dumps(
            {
                name: {
                    "trace": flows[f"{ENGINES[0]} standard"]["trace"].split("\n"),
                    **{
                        detail: comparable(flows[f"{ENGINES[0]} {detail}"], detail)
                        for detail in ("standard", "verbose", "minimal")
                    },
                }
                for name, flows in traced.items()
            },
            indent=1,
        )
        + "\n",
        encoding="utf-8",
    )

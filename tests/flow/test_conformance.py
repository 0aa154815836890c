"""The same events for the same program, on every engine and every interpreter.

Programs and what is expected of them stand together in ``conformance/``, a file a topic: the source, the tree of its
calls, and all its events in ``verbose``. ``python tests/flow/test_conformance.py`` writes what is expected anew; read
the difference before you commit it.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

FOLDER = Path(__file__).with_name("conformance")
ENGINES = ("settrace", *(("monitoring",) if sys.version_info >= (3, 12) else ()))
OPTIONS: dict[str, dict[str, Any]] = {
    **{f"{engine} standard": {"engine": engine} for engine in ENGINES},
    **{f"{engine} verbose": {"engine": engine, "detail_level": "verbose"} for engine in ENGINES},
    **{
        f"{engine} minimal": {"engine": engine, "detail_level": "minimal"}
        for engine in (*ENGINES, "setprofile")
    },
}


class Program(NamedTuple):
    """One of the programs, whose ``main`` is traced."""

    name: str
    source: str
    tree: list[str]
    events: list[str]


_PROGRAM = re.compile(
    r"^## (?P<name>[^\n]+)\n\n```python\n(?P<source>.+?)```\n\n```text\n(?P<tree>.*?)```\n\n```text\n(?P<events>.*?)```\n",
    re.MULTILINE | re.DOTALL,
)


def programs_of(file: Path) -> list[Program]:
    return [
        Program(found["name"], found["source"], found["tree"].splitlines(), found["events"].splitlines())
        for found in _PROGRAM.finditer(file.read_text("utf-8"))
    ]


PROGRAMS = {program.name: program for file in sorted(FOLDER.glob("*.md")) for program in programs_of(file)}


def flows_of(programs: dict[str, Program]) -> dict[str, dict[str, Any]]:
    """Trace them all in one process, with each set of ``OPTIONS``."""
    result = subprocess.run(
        [sys.executable, str(FOLDER / "runner.py"), json.dumps(OPTIONS)],
        input=json.dumps({program.name: program.source for program in programs.values()}),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def flows() -> dict[str, dict[str, Any]]:
    return flows_of(PROGRAMS)


def at(detail: str, verbose: list[str]) -> list[str]:
    """What a level of detail has of the events of ``verbose``."""
    if detail == "verbose":
        return verbose
    left_out = ("exception",) if detail == "standard" else ("exception", "yield", "resume")
    kept = [line for line in verbose if line.split()[0] not in left_out]
    if detail == "standard":
        return kept
    return [
        f"{line.split('(')[0]}()" if line.split()[0] == "call" else " ".join([*_words(line)[:3], "None"])
        for line in kept
    ]


def _words(line: str) -> list[str]:
    """The line's words, the first with its indentation."""
    first, *others = line.split()
    return [line[: len(line) - len(line.lstrip())] + first, *others]


def without_errors(events: list[str]) -> list[str]:
    """The events; what was raised is unknown where no values are kept: ``sys.setprofile`` doesn't see it."""
    return [re.sub(r"^( *return \S+ raised) .*", r"\1 None", line) for line in events]


def test_there_are_enough_programs() -> None:
    assert len(PROGRAMS) >= 50
    headings = sum(file.read_text("utf-8").count("\n## ") for file in FOLDER.glob("*.md"))
    assert len(PROGRAMS) == headings  # none is misspelt, and none is there twice


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_events_are_those_expected(flows, name: str) -> None:
    expected = PROGRAMS[name]
    for key, flow in flows[name].items():
        engine, detail = key.split()
        assert flow["engine"] == engine
        events = without_errors(flow["events"]) if detail == "minimal" else flow["events"]
        assert events == at(detail, expected.events), key
        if detail == "standard":
            assert flow["tree"] == expected.tree, key


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_lines_are_the_same_on_all_engines(flows, name: str) -> None:
    """But for where an exception left a generator: the interpreter has code of its own there."""
    lines = [flow["lines"] for key, flow in flows[name].items() if key.endswith("minimal")]
    assert len(lines) == len(ENGINES) + 1
    assert all(each == lines[0] for each in lines)


if __name__ == "__main__":
    traced = flows_of(PROGRAMS)

    def anew(found: re.Match[str]) -> str:
        flows = traced[found["name"]]
        blocks = [
            ("python", found["source"].splitlines()),
            ("text", flows[f"{ENGINES[0]} standard"]["tree"]),
            ("text", flows[f"{ENGINES[0]} verbose"]["events"]),
        ]
        texts = ["\n".join([f"```{kind}", *lines, "```", ""]) for kind, lines in blocks]
        return "\n".join([f"## {found['name']}", "", *texts])

    for file in FOLDER.glob("*.md"):
        file.write_text(_PROGRAM.sub(anew, file.read_text("utf-8")), encoding="utf-8", newline="\n")

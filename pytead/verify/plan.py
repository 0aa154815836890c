"""What a verification process is told to do, as JSON between ``process`` and ``plugin``."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from pytead.verify.conditions import Clock, Conditions

if TYPE_CHECKING:
    from pathlib import Path

OPTION = "--pytead-plan"
"""The option of pytest that names the plan's file."""


@dataclass(frozen=True, slots=True)
class PlannedModule:
    """One test module.

    Attributes:
        file: absolute path of the candidate.
        classes: ``[module, qualified name]`` of what must be a class.
    """

    file: str
    classes: list[list[str]]


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """Tests that run one after the other in one process.

    Attributes:
        tests: ``[place of the module, name of the test]``, in order.
        repeats: whether the tests are run a second time, with the same arguments.
        seed: in place of that of the conditions.
        clock: in place of that of the conditions.
        is_split: whether each test that fails, or isn't reached, is run once more by itself, and only that counts.
    """

    tests: list[tuple[int, str]]
    repeats: bool = False
    seed: int | None = None
    clock: Clock | None = None
    is_split: bool = False


@dataclass(frozen=True, slots=True)
class Prelude:
    """A ``conftest.py`` to run as if it were in place already."""

    file: str
    text: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What one process does.

    Attributes:
        events: file that the events are appended to.
        log: file for what is known of a hang.
        writable: folders that anything may write to.
        writable_on_import: folders that a module being imported may write to.
        project: the user's project.
        personal: folders whose files other machines lack.
        kept: folders in them that tests may read.
        timeout: seconds that a test may take.
        memory: bytes that the process may take on top of what it takes at the start, where the system has a limit.
        modules: in the order in which they are imported.
        runs: what runs.
        groups: numbers of the runs that share the import of their modules: each group is a fork of the process, and
            each run a fork of that. Empty where all runs follow each other in this process.
        conditions: what the process finds around it, as far as it has to see to that itself.
        preludes: conftest files to run as if they were in place.
        names: names that modules have for now, to those that they will have when they are delivered.
        measured: files of which it is told what each test reaches; none for no measuring.
    """

    events: str
    log: str
    writable: list[str]
    writable_on_import: list[str]
    project: str
    personal: list[str]
    kept: list[str]
    timeout: float
    memory: int
    modules: list[PlannedModule]
    runs: list[PlannedRun]
    groups: list[list[int]]
    conditions: Conditions
    preludes: list[Prelude]
    names: dict[str, str]
    measured: list[str]

    def write(self, file: Path) -> None:
        """Store the plan for ``read_plan``."""
        file.write_text(json.dumps(asdict(self)), encoding="utf-8")


def read_plan(file: str) -> Plan:
    """The plan that ``Plan.write`` stored."""
    with open(file, encoding="utf-8") as stream:
        fields = json.load(stream)
    fields["modules"] = [PlannedModule(**module) for module in fields["modules"]]
    fields["preludes"] = [Prelude(**prelude) for prelude in fields["preludes"]]
    fields["runs"] = [
        PlannedRun(**{**run, "tests": [tuple(test) for test in run["tests"]], "clock": _clock(run["clock"])})
        for run in fields["runs"]
    ]
    conditions = fields["conditions"]
    fields["conditions"] = Conditions(**{**conditions, "clock": _clock(conditions["clock"])})
    return Plan(**fields)


def _clock(fields: dict[str, float] | None) -> Clock | None:
    return None if fields is None else Clock(**fields)

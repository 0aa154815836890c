"""What a verification process is told to do, as JSON between ``process`` and ``plugin``."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

OPTION = "--pytead-plan"
"""The option of pytest that names the plan's file."""


@dataclass(frozen=True, slots=True)
class PlannedModule:
    """One test module.

    Attributes:
        file: absolute path of the candidate.
        tests: the tests to run, in this order.
        classes: ``[module, qualified name]`` of what must be a class.
    """

    file: str
    tests: list[str]
    classes: list[list[str]]


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
        hang: seconds after which a test ends the process by itself, if nobody else does.
        modules: in the order in which they run.
        preludes: conftest files to run as if they were in place.
        names: names that modules have for now, to those that they will have when they are delivered.
        measured: files of which it is told what each test reaches; none for no measuring.
    """

    events: str
    log: str
    writable: list[str]
    writable_on_import: list[str]
    project: str
    hang: float
    modules: list[PlannedModule]
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
    return Plan(**fields)

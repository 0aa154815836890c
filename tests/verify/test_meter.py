"""What each test reaches is told by the process that runs it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.verify.conftest import Project  # type: ignore[import-not-found, unused-ignore]


def lines_reached(project: Project, file: str, **options: float) -> dict[str, set[int] | None]:
    """Lines of a file that each test reaches; None where it wasn't measured."""
    verification = project.verify(measured=[file], **options)
    lines = {}
    for verdict in verification.verdicts:
        places = [
            line
            for number, (path, line, _) in enumerate(verification.places)
            if verdict.reached is not None and verdict.reached >> number & 1 and path.endswith(file)
        ]
        lines[verdict.test.partition("[")[2][:-1]] = None if verdict.reached is None else set(places)
    return lines


def test_each_test_has_lines_of_its_own(project: Project) -> None:
    project.write(
        "app.py",
        """\
        import other

        def sign(number):
            if number < 0:
                return -1
            if number > 0:
                return other.one()
            return sum(each for each in ())
        """,
    )
    project.write("other.py", "def one():\n    return 1\n")
    project.add_calls(
        "sign", {"a": ("(-5,)", "-1"), "b": ("(5,)", "1"), "c": ("(0,)", "0"), "d": ("(-6,)", "-1")}
    )
    found = lines_reached(project, "app.py")
    assert all(lines is not None for lines in found.values())
    told = {test: {line for line in lines or () if line > 3} for test, lines in found.items()}
    assert told["a"] == told["d"] == {4, 5}
    assert told["b"] == {4, 6, 7}
    assert told["c"] == {4, 6, 8}


def test_branches_within_a_line_are_told_apart(project: Project) -> None:
    project.write("app.py", "def pick(a, b):\n    return a and b or 7\n")
    project.add_calls("pick", {"a": ("(1, 2)", "2"), "b": ("(0, 2)", "7"), "c": ("(3, 4)", "4")})
    verification = project.verify(measured=["app.py"])
    a, b, c = (verdict.reached for verdict in verification.verdicts)
    assert a == c
    if sys.version_info >= (3, 12):  # coverage.py knows branches between lines
        assert a != b


def test_a_crash_costs_nothing_of_what_others_reach(project: Project) -> None:
    project.write(
        "app.py",
        """\
        import os

        def end(how):
            if how == "exit":
                os._exit(3)
            if how == "b":
                return 2
            return 1
        """,
    )
    project.add_calls("end", {"a": ("('a',)", "1"), "exit": ("('exit',)", "1"), "b": ("('b',)", "2")})
    found = lines_reached(project, "app.py")
    assert found["exit"] is None
    assert {7} & (found["b"] or set())
    assert {8} & (found["a"] or set())
    assert not {7} & (found["a"] or set())


def test_a_test_that_traces_by_itself_is_left_unmeasured(project: Project) -> None:
    project.write(
        "app.py",
        """\
        import sys

        def trace(how):
            if how == "take":
                if sys.version_info >= (3, 12):
                    for tool in range(6):
                        if sys.monitoring.get_tool(tool) == "pytead":
                            sys.monitoring.free_tool_id(tool)
                else:
                    sys.settrace(None)
            return how
        """,
    )
    project.add_calls("trace", {"a": ("('a',)", "'a'"), "take": ("('take',)", "'take'")})
    found = lines_reached(project, "app.py")
    assert found["a"]
    assert found["take"] is None


@pytest.mark.parametrize("files", [[], ["absent.py"]])
def test_nothing_is_told_of_other_files(project: Project, files: list[str]) -> None:
    project.write("app.py", "def double(a):\n    return a * 2\n")
    project.add_calls("double", {"2": ("(2,)", "4")})
    verification = project.verify(measured=files)
    assert verification.places == ()
    assert not any(verdict.reached for verdict in verification.verdicts)

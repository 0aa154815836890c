"""What a suite keeps of what all recorded calls show: the choice that ``gen`` makes, beside the first of them.

A workload whose calls were all recorded; its mutants are single edits of its operators, comparisons and constants.
"""

from __future__ import annotations

import ast
import copy
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from benchmarks.timing import python

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MODULE = """
def shipping(weight, country="IT", express=False):
    if weight <= 0:
        raise ValueError("weight")
    zone = 0 if country == "IT" else 1 if country in ("FR", "DE", "AT") else 2
    cost = 5 + zone * 4 + (weight // 10) * 2
    if weight > 50:
        cost += 20
    if express and zone < 2:
        cost = cost * 3 // 2
    return cost

def discount(total, visits, code=None):
    share = 0
    if visits >= 10:
        share += 5
    if code == "SPRING" and total > 100:
        share += 10
    elif code is not None and code.startswith("VIP"):
        share += int(code[3:] or 1)
    return total - total * min(share, 30) // 100

def grade(points):
    if points == 100:
        return "A+"
    if points < 0 or points > 100:
        return None
    for limit, letter in ((90, "A"), (75, "B"), (60, "C")):
        if points >= limit:
            return letter
    return "F"

def words(text, longest=8):
    found = []
    for word in text.split():
        word = word.strip(".,;")
        if word and len(word) <= longest:
            found.append(word.lower() if word[0].isupper() else word)
    return found
"""
MAIN = """
import m, random
chance = random.Random(7)
for _ in range(150):
    try:
        m.shipping(chance.randint(-2, 80), chance.choice(["IT", "IT", "IT", "FR", "DE", "US"]), chance.random() < 0.2)
    except ValueError:
        pass
    m.discount(chance.randint(1, 300), chance.randint(0, 15), chance.choice([None, None, None, "SPRING", "VIP7", "X"]))
    m.grade(chance.randint(-10, 110))
    m.words(" ".join(chance.choice(["Rain", "falls", "slowly,", "extraordinary", "", ";"]) for _ in range(4)))
m.grade(100), m.discount(500, 12, "VIP"), m.discount(500, 20, "VIP40")
"""
_SWAPPED: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.FloorDiv: ast.Mult, ast.Lt: ast.LtE, ast.LtE: ast.Lt,
    ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.In: ast.NotIn, ast.IsNot: ast.Is,
    ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip
MOST = 8
_ONE_IN = 4
"""Of the mutants: each takes four runs of pytest."""


def mutants(source: str) -> Iterator[str]:
    """The source with one edit each."""
    tree = ast.parse(source)
    for position, node in enumerate(ast.walk(tree)):
        edited = copy.deepcopy(tree)
        other = list(ast.walk(edited))[position]
        if isinstance(node, ast.Compare):
            other.ops[0] = _SWAPPED[type(node.ops[0])]()  # type: ignore[attr-defined]
        elif isinstance(node, (ast.BinOp, ast.BoolOp, ast.AugAssign)):
            other.op = _SWAPPED[type(node.op)]()  # type: ignore[attr-defined]
        elif isinstance(node, ast.Constant) and isinstance(node.value, int):
            other.value = not node.value if isinstance(node.value, bool) else node.value + 1  # type: ignore[attr-defined]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            other.value = f"XX{node.value}"  # type: ignore[attr-defined]
        else:
            continue
        yield ast.unparse(edited)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project all of whose calls were recorded."""
    folder = tmp_path_factory.mktemp("choice")
    (folder / "m.py").write_text(MODULE, "utf-8")
    (folder / "main.py").write_text(MAIN, "utf-8")
    python("-m", "pytead", "-q", "-l", "0", "-t", "m", "main.py", cwd=folder)()
    return folder


def _first(folder: Path, target: str) -> None:
    """The first calls of each function, as a recorder with that limit would have kept them."""
    python("-m", "pytead", "-q", "-l", str(MOST), "-s", "first", "-t", "m", "main.py", cwd=folder)()
    python("-m", "pytead", "gen", "-q", "--all-cases", "-c", "first", "-d", target, cwd=folder)()


def _killed(folder: Path, tests: str) -> list[bool]:
    """Which mutants the tests notice."""
    source = (folder / "m.py").read_text("utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", tests]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    found = []
    try:
        for mutant in list(mutants(MODULE))[::_ONE_IN]:
            (folder / "m.py").write_text(mutant, "utf-8")
            done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
            found.append(done.returncode != 0)
    finally:
        (folder / "m.py").write_text(source, "utf-8")
    return found


def bench_choice(recorded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Kills kept, of those by the tests of all calls."""
    python("-m", "pytead", "gen", "-q", "--all-cases", "-d", "all", cwd=recorded)()
    python("-m", "pytead", "gen", "-q", "--max-cases", str(MOST), "-d", "chosen", cwd=recorded)()
    python("-m", "pytead", "gen", "-q", "--max-cases", "4", "-d", "chosen_4", cwd=recorded)()
    _first(recorded, "first_tests")
    by_all = _killed(recorded, "all")
    lines = []
    for tests in ("all", "chosen", "chosen_4", "first_tests"):
        kills = _killed(recorded, tests) if tests != "all" else by_all
        kept = sum(here and there for here, there in zip(kills, by_all, strict=True))
        cases = sum(
            path.read_text("utf-8").count("pytest.param(") for path in (recorded / tests).glob("test_*")
        )
        lines.append(
            f"{tests:12} {cases:4} cases  {kept:3} of {sum(by_all)} mutants  {100 * kept / sum(by_all):.0f} %"
        )
    with capsys.disabled():
        print("\n" + "\n".join(lines))

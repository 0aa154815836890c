"""Every reason that a user can meet has its row in docs/reasons.md, and every row is of one."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("capture", "values", "select", "codegen", "verify", "cli")
"""Where calls and cases are refused. (What commands refuse is said when it happens.)"""

_SLUG = re.compile(r"[a-z]+(-[a-z]+)*")
_FAMILY = re.compile(r"(value|kind)-[a-z]+(-[a-z]+)*")


def slugs_in(tree: ast.AST, has_tuples: bool) -> Iterator[str]:
    """What a module gives as the slug of a refusal.

    That is a word of the families, or what stands where a slug does: before its reason in a tuple or a call, beside
    the stage in a ``Rejection``, at ``"slug"`` in a dict, and before its way out in ``HINTS``.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _FAMILY.fullmatch(node.value):
            yield node.value
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("Rejection", "rejection"):
            first = node.args[1 if node.func.id == "Rejection" else 0]  # type: ignore[attr-defined]
            yield from _word(first)
        elif (
            has_tuples and isinstance(node, ast.Tuple) and len(node.elts) == 2 and _is_sentence(node.elts[1])
        ):
            yield from _word(node.elts[0])
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == "slug":
                    yield from _word(value)
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "HINTS":
            assert isinstance(node.value, ast.Dict)
            for key in node.value.keys:
                yield from _word(key)


def _word(node: ast.AST | None) -> Iterator[str]:
    if isinstance(node, ast.IfExp):
        yield from (*_word(node.body), *_word(node.orelse))
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and _SLUG.fullmatch(node.value):
        yield node.value


def _is_sentence(node: ast.AST) -> bool:
    if isinstance(node, ast.JoinedStr):
        return True
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value


def in_source() -> set[str]:
    found: set[str] = set()
    for room in ROOMS:
        for file in (ROOT / "pytead" / room).rglob("*.py"):
            found.update(
                slugs_in(
                    ast.parse(file.read_text(encoding="utf-8")), room not in ("values", "codegen", "cli")
                )
            )
    return found


def in_page() -> dict[str, list[str]]:
    """Slug to the cells of its row."""
    text = (ROOT / "docs" / "reasons.md").read_text(encoding="utf-8")
    rows = [
        re.split(r"(?<!\\)\|", line.strip().strip("|"))
        for line in text.splitlines()
        if line.startswith("| `")
    ]
    found = {cells[0].strip(" `"): [cell.strip() for cell in cells[1:]] for cells in rows}
    assert len(found) == len(rows), "a slug stands there twice"
    return found


def test_each_reason_is_in_the_page_and_the_other_way_round() -> None:
    assert in_source() == set(in_page())


def test_each_reason_has_an_example_and_a_way_out() -> None:
    assert {slug: cells for slug, cells in in_page().items() if len(cells) != 3 or not all(cells)} == {}


def test_the_readme_leads_to_the_page() -> None:
    assert "(docs/reasons.md)" in (ROOT / "README.md").read_text(encoding="utf-8")

"""What the flow benchmarks run: plain recursion, a parser written by hand, and two libraries."""

from __future__ import annotations

import json
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def fib(n: int) -> int:
    """Nothing but calls."""
    return n if n < 2 else fib(n - 1) + fib(n - 2)


class Parser:
    """A recursive-descent parser of JSON: many small methods, and a receiver that holds the whole text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def parse(self) -> object:
        """The whole text."""
        self.space()
        return self.value()

    def space(self) -> None:
        """Skip blanks."""
        while self.at < len(self.text) and self.text[self.at] in " \n\t\r":
            self.at += 1

    def take(self, expected: str) -> None:
        """Skip what must be there."""
        if not self.text.startswith(expected, self.at):
            raise ValueError(expected)
        self.at += len(expected)
        self.space()

    def value(self) -> object:
        """Any value."""
        first = self.text[self.at]
        if first == "{":
            return self.mapping()
        if first == "[":
            return self.sequence()
        if first == '"':
            return self.string()
        return self.number()

    def mapping(self) -> dict[str, object]:
        """An object."""
        self.take("{")
        found: dict[str, object] = {}
        while self.text[self.at] != "}":
            key = self.string()
            self.take(":")
            found[key] = self.value()
            if self.text[self.at] == ",":
                self.take(",")
        self.take("}")
        return found

    def sequence(self) -> list[object]:
        """An array."""
        self.take("[")
        found: list[object] = []
        while self.text[self.at] != "]":
            found.append(self.value())
            if self.text[self.at] == ",":
                self.take(",")
        self.take("]")
        return found

    def string(self) -> str:
        """A string without escapes."""
        end = self.text.index('"', self.at + 1)
        found = self.text[self.at + 1 : end]
        self.at = end + 1
        self.space()
        return found

    def number(self) -> float:
        """A number."""
        begin = self.at
        while self.at < len(self.text) and self.text[self.at] in "-+.eE0123456789":
            self.at += 1
        found = float(self.text[begin : self.at])
        self.space()
        return found


def json_text(size: int) -> str:
    """JSON of about that many characters."""
    row = {
        "name": "a name",
        "numbers": [1, 2.5, -3],
        "nested": {"key": "value", "other": [{"a": 1}, {"b": 2}]},
    }
    return json.dumps([row] * (size // len(json.dumps(row))), indent=1)


_TEXT = json_text(100_000)
_DOCUMENT = (
    "# Title\n\nSome *emphasis* and `code` and a [link](http://example.org).\n\n- one\n- two\n  - three\n\n"
    * 60
)
_QUERIES = [
    f"SELECT a.x, COUNT(*) AS n FROM t{number} AS a JOIN u ON a.id = u.id WHERE a.y > {number} GROUP BY a.x"
    for number in range(200)
]


def run_fib() -> None:
    """28,657 calls."""
    fib(22)


def run_json() -> None:
    """100 kB."""
    Parser(_TEXT).parse()


def run_markdown() -> None:
    """A long document."""
    from markdown_it import MarkdownIt

    MarkdownIt().render(_DOCUMENT)


def run_sqlglot() -> None:
    """200 queries."""
    import sqlglot

    for query in _QUERIES:
        sqlglot.parse_one(query)


def loop() -> int:
    """A Python loop in one traced call."""
    total = 0
    for number in range(200_000):
        total += number & 3
    return total


def seed_workload() -> None:
    """A hundred calls that do something."""

    def benchmark_function() -> int:
        return sum(range(10_000))

    for _ in range(100):
        benchmark_function()


PROGRAMS: dict[str, tuple[Callable[[], object], list[str]]] = {
    "fib(22)": (run_fib, [f"{__name__}.*"]),
    "JSON parser, 100 kB": (run_json, [f"{__name__}.*"]),
    **({"markdown-it-py": (run_markdown, ["markdown_it.*"])} if find_spec("markdown_it") else {}),
    **({"sqlglot, 200 queries": (run_sqlglot, ["sqlglot.*"])} if find_spec("sqlglot") else {}),
}
"""Name to what it runs and the patterns of all that it consists of."""

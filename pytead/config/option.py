"""One option, and what values it takes."""

from __future__ import annotations

from typing import Literal, NamedTuple

Kind = Literal[
    "patterns",
    "modules",
    "names",
    "regexes",
    "paths",
    "count",
    "share",
    "number",
    "path",
    "choice",
    "switch",
    "stream",
    "words",
]
"""What values an option takes: a list of patterns, of names of modules or others, of regular expressions or of paths, a
whole number from 0, a percentage (``20%``), any number from 0, a path, one of some words, on or off, where to write to
(a path, the number of an open file descriptor, or ``-`` for standard output), or the words of a command."""

LISTS = ("patterns", "modules", "names", "regexes", "paths")
"""The kinds whose values are lists: what is given several times adds up."""

Value = tuple[str, ...] | int | str | bool | None
"""A parsed value; paths are absolute."""

_TAKES = {
    "patterns": "patterns such as 'pkg.mod.*'",
    "modules": "names of modules",
    "names": "names such as 'customer_id' or '*_code'",
    "regexes": "regular expressions",
    "paths": "paths",
    "count": "a whole number, 0 or more",
    "share": "a percentage such as '20%'",
    "number": "a number such as 1e-9, 0 or more",
    "words": "a command such as 'ruff format -', or 'none'",
    "path": "a path",
    "switch": "true or false",
    "stream": "a path, the number of an open file descriptor, or '-'",
}


class Option(NamedTuple):
    """One option.

    Attributes:
        name: its key in files and its field of ``Settings``.
        kind: what values it takes.
        flags: how it is given on the command line; of a switch, the flag that turns it on.
        default: its value when nobody said anything; for a path relative to the working folder.
        help: one sentence for ``--help``; of a switch that is on by default, what turning it off does.
        commands: those that it belongs to.
        metavar: what stands for its value in help.
        choices: the words that a choice takes.
        bare: what the flag alone means, in the commands where it may stand alone.
        bare_in: those commands.
        line_only: the commands in which only the command line sets it; neither variable nor key counts.
    """

    name: str
    kind: Kind
    flags: tuple[str, ...]
    default: Value
    help: str
    commands: tuple[str, ...]
    metavar: str = ""
    choices: tuple[str, ...] = ()
    bare: str = ""
    bare_in: tuple[str, ...] = ()
    line_only: tuple[str, ...] = ()

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return f"PYTEAD_{self.name.upper()}"

    @property
    def off_flag(self) -> str:
        """The flag that turns a switch off; empty for the other kinds."""
        return f"--no-{self.flags[-1][2:]}" if self.kind == "switch" else ""

    @property
    def takes(self) -> str:
        """What values it takes, for messages."""
        return " or ".join(repr(choice) for choice in self.choices) or _TAKES[self.kind]

    def sections(self, command: str) -> tuple[str, ...]:
        """The sections of a file that set it for a command, the strongest first, ``defaults`` last.

        ``tead`` does what ``run`` and ``gen`` do, so what it isn't told itself it takes from theirs.
        """
        if command in self.line_only:
            return ()
        others = ("run", "gen") if command == "tead" else ()
        return (command, *(other for other in others if other in self.commands), "defaults")

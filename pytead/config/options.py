"""Every option, declared once: its flags, variable, key, default and help all come from here."""

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

COMMANDS = ("run", "gen", "tead", "flow", "list", "explain", "scan", "clean", "config")
SECTIONS = ("defaults", "run", "gen", "tead", "flow", "list", "scan", "clean")
DEFAULT_OUTPUT = "tests/test_pytead_generated.py"

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


OPTIONS = (
    Option(
        "targets",
        "patterns",
        ("-t", "--target"),
        (),
        "the functions that are meant: 'pkg.*', 'pkg.mod.func', '!pkg.private', 're:...';"
        " give it again or put commas between",
        ("run", "tead", "gen", "list", "explain", "flow"),
        "PATTERN",
        line_only=("gen", "list", "explain"),
    ),
    Option(
        "limit",
        "count",
        ("-l", "--limit"),
        10,
        "how many distinct calls of each function are kept, and half as many again of other shapes that come later;"
        " 0 keeps every call",
        ("run", "tead"),
        "N",
    ),
    Option(
        "storage_dir",
        "path",
        ("-s", "--storage-dir"),
        "call_logs",
        "folder that the calls are recorded in",
        ("run", "tead"),
        "DIR",
    ),
    Option(
        "format",
        "choice",
        ("--format",),
        "pickle",
        "how calls are stored: pickle (fast), json (readable lines) or sqlite (can be queried)",
        ("run", "tead"),
        "FORMAT",
        ("pickle", "json", "sqlite"),
    ),
    Option(
        "children",
        "switch",
        ("--children",),
        True,
        "record this process alone, not the Python processes that it starts",
        ("run", "tead"),
    ),
    Option(
        "max_overhead",
        "share",
        ("--max-overhead",),
        None,
        "record no further calls of a function once recording has taken this share of the time since the program"
        " started; by default that is 20%, and only calls that take over a millisecond to record count",
        ("run", "tead"),
        "SHARE",
    ),
    Option(
        "max_bytes",
        "count",
        ("--max-bytes",),
        1 << 20,
        "bytes that the arguments of a call, or its result, may take; larger ones aren't recorded; 0 for any number",
        ("run", "tead"),
        "N",
    ),
    Option(
        "max_objects",
        "count",
        ("--max-objects",),
        1000,
        "the same for the number of objects in them, numbers, texts and plain containers not counted",
        ("run", "tead"),
        "N",
    ),
    Option(
        "reducers",
        "modules",
        ("--reducers",),
        (),
        "modules that say how objects of your own types are written; give it again or put commas between",
        ("run", "tead"),
        "MODULE",
    ),
    Option(
        "engine",
        "choice",
        ("--engine",),
        "wrap",
        "how calls are seen: wrap (functions are wrapped) or monitoring (the interpreter tells of them;"
        " Python 3.12 and later)",
        ("run", "tead"),
        "ENGINE",
        ("wrap", "monitoring"),
    ),
    Option(
        "flow",
        "switch",
        ("--flow",),
        False,
        "store with the calls which functions are called, in which order, with what and to what effect",
        ("run", "tead"),
    ),
    Option(
        "flow_events",
        "count",
        ("--flow-events",),
        1_000_000,
        "with --flow: how many events of each process are stored; 0 for any number",
        ("run", "tead"),
        "N",
    ),
    Option(
        "redact",
        "names",
        ("--redact",),
        (),
        "further names of parameters, attributes, fields and keys whose values are secrets and not to be stored;"
        " * is any text",
        ("run", "tead", "flow", "scan"),
        "NAME",
    ),
    Option(
        "redact_values",
        "regexes",
        ("--redact-values",),
        (),
        "regular expressions of further secrets inside texts; a group is the secret, where there is one",
        ("run", "tead", "flow", "scan"),
        "REGEX",
    ),
    Option(
        "no_redact",
        "names",
        ("--no-redact",),
        (),
        "names, or kinds of values, that are no secrets here; '*' stores everything as it is",
        ("run", "tead", "flow", "scan"),
        "NAME",
    ),
    Option(
        "calls_dir",
        "path",
        ("-c", "--calls-dir"),
        None,
        "folder that the calls are read from; by default the one that they are recorded in",
        ("gen", "tead", "list", "explain", "scan", "clean"),
        "DIR",
    ),
    Option(
        "output_dir",
        "path",
        ("-d", "--output-dir"),
        "tests/generated",
        "folder for the tests, one module for each function",
        ("gen", "tead", "scan"),
        "DIR",
    ),
    Option(
        "output",
        "path",
        ("-o", "--output"),
        None,
        f"write all tests to one module instead; -o alone means {DEFAULT_OUTPUT}",
        ("gen", "tead", "scan"),
        "FILE",
        bare=DEFAULT_OUTPUT,
        bare_in=("gen", "tead", "scan"),
    ),
    Option(
        "verify",
        "switch",
        ("--verify",),
        True,
        "deliver the tests without running them first",
        ("gen", "tead"),
    ),
    Option(
        "max_inline",
        "count",
        ("--max-inline",),
        2000,
        "characters that a value may take in a test; a longer one goes to a file in data/ beside it; 0 for any number",
        ("gen", "tead"),
        "N",
    ),
    Option(
        "allow_pickle",
        "switch",
        ("--allow-pickle",),
        False,
        "let a value that no source can be written for lie beside the test as a pickle, which the test loads",
        ("gen", "tead"),
    ),
    Option(
        "tolerance",
        "number",
        ("--tolerance",),
        None,
        "how far apart floats may be that a test takes for the same: that number, or that share of the larger one;"
        " without it they must be equal",
        ("gen", "tead"),
        "NUMBER",
    ),
    Option(
        "format_command",
        "words",
        ("--format-command",),
        None,
        "what lays out the tests, from standard input to standard output; by default ruff or black, where the project"
        " configures it and it is installed; none for Pytead's own layout",
        ("gen", "tead"),
        "COMMAND",
    ),
    Option(
        "with_flow",
        "switch",
        ("--with-flow",),
        False,
        "make tests as well that pin what the recorded calls call on their way, with snapshots of syrupy's; needs a"
        " recording with --flow",
        ("gen", "tead"),
    ),
    Option(
        "jobs",
        "count",
        ("-j", "--jobs"),
        0,
        "how many processes run tests at the same time before they are delivered; 0 for as many as there are cores",
        ("gen", "tead"),
        "N",
    ),
    Option(
        "max_cases",
        "count",
        ("--max-cases",),
        8,
        "how many cases of each function are kept, those first that show something new; 0 keeps all",
        ("gen", "tead"),
        "N",
    ),
    Option(
        "all_cases",
        "switch",
        ("--all-cases",),
        False,
        "keep every distinct case, also those that show nothing new",
        ("gen", "tead"),
    ),
    Option(
        "check",
        "switch",
        ("--check",),
        False,
        "write nothing; the exit code is 1 where the tests on disk aren't those that gen would leave there",
        ("gen",),
        line_only=("gen",),
    ),
    Option(
        "diff",
        "switch",
        ("--diff",),
        False,
        "write nothing, and show what would change as a diff, that of files edited by hand too",
        ("gen",),
        line_only=("gen",),
    ),
    Option(
        "dry_run",
        "switch",
        ("--dry-run",),
        False,
        "write nothing, and show which files would be written",
        ("gen",),
        line_only=("gen",),
    ),
    Option(
        "update",
        "switch",
        ("--update",),
        False,
        "show case by case what the calls give now, and write only what is accepted: one by one at a terminal,"
        " else by --accept",
        ("gen",),
        line_only=("gen",),
    ),
    Option(
        "accept",
        "patterns",
        ("--accept",),
        (),
        "update with these changes only, by what pytest calls the case, its id or a pattern of functions;"
        " !ID turns one down; --accept alone accepts all",
        ("gen",),
        "ID",
        bare="*",
        bare_in=("gen",),
        line_only=("gen",),
    ),
    Option(
        "force",
        "switch",
        ("--force",),
        False,
        "put tests also over files that were edited by hand, and show what is lost",
        ("gen",),
        line_only=("gen",),
    ),
    Option(
        "beside",
        "switch",
        ("--beside",),
        False,
        "put the tests of a file that was edited by hand beside it, with .new at the end of its name",
        ("gen",),
        line_only=("gen",),
    ),
    Option(
        "output_format",
        "choice",
        ("--output-format",),
        "text",
        "how findings are shown: text, or github for annotations of a pull request",
        ("gen", "tead"),
        "FORMAT",
        ("text", "github"),
    ),
    Option(
        "style",
        "choice",
        ("--style",),
        "parametrize",
        "the shape of the tests: parametrize, syrupy (what is expected is kept in snapshots, which"
        " 'pytest --snapshot-update' brings up to date) or unittest",
        ("gen", "tead"),
        "STYLE",
        ("parametrize", "syrupy", "unittest"),
    ),
    Option(
        "hypothesis",
        "switch",
        ("--hypothesis",),
        False,
        "also make a property test of each function, with values like the recorded ones; needs Hypothesis",
        ("gen", "tead"),
    ),
    Option(
        "only_targets",
        "switch",
        ("--only-targets",),
        False,
        "make tests for the targets of this run only, not for all that the folder holds",
        ("tead",),
    ),
    Option(
        "depth",
        "count",
        ("--depth",),
        0,
        "how many levels of the call tree are shown; 0 shows all",
        ("flow",),
        "N",
    ),
    Option(
        "functions",
        "patterns",
        ("--function",),
        (),
        "show only these functions, each with what it calls; patterns as for --target",
        ("flow",),
        "PATTERN",
    ),
    Option(
        "returns",
        "switch",
        ("--returns",),
        False,
        "show what the calls returned",
        ("flow",),
    ),
    Option(
        "export",
        "path",
        ("--export",),
        None,
        "write the flow to a file, in the format that its name says: .trace.json (Chrome, Perfetto),"
        " .speedscope.json, .folded, .mmd, .dot, .jsonl or .txt, each also with .gz",
        ("flow",),
        "FILE",
    ),
    Option(
        "flow_engine",
        "choice",
        ("--flow-engine",),
        "auto",
        "what the flow is traced with",
        ("run", "tead", "flow"),
        "ENGINE",
        ("auto", "monitoring", "setprofile", "settrace"),
    ),
    Option(
        "paths",
        "paths",
        ("--path",),
        (),
        "what is looked through: folders of recorded calls, tests, any files; by default the calls and the tests",
        ("scan",),
        "PATH",
        line_only=("scan",),
    ),
    Option(
        "yes",
        "switch",
        ("--yes",),
        False,
        "delete; without it you only see what would be deleted",
        ("clean",),
        line_only=("clean",),
    ),
    Option(
        "selfcheck",
        "switch",
        ("--selfcheck",),
        False,
        "run the program bare, bare again and recorded, in copies of the working folder, and show whether stdout,"
        " stderr, exit code and files are the same; the exit code is 0 if they are, else 1",
        ("run",),
        line_only=("run",),
    ),
    Option(
        "json",
        "stream",
        ("--json",),
        None,
        "write the result as JSON to a file, an open file descriptor (a number) or standard output (-)",
        ("run", "gen", "tead", "list", "explain", "scan"),
        "FILE",
        bare="-",
        bare_in=("gen", "list", "explain", "scan"),
        line_only=("list", "explain", "scan"),
    ),
    Option(
        "quiet",
        "switch",
        ("-q", "--quiet"),
        False,
        "no summary",
        ("run", "gen", "tead", "flow", "clean"),
    ),
)

BY_NAME = {option.name: option for option in OPTIONS}


def of_command(command: str) -> tuple[Option, ...]:
    """The options of a command, in the order in which help shows them."""
    return tuple(option for option in OPTIONS if command in option.commands)

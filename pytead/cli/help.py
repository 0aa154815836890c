"""What ``--help`` shows. The options in it are those that ``config.options`` declares."""

from __future__ import annotations

import textwrap

from pytead.config.option import LISTS, Option
from pytead.config.options import of_command

_WIDTH = 96
_COLUMN = 30

USAGES = {
    "run": (
        "pytead [run] [options] SCRIPT [args...]",
        "pytead [run] [options] -m MODULE [args...]",
        "pytead [run] [options] -- python [python's options] SCRIPT [args...]",
        "pytead [run] [options] -- COMMAND [args...]",
        "pytead run [options] TARGET... -- PROGRAM [args...]",
    ),
    "gen": ("pytead gen [options] [TARGET...]",),
    "tead": (
        "pytead tead [options] SCRIPT [args...]",
        "pytead tead [options] -m MODULE [args...]",
        "pytead tead [options] [TARGET...] -- PROGRAM [args...]",
    ),
    "flow": (
        "pytead flow [options] SCRIPT [args...]",
        "pytead flow [options] -m MODULE [args...]",
        "pytead flow [options] [TARGET...] -- PROGRAM [args...]",
    ),
    "list": ("pytead list [options] [TARGET...]",),
    "scan": ("pytead scan [options] [PATH...]",),
    "explain": ("pytead explain [options] TARGET...",),
    "clean": ("pytead clean [options]",),
    "config": ("pytead config",),
}
SUMMARIES = {
    "run": "run a program and record the calls of its target functions (the default)",
    "gen": "make pytest tests from recorded calls",
    "tead": "run and gen in one",
    "flow": "run a program and show which functions it calls",
    "list": "show what has been recorded",
    "scan": "look for secrets in recorded calls and tests",
    "explain": "show what became of a function: recorded, chosen, rejected, and why",
    "clean": "delete recorded calls",
    "config": "show each setting and where it comes from",
}
_DETAILS = {
    "run": "Everything after SCRIPT, MODULE or COMMAND is the program's own. It behaves as it would"
    " without Pytead, and its exit code is its own. Targets can also come from PYTEAD_TARGETS and from"
    " configuration files.",
    "gen": "TARGET narrows the tests to some functions; by default there are tests for all that were"
    " recorded. Nothing that the folder of calls holds is executed to make them. The tests are then run in a"
    " temporary folder, walled off from files, network and processes; --no-verify skips it. A file that was edited"
    " by hand is left as it is, and so is a case on disk that these calls don't give.",
    "tead": "Takes the options of both. What [tead] in a configuration file doesn't set is taken from"
    " [run] and [gen]. The exit code is the program's own if that isn't 0, else that of gen.",
    "flow": "The tree goes to standard error when the program has ended; calls of the same function by the same"
    " caller are one line. Without targets all is traced but the standard library and installed packages. --export"
    " writes each call with its arguments and times, while the program runs.",
    "list": 'TARGET narrows the list. --json prints [{"func": ..., "calls": n, "outcomes": {...}}, ...].',
    "scan": "PATH is a folder of recorded calls, a folder of tests or any file; by default the calls and the tests of"
    " the project. Secrets are shown by their place and first characters only. The exit code is 1 where there is one.",
    "explain": "Says what was recorded of each function that TARGET means, which cases the last gen chose, what each"
    " of them shows that those before it don't, which it left out, and what was rejected for which reason.",
    "clean": "Shows what would be deleted, and deletes it with --yes: recorded calls, and data files of generated tests"
    " that are gone. Files that aren't Pytead's, or that somebody changed, stay.",
    "config": "Lists the files that were read and, for each option, its value and what set it.",
}
_EXAMPLES = """\
examples:
  pytead -t 'mymodule.*' main.py             record main.py's calls of everything in mymodule
  pytead -t 'app,!app.private' -m app serve  all of a package but for a part, started with -m
  pytead -t 'app.*' -- pytest -q             a program that is installed as a command
  pytead run mymodule.multiply -- python3 main.py
  pytead gen                                 tests/generated/test_*.py from what was recorded
  pytest -q                                  run them"""
_PATTERNS = """\
patterns:
  pkg, pkg.mod, pkg.mod.Class, pkg.mod.func  that and all below it
  pkg.*.save                                 * is any text, dots included; ? is one character
  !pkg.private                               leaves out, and wins
  re:pkg\\.(load|dump)_\\w+                  a regular expression for the whole name
  Libraries are left out unless a pattern names them: 'json.*' records json, '*' doesn't."""
_EXIT_CODES = """\
exit codes:
  0 done; 1 a finding, such as nothing to generate or a secret; 2 wrong usage or configuration;
  70 a mistake in Pytead itself; 130 interrupted. 'run' and 'flow' exit with the program's own
  code; with --selfcheck 0 where recording changes nothing, else 1."""


def main_help() -> str:
    """The text of ``pytead --help``."""
    commands = "\n".join(f"  {name:<8}{summary}" for name, summary in SUMMARIES.items())
    return f"""\
Pytead records the real calls of a running Python program and turns them into pytest tests.

usage: pytead [run] [options] SCRIPT [args...]
       pytead COMMAND [options]

commands:
{commands}
  pytead COMMAND --help shows the options of each; pytead --version the version.

{_options("run")}

{_EXAMPLES}

{_PATTERNS}

{_EXIT_CODES}
"""


def command_help(command: str) -> str:
    """The text of ``pytead COMMAND --help``."""
    usage = "\n       ".join(USAGES[command])
    summary = SUMMARIES[command]
    parts = [
        f"usage: {usage}",
        f"{summary[0].upper()}{summary[1:]}.\n{textwrap.fill(_DETAILS[command], _WIDTH)}",
    ]
    if of_command(command):
        parts.append(_options(command))
    if command in ("run", "tead", "flow"):
        parts.append(_PATTERNS)
    return "\n\n".join([*parts, _EXIT_CODES]) + "\n"


def _options(command: str) -> str:
    title = "options of run:" if command == "run" else "options:"
    note = "  Each but those marked * can also be set by a variable PYTEAD_<NAME> or a key in a TOML file."
    lines = [line for option in of_command(command) for line in _option_lines(option, command)]
    return "\n".join([title, *lines, note])


def _option_lines(option: Option, command: str) -> list[str]:
    value = f" {option.metavar}" if option.metavar else ""
    if command in option.bare_in:
        value = f" [{option.metavar}]"
    flags = option.flags
    if option.kind == "switch" and option.default is True:
        flags = (option.off_flag,)
    left = f"  {', '.join(flags)}{value}{' *' if command in option.line_only else ''}"
    says = option.help
    if option.kind not in ("switch", *LISTS) and option.default is not None:
        says += f" (default: {option.default})"
    lines = textwrap.wrap(says, _WIDTH - _COLUMN)
    if len(left) > _COLUMN - 2:
        return [left, *(f"{'':<{_COLUMN}}{line}" for line in lines)]
    return [f"{left:<{_COLUMN}}{lines[0]}", *(f"{'':<{_COLUMN}}{line}" for line in lines[1:])]

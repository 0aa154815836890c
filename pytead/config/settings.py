"""The settings of one command, put together from everything a person said.

The command line wins over the environment, that over the command's section of the files, that over their
``[defaults]``. Two pairs of options look at each other:

- ``output`` and ``output_dir`` exclude each other: the one that was said closer to the command line counts.
- ``calls_dir`` is ``storage_dir`` unless it was said. ``tead`` reads what it has just recorded: whichever of
  the two was said closer to the command line stands for both, unless both were said equally close.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, cast

from pytead.config.files import Entries, read_all
from pytead.config.option import LISTS, Option, Value
from pytead.config.options import BY_NAME, OPTIONS
from pytead.config.parsing import absolute, parse_text
from pytead.errors import PyteadError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

COMMAND_LINE, ENVIRONMENT, SECTION, OTHER_SECTION, DEFAULTS, UNSAID = 5, 4, 3, 2, 1, 0


class Said(NamedTuple):
    """One use of an option on the command line: the flag as it was typed, and its value.

    The value of a switch is ``true`` or ``false``.
    """

    flag: str
    text: str


class Origin(NamedTuple):
    """Where a value came from.

    Attributes:
        rank: how close to the command line: ``COMMAND_LINE``, ``ENVIRONMENT``, ``SECTION``, ``OTHER_SECTION``
            (``tead`` using that of ``run`` or ``gen``), ``DEFAULTS``, or ``UNSAID`` where it is the default.
        place: for people: a flag, a variable, a key with its file, or ``default``.
    """

    rank: int
    place: str


class Settings(NamedTuple):
    """What a command shall do.

    Attributes:
        command: the command that these are for; options that don't belong to it have their default.
        targets: patterns as typed; for ``gen`` and ``list`` only those of the command line.
        limit: distinct calls kept for each function; 0 for all.
        storage_dir: folder to record in, absolute.
        format: how calls are stored.
        children: whether processes that the program starts are recorded as well.
        max_overhead: what recording may take of the program's time, from 0; None for the usual budget.
        max_bytes: bytes of a frozen value; 0 for any number.
        max_objects: objects in one; 0 for any number.
        reducers: modules that say how objects of the user's types are written.
        engine: how calls are seen.
        flow: whether the flow is stored with the calls.
        flow_events: events of each process that are stored; 0 for any number.
        redact: further names of secrets.
        redact_values: regular expressions of further secrets.
        no_redact: names and shapes that are none; ``*`` for all.
        calls_dir: folder to read calls from, absolute.
        output_dir: folder for one test module a function, absolute.
        output: the one test module to write instead, absolute; None to use ``output_dir``.
        verify: whether tests are run before they are delivered.
        max_inline: characters of a value in a test; 0 for any number.
        allow_pickle: whether what no source can be written for may become a pickle.
        tolerance: how far apart floats may be; 0 for not at all.
        format_command: what lays out tests; empty for nothing, None for what the project configures.
        with_flow: whether tests of flows are made as well.
        jobs: how many processes run them at the same time; 0 for as many as there are cores.
        max_cases: cases kept of each function; 0 for all.
        all_cases: whether all are kept, whatever ``max_cases`` says.
        check: whether ``gen`` only says if the tests on disk are up to date.
        diff: whether it shows what would change, and writes nothing.
        dry_run: whether it only says which files it would write.
        update: whether changes are shown case by case and only the accepted ones written.
        accept: those, as typed; ``*`` for all.
        force: whether files edited by hand are overwritten.
        beside: whether their new text is put beside them.
        output_format: how findings are shown.
        style: the shape of the tests.
        hypothesis: whether property tests are made as well.
        only_targets: whether ``tead`` makes tests for ``targets`` only.
        depth: levels of the call tree that are shown; 0 for all.
        functions: patterns of the functions that are shown, as typed; none for all.
        returns: whether the tree shows what calls returned.
        export: file that the flow is written to, absolute; None for none.
        flow_engine: what the flow is traced with.
        paths: what ``scan`` looks through, absolute; none for the calls and the tests.
        yes: whether ``clean`` deletes.
        selfcheck: whether the program is run to see if recording changes what it does.
        json: where a summary goes as JSON: an absolute path, digits for a file descriptor, ``-``, or None.
        quiet: whether no summary is shown.
        origins: the name of each option to where its value came from.
    """

    command: str
    targets: tuple[str, ...]
    limit: int
    storage_dir: Path
    format: Literal["pickle", "json", "sqlite"]
    children: bool
    max_overhead: float | None
    max_bytes: int
    max_objects: int
    reducers: tuple[str, ...]
    engine: Literal["wrap", "monitoring"]
    flow: bool
    flow_events: int
    redact: tuple[str, ...]
    redact_values: tuple[str, ...]
    no_redact: tuple[str, ...]
    calls_dir: Path
    output_dir: Path
    output: Path | None
    verify: bool
    max_inline: int
    allow_pickle: bool
    tolerance: float
    format_command: tuple[str, ...] | None
    with_flow: bool
    jobs: int
    max_cases: int
    all_cases: bool
    check: bool
    diff: bool
    dry_run: bool
    update: bool
    accept: tuple[str, ...]
    force: bool
    beside: bool
    output_format: Literal["text", "github"]
    style: Literal["parametrize", "syrupy", "unittest"]
    hypothesis: bool
    only_targets: bool
    depth: int
    functions: tuple[str, ...]
    returns: bool
    export: Path | None
    flow_engine: str
    paths: tuple[str, ...]
    yes: bool
    selfcheck: bool
    json: str | None
    quiet: bool
    origins: Mapping[str, Origin]


_Found = tuple[Value, Origin]


def load(command: str, said: Mapping[str, Sequence[Said]], cwd: str, environ: Mapping[str, str]) -> Settings:
    """Put the settings of a command together.

    Args:
        command: one of ``options.COMMANDS``.
        said: option name to its uses on the command line, in their order.
        cwd: the working folder, absolute.
        environ: the environment.

    Raises:
        PyteadError: for anything given that can't be meant, with the place where it stands.
    """
    entries, _ = read_all(cwd, environ)
    return combine(command, said, cwd, environ, entries)


def combine(
    command: str,
    said: Mapping[str, Sequence[Said]],
    cwd: str,
    environ: Mapping[str, str],
    entries: Entries,
) -> Settings:
    """As ``load``, with what the files say at hand."""
    found = {option.name: _find(option, command, said, cwd, environ, entries) for option in OPTIONS}
    if command == "tead":
        _share_folder(found)
    elif command not in ("run", "flow") and found["calls_dir"][1].rank == UNSAID:
        recorded, origin = _find(BY_NAME["storage_dir"], "run", {}, cwd, environ, entries)
        found["calls_dir"] = recorded, _as_storage(origin)
    _choose_output(found)
    values = {name: value for name, (value, _) in found.items()}
    output, export = values["output"], values["export"]
    return Settings(
        command=command,
        targets=cast("tuple[str, ...]", values["targets"]),
        limit=cast("int", values["limit"]),
        storage_dir=Path(cast("str", values["storage_dir"])),
        format=cast("Literal['pickle', 'json', 'sqlite']", values["format"]),
        children=bool(values["children"]),
        max_overhead=_share(values["max_overhead"]),
        max_bytes=cast("int", values["max_bytes"]),
        max_objects=cast("int", values["max_objects"]),
        reducers=cast("tuple[str, ...]", values["reducers"]),
        engine=cast("Literal['wrap', 'monitoring']", values["engine"]),
        flow=bool(values["flow"]),
        flow_events=cast("int", values["flow_events"]),
        redact=cast("tuple[str, ...]", values["redact"]),
        redact_values=cast("tuple[str, ...]", values["redact_values"]),
        no_redact=cast("tuple[str, ...]", values["no_redact"]),
        calls_dir=Path(cast("str", values["calls_dir"] or values["storage_dir"])),
        output_dir=Path(cast("str", values["output_dir"])),
        output=Path(output) if isinstance(output, str) else None,
        verify=bool(values["verify"]),
        max_inline=cast("int", values["max_inline"]),
        allow_pickle=cast("bool", values["allow_pickle"]),
        tolerance=float(cast("str", values["tolerance"] or "0")),
        format_command=cast("tuple[str, ...] | None", values["format_command"]),
        with_flow=bool(values["with_flow"]),
        jobs=cast("int", values["jobs"]),
        max_cases=cast("int", values["max_cases"]),
        all_cases=bool(values["all_cases"]),
        check=bool(values["check"]),
        diff=bool(values["diff"]),
        dry_run=bool(values["dry_run"]),
        update=bool(values["update"]),
        accept=cast("tuple[str, ...]", values["accept"]),
        force=bool(values["force"]),
        beside=bool(values["beside"]),
        output_format=cast("Literal['text', 'github']", values["output_format"]),
        style=cast("Literal['parametrize', 'syrupy', 'unittest']", values["style"]),
        hypothesis=bool(values["hypothesis"]),
        only_targets=bool(values["only_targets"]),
        depth=cast("int", values["depth"]),
        functions=cast("tuple[str, ...]", values["functions"]),
        returns=bool(values["returns"]),
        export=Path(export) if isinstance(export, str) else None,
        flow_engine=cast("str", values["flow_engine"]),
        paths=cast("tuple[str, ...]", values["paths"]),
        yes=bool(values["yes"]),
        selfcheck=bool(values["selfcheck"]),
        json=cast("str | None", values["json"]),
        quiet=bool(values["quiet"]),
        origins={name: origin for name, (_, origin) in found.items()},
    )


def _share(value: Value) -> float | None:
    return float(value.rstrip("%")) / 100 if isinstance(value, str) else None


def _find(
    option: Option,
    command: str,
    said: Mapping[str, Sequence[Said]],
    cwd: str,
    environ: Mapping[str, str],
    entries: Entries,
) -> _Found:
    """The value said closest to the command line."""
    uses = said.get(option.name)
    if uses:
        values = [parse_text(option, use.text, use.flag, cwd) for use in uses]
        origin = Origin(COMMAND_LINE, uses[-1].flag)
        if option.kind in LISTS:
            return tuple(pattern for value in values for pattern in cast("tuple[str, ...]", value)), origin
        return values[-1], origin
    if command in option.commands and command not in option.line_only:
        text = environ.get(option.variable)
        if text:
            return parse_text(option, text, option.variable, cwd), Origin(ENVIRONMENT, option.variable)
        for section in option.sections(command):
            entry = entries.get((section, option.name))
            if entry is not None:
                rank = {command: SECTION, "defaults": DEFAULTS}.get(section, OTHER_SECTION)
                return entry.value, Origin(rank, entry.place)
    default = option.default
    if option.kind == "path" and isinstance(default, str):
        default = absolute(default, cwd)
    return default, Origin(UNSAID, "default")


def _share_folder(found: dict[str, _Found]) -> None:
    recorded, read = found["storage_dir"][1], found["calls_dir"][1]
    if read.rank > recorded.rank:
        found["storage_dir"] = found["calls_dir"][0], Origin(read.rank, f"calls_dir ({read.place})")
    elif recorded.rank > read.rank or read.rank == UNSAID:
        found["calls_dir"] = found["storage_dir"][0], _as_storage(recorded)


def _as_storage(origin: Origin) -> Origin:
    return Origin(origin.rank, "storage_dir" if origin.rank == UNSAID else f"storage_dir ({origin.place})")


def _choose_output(found: dict[str, _Found]) -> None:
    one, many = found["output"][1], found["output_dir"][1]
    if one.rank == UNSAID or many.rank == UNSAID:
        return
    if one.rank == many.rank:
        raise PyteadError(
            "options-clash",
            f"{one.place} and {many.place} exclude each other",
            "tests go either to one module or to a folder with a module for each function",
        )
    if many.rank > one.rank:
        found["output"] = None, Origin(UNSAID, "default")

"""The files that hold settings: where they are, and what they say."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from pytead.config.options import BY_NAME, SECTIONS
from pytead.config.parsing import nearest, parse_toml
from pytead.errors import PyteadError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytead.config.option import Value


class ConfigFile(NamedTuple):
    """A file with settings.

    Attributes:
        path: where it is, absolute.
        base: the folder that its relative paths start from: its project's, for a user's own file the working
            folder.
    """

    path: str
    base: str

    @property
    def is_pyproject(self) -> bool:
        return os.path.basename(self.path) == "pyproject.toml"


class Entry(NamedTuple):
    """A value that a file gives, and its place, such as ``[run] limit in .pytead/config.toml``."""

    value: Value
    place: str


Entries = dict[tuple[str, str], Entry]
"""Section and key to what the files say."""


def read_all(cwd: str, environ: Mapping[str, str]) -> tuple[Entries, list[ConfigFile]]:
    """Read every file that counts, merged key by key: a later file has the last word.

    Args:
        cwd: the working folder, absolute.
        environ: the environment.

    Returns:
        What they say, and the files themselves in the order in which they were merged.

    Raises:
        PyteadError: ``config-missing``, ``config-unreadable``, ``bad-toml``, ``unknown-section``,
            ``unknown-key`` or ``bad-value``.
    """
    entries: Entries = {}
    files = []
    for file, document in _documents(cwd, environ):
        files.append(file)
        for section, table in _sections(file, document):
            for key, value in table.items():
                place = f"{_where(file, section)} {key} in {_shown(file.path, cwd)}"
                name = key.replace("-", "_")  # as the flag is written
                option = BY_NAME.get(name)
                if option is None or not _may_stand_in(section, name):
                    raise _unknown_key(section, name, place)
                entries[section, name] = Entry(parse_toml(option, value, place, file.base), place)
    return entries, files


def _documents(cwd: str, environ: Mapping[str, str]) -> Iterator[tuple[ConfigFile, dict[str, object]]]:
    user = _user_file(cwd, environ)
    if user is not None:
        yield user, _parse(user)
    home = _home(environ)
    folder = cwd
    while True:
        found = list(_project_documents(folder, is_home_above=folder == home != cwd))
        if found:
            yield from found
            return
        parent = os.path.dirname(folder)
        if parent == folder:
            return
        folder = parent


def _project_documents(folder: str, is_home_above: bool) -> Iterator[tuple[ConfigFile, dict[str, object]]]:
    pyproject = ConfigFile(os.path.join(folder, "pyproject.toml"), folder)
    # Most of them say nothing to us: look before paying for the parser.
    if b"pytead" in _bytes_of(pyproject.path):
        tools = _parse(pyproject).get("tool")
        ours = tools.get("pytead") if isinstance(tools, dict) else None
        if isinstance(ours, dict):
            yield pyproject, ours
    # In the home folder, reached from a folder below, config.toml is the user's own and no project's.
    for name in ("default_config.toml",) if is_home_above else ("default_config.toml", "config.toml"):
        file = ConfigFile(os.path.join(folder, ".pytead", name), folder)
        if os.path.isfile(file.path):
            yield file, _parse(file)


def _user_file(cwd: str, environ: Mapping[str, str]) -> ConfigFile | None:
    named = environ.get("PYTEAD_CONFIG")
    if named:
        path = os.path.abspath(os.path.join(cwd, os.path.expanduser(named)))
        if not os.path.isfile(path):
            raise PyteadError(
                "config-missing",
                f"PYTEAD_CONFIG names a file that isn't there: {named!r}",
                "create it, or unset the variable",
            )
        return ConfigFile(path, cwd)
    home = _home(environ)
    folders = [os.path.join(home, ".config", "pytead"), os.path.join(home, ".pytead")]
    if environ.get("XDG_CONFIG_HOME"):
        folders.insert(0, os.path.join(environ["XDG_CONFIG_HOME"], "pytead"))
    for folder in folders:
        path = os.path.join(folder, "config.toml")
        if os.path.isfile(path):
            return ConfigFile(path, cwd)
    return None


def _home(environ: Mapping[str, str]) -> str:
    named = environ.get("USERPROFILE" if os.name == "nt" else "HOME")
    return os.path.abspath(named or os.path.expanduser("~"))


def _bytes_of(path: str) -> bytes:
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return b""
    except OSError as error:
        raise PyteadError("config-unreadable", f"can't read {path}: {error.strerror or error}") from None


def _parse(file: ConfigFile) -> dict[str, object]:
    import sys

    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        return tomllib.loads(_bytes_of(file.path).decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise PyteadError("bad-toml", f"{file.path} is not TOML: {error}") from None


def _sections(file: ConfigFile, document: dict[str, object]) -> Iterator[tuple[str, dict[str, object]]]:
    if file.is_pyproject:  # keys of [tool.pytead] itself are defaults
        yield "defaults", {key: value for key, value in document.items() if not _is_section(key, value)}
        document = {key: value for key, value in document.items() if _is_section(key, value)}
    for section, table in document.items():
        if section in SECTIONS and isinstance(table, dict):
            yield section, table
        elif isinstance(table, dict):
            close = nearest(section, SECTIONS)
            raise PyteadError(
                "unknown-section",
                f"unknown section {_where(file, section)} in {file.path}",
                f"did you mean [{close}]?" if close else f"sections are {', '.join(SECTIONS)}",
            )
        elif section in SECTIONS:
            raise PyteadError(
                "bad-value",
                f"{section} in {file.path} is a section, not a key",
                f"write [{section}] on a line of its own, and its keys below",
            )
        else:
            raise PyteadError(
                "unknown-key",
                f"{section} in {file.path} stands in no section",
                "put it below [defaults]" if section in BY_NAME else _did_you_mean(section, BY_NAME),
            )


def _is_section(key: str, value: object) -> bool:
    return key in SECTIONS or (isinstance(value, dict) and key not in BY_NAME)


def _may_stand_in(section: str, key: str) -> bool:
    option = BY_NAME[key]
    counting = [command for command in option.commands if command not in option.line_only]
    return section in counting or (section == "defaults" and bool(counting))


def _unknown_key(section: str, key: str, place: str) -> PyteadError:
    if key in BY_NAME:
        homes = [f"[{name}]" for name in SECTIONS if _may_stand_in(name, key)]
        hint = f"it belongs in {' or '.join(homes)}" if homes else "it can only be given on the command line"
    else:
        hint = _did_you_mean(key, [name for name in BY_NAME if _may_stand_in(section, name)])
    return PyteadError("unknown-key", f"unknown key {place}", hint)


def _did_you_mean(key: str, among: Mapping[str, object] | list[str]) -> str:
    close = nearest(key.replace("-", "_"), among)
    return f"did you mean {close!r}?" if close else f"keys are {', '.join(among)}"


def _where(file: ConfigFile, section: str) -> str:
    if not file.is_pyproject:
        return f"[{section}]"
    return "[tool.pytead]" if section == "defaults" else f"[tool.pytead.{section}]"


def _shown(path: str, cwd: str) -> str:
    """The path as a person in the working folder would write it, if that is shorter."""
    try:
        relative = os.path.relpath(path, cwd)
    except ValueError:  # another drive
        return path
    return relative if len(relative) < len(path) else path

"""The surroundings of a verification process: temporary folders, environment variables, pytest's options."""

from __future__ import annotations

import configparser
import os
import shlex
import site
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytead.verify.plan import OPTION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytead.verify.conditions import Conditions

_DROPPED_VARIABLES = frozenset(
    {
        "COVERAGE_PROCESS_CONFIG",
        "COVERAGE_PROCESS_START",
        "OLDPWD",
        "PYTEST_ADDOPTS",
        "PYTEST_CURRENT_TEST",
        "PYTEST_DEBUG_TEMPROOT",
        "PYTHONBREAKPOINT",
        "PYTHONINSPECT",
        "PYTHONSTARTUP",
    }
)
_DROPPED_PREFIXES = ("PYTEAD_", "COV_CORE_", "PYTEST_XDIST_")
_KEPT_OPTIONS = frozenset({"--import-mode", "-p", "--ds", "--dc", "--asyncio-mode"})
"""Options from ``addopts`` that decide what tests can import; the rest is how a person likes them run."""


_NEEDLESS = {
    "anyio": ("anyio",),
    "benchmark": ("benchmark",),
    "cov": ("pytest_cov",),
    "faker": ("faker",),
    "hypothesis": ("hypothesispytest",),
    "typeguard": ("typeguard",),
    "xdist": ("xdist", "xdist.looponfail"),
}
"""Plugins that do nothing for a test that doesn't ask for them, by the word that tells that somebody may."""

_ELSEWHERE = {
    **dict.fromkeys(("USER", "LOGNAME", "USERNAME", "HOSTNAME", "COMPUTERNAME"), "elsewhere"),
    "COLUMNS": "137",
    "LINES": "37",
}
"""Another user, on another machine, at another terminal."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The temporary folders of one process, all inside ``root``.

    Attributes:
        root: removed when the process is gone.
        cwd: the working folder. The wall doesn't let a test write there: in a real run that is the project.
        home: HOME; only imports may write there.
        scratch: TMPDIR, where a test may do what it likes.
    """

    root: Path
    cwd: Path
    home: Path
    scratch: Path

    @classmethod
    def make(cls, root: Path) -> Surroundings:
        """Create the folders inside ``root``, which exists."""
        made = cls.at(root)
        for folder in (made.cwd, made.home, made.scratch):
            folder.mkdir()
        return made

    @classmethod
    def at(cls, root: Path) -> Surroundings:
        """Those that ``make`` makes in ``root``."""
        return cls(root, root / "cwd", root / "home", root / "tmp")

    def shown(self) -> dict[str, str]:
        """What to write for their paths in a text for a person."""
        names = {self.cwd: ".", self.home: "~", self.scratch: "$TMPDIR"}
        return {spelling: name for path, name in names.items() for spelling in (str(path), path.as_posix())}

    def variables(self, inherited: Mapping[str, str], conditions: Conditions, cwd: Path) -> dict[str, str]:
        """The environment of the process, which works in ``cwd``."""
        kept = {
            name: value
            for name, value in inherited.items()
            if name not in _DROPPED_VARIABLES and not name.startswith(_DROPPED_PREFIXES)
        }
        home, scratch = str(self.home), str(self.scratch)
        drive, tail = os.path.splitdrive(home)
        user_base = site.getuserbase()  # type: ignore[no-untyped-call, unused-ignore]
        own = {
            "XDG_CACHE_HOME": str(self.scratch / "cache"),
            "XDG_RUNTIME_DIR": scratch,
            "HYPOTHESIS_STORAGE_DIRECTORY": str(self.scratch / "hypothesis"),
            "MPLCONFIGDIR": str(self.scratch / "matplotlib"),
            "TMPDIR": scratch,
            "TEMP": scratch,
            "TMP": scratch,
            "PWD": str(cwd),
            # What is installed for the user lies in the real home.
            "PYTHONUSERBASE": inherited.get("PYTHONUSERBASE", user_base),
            "PYTHONPATH": _python_path(inherited.get("PYTHONPATH", "")),
            "PYTHONHASHSEED": str(conditions.hash_seed),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTEAD_OFF": "1",
        }
        if conditions.home == "temporary":
            own |= {
                "HOME": home,
                "USERPROFILE": home,
                "HOMEDRIVE": drive,
                "HOMEPATH": tail,
                "APPDATA": str(self.home / "AppData" / "Roaming"),
                "LOCALAPPDATA": str(self.home / "AppData" / "Local"),
                "XDG_CONFIG_HOME": str(self.home / ".config"),
                "XDG_DATA_HOME": str(self.home / ".local" / "share"),
                "XDG_STATE_HOME": str(self.home / ".local" / "state"),
            }
        if conditions.timezone is not None:
            own["TZ"] = conditions.timezone
        if conditions.locale is not None:
            own["LC_ALL"] = conditions.locale
        if conditions.is_elsewhere:
            own |= _ELSEWHERE
        return {**kept, **{name: value for name, value in own.items() if value or name in kept}}


def _python_path(inherited: str) -> str:
    """``PYTHONPATH`` for another working folder, with Pytead on it where nothing else offers it."""
    entries = [os.path.abspath(entry) for entry in inherited.split(os.pathsep)] if inherited else []
    ours = str(Path(__file__).resolve().parents[2])
    installed = {os.path.abspath(folder) for folder in [*site.getsitepackages(), site.getusersitepackages()]}
    if ours not in entries and ours not in installed:
        entries.append(ours)
    return os.pathsep.join(entries)


def command(python: str, project: Path, plan: Path, words: list[str], scratch: Path) -> list[str]:
    """The command that runs tests under the plugin, which knows which; ``words`` end with a file to start from.

    The project's own settings hold, but for ``addopts``: of those only what decides imports is kept.
    """
    settings = _settings(project)
    return [
        python,
        "-m",
        "pytest",
        "-o",
        "addopts=",
        "-o",
        f"cache_dir={scratch / 'pytest_cache'}",
        # What a setting demands or names may be a plugin that is left out, or a log file of the project.
        *(
            part
            for name in ("required_plugins", "log_file")
            if name in settings
            for part in ("-o", f"{name}=")
        ),
        *_kept(settings.get("addopts", "")),
        *_left_out(project, Path(words[-1]), settings),
        "-p",
        "pytead.verify.plugin",
        "--continue-on-collection-errors",
        "--rootdir",
        str(project),
        f"{OPTION}={plan}",
        "-q",
        "--tb=no",
        *words,
    ]


def _left_out(project: Path, file: Path, settings: Mapping[str, Any]) -> list[str]:
    """Options for plugins that no generated test needs: to import them all takes longer than most tests.

    One that the project's settings or a ``conftest.py`` above the file mention stays, as these could not do without it.
    """
    told = [repr(settings), os.environ.get("PYTEST_PLUGINS", "")]
    for folder in file.parents:
        conftest = folder / "conftest.py"
        if conftest.is_file():
            told.append(conftest.read_text("utf-8", errors="replace"))
        if folder == project:
            break
    text = "\n".join(told)
    names = ["randomly", *(name for word, own in _NEEDLESS.items() if word not in text for name in own)]
    return [word for name in names for word in ("-p", f"no:{name}")]


def _kept(addopts: Any) -> list[str]:
    """The options to keep, each with its value."""
    try:
        words = shlex.split(addopts) if isinstance(addopts, str) else list(map(str, addopts))
    except (TypeError, ValueError):
        return []  # pytest would not take them either
    kept = []
    for position, word in enumerate(words):
        name, has_value, _ = word.partition("=")
        if name in _KEPT_OPTIONS and (has_value or position + 1 < len(words)):
            kept += [word] if has_value else words[position : position + 2]
        elif word.startswith("-p") and len(word) > 2 and not word.startswith("--"):
            kept.append(word)
    return kept


def _settings(project: Path) -> dict[str, Any]:
    """pytest's settings in the project's folder, from the first file that has any."""
    for name, section in (
        ("pytest.toml", "pytest"),
        (".pytest.toml", "pytest"),
        ("pytest.ini", "pytest"),
        (".pytest.ini", "pytest"),
        ("pyproject.toml", "tool.pytest"),
        ("tox.ini", "pytest"),
        ("setup.cfg", "tool:pytest"),
    ):
        file = project / name
        if file.is_file():
            found = _section(file, section)
            if found is not None:
                return found
    return {}


def _section(file: Path, section: str) -> dict[str, Any] | None:
    try:
        text = file.read_text(encoding="utf-8-sig")
        if file.suffix != ".toml":
            ini = configparser.RawConfigParser(strict=False)
            ini.read_string(text)
            return dict(ini[section]) if ini.has_section(section) else None
        found: Any = _load_toml(text)
        for part in section.split("."):
            found = found.get(part, {})
        found = found.get("ini_options", found)
        return found or None
    except (OSError, ValueError, configparser.Error, AttributeError):
        return None  # pytest reads it too, and says what is wrong with it


def _load_toml(text: str) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    return tomllib.loads(text)

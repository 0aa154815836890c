"""Files, variables and the command line, and which of them has the last word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytead.config.settings import Said, Settings, load
from pytead.errors import PyteadError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "work" / "project"
    folder.mkdir(parents=True)
    return folder


def put(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


class Loading:
    """Loads settings in a project with a home folder of its own."""

    def __init__(self, project: Path, home: Path) -> None:
        self.project = project
        self.environ = {"HOME": str(home), "USERPROFILE": str(home)}

    def __call__(
        self, command: str = "run", *said: tuple[str, str, str], cwd: Path | None = None
    ) -> Settings:
        uses: dict[str, list[Said]] = {}
        for name, flag, text in said:
            uses.setdefault(name, []).append(Said(flag, text))
        return load(command, uses, str(cwd or self.project), self.environ)


@pytest.fixture
def loading(project: Path, home: Path) -> Loading:
    return Loading(project, home)


SEED = """
[defaults]
limit = 10
storage_dir = "call_logs"
format = "pickle"

[run]
limit = 7
targets = ["mymodule.multiply"]

[gen]
output_dir = "tests/generated"

[clean]
calls_dir = "call_logs"

[tead]
targets = ["mymodule.multiply"]
calls_dir = "call_logs"
only_targets = true
"""


def test_without_anything(loading: Loading, project: Path) -> None:
    settings = loading("run")
    assert (settings.targets, settings.limit, settings.format) == ((), 10, "pickle")
    assert settings.storage_dir == settings.calls_dir == project / "call_logs"
    assert settings.output is None
    assert settings.output_dir == project / "tests" / "generated"
    assert settings.verify
    assert not settings.quiet
    assert settings.json is None
    assert settings.origins["limit"].place == "default"


def test_the_readmes_example(loading: Loading, project: Path) -> None:
    put(project, ".pytead/default_config.toml", SEED)
    assert loading("run").limit == 7
    assert loading("run").targets == ("mymodule.multiply",)
    assert loading("gen").targets == ()
    assert loading("gen").output_dir == project / "tests" / "generated"
    tead = loading("tead")
    assert (tead.limit, tead.only_targets) == (7, True)
    assert tead.storage_dir == tead.calls_dir == project / "call_logs"
    assert loading("run").origins["limit"].place == "[run] limit in .pytead/default_config.toml"


def test_the_order_of_precedence(loading: Loading, project: Path) -> None:
    put(project, ".pytead/config.toml", "[defaults]\nlimit = 1\n[run]\nlimit = 2\n")
    assert loading("tead").limit == 2
    assert loading("run").limit == 2
    loading.environ["PYTEAD_LIMIT"] = "3"
    assert loading("run").limit == 3
    settings = loading("run", ("limit", "-l", "4"), ("limit", "--limit", "5"))
    assert settings.limit == 5
    assert settings.origins["limit"].place == "--limit"
    loading.environ["PYTEAD_LIMIT"] = ""
    assert loading("run").limit == 2


def test_files_are_merged_key_by_key(loading: Loading, project: Path, home: Path) -> None:
    put(home, ".config/pytead/config.toml", "[run]\nlimit = 1\nquiet = true\n[defaults]\nformat='json'\n")
    put(
        project,
        "pyproject.toml",
        "[tool.pytead]\nlimit = 2\nstorage_dir = 'a'\n[tool.pytead.run]\nstorage_dir='b'\n",
    )
    put(project, ".pytead/default_config.toml", "[run]\nstorage_dir = 'c'\n[gen]\noutput = 'x.py'\n")
    put(project, ".pytead/config.toml", "[gen]\noutput = 'y.py'\n")
    run = loading("run")
    # A section has precedence over defaults, whichever file it is in.
    assert (run.limit, run.quiet, run.format) == (1, True, "json")
    assert run.storage_dir == project / "c"
    assert loading("gen").output == project / "y.py"


def test_pyproject(loading: Loading, project: Path) -> None:
    put(project, "pyproject.toml", "[tool.pytead]\nlimit = 2\n[tool.pytead.run]\ntargets = 'a,b'\n")
    settings = loading("run")
    assert (settings.limit, settings.targets) == (2, ("a,b",))
    assert settings.origins["targets"].place == "[tool.pytead.run] targets in pyproject.toml"
    assert settings.origins["limit"].place == "[tool.pytead] limit in pyproject.toml"


def test_the_nearest_project_wins_and_its_paths_are_its_own(loading: Loading, project: Path) -> None:
    put(project.parent, ".pytead/config.toml", "[run]\nlimit = 1\nquiet = true\n")
    put(project, ".pytead/config.toml", "[run]\nlimit = 2\nstorage_dir = 'logs'\n")
    put(project, "pkg/pyproject.toml", "[project]\ndependencies = ['pytead']\n")
    settings = loading("run", ("json", "--json", "out.json"), cwd=project / "pkg")
    assert (settings.limit, settings.quiet) == (2, False)
    assert settings.storage_dir == project / "logs"
    assert settings.json == str(project / "pkg" / "out.json")
    assert settings.output_dir == project / "pkg" / "tests" / "generated"


def test_user_files(loading: Loading, project: Path, home: Path) -> None:
    put(home, ".pytead/config.toml", "[run]\nlimit = 4\nstorage_dir = 'mine'\n")
    assert loading("run").limit == 4
    assert loading("run").storage_dir == project / "mine"
    put(home, ".config/pytead/config.toml", "[run]\nlimit = 3\n")
    assert loading("run").limit == 3
    assert loading("run").storage_dir == project / "call_logs"
    put(home, "xdg/pytead/config.toml", "[run]\nlimit = 2\n")
    loading.environ["XDG_CONFIG_HOME"] = str(home / "xdg")
    assert loading("run").limit == 2
    loading.environ["PYTEAD_CONFIG"] = str(put(home, "named.toml", "[run]\nlimit = 1\n"))
    assert loading("run").limit == 1


def test_home_above_the_project_is_no_project(loading: Loading, home: Path) -> None:
    put(home, ".pytead/config.toml", "[run]\nstorage_dir = 'mine'\n")
    below = home / "code" / "thing"
    below.mkdir(parents=True)
    assert loading("run", cwd=below).storage_dir == below / "mine"


def test_a_named_file_that_is_missing(loading: Loading) -> None:
    loading.environ["PYTEAD_CONFIG"] = "nowhere.toml"
    with pytest.raises(PyteadError, match=r"PYTEAD_CONFIG.*nowhere.toml") as caught:
        loading("run")
    assert caught.value.slug == "config-missing"


def test_a_byte_order_mark_is_no_mistake(loading: Loading, project: Path) -> None:
    put(project, ".pytead/config.toml", "\ufeff[run]\nlimit = 3\n")
    assert loading("run").limit == 3


@pytest.mark.parametrize(
    ("text", "slug", "message", "hint"),
    [
        ("[run]\nlimt = 3", "unknown-key", "unknown key [run] limt in {file}", "'limit'"),
        ("[run]\nstoragedir = 'x'", "unknown-key", "[run] storagedir in {file}", "'storage_dir'"),
        (
            "[run]\ncalls_dir = 'x'",
            "unknown-key",
            "[run] calls_dir",
            "[gen] or [tead] or [list] or [scan] or [clean]",
        ),
        ("[clean]\nyes = true", "unknown-key", "[clean] yes", "only be given on the command line"),
        ("[gen]\ntargets = 'x'", "unknown-key", "[gen] targets", "[run]"),
        ("[rnu]\nlimit = 3", "unknown-section", "[rnu]", "did you mean [run]?"),
        ("limit = 3", "unknown-key", "limit", "[defaults]"),
        ("run = 3", "bad-value", "run", "[run]"),
        ("[run]\nlimit = 'x'", "bad-value", "[run] limit in {file} takes a whole number", ""),
        ("[run]\nformat = 'jsn'", "bad-value", "not 'jsn'", "'json'"),
        ("[run\n", "bad-toml", "{file} is not TOML", ""),
        (
            "[gen]\noutput='x.py'\noutput_dir='y'",
            "options-clash",
            "[gen] output in {file} and [gen] output_dir",
            "",
        ),
    ],
)
def test_what_a_file_can_get_wrong(
    loading: Loading, project: Path, text: str, slug: str, message: str, hint: str
) -> None:
    put(project, ".pytead/config.toml", text)
    with pytest.raises(PyteadError) as caught:
        loading("gen")
    assert caught.value.slug == slug
    shown = caught.value.message.replace(str(project) + "/", "")
    assert message.format(file=".pytead/config.toml") in shown
    assert hint in caught.value.hint


def test_what_a_pyproject_can_get_wrong(loading: Loading, project: Path) -> None:
    put(project, "pyproject.toml", "[tool.pytead]\nlimt = 3\n")
    with pytest.raises(PyteadError, match=r"\[tool.pytead\] limt in pyproject.toml"):
        loading("run")
    put(project, "pyproject.toml", "[tool.pytead.rum]\nlimit = 3\n")
    with pytest.raises(PyteadError, match=r"\[tool.pytead.rum\]"):
        loading("run")


def test_a_bad_variable_is_named(loading: Loading) -> None:
    loading.environ["PYTEAD_LIMIT"] = "many"
    with pytest.raises(PyteadError, match=r"PYTEAD_LIMIT takes .* not 'many'"):
        loading("run")
    assert loading("gen").limit == 10


def test_calls_are_read_where_they_are_recorded(loading: Loading, project: Path) -> None:
    put(project, ".pytead/config.toml", "[run]\nstorage_dir = 'logs'\n")
    for command in ("gen", "list", "clean"):
        assert loading(command).calls_dir == project / "logs"
    assert loading("gen").origins["calls_dir"].place.startswith("storage_dir ([run]")
    assert loading("gen", ("calls_dir", "-c", "other")).calls_dir == project / "other"


@pytest.mark.parametrize(
    ("section", "said", "recorded", "read"),
    [
        ("", [("storage_dir", "-s", "a")], "a", "a"),
        ("", [("calls_dir", "-c", "a")], "a", "a"),
        ("", [("storage_dir", "-s", "a"), ("calls_dir", "-c", "b")], "a", "b"),
        ("calls_dir = 'c'", [("storage_dir", "-s", "a")], "a", "a"),
        ("storage_dir = 'c'", [], "c", "c"),
        ("storage_dir = 'c'\ncalls_dir = 'd'", [], "c", "d"),
    ],
)
def test_tead_reads_what_it_recorded(
    loading: Loading, project: Path, section: str, said: list[tuple[str, str, str]], recorded: str, read: str
) -> None:
    put(project, ".pytead/config.toml", f"[tead]\n{section}\n")
    settings = loading("tead", *said)
    assert (settings.storage_dir, settings.calls_dir) == (project / recorded, project / read)


def test_the_output_said_last_counts(loading: Loading, project: Path) -> None:
    put(project, ".pytead/config.toml", "[gen]\noutput_dir = 'many'\n[defaults]\noutput = 'one.py'\n")
    assert loading("gen").output is None
    assert loading("gen", ("output", "-o", "two.py")).output == project / "two.py"
    put(project, ".pytead/config.toml", "[gen]\noutput_dir = 'many'\n[tead]\noutput = 'one.py'\n")
    assert loading("tead").output == project / "one.py"
    with pytest.raises(PyteadError, match="-o and -d exclude each other"):
        loading("gen", ("output", "-o", "a.py"), ("output_dir", "-d", "b"))


def test_only_the_command_line_narrows_gen(loading: Loading) -> None:
    loading.environ["PYTEAD_TARGETS"] = "a.*"
    assert loading("run").targets == loading("tead").targets == ("a.*",)
    assert loading("gen").targets == ()
    assert loading("gen", ("targets", "-t", "b")).targets == ("b",)

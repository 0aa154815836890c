"""Where our words end and the program's begin."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from pytead.cli.launch import CommandLine, Launch, missing, parse
from pytead.errors import PyteadError

if TYPE_CHECKING:
    from pathlib import Path


def read(folder: Path, line: list[str], command: str = "run") -> CommandLine:
    is_named = line[:1] == [command]
    return parse(command, line[1:] if is_named else line, str(folder), is_named=is_named)


def targets(line: CommandLine) -> list[str]:
    return [said.text for said in line.said.get("targets", ())]


def script(program: str, *args: str, **more: Any) -> dict[str, Any]:
    return {"kind": "script", "program": program, "args": args, **more}


def module(program: str, *args: str, **more: Any) -> dict[str, Any]:
    return {"kind": "module", "program": program, "args": args, **more}


def python(name: str = "python", *options: str) -> dict[str, Any]:
    return {"interpreter": name, "interpreter_options": options}


@pytest.mark.parametrize(
    ("words", "expected", "patterns"),
    [
        ("-t m.* main.py", script("main.py"), ["m.*"]),
        ("-tm.* main.py", script("main.py"), ["m.*"]),
        ("--target=m.* -t n main.py", script("main.py"), ["m.*", "n"]),
        ("run -t m.* main.py a b", script("main.py", "a", "b"), ["m.*"]),
        ("main.py", script("main.py"), []),
        ("main.py -t x --help -- -q", script("main.py", "-t", "x", "--help", "--", "-q"), []),
        ("run -t m main.py -- x", script("main.py", "--", "x"), ["m"]),
        ("run main.py x", script("main.py", "x"), []),
        ("run run", script("run"), []),
        ("-t m gen", script("gen"), ["m"]),
        ("-t m ./gen", script("./gen"), ["m"]),
        ("-t m -", script("-"), ["m"]),
        # -m
        ("-t m -m pkg.mod -t x", module("pkg.mod", "-t", "x"), ["m"]),
        ("-t m -mpkg x", module("pkg", "x"), ["m"]),
        ("-qm pkg x", module("pkg", "x"), []),
        ("run -m pkg -- x", module("pkg", "--", "x"), []),
        ("run m.f -m pkg -- x", module("pkg", "--", "x"), ["m.f"]),
        # targets in front of the dashes
        ("run m.f -- main.py", script("main.py"), ["m.f"]),
        (
            "run m.f n.* -l 5 o -- python3 main.py -x",
            script("main.py", "-x", **python("python3")),
            ["m.f", "n.*", "o"],
        ),
        ("run -l 5 m.f -- -m pkg", module("pkg"), ["m.f"]),
        ("run m.f -- main.py -- x", script("main.py", "--", "x"), ["m.f"]),
        ("run -- main.py", script("main.py"), []),
        ("-- main.py", script("main.py"), []),
        # python's own options
        ("-- python main.py", script("main.py", **python()), []),
        ("-- python main.py -u", script("main.py", "-u", **python()), []),
        (
            "-- python -u -X dev -W error main.py",
            script("main.py", **python("python", "-u", "-X", "dev", "-W", "error")),
            [],
        ),
        (
            "-- python -uXdev -Werror -OO main.py",
            script("main.py", **python("python", "-uXdev", "-Werror", "-OO")),
            [],
        ),
        ("-- python -uX dev main.py", script("main.py", **python("python", "-uX", "dev")), []),
        (
            "-- python -I -E -s -B -P main.py",
            script("main.py", **python("python", "-I", "-E", "-s", "-B", "-P")),
            [],
        ),
        ("-- python -m pkg -u", module("pkg", "-u", **python()), []),
        ("-- python -mpkg", module("pkg", **python()), []),
        ("-- python -um pkg x", module("pkg", "x", **python("python", "-u")), []),
        (
            "-- python -Ic pass x",
            {"kind": "code", "program": "pass", "args": ("x",), **python("python", "-I")},
            [],
        ),
        ("-- python -u -- main.py -x", script("main.py", "-x", **python("python", "-u")), []),
        ("-- python - x", script("-", "x", **python()), []),
        (
            "-- python --check-hash-based-pycs never main.py",
            script("main.py", **python("python", "--check-hash-based-pycs", "never")),
            [],
        ),
        ("-- -u main.py", script("main.py", interpreter_options=("-u",)), []),
        ("-- py -3.12 main.py", script("main.py", **python("py", "-3.12")), []),
        ("-- python3.12 main.py", script("main.py", **python("python3.12")), []),
        ("-- /opt/venv/bin/python main.py", script("main.py", **python("/opt/venv/bin/python")), []),
        ("-- python3.13t main.py", script("main.py", **python("python3.13t")), []),
        # commands, and scripts that look like one
        ("-- pytest -q", {"kind": "command", "program": "pytest", "args": ("-q",)}, []),
        ("-- folder", {"kind": "command", "program": "folder", "args": ()}, []),
        ("-- gen x", script("gen", "x"), []),
        ("-- app", script("app"), []),
        ("-- ./tool", script("./tool"), []),
        ("-- python.py", script("python.py"), []),
    ],
)
def test_parse(tmp_path: Path, words: str, expected: dict[str, Any], patterns: list[str]) -> None:
    (tmp_path / "gen").write_text("")
    (tmp_path / "folder").mkdir()
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "__main__.py").write_text("")
    line = read(tmp_path, words.split())
    found = {name: getattr(line.launch, name) for name in ("kind", "program", "args", *python())}
    assert found == {"interpreter": None, "interpreter_options": (), **expected}
    assert targets(line) == patterns


def test_the_running_interpreter_is_one_whatever_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/opt/app/bin/engine")
    assert (
        read(tmp_path, ["--", "/opt/app/bin/engine", "main.py"]).launch.interpreter == "/opt/app/bin/engine"
    )


def test_options_of_the_line(tmp_path: Path) -> None:
    line = read(tmp_path, ["-ql5", "--storage-dir", "x", "-s=y", "--format=json", "--no-quiet", "main.py"])
    assert {name: [(said.flag, said.text) for said in uses] for name, uses in line.said.items()} == {
        "quiet": [("-q", "true"), ("--no-quiet", "false")],
        "limit": [("-l", "5")],
        "storage_dir": [("--storage-dir", "x"), ("-s", "y")],
        "format": [("--format", "json")],
    }


def test_tead_has_the_options_of_gen(tmp_path: Path) -> None:
    line = read(tmp_path, ["tead", "m.f", "-o", "--no-verify", "--", "python", "main.py"], "tead")
    assert targets(line) == ["m.f"]
    assert line.said["output"][0].text == "tests/test_pytead_generated.py"
    assert line.launch.words == ("--", "python", "main.py")


@pytest.mark.parametrize(
    ("words", "slug", "shown"),
    [
        ("", "no-program", "no program"),
        ("-t m", "no-program", "no program"),
        ("run m.f --", "no-program", "'--'"),
        ("-- python", "no-program", "python is given nothing"),
        ("-- python -u", "no-program", "nothing to run"),
        ("-- python -X", "no-program", "nothing to run"),
        ("-- python -m", "no-program", "-m needs the name of a module"),
        ("-m", "no-program", "-m needs the name of a module"),
        ("-- python -c", "no-program", "-c needs code"),
        ("-- python -V", "no-program", "-V"),
        ("-- python --version", "no-program", "--version"),
        ("-- python -Z main.py", "unknown-option", "python has no option -Z"),
        ("--targt m main.py", "unknown-option", "--targt"),
        ("-k m main.py", "unknown-option", "-k"),
        ("--no-verify main.py", "unknown-option", "--no-verify"),
        ("-t", "missing-value", "-t needs a value"),
        ("-t --quiet main.py", "missing-value", "-t needs a value"),
        ("-l -- main.py", "missing-value", "-l needs a value"),
        ("--quiet=1 main.py", "bad-value", "--quiet takes no value"),
        ("--json main.py", "missing-value", "'main.py' is a program"),
        ("run main.py -- x", "script-before-dashes", "'main.py'"),
    ],
)
def test_what_can_be_wrong(tmp_path: Path, words: str, slug: str, shown: str) -> None:
    (tmp_path / "main.py").write_text("")
    with pytest.raises(PyteadError) as caught:
        read(tmp_path, words.split())
    assert caught.value.slug == slug
    assert shown in caught.value.message


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("--targt m main.py", "did you mean --target?"),
        ("--no-verify main.py", "it belongs to: gen, tead"),
        ("--zzzzzzz main.py", "pytead run --help"),
    ],
)
def test_an_unknown_option_has_a_way_out(tmp_path: Path, words: str, hint: str) -> None:
    with pytest.raises(PyteadError) as caught:
        read(tmp_path, words.split())
    assert hint in caught.value.hint


def test_a_script_taken_for_an_output_file(tmp_path: Path) -> None:
    with pytest.raises(PyteadError) as caught:
        read(tmp_path, ["tead", "-t", "m", "-o", "main.py"], "tead")
    assert "'main.py' was read as the file of -o" in caught.value.message


@pytest.mark.parametrize(
    ("line", "slug", "hint"),
    [
        (["genn"], "unknown-command", "'pytead gen'"),
        (["generate"], "unknown-command", "'pytead gen'"),
        (["lst"], "unknown-command", "'pytead list'"),
        (["nowhere.py"], "script-missing", "relative to the working folder"),
        (["--", "python", "nowhere.py"], "script-missing", "relative to the working folder"),
        (["python", "main.py"], "script-missing", "-- python ..."),
    ],
)
def test_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: list[str], slug: str, hint: str
) -> None:
    tool = tmp_path / "bin" / ("python.exe" if sys.platform == "win32" else "python")
    tool.parent.mkdir()
    tool.write_text("")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tool.parent))
    error = missing(read(tmp_path, line).launch, str(tmp_path))
    assert error is not None
    assert error.slug == slug
    assert hint in error.hint


def test_not_missing(tmp_path: Path) -> None:
    (tmp_path / "genn").write_text("")
    for line in (["genn"], ["-"], ["-m", "nowhere"], ["--", "nowhere"]):
        assert missing(read(tmp_path, line).launch, str(tmp_path)) is None


def test_a_launch_is_a_value() -> None:
    assert Launch("script", "main.py") == Launch("script", "main.py", ())

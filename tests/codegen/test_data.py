"""Values that are too long for a test lie in files beside it, and go with it."""

from __future__ import annotations

import ast
import json
import math
from pathlib import PurePosixPath
from typing import Any

import pytest

from pytead.codegen import writer
from pytead.codegen.data import NotPlainError, json_text, plain
from pytead.codegen.generated import DataFile, GeneratedModule
from pytead.codegen.generation import Generation
from pytead.codegen.signature import sign
from pytead.replay import data
from pytead.replay.tables import columns_of, table_text
from pytead.values.pickled import plain_pickle
from pytead.values.syntax import CannotRender
from pytead.values.tree import read

MODULE = """
    from dataclasses import dataclass
    import numpy as np
    import pandas as pd

    @dataclass(frozen=True)
    class Line:
        sku: str
        price: float
        tags: tuple

    def letter(n): return "".join(f"line {i} of \\N{SNOWMAN}\\n" for i in range(n))
    def hidden(n): return "\\u202etxt\\r\\n" * n
    def rows(n): return [{"id": i, "price": i * 0.1, "ok": None, "to": -0.0} for i in range(n)]
    def array(n): return np.arange(n, dtype=float)
    def lines(n): return [Line(f"s{i}", i / 3, ("a", "b")) for i in range(n)]
    def grow(xs, ys): xs.append(len(ys)); return xs
    def blob(n): return b"abc\\n" * n
    def raw(n): return bytes(range(256)) * n
    def nothing(n): return n
    def table(n): return pd.DataFrame({"id": range(n), "of": [f'"{i}", \u00e9' for i in range(n)], "ok": [i > 1 for i in range(n)]})
    def odd(n):
        days = pd.date_range("2024-01-01", periods=n, tz="UTC")
        cells = {"k": np.arange(n, dtype="int16"), 7: pd.Categorical(list("ab") * (n // 2)), "x": [float("nan"), -1e300] * (n // 2)}
        return pd.DataFrame(cells, index=days)
    """
MAIN = """
    import work
    for n in (2, 600):
        work.letter(n); work.hidden(n); work.rows(n); work.lines(n); work.blob(n); work.array(n)
        work.table(n); work.odd(n)
    work.raw(10); work.array(3000); work.nothing(1)
    xs = list(range(1000))
    work.grow(xs, xs)
    """
WHERE = {
    "letter": "expected_600.txt",
    "hidden": "expected_600.json",
    "rows": "expected_600.json",
    "lines": "expected_600.py",
    "blob": "expected_600.txt",
    "raw": "expected_10.py",
    "table": "expected_600.csv",
}


@pytest.fixture(scope="module")
def long(program_class: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    program = program_class(tmp_path_factory.mktemp("program"), {"work.py": MODULE, "main.py": MAIN})
    made = program.pytead("tead", "-t", "work", "main.py")
    assert (made.returncode, "0 rejected" in made.stderr) == (0, True), made.stderr
    return program


def test_each_goes_to_the_plainest_format_that_is_exact(long: Any) -> None:
    folder = long.folder / "tests/generated/data"
    found = {path.parent.name.removeprefix("test_work_"): path.name for path in folder.rglob("*.*")}
    assert {name: found[name] for name in WHERE} == WHERE
    assert {path.name for path in folder.glob("test_work_array/*")} == {
        "expected_600.json",
        "expected_3000.npy",
    }
    assert {path.suffix for path in folder.glob("test_work_odd/*")} == {".csv", ".py"}
    rows = (folder / "test_work_table/expected_600.csv").read_text("utf-8").splitlines()
    assert (rows[0], rows[-1]) == (
        '"id","of","ok"',
        '599,"""599"", \N{LATIN SMALL LETTER E WITH ACUTE}",True',
    )
    assert not [path for path in folder.rglob("*") if b"\x80\x04" in path.name.encode()]
    assert "line 599 of \N{SNOWMAN}\n" in (folder / "test_work_letter/expected_600.txt").read_text("utf-8")
    assert max(map(len, (folder / "test_work_rows/expected_600.json").read_text().splitlines())) <= 100
    assert "\u202e" not in (folder / "test_work_hidden/expected_600.json").read_text("utf-8")
    test = long.read("tests/generated/test_work_lines.py")
    assert 'data(__file__, "expected_600.py")' in test
    assert "import Line, lines" in test  # the short case still needs it
    assert "__file__" not in long.read("tests/generated/test_work_nothing.py")


def test_they_pass_in_another_checkout_and_catch_a_change(long: Any, make_program: Any) -> None:
    moved = make_program({})
    for path in long.folder.rglob("*"):
        if path.is_file() and "call_logs" not in path.parts:
            there = moved.folder / path.relative_to(long.folder)
            there.parent.mkdir(parents=True, exist_ok=True)
            content = path.read_bytes()
            # as git gives text to Windows
            there.write_bytes(content if path.suffix == ".npy" else content.replace(b"\n", b"\r\n"))
    run = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests")
    passed = moved.run(*run)
    assert "20 passed" in passed.stdout, passed.stdout
    moved.write("work.py", moved.read("work.py").replace("i * 0.1", "i * 0.1 + (i == 599)"))
    failed = moved.run(*run)
    assert "1 failed, 19 passed" in failed.stdout, failed.stdout


def test_made_again_they_are_the_same_bytes_or_left_alone(long: Any) -> None:
    folder = long.folder / "tests/generated"
    before = {path: path.read_bytes() for path in folder.rglob("*.*")}
    again = long.pytead("gen")
    assert again.returncode == 0, again.stderr
    assert {path: path.read_bytes() for path in folder.rglob("*.*")} == before
    edited = folder / "data/test_work_letter/expected_600.txt"
    edited.write_text("a person's", "utf-8")
    options = ("--json", "left.json", "--no-verify", "--max-inline", "0", "--update", "--accept")
    assert long.pytead("gen", *options).returncode == 0
    assert edited.read_text("utf-8") == "a person's"
    files = json.loads((long.folder / "left.json").read_text("utf-8"))["files"]
    assert "tests/generated/test_work_letter.py" in files["edited"]
    assert "tests/generated/data/test_work_rows/expected_600.json" in files["remove"]
    assert not (folder / "data/test_work_rows").exists()
    assert edited.parent.exists()
    edited.write_bytes(before[edited])
    long.pytead("gen", "--no-verify")
    assert {path: path.read_bytes() for path in folder.rglob("*.*")} == before


def test_clean_takes_what_a_deleted_test_leaves_and_nothing_of_a_persons(long: Any) -> None:
    folder = long.folder / "tests/generated"
    for name in ("blob", "letter", "rows"):
        (folder / f"test_work_{name}.py").rename(folder / f"{name}.kept")
    edited = folder / "data/test_work_letter/expected_600.txt"
    before = edited.read_bytes()
    edited.write_bytes(before + b"a person's")
    (folder / "data/test_work_rows/own.json").write_text("{}")
    shown = long.pytead("clean").stdout
    gone = [f"data/test_work_{name}" for name in ("blob/expected_600.txt", "rows/expected_600.json")]
    assert all(f"would delete tests/generated/{name}" in shown.replace("\\", "/") for name in gone)
    assert "letter" not in shown
    assert "lines" not in shown
    assert "2 data files of tests that are gone" in shown
    copied = {path: path.read_bytes() for path in (long.folder / "call_logs").iterdir()}
    assert long.pytead("clean", "--yes").returncode == 0
    assert not (folder / "data/test_work_blob").exists()
    assert [path.name for path in (folder / "data/test_work_rows").iterdir()] == ["own.json"]
    assert edited.exists()
    # as it was, for the tests below
    (long.folder / "call_logs").mkdir(exist_ok=True)
    for path, content in copied.items():
        path.write_bytes(content)
    (folder / "data/test_work_rows/own.json").unlink()
    edited.write_bytes(before)
    for path in folder.glob("*.kept"):
        path.rename(folder / f"test_work_{path.stem}.py")
    assert long.pytead("gen", "-q", "--no-verify").returncode == 0


def test_a_pickle_is_made_only_where_that_is_allowed(make_program: Any) -> None:
    module = "def total(xs, factor): return float(xs.sum()) * factor\n"
    main = "import numpy as np\nimport work\nwork.total(np.arange(60_000.0), 2)\n"
    program = make_program({"work.py": module, "main.py": main})
    assert program.pytead("-q", "-t", "work", "main.py").returncode == 0
    refused = program.pytead("gen", "--no-verify")
    assert "value-too-large" in refused.stderr
    assert not (program.folder / "tests").exists()
    assert program.pytead("gen", "--no-verify", "--allow-pickle").returncode == 0
    test = program.read("tests/generated/test_work_total.py")
    assert "Make them again with: pytead gen --allow-pickle" in test
    assert '(data(__file__, "array.pickle"), 2)' in test
    assert program.run("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests").returncode == 0


@pytest.mark.parametrize(
    "value",
    [
        b"cos\nsystem\n(X\x02\x00\x00\x00lstR.",
        b"cwork\nmake\n(cos\nsystem\ntR.",
        b"cwork\nmake\n(cbuiltins\neval\nX\x01\x00\x00\x001\x85RtR.",
    ],
)
def test_no_pickle_holds_what_no_value_may_name(value: bytes) -> None:
    node = read(value)
    refusal = CannotRender("value-forbidden", "")
    assert plain_pickle(node, refusal) is None
    assert plain_pickle(read(b"cwork\nmake\n(K\x01tR."), refusal)


def test_one_module_among_a_persons_tests_has_them_too(long: Any) -> None:
    long.write("tests/conftest.py", "")
    long.write("tests/data/own.txt", "mine")
    made = long.pytead("gen", "-o", "tests/test_all.py", "-q")
    assert made.returncode == 0, made.stderr
    assert sorted(path.name for path in (long.folder / "tests/data").iterdir()) == ["own.txt", "test_all"]
    assert "20 passed" in long.run("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_all.py").stdout


def generation(content: bytes | None) -> Generation:
    file = DataFile(PurePosixPath("data/test_a/x.txt"), content or b"")
    files = (file,) if content is not None else ()
    module = GeneratedModule(PurePosixPath("test_a.py"), sign("x = 1\n", files), {}, data=files)
    return Generation(modules=[module])


def test_what_stops_the_writing_undoes_it_all(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "tests"
    plan = writer.plan(generation(b"one"), folder)
    monkeypatch.setattr(writer.os, "replace", lambda *paths: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        writer.write(plan)
    assert not folder.exists()
    monkeypatch.undo()
    writer.write(plan)
    writer.write(writer.plan(generation(None), folder))
    assert [path.name for path in folder.iterdir()] == ["test_a.py"]


def test_a_file_of_somebody_else_at_its_place_is_left_with_the_test(tmp_path: Any) -> None:
    (tmp_path / "data/test_a").mkdir(parents=True)
    (tmp_path / "data/test_a/x.txt").write_bytes(b"theirs")
    steps = {str(step.path): step.action for step in writer.plan(generation(b"one"), tmp_path).steps}
    assert steps == {"data/test_a/x.txt": "foreign", "test_a.py": "foreign"}


def test_a_test_that_goes_takes_them_along(tmp_path: Any) -> None:
    writer.write(writer.plan(generation(b"one"), tmp_path))
    writer.write(writer.plan(Generation(), tmp_path, removed=[PurePosixPath("test_a.py")]))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "value",
    [
        {"a": [1, -2.5, None, True, {"b": []}], "\u2028\ud800": "\u202e", "": "é\n"},
        [1e300, -0.0, 1 << 70, [[], {}], "x" * 200],
        list(range(100)),
    ],
)
def test_json_gives_back_exactly_what_was_written(value: Any) -> None:
    source = ast.parse(repr(value), mode="eval").body
    loaded = json.loads(json_text(plain(source)))
    assert repr(loaded) == repr(value)


@pytest.mark.parametrize(
    "source", ["(1,)", "{1: 2}", "{1}", "b''", "1j", "float('nan')", "{'a': 1, 'a': 2}", "..."]
)
def test_what_is_no_json_stays_python(source: str) -> None:
    with pytest.raises(NotPlainError):
        plain(ast.parse(source, mode="eval").body)


@pytest.mark.parametrize(
    "columns",
    [
        {"a": [1, -2, 1 << 70], "b,\n": ["", '"', "1"], 7: [None, True, False]},
        {"": [math.inf, -math.inf, -0.0, 5e-324]},
        {"a": [None, None]},
        {"a": []},
    ],
)
def test_a_table_gives_back_exactly_what_was_written(columns: Any) -> None:
    assert repr(columns_of(table_text(columns))) == repr(columns)


@pytest.mark.parametrize("text", ['"a"\n"b', '"a","b"\n1\n', '"a"\n1', '"a"\nx\n'])
def test_what_is_no_table_says_so(text: str) -> None:
    with pytest.raises(ValueError, match=r"cell|rows|float"):
        columns_of(text)


def test_loading(tmp_path: Any) -> None:
    np = pytest.importorskip("numpy")
    (tmp_path / "data/test_a").mkdir(parents=True)
    for name, content in {
        "a.json": b"[1.5]",
        "b.py": b"from pytead.replay import data\nvalue = [data(__file__, 'a.json')]\n",
        "c.txt": b"a\r\nb\n",
    }.items():
        (tmp_path / "data/test_a" / name).write_bytes(content)
    np.save(tmp_path / "data/test_a/d.npy", np.array([math.pi]))
    test = str(tmp_path / "test_a.py")
    assert data(test, "a.json") == [1.5]
    assert data(test, "a.json") is not data(test, "a.json")
    assert data(test, "c.txt") == "a\nb\n"
    assert data(test, "d.npy").tolist() == [math.pi]
    assert data(test, "b.py") == [[1.5]]
    with pytest.raises(FileNotFoundError):
        data(test, "e.json")

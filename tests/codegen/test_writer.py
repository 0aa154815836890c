from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path, PurePosixPath

import pytest

from pytead.codegen import writer
from pytead.codegen.generated import GeneratedModule, SupportFile
from pytead.codegen.generation import Generation
from pytead.codegen.signature import sign
from pytead.codegen.support import PACKAGE
from pytead.codegen.writer import plan, write
from pytead.errors import PyteadError


def generation(*, single: bool = False, conftest: str = "", **modules: str) -> Generation:
    """Modules by their name, each with that code."""
    found = Generation(is_single_file=single)
    for name, code in modules.items():
        found.modules.append(GeneratedModule(PurePosixPath(f"{name}.py"), sign(code), {}))
    if not single:
        found.support.append(PACKAGE)
    if conftest:
        found.support.append(SupportFile(PurePosixPath("conftest.py"), sign(conftest)))
    return found


def files(folder: Path) -> dict[str, str]:
    """All that lies in the folder, our last line left out."""
    return {
        path.name: path.read_text(encoding="utf-8").partition("\n# pytead:")[0]
        for path in sorted(folder.iterdir())
    }


def actions(folder: Path, made: Generation, *removed: str) -> dict[str, str]:
    steps = plan(made, folder, removed=map(PurePosixPath, removed)).steps
    return {str(step.path): step.action for step in steps}


def test_a_new_folder_gets_all_files(tmp_path: Path) -> None:
    folder = tmp_path / "tests" / "generated"
    made = generation(test_a="x = 1\n", conftest="y = 2\n")
    assert not folder.exists()
    write(plan(made, folder))
    assert files(folder) == {
        "__init__.py": PACKAGE.text,
        "conftest.py": "y = 2\n",
        "test_a.py": "x = 1\n",
    }
    assert (folder / "test_a.py").read_bytes() == made.modules[0].text.encode()


def test_a_file_that_would_say_the_same_is_not_touched(tmp_path: Path) -> None:
    made = generation(test_a="x = 'a'\n", test_b="x = 2\n")
    write(plan(made, tmp_path))
    formatted = (tmp_path / "test_a.py").read_text().replace("'a'", '"a"').replace("\n", "\r\n")
    (tmp_path / "test_a.py").write_text(formatted, newline="")
    changed = generation(test_a="x = 'a'\n", test_b="x = 3\n")
    assert actions(tmp_path, changed) == {
        "__init__.py": "unchanged", "test_a.py": "unchanged", "test_b.py": "update"
    }  # fmt: skip
    write(plan(changed, tmp_path))
    assert (tmp_path / "test_a.py").read_bytes() == formatted.encode()
    assert files(tmp_path)["test_b.py"] == "x = 3\n"


def test_what_a_person_wrote_or_edited_is_left(tmp_path: Path) -> None:
    made = generation(test_a="x = 1\n", test_b="x = 1\n", conftest="x = 1\n")
    write(plan(made, tmp_path))
    edited = (tmp_path / "test_a.py").read_text().replace("x = 1", "x = 1  # why?")
    (tmp_path / "test_a.py").write_text(edited)
    (tmp_path / "test_b.py").write_bytes(b"\xff not even text")
    (tmp_path / "conftest.py").write_text("mine = 1\n")
    (tmp_path / "__init__.py").write_text("")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    changed = generation(test_a="x = 2\n", test_b="x = 2\n", conftest="x = 2\n")
    assert actions(tmp_path, changed) == {
        "__init__.py": "unchanged", "conftest.py": "foreign", "test_a.py": "edited", "test_b.py": "foreign"
    }  # fmt: skip
    write(plan(changed, tmp_path))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_file_that_goes_goes_unless_a_person_has_a_hand_in_it(tmp_path: Path) -> None:
    write(plan(generation(test_a="x = 1\n", test_old="x = 1\n", test_kept="x = 1\n"), tmp_path))
    (tmp_path / "test_mine.py").write_text("def test(): ...\n")
    with (tmp_path / "test_kept.py").open("a") as kept:
        kept.write("y = 1\n")
    made = generation(test_a="x = 1\n")
    assert "test_old.py" not in actions(tmp_path, made)
    gone = ["test_old.py", "test_kept.py", "test_mine.py", "test_absent.py"]
    assert actions(tmp_path, made, *gone) == {
        "__init__.py": "unchanged",
        "test_a.py": "unchanged",
        "test_old.py": "remove",
    }
    write(plan(made, tmp_path, removed=map(PurePosixPath, gone)))
    assert sorted(files(tmp_path)) == ["__init__.py", "test_a.py", "test_kept.py", "test_mine.py"]


def test_a_single_file_leaves_all_else_in_its_folder(tmp_path: Path) -> None:
    write(plan(generation(single=True, test_other="x = 1\n"), tmp_path))
    write(plan(generation(single=True, test_all="x = 1\n"), tmp_path))
    assert sorted(files(tmp_path)) == ["test_all.py", "test_other.py"]


@pytest.mark.parametrize("failing", [1, 2, 3])
@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_all_or_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: int, error: BaseException | type[BaseException]
) -> None:
    folder = tmp_path / "tests" / "generated"
    write(plan(generation(test_a="x = 1\n", test_b="x = 1\n", test_old="x = 1\n"), folder))
    before = files(folder)
    made = generation(test_a="x = 2\n", test_b="x = 2\n", test_c="x = 2\n")
    replace, count = os.replace, [0]

    def failing_replace(source: str, target: str) -> None:
        count[0] += 1
        replace(source, target)
        if count[0] == failing:
            raise error

    monkeypatch.setattr(writer.os, "replace", failing_replace)
    with pytest.raises((KeyboardInterrupt, PyteadError)):
        write(plan(made, folder, removed=[PurePosixPath("test_old.py")]))
    assert files(folder) == before
    monkeypatch.undo()
    write(plan(made, folder, removed=[PurePosixPath("test_old.py")]))
    assert sorted(files(folder)) == ["__init__.py", "test_a.py", "test_b.py", "test_c.py"]


def test_a_failed_first_write_leaves_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(source: str, target: str) -> None:
        raise PermissionError(13, "Permission denied", target)

    monkeypatch.setattr(writer.os, "replace", refuse)
    with pytest.raises(PyteadError) as caught:
        write(plan(generation(test_a="x = 1\n"), tmp_path / "tests" / "generated"))
    assert caught.value.slug == "output-unwritable"
    assert "Permission denied" in caught.value.message
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_a_file_is_an_error_of_one_line(tmp_path: Path) -> None:
    (tmp_path / "tests").write_text("")
    with pytest.raises(PyteadError) as caught:
        write(plan(generation(test_a="x = 1\n"), tmp_path / "tests"))
    assert caught.value.slug == "output-unwritable"


def test_a_file_that_changed_since_the_plan_is_not_overwritten(tmp_path: Path) -> None:
    planned = plan(generation(test_a="x = 1\n"), tmp_path)
    (tmp_path / "test_a.py").write_text("mine")
    with pytest.raises(PyteadError) as caught:
        write(planned)
    assert caught.value.slug == "output-changed"
    assert (tmp_path / "test_a.py").read_text() == "mine"


def test_new_files_have_the_usual_permissions(tmp_path: Path) -> None:
    (tmp_path / "usual").touch()
    write(plan(generation(test_a="x = 1\n"), tmp_path))
    assert (tmp_path / "test_a.py").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_what_a_person_made_of_a_file_of_ours_can_be_given_up(tmp_path: Path) -> None:
    write(plan(generation(test_a="x = 1\n", test_b="x = 1\n"), tmp_path))
    for name in ("test_a.py", "test_b.py"):
        file = tmp_path / name
        file.write_text(file.read_text().replace("x = 1", "x = 1  # why?"))
    (tmp_path / "test_b.py").write_text("mine = 1\n")
    planned = plan(generation(test_a="x = 2\n", test_b="x = 2\n"), tmp_path, overwrites=True)
    assert {step.path.name: step.action for step in planned.steps} == {
        "__init__.py": "unchanged", "test_a.py": "overwrite", "test_b.py": "foreign"
    }  # fmt: skip
    write(planned)
    assert files(tmp_path)["test_a.py"] == "x = 2\n"
    assert files(tmp_path)["test_b.py"] == "mine = 1\n"


WRITING = """
    import os, sys, time
    from pathlib import Path, PurePosixPath
    from pytead.codegen import writer
    from pytead.codegen.generated import GeneratedModule
    from pytead.codegen.generation import Generation
    from pytead.codegen.signature import sign

    made = Generation([GeneratedModule(PurePosixPath(f"test_{n}.py"), sign("x = 2\\n"), {}) for n in range(40)])
    replace = os.replace

    def slow(source, target):
        replace(source, target)
        if target.name == "test_0.py":
            print("begun", flush=True)
        time.sleep(0.01)

    writer.os.replace = slow
    writer.write(writer.plan(made, Path("generated")))
    """


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT that one process could send to another")
@pytest.mark.parametrize("wait", [0, 0.1, 0.3])
def test_ctrl_c_leaves_the_old_or_the_new(tmp_path: Path, wait: float) -> None:
    numbers = range(40)
    write(plan(generation(**{f"test_{n}": "x = 1\n" for n in numbers}), tmp_path / "generated"))
    old = files(tmp_path / "generated")
    (tmp_path / "writing.py").write_text(textwrap.dedent(WRITING))
    process = subprocess.Popen(
        [sys.executable, "writing.py"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(writer.__file__).parents[2])},
    )
    with process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "begun\n"
        time.sleep(wait)
        process.send_signal(signal.SIGINT)
        time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        assert "KeyboardInterrupt" in process.stderr.read()
    texts = files(tmp_path / "generated")
    assert texts in (old, {name: text.replace("x = 1", "x = 2") for name, text in old.items()})

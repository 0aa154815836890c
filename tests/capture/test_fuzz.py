"""Random programs, bare and recorded: nothing that they can see differs."""

from __future__ import annotations

import difflib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from fuzz.making import Program, programs
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

PROGRAMS = Path(__file__).resolve().parents[1] / "programs" / "fuzz"


def start(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEAD", "PYTEST"))}
    clean |= {
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": os.pathsep.join([str(PROGRAMS), str(folder)]),
    }
    return subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env=clean,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def differences(folder: Path, batch: list[Program], fault: str = "none") -> str:
    """What a batch shows bare and not recorded, or the other way round."""
    for number, program in enumerate(batch):
        for name, text in zip(("case", "drive"), program.text(number), strict=True):
            (folder / f"{name}_{number}.py").write_text(text, encoding="utf-8")
    program_line = (str(PROGRAMS / "main.py"), *map(str, range(len(batch))))
    bare = start(folder, *program_line)
    assert "== end" in bare.stdout, bare.stderr
    recording = (str(PROGRAMS / "planting.py"), fault, "--quiet", "-t", "case_*")
    recorded = start(folder, *recording, *program_line)
    shown = [f"{run.stdout}\n-- errors\n{run.stderr}\n-- exit {run.returncode}" for run in (bare, recorded)]
    return "\n".join(difflib.unified_diff(*(text.splitlines() for text in shown), "bare", "recorded", n=8))


def batches(examples: int, **more):
    """A test of random batches, the same ones each time."""
    quiet = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example)
    return lambda test: settings(
        max_examples=examples,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=[*quiet, HealthCheck.function_scoped_fixture],
        **more,
    )(given(st.lists(programs(), min_size=6, max_size=12))(test))


@batches(25, phases=[Phase.generate])  # the difference tells more than a smaller program, which takes minutes
def test_recording_changes_nothing(tmp_path_factory, batch):
    found = differences(tmp_path_factory.mktemp("batch"), batch)
    assert not found, found


FAULTS = (
    "arguments swapped for keywords",
    "a lost exception cause",
    "a generator advanced",
    "a broken __reduce_ex__",
    "a reference kept",
)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_the_wrapper_is_found(tmp_path_factory, fault):
    class Found(Exception):
        pass

    @batches(25, phases=[Phase.generate])
    def look(batch):
        if differences(tmp_path_factory.mktemp("batch"), batch, fault):
            raise Found

    with pytest.raises(Found):
        look()

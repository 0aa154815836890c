from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pytead.codegen.signature import has_same_code, ownership, sign

if TYPE_CHECKING:
    from pathlib import Path

TEXT = '''\
"""Tests of ``m.f``."""

import pytest

from m import f, g


@pytest.mark.parametrize("args, kwargs, expected", [pytest.param(("a", -1), {}, 0.5, id="a")])
def test_f(args, kwargs, expected):
    assert f(*args, **kwargs) == expected
'''
SIGNED = sign(TEXT)


def test_what_was_signed_is_ours() -> None:
    assert SIGNED.startswith(TEXT)
    assert SIGNED.splitlines()[-1].startswith("# pytead: ")
    assert ownership(SIGNED) == "ours"
    assert ownership(TEXT) == "foreign"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('("a", -1)', "('a',\n    -1,\n)"),
        ("import pytest\n\nfrom m import f, g\n", "from m import g\nfrom m import f\nimport pytest\n"),
        ("\n\n\n@pytest", "\n@pytest"),
    ],
)
def test_layout_is_no_edit(old: str, new: str) -> None:
    assert old in SIGNED
    formatted = SIGNED.replace(old, new)
    assert ownership(formatted) == "ours"
    assert has_same_code(SIGNED, formatted)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("-1", "1"),
        ('"a", -1', '"b", -1'),
        ("0.5", "True"),
        ("f(*args", "g(*args"),
        ("import f, g", "import f, g as h"),
        ("    assert", "    # what for?\n    assert"),
        ("def test_f", "def test_f2"),
        ("import pytest", "import pytest ("),
    ],
)
def test_anything_else_is_an_edit(old: str, new: str) -> None:
    assert old in SIGNED
    edited = SIGNED.replace(old, new, 1)
    assert ownership(edited) == "edited"
    assert not has_same_code(SIGNED, edited)


def test_the_digest_is_the_same_in_every_process(tmp_path: Path) -> None:
    script = "import sys; from pytead.codegen.signature import sign; sys.stdout.write(sign(sys.stdin.read()))"
    for seed in ("0", "12345"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", script]
        done = subprocess.run(command, input=TEXT, env=environment, stdout=subprocess.PIPE, text=True)
        assert done.stdout == SIGNED


def test_the_digest_is_the_same_on_every_python() -> None:
    assert SIGNED.splitlines()[-1].split()[2] == "5ba21afec7d0"

"""What generated files and tests are called.

Names depend on what they stand for and on nothing that changes between runs. Where two would be the same
(also on a file system that ignores case), each gets a few hex digits of what it stands for.
"""

from __future__ import annotations

import re
from collections import Counter
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytead.names import FunctionName

LONGEST_STEM = 100
"""Bytes of a file's name without ``.py``; file systems allow 255, and people read less."""


def fingerprint(*texts: str) -> str:
    """16 hex digits that stand for some texts."""
    joined = "\x00".join(texts).encode("utf-8", "surrogatepass")
    return sha256(joined).hexdigest()[:16]


def file_names(functions: Iterable[FunctionName]) -> dict[FunctionName, str]:
    """The file of each function's tests: ``test_mymodule_multiply.py``.

    A name is a bare file name, never a path, and no two are equal when case is ignored.
    """
    stems = {function: _stem(function) for function in sorted(set(functions))}
    same_stem = Counter(stem.casefold() for stem in stems.values())
    names = {}
    for function, stem in stems.items():
        if same_stem[stem.casefold()] > 1 or len(stem.encode()) > LONGEST_STEM:
            stem = f"{_cut(stem, LONGEST_STEM - 9)}_{fingerprint(*function)[:8]}"
        names[function] = f"{stem}.py"
    return names


def base_name(function: FunctionName) -> str:
    """What the tests of a function are called, before what they show: ``test_Account_deposit``."""
    return "_".join(["test", *(_bare(part) for part in function.qualname.split("."))])


def base_names(functions: Iterable[FunctionName]) -> dict[FunctionName, str]:
    """``base_name`` of functions in one test module; with their module's name where that tells them apart."""
    wanted = sorted(set(functions))
    same_stem = Counter(base_name(function) for function in wanted)
    stems = {}
    for function in wanted:
        stem = base_name(function)
        if same_stem[stem] > 1:
            stem = _stem(function)
        stems[function] = stem
    return stems


def unique(name: str, digest: str, taken: set[str]) -> str:
    """``name``, with as many hex digits of ``digest`` as it takes to be new; it is added to ``taken``."""
    found = name
    for length in range(4, len(digest) + 1):
        if found not in taken:
            break
        found = f"{name}_{digest[:length]}"
    taken.add(found)
    return found


def mangled(qualname: str) -> str:
    """A qualified name as code outside of the class must write it: ``Account._Account__secret``."""
    parts = qualname.split(".")
    for index in range(len(parts) - 1, 0, -1):
        name, owner = parts[index], parts[index - 1].lstrip("_")
        if name.startswith("__") and not name.endswith("__") and owner:
            parts[index] = f"_{owner}{name}"
    return ".".join(parts)


def _stem(function: FunctionName) -> str:
    return re.sub(r"\W", "_", f"test_{function.module}_{function.qualname}")


def _bare(part: str) -> str:
    return re.sub(r"\W", "", part.strip("_") or part)


def _cut(text: str, longest: int) -> str:
    return text.encode()[:longest].decode(errors="ignore")

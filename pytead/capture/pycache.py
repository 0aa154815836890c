"""Whether Python itself would load a module from its bytecode."""

from __future__ import annotations

import os
from importlib.util import MAGIC_NUMBER, cache_from_source


def has_current_bytecode(file: str) -> bool:
    """Whether ``file`` has a ``.pyc`` of this interpreter that is as new as its source (PEP 552)."""
    try:
        with open(cache_from_source(file), "rb") as cached:
            header = cached.read(16)
        status = os.stat(file)
    except (OSError, NotImplementedError):
        return False
    if len(header) < 16 or header[:4] != MAGIC_NUMBER:
        return False
    if int.from_bytes(header[4:8], "little"):  # checked by hash, or not at all
        return True
    modified = int.from_bytes(header[8:12], "little")
    size = int.from_bytes(header[12:16], "little")
    return modified == int(status.st_mtime) & 0xFFFFFFFF and size == status.st_size & 0xFFFFFFFF

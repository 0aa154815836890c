"""Where the user's own files of Pytead's lie, outside of any project."""

from __future__ import annotations

import os
import sys


def cache_folder() -> str:
    """The folder for what may be deleted at any time; "" where there is none."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA", "")
    elif sys.platform == "darwin":
        base = os.path.expanduser("~/Library/Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME", "") or os.path.expanduser("~/.cache")
    return os.path.join(base, "pytead") if os.path.isabs(base) else ""

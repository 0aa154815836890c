"""A word to whoever runs the program."""

from __future__ import annotations

import sys


def warn(text: object) -> None:
    """Write one line to the program's standard error, if it still has one. Raises nothing."""
    try:
        sys.stderr.write(f"pytead: warning: {text}\n")
        sys.stderr.flush()
    except Exception:
        pass  # closed, or replaced by something that can't: there is nobody to tell

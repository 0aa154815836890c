"""Frames of ours that programs don't count: those of importlib, which Python itself passes over."""

from __future__ import annotations

import sys
from typing import Any

_bootstrap: Any = sys.modules["_frozen_importlib"]


def hide(function: Any) -> None:
    """Have a function's frames bear the file name of importlib's.

    ``warnings.warn(stacklevel=...)`` and, from 3.11 on, ``logging`` count no such frames, and tracebacks of failed
    imports leave them out.
    """
    file = _bootstrap._call_with_frames_removed.__code__.co_filename
    function.__code__ = function.__code__.replace(co_filename=file)

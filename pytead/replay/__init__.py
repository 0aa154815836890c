"""What a generated test may need at run time: objects made again from their state, and compared by it.

Everything here works on live objects, knows nothing of recordings and needs the standard library only.
"""

from __future__ import annotations

from pytead.replay.rebuilding import fill, rebuild, restore
from pytead.replay.sameness import Difference, same
from pytead.replay.stored import data

__all__ = ["Difference", "data", "fill", "rebuild", "restore", "same"]

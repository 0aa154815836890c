"""What ``sys.setprofile`` and ``sys.settrace`` leave open: does a frame start, go on, return, yield or unwind?

Both report "call" and "return" alone; the instruction that the frame stands at tells which.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

    from pytead.flow.sites import CodeSite


def _numbers(*names: str) -> frozenset[int]:
    from opcode import opmap

    return frozenset(opmap[name] for name in names if name in opmap)


_RETURNS = _numbers("RETURN_VALUE", "RETURN_CONST")
_YIELDS = _numbers("YIELD_VALUE")
_YIELD_FROM = _numbers("YIELD_FROM")
_RESUMES = _numbers("RESUME")


def is_start(site: CodeSite, frame: FrameType) -> bool:
    """Whether a frame that is called begins, rather than goes on after a ``yield``."""
    at = frame.f_lasti
    if at < 0:
        return True
    if not _RESUMES:  # Python 3.10
        return False
    instructions = site.instructions
    return instructions[at] in _RESUMES and instructions[at + 1] & 3 == 0


def is_thrown(site: CodeSite, frame: FrameType) -> bool:
    """Whether a frame that goes on surely does so by an exception thrown into it."""
    return bool(_RESUMES) and site.instructions[frame.f_lasti] not in _RESUMES


def is_return(site: CodeSite, frame: FrameType) -> bool:
    """Whether a frame that is left returns a value."""
    return site.instructions[frame.f_lasti] in _RETURNS


def is_yield(site: CodeSite, frame: FrameType) -> bool:
    """Whether a frame that is left stands at a ``yield``, by which it is left unless something was thrown in there."""
    if not site.suspends:
        return False
    at = frame.f_lasti
    instructions = site.instructions
    if at < 0:
        return False
    if instructions[at] in _YIELDS or (
        _RESUMES and instructions[at] in _RESUMES and instructions[at + 1] & 3
    ):
        return True
    return bool(_YIELD_FROM) and at + 2 < len(instructions) and instructions[at + 2] in _YIELD_FROM

"""Run generated tests in fresh processes, behind a wall, and name the cause where one fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytead.verify.runner import verify
    from pytead.verify.verdict import Verdict, Verification

__all__ = ["Verdict", "Verification", "verify"]


def __getattr__(name: str) -> Any:
    # The plugin of a verification process lives in this package too, and has no use for the runner.
    if name == "verify":
        from pytead.verify.runner import verify

        return verify
    if name in ("Verdict", "Verification"):
        from pytead.verify import verdict

        return getattr(verdict, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

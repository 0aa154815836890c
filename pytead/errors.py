"""What can go wrong, in a form that a person can act on.

An error has a slug that stays the same between releases, so that it can be looked up and tested for.
"""

from __future__ import annotations

from typing import NamedTuple

OK = 0
FINDING = 1
USAGE = 2


class PyteadError(Exception):
    """A mistake in what Pytead was given, shown to the user as one or two lines and never as a traceback.

    Args:
        slug: stable name of this kind of error, such as ``unknown-key``.
        message: what is wrong, naming the value and the place.
        hint: the way out; empty where the message already says it.
        exit_code: what the command exits with, ``USAGE`` (2) unless the command ran and found something.
    """

    def __init__(self, slug: str, message: str, hint: str = "", exit_code: int = USAGE) -> None:
        super().__init__(message)
        self.slug = slug
        self.message = message
        self.hint = hint
        self.exit_code = exit_code


class Rejection(NamedTuple):
    """Why something went no further than ``stage``.

    Attributes:
        stage: the room that refused it: ``capture``, ``storage``, ``select``, ``codegen`` or ``verify``.
        slug: stable name of the reason, such as ``value-opaque``.
        reason: the reason in this case, naming the value.
        hint: what the user can do about it; may be empty.
    """

    stage: str
    slug: str
    reason: str
    hint: str = ""

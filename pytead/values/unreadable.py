"""What reading values can refuse."""

from __future__ import annotations

from typing import NoReturn

MAX_NESTING = 200
"""Nodes inside nodes that a value may have."""


class UnreadableValue(Exception):  # noqa: N818 - says what is wrong
    """Bytes or plain data that are no value, or more of one than we take.

    Attributes:
        slug: ``value-corrupt``, ``value-too-large``, ``value-too-deep`` or ``value-extension``.
        reason: for people.
    """

    def __init__(self, slug: str, reason: str) -> None:
        super().__init__(reason)
        self.slug = slug
        self.reason = reason


def corrupt(why: str) -> NoReturn:
    """Refuses data that say something no value says."""
    raise UnreadableValue("value-corrupt", f"no frozen value: {why}")

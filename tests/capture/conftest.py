"""Every test of capture runs with each engine that this Python has."""

from __future__ import annotations

import sys

import pytest


@pytest.fixture(params=["wrap", "monitoring"] if hasattr(sys, "monitoring") else ["wrap"])
def engine(request: pytest.FixtureRequest) -> str:
    """What programs are recorded with."""
    name: str = request.param
    return name

"""The command line. Imports nothing heavy: it starts inside the user's program."""

from __future__ import annotations


def entry_point() -> int:
    """What the installed ``pytead`` starts.

    Returns:
        The exit code.
    """
    from pytead.cli.main import main

    return main()

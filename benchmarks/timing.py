"""What is measured, and the clock for processes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from time import perf_counter

if sys.platform == "win32":
    children_time = perf_counter  # nothing there tells the CPU time of processes that have ended
else:
    import resource

    def children_time() -> float:
        """Seconds of CPU time of all processes that this one started, and they, and that have ended."""
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime


CALLS = 1_000
"""How many times an action does what is too short to be measured alone."""

Action = Callable[[], object]
Actions = dict[str, Action]


def python(*words: str, cwd: str | os.PathLike[str]) -> Action:
    """Runs Python with ``words`` in ``cwd`` as a user would: with none of our variables, and keeping bytecode."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEAD"))}

    def run() -> None:
        subprocess.run([sys.executable, *words], cwd=cwd, env=env, check=True, capture_output=True)

    return run

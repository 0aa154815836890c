"""Runs each program of a batch, given as numbers, and shows what becomes of it."""

from __future__ import annotations

import contextlib
import gc
import importlib
import io
import sys

from observing import attempt, say

gc.disable()  # what cycles hold dies at one known place
for number in sys.argv[1:]:
    say("== program", number)
    attempt("program", importlib.import_module(f"drive_{number}").drive)
    for name in (f"drive_{number}", f"case_{number}"):
        sys.modules.pop(name, None)
    # Which of them it meets first is the collector's affair.
    with contextlib.redirect_stdout(io.StringIO()) as dying:
        gc.collect()
    say(sorted(dying.getvalue().splitlines()))
say("== end", file_count := len(sys.argv) - 1)
sys.exit(file_count % 7)

"""Runs each program of a batch, given as numbers, and shows what becomes of it."""

from __future__ import annotations

import gc
import importlib
import sys

from observing import attempt, say

for number in sys.argv[1:]:
    say("== program", number)
    attempt("program", importlib.import_module(f"drive_{number}").drive)
    for name in (f"drive_{number}", f"case_{number}"):
        sys.modules.pop(name, None)
    gc.collect()
    sys.stdout.flush()
say("== end", file_count := len(sys.argv) - 1)
sys.exit(file_count % 7)

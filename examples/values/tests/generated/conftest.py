"""Lets the tests in this folder import the code that they test."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent

for folder in [HERE.parents[1]]:
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))


# pytead: f458698d4298 (edit this file and Pytead leaves it alone)

"""``python -m pytead``."""

from __future__ import annotations

import os
import sys

if not (getattr(sys.flags, "safe_path", False) or sys.flags.isolated):
    # ``python -m`` put the working folder there. A json.py of the user's is for the program, not for us; a run
    # puts the program's own folder in this place.
    sys.path[0] = os.path.dirname(os.__file__)

from pytead.cli.main import main

if __name__ == "__main__":
    sys.exit(main())

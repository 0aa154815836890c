"""``python -m pytead``."""

from __future__ import annotations

import sys

from pytead.cli.main import main

if __name__ == "__main__":
    sys.exit(main())

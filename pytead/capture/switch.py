"""Whether recording is switched off for the whole process.

It is while generated tests run: their calls are not the program's. Read by every wrapper on every call, hence
a plain global.
"""

from __future__ import annotations

import os

usual: bool = bool(os.environ.get("PYTEAD_OFF"))
off: bool = usual

"""What the launcher adds before the program's first line, beside bare Python."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from statistics import median


def _cpu_of(command: list[str], folder: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, env=env)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)


def main(rounds: int = 25) -> None:
    """Print milliseconds of CPU time of an empty script, bare and recorded."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (("main.py", "import m\nm.f(1)\n"), ("m.py", "def f(x):\n    return x\n")):
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text)
        commands = {
            "bare": [sys.executable, "main.py"],
            "recorded": [sys.executable, "-m", "pytead", "--quiet", "-t", "m", "main.py"],
        }
        for command in commands.values():  # so that there is bytecode
            _cpu_of(command, folder)
        times: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(rounds):
            for name, command in commands.items():
                times[name].append(_cpu_of(command, folder))
    bare, recorded = (1e3 * median(times[name]) for name in ("bare", "recorded"))
    print(f"Python {sys.version.partition(' ')[0]}: bare {bare:.0f} ms, recorded {recorded:.0f} ms, added {recorded - bare:.0f} ms")


if __name__ == "__main__":
    main()

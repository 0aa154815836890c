"""What had returned is kept, however the process ends."""

from __future__ import annotations

import signal
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and fork are those of POSIX")

SHOP = "def price(n):\n    return n * 2\n\ndef serve(data):\n    return len(data)\n"
WORKER = """
import os, signal, sys, time
import shop

for n in range(5):
    shop.price(n)
    shop.serve(b"x" * (2 << 20))
print("ready", flush=True)
END
time.sleep(60)
"""
ENDS = {
    "killed": "os.kill(os.getpid(), signal.SIGKILL)",
    "terminated": "os.kill(os.getpid(), signal.SIGTERM)",
    "interrupted": "os.kill(os.getpid(), signal.SIGINT)",
    "hung up": "os.kill(os.getpid(), signal.SIGHUP)",
    "left at once": "os._exit(3)",
    "aborted": "os.abort()",
    "crashed": "import faulthandler; faulthandler._sigsegv()",
}
STORES = ["pickle", "json", "sqlite"]


@pytest.mark.parametrize("storage", STORES)
@pytest.mark.parametrize("end", ENDS)
def test_the_process_itself(make_program, end, storage):
    program = make_program({"shop.py": SHOP, "main.py": WORKER.replace("END", ENDS[end])})
    bare = program.run("main.py")
    recorded = program.pytead("-q", "--format", storage, "-t", "shop.*", "main.py")
    assert (recorded.returncode, recorded.stdout) == (bare.returncode, bare.stdout)
    assert program.recorded()["shop.price"] == 5


@pytest.mark.parametrize("end", ENDS)
def test_a_child(make_program, end):
    main = """
    import subprocess, sys
    done = subprocess.run([sys.executable, "worker.py"], capture_output=True, text=True)
    print(done.returncode, done.stdout)
    """
    program = make_program({"shop.py": SHOP, "worker.py": WORKER.replace("END", ENDS[end]), "main.py": main})
    bare = program.run("main.py")
    recorded = program.pytead("-t", "shop.*", "main.py")
    assert recorded.stdout == bare.stdout
    assert program.recorded()["shop.price"] == 5
    (row,) = (line for line in recorded.stderr.splitlines() if line.startswith("shop.price"))
    assert row.split()[1:5] == ["5", "5", "5", "returned"]
    # Nor is it lost why a call wasn't kept.
    assert "value-too-large" in recorded.stderr


@pytest.mark.parametrize("end", ENDS)
def test_a_fork(make_program, end):
    main = """
    import os, sys
    import shop
    if os.fork() == 0:
        exec(open("worker.py").read())
    print(os.waitstatus_to_exitcode(os.wait()[1]))
    """
    program = make_program({"shop.py": SHOP, "worker.py": WORKER.replace("END", ENDS[end]), "main.py": main})
    bare = program.run("main.py")
    recorded = program.pytead("-t", "shop.*", "main.py")
    assert recorded.stdout == bare.stdout
    assert program.recorded()["shop.price"] == 5
    assert "shop.price" in recorded.stderr


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_from_outside(make_program, start, number):
    program = make_program({"shop.py": SHOP, "main.py": WORKER.replace("END", "")})
    running = start(program, "-m", "pytead", "-q", "-t", "shop.*", "main.py")
    running.says("ready")
    assert running.stop(number) == -number
    assert program.recorded()["shop.price"] == 5
    assert "5 cases" in program.pytead("gen", "shop.price").stderr

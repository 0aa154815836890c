"""multiprocessing and process pools, by each way to start a process."""

from __future__ import annotations

import multiprocessing
import sys

import pytest

METHODS = multiprocessing.get_all_start_methods()

SHOP = "def price(n):\n    return n * 2\n"
MAIN = """
import multiprocessing, sys
from concurrent.futures import ProcessPoolExecutor
import shop

def cube(n):
    return n ** 3

class Account:
    def __init__(self, balance):
        self.balance = balance
    def after(self, n):
        return self.balance + n
    def __eq__(self, other):
        return type(other) is type(self) and other.balance == self.balance
    __hash__ = None

def account(n):
    return Account(n)

def told(queue, n):
    queue.put((__name__, cube.__module__, shop.price(n)))

if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    with context.Pool(2) as pool:
        print(pool.map(cube, range(3)))
        print(pool.map(Account(5).after, range(3)))
        print(pool.map(shop.price, range(3)))
        print([one == Account(n) for n, one in enumerate(pool.map(account, range(3)))])
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        print(list(pool.map(cube, range(3, 6))))
        print(pool.submit(shop.price, 10).result())
    queue = context.SimpleQueue()
    process = context.Process(target=told, args=(queue, 20))
    process.start()
    print(queue.get())
    process.join()
    print(process.exitcode)
"""
RECORDED = {"main.Account.after": 3, "main.account": 3, "main.cube": 6, "shop.price": 5}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("start", [("main.py",), ("-m", "main")], ids=["script", "module"])
def test_pools(make_program, method, start):
    program = make_program({"shop.py": SHOP, "main.py": MAIN})
    program.assert_unchanged(*start, method, targets="shop.*,main.*,!main.told,!main.Account.__*")
    assert program.recorded() == RECORDED


@pytest.mark.parametrize("method", METHODS)
def test_what_pools_did_is_in_the_summary_and_becomes_tests(make_program, method):
    program = make_program({"shop.py": SHOP, "main.py": MAIN})
    recorded = program.pytead("-t", "shop.*,main.cube,main.Account.after", "main.py", method)
    assert "pytead: 14 calls of 3 functions recorded" in recorded.stderr
    assert "matched nothing" not in recorded.stderr
    assert "14 cases written" in program.pytead("gen").stderr


def test_a_main_module_that_cannot_be_imported_is_known_as_such(make_program):
    """The child imports the script as ``__mp_main__``; what is said of it is what the parent says."""
    unguarded = MAIN.replace('if __name__ == "__main__":', 'if print() or __name__ == "__main__":')
    program = make_program({"shop.py": SHOP, "main.py": unguarded + "\nprint(cube(7))\n"})
    program.pytead("-q", "-t", "main.cube", "main.py", "spawn")
    assert program.recorded()["main.cube"] >= 6
    assert "main-reruns" in program.pytead("gen").stderr


def test_threads_keep_their_calls_apart(make_program):
    source = """
    import threading, time
    from concurrent.futures import ThreadPoolExecutor
    barrier = threading.Barrier(4)

    def outer(n):
        barrier.wait(30)
        return inner(n) + (outer_again(n) if n else 0)

    def outer_again(n):
        return inner(-n)

    def inner(n):
        time.sleep(0.01)
        return n * n

    if __name__ == "__main__":
        with ThreadPoolExecutor(4) as pool:
            print(sorted(pool.map(outer, range(4))))
    """
    program = make_program({"main.py": source})
    program.assert_unchanged("main.py", targets="main.*")
    assert program.recorded() == {"main.inner": 7, "main.outer": 4, "main.outer_again": 3}


@pytest.mark.skipif(sys.platform == "win32", reason="it needs fork")
def test_a_fork_inside_a_recorded_call(make_program):
    """In the child the call is still under way: what it calls in turn isn't a root call."""
    source = """
    import os, sys

    def walk(n):
        if n == 3 and os.fork() == 0:
            walk(1)
            other(1)
            os._exit(0)
        return walk(n - 1) + 1 if n else 0

    def other(n):
        return n

    if __name__ == "__main__":
        print(walk(5))
        os.wait()
    """
    program = make_program({"main.py": source})
    program.assert_unchanged("main.py", targets="main.*")
    assert program.recorded() == {"main.other": 1, "main.walk": 1}

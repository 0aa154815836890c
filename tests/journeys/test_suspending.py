"""Programs of async functions and generators: recorded, made tests of, and their faults found by these."""

from __future__ import annotations

import json

import pytest

WORK = """
    import asyncio
    import contextlib


    async def fetch(key, delay=0.0):
        await asyncio.sleep(delay)
        return {"key": key}


    async def gathered(keys):
        return await asyncio.gather(*map(fetch, keys))


    async def refuse(key):
        await asyncio.sleep(0)
        raise LookupError(key)


    async def connect(port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"hello")
        await writer.drain()
        writer.close()
        return "sent"


    async def ticks(n):
        for tick in range(n):
            await asyncio.sleep(0)
            yield tick


    class Client:
        def __init__(self, base):
            self.base = base
            self.seen = []

        async def get(self, path):
            self.seen.append(path)
            await asyncio.sleep(0)
            return self.base + path

        @contextlib.asynccontextmanager
        async def session(self, name):
            self.seen.append(name)
            yield name.upper()
            self.seen.append("end")


    def primes():
        n = 2
        while True:
            if all(n % k for k in range(2, n)):
                yield n
            n += 1


    def average():
        total, count = 0, 0
        while True:
            value = yield total / count if count else None
            if value is None:
                return total
            total, count = total + value, count + 1


    def flat(tree):
        for item in tree:
            if isinstance(item, list):
                yield from flat(item)
            else:
                yield item


    @contextlib.contextmanager
    def quiet(*errors):
        try:
            yield len(errors)
        except errors:
            pass
    """

MAIN = """
    import asyncio
    import itertools
    import socketserver
    import threading

    import work

    got = []


    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            got.append(self.rfile.read())


    async def main(port):
        print(await asyncio.gather(*(work.fetch(n) for n in range(4))), await work.gathered(["a", "b"]))
        try:
            await work.refuse("x")
        except LookupError as error:
            print(error)
        print(await work.connect(port), [tick async for tick in work.ticks(3)])
        client = work.Client("http://")
        print(await client.get("index"))
        async with client.session("s") as name:
            print(name)
        slow = asyncio.ensure_future(work.fetch("slow", 100))
        await asyncio.sleep(0)
        slow.cancel()


    with socketserver.TCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        asyncio.run(main(server.server_address[1]))
        thread.join()
    print(got, list(itertools.islice(work.primes(), 5)), list(work.flat([1, [2, [3]]])))
    mean = work.average()
    print(next(mean), mean.send(4), mean.send(8))
    try:
        next(mean)
    except StopIteration as stop:
        print(stop.value)
    with work.quiet(KeyError, ValueError) as count:
        print(count)
        raise KeyError("k")
    """

FAULTS = [
    ('{"key": key}', '{"key": [key]}', "fetch"),
    ("raise LookupError(key)", "return key", "refuse"),
    ("yield tick", "yield -tick - 1", "ticks"),
    ("self.base + path", "path", "get"),
    ("name.upper()", "name", "session"),
    ('self.seen.append("end")', "pass", "session"),
    ("range(2, n)", "range(3, n)", "primes"),
    ("return total", "return count", "average"),
    ("yield from flat(item)", "yield item", "flat"),
    ("except errors:", "except KeyboardInterrupt:", "quiet"),
]


@pytest.fixture(scope="module")
def generated(make_shared):
    program = make_shared({"work.py": WORK, "main.py": MAIN})
    bare = program.run("main.py")
    recorded = program.pytead("-q", "-t", "work.*", "main.py")
    assert (recorded.stdout, recorded.stderr, recorded.returncode) == (bare.stdout, bare.stderr, 0)
    made = program.pytead("gen", "--json", "gen.json")
    assert made.returncode == 0, made.stderr
    return program


def test_each_function_has_tests_or_a_reason(generated):
    report = json.loads(generated.read("gen.json"))
    assert {row["func"]: row["cases"] for row in report["functions"]} == {
        "work.Client.__init__": 1,
        "work.Client.get": 1,
        "work.Client.session": 1,
        "work.average": 1,
        "work.connect": 0,
        "work.fetch": 6,
        "work.flat": 1,
        "work.gathered": 1,
        "work.primes": 1,
        "work.quiet": 1,
        "work.refuse": 1,
        "work.ticks": 1,
    }
    rejected = {row["func"]: (row["slug"], row["calls"]) for row in report["rejected"]}
    assert rejected == {"work.connect": ("network", 1), "work.fetch": ("cancelled", 1)}


def test_the_tests_pass_with_and_without_plugins(generated, few_plugins):
    bare = generated.run("-W", "error", "-m", "pytest", "-q", "-p", "no:cacheprovider", env=few_plugins)
    assert "16 passed" in bare.stdout, bare.stdout
    with_anyio = generated.run(
        "-W", "error", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "anyio", env=few_plugins
    )
    assert "16 passed" in with_anyio.stdout, with_anyio.stdout


@pytest.mark.parametrize(("old", "new", "name"), FAULTS, ids=[name for *_, name in FAULTS])
def test_faults_are_found(generated, few_plugins, old, new, name):
    source = generated.read("work.py")
    assert source.count(old) == 1
    generated.write("work.py", source.replace(old, new))
    try:
        done = generated.run("-m", "pytest", "-q", "-p", "no:cacheprovider", env=few_plugins)
    finally:
        generated.write("work.py", source)
    assert done.returncode == 1, done.stdout
    assert f"{name}" in done.stdout.rpartition("short test summary")[2]

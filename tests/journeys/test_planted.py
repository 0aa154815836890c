"""A store that somebody planted, or that was damaged, is named and costs neither memory nor time; nothing of it runs."""

from __future__ import annotations

import json
import sys

import pytest

from pytead.storage.opening import open_for_read
from pytead.storage.segments import SegmentStore

SHARED = b"q\xc80h\xc8h\xc8\x86"
VALUES = {
    "planted": (b"cos\nsystem\n(X\x0a\x00\x00\x00touch it!!tR", "value-forbidden"),
    "bomb": (b")" + SHARED * 60, "value-too-large"),
    "deep": (b"]" * 100_000 + b"a" * 99_999, "value-too-deep"),
    "deep_by_tuples": (b")" + b"\x85" * 100_000, "value-too-deep"),
    "long_bytes": (b"\x8e" + (2 << 30).to_bytes(8, "little") + b"abc", "value-corrupt"),
    "long_text": (b"X" + ((2 << 30) - 1).to_bytes(4, "little") + b"abc", "value-corrupt"),
    "long_int": (b"\x8b" + ((2 << 30) - 1).to_bytes(4, "little") + b"abc", "value-corrupt"),
    "far_memo": (b"j\xff\xff\xff\x7f", "value-corrupt"),
    "wide": (b"](" + b"K\x01" * 500_000 + b"e", "value-too-large"),
    "bit_in_value": (b"L\x02", "value-corrupt"),
    "extension": (b"\x82\x01", "value-extension"),
}
LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
from pytead.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


def limited(program, *words):
    """A command within 1 GiB of memory, where the system can hold it to that."""
    if sys.platform == "linux":
        return program.run("-c", LIMITED, *words)
    return program.pytead(*words)


@pytest.fixture(scope="module")
def planted(make_shared):
    module = "".join(f"def {name}(a): return 1\n" for name in [*VALUES, "bit_in_file"])
    calls = "".join(f"work.{name}(2)\n" for name in [*VALUES, "bit_in_file"])
    program = make_shared({"work.py": module, "main.py": f"import work\n{calls}"})
    assert program.pytead("-q", "-t", "work", "main.py").returncode == 0
    records = {record.function.name: record for record in program.calls()}
    store = SegmentStore(str(program.folder / "call_logs"), records["bomb"].run)
    for name, (value, _) in VALUES.items():
        record = records[name]
        append = store.appender(record.function, record.kind, record.source)
        frozen = record.before.partition(b"K\x02")
        append(frozen[0] + value + frozen[2], record.after, "returned", 0.0, 0.0)
    store.close()
    for file in (program.folder / "call_logs").glob("*.pkl"):
        data = bytearray(file.read_bytes())
        at = data.find(b"work.bit_in_file")
        if at >= 0:
            data[at] ^= 4
            file.write_bytes(data)
    return program


def test_each_is_rejected_by_name(planted):
    made = limited(planted, "gen", "--json", "gen.json", "--no-verify")
    assert made.returncode == 0, made.stderr
    assert "entry-corrupt" in made.stderr
    report = json.loads(planted.read("gen.json"))
    slugs = {each["func"].removeprefix("work."): each["slug"] for each in report["rejected"]}
    assert slugs == {**{name: slug for name, (_, slug) in VALUES.items()}, "bit_in_file": "calls-lost"}
    assert [each["cases"] for each in report["functions"] if each["func"] == "work.bomb"] == [1]
    assert not list(planted.folder.glob("it!!"))


def test_nothing_that_is_planted_is_constructed(make_program):
    module = "class Box:\n    def __init__(self, a): self.a = a\ndef opened(box): return 1\n"
    program = make_program({"work.py": module, "main.py": "import work\nwork.opened(work.Box(2))\n"})
    assert program.pytead("-q", "-t", "work", "main.py").returncode == 0
    records = program.calls()
    store = SegmentStore(str(program.folder / "call_logs"), records[0].run)
    for record in records:
        append = store.appender(record.function, record.kind, record.source)
        for name in ("planted", "deep", "far_memo"):
            before, after = (
                data.replace(b"K\x02", VALUES[name][0]) for data in (record.before, record.after)
            )
            append(before, after, "returned", 0.0, 0.0)
    store.close()
    made = limited(program, "gen", "--json", "gen.json")
    assert made.returncode == 0, made.stderr
    slugs = {(each["func"], each["slug"]) for each in json.loads(program.read("gen.json"))["rejected"]}
    wanted = {VALUES[name][1] for name in ("planted", "deep", "far_memo")}
    assert {slug for func, slug in slugs if func == "work.opened"} == wanted
    assert "Box(2)" in program.read("tests/generated/test_work_opened.py")
    assert not list(program.folder.glob("it!!"))


def test_secrets_are_looked_for_in_them(planted):
    scanned = limited(planted, "scan", "call_logs")
    assert scanned.returncode == 0, scanned.stderr
    assert "no secrets found" in scanned.stdout
    assert not list(planted.folder.glob("it!!"))


def test_they_can_be_listed(planted):
    listed = limited(planted, "list", "--json")
    assert listed.returncode == 0, listed.stderr
    assert "entry-corrupt" in listed.stderr
    counts = {each["func"].removeprefix("work."): each["calls"] for each in json.loads(listed.stdout)}
    assert counts == dict.fromkeys(VALUES, 2)
    assert len(list(open_for_read(planted.folder / "call_logs").read())) == 2 * len(VALUES)

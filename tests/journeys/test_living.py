"""Living with generated tests: they are committed, the code changes, and each change of a test is a person's decision."""

from __future__ import annotations

import os
import re
import sys
import time
from pathlib import Path

import pytest

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
SHOP = {
    "shop.py": """
        def gross(net, rate=20):
            return net + net * rate // 100

        def label(name, qty):
            return f"{qty} x {name}"

        def discount(total):
            return 10 if total > 100 else 0
        """,
    "main.py": """
        import shop
        shop.gross(100); shop.gross(50); shop.gross(10, rate=10)
        shop.label("apple", 2); shop.label("pear", 1)
        shop.discount(200); shop.discount(5)
        """,
}
GROSS = "tests/generated/test_shop_gross.py"
LABEL = "tests/generated/test_shop_label.py"
DISCOUNT = "tests/generated/test_shop_discount.py"


def record(program):
    recorded = program.pytead("-q", "-t", "shop", "main.py")
    assert recorded.returncode == 0, recorded.stderr


def git(program, *words):
    done = program.command("git", "-c", "user.name=A", "-c", "user.email=a@example.org", *words)
    assert done.returncode == 0, done.stderr
    return done.stdout


def failed(program, env):
    done = program.command("pytest", "-q", "-p", "no:cacheprovider", "tests", env=env)
    return sorted(
        line.split(" - ")[0][7:] for line in done.stdout.splitlines() if line.startswith("FAILED ")
    ), done


def test_the_story(make_program, few_plugins):
    program = make_program(SHOP)
    record(program)
    assert program.pytead("gen").returncode == 0
    git(program, "init", "-q")
    git(program, "add", ".")
    git(program, "commit", "-qm", "tests")
    assert "call_logs" not in git(program, "ls-files")
    assert program.pytead("gen", "--check").returncode == 0
    assert git(program, "status", "--porcelain") == ""
    # Somebody makes a file their own.
    program.write(
        DISCOUNT, program.read(DISCOUNT).replace("10, id=", "10,  id=") + "\n\ndef test_mine():\n    pass\n"
    )
    mine = program.read(DISCOUNT)
    # The code changes, one way that is meant and one that isn't.
    program.write(
        "shop.py",
        SHOP["shop.py"]
        .replace("// 100", "// 100 + 1")
        .replace("{qty} x {name}", "{name}, {qty}")
        .replace("10 if", "20 if"),
    )
    failures, ended = failed(program, few_plugins)
    assert failures == [
        f"{DISCOUNT}::test_discount[200]",
        f"{GROSS}::test_gross[10-rate=10]",
        f"{GROSS}::test_gross[100]",
        f"{GROSS}::test_gross[50]",
        f"{LABEL}::test_label[apple-2]",
        f"{LABEL}::test_label[pear-1]",
    ]
    assert "assert 121 == 120" in ended.stdout
    assert "- 2 x apple" in ended.stdout
    assert "+ apple, 2" in ended.stdout
    # Made again without recording again, the tests that fail stay.
    kept = program.pytead("gen")
    assert f"kept: {GROSS}::test_gross[100], which fails now" in kept.stderr
    assert failed(program, few_plugins)[0] == failures
    git(program, "checkout", "-q", GROSS, LABEL)
    # Recorded again, the change is shown, and nothing is written before somebody accepts it.
    program.write("main.py", SHOP["main.py"].replace("gross(50)", "gross(30)"))
    record(program)
    assert program.pytead("gen", "--check").returncode == 1
    shown = program.pytead("gen", "--update")
    assert shown.returncode == 1
    assert shown.stdout.splitlines() == [
        f"new      {GROSS}::test_gross[30]",
        "  + expected = 37",
        f"changed  {GROSS}::test_gross[100]",
        "  - expected = 120",
        "  + expected = 121",
        f"changed  {GROSS}::test_gross[10-rate=10]",
        "  - expected = 11",
        "  + expected = 12",
        f"gone     {GROSS}::test_gross[50]",
        "  - expected = 60",
        f"changed  {LABEL}::test_label[pear-1]",
        "  - expected = '1 x pear'",
        "  + expected = 'pear, 1'",
        f"changed  {LABEL}::test_label[apple-2]",
        "  - expected = '2 x apple'",
        "  + expected = 'apple, 2'",
        "nothing is written: accept all with --accept, or some with --accept ID",
    ]
    assert f"left alone: {DISCOUNT}, edited by hand" in shown.stderr
    readme = (
        README.partition("<!-- update -->")[2].partition("$ pytead gen --update\n")[2].partition("```")[0]
    )
    assert set(readme.splitlines()) <= set(shown.stdout.splitlines())
    assert git(program, "status", "--porcelain", GROSS, LABEL) == ""
    # One is accepted, the others keep what they expect.
    accepted = program.pytead("gen", "--update", "--accept", f"{LABEL}::test_label[apple-2]")
    assert accepted.returncode == 0, accepted.stderr
    assert "1 change accepted, 5 left as it was" in accepted.stdout
    text = program.read(LABEL)
    assert 'pytest.param(("apple", 2), {}, "apple, 2", id="apple-2")' in text
    assert 'pytest.param(("pear", 1), {}, "1 x pear", id="pear-1")' in text
    assert git(program, "status", "--porcelain", GROSS) == ""
    assert failed(program, few_plugins)[0] == [each for each in failures if "apple" not in each]
    # The rest by function and all at once; what a person made their own has survived all of it.
    assert program.pytead("gen", "--update", "--accept=shop.gross").returncode == 0
    assert failed(program, few_plugins)[0] == [
        f"{DISCOUNT}::test_discount[200]",
        f"{LABEL}::test_label[pear-1]",
    ]
    assert "test_gross[50]" not in program.read(GROSS)
    assert program.pytead("gen", "--update", "--accept").returncode == 0
    assert failed(program, few_plugins)[0] == [f"{DISCOUNT}::test_discount[200]"]
    assert program.pytead("gen", "--check").returncode == 0
    assert program.read(DISCOUNT) == mine


@pytest.fixture(scope="module")
def recorded(make_shared):
    """A program whose functions have changed since their tests were made."""
    program = make_shared(SHOP)
    record(program)
    assert program.pytead("gen", "--no-verify").returncode == 0
    program.write(DISCOUNT, program.read(DISCOUNT).replace("def test_discount", "# mine\ndef test_discount"))
    program.write("shop.py", SHOP["shop.py"].replace("// 100", "// 100 + 1").replace("10 if", "20 if"))
    record(program)
    return program


def texts(program):
    folder = program.folder / "tests" / "generated"
    return {path.name: path.read_text("utf-8") for path in sorted(folder.iterdir()) if path.is_file()}


def test_what_would_be_written_is_shown_and_not_written(recorded):
    before = texts(recorded)
    diff = recorded.pytead("gen", "--no-verify", "--diff", "-q")
    assert diff.returncode == 0
    assert f"--- a/{GROSS}\n+++ b/{GROSS}\n" in diff.stdout
    assert '\n-        pytest.param((100,), {}, 120, id="100"),\n' in diff.stdout
    assert '\n+        pytest.param((100,), {}, 121, id="100"),\n' in diff.stdout
    assert f"--- a/{DISCOUNT}\n" in diff.stdout  # of one that is left alone, too
    assert "-# mine\n" in diff.stdout
    assert LABEL not in diff.stdout
    dry = recorded.pytead("gen", "--no-verify", "--dry-run")
    assert dry.returncode == 0
    assert f"would update: {GROSS}\n" in dry.stderr
    assert dry.stderr.splitlines()[-1] == "5 cases would be written to tests/generated, 5 rejected"
    check = recorded.pytead("gen", "--no-verify", "--check", "--output-format", "github", "-q")
    assert check.returncode == 1
    assert check.stdout == (
        f"::error file={GROSS},title=pytead::{GROSS} is not what the recorded calls give;"
        " make it again with: pytead gen\n"
        + "".join(
            f"::warning file=shop.py,title=pytead%3A stale::shop.{name}: the function was changed after this call was recorded"
            f" ({count} times)\n"
            for name, count in (("discount", 2), ("gross", 3))
        )
    )
    assert texts(recorded) == before


def test_the_new_text_of_an_edited_file_beside_it(recorded):
    before = texts(recorded)
    made = recorded.pytead("gen", "--no-verify", "--beside", "shop.discount")
    assert made.returncode == 1  # nothing of what was asked for is delivered
    after = texts(recorded)
    beside = after.pop("test_shop_discount.py.new")
    assert after == before
    assert 'pytest.param((200,), {}, 20, id="200")' in beside
    again = recorded.pytead("gen", "--no-verify", "--beside", "shop.discount")
    assert "test_shop_discount.py.new" in texts(recorded), again.stderr
    (recorded.folder / f"{DISCOUNT}.new").unlink()


def test_an_edit_is_given_up_by_force_alone_and_what_it_was_is_shown(make_program):
    program = make_program(SHOP)
    record(program)
    assert program.pytead("gen", "--no-verify").returncode == 0
    made = program.read(DISCOUNT)
    program.write(DISCOUNT, made.replace("def test_discount", "# mine\ndef test_discount"))
    program.write(LABEL, "def test_label(): pass\n")
    forced = program.pytead("gen", "--no-verify", "--force")
    assert f"overwritten: {DISCOUNT}, edited by hand; lost of it:\n  - # mine\n" in forced.stderr
    assert program.read(DISCOUNT) == made
    assert f"left alone: {LABEL}, not made by Pytead" in forced.stderr
    assert program.read(LABEL) == "def test_label(): pass\n"


@pytest.mark.parametrize("options", [(), ("-o", "tests/test_all.py")])
def test_a_partial_run_takes_nothing_away(options, make_program):
    program = make_program(SHOP)
    record(program)
    assert program.pytead("gen", "--no-verify", *options).returncode == 0
    folder = "tests/generated" if not options else "tests"
    before = {path.name: path.read_text("utf-8") for path in (program.folder / folder).glob("*.py")}
    # Another shard sees other calls, of fewer functions.
    program.write("main.py", "import shop\nshop.gross(7)\nshop.gross(100)\n")
    assert program.pytead("-q", "-s", "shard", "-t", "shop", "main.py").returncode == 0
    assert program.pytead("gen", "--no-verify", "-c", "shard", "shop.gross", *options).returncode == 0
    after = {path.name: path.read_text("utf-8") for path in (program.folder / folder).glob("*.py")}
    assert set(after) == set(before)
    name = "test_all.py" if options else "test_shop_gross.py"
    assert sum(text.count("pytest.param(") for text in after.values()) == 8
    for case in ("100", "50", "10-rate=10", "7"):
        assert after[name].count(f'id="{case}"') == 1
    # Fewer targets of the whole store, likewise.
    assert program.pytead("gen", "--no-verify", "shop.label", *options).returncode == 0
    assert {path.name: path.read_text("utf-8") for path in (program.folder / folder).glob("*.py")} == after


def test_a_file_of_a_function_that_is_gone_goes_when_that_is_accepted(make_program):
    program = make_program(SHOP)
    record(program)
    assert program.pytead("gen", "--no-verify").returncode == 0
    program.write("shop.py", SHOP["shop.py"].replace("def label", "def tag"))
    program.write("main.py", SHOP["main.py"].replace("label", "tag"))
    assert program.pytead("clean", "--yes").returncode == 0
    record(program)
    shown = program.pytead("gen", "--no-verify", "--update")
    assert f"gone     {LABEL}::test_label[pear-1]" in shown.stdout
    assert f"new      {LABEL.replace('label', 'tag')}::test_tag[pear-1]" in shown.stdout
    assert program.pytead("gen", "--no-verify", "--update", "--accept", "pear-1").returncode == 0
    assert 'id="pear-1"' not in program.read(LABEL)
    assert 'id="apple-2"' in program.read(LABEL)
    assert program.pytead("gen", "--no-verify", "--update", "--accept").returncode == 0
    assert not (program.folder / LABEL).exists()


def test_an_id_that_no_change_has_is_an_error(recorded):
    wrong = recorded.pytead("gen", "--no-verify", "--update", "--accept", "test_gross[99]")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "[unknown-case]" in wrong.stderr


@pytest.mark.parametrize(
    "options", [(), ("--style", "unittest"), ("--style", "syrupy"), ("-o", "tests/test_all.py")]
)
def test_what_is_turned_down_stays_so_until_it_is_accepted(options, make_program):
    program = make_program(SHOP)
    record(program)
    gen = ("gen", "--no-verify", *options)
    assert program.pytead(*gen).returncode == 0
    program.write("shop.py", SHOP["shop.py"].replace("// 100", "// 100 + 1").replace("10 if", "20 if"))
    program.write("main.py", SHOP["main.py"].replace("gross(50)", "gross(30)"))
    record(program)
    shown = program.pytead(*gen, "--update").stdout
    names = re.findall(r"^(?:changed|new|gone) +(\S+)", shown, re.MULTILINE)
    refused = [name for name in names if any(each in name for each in ("100", "30", "50"))]
    assert len(refused) == 3, shown
    words = ",".join(f"!{name}" for name in refused)
    update = program.pytead(*gen, "--update", "--accept", words)
    assert "0 changes accepted, 5 left as it was" in update.stdout, update.stderr
    # Of the others the next run makes what the calls give.
    again = program.pytead(*gen)
    assert again.returncode == 0, again.stderr
    assert again.stderr.count("was turned down") == 3
    files = [path for path in (program.folder / "tests").rglob("test_*") if path.suffix in (".py", ".ambr")]
    generated = {path: path.read_text("utf-8") for path in files}
    text = "".join(generated.values())
    assert all(each in text for each in ("120", "60", "12", "20"))
    assert "37" not in text
    assert program.pytead(*gen, "--check").returncode == 0
    open_ = re.findall(r"^(?:changed|new|gone) +(\S+)", program.pytead(*gen, "--update").stdout, re.MULTILINE)
    assert sorted(open_) == sorted(refused)
    # What is about other calls forgets nothing, and being accepted is the end of it.
    assert program.pytead(*gen, "shop.label").returncode == 0
    assert {path: path.read_text("utf-8") for path in generated} == generated
    assert program.pytead(*gen, "--update", "--accept", refused[0]).returncode == 0
    assert program.pytead(*gen).stderr.count("was turned down") == 2
    assert program.pytead(*gen, "--update", "--accept").returncode == 0
    clean = program.pytead(*gen, "--check")
    assert clean.returncode == 0
    assert "turned down" not in clean.stderr
    assert "pytead kept" not in "".join(path.read_text("utf-8") for path in generated)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals in the standard library")
def test_one_by_one_at_a_terminal(make_program):
    program = make_program(SHOP)
    record(program)
    assert program.pytead("gen", "--no-verify").returncode == 0
    program.write("shop.py", SHOP["shop.py"].replace("// 100", "// 100 + 1").replace("10 if", "20 if"))
    record(program)
    output = at_terminal(program, ["gen", "--no-verify", "--update"], ["y\n", "what\n", "n\n", "a\n"])
    assert [output.count(f"accept ({number} of 4)?") for number in (1, 2, 3, 4)] == [1, 2, 1, 0]
    assert "3 changes accepted, 1 left as it was" in output
    text = program.read(DISCOUNT)
    assert 'pytest.param((200,), {}, 20, id="200")' in text
    gross = program.read(GROSS)
    assert [f'id="{case}"' in gross for case in ("100", "50", "10-rate=10")] == [True] * 3
    assert sum(f", {old}, id=" in gross for old in (120, 60, 11)) == 1
    assert program.pytead("gen", "--no-verify").returncode == 0
    assert program.read(GROSS) == gross  # the no is remembered


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals in the standard library")
def test_how_far_it_is_shows_at_a_terminal_alone(make_program):
    program = make_program(SHOP)
    record(program)
    shown = at_terminal(program, ["gen"], [])
    assert "verifying" in shown
    assert re.search(r"\b(\d+)/\1\b", shown)
    assert "verifying" not in at_terminal(program, ["gen", "--quiet"], [])
    assert "verifying" not in program.pytead("gen").stderr


def at_terminal(program, words, answers):
    """What a command prints at a terminal on which these are typed, each when it has asked."""
    import pty

    child, terminal = pty.fork()
    if child == 0:
        os.chdir(program.folder)
        os.execve(sys.executable, [sys.executable, "-m", "pytead", *words], program.environment())
    output, asked = "", 0
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            data = os.read(terminal, 4096)
        except OSError:
            break
        if not data:
            break
        output += data.decode()
        if output.count("none of them: ") > asked and asked < len(answers):
            os.write(terminal, answers[asked].encode())
            asked += 1
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, output
    return output

"""``pytead scan``: what it finds, what it shows, and its exit code."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.conftest import Program

    Make = Callable[[Mapping[str, str]], Program]

FILES = {
    "src/shop.py": "def login(user, password, *, pin=None):\n    return len(user)\n\n\nclass Client:\n"
    "    def __init__(self, url, api_key):\n        self.url, self.api_key = url, api_key\n",
    "main.py": "import sys; sys.path.insert(0, 'src')\nimport shop\nshop.login('ann', 'hunter2-Zq', pin=4711)\n"
    "shop.Client('http://x', 'k-4f9a1b7c2d')\n",
}
SECRETS = ("hunter2-Zq", "k-4f9a1b7c2d", "4711")


def scan(program: Program, *words: str) -> tuple[int, list[dict[str, Any]]]:
    result = program.pytead("scan", *words, "--json", "scan.json")
    found: list[dict[str, Any]] = json.loads(program.read("scan.json"))
    assert not any(secret in program.read("scan.json") for secret in SECRETS)
    return result.returncode, found


@pytest.mark.parametrize("format", ["pickle", "json", "sqlite"])
def test_a_store_and_tests_that_were_made_without_redaction(make_program: Make, format: str) -> None:  # noqa: A002
    program = make_program(FILES)
    program.pytead("-q", "--no-redact", "*", "--format", format, "-t", "shop.*", "main.py")
    program.pytead("gen", "-q")
    code, found = scan(program)
    assert code == 1
    in_calls = {(each["function"], each["place"]) for each in found if each["file"].startswith("call_logs")}
    assert in_calls >= {
        ("shop.login", "password"),
        ("shop.login", "pin"),
        ("shop.Client.__init__", "api_key"),
        ("shop.Client.__init__", "self.api_key"),
    }
    in_tests = {(each["function"], each["why"]) for each in found if each["file"].startswith("tests")}
    assert in_tests >= {("shop.login", "password"), ("shop.login", "pin"), ("shop.Client", "api_key")}
    shown = program.pytead("scan")
    assert shown.returncode == 1
    assert "hun... (10 characters)" in shown.stdout
    assert not any(secret in shown.stdout + shown.stderr for secret in SECRETS)
    assert scan(program, "--no-redact", "*key,pin,password") == (0, [])


def test_what_was_recorded_with_redaction_is_clean(make_program: Make) -> None:
    program = make_program(FILES)
    program.pytead("-q", "-t", "shop.*", "main.py")
    program.pytead("gen", "-q")
    assert scan(program) == (0, [])
    assert "no secrets found: 2 calls" in program.pytead("scan").stdout


@pytest.mark.parametrize(
    ("name", "text", "place", "why"),
    [
        ("a.py", "client = connect(user='ann', password='hunter2-Zq')\n", "line 1", "password"),
        ("a.py", "x = 1\nCONFIG = {'db': {'secretKey': 'hunter2-Zq'}}\n", "line 2", "secretKey"),
        ("a.py", "def f(token='a1b2c3d4e5'):\n    pass\n", "line 1", "token"),
        ("a.py", "assert client.api_key == 'k-4f9a1b7c2d'\n", "line 1", "api_key"),
        ("a.py", "URL = 'postgres://ann:hunter2-Zq@db'\n", "line 1", "url"),
        ("a.py", "# AKIAIOSFODNN7EXAMPLE\n", "line 1", "aws"),
        ("broken.py", "def (:\npassword = 'hunter2-Zq'\n", "line 2", "assignment"),
        ("data.json", '{"users": [{"password": "hunter2-Zq"}]}', "['users'][0]['password']", "password"),
        ("data.txt", "one\ntwo\npassword=hunter2-Zq\n", "line 3", "assignment"),
        ("data.csv", "name,card\nann,4111 1111 1111 1111\n", "line 2", "card"),
        ("data.bin", "\0\0-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----", "line 1", "pem"),
    ],
)
def test_any_file(make_program: Make, name: str, text: str, place: str, why: str) -> None:
    program = make_program({f"tests/generated/data/{name}": text, "clean.py": "password = None\n"})
    for words in ((), ("tests",), (f"tests/generated/data/{name}",)):
        code, found = scan(program, *words)
        assert code == 1
        assert {(each["place"], each["why"]) for each in found} == {(place, why)}
    assert scan(program, "clean.py") == (0, [])


def test_odd_places(make_program: Make) -> None:
    program = make_program({"call_logs/own__1.json": '{"args": ["a"], "kwargs": {"password": "hunter2-Zq"}}'})
    (program.folder / "call_logs" / "broken.pkl").write_bytes(b"\x80\x05\x95\xff" * 9)
    code, found = scan(program)
    assert (code, [each["place"] for each in found]) == (1, ["['kwargs']['password']"])
    missing = program.pytead("scan", "nowhere")
    assert missing.returncode == 2
    assert "nowhere is neither a file nor a folder [path-missing]" in missing.stderr
    assert make_program({}).pytead("scan").returncode == 0


def test_what_was_stored_before_it_was_met_is_found_and_in_no_test(make_program: Make) -> None:
    secret = "k7Qz-99xPw!"
    program = make_program(
        {
            "app.py": """
                def clean(text): return text.strip()
                def connect(url): return url.split("#")[-1]
                def login(user, password): return len(password) > 3
                def count(text): return text.count("!")
                """,
            "main.py": f"""
                import app
                secret = {secret!r}
                app.clean(f"  {{secret}} "); app.clean("an ordinary-text9"); app.connect(f"db#{{secret}}")
                app.count(secret)
                app.login("ann", secret)
                """,
        }
    )
    cache = {name: str(program.folder / ".cache") for name in ("XDG_CACHE_HOME", "LOCALAPPDATA")}
    cache["HOME"] = str(program.folder)
    made = program.pytead("tead", "-t", "app", "main.py", env=cache)
    assert "secret" in made.stderr  # how often there is a "!" in it can't be known any more
    tests = "".join(path.read_text("utf-8") for path in program.folder.glob("tests/generated/test_*.py"))
    assert secret not in tests
    assert '"  redacted-' in tests
    assert "an ordinary-text9" in tests
    program.write("tests/generated/own.txt", f"it is\n{secret}\n")
    found = program.pytead("scan", "--json", env=cache)
    assert (found.returncode, secret in found.stdout) == (1, False)
    places = {(each["function"], each["place"], each["why"]) for each in json.loads(found.stdout)}
    assert ("app.connect", "arguments", "redacted elsewhere") in places
    assert ("", "line 2", "redacted elsewhere") in places
    assert not [each for each in places if each[0] == "app.login"]

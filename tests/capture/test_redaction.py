"""A program that handles secrets: none of them reaches the disk, and the tests that don't need them run."""

from __future__ import annotations

import base64
import json
import re
import zlib
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.conftest import Program

EVERY_ENGINE = True

SECRETS = (
    "hunter2-Zq", "open-sesame-9", "k-4f9a1b7c2d", "tok9x8y7z6w5v", "S3ss10n-a1b2c3", "4111111111111111", "73519462",
    "dsn-pw-0815", "bear3r-t0ken-xyz",
)  # fmt: skip

VAULT = """
    import base64
    import hashlib
    from dataclasses import dataclass


    @dataclass
    class Login:
        user: str
        password: str


    class Client:
        def __init__(self, url, api_key):
            self.url = url
            self._api_key = api_key

        def headers(self):
            return {"Authorization": f"Bearer {self._api_key}", "X-Url": self.url}

        def describe(self):
            return f"client of {self.url}"


    def login(user, password):
        if user == "nobody":
            raise ValueError(f"wrong password {password!r} of {user}")
        return f"{user}:{password}"


    def name_of(login):
        return login.user.title()


    def store(*, passphrase, size=1):
        return [passphrase] * size


    def cookies_of(headers):
        return sorted(headers)


    def remember(session_id, users):
        users[session_id] = "ann"
        return len(users)


    def basic(user, password):
        return base64.b64encode(f"{user}:{password}".encode())


    def digest(password):
        return hashlib.sha256(password.encode()).hexdigest()


    def pay(card_number, amount):
        return amount * 2


    def check_pin(pin):
        return pin == 73519462


    def connect(dsn):
        return dsn.rpartition("@")[2]


    def is_strong(password):
        return password.endswith("Zq")


    def words(token):
        got = yield f"start {token}"
        yield {"token": token, "got": got}


    async def fetch(token):
        return {"seen": token}


    def fill(credentials):
        credentials["secret"] = "open-sesame-9"


    def total(prices):
        return sum(prices.values())


    def tokens_of(text):
        return [{"token": each, "size": len(each)} for each in text.split()]
    """
MAIN = """
    import asyncio
    import vault

    vault.login("ann", "hunter2-Zq")
    try:
        vault.login("nobody", "open-sesame-9")
    except ValueError:
        pass
    vault.name_of(vault.Login("ann", "hunter2-Zq"))
    vault.store(passphrase="open-sesame-9", size=2)
    client = vault.Client("http://x", "k-4f9a1b7c2d")
    client.headers()
    client.describe()
    vault.cookies_of({"Cookie": "sid=S3ss10n-a1b2c3; theme=dark", "authorization": "Bearer bear3r-t0ken-xyz"})
    vault.remember("S3ss10n-a1b2c3", {"other": "bob"})
    vault.basic("ann", "hunter2-Zq")
    vault.digest("hunter2-Zq")
    vault.pay("4111111111111111", 21)
    vault.check_pin(73519462)
    vault.connect("postgresql://ann:dsn-pw-0815@db:5432/x")
    vault.is_strong("hunter2-Zq")
    generator = vault.words("tok9x8y7z6w5v")
    next(generator)
    generator.send("again tok9x8y7z6w5v")
    generator.close()
    asyncio.run(vault.fetch("tok9x8y7z6w5v"))
    vault.fill({"user": "ann"})
    vault.total({"a": 1, "b": 2.5})
    vault.tokens_of("def f ( x1 )")
    print("done")
    """


@pytest.fixture
def program(make_program: Callable[[Mapping[str, str]], Program]) -> Program:
    return make_program({"vault.py": VAULT, "main.py": MAIN})


def everything_in(data: bytes) -> bytes:
    """What a patient person can read in a file: its bytes, and what is packed or encoded in them."""
    seen = [data]
    for found in re.finditer(rb"[A-Za-z0-9+/_-]{8,}={0,2}", data):
        for start in range(4):
            chunk = found[0][start:].translate(bytes.maketrans(b"-_", b"+/")).rstrip(b"=")
            seen.append(base64.b64decode(chunk[: len(chunk) // 4 * 4]))
    seen += [bytes.fromhex(found.decode()) for found in re.findall(rb"(?:[0-9a-fA-F]{2}){4,}", data)]
    for start in (match.start() for match in re.finditer(rb"\x78[\x01\x5e\x9c\xda]", data)):
        try:
            seen.append(zlib.decompressobj().decompress(data[start:], 1 << 20))
        except zlib.error:
            continue
    return b"\n".join(seen)


def leaked(program: Program, *folders: str) -> set[str]:
    """The secrets that can be read in what a run has left."""
    files = [path for name in folders for path in (program.folder / name).rglob("*") if path.is_file()]
    assert files
    found = set()
    for path in files:
        text = everything_in(path.read_bytes())
        found |= {secret for secret in SECRETS if secret.encode() in text or secret[::-1].encode() in text}
        found |= {pin for pin in SECRETS if len(pin) == 8 and int(pin).to_bytes(4, "little") in text}
    return found


@pytest.mark.parametrize("format", ["pickle", "json", "sqlite"])
def test_no_secret_reaches_the_disk_and_the_other_tests_run(program: Program, format: str) -> None:  # noqa: A002
    if format != "pickle" and program.engine != "wrap":
        pytest.skip("what an engine hands to a store is the same for each")
    program.assert_unchanged("main.py", targets="!*")
    recorded = program.pytead("--format", format, "-t", "vault.*", "main.py")
    assert recorded.stdout == "done\n"
    assert len(program.calls()) == (
        20 if program.engine == "wrap" else 19
    )  # ``words`` uses what is sent to it
    generated = program.pytead("gen", "--json", "gen.json")
    report = json.loads(program.read("gen.json"))
    assert not leaked(program, "call_logs", "tests"), generated.stderr
    rejected = {each["func"] for each in report["rejected"] if each["slug"] == "secret"}
    assert rejected == {f"vault.{name}" for name in ("basic", "check_pin", "is_strong", "fill")}
    assert {each["slug"] for each in report["rejected"]} <= {"secret", "kind-generator"}
    assert "a secret that was not recorded" in generated.stderr
    tests = program.run("-m", "pytest", "-q", "tests")
    assert tests.returncode == 0, tests.stdout
    scan = program.pytead("scan")
    assert scan.returncode == 0, scan.stdout
    assert "no secrets found" in scan.stdout
    # placeholders stay the same from run to run, so that the tests do
    before = program.read("tests/generated/test_vault_login.py")
    program.pytead("--format", format, "-t", "vault.*", "main.py")
    program.pytead("gen")
    assert program.read("tests/generated/test_vault_login.py") == before
    text = program.read("tests/generated/test_vault_tokens_of.py")
    assert '{"token": "def", "size": 3}' in text


def test_processes_of_a_run_have_the_same_placeholders(
    make_program: Callable[[Mapping[str, str]], Program],
) -> None:
    program = make_program(
        {
            "app.py": """
                def keep(password):
                    return password

                def note(customer):
                    return customer
                """,
            "child.py": "import app\napp.keep('hunter2-Zq')\napp.note('Ann Smith')\n",
            "main.py": """
                import os, subprocess, sys, app
                app.keep("hunter2-Zq")
                app.keep(password="hunter2-Zq")
                subprocess.run([sys.executable, "child.py"], check=True, env={**os.environ, "HOME": "/nonexistent"})
                """,
            "home": "no folder",
        }
    )
    for home in (str(program.folder), str(program.folder / "home")):  # the latter can hold no key
        result = program.pytead("-q", "--redact", "customer", "-t", "app.*", "main.py", env={"HOME": home})
        assert result.returncode == 0, result.stderr
        assert not leaked(program, "call_logs")
        texts = {
            text for call in program.calls() for text in re.findall(rb"redacted-[0-9a-f]{12}", call.before)
        }
        assert len(texts) == 2
        assert b"Ann Smith" not in b"".join(call.before for call in program.calls())
        for file in (program.folder / "call_logs").iterdir():
            file.unlink()


def test_the_decorator_and_storage_objects(make_program: Callable[[Mapping[str, str]], Program]) -> None:
    program = make_program(
        {
            "main.py": """
                import json
                from pytead import trace

                class Texts:
                    extension = ".json"
                    count = 0

                    def make_path(self, folder, name):
                        folder.mkdir(exist_ok=True)
                        self.count += 1
                        return folder / f"{name}-{self.count}.json"

                    def dump(self, entry, path):
                        path.write_text(json.dumps(entry, default=repr))

                    def load(self, path):
                        return json.loads(path.read_text())

                @trace(storage_dir="own", storage=Texts())
                def login(user, password, *, api_key=None):
                    return f"{password} {api_key}"

                @trace
                def again(user, password):
                    return user, password

                login("ann", "hunter2-Zq", api_key="k-4f9a1b7c2d")
                again("ann", "hunter2-Zq")
                """
        }
    )
    assert program.run("main.py").returncode == 0
    assert not leaked(program, "own", "call_logs")
    assert program.recorded() == {"main.again": 1}


def test_what_a_configuration_says(make_program: Callable[[Mapping[str, str]], Program]) -> None:
    program = make_program(
        {
            "app.py": "def f(customer, pin, text):\n    return customer, pin, text\n",
            "main.py": "import app\napp.f('Ann Smith', '4711', 'see INT-4242')\n",
            ".pytead/config.toml": """
                [defaults]
                redact = ["customer"]
                redact_values = ["INT-[0-9]+"]
                no_redact = ["pin"]
                """,
        }
    )
    program.pytead("-q", "-t", "app.*", "main.py")
    (call,) = program.calls()
    assert b"Ann Smith" not in call.before + call.after
    assert b"INT-4242" not in call.before + call.after
    assert b"4711" in call.before
    assert program.pytead("scan").returncode == 0
    assert program.pytead("scan", env={"PYTEAD_NO_REDACT": "text"}).returncode == 1
    wrong = program.pytead("--redact-values", "(", "-t", "app.*", "main.py")
    assert wrong.returncode == 2
    assert "--redact-values: '(' is no regular expression" in wrong.stderr


def test_recording_all_as_it_is(program: Program) -> None:
    program.pytead("-q", "--no-redact", "*", "-t", "vault.*", "main.py")
    assert leaked(program, "call_logs") == set(SECRETS)


def test_a_tokenizer_stays_testable(make_program: Callable[[Mapping[str, str]], Program]) -> None:
    program = make_program(
        {
            "lexer.py": """
                from dataclasses import dataclass

                @dataclass
                class Token:
                    kind: str
                    token: str
                    position: int

                class Lexer:
                    def __init__(self, text):
                        self.tokens = text.split()
                        self.token = self.tokens[0]
                        self.secretary, self.token_count = "Ms Key", len(self.tokens)

                    def advance(self):
                        self.token = self.tokens.pop(0)
                        return Token("name", self.token, self.token_count)

                def is_name(token):
                    return token.isidentifier()

                def join(tokens):
                    return " ".join(tokens)

                def author(passenger, monkey):
                    return passenger + monkey
                """,
            "main.py": """
                from lexer import *
                for text in ("def", "x1", "item_12", "+=", "0x1F", "3.14e10", "'a b c'", "identifier"):
                    is_name(text)
                lexer = Lexer("def total ( prices12 ) : return sum ( prices12 )")
                lexer.advance()
                join(["def", "f", "(", "x1", ")", ":"])
                author("J. Doe", "a1b2c3d4e5")
                """,
        }
    )
    program.pytead("-q", "-t", "lexer.*", "main.py")
    assert not any(b"redacted-" in call.before + call.after for call in program.calls())
    report = program.pytead("gen")
    assert report.returncode == 0
    assert "0 rejected" in report.stderr


def test_a_record_that_can_t_be_searched_isn_t_stored(
    make_program: Callable[[Mapping[str, str]], Program],
) -> None:
    program = make_program(
        {
            "app.py": "def login(password):\n    return 1\n",
            "main.py": """
                import app
                from pytead.values.redaction import finding

                def fail(*args):
                    raise ZeroDivisionError("planted")

                finding.Finder.conceal = fail
                app.login("hunter2-Zq")
                print("fine")
                """,
        }
    )
    result = program.pytead("-t", "app.*", "--json", "run.json", "main.py")
    assert result.stdout == "fine\n"
    assert program.recorded() == {}
    summary: Any = json.loads(program.read("run.json"))
    assert "internal" in json.dumps(summary)
    assert not leaked(program, "call_logs")


PASSING_ON = """
    import threading


    class Client:
        def __init__(self, user, password):
            self.user, self.password = user, password
            self.line = compose([user, password])

        def connect(self):
            return send(self.password)


    class Settings:
        def __init__(self):
            self.token = "".join(["s3tt1ng", "-9x8y7z"])


    def start(settings):
        return send(settings.token)


    def login(user, password):
        return send(password) + len(compose([user, password]))


    def unlock(*, passphrase):
        return send(passphrase)


    def send(text):
        return len(write({"to": "all", "lines": [f"as {text}!"]}))


    def compose(parts):
        return ":".join(parts)


    def write(message):
        return tuple(message["lines"])


    async def fetch(token):
        return [await answer(token)]


    async def answer(text):
        return text.upper()


    def pages(api_key):
        for number in range(2):
            yield lines(api_key, number)


    async def apages(api_key):
        for number in range(2):
            yield lines(api_key, number)


    def lines(text, number):
        return text * number


    def dial(pin):
        return keys(pin)


    def keys(number):
        return number + 0


    def guarded(password, lock):
        return send(password)


    def broken(text):
        raise KeyError(text)


    def again(text):
        return text[::-1]


    def threads(secrets):
        started = [threading.Thread(target=login, args=("ann", secret)) for secret in secrets]
        for each in started:
            each.start()
        for each in started:
            each.join()


    def defaulted(password="d3fault-pw"):
        return send(password)


    def plain(size, text):
        return text * size
    """
PASSING_MAIN = """
    import asyncio, base64, multiprocessing, threading
    import app

    async def all_pages(key):
        return [page async for page in app.apages(key)]

    def child():
        app.login("bob", "ch1ld-s3cret")

    if __name__ == "__main__":
        for size in range(5):
            app.plain(size, "open")
        app.login("ann", "hunter2")
        app.Client("ann", "cl1ent-pw").connect()
        app.start(app.Settings())
        app.unlock(passphrase="correct horse battery")
        asyncio.run(app.fetch("tok9x8y7z6w5v"))
        list(app.pages("k-4f9a1b7c2d"))
        asyncio.run(all_pages("k-async-77ab"))
        app.dial(73519462)
        app.guarded("gu4rded-pw", threading.Lock())
        app.defaulted()
        app.threads([f"thr3ad-{n}x" for n in range(20)])
        try:
            app.broken("hunter2")
        except KeyError:
            pass
        app.again("hunter2")
        app.again(base64.b64encode(b"ann:cl1ent-pw").decode())
        app.again(b"cl1ent-pw")
        app.again("73519462")
        app.keys(73519462)
        for size in range(5):
            app.plain(size, "shut")
        process = multiprocessing.get_context("spawn").Process(target=child)
        process.start()
        process.join()
        assert process.exitcode == 0
        print("done")
    """
PASSED_ON = (
    "hunter2", "cl1ent-pw", "s3tt1ng-9x8y7z", "correct horse battery", "tok9x8y7z6w5v", "k-4f9a1b7c2d", "k-async-77ab",
    "gu4rded-pw", "thr3ad-", "ch1ld-s3cret", "73519462", "d3fault-pw",
)  # fmt: skip


@pytest.mark.parametrize("format", ["pickle", "json", "sqlite"])
@pytest.mark.parametrize("limit", ["10", "0"])
def test_a_secret_that_is_passed_on_under_another_name(
    make_program: Callable[[Mapping[str, str]], Program],
    format: str,  # noqa: A002
    limit: str,
) -> None:
    program = make_program({"app.py": PASSING_ON, "main.py": PASSING_MAIN})
    result = program.pytead(
        "--format", format, "--limit", limit, "-t", "app.*", "--json", "run.json", "main.py"
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout == "done\n"
    calls = program.calls()
    assert {"send", "compose", "write", "answer", "lines", "keys", "again", "broken"} <= {
        call.function.name for call in calls
    }
    files = [path for path in (program.folder / "call_logs").rglob("*") if path.is_file()]
    stored = b"\n".join(everything_in(path.read_bytes()) for path in (*files, program.folder / "run.json"))
    stored = stored.lower() + b"\n".join(call.before + call.after for call in calls).lower()
    found = {secret for secret in PASSED_ON if secret.encode() in stored or secret[::-1].encode() in stored}
    assert not found
    assert (73519462).to_bytes(4, "little") not in stored
    assert sum(call.function.name == "plain" for call in calls) >= 10
    assert b"open" in stored  # what is no secret stays as it is
    assert b"shut" in stored


def test_a_secret_of_a_call_that_is_passed_over(make_program: Callable[[Mapping[str, str]], Program]) -> None:
    program = make_program(
        {
            "app.py": """
                def login(password, user=None):
                    return len(audit(password)) if user else 0

                def audit(text):
                    return [text]
                """,
            "main.py": """
                import app
                for number in range(40):
                    app.login(f"n0{number:02}-secret")
                for number in range(40):
                    app.login(f"n1{number:02}-secret", "ann")
                """,
        }
    )
    program.pytead("-q", "-t", "app.*", "main.py")
    audited = [call for call in program.calls() if call.function.name == "audit"]
    assert len(audited) >= 10
    assert not any(b"-secret" in call.before + call.after for call in audited)


def test_ordinary_words_are_no_secrets_elsewhere(
    make_program: Callable[[Mapping[str, str]], Program],
) -> None:
    program = make_program(
        {
            "app.py": "def login(password):\n    return 1\n\ndef say(text):\n    return text\n",
            "main.py": """
                import app
                for password in ("password", "Development", "ann", "4711", "------"):
                    app.login(password)
                    app.say(password)
                """,
        }
    )
    program.pytead("-q", "-t", "app.*", "main.py")
    said = b"".join(call.before for call in program.calls() if call.function.name == "say")
    assert b"redacted-" not in said
    assert b"Development" in said


def test_a_reason_holds_no_secret(make_program: Callable[[Mapping[str, str]], Program]) -> None:
    program = make_program(
        {
            "app.py": "def login(password):\n    return 1\n\ndef say(text):\n    return text\n",
            "main.py": """
                import app
                from pytead.capture import site

                def fail(*args):
                    raise ZeroDivisionError("hunter2 and more")

                app.login("hunter2")
                site.conceal = fail
                app.say("x")
                """,
        }
    )
    program.pytead("-q", "-t", "app.*", "--json", "run.json", "main.py")
    assert "ZeroDivisionError: redacted-" in program.read("run.json")
    for path in (program.folder / "call_logs").iterdir():
        assert b"hunter2" not in path.read_bytes()

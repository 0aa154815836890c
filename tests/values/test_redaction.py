"""Secrets in frozen values: which are found, and what becomes of the rest."""

from __future__ import annotations

import base64
import dataclasses
import functools
import hashlib
import string
import urllib.parse
from collections import OrderedDict
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytead.flow.standins import value_of
from pytead.values.calls import whole
from pytead.values.freezer import freeze
from pytead.values.redaction import concealing, names, shapes
from pytead.values.redaction.concealing import Rules, conceal, finder, secret_parameters, set_rules
from pytead.values.redaction.names import CODE, MAYBE, NOT, SECRET, Names
from pytead.values.redaction.needles import name_search, shape_search
from pytead.values.redaction.placeholders import Placeholders, is_placeholder
from pytead.values.redaction.signatures import Parameters
from pytead.values.tree import canonical, read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY = b"k" * 32
PLACEHOLDERS = Placeholders("", KEY)


@pytest.fixture(autouse=True)
def rules() -> Iterator[None]:
    before = concealing._rules
    set_rules(Rules(folder="", key=KEY))
    yield
    set_rules(before)


def concealed(
    args: tuple[Any, ...], result: Any = None, kwargs: dict[str, Any] | None = None, *, parameters: Any = None
) -> tuple[bytes, bytes]:
    """The frozen values of a call as they would be stored."""
    before = freeze([args, kwargs] if kwargs else args)
    after = freeze([args, kwargs, result] if kwargs else (args, result))
    before, after = conceal(before, after, "returned", parameters)
    return before, whole(before, after)


def kept(value: Any) -> Any:
    """What is stored of a value."""
    before, after = concealed((value,))
    stored = value_of(before)[0]
    assert repr(value_of(after)[0]) == repr((stored,))
    return stored


def is_redacted(value: Any) -> bool:
    return is_placeholder(value.decode() if isinstance(value, bytes) else value)


SECRET_NAMES = [
    "password", "Password", "PASSWORD", "dbPassword", "db_password", "PGPASSWORD", "userpassword", "password2", "passwd",
    "pwd", "mysql_pwd", "passphrase", "password_hash", "newPassword", "password_confirmation", "secret", "client_secret",
    "clientSecret", "stripe_secret_key", "SECRET_KEY", "API-Key", "api_key", "apiKey", "APIKey", "X-Api-Key", "apikey",
    "access_token", "accessToken", "refresh_token", "csrf_token", "csrfmiddlewaretoken", "Authorization",
    "Proxy-Authorization", "cookie", "Set-Cookie", "cookies", "session_id", "sessionid", "PHPSESSID", "private_key",
    "AWS_SECRET_ACCESS_KEY", "encryption_key", "credentials", "jwt", "_api_key", "__password", "pass", "smtp_pass",
    "seed_phrase", "recovery_codes", "recoveryCode", "pw",
]  # fmt: skip
CODE_NAMES = [
    "pin", "pin_code", "pinCode", "cvv", "cvc", "ssn", "card_number", "cardNumber", "credit_card", "ccNumber", "otp",
    "securityNumber", "security-code", "verificationCode", "mfa_code", "card-no", "social_security_number",
]  # fmt: skip
UNSURE_NAMES = ["token", "Token", "next_token", "session", "sid", "tokens"]
INNOCENT = [
    "token_count", "tokenizer", "tokenize", "token_type", "max_tokens_total", "passenger", "passengers", "author", "authors",
    "authority", "secretary", "monkey", "key", "keys", "keyboard", "primary_key", "public_key", "cache_key", "sort_key",
    "password_field", "password_length", "password_policy", "has_passwords_expired", "secret_name", "secret_santa",
    "session_count", "session_factory", "cookie_name", "cookie_jar", "spin", "shipping", "mapping", "pine", "compass",
    "bypass", "first_pass", "num_passes", "passed", "pass_rate", "card", "cardinality", "discard", "postcard", "scorecard",
    "user", "name", "pinned", "bearer_of_news", "x", "", "options", "opinion", "class", "assessment", "accessor",
]  # fmt: skip


@pytest.mark.parametrize(
    ("sort", "listed"), [(SECRET, SECRET_NAMES), (CODE, CODE_NAMES), (MAYBE, UNSURE_NAMES), (NOT, INNOCENT)]
)
def test_names_in_any_style(sort: int, listed: list[str]) -> None:
    judge = Names()
    assert {name: judge.sort_of(name) for name in listed} == dict.fromkeys(listed, sort)


def test_no_listed_name_escapes_the_first_search() -> None:
    search = name_search(())
    listed = {*names.ALONE, *names.ENDINGS, *names.CODES, *names.LOGINS, *names.UNSURE, "pass"}
    listed |= {f"{word}_key" for word in names.KEYS} | {f"{word}_token" for word in names.TOKENS}
    listed |= {f"{word}_pass" for word in names.PASSES} | {"_".join(pair.split()) for pair in names.PHRASES}
    for name in sorted(listed) + SECRET_NAMES + CODE_NAMES + UNSURE_NAMES:
        words = name.split("_")
        for style in (name, name.upper(), "-".join(words), "".join(words), "".join(map(str.title, words))):
            for written in (style, f"user_{style}", f"{style}_hash"):
                if Names().sort_of(written):
                    assert search(freeze({written: "x"}).lower()), written
                    assert search((written + "\x94").lower().encode("latin-1")), written
                    assert search(written.lower().encode()), written


def test_names_that_a_person_adds_and_takes_away() -> None:
    judge = Names(["customer_id", "*Code", "x-internal-*"], ["author_code", "session_id", "*_token"])
    assert (
        judge.sort_of("customerId") == judge.sort_of("zipCode") == judge.sort_of("X_INTERNAL_NOTE") == SECRET
    )
    assert judge.sort_of("authorCode") == judge.sort_of("sessionId") == judge.sort_of("access_token") == NOT
    assert judge.sort_of("the_customer_id") == NOT
    assert judge.sort_of("password") == SECRET
    assert name_search(["*Code"])(b"zipcode")


JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P"
LOOKS = [
    ("jwt", f"see {JWT} there", JWT),
    ("aws", "id AKIAIOSFODNN7EXAMPLE.", "AKIAIOSFODNN7EXAMPLE"),
    ("github", "ghp_" + "a1B2" * 9, "ghp_" + "a1B2" * 9),
    ("github", "github_pat_" + "11AAAA_bbbb" * 4, "github_pat_" + "11AAAA_bbbb" * 4),
    ("slack", "xoxb-" + "123456789012-abcdefABCDEF", "xoxb-" + "123456789012-abcdefABCDEF"),
    ("stripe", "key=sk_" + "live_4eC39HqLyjWDarjtT1zdp7dc", "sk_" + "live_4eC39HqLyjWDarjtT1zdp7dc"),
    (
        "google",
        "AIza" + "SyA1234567890abcdefghijklmnopqrstuv",
        "AIza" + "SyA1234567890abcdefghijklmnopqrstuv",
    ),
    ("card", "paid with 4111 1111 1111 1111 today", "4111 1111 1111 1111"),
    ("card", "378282246310005", "378282246310005"),
    ("card", "5555-5555-5555-4444", "5555-5555-5555-4444"),
    ("url", "postgresql://ann:s3cr3t!@db.example:5432/x", "s3cr3t!"),
    ("url", "redis://:p%40ss@cache", "p%40ss"),
    ("header", "Authorization: Bearer abc123def456", "abc123def456"),
    ("header", "Basic YW5uOmh1bnRlcg==", "YW5uOmh1bnRlcg=="),
    ("assignment", "Server=db;Uid=ann;Pwd=hunter2;", "hunter2"),
    ("assignment", '{"user": "ann", "api_key": "k-1"}', "k-1"),
    ("assignment", "https://x/?q=1&access_token=abc&z=2", "abc"),
    ("assignment", "User(name='ann', password='open sesame')", "open sesame"),
]


@pytest.mark.parametrize(("shape", "text", "secret"), LOOKS)
def test_values_that_look_like_secrets(shape: str, text: str, secret: str) -> None:
    assert (name_search(()) if shape == "assignment" else shape_search())(freeze((text,)).lower())
    found = [(why, text[start:end]) for why, (start, end) in finder().secrets_in(text)]
    assert (shape, secret) in found
    assert kept(text) == text.replace(secret, PLACEHOLDERS.text(secret))
    assert kept(text.encode()) == text.replace(secret, PLACEHOLDERS.text(secret)).encode()
    off = shapes.Shapes(Names(), (), [shape])
    assert shape not in {why for why, _ in off.find(text)}


def test_private_keys() -> None:
    pem = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\nabc\n-----END RSA PRIVATE KEY-----"
    assert kept(f"a\n{pem}\nb") == f"a\n{PLACEHOLDERS.text(pem)}\nb"
    assert kept("-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----").startswith("-----BEGIN PUBLIC")


@pytest.mark.parametrize(
    "value",
    [
        "4111 1111 1111 1112",  # no card: its digits don't add up
        "1234567890123456",
        "0.4111111111111111",
        "2024-01-01 10:00:00",
        "http://example.com:8080/a@b",
        "mailto:ann@example.com",
        "https://user@host/",
        "postgres://ann:{password}@db",
        "postgres://ann:%(password)s@db",
        "the bearer of good news",
        "Basic information",
        "password: too short",
        "wrong password: user",
        "password=getpass()",
        "connect(password=self.password)",
        "connect(user=user, password=password)",
        "password=None",
        "token=x1",
        "key=value",
        "def f(token): return token",
        {"token": "+=", "tokens": ["def", "name", "x1", "item12", "3.14e-10", "0x1F2A3B4C"]},
        {"token": "identifier", "type": "NAME"},
        {"token": None, "password": None, "secret": True, "cookies": {}, "session": [], "pin": 13, "otp": ""},
        {"password": "", "api_key": "   ", "secret": "****", "access_token": "<token>"},
        {"token_count": 12345, "max_tokens": 100000, "session": 12345678},
        {"author": "J. Doe 1234abcd5678", "monkey": "a1b2c3d4e5f6", "passenger": "x" * 40},
        ("password", ["length", 8]),
        ["Cookie", "authorization"],
    ],
    ids=repr,
)
def test_what_is_no_secret_stays(value: Any) -> None:
    before, after = freeze((value,)), freeze(((value,), value))
    assert conceal(before, after, "returned") == (before, after)


@dataclasses.dataclass
class Login:
    user: str
    password: str


class Slotted:
    __slots__ = ("api_key", "size")

    def __init__(self) -> None:
        self.api_key, self.size = "k-12345", 3


class ApiKey:
    def __init__(self, value: str) -> None:
        self.value = value


class Masked(str):
    """A kind of text."""

    __slots__ = ()


class Settings(dict[str, Any]):
    """A kind of dict."""


class Account(NamedTuple):
    name: str
    token_secret: str


def holds(data: bytes, secret: str) -> bool:
    raw = secret.encode()
    return any(form in data for form in (raw, raw.hex().encode(), base64.b64encode(raw), raw[::-1]))


@pytest.mark.parametrize(
    "value",
    [
        {"password": "hunter2"},
        {b"password": "hunter2"},
        {"user": {"credentials": ["ann", "hunter2"]}},
        {"cookies": {"theme": "hunter2"}},
        [("Authorization", "hunter2")],
        [(b"authorization", b"hunter2")],
        {"auth": ("ann", "hunter2")},
        {"secret": bytearray(b"hunter2")},
        {"passwords": {"hunter2"}},
        Login("ann", "hunter2"),
        {"logins": [Login("ann", "hunter2")] * 2},
        Account("ann", "hunter2"),
        OrderedDict(cookies=["hunter2"]),
        Settings(cookies={"a": "hunter2"}),
        SimpleNamespace(password="hunter2"),
        functools.partial(print, password="hunter2"),
        ApiKey("hunter2"),
        {"password": Masked("hunter2")},
        ValueError("wrong: password='hunter2'"),
        "user=ann&password=hunter2",
        "https://ann:hunter2@example.com/",
    ],
)
def test_it_is_found_wherever_a_name_can_stand(value: Any) -> None:
    before, after = concealed((value,), [value, "hunter2"])
    assert before != freeze((value,))
    assert not holds(before + after, "hunter2")
    read(before), read(after)


def test_slots() -> None:
    shown = repr(kept(Slotted()))
    assert "k-12345" not in shown
    assert "size=3" in shown


def test_pydantic_secrets() -> None:
    pydantic = pytest.importorskip("pydantic")
    before, after = concealed(
        (pydantic.SecretStr("hunter2"), pydantic.SecretBytes(b"open-sesame")), "hunter2"
    )
    assert not holds(before + after, "hunter2")
    assert not holds(before + after, "open-sesame")


def test_arguments_by_position_and_name() -> None:
    def connect(host, password, *tokens, pin=None, **more): ...

    parameters = secret_parameters(connect)
    assert parameters is not None
    before, after = concealed(
        ("db", "hunter2", "abc123def456"),
        None,
        {"pin": 123456, "api_key": b"raw-key", "port": 123},
        parameters=parameters,
    )
    args, kwargs = value_of(before)
    assert args[0] == "db"
    assert is_redacted(args[1])
    assert is_redacted(args[2])
    assert is_redacted(kwargs["pin"])
    assert is_redacted(kwargs["api_key"])
    assert kwargs["port"] == 123
    assert value_of(after) == [args, kwargs, None]


def test_a_function_without_such_names_has_no_secret_parameters() -> None:
    def total(prices, *rest, token_count=0): ...

    def wrapper(*args, **kwargs): ...

    def login(user, password): ...

    wrapper.__wrapped__ = login  # type: ignore[attr-defined]
    assert secret_parameters(total) is None
    assert secret_parameters(len) is None
    found = secret_parameters(wrapper)
    assert found is not None
    assert found.positional == ("user", "password")


PASSWORD = Parameters(("user", "password"))


@pytest.mark.parametrize(
    "make",
    [
        lambda secret: f"hello {secret}!",
        lambda secret: {secret: 1},
        lambda secret: [secret.upper(), secret[::-1], secret.encode()],
        lambda secret: base64.b64encode(secret.encode()).decode(),
        lambda secret: base64.urlsafe_b64encode(secret.encode()),
        lambda secret: secret.encode().hex(),
        lambda secret: hashlib.sha256(secret.encode()).hexdigest(),
        lambda secret: hashlib.md5(secret.encode(), usedforsecurity=False).digest(),
        lambda secret: urllib.parse.quote(secret),
        lambda secret: urllib.parse.urlencode({"x": secret}),
        lambda secret: ValueError("no", secret),
        repr,
    ],
)
@pytest.mark.parametrize("secret", ["hunter2", "p@ss w0rd/é", "4711-x&y"])
def test_what_a_call_makes_of_a_secret_it_makes_of_the_placeholder(make: Any, secret: str) -> None:
    before, after = concealed(("ann", secret), make(secret), parameters=PASSWORD)
    assert canonical(read(before)) == canonical(read(freeze(("ann", PLACEHOLDERS.text(secret)))))
    expected = freeze((("ann", PLACEHOLDERS.text(secret)), make(PLACEHOLDERS.text(secret))))
    assert canonical(read(after)) == canonical(read(expected))


@pytest.mark.parametrize("around", ["ann:{}", "a{}", "an:{}:x"])
def test_base64_of_more_than_the_secret(around: str) -> None:
    encoded = base64.b64encode(around.format("hunter2-x").encode()).decode()
    _, after = concealed(("ann", "hunter2-x"), f"X {encoded} Y", parameters=PASSWORD)
    stored = value_of(after)[1]
    assert stored != f"X {encoded} Y"
    assert stored.startswith("X ")
    assert stored.endswith(" Y")
    assert "unter2" not in stored
    assert stored == f"X {PLACEHOLDERS.text(encoded)} Y" or b"unter2" not in base64.b64decode(stored[2:-2])


def test_short_secrets_are_looked_for_as_words_only() -> None:
    _, after = concealed(("ann", "abcd"), "abcd abcdef xabcd (abcd)", parameters=PASSWORD)
    placeholder = PLACEHOLDERS.text("abcd")
    assert value_of(after)[1] == f"{placeholder} abcdef xabcd ({placeholder})"
    _, after = concealed(("ann", "a"), "a banana", parameters=PASSWORD)
    assert value_of(after) == (("ann", PLACEHOLDERS.text("a")), "a banana")


def test_names_stay_though_they_are_somebody_s_password() -> None:
    before, after = concealed(({"password": "password", "other": "password"}, Login("ann", "user")), "user")
    login = {"password": PLACEHOLDERS.text("password"), "other": PLACEHOLDERS.text("password")}
    assert value_of(before)[0] == login
    assert repr(value_of(before)[1]) == f"Login(user='ann', password='{PLACEHOLDERS.text('user')}')"
    assert value_of(after)[1] == PLACEHOLDERS.text("user")


def test_sharing_and_cycles_stay() -> None:
    shared = ["hunter2"]
    login: dict[str, Any] = {"password": "hunter2", "seen": shared, "again": shared}
    login["self"] = login
    circle: list[Any] = []
    held = ("hunter2", circle)
    circle.append(held)
    before, _ = concealed((login, held))
    stored, (text, loop) = value_of(before)
    assert stored["self"] is stored
    assert stored["seen"] is stored["again"]
    assert stored["seen"] == [PLACEHOLDERS.text("hunter2")]
    assert text == PLACEHOLDERS.text("hunter2")
    assert loop[0][1] is loop
    assert b"hunter2" not in before


def test_equal_secrets_have_equal_placeholders_that_depend_on_a_key(tmp_path: Path) -> None:
    folder = str(tmp_path / "cache" / "pytead")
    one, other = Placeholders(folder), Placeholders(folder)
    assert one.text("a") == other.text("a") != one.text("b")
    assert one.number(5) == other.number(5) != one.number(6)
    assert one.text("a") != Placeholders(str(tmp_path / "elsewhere")).text("a")
    (tmp_path / "file").write_text("")
    unwritable = str(tmp_path / "file" / "pytead")
    assert Placeholders(unwritable, KEY).text("a") == PLACEHOLDERS.text("a")
    assert Placeholders(unwritable).text("a") != Placeholders(unwritable).text("a")


def test_rules_of_a_person() -> None:
    set_rules(Rules(["customer"], [r"CUST-\d+", r"id:(\d+)"], ["password", "card"], "", KEY))
    stored = kept(
        {"customer": "Ann", "password": "open", "card": "4111111111111111", "x": "see CUST-12 and id:77"}
    )
    assert stored == {
        "customer": PLACEHOLDERS.text("Ann"),
        "password": "open",
        "card": "4111111111111111",
        "x": f"see {PLACEHOLDERS.text('CUST-12')} and id:{PLACEHOLDERS.text('77')}",
    }
    set_rules(Rules(exceptions=["*"]))
    assert kept({"password": "hunter2"}) == {"password": "hunter2"}
    assert secret_parameters(lambda password: password) is None


SHAPES = set(shapes.NAMES) - {"jwt"}  # which is a name as well
_plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=8), inner, max_size=4)
        | st.tuples(inner, inner)
    ),
    max_leaves=12,
)
_secret = (
    st.text(string.ascii_letters + string.digits + "!#$%-_é", min_size=8, max_size=300)
    .map(lambda text: f"Q7{text}")
    .filter(lambda text: not Names().sort_of(text))  # which would say of the value beside it that it is one
)


@given(_plain, _secret, st.sampled_from(SECRET_NAMES), st.lists(st.integers(0, 5), max_size=4))
def test_nothing_but_the_secret_changes(value: Any, secret: str, name: str, places: list[int]) -> None:
    """The stream reads, holds the secret nowhere, and the rest as it was."""

    def around(text: str) -> tuple[Any, ...]:
        wrapped: list[Any] = [value, {name: text}, text.encode(), [text, text], f"<{text}>", {text: value}]
        return (*(wrapped[place] for place in places), value, {name: text}, wrapped)

    set_rules(Rules(exceptions=SHAPES, folder="", key=KEY))
    before, after = concealed(around(secret), [secret, value])
    placeholder = PLACEHOLDERS.text(secret)
    for data in (before, after):
        assert secret.encode() not in data
        assert secret.encode().hex().encode() not in data
    innocent = around(placeholder)
    assert canonical(read(after)) == canonical(read(freeze((innocent, [placeholder, value]))))
    assert canonical(read(before)) == canonical(read(freeze(innocent)))


@given(_plain)
def test_what_holds_no_secret_is_the_same_object(value: Any) -> None:
    set_rules(Rules(exceptions=(*SHAPES, "?*"), folder="", key=KEY))
    before, after = freeze((value,)), freeze(((value,), value))
    stored = conceal(before, after, "returned", Parameters(("password",)))
    assert stored[0] is before
    assert stored[1] is after


def met_before(*secrets: str) -> None:
    """Have a process that has met secrets in the arguments of other calls."""
    set_rules(Rules())
    for secret in secrets:
        concealing.meet(freeze((secret,)), Parameters(("password",)))


@pytest.mark.parametrize("others", [0, 20, 1500])
def test_what_was_met_is_looked_for_in_all_later_calls(others: int) -> None:
    plain = freeze(("ann said so",)), freeze((("ann said so",), "ann said so"))
    met_before(*(f"0ther-{n:04}-secret" for n in range(others)), "hunter2-Zq", "ünï-cødé-9")
    for text in (
        "hunter2-Zq",
        "as hunter2-Zq!",
        "HUNTER2-ZQ",
        "qZ-2retnuh",
        "ünï-cødé-9",
        "x" * 300 + "hunter2-Zq",
    ):
        for value in (text, [text], text.encode(), {text: 1}, base64.b64encode(b"ann:hunter2-Zq")):
            before, after = freeze((value,)), freeze(((value,), None))
            concealed = conceal(before, after, "returned")
            assert concealed[0] != before
            assert concealed[1] != after
            shown = b"".join(concealed).lower()
            assert not any(each in shown for each in (b"hunter2", b"2retnuh", "ünï".encode(), b"\xfcn\xef"))
    assert conceal(*plain, "returned") == plain
    first = freeze(("0ther-0000-secret",))
    is_known = conceal(first, freeze((("0ther-0000-secret",), None)), "returned")[0] is not first
    assert is_known == (others == 20)  # the oldest of very many are forgotten
    set_rules(Rules())
    assert conceal(first, freeze((("0ther-0000-secret",), None)), "returned")[0] is first


def test_the_smallest_call_and_one_like_an_innocent_one_are_looked_at() -> None:
    set_rules(Rules())
    alike = [(freeze((text, 1)), freeze(((text, 1), 2))) for text in ("some text", "s0me text")]
    for _ in range(5):
        assert conceal(*alike[1], "returned") == alike[1]
    numbers = freeze((73519462,)), freeze(((73519462,), 1.5))
    for _ in range(5):
        assert conceal(*numbers, "returned") == numbers
    met_before("s0me text")
    concealing.meet(freeze((73519462,)), Parameters(("pin",)))
    assert conceal(*alike[0], "returned") == alike[0]
    assert conceal(*alike[1], "returned") != alike[1]
    assert (73519462).to_bytes(4, "little") not in b"".join(conceal(*numbers, "returned"))
    set_rules(Rules())


def test_a_reason_is_searched_too() -> None:
    met_before("hunter2-Zq")
    assert concealing.without_secrets("bad hunter2-Zq") == f"bad {finder()._placeholders.text('hunter2-Zq')}"
    assert concealing.without_secrets("an int was too large") == "an int was too large"
    assert "dsn-pw" not in concealing.without_secrets("no postgresql://ann:dsn-pw-0815@db")
    set_rules(Rules())

"""Which names say that what they name is a secret.

A name is taken apart into words, whatever its style: ``dbPassword``, ``DB_PASSWORD`` and ``db-password`` are the
same. Its last words decide, so that ``token_count``, ``password_field`` and ``secret_name`` say nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

NOT, MAYBE, PAIR, CODE, SECRET = range(5)
"""What a name says of a value: nothing; a secret if it looks like one; the second of a user and a password; a secret
if it is digits; a secret."""


def all_of(words: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(words.split())


ENDINGS = ("password", "passwords", "passwd", "passphrase", "passphrases", "passcode", "pwd")
"""A name whose last word ends so names a secret: ``userpassword``."""

ALONE = all_of(
    """
    pw pws pwds passwds secret secrets credential credentials cred creds authorization cookie cookies apikey
    apikeys authkey secretkey privatekey accesskey sessionkey licensekey encryptionkey signingkey masterkey
    accesstoken authtoken apitoken refreshtoken idtoken sessiontoken csrftoken xsrftoken csrfmiddlewaretoken
    sessionid sessid phpsessid jsessionid jwt jwts bearer csrf xsrf
    """
)
"""Last words that name a secret, whatever stands before them."""

KEYS = all_of(
    """
    access account aes api auth aws azure cipher consumer crypto decryption deploy dsa ecdsa encryption gcp
    github google hmac jwt licence license mailgun master openai private rsa secret security sendgrid service
    session shared signing ssh storage stripe subscription twilio webhook wep wpa
    """
)
"""Words before ``key`` that make a secret of it; ``public_key``, ``primary_key`` and ``cache_key`` are none."""

TOKENS = all_of(
    """
    access account activation admin api auth authentication authorization bearer bot card confirmation csrf
    deploy device discord github gitlab hf id identity invitation invite jwt login magic middleware npm oauth
    oauth2 password payment personal private push pypi refresh registration remember reset saml secret security
    service session slack sso stripe telegram user vault verification verify webhook xsrf
    """
)
"""Words before ``token`` that make a secret of it; ``next_token`` and a lexer's ``token`` may be anything."""

PASSES = all_of(
    """
    admin db ftp http imap ldap login mail mysql pg pop3 proxy redis root smtp ssh user
    """
)
"""Words before ``pass`` that make a secret of it, which it also is alone."""

PHRASES = frozenset(
    ["session id", "session cookie", "seed phrase", "recovery phrase", "recovery code", "backup code", "secret word",
     "secret phrase", "secret code", "pass phrase", "pass word", "pass code"]
)  # fmt: skip
"""Other pairs of last words that name a secret."""

CODES = all_of(
    """
    pin pincode otp totp cvv cvv2 cvc cvc2 cvn ssn cardnumber cardno ccnumber ccnum creditcard debitcard
    card_number card_no card_num cc_number cc_num credit_card debit_card pin_code security_code
    verification_code security_number otp_code mfa_code
    """
)
"""Last words, or pairs of them, that name digits to be kept secret."""

LOGINS = frozenset(["auth", "basic_auth", "http_auth", "proxy_auth"])
"""Names of a user with a password."""

UNSURE = frozenset(["token", "tokens", "auth", "session", "sid", "sess", "signature_key", "bearer_auth"])
"""Last words of what is a secret if it looks like one: long, without spaces, of letters and digits."""

_SAYING_NOTHING = all_of(
    """
    value values text str string raw plain plaintext cleartext bytes hash hashed digest hex b64 base64 encoded
    encrypted confirm confirmation confirmed again repeat repeated retype old new current header input env param
    """
)
"""Last words that are passed over: a ``password_hash`` is as good as the password."""

VALUE_ATTRIBUTES = frozenset(
    ["value", "_value", "raw", "_raw", "plain", "text", "content", "data", "_secret_value"]
)
"""Attributes that hold the secret of an object whose class is named like one: ``SecretStr``, ``ApiKey``."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_LONGEST = 80
_MOST_REMEMBERED = 10_000


def words_of(name: str) -> list[str]:
    """The words of a name, in lower case."""
    return [word.lower() for word in _WORD.findall(name)]


class Names:
    """Judges names.

    Args:
        more: further names of secrets, of any style; ``*`` is any text and ``?`` one character.
        exceptions: names that are none, in the same way; they win.
    """

    def __init__(self, more: Iterable[str] = (), exceptions: Iterable[str] = ()) -> None:
        self._more = _matcher(more)
        self._exceptions = _matcher(exceptions)
        self._known: dict[str, int] = {}

    def sort_of(self, name: str) -> int:
        """What ``name`` says of a value."""
        sort = self._known.get(name)
        if sort is None:
            sort = self._judge(name)
            if len(self._known) < _MOST_REMEMBERED:
                self._known[name] = sort
        return sort

    def sort_of_class(self, qualname: str) -> int:
        """What the name of a class says of what its objects hold."""
        words = words_of(qualname.rpartition(".")[2][:_LONGEST])
        if words and words[-1] in ("str", "bytes", "string", "value"):
            words.pop()
        sort = self.sort_of("_".join(words))
        return sort if sort == SECRET else NOT

    def _judge(self, name: str) -> int:
        if len(name) > _LONGEST:
            return NOT
        words = words_of(name)
        whole = "_".join(words)
        if not words or self._exceptions(whole):
            return NOT
        if self._more(whole):
            return SECRET
        while len(words) > 1 and (words[-1] in _SAYING_NOTHING or words[-1].isdigit()):
            words.pop()
        return _judge_words(words)


def _judge_words(words: list[str]) -> int:
    last = words[-1]
    before = words[-2] if len(words) > 1 else ""
    single = last[:-1] if last.endswith("s") and not last.endswith("ss") else last
    pair = f"{before}_{single}"
    if last in ALONE or last.endswith(ENDINGS) or f"{before} {single}" in PHRASES:
        return SECRET
    if (single == "key" and before in KEYS) or (single == "token" and before in TOKENS):
        return SECRET
    if last == "pass" and (not before or before in PASSES):
        return SECRET
    if single in CODES or pair in CODES:
        return CODE
    if "_".join(words) in LOGINS:
        return PAIR
    return MAYBE if last in UNSURE else NOT


def _matcher(patterns: Iterable[str]) -> _Matches:
    return _Matches(patterns)


class _Matches:
    """Whether a name is one of some patterns."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self._plain: set[str] = set()
        wild = []
        for pattern in patterns:
            if "*" in pattern or "?" in pattern:
                parts = re.split(r"([*?])", pattern)
                wild.append("".join(_WILD.get(part) or re.escape(_normal(part)) for part in parts))
            else:
                self._plain.add("_".join(words_of(pattern)))
        self._wild = re.compile("|".join(wild)).fullmatch if wild else None

    def __call__(self, name: str) -> bool:
        return name in self._plain or (self._wild is not None and self._wild(name) is not None)


_WILD = {"*": ".*", "?": "."}


def _normal(part: str) -> str:
    """A piece of a pattern as it stands in a name whose words are joined: ``-Key`` is ``_key``."""
    joined = "_".join(words_of(part))
    front = "_" if part[:1] in ("_", "-") else ""
    back = "_" if part[-1:] in ("_", "-") and joined else ""
    return f"{front}{joined}{back}"

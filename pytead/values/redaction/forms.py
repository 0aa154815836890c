"""What a program makes of a secret: the texts in which it still can be read, each with what stands for it."""

from __future__ import annotations

import binascii
import re
import sys
from typing import TYPE_CHECKING

from pytead.values.redaction.placeholders import TEXT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SHORTEST = 4
"""Characters from which on a secret is looked for in other values than the one that it is."""

_ANYWHERE = 5
"""Characters from which on it is, inside of words too."""

_LEAST_STEM = 6
_RUN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-")
_DIGESTS = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")


def forms_of(secret: str, placeholder: str) -> Iterator[tuple[str, str]]:
    """The secret in each of its forms, with the placeholder in the same one; the secret itself comes first."""
    yield secret, placeholder
    for write in _FORMS:
        form = write(secret)
        if form != secret:
            yield form, write(placeholder)
    hashlib = sys.modules.get("hashlib")
    if hashlib is not None:
        for name in _DIGESTS:
            digests = [_digest(hashlib, name, text) for text in (secret, placeholder)]
            if digests[0] and digests[1]:
                yield digests[0].hex(), digests[1].hex()
                yield digests[0].decode("latin-1"), digests[1].decode("latin-1")


class Known:
    """Replaces secrets that are known, in whatever form they come."""

    def __init__(self, secrets: dict[str, str], placeholder: Callable[[str], str]) -> None:
        self._placeholder = placeholder
        self._stand_ins: dict[str, str] = {}
        self._stems: list[str] = []
        for secret, stand_in in secrets.items():
            if len(secret) >= SHORTEST:
                for form, other in forms_of(secret, stand_in):
                    if len(form) >= SHORTEST:
                        self._stand_ins.setdefault(form, other)
                self._stems += stems_of(secret)

    def replaced(self, text: str) -> str:
        """The text without them."""
        if len(text) >= SHORTEST:
            found = [form for form in self._stand_ins if form in text]
            if found:
                found.sort(key=len, reverse=True)
                pattern = "|".join((TEXT.pattern, *map(_pattern, found)))
                stand_ins = self._stand_ins
                text = re.sub(pattern, lambda match: stand_ins.get(match[0], match[0]), text)
            for stem in self._stems:
                if stem in text:
                    text = self._without_runs(text, stem)
        return text

    def _without_runs(self, text: str, stem: str) -> str:
        at = text.find(stem)
        while at >= 0:
            start, end = at, at + len(stem)
            while start and text[start - 1] in _RUN:
                start -= 1
            while end < len(text) and text[end] in _RUN:
                end += 1
            while end < len(text) and text[end] == "=":
                end += 1
            stand_in = self._placeholder(text[start:end])
            text = text[:start] + stand_in + text[end:]
            at = text.find(stem, start + len(stand_in))
        return text


def _pattern(form: str) -> str:
    pattern = re.escape(form)
    if len(form) >= _ANYWHERE or not form.isalnum():
        return pattern
    return f"(?<![A-Za-z0-9]){pattern}(?![A-Za-z0-9])"


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _base64(text: str) -> str:
    return binascii.b2a_base64(_bytes(text), newline=False).decode()


def _url_base64(text: str) -> str:
    return _base64(text).replace("+", "-").replace("/", "_")


def _hex(text: str) -> str:
    return _bytes(text).hex()


def _escaped(text: str) -> str:
    return text.encode("unicode_escape").decode("ascii")


def _json(text: str) -> str:
    return _escaped(text).replace("\\x", "\\u00").replace('"', '\\"')


def _quoted(text: str) -> str:
    return "".join(chr(each) if each in _UNRESERVED else f"%{each:02X}" for each in _bytes(text))


_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~")
_FORMS: tuple[Callable[[str], str], ...] = (
    lambda text: _bytes(text).decode("latin-1"),
    str.upper,
    str.lower,
    str.title,
    lambda text: text[::-1],
    _base64,
    lambda text: _base64(text).rstrip("="),
    _url_base64,
    lambda text: _url_base64(text).rstrip("="),
    _hex,
    lambda text: _hex(text).upper(),
    _escaped,
    _json,
    lambda text: text.replace('"', '\\"'),
    lambda text: text.replace("'", "\\'"),
    _quoted,
    lambda text: _quoted(text).replace("%20", "+"),
    lambda text: _quoted(text).replace("%2F", "/"),
    lambda text: text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"),
    lambda text: text.strip(),
)


def stems_of(text: str) -> list[str]:
    """What of the secret shows in the Base64 of any bytes around it, wherever it begins in them."""
    secret = _bytes(text)
    stems: list[str] = []
    for before in range(3):
        encoded = binascii.b2a_base64(bytes(before) + secret, newline=False).decode()
        stem = encoded[-(-8 * before // 6) : 8 * (before + len(secret)) // 6]
        if len(stem) >= _LEAST_STEM:
            stems += {stem, stem.replace("+", "-").replace("/", "_")}
    return stems


def _digest(hashlib: object, name: str, text: str) -> bytes:
    try:
        digest: bytes = getattr(hashlib, name)(_bytes(text), usedforsecurity=False).digest()
    except Exception:
        return b""  # one that the build of OpenSSL leaves out, or a module of the program's
    return digest

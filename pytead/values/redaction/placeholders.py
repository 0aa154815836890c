"""What stands in a secret's place: the same for equal secrets, and of no use to guess them.

A placeholder is a keyed hash. The key is the user's own: a file in the cache folder, never in a store, so that what a
store shows can't be tried against a dictionary of passwords.
"""

from __future__ import annotations

import os
import re

TEXT = re.compile(r"redacted-[0-9a-f]{12}", re.IGNORECASE)
"""A placeholder in a text."""

_BEGUN = re.compile(
    r"redacted-[0-9a-f]{6,12}|redacted-[0-9a-f]*\.\.\.|(?<![0-9])999[0-9]{9}(?![0-9])", re.IGNORECASE
)
"""One that may have been cut off, as in the name of a case; or a number."""

_LOW, _HIGH = 999_000_000_000, 999_999_999_999
_KEY_FILE = "redaction.key"
KEY_SIZE = 32
"""Bytes of a key."""


class Placeholders:
    """Makes placeholders.

    Args:
        folder: where the file with the key is kept, or made; "" for nowhere.
        fallback: the key where there can be no file; by default one of this process alone.
    """

    def __init__(self, folder: str = "", fallback: bytes = b"") -> None:
        self._folder = folder
        self._fallback = fallback
        self._key = b""

    @property
    def is_kept(self) -> bool:
        """Whether there is a file with the key."""
        return bool(self._folder and _read(os.path.join(self._folder, _KEY_FILE)))

    @property
    def key(self) -> bytes:
        """What they depend on besides the secret."""
        if not self._key:
            self._key = _kept_key(self._folder) or self._fallback or os.urandom(KEY_SIZE)
        return self._key

    def text(self, secret: str) -> str:
        """What stands for a text; other texts have others."""
        return f"redacted-{self._digest(secret.encode('utf-8', 'surrogatepass'))}"

    def number(self, secret: int) -> int:
        """What stands for a number: one of twelve digits that begin with 999."""
        return _LOW + int(self._digest(b"%d" % secret), 16) % (_HIGH - _LOW + 1)

    def _digest(self, data: bytes) -> str:
        from _blake2 import blake2b  # without all of OpenSSL, which ``hashlib`` brings

        return blake2b(data, key=self.key, digest_size=6).hexdigest()


class SamePlaceholder(Placeholders):
    """One placeholder for all secrets, which is the same wherever a program runs."""

    def text(self, secret: str) -> str:
        """What stands for a text."""
        return "<redacted>"

    def number(self, secret: int) -> int:
        """What stands for a number."""
        return _LOW


def is_placeholder(value: object) -> bool:
    """Whether a value is what stands for a secret."""
    if type(value) is str:
        return TEXT.fullmatch(value) is not None
    return type(value) is int and _LOW <= value <= _HIGH


def holds_placeholder(value: object) -> bool:
    """Whether a secret in a value was replaced."""
    if isinstance(value, (bytes, bytearray)):
        value = value.decode("latin-1")
    return is_placeholder(value) or (type(value) is str and _BEGUN.search(value) is not None)


def _kept_key(folder: str) -> bytes:
    """The key in the folder's file, made if there is none; empty where that can't be."""
    path = os.path.join(folder, _KEY_FILE)
    known = _read(path) if folder else b""
    if known or not folder:
        return known
    beside = f"{path}.{os.getpid()}"
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(os.urandom(KEY_SIZE))
        try:
            os.link(beside, path)  # whoever comes second finds the key of the first one
        except OSError:
            if not os.path.exists(path):
                os.replace(beside, path)
    except OSError:
        pass
    finally:
        if os.path.exists(beside):
            os.unlink(beside)
    return _read(path)


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            key = file.read(KEY_SIZE + 1)
    except OSError:
        return b""
    return key if len(key) == KEY_SIZE else b""

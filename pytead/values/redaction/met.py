"""The secrets that a process has met: what was called one once is one wherever it comes again, whatever it is called.

They are held in memory alone, and the oldest are forgotten. Each is looked for by needles, the beginnings of its
forms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytead.values import opcodes
from pytead.values.redaction.forms import forms_of, stems_of

if TYPE_CHECKING:
    from collections.abc import Callable

SHORTEST = 6
"""Characters from which on a secret is looked for in other calls than those that show it by a name."""

LEAST_NUMBER = 100_000
"""Likewise for numbers."""

_LONGEST = 4096
_MOST = 1000
_LONGEST_WORD = 15
_LEAST_CHARACTERS = 3
_NEEDLE = 32
_FEW = 200
"""Needles up to which each is looked for on its own; of more, all at once by how they begin."""

_BEGINNING = 5

Secret = str | int


class Met:
    """The secrets that were met.

    Attributes:
        numbers: those that are ints.
        on_new: called whenever there is one more.
    """

    def __init__(self) -> None:
        self.on_new: Callable[[], None] | None = None
        self._needles: dict[Secret, tuple[str, ...]] = {}
        self._few: tuple[tuple[str, Secret], ...] | None = ()
        self._many: dict[str, tuple[tuple[str, Secret], ...]] = {}
        self.numbers: set[int] = set()

    def __bool__(self) -> bool:
        return bool(self._needles)

    def learn(self, secret: Secret) -> bool:
        """Know a secret from now on; whether it is a new one that can be told from an ordinary value."""
        if secret in self._needles or not _is_telling(secret):
            return False
        if type(secret) is int:
            self.numbers.add(secret)
        self._needles[secret] = needles = tuple(_needles_of(secret))
        for needle in needles:
            beginning = needle[:_BEGINNING]
            self._many[beginning] = (*self._many.get(beginning, ()), (needle, secret))
        if len(self._needles) > _MOST:
            self._forget(next(iter(self._needles)))
        if self._few is not None:  # replaced whole: other threads may be searching
            few = (*self._few, *((needle, secret) for needle in needles))
            self._few = few if len(few) <= _FEW else None
        if self.on_new is not None:
            self.on_new()
        return True

    def _forget(self, secret: Secret) -> None:
        for needle in self._needles.pop(secret, ()):
            beginning = needle[:_BEGINNING]
            left = tuple(pair for pair in self._many.get(beginning, ()) if pair[1] != secret)
            if left:
                self._many[beginning] = left
            else:
                self._many.pop(beginning, None)
        if type(secret) is int:
            self.numbers.discard(secret)

    def is_in(self, data: bytes) -> bool:
        """Whether one of them could be in a frozen value."""
        return bool(self.found_in(data))

    def found_in(self, data: bytes) -> set[Secret]:
        """Those that could be in a frozen value."""
        lower = data.lower().decode("latin-1")
        few, many = self._few, self._many
        if few is not None:
            return {secret for needle, secret in few if needle in lower}
        size = _BEGINNING
        places = [at for at in range(len(lower) - size + 1) if lower[at : at + size] in many]
        return {
            secret
            for at in places
            for needle, secret in many.get(lower[at : at + size], ())
            if lower.startswith(needle, at)
        }


def _is_telling(secret: Secret) -> bool:
    """Whether equal values elsewhere are hardly there by accident."""
    if type(secret) is int:
        return abs(secret) >= LEAST_NUMBER
    assert isinstance(secret, str)
    if not SHORTEST <= len(secret) <= _LONGEST or len(set(secret)) < _LEAST_CHARACTERS:
        return False
    if secret.replace(".", "").isalpha() and "." in secret:
        return False  # the name of a module
    is_word = secret.isalpha() and (secret.islower() or secret.isupper() or secret.istitle())
    return not is_word or len(secret) > _LONGEST_WORD


def _needles_of(secret: Secret) -> list[str]:
    """How its forms begin in a frozen value, in lower case and read byte by byte: no search is faster than in a str."""
    if type(secret) is int:
        written = [opcodes.integer(secret)]
        if -1 << 31 <= secret < 1 << 31:
            written.append(b"J" + secret.to_bytes(4, "little", signed=True))
        return [each.lower().decode("latin-1") for each in written]
    assert isinstance(secret, str)
    forms = [form for form, _ in forms_of(secret, secret)]
    found = {_needle(form, "utf-8", "surrogatepass") for form in (*forms, *stems_of(secret))}
    found |= {_needle(form, "latin-1", "ignore") for form in forms if not form.isascii()}
    needles: list[str] = []
    for needle in sorted(found, key=len):
        if len(needle) >= SHORTEST and not any(shorter in needle for shorter in needles):
            needles.append(needle)
    return needles


def _needle(form: str, encoding: str, errors: str) -> str:
    return form.encode(encoding, errors).lower()[:_NEEDLE].decode("latin-1")

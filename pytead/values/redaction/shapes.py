"""Values that look like secrets, whatever they are called.

Each shape has a name, by which ``no_redact`` turns it off. Where a pattern has a group, the group is the secret.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytead.values.redaction.names import CODE, MAYBE, PAIR, SECRET, Names
from pytead.values.redaction.needles import text_search
from pytead.values.redaction.placeholders import holds_placeholder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Span = tuple[int, int]
"""Where in a text a secret is."""

_PATTERNS = {
    "jwt": r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*",
    "aws": r"(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])",
    "github": r"(?<![A-Za-z0-9])(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})",
    "gitlab": r"(?<![A-Za-z0-9])glpat-[A-Za-z0-9_-]{20,}",
    "slack": r"(?<![A-Za-z0-9])xox[a-z]-[A-Za-z0-9-]{10,}|hooks\.slack\.com/services/([A-Za-z0-9/]{20,})",
    "stripe": r"(?<![A-Za-z0-9])(?:[rs]k_(?:live|test)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9]{16,})",
    "google": r"(?<![A-Za-z0-9])(?:AIza[A-Za-z0-9_-]{35}|ya29\.[A-Za-z0-9_-]{20,}|GOCSPX-[A-Za-z0-9_-]{20,})",
    "openai": r"(?<![A-Za-z0-9])sk-(?:[a-z]+-)*[A-Za-z0-9_-]{20,}",
    "npm": r"(?<![A-Za-z0-9])npm_[A-Za-z0-9]{30,}",
    "pypi": r"(?<![A-Za-z0-9])pypi-[A-Za-z0-9_-]{30,}",
    "sendgrid": r"(?<![A-Za-z0-9])SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}",
    "pem": r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----[\s\S]*?(?:-----END [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----|\Z)",
    "url": r"(?<![A-Za-z0-9])[A-Za-z][A-Za-z0-9+.-]*://[^\s/?#:@'\"]*:([^\s/?#'\"]+)@",
    "header": r"(?<![A-Za-z0-9])(?i:bearer|basic)[ \t]+([A-Za-z0-9._~+/=-]{8,})",
    "card": r"(?<![0-9A-Za-z._-])(?<![0-9],)[3-6](?:[0-9]|(?<=[0-9])[ -](?=[0-9])){11,22}[0-9]"
    r"(?![0-9A-Za-z_]|[.,-][0-9])",
    "assignment": r"(?<![A-Za-z0-9_-])([A-Za-z_][A-Za-z0-9_.-]{1,60})"
    r"(?:['\"]?[ \t]*:[ \t]*['\"]([^'\"\r\n]+)|[ \t]*=[ \t]*['\"]([^'\"\r\n]+)|=([^\s&;,'\"<>]+)"
    r"|: (?=[0-9A-Za-z])([^\s&;,'\"<>=:]+)(?![^\s&;,'\"<>]))",
}
NAMES = tuple(_PATTERNS)
"""The names of the shapes."""

_TEMPLATE = re.compile(r"[<{$%*]|None$|True$|False$|null$|true$|false$|\.\.\.")
_MASKED = re.compile(r"\*+|<[|\w .-]*>|\{+[\w .-]*\}+|\$\{?\w+\}?|%\(\w*\)?s")
_CODE = re.compile(r"[(\[{]")
_IDENTIFIER = re.compile(
    r"[A-Za-z_]+[0-9]{0,4}|[0-9]+|0[xX][0-9a-fA-F]+|[0-9.]+(?:[eE][+-]?[0-9]+)?[A-Za-z]{0,2}"
)
_DENSE = re.compile(r"[A-Za-z0-9._~+/=:|-]{8,}")
_PIECES = re.compile(r"[^A-Za-z0-9]")
_DIGIT_THEN_LETTER = re.compile(r"[0-9][A-Za-z]")
_CARDS = re.compile(
    r"4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|6(?:011|4[4-9]\d|5\d\d)\d{12}|35\d{14}|3[0689]\d{12}"
)


class Shapes:
    """Finds secrets in texts.

    Args:
        names: judges the names in assignments.
        more: regular expressions of further secrets; the first group is the secret, where there is one.
        exceptions: names of shapes that aren't looked for.

    Raises:
        re.error: one of ``more`` is no regular expression.
    """

    def __init__(self, names: Names, more: Iterable[str] = (), exceptions: Iterable[str] = ()) -> None:
        left, more = set(exceptions), tuple(more)
        self._names = names
        self._patterns = [
            (shape, re.compile(pattern), _CHECKS.get(shape, _always))
            for shape, pattern in _PATTERNS.items()
            if shape not in left and shape != "assignment"
        ]
        self._patterns += [("redact_values", re.compile(pattern), _always) for pattern in more]
        self._may_have_shape = text_search() if not more else len
        self._assignment = None if "assignment" in left else re.compile(_PATTERNS["assignment"])

    def find(self, text: str) -> Iterator[tuple[str, Span]]:
        """Each secret in a text: its shape and where it is; they may overlap."""
        for shape, pattern, is_meant in self._patterns if self._may_have_shape(text.lower()) else ():
            for found in pattern.finditer(text):
                group = found.lastindex or 0
                start, end = found.span(group)
                if start < end and is_meant(found[group]) and not holds_placeholder(found[group]):
                    yield shape, (start, end)
        if self._assignment is not None and ("=" in text or ":" in text):
            yield from self._assignments(self._assignment, text)

    def _assignments(self, pattern: re.Pattern[str], text: str) -> Iterator[tuple[str, Span]]:
        for found in pattern.finditer(text):
            sort = self._names.sort_of(found[1].rpartition(".")[2])
            group = found.lastindex or 0
            value = found[group]
            if not sort or _TEMPLATE.match(value) or holds_placeholder(value):
                continue
            if group == 5 and sort != CODE and not looks_random(value):
                continue  # prose: "password: too short"
            if group == 4 and (_CODE.search(value) or self._names.sort_of(value.rpartition(".")[2])):
                continue  # source: password=getpass(), password=self.password
            if (sort == SECRET and len(value) > 2) or is_secret_text(value, sort):
                yield "assignment", found.span(group)


def is_secret_text(value: str, sort: int) -> bool:
    """Whether a text under a name of this sort is to be kept secret."""
    if not value or value.isspace() or holds_placeholder(value) or _MASKED.fullmatch(value):
        return False
    if sort == SECRET:
        return True
    if sort == CODE:
        digits = sum(map(str.isdigit, value))
        return digits >= 3 and all(each.isdigit() or each in " -" for each in value)
    return sort in (MAYBE, PAIR) and looks_random(value)


def is_secret_number(value: int, sort: int) -> bool:
    """Whether a number under a name of this sort is to be kept secret."""
    return abs(value) >= {SECRET: 1000, CODE: 100}.get(sort, abs(value) + 1)


def looks_random(text: str) -> bool:
    """Whether a text could be a credential, and no word, number, name or operator."""
    if not _DENSE.fullmatch(text) or _IDENTIFIER.fullmatch(text):
        return False
    if any(map(_is_mixed, _PIECES.split(text))):
        return True
    lower = text.lower()
    return not text.isidentifier() and any(word in lower for word in ("secret", "token", "passw"))


def _is_mixed(piece: str) -> bool:
    """Whether letters and digits alternate, or are many: not as in ``item12``."""
    digits = sum(map(str.isdigit, piece))
    if 0 < digits < len(piece):
        return len(piece) >= 5 and (digits >= 5 or _DIGIT_THEN_LETTER.search(piece) is not None)
    return len(piece) >= 20 and piece.lower() != piece != piece.upper()


def _always(text: str) -> bool:
    return True


def _is_no_template(text: str) -> bool:
    return _TEMPLATE.match(text) is None


def _is_credential(text: str) -> bool:
    if _has_digit(text) or len(text) >= 24:
        return True
    import binascii

    try:
        return b":" in binascii.a2b_base64(text)
    except (binascii.Error, ValueError):
        return False


def _is_card(text: str) -> bool:
    digits = text.replace(" ", "").replace("-", "")
    if not _CARDS.fullmatch(digits) or len(set(digits)) == 1:
        return False
    total = 0
    for place, digit in enumerate(map(int, reversed(digits))):
        doubled = digit * (1 + place % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def _has_digit(text: str) -> bool:
    return any(map(str.isdigit, text))


_CHECKS: dict[str, Callable[[str], bool]] = {
    "card": _is_card,
    "url": _is_no_template,
    "header": _is_credential,
    "openai": _has_digit,
}

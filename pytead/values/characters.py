"""Which characters a string literal shows as they are, and which it escapes.

What can't be seen, or changes how its surroundings are seen, is escaped: controls, line and paragraph
separators, lone surrogates, spaces other than U+0020, bidirectional and other format characters. The rule is
the same on every interpreter, whatever Unicode version that one knows: characters assigned after Unicode 13
(Python 3.10) are escaped too.
"""

from __future__ import annotations

from bisect import bisect_right

ASSIGNED_LATER = (
    (0x061D, 0x061D), (0x0870, 0x088E), (0x0897, 0x089F), (0x08B5, 0x08B5), (0x08C8, 0x08D2),
    (0x0C3C, 0x0C3C), (0x0C5C, 0x0C5D), (0x0CDC, 0x0CDD), (0x0CF3, 0x0CF3), (0x0ECE, 0x0ECE),
    (0x170D, 0x170D), (0x1715, 0x1715), (0x171F, 0x171F), (0x180F, 0x180F), (0x1AC1, 0x1AFF),
    (0x1B4C, 0x1B4F), (0x1B7D, 0x1B7F), (0x1C89, 0x1C8F), (0x1DFA, 0x1DFA), (0x20C0, 0x20CF),
    (0x2427, 0x243F), (0x2B96, 0x2B96), (0x2C2F, 0x2C2F), (0x2C5F, 0x2C5F), (0x2E53, 0x2E7F),
    (0x2FFC, 0x2FFF), (0x31E4, 0x31EF), (0x9FFD, 0x9FFF), (0xA7C0, 0xA7C1), (0xA7CB, 0xA7F4),
    (0xAB6C, 0xAB6F), (0xFBC2, 0xFBD2), (0xFD40, 0xFD4F), (0xFD90, 0xFD91), (0xFDC8, 0xFDEF),
    (0xFDFE, 0xFDFF),
)  # fmt: skip
"""Ranges of the basic plane that Unicode 14 to 17 filled."""

SHOWN_ABOVE = (
    (0x1D400, 0x1D7CB), (0x1D7CE, 0x1D7FF), (0x1F000, 0x1F02B), (0x1F0A0, 0x1F0AE), (0x1F1E6, 0x1F1FF),
    (0x1F300, 0x1F6D7), (0x1F6E0, 0x1F6EC), (0x1F6F0, 0x1F6FC), (0x1F700, 0x1F773), (0x1F780, 0x1F7D8),
    (0x1F7E0, 0x1F7EB), (0x1F900, 0x1F978), (0x1F97A, 0x1F9CB), (0x1F9CD, 0x1FA53), (0x1FA70, 0x1FA74),
    (0x1FA78, 0x1FA7A), (0x1FA80, 0x1FA86), (0x1FA90, 0x1FAA8), (0x20000, 0x2A6DD), (0x2A700, 0x2B734),
)  # fmt: skip
"""Ranges above the basic plane that are shown: mathematical letters, pictures, the common ideographs."""

INVISIBLE = frozenset(
    (
        0x034F,
        0x115F,
        0x1160,
        0x17B4,
        0x17B5,
        0x180B,
        0x180C,
        0x180D,
        0x2800,
        0x3164,
        0xFFA0,
        *range(0xFE00, 0xFE10),
    )
)
"""Printable by its Unicode category, and yet nothing is seen."""

ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def is_shown(character: str) -> bool:
    """Whether a literal shows the character as it is."""
    if character.isascii():
        return character.isprintable()
    code = ord(character)
    if not character.isprintable() or code in INVISIBLE:
        return False
    if code > 0xFFFF:
        return _is_in(code, SHOWN_ABOVE)
    return not _is_in(code, ASSIGNED_LATER)


def escaped(character: str, quote: str) -> str:
    """The character as it is written between ``quote`` characters."""
    if character == quote:
        return "\\" + character
    if character in ESCAPES:
        return ESCAPES[character]
    if is_shown(character):
        return character
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _is_in(code: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    index = bisect_right(ranges, (code, 0x110000)) - 1
    return index >= 0 and ranges[index][0] <= code <= ranges[index][1]

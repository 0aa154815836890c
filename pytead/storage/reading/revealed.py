"""Secrets that a store shows in one call and conceals in another, as the program met them as such only later.

A placeholder is a keyed hash of its secret. Whoever has the key, which is the user who recorded, can tell of each text
in the store whether one of the placeholders in it stands for just that text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from pytead.folders import cache_folder
from pytead.values.redaction.met import SHORTEST, Met
from pytead.values.redaction.placeholders import TEXT, Placeholders

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytead.records import CallRecord
    from pytead.storage.reading.stored import StoredCalls
    from pytead.values.redaction.finding import Finder

_PLACEHOLDER = re.compile(TEXT.pattern.encode())
_WORD = re.compile(r"[^\s\"'=:;,&?/@<>()\[\]{}]+")
_LONGEST = 4096
_TEXT_OPCODE = re.compile(rb"(?<=\x8c)(?=(.))|(?<=X)(?=(....))", re.DOTALL)
"""Where the size of a text may stand in a frozen value: one of up to 255 bytes, or of more."""


class Revealed(NamedTuple):
    """The secrets.

    Attributes:
        met: knows them, and tells where one may be.
        finder: takes them, and nothing else, out of values.
    """

    met: Met
    finder: Finder

    def concealed(self, record: CallRecord) -> CallRecord:
        """The call without them; itself where it holds none.

        Raises:
            ValueError, LookupError: it can't be read.
        """
        if not (self.met.is_in(record.before) or self.met.is_in(record.after)):
            return record
        before, after = self.finder.conceal(record.before, record.after, record.outcome, None)
        return record._replace(before=before, after=after)


def revealed_by(stored: StoredCalls, folder: str | None = None) -> Revealed | None:
    """The secrets that a store's own placeholders reveal; None where there are none, or the key isn't here.

    Args:
        stored: the calls.
        folder: where the key is kept; by default where recording keeps it.
    """
    shown: set[str] = set()
    for record in stored.read():
        for data in (record.before, record.after):
            shown.update(each.decode() for each in _PLACEHOLDER.findall(data))
    placeholders = Placeholders(cache_folder() if folder is None else folder)
    if not shown or not placeholders.is_kept:
        return None
    from pytead.values.redaction.finding import Finder
    from pytead.values.redaction.names import Names
    from pytead.values.redaction.shapes import Shapes

    names = Names((), ("*",))
    finder = Finder(names, Shapes(names, (), ("*",)), placeholders)
    for text in sorted(_texts(stored.read())):
        if placeholders.text(text) in shown:
            finder.met.learn(text)
    return Revealed(finder.met, finder) if finder.met else None


def _texts(records: Iterable[CallRecord]) -> set[str]:
    """All that could be a secret in some calls: the texts and their words, and what only looks like one."""
    found: set[str] = set()
    for record in records:
        for data in (record.before, record.after):
            for text in _texts_in(data):
                found.add(text)
                found.update(word for word in _WORD.findall(text) if len(word) >= SHORTEST)
    return found


def _texts_in(data: bytes) -> Iterator[str]:
    for match in _TEXT_OPCODE.finditer(data):
        size = int.from_bytes(match[1] or match[2], "little")
        start = match.end() + len(match[1] or match[2])
        if SHORTEST <= size <= _LONGEST and start + size <= len(data):
            try:
                yield data[start : start + size].decode("utf-8", "surrogatepass")
            except UnicodeDecodeError:
                continue  # no text, but another opcode's argument

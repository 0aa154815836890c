"""Finds the secrets of a call, and writes its frozen values without them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytead.values import opcodes
from pytead.values.calls import STORIES
from pytead.values.redaction.forms import Known
from pytead.values.redaction.layout import Layout, layout_of
from pytead.values.redaction.met import Met
from pytead.values.redaction.names import NOT, SECRET
from pytead.values.redaction.placeholders import is_placeholder
from pytead.values.redaction.shapes import is_secret_number, is_secret_text
from pytead.values.redaction.signatures import Parameters
from pytead.values.redaction.stream import LIST, NUMBERS, Group, Number, Stream, Text, Use
from pytead.values.redaction.walking import Place, Walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytead.values.redaction.names import Names
    from pytead.values.redaction.placeholders import Placeholders
    from pytead.values.redaction.shapes import Shapes, Span

_SCHEME = re.compile(r"(?:bearer|basic|token|digest|negotiate|apikey)[ \t]+(?=\S)", re.IGNORECASE)
_COOKIE = re.compile(r"([A-Za-z0-9!#$%&'*+.^_`|~-]+)=([^;,\s]+)")
_COOKIE_ATTRIBUTES = frozenset(["path", "domain", "expires", "max-age", "samesite"])
_SHORTEST_SHAPE = 8
_EQUAL_NUMBERS_FROM = 100_000


class Found:
    """A secret.

    Attributes:
        place: where it is.
        why: what gave it away: its name, or the shape that it has.
        text: it, or a number as text.
    """

    __slots__ = ("place", "text", "why")

    def __init__(self, place: Place, why: str, text: str) -> None:
        self.place = place
        self.why = why
        self.text = text


class Finder:
    """Finds secrets in frozen values.

    Args:
        names: judges names.
        shapes: finds what looks like a secret.
        placeholders: makes what stands for one.

    Attributes:
        met: what it found so far, which is looked for from then on in all that it conceals.
    """

    def __init__(self, names: Names, shapes: Shapes, placeholders: Placeholders) -> None:
        self.met = Met()
        self.names = names
        self._shapes = shapes
        self._placeholders = placeholders

    def conceal(
        self, before: bytes, after: bytes, outcome: str, parameters: Parameters | None
    ) -> tuple[bytes, bytes]:
        """The frozen values of a call without secrets; the same objects where there are none.

        Raises:
            ValueError, LookupError: they are none.
        """
        whole = self._parts(before, after, outcome, parameters)
        if not self._gather(whole, {}):
            return before, after
        first, second = whole
        return first.rewritten(self), second.rewritten(self)

    def meet(self, before: bytes, parameters: Parameters | None) -> bool:
        """Know the secrets among the arguments of a call that begins; whether there are any.

        Raises:
            ValueError, LookupError: they are none.
        """
        part = self._before(before, parameters or Parameters())
        found = list(self._found(part))
        for each in found:
            self._learn(each)
        return bool(found)

    def without_secrets(self, text: str) -> str:
        """A text without those that it shows by their shape, and those that were met."""
        found = {text[start:end] for _, (start, end) in self._shapes.find(text)}
        found |= {str(secret) for secret in self.met.found_in(text.encode("utf-8", "surrogatepass"))}
        texts = {each: self._placeholders.text(each) for each in found}
        return Known(texts, self._placeholders.text).replaced(text)

    def conceal_arguments(self, data: bytes, parameters: Parameters, secrets: dict[str, str]) -> bytes:
        """The frozen arguments of a call without secrets.

        Args:
            data: all of them, in a tuple.
            parameters: their names.
            secrets: what is known already, with what stands for it; what is found is added.
        """
        part = _Part(data)
        part.places = list(Walk(self.names).arguments(part.stream.root, None, parameters))
        return part.rewritten(self) if self._gather([part], secrets) else data

    def conceal_values(self, values: list[tuple[bytes, str]], secrets: dict[str, str]) -> list[bytes]:
        """Frozen values without secrets, each given with its name; ``secrets`` as above."""
        parts = []
        for data, name in values:
            part = _Part(data)
            sort = self.names.sort_of(name) if name else NOT
            part.places = list(Walk(self.names).value(part.stream.root, name, sort, name))
            parts.append(part)
        self._gather(parts, secrets)
        return [part.rewritten(self) for part in parts]

    def layout(self, after: bytes, outcome: str, *, with_ints: bool) -> Layout | None:
        """What calls of one length have in common with this one that differ from it in numbers alone.

        None where it has no such numbers; those that could be secrets by their names aren't among them.
        """
        part = self._after(after, outcome, Parameters())
        numbers = [(start + 1, 8) for start in part.stream.floats]
        if with_ints:
            numbers += [
                (place.start + 1, place.end - place.start - 1)
                for place in part.places
                if type(place.node) is Number and not place.sort and after[place.start] in NUMBERS
            ]
        return layout_of(after, numbers) if numbers else None

    def secrets(
        self, before: bytes, after: bytes, outcome: str, parameters: Parameters | None
    ) -> list[Found]:
        """The secrets of a call, each once, in the order in which they stand."""
        return _once(
            found
            for part in _all(self._parts(before, after, outcome, parameters))
            for found in self._found(part)
        )

    def secrets_in(self, text: str) -> Iterator[tuple[str, Span]]:
        """The secrets that a text shows by their shape: the shape's name and where it is."""
        return self._shapes.find(text)

    def is_secret_number(self, value: int, sort: int) -> bool:
        """Whether a number under a name of this sort is to be kept secret."""
        return is_secret_number(value, sort) and not is_placeholder(value)

    def _parts(self, before: bytes, after: bytes, outcome: str, parameters: Parameters | None) -> list[_Part]:
        parameters = parameters or Parameters()
        return [self._before(before, parameters), self._after(after, outcome, parameters)]

    def _before(self, before: bytes, parameters: Parameters) -> _Part:
        first = _Part(before)
        args, kwargs = _arguments(first.stream.root, 2)
        first.places = list(Walk(self.names).arguments(args, kwargs, parameters))
        return first

    def _after(self, after: bytes, outcome: str, parameters: Parameters) -> _Part:
        second = _Part(after)
        args, kwargs = _arguments(second.stream.root, 3)
        walk = Walk(self.names)
        second.places = list(walk.arguments(args, kwargs, parameters))
        value = second.stream.root[0].items[-1]
        if outcome in STORIES:
            for use in _told(value):
                part = _Part(use[0].raw())
                part.places = list(Walk(self.names).value(part.stream.root, "item"))
                second.inner.append((use, part))
        else:
            second.places += walk.value(value, "result" if outcome.endswith("returned") else "exception")
        return second

    def _found(self, part: _Part) -> Iterator[Found]:
        for place in part.places:
            if type(place.node) is Number:
                value = place.node.value
                if self.is_secret_number(value, place.sort):
                    yield Found(place, place.name, str(value))
            else:
                text = place.node.text()
                for why, (start, end) in self._spans(place, text):
                    yield Found(place, why, text[start:end])

    def _learn(self, found: Found) -> None:
        node = found.place.node
        self.met.learn(node.value if type(node) is Number else found.text)
        if type(node) is Number:
            self.met.learn(found.text)

    def _recall(self, parts: list[_Part], texts: dict[str, str], numbers: dict[int, int]) -> None:
        """Add what was met in other calls and is in these parts too."""
        met = self.met
        for secret in {secret for part in parts for secret in met.found_in(part.data)}:
            text = str(secret)
            if type(secret) is int or (text.isdecimal() and int(text) in met.numbers):
                number = numbers[int(text)] = self._placeholders.number(int(text))
                texts[text] = str(number)
            else:
                texts[text] = self._placeholders.text(text)

    def _gather(self, parts: list[_Part], texts: dict[str, str]) -> bool:
        """Find what is to be replaced in each part, and what is known by then; whether that is anything."""
        numbers: dict[int, int] = {}
        all_parts = list(_all(parts))
        if self.met:
            self._recall(parts, texts, numbers)
        for part in all_parts:
            for found in self._found(part):
                self._learn(found)
                if type(found.place.node) is Number:
                    value = found.place.node.value
                    number = numbers[value] = self._placeholders.number(value)
                    texts[found.text] = str(number)
                    part.numbers.add(found.place.start)
                else:
                    texts[found.text] = self._placeholders.text(found.text)
        if not texts:
            return False
        known = Known(texts, self._placeholders.text)
        for part in all_parts:
            part.decide(self, texts, numbers, known)
        return True

    def _spans(self, place: Place, text: str) -> list[tuple[str, Span]]:
        """Where a text holds secrets, in order; none in another."""
        spans = [(place.name, span) for span in _named(place, text)]
        if len(text) >= _SHORTEST_SHAPE:
            spans += self._shapes.find(text)
        if len(spans) < 2:
            return spans
        spans.sort(key=lambda each: (each[1][0], -each[1][1]))
        apart: list[tuple[str, Span]] = []
        for why, (start, end) in spans:
            if not apart or start >= apart[-1][1][1]:
                apart.append((why, (start, end)))
        return apart

    def without(self, place: Place, text: str, texts: dict[str, str], known: Known) -> str:
        """The text of a place without its own secrets and those that are known from elsewhere."""
        pieces, at = [], 0
        for _, (start, end) in self._spans(place, text):
            pieces += [text[at:start], texts[text[start:end]]]
            at = end
        return known.replaced("".join((*pieces, text[at:])))


class _Part:
    """One frozen value, and what is written over in it.

    Attributes:
        places: its texts and numbers.
        inner: frozen values inside of it, each with the text that it is there.
        numbers: where numbers begin that are secrets by their name.
    """

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.stream = Stream(data)
        self.places: list[Place] = []
        self.inner: list[tuple[Use, _Part]] = []
        self.numbers: set[int] = set()
        self._edits: dict[int, tuple[int, bytes]] = {}

    def decide(self, finder: Finder, texts: dict[str, str], numbers: dict[int, int], known: Known) -> None:
        """Remember what is to be written instead of what."""
        for place in self.places:
            if type(place.node) is Number:
                value = place.node.value
                is_equal = value in numbers and abs(value) >= _EQUAL_NUMBERS_FROM
                if place.start in self.numbers or is_equal:
                    self._edits[place.start] = place.end, opcodes.integer(numbers[value])
            else:
                self._decide_text(place, finder.without(place, place.node.text(), texts, known))
        for use in self.stream.dropped:
            if type(use[0]) is Text:
                self._decide_text(Place(use, 0, "", None), known.replaced(use[0].text()))

    def _decide_text(self, place: Place, text: str) -> None:
        node = place.node
        if text == node.text():
            return
        if node.cls is bytearray:  # one object: what it was recalled as is what it was made as
            self._edits[node.start] = node.end, _bytearray(text.encode("latin-1", "replace"))
        elif node.cls is bytes:
            data = text.encode("latin-1", "replace")
            self._edits[place.start] = place.end, opcodes.bytes_head(len(data)) + data
        else:
            self._edits[place.start] = place.end, opcodes.text(text)

    def rewritten(self, finder: Finder) -> bytes:
        """The value with all that was decided."""
        data, edits = self.data, self._edits
        for use, part in self.inner:
            written = part.rewritten(finder)
            if written is not part.data:
                edits[use[0].start] = use[0].end, opcodes.bytes_head(len(written)) + written
        if not edits:
            return data
        for place in self.places:
            self._keep_apart(place.node)
        for start in self.stream.frames:
            edits[start] = start + 9, b""
        pieces, at = [], 0
        for start in sorted(edits):
            end, written = edits[start]
            pieces += [data[at:start], written]
            at = end
        return b"".join((*pieces, data[at:]))

    def _keep_apart(self, node: Text | Number | Group | None) -> None:
        """Where a text that was pushed again is another one now, say there what it was, or is."""
        if type(node) is not Text or node.cls is bytearray or node.start not in self._edits:
            return
        original = self.data[node.start : node.end]
        for start, end in node.recalls:
            self._edits.setdefault(start, (end, original))


def _all(parts: list[_Part]) -> Iterator[_Part]:
    for part in parts:
        yield part
        for _, inner in part.inner:
            yield inner


def _once(found: Iterator[Found]) -> list[Found]:
    seen: set[tuple[str, str]] = set()
    first = []
    for each in found:
        key = each.place.shown(), each.text
        if key not in seen:
            seen.add(key)
            first.append(each)
    return first


def _named(place: Place, text: str) -> list[Span]:
    """What of a text is secret by its name."""
    if not is_secret_text(text, place.sort):
        return []
    if place.sort == SECRET:
        scheme = _SCHEME.match(text)
        if scheme:
            return [(scheme.end(), len(text))]
        if "cookie" in place.name.lower():
            cookies = [
                found.span(2)
                for found in _COOKIE.finditer(text)
                if found[1].lower() not in _COOKIE_ATTRIBUTES and not is_placeholder(found[2])
            ]
            if cookies or "=" in text:
                return cookies
    return [(0, len(text))]


def _arguments(root: Use, size: int) -> tuple[Use, Use | None]:
    """The arguments in what ``values.calls`` lays down: alone, or in a list with those given by name."""
    node = root[0]
    if type(node) is not Group:
        raise ValueError("not the frozen arguments of a call")
    is_list = node.kind == LIST
    if is_list and len(node.items) == size:
        return node.items[0], node.items[1]
    if size == 2:
        return root, None
    if is_list or len(node.items) != 2:
        raise ValueError("not the frozen values of a call")
    return node.items[0], None


def _told(story: Use) -> Iterator[Use]:
    """The frozen values of a story."""
    items, resumed, _, value = story[0].items
    yield from items[0].items
    for step in resumed[0].items:
        yield step[0].items[2]
    if value[0] is not None:
        yield value


def _bytearray(data: bytes) -> bytes:
    return b"\x96" + len(data).to_bytes(8, "little") + data

"""What a case is called in pytest's output: ``test_label[apple-qty=3]``.

An id says what goes in, as far as forty letters can, and stays when something else comes out. It depends on the
case alone, unless two cases of one test would have the same: then both carry some digits that stand for their inputs.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from pytead.values.nodes import Atom, Buffer, Call, Instance, Items, Member, Node, Pairs, Reference
from pytead.values.sharing import ordered
from pytead.values.sourced import is_function, recipe_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytead.select.case import Case

LONGEST_ID = 40
LONGEST_WORD = 20
_DIGITS = 4


def case_ids(cases: Sequence[Case]) -> list[str]:
    """An id for each case of one test, all different, made of ASCII letters, digits and ``._=+-`` only."""
    same_inputs = Counter(case.inputs for case in cases)
    digits = [case.inputs if same_inputs[case.inputs] == 1 else case.digest for case in cases]
    plain = [_plain_id(case, each) for case, each in zip(cases, digits, strict=True)]
    same_id = Counter(plain)
    taken: set[str] = set()
    ids = []
    for digest, text in zip(digits, plain, strict=True):
        found = text
        if same_id[text] > 1:
            for length in range(_DIGITS, len(digest) + 1):
                found = f"{_cut(text, length + 1)}-{digest[:length]}"
                if found not in taken and found not in same_id:
                    break
        taken.add(found)
        ids.append(found)
    return ids


def _plain_id(case: Case, digits: str) -> str:
    words = _Words()
    if case.error is not None:
        words.say("raises")
        words.say_node(_class_of(case.error))
    for node in case.args:
        words.say_node(node)
    for name, node in case.kwargs:
        words.say_node(node, f"{name}=")
    if not case.args and not case.kwargs:
        if case.receiver is None or isinstance(case.receiver, Reference):
            words.say("no-args")
        else:
            words.say_object(case.receiver)
    text = "-".join(words.words)
    if words.told_all and len(text) <= LONGEST_ID:
        return text
    return f"{_cut(text, _DIGITS + 1)}-{digits[:_DIGITS]}"


def _cut(text: str, room: int) -> str:
    return text[: LONGEST_ID - room].rstrip("-_=+.")


def _class_of(node: Node) -> Node:
    return node.cls if isinstance(node, (Instance, Member)) else node


class _Words:
    """The words of one id, and whether they tell all of what they stand for."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.told_all = True

    def say(self, word: str) -> None:
        self.words.append(word)

    def say_node(self, node: Node, prefix: str = "") -> None:
        word = self._word(node)
        if len(word) > LONGEST_WORD:
            word = word[:LONGEST_WORD]
            self.told_all = False
        self.words.append(self._letters(prefix) + word if prefix else word)

    def say_object(self, node: Node) -> None:
        """An object alone: its class and the attributes that are a word each."""
        self.say_node(_class_of(node))
        if isinstance(node, Member):
            self.say_node(node)
        elif isinstance(node, Instance):
            atoms = [value for _, value in node.attributes if isinstance(value, (Atom, Member))]
            for value in atoms[:3]:
                self.say_node(value)
            self.told_all &= len(atoms) == len(node.attributes) <= 3 and node.content is None
        else:
            self.told_all = False

    def _word(self, node: Node) -> str:
        if isinstance(node, Atom):
            return self._atom(node.value)
        if isinstance(node, Buffer):
            return self._letters(node.value.decode("latin-1"))
        if isinstance(node, Items):
            return self._several(node.kind, ordered(node))
        if isinstance(node, Pairs):
            flat = [part for pair in node.pairs for part in pair]
            return self._several("dict", flat, joined=("=", "_"))
        if isinstance(node, Member):
            return self._letters("_".join(node.names) or node.cls.qualname)
        if isinstance(node, Reference):
            return self._letters(node.dotted.rpartition(".")[2])
        if is_function(node):
            self.told_all = False
            return self._letters(recipe_of(node).name)
        if isinstance(node, Call):
            is_plain = node.args and not (node.kwargs or node.state or node.items or node.pairs)
            text = self._joined(node.args, ("_",)) if is_plain else None
            if text is not None:
                return text
            self.told_all = False
            *owner, made_by = node.function.qualname.split(".")
            # a class's own method makes an object of the class
            return self._letters(owner[-1] if owner and owner[-1][:1].isupper() else made_by)
        self.told_all = False
        if isinstance(node, Instance):
            return self._letters(node.cls.qualname.rpartition(".")[2])
        return "value"

    def _several(self, kind: str, items: list[Node], joined: Sequence[str] = ("_",)) -> str:
        if not items:
            return "empty"
        text = self._joined(items, joined)
        if text is None:
            self.told_all = False
            text = f"{kind}{len(items) // len(joined)}"
        return text

    def _joined(self, items: list[Node], joined: Sequence[str]) -> str | None:
        """A few short values as one word; None where they are not."""
        if len(items) > 8 or not all(isinstance(item, Atom) for item in items):
            return None
        words = [self._word(item) for item in items]
        text = "".join(word + joined[index % len(joined)] for index, word in enumerate(words))[:-1]
        if len(items) > 1 and len(text) > LONGEST_WORD:
            return None
        return text

    def _atom(self, value: object) -> str:
        if isinstance(value, str):
            return self._letters(value)
        if isinstance(value, bytes):
            return self._letters(value.decode("latin-1"))
        if isinstance(value, int) and value.bit_length() > 4 * LONGEST_WORD:
            self.told_all = False
            return f"int{value.bit_length()}bits"
        return self._letters(repr(value))

    def _letters(self, text: str) -> str:
        if not text:
            return "empty"
        letters = re.sub(r"[^A-Za-z0-9.+=_-]+", "_", text[: 4 * LONGEST_WORD]).strip("_")
        if not letters:
            self.told_all = False
        return letters or "text"

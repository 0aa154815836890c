"""Tells of a frozen value whether there could be a secret in it, from its texts and what they name.

A secret is given away by a name or by what it looks like. Both are texts, and most texts come again and again: they
are taken out at the speed of C, and each is judged once. Only where one names secrets is looked for what it names.
"""

from __future__ import annotations

from _pickle import Unpickler
from io import BytesIO
from itertools import compress
from typing import TYPE_CHECKING, Any

from pytead.values.redaction.names import MAYBE, PAIR, VALUE_ATTRIBUTES
from pytead.values.redaction.shapes import is_secret_number, is_secret_text
from pytead.values.reducers.foreign import looking_away

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pytead.values.redaction.finding import Finder

_LONGEST_NAME = 400
"""Characters up to which a text could name something; a class's with what it is inside of."""

_MOST = 20_000
"""Texts that are known; past it that begins anew. Numbers stand for them: nothing of the program's is held."""

_PICKLE = b"\x80\x05"
_FRAME = b"\x95"
_SMALLEST = 5
"""Bytes up to which a pickler states no size: there is no room for a text."""

_TEXTS = frozenset([str, bytes])

_KINDS = ("function", "class", "constant", "module")
"""What stands behind a name in a reference."""

_CONTAINERS = frozenset([dict, list, tuple, set, frozenset])


class Texts:
    """Judges frozen values.

    Args:
        may_hold: whether a text, in UTF-8, could be the name of a secret or hold a secret: a quick look.
        finder: gives what finds secrets, which is made when it is first needed.
    """

    def __init__(self, may_hold: Callable[[bytes], object], finder: Callable[[], Finder]) -> None:
        self._may_hold = may_hold
        self._finder = finder
        self._nameless: set[int] = set()
        self._innocent: set[int] = set()
        self._names: set[int] = set()

    def were_nameless(self, data: bytes) -> bool:
        """Whether ``are_nameless`` said so of such a value lately."""
        return hash(data) in self._nameless

    def are_nameless(self, data: bytes) -> bool:
        """Whether no text of a frozen value is the name of a secret or looks like one; False where that can't be told.

        What holds all others so is looked at by C code alone.
        """
        if hash(data) in self._nameless:
            return True
        if not _has_memo(data):
            return len(data) <= _SMALLEST
        try:
            texts = _texts_in(_held_in(data, _TextLoader))
            innocent = self._innocent
            if not innocent.issuperset(map(hash, texts)):
                with looking_away():
                    if not all(hash(text) in innocent or self._is_nameless(text) for text in texts):
                        return False
        except Exception:  # then nothing is known of it
            return False
        self._remember(self._nameless, hash(data))
        return True

    def are_innocent(self, data: bytes) -> bool:
        """Whether what the names of secrets stand for in a frozen value are none; False where that can't be told."""
        if not _has_memo(data):
            return len(data) <= _SMALLEST
        try:
            held = _held_in(data, _Loader)
            names: set[str] = set()
            for text in _texts_in(held):
                if hash(text) in self._innocent:
                    continue
                if not self._looks_innocent(text):
                    return False
                if self._is_name(text):
                    if type(text) is bytes:
                        return False  # a name that only few would write
                    names.add(text)
            return not names or self._name_nothing(names, held)
        except Exception:
            return False

    def _is_nameless(self, text: str | bytes) -> bool:
        known = hash(text)
        if known in self._names:
            return False
        # frozen for itself, as the items of a generator are
        if type(text) is bytes and text.startswith(_PICKLE):
            return self.are_nameless(text)
        is_name = self._is_name(text)
        if is_name or self._looks_innocent(text):
            self._remember(self._names if is_name else self._innocent, known)
            return not is_name
        return False

    @staticmethod
    def _remember(known: set[int], one: int) -> None:
        if len(known) >= _MOST:
            known.clear()
        known.add(one)

    def _looks_innocent(self, text: str | bytes) -> bool:
        data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
        if type(text) is bytes and text.startswith(_PICKLE) and not self.are_innocent(text):
            return False
        return not self._may_hold(data) or not any(True for _ in self._finder().secrets_in(_as_text(text)))

    def _is_name(self, given: str | bytes) -> bool:
        if len(given) > _LONGEST_NAME or not self._may_hold(_as_text(given).encode("utf-8", "surrogatepass")):
            return False
        text, names = _as_text(given), self._finder().names
        return bool(names.sort_of(text) or (":" in text and names.sort_of_class(text.partition(":")[2])))

    def _name_nothing(self, names: set[str], held: Iterable[Any]) -> bool:
        """Whether what these names of secrets stand for can't be secrets."""
        for each in held:
            kind = type(each)
            if kind is dict or issubclass(kind, _Made):
                for name in names.intersection(each):
                    if not self._is_harmless(each[name], name):
                        return False
                if kind is not dict and each.named in names:
                    return False
            elif (kind is tuple or kind is list) and len(each) == 2:
                first = each[0]
                if type(first) is not str or first not in names or each[1] in _KINDS:
                    continue
                if not self._is_harmless(each[1], first):
                    return False
        return True

    def _is_harmless(self, value: Any, name: str) -> bool:
        kind = type(value)
        if kind is bool or kind is float:
            return True
        sort = self._finder().names.sort_of(name)
        if kind is int:
            return not is_secret_number(value, sort)
        if kind is str or kind is bytes:
            return not is_secret_text(_as_text(value), sort)
        if issubclass(kind, _Made):
            return not value.passes_on and (sort in (MAYBE, PAIR) or not value)
        return _is_empty(value) or (kind is dict and sort in (MAYBE, PAIR))


def _is_empty(value: object) -> bool:
    return value is None or (type(value) in (str, *_CONTAINERS) and not value)


def _as_text(text: str | bytes) -> str:
    return text if isinstance(text, str) else text.decode("latin-1")


def _has_memo(data: bytes) -> bool:
    """Whether a pickler wrote it, which puts every text in the memo, as ``encode`` doesn't.

    It begins all but the smallest with their size.
    """
    return data[2:3] == _FRAME


def _held_in(data: bytes, kind: type[_Loader]) -> list[Any]:
    """What a frozen value holds that could be met twice, in any order: all texts and containers, but no numbers."""
    loader = kind(BytesIO(data))
    loader.load()
    return list(loader.memo.copy().values())


def _texts_in(held: list[Any]) -> list[Any]:
    kinds = list(map(type, held))
    texts = list(compress(held, map(_TEXTS.__contains__, kinds)))
    if bytearray in kinds:
        texts += [bytes(each) for each in held if type(each) is bytearray]
    return texts


class _Any(dict[Any, Any]):
    """Stands for every object where texts alone count: it takes whatever it is given, and keeps nothing."""

    __slots__ = ()
    __init__ = object.__init__  # of C code, and takes all arguments
    __hash__ = object.__hash__  # type: ignore[assignment]
    __eq__ = __ne__ = object.__eq__
    __setstate__ = append = extend = add = object.__eq__  # C code that does nothing with what it is given


class _Made(dict[Any, Any]):
    """Stands for every object: it keeps what is put into it by a key, and fails where it is given something else.

    Attributes:
        passes_on: it holds something that goes by the name that it goes by itself, as attributes don't.
        named: the class whose name says something of what it holds; empty where none does.
    """

    __slots__ = ("named", "passes_on")

    def __init__(self, *args: object, **kwargs: object) -> None:
        self.passes_on = False
        self.named: object = ""

    def __setstate__(self, state: object) -> None:
        """The names in it are in the memo for themselves."""

    __hash__ = object.__hash__  # type: ignore[assignment]
    __eq__ = object.__eq__
    __ne__ = object.__ne__


class _Instance(_Made):
    """Stands for an object whose attributes follow, alone or in a tuple with what its builtin base holds."""

    __slots__ = ("_cls",)

    def __init__(self, cls: str, *args: object) -> None:
        super().__init__()
        self._cls = cls

    def __setstate__(self, state: Any) -> None:
        self.passes_on = type(state) is tuple and not all(map(_is_empty, state[1:]))
        if type(state) is not dict or not VALUE_ATTRIBUTES.isdisjoint(state):
            self.named = self._cls


class _Call(_Made):
    """Stands for what a class made of arguments."""

    __slots__ = ()

    def __init__(self, cls: str, *args: object) -> None:
        super().__init__()
        self.named = cls


class _Cell(_Made):
    """Stands for a variable of a closure."""

    __slots__ = ()

    def __setstate__(self, state: object) -> None:
        self.passes_on = True


_MARKS = "pytead.values.marks"
_STANDING_FOR = {(_MARKS, "instance"): _Instance, (_MARKS, "call"): _Call, (_MARKS, "cell"): _Cell}


class _Loader(Unpickler):
    """Loads builtins, and makes no object of any class of the program's."""

    memo: Any

    def find_class(self, module: str, name: str) -> Any:
        return _STANDING_FOR.get((module, name), _Made)

    def persistent_load(self, ident: Any) -> Any:
        raise ValueError(ident)


class _TextLoader(_Loader):
    """Loads texts, and of all else only that it was there."""

    def find_class(self, module: str, name: str) -> Any:
        return _Any

"""Large plain data, read at the speed of C: in the bytes of many numbers stands any word, and walking takes long."""

from __future__ import annotations

from _pickle import Unpickler
from io import BytesIO
from typing import Any

_LONG_NUMBER = 10**11
"""Numbers from which on one could be that of a card."""

_SCALARS = {int, float, bool, type(None)}
_CONTAINERS = {dict, list, tuple, set, frozenset}
_TEXTS = {str, bytes, bytearray}


class _NotPlainError(Exception):
    pass


class _Loader(Unpickler):
    """Loads plain data alone: it makes no object of any class."""

    def find_class(self, module: str, name: str) -> Any:
        raise _NotPlainError

    def persistent_load(self, ident: Any) -> Any:
        raise _NotPlainError


def texts_of(data: bytes) -> bytes | None:
    """The texts of a frozen value, each once, as they stand in it; None where it holds other than plain data.

    Numbers as long as a card's count as other.
    """
    try:
        return b"".join(map(_frozen, _texts_in(_Loader(BytesIO(data)).load())))
    except Exception:
        return None


def _texts_in(whole: object) -> set[str | bytes]:
    texts: set[str | bytes] = set()
    seen: set[int] = set()
    pending: list[Any] = [[whole]]
    while pending:
        held = pending.pop()
        if id(held) in seen:
            continue
        seen.add(id(held))
        for parts in (held, held.values()) if type(held) is dict else (held,):
            kinds = set(map(type, parts))
            if not kinds <= _SCALARS:
                if not kinds <= _SCALARS | _CONTAINERS | _TEXTS:
                    raise _NotPlainError
                texts.update(each for each in parts if type(each) is str or type(each) is bytes)
                texts.update(bytes(each) for each in parts if type(each) is bytearray)
                pending += [each for each in parts if type(each) in _CONTAINERS]
            if int in kinds and any(
                each >= _LONG_NUMBER or each <= -_LONG_NUMBER for each in parts if type(each) is int
            ):
                raise _NotPlainError
    return texts


def _frozen(text: str | bytes) -> bytes:
    content = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    short, long = (b"C", b"B") if isinstance(text, bytes) else (b"\x8c", b"X")
    if len(content) < 256:
        return short + bytes([len(content)]) + content + b"\x94"
    return long + len(content).to_bytes(4, "little") + content + b"\x94"

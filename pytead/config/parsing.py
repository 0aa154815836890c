"""Reads the values of options, from the command line, the environment and files."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from pytead.config.option import LISTS
from pytead.errors import PyteadError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytead.config.option import Option, Value

_TRUE = ("1", "true", "yes", "on")
_FALSE = ("0", "false", "no", "off")
_TOML_TYPES = {
    "bool": "a boolean",
    "int": "an integer",
    "float": "a float",
    "str": "a string",
    "list": "an array",
    "dict": "a table",
}


def parse_text(option: Option, text: str, place: str, base: str) -> Value:
    """Read a value from the command line or the environment.

    Args:
        option: whose value it is.
        text: what was given.
        place: where, for the message of an error: a flag or the name of a variable.
        base: folder that a relative path starts from.

    Raises:
        PyteadError: ``bad-value``, where the option doesn't take it.
    """
    if option.kind == "patterns":
        return (text,)
    if option.kind == "words":
        return _words(text)
    if option.kind == "modules":
        names = tuple(name.strip() for name in text.split(",") if name.strip())
        if all(part.isidentifier() for name in names for part in name.split(".")):
            return names
        raise _bad_value(option, repr(text), "", place)
    if option.kind in LISTS:
        return _list(option, [text], place, base)
    if option.kind == "count":
        if text.strip().isdecimal() and text.isascii():
            return int(text)
    elif option.kind == "share":
        if re.fullmatch(r"\d+(\.\d+)?%?", text.strip(), re.ASCII):
            return f"{float(text.strip().rstrip('%')):g}%"
    elif option.kind == "number":
        if re.fullmatch(r"(\d+\.?\d*|\.\d+)(e[-+]?\d+)?", text.strip(), re.ASCII | re.IGNORECASE):
            return repr(float(text.strip()))
    elif option.kind == "switch":
        if text.strip().lower() in _TRUE + _FALSE:
            return text.strip().lower() in _TRUE
    elif option.kind == "choice":
        if text in option.choices:
            return text
    elif text:
        if option.kind == "stream" and (text == "-" or (text.isdecimal() and text.isascii())):
            return text
        return absolute(text, base)
    raise _bad_value(option, repr(text), text, place)


def parse_toml(option: Option, value: object, place: str, base: str) -> Value:
    """Read a value from a file; arguments and errors as for ``parse_text``."""
    if option.kind == "patterns":
        if isinstance(value, str):
            return (value,)
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
    elif option.kind == "words" and isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    elif option.kind == "modules":
        texts = [value] if isinstance(value, str) else value
        if isinstance(texts, list) and all(isinstance(item, str) for item in texts):
            return parse_text(option, ",".join(texts), place, base)
    elif option.kind in LISTS:
        texts = [value] if isinstance(value, str) else value
        if isinstance(texts, list) and all(isinstance(item, str) for item in texts):
            return _list(option, texts, place, base)
    elif option.kind == "count":
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
    elif (
        option.kind in ("share", "number") and isinstance(value, (int, float)) and not isinstance(value, bool)
    ):
        return parse_text(option, str(value), place, base)
    elif option.kind == "switch":
        if isinstance(value, bool):
            return value
    elif isinstance(value, str):
        return parse_text(option, value, place, base)
    elif option.kind == "stream" and isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return str(value)
    shown = f"{value!r} ({_TOML_TYPES.get(type(value).__name__, type(value).__name__)})"
    raise _bad_value(option, shown, value if isinstance(value, str) else "", place)


def _list(option: Option, texts: list[str], place: str, base: str) -> tuple[str, ...]:
    if option.kind == "paths":
        return tuple(absolute(text, base) for text in texts)
    if option.kind == "names":
        return tuple(name.strip() for text in texts for name in text.split(",") if name.strip())
    for text in texts:
        try:
            re.compile(text)
        except re.error as error:
            raise PyteadError("bad-value", f"{place}: {text!r} is no regular expression: {error}") from None
    return tuple(texts)


def _words(text: str) -> tuple[str, ...]:
    import shlex

    words = tuple(shlex.split(text, posix=os.name != "nt"))
    return () if words == ("none",) else words


def absolute(path: str, base: str) -> str:
    """The path from the root of the file system; ``~`` is the home folder."""
    return os.path.abspath(os.path.join(base, os.path.expanduser(path)))


def nearest(word: str, among: Iterable[str]) -> str:
    """The one most like a mistyped word; empty where none is like it."""
    import difflib

    found = difflib.get_close_matches(word.lower(), list(among), n=1, cutoff=0.5)
    return found[0] if found else ""


def _bad_value(option: Option, shown: str, text: str, place: str) -> PyteadError:
    close = nearest(text, option.choices) if text else ""
    hint = f"did you mean {close!r}?" if close else ""
    return PyteadError("bad-value", f"{place} takes {option.takes}, not {shown}", hint)

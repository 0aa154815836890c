"""Reading options off the front of a command line.

Not argparse: where the words of a run end and those of its program begin can't be said in its terms, and a
second reader for the other commands would give the same options a second grammar.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytead.config.options import OPTIONS, of_command
from pytead.config.parsing import nearest
from pytead.config.settings import Said
from pytead.errors import PyteadError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytead.config.option import Option

HELP = ("-h", "--help")
VERSION = ("-V", "--version")


class Asked(Exception):  # noqa: N818 - nothing is wrong
    """``--help`` or ``--version`` was among the options: nothing else is done."""

    def __init__(self, command: str, flag: str) -> None:
        super().__init__(flag)
        self.command = command
        self.is_version = flag in VERSION
        self.is_help = flag in HELP


class Scanner:
    """Takes options off the front of ``rest`` and collects them in ``said``.

    Args:
        command: whose options they are.
        words: the command line after the command's name.
        takes_module: whether ``-m`` ends the options, as in ``run``.
        is_first_look: read the options of all commands: which one it is isn't known yet.
    """

    def __init__(
        self, command: str, words: Sequence[str], *, takes_module: bool = False, is_first_look: bool = False
    ) -> None:
        self.command = command
        self.rest = list(words)
        self.said: dict[str, list[Said]] = {}
        self._takes_module = takes_module
        self._by_flag = _flags_of(of_command(command))
        if is_first_look:
            self._by_flag = {**_flags_of(OPTIONS), **self._by_flag}

    def take_options(self) -> None:
        """Read up to the first word that is no option: ``--``, ``-m`` where it counts, or a plain word.

        Raises:
            Asked: for ``--help`` and ``--version``.
            PyteadError: ``unknown-option`` or ``missing-value``.
        """
        while self.rest:
            word = self.rest[0]
            if word in ("-", "--") or not word.startswith("-"):
                return
            if word.startswith("--"):
                self._take_long(word)
            elif self._take_letters(word):
                return

    def take_all(self) -> dict[str, list[Said]]:
        """Read the whole line of a command that runs no program; plain words are targets or paths, where it has any.

        Raises:
            Asked: for ``--help`` and ``--version``.
            PyteadError: ``unknown-option``, ``missing-value`` or ``unexpected-word``.
        """
        while True:
            self.take_options()
            if self.rest[:1] == ["--"]:
                del self.rest[0]
                words, self.rest = self.rest, []
            elif self.rest:
                words = [self.rest.pop(0)]
            else:
                return self.said
            for word in words:
                plain = self._by_flag.get("--target") or self._by_flag.get("--path")
                if plain is None:
                    raise PyteadError(
                        "unexpected-word",
                        f"{self.command} takes no {word!r}",
                        f"see pytead {self.command} --help",
                    )
                self._say(plain, plain.metavar if plain.kind == "paths" else "TARGET", word)

    def _take_long(self, word: str) -> None:
        flag, equals, text = word.partition("=")
        if flag in HELP + VERSION:
            raise Asked(self.command, flag)
        option = self._by_flag.get(flag)
        if option is None:
            raise self._unknown(flag)
        del self.rest[0]
        if option.kind == "switch":
            if equals:
                raise PyteadError("bad-value", f"{flag} takes no value, not {text!r}")
            self._say(option, flag, "false" if flag == option.off_flag else "true")
        else:
            self._say(option, flag, text if equals else self._value(option, flag))

    def _take_letters(self, word: str) -> bool:
        """Read ``-q``, ``-l5`` or several in one; whether it ended in ``-m``, which is left in ``rest``."""
        for index, letter in enumerate(word[1:], 1):
            flag = f"-{letter}"
            after = word[index + 1 :]
            if letter == "m" and self._takes_module:
                self.rest[0] = f"-m{after}"
                return True
            if flag in HELP + VERSION:
                raise Asked(self.command, flag)
            option = self._by_flag.get(flag)
            if option is None:
                raise self._unknown(flag if index > 1 or not after else word)
            if option.kind != "switch":
                del self.rest[0]
                self._say(option, flag, after.removeprefix("=") if after else self._value(option, flag))
                return False
            self._say(option, flag, "true")
        del self.rest[0]
        return False

    def _value(self, option: Option, flag: str) -> str:
        may_be_bare = self.command in option.bare_in
        following = self.rest[0] if self.rest else None
        if following is None or following == "--" or following.partition("=")[0] in self._by_flag:
            if may_be_bare:
                return option.bare
            raise PyteadError("missing-value", f"{flag} needs a value: {option.takes}")
        if may_be_bare and not _is_file(option, following):
            return option.bare
        if option.kind == "stream" and following.endswith((".py", ".pyw")):
            raise PyteadError(
                "missing-value",
                f"{flag} needs a file to write to, and {following!r} is a program",
                f"write {flag} FILE before it",
            )
        return self.rest.pop(0)

    def _say(self, option: Option, flag: str, text: str) -> None:
        self.said.setdefault(option.name, []).append(Said(flag, text))

    def _unknown(self, flag: str) -> PyteadError:
        elsewhere = _flags_of(OPTIONS).get(flag)
        if elsewhere is not None:
            hint = f"it belongs to: {', '.join(elsewhere.commands)}"
        else:
            long_flags = [known for known in (*self._by_flag, *HELP, *VERSION) if known.startswith("--")]
            close = nearest(flag, long_flags) if flag.startswith("-") and len(flag) > 2 else ""
            hint = f"did you mean {close}?" if close else f"pytead {self.command} --help lists them"
        return PyteadError("unknown-option", f"{self.command} has no option {flag}", hint)


def _flags_of(options: Sequence[Option]) -> dict[str, Option]:
    return {flag: option for option in options for flag in (*option.flags, option.off_flag) if flag}


def _is_file(option: Option, word: str) -> bool:
    """Whether the word after an option that may stand alone is its value, and not a target or a program."""
    if "/" in word or "\\" in word:
        return True
    if option.kind == "patterns":
        return True
    if option.kind == "stream":
        return word == "-" or word.isdecimal() or word.endswith((".json", ".txt"))
    return word.endswith(".py")

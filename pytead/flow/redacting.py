"""Takes secrets out of kept values, before there are events of them.

Of a recorded call, placeholders differ from secret to secret and from user to user. A flow is pinned by snapshots that
hold everywhere, so here there is one for all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytead.values import opcodes
from pytead.values.nodes import Atom
from pytead.values.redaction import concealing
from pytead.values.redaction.signatures import Parameters
from pytead.values.tree import UnreadableValue, read

if TYPE_CHECKING:
    from pytead.flow.sites import CodeSite
    from pytead.values.redaction.finding import Finder

Secrets = dict[str, str]
"""What is known to be secret in one call, with what stands for it."""

_UNREADABLE = (UnreadableValue, ValueError, LookupError)


class Redaction:
    """The secrets of one flow."""

    def __init__(self) -> None:
        self._may_hold = concealing.searching()
        self._finder: Finder | None = None
        self._has_secrets: dict[tuple[str, ...], bool] = {}

    def arguments(self, site: CodeSite, kept: Any) -> tuple[Any, Secrets | None]:
        """The arguments of a call without secrets, and those."""
        if self._may_hold is None or not site.count:
            return kept, None
        names = site.arguments
        named = self._has_secrets.get(names)
        if named is None:
            text = "\x94".join((*names, "")).lower().encode()
            named = self._has_secrets[names] = self._may_hold(text) and any(
                map(self.finder.names.sort_of, names)
            )
        if not named and not self._could_hold(kept):
            return kept, None
        secrets: Secrets = {}
        try:
            if type(kept) is bytes:
                return self.finder.conceal_arguments(kept, Parameters(names), secrets), secrets or None
            if type(kept) is tuple:
                return self._values(kept, names, secrets), secrets or None
            return self._values((kept,), names, secrets)[0], secrets or None
        except _UNREADABLE:
            return _unreadable(kept), None

    def value(self, kept: Any, secrets: Secrets | None) -> Any:
        """What a call returned, yielded or raised, without secrets; those of its arguments are known."""
        if self._may_hold is None or (secrets is None and not self._could_hold(kept)):
            return kept
        try:
            return self._values((kept,), ("",), {} if secrets is None else secrets)[0]
        except _UNREADABLE:
            return _unreadable(kept)

    @property
    def finder(self) -> Finder:
        """What finds them."""
        if self._finder is None:
            from pytead.values.redaction.placeholders import SamePlaceholder

            self._finder = concealing.new_finder(SamePlaceholder())
        return self._finder

    def _could_hold(self, kept: Any) -> bool:
        assert self._may_hold is not None
        met = self._finder.met if self._finder is not None else None
        if type(kept) is int:
            return met is not None and kept in met.numbers
        if type(kept) is str:
            kept = kept.encode("utf-8", "surrogatepass")
        if type(kept) is bytes:
            return bool(self._may_hold(kept) or (met and met.is_in(kept)))
        return type(kept) is tuple and any(map(self._could_hold, kept))

    def _values(self, kept: tuple[Any, ...], names: tuple[str, ...], secrets: Secrets) -> tuple[Any, ...]:
        frozen = {
            place: (
                value if type(value) is bytes else b"\x80\x05" + opcodes.scalar(value) + b".",
                names[place],
            )
            for place, value in enumerate(kept)
            if type(value) in (bytes, str, int)
        }
        concealed = list(kept)
        written = self.finder.conceal_values(list(frozen.values()), secrets)
        for (place, (data, _)), new in zip(frozen.items(), written, strict=True):
            if new is not data:
                node = read(new)
                was_frozen = type(kept[place]) is bytes
                concealed[place] = node.value if isinstance(node, Atom) and not was_frozen else new
        return tuple(concealed)


def _unreadable(kept: Any) -> Any:
    """What is shown of values that can't be looked through."""
    from pytead.flow.keeping import Outline

    return (
        Outline("object", "unreadable")
        if type(kept) is not tuple
        else (Outline("object", "unreadable"),) * len(kept)
    )

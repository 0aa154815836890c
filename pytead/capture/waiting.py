"""What a function that has its calls still waits for: calls that show something new.

Past its limit most calls of a function are passed over. Looked at are those with arguments of other types, those after
a call that reached lines which no recorded one had (``exploring``), and besides some that lie ever further apart, for
what types don't tell before the call. Such a call is stored if it is of a new shape: other types of arguments or of
what they hold, other names of arguments, another outcome, another type of result or exception. There are places for
half as many of them as the limit, and for those that reach further lines. Where passing calls over would cost a share
of the program's time that counts, the waiting is over and the original back.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytead.capture.looking import Looking
    from pytead.capture.site import Site

_PASSED_ANYWAY = 256
_PASSED_UNEXPLORED = 512
"""Calls of each function that may be passed over whatever that costs; the latter of one with lines that no recorded
call has reached."""

_LONG_FROM = 512
"""Calls of a function that are passed over and seen; of further ones most go unseen: 0 to 15 after each, in no order
that the program could have too."""

_OF_SKIPPED = 0.4
"""What calls cost of which most go unseen, as a part of what they would cost otherwise."""

_ALLOWANCE = 0.01
_SHARE_HERE = 0.01
_SHARE_IN_ALL = 0.03
"""What passing over may cost: so many seconds in all functions, and as many more as the second share of the program's
time; a function that has more than the first share of it waits no longer than the allowance lasts."""

_MOST_KEPT = 3
"""As many times the limit are kept at most, with the calls that reach further lines."""

_MOST_TYPES = 64
_MOST_KEYS = 8
_CONTAINERS = frozenset(map(id, (list, tuple, set, frozenset)))  # to compare classes may run code of theirs


class Waiting:
    """How long a function waits for something new, and which calls it looks at meanwhile.

    Args:
        site: the function.
        now: by ``time.perf_counter``.

    Attributes:
        is_long: so many calls are passed over that most of them are better not seen.
        is_hurried: most of them go unseen, which is up to what sees them.
        only_unexplored: it waits for calls that reach further lines alone.
    """

    __slots__ = (
        "_gap", "_is_for_lines", "_is_other_type", "_kept", "_left", "_limit", "_most_kept", "_passed",
        "_since", "_step", "_types", "is_hurried", "is_long", "only_unexplored",
    )  # fmt: skip

    def __init__(self, site: Looking, now: float) -> None:
        self._since = now
        self._gap = 0
        self._left = 0
        self._passed = 0
        self._kept = site.kept
        self._most_kept = site.limit + site.limit // 2
        self._types: set[int] = set()
        self._is_other_type = False
        self._is_for_lines = False
        self._limit = site.limit
        self.only_unexplored = False
        self._step = 0
        self.is_long = False
        self.is_hurried = False

    def has_room(self) -> bool:
        """Make room for a call that reaches lines which no other kept one does; False where there is none."""
        self._most_kept += 1
        return self._most_kept <= _MOST_KEPT * self._limit

    def passes(self, site: Site, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
        """Whether the call that comes now is passed over; else it is looked at like those before the limit."""
        types = self._types
        key = hash(tuple(map(id, map(type, args))))
        unexplored = site.unexplored
        if key not in types and len(types) < _MOST_TYPES and not self.only_unexplored:
            types.add(key)
            self._is_other_type = True
        elif unexplored is not None and unexplored.wanted and (not self.only_unexplored or site.may_look()):
            unexplored.wanted -= 1
            self._is_for_lines = True
        elif self._left > 0 or self.only_unexplored:
            self._left -= 1
            if self.is_hurried and self._left > 0 and not site.has_secrets:
                self._step = (5 * self._step + 3) % 16
                site.skips = skipped = min(self._step, self._left)
                self._left -= skipped
            if self._left < 0 and not self._widen(site, perf_counter()):
                site.finish()
            if site.has_secrets:  # which the call may pass on to functions that are looked at
                site.meet_apart(args, kwargs)
            return True
        site.is_done = False
        return False

    def goes_on(self, site: Looking, now: float) -> bool:
        """After a look: whether there is reason to wait for another one, twice as far away unless it was worth it."""
        kept = site.kept > self._kept
        if site.kept >= self._most_kept:
            unexplored = site.unexplored
            if unexplored is None or not unexplored.left or site.kept >= _MOST_KEPT * site.limit:
                return False
            self.only_unexplored = True
        is_extra = self._is_for_lines or (self._is_other_type and self._gap)
        self._is_for_lines = False
        if is_extra and not kept:
            self._is_other_type = False
            return True
        self._gap = 0 if kept else self._gap
        self._kept = site.kept
        return self._widen(site, now)

    def _widen(self, site: Looking, now: float) -> bool:
        """Pass twice as many calls over as the last time; False where that would cost too much."""
        is_explored = site.unexplored is None or not site.unexplored.left
        self._gap = self._gap * 2 or 1
        self._left = self._gap
        self._passed += self._gap
        if not self.is_long and self._passed >= _LONG_FROM:
            self.is_long = site.is_unsettled = True
        if self._passed <= (_PASSED_ANYWAY if is_explored else _PASSED_UNEXPLORED):
            return True
        cost = site.passing.seconds_a_call
        if self.is_hurried and not site.has_secrets:
            cost *= _OF_SKIPPED
        is_rare = self._passed * cost <= _SHARE_HERE * (now - self._since)
        return site.passing.takes(self._gap * cost, now, is_rare=is_rare)


class Share:
    """What passing calls over may cost in all functions of a process.

    Args:
        now: by ``time.perf_counter``.
        seconds_a_call: what a call costs that is passed over; by default one through a wrapper.
    """

    __slots__ = ("_since", "_spent", "seconds_a_call")

    def __init__(self, now: float, seconds_a_call: float = 1e-6) -> None:
        self.seconds_a_call = seconds_a_call
        self._since = now
        self._spent = 0.0

    def takes(self, cost: float, now: float, *, is_rare: bool) -> bool:
        """Whether more calls may be passed over; if so, they count.

        Args:
            cost: seconds that it takes.
            now: by ``time.perf_counter``.
            is_rare: it is a function whose calls take no share that counts.
        """
        spent = self._spent + cost
        share = _SHARE_IN_ALL * (now - self._since) if is_rare else 0.0
        if spent > _ALLOWANCE + share:
            return False
        self._spent = spent
        return True


def shape_of(outcome: str, args: tuple[Any, ...], kwargs: dict[str, Any], value: object) -> int:
    """A number that is the same for calls of one shape; runs nothing of the program's and holds nothing of it."""
    parts: list[object] = [outcome]
    try:
        parts += [_type(value), *map(_type, args)]
        for name in sorted(kwargs):
            parts += (name, _type(kwargs[name]))
    except RuntimeError:  # another thread changes one of them
        parts = [outcome]
    return hash(tuple(parts))


def _type(value: object) -> object:
    """The type of a value; for a plain container with the type of what comes first, or the names that are its keys."""
    cls = type(value)
    if cls is dict:
        return "dict", *_keys(value)  # type: ignore[arg-type]
    if id(cls) in _CONTAINERS:
        for item in value:  # type: ignore[attr-defined]
            return id(cls), id(type(item))
        return id(cls), 0
    return id(cls)


def _keys(value: dict[object, object]) -> list[object]:
    if len(value) <= _MOST_KEYS and all(type(key) is str for key in value):
        return sorted(value)  # type: ignore[type-var]
    return [id(type(key)) for key in list(value)[:1]]

"""How many calls of a function are looked at: its limit, its share of the time, and what makes recording give it up."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any

from pytead.capture.waiting import Share, Waiting, shape_of
from pytead.values.redaction import concealing

if TYPE_CHECKING:
    from pytead.capture.exploring import Unexplored
    from pytead.capture.recorder import Recorder
    from pytead.names import FunctionKind, FunctionName
    from pytead.storage.store import Append
    from pytead.values.freezer import FreezeRefused

_LOOKS_PER_LIMIT = 10
"""How many times its limit of distinct calls a function is looked at, at most."""

_MOST_STRIKES = 3
"""Refusals in a row after which a function isn't frozen again: each may have cost as much as its value is big."""

_ENOUGH_OF_HEAVY = 4
"""Calls that are kept of a function whose calls take long to record, once time gets short, and those that reach further
lines."""

_MOST_WEIGHED = 0.3
"""Seconds that such calls of one function may take in all."""

_UNSHOWN = "the reason isn't shown, as it could not be searched for secrets"


class Looking:
    """The calls of one function that were looked at, and whether more of them are to be.

    Attributes:
        name: how a test names the function.
        kind: how it is called.
        refusal: slug and reason where functions of its sort aren't recorded; it is counted and passed.
        append_undecided: stores a call that there is nothing to decide about; None where there may be.
        is_done: it has all the calls it needs, or passes calls over while it waits for something new.
        waiting: how it waits; None before and when that is over.
        has_secrets: there was one among its arguments, or a parameter is called like one.
        skips: how many of the next calls go unseen.
        unexplored: which of its lines no call that was looked at has reached, where that is known.
        is_unsettled: something is to be done when the root call ends.
    """

    __slots__ = (
        "_recorder", "_seen_keys", "_strikes", "_weighed_from", "_weighed_seconds", "append_undecided",
        "has_secrets", "is_done", "is_unsettled", "kept", "kind", "limit", "looks", "most_looks", "name", "raised",
        "refusal", "rejections", "seconds", "skips", "unexplored", "waiting", "yielded",
    )  # fmt: skip

    def __init__(
        self, name: FunctionName, kind: FunctionKind, recorder: Recorder, refusal: tuple[str, str] | None
    ) -> None:
        self.name = name
        self.kind = kind
        self._recorder = recorder
        self.limit = recorder.limit
        self.most_looks = recorder.limit * _LOOKS_PER_LIMIT
        self.looks = 0
        self.kept = 0
        self.raised = 0
        self.yielded = 0
        self.seconds = 0.0
        self.skips = 0
        self.has_secrets = False
        self.rejections: dict[tuple[str, str], int] = {}
        self.refusal = refusal
        self.is_done = refusal is not None
        self.is_unsettled = False
        self.waiting: Waiting | None = None
        self.unexplored: Unexplored | None = None
        self.append_undecided: Append | None = None
        self._seen_keys: set[int] = set()
        self._strikes = 0
        self._weighed_from = recorder.budget.weighed_from
        self._weighed_seconds = 0.0

    def refuse(self, refusal: FreezeRefused) -> None:
        """Count a call of which something else than the arguments could not be frozen."""
        self._refuse(refusal.slug, refusal.reason)

    def count(self, slug: str, reason: str) -> None:
        """Count a call that is no record for what came of it, not for what it is."""
        self.rejections[slug, reason] = self.rejections.get((slug, reason), 0) + 1
        self._look()

    def _look(self) -> None:
        self.looks += 1
        if self.limit and (self.kept >= self.limit or self.looks >= self.most_looks):
            self._has_enough(perf_counter())

    def _has_enough(self, now: float, *, only_unexplored: bool = False) -> None:
        """From here on wait for something new, looking at ever fewer calls; or not at all any more.

        Args:
            now: by ``time.perf_counter``.
            only_unexplored: its calls are too dear for any that reach no further lines.
        """
        waiting = self.waiting
        if waiting is None:
            waiting = self.waiting = Waiting(self, now)
        waiting.only_unexplored |= only_unexplored
        if waiting.goes_on(self, now):
            self.is_done = True
        else:
            self.finish()

    def leave_unexplored(self) -> None:
        """Hear no more of the lines that are reached."""
        unexplored, self.unexplored = self.unexplored, None
        if unexplored is not None:
            unexplored.leave()

    def finish(self) -> None:
        """Look at no further call."""
        self.leave_unexplored()
        self.waiting = None
        self.skips = 0
        self.is_done = self.is_unsettled = True

    def pass_over(self, slug: str, reason: str, calls: int = 1) -> None:
        """Count calls that weren't looked at."""
        self.looks += calls
        self.rejections[slug, reason] = self.rejections.get((slug, reason), 0) + calls

    def _refuse(self, slug: str, reason: str) -> None:
        self.looks += 1
        try:
            reason = concealing.without_secrets(reason)
        except Exception:
            reason = _UNSHOWN
        count = self.rejections[slug, reason] = self.rejections.get((slug, reason), 0) + 1
        if count == 1:
            self._recorder.tell_refusal(self, slug, reason)
        self._strikes += 1
        self.append_undecided = None  # until ``keep`` has seen that it goes well again
        if self._strikes >= _MOST_STRIKES:
            self.finish()
        elif self.limit and (self.waiting is not None or self.looks >= self.most_looks):
            self._has_enough(perf_counter())

    def _is_new(
        self,
        before: bytes,
        after: bytes,
        outcome: str,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        value: object,
    ) -> bool:
        """Whether no call like this was kept: with these frozen values or, past the limit, of this shape, or that
        reaches these lines.

        Asked only where there is a limit to share out; for a shape only when half of it is gone.
        """
        seen = self._seen_keys
        key = hash((before, after))
        unexplored, waiting = self.unexplored, self.waiting
        is_further = unexplored is not None and unexplored.is_reached
        if unexplored is not None:
            unexplored.is_reached = False
        if key in seen:
            return False
        if waiting is not None and (is_further or waiting.only_unexplored):
            seen.add(key)
            return is_further and waiting.has_room()
        if 2 * self.kept >= self.limit:
            shape = shape_of(outcome, args, kwargs, value)
            if shape in seen and self.kept >= self.limit:
                return False
            seen.add(shape)
        seen.add(key)
        return True

    def _weigh(self, cost: float, now: float) -> None:
        """Stop looking at a function whose calls the budget has no time for."""
        self._weighed_seconds += cost
        reason = self._recorder.budget.spend(cost, self._weighed_seconds, now, wants_all=not self.limit)
        can_wait = self.unexplored is not None and self._weighed_seconds <= _MOST_WEIGHED and self.limit
        if reason and not can_wait:
            self._give_up("over-budget", reason)
        elif can_wait and not self.is_done:
            if not reason and (self.kept < _ENOUGH_OF_HEAVY or not self._recorder.budget.is_tight(now)):
                return
            if reason:
                self._tell_once("over-budget", reason)
            self._has_enough(now, only_unexplored=True)

    def may_look(self) -> bool:
        """Whether there is time for a call that takes long to record."""
        return self._recorder.budget.has_room(perf_counter())

    @property
    def passing(self) -> Share:
        """What passing calls over may cost in all functions."""
        return self._recorder.passing

    def _give_up(self, slug: str, reason: str) -> None:
        """Look at no further call; the last one is kept."""
        if not self.is_done:
            self._tell_once(slug, reason)
        self.finish()

    def _tell_once(self, slug: str, reason: str) -> None:
        if (slug, reason) not in self.rejections:
            self.rejections[slug, reason] = 1
            self._recorder.tell_refusal(self, slug, reason, calls=0)

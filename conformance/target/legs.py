"""The legs of a preflight: each is tried once, and either stands, is left out with a reason, or is broken."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from conformance.verdict.endings import Reasoned, causes_of
from conformance.verdict.reasons import Cause, Causes, Language, Why, masked, told, within


class Broken(Reasoned):
    """A leg of the set-up does not stand; the cause says what was seen, and what fixes it."""

    def __init__(self, leg: str, *why: Cause | str) -> None:
        super().__init__(Cause(Why.CHECK_FAILED, facts={"leg": leg, **within(causes_of(Reasoned(*why)))}))

    def mask(self, redact: Callable[[str], str]) -> None:
        """Let it hold no secret any more."""
        self.cause = masked(self.cause, redact)
        self.args = (told(self.cause),)

    def told(self, language: Language) -> str:
        """What was seen, and what fixes it, in one line."""
        return told(self.cause, language)


class NotTried(Reasoned):
    """A leg that is left out; the cause says why."""


@dataclass(frozen=True)
class Stands:
    """A leg that stands (or was left out), with what is worth knowing about it as causes."""

    leg: str
    cause: Causes
    seconds: float
    tried: bool = True

    @property
    def told(self) -> str:
        """What is worth knowing, in English."""
        return told(self.cause)

    def masked(self, redact: Callable[[str], str]) -> Stands:
        """The same as it may be shown."""
        return replace(self, cause=masked(self.cause, redact))


def go_through(
    checks: Mapping[str, Callable[[], Causes]], breaking: tuple[type[Exception], ...], skip: Collection[str] = ()
) -> Iterator[Stands]:
    """Each leg as it was found to stand, one after the other. Raises Broken at the first that does not.

    A check says what it saw, or raises NotTried, Broken, or one of `breaking`. Those in `skip` are left out.
    """
    for leg, check in checks.items():
        began = time.monotonic()
        try:
            if leg in skip:
                raise NotTried(Cause(Why.CHECK_SKIPPED))
            seen, tried = check(), True
        except NotTried as reason:
            seen, tried = (Cause(Why.CHECK_LEFT_OUT, facts=within(causes_of(reason))),), False
        except breaking as reason:
            raise Broken(leg, *causes_of(reason)) from reason
        yield Stands(leg, seen, time.monotonic() - began, tried)

"""The legs of a preflight: each is tried once, and either stands, is left out with a reason, or is broken."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass


class Broken(Exception):
    """A leg of the set-up does not stand; the text says what was seen, and what fixes it."""

    def __init__(self, leg: str, told: str) -> None:
        super().__init__(f"Preflight failed ({leg}): {told}")


class NotTried(Exception):
    """A leg that is left out; the text says why."""


@dataclass(frozen=True)
class Stands:
    """A leg that stands (or was left out), with what is worth knowing about it."""

    leg: str
    told: str
    seconds: float
    tried: bool = True


def go_through(
    checks: Mapping[str, Callable[[], str]], breaking: tuple[type[Exception], ...], skip: Collection[str] = ()
) -> Iterator[Stands]:
    """Each leg as it was found to stand, one after the other. Raises Broken at the first that does not.

    A check tells what it saw, or raises NotTried, Broken, or one of `breaking`. Those in `skip` are left out.
    """
    for leg, check in checks.items():
        began = time.monotonic()
        try:
            if leg in skip:
                raise NotTried("merchant.skip_checks")
            told, tried = check(), True
        except NotTried as reason:
            told, tried = f"left out: {reason}", False
        except breaking as reason:
            raise Broken(leg, str(reason)) from reason
        yield Stands(leg, told, time.monotonic() - began, tried)

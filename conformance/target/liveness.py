"""Whether the merchant still answers: what it stopped in, what that blocks, and how it is brought back."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import httpx

from conformance.machine.commands import run
from conformance.machine.settling import pause
from conformance.merchant.surroundings import OPEN, Gate
from conformance.network.connections import client_of
from conformance.verdict.endings import MerchantStopped, MerchantUnreachable, blocked
from conformance.verdict.reasons import Cause, Causes, Why

PATIENCE_SECONDS = 5.0
"""How long a merchant may take to answer again: a server that reloads itself is back within it."""
SHORTEST_SECONDS = 2.0
RESTART_SECONDS = 60.0
BACK_SECONDS = 20.0
"""How long it may take to answer once `restart` has ended, whatever the scale: a container starts in its own time."""
_BETWEEN_SECONDS = 0.2


def _within(seconds: float, well: Callable[[], bool]) -> bool:
    until = time.monotonic() + seconds
    while not well():
        if time.monotonic() >= until:
            return False
        pause(_BETWEEN_SECONDS)
    return True


@dataclass
class Liveness:
    """Watches one merchant at `address`, empty where nobody watches. `use` places an order there.

    `restart` is the command that brings it back, empty without one. `stopped_in` are the requirements of the scenario
    in which it stopped answering: without a restart everything after is blocked by them, with one only their own.
    """

    address: str = ""
    use: Callable[[], object] = lambda: None
    verify: bool = True
    scale: float = 1.0
    restart: Sequence[str] = ()
    gate: Gate = OPEN
    stopped_in: dict[str, Causes] = field(default_factory=dict)
    is_gone: bool = False
    _suspected: bool = False
    _silent: bool = False

    @property
    def patience_seconds(self) -> float:
        """How long an answer is waited for, the run's scale of limits included."""
        return max(PATIENCE_SECONDS * self.scale, SHORTEST_SECONDS)

    def begin(self, requirements: Sequence[str]) -> None:
        """A scenario begins. Raises Blocked where the merchant is gone, or stopped in a scenario of the same kind."""
        self._suspected = self._silent = False
        if not self.stopped_in:
            return
        about = [id for id in requirements if id in self.stopped_in]
        if self.is_gone or about:
            causes = tuple(about or self.stopped_in)
            raise blocked(self.stopped_in[causes[0]], *causes)

    def suspect(self) -> None:
        """Something went without an answer, or was answered with an error: it is to be looked into."""
        self._suspected = True

    def must_answer(self) -> None:
        """Before something else is asked of a merchant that is suspected. Raises MerchantUnreachable if it is gone."""
        if self.is_silent():
            raise MerchantUnreachable(*self._told())

    def is_silent(self) -> bool:
        """Whether a merchant that is suspected answers nothing any more at its address; from any thread."""
        if self._suspected and self.address and not self._silent:
            self._silent = not _within(self.patience_seconds, self._answers)
        return self._silent

    def end(self, requirements: Sequence[str], *, well: bool) -> None:
        """A scenario is over. Raises MerchantStopped where the merchant stopped answering in it."""
        if not self.address or (well and not self._suspected):
            return
        suspected, self._suspected = self._suspected, True
        if not (self.is_silent() or (suspected and not _within(self.patience_seconds, self._can_be_used))):
            return
        told = self._told()
        self.stopped_in.update(dict.fromkeys(requirements, told))
        self.is_gone = not self._restarted()
        raise MerchantStopped(*told)

    def _told(self) -> Causes:
        facts = {"url": self.address, "seconds": f"{self.patience_seconds:g}"}
        return (Cause(Why.SHOP_GONE if self._silent else Why.SHOP_STUCK, facts=facts),)

    def _answers(self) -> bool:
        try:
            let_in = {"request": [self.gate.pass_through]}
            with client_of(timeout=self.patience_seconds, verify=self.verify, event_hooks=let_in) as client:
                client.get(self.address)
        except httpx.HTTPError:
            return False
        return True

    def _can_be_used(self) -> bool:
        try:
            self.use()
        except MerchantUnreachable:
            return False
        return True

    def _restarted(self) -> bool:
        if not self.restart:
            return False
        run(self.restart, limit_seconds=RESTART_SECONDS)
        return _within(BACK_SECONDS, lambda: self._answers() and self._can_be_used())

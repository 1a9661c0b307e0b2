"""PortOne's side of a storm: its webhooks and the merchant's calls, read from the journal while they happen.

The journal is bounded, so that it is read on the way.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Self

from conformance.portone.emulated import EmulatedProvider
from conformance.record import calls
from conformance.record.timeline import Event
from conformance.verdict.endings import SuiteError

LOOK_UPS = ("look-up", "find")
_KINDS = ("webhook", "cancel", "ticket", "request_pay", *LOOK_UPS)
_INTERVAL_SECONDS = 0.3


@dataclass
class Watch:
    """Reads an account's journal in a thread of its own until it is left."""

    provider: EmulatedProvider
    webhooks: list[Event] = field(default_factory=list)
    look_ups: int = 0
    by_payment: dict[str, list[Event]] = field(default_factory=dict)
    """The merchant's calls about a payment, by its imp_uid; by its merchant_uid where only that was named."""
    last: float = 0.0
    """When the last of what is watched ended (unix seconds)."""
    _next: int = 0
    _trouble: str = ""
    _over: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> Self:
        self._next = int(self.provider.control.journal(0)["next"])  # what was before is not this storm's
        self._thread = threading.Thread(target=self._go_on, name="storm-journal", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def read(self) -> None:
        """Take in what happened since. Raises SuiteError where the journal has forgotten some of it."""
        with self._lock:
            told = self.provider.control.journal(self._next, kind=_KINDS)
            if dropped := int(told["dropped"]):
                self._trouble = f"the emulator's journal dropped {dropped} entries of this storm: lower the rate"
            self._next = int(told["next"])
            for entry in told["entries"]:
                self._take(self.provider.event(entry))
        if self._trouble:
            raise SuiteError(self._trouble)

    @property
    def results(self) -> int:
        """How many of the webhooks are about a result: V2 tells of windows that open, too."""
        is_result = self.provider.webhooks.is_result
        return sum(is_result(calls.body_of(one)) for one in self.webhooks)

    def about(self, imp_uid: str, merchant_uid: str) -> list[Event]:
        """The merchant's calls about a payment."""
        return [*self.by_payment.get(imp_uid, ()), *self.by_payment.get(merchant_uid, ())]

    def _take(self, event: Event) -> None:
        self.last = max(self.last, event.ended)
        if event.kind == "webhook":
            self.webhooks.append(event)
        elif event.source == "merchant" and not calls.is_suites(event):
            self.look_ups += event.kind in LOOK_UPS
            self.by_payment.setdefault(event.imp_uid or event.merchant_uid or "", []).append(event)

    def _go_on(self) -> None:
        while not self._over.wait(_INTERVAL_SECONDS):
            try:
                self.read()
            except SuiteError:  # told to whoever reads it next
                return

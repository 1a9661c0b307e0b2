"""What the steps may ask of the provider's side, PortOne and Paymentwall, whoever stands there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, Protocol

from conformance.merchant.protocol import Order
from conformance.network.spoken import Spoken
from conformance.portone.api import Keys, Payment, PortOneApi
from conformance.portone.consoles import Console
from conformance.portone.sdk_words import SdkWords
from conformance.record.orders import DeliveryStatus
from conformance.verdict.catalogue import Probe
from emulator.client import Control

Says = Literal["paid", "ready"]
"""The status that the console's test webhook may name (seen)."""


@dataclass(frozen=True)
class Choice:
    """What a buyer chooses when they pay: the method (`ps`), and whether they finish.

    They pay from this country (ISO 3166-1 alpha-2), None: from anywhere. Through the channel of this key, else through
    the account's own. `custom_data` is what their page adds to it.
    """

    method: str = "cc"
    country: str | None = None
    finish: Literal["pay", "leave", "decline"] = "pay"
    cvv: str = "123"
    channel_key: str | None = None
    custom_data: Mapping[str, str] | None = None


USUAL = Choice()
"""By card, and without anything else."""


@dataclass(frozen=True)
class Fault:
    """A fault that calls run into."""

    control: Control
    id: int
    limit_seconds: float

    def caught(self) -> bool:
        """Wait until a call waits in the fault, at most until the limit; whether one does."""
        return bool(self.control.waits_in(self.id, self.limit_seconds))

    def met(self) -> bool:
        """Whether any call ran into the fault so far."""
        return bool(self.control.fault(self.id)["met"])

    def waiting(self) -> int:
        """How many calls wait in the fault now."""
        return len(self.control.fault(self.id)["waiting"])

    def release(self) -> None:
        """Let what waits go on."""
        self.control.release(self.id)


class Provider(Protocol):
    """What the steps may ask of PortOne and Paymentwall. What a provider lacks is missing in its capabilities."""

    api: PortOneApi
    keys: Keys
    secrets: Sequence[str]
    capabilities: frozenset[Probe]
    words: SdkWords
    """What its SDK is told and tells."""
    webhooks: Spoken
    """How it writes webhooks."""
    redeliveries_take: timedelta
    """After so long it has delivered a webhook for the last time that nobody took."""
    delivery_statuses: Sequence[DeliveryStatus]
    """The steps of a delivery that it has a word for."""
    settle_seconds: float
    """How long something may still be under way, unannounced, after `idle`: 0 where `idle` is sure."""
    interfered: bool
    """Whether calls were made to go wrong, or were held back, in this scenario."""

    def begin(self) -> None:
        """Settings as they were agreed, and nothing left of the last scenario where that can be done."""
        ...

    def pay(self, order: Order, choice: Choice = USUAL) -> Payment:
        """A buyer pays what the order says (or leaves, or is declined), without a browser where that can be done.

        The merchant's page hears nothing of it. Raises NotObservable, before anything was paid, for what buyers of this
        provider cannot do.
        """
        ...

    def configure(self, settings: Mapping[str, object]) -> None:
        """Change settings in the consoles for this scenario."""
        ...

    def console(self) -> Console:
        """What the consoles show."""
        ...

    def advance(self, delay: timedelta) -> None:
        """Let this much of the provider's time pass; returns when what fell due has been delivered."""
        ...

    def idle(self) -> None:
        """Wait until nothing that is due is outstanding.

        Raises SuiteError when that takes ten seconds longer than PortOne waits for a webhook's answer.
        """
        ...

    def imp_uid(self, merchant_uid: str) -> str | None:
        """PortOne's name of an attempt's last payment, None where there is none."""
        ...

    def attempt_of(self, imp_uid: str) -> str | None:
        """The attempt (merchant_uid) of a payment, None where PortOne has no such payment."""
        ...

    def payments(self) -> list[Payment]:
        """Every payment of this scenario."""
        ...

    def all_tickets(self) -> list[Mapping[str, Any]]:
        """The cancellation tickets that Paymentwall has for any payment of this scenario."""
        ...

    def tickets(self, imp_uid: str) -> list[Mapping[str, Any]]:
        """The cancellation tickets that Paymentwall has for a payment."""
        ...

    def accept_ticket(self, imp_uid: str) -> None:
        """Accept the ticket that waits for a payment now, whichever stands before it."""
        ...

    def fault(self, **fault: Any) -> AbstractContextManager[Fault]:
        """Let calls go wrong inside the block, as the emulator's control plane describes it."""
        ...

    def old_tokens(self) -> AbstractContextManager[None]:
        """Inside the block refuse every access token that was given before it, as one that is older than 30 minutes."""
        ...

    def sign_with_another(self, *, first: bool) -> None:
        """Have PortOne sign webhooks with a second secret too, before the merchant's or after it (V2)."""
        ...

    def sign_with_one(self, *, first: bool) -> None:
        """Have PortOne sign webhooks with the first or the second of the merchant's two secrets alone (V2).

        Raises NotObservable where the merchant is said to have one only.
        """
        ...

    def settle_in(self, currency: str) -> None:
        """Have Paymentwall settle the payments that are made from now on in this currency (ISO 4217)."""
        ...

    def act(self, imp_uid: str, what: str, **details: object) -> None:
        """What a person or a bank does: cancel, chargeback, dispute, refund, review/accept (/decline, /void)."""
        ...

    def send_test_webhook(self, says: Says = "paid") -> int | None:
        """Press the console's test button; the HTTP status of the merchant's answer, None without one."""
        ...

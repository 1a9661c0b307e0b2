"""PortOne and Paymentwall themselves (or a stand-in without a control plane): their API, and a buyer in a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NoReturn

from playwright.sync_api import BrowserContext

from conformance.browser.journey import Journey
from conformance.browser.visits import Visit
from conformance.browser.widget import Card
from conformance.merchant.protocol import Merchant, Order
from conformance.network.spoken import SignedWebhooks, Spoken, UnsignedWebhooks
from conformance.portone.api import Keys, Payment, PortOneApi
from conformance.portone.api_v2 import PortOneV2Api
from conformance.portone.consoles import Console
from conformance.portone.provider import USUAL, Choice, Fault, Says
from conformance.portone.sdk_words import ImpWords, PortOneWords, SdkWords
from conformance.real.buyers import RealBuyer, chooses, in_country
from conformance.record.orders import DeliveryStatus
from conformance.record.timeline import Timeline
from conformance.verdict.catalogue import Api, Probe
from conformance.verdict.endings import NotObservable, blocked
from conformance.verdict.reasons import Cause, Why


@dataclass(frozen=True)
class Counter:
    """Where the buyer buys: the merchant's checkout, in a browser; `reroute_to` is as in Target."""

    merchant: Merchant
    new_context: Callable[..., BrowserContext]
    timeline: Timeline
    limit_seconds: float
    reroute_to: str = ""


WIDGET = "https://api.paymentwall.com"
"""Where Paymentwall's widget is (docs)."""


class RealProvider:
    """An account at PortOne, by its REST API alone: the consoles, the clock, tickets and faults are nobody's to reach.

    `settle_seconds` is how long a result may be under way without anybody announcing it, `widget_at` where browsers
    find Paymentwall.
    """

    capabilities = frozenset({Probe.API, Probe.ACCOUNT, Probe.TOKENS})
    redeliveries_take = timedelta(minutes=6)
    delivery_statuses: Sequence[DeliveryStatus] = tuple(DeliveryStatus)
    words: SdkWords = ImpWords()
    webhooks: Spoken = UnsignedWebhooks()

    def __init__(
        self, api: PortOneApi, keys: Keys, buyer: RealBuyer, *, settle_seconds: float, widget_at: str = WIDGET
    ) -> None:
        self.api = api
        self.widget_at = widget_at
        self.keys = keys
        self.buyer = buyer
        self.settle_seconds = settle_seconds
        self.interfered = False
        self.secrets: Sequence[str] = [keys.imp_key, keys.imp_secret]
        self.counter: Counter | None = None

    def begin(self) -> None:
        """The account is as it is, and what was paid stays paid."""

    def pay(self, order: Order, choice: Choice = USUAL) -> Payment:
        """The buyer goes to the merchant's checkout and pays there (or leaves); their page hears nothing of it.

        So that it is the webhook that tells the merchant, as with a buyer who has no browser. Raises NotObservable for
        what they cannot do, NotApplicable for another country than theirs, and Blocked by CHECKOUT-06 when stopped.
        """
        leaves = choice.finish == "leave"
        wished = {"method": choice.method, "cvv": choice.cvv, "finish": USUAL.finish if leaves else choice.finish}
        others = {name: None if value == getattr(USUAL, name) else value for name, value in wished.items()}
        chooses(**others, channel=choice.channel_key, custom_data=choice.custom_data)
        in_country(choice.country, self.buyer.settings.country)
        visit = self._visit(order, leaves=leaves)
        imp_uid = str(visit.result.get("imp_uid") or "") or self.imp_uid(str(visit.request["merchant_uid"]))
        if not imp_uid:
            none = Cause(Why.PORTONE_HAS_NONE, facts={"attempt": str(visit.request["merchant_uid"])})
            raise blocked((none,), "CHECKOUT-06")
        return self._payment(imp_uid, str(visit.request["merchant_uid"]))

    def configure(self, settings: Mapping[str, object]) -> None:
        """Raises NotObservable."""
        self._cannot(f"set {' and '.join(settings)} in the account's consoles")

    def console(self) -> Console:
        """Raises NotObservable."""
        self._cannot("look into the account's consoles: no API shows them")

    def advance(self, delay: timedelta) -> None:
        """Raises NotObservable: this clock runs as fast as everybody's."""
        self._cannot(f"let {delay} pass on PortOne's clock, which is everybody's")

    def idle(self) -> None:
        """Nobody announces what is under way: `settle_seconds` is waited instead, by who observes."""

    def imp_uid(self, merchant_uid: str) -> str | None:
        """PortOne's name of an attempt's newest payment, None where there is none."""
        return self.api.found(merchant_uid)

    def attempt_of(self, imp_uid: str) -> str | None:  # noqa: ARG002
        """None: the words of V1 name a payment by its imp_uid alone."""
        return None

    def payments(self) -> list[Payment]:
        """Raises NotObservable."""
        self._cannot("see every payment of the account")

    def all_tickets(self) -> list[Mapping[str, Any]]:
        """Raises NotObservable."""
        self._cannot("see the tickets that Paymentwall has")

    def tickets(self, imp_uid: str) -> list[Mapping[str, Any]]:
        """Raises NotObservable."""
        self._cannot(f"see the tickets that Paymentwall has for {imp_uid}")

    def accept_ticket(self, imp_uid: str) -> None:
        """Raises NotObservable."""
        self._cannot(f"accept the ticket for {imp_uid} in Paymentwall's place")

    @contextmanager
    def fault(self, **fault: Any) -> Iterator[Fault]:
        """Raises NotObservable."""
        self._cannot(f"have PortOne's {fault.get('call') or 'calls'} go wrong")
        yield  # that makes it a context manager

    @contextmanager
    def old_tokens(self) -> Iterator[None]:
        """Raises NotObservable."""
        self._cannot("have access tokens grow old")
        yield  # that makes it a context manager

    def sign_with_another(self, *, first: bool) -> None:  # noqa: ARG002
        """Raises NotObservable: the console is nobody's to reach."""
        self._cannot("have webhooks signed with another secret")

    def sign_with_one(self, *, first: bool) -> None:  # noqa: ARG002
        """Raises NotObservable: the console is nobody's to reach."""
        self._cannot("have webhooks signed with another secret")

    def settle_in(self, currency: str) -> None:
        """Raises NotObservable."""
        self._cannot(f"have Paymentwall settle in {currency}")

    def act(self, imp_uid: str, what: str, **details: object) -> None:  # noqa: ARG002
        """Raises NotObservable."""
        self._cannot(f"do in the consoles or at the bank what changes {imp_uid}: {what}")

    def send_test_webhook(self, says: Says = "paid") -> int | None:  # noqa: ARG002
        """Raises NotObservable."""
        self._cannot("press the test button in PortOne's console")

    def close(self) -> None:
        """Let connections go."""
        self.api.close()

    @property
    def shop_keys(self) -> Mapping[str, Any]:
        """The account's keys, as settings of our own shop."""
        return self.keys.of_shop

    def _payment(self, imp_uid: str, merchant_uid: str) -> Payment:  # noqa: ARG002  # V1 asks by imp_uid
        return self.api.payment(imp_uid)

    def _visit(self, order: Order, *, leaves: bool) -> Visit:
        assert self.counter is not None  # the target opened it
        counter = self.counter
        context = counter.new_context()
        try:
            journey = Journey(
                context,
                counter.timeline,
                "lose",
                reroute_to=counter.reroute_to,
                limit_seconds=counter.limit_seconds,
                buyer=self.buyer,
                words=self.words,
            )
            checkout = counter.merchant.checkout(order, counter.merchant.widgets[0])
            visit = journey.open(checkout)
            journey.press_pay(visit, checkout)
            if leaves:
                journey.close_widget(visit)
            else:
                journey.pay(visit, Card())
        finally:
            context.close()
        if visit.obstacle:
            raise blocked(visit.obstacle, "CHECKOUT-06")
        return visit

    def _cannot(self, what: str) -> NoReturn:
        raise NotObservable(Cause(Why.REAL_CANNOT, facts={"said": what}))


class RealV2Provider(RealProvider):
    """The same account, called by V2; what the suite says in V1's words is meant so."""

    capabilities = RealProvider.capabilities - {Probe.TOKENS}
    redeliveries_take = timedelta(hours=7)
    """After 0, 1, 4, 16, 64 and 256 minutes, each a little earlier or later (docs)."""
    delivery_statuses: Sequence[DeliveryStatus] = tuple(
        status for status in DeliveryStatus if status is not DeliveryStatus.DELIVERING
    )

    def __init__(
        self,
        api: PortOneV2Api,
        keys: Keys,
        buyer: RealBuyer,
        signed: SignedWebhooks,
        *,
        settle_seconds: float,
        widget_at: str = WIDGET,
    ) -> None:
        super().__init__(api, keys, buyer, settle_seconds=settle_seconds, widget_at=widget_at)
        self.words, self.webhooks = PortOneWords(), signed
        self.secrets = [keys.imp_secret, *signed.secrets]
        self._attempt_of = api.attempt_of

    @property
    def shop_keys(self) -> Mapping[str, Any]:
        """The store, the API secret, and the webhook secrets of the stage."""
        return {
            "api": "v2",
            "store_id": self.keys.imp_code,
            "api_secret": self.keys.imp_secret,
            "webhook_secrets": tuple(self.secrets[1:]),
        }

    def attempt_of(self, imp_uid: str) -> str | None:
        """The paymentId of a payment that was seen, by its transactionId."""
        return self._attempt_of(imp_uid)

    def _payment(self, imp_uid: str, merchant_uid: str) -> Payment:
        every = self.api.payments_of(merchant_uid)
        return next((one for one in every if one.imp_uid == imp_uid), None) or self.api.payment(imp_uid)


REAL_PROVIDERS: Mapping[Api, type[RealProvider]] = {Api.V1: RealProvider, Api.V2: RealV2Provider}
"""Who stands for PortOne at the real account, by the generation that the merchant speaks."""

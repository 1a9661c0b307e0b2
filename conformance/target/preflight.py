"""The preflight: whether every leg of a run against a deployment stands, before any scenario judges the merchant.

A leg that is broken is an ERROR of the set-up, told once, with what mends it.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit

import httpx
from babel.numbers import get_currency_precision
from playwright.sync_api import BrowserContext

from conformance.browser.journey import Journey
from conformance.machine.settling import eventually
from conformance.merchant.protocol import MerchantUnreachable, NotDescribed, Order
from conformance.network.connections import client_of
from conformance.network.handshakes import KIND as HANDSHAKE
from conformance.network.handshakes import RefusedHandshake, refused_handshakes
from conformance.network.receiver import Delivery
from conformance.record import calls
from conformance.record.orders import OrderState
from conformance.record.timeline import Event, Timeline
from conformance.settings.conformance_toml import Settings
from conformance.target.parts import Parts
from conformance.verdict.catalogue import Probe, Stage
from conformance.verdict.endings import Blocked, NotObservable, SuiteError

LEGS = ("merchant", "order", "webhook", "look-up", "refund", "browser")
TRUSTING: Mapping[str, str] = {
    "Node": "NODE_EXTRA_CA_CERTS={ca}",
    "Python": "SSL_CERT_FILE={ca}, and REQUESTS_CA_BUNDLE={ca} for requests",
    "PHP": "curl.cainfo={ca} and openssl.cafile={ca} in php.ini (WordPress plugins that use curl need the first)",
    "Java": "keytool -importcert -file {ca} into the file that -Djavax.net.ssl.trustStore names",
    "Go, Ruby": "SSL_CERT_FILE={ca}",
}
"""By stack, what makes a server trust the authority of the emulator's certificates (docs/your-deployment.md)."""
_CONNECT_SECONDS = 5.0
PORTONES = "52.78.100.19, 52.78.48.223 and 52.78.5.241"
"""From where PortOne sends webhooks (docs)."""


class Broken(Exception):
    """A leg of the set-up does not stand; the text says what was seen, and what mends it."""

    def __init__(self, leg: str, told: str) -> None:
        super().__init__(f"Preflight, leg {leg}: {told}")


@dataclass(frozen=True)
class Stands:
    """A leg that stands (or was left out), with what is worth knowing about it."""

    leg: str
    told: str
    seconds: float
    tried: bool = True


class LeftOut(Exception):
    """A leg that is not tried; the text says why."""


@dataclass
class Preflight:
    """Goes through the legs of one target. `new_context` opens the buyer's browser, None where there is none."""

    parts: Parts
    timeline: Timeline
    settings: Settings
    new_context: Callable[[], BrowserContext] | None
    stage: Stage = Stage.TEST

    def legs(self, skip: Collection[str] = ()) -> Iterator[Stands]:
        """Each leg as it was found to stand, one after the other. Raises Broken at the first that does not."""
        self.parts.provider.begin()
        checks: tuple[Callable[[], str], ...] = (
            self._reachable, self._order, self._webhook, self._look_up, self._refund, self._browser,
        )  # fmt: skip
        for leg, check in zip(LEGS, checks, strict=True):
            began = time.monotonic()
            try:
                if leg in skip:
                    raise LeftOut("merchant.skip_checks")
                told = check()
            except LeftOut as reason:
                yield Stands(leg, f"left out: {reason}", time.monotonic() - began, tried=False)
                continue
            except (MerchantUnreachable, Blocked, NotObservable, SuiteError) as reason:
                raise Broken(leg, f"{reason}") from reason
            yield Stands(leg, told, time.monotonic() - began)

    @property
    def _base_url(self) -> str:
        assert self.settings.merchant is not None  # the target was started with it
        return self.settings.merchant.base_url

    def _reachable(self) -> str:
        limits = httpx.Timeout(_CONNECT_SECONDS, read=self.settings.limits.wait_seconds)
        verify = self.settings.merchant is None or self.settings.merchant.verify_certificates
        try:
            with client_of(timeout=limits, verify=verify) as client:
                status = client.get(self._base_url).status_code
        except httpx.TimeoutException as error:
            raise Broken("merchant", f"{self._base_url} does not answer ({type(error).__name__}); is it up?") from error
        except httpx.HTTPError as error:
            raise Broken(
                "merchant",
                f"nobody answers at {self._base_url} ({error}): start the merchant, or correct merchant.base_url",
            ) from error
        return f"{self._base_url} answers (HTTP {status})"

    def _order(self) -> str:
        self.order = self.parts.merchant.place_order()
        placed = f"order {self.order.reference} over {self.order.amount} {self.order.currency} was placed"
        if Probe.ORDER not in self.parts.merchant.capabilities:
            return f"{placed}; it cannot be read, so most requirements will be INCONCLUSIVE (no [read_order])"
        view = self.parts.merchant.read_order(self.order)
        if view.state is OrderState.MISSING:
            raise Broken("order", f"{placed}, and reading it gives {view.word}: correct read_order")
        if view.state is not OrderState.UNPAID:
            raise Broken("order", f"{placed}, and it reads {view} before anybody paid: correct read_order.states")
        if always_told := view.unproven.get("attention"):
            raise Broken("order", f"{placed}, and {always_told}")
        return f"{placed}, and reads unpaid"

    def _webhook(self) -> str:
        provider, receiver = self.parts.provider, self.parts.receiver
        self.imp_uid = provider.pay(self.order).imp_uid
        provider.idle()
        deliveries = receiver.of(self.order.merchant_uid)
        if not deliveries:
            raise Broken("webhook", f"the emulator's webhook did not reach {receiver.url}: correct receiver.public_url")
        status = deliveries[0].status
        if objection := self._objection(deliveries[0]):
            raise Broken("webhook", objection)
        if status is not None and status >= httpx.codes.BAD_REQUEST:
            self._look_up()  # whatever is in its way is told first
            raise Broken(
                "webhook",
                f"{receiver.merchant_url} answers a webhook with HTTP {status}, although the payment's look-up went "
                "well: the shop's own log says why. Expected 200. (If it answers so on purpose: skip_checks = "
                '["webhook"], and the scenarios judge it)',
            )
        return f"{receiver.merchant_url} answers a webhook with HTTP {status}"

    def _objection(self, delivery: Delivery) -> str | None:
        address, status = self.parts.receiver.merchant_url, delivery.status
        if status is None:
            waited = f"within {delivery.seconds:.0f} s"
            return f"{address} did not answer a webhook {waited}: correct merchant.webhook (or webhook_path)"
        if status in (401, 403):
            return (
                f"{address} refuses webhooks with HTTP {status}. If the merchant takes them from PortOne's addresses "
                f"only ({PORTONES}), let this machine in as well, here {_own_address(address)}; or take the log-in "
                "from the address, as PortOne has none"
            )
        if status in (404, 405, 410) or 300 <= status < 400:
            return (
                f"{address} answers a webhook with HTTP {status}: correct merchant.webhook (or webhook_path). (A shop "
                'that has none: skip_checks = ["webhook", "look-up"], and the scenarios judge it)'
            )
        return None

    def _look_up(self) -> str:
        limit = self.parts.merchant.settle_seconds + self.settings.limits.wait_seconds
        found = eventually(self._look_ups, _any_went_well, limit_seconds=limit)
        if not _any_went_well(found) and Probe.OPEN_ORDERS in self.parts.merchant.capabilities:
            self.parts.merchant.see_to_open_orders(self.order)
            found = self._look_ups()
        if _any_went_well(found):
            return f"the merchant looked payment {self.imp_uid} up ({calls.seen_in(found)})"
        if self._is_paid():
            return "the order became paid, and the merchant looked nothing up; the scenarios will judge that"
        raise Broken("look-up", self._why_not_found(found) or self._why_not_asked(limit))

    def _look_ups(self) -> list[Event]:
        """The merchant's look-ups of the payment that was just made, by whichever call."""
        return [
            event
            for event in self._calls()
            if event.kind in ("look-up", "find")
            and (event.imp_uid == self.imp_uid or event.merchant_uid == self.order.merchant_uid)
        ]

    def _why_not_found(self, look_ups: list[Event]) -> str | None:
        """Why the payment's look-ups found nothing, None where there were none."""
        if not look_ups:
            return None
        seen = f"the merchant looked payment {self.imp_uid} up, and the emulator answered {calls.seen_in(look_ups)}"
        unseen = any(event.status == httpx.codes.NOT_FOUND for event in look_ups)
        if unseen and self.stage is Stage.TEST:
            return (
                f"{seen}: test payments are shown only to a look-up (GET /payments/{{imp_uid}}) that asks for them. "
                "Add include_sandbox=true to it where your shop is in its test stage (SETUP-16), or use --stage live"
            )
        return f"{seen}; expected code 0 with the payment"

    def _why_not_asked(self, limit_seconds: float) -> str:
        """Why no look-up of the payment came to the emulator."""
        emulator, keys = self.settings.emulator, self.parts.provider.keys
        others = self._calls()
        if others and not _any_answered(others):
            seen = ", ".join(sorted({f"{call.kind} with HTTP {call.status}" for call in others}))
            return (
                f"the emulator answered the merchant's calls ({seen}): its REST API key and secret must be those of "
                "[emulator], and its server's address among emulator.allowed_addresses"
            )
        if others:
            seen = ", ".join(sorted({call.kind for call in others}))
            return (
                f"the merchant called the emulator ({seen}), and did not look payment {self.imp_uid} up within "
                f"{limit_seconds:g} s of its webhook: the shop's own log says what stopped it"
            )
        if refused := refused_handshakes(self.timeline):
            return self._certificate_refused(refused[-1])
        proxy = self.settings.server_gateway
        led = f" (or HTTPS_PROXY to port {proxy.port}, and trust ca.pem)" if proxy else ""
        return (
            f"the merchant did not call the emulator within {limit_seconds:g} s of a webhook. In its server's "
            f"settings, put {self.parts.emulator_url} in place of https://api.iamport.kr{led}, REST API key "
            f"{keys.imp_key} with the secret of emulator.imp_secret, code {keys.imp_code}, "
            f"channel key {emulator.channel_key}. (If it "
            'really never looks a payment up: skip_checks = ["look-up"], and the scenarios will say so)'
        )

    def _certificate_refused(self, refused: RefusedHandshake) -> str:
        folder = self.settings.emulator.certificates
        ca = "ca.pem" if folder is None else str(self.settings.folder / folder.expanduser() / "ca.pem")
        return (
            f"the merchant's server connected to {refused.name or 'the emulator'} and broke off the TLS handshake "
            f"({refused.reason}): it does not trust the emulator's certificate. Let it trust {ca}, and start it again: "
            + "; ".join(f"{stack}: {line.format(ca=ca)}" for stack, line in TRUSTING.items())
        )

    def _refund(self) -> str:
        merchant = self.parts.merchant
        if Probe.REFUND not in merchant.capabilities or "refunds" in merchant.not_done:
            raise LeftOut("the merchant's file describes no refund")
        if not self._is_paid():
            raise LeftOut("the order did not become paid, so there is nothing to refund")
        try:
            answer = merchant.ask_for_refund(self.order)
        except MerchantUnreachable as reason:
            asked = [event for event in self.timeline.events("refund") if event.source == "suite"]
            if not asked or (asked[-1].status or 0) < httpx.codes.INTERNAL_SERVER_ERROR:
                raise Broken("refund", f"{reason}") from reason
            return f"the refund action answers HTTP {asked[-1].status}; the scenarios will judge that"
        try:
            merchant.read_order(self.order)
        except NotDescribed as reason:
            raise Broken("refund", f"after the refund action, {reason}") from reason
        took = "took the request" if answer.accepted else f"refused: {answer.message!r}"
        cancels = self.timeline.events("cancel", imp_uid=self.imp_uid, source="merchant")
        done = "PortOne was asked to cancel" if cancels else "PortOne was not asked yet; the scenarios will judge that"
        return f"the refund action {took}; {done}"

    def _calls(self) -> list[Event]:
        asked = [event for event in self.timeline.events() if event.source == "merchant" and event.target == "portone"]
        return [event for event in asked if event.kind != HANDSHAKE]

    def _is_paid(self) -> bool:
        merchant = self.parts.merchant
        return Probe.ORDER in merchant.capabilities and merchant.read_order(self.order).state is OrderState.PAID

    def _browser(self) -> str:
        merchant = self.parts.merchant
        if Probe.BROWSER not in merchant.capabilities:
            raise LeftOut("the merchant's file has no [checkout]")
        if self.new_context is None:
            raise LeftOut("no scenario of this run takes a browser")
        context = self.new_context()
        try:
            return self._buyer(context, merchant.place_order())
        finally:
            context.close()

    def _buyer(self, context: BrowserContext, order: Order) -> str:
        journey = Journey(context, self.timeline, limit_seconds=self.settings.limits.wait_seconds)
        checkout = self.parts.merchant.checkout(order, self.parts.merchant.widgets[0])
        visit = journey.open(checkout)
        journey.press_pay(visit, checkout)
        if visit.obstacle:
            raise Broken("browser", f"the buyer at {checkout.url} was stopped: {visit.obstacle}")
        if wrong := other_unit(visit.requested[-1], order, getattr(self.parts.merchant, "amounts", "major")):
            raise Broken("browser", wrong)
        asked = visit.requested[-1].get("channelKey") or visit.requested[-1].get("pg")
        own = self.settings.emulator.channel_key
        other = "" if asked == own else f", with {asked!r} where the emulator's channel is {own!r}"
        return f"the page asks for a payment{other}{other_attempt(visit.requested[-1], order)}"


def other_attempt(asked: Mapping[str, Any], order: Order) -> str:
    """That the page asks for another attempt than the order was placed with, in words; else nothing."""
    attempt = asked.get("merchant_uid")
    if attempt in (None, order.merchant_uid):
        return ""
    return (
        f", as {attempt}, where place_order gave {order.merchant_uid}. What the page asked for is followed; where "
        "it is another order than the one that was placed, take place_order.merchant_uid from request_pay"
    )


def other_unit(asked: Mapping[str, Any], order: Order, unit: str) -> str | None:
    """How the file reads the order's amount in another unit than the page asks for it in; None where it does not.

    PortOne takes major units, so the page says which they are. A page that itself asks for cents is for the scenarios
    to judge, as is another amount altogether.
    """
    try:
        amount = Decimal(str(asked.get("amount")))
    except InvalidOperation:
        return None
    decimals = get_currency_precision(order.currency)
    if not decimals or not amount.is_finite() or not amount:
        return None
    seen = f"the page asks for {amount} {order.currency}, and the order as the file reads it says {order.amount}"
    if unit == "major" and order.amount == amount.scaleb(decimals):
        return f'{seen}: the order counts in minor units. Set amounts = "minor" in the description'
    if unit == "minor" and order.amount == amount.scaleb(-decimals):
        return f'{seen}: the order counts in major units. Set amounts = "major" in the description (or in place_order)'
    return None


def _any_went_well(look_ups: list[Event]) -> bool:
    return any(calls.is_success(event) for event in look_ups)


def _any_answered(events: list[Event]) -> bool:
    return any(event.status is not None and event.status < httpx.codes.BAD_REQUEST for event in events)


def _own_address(url: str) -> str:
    """From where this machine's requests to an address come; no packet is sent."""
    parts = urlsplit(url)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect((parts.hostname or "", parts.port or 443))
        except OSError:
            return "the address of this machine"
        return str(asking.getsockname()[0])

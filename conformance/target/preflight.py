"""The preflight: whether every leg of a run against a deployment stands, before any scenario judges the merchant.

A leg that is broken is an ERROR of the set-up, told once, with what fixes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import get_args

import httpx

from conformance.machine.settling import eventually
from conformance.merchant.protocol import MerchantUnreachable, NotDescribed, Order
from conformance.network.connections import client_of, in_words
from conformance.network.handshakes import KIND as HANDSHAKE
from conformance.network.handshakes import refused_handshakes
from conformance.portone.generations import SERVER_SETTINGS, ServerSettings
from conformance.record import calls
from conformance.record.orders import OrderState
from conformance.record.timeline import Event
from conformance.settings.conformance_toml import Leg
from conformance.target.legs import Broken, NotTried, Stands, go_through
from conformance.target.preflight_acts import currencies_ordered_in, open_orders_seen_to, part_asked_back
from conformance.target.preflight_buyer import FirstBuyer, asked_channel, other_attempt, other_store, other_unit
from conformance.target.preflight_obstacles import certificate_refused, objection
from conformance.target.target import Target
from conformance.verdict.catalogue import Probe, Stage
from conformance.verdict.endings import Blocked, NotObservable, SuiteError
from conformance.verdict.reasons import told

LEGS: tuple[Leg, ...] = get_args(Leg)
_CONNECT_SECONDS = 5.0


class Preflight:
    """Goes through the legs of one target. `emulator_url` is where the merchant's server finds PortOne."""

    order: Order
    imp_uid: str

    def __init__(self, target: Target, emulator_url: str) -> None:
        options = target.options
        self.target = target
        self.emulator_url = emulator_url
        self.merchant, self.timeline, self.settings = target.merchant, target.timeline, options.settings
        self.new_context = target.new_context if options.buys_in_browser else None
        self.skip = self.settings.merchant.skip_checks if self.settings.merchant else frozenset()
        self.paid_by_return = False

    def legs(self) -> Iterator[Stands]:
        """Each leg as it was found to stand, one after the other. Raises Broken at the first that does not."""
        self.target.provider.begin()
        checks: tuple[Callable[[], str], ...] = (
            self._reachable, self._order, self._webhook, self._look_up, self._refund, self._browser,
            self._currencies, self._part, self._open_orders,
        )  # fmt: skip
        yield from go_through(
            dict(zip(LEGS, checks, strict=True)), (MerchantUnreachable, Blocked, NotObservable, SuiteError), self.skip
        )

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
            raise Broken("merchant", f"{self._base_url} does not answer ({in_words(error)}); is it running?") from error
        except httpx.HTTPError as error:
            raise Broken(
                "merchant",
                f"nothing answers at {self._base_url} ({error}): start the merchant, or correct merchant.base_url",
            ) from error
        unused = " and ".join(f"{{{name}}}" for name in getattr(self.merchant, "unused_secrets", ()))
        idle = f"; nothing in the description uses {unused} of [merchant.secrets]" if unused else ""
        return f"{self._base_url} answers (HTTP {status}){idle}"

    def _order(self) -> str:
        self.order = self.merchant.place_order()
        placed = f"order {self.order.reference} over {self.order.amount} {self.order.currency} was placed"
        if Probe.ORDER not in self.merchant.capabilities:
            return f"{placed}; it cannot be read, so most requirements will be INCONCLUSIVE (no [read_order])"
        view = self.merchant.read_order(self.order)
        if view.state is OrderState.MISSING:
            raise Broken("order", f"{placed}, and reading it gives {view.word}: correct read_order")
        if view.state is not OrderState.UNPAID:
            raise Broken("order", f"{placed}, and its state is {view} before anybody paid: correct read_order.states")
        if always_told := view.unproven.get("attention"):
            raise Broken("order", f"{placed}, and {always_told}")
        return f"{placed}; its state is unpaid"

    def _webhook(self) -> str:
        receiver = self.target.receiver
        if self._has_no_webhook:
            raise NotTried('the merchant\'s file says that it has no address for webhooks (webhook_path = "none")')
        self._pay_at_portone()
        deliveries = receiver.of(self.order.merchant_uid)
        if not deliveries:
            raise Broken("webhook", f"the emulator's webhook did not reach {receiver.url}: correct receiver.public_url")
        status = deliveries[0].status
        if wrong := objection(deliveries[0], receiver.merchant_url):
            raise Broken("webhook", wrong)
        if status is not None and status >= httpx.codes.BAD_REQUEST:
            self._look_up()  # whatever is in its way is told first
            raise Broken(
                "webhook",
                f"{receiver.merchant_url} answers a webhook with HTTP {status}, although the payment's look-up "
                "succeeded: see the shop's log. Expected 200. (If it answers so on purpose: skip_checks = "
                '["webhook"], and the scenarios judge it)',
            )
        return f"{receiver.merchant_url} answers a webhook with HTTP {status}"

    def _pay_at_portone(self) -> None:
        self.imp_uid = self.target.provider.pay(self.order).imp_uid
        self.target.provider.idle()

    @property
    def _has_no_webhook(self) -> bool:
        return bool(getattr(self.merchant, "has_no_webhook", False))

    def _paid_by_return(self) -> str | None:
        """A further order, which its buyer pays in the browser; why that was not tried, or what stopped the buyer."""
        if Probe.BROWSER not in self.merchant.capabilities or self.new_context is None or "browser" in self.skip:
            return "no buyer can pay in a browser here"
        self.order, stopped = self._first_buyer().pays(self.merchant.place_order())
        if stopped is None:
            self.paid_by_return = True
            self.imp_uid = self.target.provider.imp_uid(self.order.merchant_uid) or ""
        return stopped

    def _told_by(self) -> str:
        return "its buyer's return" if self.paid_by_return else "its webhook"

    def _first_buyer(self) -> FirstBuyer:
        assert self.new_context is not None  # whoever asks has seen to it
        limit = self.settings.limits.wait_seconds
        reroute_to, words = self.target.reroute_to, self.target.provider.words
        return FirstBuyer(self.merchant, self.timeline, self.new_context, limit, reroute_to, words)

    def _look_up(self) -> str:
        if self._has_no_webhook and (stopped := self._paid_by_return()):
            raise NotTried(f"nothing tells the merchant of a payment: {stopped}")
        limit = self.merchant.settle_seconds + self.settings.limits.wait_seconds
        found = eventually(self._look_ups, _any_went_well, limit_seconds=limit)
        if not _any_went_well(found) and Probe.OPEN_ORDERS in self.merchant.capabilities:
            self.merchant.see_to_open_orders(self.order)
            found = self._look_ups()
        if _any_went_well(found):
            return f"the merchant looked payment {self.imp_uid} up ({calls.seen_in(found)})"
        if self._is_paid():
            return "the order became paid without a look-up; the scenarios judge that"
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
        if all(event.status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN) for event in look_ups):
            return f"{seen}: {self._server.refused}, and its server's address must be among emulator.allowed_addresses"
        unseen = any(event.status == httpx.codes.NOT_FOUND for event in look_ups)
        if unseen and self.target.stage is Stage.TEST and self._server.unseen:
            return f"{seen}: {self._server.unseen}"
        return f"{seen}; expected code 0 with the payment"

    @property
    def _server(self) -> ServerSettings:
        return SERVER_SETTINGS[self.target.api]

    def _why_not_asked(self, limit_seconds: float) -> str:
        """Why no look-up of the payment came to the emulator."""
        emulator, keys = self.settings.emulator, self.target.provider.keys
        others = self._calls()
        if others and not _any_answered(others):
            seen = ", ".join(sorted({f"{call.kind} with HTTP {call.status}" for call in others}))
            return (
                f"the emulator answered the merchant's calls ({seen}): {self._server.refused}, and its server's "
                "address must be among emulator.allowed_addresses"
            )
        if others:
            seen = ", ".join(sorted({call.kind for call in others}))
            return (
                f"the merchant called the emulator ({seen}), and did not look payment {self.imp_uid} up within "
                f"{limit_seconds:g} s of {self._told_by()}: see the shop's log"
            )
        if refused := refused_handshakes(self.timeline):
            return certificate_refused(refused[-1], self.settings)
        proxy = self.settings.server_gateway
        led = f" (or HTTPS_PROXY to port {proxy.port}, and trust ca.pem)" if proxy else ""
        return (
            f"the merchant did not call the emulator within {limit_seconds:g} s of a webhook. In its server's "
            f"settings, put {self.emulator_url} in place of {self._server.api_url}{led}, {self._server.keys(keys)}, "
            f"channel key {emulator.channel_key}. (If it "
            'really never looks a payment up: skip_checks = ["look-up"], and the scenarios judge it)'
        )

    def _refund(self) -> str:
        if Probe.REFUND not in self.merchant.capabilities or "refunds" in self.merchant.not_done:
            raise NotTried("the merchant's file describes no refund")
        if not self._is_paid() and (stopped := self._paid_by_return()):
            raise NotTried(f"the order did not become paid, so there is nothing to refund ({stopped})")
        if not eventually(self._is_paid, bool, limit_seconds=self.merchant.settle_seconds):
            raise NotTried(f"the order did not become paid by {self._told_by()}, so there is nothing to refund")
        try:
            answer = self.merchant.ask_for_refund(self.order)
        except MerchantUnreachable as reason:
            asked = [event for event in self.timeline.events("refund") if event.source == "suite"]
            if not asked or (asked[-1].status or 0) < httpx.codes.INTERNAL_SERVER_ERROR:
                raise Broken("refund", f"{reason}") from reason
            return f"the refund action answers HTTP {asked[-1].status}; the scenarios judge that"
        try:
            self.merchant.read_order(self.order)
        except NotDescribed as reason:
            raise Broken("refund", f"after the refund action, {reason}") from reason
        took = "took the request" if answer.accepted else f"refused: {answer.message!r}"
        cancels = self.timeline.events("cancel", imp_uid=self.imp_uid, source="merchant")
        done = "PortOne was asked to cancel" if cancels else "PortOne was not asked yet; the scenarios judge that"
        by_return = " of an order that its buyer's return paid" if self.paid_by_return else ""
        return f"the refund action {took}{by_return}; {done}"

    def _part(self) -> str:
        return part_asked_back(self.merchant, self.timeline, self._another_paid)

    def _another_paid(self) -> Order | None:
        """A further order, paid as the one before was; None where it did not become paid."""
        if not self.paid_by_return:
            self.order = self.merchant.place_order()
            self._pay_at_portone()
        elif self._paid_by_return():
            return None
        return self.order if eventually(self._is_paid, bool, limit_seconds=self.merchant.settle_seconds) else None

    def _currencies(self) -> str:
        return currencies_ordered_in(self.merchant)

    def _open_orders(self) -> str:
        return open_orders_seen_to(self.merchant, self.timeline, self.order)

    def _calls(self) -> list[Event]:
        asked = [event for event in self.timeline.events() if event.source == "merchant" and event.target == "portone"]
        return [event for event in asked if event.kind != HANDSHAKE]

    def _is_paid(self) -> bool:
        return (
            Probe.ORDER in self.merchant.capabilities and self.merchant.read_order(self.order).state is OrderState.PAID
        )

    def _browser(self) -> str:
        if Probe.BROWSER not in self.merchant.capabilities:
            raise NotTried("the merchant's file has no [checkout]")
        if self.new_context is None:
            raise NotTried("no scenario of this run needs a browser")
        order = self.merchant.place_order()
        visit, checkout, wrong = self._first_buyer().asks(order)
        if wrong:
            raise Broken("browser", wrong)
        if wrong := other_store(visit.requested, self.target.provider.keys.imp_code):
            raise Broken("browser", wrong)
        if visit.obstacle:
            raise Broken("browser", f"the buyer at {checkout.url} was stopped: {told(visit.obstacle)}")
        if wrong := other_unit(visit.requested[-1], order, getattr(self.merchant, "amounts", "major")):
            raise Broken("browser", wrong)
        asked, follows = visit.requested[-1], bool(getattr(self.merchant, "follows_page", False))
        channel = asked_channel(asked, self.settings.emulator.channel_key)
        return f"the page asks for a payment{channel}{other_attempt(asked, order, follows_page=follows)}"


def _any_went_well(look_ups: list[Event]) -> bool:
    return any(calls.is_success(event) for event in look_ups)


def _any_answered(events: list[Event]) -> bool:
    return any(event.status is not None and event.status < httpx.codes.BAD_REQUEST for event in events)

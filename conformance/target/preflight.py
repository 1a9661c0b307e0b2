"""The preflight: whether every leg of a run against a deployment stands, before any scenario judges the merchant.

A leg that is broken is an ERROR of the set-up, told once, with what fixes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import get_args

import httpx

from conformance.machine.settling import eventually
from conformance.merchant.protocol import MerchantUnreachable, NotDescribed, Order, OrderView
from conformance.network.certificates import HANDSHAKE, refused_handshakes
from conformance.network.connections import client_of, in_words
from conformance.portone.accounts import SERVER_SETTINGS, ServerSettings
from conformance.record import calls
from conformance.record.orders import OrderState
from conformance.record.timeline import Event
from conformance.settings.conformance_toml import Leg
from conformance.target.legs import Broken, NotTried, Stands, go_through
from conformance.target.preflight_acts import (
    amount_of,
    certificate_refused,
    currencies_ordered_in,
    listed,
    objection,
    open_orders_seen_to,
    part_asked_back,
)
from conformance.target.preflight_buyer import FirstBuyer, asked_channel, other_attempt, other_store, other_unit
from conformance.target.target import Target
from conformance.verdict.catalogue import Probe, Stage
from conformance.verdict.endings import Blocked, NotObservable, SuiteError, causes_of
from conformance.verdict.reasons import Cause, Causes, Why, term, within

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
        checks: tuple[Callable[[], Causes], ...] = (
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

    def _reachable(self) -> Causes:
        limits = httpx.Timeout(_CONNECT_SECONDS, read=self.settings.limits.wait_seconds)
        verify = self.settings.merchant is None or self.settings.merchant.verify_certificates
        where = {"url": self._base_url}
        try:
            let_in = {"request": [self.target.options.gate.pass_through]}
            with client_of(timeout=limits, verify=verify, event_hooks=let_in) as client:
                status = client.get(self._base_url).status_code
        except httpx.TimeoutException as error:
            silent = Cause(Why.CHECK_SILENT, facts={**where, **term("why", in_words(error))})
            raise Broken("merchant", silent) from error
        except httpx.HTTPError as error:
            raise Broken("merchant", Cause(Why.CHECK_NOBODY, facts={**where, "why": str(error)})) from error
        answers = Cause(Why.CHECK_ANSWERS, facts={**where, "status": str(status)})
        gate = self.settings.merchant.gate if self.settings.merchant else None
        named = gate.secrets if gate else ()
        unused = [f"{{{one}}}" for one in getattr(self.merchant, "unused_secrets", ()) if one not in named]
        return answers, *([Cause(Why.ALSO_UNUSED, facts=listed("names", unused))] if unused else [])

    def _order(self) -> Causes:
        self.order = self.merchant.place_order()
        placed = placed_as(self.order)
        if Probe.ORDER not in self.merchant.capabilities:
            return (Cause(Why.CHECK_UNREAD, facts=placed),)
        view = self.merchant.read_order(self.order)
        if view.state is OrderState.MISSING:
            raise Broken("order", Cause(Why.CHECK_MISSING, facts={**placed, "word": view.word}))
        if view.state is not OrderState.UNPAID:
            raise Broken("order", not_unpaid(self.order, view))
        if always_told := view.unproven.get("attention"):
            raise Broken("order", Cause(Why.CHECK_NOTED, facts={**placed, **within((always_told,))}))
        return (Cause(Why.CHECK_UNPAID, facts=placed),)

    def _webhook(self) -> Causes:
        receiver = self.target.receiver
        if self._has_no_webhook:
            raise NotTried(Cause(Why.CHECK_NO_WEBHOOK))
        self._pay_at_portone()
        deliveries = receiver.of(self.order.merchant_uid)
        if not deliveries:
            raise Broken("webhook", Cause(Why.CHECK_WEBHOOK_LOST, facts={"url": receiver.url}))
        status = deliveries[0].status
        if wrong := objection(deliveries[0], receiver.merchant_url):
            raise Broken("webhook", wrong)
        seen = {"url": receiver.merchant_url, "status": str(status)}
        if status is not None and status >= httpx.codes.BAD_REQUEST:
            self._look_up()  # whatever is in its way is told first
            raise Broken("webhook", Cause(Why.CHECK_WEBHOOK_ERROR, facts=seen))
        return (Cause(Why.CHECK_WEBHOOK, facts=seen),)

    def _pay_at_portone(self) -> None:
        self.imp_uid = self.target.provider.pay(self.order).imp_uid
        self.target.provider.idle()

    @property
    def _has_no_webhook(self) -> bool:
        return bool(getattr(self.merchant, "has_no_webhook", False))

    def _paid_by_return(self) -> Causes:
        """A further order, which its buyer pays in the browser; why that was not tried, or what stopped the buyer."""
        if Probe.BROWSER not in self.merchant.capabilities or self.new_context is None or "browser" in self.skip:
            return (Cause(Why.CHECK_NO_BUYER),)
        self.order, stopped = self._first_buyer().pays(self.merchant.place_order())
        if not stopped:
            self.paid_by_return = True
            self.imp_uid = self.target.provider.imp_uid(self.order.merchant_uid) or ""
        return stopped

    def _told_by(self) -> Mapping[str, str]:
        return term("by", "its buyer's return" if self.paid_by_return else "its webhook")

    def _first_buyer(self) -> FirstBuyer:
        assert self.new_context is not None  # whoever asks has seen to it
        limit = self.settings.limits.wait_seconds
        reroute_to, words = self.target.reroute_to, self.target.provider.words
        return FirstBuyer(self.merchant, self.timeline, self.new_context, limit, reroute_to, words)

    def _look_up(self) -> Causes:
        if self._has_no_webhook and (stopped := self._paid_by_return()):
            raise NotTried(Cause(Why.CHECK_NOBODY_TELLS, facts=within(stopped)))
        limit = self.merchant.settle_seconds + self.settings.limits.wait_seconds
        found = eventually(self._look_ups, _any_went_well, limit_seconds=limit)
        if not _any_went_well(found) and Probe.OPEN_ORDERS in self.merchant.capabilities:
            self.merchant.see_to_open_orders(self.order)
            found = self._look_ups()
        if _any_went_well(found):
            facts = {"payment": self.imp_uid, **calls.returned("seen", found)}
            return (Cause(Why.CHECK_LOOKED_UP, facts=facts),)
        if self._is_paid():
            return (Cause(Why.CHECK_UNASKED),)
        raise Broken("look-up", self._why_not_found(found) or self._why_not_asked(limit))

    def _look_ups(self) -> list[Event]:
        """The merchant's look-ups of the payment that was just made, by whichever call."""
        return [
            event
            for event in self._calls()
            if event.kind in ("look-up", "find")
            and (event.imp_uid == self.imp_uid or event.merchant_uid == self.order.merchant_uid)
        ]

    def _why_not_found(self, look_ups: list[Event]) -> Cause | None:
        """Why the payment's look-ups found nothing, None where there were none."""
        if not look_ups:
            return None
        facts = {"payment": self.imp_uid, **calls.returned("seen", look_ups)}
        if all(event.status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN) for event in look_ups):
            return Cause(Why.CHECK_LOOK_UP_REFUSED, facts={**facts, **within((self._server.refused,), "keys")})
        unseen = any(event.status == httpx.codes.NOT_FOUND for event in look_ups)
        in_test = unseen and self.target.stage is Stage.TEST and self._server.hides_tests
        return Cause(Why.CHECK_TEST_UNFOUND if in_test else Why.CHECK_NOT_FOUND, facts=facts)

    @property
    def _server(self) -> ServerSettings:
        return SERVER_SETTINGS[self.target.api]

    def _why_not_asked(self, limit_seconds: float) -> Cause:
        """Why no look-up of the payment came to the emulator."""
        emulator, keys = self.settings.emulator, self.target.provider.keys
        others, seconds = self._calls(), {"seconds": f"{limit_seconds:g}"}
        if others and not _any_answered(others):
            seen = sorted({(call.kind, call.status) for call in others}, key=str)
            told = {
                "seen": ", ".join(f"{kind} with HTTP {status}" for kind, status in seen),
                "seen_ko": ", ".join(f"{kind}: HTTP {status}" for kind, status in seen),
            }
            return Cause(Why.CHECK_KEYS_DIFFER, facts={**told, **within((self._server.refused,), "keys")})
        if others:
            kinds = ", ".join(sorted({call.kind for call in others}))
            facts = {"seen": kinds, "payment": self.imp_uid, **seconds, **self._told_by()}
            return Cause(Why.CHECK_NOT_ASKED, facts=facts)
        if refused := refused_handshakes(self.timeline):
            return certificate_refused(refused[-1], self.settings)
        proxy = self.settings.server_gateway
        led = (Cause(Why.CHECK_LED, facts={"port": str(proxy.port)}),) if proxy else ()
        to_set = {**within(led, "led"), **within((self._server.keys(keys),), "keys"), "channel": emulator.channel_key}
        addresses = {"url": self.emulator_url, "instead": self._server.api_url}
        return Cause(Why.CHECK_UNCALLED, facts={**seconds, **addresses, **to_set})

    def _refund(self) -> Causes:
        if Probe.REFUND not in self.merchant.capabilities or "refunds" in self.merchant.not_done:
            raise NotTried(Cause(Why.CHECK_NO_REFUND))
        if not self._is_paid() and (stopped := self._paid_by_return()):
            raise NotTried(Cause(Why.CHECK_NOT_PAID, facts=within(stopped)))
        if not eventually(self._is_paid, bool, limit_seconds=self.merchant.settle_seconds):
            raise NotTried(Cause(Why.CHECK_NOT_PAID_BY, facts=self._told_by()))
        try:
            answer = self.merchant.ask_for_refund(self.order)
        except MerchantUnreachable as reason:
            asked = [event for event in self.timeline.events("refund") if event.source == "suite"]
            if not asked or (asked[-1].status or 0) < httpx.codes.INTERNAL_SERVER_ERROR:
                raise Broken("refund", *causes_of(reason)) from reason
            return (Cause(Why.CHECK_REFUND_ERROR, facts={"status": str(asked[-1].status)}),)
        try:
            self.merchant.read_order(self.order)
        except NotDescribed as reason:
            raise Broken("refund", Cause(Why.CHECK_AFTER_REFUND, facts=within(causes_of(reason)))) from reason
        cancels = self.timeline.events("cancel", imp_uid=self.imp_uid, source="merchant")
        done = Cause(Why.ALSO_CANCELLED if cancels else Why.ALSO_NOT_CANCELLED)
        if not answer.accepted:
            return Cause(Why.CHECK_REFUND_REFUSED, facts={"said": repr(answer.message)}), done
        return Cause(Why.CHECK_REFUND_TAKEN_RETURN if self.paid_by_return else Why.CHECK_REFUND_TAKEN), done

    def _part(self) -> Causes:
        return part_asked_back(self.merchant, self.timeline, self._another_paid)

    def _another_paid(self) -> Order | None:
        """A further order, paid as the one before was; None where it did not become paid."""
        if not self.paid_by_return:
            self.order = self.merchant.place_order()
            self._pay_at_portone()
        elif self._paid_by_return():
            return None
        return self.order if eventually(self._is_paid, bool, limit_seconds=self.merchant.settle_seconds) else None

    def _currencies(self) -> Causes:
        return currencies_ordered_in(self.merchant)

    def _open_orders(self) -> Causes:
        return open_orders_seen_to(self.merchant, self.timeline, self.order)

    def _calls(self) -> list[Event]:
        asked = [event for event in self.timeline.events() if event.source == "merchant" and event.target == "portone"]
        return [event for event in asked if event.kind != HANDSHAKE]

    def _is_paid(self) -> bool:
        return (
            Probe.ORDER in self.merchant.capabilities and self.merchant.read_order(self.order).state is OrderState.PAID
        )

    def _browser(self) -> Causes:
        if Probe.BROWSER not in self.merchant.capabilities:
            raise NotTried(Cause(Why.CHECK_NO_CHECKOUT))
        if self.new_context is None:
            raise NotTried(Cause(Why.CHECK_NO_BROWSER))
        order = self.merchant.place_order()
        visit, checkout, wrong = self._first_buyer().asks(order)
        if wrong := wrong or other_store(visit.requested, self.target.provider.keys.imp_code):
            raise Broken("browser", wrong)
        if visit.obstacle:
            raise Broken("browser", Cause(Why.CHECK_STOPPED, facts={"url": checkout.url, **within(visit.obstacle)}))
        if wrong := other_unit(visit.requested[-1], order, getattr(self.merchant, "amounts", "major")):
            raise Broken("browser", wrong)
        asked, follows = visit.requested[-1], bool(getattr(self.merchant, "follows_page", False))
        channel = asked_channel(asked, self.settings.emulator.channel_key)
        notes = *channel, *other_attempt(asked, order, follows_page=follows), *self._first_buyer().counts(asked, order)
        return Cause(Why.CHECK_PAGE_ASKS), *notes


def placed_as(order: Order) -> Mapping[str, str]:
    """The order, and what it costs, as facts."""
    return {"order": order.reference, "amount": amount_of(order)}


def not_unpaid(order: Order, view: OrderView) -> Cause:
    """That an order which nobody paid is said to be something else."""
    word = f" ({view.word!r})" if view.has_own_word else ""
    state = {key: f"{words}{word}" for key, words in term("state", view.state).items()}
    return Cause(Why.CHECK_NOT_UNPAID, facts={**placed_as(order), **state})


def _any_went_well(look_ups: list[Event]) -> bool:
    return any(calls.is_success(event) for event in look_ups)


def _any_answered(events: list[Event]) -> bool:
    return any(event.status is not None and event.status < httpx.codes.BAD_REQUEST for event in events)

"""Drives a merchant as its TOML file says."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from urllib.parse import urljoin
from uuid import uuid4

from playwright.sync_api import Page

from conformance.merchant.protocol import (
    ActionAnswer,
    Checkout,
    MerchantUnreachable,
    Order,
    OrderView,
    Repriced,
)
from conformance.merchant.surroundings import Surroundings
from conformance.merchant.toml.acting import Acting
from conformance.merchant.toml.browsing import Browsing
from conformance.merchant.toml.calls import Calls
from conformance.merchant.toml.consistency import unused
from conformance.merchant.toml.filling import Filling, facts_of, in_unit
from conformance.merchant.toml.placing import Placing
from conformance.merchant.toml.reading import RESTATED, Reading
from conformance.record.orders import PARTIAL_REFUNDS, Asker, DeliveryStatus
from conformance.record.timeline import Timeline
from conformance.settings.merchant_actions import Refund
from conformance.settings.merchant_toml import OPEN_ORDERS, MerchantFile
from conformance.verdict.catalogue import Probe
from conformance.verdict.endings import NotApplicable, NotLoaded, NotObservable
from conformance.verdict.reasons import Cause, Why

KEYS: Mapping[Probe, str] = {
    Probe.ORDER: "[read_order]",
    Probe.BROWSER: "[checkout]",
    Probe.WEBHOOK: "webhook_path",
    Probe.REFUND: "[refund]",
    Probe.OPEN_ORDERS: '[open_order], [open_order_as_staff], [reconcile], open_orders = "none"',
    Probe.FULFILMENT: "read_order.fulfilments",
    Probe.ATTENTION: "read_order.attention",
    Probe.SHIP: "[ship]",
}
"""Where the file says how something is seen or done."""
NO_WEBHOOK = "none"
"""What `webhook_path` says of a merchant that receives no webhooks."""
NOWHERE = "/portone-webhooks-that-this-shop-does-not-take"
"""Where PortOne's webhooks go then: to an address that answers as the merchant answers unknown ones."""


class TomlMerchant:
    """A merchant, by its file. Verbs that the file does not describe raise NotObservable."""

    def __init__(
        self,
        file: MerchantFile,
        base_url: str,
        timeline: Timeline,
        secrets: Mapping[str, str] | None = None,
        surroundings: Surroundings | None = None,
    ) -> None:
        given = surroundings or Surroundings(base_url, timeline)
        self._file = file
        self._surroundings = replace(given, base_url=base_url.rstrip("/"), secrets={**given.secrets, **(secrets or {})})
        timeline.redact.learn(*self._surroundings.secrets.values())
        self._calls = Calls(file.name, self._surroundings, file.person, file.timeout_seconds)
        self._browsing = Browsing(self._surroundings, self._calls)
        self._acting = Acting(self._calls, self._browsing, file.timeout_seconds)
        self._calls.by_browser = self._browsing.cookies
        self._placing = Placing(file, self._acting, self._filling)
        self._known: dict[str, Mapping[str, object]] = {}
        self.name = file.name
        self.profile = file.does
        self.widgets = file.widgets
        self.currencies = tuple(file.place_order.currencies)
        self.prices_by = file.place_order.price
        self.amounts = file.place_order.amounts or file.amounts
        told = file.read_order and file.read_order.attention
        self.tells_nobody = bool(told and told.value == "")
        self.describes_parts = bool(file.refund and file.refund.in_part)
        self.has_no_webhook = file.webhook_path == NO_WEBHOOK and self._surroundings.webhook_url is None
        self.refunds_whole_units = bool(file.refund and file.refund.whole_units)
        self.settle_seconds = file.settle_seconds
        self.waiting_limit = None if file.waiting_limit_days is None else timedelta(days=file.waiting_limit_days)
        steps = file.ship.statuses if file.ship else ()
        self.delivery_statuses = tuple(status for status in DeliveryStatus if status in steps)
        self.not_done = file.not_done
        self.leaves_orders_open = file.open_orders is not None
        self.looks = tuple(name for name in OPEN_ORDERS if getattr(file, name) is not None)
        self.follows_page = file.place_order.merchant_uid.request_pay is not None
        self.unused_secrets = unused(file, self._surroundings.secrets)
        self._reading = Reading(file, self._acting, self._filling, self.place_order)
        self.capabilities = frozenset(self._capabilities())
        missing = {probe: key for probe, key in KEYS.items() if probe not in self.capabilities}
        self.lacking = {probe: Cause(Why.SAY_IT, facts={"key": key}) for probe, key in missing.items()}
        if self._reading.restates:
            self.lacking[Probe.FULFILMENT] = RESTATED

    def _capabilities(self) -> Iterator[Probe]:
        file = self._file
        offered = {
            Probe.ORDER: file.read_order,
            Probe.BROWSER: file.checkout,
            Probe.WEBHOOK: file.webhook_path or self._surroundings.webhook_url,
            Probe.REFUND: file.refund,
            Probe.OPEN_ORDERS: file.open_orders or any(getattr(file, act) for act in OPEN_ORDERS),
            Probe.FULFILMENT: file.read_order and file.read_order.fulfilments and not self._reading.restates,
            Probe.ATTENTION: file.read_order and file.read_order.attention,
            Probe.SHIP: file.ship,
        }
        return (probe for probe, described in offered.items() if described)

    def place_order(self, currency: str | None = None) -> Order:
        """Place an order. Raises MerchantUnreachable when what is seen is not what the file says."""
        order, known = self._placing.place(currency)
        self._known[order.reference] = known
        return order

    def place_repriced(self, order: Order, script: str) -> Repriced:
        """Place another order like this at half of its price, wherever its placing says it; `script` does so in pages.

        Raises NotObservable where a command places orders.
        """
        if self._file.place_order.command:
            raise NotObservable(Cause(Why.PLACED_BY_COMMAND))
        repriced, known = self._placing.repriced(order, script)
        if repriced.order is not None:
            self._known[repriced.order.reference] = known
        return repriced

    def checkout(self, order: Order, widget: str) -> Checkout:
        """Where a buyer pays the order through that widget, and how they reach the button."""
        described = self._file.checkout
        if described is None:
            raise NotObservable(self._lacks(Why.NOT_DESCRIBED, table="checkout"))
        filling = self._filling(order, widget=widget)
        page = filling.sources(described, "checkout")
        url = urljoin(self._surroundings.base_url + "/", filling(page.path, "checkout.path"))
        button = page.pay_button
        named = button.name if button and button.role == "button" and button.name else button
        lead = self._leading(url, filling) if page.steps or page.by else None
        success, failure = (
            filling(told, "checkout") if isinstance(told, str) else told for told in (page.success, page.failure)
        )
        return Checkout(url, named, success, failure, lead)

    def _leading(self, url: str, filling: Filling) -> Callable[[Page], None]:
        described = self._file.checkout
        assert described is not None

        def lead(page: Page) -> None:
            if described.by is not None:
                self._browsing.log_in(page, described.by, filling)
            self._browsing.go(page, url, "checkout.path")
            self._browsing.do(self._browsing.shown(page), described.steps, "checkout.steps", filling)

        return lead

    def read_order(self, order: Order) -> OrderView:
        """The order as the merchant stores it; one that is not there any more is missing.

        Raises MerchantUnreachable on a word that the file does not map.
        """
        return self._reading.view(order)

    def ask_for_refund(
        self, order: Order, amount: Decimal | None = None, *, asker: Asker = Asker.ENTITLED
    ) -> ActionAnswer:
        """Use the refund action. Raises MerchantUnreachable on an error answer.

        NotObservable where the file describes no such action, NotApplicable where it says that there is none, KeyError
        where it does not say how such an `asker` logs in.
        """
        call = self._refund(amount)
        if call.command and asker is not Asker.ENTITLED:
            raise NotObservable(Cause(Why.NOT_BY_OTHERS))
        unit = call.amounts or self._file.amounts
        filling = self._filling(order, amount=in_unit(order.amount if amount is None else amount, order.currency, unit))
        asked = call.asked_by(asker, self._surroundings.base_url)
        words = "is asked for a refund"
        if asker is Asker.ENTITLED:
            return self._acting.acted("refund", asked, filling, order, words=words)
        if asked.path is None:
            return self._turned_away(asked, filling, order)
        known = self._calls.prepared("refund", asked, filling, turned_away=True)
        response = self._calls.send("refund", asked, known, words=words, order=order)
        if not response.is_success:  # sent away, to a log-in or for good
            return ActionAnswer(accepted=False, message="")
        try:
            return self._acting.answered("refund", asked, response, known)
        except MerchantUnreachable:  # a page of the shop's, and no answer of its refund action
            return ActionAnswer(accepted=False, message="")

    def ask_in_pages_at_once(self, order: Order, times: int, amount: Decimal | None = None) -> bool:
        """Ask for a refund in so many pages at the same moment; False where it is not done in a browser.

        Of the whole amount, or of `amount`. Threads cannot: a browser is driven from one. Raises MerchantUnreachable.
        """
        call = self._refund(amount)
        if not call.steps:
            return False
        unit = call.amounts or self._file.amounts
        filling = self._filling(order, amount=in_unit(order.amount if amount is None else amount, order.currency, unit))
        self._acting.acted_together("refund", call, filling, times)
        return True

    def _turned_away(self, call: Refund, filling: Filling, order: Order) -> ActionAnswer:
        """What comes of the steps when somebody takes them who should not come to their end.

        Raises NotObservable where a page on the way was not answered: who is turned away is shown something.
        """
        try:
            return self._acting.acted("refund", call, filling, order, words="is asked for a refund by somebody else")
        except NotLoaded as missing:
            raise NotObservable(Cause(Why.OTHERS_UNSEEN, facts={"said": str(missing)})) from missing
        except MerchantUnreachable:
            return ActionAnswer(accepted=False, message="")

    def ship(self, order: Order, status: DeliveryStatus) -> ActionAnswer:
        """Say how far the goods have come. Raises MerchantUnreachable as `ask_for_refund` does."""
        call = self._file.ship
        if call is None or status not in call.statuses:
            raise NotObservable(self._lacks(Why.NO_STEP, status=status))
        filling = self._filling(order, status=call.statuses[status])
        return self._acting.acted("ship", call, filling, order, words=f"is asked to record a delivery step: {status}")

    def _lacks(self, kind: Why, **facts: str) -> Cause:
        """What the merchant's file does not say."""
        return Cause(kind, facts={"merchant": self.name, **facts})

    def _refund(self, amount: Decimal | None) -> Refund:
        if self._file.refund is None:
            if reason := self.not_done.get("refunds"):
                raise NotApplicable(reason)
            raise NotObservable(self._lacks(Why.NOT_DESCRIBED, table="refund"))
        if amount is None:
            return self._file.refund
        if reason := self.not_done.get(PARTIAL_REFUNDS):
            raise NotApplicable(reason)
        in_part = self._file.refund.in_part
        if in_part is None:
            raise NotObservable(self._lacks(Why.NO_PART))
        return in_part

    def see_to_open_orders(self, order: Order, only: Collection[str] = OPEN_ORDERS) -> None:
        """Run the reconciliation and open the order, whichever the file describes. Raises MerchantUnreachable.

        In that order: a job meets orders that nobody has opened. `only` names some of `looks`, what is described.
        """
        for name in (look for look in self.looks if look in only):
            act = getattr(self._file, name)
            self._acting.trigger(name, act, self._filling(order), order, words="reconciles open orders")

    def webhook_url(self) -> str:
        """Where the merchant receives PortOne's webhooks."""
        if self._surroundings.webhook_url is not None:
            return self._surroundings.webhook_url
        if self._file.webhook_path is None:
            raise NotObservable(self._lacks(Why.NO_ADDRESS))
        path = NOWHERE if self.has_no_webhook else self._file.webhook_path
        return urljoin(self._surroundings.base_url + "/", path)

    def close(self) -> None:
        """Let connections and pages go."""
        self._browsing.close()
        self._calls.close()

    def _filling(self, order: Order | None = None, **more: object) -> Filling:
        secrets = self._surroundings.secrets
        if order is None:
            return Filling(more, secrets)
        amount = in_unit(order.amount, order.currency, self._file.amounts)
        known = self._known.get(order.placed_as, {"unique": uuid4().hex[:10]})
        facts = {**facts_of(order), "amount": amount, **known, **more}
        return Filling(facts, secrets, {"imp_uid": lambda: self._imp_uid(order)})

    def _imp_uid(self, order: Order) -> str:
        found = self._surroundings.imp_uid(order.merchant_uid)
        if found is None:
            raise MerchantUnreachable(Cause(Why.SHOP_NO_IMP_UID, facts={"attempt": order.merchant_uid}))
        return found

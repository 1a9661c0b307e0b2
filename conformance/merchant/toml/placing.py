"""Places an order as the file says, and finds its facts: in the answer, or in what the checkout page asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import uuid4

from conformance.merchant.protocol import MerchantUnreachable, NotDescribed, Order, Repriced
from conformance.merchant.toml import seen
from conformance.merchant.toml.acting import Acting
from conformance.merchant.toml.filling import Filling, decimals_left_out, email_in
from conformance.merchant.toml.seen import Seen
from conformance.record.prices import Repricing
from conformance.settings.merchant_sources import Source
from conformance.settings.merchant_toml import MerchantFile, PlaceOrder
from conformance.verdict.reasons import Cause, Why


@dataclass(frozen=True)
class Placing:
    """Places orders at one merchant. `filling` makes what placeholders stand for before there is an order."""

    file: MerchantFile
    acting: Acting
    filling: Callable[..., Filling]

    def place(self, currency: str | None) -> tuple[Order, Mapping[str, object]]:
        """The order, and what is known of it beyond its own facts. Raises MerchantUnreachable."""
        call = self.file.place_order
        if currency is not None and currency not in call.currencies:
            lacking = {"merchant": self.file.name, "currency": currency}
            raise NotDescribed(Cause(Why.SHOP_UNKNOWN_CURRENCY, facts=lacking))
        chosen, call = call.chosen(currency), call.in_currency(currency)
        filling = self.filling(**chosen, unique=uuid4().hex[:10])
        with self.acting.done("place_order", call, filling, words="places an order") as (shown, known):
            order, captured = self._found(call, shown, known)
        if currency not in (None, order.currency):
            took = {"merchant": self.file.name, "currency": order.currency, "expected": str(currency)}
            raise MerchantUnreachable(Cause(Why.SHOP_OTHER_CURRENCY, facts=took))
        return order, {**chosen, "unique": filling.facts["unique"], **captured}

    def repriced(self, order: Order, script: str) -> tuple[Repriced, Mapping[str, object]]:
        """Place another order like this, at half of its price wherever it is said; `script` does so in pages.

        Besides it, what is known of the new order.
        """
        call, calls, browsing = self.file.place_order, self.acting.calls, self.acting.browsing
        repricing = Repricing(order.amount, order.currency)
        typed = [str(step.value) for step in call.steps if step.kind == "fill" and repricing.says(str(step.value))]
        calls.repricing, browsing.script = repricing, script if call.steps else ""
        placed, known, refused = None, dict[str, object](), ""
        try:
            placed, captured = self.place(order.currency if order.currency in call.currencies else None)
            known.update(captured)
        except MerchantUnreachable as error:
            refused = str(error)
        finally:
            calls.repricing, browsing.script = None, ""
        shown = [str(one["where"]) for one in browsing.told]
        browsing.told.clear()
        held, given = [*repricing.held, *([] if typed else shown)], [*repricing.given, *(shown if typed else [])]
        return Repriced(placed, tuple(held), tuple(given), refused), known

    def _found(self, call: PlaceOrder, shown: Seen, known: Filling) -> tuple[Order, Mapping[str, object]]:
        """The order's facts and captures; those that only the checkout page asks for, from there."""
        sources, told_after = call.sources, call.told_after
        asked = {name for name, one in sources.items() if one.request_pay is not None} if call.asked_by_page else set()
        found: dict[str, object] = {}
        self._find(found, {n: one for n, one in sources.items() if n not in asked | told_after}, shown, known)
        if call.after:
            known = self.acting.calls.followed_up("place_order", call, call.after, known.knowing(_by_name(found)))
            self._find(found, {name: sources[name] for name in told_after}, shown, known)
        if asked:
            self._find_at_checkout(found, {name: sources[name] for name in asked}, known.knowing(_by_name(found)))
        currency = str(found["currency"])
        decimals = decimals_left_out(call.amounts or self.file.amounts, currency)
        order = Order(
            reference=str(found["order"]),
            merchant_uid=str(found["merchant_uid"]),
            amount=seen.amount(found["amount"], call.amount, "place_order.amount", decimals),
            currency=currency,
            buyer_email=email_in(self._given(call, known)),
        )
        captured = {name: found[f"captures.{name}"] for name in call.captures}
        return order, captured

    def _find(self, found: dict[str, object], sources: Mapping[str, Source], shown: Seen, known: Filling) -> None:
        for name, source in sources.items():
            key = f"place_order.{name}"
            found[name] = seen.found(shown, known.source(source, key), key)

    def _find_at_checkout(self, found: dict[str, object], sources: Mapping[str, Source], known: Filling) -> None:
        """Open the checkout page as a buyer does, and press its button, so that it says what it asks PortOne for."""
        described = self.file.checkout
        if described is None:
            raise NotDescribed(Cause(Why.SHOP_NO_CHECKOUT))
        browsing, known = self.acting.browsing, known.knowing({"widget": self.file.widgets[0]})
        page = known.sources(described, "checkout")
        with browsing.page(page.by, known) as shown:
            browsing.go(shown.page, known(page.path, "checkout.path"), "checkout.path")
            known = browsing.do(shown, page.steps, "checkout.steps", known)
            browsing.press(shown, page.pay_button, "checkout.pay_button")
            self._find(found, sources, shown, known)

    def _given(self, call: PlaceOrder, known: Filling) -> list[object]:
        """All that the buyer gives of themselves with the order."""
        typed = [step.value for step in call.steps if step.kind == "fill"]
        return [known.body(given, "place_order") for given in (call.body, call.form, typed)]


def _by_name(found: Mapping[str, object]) -> dict[str, object]:
    """What was found, by the names that placeholders call it by."""
    return {name.removeprefix("captures."): value for name, value in found.items()}

"""Orders as they are placed, paid at PortOne and reported; what the merchant makes of them is not looked at."""

from __future__ import annotations

from dataclasses import dataclass, replace

from babel.numbers import get_currency_precision

from conformance.machine.settling import eventually
from conformance.merchant.protocol import ActionAnswer, Order
from conformance.network.receiver import Delivery
from conformance.portone.api import Payment
from conformance.portone.provider import Choice, Says
from conformance.target.target import Target
from conformance.verdict.endings import NotApplicable, SuiteError
from conformance.verdict.observation import failing_as, for_cause, stands_on
from conformance.verdict.reasons import Cause, Why, term

TOLD = ("SETUP-12", "SETUP-03", "SETUP-04", "SETUP-05", "SETUP-07", "SETUP-08", "SETUP-14")
"""What must be in order with the accounts for a result to come to the merchant at all."""


@dataclass(frozen=True)
class Purchase:
    """An order, PortOne's payment for it once there is one, and what the last refund and the last step answered."""

    order: Order
    payment: Payment | None = None
    refund: ActionAnswer | None = None
    shipping: ActionAnswer | None = None

    @property
    def imp_uid(self) -> str:
        """PortOne's name of the payment. Raises SuiteError when the scenario made none."""
        if self.payment is None:
            raise SuiteError("the scenario uses a payment that it never made")
        return self.payment.imp_uid


def placed(target: Target) -> Purchase:
    """An order that nobody has paid yet."""
    return _placed(target, None)


def _placed(target: Target, currency: str | None) -> Purchase:
    return target.kept("placed", Purchase, lambda: Purchase(target.merchant.place_order(currency)))


def placed_in(target: Target, decimals: int) -> Purchase:
    """An order in a currency with so many decimals. Raises NotApplicable where the merchant sells in none of them."""
    for currency in target.merchant.currencies:
        if get_currency_precision(currency) == decimals:
            return _placed(target, currency)
    usual = placed(target)
    if get_currency_precision(usual.order.currency) != decimals:
        sold = ", ".join(sorted({usual.order.currency, *target.merchant.currencies}))
        facts = {
            "merchant": target.merchant.name,
            "sold": sold,
            "decimals": str(decimals or "no"),
            "decimals_ko": str(decimals),
        }
        raise NotApplicable(Cause(Why.OTHER_DECIMALS, facts=facts))
    return usual


def paid_at_portone(target: Target, purchase: Purchase, *, method: str = "cc", country: str | None = None) -> Purchase:
    """The same order after a buyer paid it; what the merchant made of it is not looked at.

    Raises Blocked by what it stands on when PortOne does not have it as a payment, or as one of the other stage.
    """
    payment = target.provider.pay(purchase.order, Choice(method=method, country=country))
    mode = "test" if payment.sandbox else "live"
    facts = {"payment": payment.imp_uid, "status": payment.status, **term("mode", mode)}
    with stands_on(*TOLD), for_cause(Cause(Why.NOT_PAID_AT_PORTONE, facts=facts)):
        assert (payment.status, mode) == ("paid", target.stage)
    return replace(purchase, payment=payment)


def reported(target: Target, purchase: Purchase, *, method: str = "cc", country: str | None = None) -> Purchase:
    """The same order after a buyer paid it and PortOne told the merchant. Raises Blocked if it did not (`told`)."""
    purchase = paid_at_portone(target, purchase, method=method, country=country)
    told(target, payment_of(purchase).merchant_uid)
    return purchase


def payment_of(purchase: Purchase) -> Payment:
    """The payment of a purchase that has one."""
    assert purchase.payment is not None  # it was just made
    return purchase.payment


def told(target: Target, merchant_uid: str) -> None:
    """Make sure that PortOne's webhook about an attempt came to the merchant. Raises Blocked by what it stands on.

    A channel of the other stage sends its webhooks to the other stage's endpoint.
    """
    target.provider.idle()
    receiver = target.receiver
    came = eventually(
        lambda: receiver.heard_of(merchant_uid),
        bool,
        limit_seconds=target.limit_seconds + target.provider.settle_seconds,
        settled=lambda: not target.provider.settle_seconds and receiver.idle,
    )
    with stands_on(*TOLD), failing_as(Why.NEVER_CAME, about_it=merchant_uid):
        assert came


def portones(target: Target, purchase: Purchase) -> list[Delivery]:
    """PortOne's own webhooks about the order that came to the merchant, in the order in which it answered them."""
    return [one for one in target.receiver.of(purchase.order.merchant_uid) if one.source == "portone"]


def deliveries(target: Target, purchase: Purchase, *, own: bool = False) -> list[Delivery]:
    """The webhooks about the order that came to the merchant; with `own` those alone that are PortOne's.

    Raises Blocked by what it stands on when none did.
    """
    came = portones(target, purchase) if own else target.receiver.of(purchase.order.merchant_uid)
    with stands_on(*TOLD), failing_as(Why.NEVER_CAME, about_it=purchase.order.merchant_uid):
        assert came
    return came


def tested(target: Target, says: Says) -> int | None:
    """The HTTP status of the merchant's answer to the console's test webhook, None when it gave none.

    Raises Blocked by SETUP-12 or SETUP-14 when it never came to the merchant's address.
    """
    status = target.provider.send_test_webhook(says)
    came = eventually(  # PortOne gives up a merchant that does not answer before the time here is over
        lambda: bool(status or target.receiver.deliveries), bool, limit_seconds=target.limit_seconds
    )
    with stands_on("SETUP-12", "SETUP-14"), failing_as(Why.NO_TEST_WEBHOOK):
        assert came
    return status


def once_more(target: Target, nth: int) -> Purchase:
    """The order that the scenario placed as the nth (0 is the first), with its last payment."""
    order = target.dealings.spoken_of[nth]
    payments = [one for one in target.provider.payments() if one.merchant_uid in target.followed.attempts(order)]
    return replace(Purchase(order), payment=payments[-1] if payments else None)

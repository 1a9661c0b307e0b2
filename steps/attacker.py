"""The Attacker: what anybody can send without an account anywhere."""

from __future__ import annotations

from pytest_bdd import when

from fixtures import checkouts
from fixtures.browser import NewJourney
from fixtures.purchases import Purchase
from fixtures.targets import Target

INVENTED = "imp_999999999999"


@when("the Attacker's browser claims that it was paid")
def the_attackers_browser_claims_that_it_was_paid(target: Target, purchase: Purchase, new_journey: NewJourney) -> None:
    checkouts.claimed(target, purchase, new_journey("forge"))


@when("the Attacker reports that payment as paid")
def the_attacker_reports_that_payment_as_paid(target: Target, purchase: Purchase) -> None:
    uids = {"imp_uid": purchase.imp_uid, "merchant_uid": purchase.order.merchant_uid}
    target.receiver.forge({**uids, "status": "paid"})


@when("the Attacker reports an invented payment for it")
def the_attacker_reports_an_invented_payment(target: Target, purchase: Purchase) -> None:
    uids = {"imp_uid": INVENTED, "merchant_uid": purchase.order.merchant_uid}
    target.receiver.forge({**uids, "status": "paid"})

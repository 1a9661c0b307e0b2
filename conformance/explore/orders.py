"""The sentences about orders and their payments."""

from __future__ import annotations

from conformance.acts import later, mispayments, purchases, refunds, reviews, transit
from conformance.acts import troubles as bad
from conformance.explore import deeds
from conformance.explore.deeds import makes
from conformance.explore.saying import account, given, payable, sentence
from conformance.explore.sentences import Phrase
from conformance.verdict.catalogue import Probe

OUTCOMES = tuple(went for went in mispayments.OUTCOMES if went != "is under review")  # which has a sentence of its own
COUNTRIES = ("KR", "US", "DE")

GIVENS: tuple[Phrase, ...] = (
    given("an order", makes(lambda scene, _: purchases.placed(scene.target))),
    given(
        "an order in a currency with {decimals} decimals",
        makes(lambda scene, choice: purchases.placed_in(scene.target, int(choice["decimals"]))),
        gaps={"decimals": ("0", "2", "3")},
    ),
    given("an order that was paid", makes(lambda scene, _: purchases.paid(scene.target)), weight=4),
    given(
        "an order that was paid with a method that is cancelled at once",
        makes(lambda scene, _: purchases.paid(scene.target, method="paypal")),
    ),
    given(
        "an order that was paid with a method that cannot be cancelled",
        makes(lambda scene, _: purchases.paid(scene.target, method="paysafecard")),
    ),
    given(
        "an order whose payment was not reported yet",
        makes(lambda scene, _: purchases.unreported(scene.target)),
        Probe.DELIVERIES,
        weight=3,
    ),
    given("an order whose payment {went}", makes(deeds.unpaid), Probe.CONSOLE, Probe.CLOCK, gaps={"went": OUTCOMES}),
    given(
        "an order whose payment is under review, and which the merchant has seen fail",
        deeds.under_review,
        Probe.CONSOLE,
        Probe.OPEN_ORDERS,
        weight=5,
    ),
    given(
        "an order that is waiting for cancellation",
        makes(lambda scene, _: purchases.waiting(scene.target)),
        Probe.REFUND,
        Probe.CLOCK,
        Probe.TICKETS,
        weight=2,
    ),
    given("somebody else's order that was paid", deeds.elses_order),
    account("PortOne gives notice of every cancellation", cancel_notice=later.ALWAYS),
    account("PortOne gives notice of cancellations only on request", cancel_notice=later.ON_REQUEST),
    account("PortOne delivers webhooks again", redelivery=True),
)
PAYMENTS: tuple[Phrase, ...] = (
    sentence(
        "Given",
        "the Buyer has paid it once more",
        deeds.paid_once_more,
        lambda scene: scene.is_under_review and scene.again is None and scene.is_free,
        Probe.DELIVERIES,
        weight=3,
    ),
    sentence("When", "PortOne reports its payment", makes(lambda s, _: purchases.reported(s.target, s.own)), payable),
    sentence(
        "When",
        'a buyer from "{country}" pays it',
        makes(lambda s, choice: purchases.reported(s.target, s.own, country=choice["country"])),
        payable,
        gaps={"country": COUNTRIES},
    ),
    sentence(
        "When",
        "a buyer pays it by {method}",
        makes(deeds.pay),
        lambda scene: scene.can_be_paid and scene.is_calm,
        gaps={"method": tuple(transit.METHODS)},
    ),
    sentence(
        "When",
        "PortOne reports a payment of {price} for it",
        makes(lambda s, choice: mispayments.mispaid(s.target, s.own, choice["price"])),
        payable,
        gaps={"price": tuple(mispayments.PRICES)},
    ),
    sentence(
        "When",
        "Paymentwall {decides} the payment {later}",
        deeds.decided,
        lambda scene: scene.is_under_review and scene.again is None,
        Probe.CONSOLE,
        meanwhile=True,
        gaps={"decides": tuple(reviews.DECISIONS), "later": tuple(reviews.DELAYS)},
    ),
    sentence(
        "When",
        "Paymentwall approves the first payment, and the {last} is reported last",
        deeds.both_approved,
        lambda scene: scene.is_under_review and scene.again is not None and scene.is_free,
        Probe.CONSOLE,
        gaps={"last": ("first", "second")},
    ),
    sentence(
        "When",
        "PortOne reports its payment and answers the look-up with {failure}",
        makes(lambda s, choice: bad.reported_and_not_looked_up(s.target, s.own, choice["failure"])),
        payable,
        Probe.FAULTS,
        gaps={"failure": tuple(bad.FAILURES)},
    ),
    sentence(
        "When",
        "PortOne reports its payment and takes none of the access tokens from before",
        makes(lambda s, _: bad.reported_to_an_old_token(s.target, s.own)),
        payable,
        Probe.FAULTS,
    ),
    sentence(
        "When",
        "PortOne reports its payment and {times} answers of the merchant are lost",
        makes(lambda s, choice: bad.reported_and_answers_lost(s.target, s.own, int(choice["times"]))),
        payable,
        Probe.FAULTS,
        gaps={"times": ("1", "2")},
    ),
)
SEVERAL: tuple[Phrase, ...] = (
    Phrase(
        "Given",
        "it is about the {nth} order again",
        makes(deeds.go_back_to),
        lambda scene: scene.placed > 1 and scene.is_calm and "order again" not in scene.last,
        {"nth": refunds.ORDINALS[:2]},
        fits=lambda scene, choice: scene.is_another(refunds.ORDINALS.index(choice["nth"])),
    ),
)

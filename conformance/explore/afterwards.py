"""The sentences about what comes after a payment: refunds, cancellations, time and the merchant's own job."""

from __future__ import annotations

from conformance.acts import purchases, refunds, reviews
from conformance.explore import deeds
from conformance.explore.deeds import makes
from conformance.explore.saying import a_ticket_waits, paid_freely, sentence, whole
from conformance.explore.sentences import Phrase
from conformance.verdict.catalogue import Probe

TROUBLES = tuple(refunds.TROUBLES)

REFUNDS: tuple[Phrase, ...] = (
    sentence(
        "When",
        "the Merchant is asked to refund it",
        makes(lambda scene, _: purchases.refunded(scene.target, scene.own)),
        lambda scene: scene.was_paid,
        Probe.REFUND,
        meanwhile=True,
    ),
    sentence(
        "When",
        "the Merchant is asked to refund a third of it",
        makes(deeds.third_refunded),
        lambda scene: scene.is_paid,
        Probe.REFUND,
        weight=4,
    ),
    sentence(
        "When",
        "the Merchant is asked to refund it again two days later",
        makes(deeds.refunded_again_later),
        a_ticket_waits,
        Probe.REFUND,
        Probe.CLOCK,
    ),
    sentence(
        "When",
        "the Merchant is asked {times} times at the same moment to refund {what}",
        deeds.asked_at_once,
        whole,
        Probe.REFUND,
        weight=2,
        gaps={"times": ("2", "3"), "what": ("it", "a third of it")},
    ),
    sentence(
        "When",
        "the Merchant is asked to refund it, and {trouble}",
        makes(deeds.refunded_in_trouble),
        paid_freely,
        Probe.REFUND,
        Probe.FAULTS,
        gaps={"trouble": TROUBLES},
    ),
    sentence(
        "When",
        "the Merchant is asked to refund a third of it, and {trouble}",
        makes(deeds.third_refunded_in_trouble),
        paid_freely,
        Probe.REFUND,
        Probe.FAULTS,
        gaps={"trouble": TROUBLES},
    ),
)
RESULTS: tuple[Phrase, ...] = (
    sentence(
        "When",
        "Paymentwall accepts the ticket three days later",
        lambda scene, _: refunds.accepted(scene.target, scene.own),
        a_ticket_waits,
        Probe.CLOCK,
        weight=6,
        meanwhile=True,
    ),
    sentence(
        "When",
        "Paymentwall accepts the ticket, and PortOne's notice comes {how}",
        deeds.noticed,
        lambda scene: scene.waits and scene.is_free,
        Probe.CLOCK,
        Probe.DELIVERIES,
        gaps={"how": refunds.NOTICES},
    ),
    sentence(
        "When",
        "the Operator cancels its payment in PortOne's console",
        lambda scene, _: refunds.cancelled_in_console(scene.target, scene.own),
        lambda scene: scene.is_paid and not scene.waits,
        Probe.CONSOLE,
        Probe.CLOCK,
        meanwhile=True,
    ),
    sentence(
        "When",
        "the Operator cancels a third of its payment in PortOne's console",
        deeds.third_cancelled,
        whole,
        Probe.CONSOLE,
        Probe.CLOCK,
    ),
    sentence(
        "When",
        "Paymentwall reports {what}",
        lambda scene, choice: reviews.taken_back(scene.target, scene.own, choice["what"]),
        lambda scene: scene.is_paid,
        Probe.CONSOLE,
        meanwhile=True,
        gaps={"what": tuple(reviews.TAKEN_BACK)},
    ),
)
TIME: tuple[Phrase, ...] = (
    sentence("When", "two days pass", deeds.two_days, lambda scene: scene.placed > 0, Probe.CLOCK),
    sentence(
        "When",
        "the merchant reconciles open orders",
        deeds.reconciled,
        lambda scene: scene.it is not None,
        Probe.OPEN_ORDERS,
        meanwhile=True,
    ),
    sentence(
        "When",
        "an hour passes, and the merchant reconciles open orders",
        deeds.reconciled_an_hour_later,
        lambda scene: scene.it is not None,
        Probe.OPEN_ORDERS,
        Probe.CLOCK,
    ),
    sentence(
        "When",
        "the merchant reconciles open orders while PortOne fails, and again later",
        deeds.reconciled_in_vain,
        lambda scene: scene.it is not None and scene.is_free,
        Probe.OPEN_ORDERS,
        Probe.FAULTS,
    ),
    sentence(
        "When",
        "its waiting passes the Merchant's limit",
        deeds.waited_too_long,
        lambda scene: scene.waits and scene.is_free,
        Probe.CLOCK,
        Probe.OPEN_ORDERS,
    ),
    sentence(
        "When",
        "a late notice and the Merchant's own job come after its end",
        deeds.what_comes_late,
        lambda scene: scene.has_ended and scene.is_free,
        Probe.DELIVERIES,
    ),
)

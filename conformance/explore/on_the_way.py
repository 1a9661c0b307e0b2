"""The sentences about webhooks: held up, again, late, and forged."""

from __future__ import annotations

from conformance.acts import forgeries, transit
from conformance.explore import deeds
from conformance.explore.saying import sentence
from conformance.explore.sentences import Phrase
from conformance.verdict.catalogue import Probe

NONSENSE = ("an empty body", "text that is no JSON", "JSON that breaks off", "a body without imp_uid")

WEBHOOKS: tuple[Phrase, ...] = (
    sentence(
        "When",
        "PortOne delivers its webhook {times} more times",
        lambda scene, choice: transit.repeated(scene.target, scene.own, int(choice["times"]), last=False),
        lambda scene: bool(scene.reported),
        Probe.DELIVERIES,
        meanwhile=True,
        gaps={"times": ("1", "2")},
    ),
    sentence(
        "When",
        "PortOne delivers its last webhook {times} more times",
        lambda scene, choice: transit.repeated(scene.target, scene.own, int(choice["times"]), last=True),
        lambda scene: bool(scene.reported),
        Probe.DELIVERIES,
        meanwhile=True,
        gaps={"times": ("1", "2")},
    ),
    sentence(
        "When",
        "PortOne delivers its webhook {times} times at the same moment",
        deeds.together,
        lambda scene: scene.has_webhook,
        Probe.DELIVERIES,
        weight=3,
        gaps={"times": ("2", "4")},
    ),
    sentence(
        "When",
        "PortOne's webhooks are held up from now on",
        lambda scene, _: scene.transit.hold_up(),
        lambda scene: scene.is_free and scene.placed > 0,
        Probe.DELIVERIES,
    ),
    sentence(
        "When",
        "the webhooks that were held up come {how}",
        lambda scene, choice: scene.transit.come(choice["how"]),
        lambda scene: scene.held_up,
        Probe.DELIVERIES,
        gaps={"how": transit.WAYS},
    ),
    sentence(
        "When",
        "PortOne holds back what {what} has the merchant look up",
        deeds.hold_back,
        lambda scene: scene.has_webhook and scene.payment is not None,
        Probe.FAULTS,
        Probe.DELIVERIES,
        weight=3,
        gaps={"what": (transit.ITS_WEBHOOK,)},
    ),
    sentence(
        "When",
        "PortOne holds back what {what} has the merchant look up",
        deeds.hold_back,
        lambda scene: scene.payment is not None,
        Probe.FAULTS,
        Probe.WEBHOOK,
        weight=3,
        gaps={"what": (transit.FORGED,)},
    ),
    sentence(
        "When",
        "PortOne holds back what {what} has the merchant look up",
        deeds.hold_back,
        lambda scene: scene.payment is not None,
        Probe.FAULTS,
        Probe.OPEN_ORDERS,
        gaps={"what": (transit.RECONCILIATION,)},
    ),
    Phrase("When", "PortOne lets go what it held back", deeds.let_go, lambda scene: not scene.is_calm, weight=2),
)
FORGERIES: tuple[Phrase, ...] = (
    sentence(
        "When",
        "the Attacker reports that payment as {status}",
        lambda scene, choice: forgeries.reported_as(scene.target, scene.own, choice["status"]),
        lambda scene: scene.payment is not None,
        Probe.WEBHOOK,
        gaps={"status": forgeries.STATUSES},
    ),
    sentence(
        "When",
        "the Attacker reports that payment as cancelled",
        lambda scene, _: forgeries.reported_as_cancelled(scene.target, scene.own),
        lambda scene: scene.payment is not None,
        Probe.WEBHOOK,
    ),
    sentence(
        "When",
        "the Attacker reports an invented payment for it",
        lambda scene, _: forgeries.invented_payment(scene.target, scene.own),
        lambda scene: scene.it is not None,
        Probe.WEBHOOK,
    ),
    sentence(
        "When",
        "the Attacker reports somebody else's payment for it",
        deeds.others_payment,
        lambda scene: scene.it is not None and scene.elses is not None,
        Probe.WEBHOOK,
    ),
    sentence(
        "When",
        "the Attacker sends {what} about it",
        lambda scene, choice: forgeries.sent_nonsense(scene.target, choice["what"], scene.own.order.merchant_uid),
        lambda scene: scene.it is not None,
        Probe.WEBHOOK,
        gaps={"what": NONSENSE},
    ),
)

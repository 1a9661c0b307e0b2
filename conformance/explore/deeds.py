"""What the sentences of a story do, each as the step of its words does it: by `conformance.acts`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from conformance.acts import forgeries, mispayments, placing, portions, purchases, refunds, reviews, transit
from conformance.acts import troubles as bad
from conformance.acts.purchases import Purchase
from conformance.books import reading
from conformance.explore.scene import Scene
from conformance.explore.sentences import Choice

Act = Callable[[Scene, Choice], object]
Make = Callable[[Scene, Choice], Purchase]


def makes(make: Make) -> Act:
    """What makes the story's order anew."""

    def act(scene: Scene, choice: Choice) -> None:
        scene.it = make(scene, choice)

    return act


def under_review(scene: Scene, _: Choice) -> None:
    scene.it = reviews.seen_to_fail(scene.target)
    scene.reviewed.add(scene.own.imp_uid)


def unpaid(scene: Scene, choice: Choice) -> Purchase:
    return mispayments.unpaid(scene.target, choice["went"])


def go_back_to(scene: Scene, choice: Choice) -> Purchase:
    return placing.once_more(scene.target, refunds.ORDINALS.index(choice["nth"]))


def decided(scene: Scene, choice: Choice) -> None:
    reviews.reviewed(scene.target, scene.own, choice["decides"], choice["later"])
    scene.reviewed.discard(scene.own.imp_uid)


def paid_once_more(scene: Scene, _: Choice) -> None:
    scene.again = reviews.paid_again(scene.target, scene.own)


def both_approved(scene: Scene, choice: Choice) -> None:
    assert scene.again is not None  # else it is not ready
    one, other, scene.again = scene.own, scene.again, None
    reviews.approved(scene.target, one)
    scene.reviewed.discard(one.imp_uid)
    reviews.told_in_turn(scene.target, [other, one] if choice["last"] == "first" else [one, other])


def elses_order(scene: Scene, _: Choice) -> None:
    scene.elses = purchases.paid(scene.target)


def others_payment(scene: Scene, _: Choice) -> None:
    assert scene.elses is not None  # else it is not ready
    forgeries.others_payment(scene.target, scene.own, scene.elses)


def together(scene: Scene, choice: Choice) -> None:
    webhook = transit.webhook_of(scene.target, scene.own)
    scene.target.receiver.at_once(webhook, int(choice["times"]))


def hold_back(scene: Scene, choice: Choice) -> None:
    scene.transit.hold_back(transit.leading(scene.target, scene.own, choice["what"]))
    scene.meanwhile = 0


def let_go(scene: Scene, _: Choice) -> None:
    scene.transit.let_go()
    scene.meanwhile = 0


def pay(scene: Scene, choice: Choice) -> Purchase:
    return purchases.paid_at_portone(scene.target, scene.own, method=transit.METHODS[choice["method"]])


def third_refunded(scene: Scene, _: Choice) -> Purchase:
    return purchases.refunded(scene.target, scene.own, portions.a_part(scene.target, scene.own.order))


def third_cancelled(scene: Scene, _: Choice) -> None:
    refunds.part_cancelled_in_console(scene.target, scene.own, portions.a_part(scene.target, scene.own.order))


def refunded_again_later(scene: Scene, _: Choice) -> Purchase:
    scene.target.advance(timedelta(days=2))
    return purchases.refunded(scene.target, scene.own)


def refunded_in_trouble(scene: Scene, choice: Choice) -> Purchase:
    return refunds.refunded_while(scene.target, scene.own, choice["trouble"])


def third_refunded_in_trouble(scene: Scene, choice: Choice) -> Purchase:
    part = portions.a_part(scene.target, scene.own.order)
    return refunds.refunded_while(scene.target, scene.own, choice["trouble"], part)


def asked_at_once(scene: Scene, choice: Choice) -> None:
    refunds.asked_at_once(scene.target, [scene.own], int(choice["times"]), in_part=choice["what"] != "it")


def noticed(scene: Scene, choice: Choice) -> None:
    refunds.noticed(scene.target, choice["how"], lambda: refunds.accepted(scene.target, scene.own))


def reconciled(scene: Scene, _: Choice) -> None:
    scene.target.see_to_open_orders(scene.own.order)


def reconciled_an_hour_later(scene: Scene, _: Choice) -> None:
    scene.target.advance(timedelta(hours=1))
    scene.target.see_to_open_orders(scene.own.order)


def reconciled_in_vain(scene: Scene, _: Choice) -> None:
    bad.open_orders_seen_to_in_vain(scene.target, scene.own)
    scene.target.see_to_open_orders(scene.own.order)


def waited_too_long(scene: Scene, _: Choice) -> None:
    refunds.waited_too_long(scene.target)
    scene.target.see_to_open_orders(scene.own.order)


def what_comes_late(scene: Scene, _: Choice) -> None:
    after = reading.disturbed(scene.target, scene.books)
    scene.changed = None if after is None else (scene.books, after)


def two_days(scene: Scene, _: Choice) -> None:
    scene.target.advance(timedelta(days=2))

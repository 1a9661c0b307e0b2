"""Whole storms against the embedded shop, on Locust itself: by two workers, with a fault, on a merchant that dies."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from conformance.record.redaction import Redaction
from conformance.record.timeline import Timeline
from conformance.report.storm_document import StormDocument, document_of
from conformance.storm.happenings import Doing, Happening
from conformance.storm.plan import PAIR_EVERY, REFUND_EVERY, Shape
from conformance.storm.running import Storm, storm
from conformance.target import own_shop, shop_apart
from conformance.target.embedded import embedded
from conformance.target.options import RunOptions
from conformance.verdict.catalogue import Api
from tests.storm.storms import make


def made(shape: Shape) -> tuple[Storm, StormDocument]:
    """A storm against the good shop; only the shop and Locust are in processes of their own."""
    with embedded(Timeline(Redaction()), RunOptions(shop_apart=True)) as target:
        came = storm(target, shape, None, lambda _: None)
        return came, document_of(came, target, str, None, "en")


def numbers(happened: Sequence[Happening], act: Doing) -> Counter[int]:
    return Counter(one.number for one in happened if one.act is act)


@pytest.fixture(scope="module")
def by_two_workers() -> tuple[Storm, StormDocument]:
    """24 orders in three seconds, placed by two of Locust's workers on this machine."""
    return made(Shape(rate=8, seconds=3, look_up_seconds=0.1, workers=2, local=2))


def test_two_workers_place_and_pay_every_order_once(by_two_workers: tuple[Storm, StormDocument]) -> None:
    came, document = by_two_workers
    assert numbers(came.happened, Doing.PLACE) == dict.fromkeys(range(24), 1)
    assert numbers(came.happened, Doing.PAY) == dict.fromkeys(range(24), 1)
    assert sorted(one.number for one in came.happened if one.act is Doing.DONE) == [0, 1], "both did their share"
    assert (document.placed, document.paid, document.shape.workers) == (24, 24, 2)


def test_some_webhooks_come_thrice_at_once_and_some_money_is_asked_back(
    by_two_workers: tuple[Storm, StormDocument],
) -> None:
    came, document = by_two_workers
    assert numbers(came.happened, Doing.DELIVER) == dict.fromkeys(range(0, 24, PAIR_EVERY), 2)
    refunded = [one.number for one in came.happened if one.act is Doing.REFUND and one.accepted]
    assert sorted(refunded) == [REFUND_EVERY - 1, 2 * REFUND_EVERY - 1]
    cancelled = [one.entry.state for one in came.accounts if any(p.status == "cancelled" for p in one.payments)]
    assert cancelled == ["cancelled", "cancelled"], "tickets have their results, and the merchant knows"
    webhooks = next(one for one in document.answers if one.what == "webhook")
    first, repeats, at_once = 24, 24, 2 * 6
    assert webhooks.number >= first + repeats + at_once + len(cancelled)


def test_the_good_shop_holds_and_its_books_agree(by_two_workers: tuple[Storm, StormDocument]) -> None:
    came, document = by_two_workers
    assert document.unmet == [], [one.reason for one in document.requirements]
    assert all(one.is_right for one in came.accounts)
    assert (document.held, document.owed, document.wrong) == (True, [], [])
    assert document.calm_look_ups == 1.0
    assert sum(one.placed for one in document.by_second) == 24


@pytest.mark.parametrize("api", [Api.V1, pytest.param(Api.V2, marks=pytest.mark.proof)])
def test_a_fault_that_needs_many_at_once_is_found_by_the_command(api: Api, tmp_path: Path) -> None:
    shape = ("--rate=10", "--seconds=4", "--look-up-delay=0.5", "--shop-defect=locks-four-orders")
    ended = make(tmp_path, *shape, f"--api={api}")
    document = ended.document
    assert (ended.code, document.held, document.unmet) == (1, False, ["LOAD-01"]), ended.stdout
    assert document.wrong
    assert all("was fulfilled" in told for one in document.wrong for told in one.told)
    spoken = ", PortOne V2" if api is Api.V2 else ""
    assert f"DID NOT HOLD  target embedded, stage test{spoken}, " in ended.stdout
    assert document.api is api
    page = (tmp_path / "storm.html").read_text("utf-8")
    assert f"PortOne {api.upper()}" in page
    assert f"PortOne {'V1' if api is Api.V2 else 'V2'}" not in page
    assert all(one.order in page for one in document.wrong)


def test_a_merchant_that_dies_ends_the_storm_and_what_it_owes_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    shops: list[shop_apart.ShopApart] = []
    before = threading.active_count()

    def started(*given: Any) -> shop_apart.ShopApart:
        shops.append(shop_apart.started_apart(*given))
        return shops[-1]

    monkeypatch.setattr(own_shop, "started_apart", started)
    placed = 0

    def kill(line: str) -> None:
        nonlocal placed
        placed = int(line.split()[0])
        if placed >= 8 and shops[0].process.poll() is None:
            shops[0].process.kill()

    shape = Shape(rate=8, seconds=8, look_up_seconds=2.0)
    with embedded(Timeline(Redaction()), RunOptions(shop_apart=True)) as target:
        came = storm(target, shape, None, kill)
        document = document_of(came, target, str, None, "en")
    assert threading.active_count() <= before
    assert (document.silent, document.held, document.unmet) == (True, False, ["LOAD-02"])
    assert 8 <= document.placed < shape.number
    paid = [one.order.reference for one in came.accounts if one.payments]
    assert document.owed == paid != []
    [lost] = [one for one in document.requirements if one.id == "LOAD-02"]
    named = ", ".join(paid[:12]) + (f" (+{len(paid) - 12})" if len(paid) > 12 else "")
    assert lost.reason == (
        f"The merchant stopped answering after {document.placed} of 64 orders, and owes {len(paid)} that were paid: "
        f"{named}."
    )

"""Paying on PortOne V2: the look-up decides, in minor units, whoever tells of it."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from shop import orders
from shop.addresses import Address
from shop.catalogue import PRODUCTS
from shop.database import Database
from shop.portone_v2 import PortOneV2
from shop.results import reconcile
from shop.store import Store
from tests.shop.counter import GOES_TO, OPERATOR
from tests.shop.test_checkout_in_a_browser import GOOD_CARD, fill_card
from tests.shop.v2.speaking import Speaking


@pytest.mark.parametrize(("sku", "minor"), [("mug", 1050), ("tea", 12000), ("dates", 1250)])
def test_every_currency_is_paid_in_minor_units(second: Speaking, sku: str, minor: int) -> None:
    order = second.place(sku)
    second.pay(order)
    paid = second.read(order)
    assert (paid["status"], paid["paid_amount"], paid["fulfilments"]) == ("paid", order["amount"], 1)
    assert (paid["country"], paid["attention"]) == ("KR", None)
    found = second.portone("GET", f"/payments/{order['merchant_uid']}")
    assert found["amount"]["total"] == minor
    asked = second.shop.post(f"/orders/{second.place(sku)['order']}/attempts").json()
    assert (asked["totalAmount"], asked["currency"]) == (minor, order["currency"])


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"amount": "1.05"}, id="less"),
        pytest.param({"currency": "EUR"}, id="as much of another currency"),
        pytest.param({"amount": "1050", "currency": "KRW"}, id="as many minor units of another currency"),
    ],
)
def test_another_amount_pays_nothing_and_is_seen_to(second: Speaking, other: dict[str, str]) -> None:
    order = second.place()
    second.pay({**order, **other})
    now = second.read(order)
    assert (now["status"], now["fulfilments"]) == ("unpaid", 0)
    assert now["attention"] is not None


def test_a_second_attempt_of_one_payment_id_pays_after_a_failed_one(second: Speaking) -> None:
    order = second.place()
    second.pay(order, finish="decline")
    assert second.read(order)["status"] == "failed"
    second.pay(order)
    now = second.read(order)
    assert (now["status"], now["fulfilments"]) == ("paid", 1)


def test_reconciliation_finds_what_no_webhook_told(second: Speaking) -> None:
    order = second.unheard()
    second.reconcile()
    assert second.read(order)["status"] == "paid"


def test_a_browser_that_ended_is_answered_by_the_look_up(second: Speaking) -> None:
    order = second.unheard()
    answer = second.shop.post("/payments/complete", json={"paymentId": order["merchant_uid"], "code": "X"})
    assert answer.json() == {"order": order["order"], "status": "paid", "open": False}


def test_a_browser_that_comes_back_is_not_believed(second: Speaking) -> None:
    order = second.unheard()
    told = {"paymentId": order["merchant_uid"], "transactionType": "PAYMENT", "code": "FAILURE", "message": "no"}
    answer = second.shop.get("/payments/return", params=told)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/orders/{order['order']}")
    assert second.read(order)["status"] == "paid"
    unpaid = second.place()
    second.shop.get("/payments/return", params={"paymentId": unpaid["merchant_uid"], "transactionType": "PAYMENT"})
    assert second.read(unpaid)["status"] == "unpaid"


def test_a_test_channel_pays_nothing_in_the_live_stage(second: Speaking, tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/live.sqlite3", throw_away=True)
    live = second.settings.model_copy(update={"stage": "live"})
    with PortOneV2(live) as account:
        store = Store(live, database, account)
        wish = orders.Wish(PRODUCTS["mug"], "Mina Kim", "mina@example.org", Address(**GOES_TO))
        order = orders.place(database, wish, store.clock())
        second.pay({"merchant_uid": order.merchant_uid, "amount": "10.50", "currency": "USD"})
        assert reconcile(store) == {"looked_at": 1, "changed": 0, "failed": 0}
        with database.reading() as session:
            now, fulfilments = orders.read(session, order.reference)
    database.close()
    assert (now.state, fulfilments) == ("unpaid", 0)
    assert now.attention is not None


@pytest.mark.parametrize("status", ["order_placed", "delivering", "delivered"])
def test_a_delivery_is_registered(second: Speaking, status: str) -> None:
    order = second.place()
    second.pay(order)
    parcel = {"status": status, "carrier": "Korea Post", "tracking_number": "K-1"}
    answer = second.shop.post(f"/api/operator/orders/{order['order']}/delivery", json=parcel, auth=OPERATOR)
    assert (answer.status_code, answer.json()["registered"]) == (200, True), answer.text


def test_a_buyer_in_a_browser_pays(second: Speaking, browser: Browser) -> None:
    order, page = second.place(), browser.new_page()
    errors: list[Any] = []
    page.on("pageerror", lambda error: errors.append(error))
    page.goto(f"{second.settings.public_url}/orders/{order['order']}/checkout?widget=t3_1")
    page.locator("#pay").click()
    fill_card(page.frame_locator('iframe[title="Payment window"]'), GOOD_CARD)
    page.wait_for_url(f"**/orders/{order['order']}")
    expect(page.locator("#status")).to_have_text("Paid")
    page.close()
    assert errors == []
    second.settle()
    found = second.read(order)
    assert (found["status"], found["fulfilments"]) == ("paid", 1)

"""Sending goods: what PortOne is told of each step, and what becomes of steps that it does not take."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from shop import deliveries, refunds, shipping
from shop.database import Order
from shop.results import take_result
from tests.shop.counter import Counter

PARCEL = {"carrier": "Korea Post", "tracking_number": "RR123456785KR"}
REFUSAL = {
    "code": 1,
    "message": "Please fill in all required fields",
    "response": {
        "error_code": 3008,
        "error": "Please fill in all required fields",
        "notices": ["shipping_address[zip] is required"],
    },
}


@pytest.fixture
def paid(counter: Counter) -> Order:
    order = counter.order()
    take_result(counter.store, counter.portone.pay(order.merchant_uid))
    return counter.now(order)


def send(counter: Counter, order: Order, status: str = "order_shipped", **more: str) -> shipping.ShippingAnswer:
    parcel = shipping.Parcel.of({**PARCEL, "status": status, **more}, counter.clock())
    return shipping.report(counter.store, order.reference, parcel)


def told(counter: Counter) -> list[dict[str, Any]]:
    return [call.body for call in counter.portone.called("/paymentwall/delivery")]


def unregistered(counter: Counter, order: Order) -> list[str]:
    with counter.store.database.reading() as session:
        return [report.status for report in deliveries.unregistered(deliveries.reports(session, order))]


def test_a_step_is_registered_with_everything_that_physical_goods_require(counter: Counter, paid: Order) -> None:
    answer = send(counter, paid, arrives_on="2026-03-08")
    assert answer == shipping.ShippingAnswer(True, "Order shipped: registered at PortOne.")
    now = int(counter.clock().timestamp())
    assert told(counter) == [
        {
            "imp_uid": paid.imp_uid,
            "merchant_uid": paid.merchant_uid,
            "type": "physical",
            "status": "order_shipped",
            "carrier_type": "Korea Post",
            "carrier_tracking_id": "RR123456785KR",
            "estimated_delivery_datetime": int(datetime(2026, 3, 8, 12, tzinfo=UTC).timestamp()),
            "estimated_update_datetime": now + 86_400,
            "refundable": "yes",
            "shipping_address_email": "mina@example.org",
            "shipping_address_firstname": "Mina",
            "shipping_address_lastname": "Kim",
            "shipping_address_street": "12 Harbour Road",
            "shipping_address_city": "Busan",
            "shipping_address_zip": "48058",
            "shipping_address_state": "N/A",
            "shipping_address_country": "KR",
            "shipping_address_phone": "+82 51 000 0000",
        }
    ]


def test_every_step_is_registered_and_the_last_has_no_update_to_come(counter: Counter, paid: Order) -> None:
    for status in shipping.Status:
        assert send(counter, paid, status).registered
    assert [fields["status"] for fields in told(counter)] == [*shipping.Status]
    assert told(counter)[-1]["estimated_update_datetime"] == int(counter.clock().timestamp())


def test_without_a_day_of_arrival_a_week_is_assumed(counter: Counter, paid: Order) -> None:
    send(counter, paid)
    week_from_now = counter.clock() + timedelta(days=7)
    assert told(counter)[0]["estimated_delivery_datetime"] == int(week_from_now.timestamp())


def test_an_order_that_is_not_paid_is_not_sent(counter: Counter) -> None:
    answer = send(counter, counter.order())
    assert (answer.registered, told(counter)) == (False, [])
    assert "paid" in answer.message


def test_a_parcel_under_way_is_followed_while_its_order_waits_for_cancellation(counter: Counter, paid: Order) -> None:
    send(counter, paid)
    refunds.ask(counter.store, paid.reference, None, "lost")
    assert send(counter, paid, "delivering").registered


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (httpx.Response(200, json=REFUSAL), "PortOne refused: Please fill in all required fields, 3008, shipping_"),
        (
            httpx.Response(200, json={"code": 0, "message": None, "response": {"error_code": 3000, "error": "Gone"}}),
            "PortOne refused: 3000, Gone",
        ),
        (httpx.Response(503), "whether it was registered is not known: PortOne answered 503"),
        (httpx.Response(200, text="<html>"), "whether it was registered is not known: "),
    ],
)
def test_what_portone_does_not_take_is_said_and_stays_to_be_sent(
    counter: Counter, paid: Order, answer: httpx.Response, said: str
) -> None:
    counter.portone.delivering = answer
    told = send(counter, paid)
    assert not told.registered
    assert told.message.startswith(said)
    assert unregistered(counter, paid) == ["order_shipped"]
    assert "Order shipped" in str(counter.now(paid).attention)


def test_a_step_that_was_refused_is_sent_again(counter: Counter, paid: Order) -> None:
    counter.portone.delivering = httpx.Response(200, json=REFUSAL)
    send(counter, paid)
    send(counter, paid, "delivering")
    counter.portone.delivering = None
    assert send(counter, paid).registered
    assert unregistered(counter, paid) == ["delivering"]
    assert send(counter, paid, "delivering").registered
    assert (unregistered(counter, paid), counter.now(paid).attention) == ([], None)


def test_a_result_keeps_what_is_to_be_sent_again(counter: Counter, paid: Order) -> None:
    counter.portone.delivering = httpx.Response(503)
    send(counter, paid)
    take_result(counter.store, str(paid.imp_uid))
    assert "Order shipped" in str(counter.now(paid).attention)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"status": "lost"}, "one of order_placed, order_shipped, delivering, delivered"),
        ({"status": None}, "one of order_placed"),
        ({"carrier": ""}, "carrier and the tracking number"),
        ({"tracking_number": "R" * 65}, "at most 64 characters"),
        ({"tracking_number": 7}, "carrier and the tracking number"),
        ({"arrives_on": "tomorrow"}, "a date such as"),
    ],
)
def test_a_parcel_that_makes_no_sense_is_refused(counter: Counter, wrong: Mapping[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        shipping.Parcel.of({**PARCEL, "status": "delivering", **wrong}, counter.clock())


@pytest.mark.parametrize(
    ("reported", "following"),
    [((), "order_placed"), (("order_shipped",), "delivering"), (("delivered", "order_placed"), "delivered")],
)
def test_the_next_step_is_proposed(counter: Counter, paid: Order, reported: tuple[str, ...], following: str) -> None:
    for status in reported:
        send(counter, paid, status)
    with counter.store.database.reading() as session:
        assert shipping.next_step(deliveries.reports(session, paid)) == following


def test_an_order_knows_of_its_own_parcels_only(counter: Counter, paid: Order) -> None:
    other = counter.order("tea")
    send(counter, paid)
    with counter.store.database.reading() as session:
        assert deliveries.reports(session, other) == []

"""A payment of V2 from the page's request to its end, and what both generations see of each other's payments."""

from typing import Any

import pytest

from tests.emulator.driver import Driver
from tests.emulator.v2.second import DAY, Second


def test_a_page_gets_the_widget_s_address_or_why_not(second: Second) -> None:
    told = second.ask_for_payment()
    assert told["paymentId"] == "order-1"
    assert told["txId"]
    assert "amount=10.50" in told["widgetUrl"]
    assert "uid=grace&" in told["widgetUrl"]
    assert told["redirects"] is False
    assert second.look_up()["status"] == "READY"
    assert second.look_up()["customer"]["id"] == "grace"


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"storeId": "store-nobody"}, "StoreNotFound"),
        ({"channelKey": "channel-key-nobody"}, "ChannelNotFound"),
        ({"channelKey": None}, "BadRequest"),
        ({"paymentId": ""}, "BadRequest"),
        ({"orderName": None}, "BadRequest"),
        ({"totalAmount": 10.5}, "BadRequest"),
        ({"totalAmount": "1050"}, "BadRequest"),
        ({"totalAmount": 0}, "BadRequest"),
        ({"currency": "won"}, "BadRequest"),
        ({"customer": {"customerId": "grace"}}, "BadRequest"),
        ({"customer": {"email": "grace@example.com"}}, "BadRequest"),
        ({"redirectUrl": "shop:back"}, "BadRequest"),
        ({"noticeUrls": "https://shop.example"}, "BadRequest"),
        ({"noticeUrls": ["nowhere"]}, "BadRequest"),
        ({"bypass": {"paymentwall": {"widget": "p1_1"}}}, "BadRequest"),
    ],
)
def test_what_cannot_be_paid_is_refused_with_a_code_and_opens_nothing(
    second: Second, params: dict[str, Any], code: str
) -> None:
    told = second.ask_for_payment(**params)
    assert told["code"] == code
    assert told["message"]
    assert "widgetUrl" not in told
    assert second.get("/payments").json()["items"] == []


@pytest.mark.parametrize(
    ("currency", "total", "widget"),
    [("KRW", 1000, "1000"), ("USD", 150, "1.50"), ("JPY", 7, "7"), ("KWD", 1234, "1.234"), ("CURRENCY_USD", 5, "0.05")],
)
def test_amounts_are_minor_units_of_each_currency(second: Second, currency: str, total: int, widget: str) -> None:
    told = second.ask_for_payment(currency=currency, totalAmount=total)
    assert f"amount={widget}&" in told["widgetUrl"]
    shown = second.look_up()
    assert (shown["amount"]["total"], shown["currency"]) == (total, currency[-3:])


@pytest.mark.parametrize(
    ("mobile", "params", "redirects"),
    [
        (False, {}, False),
        (False, {"redirectUrl": "https://shop.example/done"}, False),
        (False, {"redirectUrl": "https://shop.example/done", "forceRedirect": True}, True),
        (False, {"redirectUrl": "https://shop.example/done", "windowType": {"pc": "REDIRECTION"}}, True),
        (False, {"forceRedirect": True}, False),
        (True, {"redirectUrl": "https://shop.example/done"}, True),
        (True, {"redirectUrl": "https://shop.example/done", "windowType": {"mobile": "IFRAME"}}, False),
        (True, {}, False),
    ],
)
def test_where_the_result_goes(second: Second, mobile: bool, params: dict[str, Any], redirects: bool) -> None:
    body = {"params": {**second.request(), **params}, "mobile": mobile}
    told = second.client.post("/v2/sdk/request_payment", json=body).json()
    assert told["redirects"] is redirects
    back = second.client.get(told["closeUrl"])
    assert (back.status_code == 302) is redirects
    if redirects:
        assert back.headers["location"].startswith(
            f"https://shop.example/done?transactionType=PAYMENT&txId={told['txId']}&paymentId=order-1&code="
        )


def test_a_buyer_who_leaves_may_pay_the_same_payment_after_all(second: Second) -> None:
    left = second.pay(finish="leave")
    assert second.look_up()["status"] == "FAILED"
    assert second.look_up()["failure"]["reason"]
    paid = second.pay()
    assert left != paid
    assert (second.look_up()["status"], second.look_up()["transactionId"]) == ("PAID", paid)
    attempts = second.get("/payments/order-1/transactions").json()["items"]
    assert [(one["id"], one["status"]) for one in attempts] == [(left, "FAILED"), (paid, "PAID")]


def test_one_attempt_alone_can_succeed(second: Second) -> None:
    second.pay()
    assert second.ask_for_payment()["code"] == "PaymentAlreadyPaid"


def test_the_attempt_that_was_paid_stands_for_the_payment_though_another_is_newer(second: Second) -> None:
    second.account.set(paymentwall={"review": "hold"})
    first = second.pay()
    newer = second.ask_for_payment()["txId"]
    assert (second.look_up()["status"], second.look_up()["transactionId"]) == ("READY", newer)
    second.account.act(f"/payments/{first}/review/accept")
    assert (second.look_up()["status"], second.look_up()["transactionId"]) == ("PAID", first)


def test_a_window_that_was_open_already_gives_the_money_back(second: Second) -> None:
    second.account.set(paymentwall={"review": "hold"}, v2={"review": "failed"})
    surplus = second.pay()
    second.account.set(paymentwall={"review": "none"})
    paid = second.pay()
    second.account.act(f"/payments/{surplus}/review/accept")
    second.account.act("/idle")
    assert (second.look_up()["status"], second.look_up()["transactionId"]) == ("PAID", paid)
    tickets = second.account.see("/tickets")["tickets"]
    assert [(one["imp_uid"], one["amount"]) for one in tickets] == [(surplus, None)]
    second.account.advance(DAY)
    assert second.look_up()["status"] == "PAID"


@pytest.mark.parametrize(
    ("registered", "asked", "opens"),
    [
        ({"totalAmount": 1050, "currency": "USD"}, {}, True),
        ({"totalAmount": 1050}, {}, True),
        ({"totalAmount": 1050}, {"currency": "KRW"}, True),
        ({"totalAmount": 1050, "currency": "KRW"}, {}, False),
        ({"totalAmount": 1000, "currency": "USD"}, {}, False),
        ({"totalAmount": 10}, {}, False),
    ],
)
def test_what_was_registered_before_is_what_can_be_paid(
    second: Second, registered: dict[str, Any], asked: dict[str, Any], opens: bool
) -> None:
    assert second.post("/payments/order-1/pre-register", **registered).json() == {}
    told = second.ask_for_payment(**asked)
    assert ("widgetUrl" in told) is opens
    assert opens or told["code"] == "AmountNotEqualToPredefined"


def test_a_ticket_waits_as_requested_and_lessens_nothing(second: Second) -> None:
    second.pay()
    asked = second.cancelled(amount=250, currentCancellableAmount=1050)
    assert (asked["status"], asked["totalAmount"], asked["trigger"]) == ("REQUESTED", 250, "API")
    shown = second.look_up()
    assert (shown["status"], shown["amount"]["cancelled"]) == ("PAID", 0)
    assert shown["cancellations"] == [asked]
    second.account.advance(DAY)
    shown = second.look_up()
    assert (shown["status"], shown["amount"]["cancelled"]) == ("PARTIAL_CANCELLED", 250)
    assert [(one["id"], one["status"]) for one in shown["cancellations"]] == [(asked["id"], "SUCCEEDED")]
    assert second.cancel(currentCancellableAmount=1050).status_code == 409
    assert second.cancelled(currentCancellableAmount=800)["totalAmount"] == 800


def test_a_ticket_that_is_refused_is_a_failed_cancellation(second: Second) -> None:
    second.pay(method="mint")
    second.cancelled()
    second.account.advance(DAY)
    shown = second.look_up()
    assert (shown["status"], [one["status"] for one in shown["cancellations"]]) == ("PAID", ["FAILED"])


def test_a_cancellation_that_waits_can_be_stopped_and_no_other(second: Second) -> None:
    second.pay()
    asked = second.cancelled(amount=250)["id"]
    address = f"/payments/order-1/cancellations/{asked}/stop"
    assert second.post(address).raise_for_status().json()["stoppedAt"]
    assert [one["state"] for one in second.account.see("/tickets")["tickets"]] == ["refused"]
    second.account.advance(DAY)
    shown = second.look_up()
    assert (shown["status"], [one["status"] for one in shown["cancellations"]]) == ("PAID", ["FAILED"])
    assert second.post(address).json()["type"] == "PAYMENT_CANCELLATION_NOT_PENDING"


def test_what_settles_in_another_currency_is_cancelled_whole_or_not_at_all(second: Second) -> None:
    channel = {**second.account.settings["channels"][0], "settlement_currency": "KRW"}
    second.account.set(channels=[channel])
    second.pay()
    assert second.cancel(amount=250).json()["type"] == "PG_PROVIDER"
    assert second.cancelled()["totalAmount"] == 1050


def test_a_payment_of_v1_is_seen_and_cancelled_through_v2(account: Driver, second: Second) -> None:
    imp_uid = account.pay("order-9")["imp_uid"]
    shown = second.look_up("order-9")
    assert (shown["version"], shown["transactionId"], shown["amount"]["total"]) == ("V1", imp_uid, 1050)
    assert "webhooks" not in shown
    assert second.cancelled("order-9")["status"] == "REQUESTED"
    account.advance(DAY)
    assert account.look_up(imp_uid)["status"] == "cancelled"
    assert second.look_up("order-9")["status"] == "CANCELLED"


def test_a_payment_of_v2_is_nothing_that_v1_knows(account: Driver, second: Second) -> None:
    transaction_id = second.pay()
    assert account.get(f"/payments/{transaction_id}", include_sandbox="true").status_code == 404
    assert account.get("/payments/find/order-1").status_code == 404
    assert account.get("/payments/status/all").json()["response"]["total"] == 0
    assert account.cancel(transaction_id)["code"] == 1
    shown = account.see("/payments")["payments"]
    assert [(one["imp_uid"], one["merchant_uid"], one["version"]) for one in shown] == [
        (transaction_id, "order-1", "V2")
    ]


def test_a_payment_of_v1_sends_no_webhook_of_v2(second: Second) -> None:
    second.account.pay()
    (entry,) = second.account.entries("webhook")
    assert set(entry["request"]["body"]) == {"imp_uid", "merchant_uid", "status"}
    assert "webhook-id" not in entry["request"]["headers"]


def test_pages_and_cursors_lead_through_all_payments(second: Second) -> None:
    for number in range(5):
        second.pay(f"order-{number}")
        second.account.advance(1)
    second.pay("order-5", finish="leave")

    def page(**body: Any) -> dict[str, Any]:
        asked = second.client.request("GET", "/payments", json=body, headers=second.headers)
        found: dict[str, Any] = asked.raise_for_status().json()
        return found

    assert [one["id"] for one in page(page={"number": 0, "size": 2})["items"]] == ["order-5", "order-4"]
    assert page(page={"number": 1, "size": 4})["page"] == {"number": 1, "size": 4, "totalCount": 6}
    assert [one["id"] for one in page(filter={"status": ["FAILED"]})["items"]] == ["order-5"]
    assert len(page(filter={"sortOrder": "ASC", "isTest": True, "version": "V2", "currency": "USD"})["items"]) == 6
    assert page(filter={"isTest": False})["items"] == []
    assert page(filter={"from": "2039-01-01T00:00:00Z", "until": "2039-01-02T00:00:00Z"})["items"] == []
    seen: list[str] = []
    cursor: str | None = None
    while True:
        asked = {"size": 4} if cursor is None else {"size": 4, "cursor": cursor}
        found = second.client.request("GET", "/payments-by-cursor", json=asked, headers=second.headers).json()["items"]
        if not found:
            break
        seen += [one["payment"]["id"] for one in found]
        cursor = found[-1]["cursor"]
    assert seen == [f"order-{number}" for number in range(6)]


def test_a_delivery_reaches_paymentwall(second: Second) -> None:
    transaction_id = second.pay()
    address = {f"shippingAddress{name}": "X" for name in ("City", "Zip", "State", "Street", "Phone")}
    second.post(
        "/paymentwall/delivery/confirm", transactionId=transaction_id, deliveryType="PHYSICAL",
        deliveryStatus="ORDER_SHIPPED", estimatedDeliveryDatetime="2026-12-01T10:00:00+09:00",
        estimatedUpdateDatetime="2026-12-01T10:00:00Z", refundable=False, details="two tickets", carrierType="DHL",
        carrierTrackingId="1", shippingAddressEmail="grace@example.com", shippingAddressCountry="KR",
        shippingAddressFirstname="Grace", shippingAddressLastname="Kim", **address,
    ).raise_for_status()  # fmt: skip
    (notice,) = second.account.see("/deliveries")["deliveries"]
    assert (notice["imp_uid"], notice["fields"]["status"]) == (transaction_id, "order_shipped")
    assert notice["fields"]["estimated_delivery_datetime"] == "2026/12/01 01:00:00 +0000"
    assert notice["fields"]["merchant_reference_id"] == "order-1"


def test_the_country_is_the_one_that_paymentwall_reports(second: Second) -> None:
    second.pay(country="NL", method="cc")
    assert second.look_up()["country"] == "NL"
    second.account.client.patch(
        second.account.control, json={"paymentwall": {"custom_pingback_parameters": {"country_code": None}}}
    ).raise_for_status()
    second.pay("order-2")
    assert "country" not in second.look_up("order-2")

"""Each of PortOne's 27 calls that concern a Paymentwall merchant answers as PortOne publishes it."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from emulator.openapi import document
from emulator.portone.billing_keys import BillingKey
from tests.emulator.billing import BUYER, DAY, FIRST, Biller
from tests.emulator.driver import Driver
from tests.emulator.published import CALLS, OBJECTS, wrong

Query = Mapping[str, str]


class Answers:
    """A merchant in the middle of its business, and what each call answers it."""

    def __init__(self, account: Driver) -> None:
        self.account = account
        self.biller = Biller(account)
        self.biller.issued()
        self.biller.schedule()

    def of(self, call: str) -> Any:
        method, _, path = call.partition(" ")
        prepared, query, fields = self.known().get(call, (None, {}, {}))
        if prepared is not None:
            prepared()
        filled = path.format(
            imp_uid=self.account.look_up(self.paid())["imp_uid"], merchant_uid=self.merchant_uid(path),
            payment_status="paid", customer_uid="grace",
        )  # fmt: skip
        if call == "POST /users/getToken":
            return self.account.client.post(filled, json=fields)
        return self.account.client.request(
            method, filled, params=query, json=fields or None, headers={"Authorization": self.account.token()}
        )

    def paid(self) -> str:
        payments = self.account.see("/payments")["payments"]
        found: str = payments[0]["imp_uid"]
        return found

    def merchant_uid(self, path: str) -> str:
        if path.startswith("/payments/prepare"):
            return "prepared"
        return "month-2" if "/schedule" in path else "first-grace"

    def prepare(self) -> None:
        self.account.post("/payments/prepare", merchant_uid="prepared", amount="3.20", currency="EUR")

    def fail(self) -> None:
        self.biller.decline(times=1)
        self.account.advance(30 * DAY)

    def known(self) -> dict[str, tuple[Callable[[], None] | None, Query, dict[str, Any]]]:
        """What some calls need before, in the query, and in the body."""
        settings, now = self.account.settings, self.biller.now()
        keys = {"imp_key": settings["imp_key"], "imp_secret": settings["imp_secret"]}
        period = {"from": str(now - DAY), "to": str(now + 40 * DAY)}
        amount = {"merchant_uid": "prepared", "amount": "3.20", "currency": "EUR"}
        again = {"customer_uid": "grace", "merchant_uid": "again", "amount": 4, "name": "Tea", **BUYER}
        later = {"schedule_at": now + 50 * DAY}
        delivery = {
            "imp_uid": self.paid(), "merchant_uid": "first-grace", "type": "digital", "status": "delivered",
            "estimated_delivery_datetime": now, "estimated_update_datetime": now, "refundable": "yes",
            "shipping_address_email": "grace@example.com",
        }  # fmt: skip
        both = {"customer_uid": "grace", "schedules": [self.biller.entry("month-3"), self.biller.entry("month-4")]}
        uids = {"imp_uid[]": self.paid(), "merchant_uid[]": "first-grace"}
        return {
            "POST /users/getToken": (None, {}, keys),
            "GET /payments/{imp_uid}": (None, {"include_sandbox": "true"}, {}),
            "GET /payments": (None, uids, {}),
            "POST /payments/cancel": (None, {}, {"imp_uid": self.paid(), "amount": "3.00"}),
            "POST /payments/prepare": (None, {}, amount),
            "PUT /payments/prepare": (self.prepare, {}, {**amount, "amount": 4}),
            "GET /payments/prepare/{merchant_uid}": (self.prepare, {}, {}),
            "POST /paymentwall/delivery": (None, {}, delivery),
            "POST /subscribe/payments/onetime": (None, {}, {**FIRST, "card_quota": 0, "bypass": "{}"}),
            "POST /subscribe/payments/again": (None, {}, again),
            "GET /subscribe/customers": (None, {"customer_uid[]": "grace"}, {}),
            "GET /subscribe/customers/{customer_uid}/schedules": (None, period, {}),
            "GET /subscribe/payments/schedule/customers/{customer_uid}": (None, period, {}),
            "GET /subscribe/payments/schedule": (
                None, {f"schedule_{name}": value for name, value in period.items()}, {},
            ),
            "POST /subscribe/payments/schedule": (None, {}, both),
            "POST /subscribe/payments/unschedule": (None, {}, {"customer_uid": "grace"}),
            "PUT /subscribe/payments/schedule/{merchant_uid}": (None, {}, later),
            "POST /subscribe/payments/schedule/{merchant_uid}/reschedule": (self.fail, {}, later),
            "POST /subscribe/payments/schedule/{merchant_uid}/retry": (self.fail, {}, {}),
        }  # fmt: skip


def test_there_are_27_of_them_and_the_emulator_describes_each() -> None:
    assert len(CALLS) == 27
    described = document()["paths"]
    for call in CALLS:
        method, _, path = call.partition(" ")
        assert method.lower() in described[path.replace("{payment_status}", "{status}")], call


@pytest.mark.parametrize("call", CALLS)
def test_it_answers_as_published(account: Driver, call: str) -> None:
    answer = Answers(account).of(call)
    envelope = answer.json()
    assert (answer.status_code, envelope["code"], envelope["message"]) == (200, 0, None), answer.text
    assert set(envelope) == {"code", "message", "response"}
    assert envelope["response"] != []
    assert list(wrong(envelope["response"], CALLS[call])) == []


@pytest.mark.parametrize("finish", ["pay", "leave", "part", "whole", "chargeback"])
def test_a_payment_is_as_published_whatever_became_of_it(account: Driver, finish: str) -> None:
    asked = finish if finish in ("pay", "leave") else "pay"
    imp_uid = account.pay(finish=asked, method="paypal" if finish in ("part", "whole") else "cc")["imp_uid"]
    if finish in ("part", "whole"):
        account.cancel(imp_uid, **({"amount": 3} if finish == "part" else {}))
    elif finish == "chargeback":
        account.act(f"/payments/{imp_uid}/chargeback")
    shown = account.look_up(imp_uid)
    assert list(wrong(shown, "Payment")) == []
    assert len(shown["cancel_history"]) == (1 if finish in ("part", "whole", "chargeback") else 0)


def test_what_the_page_says_of_the_buyer_is_as_short_as_published(account: Driver) -> None:
    params = {
        "pg": "paymentwall", "merchant_uid": "order-1", "name": "Mug", "amount": 10.5, "currency": "USD",
        "pay_method": "m" * 30, "buyer_name": "Wolfeschlegelstein Hausenberger",
        "buyer_email": f"{'e' * 70}@example.com", "buyer_tel": "0" * 30, "buyer_addr": "a" * 200,
        "buyer_postcode": "1234567890",
    }  # fmt: skip
    asked = {"imp_code": account.settings["imp_code"], "params": params}
    opened = account.client.post("/sdk/request_pay", json=asked).raise_for_status().json()
    shown = account.look_up(opened["imp_uid"])
    assert list(wrong(shown, "Payment")) == []
    assert shown["buyer_name"] == "Wolfeschlegelste"


def test_what_the_page_says_of_the_customer_too() -> None:
    key = BillingKey(
        customer_uid="grace", channel_key="channel-key", token="token", pg_provider="paymentwall", pg_id="key",
        sandbox=True, inserted=1, updated=1, name="n" * 30, email="e" * 300, tel="0" * 30, addr="a" * 300,
        postcode="1" * 9,
    ).as_json()  # fmt: skip
    assert list(wrong(key, "BillingKey")) == []
    told = [key[f"customer_{name}"] for name in ("name", "email", "tel", "addr", "postcode")]
    assert told == ["n" * 20, "e" * 200, "0" * 20, "a" * 200, "1" * 8]


@pytest.mark.parametrize("became", ["scheduled", "paid", "failed", "revoked", "cancelled"])
def test_a_scheduled_payment_is_as_published_whatever_became_of_it(account: Driver, became: str) -> None:
    answers = Answers(account)
    if became == "failed":
        answers.fail()
    elif became == "revoked":
        account.post("/subscribe/payments/unschedule", customer_uid="grace")
    elif became != "scheduled":
        account.advance(30 * DAY)
    if became == "cancelled":
        account.cancel(answers.biller.show()["imp_uid"])
        account.advance(DAY)
    shown = answers.biller.show()
    assert became in (shown["schedule_status"], shown["payment_status"])
    assert list(wrong(shown, "Schedule")) == []
    if shown["imp_uid"]:
        payment = account.look_up(shown["imp_uid"])
        assert list(wrong(payment, "Payment")) == []
        assert payment["customer_uid_usage"] == "payment.scheduled"


def test_what_is_not_as_published_is_seen() -> None:
    whole = {"pg_tid": "b1", "amount": 3, "cancelled_at": 1, "reason": "too big", "cancellation_id": "x"}
    good = {**whole, "receipt_url": None}
    assert list(wrong(good, "Cancellation")) == []
    bad = {**good, "reason": None, "amount": "3", "cancelled_at": True, "more": 1}
    assert sorted(wrong(bad, "Cancellation")) == [
        "response.amount is no number: '3'",
        "response.cancelled_at is no whole: True",
        "response.more is not published",
        "response.reason is null",
    ]
    assert list(wrong(whole, "Cancellation")) == ["response.receipt_url is missing"]
    paid = {"status": "paid", "channel": "phone", "fail_reason": "no money", "cancel_reason": None, "failed_at": 0}
    assert [line for line in wrong(paid, "Payment") if "missing" not in line] == [
        "response.channel says 'phone'", "response.fail_reason is set of a payment that is paid"
    ]  # fmt: skip
    assert list(wrong({}, "Schedule[]")) == ["response is no list: {}"]
    assert list(wrong([3], "Schedule[]")) == ["response[0] is no object: 3"]
    long = {**dict.fromkeys(" ".join(OBJECTS["Prepared"].values()).split()), "merchant_uid": 3}
    assert list(wrong(long, "Prepared")) == ["response.merchant_uid is no text: 3"]

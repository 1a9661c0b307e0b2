"""Amounts registered before payment: once, changed, shown, and kept to when the payment window is asked for."""

from typing import Any

import pytest

from tests.emulator.driver import Driver

NOT_PREPARED = {"code": -1, "message": "사전등록된 결제정보가 존재하지 않습니다.", "response": None}


def refused(account: Driver, **purchase: Any) -> str:
    """Why the payment window stayed closed."""
    asked = {"merchant_uid": "order-1", "amount": 10.5, "currency": "USD", **purchase}
    answer = account.client.post(account.control + "/payments", json=asked)
    assert answer.status_code == 400
    assert account.see("/payments")["payments"] == []
    return str(answer.json()["error"])


def test_an_amount_is_registered_and_shown(account: Driver) -> None:
    registered = account.post("/payments/prepare", merchant_uid="order-1", amount="10.50", currency="USD")
    expected = {"merchant_uid": "order-1", "amount": 10.5, "currency": "USD"}
    assert registered.json() == {"code": 0, "message": None, "response": expected}
    for end in ("", "/"):
        assert account.get(f"/payments/prepare/order-1{end}").json()["response"] == expected


def test_a_second_time_it_is_refused_and_the_first_stays(account: Driver) -> None:
    account.post("/payments/prepare", merchant_uid="order-1", amount=10.5)
    again = account.post("/payments/prepare", merchant_uid="order-1", amount=1)
    assert again.status_code == 200
    message = "결제정보 사전등록에 실패하였습니다(이미 등록된 merchant_uid입니다)."
    assert again.json() == {"code": 1, "message": message, "response": None}
    assert account.get("/payments/prepare/order-1").json()["response"]["amount"] == 10.5


def test_put_changes_the_amount_and_the_currency(account: Driver) -> None:
    account.post("/payments/prepare", merchant_uid="order-1", amount=10.5, currency="USD")
    changed = account.post("/payments/prepare", "PUT", merchant_uid="order-1", amount=12, currency="EUR")
    assert changed.json()["response"] == {"merchant_uid": "order-1", "amount": 12, "currency": "EUR"}


def test_put_without_a_currency_has_none_checked_any_more(account: Driver) -> None:
    account.post("/payments/prepare", merchant_uid="order-1", amount=10.5, currency="EUR")
    changed = account.post("/payments/prepare", "PUT", merchant_uid="order-1", amount=10.5)
    assert changed.json()["response"] == {"merchant_uid": "order-1", "amount": 10.5, "currency": None}
    assert account.pay()["status"] == "paid"


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_what_was_not_registered_is_not_found(account: Driver, method: str) -> None:
    if method == "GET":
        answer = account.get("/payments/prepare/nobody")
    else:
        answer = account.post("/payments/prepare", "PUT", merchant_uid="nobody", amount=1)
    assert (answer.status_code, answer.json()) == (404, NOT_PREPARED)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"amount": 10}, "파라미터 누락: merchant_uid"),
        ({"merchant_uid": "order-1"}, "파라미터 누락: amount"),
        ({}, "파라미터 누락: merchant_uid, amount"),
        ({"merchant_uid": "order-1", "amount": "ten"}, "amount은(는) 0 이상의 숫자여야 합니다."),
        ({"merchant_uid": "order-1", "amount": -1}, "amount은(는) 0 이상의 숫자여야 합니다."),
        ({"merchant_uid": "x" * 41, "amount": 1}, "merchant_uid는 40자를 초과할 수 없습니다."),
        *(
            ({"merchant_uid": "order-1", "amount": 1, "currency": none}, f"지원되지 않는 통화(currency)입니다: {none}")
            for none in ("dollars", "usd", "US", "USDT", "USÖ")
        ),
    ],
)
def test_what_cannot_be_registered_is_not(account: Driver, fields: dict[str, Any], message: str) -> None:
    answer = account.post("/payments/prepare", **fields)
    assert (answer.status_code, answer.json()["code"]) == (200, 1)
    assert answer.json()["message"] == message
    assert account.get("/payments/prepare/order-1").status_code == 404


@pytest.mark.parametrize(("merchant_uid", "amount"), [("x" * 40, 1), ("order-1", 0)])
def test_the_longest_merchant_uid_and_no_money_at_all_are_registered(
    account: Driver, merchant_uid: str, amount: int
) -> None:
    registered = account.post("/payments/prepare", merchant_uid=merchant_uid, amount=amount).json()["response"]
    assert registered == {"merchant_uid": merchant_uid, "amount": amount, "currency": None}


def test_another_amount_is_refused_before_the_window_opens(account: Driver) -> None:
    account.post("/payments/prepare", merchant_uid="order-1", amount=12)
    assert refused(account) == "PortOne refused the request: 결제금액이 사전등록된 결제금액과 일치하지 않습니다."


def test_another_currency_is_refused_only_where_one_was_registered(account: Driver) -> None:
    account.post("/payments/prepare", merchant_uid="order-1", amount=10.5, currency="EUR")
    assert refused(account) == "PortOne refused the request: 결제통화가 사전등록된 결제통화와 일치하지 않습니다."
    account.post("/payments/prepare", merchant_uid="order-2", amount=10.5)
    assert account.pay("order-2")["status"] == "paid"


def test_the_registered_amount_is_paid(account: Driver) -> None:
    account.post("/payments/prepare", merchant_uid="order-1", amount=10.5, currency="USD")
    assert account.pay()["status"] == "paid"


def test_another_account_s_registration_is_not_seen(account: Driver) -> None:
    account.post("/payments/prepare", merchant_uid="order-1", amount=12)
    stranger = Driver(account.client, account.client.post("/_emulator/accounts", json={}).json())
    assert stranger.get("/payments/prepare/order-1").status_code == 404
    assert stranger.pay()["status"] == "paid"


def test_a_reset_forgets_it(account: Driver) -> None:
    account.post("/payments/prepare", merchant_uid="order-1", amount=12)
    account.act("/reset")
    assert account.get("/payments/prepare/order-1").status_code == 404

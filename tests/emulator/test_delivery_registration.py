"""Registering a delivery with Paymentwall through PortOne: which fields it wants, and what Paymentwall answers."""

from typing import Any

import pytest

from tests.emulator.driver import Driver

NO_PROBLEM = {"success": 1, "error_code": None, "error": None, "notices": None}


@pytest.fixture
def digital(account: Driver) -> dict[str, Any]:
    paid = account.pay()
    return {
        "imp_uid": paid["imp_uid"],
        "merchant_uid": "order-1",
        "type": "digital",
        "status": "delivered",
        "estimated_delivery_datetime": 1484492695,
        "estimated_update_datetime": "1484492695",
        "refundable": "yes",
        "shipping_address_email": "grace@example.com",
    }


@pytest.fixture
def physical(digital: dict[str, Any]) -> dict[str, Any]:
    parts = ("country", "city", "zip", "state", "street", "phone", "firstname", "lastname")
    address = {f"shipping_address_{part}": part.upper() for part in parts}
    carrier = {"carrier_tracking_id": "6712", "carrier_type": "DHL"}
    return {**digital, "type": "physical", "status": "order_shipped", "refundable": "no", **carrier, **address}


def register(account: Driver, fields: dict[str, Any]) -> dict[str, Any]:
    answer = account.post("/paymentwall/delivery", **fields)
    assert answer.status_code == 200
    envelope: dict[str, Any] = answer.json()
    return envelope


def sent(account: Driver) -> list[dict[str, str]]:
    """What PortOne told Paymentwall about deliveries."""
    exchanges = [entry for entry in account.entries("delivery") if entry["source"] == "portone"]
    return [exchange["request"]["body"] for exchange in exchanges]


def test_digital_goods_need_no_address(account: Driver, digital: dict[str, Any]) -> None:
    assert register(account, digital) == {"code": 0, "message": None, "response": NO_PROBLEM}
    [told] = sent(account)
    assert told["payment_id"] == account.look_up(digital["imp_uid"])["pg_tid"]
    assert (told["merchant_reference_id"], told["refundable"]) == ("order-1", "true")
    assert told["estimated_delivery_datetime"] == "2017/01/15 15:04:55 +0000"
    assert told["shipping_address[email]"] == "grace@example.com"
    [kept] = account.see("/deliveries")["deliveries"]
    assert (kept["imp_uid"], kept["ref"], kept["fields"]["status"]) == (
        digital["imp_uid"],
        told["payment_id"],
        "delivered",
    )


def test_physical_goods_are_registered_with_carrier_and_address(account: Driver, physical: dict[str, Any]) -> None:
    assert register(account, physical)["code"] == 0
    [told] = sent(account)
    assert (told["carrier_type"], told["shipping_address[city]"], told["refundable"]) == ("DHL", "CITY", "false")


@pytest.mark.parametrize(
    "name",
    [
        "imp_uid", "merchant_uid", "type", "status", "estimated_delivery_datetime", "estimated_update_datetime",
        "refundable", "shipping_address_email",
    ],
)  # fmt: skip
def test_what_is_always_needed_is_asked_for(account: Driver, digital: dict[str, Any], name: str) -> None:
    del digital[name]
    envelope = register(account, digital)
    assert (envelope["code"], envelope["message"]) == (1, f"파라미터 누락: {name}")
    assert sent(account) == []


@pytest.mark.parametrize(
    "name",
    [
        "carrier_tracking_id", "carrier_type", "shipping_address_country", "shipping_address_city",
        "shipping_address_zip", "shipping_address_state", "shipping_address_street", "shipping_address_phone",
        "shipping_address_firstname", "shipping_address_lastname",
    ],
)  # fmt: skip
def test_what_physical_goods_need_is_asked_for(account: Driver, physical: dict[str, Any], name: str) -> None:
    del physical[name]
    assert register(account, physical)["message"] == f"파라미터 누락: {name}"
    assert register(account, {**physical, "type": "digital"})["code"] == 0


@pytest.mark.parametrize(
    ("name", "wrong", "why"),
    [
        ("type", "service", "physical, digital 중 하나여야 합니다."),
        ("status", "lost", "order_placed, order_shipped, delivering, delivered 중 하나여야 합니다."),
        ("refundable", "maybe", "yes, no 중 하나여야 합니다."),
        ("estimated_delivery_datetime", "tomorrow", "UNIX timestamp(초)여야 합니다."),
        ("estimated_update_datetime", -1, "UNIX timestamp(초)여야 합니다."),
        ("estimated_update_datetime", 14844926950, "UNIX timestamp(초)여야 합니다."),
        ("shipping_address_email", "x" * 51, "50자를 초과할 수 없습니다."),
        ("reason", "x" * 65, "64자를 초과할 수 없습니다."),
        ("details", "x" * 401, "400자를 초과할 수 없습니다."),
    ],
)
def test_what_does_not_fit_is_refused(
    account: Driver, digital: dict[str, Any], name: str, wrong: Any, why: str
) -> None:
    envelope = register(account, {**digital, name: wrong})
    assert (envelope["code"], envelope["message"]) == (1, f"{name}은(는) {why}")
    assert sent(account) == []


def test_a_payment_that_is_not_this_order_s_is_refused(account: Driver, digital: dict[str, Any]) -> None:
    for wrong in ({"merchant_uid": "order-2"}, {"imp_uid": "imp_0"}):
        assert register(account, {**digital, **wrong})["message"] == "존재하지 않는 결제정보입니다."


def test_an_unpaid_attempt_is_refused(account: Driver, digital: dict[str, Any]) -> None:
    left = account.pay("order-2", finish="leave")
    assert register(account, {**digital, "imp_uid": left["imp_uid"], "merchant_uid": "order-2"})["code"] == 1


def test_what_paymentwall_objects_to_is_handed_through(account: Driver, digital: dict[str, Any]) -> None:
    envelope = register(account, {**digital, "shipping_address_email": "nowhere"})
    refused = {
        "error_code": 3008,
        "error": "Please fill in all required fields",
        "notices": ["shipping_address[email] must be an e-mail address"],
    }
    assert (envelope["code"], envelope["message"], envelope["response"]) == (1, refused["error"], refused)


def test_without_access_to_the_project_it_says_so(account: Driver, digital: dict[str, Any]) -> None:
    account.set(channels=[{**account.settings["channels"][0], "secret_key": "wrong"}])
    envelope = register(account, digital)
    refused = {"error_code": 4007, "error": "API key is invalid", "notices": []}
    assert (envelope["code"], envelope["message"], envelope["response"]) == (1, "API key is invalid", refused)

"""Paymentwall's Delivery Confirmation API takes notices about goods and says what is missing in them."""

from typing import Any

import pytest

from emulator.paymentwall.delivery import ALWAYS, PHYSICAL, STATUSES, WITH_REASON, problems
from tests.emulator.stage import NOW, SECRET, Stage, play

DIGITAL = {
    "merchant_reference_id": "A1B2C3",
    "type": "digital",
    "status": "delivered",
    "estimated_delivery_datetime": "2017/01/15 15:04:55 +0500",
    "estimated_update_datetime": "2017/01/16 15:04:55 +0500",
    "refundable": "false",
    "details": "Sent by e-mail",
    "reason": "none",
    "shipping_address[email]": "minji@shop.example",
}
PARCEL = {
    **DIGITAL,
    "type": "physical",
    "carrier_tracking_id": "1234",
    "carrier_type": "Korea Post",
    "shipping_address[country]": "KR",
    "shipping_address[city]": "Seoul",
    "shipping_address[zip]": "04524",
    "shipping_address[state]": "N/A",
    "shipping_address[street]": "Sejong-daero 110",
    "shipping_address[phone]": "010-1234-5678",
    "shipping_address[firstname]": "Minji",
    "shipping_address[lastname]": "Kim",
}


async def told(stage: Stage, form: dict[str, str], key: str | None = SECRET) -> tuple[int, Any]:
    headers = {} if key is None else {"X-ApiKey": key}
    answer = await stage.wire.send("POST", "https://api.paymentwall.com/api/delivery", data=form, headers=headers)
    return answer.status, answer.json()


@pytest.mark.parametrize("form", [DIGITAL, PARCEL])
def test_a_complete_notice_is_kept(form: dict[str, str]) -> None:
    async def scene() -> None:
        stage = Stage()
        charge = await stage.charged()
        assert await told(stage, {**form, "payment_id": charge.ref}) == (200, {"success": 1})
        (notice,) = stage.state.as_json()["deliveries"]
        assert (notice["ref"], notice["imp_uid"], notice["told_at"]) == (charge.ref, "imp_1", NOW)
        assert notice["fields"]["status"] == "delivered"

    play(scene)


def test_a_notice_in_the_query_is_taken_too() -> None:
    async def scene() -> None:
        stage = Stage()
        charge = await stage.charged()
        url = "https://api.paymentwall.com/api/delivery"
        query = {**DIGITAL, "payment_id": charge.ref}
        answer = await stage.wire.send("POST", url, params=query, headers={"x-apikey": SECRET})
        assert answer.json() == {"success": 1}

    play(scene)


@pytest.mark.parametrize(("key", "code"), [(None, 4006), ("", 4006), ("wrong", 4007)])
def test_without_the_secret_key_nothing_is_taken(key: str | None, code: int) -> None:
    async def scene() -> None:
        stage = Stage()
        charge = await stage.charged()
        status, answer = await told(stage, {**DIGITAL, "payment_id": charge.ref}, key)
        assert (status, answer["error_code"], answer.keys()) == (401, code, {"error_code", "error", "notices"})
        assert list(stage.state.deliveries) == []

    play(scene)


def test_a_payment_must_exist_unless_it_is_a_test() -> None:
    async def scene() -> None:
        stage = Stage()
        status, answer = await told(stage, {**DIGITAL, "payment_id": "b1"})
        assert (status, answer["error_code"], answer["notices"]) == (
            404,
            3000,
            ["payment_id: there is no payment b1"],
        )
        assert await told(stage, {**DIGITAL, "payment_id": "b1", "is_test": "1"}) == (200, {"success": 1})

    play(scene)


def test_what_is_wrong_is_said_for_each_field() -> None:
    async def scene() -> None:
        stage = Stage()
        charge = await stage.charged()
        form = {**DIGITAL, "payment_id": charge.ref, "refundable": "", "status": "lost"}
        status, answer = await told(stage, form)
        assert (status, answer["error_code"]) == (400, 3008)
        assert [notice.split()[0] for notice in answer["notices"]] == ["refundable", "status"]
        assert list(stage.state.deliveries) == []

    play(scene)


@pytest.mark.parametrize("name", ALWAYS)
def test_some_fields_are_always_required(name: str) -> None:
    complete = {**DIGITAL, "payment_id": "b1"}
    assert problems(complete) == []
    assert problems({**complete, name: " "}) == [f"{name} is required"]


@pytest.mark.parametrize("name", PHYSICAL)
def test_a_parcel_needs_an_address_and_a_carrier_and_a_download_does_not(name: str) -> None:
    parcel = {**PARCEL, "payment_id": "b1"}
    del parcel[name]
    assert problems(parcel) == [f"{name} is required"]
    assert problems({**parcel, "type": "digital"}) == []


@pytest.mark.parametrize("status", STATUSES)
def test_some_statuses_must_say_why(status: str) -> None:
    notice = {**DIGITAL, "payment_id": "b1", "status": status, "reason": ""}
    assert problems(notice) == (["reason is required"] if status in WITH_REASON else [])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("type", "service"),
        ("refundable", "perhaps"),
        ("estimated_delivery_datetime", "1484474695"),
        ("estimated_update_datetime", "2017/13/15 15:04:55 +0500"),
        ("estimated_update_datetime", "2017/01/15 15:04:55"),
        ("shipping_address[email]", "minji"),
    ],
)
def test_a_value_that_is_none_is_named(name: str, value: str) -> None:
    (found,) = problems({**DIGITAL, "payment_id": "b1", name: value})
    assert found.startswith(f"{name} must ")

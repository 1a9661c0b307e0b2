"""Who pays in the payment window is charged once, and PortOne is told of it."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from tests.emulator.stage import DECLINED_CARD, Stage, play


def test_paying_charges_tells_the_pingback_url_and_leads_back() -> None:
    async def scene() -> None:
        stage = Stage()
        status, answer = await stage.press_pay(stage.call(), country="FR")
        (charge,) = stage.state.charges.values()
        assert (status, answer["result"], answer["ref"]) == (200, "paid", charge.ref)
        assert answer["location"] == "https://service.iamport.kr/back?imp_uid=imp_1&outcome=success"
        assert (charge.amount, charge.currency, charge.method, charge.country) == (
            Decimal("10.50"),
            "USD",
            "cc",
            "FR",
        )
        assert [one["country_code"] for one in stage.receiver.received] == ["FR"]

    play(scene)


def test_what_the_caller_passes_and_where_the_buyer_is_come_back_where_the_console_asks() -> None:
    async def scene() -> None:
        stage = Stage(custom_pingback_parameters={"campaign": "OWN", "ip": "USER_IP"})
        await stage.press_pay(stage.call(campaign="spring"))
        (told,) = stage.receiver.received
        assert (told["campaign"], told["ip"]) == ("spring", "127.0.0.1")

    play(scene)


def test_pressing_again_charges_once() -> None:
    async def scene() -> None:
        stage = Stage()
        first, second = await stage.press_pay(stage.call()), await stage.press_pay(stage.call())
        assert first == second
        assert len(stage.receiver.received) == 1

    play(scene)


def test_two_who_pay_at_the_same_moment_are_charged_once_and_both_hear_when_it_is_told() -> None:
    async def scene() -> None:
        stage = Stage()
        stage.receiver.delay_seconds = 0.05
        query = stage.call()

        async def told() -> tuple[int, dict[str, Any], int]:
            status, answer = await stage.press_pay(query)
            return status, answer, len(stage.receiver.answered)

        first, second = await asyncio.gather(told(), told())
        assert first == second
        assert (first[0], first[2], len(stage.receiver.received)) == (200, 1, 1)

    play(scene)


def test_a_buyer_does_not_wait_for_ever_for_a_slow_pingback() -> None:
    async def scene() -> None:
        stage = Stage(pingback={"patience_seconds": 0.02})
        stage.receiver.delay_seconds = 0.2
        status, _ = await stage.press_pay(stage.call())
        assert (status, stage.receiver.answered) == (200, [])
        assert await stage.clock.idle(5) == []
        assert len(stage.receiver.answered) == 1

    play(scene)


def test_a_declined_card_charges_nothing_and_another_may_be_tried() -> None:
    async def scene() -> None:
        stage = Stage()
        status, answer = await stage.press_pay(stage.call(), card=DECLINED_CARD)
        assert (status, answer["result"]) == (402, "declined")
        assert "declined" in answer["message"]
        assert (stage.state.charges, stage.receiver.received) == ({}, [])
        assert (await stage.press_pay(stage.call()))[0] == 200

    play(scene)


@pytest.mark.parametrize("card", [None, "4242", {}, {"number": 4242424242424242}])
def test_a_card_that_is_none_is_asked_for(card: Any) -> None:
    async def scene() -> None:
        stage = Stage()
        status, answer = await stage.press_pay(stage.call(), card=card)
        assert (status, answer["result"]) == (422, "invalid")
        assert answer["field"] in ("number", "expiry")

    play(scene)

"""Brick charges cards by token, declines and reviews them as documented, and tells the pingback URL."""

from typing import Any

import pytest

from tests.emulator.stage import KEY, SECRET, Stage, play

CARD = {"card[number]": "4242424242424242", "card[exp_month]": "12", "card[exp_year]": "2029", "card[cvv]": "123"}
ORDER = {"email": "minji@shop.example", "amount": "10.50", "currency": "USD", "description": "Mug", "plan": "imp_1"}


async def asked(stage: Stage, what: str, form: dict[str, str], key: str | None = None) -> tuple[int, Any]:
    headers = {} if key is None else {"X-ApiKey": key}
    answer = await stage.wire.send("POST", f"https://api.paymentwall.com/api/brick/{what}", data=form, headers=headers)
    return answer.status, answer.json()


async def tokenised(stage: Stage, **card: str) -> str:
    changed = {f"card[{name}]": value for name, value in card.items()}
    _, told = await asked(stage, "token", {"public_key": KEY, **CARD, **changed})
    return str(told["token"])


def test_a_card_is_charged_once_by_its_token_and_again_by_the_lasting_one() -> None:
    async def scene() -> None:
        stage = Stage()
        token = await tokenised(stage)
        status, charge = await asked(stage, "charge", {**ORDER, "token": token}, SECRET)
        assert (status, charge["captured"], charge["risk"], charge["card"]["last4"]) == (200, True, "approved", "4242")
        assert stage.results("imp_1") == [("0", None)]
        status, told = await asked(stage, "charge", {**ORDER, "plan": "imp_2", "token": token}, SECRET)
        assert (status, told["code"]) == (400, 3111)
        lasting = {**ORDER, "plan": "imp_2", "token": charge["card"]["token"]}
        assert (await asked(stage, "charge", lasting, SECRET))[0] == 200
        assert stage.results("imp_2") == [("0", None)]

    play(scene)


def test_a_token_does_not_live_long() -> None:
    async def scene() -> None:
        stage = Stage()
        token = await tokenised(stage)
        await stage.clock.advance(290)
        assert (await asked(stage, "charge", {**ORDER, "token": token}, SECRET))[1]["code"] == 3111
        assert stage.state.charges == {}

    play(scene)


@pytest.mark.parametrize(
    ("card", "code"),
    [
        ({"cvv": "111"}, 3014),
        ({"cvv": "222"}, 3011),
        ({"cvv": "333"}, 3010),
        ({"number": "4000 0000 0000 0002"}, 3012),
    ],
)
def test_what_the_issuer_declines_is_told_by_its_code(card: dict[str, str], code: int) -> None:
    async def scene() -> None:
        stage = Stage()
        token = await tokenised(stage, **card)
        status, told = await asked(stage, "charge", {**ORDER, "token": token}, SECRET)
        assert (status, told["type"], told["code"]) == (400, "Error", code)
        assert (stage.state.charges, stage.receiver.received) == ({}, [])

    play(scene)


def test_a_held_charge_is_pending() -> None:
    async def scene() -> None:
        stage = Stage()
        token = await tokenised(stage, cvv="556")
        _, charge = await asked(stage, "charge", {**ORDER, "token": token}, SECRET)
        assert (charge["captured"], charge["risk"]) == (False, "pending")
        await stage.clock.advance(120)
        assert stage.results() == [("200", None), ("202", None)]

    play(scene)


@pytest.mark.parametrize(
    ("changes", "code", "error"),
    [
        ({"card[number]": "1"}, 224, "Enter a valid card number."),
        ({"card[exp_year]": "2020"}, 223, "This card has expired."),
        ({"card[cvv]": ""}, 225, "Enter the 3 or 4 digits."),
        ({"public_key": "unknown"}, 2111, "Public key is missing or invalid"),
    ],
)
def test_a_card_that_is_none_gets_no_token(changes: dict[str, str], code: int, error: str) -> None:
    async def scene() -> None:
        status, told = await asked(Stage(), "token", {"public_key": KEY, **CARD, **changes})
        assert (status, told["code"], told["error"]) == (400, code, error)

    play(scene)


@pytest.mark.parametrize(
    ("changes", "key", "status", "code", "error"),
    [
        ({}, None, 401, 4006, "API key is not provided"),
        ({}, "wrong", 401, 4007, "API key is invalid"),
        ({"token": ""}, SECRET, 400, 3008, "Please fill in all required fields: token"),
        ({"amount": "10.505"}, SECRET, 400, 3002, "Wrong charge amount"),
        ({"amount": "-1"}, SECRET, 400, 3002, "Wrong charge amount"),
        ({"token": "ot_unknown"}, SECRET, 400, 3111, "Token was not found"),
    ],
)
def test_a_charge_that_cannot_be_made_says_why(
    changes: dict[str, str], key: str | None, status: int, code: int, error: str
) -> None:
    async def scene() -> None:
        stage = Stage()
        form = {**ORDER, "token": await tokenised(stage), **changes}
        found, told = await asked(stage, "charge", form, key)
        assert (found, told["code"], told["error"]) == (status, code, error)
        assert stage.state.charges == {}

    play(scene)


@pytest.mark.parametrize("order", [{"description": "Mug"}, {"description": "Mug", "plan": "imp_1"}])
def test_two_charges_for_the_same_thing_are_two(order: dict[str, str]) -> None:
    async def scene() -> None:
        stage = Stage()
        asking = {"email": "minji@shop.example", "amount": "10.50", "currency": "USD", **order}
        made = [(await asked(stage, "charge", {**asking, "token": await tokenised(stage)}, SECRET))[1] for _ in "12"]
        assert len({charge["id"] for charge in made}) == len(stage.state.charges) == 2
        assert stage.results() == [("0", None), ("0", None)]

    play(scene)

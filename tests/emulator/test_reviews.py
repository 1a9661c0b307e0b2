"""A payment may be held for risk review: it counts only when the review has ended well."""

from typing import Any

import pytest

from tests.emulator.stage import CARD, Stage, play

ACCEPTED = [("200", None), ("201", None)]
DECLINED = [("200", None), ("202", None)]


async def held(stage: Stage, cvv: str = "123", goods_id: str = "imp_1") -> dict[str, Any]:
    """Pay with this CVV; the window's answer."""
    status, answer = await stage.press_pay(stage.call(ag_external_id=goods_id), card={**CARD, "cvv": cvv})
    assert status == 200, answer
    return answer


@pytest.mark.parametrize(("cvv", "state", "told"), [("555", "accepted", ACCEPTED), ("556", "declined", DECLINED)])
def test_the_test_codes_are_reviewed_for_two_minutes(cvv: str, state: str, told: list[tuple[str, None]]) -> None:
    async def scene() -> None:
        stage = Stage()
        answer = await held(stage, cvv)
        assert answer["result"] == "review"
        assert answer["location"].endswith("outcome=success")
        await stage.clock.advance(119)
        assert (stage.state.charge_named("imp_1").state, stage.results()) == ("under_review", told[:1])
        await stage.clock.advance(1)
        assert (stage.state.charge_named("imp_1").state, stage.results()) == (state, told)
        await stage.clock.advance(86_400)
        assert stage.results() == told

    play(scene)


@pytest.mark.parametrize(
    ("review", "cvv", "after_an_hour"),
    [
        ("accept", "123", ACCEPTED),
        ("decline", "123", DECLINED),
        ("hold", "123", ACCEPTED[:1]),
        ("none", "123", [("0", None)]),
        ("decline", "555", ACCEPTED),
    ],
)
def test_a_project_may_have_every_payment_reviewed(
    review: str, cvv: str, after_an_hour: list[tuple[str, None]]
) -> None:
    async def scene() -> None:
        stage = Stage(review=review, review_seconds=600)
        await held(stage, cvv)
        await stage.clock.advance(599)
        assert stage.results() == after_an_hour[:1]
        await stage.clock.advance(3001)
        assert stage.results() == after_an_hour

    play(scene)


def test_a_review_is_ended_by_hand_once() -> None:
    async def scene() -> None:
        stage = Stage(review="hold")
        for goods_id in ("imp_1", "imp_2", "imp_3"):
            await held(stage, goods_id=goods_id)
        await stage.state.accept_review("imp_1")
        await stage.state.decline_review(stage.state.charge_named("imp_2").ref)
        await stage.state.void("imp_3")
        assert stage.results("imp_1") == ACCEPTED
        assert stage.results("imp_2") == DECLINED
        assert stage.results("imp_3") == [("200", None), ("203", None)]
        with pytest.raises(ValueError, match="is not under review: it is accepted"):
            await stage.state.decline_review("imp_1")
        with pytest.raises(KeyError):
            await stage.state.accept_review("imp_4")

    play(scene)


def test_a_review_that_was_ended_by_hand_does_not_end_again_by_itself() -> None:
    async def scene() -> None:
        stage = Stage()
        await held(stage, "556")
        await stage.state.accept_review("imp_1")
        await stage.clock.advance(3600)
        assert stage.results() == ACCEPTED

    play(scene)


def test_test_payment_is_not_reviewed() -> None:
    async def scene() -> None:
        stage = Stage(review="hold", methods={"test": {"name_en": "Test Payment", "name_ko": "테스트 결제"}})
        _, answer = await stage.press_pay(stage.call(evaluation="1", ps="test"), method="test")
        assert (answer["result"], stage.results()) == ("paid", [("0", None)])

    play(scene)


def test_a_held_payment_is_charged_once_and_a_declined_one_may_be_tried_again() -> None:
    async def scene() -> None:
        stage = Stage(review="hold")
        first = await held(stage)
        assert (await held(stage))["ref"] == first["ref"]
        await stage.state.decline_review("imp_1")
        stage.set(review="none")
        again = await held(stage)
        assert again["ref"] != first["ref"]
        assert stage.results() == [*DECLINED, ("0", None)]
        assert stage.state.charge_named("imp_1").ref == again["ref"]

    play(scene)


@pytest.mark.parametrize(
    ("verb", "problem"),
    [
        (None, "Transaction is under review"),
        ("decline_review", "Transaction not found"),
        ("void", "Transaction not found"),
    ],
)
def test_what_does_not_count_is_not_refunded(verb: str | None, problem: str) -> None:
    async def scene() -> None:
        stage = Stage(review="hold")
        ref = (await held(stage))["ref"]
        if verb is not None:
            await getattr(stage.state, verb)(ref)
        assert (await stage.ticket(ref=ref))["errors"] == [problem]
        assert list(stage.state.tickets) == []

    play(scene)

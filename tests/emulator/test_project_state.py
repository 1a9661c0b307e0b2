"""What a project does with a charge: its number, that it charges once, what it takes back and what it keeps."""

import asyncio
from decimal import Decimal
from types import SimpleNamespace

import pytest

from emulator.paymentwall.parameters import Reason, Type
from tests.emulator.stage import NOW, WITH_TEST, Stage, play

DAY = 86_400.0


def test_a_charge_has_b_and_ten_digits_for_its_number_and_no_two_have_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def chosen(bound: int) -> int:
        asked.append(bound)
        return 5

    monkeypatch.setattr("emulator.paymentwall.state.secrets", SimpleNamespace(randbelow=chosen))

    async def scene() -> None:
        stage = Stage()
        refs = [(await stage.charged(f"imp_{number}")).ref for number in range(3)]
        assert refs == ["b1000000005", "b1000000006", "b1000000007"]
        assert asked == [9_000_000_000] * 3  # the highest is b9999999999

    play(scene)


def test_a_charge_by_the_test_method_has_t_and_the_unix_time_for_its_number() -> None:
    async def scene() -> None:
        stage = Stage(methods=WITH_TEST)
        for number in range(2):
            query = stage.call(ag_external_id=f"imp_{number}", evaluation="1", ps="test")
            assert (await stage.press_pay(query, method="test"))[0] == 200
        assert list(stage.state.charges) == [f"t{int(NOW)}", f"t{int(NOW) + 1}"]

    play(scene)


def test_who_presses_twice_pays_once_and_hears_of_it_when_the_first_does() -> None:
    async def scene() -> None:
        stage = Stage()
        stage.receiver.delay_seconds = 0.05
        heard: list[int] = []

        async def press() -> str:
            ref = (await stage.charged()).ref
            heard.append(len(stage.receiver.answered))
            return ref

        first, second = await asyncio.wait_for(asyncio.gather(press(), press()), 10)
        assert first == second == (await stage.charged()).ref
        assert heard == [1, 1]
        assert stage.results() == [("0", None)]

    play(scene)


def test_a_charge_keeps_what_it_was_called_with() -> None:
    async def scene() -> None:
        stage = Stage()
        charge = await stage.charged()
        assert charge.called_with["ag_external_id"] == "imp_1"
        plain = await stage.state.charge(
            uid="buyer", goods_id="imp_2", amount=Decimal(3), currency="USD", method="cc", country="KR"
        )
        assert (plain.called_with, plain.ip, plain.test) == ({}, "", False)

    play(scene)


def test_a_method_that_is_set_up_no_longer_is_cancelled_by_ticket() -> None:
    async def scene() -> None:
        stage = Stage(methods={"paypal": {"name_en": "PayPal", "name_ko": "페이팔", "cancellation": "immediate"}})
        charge = await stage.charged(method="paypal")
        assert stage.state.cancellation_of(charge) == "immediate"
        stage.set(methods={"cc": {"name_en": "Credit card", "name_ko": "신용카드"}})
        assert stage.state.cancellation_of(charge) == "ticket"

    play(scene)


@pytest.mark.parametrize("amount", ["10.50", "1.00", "0.50"])
def test_all_of_a_charge_can_be_given_back_by_its_amount_however_small(amount: str) -> None:
    async def scene() -> None:
        stage = Stage()
        by_itself = await stage.charged("imp_1", amount=amount)
        await stage.state.take_back(by_itself.ref, Reason.PARTIAL_REVERSAL, Decimal(amount))
        for goods_id, given in (("imp_2", {"amount": amount}), ("imp_3", {})):
            await stage.ticket(ref=(await stage.charged(goods_id, amount=amount)).ref, **given)
        await stage.clock.advance(DAY)
        await stage.state.tickets.complete(2)
        assert [stage.state.charge_named(f"imp_{number}").left for number in (1, 2, 3)] == [0, 0, 0]
        assert [(ticket.state, ticket.given_back) for ticket in stage.state.tickets] == [
            ("accepted", Decimal(amount)),
            ("accepted", Decimal(amount)),
        ]

    play(scene)


def test_who_ends_a_review_is_given_the_charge_as_it_is_then() -> None:
    async def scene() -> None:
        stage = Stage(review="hold")
        await stage.charged()
        ended = await stage.state.accept_review("imp_1")
        assert (ended.state, ended.review_due_at) == ("accepted", None)

    play(scene)


@pytest.mark.parametrize(("ref", "told"), [(None, f"t{int(NOW)}"), ("b1563", "b1563")])
def test_the_consoles_tool_makes_up_what_it_is_not_given(ref: str | None, told: str) -> None:
    async def scene() -> None:
        stage = Stage()
        await stage.state.try_pingback(Type.PAID, "imp_9", ref=ref)
        (sent,) = stage.receiver.received
        assert (sent["uid"], sent["ref"], sent["country_code"]) == ("test_user", told, "KR")

    play(scene)


def test_of_what_is_only_looked_at_the_last_thousand_are_kept() -> None:
    state = Stage().state
    assert state.pingbacks.tellings.maxlen == state.deliveries.maxlen == 1_000

"""Paymentwall itself takes money back, tells it in order, gives up in the end, and remembers across a restart."""

import json
from decimal import Decimal

import pytest

from emulator.paymentwall.charges import Charge, ChargeState, DeliveryNotice
from emulator.paymentwall.parameters import Reason, Type
from tests.emulator.stage import CARD, NOW, Stage, play

DAY = 86_400.0


@pytest.mark.parametrize("reason", [Reason.CHARGEBACK, Reason.CARD_FRAUD, Reason.OTHER_FRAUD, Reason.CANCELLED])
def test_a_charge_is_taken_back_with_its_reason(reason: Reason) -> None:
    async def scene() -> None:
        stage = Stage()
        await stage.charged()
        charge = await stage.state.take_back("imp_1", reason)
        assert stage.results() == [("0", None), ("2", str(reason.value))]
        assert "amount" not in stage.receiver.received[-1]
        assert (charge.given_back, charge.left) == (Decimal("10.50"), Decimal(0))
        with pytest.raises(ValueError, match="Nothing is left"):
            await stage.state.take_back("imp_1", reason)

    play(scene)


@pytest.mark.parametrize(
    ("state", "left"), [("accepted", "7.50"), ("under_review", "0"), ("declined", "0"), ("voided", "0")]
)
def test_of_a_charge_that_does_not_count_nothing_is_left(state: ChargeState, left: str) -> None:
    charge = Charge("b1", "buyer", "imp_1", Decimal("10.50"), "USD", "cc", "KR", NOW, state=state)
    assert charge.giving_back(Decimal(3)).left == Decimal(left)
    assert (charge.test, charge.reversals, charge.ip) == (False, 0, "")


def test_a_part_is_taken_back_with_its_amount_and_the_rest_can_follow() -> None:
    async def scene() -> None:
        stage = Stage()
        charge = await stage.charged()
        await stage.state.take_back(charge.ref, Reason.PARTIAL_REVERSAL, Decimal(3))
        await stage.ticket(ref=charge.ref, amount="7.00")
        await stage.clock.advance(DAY)
        await stage.state.take_back(charge.ref, Reason.CHARGEBACK)
        told = [(one["reason"], one.get("amount"), one["reversal"]) for one in stage.receiver.received[1:]]
        assert told == [("10", "3.00", "1"), ("10", "7.00", "2"), ("1", None, "3")]

    play(scene)


@pytest.mark.parametrize("amount", ["0", "-1", "10.51", "1.005", "NaN"])
def test_an_impossible_part_is_not_taken_back(amount: str) -> None:
    async def scene() -> None:
        stage = Stage()
        await stage.charged()
        with pytest.raises(ValueError, match=r"10\.50 USD that are left"):
            await stage.state.take_back("imp_1", Reason.PARTIAL_REVERSAL, Decimal(amount))
        assert stage.state.charge_named("imp_1").given_back == 0
        assert stage.results() == [("0", None)]

    play(scene)


def test_a_partial_reversal_says_how_much_and_an_unknown_charge_is_none() -> None:
    async def scene() -> None:
        stage = Stage()
        await stage.charged()
        with pytest.raises(ValueError, match="needs an amount"):
            await stage.state.take_back("imp_1", Reason.PARTIAL_REVERSAL)
        with pytest.raises(KeyError):
            await stage.state.take_back("imp_2", Reason.CHARGEBACK)

    play(scene)


def test_a_ticket_about_a_charge_that_was_taken_back_gives_nothing() -> None:
    async def scene() -> None:
        stage = Stage()
        charge = await stage.charged()
        await stage.ticket(ref=charge.ref)
        await stage.state.take_back(charge.ref, Reason.CHARGEBACK)
        await stage.clock.advance(DAY)
        assert [ticket.state for ticket in stage.state.tickets] == ["refused"]
        assert stage.results() == [("0", None), ("2", "1")]

    play(scene)


def test_a_refund_is_not_told_before_the_payment_was_heard_of() -> None:
    async def scene() -> None:
        stage = Stage()
        stage.receiver.answers = [(500, ""), (500, ""), (200, "OK")]
        await stage.charged("imp_1")
        await stage.state.take_back("imp_1", Reason.CHARGEBACK)
        stage.receiver.answers.insert(0, (200, "OK"))
        await stage.charged("imp_2")
        assert stage.results("imp_1") == [("0", None)]
        assert stage.results("imp_2") == [("0", None)]
        await stage.clock.advance(3600)
        assert stage.results("imp_1") == [("0", None)] * 3 + [("2", "1")]

    play(scene)


def test_after_the_last_retry_a_pingback_is_given_up_and_the_next_one_told() -> None:
    async def scene() -> None:
        stage = Stage(pingback={"retries": 2})
        stage.receiver.answers = [(500, ""), (500, ""), (500, ""), (200, "OK")]
        await stage.charged()
        await stage.state.take_back("imp_1", Reason.CHARGEBACK)
        await stage.clock.advance(30 * DAY)
        assert stage.results() == [("0", None)] * 3 + [("2", "1")]
        assert [(one.state, one.tries, one.next_at) for one in stage.state.pingbacks.tellings] == [
            ("given_up", 3, None),
            ("answered", 1, None),
        ]
        assert stage.clock.upcoming() == []
        assert stage.state.pingbacks.to_tell == {}

    play(scene)


def test_a_day_of_retries_is_the_usual_bound() -> None:
    async def scene() -> None:
        stage = Stage()
        stage.receiver.answers = [(404, "")]
        await stage.charged()
        await stage.clock.advance(30 * DAY)
        assert len(stage.receiver.received) == 1 + 48

    play(scene)


def test_a_pingback_can_be_looked_at_and_sent_again() -> None:
    async def scene() -> None:
        stage = Stage()
        stage.receiver.answers = [(500, "out of order"), (200, "OK")]
        await stage.charged()
        (shown,) = stage.state.as_json()["pingbacks"]
        assert (shown["id"], shown["type"], shown["state"], shown["next_at"]) == (1, 0, "waiting", NOW + 1800)
        assert shown["answer"] == {"status": 500, "body": "out of order", "error": None}
        assert shown["query"]["goodsid"] == "imp_1"
        assert (await stage.state.resend(1)).heard
        with pytest.raises(KeyError):
            await stage.state.resend(2)

    play(scene)


def test_after_a_restart_what_waits_is_told_in_order_when_it_was_due() -> None:
    async def scene() -> None:
        before = Stage()
        before.receiver.answers = [(500, "")]
        await before.charged()
        await before.state.take_back("imp_1", Reason.CHARGEBACK)
        written = before.state.extra_state()

        after = Stage()
        await after.clock.advance(60)
        after.state.take_extra_state(written)
        planned = [[event.label for event in stage.clock.upcoming()] for stage in (before, after)]
        assert planned[0] == planned[1]
        await after.clock.advance(1739)
        assert after.results() == []
        await after.clock.advance(1)
        assert after.results() == [("0", None), ("2", "1")]
        await after.charged("imp_2")
        assert [(one.id, one.state, one.tries) for one in after.state.pingbacks.tellings] == [
            (1, "answered", 2),
            (2, "answered", 1),
            (3, "answered", 1),
        ]

    play(scene)


def test_after_a_restart_without_pingbacks_the_first_is_number_1() -> None:
    async def scene() -> None:
        stage = Stage()
        stage.state.take_extra_state(Stage().state.extra_state())
        await stage.charged()
        assert [one.id for one in stage.state.pingbacks.tellings] == [1]

    play(scene)


@pytest.mark.parametrize("kind", [Type.PAID, Type.GOODWILL, Type.REFUND])
def test_the_consoles_tool_sends_a_test_once(kind: Type) -> None:
    async def scene() -> None:
        stage = Stage()
        stage.receiver.answers = [(500, "not me")]
        reason = Reason.CANCELLED if kind is Type.REFUND else None
        attempt = await stage.state.try_pingback(kind, "imp_9", reason=reason)
        assert (attempt.status, attempt.body, attempt.heard) == (500, "not me", False)
        assert stage.results() == [(str(kind.value), None if reason is None else "9")]
        assert stage.receiver.received[0]["is_test"] == "1"
        assert stage.clock.upcoming() == []
        assert stage.state.charges == {}

    play(scene)


def test_what_a_project_remembers_goes_on_where_it_was() -> None:
    async def scene() -> None:
        before = Stage(ticket_seconds=600)
        for number, cvv in ((1, "123"), (2, "123"), (3, "556")):
            query = before.call(ag_external_id=f"imp_{number}")
            await before.press_pay(query, card={**CARD, "cvv": cvv})
        before.receiver.answers = [(500, "")]
        await before.state.take_back("imp_2", Reason.CHARGEBACK)
        await before.ticket(ref=before.state.charge_named("imp_1").ref)
        await before.ticket(ref=before.state.charge_named("imp_1").ref, amount="1.00")
        before.state.deliveries.append(DeliveryNotice("b1", "imp_1", NOW, {"status": "delivered"}))
        await before.clock.advance(60)
        written = json.loads(json.dumps(before.state.extra_state()))

        after = Stage(ticket_seconds=600)
        await after.clock.advance(60)
        after.state.take_extra_state(written)
        assert after.state.as_json() == before.state.as_json()
        assert list(after.state.tickets) == list(before.state.tickets)
        await after.clock.advance(539)
        assert after.results("imp_3") == [("202", None)]
        assert after.results("imp_1") == []
        await after.clock.advance(1)
        assert after.results("imp_1") == [("2", "9")]
        await after.clock.advance(1200)
        assert after.results("imp_2") == [("2", "1")]
        assert [ticket.state for ticket in after.state.tickets] == ["accepted", "refused"]
        assert (await after.press_pay(after.call(ag_external_id="imp_1")))[1]["ref"] == after.state.charge_named(
            "imp_1"
        ).ref

    play(scene)


@pytest.mark.parametrize("nonsense", [{}, {"charges": [1]}, {"charges": [], "tickets": [], "tellings": [], "more": 1}])
def test_what_is_no_state_changes_nothing(nonsense: dict[str, object]) -> None:
    async def scene() -> None:
        stage = Stage()
        await stage.charged()
        remembered = stage.state.extra_state()
        with pytest.raises(ValueError, match="validation error"):
            stage.state.take_extra_state(nonsense)
        assert stage.state.extra_state() == remembered

    play(scene)

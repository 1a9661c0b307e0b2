"""A payment is written once for each state that it comes into, however many others are asked for in between."""

from dataclasses import replace
from decimal import Decimal

from emulator.portone.payments import Payment, paid
from emulator.portone.rendering import shown

NOW = 1_750_000_000
READY = Payment(
    imp_uid="imp_1", merchant_uid="order-1", name="Mug", amount=Decimal("10.50"), currency="USD",
    pg_provider="paymentwall", pg_id="key", channel_key="channel", sandbox=True, started_at=NOW,
)  # fmt: skip


def test_a_merchant_that_polls_a_thousand_payments_in_turn_has_each_written_once() -> None:
    payments = [replace(READY, imp_uid=f"imp_{number}") for number in range(1_000)]
    first = [shown(payment).content for payment in payments]
    assert all(shown(payment).content is content for payment, content in zip(payments, first, strict=True))


def test_another_state_is_written_anew() -> None:
    after = paid(READY, pg_tid="b1", country_code="KR", now=NOW + 1)
    assert b'"status":"ready"' in shown(READY).content
    assert b'"status":"paid"' in shown(after).content
    assert shown(after, True).content != shown(after).content


def test_the_journal_shows_the_state_that_was_answered_also_when_it_is_read_later() -> None:
    answered = shown(READY)
    paid(READY, pg_tid="b1", country_code="KR", now=NOW + 1)
    assert answered.kept.value["response"]["status"] == "ready"
    assert answered.content == b'{"code":0,"message":null,"response":%b}' % answered.payment

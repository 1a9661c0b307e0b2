"""A payment is written once for each state that it comes into, however many others are asked for in between."""

import json
from dataclasses import replace
from decimal import Decimal

from emulator.portone.payments import Payment, paid
from emulator.portone.rendering import shown
from tests.emulator.driver import Driver

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


def test_what_the_journal_keeps_of_it_is_what_was_answered() -> None:
    answered = shown(READY)
    assert json.loads(answered.content) == answered.kept.value
    assert answered.content == b'{"code":0,"message":null,"response":%b}' % answered.payment


def test_the_journal_shows_the_state_that_was_answered_also_when_it_is_read_later(account: Driver) -> None:
    imp_uid = account.pay(method="paypal")["imp_uid"]
    for extension in ("false", "true"):
        account.look_up(imp_uid, extension=extension)
    account.cancel(imp_uid)
    account.look_up(imp_uid)
    told = [entry["response"]["response"] for entry in account.entries("look-up")]
    assert [one["status"] for one in told] == ["paid", "paid", "cancelled"]
    assert ["extension" in one for one in told] == [False, True, False]


def test_the_journal_shows_lists_as_they_were_answered(account: Driver) -> None:
    account.pay("order-1")
    asked = account.get("/payments/findAll/order-1"), account.get("/payments", **{"merchant_uid[]": "order-1"})
    assert [entry["response"] for entry in account.entries("find", "look-up")] == [one.json() for one in asked]

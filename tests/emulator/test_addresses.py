"""Where a webhook goes: to the saved address or to those that the payment brought; and who hears of a cancellation."""

from decimal import Decimal

import pytest

from emulator.portone.payments import Cancellation, Payment
from emulator.portone.webhooks import (
    Webhook,
    addresses,
    told_of,
)
from tests.emulator.desk import WEBHOOK, Desk


def test_a_webhook_names_its_cancellation_only_where_it_is_about_one() -> None:
    usual = {"imp_uid": "imp_1", "merchant_uid": "order-1", "status": "paid"}
    assert WEBHOOK.fields() == usual
    assert Webhook("imp_1", "order-1", "paid", "c1").fields() == {**usual, "cancellation_id": "c1"}


SAVED, NOTICE = "http://shop.example/saved", "http://shop.example/notice"
PAYMENT = Payment(
    imp_uid="imp_1", merchant_uid="order-1", name="Mug", amount=Decimal(10), currency="USD", status="paid",
    pg_provider="paymentwall", pg_id="key", channel_key="channel", sandbox=True, started_at=0, notified=True,
    notice_urls=(NOTICE,),
)  # fmt: skip


def test_a_notice_url_stands_in_for_the_saved_address() -> None:
    endpoint = Desk(webhook={"test": {"url": SAVED}}).console.endpoint(sandbox=True)
    unsaved = Desk().console.endpoint(sandbox=False)
    without = Payment(**{**{name: getattr(PAYMENT, name) for name in PAYMENT.__dataclass_fields__}, "notice_urls": ()})
    assert addresses(PAYMENT, endpoint) == (NOTICE,)
    assert addresses(PAYMENT, endpoint, console_only=True) == (SAVED,)
    assert addresses(without, endpoint) == (SAVED,)
    assert addresses(without, unsaved) == addresses(PAYMENT, unsaved, console_only=True) == ()


@pytest.mark.parametrize(
    ("asked_by", "notify", "notified", "cancel_notice", "told"),
    [
        ("console", False, False, "opt_in", NOTICE),
        ("paymentwall", False, False, "opt_in", NOTICE),
        ("api", False, True, "opt_in", None),
        ("api", True, True, "opt_in", SAVED),
        ("api", True, False, "opt_in", None),
        ("api", False, True, "always", NOTICE),
        ("api", True, True, "always", SAVED),
        ("api", False, False, "always", None),
    ],
)
def test_who_is_told_of_a_cancellation(
    asked_by: str, notify: bool, notified: bool, cancel_notice: str, told: str | None
) -> None:
    console = Desk(webhook={"test": {"url": SAVED}}, cancel_notice=cancel_notice).console
    facts = {name: getattr(PAYMENT, name) for name in PAYMENT.__dataclass_fields__}
    done = Cancellation("c1", Decimal(3), None, notify=notify, asked_by=asked_by)  # type: ignore[arg-type]
    assert told_of(Payment(**{**facts, "notified": notified}), done, console) == (() if told is None else (told,))

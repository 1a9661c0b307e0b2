"""What the page is told in the end, by callback or by redirect, in the shape that the account is set to."""

from dataclasses import replace
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest

from emulator.portone.console import Console
from emulator.portone.payments import Payment
from emulator.portone.sdk import callback_response, redirect_address

PAID = Payment(
    imp_uid="imp_1",
    merchant_uid="A1B2C3-1",
    name="Mug",
    amount=Decimal("10.5"),
    currency="USD",
    pg_provider="paymentwall",
    pg_id="t_1",
    channel_key="channel-key-1",
    sandbox=True,
    started_at=1_750_000_000,
    status="paid",
    pg_tid="b1493096790",
    paid_at=1_750_000_060,
    custom_data='{"gift":true}',
)
CONSOLE = Console(imp_code="imp1", imp_key="key", imp_secret="secret")
FAILED = replace(PAID, status="failed", pg_tid=None, paid_at=0, fail_reason="left & gone")


def test_the_callback_of_a_payment_has_its_fields() -> None:
    told = callback_response(PAID, CONSOLE)
    assert (told["success"], told["imp_success"], told["paid_amount"]) == (True, True, 10.5)
    assert (told["pg_tid"], told["paid_at"], told["custom_data"]) == ("b1493096790", 1_750_000_060, {"gift": True})
    assert told.keys() >= {"apply_num", "card_name", "buyer_email", "receipt_url", "pg_type", "currency"}
    assert "error_msg" not in told


def test_the_callback_of_a_failure_says_why() -> None:
    told = callback_response(FAILED, CONSOLE)
    assert (told["success"], told["paid_amount"], told["error_msg"]) == (False, 0, "left & gone")


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("success", {"success"}),
        ("imp_success", {"imp_success"}),
        ("both", {"success", "imp_success"}),
        ("none", set()),
    ],
)
def test_success_has_the_name_that_the_account_says(name: str, names: set[str]) -> None:
    console = Console.model_validate({**CONSOLE.model_dump(), "sdk_success": name})
    assert {"success", "imp_success"} & callback_response(PAID, console).keys() == names
    assert ("imp_success=true" in redirect_address(PAID, "https://shop.example/r", console)) == bool(names)


def test_a_reduced_callback_tells_who_it_is_about_and_what_went_wrong() -> None:
    console = CONSOLE.model_copy(update={"sdk_callback": "reduced"})
    assert callback_response(PAID, console) == {"imp_uid": "imp_1", "merchant_uid": "A1B2C3-1"}
    assert callback_response(FAILED, console).keys() == {"imp_uid", "merchant_uid", "error_code", "error_msg"}
    assert "imp_success" not in redirect_address(PAID, "https://shop.example/r", console)


@pytest.mark.parametrize(
    ("address", "before", "after"),
    [
        ("https://shop.example/return", "https://shop.example/return?", ""),
        ("https://shop.example/?wc-api=x", "https://shop.example/?wc-api=x&", ""),
        ("https://shop.example/r#paid", "https://shop.example/r?", "#paid"),
        ("shopapp://return", "shopapp://return?", ""),
    ],
)
def test_the_result_joins_whatever_address_the_shop_named(address: str, before: str, after: str) -> None:
    result = "imp_uid=imp_1&merchant_uid=A1B2C3-1&imp_success=true"
    assert redirect_address(PAID, address, CONSOLE) == f"{before}{result}{after}"


def test_a_failures_reason_is_quoted_in_the_address() -> None:
    told = parse_qs(urlsplit(redirect_address(FAILED, "https://shop.example/r", CONSOLE)).query)
    assert (told["imp_success"], told["error_msg"]) == (["false"], ["left & gone"])

"""Amounts and texts that strangers wrote are taken where they mean something, on both sides, and never guessed."""

from decimal import Decimal
from typing import Any

import pytest

from emulator.paymentwall.money import exact
from emulator.portone.amounts import is_web_address, money, number, text, truth


@pytest.mark.parametrize(
    ("value", "amount"),
    [
        (12000, "12000"),
        (10.5, "10.5"),
        ("3.00", "3.00"),
        (" 7 ", "7"),
        (Decimal("1.10"), "1.10"),
        ("-3", "-3"),
        (-3, "-3"),
        (10**15 - 1, "999999999999999"),
        (1 - 10**15, "-999999999999999"),
        ("999999999999999.12345678", "999999999999999.12345678"),
    ],
)
def test_an_amount_is_read_from_a_number_or_a_text(value: Any, amount: str) -> None:
    assert str(money(value)) == amount


@pytest.mark.parametrize(
    "value",
    [
        True,
        False,
        None,
        [3],
        {"amount": 3},
        "",
        "three",
        "3.",
        ".5",
        "1e3",
        "1,000",
        "٣",
        10**15,
        -(10**15),
        "1000000000000000",
        "0.123456789",
        float("nan"),
        float("inf"),
        1e30,
    ],
)
def test_what_is_no_amount_is_none(value: Any) -> None:
    assert money(value) is None


def test_a_number_too_long_to_be_written_out_is_no_amount() -> None:
    assert money(10**5000) is None


@pytest.mark.parametrize("value", ["-0", "-0.00", -0.0])
def test_there_is_no_negative_zero(value: Any) -> None:
    found = money(value)
    assert found is not None
    assert not found.is_signed()


def test_money_is_written_as_a_whole_number_where_it_is_one() -> None:
    assert [repr(number(Decimal(amount))) for amount in ("12000", "10.00", "10.5", "0")] == ["12000", "10", "10.5", "0"]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("mug", "mug"),
        ("  mug ", "mug"),
        (7, "7"),
        (0, "0"),
        ("", None),
        ("   ", None),
        (None, None),
        (True, None),
        (False, None),
        (["mug"], None),
        ({"mug": 1}, None),
    ],
)
def test_a_field_says_a_text_or_nothing(value: Any, said: str | None) -> None:
    assert text(value) == said


def test_half_a_character_becomes_a_question_mark() -> None:
    assert text("half \ud83d") == "half ?"


@pytest.mark.parametrize(
    "url", ["http://shop.example", "https://shop.example/hook?a=1", "http://127.0.0.1:1/", "https://[::1]:443/"]
)
def test_a_webhook_can_be_sent_to_a_web_address(url: str) -> None:
    assert is_web_address(url) is True


@pytest.mark.parametrize(
    "url",
    ["ftp://shop.example/", "shop.example", "http://", "https:///hook", "http://shop.example:0/", "http://a:70000/",
     "http://[::1", "http://shop.example:-1/"],
)  # fmt: skip
def test_a_webhook_cannot_be_sent_to_anything_else(url: str) -> None:
    assert is_web_address(url) is False


@pytest.mark.parametrize("value", [True, "true", "True", "1", 1])
def test_a_flag_is_set_in_json_and_in_a_form(value: Any) -> None:
    assert truth(value) is True


@pytest.mark.parametrize("value", [False, None, "false", "0", 0, 2, "yes", "", [], ["true"]])
def test_a_flag_is_not_set_by_anything_else(value: Any) -> None:
    assert truth(value) is False


@pytest.mark.parametrize(
    ("written", "currency", "amount"),
    [
        ("10.50", "USD", "10.50"),
        ("10.5", "USD", "10.50"),
        ("0.01", "USD", "0.01"),
        ("1", "KRW", "1"),
        ("12000.00", "KRW", "12000"),
        ("1.234", "KWD", "1.234"),
    ],
)
def test_paymentwall_writes_an_amount_with_the_digits_of_its_currency(written: str, currency: str, amount: str) -> None:
    assert str(exact(written, currency)) == amount


@pytest.mark.parametrize(
    ("written", "currency"),
    [
        ("0", "USD"),
        ("0.00", "USD"),
        ("-1", "USD"),
        ("10.505", "USD"),
        ("0.5", "KRW"),
        ("1.2345", "KWD"),
        ("NaN", "USD"),
        ("sNaN", "USD"),
        ("Infinity", "USD"),
        ("ten", "USD"),
        ("", "USD"),
        ("1e40", "USD"),
    ],
)
def test_paymentwall_takes_nothing_else_for_an_amount(written: str, currency: str) -> None:
    assert exact(written, currency) is None

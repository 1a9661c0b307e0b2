"""A pingback carries the custom parameters that the console names, with the values Paymentwall documents."""

from dataclasses import replace
from decimal import Decimal

import pytest

from emulator.paymentwall.charges import Charge
from emulator.paymentwall.parameters import VERBAL, Pingback, Reason, Type, parameters
from emulator.paymentwall.project import Project
from emulator.paymentwall.signatures import pingback_is_genuine
from tests.emulator.stage import KEY, NOW, SECRET

CHARGE = Charge(
    "b1493096790", "minji@shop.example", "imp_1", Decimal("10.50"), "USD", "cc", "KR", NOW,
    called_with={"my_custom_param": "my custom value"}, ip="203.0.113.9",
)  # fmt: skip
PAID = Pingback(CHARGE, Type.PAID)
CHARGED_BACK = Pingback(replace(CHARGE, given_back=Decimal("10.50"), reversals=1), Type.REFUND, Reason.CHARGEBACK)


def told(selected: str, pingback: Pingback = PAID, name: str = "wanted") -> str:
    project = Project(project_key=KEY, secret_key=SECRET, custom_pingback_parameters={name: selected})
    query = parameters(pingback, project)
    assert pingback_is_genuine(query, SECRET)
    return query[name]


@pytest.mark.parametrize(
    ("selected", "value"),
    [
        ("COUNTRY_CODE", "KR"),
        ("COUNTRY_CODE_ALPHA3", "KOR"),
        ("COUNTRY_CODE_NAME", "South Korea"),
        ("CURRENCY_CODE", "USD"),
        ("CLICK_TYPE", "payment"),
        ("GOODSID", "imp_1"),
        ("PAYMENT_DATETIME_UTC", "2025-06-15 15:06:40"),
        ("PAYMENT_TYPE", "Credit Card"),
        ("PRODUCT_PRICE", "10.50"),
        ("RECURRING_PAYMENT", "0"),
        ("REFERENCE_ID", "b1493096790"),
        ("REVENUE_PAYMENT_LOCAL", "10.50"),
        ("UNIQUE_REF", "b1493096790_0"),
        ("USER_ID", "minji@shop.example"),
        ("USER_IP", "203.0.113.9"),
        ("CHARGEBACK_REASON", ""),
        ("CHARGEBACK_TYPE", ""),
        ("UNIQUE_REF_INITIAL", ""),
        ("NOBODY_KNOWS", ""),
    ],
)
def test_a_payment_tells_what_was_selected(selected: str, value: str) -> None:
    assert told(selected) == value


@pytest.mark.parametrize(
    ("selected", "value"),
    [
        ("CHARGEBACK_REASON", "1"),
        ("CHARGEBACK_REASON_VERBAL", "Chargeback"),
        ("CHARGEBACK_TYPE", "chargeback"),
        ("UNIQUE_REF", "b1493096790_2"),
        ("UNIQUE_REF_INITIAL", "b1493096790_0"),
    ],
)
def test_a_chargeback_tells_its_own(selected: str, value: str) -> None:
    assert told(selected, CHARGED_BACK) == value


def test_every_reason_has_its_words() -> None:
    assert VERBAL.keys() == set(Reason)


def test_own_is_what_the_widget_call_passed_under_that_name() -> None:
    assert told("OWN", name="my_custom_param") == "my custom value"
    assert told("OWN", name="another") == ""


def test_a_custom_parameter_cannot_take_the_place_of_a_usual_one() -> None:
    assert told("CURRENCY_CODE", name="goodsid") == "imp_1"

"""The buyer's country as Paymentwall names it, odd ones too, comes through to the look-up."""

import pytest

from tests.emulator.driver import Driver


@pytest.mark.parametrize("country", ["KR", "XK", "AQ", "ZZ", "kr"])
def test_it_reaches_the_look_up_as_it_is(account: Driver, country: str) -> None:
    paid = account.pay(country=country)
    assert account.look_up(paid["imp_uid"], extension="true")["extension"] == {"country_code": country}

"""Where goods go: what a buyer must give, and what PortOne would not take."""

import httpx
import pytest

from shop.addresses import COUNTRIES, Address
from tests.shop.counter import GOES_TO, OPERATOR


def test_an_address_is_taken_as_it_was_given() -> None:
    assert Address.of({**GOES_TO, "street": "  12   Harbour Road ", "country": "kr"}) == Address(**GOES_TO)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"country": ""}, "country"),
        ({"country": "Korea"}, "country"),
        ({"country": "EU"}, "country"),
        ({"street": " "}, "a street"),
        ({"city": None}, "a city"),
        ({"zip": 48058}, "a postal code"),
        ({"phone": ""}, "a telephone number"),
        ({"country": "US"}, "a state"),
        ({"city": "B" * 41}, "40 characters"),
        ({"state": "\x00"}, "shorten"),
    ],
)
def test_what_is_missing_or_does_not_fit_is_said(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Address.of({**GOES_TO, **wrong})


def test_a_state_is_asked_for_in_the_united_states_only() -> None:
    assert Address.of({**GOES_TO, "country": "US", "state": "NY"}).state == "NY"
    assert Address.of({**GOES_TO, "country": "CA", "state": ""}).state == ""


def test_the_countries_have_names_and_no_regions_are_among_them() -> None:
    assert {"KR": "South Korea", "US": "United States", "XK": "Kosovo"}.items() <= COUNTRIES.items()
    assert not {"EU", "UN", "ZZ", "001"} & COUNTRIES.keys()


def test_an_order_without_an_address_is_refused_in_one_sentence(client: httpx.Client) -> None:
    buyer = {"sku": "mug", "buyer_name": "Mina Kim", "buyer_email": "mina@example.org"}
    answer = client.post("/api/orders", json=buyer)
    assert (answer.status_code, answer.json()) == (
        400,
        {"error": "Please choose the country that your order goes to."},
    )


def test_an_email_that_could_not_be_registered_is_refused(client: httpx.Client) -> None:
    buyer = {"sku": "mug", "buyer_name": "Mina Kim", "buyer_email": f"{'m' * 40}@example.org", **GOES_TO}
    assert "at most 50 characters" in client.post("/api/orders", json=buyer).json()["error"]


def test_the_operator_is_the_only_one_who_ships_without_a_packer(client: httpx.Client) -> None:
    address = "/api/operator/orders/NOPE/delivery"
    assert client.post(address, json={}).status_code == 401
    for auth in (("packer", ""), ("operator", "wrong")):
        assert client.post(address, json={}, auth=auth).status_code == 401
    assert client.post(address, json={}, auth=OPERATOR).status_code == 400

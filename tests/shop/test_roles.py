"""Who may do what: the operator everything, the packer send goods and give no money back."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from shop.machine import Role, role_of
from shop.server import Shop
from shop.settings import ShopSettings
from tests.shop.counter import GOES_TO, KEYS, OPERATOR
from tests.shop.portone_stub import PortOneStub

PACKER = ("packer", "the-packers-password")
BUYER = {"sku": "mug", "buyer_name": "Mina Kim", "buyer_email": "mina@example.org", **GOES_TO}
PARCEL = {"status": "order_shipped", "carrier": "Korea Post", "tracking_number": "RR123456785KR"}
WITH_A_PACKER = ShopSettings.model_validate({**KEYS, "packer_password": PACKER[1]})


@pytest.fixture
def portone() -> PortOneStub:
    return PortOneStub()


@pytest.fixture
def shop(portone: PortOneStub) -> Iterator[httpx.Client]:
    with (
        Shop(WITH_A_PACKER, transport=httpx.MockTransport(portone)) as shop,
        httpx.Client(base_url=shop.url, follow_redirects=True, headers={"Accept": "text/html"}) as client,
    ):
        yield client


@pytest.fixture
def paid(shop: httpx.Client, portone: PortOneStub) -> dict[str, Any]:
    order: dict[str, Any] = shop.post("/api/orders", json=BUYER).json()
    notice = {"imp_uid": portone.pay(order["merchant_uid"]), "merchant_uid": order["merchant_uid"]}
    shop.post("/webhooks/portone", json=notice).raise_for_status()
    return order


def csrf(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found, page
    return found[1]


def log_in(shop: httpx.Client, who: tuple[str, str]) -> None:
    token = csrf(shop.get("/operator/login").text)
    page = shop.post("/operator/login", data={"csrf": token, "name": who[0], "password": who[1]})
    assert page.url.path == "/operator/orders"


@pytest.mark.parametrize(
    ("login", "role"),
    [
        (OPERATOR, Role.OPERATOR),
        (PACKER, Role.PACKER),
        ((OPERATOR[0], PACKER[1]), None),
        ((PACKER[0], OPERATOR[1]), None),
        ((PACKER[0], ""), None),
        (("", ""), None),
    ],
)
def test_a_log_in_tells_the_role(login: tuple[str, str], role: Role | None) -> None:
    assert role_of(WITH_A_PACKER, *login) is role


def test_nobody_is_a_packer_where_none_was_set_up() -> None:
    alone = ShopSettings.model_validate(KEYS)
    assert role_of(alone, "packer", "") is None


def test_a_packer_sends_goods_and_may_not_refund(
    shop: httpx.Client, portone: PortOneStub, paid: dict[str, Any]
) -> None:
    address = f"/api/operator/orders/{paid['order']}"
    assert shop.post(f"{address}/delivery", json=PARCEL, auth=PACKER).json()["registered"]
    refused = shop.post(f"{address}/refund", json={}, auth=PACKER, headers={"Accept": "application/json"})
    assert (refused.status_code, refused.json()) == (403, {"error": "Only the operator may do that."})
    assert shop.post("/api/operator/reconcile", auth=PACKER).status_code == 403
    assert portone.called("/payments/cancel") == []


def test_the_packers_pages_offer_no_refund_and_take_none(
    shop: httpx.Client, portone: PortOneStub, paid: dict[str, Any]
) -> None:
    log_in(shop, PACKER)
    page = shop.get(f"/operator/orders/{paid['order']}").text
    assert 'id="ship"' in page
    assert 'id="refund"' not in page
    answer = shop.post(f"/operator/orders/{paid['order']}/refund", data={"csrf": csrf(page)})
    assert (answer.status_code, portone.called("/payments/cancel")) == (403, [])


def test_a_step_is_reported_on_the_page_shown_there_and_sent_again(
    shop: httpx.Client, portone: PortOneStub, paid: dict[str, Any]
) -> None:
    log_in(shop, OPERATOR)
    own = f"/operator/orders/{paid['order']}"
    form = {**PARCEL, "csrf": csrf(shop.get(own).text), "arrives_on": "2026-12-04"}
    portone.delivering = httpx.Response(200, json={"code": 1, "message": "No zip.", "response": None})
    refused = shop.post(f"{own}/delivery", data=form).text
    assert "PortOne refused: No zip." in refused
    assert "Send again" in refused
    portone.delivering = None
    registered = shop.post(f"{own}/delivery", data=form).text
    assert "Order shipped: registered at PortOne." in registered
    assert "Send again" not in registered
    assert "RR123456785KR" in shop.get(f"/orders/{paid['order']}").text


def test_a_form_of_another_site_reports_nothing(shop: httpx.Client, portone: PortOneStub, paid: dict[str, Any]) -> None:
    log_in(shop, OPERATOR)
    answer = shop.post(f"/operator/orders/{paid['order']}/delivery", data={**PARCEL, "csrf": "x"})
    assert (answer.status_code, portone.called("/paymentwall/delivery")) == (403, [])


def test_a_stranger_reports_nothing_on_the_pages(
    shop: httpx.Client, portone: PortOneStub, paid: dict[str, Any]
) -> None:
    answer = shop.post(f"/operator/orders/{paid['order']}/delivery", data=PARCEL)
    assert (answer.url.path, portone.called("/paymentwall/delivery")) == ("/operator/login", [])

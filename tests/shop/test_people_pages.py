"""The pages: ordering, paying, coming back, and the operator's."""

import html
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest
from bs4 import BeautifulSoup

from shop.checkout import request_pay
from shop.database import Order
from shop.server import Shop
from shop.settings import ShopSettings
from shop.v1 import short_name
from tests.shop.counter import GOES_TO, KEYS, OPERATOR
from tests.shop.portone_stub import PortOneStub

BUYER = {"sku": "mug", "buyer_name": "Mina Kim", "buyer_email": "mina@example.org", **GOES_TO}
PAGE = {"Accept": "text/html"}


@pytest.fixture
def order(client: httpx.Client) -> dict[str, Any]:
    placed: dict[str, Any] = client.post("/api/orders", json=BUYER).json()
    return placed


def status(client: httpx.Client, order: dict[str, Any]) -> str:
    return str(client.get(f"/api/orders/{order['order']}").json()["status"])


def test_a_buyer_orders_and_is_led_to_the_checkout(client: httpx.Client) -> None:
    assert "₩12,000" in client.get("/").text
    form = {"sku": "tea", "first_name": "Mina", "last_name": "Kim", "buyer_email": "mina@example.org", **GOES_TO}
    answer = client.post("/orders", data=form)
    assert answer.status_code == 303
    page = client.get(answer.headers["Location"]).text
    assert "Pay ₩12,000" in page
    assert 'src="https://cdn.iamport.kr/v1/iamport.js"' in page


def test_a_form_with_a_mistake_comes_back_with_what_was_typed(client: httpx.Client) -> None:
    form = {"sku": "tea", "first_name": '"><script>', "last_name": "", "buyer_email": "mina@example.org"}
    answer = client.post("/orders", data=form)
    assert answer.status_code == 422
    assert "first and a last name" in answer.text
    assert html.escape(form["first_name"]) in answer.text.replace("&#34;", "&quot;")


def test_each_press_of_the_button_is_an_attempt_of_its_own(
    client: httpx.Client, portone: PortOneStub, order: dict[str, Any]
) -> None:
    address = f"/orders/{order['order']}/attempts"
    attempts = [client.post(address, params={"widget": widget}).json() for widget in ("pw_1", "t3_1", "p1_1")]
    assert [attempt["merchant_uid"] for attempt in attempts] == [f"{order['order']}-{n}" for n in (1, 2, 3)]
    assert [attempt["bypass"]["widget_code"] for attempt in attempts] == ["pw_1", "t3_1", "pw_1"]
    prepared = [call.body for call in portone.called("/payments/prepare")]
    assert prepared[0] == {"merchant_uid": f"{order['order']}-1", "amount": 10.5, "currency": "USD"}


def test_an_attempt_that_failed_elsewhere_is_not_used_again(
    client: httpx.Client, portone: PortOneStub, order: dict[str, Any]
) -> None:
    notice = {"imp_uid": portone.pay(order["merchant_uid"], status="failed"), "merchant_uid": order["merchant_uid"]}
    assert client.post("/payments/complete", json=notice).json()["status"] == "failed"
    assert client.post(f"/orders/{order['order']}/attempts").json()["merchant_uid"] == f"{order['order']}-2"


def test_no_further_attempt_where_the_earlier_one_was_paid_and_its_webhook_lost(
    client: httpx.Client, portone: PortOneStub, order: dict[str, Any]
) -> None:
    address = f"/orders/{order['order']}/attempts"
    portone.pay(client.post(address).json()["merchant_uid"])
    assert client.post(address).status_code == 409
    assert status(client, order) == "paid"
    assert client.get(f"/orders/{order['order']}/checkout").status_code == 303


def test_what_the_browser_claims_is_looked_up(
    client: httpx.Client, portone: PortOneStub, order: dict[str, Any]
) -> None:
    claim = {"imp_uid": "imp_invented", "merchant_uid": order["merchant_uid"], "success": True, "status": "paid"}
    answer = client.post("/payments/complete", json=claim).json()
    assert answer == {"order": order["order"], "status": "unpaid", "open": True}
    imp_uid = portone.pay(order["merchant_uid"])
    assert client.post("/payments/complete", json=claim | {"imp_uid": imp_uid}).json()["status"] == "paid"


def test_a_mobile_browser_comes_back_to_the_order_after_a_look_up(
    client: httpx.Client, portone: PortOneStub, order: dict[str, Any]
) -> None:
    back = {"imp_uid": "imp_invented", "merchant_uid": order["merchant_uid"], "imp_success": "true"}
    assert client.get("/payments/return", params=back).headers["Location"] == f"/orders/{order['order']}"
    assert status(client, order) == "unpaid"
    back["imp_uid"] = portone.pay(order["merchant_uid"])
    client.get("/payments/return", params=back)
    assert status(client, order) == "paid"


@pytest.mark.parametrize("failing", [True, False])
def test_coming_back_shows_the_order_whatever_happens(
    client: httpx.Client, portone: PortOneStub, order: dict[str, Any], failing: bool
) -> None:
    if failing:
        portone.failures.extend([httpx.Response(500), httpx.Response(500)])
    back = {"merchant_uid": order["merchant_uid"], "imp_uid": portone.pay(order["merchant_uid"]) if failing else ""}
    answer = client.get("/payments/return", params=back)
    assert answer.status_code == 303
    assert client.get(answer.headers["Location"]).status_code == 200


def test_opening_an_order_makes_up_for_a_lost_webhook_and_shows_the_receipt(
    client: httpx.Client, portone: PortOneStub, order: dict[str, Any]
) -> None:
    imp_uid = portone.pay(order["merchant_uid"])
    page = client.get(f"/orders/{order['order']}").text
    assert 'data-status="paid"' in page
    assert f"https://receipts.test/{imp_uid}" in page


def test_a_receipt_that_is_no_web_address_is_no_link(
    client: httpx.Client, portone: PortOneStub, order: dict[str, Any]
) -> None:
    portone.pay(order["merchant_uid"], receipt_url="javascript:alert(1)")
    page = client.get(f"/orders/{order['order']}").text
    assert 'data-status="paid"' in page
    assert "javascript:" not in page


def test_no_secret_and_no_address_of_the_buyers_is_in_a_page(client: httpx.Client, order: dict[str, Any]) -> None:
    for path in ("/", f"/orders/{order['order']}", f"/orders/{order['order']}/checkout"):
        page = client.get(path).text
        assert "<html" in page
        assert not [secret for secret in ("the-api-secret", OPERATOR[1], "mina@example.org") if secret in page]


def test_an_unknown_order_is_told_in_a_page(client: httpx.Client) -> None:
    answer = client.get("/orders/NOPE", headers=PAGE)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "There is no such order." in answer.text


def new_order(buyer_name: str = "Mina Kim") -> Order:
    return Order(
        reference="A1B2C3",
        name="Tea",
        amount=Decimal(12000),
        currency="KRW",
        buyer_name=buyer_name,
        buyer_email="m@x.org",
    )


def test_the_request_is_what_portone_asks_for() -> None:
    settings = ShopSettings.model_validate(KEYS | {"public_url": "https://shop.test"})
    assert request_pay(new_order(), "A1B2C3-2", "t3_1", settings) == {
        "channelKey": "channel-key-1",
        "pay_method": "card",
        "merchant_uid": "A1B2C3-2",
        "name": "Tea",
        "amount": 12000,
        "currency": "KRW",
        "buyer_email": "m@x.org",
        "buyer_name": "Mina Kim",
        "m_redirect_url": "https://shop.test/payments/return",
        "bypass": {"widget_code": "t3_1"},
    }
    with_notice = settings.model_copy(update={"notice_url": "https://shop.test/webhooks/portone"})
    assert request_pay(new_order(), "A1B2C3-2", "t3_1", with_notice)["notice_url"] == with_notice.notice_url


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Mina Kim", "Mina Kim"),
        ("Christopher Montgomery", "Christopher Mont"),
        ("Wolfeschlegelsteinhausen Berg", "Wolfeschlegels B"),
        ("X Wolfeschlegelsteinhausen", "X Wolfeschlegels"),
    ],
)
def test_a_long_name_is_shortened_and_stays_two_names(name: str, short: str) -> None:
    assert (short_name(name), len(short) <= 16) == (short, True)


@pytest.fixture
def operator(running: tuple[Shop, PortOneStub]) -> Iterator[httpx.Client]:
    """A browser whose user has logged in."""
    with httpx.Client(base_url=running[0].url, follow_redirects=True) as browser:
        form = {"csrf": csrf(browser.get("/operator/login")), "name": OPERATOR[0], "password": OPERATOR[1]}
        assert "Orders" in browser.post("/operator/login", data=form).text
        yield browser


def csrf(page: httpx.Response) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert found, "the page has no form of ours"
    return found[1]


def test_the_operator_sees_the_orders_and_the_refusal_of_a_refund(
    operator: httpx.Client, client: httpx.Client, portone: PortOneStub, order: dict[str, Any]
) -> None:
    client.post("/payments/complete", json={"imp_uid": portone.pay(order["merchant_uid"]), **order})
    assert order["order"] in operator.get("/operator/orders").text
    portone.cancelling = "refused"
    page = operator.get(f"/operator/orders/{order['order']}")
    answer = operator.post(f"/operator/orders/{order['order']}/refund", data={"csrf": csrf(page), "amount": ""})
    told = re.search(r'id="answer"[^>]*>([^<]*)<', answer.text)
    assert told is not None
    assert html.unescape(told[1]) == "PortOne refused: 취소할 수 없는 결제수단입니다."
    assert status(client, order) == "paid"
    assert 'id="answer"' not in operator.get(f"/operator/orders/{order['order']}").text, "shown once"


@pytest.mark.parametrize("token", [None, "", "x", "é"])
def test_a_refund_form_from_elsewhere_is_refused(
    operator: httpx.Client, client: httpx.Client, portone: PortOneStub, order: dict[str, Any], token: str | None
) -> None:
    client.post("/payments/complete", json={"imp_uid": portone.pay(order["merchant_uid"]), **order})
    form = {} if token is None else {"csrf": token}
    answer = operator.post(f"/operator/orders/{order['order']}/refund", data=form)
    assert answer.status_code in {403, 415}  # 415: no fields at all are no form
    assert portone.called("/payments/cancel") == []


def test_strangers_are_sent_to_the_log_in(client: httpx.Client, portone: PortOneStub, order: dict[str, Any]) -> None:
    client.post("/payments/complete", json={"imp_uid": portone.pay(order["merchant_uid"]), **order})
    for method, path in (("GET", ""), ("GET", f"/{order['order']}"), ("POST", f"/{order['order']}/refund")):
        assert client.request(method, f"/operator/orders{path}").headers["Location"] == "/operator/login"
    assert portone.called("/payments/cancel") == []


def test_a_wrong_password_or_a_form_from_elsewhere_does_not_log_in(client: httpx.Client) -> None:
    form = {"csrf": csrf(client.get("/operator/login")), "name": OPERATOR[0], "password": "guess"}
    assert client.post("/operator/login", data=form).status_code == 401
    right = {"csrf": "x", "name": OPERATOR[0], "password": OPERATOR[1]}
    assert client.post("/operator/login", data=right).status_code == 403
    assert client.get("/operator/orders").status_code == 303


def test_logging_out_ends_it(operator: httpx.Client) -> None:
    operator.post("/operator/logout", data={"csrf": csrf(operator.get("/operator/orders"))})
    assert "Password" in operator.get("/operator/orders").text


def test_the_order_form_can_be_sent_as_it_comes(client: httpx.Client) -> None:
    page = BeautifulSoup(client.get("/products/tea").text, "html.parser")
    fields = {str(one["name"]): str(one.get("value", "")) for one in page.select("form input")}
    country = page.select_one("#country option[selected]")
    assert country is not None
    answer = client.post("/orders", data={**fields, "country": str(country["value"])})
    assert answer.status_code == 303, answer.text


def test_a_mistake_is_not_filled_up_with_the_sample(client: httpx.Client) -> None:
    answer = client.post("/orders", data={"sku": "tea", "first_name": "Mina"})
    assert answer.status_code == 422
    assert "Minji" not in answer.text

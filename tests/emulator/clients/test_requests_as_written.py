"""What official clients write whose ecosystems (Go, Maven, RubyGems, Composer) are not there where the proof runs.

No code of theirs is here: the requests are written by hand, as their sources do, with the headers, encodings, slashes
and spaces that are theirs. What they read of the answers is looked for in its shape.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from tests.emulator.billing import BUYER, CARD, DAY, Biller
from tests.emulator.driver import Driver

Fields = Mapping[str, Any]
FORM, JSON = "application/x-www-form-urlencoded", "application/json"


def form_out_of_json(fields: Fields) -> bytes:
    """Go's: JSON as its protocol buffers write it, a space after a comma here and there, with its marks replaced."""
    written = json.dumps(fields, ensure_ascii=False, separators=(", ", ":"))
    return written.translate({ord("{"): "", ord("}"): "", ord('"'): "", ord(":"): "=", ord(","): "&"}).encode()


def latin_json(fields: Fields) -> bytes:
    """That of Java's Apache client, whose entities are Latin-1 unless told otherwise: Korean becomes question marks."""
    return json.dumps(fields, ensure_ascii=False).encode("latin-1", "replace")


@dataclass(frozen=True)
class Written:
    """How a client writes: its bodies, their type, the token's header, and the end of a call's path."""

    body: Callable[[Fields], bytes]
    body_type: str
    scheme: str = ""
    end: str = ""
    types_all: bool = False
    """Whether a request without a body names the type of one too."""
    keys_in_form: bool = False
    """Whether it asks for a token by a form, whatever else it writes."""

    def headers(self, token: str | None, *, body: bool) -> dict[str, str]:
        found = {"Content-Type": self.body_type} if body or self.types_all else {}
        return {**found, "Accept": JSON, **({"Authorization": self.scheme + token} if token else {})}


CLIENTS = {
    "go-iamport": Written(form_out_of_json, FORM),
    "iamport-rest-client-java": Written(
        lambda fields: json.dumps(fields, ensure_ascii=False).encode(), f"{JSON}; charset=UTF-8"
    ),
    "iamport-rest-client-java-hc": Written(latin_json, JSON),
    "iamport-rest-client-ruby": Written(lambda fields: urlencode(fields).encode(), FORM, types_all=True),
    "iamport-rest-client-ruby, 2026": Written(
        lambda fields: json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode(), JSON, keys_in_form=True
    ),
    "iamport-rest-client-php": Written(
        lambda fields: json.dumps(fields).encode(), f"{JSON}; charset=utf-8", "Bearer ", "/", types_all=True
    ),
}
pytestmark = pytest.mark.proof
IN_JSON = [name for name, written in CLIENTS.items() if JSON in written.body_type]


class Merchant:
    """A merchant whose server writes to PortOne as one of these clients does."""

    def __init__(self, client: httpx.Client, shop: Driver, written: Written) -> None:
        self.client, self.shop, self.written = client, shop, written

    def asked_for_token(self, imp_secret: str) -> httpx.Response:
        pair = {"imp_key": self.shop.settings["imp_key"], "imp_secret": imp_secret}
        if self.written.keys_in_form:
            return self.client.post("/users/getToken", data=pair)
        headers = self.written.headers(None, body=True)
        return self.client.post("/users/getToken", content=self.written.body(pair), headers=headers)

    def token(self) -> str:
        answer = self.asked_for_token(self.shop.settings["imp_secret"]).raise_for_status()
        return str(answer.json()["response"]["access_token"])

    def ask(self, path: str, method: str = "GET") -> httpx.Response:
        return self.client.request(method, path, headers=self.written.headers(self.token(), body=False))

    def send(self, path: str, method: str = "POST", **fields: Any) -> Any:
        headers, content = self.written.headers(self.token(), body=True), self.written.body(fields)
        answer = self.client.request(method, path + self.written.end, content=content, headers=headers)
        return answer.raise_for_status().json()


@pytest.fixture(params=CLIENTS)
def merchant(request: pytest.FixtureRequest, client: httpx.Client, shop: Driver) -> Merchant:
    return Merchant(client, shop, CLIENTS[request.param])


@pytest.fixture(params=IN_JSON)
def scheduler(request: pytest.FixtureRequest, client: httpx.Client, shop: Driver) -> Merchant:
    """Those that schedule payments: Java's, PHP's, and Ruby's of 2026."""
    Biller(shop).issued()
    return Merchant(client, shop, CLIENTS[request.param])


def test_its_token_is_the_accounts_own(merchant: Merchant, shop: Driver) -> None:
    assert merchant.token() == shop.token()
    assert shop.settings["imp_secret"] not in merchant.client.get(shop.control + "/journal").text


def test_a_wrong_secret_is_an_http_401_in_the_envelope(merchant: Merchant) -> None:
    answer = merchant.asked_for_token("wrong")
    assert (answer.status_code, answer.json()["code"], answer.json()["response"]) == (401, -1, None)


@pytest.mark.parametrize(
    "path",
    [
        "/payments/{imp_uid}", "/payments/{imp_uid}/", "/payments/{imp_uid}?include_sandbox=false",
        "/payments/find/order-1", "/payments/find/order-1/",
        "/payments/find/order-1/paid?sorting=-started", "/payments/find/order-1?payment_status=&sorting=-started",
    ],
)  # fmt: skip
def test_a_payment_is_found(merchant: Merchant, shop: Driver, path: str) -> None:
    paid = shop.pay("order-1")
    answer = merchant.ask(path.format(imp_uid=paid["imp_uid"]))
    assert answer.json() == {"code": 0, "message": None, "response": shop.look_up(paid["imp_uid"])}


def test_several_are_found_by_a_list_in_brackets(merchant: Merchant, shop: Driver) -> None:
    known = [shop.pay(f"order-{number}")["imp_uid"] for number in range(2)]
    listed = "&".join(f"imp_uid[]={imp_uid}" for imp_uid in known)
    assert [one["imp_uid"] for one in merchant.ask(f"/payments?{listed}").json()["response"]] == known


@pytest.mark.parametrize("path", ["/payments/findAll/order-1/?page=1", "/payments/status/all?page=1"])
def test_payments_are_listed_page_by_page(merchant: Merchant, shop: Driver, path: str) -> None:
    paid = shop.pay("order-1")["imp_uid"]
    found = merchant.ask(path).json()["response"]
    assert {name: found[name] for name in ("total", "previous", "next")} == {"total": 1, "previous": 0, "next": 0}
    assert [one["imp_uid"] for one in found["list"]] == [paid]


def test_what_does_not_exist_is_an_http_404_in_the_envelope(merchant: Merchant) -> None:
    for path in ("/payments/imp_0", "/payments/find/nobody/"):
        answer = merchant.ask(path)
        assert (answer.status_code, answer.json()["code"], answer.json()["response"]) == (404, -1, None)


def test_a_part_is_cancelled_and_then_the_rest(merchant: Merchant, shop: Driver) -> None:
    imp_uid = shop.pay("order-1")["imp_uid"]
    asked = merchant.send("/payments/cancel", imp_uid=imp_uid, amount=3.5, checksum=10.5, reason="one of two")
    assert (asked["code"], asked["response"]["status"], asked["response"]["cancel_amount"]) == (0, "paid", 0)
    shop.advance(DAY)
    assert merchant.send("/payments/cancel", merchant_uid="order-1", reason="the rest")["code"] == 0
    shop.advance(DAY)
    found = merchant.ask(f"/payments/{imp_uid}").json()["response"]
    assert (found["status"], found["cancel_amount"]) == ("cancelled", 10.5)
    assert [(one["amount"], one["reason"]) for one in found["cancel_history"]] == [(3.5, "one of two"), (7, "the rest")]
    refused = merchant.send("/payments/cancel", imp_uid=imp_uid)
    assert (refused["code"], refused["response"]) == (1, None)


@pytest.mark.parametrize(
    ("name", "reason", "kept"),
    [
        ("go-iamport", "단순 변심", "단순 변심"),
        ("go-iamport", "late: sorry", "late= sorry"),
        ("iamport-rest-client-java", "단순 변심", "단순 변심"),
        ("iamport-rest-client-java-hc", "단순 변심", "?? ??"),
        ("iamport-rest-client-ruby", "단순 변심, a=b", "단순 변심, a=b"),
        ("iamport-rest-client-ruby, 2026", "단순 변심, a=b", "단순 변심, a=b"),
        ("iamport-rest-client-php", "단순 변심", "단순 변심"),
    ],
)
def test_a_reason_arrives_as_the_client_wrote_it(
    client: httpx.Client, shop: Driver, name: str, reason: str, kept: str
) -> None:
    imp_uid = shop.pay()["imp_uid"]
    merchant = Merchant(client, shop, CLIENTS[name])
    assert merchant.send("/payments/cancel", imp_uid=imp_uid, reason=reason)["code"] == 0
    shop.advance(DAY)
    assert merchant.ask(f"/payments/{imp_uid}").json()["response"]["cancel_reason"] == kept


def test_an_amount_is_prepared_changed_and_read_again(merchant: Merchant) -> None:
    merchant.send("/payments/prepare", merchant_uid="order-1", amount=9)
    merchant.send("/payments/prepare", "PUT", merchant_uid="order-1", amount=10.5)
    found = merchant.ask("/payments/prepare/order-1").json()["response"]
    assert (found["merchant_uid"], found["amount"]) == ("order-1", 10.5)


def test_a_billing_key_is_issued_charged_listed_and_deleted(merchant: Merchant, shop: Driver) -> None:
    shop.set(api_payments=True)
    first: dict[str, Any] = {
        "merchant_uid": "first",
        "amount": 10.5,
        "currency": "USD",
        "name": "First",
        "customer_uid": "grace",
    }
    paid = merchant.send("/subscribe/payments/onetime", **first, **BUYER, **CARD)
    assert (paid["code"], paid["response"]["status"], paid["response"]["customer_uid"]) == (0, "paid", "grace")
    second: dict[str, Any] = {
        "customer_uid": "grace",
        "merchant_uid": "second",
        "amount": 4.5,
        "currency": "USD",
        "name": "Second",
    }
    assert merchant.send("/subscribe/payments/again", **second, **BUYER)["response"]["status"] == "paid"
    assert merchant.ask("/subscribe/customers/grace").json()["response"]["customer_uid"] == "grace"
    listed = merchant.ask("/subscribe/customers?customer_uid[]=grace&customer_uid[]=nobody").json()["response"]
    assert [one["customer_uid"] for one in listed] == ["grace"]
    payments = merchant.ask("/subscribe/customers/grace/payments?page=1").json()["response"]
    assert [one["merchant_uid"] for one in payments["list"]] == ["second", "first"]
    deleted = merchant.ask("/subscribe/customers/grace?reason=&requester=", "DELETE").json()
    assert (deleted["code"], deleted["response"]["customer_uid"]) == (0, "grace")
    assert merchant.ask("/subscribe/customers/grace").json()["code"] == 1


def test_a_payment_is_scheduled_read_and_taken_back(scheduler: Merchant, shop: Driver) -> None:
    entry = Biller(shop).entry()
    made = scheduler.send("/subscribe/payments/schedule", customer_uid="grace", schedules=[entry])
    assert [one["merchant_uid"] for one in made["response"]] == ["month-2"]
    assert scheduler.ask("/subscribe/payments/schedule/month-2").json()["response"]["schedule_status"] == "scheduled"
    back = scheduler.send("/subscribe/payments/unschedule", customer_uid="grace", merchant_uid=["month-2"])
    assert [one["schedule_status"] for one in back["response"]] == ["revoked"]


def test_what_is_scheduled_is_moved_taken_back_tried_again_and_told_of(scheduler: Merchant, shop: Driver) -> None:
    entry = Biller(shop).entry()
    scheduler.send("/subscribe/payments/schedule", customer_uid="grace", schedules=[entry])
    at, place = entry["schedule_at"], "/subscribe/payments/schedule/month-2"
    assert scheduler.send(place, "PUT", schedule_at=at + DAY)["response"]["schedule_at"] == at + DAY
    scheduler.send("/subscribe/payments/unschedule", customer_uid="grace", merchant_uid=["month-2"])
    again = scheduler.send(f"{place}/reschedule", schedule_at=at)["response"]
    assert (again["schedule_status"], again["schedule_at"]) == ("scheduled", at)
    scheduler.send("/subscribe/payments/unschedule", customer_uid="grace", merchant_uid=["month-2"])
    paid = scheduler.send(f"{place}/retry")["response"]
    assert (paid["status"], paid["merchant_uid"]) == ("paid", "month-2")
    told = scheduler.send(
        "/paymentwall/delivery", imp_uid=paid["imp_uid"], merchant_uid="month-2", type="digital", status="delivered",
        estimated_delivery_datetime=at, estimated_update_datetime=at, refundable="yes",
        shipping_address_email="grace@example.com",
    )  # fmt: skip
    assert (told["code"], told["response"]["success"]) == (0, 1)


@pytest.mark.parametrize(
    "path",
    [
        "/subscribe/payments/schedule?schedule_from={now}&schedule_to={then}&schedule_status=scheduled&page=1&limit=20",
        "/subscribe/customers/grace/schedules?page=1&schedule_from={now}&schedule_to={then}&schedule_status=scheduled",
        "/subscribe/customers/grace/schedules?page=1&from={now}&to={then}&schedule-status=scheduled",
        "/subscribe/payments/schedule/customers/grace?page=1&schedule_from={now}&schedule_to={then}",
        "/subscribe/payments/schedule/customers/grace?page=1&from={now}&to={then}",
    ],
)
def test_schedules_are_listed_as_the_account_is_set(scheduler: Merchant, shop: Driver, path: str) -> None:
    biller = Biller(shop)
    biller.schedule()
    asked = path.format(now=biller.now(), then=biller.now() + 60 * DAY)
    assert [one["merchant_uid"] for one in scheduler.ask(asked).json()["response"]] == ["month-2"]
    shop.set(schedule_lists="paged")
    found = scheduler.ask(asked).json()["response"]
    assert {name: found[name] for name in ("total", "previous", "next")} == {"total": 1, "previous": 0, "next": 0}
    assert [one["merchant_uid"] for one in found["list"]] == ["month-2"]

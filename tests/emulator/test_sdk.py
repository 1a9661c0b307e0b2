"""The SDK's service hands out the script, opens payments for any page, and tells the browser how they ended."""

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from emulator.accounts import Account, Accounts
from emulator.portone.account import LEFT, NO_RESULT
from emulator.portone.payments import Payment
from emulator.portone.sdk import callback_response, redirect_address
from emulator.server import HOSTS, application
from emulator.wire import Answer, Wire
from tests.emulator.stage import CARD, play

PARAMS = {
    "pg": "paymentwall",
    "merchant_uid": "A1B2C3-1",
    "name": "Mug",
    "amount": 10.5,
    "currency": "USD",
    "buyer_name": "Minji Kim",
    "buyer_email": "minji@shop.example",
}

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
FAILED = replace(PAID, status="failed", pg_tid=None, paid_at=0, fail_reason="left & gone")


class Service:
    """Both sides in memory with one account."""

    def __init__(self, **settings: Any) -> None:
        self.wire = Wire()
        accounts = Accounts(self.wire)
        app = application(accounts, self.wire)
        self.wire.hosts.update(dict.fromkeys((*HOSTS, "localhost"), app))
        self.account: Account = accounts.create(settings)

    async def ask(self, origin: str = "https://service.iamport.kr", **asked: Any) -> Any:
        """The answer to `IMP.request_pay`'s own call."""
        body = {"imp_code": self.account.settings.imp_code, "params": PARAMS, "mobile": False, **asked}
        answer = await self.wire.send("POST", f"{origin}/sdk/request_pay", json=body)
        assert (answer.status, answer.headers["access-control-allow-origin"]) == (200, "*")
        return answer.json()

    async def pay(self, opened: dict[str, Any]) -> str:
        """Pay in the window; the address it leads back to."""
        parts = urlsplit(opened["widget_url"])
        url = f"{parts.scheme}://{parts.netloc}/api/subscription/charge?{parts.query}"
        charged = (await self.wire.send("POST", url, json={"method": "cc", "card": CARD})).json()
        assert charged["result"] == "paid"
        return str(charged["location"])

    def payment(self, imp_uid: str) -> Payment:
        found = self.account.portone.payments.get(imp_uid)
        assert found is not None
        return found


def told_to_parent(page: Answer) -> Any:
    found = re.search(r"response: (\{.*\}) \}, \"\*\"\)", page.text)
    assert found, page.text
    return json.loads(found[1])


def scene_with(play_it: Callable[[Service], Awaitable[None]], **settings: Any) -> None:
    async def scene() -> None:
        await play_it(Service(**settings))

    play(scene)


@pytest.mark.parametrize(
    "address",
    [
        "https://cdn.iamport.kr/v1/iamport.js",
        "https://cdn.iamport.kr/js/iamport.payment-1.1.8.js",
        "https://service.iamport.kr/js/iamport.payment-1.2.0.js",
        "http://localhost/v1/iamport.js",
    ],
)
def test_the_script_is_served_at_every_address_that_pages_use(address: str) -> None:
    async def scene(service: Service) -> None:
        script = await service.wire.send("GET", address)
        assert script.status == 200
        assert script.headers["content-type"].startswith("application/javascript")
        assert "window.IMP" in script.text

    scene_with(scene)


@pytest.mark.parametrize("name", ["jquery.js", "iamport.payment-.js", "iamport.payment-1.1.8.js.map"])
def test_other_scripts_are_not_found(name: str) -> None:
    async def scene(service: Service) -> None:
        assert (await service.wire.send("GET", f"https://cdn.iamport.kr/js/{name}")).status == 404

    scene_with(scene)


def test_every_page_may_call_after_asking() -> None:
    async def scene(service: Service) -> None:
        allowed = await service.wire.send("OPTIONS", "https://service.iamport.kr/sdk/request_pay")
        assert allowed.status == 204
        assert allowed.headers["access-control-allow-origin"] == "*"
        assert allowed.headers["access-control-allow-headers"] == "content-type"

    scene_with(scene)


@pytest.mark.parametrize(
    ("origin", "widget"),
    [
        ("https://service.iamport.kr", "https://api.paymentwall.com/api/subscription/?"),
        ("http://localhost", "http://localhost/api/subscription/?"),
    ],
)
def test_a_payment_is_opened_at_the_hosts_it_was_asked_from(origin: str, widget: str) -> None:
    async def scene(service: Service) -> None:
        opened = await service.ask(origin)
        assert opened.keys() == {"imp_uid", "merchant_uid", "widget_url", "close_url"}
        assert opened["widget_url"].startswith(widget)
        assert parse_qs(urlsplit(opened["widget_url"]).query)["failure_url"] == [opened["close_url"]]
        assert opened["close_url"].startswith(f"{origin}/paymentwall/return?")
        page = await service.wire.send("GET", opened["widget_url"])
        assert (page.status, "Pay 10.50 USD" in page.text) == (200, True)
        assert service.account.settings.imp_secret not in json.dumps(opened)
        assert service.account.settings.paymentwall.secret_key not in json.dumps(opened)

    scene_with(scene)


@pytest.mark.parametrize("asked", [{"imp_code": "imp00000000"}, {"params": None}, {"params": {**PARAMS, "amount": 0}}])
def test_what_is_refused_says_why_and_opens_nothing(asked: dict[str, Any]) -> None:
    async def scene(service: Service) -> None:
        answer = await service.ask(**asked)
        assert answer.keys() == {"error_code", "error_msg"}
        assert list(service.account.portone.payments) == []

    scene_with(scene)


def test_a_body_that_is_not_json_is_refused_too() -> None:
    async def scene(service: Service) -> None:
        answer = await service.wire.send("POST", "https://service.iamport.kr/sdk/request_pay", data={"imp_code": "x"})
        assert (answer.status, "error_msg" in answer.json()) == (200, True)

    scene_with(scene)


def test_the_frame_tells_its_parent_that_it_is_paid() -> None:
    async def scene(service: Service) -> None:
        opened = await service.ask()
        page = await service.wire.send("GET", await service.pay(opened))
        assert page.status == 200
        told = told_to_parent(page)
        assert (told["success"], told["status"], told["imp_uid"]) == (True, "paid", opened["imp_uid"])

    scene_with(scene)


def test_a_buyer_who_left_is_told_so_and_the_payment_is_failed() -> None:
    async def scene(service: Service) -> None:
        opened = await service.ask()
        told = told_to_parent(await service.wire.send("GET", opened["close_url"]))
        assert (told["success"], told["status"], told["error_msg"]) == (False, "failed", LEFT)
        assert service.payment(opened["imp_uid"]).status == "failed"

    scene_with(scene)


def test_leaving_a_window_that_was_paid_in_does_not_undo_it() -> None:
    async def scene(service: Service) -> None:
        opened = await service.ask()
        await service.pay(opened)
        told = told_to_parent(await service.wire.send("GET", opened["close_url"]))
        assert (told["success"], told["status"]) == (True, "paid")

    scene_with(scene)


def test_a_buyer_who_is_back_before_the_pingback_sees_a_failure_that_becomes_paid_later() -> None:
    async def scene(service: Service) -> None:
        opened = await service.ask()
        right = service.account.project.project
        nowhere = right.pingback.model_copy(update={"url": "https://api.paymentwall.com/nowhere"})
        service.account.project.project = right.model_copy(update={"pingback": nowhere})
        told = told_to_parent(await service.wire.send("GET", await service.pay(opened)))
        assert (told["success"], told["error_msg"]) == (False, NO_RESULT)
        service.account.project.project = right
        await service.account.clock.advance(1800)
        assert service.payment(opened["imp_uid"]).status == "paid"

    scene_with(scene)


def test_on_a_phone_the_way_leads_on_to_the_shop() -> None:
    async def scene(service: Service) -> None:
        params = {**PARAMS, "m_redirect_url": "https://shop.example/return?order=A1"}
        opened = await service.ask(mobile=True, params=params)
        back = await service.wire.send("GET", await service.pay(opened))
        assert back.status == 302
        assert back.headers["location"] == (
            f"https://shop.example/return?order=A1&imp_uid={opened['imp_uid']}&merchant_uid=A1B2C3-1&imp_success=true"
        )

    scene_with(scene)


def test_on_a_phone_without_an_address_the_page_says_what_is_missing() -> None:
    async def scene(service: Service) -> None:
        opened = await service.ask(mobile=True)
        back = await service.wire.send("GET", await service.pay(opened))
        assert (back.status, "m_redirect_url" in back.text) == (400, True)
        assert service.payment(opened["imp_uid"]).status == "paid"

    scene_with(scene)


def test_an_unknown_payment_has_no_page() -> None:
    async def scene(service: Service) -> None:
        page = await service.wire.send("GET", "https://service.iamport.kr/paymentwall/return?imp_uid=imp_0")
        assert (page.status, "postMessage" in page.text) == (404, False)

    scene_with(scene)


def test_what_the_page_handed_over_cannot_leave_its_script() -> None:
    async def scene(service: Service) -> None:
        sly = {**PARAMS, "custom_data": "</script><script>alert(1)</script>"}
        opened = await service.ask(params=sly)
        page = await service.wire.send("GET", opened["close_url"])
        assert "<script>alert" not in page.text
        assert told_to_parent(page)["custom_data"] == sly["custom_data"]

    scene_with(scene)


def test_the_journal_keeps_the_way_of_the_browser() -> None:
    async def scene(service: Service) -> None:
        opened = await service.ask()
        await service.wire.send("GET", opened["widget_url"])
        await service.wire.send("GET", await service.pay(opened))
        seen = [entry for entry in service.account.journal if entry.source == "browser"]
        assert [entry.kind for entry in seen] == ["request_pay", "widget", "charge", "return"]
        assert {entry.imp_uid for entry in seen} == {opened["imp_uid"]}
        assert parse_qs(urlsplit(opened["widget_url"]).query)["sign"][0] not in repr(seen)

    scene_with(scene)


def test_the_callback_of_a_payment_has_its_fields() -> None:
    told = callback_response(PAID)
    assert (told["success"], told["paid_amount"], told["paid_at"]) == (True, 10.5, 1_750_000_060)
    assert (told["pg_tid"], told["custom_data"]) == ("b1493096790", {"gift": True})
    assert "error_msg" not in told


def test_the_callback_of_a_failure_says_why() -> None:
    told = callback_response(FAILED)
    assert (told["success"], told["paid_amount"], told["error_msg"]) == (False, 0, "left & gone")


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
    assert redirect_address(PAID, address) == f"{before}{result}{after}"


def test_a_failures_reason_is_quoted_in_the_address() -> None:
    told = parse_qs(urlsplit(redirect_address(FAILED, "https://shop.example/r")).query)
    assert (told["imp_success"], told["error_msg"]) == (["false"], ["left & gone"])

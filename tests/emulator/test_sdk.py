"""The SDK's service hands out the script, opens payments for any page, and tells the browser how they ended."""

import json
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from emulator.portone.account import NO_RESULT
from emulator.portone.attempts import USED
from emulator.portone.payments import ALREADY_PAID
from tests.emulator.service import PARAMS, Service, scene_with, told_to_parent

NO_AMOUNT = "결제금액(amount)은 0보다 큰 숫자여야 합니다."


@pytest.mark.parametrize(
    "address",
    [
        "https://cdn.iamport.kr/v1/iamport.js",
        "https://cdn.iamport.kr/js/iamport.payment-1.1.8.js",
        "https://cdn.iamport.kr/js/iamport.payment-1.1.5.js",
        "https://service.iamport.kr/js/iamport.payment-1.1.2.js",
        "https://service.iamport.kr/js/iamport.payment-1.2.0.js",
        "http://localhost/v1/iamport.js",
    ],
)
def test_the_script_is_served_at_every_address_that_pages_use(address: str) -> None:
    async def scene(service: Service) -> None:
        script = await service.wire.send("GET", address)
        assert script.status == 200
        # Named, because a page in EUC-KR would read the script's Korean as its own otherwise.
        assert script.headers["content-type"] == "application/javascript; charset=utf-8"
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
        assert opened.keys() == {"imp_uid", "merchant_uid", "widget_url", "close_url", "success_names"}
        assert opened["widget_url"].startswith(widget)
        assert parse_qs(urlsplit(opened["widget_url"]).query)["failure_url"] == [opened["close_url"]]
        assert opened["close_url"].startswith(f"{origin}/paymentwall/return?")
        page = await service.wire.send("GET", opened["widget_url"])
        assert (page.status, "Pay 10.50 USD" in page.text) == (200, True)
        assert service.account.settings.imp_secret not in json.dumps(opened)
        assert service.account.settings.paymentwall.secret_key not in json.dumps(opened)

    scene_with(scene)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"imp_code": "imp00000000"}, "가맹점 식별코드가 올바르지 않습니다."),
        ({"params": None}, "필수 파라미터가 누락되었습니다: merchant_uid"),
        ({"params": {**PARAMS, "amount": 0}}, NO_AMOUNT),
        ({"params": {**PARAMS, "amount": "10.50"}}, NO_AMOUNT),
        ({"params": {**PARAMS, "name": "n" * 41}}, "주문명(name)은 40자를 초과할 수 없습니다."),
        ({"params": {**PARAMS, "merchant_uid": "m" * 41}}, "merchant_uid는 40자를 초과할 수 없습니다."),
        ({"params": {**PARAMS, "buyer_email": ""}}, "필수 파라미터가 누락되었습니다: buyer_email"),
        ({"params": {**PARAMS, "buyer_name": None}}, "필수 파라미터가 누락되었습니다: buyer_name"),
        (
            {"params": {**PARAMS, "channelKey": "channel-key-of-nobody"}},
            "등록된 PG 설정 정보가 없습니다. channelKey 또는 pg를 확인해주세요.",
        ),
        ({"params": {**PARAMS, "currency": "won"}}, "지원되지 않는 통화(currency)입니다: won"),
    ],
)
def test_what_is_refused_says_why_and_opens_nothing(asked: dict[str, Any], message: str) -> None:
    async def scene(service: Service) -> None:
        answer = await service.ask(**asked)
        assert answer.keys() - {"success_names"} == {"error_code", "error_msg"}
        assert answer["error_msg"] == message
        assert list(service.account.portone.payments) == []

    scene_with(scene)


@pytest.mark.parametrize("pg", [None, "", "html5_inicis", "paymentwall.another_project"])
def test_a_page_that_names_no_channel_or_an_unknown_pg_gets_the_default_one(pg: str | None) -> None:
    async def scene(service: Service) -> None:
        opened = await service.ask(params={**PARAMS, "pg": pg})
        payment = service.payment(opened["imp_uid"])
        first = next(one for one in service.account.portone.console.channels if one.stage == "test")
        assert (payment.pg_id, payment.sandbox) == (first.pg_id, True)

    scene_with(scene)


def test_the_longest_texts_are_taken() -> None:
    async def scene(service: Service) -> None:
        opened = await service.ask(params={**PARAMS, "name": "n" * 40, "merchant_uid": "m" * 40})
        assert opened["merchant_uid"] == "m" * 40

    scene_with(scene)


def test_what_was_paid_once_is_not_paid_again() -> None:
    async def scene(service: Service) -> None:
        await service.pay(await service.ask())
        again = await service.ask()
        assert (again["error_code"], again["error_msg"]) == (USED, ALREADY_PAID)
        assert len(list(service.account.portone.payments)) == 1

    scene_with(scene)


def test_how_the_window_looks_is_passed_on() -> None:
    async def scene(service: Service) -> None:
        bypass = {"project_name": "Clay only", "sales_tax": 0.5, "widget_code": "t3_1", "ps": "paypal"}
        opened = await service.ask(params={**PARAMS, "bypass": bypass, "language": "ko"})
        asked = dict(parse_qsl(urlsplit(opened["widget_url"]).query))
        wanted = {"project_name": "Clay only", "sales_tax": "0.5", "widget": "t3_1", "ps": "paypal", "lang": "ko"}
        assert asked.items() >= wanted.items()
        page = (await service.wire.send("GET", opened["widget_url"])).text
        assert ("Clay only" in page, "신용카드" in page, "페이팔" in page) == (True, False, True)

    scene_with(scene)


@pytest.mark.parametrize(
    ("live", "asked", "shown"),
    [
        (False, {"use_test_method": True, "bypass": {"ps": "test"}}, True),
        (False, {"use_test_method": True}, False),
        (False, {"bypass": {"ps": "test"}}, False),
        (True, {"use_test_method": True}, True),
        (True, {}, False),
    ],
)
def test_the_test_method_is_shown_where_the_page_asks_for_it_as_documented(
    live: bool, asked: dict[str, Any], shown: bool
) -> None:
    async def scene(service: Service) -> None:
        opened = await service.ask(params={**PARAMS, **asked})
        page = await service.wire.send("GET", opened["widget_url"])
        assert ("Test Payment" in page.text) is shown

    scene_with(scene, paymentwall={"live": live, "methods": {"test": {"active": True}}})


def test_a_reviewed_payment_fails_first_and_is_paid_when_the_review_ended_well() -> None:
    async def scene(service: Service) -> None:
        opened = await service.ask()
        told = told_to_parent(await service.wire.send("GET", await service.pay(opened, cvv="555")))
        assert (told["success"], told["status"], told["error_msg"]) == (False, "failed", NO_RESULT)
        await service.account.clock.advance(119)
        assert service.payment(opened["imp_uid"]).status == "failed"
        await service.account.clock.advance(1)
        assert service.payment(opened["imp_uid"]).status == "paid"
        assert [one["status"] for one in service.sent_webhooks()] == ["paid"]

    scene_with(scene, webhook={"test": {"url": "http://localhost/nowhere"}})


def test_a_reviewed_payment_that_was_declined_stays_failed_and_nobody_is_told() -> None:
    async def scene(service: Service) -> None:
        opened = await service.ask()
        await service.wire.send("GET", await service.pay(opened, cvv="556"))
        await service.account.clock.advance(3600)
        assert service.payment(opened["imp_uid"]).status == "failed"
        assert service.sent_webhooks() == []

    scene_with(scene, webhook={"test": {"url": "http://localhost/nowhere"}})


@pytest.mark.parametrize("host", ["[::1", "a b", "<script>", ""])
def test_a_host_that_is_none_is_not_believed(host: str) -> None:
    async def scene(service: Service) -> None:
        body = {"imp_code": service.account.settings.imp_code, "params": PARAMS}
        url = "https://service.iamport.kr/sdk/request_pay"
        opened = (await service.wire.send("POST", url, json=body, headers={"host": host})).json()
        assert opened["close_url"].startswith("https://service.iamport.kr/paymentwall/return?")
        page = await service.wire.send("GET", opened["widget_url"], headers={"host": host})
        assert page.status == 200

    scene_with(scene)


def test_a_body_that_is_not_json_is_refused_too() -> None:
    async def scene(service: Service) -> None:
        answer = await service.wire.send("POST", "https://service.iamport.kr/sdk/request_pay", data={"imp_code": "x"})
        assert (answer.status, "error_msg" in answer.json()) == (200, True)

    scene_with(scene)

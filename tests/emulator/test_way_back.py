"""How the browser comes back from the payment window, in a frame and on a phone, and what it is told."""

from urllib.parse import parse_qs, urlsplit

from emulator.portone.account import LEFT, NO_RESULT
from tests.emulator.service import PARAMS, Service, scene_with, told_to_parent


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
        assert back.status == 400
        assert "m_redirect_url이 지정되지 않아 상점으로 돌아갈 수 없습니다." in back.text
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

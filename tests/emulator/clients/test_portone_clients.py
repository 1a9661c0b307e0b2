"""PortOne's published client libraries, unchanged, cannot tell the emulator from the API they were written for."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.emulator.clients.conftest import Client, ClientError, Start
from tests.emulator.driver import Driver

pytestmark = pytest.mark.proof
DAY = 86_400
NO_PAYMENT = "존재하지 않는 결제정보입니다."
ALL_CANCELLED = "이미 전액취소된 주문입니다."
NOTHING_TO_CANCEL = "취소할 결제건이 존재하지 않습니다."
WRONG_PAIR = "인증에 실패하였습니다. API키와 secret을 확인하세요."
PREPARED_ALREADY = "결제정보 사전등록에 실패하였습니다(이미 등록된 merchant_uid입니다)."


def refusal(action: Callable[[], Any]) -> dict[str, Any]:
    """What the library raises when it is refused."""
    with pytest.raises(ClientError) as raised:
        action()
    return raised.value.error


class TestPyPIIamportRestClient:
    """Its `find_by_status` is left out: in the pinned version it raises a TypeError before it asks anybody."""

    @pytest.fixture
    def library(self, start: Start, keys: tuple[str, str, str]) -> Client:
        return start("pypi", "iamport-rest-client", *keys)

    def test_a_payment_is_found_by_either_uid_and_is_paid(self, library: Client, shop: Driver) -> None:
        payment = shop.pay("order-1")
        found = library.call("find", imp_uid=payment["imp_uid"])
        assert found == shop.look_up(payment["imp_uid"])
        assert library.call("find", merchant_uid="order-1") == found
        assert library.call("is_paid", 10.5, merchant_uid="order-1") is True
        assert library.call("is_paid", 10.4, merchant_uid="order-1") is False

    def test_what_does_not_exist_is_an_http_404(self, library: Client) -> None:
        for asked in ({"imp_uid": "imp_0"}, {"merchant_uid": "nobody"}):
            error = refusal(partial(library.call, "find", **asked))
            assert (error["kind"], error["code"]) == ("HttpError", 404)

    def test_a_cancellation_shows_after_its_ticket(self, library: Client, shop: Driver) -> None:
        imp_uid = shop.pay()["imp_uid"]
        asked = library.call("cancel", "changed my mind", imp_uid=imp_uid, checksum=10.5)
        assert (asked["status"], asked["cancel_amount"]) == ("paid", 0)
        shop.advance(DAY)
        found = library.call("find", imp_uid=imp_uid)
        assert (found["status"], found["cancel_amount"], found["cancel_reason"]) == (
            "cancelled",
            10.5,
            "changed my mind",
        )

    def test_a_part_is_cancelled_by_merchant_uid(self, library: Client, shop: Driver) -> None:
        shop.pay("order-1")
        library.call("cancel", "one of two", merchant_uid="order-1", amount=4)
        shop.advance(DAY)
        found = library.call("find", merchant_uid="order-1")
        assert (found["status"], found["cancel_amount"], len(found["cancel_history"])) == ("paid", 4, 1)

    def test_a_refused_cancellation_is_a_response_error_with_portone_s_message(
        self, library: Client, shop: Driver
    ) -> None:
        imp_uid = shop.pay()["imp_uid"]
        library.call("cancel", "once", imp_uid=imp_uid)
        shop.advance(DAY)
        again = refusal(lambda: library.call("cancel", "twice", imp_uid=imp_uid))
        assert (again["kind"], again["code"], again["message"]) == ("ResponseError", 1, ALL_CANCELLED)
        unknown = refusal(lambda: library.call("cancel", "what?", imp_uid="imp_0"))
        assert (unknown["kind"], unknown["code"], unknown["message"]) == ("ResponseError", 1, NOTHING_TO_CANCEL)

    def test_a_wrong_secret_is_an_http_401(self, start: Start, keys: tuple[str, str, str]) -> None:
        stranger = start("pypi", "iamport-rest-client", *keys[:2], "wrong")
        error = refusal(lambda: stranger.call("find", imp_uid="imp_0"))
        assert (error["kind"], error["code"]) == ("HttpError", 401)

    def test_an_amount_is_prepared_once_and_validated(self, library: Client) -> None:
        library.call("prepare", "order-1", 10.5)
        assert library.call("prepare_validate", "order-1", 10.5) is True
        assert library.call("prepare_validate", "order-1", 1) is False
        again = refusal(lambda: library.call("prepare", "order-1", 10.5))
        assert (again["code"], again["message"]) == (1, PREPARED_ALREADY)

    def test_key_in_payments_are_refused_as_the_guide_says_they_are_in_preparation(self, library: Client) -> None:
        card = {"card_number": "4242-4242-4242-4242", "expiry": "2039-12", "birth": "880101", "pwd_2digit": "00"}
        error = refusal(lambda: library.call("pay_onetime", merchant_uid="order-1", amount=10.5, **card))
        assert error["kind"] == "ResponseError"
        assert error["message"]


class TestPyPIIamporter:
    @pytest.fixture
    def library(self, start: Start, keys: tuple[str, str, str]) -> Client:
        return start("pypi", "iamporter", *keys)

    def test_its_token_is_the_accounts_own(self, library: Client, shop: Driver) -> None:
        assert library.call("token") == shop.token()

    def test_a_payment_is_found_by_either_uid(self, library: Client, shop: Driver) -> None:
        payment = shop.pay("order-1")
        found = library.call("find_payment", imp_uid=payment["imp_uid"])
        assert found == shop.look_up(payment["imp_uid"])
        assert library.call("find_payment", merchant_uid="order-1") == found

    def test_what_does_not_exist_is_an_api_error_with_portone_s_message(self, library: Client) -> None:
        for asked in ({"imp_uid": "imp_0"}, {"merchant_uid": "nobody"}):
            error = refusal(partial(library.call, "find_payment", **asked))
            assert (error["kind"], error["status"], error["message"]) == ("ImpApiError", 404, NO_PAYMENT)

    def test_a_form_cancels_a_part_and_then_the_rest(self, library: Client, shop: Driver) -> None:
        imp_uid = shop.pay()["imp_uid"]
        asked = library.call("cancel_payment", imp_uid=imp_uid, amount=3.25, reason="one of two")
        assert (asked["status"], asked["cancel_amount"]) == ("paid", 0)
        shop.advance(DAY)
        rest = library.call("Payments.post_cancel", imp_uid=imp_uid, checksum=7.25)
        assert (rest["status"], rest["is_succeed"]) == (200, True)
        shop.advance(DAY)
        found = library.call("find_payment", imp_uid=imp_uid)
        assert (found["status"], found["cancel_amount"]) == ("cancelled", 10.5)
        assert [one["amount"] for one in found["cancel_history"]] == [3.25, 7.25]

    def test_a_refusal_comes_with_http_200_and_a_code(self, library: Client) -> None:
        answer = library.call("Payments.post_cancel", imp_uid="imp_0")
        assert answer == {
            "status": 200, "is_succeed": False, "code": 1, "message": NOTHING_TO_CANCEL, "response": None,
        }  # fmt: skip

    def test_a_wrong_secret_is_refused_with_portone_s_message(self, start: Start, keys: tuple[str, str, str]) -> None:
        error = refusal(lambda: start("pypi", "iamporter", *keys[:2], "wrong").call("token"))
        assert (error["kind"], error["message"]) == ("ImpUnAuthorized", WRONG_PAIR)

    def test_attempts_of_an_order_are_listed_by_state(self, library: Client, shop: Driver) -> None:
        shop.pay("order-1", finish="leave")
        paid = shop.pay("order-1")
        found = library.call("Payments.get_findall", "order-1", sorting="started")["response"]
        assert [one["status"] for one in found["list"]] == ["failed", "paid"]
        only = library.call("Payments.get_findall", "order-1", "paid", page=1)["response"]
        assert [one["imp_uid"] for one in only["list"]] == [paid["imp_uid"]]
        newest = library.call("Payments.get_find", "order-1", "failed", "-started")["response"]
        assert newest["status"] == "failed"
        listed = library.call("Payments.get_status", "all", page=1, limit=1)["response"]
        assert (listed["total"], len(listed["list"])) == (2, 1)


class TestNpmIamport:
    @pytest.fixture
    def library(self, start: Start, keys: tuple[str, str, str]) -> Client:
        return start("npm", "iamport", *keys)

    def test_a_payment_is_found_by_either_uid(self, library: Client, shop: Driver) -> None:
        """It parses the token from the first piece of the answer, which must therefore be the whole."""
        payment = shop.pay("order-1")
        found = library.call("payment.getByImpUid", imp_uid=payment["imp_uid"])
        assert found == shop.look_up(payment["imp_uid"])
        assert library.call("payment.getByMerchant", merchant_uid="order-1") == found

    def test_what_does_not_exist_is_an_http_404(self, library: Client) -> None:
        assert refusal(lambda: library.call("payment.getByImpUid", imp_uid="imp_0"))["code"] == "HTTP_404"
        assert refusal(lambda: library.call("payment.getByMerchant", merchant_uid="nobody"))["code"] == "HTTP_404"

    def test_a_cancellation_shows_after_its_ticket_and_is_then_refused(self, library: Client, shop: Driver) -> None:
        imp_uid = shop.pay()["imp_uid"]
        asked = library.call("payment.cancel", imp_uid=imp_uid, amount=10.5, reason="changed my mind")
        assert (asked["status"], asked["cancel_amount"]) == ("paid", 0)
        shop.advance(DAY)
        assert library.call("payment.getByImpUid", imp_uid=imp_uid)["status"] == "cancelled"
        error = refusal(lambda: library.call("payment.cancel", imp_uid=imp_uid))
        assert (error["code"], error["message"]) == ("IAMPORT_1", ALL_CANCELLED)

    def test_a_wrong_secret_is_an_http_401(self, start: Start, keys: tuple[str, str, str]) -> None:
        stranger = start("npm", "iamport", *keys[:2], "wrong")
        assert refusal(lambda: stranger.call("payment.getByImpUid", imp_uid="imp_0"))["code"] == "HTTP_401"

    def test_an_amount_is_prepared_once_and_read_again(self, library: Client) -> None:
        library.call("payment.prepare", merchant_uid="order-1", amount=10.5)
        assert library.call("payment.getPrepare", merchant_uid="order-1")["amount"] == 10.5
        error = refusal(lambda: library.call("payment.prepare", merchant_uid="order-1", amount=10.5))
        assert (error["code"], error["message"]) == ("IAMPORT_1", PREPARED_ALREADY)
        assert refusal(lambda: library.call("payment.getPrepare", merchant_uid="nobody"))["code"] == "HTTP_404"

    def test_payments_are_listed_by_status(self, library: Client, shop: Driver) -> None:
        shop.pay("order-1")
        found = library.call("payment.getByStatus", payment_status="paid", page=1)
        assert [one["merchant_uid"] for one in found["list"]] == ["order-1"]


class TestNpmIamporter:
    @pytest.fixture
    def library(self, start: Start, keys: tuple[str, str, str]) -> Client:
        return start("npm", "iamporter", *keys)

    def test_a_payment_is_found_by_either_uid(self, library: Client, shop: Driver) -> None:
        payment = shop.pay("order-1")
        found = library.call("findByImpUid", payment["imp_uid"])
        assert (found["status"], found["message"]) == (200, None)
        assert found["data"] == shop.look_up(payment["imp_uid"])
        assert library.call("findByMerchantUid", "order-1") == found

    def test_what_does_not_exist_is_an_answer_without_data(self, library: Client) -> None:
        for method, uid in (("findByImpUid", "imp_0"), ("findByMerchantUid", "nobody")):
            answer = library.call(method, uid)
            assert (answer["status"], answer["message"], answer["data"]) == (404, NO_PAYMENT, None)

    def test_a_cancellation_shows_after_its_ticket_and_is_then_refused(self, library: Client, shop: Driver) -> None:
        imp_uid = shop.pay("order-1")["imp_uid"]
        asked = library.call("cancelByMerchantUid", "order-1", {"amount": 2.5, "reason": "one of two"})
        assert (asked["data"]["status"], asked["data"]["cancel_amount"]) == ("paid", 0)
        shop.advance(DAY)
        library.call("cancelByImpUid", imp_uid)
        shop.advance(DAY)
        found = library.call("findByImpUid", imp_uid)["data"]
        assert (found["status"], found["cancel_amount"]) == ("cancelled", 10.5)
        error = refusal(lambda: library.call("cancelByImpUid", imp_uid))
        assert (error["kind"], error["status"], error["message"]) == ("IamporterError", 200, ALL_CANCELLED)

    def test_a_wrong_secret_is_refused(self, start: Start, keys: tuple[str, str, str]) -> None:
        error = refusal(lambda: start("npm", "iamporter", *keys[:2], "wrong").call("findByImpUid", "imp_0"))
        assert (error["kind"], error["status"], error["code"]) == ("IamporterError", 401, -1)

    def test_all_attempts_of_an_order_and_all_of_a_status_are_listed(self, library: Client, shop: Driver) -> None:
        shop.pay("order-1", finish="leave")
        shop.pay("order-1")
        assert library.call("findAllByMerchantUid", "order-1")["data"]["total"] == 2
        assert library.call("findAllByMerchantUid", "order-1", {"status": "paid"})["data"]["total"] == 1
        assert library.call("findAllByStatus", "failed", {"page": 1})["data"]["total"] == 1

    def test_an_amount_is_prepared_once_and_read_again(self, library: Client) -> None:
        library.call("createPreparedPayment", {"merchant_uid": "order-1", "amount": 10.5})
        assert library.call("getPreparedPayment", "order-1")["data"]["amount"] == 10.5
        error = refusal(lambda: library.call("createPreparedPayment", {"merchant_uid": "order-1", "amount": 10.5}))
        assert (error["status"], error["message"]) == (200, PREPARED_ALREADY)


class TestNpmIamportRestClientNodejs:
    @pytest.fixture
    def library(self, start: Start, keys: tuple[str, str, str]) -> Client:
        return start("npm", "iamport-rest-client-nodejs", *keys)

    def test_its_token_is_the_accounts_own(self, library: Client, shop: Driver, keys: tuple[str, str, str]) -> None:
        answer = library.call("Authenticate.getToken", {"imp_key": keys[1], "imp_secret": keys[2]})
        assert answer["response"]["access_token"] == shop.token()

    def test_a_payment_is_found_by_either_uid(self, library: Client, shop: Driver) -> None:
        """Its find puts the word "undefined" into the address where no status is given."""
        payment = shop.pay("order-1")
        found = library.call("Payments.getByImpUid", imp_uid=payment["imp_uid"])
        assert (found["code"], found["message"]) == (0, None)
        expected = {"imp_uid": payment["imp_uid"], "merchant_uid": "order-1", "status": "paid", "amount": 10.5}
        assert found["response"].items() >= expected.items()
        assert library.call("Payments.getByMerchantUid", merchant_uid="order-1") == found

    def test_several_are_found_at_once_and_the_missing_ones_named(self, library: Client, shop: Driver) -> None:
        known = [shop.pay(f"order-{number}")["imp_uid"] for number in range(2)]
        found = library.call("Payments.getByImpUids", imp_uid=[*known, "imp_0"])
        assert sorted(one["imp_uid"] for one in found["response"]) == sorted(known)
        assert found["failed"] == ["imp_0"]

    def test_what_does_not_exist_is_an_http_404_with_portone_s_message(self, library: Client) -> None:
        error = refusal(lambda: library.call("Payments.getByImpUid", imp_uid="imp_0"))
        assert (error["status"], error["data"]["code"], error["data"]["message"]) == (404, -1, NO_PAYMENT)

    def test_a_cancellation_shows_after_its_ticket_and_is_then_refused(self, library: Client, shop: Driver) -> None:
        imp_uid = shop.pay()["imp_uid"]
        asked = library.call("Payments.cancel", imp_uid=imp_uid, amount=10.5, checksum=10.5)
        assert (asked["response"]["status"], asked["response"]["cancel_amount"]) == ("paid", 0)
        shop.advance(DAY)
        found = library.call("Payments.getByImpUid", imp_uid=imp_uid)["response"]
        assert (found["status"], found["cancel_amount"]) == ("cancelled", 10.5)
        error = refusal(lambda: library.call("Payments.cancel", imp_uid=imp_uid))
        assert error["data"] == {"code": 1, "message": ALL_CANCELLED, "response": None}

    def test_a_wrong_secret_is_an_http_401(self, start: Start, keys: tuple[str, str, str]) -> None:
        stranger = start("npm", "iamport-rest-client-nodejs", *keys[:2], "wrong")
        error = refusal(lambda: stranger.call("Payments.getByImpUid", imp_uid="imp_0"))
        assert (error["status"], error["data"]["message"]) == (401, WRONG_PAIR)

    def test_payments_are_listed_page_by_page(self, library: Client, shop: Driver) -> None:
        for number in range(3):
            shop.pay(f"order-{number}")
        asked = {"status": "paid", "limit": 2, "sorting": "started"}
        pages = [library.call("Payments.getByStatus", **asked, page=page)["response"] for page in (1, 2)]
        assert [[one["merchant_uid"] for one in page["list"]] for page in pages] == [
            ["order-0", "order-1"],
            ["order-2"],
        ]
        assert [(page["total"], page["previous"], page["next"]) for page in pages] == [(3, 0, 2), (3, 1, 0)]
        attempts = library.call("Payments.getByMerchantUids", merchant_uid="order-1", page=1)["response"]
        assert [one["merchant_uid"] for one in attempts["list"]] == ["order-1"]

    def test_an_amount_is_prepared_and_read_again(self, library: Client) -> None:
        library.call("Prepare.postAmount", merchant_uid="order-1", amount=10.5)
        answer = library.call("Prepare.getAmount", merchant_uid="order-1")["response"]
        assert (answer["merchant_uid"], answer["amount"]) == ("order-1", 10.5)

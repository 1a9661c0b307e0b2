"""Look-ups of more than one payment: several by their uids, all of a merchant_uid, all with a status."""

from typing import Any

import httpx
import pytest

from tests.emulator.driver import Driver

DAY = 86_400
NO_PAYMENT = "존재하지 않는 결제정보입니다."


def page_of(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    assert int(answer.headers["content-length"]) == len(answer.content)
    envelope = answer.json()
    assert (envelope["code"], envelope["message"]) == (0, None)
    response: dict[str, Any] = envelope["response"]
    assert set(response) == {"total", "previous", "next", "list"}
    return response


def uids(answer: httpx.Response) -> list[str]:
    return [payment["imp_uid"] for payment in page_of(answer)["list"]]


class TestOne:
    def test_by_its_imp_uid_with_what_else_is_asked_for(self, account: Driver) -> None:
        imp_uid = account.pay(country="DE")["imp_uid"]
        plain, more = (account.look_up(imp_uid, **query) for query in ({}, {"extension": "true"}))
        assert plain["merchant_uid"] == more["merchant_uid"] == "order-1"
        assert (plain.get("extension"), more["extension"]) == (None, {"country_code": "DE"})

    def test_an_unknown_one_is_not_found_nor_a_test_payment_that_was_not_asked_for(self, account: Driver) -> None:
        paid = account.pay()["imp_uid"]
        for path in ("/payments/imp_0", f"/payments/{paid}", "/payments/find/nobody"):
            answer = account.get(path)
            assert (answer.status_code, answer.json()) == (404, {"code": -1, "message": NO_PAYMENT, "response": None})

    def test_by_its_merchant_uid_the_newest_with_that_status(self, account: Driver) -> None:
        left, paid = (account.pay(finish=finish)["imp_uid"] for finish in ("leave", "pay"))
        for path, found in (("order-1", paid), ("order-1/failed", left), ("order-1/paid", paid)):
            answer = account.get(f"/payments/find/{path}").raise_for_status()
            assert answer.json()["response"]["imp_uid"] == found

    def test_a_status_that_does_not_exist_is_not_found(self, account: Driver) -> None:
        account.pay()
        answer = account.get("/payments/find/order-1/shipped")
        assert (answer.status_code, answer.json()["message"]) == (404, "지원되지 않는 상태값입니다.")


class TestSeveral:
    def several(self, account: Driver, **query: list[str]) -> httpx.Response:
        headers = {"Authorization": account.token()}
        asked = {f"{name}[]": values for name, values in query.items()}
        return account.client.get("/payments", params=asked, headers=headers)

    def test_they_are_found_by_both_uids_in_the_order_asked_for(self, account: Driver) -> None:
        first, second, third = (account.pay(f"order-{number}")["imp_uid"] for number in (1, 2, 3))
        answer = self.several(account, imp_uid=[second, first], merchant_uid=["order-3"])
        assert answer.status_code == 200
        assert [payment["imp_uid"] for payment in answer.json()["response"]] == [second, first, third]
        assert answer.json()["response"][0] == account.look_up(second)

    def test_where_some_are_missing_it_says_so_with_207(self, account: Driver) -> None:
        paid = account.pay()["imp_uid"]
        for missing in ({"imp_uid": [paid, "imp_0"]}, {"imp_uid": [paid], "merchant_uid": ["nobody"]}):
            answer = self.several(account, **missing)
            assert (answer.status_code, answer.json()["code"]) == (207, 0)
            assert [payment["imp_uid"] for payment in answer.json()["response"]] == [paid]

    def test_where_all_are_missing_there_is_nothing(self, account: Driver) -> None:
        answer = self.several(account, imp_uid=["imp_0"])
        assert (answer.status_code, answer.json()["message"]) == (404, NO_PAYMENT)

    def test_one_asked_for_by_both_uids_comes_once(self, account: Driver) -> None:
        paid = account.pay()["imp_uid"]
        answer = self.several(account, imp_uid=[paid], merchant_uid=["order-1"])
        assert answer.status_code == 200
        assert len(answer.json()["response"]) == 1

    def test_of_a_merchant_uid_it_is_the_newest_attempt(self, account: Driver) -> None:
        account.pay(finish="leave")
        paid = account.pay()["imp_uid"]
        [found] = self.several(account, merchant_uid=["order-1"]).json()["response"]
        assert found["imp_uid"] == paid

    @pytest.mark.parametrize("name", ["imp_uid", "imp_uid[0]"])
    def test_other_ways_to_write_a_list_are_taken(self, account: Driver, name: str) -> None:
        paid = account.pay()["imp_uid"]
        answer = account.get("/payments/", **{name: paid})
        assert [payment["imp_uid"] for payment in answer.json()["response"]] == [paid]

    def test_without_any_uid_it_is_refused(self, account: Driver) -> None:
        answer = account.get("/payments")
        message = "파라미터 누락: imp_uid[], merchant_uid[]"
        assert (answer.status_code, answer.json()) == (400, {"code": 1, "message": message, "response": None})

    def test_more_than_100_are_refused(self, account: Driver) -> None:
        account.pay()
        assert self.several(account, merchant_uid=["order-1"] * 100).status_code == 200
        answer = self.several(account, merchant_uid=["order-1"] * 101)
        assert (answer.status_code, answer.json()["message"]) == (400, "한 번에 최대 100개까지 조회할 수 있습니다.")


class TestFindAll:
    def test_it_gives_every_attempt_the_newest_first(self, account: Driver) -> None:
        left, declined, paid = (
            account.pay(finish=finish)["imp_uid"] for finish in ("leave", "decline", "pay")
        )  # fmt: skip
        answer = account.get("/payments/findAll/order-1")
        assert page_of(answer)["total"] == 3
        assert uids(answer) == [paid, declined, left]
        assert uids(account.get("/payments/findAll/order-1/failed")) == [declined, left]

    @pytest.mark.parametrize("absent", ["undefined", "null", "all"])
    def test_an_absent_status_restricts_nothing(self, account: Driver, absent: str) -> None:
        account.pay()
        assert len(uids(account.get(f"/payments/findAll/order-1/{absent}"))) == 1

    def test_a_status_that_none_has_gives_an_empty_page(self, account: Driver) -> None:
        account.pay()
        page = page_of(account.get("/payments/findAll/order-1/cancelled"))
        assert page == {"total": 0, "previous": 0, "next": 0, "list": []}

    def test_an_unknown_merchant_uid_is_not_found(self, account: Driver) -> None:
        answer = account.get("/payments/findAll/nobody")
        assert (answer.status_code, answer.json()["message"]) == (404, NO_PAYMENT)

    def test_a_status_that_does_not_exist_is_refused(self, account: Driver) -> None:
        answer = account.get("/payments/findAll/order-1/shipped")
        assert (answer.status_code, answer.json()["message"]) == (400, "지원되지 않는 상태값입니다.")

    @pytest.mark.parametrize(
        ("sorting", "expected"),
        [
            ("started", "reviewed, quick"), ("-started", "quick, reviewed"), ("paid", "quick, reviewed"),
            ("-paid", "reviewed, quick"), ("updated", "reviewed, quick"), ("-updated", "quick, reviewed"),
        ],
    )  # fmt: skip
    def test_sorting_goes_by_three_times_in_both_directions(self, account: Driver, sorting: str, expected: str) -> None:
        reviewed = account.pay(cvv="555")["imp_uid"]
        account.advance(60)
        quick = account.pay(method="paypal")["imp_uid"]
        account.advance(60)  # the review of the first attempt ends well
        account.advance(60)
        account.cancel(quick, amount=1)
        assert [account.look_up(one)["status"] for one in (reviewed, quick)] == ["paid", "paid"]
        names = {reviewed: "reviewed", quick: "quick"}
        found = uids(account.get("/payments/findAll/order-1", sorting=sorting))
        assert ", ".join(names[imp_uid] for imp_uid in found) == expected


class TestByStatus:
    def test_it_gives_those_that_have_it(self, account: Driver) -> None:
        left, paid = account.pay("order-1", finish="leave")["imp_uid"], account.pay("order-2")["imp_uid"]
        gone = account.pay("order-3", method="paypal")["imp_uid"]
        account.cancel(gone)
        assert uids(account.get("/payments/status/failed")) == [left]
        assert uids(account.get("/payments/status/paid")) == [paid]
        assert uids(account.get("/payments/status/cancelled")) == [gone]
        assert uids(account.get("/payments/status/ready")) == []
        assert uids(account.get("/payments/status/all")) == [gone, paid, left]

    def test_pages_know_their_neighbours(self, account: Driver) -> None:
        made = [account.pay(f"order-{number}")["imp_uid"] for number in range(5)]
        pages = [page_of(account.get("/payments/status/paid", limit="2", page=str(page), sorting="started"))
                 for page in (1, 2, 3)]  # fmt: skip
        assert [(page["total"], page["previous"], page["next"]) for page in pages] == [(5, 0, 2), (5, 1, 3), (5, 2, 0)]
        assert [payment["imp_uid"] for page in pages for payment in page["list"]] == made

    def test_a_page_has_20_payments_unless_a_limit_is_named(self, account: Driver) -> None:
        for number in range(21):
            account.pay(f"order-{number}", finish="leave")
        page = page_of(account.get("/payments/status/failed"))
        assert (len(page["list"]), page["total"], page["next"]) == (20, 21, 2)

    def test_a_page_beyond_the_last_one_is_refused(self, account: Driver) -> None:
        account.pay()
        for page in ("2", "0"):
            answer = account.get("/payments/status/paid", page=page)
            assert (answer.status_code, answer.json()["code"]) == (400, -1)
            assert answer.json()["message"] == "데이터 범위를 넘어선 page입니다."
        assert page_of(account.get("/payments/status/cancelled", page="1"))["list"] == []

    @pytest.mark.parametrize(
        ("wrong", "message"),
        [
            ({"limit": "0"}, "limit은 1부터 1000까지 지정할 수 있습니다."),
            ({"limit": "1001"}, "limit은 1부터 1000까지 지정할 수 있습니다."),
            ({"limit": "ten"}, "limit은(는) 정수여야 합니다."), ({"limit": "٣"}, "limit은(는) 정수여야 합니다."),
            ({"page": "-1"}, "page은(는) 정수여야 합니다."), ({"to": "1" * 13}, "to은(는) 정수여야 합니다."),
        ],
    )  # fmt: skip
    def test_numbers_that_are_none_are_refused(self, account: Driver, wrong: dict[str, str], message: str) -> None:
        answer = account.get("/payments/status/paid", **wrong)
        assert (answer.status_code, answer.json()["response"], answer.json()["message"]) == (400, None, message)

    def test_the_largest_numbers_are_taken(self, account: Driver) -> None:
        paid = account.pay()["imp_uid"]
        assert uids(account.get("/payments/status/paid", limit="1000")) == [paid]
        assert uids(account.get("/payments/status/paid", to="9" * 12)) == []

    def test_it_spans_the_90_days_before_now(self, account: Driver) -> None:
        paid = account.pay()["imp_uid"]
        account.advance(90 * DAY)
        assert uids(account.get("/payments/status/paid")) == [paid]
        account.advance(1)
        assert uids(account.get("/payments/status/paid")) == []

    def test_from_and_to_choose_another_90_days(self, account: Driver) -> None:
        paid = account.pay()
        then = paid["paid_at"]
        account.advance(400 * DAY)
        search = "/payments/status/paid"
        assert uids(account.get(search, **{"from": str(then), "to": str(then + 90 * DAY)})) == [paid["imp_uid"]]
        assert uids(account.get(search, to=str(then + 1))) == [paid["imp_uid"]]
        assert uids(account.get(search, **{"from": str(then + 1), "to": str(then + 2)})) == []
        too_long = account.get(search, **{"from": str(then), "to": str(then + 90 * DAY + 1)})
        assert (too_long.status_code, too_long.json()["message"]) == (400, "최대 90일간 검색이 가능합니다")
        backwards = account.get(search, **{"from": str(then), "to": str(then - 1)})
        assert (backwards.status_code, backwards.json()["message"]) == (400, "유효하지 않은 검색기간입니다.")

    def test_the_time_is_that_at_which_the_status_came_about(self, account: Driver) -> None:
        imp_uid = account.pay()["imp_uid"]
        account.cancel(imp_uid)
        account.advance(DAY)
        cancelled_at = account.look_up(imp_uid)["cancelled_at"]
        assert uids(account.get("/payments/status/cancelled", **{"from": str(cancelled_at)})) == [imp_uid]

    @pytest.mark.parametrize("absent", ["undefined", "null"])
    def test_an_absent_status_is_all_of_them(self, account: Driver, absent: str) -> None:
        account.pay()
        assert len(uids(account.get(f"/payments/status/{absent}"))) == 1

    def test_a_status_that_does_not_exist_is_refused(self, account: Driver) -> None:
        answer = account.get("/payments/status/shipped")
        assert (answer.status_code, answer.json()["message"]) == (400, "지원되지 않는 상태값입니다.")

    def test_a_sorting_that_does_not_exist_is_refused(self, account: Driver) -> None:
        for path in ("/payments/status/paid", "/payments/findAll/order-1", "/payments/find/order-1"):
            answer = account.get(path, sorting="-amount")
            assert (answer.status_code, answer.json()["message"]) == (400, "지원되지 않는 정렬규칙입니다.")

    def test_post_is_taken_for_get(self, account: Driver) -> None:
        for number in (1, 2):
            account.pay(f"order-{number}")
        assert page_of(account.post("/payments/status/paid", limit=1, page=2))["previous"] == 1

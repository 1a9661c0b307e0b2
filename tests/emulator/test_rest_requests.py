"""How requests may be written: what clients really send is taken, and nonsense is answered in PortOne's envelope."""

import json
from typing import Any

import pytest

from tests.emulator.driver import Driver

UNAUTHORIZED = {"code": -1, "message": "Unauthorized", "response": None}
JSON = {"Content-Type": "application/json"}
DEEP = b'{"imp_uid":' + b"[" * 20_000 + b"]" * 20_000 + b"}"


def refused(answer: Any, status: int) -> None:
    assert answer.status_code == status, answer.text
    assert set(answer.json()) == {"code", "message", "response"}
    assert answer.json()["code"] != 0
    assert answer.json()["response"] is None
    assert int(answer.headers["content-length"]) == len(answer.content)


class TestBodies:
    @pytest.mark.parametrize(
        "body",
        [
            b'{"imp_uid": "imp_1"', b"{]", b'{"amount": NaN}', b'{"amount": -Infinity}', b'{"reason": "\\ud800"}',
            b'{"\\udfff": 1}', b'{"reason": "\xff"}', b"\xff\xfe", DEEP, b'{"a":' * 500 + b"1" + b"}" * 500,
            b'{"amount": ' + b"9" * 5_000 + b"}", b"&".join(b"a%d=1" % number for number in range(1_001)),
        ],
    )  # fmt: skip
    @pytest.mark.parametrize("path", ["/payments/cancel", "/payments/prepare", "/payments/imp_1"])
    def test_one_that_cannot_be_read_is_refused(self, account: Driver, path: str, body: bytes) -> None:
        headers = {"Authorization": account.token(), **JSON}
        refused(account.client.post(path, content=body, headers=headers), 400)
        assert account.entries("other") == []

    def test_one_that_is_too_large_is_refused_and_the_connection_lives(self, account: Driver) -> None:
        headers = {"Authorization": account.token()}
        large = b'{"reason": "' + b"x" * (3 << 20) + b'"}'
        refused(account.client.post("/payments/cancel", content=large, headers=headers), 413)
        assert account.client.get("/users/pg", headers=headers).status_code == 200

    @pytest.mark.parametrize("body", [b"[]", b"null", b'"text"', b"", b"   "])
    def test_one_that_is_no_object_has_no_fields(self, account: Driver, body: bytes) -> None:
        answer = account.client.post(
            "/payments/prepare", content=body, headers={"Authorization": account.token(), **JSON}
        )
        assert answer.json()["message"] == "파라미터 누락: merchant_uid, amount"

    @pytest.mark.parametrize(
        "content_type", ["application/json", "text/plain", "application/x-www-form-urlencoded", ""]
    )
    def test_its_form_is_told_by_what_it_is(self, account: Driver, content_type: str) -> None:
        headers = {"Authorization": account.token(), **({"Content-Type": content_type} if content_type else {})}
        for number, body in enumerate(
            ('\ufeff{"merchant_uid": "a%d", "amount": "3.00"}', "merchant_uid=a%d&amount=3.00")
        ):
            answer = account.client.post("/payments/prepare", content=(body % number).encode(), headers=headers)
            assert answer.json()["response"]["amount"] == 3

    def test_a_merchant_uid_that_is_a_number_is_its_digits(self, account: Driver) -> None:
        assert account.post("/payments/prepare", merchant_uid=17, amount=1).json()["response"]["merchant_uid"] == "17"

    @pytest.mark.parametrize("wrong", [[], {}, True, None, ["a"]])
    def test_a_field_that_is_no_text_is_missing(self, account: Driver, wrong: Any) -> None:
        answer = account.post("/payments/prepare", merchant_uid=wrong, amount=1)
        assert answer.json()["message"] == "파라미터 누락: merchant_uid"

    def test_who_has_no_token_learns_nothing_else(self, account: Driver) -> None:
        for body in (b"{", b"x" * (2 << 20), DEEP):
            answer = account.client.post("/payments/cancel", content=body)
            assert (answer.status_code, answer.json()) == (401, UNAUTHORIZED)

    @pytest.mark.parametrize("body", [b"{", DEEP, b'{"imp_key": ["a"], "imp_secret": {}}', b"imp_key=%ff&imp_secret="])
    def test_no_token_is_given_for_nonsense(self, account: Driver, body: bytes) -> None:
        refused(account.client.post("/users/getToken", content=body), 400)

    def test_nothing_of_it_is_kept(self, account: Driver) -> None:
        headers = {"Authorization": account.token()}
        for body in (b"{", DEEP, b'{"merchant_uid": "\\ud800", "amount": 1}'):
            account.client.post("/payments/prepare", content=body, headers=headers)
            account.client.post("/payments/cancel", content=body, headers=headers)
        assert account.see("/payments")["payments"] == []
        assert json.loads(account.client.get(account.control + "/journal").text)["entries"]


class TestAddresses:
    @pytest.mark.parametrize(
        "path",
        [
            "/payments/a/b/c", "/payments/imp_1/balance/x", "/users", "/users/nobody", "/subscribe/customers/a/b",
            "/payments/status", "/payments/%ff/%00", "/paymentwall/delivery/x",
        ],
    )  # fmt: skip
    @pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
    def test_one_that_is_no_call_is_not_found(self, account: Driver, path: str, method: str) -> None:
        answer = account.client.request(method, path, headers={"Authorization": account.token()})
        # `/payments/status` reads as the look-up of a payment with that name.
        assert answer.status_code == (405 if (path, method) == ("/payments/status", "DELETE") else 404)
        assert answer.json()["response"] is None

    @pytest.mark.parametrize(
        ("method", "path", "allowed"),
        [
            ("DELETE", "/payments/cancel", "GET, HEAD, POST"), ("DELETE", "/payments/prepare", "GET, HEAD, POST, PUT"),
            ("PUT", "/users/pg", "GET, HEAD, POST"), ("GET", "/users/getToken", "POST"),
            ("GET", "/paymentwall/delivery", "POST"), ("GET", "/subscribe/payments/again", "POST"),
        ],
    )  # fmt: skip
    def test_another_method_is_not_allowed(self, account: Driver, method: str, path: str, allowed: str) -> None:
        answer = account.client.request(method, path, headers={"Authorization": account.token()})
        refused(answer, 405)
        assert answer.headers["allow"] == allowed

    @pytest.mark.parametrize("imp_uid", ["%ff", "%F0%9F%8D%B5", "a b", "imp_1%00", "x" * 5_000, "..%2f..", "'--"])
    def test_an_unknown_payment_is_not_found_however_it_is_called(self, account: Driver, imp_uid: str) -> None:
        answer = account.client.get(f"/payments/{imp_uid}", headers={"Authorization": account.token()})
        refused(answer, 404)

    def test_flags_are_taken_as_words_and_numbers(self, account: Driver) -> None:
        path = f"/payments/{account.pay()['imp_uid']}"
        for flag in ("true", "True", "1"):
            assert account.get(path, include_sandbox=flag).status_code == 200
        for flag in ("false", "0", "", "yes"):
            assert account.get(path, include_sandbox=flag).status_code == 404

    def test_a_query_of_a_thousand_names_is_refused(self, account: Driver) -> None:
        path = "/payments/imp_1?" + "&".join(f"a{number}=1" for number in range(1_001))
        refused(account.client.get(path, headers={"Authorization": account.token()}), 400)


class TestNamesWithSpaces:
    """An official client writes its forms as `imp_key=K& imp_secret=S`."""

    @pytest.mark.parametrize("between", ["& ", "&+", "&%20", "&\t", "& \r\n"])
    def test_a_token_is_given_and_the_journal_holds_no_secret(self, account: Driver, between: str) -> None:
        key, secret = account.settings["imp_key"], account.settings["imp_secret"]
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        body = f"imp_key={key}{between}imp_secret={secret}"
        answer = account.client.post("/users/getToken", content=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (200, 0)
        journal = account.client.get(account.control + "/journal").text
        assert key in journal
        assert secret not in journal
        assert answer.json()["response"]["access_token"] not in journal

    @pytest.mark.parametrize("between", ["& ", "&+", "&%20"])
    def test_a_field_of_a_form_is_read(self, account: Driver, between: str) -> None:
        body = f" merchant_uid=order-1{between}amount=3"
        answer = account.client.post("/payments/prepare", content=body, headers={"Authorization": account.token()})
        assert answer.json()["response"] == {"merchant_uid": "order-1", "amount": 3, "currency": None}

    def test_one_name_written_in_two_ways_is_one_list(self, account: Driver) -> None:
        known = [account.pay(f"order-{number}")["imp_uid"] for number in range(2)]
        asked = f"include_sandbox=true&imp_uid[]={known[0]}&+imp_uid[]={known[1]}"
        answer = account.client.get(f"/payments?{asked}", headers={"Authorization": account.token()})
        assert [one["imp_uid"] for one in answer.json()["response"]] == known

    @pytest.mark.parametrize("before", ["+", "%20"])
    def test_a_parameter_of_a_query_is_read_and_kept_secret(self, account: Driver, before: str) -> None:
        token, imp_uid = account.token(), account.pay()["imp_uid"]
        answer = account.client.get(f"/payments/{imp_uid}?include_sandbox=true&{before}_token={token}")
        assert answer.json()["response"]["imp_uid"] == imp_uid
        assert token not in account.client.get(account.control + "/journal").text

    @pytest.mark.parametrize("before", ["", "+", "%20"])
    def test_what_is_sent_to_the_wrong_place_is_kept_secret_too(self, account: Driver, before: str) -> None:
        secret = account.settings["imp_secret"]
        for path in ("/users/getToken", "/payments/imp_1", "/nobody/knows", "/escrows/logis/imp_1"):
            account.client.get(f"{path}?imp_key=k&{before}imp_secret={secret}")
            account.client.post(f"{path}?{before}imp_secret={secret}", content=f"x=1&{before}imp_secret={secret}")
        assert secret not in account.client.get(account.control + "/journal").text


class TestSlashesInNames:
    """A merchant_uid may have any characters; clients escape a slash, which then divides no path."""

    @pytest.mark.parametrize("written", ["2026%2F11%2F30", "2026%2f11%2f30", "2026%2F11%2F30/"])
    @pytest.mark.parametrize("place", ["/payments/find/", "/payments/findAll/", "/payments/prepare/"])
    def test_they_are_of_the_name(self, account: Driver, written: str, place: str) -> None:
        account.post("/payments/prepare", merchant_uid="2026/11/30", amount=10.5)
        account.pay("2026/11/30")
        found = account.get(place + written).raise_for_status().json()["response"]
        assert [found, *found.get("list", [])][-1]["merchant_uid"] == "2026/11/30"

    def test_a_status_may_stand_behind_them(self, account: Driver) -> None:
        account.pay("a/b")
        assert account.get("/payments/find/a%2Fb/paid").json()["response"]["merchant_uid"] == "a/b"
        assert account.get("/payments/find/a%2Fb/failed").status_code == 404

    def test_the_journal_has_the_name_as_it_is(self, account: Driver) -> None:
        account.pay("a/b")
        account.get("/payments/find/a%2Fb")
        [entry] = account.entries("find")
        assert (entry["merchant_uid"], entry["url"]) == ("a/b", "/payments/find/a%2Fb")

    def test_of_a_customer_and_of_what_is_scheduled_too(self, account: Driver) -> None:
        answer = account.get("/subscribe/customers/a%2Fb").json()
        assert answer["message"] == "요청하신 customer_uid(a/b)로 등록된 정보를 찾을 수 없습니다."
        assert account.get("/subscribe/payments/schedule/a%2Fb").json()["message"] == "존재하지 않는 결제예약입니다."

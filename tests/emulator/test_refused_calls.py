"""Access tokens in every place that PortOne documented, and every call in the journal, refused ones with the reason."""

from typing import Any

import httpx
import pytest

from tests.emulator.driver import Driver

PLACES: list[tuple[str, dict[str, Any]]] = [
    ("Authorization", {"headers": {"Authorization": "{}"}}),
    ("X-ImpTokenHeader", {"headers": {"X-ImpTokenHeader": "{}"}}),
    ("_token", {"params": {"_token": "{}"}}),
]
NO_SUCH_CALL, WRONG_METHOD = "존재하지 않는 API입니다.", "지원되지 않는 HTTP method입니다."


def put(place: dict[str, Any], token: str) -> dict[str, Any]:
    return {where: {name: text.format(token) for name, text in fields.items()} for where, fields in place.items()}


@pytest.mark.parametrize("place", [place for _, place in PLACES], ids=[name for name, _ in PLACES])
def test_a_token_is_taken_in_each_place_and_never_kept(account: Driver, place: dict[str, Any]) -> None:
    token = account.token()
    assert account.client.get("/users/pg", **put(place, token)).status_code == 200
    assert account.client.post("/payments/cancel", json={"imp_uid": "x"}, **put(place, token)).json()["code"] == 1
    wrong = "wrong-token-0123456789"
    assert account.client.get("/users/pg", **put(place, wrong)).status_code == 401
    kept = repr(account.entries("channels", "cancel"))
    assert kept.count("'***'") + kept.count("_token=***") >= 3
    assert token not in kept
    assert wrong not in kept


def test_an_empty_authorization_does_not_hide_the_token_beside_it(account: Driver) -> None:
    headers = {"Authorization": "", "X-ImpTokenHeader": account.token()}
    assert account.client.get("/users/pg", headers=headers).status_code == 200


def test_an_escaped_name_of_the_parameter_is_masked_too(account: Driver) -> None:
    token = account.token()
    assert account.client.get(f"/users/pg?%5Ftoken={token}").status_code == 200
    assert token not in repr(account.entries("channels"))


def refused(account: Driver) -> tuple[str, int, str]:
    """The newest entry's kind and status, and why it was refused."""
    entry = account.entries()[-1]
    return entry["kind"], entry["status"], entry["error"]


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({}, "the request has no access token (Authorization, X-ImpTokenHeader, ?_token=)"),
        ({"Authorization": "Bearer nonsense"}, "PortOne did not issue this access token"),
        ({"X-ImpTokenHeader": "nonsense"}, "PortOne did not issue this access token"),
    ],
)
def test_a_call_without_a_valid_token_is_journalled_with_the_reason(
    account: Driver, headers: dict[str, str], reason: str
) -> None:
    assert account.client.get("/payments/imp_1", headers=headers).status_code == 401
    assert refused(account) == ("look-up", 401, reason)
    assert account.entries()[-1]["imp_uid"] == "imp_1"


def test_an_expired_token_is_called_so(account: Driver) -> None:
    account.set(token_clock="virtual")
    headers = {"Authorization": account.token()}
    account.advance(1800)
    account.client.get("/users/pg", headers=headers)
    assert refused(account) == ("channels", 401, "the access token has expired")
    account.token()
    account.client.get("/users/pg", headers=headers)
    assert refused(account) == ("channels", 401, "the access token has expired")


def test_an_address_that_is_not_admitted_is_named(account: Driver) -> None:
    headers = {"Authorization": account.token()}
    account.set(allowed_addresses=["203.0.113.7/32"])
    account.client.get("/users/pg", headers=headers)
    assert refused(account) == ("channels", 403, "127.0.0.1 is not among the account's allowed addresses")


@pytest.mark.parametrize("body", [{"imp_key": "nobody's", "imp_secret": "TOPSECRET"}, {}])
def test_a_refused_key_is_journalled(account: Driver, body: dict[str, str]) -> None:
    answer = account.client.post("/users/getToken", json=body)
    reason = "no account has this imp_key with this imp_secret" if body else "imp_key or imp_secret is missing"
    assert refused(account) == ("token", answer.status_code, reason)
    assert "TOPSECRET" not in repr(account.entries("token"))


def test_a_body_that_cannot_be_read_is_journalled(account: Driver) -> None:
    headers = {"Authorization": account.token()}
    answer = account.client.post("/payments/cancel", content=b'{"imp_uid": "imp_1"', headers=headers)
    assert answer.json()["message"] == "잘못된 형식의 요청입니다."
    assert refused(account) == ("cancel", 400, "the body is neither JSON nor a form")
    answer = account.client.post("/payments/cancel", content=b"x" * (2 << 20), headers=headers)
    assert answer.json()["message"] == "요청 본문이 너무 큽니다."
    assert refused(account) == ("cancel", 413, "the body is too large")
    account.client.post("/users/getToken", content=b"{")
    assert refused(account) == ("token", 400, "the body is neither JSON nor a form")


@pytest.mark.parametrize(
    ("method", "path", "status", "message", "reason"),
    [
        ("GET", "/payments/a/b/c/d", 404, NO_SUCH_CALL, "PortOne has no such call"),
        ("DELETE", "/payments/cancel", 405, WRONG_METHOD, "PortOne does not accept DELETE here"),
        ("POST", "/v2/payments", 404, "Not Found", "PortOne has no such call"),
        ("GET", "/certifications", 404, NO_SUCH_CALL, "PortOne has no such call"),
        ("PUT", "/sdk/request_pay", 405, "Method Not Allowed", "PortOne does not accept PUT here"),
    ],
)
def test_a_call_that_does_not_exist_is_journalled(
    account: Driver, method: str, path: str, status: int, message: str, reason: str
) -> None:
    answer = account.client.request(method, path, headers={"Authorization": account.token()})
    assert answer.status_code == status
    assert message in answer.text
    assert refused(account) == ("other", status, reason)
    assert account.entries()[-1]["url"] == path


def test_it_is_told_to_the_account_that_it_is_about_alone(client: httpx.Client, account: Driver) -> None:
    other = Driver(client, client.post("/_emulator/accounts", json={}).raise_for_status().json())
    headers = {"X-ImpTokenHeader": account.token()}
    client.get("/payments/a/b/c/d", headers=headers)
    assert account.entries("other")
    assert other.entries("other") == []


def test_no_browser_that_asks_for_its_icon_fills_the_journal(account: Driver) -> None:
    account.client.get("/favicon.ico", headers={"Sec-Fetch-Mode": "no-cors"})
    assert account.entries() == []


def test_revoked_tokens_are_refused_until_they_are_restored(account: Driver) -> None:
    old = {"Authorization": account.token()}
    account.act("/tokens/revoke")
    account.client.get("/users/pg", headers=old)
    assert refused(account) == ("channels", 401, "the access token has expired")
    new = {"Authorization": account.token()}
    assert new != old
    account.act("/tokens/restore")
    assert [account.client.get("/users/pg", headers=each).status_code for each in (old, new)] == [200, 200]

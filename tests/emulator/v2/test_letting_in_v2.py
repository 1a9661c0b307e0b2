"""Who may call V2: the API secret, a login's tokens; V1's keys at V2's door and the other way round; settings."""

from typing import Any

import httpx
import pytest

from emulator.faults import name_of
from emulator.server import Emulator
from tests.emulator.driver import Driver
from tests.emulator.v2.second import Second, error

HALF_AN_HOUR = 1_800.0


def asked(second: Second, authorization: str | None, **headers: str) -> httpx.Response:
    sent = headers if authorization is None else {**headers, "Authorization": authorization}
    return second.client.get("/payments/order-1", headers=sent)


def login(second: Second) -> dict[str, str]:
    answer = second.client.post("/login/api-secret", json={"apiSecret": second.settings["api_secret"]})
    found: dict[str, str] = answer.raise_for_status().json()
    return found


def test_the_api_secret_opens_and_so_does_a_login(second: Second) -> None:
    second.pay()
    secret, tokens = second.settings["api_secret"], login(second)
    for authorization in (f"PortOne {secret}", f"portone {secret}", f"Bearer {tokens['accessToken']}"):
        assert asked(second, authorization).json()["id"] == "order-1"


def test_an_access_token_lives_half_an_hour_and_a_refresh_token_is_used_once(second: Second) -> None:
    second.account.set(token_clock="virtual")
    first = login(second)
    second.account.advance(HALF_AN_HOUR)
    assert error(asked(second, f"Bearer {first['accessToken']}")) == (401, "UNAUTHORIZED")
    again = second.client.post("/token/refresh", json={"refreshToken": first["refreshToken"]}).raise_for_status().json()
    assert asked(second, f"Bearer {again['accessToken']}").status_code == 404
    used = second.client.post("/token/refresh", json={"refreshToken": first["refreshToken"]})
    assert error(used) == (401, "UNAUTHORIZED")
    access = second.client.post("/token/refresh", json={"refreshToken": again["accessToken"]})
    assert error(access) == (401, "UNAUTHORIZED")


def test_a_new_login_ends_the_refresh_token_of_the_one_before(second: Second) -> None:
    first = login(second)
    login(second)
    refused = second.client.post("/token/refresh", json={"refreshToken": first["refreshToken"]})
    assert error(refused) == (401, "UNAUTHORIZED")


def test_tokens_can_be_revoked_and_given_back_and_survive_a_snapshot(second: Second) -> None:
    second.pay()
    token = f"Bearer {login(second)['accessToken']}"
    second.account.act("/tokens/revoke")
    assert asked(second, token).status_code == 401
    second.account.act("/tokens/restore")
    second.account.act("/restore", **second.account.see("/snapshot"))
    assert asked(second, token).status_code == 200
    assert second.account.entries("token") != []


@pytest.mark.parametrize(
    ("authorization", "reason"),
    [
        ("PortOne wrong", "no account has this V2 API secret"),
        ("PortOne {imp_secret}", "that is a credential of V1 (imp_secret or access token)"),
        ("PortOne {token}", "that is a credential of V1 (imp_secret or access token)"),
        ("Bearer a.b.c", "PortOne did not issue this access token"),
    ],
)
def test_who_has_no_key_of_v2_is_refused_and_the_journal_says_why(
    second: Second, authorization: str, reason: str
) -> None:
    known = {"imp_secret": second.account.settings["imp_secret"], "token": second.account.token()}
    second.pay()
    assert error(asked(second, authorization.format(**known))) == (401, "UNAUTHORIZED")
    (entry,) = second.account.entries("look-up")
    assert entry["error"].startswith(reason)
    assert (entry["merchant_uid"], entry["request"]["headers"]["authorization"]) == ("order-1", "***")


@pytest.mark.parametrize("credentials", [None, "{token}", "Bearer {token}"])
def test_v2_s_own_addresses_want_a_key_of_v2(second: Second, credentials: str | None) -> None:
    headers = {} if credentials is None else {"Authorization": credentials.format(token=second.account.token())}
    answer = second.client.post("/payments/order-1/cancel", json={"reason": "r"}, headers=headers)
    assert error(answer) == (401, "UNAUTHORIZED")
    reason = second.account.entries("cancel")[0]["error"]
    assert ("credential of V1" in reason) is (credentials is not None)


@pytest.mark.parametrize(
    "path", ["/payments/find/cancel", "/payments/findAll/transactions", "/payments/prepare/cancel"]
)
def test_an_order_of_v1_may_be_called_as_a_call_of_v2_is(account: Driver, path: str) -> None:
    assert account.client.get(path).json() == {"code": -1, "message": "Unauthorized", "response": None}
    assert account.get(path).json()["code"] == -1


def test_by_portone_s_host_everything_is_v2(second: Second) -> None:
    assert error(asked(second, None, Host="api.portone.io")) == (401, "UNAUTHORIZED")
    answer = second.client.get("/users/pg", headers={**second.headers, "Host": "api.portone.io"})
    assert error(answer) == (404, "NOT_FOUND")
    assert error(second.client.put("/payments/order-1", headers=second.headers)) == (405, "METHOD_NOT_ALLOWED")


def test_keys_of_v2_open_nothing_of_v1(second: Second) -> None:
    pair = {"imp_key": second.account.settings["imp_key"], "imp_secret": second.settings["api_secret"]}
    assert second.client.post("/users/getToken", json=pair).status_code == 401
    answer = second.client.get("/payments/find/order-1", headers=second.headers)
    assert error(answer) == (404, "NOT_FOUND")


def test_only_allowed_addresses_may_call(second: Second) -> None:
    second.account.set(allowed_addresses=["10.0.0.0/8"])
    assert error(second.get("/payments/order-1")) == (403, "FORBIDDEN")
    refused = second.client.post("/login/api-secret", json={"apiSecret": second.settings["api_secret"]})
    assert error(refused) == (403, "FORBIDDEN")


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"reason": NaN}', b'{"reason": "\\ud800"}', b"reason=r"])
def test_a_body_that_is_no_json_object_is_an_invalid_request(second: Second, body: bytes) -> None:
    second.pay()
    answer = second.client.post("/payments/order-1/cancel", content=body, headers=second.headers)
    assert error(answer) == (400, "INVALID_REQUEST")


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"webhook": {"test": {"secrets": ["secret"]}}}, "it is no webhook secret: whsec_ and base64"),
        ({"webhook": {"live": {"secrets": ["whsec_"]}}}, "it is no webhook secret: whsec_ and base64"),
        ({"webhook": {"test": {"secrets": ["whsec_YQ==", "whsec_Yg==", "whsec_Yw=="]}}}, "at most 2 items"),
        ({"webhook": {"test": {"url": "shop"}}}, "it is no web address"),
        ({"webhook_version": "2025-01-01"}, "'2024-04-25' or '2024-01-01'"),
        ({"webhook": {"test": {"content_type": "application/x-www-form-urlencoded"}}}, "application/json only"),
        ({"store_id": "shop"}, "v2.store_id"),
        ({"store": "shop"}, "There is no setting 'v2.store'; known here are: store_id, merchant_id"),
    ],
)
def test_a_setting_that_cannot_be_used_is_refused_in_one_sentence(
    account: Driver, settings: dict[str, Any], says: str
) -> None:
    answer = account.client.patch(account.control, json={"v2": settings})
    assert answer.status_code == 400
    assert says in answer.json()["error"]
    assert account.see("")["v2"] == account.settings["v2"]


@pytest.mark.parametrize("name", ["store_id", "api_secret"])
def test_two_accounts_share_neither_store_nor_secret(emulator: Emulator, account: Driver, name: str) -> None:
    answer = httpx.post(f"{emulator.url}/_emulator/accounts", json={"v2": {name: account.settings["v2"][name]}})
    assert (answer.status_code, answer.json()["error"]) == (400, f"There is an account with this v2.{name} already.")


def test_no_secret_of_v2_is_in_the_journal(second: Second) -> None:
    second.pay()
    tokens = login(second)
    second.client.post("/token/refresh", json={"refreshToken": tokens["refreshToken"]})
    second.get("/payments/order-1")
    kept = str(second.account.entries())
    for secret in (second.settings["api_secret"], *tokens.values(), *second.settings["webhook"]["test"]["secrets"]):
        assert secret not in kept


@pytest.mark.parametrize(
    ("call", "method", "path"),
    [
        ("look-up", "GET", "/payments/order-1"),
        ("cancel", "POST", "/payments/order-1/cancel"),
        ("prepare", "POST", "/payments/order-1/pre-register"),
        ("resend", "POST", "/payments/order-1/resend-webhook"),
        ("stop", "POST", "/payments/order-1/cancellations/1/stop"),
        ("token", "POST", "/login/api-secret"),
        ("request_pay", "POST", "/v2/sdk/request_payment"),
    ],
)
def test_a_fault_meets_a_call_of_v2_by_its_name(second: Second, call: str, method: str, path: str) -> None:
    second.account.act("/faults", call=call, what="answer", status=503, body={"type": "DOWN", "message": "down"})
    body = {"apiSecret": second.settings["api_secret"], "params": second.request()}
    headers = {} if call in ("token", "request_pay") else second.headers
    answer = second.client.request(method, path, json=body if method == "POST" else None, headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (503, "DOWN")


@pytest.mark.parametrize(
    ("path", "call"),
    [
        ("/v2/browser-sdk.js", "sdk"),
        ("/v2/browser-sdk.esm.js", "sdk"),
        ("/v2/paymentwall/return", "return"),
        ("/payments-by-cursor", "find"),
        ("/payments/order-1/transactions", "find"),
        ("/token/refresh", "token"),
        ("/paymentwall/delivery/confirm", "delivery"),
    ],
)
def test_each_address_has_the_name_of_its_call(path: str, call: str) -> None:
    assert name_of(path) == call


def test_a_fault_of_the_script_is_met_whoever_else_has_faults(client: httpx.Client, second: Second) -> None:
    other = Driver(client, client.post("/_emulator/accounts", json={}).raise_for_status().json())
    second.account.act("/faults", call="cancel", what="break", times=None)
    other.act("/faults", call="sdk", what="answer", status=503, body="down")
    assert client.get("/v2/browser-sdk.esm.js").status_code == 503
    assert client.get("/v2/browser-sdk.esm.js").status_code == 200


def test_a_fault_of_one_payment_leaves_the_others_alone(second: Second) -> None:
    second.pay("order-1")
    second.pay("order-2")
    second.account.act("/faults", call="look-up", merchant_uid="order-2", what="answer", status=503, body="down")
    assert second.get("/payments/order-1").status_code == 200
    assert second.get("/payments/order-2").status_code == 503
    assert second.get("/payments/order-2").status_code == 200


def test_a_webhook_of_v2_meets_a_fault_by_its_payment(second: Second) -> None:
    second.account.act("/faults", call="webhook", merchant_uid="order-2", what="break", times=None)
    second.pay("order-1")
    second.pay("order-2")
    ended = {(one["merchant_uid"], one["error"] is None) for one in second.account.entries("webhook")}
    assert ended == {("order-1", True), ("order-2", False)}

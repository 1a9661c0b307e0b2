"""What the emulator has not, it refuses as PortOne does: in its envelope, once the token is good, and journalled."""

import re
from pathlib import Path
from typing import Any

import pytest

from emulator.portone.not_emulated import CALLS, PREFIXES, is_not_emulated
from tests.emulator.driver import Driver

NO_SUCH = {"code": -1, "message": "존재하지 않는 API입니다.", "response": None}
UNAUTHORIZED = {"code": -1, "message": "Unauthorized", "response": None}
EMULATED_NOT = "PortOne has this call, the emulator does not (see docs/emulator.md)"
EACH = [(method, path.replace("{}", "x1")) for path, methods in CALLS.items() for method in methods]
DOCS = Path(__file__).parents[2] / "docs" / "emulator.md"


def newest(account: Driver) -> tuple[str, str, int, str]:
    entry = account.entries()[-1]
    return entry["kind"], entry["url"], entry["status"], entry["error"]


@pytest.mark.parametrize(("method", "path"), EACH)
def test_each_is_refused_in_the_envelope_and_journalled(account: Driver, method: str, path: str) -> None:
    answer = account.client.request(method, path, headers={"Authorization": account.token()})
    assert (answer.status_code, answer.json()) == (404, NO_SUCH)
    assert answer.headers["content-type"] == "application/json"
    assert newest(account) == ("other", path, 404, EMULATED_NOT)


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/vbanks"), ("GET", "/payments/a/b/c"), ("DELETE", "/payments/cancel"), ("GET", "/receipts/imp_1")],
)
@pytest.mark.parametrize(
    ("token", "reason"),
    [
        ("", "the request has no access token (Authorization, X-ImpTokenHeader, ?_token=)"),
        ("nonsense", "PortOne did not issue this access token"),
    ],
)
def test_who_has_no_token_learns_nothing_of_what_there_is(
    account: Driver, method: str, path: str, token: str, reason: str
) -> None:
    answer = account.client.request(method, path, headers={"Authorization": token} if token else {})
    assert (answer.status_code, answer.json()) == (401, UNAUTHORIZED)
    assert newest(account)[1:] == (path, 401, reason)


def test_nor_who_has_an_expired_one(account: Driver) -> None:
    account.set(token_clock="virtual")
    headers = {"Authorization": account.token()}
    account.advance(1800)
    answer = account.client.get("/certifications/imp_1", headers=headers)
    assert (answer.status_code, answer.json()) == (401, UNAUTHORIZED)
    assert newest(account)[3] == "the access token has expired"


def test_nor_who_is_not_admitted(account: Driver) -> None:
    headers = {"Authorization": account.token()}
    account.set(allowed_addresses=["203.0.113.7/32"])
    answer = account.client.get("/certifications/imp_1", headers=headers)
    assert (answer.status_code, answer.json()["code"], answer.json()["response"]) == (403, -1, None)


def test_a_token_is_asked_for_without_one(account: Driver) -> None:
    answer = account.client.get("/users/getToken")
    assert (answer.status_code, answer.headers["allow"], answer.json()["response"]) == (405, "POST", None)


@pytest.mark.parametrize(("method", "path"), [("PATCH", "/vbanks/x1"), ("GET", "/cards/a/b"), ("GET", "/tiers")])
def test_what_portone_has_not_either_is_called_so(account: Driver, method: str, path: str) -> None:
    answer = account.client.request(method, path, headers={"Authorization": account.token()})
    assert (answer.status_code, answer.json()) == (404, NO_SUCH)
    assert newest(account)[3] == "PortOne has no such call"


@pytest.mark.parametrize("path", ["/cardsharp", "/banksy", "/", "/openapi.json", "/paymentwall/webhook"])
def test_what_is_no_rest_call_is_not_answered_as_one(path: str) -> None:
    assert not any(path == prefix or path.startswith(f"{prefix}/") for prefix in PREFIXES)
    assert not is_not_emulated("GET", path)


class TestCashReceipts:
    """`GET /receipts/{imp_uid}`, which is no page."""

    @pytest.mark.parametrize("known", [True, False])
    def test_there_is_none(self, account: Driver, known: bool) -> None:
        imp_uid = account.pay()["imp_uid"] if known else "imp_0"
        answer = account.get(f"/receipts/{imp_uid}")
        envelope: dict[str, Any] = answer.json()
        assert (answer.status_code, envelope["code"], envelope["response"]) == (404, -1, None)
        words = "현금영수증 발행내역이 존재하지 않습니다." if known else "존재하지 않는 결제정보입니다."
        assert envelope["message"] == words
        [entry] = account.entries("cash-receipt")
        assert (entry["status"], entry["imp_uid"]) == (404, imp_uid)

    def test_the_buyer_s_receipt_is_elsewhere(self, account: Driver) -> None:
        paid = account.pay()
        assert "/paymentwall/receipts/" in paid["receipt_url"]
        page = account.client.get(f"/paymentwall/receipts/{paid['imp_uid']}")
        assert (page.status_code, page.headers["content-type"].partition(";")[0]) == (200, "text/html")

    def test_a_fault_tells_the_two_apart(self, account: Driver) -> None:
        paid = account.pay()["imp_uid"]
        account.act("/faults", what="answer", call="cash-receipt", status=500, imp_uid=paid)
        assert account.get(f"/receipts/{paid}").status_code == 500
        assert account.client.get(f"/paymentwall/receipts/{paid}").status_code == 200


def test_the_docs_list_the_same() -> None:
    """Each as `METHOD /path`, several methods with commas, in the section of that name."""
    section = DOCS.read_text("utf-8").partition("## What is not emulated")[2].partition("\n## ")[0]
    listed: dict[str, set[str]] = {}
    for methods, path in re.findall(r"`([A-Z, ]+) (/[^`]*)`", section):
        listed.setdefault(re.sub(r"\{\w+\}", "{}", path), set()).update(methods.split(", "))
    assert listed == {path: set(methods) for path, methods in CALLS.items()}

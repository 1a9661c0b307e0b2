"""The published description: valid, about every route that is served and no other, and true of usual answers."""

import re
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from starlette.routing import Route

from emulator.accounts import Accounts
from emulator.openapi import document
from emulator.portone.tokens import Tokens
from emulator.server import routes
from emulator.wire import Wire
from tests.emulator.driver import Driver

METHODS = frozenset(("get", "put", "post", "delete", "options", "head", "patch", "trace"))


def served() -> set[tuple[str, str]]:
    """Method and path of what is served, without HEAD, and without what answers for everything unknown."""
    found = set()
    for route in routes(Accounts(Wire()), Tokens()):
        if not isinstance(route, Route):  # what answers for everything unknown
            continue
        path = re.sub(r":\w+}", "}", route.path).rstrip("/") or "/"
        found |= {(method, path) for method in (route.methods or set()) - {"HEAD"}}
    return found


def described() -> set[tuple[str, str]]:
    return {
        (method.upper(), path) for path, item in document()["paths"].items() for method in item if method in METHODS
    }


def test_what_is_served_is_described_and_the_other_way_round() -> None:
    assert len(served()) > 60
    assert served() - described() == set()
    assert described() - served() == set()


def test_it_is_published(client: httpx.Client) -> None:
    answer = client.get("/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == document()


def test_every_reference_leads_somewhere_and_every_schema_is_used() -> None:
    whole = document()
    named = set(re.findall(r"'#/components/schemas/([^']+)'", str(whole)))
    assert named - set(whole["components"]["schemas"]) == set()
    assert set(whole["components"]["schemas"]) - named == set()


def test_every_schema_is_one() -> None:
    for name, schema in document()["components"]["schemas"].items():
        Draft202012Validator.check_schema(schema)
        assert schema, name


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    found = []
    for path, item in document()["paths"].items():
        for method, operation in item.items():
            if method in METHODS:
                shared = item.get("parameters", [])
                found.append((method, path, {**operation, "parameters": [*shared, *operation.get("parameters", [])]}))
    return found


def test_every_operation_has_a_name_of_its_own_and_says_what_it_is() -> None:
    names = [operation["operationId"] for _, _, operation in operations()]
    assert len(names) == len(set(names)) > 60
    tags = {tag["name"] for tag in document()["tags"]}
    for _, path, operation in operations():
        assert operation["summary"], path
        assert set(operation["tags"]) <= tags
        placed = {one["name"] for one in operation["parameters"] if one["in"] == "path"}
        assert placed == set(re.findall(r"{(\w+)}", path)), path


class Checked:
    """Asks, and compares each answer with its description."""

    def __init__(self, account: Driver) -> None:
        self.account = account
        self.seen: set[tuple[str, str]] = set()

    def ask(self, method: str, path: str, place: str | None = None, **request: Any) -> Any:
        answer = self.account.client.request(method, path, **request)
        operation = document()["paths"][place or path][method.lower()]
        self.seen.add((method, place or path))
        assert str(answer.status_code) in operation["responses"], (method, path, answer.status_code, answer.text)
        content = operation["responses"][str(answer.status_code)].get("content", {})
        media_type = answer.headers.get("content-type", "").split(";")[0]
        assert media_type in content if content else not answer.content, (method, path, media_type)
        if media_type == "application/json":
            schema = {**content[media_type]["schema"], "components": document()["components"]}
            Draft202012Validator(schema).validate(answer.json())
            return answer.json()
        return answer


@pytest.fixture
def checked(account: Driver) -> Checked:
    return Checked(account)


def test_the_control_plane_answers_as_described(checked: Checked, account: Driver) -> None:
    code, base = account.settings["imp_code"], "/_emulator/accounts/{imp_code}"
    imp_uid = account.pay()["imp_uid"]
    account.cancel(imp_uid, amount="3.00")

    def of(method: str, path: str, values: dict[str, Any] | None = None, **request: Any) -> Any:
        filled = (base + path).format(imp_code=code, **(values or {}))
        return checked.ask(method, filled, base + path, **request)

    checked.ask("GET", "/_emulator/health")
    checked.ask("GET", "/_emulator/accounts")
    checked.ask("POST", "/_emulator/accounts", json={})
    checked.ask("POST", "/_emulator/accounts", json={"imp_code": code})
    happened = ("/payments", "/charges", "/tickets", "/webhooks", "/pingbacks", "/deliveries")
    for path in ("", *happened, "/clock", "/journal", "/changes"):
        of("GET", path)
    of("GET", "/journal", params={"kind": "dance"})
    of("PATCH", "", json={"cancel_notice": "always"})
    of("PATCH", "", json={"colour": "red"})
    snapshot = of("GET", "/snapshot")
    fault = of("POST", "/faults", json={"what": "hold", "call": "cancel"})["id"]
    of("POST", "/faults", json={"what": "hold"})
    of("GET", "/faults")
    of("GET", "/faults/{fault}", {"fault": fault})
    of("POST", "/faults/{fault}/release", {"fault": fault})
    of("DELETE", "/faults/{fault}", {"fault": fault})
    of("GET", "/faults/{fault}", {"fault": fault})
    of("DELETE", "/faults")
    of("POST", "/tickets/{ticket}/complete", {"ticket": 1})
    of("POST", "/tickets/{ticket}/refuse", {"ticket": 1})
    of("POST", "/tickets/{ticket}/refuse", {"ticket": 9})
    of("POST", "/webhooks/test")
    of("POST", "/webhooks/{webhook}/resend", {"webhook": 1})
    of("POST", "/pingbacks/{pingback}/resend", {"pingback": 1})
    of("POST", "/payments", json={"merchant_uid": "another", "amount": 12000})
    of("POST", "/payments/{imp_uid}/cancel", {"imp_uid": imp_uid}, json={"amount": "1.00"})
    disputed = {"imp_uid": account.pay("disputed", version="V2")["imp_uid"]}
    of("POST", "/payments/{imp_uid}/dispute", disputed, json={})
    of("POST", "/payments/{imp_uid}/dispute/resolve", disputed, json={})
    for verb in ("refund", "chargeback", "review/accept", "review/decline", "review/void"):
        of("POST", f"/payments/{{imp_uid}}/{verb}", {"imp_uid": imp_uid})
    of("POST", "/clock/run", json={"speed": 2})
    of("POST", "/clock/stop")
    of("POST", "/clock/advance", json={"seconds": 60})
    of("POST", "/idle")
    of("POST", "/pingbacks/test")
    of("POST", "/restore", json=snapshot)
    of("POST", "/restore", json={})
    of("POST", "/tokens/revoke")
    of("POST", "/tokens/restore")
    of("POST", "/reset")
    another = checked.ask("POST", "/_emulator/accounts", json={})["imp_code"]
    checked.ask("DELETE", f"/_emulator/accounts/{another}", base)
    described_here = {(method, path) for method, path in described() if path.startswith("/_emulator/")}
    assert described_here - checked.seen == {("GET", "/_emulator/page/{name}")}


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_reading_payments_answers_as_described(checked: Checked, account: Driver, method: str) -> None:
    paid, left = account.pay("a")["imp_uid"], account.pay("b", finish="leave")["imp_uid"]
    headers = {"Authorization": account.token()}

    def ask(path: str, place: str | None = None, **request: Any) -> None:
        checked.ask(method, path, place, headers=headers, **request)

    ask("/users/pg")
    checked.ask(method, "/users/pg")
    for uid, query in ((paid, "?include_sandbox=true&extension=true"), (left, "?include_sandbox=true"), (paid, "")):
        ask(f"/payments/{uid}{query}", "/payments/{imp_uid}")
    for several in ([paid, "imp_0"], [paid], []):
        ask("/payments", params={"imp_uid[]": several})
    for uid in ("a", "nobody"):
        for place in ("find", "findAll"):
            ask(f"/payments/{place}/{uid}", f"/payments/{place}/{{merchant_uid}}")
            ask(f"/payments/{place}/{uid}/paid", f"/payments/{place}/{{merchant_uid}}/{{status}}")
        ask(f"/payments/prepare/{uid}", "/payments/prepare/{merchant_uid}")
    for status in ("paid", "lost"):
        ask(f"/payments/status/{status}", "/payments/status/{status}")
    places = ("/payments", "/users/pg")
    described_here = {one for one in described() if one[0] == method and one[1].startswith(places)}
    assert described_here - checked.seen - {("POST", "/payments/cancel"), ("POST", "/payments/prepare")} == set()


def test_portone_s_other_calls_answer_as_described(checked: Checked, account: Driver) -> None:
    paid = account.pay("a")["imp_uid"]
    headers = {"Authorization": account.token()}
    keys = {"imp_key": account.settings["imp_key"], "imp_secret": account.settings["imp_secret"]}
    for pair in (keys, {**keys, "imp_secret": "wrong"}, {}):
        checked.ask("POST", "/users/getToken", json=pair)
    for method in ("POST", "POST", "PUT"):
        checked.ask(method, "/payments/prepare", headers=headers, json={"merchant_uid": "c", "amount": "10.50"})
    checked.ask("GET", "/payments/prepare/c", "/payments/prepare/{merchant_uid}", headers=headers)
    checked.ask("POST", "/paymentwall/delivery", headers=headers, json={})
    for asked in ({"imp_uid": paid, "amount": "3.00"}, {"imp_uid": "imp_0"}, {}):
        checked.ask("POST", "/payments/cancel", headers=headers, json=asked)
    checked.ask("POST", "/payments/cancel", headers=headers, content=b"{")
    for verb in ("onetime", "again"):
        checked.ask("POST", f"/subscribe/payments/{verb}", headers=headers, json={})
    for uid in (paid, "imp_0"):
        checked.ask("GET", f"/paymentwall/receipts/{uid}", "/paymentwall/receipts/{imp_uid}")
        checked.ask("GET", f"/receipts/{uid}", "/receipts/{imp_uid}", headers=headers)
        checked.ask("GET", f"/paymentwall/return?imp_uid={uid}&outcome=success", "/paymentwall/return")
    checked.ask("GET", "/paymentwall/webhook")
    checked.ask("GET", "/v1/iamport.js")
    for name in ("iamport.payment-1.2.0.js", "jquery.js"):
        checked.ask("GET", f"/js/{name}", "/js/{name}")
    checked.ask("POST", "/sdk/request_pay", json={"imp_code": account.settings["imp_code"], "params": {}})
    checked.ask("OPTIONS", "/sdk/request_pay")


def test_paymentwall_and_the_pages_answer_as_described(checked: Checked, account: Driver) -> None:
    channel = account.settings["channels"][0]["channel_key"]
    bought = {"merchant_uid": "a", "name": "Mug", "amount": 12000, "channelKey": channel, "buyer_name": "Minji Kim"}
    params = {**bought, "buyer_email": "minji@shop.example"}
    asked = {"imp_code": account.settings["imp_code"], "params": params}
    opened = checked.ask("POST", "/sdk/request_pay", json=asked)
    query = httpx.URL(opened["widget_url"]).query.decode()
    checked.ask("GET", f"/api/subscription?{query}", "/api/subscription")
    for path in ("/api/subscription", "/api/ps", "/api", "/api/cart"):
        checked.ask("GET", path)
    card = {"number": "4242424242424242", "expiry": "12/39", "cvv": "123", "holder": "Minji Kim"}
    for form in ({}, {"method": "cc", "card": {**card, "number": "4000000000000002"}}, {"method": "cc", "card": card}):
        checked.ask("POST", f"/api/subscription/charge?{query}", "/api/subscription/charge", json=form)
    checked.ask("POST", "/api/subscription/charge", json={})
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        checked.ask(method, "/developers/api/ticket")
    checked.ask("POST", "/api/delivery", data={"type": "digital"})
    checked.ask("POST", "/api/brick/token", data={"public_key": "none"})
    checked.ask("POST", "/api/brick/charge", data={"token": "none"})
    for path in ("/", "/demo", "/openapi.json"):
        checked.ask("GET", path)
    checked.ask("POST", "/demo/webhook", json={})
    for name in ("page.js", "page.css", "icon.svg", "secrets.txt"):
        checked.ask("GET", f"/_emulator/page/{name}", "/_emulator/page/{name}")

"""Malformed requests of every kind: an answer in the form that its caller can read, never a 500, never a change."""

import json
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import pytest

from emulator.server import Emulator
from tests.depth import some
from tests.emulator.driver import Driver
from tests.emulator.every_call import CALLS, NAMED, NEEDS_NO_BODY, OTHERS, PORTONE, Call, portone
from tests.emulator.malformed import AUTHORIZATIONS, BODIES, HEADERS, NASTY, RAW, STRANGE_NAMES

GOOD_WITHOUT_ONE = ("nothing that says it is JSON",)


FORM = "application/x-www-form-urlencoded"


def quoted(fields: dict[str, Any]) -> str:
    """As a form or a query writes them, also what no client would: httpx itself would send `b'…'` for bytes."""
    return urlencode({name: str(value).encode("utf-8", "surrogatepass") for name, value in fields.items()})


@dataclass(frozen=True)
class Victim:
    """An account with a payment, a waiting ticket and a prepared amount; `state` is all that must stay as it is."""

    account: Driver
    imp_uid: str
    token: str

    def state(self) -> dict[str, Any]:
        whole: dict[str, Any] = self.account.see("/snapshot")
        ignored = ("journal", "journal_last", "taken_at")
        return {name: value for name, value in whole.items() if name not in ignored}

    def path(self, call: Call) -> str:
        return call.path.replace("{imp_uid}", self.imp_uid).replace("{imp_code}", self.account.settings["imp_code"])

    def ask(self, call: Call, **options: Any) -> httpx.Response:
        key = self.account.settings["paymentwall"]["secret_key"]
        headers = {"Authorization": self.token, "X-ApiKey": key, **options.pop("headers", {})}
        path = "?".join(filter(None, (self.path(call), options.pop("query", ""))))
        return self.account.client.request(call.method, path, headers=headers, timeout=20, **options)

    def ways(self, call: Call, fields: dict[str, Any], name: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """How a caller sends these fields: in the query, as JSON, as a form; `name` is the strange one."""
        plane = call.path.startswith("/_emulator")
        if call.method == "GET":
            value = fields[name] if isinstance(fields[name], str) else json.dumps(fields[name])
            yield "in the query", {"query": quoted({**fields, name: value[:2_000]})}
            return
        # A good value of the control plane changes what it is there to change: so each request is refused as a whole.
        body = json.dumps({**fields, "of no such name": fields[name]} if plane else fields).encode()
        yield "as JSON", {"content": body, "headers": {"Content-Type": "application/json"}}
        if not plane:
            yield "as a form", {"content": quoted(fields), "headers": {"Content-Type": FORM}}


@pytest.fixture
def victim(emulator: Emulator) -> Iterator[Victim]:
    with httpx.Client(base_url=emulator.url) as client:
        account = Driver(client, client.post("/_emulator/accounts", json={}).raise_for_status().json())
        imp_uid = str(account.pay("order-1")["imp_uid"])
        assert account.cancel(imp_uid, amount=1)["code"] == 0
        token = account.token()
        prepared = {"merchant_uid": "order-2", "amount": 5}
        client.post("/payments/prepare", json=prepared, headers={"Authorization": token}).raise_for_status()
        yield Victim(account, imp_uid, token)
        client.delete(account.control).raise_for_status()


@pytest.fixture
def unchanged(victim: Victim) -> Iterator[Victim]:
    """The victim; nothing of it may be different afterwards."""
    before = victim.state()
    yield victim
    assert victim.state() == before


def wrong(answer: httpx.Response, call: Call) -> list[str]:
    """What is wrong with an answer: a crash, or a form that the caller cannot read."""
    if answer.status_code < 500 and call.check(answer):
        return []
    return [f"HTTP {answer.status_code} {answer.text[:200]!r}"]


@pytest.mark.parametrize("call", [one for one in CALLS if one.method != "GET"], ids=str)
def test_a_body_that_is_wrong_as_a_whole(unchanged: Victim, call: Call) -> None:
    found = []
    for name, (content, kind) in BODIES.items():
        if call.path in NEEDS_NO_BODY and name in GOOD_WITHOUT_ONE:
            continue
        answer = unchanged.ask(call, content=content, headers={"Content-Type": kind})
        found += [f"{name}: {problem}" for problem in wrong(answer, call)]
    assert found == []


def good(call: Call, victim: Victim) -> dict[str, Any]:
    """Fields that are right, as far as they are few: what is checked after them is reached only so."""
    settings = victim.account.settings
    known = {
        "imp_uid": victim.imp_uid, "goodsid": victim.imp_uid, "merchant_uid": "order-9", "call": "look-up",
        "imp_key": settings["imp_key"], "imp_code": settings["imp_code"], "key": settings["paymentwall"]["project_key"],
        "seconds": -1, "reason": "none of the known", "amount": -1, "checksum": 99,
        "public_key": settings["paymentwall"]["project_key"], "card[number]": "4242424242424242", "card[exp_month]": 12,
        "card[exp_year]": "2039", "card[cvv]": "123", "token": "none", "currency": "USD", "email": "a@shop.example",
        "description": "Mug",
    }  # fmt: skip
    return {name: known[name] for name in call.fields if name in known}


@pytest.mark.deeper
@pytest.mark.parametrize("call", [one for one in CALLS if one.fields], ids=str)
def test_a_field_of_a_wrong_kind(unchanged: Victim, call: Call) -> None:
    found = []
    turns = [(name, one) for turn, name in enumerate(call.fields, len(call.path)) for one in some(NASTY.items(), turn)]
    for name, (nasty, value) in turns:
        if "prepare" in call.path and nasty in ("minus zero", "a fraction of a cent"):
            continue  # amounts, if strange ones
        for form, options in unchanged.ways(call, {**good(call, unchanged), name: value}, name):
            answer = unchanged.ask(call, **options)
            found += [f"{name} is {nasty}, {form}: {problem}" for problem in wrong(answer, call)]
    assert found == []


CARD_PAYMENT = {
    "merchant_uid": "order-9", "amount": 3, "currency": "USD", "name": "Mug", "buyer_name": "Grace Hopper",
    "buyer_email": "grace@example.com", "card_number": "4242-4242-4242-4242", "expiry": "2039-12", "cvc": "123",
}  # fmt: skip


FIELDS = [*CARD_PAYMENT, "customer_uid", "pg", "notice_url", "custom_data", "browser_ip"]


@pytest.mark.deeper
@pytest.mark.parametrize("name", FIELDS)
def test_one_field_of_a_wrong_kind_among_right_ones(victim: Victim, name: str) -> None:
    """An API payment that goes through otherwise: whatever comes of it can be read, also afterwards."""
    victim.account.set(api_payments=True)
    call = Call("POST", "/subscribe/payments/onetime", portone)
    found = []
    for number, (nasty, value) in enumerate(some(NASTY.items(), FIELDS.index(name))):
        fields = {**CARD_PAYMENT, "merchant_uid": f"order-{number + 10}", name: value}
        answer = victim.ask(call, content=json.dumps(fields).encode(), headers={"Content-Type": "application/json"})
        found += [f"{name} is {nasty}: {problem}" for problem in wrong(answer, call)]
    assert found == []
    assert victim.account.client.post(f"{victim.account.control}/restore", json=victim.state()).status_code == 400
    whole = victim.account.see("/snapshot")
    assert victim.account.client.post(f"{victim.account.control}/restore", json=whole).status_code == 200


@pytest.mark.parametrize("name", STRANGE_NAMES, ids=lambda name: str(name)[:20])
def test_a_name_in_the_address_that_nobody_has(unchanged: Victim, name: str) -> None:
    found = []
    for path, check in NAMED:
        call = Call("GET", path.replace("{}", name), check)
        found += [f"{path}: {problem}" for problem in wrong(unchanged.ask(call), call)]
    assert found == []


@pytest.mark.parametrize("call", PORTONE, ids=str)
def test_a_method_that_the_call_does_not_have(unchanged: Victim, call: Call) -> None:
    known = {one.method for one in PORTONE if one.path == call.path}
    if "GET" in known:
        known.add("POST")  # clients send look-ups so (seen)
    found = []
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "LOCK"} - known:
        answer = unchanged.ask(Call(method, call.path, portone))
        refused = answer.status_code < 500 and portone(answer) and answer.json()["code"] != 0
        found += [] if refused else [f"{method}: HTTP {answer.status_code} {answer.text[:200]!r}"]
    assert found == []


@pytest.mark.parametrize("call", [one for one in PORTONE if one.path != "/users/getToken"], ids=str)
def test_an_authorization_that_is_none(unchanged: Victim, call: Call) -> None:
    found = []
    for value in AUTHORIZATIONS:
        answer = unchanged.ask(call, headers={"Authorization": value})
        refused = portone(answer) and (answer.status_code, answer.json()["message"]) == (401, "Unauthorized")
        found += [] if refused else [f"{value[:20]!r}: HTTP {answer.status_code} {answer.text[:200]!r}"]
    assert found == []


@pytest.mark.parametrize("call", [*PORTONE, *OTHERS], ids=str)
def test_a_header_that_makes_no_sense(unchanged: Victim, call: Call) -> None:
    found = []
    for name, value in HEADERS:
        answer = unchanged.ask(call, headers={name: value})
        found += [f"{name} {value[:20]!r}: {problem}" for problem in wrong(answer, call)]
    assert found == []


@pytest.mark.parametrize("raw", RAW)
def test_what_is_hardly_http_is_refused_and_harms_nobody(unchanged: Victim, emulator: Emulator, raw: str) -> None:
    """Below the application there is no envelope: a refusal, or the connection's end, and the next caller is served."""
    with socket.create_connection(("127.0.0.1", urlsplit(emulator.url).port), timeout=10) as sending:
        sending.sendall(RAW[raw])
        sending.shutdown(socket.SHUT_WR)
        said = b""
        while received := sending.recv(65_536):
            said += received
    assert not said or re.match(rb"HTTP/1\.1 4\d\d ", said), said[:200]
    assert unchanged.account.client.get("/_emulator/health").json() == {"ok": True}

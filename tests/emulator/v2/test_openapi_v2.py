"""The description of V2's face: valid, about every route that is served and no other, and true of its answers."""

import re
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from starlette.routing import Route

from emulator.accounts import Accounts
from emulator.openapi.second import document
from emulator.portone.tokens import Tokens
from emulator.portone.v2.api import Served
from emulator.wire import Wire
from tests.emulator.v2.second import Second
from tests.emulator.v2.test_published_v2 import ERRORS, STATES, acts, call_of

METHODS = ("get", "put", "post", "delete", "options", "patch")


def served() -> set[tuple[str, str]]:
    routes = [route for route in Served(Accounts(Wire()), Tokens()).routes if isinstance(route, Route)]
    return {(method, route.path) for route in routes for method in (route.methods or set()) - {"HEAD"}}


def described() -> set[tuple[str, str]]:
    return {
        (method.upper(), path) for path, item in document()["paths"].items() for method in item if method in METHODS
    }


def test_what_is_served_is_described_and_the_other_way_round() -> None:
    assert served() == described()
    assert len(served()) >= 15


def test_it_is_published(client: httpx.Client) -> None:
    answer = client.get("/openapi-v2.json")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == document()


def test_every_reference_leads_somewhere_and_every_schema_is_used_and_one() -> None:
    whole = document()
    named = set(re.findall(r"'#/components/schemas/([^']+)'", str(whole)))
    assert named == set(whole["components"]["schemas"])
    for schema in whole["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_every_operation_has_a_name_of_its_own() -> None:
    names = [
        item[method]["operationId"] for item in document()["paths"].values() for method in item if method in METHODS
    ]
    assert len(names) == len(set(names))


def fits(call: str, answer: httpx.Response) -> Any:
    """Compares an answer with the description."""
    method, _, path = call.partition(" ")
    told = document()["paths"][path][method.lower()]["responses"][str(answer.status_code)]
    schema = {**told["content"]["application/json"]["schema"], "components": document()["components"]}
    Draft202012Validator(schema).validate(answer.json())


@pytest.mark.parametrize("name", STATES)
def test_every_state_is_described(second: Second, name: str) -> None:
    STATES[name](second)
    second.account.act("/idle")
    fits("GET /payments/{paymentId}", second.get("/payments/order-1"))
    fits("GET /payments/{paymentId}/transactions", second.get("/payments/order-1/transactions"))
    fits("GET /payments", second.get("/payments"))
    fits("GET /payments-by-cursor", second.get("/payments-by-cursor"))


def test_every_other_call_is_described(second: Second) -> None:
    for call, answer in acts(second).items():
        fits(call, answer)
    fits("POST /v2/sdk/request_payment", second.client.post("/v2/sdk/request_payment", json={"params": {}}))


@pytest.mark.parametrize("name", ERRORS)
def test_every_error_is_described(second: Second, name: str) -> None:
    state, method, path, body, _ = ERRORS[name]
    state(second)
    fits(call_of(method, path), second.get(path) if method == "GET" else second.post(path, **body))


def test_every_webhook_is_described(second: Second) -> None:
    second.pay()
    second.cancelled()
    schema = {**document()["components"]["schemas"]["Webhook"], "components": document()["components"]}
    entries = second.account.entries("webhook")
    assert entries
    for entry in entries:
        Draft202012Validator(schema).validate(entry["request"]["body"])

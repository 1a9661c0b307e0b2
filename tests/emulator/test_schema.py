"""What `/openapi.json` describes is what is served: schemathesis asks every call, rightly and wrongly."""

import os
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from emulator.openapi import document
from emulator.server import Emulator
from tests.depth import WHOLE
from tests.emulator.driver import Driver

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
DESCRIBED: Any = schemathesis.openapi.from_dict(document())
OPERATIONS = [found.ok() for found in DESCRIBED.get_all_operations()]

# An example costs some milliseconds, most of them to make it up.
EXAMPLES = {GenerationMode.POSITIVE: 15 if WHOLE else 2, GenerationMode.NEGATIVE: 10 if WHOLE else 1}
# Wrongly only where there is something to do wrong.
CASES = [
    pytest.param(operation, mode, id=f"{operation.label}-{mode.value}")
    for operation in OPERATIONS
    for mode in EXAMPLES
    if mode is GenerationMode.POSITIVE or operation.body or operation.query
]


@pytest.fixture
def account(client: httpx.Client) -> Iterator[Driver]:
    """One for each call: what it does to it, say a fault, meets no other."""
    made = Driver(client, client.post("/_emulator/accounts", json={}).raise_for_status().json())
    payment = made.pay("order-1")
    assert made.cancel(payment["imp_uid"], amount=1)["code"] == 0
    yield made
    client.delete(made.control)  # which a call may have done already


def test_it_is_served_and_describes_something(client: httpx.Client) -> None:
    assert client.get("/openapi.json").raise_for_status().json() == document()
    assert len(OPERATIONS) > 40


@pytest.mark.deeper
@pytest.mark.parametrize(("operation", "mode"), CASES)
def test_every_call_answers_as_described(
    operation: Any, mode: GenerationMode, emulator: Emulator, account: Driver
) -> None:
    headers = {"Authorization": account.token(), "X-ApiKey": account.settings["paymentwall"]["secret_key"]}
    known = {
        "imp_code": account.settings["imp_code"],
        "imp_uid": account.see("/payments")["payments"][0]["imp_uid"],
        "merchant_uid": "order-1",
        "ticket": 1,
        "webhook": 1,
        "pingback": 1,
    }

    @settings(
        max_examples=EXAMPLES[mode],
        deadline=None,
        database=None,
        derandomize="CI" in os.environ or not WHOLE,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def answers(case: Any) -> None:
        if mode is GenerationMode.POSITIVE:  # names that somebody has lead further than made up ones
            case.path_parameters = {
                name: known.get(name, value) for name, value in (case.path_parameters or {}).items()
            }
        case.headers.clear()  # made up ones may break HTTP itself, below the application
        if case.query and "wait_seconds" in case.query:
            case.query["wait_seconds"] = 0
        response = case.call(base_url=emulator.url, headers=headers, timeout=20)
        case.validate_response(response, checks=CHECKS)

    answers()

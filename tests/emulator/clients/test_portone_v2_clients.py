"""PortOne V2's official libraries and those of Standard Webhooks cannot tell the emulator from the real one."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from emulator.server import Emulator
from tests.emulator.clients.conftest import Client, ClientError, Start
from tests.emulator.driver import Driver
from tests.emulator.v2.second import Second

pytestmark = pytest.mark.proof
DAY = 86_400
TOLERANCE = 300  # seconds that a signature is believed


class Delivered:
    """The webhooks as they came: body and headers."""

    def __init__(self, server: HTTPServer) -> None:
        self.all: list[tuple[str, dict[str, str]]] = []
        server.expect_request("/v2").respond_with_handler(self._take)
        self.url = server.url_for("/v2")

    def _take(self, request: Request) -> Response:
        headers = {name.lower(): value for name, value in request.headers}
        self.all.append((request.get_data(as_text=True), headers))
        return Response("ok")

    def of(self, kind: str) -> tuple[str, dict[str, str]]:
        return next(one for one in self.all if json.loads(one[0])["type"] == kind)


@pytest.fixture
def delivered(receiver: HTTPServer) -> Delivered:
    return Delivered(receiver)


@pytest.fixture
def second(client: httpx.Client, delivered: Delivered) -> Iterator[Second]:
    asked = {"v2": {"webhook": {"test": {"url": delivered.url}}}}
    driver = Driver(client, client.post("/_emulator/accounts", json=asked).raise_for_status().json())
    yield Second(driver)
    driver.act("/idle")


@pytest.fixture(scope="module", params=["npm", "pypi"])
def registry(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture(scope="module")
def library(start_once: Start, registry: str, emulator: Emulator) -> Client:
    return start_once(registry, "portone-server-sdk", emulator.url)


class Official:
    """One language's library, by the names of the JavaScript one."""

    def __init__(self, library: Client, registry: str, secret: str) -> None:
        self.library, self.registry, self.secret = library, registry, secret

    def __call__(self, method: str, **fields: Any) -> Any:
        if self.registry == "npm":
            return self.library.call(method, self.secret, fields)
        resource, _, name = method.partition(".")
        named = {snake(one): value for one, value in fields.items()}
        return self.library.call(f"{snake(resource)}.{snake(name)}", self.secret, **named)


@pytest.fixture
def call(library: Client, registry: str, second: Second) -> Official:
    return Official(library, registry, second.settings["api_secret"])


def snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def field(found: dict[str, Any], name: str) -> Any:
    return found[name] if name in found else found[snake(name)]


def refusal(call: Callable[[], Any]) -> str:
    """What kind of error the library raises: the published type in JavaScript, a class of it in Python."""
    with pytest.raises(ClientError) as raised:
        call()
    error = raised.value.error
    return str(error.get("type") or error["kind"])


def is_kind(found: str, kind: str) -> bool:
    return found in (kind, "".join(part.capitalize() for part in kind.split("_")) + "Error")


def test_a_payment_is_read_in_its_states(call: Official, second: Second) -> None:
    transaction_id = second.pay()
    found = call("payment.getPayment", paymentId="order-1")
    assert field(found, "transactionId") == transaction_id
    assert (found["amount"]["total"], found["currency"], found["version"]) == (1050, "USD", "V2")
    assert found["customer"]["email"] == "buyer@example.com"
    second.pay("order-2", finish="leave")
    assert call("payment.getPayment", paymentId="order-2")["failure"]["reason"]


def test_a_cancellation_is_requested_and_succeeds(call: Official, second: Second) -> None:
    second.pay()
    asked = call("payment.cancelPayment", paymentId="order-1", reason="changed my mind", amount=250)["cancellation"]
    assert field(asked, "totalAmount") == 250
    assert asked.get("status", "REQUESTED") == "REQUESTED"  # in Python the class says it
    second.account.advance(DAY)
    found = call("payment.getPayment", paymentId="order-1")
    assert found["amount"]["cancelled"] == 250
    assert [one["id"] for one in found["cancellations"]] == [asked["id"]]


def test_a_cancellation_can_be_stopped(call: Official, second: Second) -> None:
    second.pay()
    asked = second.cancelled()["id"]
    stopped = call("payment.stopPaymentCancellation", paymentId="order-1", cancellationId=asked)
    assert field(stopped, "stoppedAt")


def test_amounts_are_registered_before(call: Official, second: Second) -> None:
    call("payment.preRegisterPayment", paymentId="order-1", totalAmount=1000, currency="USD")
    assert second.ask_for_payment()["code"] == "AmountNotEqualToPredefined"


def test_payments_are_listed(call: Official, second: Second) -> None:
    second.pay("order-1")
    second.pay("order-2", finish="leave")
    found = call("payment.getPayments")
    assert {one["id"] for one in found["items"]} == {"order-1", "order-2"}
    assert field(found["page"], "totalCount") == 2
    by_cursor = call("payment.getAllPaymentsByCursor", size=5)["items"]
    assert [one["payment"]["id"] for one in by_cursor] == ["order-1", "order-2"]
    attempts = call("payment.getPaymentTransactions", paymentId="order-1")["items"]
    assert len(attempts) == 1


def test_a_webhook_is_sent_again(call: Official, second: Second, delivered: Delivered) -> None:
    second.pay()
    second.account.act("/idle")
    before = len(delivered.all)
    assert call("payment.resendWebhook", paymentId="order-1")["webhook"]["id"]
    assert len(delivered.all) == before + 1


def test_it_logs_in_and_refreshes(call: Official, second: Second) -> None:
    tokens = call("auth.loginViaApiSecret", apiSecret=second.settings["api_secret"])
    again = call("auth.refreshToken", refreshToken=field(tokens, "refreshToken"))
    headers = {"Authorization": f"Bearer {field(again, 'accessToken')}"}
    assert second.client.get("/payments", headers=headers).status_code == 200


def test_a_delivery_is_registered(start_once: Start, emulator: Emulator, second: Second) -> None:
    """In Python: the JavaScript library has no method for it."""
    call = Official(start_once("pypi", "portone-server-sdk", emulator.url), "pypi", second.settings["api_secret"])
    transaction_id = second.pay()
    moment = "2026-12-01T10:00:00Z"
    call(
        "pgSpecific.confirmPaymentwallDelivery", transactionId=transaction_id, deliveryType="DIGITAL",
        deliveryStatus="DELIVERED", estimatedDeliveryDatetime=moment, estimatedUpdateDatetime=moment, refundable=True,
        details="one download", shippingAddressEmail="grace@example.com",
    )  # fmt: skip
    assert [one["imp_uid"] for one in second.account.see("/deliveries")["deliveries"]] == [transaction_id]


@pytest.mark.parametrize(
    ("ready", "kind", "method", "fields"),
    [
        (None, "PAYMENT_NOT_FOUND", "payment.getPayment", {"paymentId": "nobody"}),
        ("leave", "PAYMENT_NOT_PAID", "payment.cancelPayment", {"paymentId": "order-1", "reason": "r"}),
        (
            "pay", "CANCEL_AMOUNT_EXCEEDS_CANCELLABLE_AMOUNT", "payment.cancelPayment",
            {"paymentId": "order-1", "reason": "r", "amount": 9999},
        ),
        (
            "pay", "CANCELLABLE_AMOUNT_CONSISTENCY_BROKEN", "payment.cancelPayment",
            {"paymentId": "order-1", "reason": "r", "currentCancellableAmount": 1},
        ),
        ("pay", "ALREADY_PAID", "payment.preRegisterPayment", {"paymentId": "order-1", "totalAmount": 1050}),
        ("pay", "WEBHOOK_NOT_FOUND", "payment.resendWebhook", {"paymentId": "order-1", "webhookId": "none"}),
    ],
)  # fmt: skip
def test_an_error_is_the_library_s_own(
    call: Official, second: Second, ready: str | None, kind: str, method: str, fields: dict[str, Any]
) -> None:
    if ready is not None:
        second.pay(finish=ready)
    assert is_kind(refusal(lambda: call(method, **fields)), kind)


def test_what_paymentwall_refuses_carries_its_words(call: Official, second: Second) -> None:
    second.pay(method="paysafecard")
    assert is_kind(refusal(lambda: call("payment.cancelPayment", paymentId="order-1", reason="r")), "PG_PROVIDER")


def test_a_key_of_v1_is_unauthorized(library: Client, registry: str, second: Second) -> None:
    stranger = Official(library, registry, second.account.settings["imp_secret"])
    assert is_kind(refusal(lambda: stranger("payment.getPayment", paymentId="order-1")), "UNAUTHORIZED")


KINDS = (
    "Transaction.Ready", "Transaction.Paid", "Transaction.CancelPending", "Transaction.PartialCancelled",
    "Transaction.DisputeCreated", "Transaction.DisputeResolved",
)  # fmt: skip


def test_every_webhook_is_verified_by_both_libraries(library: Client, second: Second, delivered: Delivered) -> None:
    transaction_id = second.pay()
    second.cancelled(amount=250)
    second.account.act(f"/payments/{transaction_id}/dispute")
    second.account.act(f"/payments/{transaction_id}/dispute/resolve")
    second.account.advance(DAY)
    secret = second.settings["webhook"]["test"]["secrets"][0]
    for kind in KINDS:
        body, headers = delivered.of(kind)
        for method in ("verify", "standardwebhooks"):
            found = library.call(method, secret, body, headers)
            assert field(found["data"], "paymentId") == "order-1"
            # In Python the library has a class for each type.
            assert found.get("type") == kind or kind.partition(".")[2] in found["class"]


@pytest.mark.parametrize("method", ["verify", "standardwebhooks"])
def test_a_webhook_that_is_not_portone_s_is_refused(
    library: Client, second: Second, delivered: Delivered, method: str
) -> None:
    second.pay()
    second.account.act("/idle")
    body, headers = delivered.of("Transaction.Paid")
    secret = second.settings["webhook"]["test"]["secrets"][0]
    other = second.settings["webhook"]["live"]["secrets"][0]
    old = {**headers, "webhook-timestamp": str(int(headers["webhook-timestamp"]) - TOLERANCE - 60)}
    for key, sent, said in ((other, body, headers), (secret, body + " ", headers), (secret, body, old)):
        with pytest.raises(ClientError):
            library.call(method, key, sent, said)
    assert library.call(method, secret, body, headers)


def test_while_secrets_rotate_either_verifies(library: Client, second: Second, delivered: Delivered) -> None:
    first = second.settings["webhook"]["test"]["secrets"][0]
    fresh = second.settings["webhook"]["live"]["secrets"][0]
    second.account.set(v2={"webhook": {"test": {"secrets": [first, fresh]}}})
    second.pay()
    second.account.act("/idle")
    body, headers = delivered.of("Transaction.Paid")
    for secret in (first, fresh):
        assert library.call("verify", secret, body, headers)
        assert library.call("standardwebhooks", secret, body, headers)

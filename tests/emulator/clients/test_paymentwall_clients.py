"""Paymentwall's published client libraries, unchanged: their addresses open, and our pingbacks pass their checks."""

from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from emulator.server import Emulator
from tests.emulator.clients.conftest import Client, ClientError, Start
from tests.emulator.clients.environments import Registry
from tests.emulator.driver import Driver

pytestmark = pytest.mark.proof
LIBRARIES: tuple[tuple[Registry, str], ...] = (("pypi", "paymentwall-python"), ("npm", "paymentwall"))
PRODUCT = ("mug-1", 10.5, "USD", "A mug – 머그")
NOT_AUTHORIZED = "It looks like you're not authorized to view this content."
PAYMENTWALLS = "174.36.92.186"  # an address that both libraries have in their list
CARD = {"number": "4242424242424242", "expiry": "12/39", "cvv": "123", "holder": "Gildong Hong"}
DAY = 86_400
LIMIT_SECONDS = 60.0


class Pingbacks:
    """The pingback URL of a merchant who uses Paymentwall directly: answers `OK`, and keeps what came."""

    def __init__(self, server: HTTPServer) -> None:
        self.received: list[dict[str, str]] = []
        server.expect_request("/pingback").respond_with_handler(self._take)
        self.url = server.url_for("/pingback")

    def _take(self, request: Request) -> Response:
        self.received.append(request.args.to_dict())
        return Response("OK")


@pytest.fixture
def pingbacks(receiver: HTTPServer) -> Pingbacks:
    return Pingbacks(receiver)


@pytest.fixture
def project(account: Driver, pingbacks: Pingbacks) -> Driver:
    """A Paymentwall project whose pingbacks come here instead of to PortOne, each before the buyer is led back."""
    account.set(paymentwall={"pingback": {"url": pingbacks.url, "patience_seconds": LIMIT_SECONDS}})
    return account


def keys(project: Driver) -> tuple[str, str]:
    settings = project.settings["paymentwall"]
    return settings["project_key"], settings["secret_key"]


@pytest.fixture(params=LIBRARIES, ids=lambda library: "-".join(library))
def library(request: pytest.FixtureRequest, start: Start, emulator: Emulator, project: Driver) -> Client:
    return start(*request.param, emulator.url, *keys(project))


def address(library: Client, *, code: str = "pw_1", **extra: Any) -> str:
    return str(library.call("widget", "buyer@example.com", code, PRODUCT, {"email": "buyer@example.com", **extra}))


def charge(client: httpx.Client, widget: str, method: str = "cc") -> dict[str, Any]:
    """Press "Pay" on the widget."""
    form = {"method": method, "country": "KR", **({"card": CARD} if method == "cc" else {})}
    answer = client.post(f"/api/subscription/charge?{urlsplit(widget).query}", json=form, timeout=LIMIT_SECONDS)
    told: dict[str, Any] = answer.raise_for_status().json()
    return told


class TestWidgets:
    @pytest.mark.parametrize("version", [1, 2, 3])
    def test_their_signed_address_opens_the_widget(self, library: Client, client: httpx.Client, version: int) -> None:
        page = client.get(address(library, sign_version=version))
        assert page.status_code == 200
        assert "A mug – 머그" in page.text
        assert "10.50" in page.text

    def test_they_sign_with_version_3_by_themselves(self, library: Client, client: httpx.Client) -> None:
        opened = client.get(address(library, code="t3_1", country_code="DE"))
        assert "10.50" in opened.text
        assert opened.url.params["sign_version"] == "3"

    @pytest.mark.parametrize("version", [2, 3])
    def test_a_parameter_changed_afterwards_shows_that_it_is_not_authorized(
        self, library: Client, client: httpx.Client, version: int
    ) -> None:
        cheaper = address(library, sign_version=version).replace("amount=10.5", "amount=1.5")
        page = client.get(cheaper)
        assert page.status_code == 200
        assert NOT_AUTHORIZED in page.text

    @pytest.mark.parametrize(("registry", "package"), LIBRARIES)
    def test_a_wrong_secret_shows_that_it_is_not_authorized(
        self, registry: Registry, package: str, start: Start, emulator: Emulator, project: Driver, client: httpx.Client
    ) -> None:
        stranger = start(registry, package, emulator.url, keys(project)[0], "wrong")
        for version in (1, 2, 3):
            assert NOT_AUTHORIZED in client.get(address(stranger, sign_version=version)).text


class TestPingbacks:
    @pytest.mark.parametrize("version", [1, 2, 3])
    def test_that_of_a_payment_is_valid_and_deliverable(
        self, library: Client, project: Driver, pingbacks: Pingbacks, client: httpx.Client, version: int
    ) -> None:
        project.set(paymentwall={"pingback": {"signature_version": version}})
        paid = charge(client, address(library))
        (received,) = pingbacks.received
        told = library.call("pingback", received, PAYMENTWALLS)
        assert told.items() >= {
            "validate": True, "errors": [], "type": 0, "user": "buyer@example.com", "product": "mug-1",
            "reference": paid["ref"], "deliverable": True, "cancelable": False,
        }.items()  # fmt: skip
        assert received["country_code"] == "KR"

    def test_from_elsewhere_it_is_refused_unless_the_address_does_not_matter(
        self, library: Client, pingbacks: Pingbacks, client: httpx.Client
    ) -> None:
        charge(client, address(library))
        (received,) = pingbacks.received
        assert library.call("pingback", received, "127.0.0.1")["validate"] is False
        assert library.call("pingback", received, "127.0.0.1", True)["validate"] is True

    @pytest.mark.parametrize("version", [1, 2, 3])
    def test_a_forged_one_has_the_wrong_signature(
        self, library: Client, project: Driver, pingbacks: Pingbacks, client: httpx.Client, version: int
    ) -> None:
        project.set(paymentwall={"pingback": {"signature_version": version}})
        charge(client, address(library))
        (received,) = pingbacks.received
        told = library.call("pingback", {**received, "goodsid": "a-boat"}, PAYMENTWALLS)
        assert told["validate"] is False
        assert told["errors"] == ["Wrong signature"]

    def test_that_of_a_refund_is_cancelable(
        self, library: Client, project: Driver, pingbacks: Pingbacks, client: httpx.Client
    ) -> None:
        paid = charge(client, address(library))
        self._ask_back(library, project, client, paid["ref"])
        project.advance(DAY)
        told = library.call("pingback", pingbacks.received[-1], PAYMENTWALLS)
        assert told.items() >= {
            "validate": True, "type": 2, "reference": paid["ref"], "deliverable": False, "cancelable": True,
        }.items()  # fmt: skip
        assert pingbacks.received[-1]["reason"] == "9"

    def _ask_back(self, library: Client, project: Driver, client: httpx.Client, ref: str) -> None:
        """A ticket, signed by the library as it signs everything else of version 3."""
        form = {"key": keys(project)[0], "ref": ref, "type": "1", "message": "Please", "sign_version": "3"}
        form["sign"] = library.call("signature", form, keys(project)[1], 3)
        assert client.post("/developers/api/ticket", data=form).json() == {"result": 1}


def test_a_library_says_of_itself_what_it_cannot_do(start: Start, emulator: Emulator, project: Driver) -> None:
    """The runner passes errors on: a test of it, because a swallowed one would make the others pass."""
    library = start("pypi", "paymentwall-python", emulator.url, *keys(project))
    with pytest.raises(ClientError, match="could not convert string to float"):
        library.call("widget", "buyer", "pw_1", ("mug-1", "many", "USD", "A mug"), {})

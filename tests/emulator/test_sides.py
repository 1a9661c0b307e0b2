"""PortOne's part and Paymentwall's part know nothing of each other but the protocols: either works against a stub."""

import hashlib
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from emulator.server import Emulator
from tests.emulator.driver import Driver

DAY = 86_400


def signed(fields: Mapping[str, str], secret: str, name: str) -> dict[str, str]:
    """Version 3 as Paymentwall documents it, written here once more: a stub shares no code with what it meets."""
    unsigned = {key: value for key, value in fields.items() if key != name} | {"sign_version": "3"}
    text = "".join(f"{key}={unsigned[key]}" for key in sorted(unsigned)) + secret
    return {**unsigned, name: hashlib.sha256(text.encode()).hexdigest()}


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """One of its own: its sides are replaced here."""
    with Emulator(tls=False) as running:
        yield running


class PaymentwallStub:
    """api.paymentwall.com as PortOne must see it: widget, tickets, pingbacks, and nothing else."""

    def __init__(self, portone: str, key: str, secret: str) -> None:
        self._portone, self._key, self._secret = portone, key, secret
        self.called: dict[str, str] = {}
        self.tickets: list[dict[str, str]] = []
        self.answer: Response = JSONResponse({"result": 1})
        self.app = Starlette(
            routes=[
                Route("/api/subscription/", self._widget),
                Route("/api/subscription/charge", self._charge, methods=["POST"]),
                Route("/developers/api/ticket", self._ticket, methods=["POST"]),
            ]
        )

    async def _widget(self, request: Request) -> Response:
        query = dict(request.query_params)
        if query != signed(query, self._secret, "sign") or query["key"] != self._key:
            return PlainTextResponse("You're not authorized", 403)
        self.called = query
        return PlainTextResponse("A widget")

    async def _charge(self, _: Request) -> Response:
        async with httpx.AsyncClient() as client:
            answer = await client.get(self.pingback("0"))
        return JSONResponse(
            {"result": "paid", "ref": "b1", "location": self.called["success_url"], "said": answer.text}
        )

    async def _ticket(self, request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        if form != signed(form, self._secret, "sign"):
            return JSONResponse({"result": 0, "errors": ["You have no access to the developers API"]})
        self.tickets.append(form)
        return self.answer

    def pingback(self, kind: str, secret: str | None = None, **more: str) -> str:
        """The address of a pingback about the charge."""
        fields = {
            "uid": self.called["uid"], "goodsid": self.called["ag_external_id"], "slength": "", "speriod": "",
            "type": kind, "ref": "b1", "country_code": "DE", **more,
        }  # fmt: skip
        return f"{self._portone}/paymentwall/webhook?{urlencode(signed(fields, secret or self._secret, 'sig'))}"


class TestPortOneWithoutOurPaymentwall:
    @pytest.fixture
    def paymentwall(self, emulator: Emulator, account: Driver) -> PaymentwallStub:
        project = account.settings["paymentwall"]
        stub = PaymentwallStub(emulator.url, project["project_key"], project["secret_key"])
        emulator.wire.hosts["api.paymentwall.com"] = stub.app
        return stub

    def test_a_pingback_of_anybody_s_making_pays_if_it_is_signed(
        self, account: Driver, paymentwall: PaymentwallStub
    ) -> None:
        imp_uid = account.pay("order-1")["imp_uid"]
        payment = account.look_up(imp_uid, extension="true")
        assert (payment["status"], payment["pg_tid"]) == ("paid", "b1")
        assert payment["extension"]["country_code"] == "DE"
        called = paymentwall.called
        assert (called["ag_external_id"], called["amount"], called["currencyCode"]) == (imp_uid, "10.5", "USD")
        assert [entry["request"]["body"]["status"] for entry in account.entries("webhook")] == ["paid"]
        assert account.see("/tickets")["tickets"] == []

    def test_a_cancellation_is_a_signed_ticket_and_a_type_2_pingback(
        self, account: Driver, paymentwall: PaymentwallStub, client: httpx.Client
    ) -> None:
        imp_uid = account.pay()["imp_uid"]
        account.act("/idle")  # the journal has webhooks in the order in which they were answered
        assert account.cancel(imp_uid, reason="changed my mind", enable_webhook=True)["code"] == 0
        (ticket,) = paymentwall.tickets
        assert ticket.items() >= {"ref": "b1", "type": "1", "message": "changed my mind"}.items()
        account.advance(30 * DAY)
        assert account.look_up(imp_uid)["status"] == "paid"
        assert client.get(paymentwall.pingback("2", reason="9")).text == "OK"
        assert account.look_up(imp_uid)["status"] == "cancelled"
        assert [entry["request"]["body"]["status"] for entry in account.entries("webhook")] == ["paid", "cancelled"]

    def test_a_pingback_with_another_secret_changes_nothing(
        self, account: Driver, paymentwall: PaymentwallStub, client: httpx.Client
    ) -> None:
        imp_uid = account.pay()["imp_uid"]
        assert client.get(paymentwall.pingback("2", secret="guessed", reason="9")).text != "OK"
        assert account.look_up(imp_uid)["status"] == "paid"

    @pytest.mark.parametrize(
        "answer",
        [
            JSONResponse({"result": 0, "errors": ["Not today"]}),
            PlainTextResponse("<html>Bad gateway</html>", 502),
            JSONResponse(["not", "an", "object"]),
            PlainTextResponse(""),
        ],
        ids=["refusal", "html", "a list", "nothing"],
    )
    def test_whatever_answers_a_ticket_other_than_its_result_is_a_refusal(
        self, account: Driver, paymentwall: PaymentwallStub, answer: Response
    ) -> None:
        imp_uid = account.pay()["imp_uid"]
        paymentwall.answer = answer
        envelope = account.cancel(imp_uid)
        assert envelope["code"] != 0
        assert envelope["message"]
        assert envelope["response"] is None
        assert account.look_up(imp_uid)["status"] == "paid"


class PortOneStub:
    """A pingback URL as Paymentwall must see it: it takes signed notices, answers `OK`, and knows no more."""

    def __init__(self) -> None:
        self.received: list[dict[str, str]] = []
        self.answers = ["OK"]
        self.app = Starlette(routes=[Route("/paymentwall/webhook", self._pingback)])

    async def _pingback(self, request: Request) -> Response:
        self.received.append(dict(request.query_params))
        return PlainTextResponse(self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])


class TestPaymentwallWithoutOurPortOne:
    @pytest.fixture
    def portone(self, emulator: Emulator) -> PortOneStub:
        stub = PortOneStub()
        emulator.wire.hosts["service.iamport.kr"] = stub.app
        return stub

    @pytest.fixture
    def project(self, account: Driver) -> dict[str, Any]:
        found: dict[str, Any] = account.settings["paymentwall"]
        return found

    def charge(self, client: httpx.Client, project: Mapping[str, Any]) -> dict[str, Any]:
        call = {
            "key": project["project_key"], "uid": "buyer-1", "widget": "pw_1", "ag_external_id": "anybody-s-order",
            "ag_name": "Mug", "ag_type": "fixed", "amount": "10.50", "currencyCode": "USD", "email": "b@example.com",
            "success_url": "https://shop.example/thanks", "failure_url": "https://shop.example/pity",
        }  # fmt: skip
        query = urlencode(signed(call, project["secret_key"], "sign"))
        assert "Card number" in client.get(f"/api/subscription/?{query}").text
        card = {"number": "4242424242424242", "expiry": "12/39", "cvv": "123", "holder": "Gildong Hong"}
        answer = client.post(
            f"/api/subscription/charge?{query}", json={"method": "cc", "country": "DE", "card": card}
        ).raise_for_status()
        told: dict[str, Any] = answer.json()
        return told

    def test_anybody_who_signs_can_sell_and_is_told(
        self, client: httpx.Client, project: Mapping[str, Any], portone: PortOneStub, account: Driver
    ) -> None:
        paid = self.charge(client, project)
        assert paid["location"].startswith("https://shop.example/thanks")
        (told,) = portone.received
        assert told == signed(told, project["secret_key"], "sig")
        assert told.items() >= {
            "uid": "buyer-1", "goodsid": "anybody-s-order", "type": "0", "ref": paid["ref"], "country_code": "DE",
        }.items()  # fmt: skip
        assert account.see("/payments")["payments"] == []

    def test_what_is_not_answered_ok_is_told_again_every_30_minutes(
        self, client: httpx.Client, project: Mapping[str, Any], portone: PortOneStub, account: Driver
    ) -> None:
        portone.answers = ["NOK", "busy", "OK"]
        self.charge(client, project)
        assert account.advance(1799) == 0
        for seconds, told in ((1, 2), (1800, 3), (DAY, 3)):
            account.advance(seconds)
            assert len(portone.received) == told
        assert {told["type"] for told in portone.received} == {"0"}

    def test_a_ticket_of_anybody_who_signs_ends_in_a_type_2_pingback(
        self, client: httpx.Client, project: Mapping[str, Any], portone: PortOneStub, account: Driver
    ) -> None:
        ref = self.charge(client, project)["ref"]
        form = {"key": project["project_key"], "ref": ref, "type": "1", "message": "Please"}
        asked = client.post("/developers/api/ticket", data=signed(form, project["secret_key"], "sign"))
        assert asked.json() == {"result": 1}
        assert len(portone.received) == 1
        account.advance(DAY)
        told = portone.received[-1]
        assert told == signed(told, project["secret_key"], "sig")
        assert (told["type"], told["reason"], told["ref"]) == ("2", "9", ref)

    def test_a_ticket_with_another_secret_is_not_taken(
        self, client: httpx.Client, project: Mapping[str, Any], portone: PortOneStub, account: Driver
    ) -> None:
        form = {"key": project["project_key"], "ref": self.charge(client, project)["ref"], "type": "1", "message": "x"}
        asked = client.post("/developers/api/ticket", data=signed(form, "guessed", "sign"))
        assert asked.json()["result"] == 0
        assert account.see("/tickets")["tickets"] == []
        assert len(portone.received) == 1


@pytest.mark.parametrize(("side", "other"), [("portone", "paymentwall"), ("paymentwall", "portone")])
def test_a_side_is_whole_where_the_other_one_s_code_does_not_exist(side: str, other: str) -> None:
    script = f"""
import importlib, pkgutil, sys
sys.modules["emulator.{other}"] = None
import emulator.{side}
found = [module.name for module in pkgutil.walk_packages(emulator.{side}.__path__, "emulator.{side}.")]
for name in found:
    importlib.import_module(name)
print(len(found))
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stderr
    assert int(ended.stdout) > 5

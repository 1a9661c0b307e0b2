"""The provider's side where it is the emulator, reached over HTTP like the real ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import httpx

from conformance.merchant.protocol import Order
from conformance.network.connections import client_of
from conformance.portone.api import Keys, Payment, PortOneApi
from conformance.portone.consoles import Console
from conformance.portone.provider import Fault
from conformance.record.timeline import Event, Timeline
from conformance.verdict.catalogue import Probe
from conformance.verdict.endings import Blocked, SuiteError

_IDLE_SECONDS = 10.0
_PATIENCE_SECONDS = 40.0
"""How long PortOne may wait for a webhook's answer: 10 s to connect and 30 s to read (docs)."""
REDELIVERIES_SECONDS = 75.0
"""How long it may wait for the answers to all redeliveries of a webhook: 15 s for each of five (docs)."""

Misconfiguration = Callable[[Mapping[str, Any]], Mapping[str, object]]


class EmulatedProvider:
    """An account at the emulator: its API as the merchant sees it, and its control plane.

    `faults` make settings that somebody got wrong out of the right ones; they are set anew before each scenario.
    `own` says that this account is the one that the merchant has; else it stands in for it, and is the suite's.
    """

    capabilities = frozenset(
        {Probe.API, Probe.JOURNAL, Probe.CONSOLE, Probe.CLOCK, Probe.METHODS, Probe.FAULTS, Probe.TICKETS}
    )
    settle_seconds = 0.0
    interfered = False

    def __init__(
        self,
        url: str,
        settings: Mapping[str, object],
        timeline: Timeline,
        faults: Sequence[Misconfiguration] = (),
        *,
        token: str | None = None,
        own: bool = True,
    ) -> None:
        self._client = client_of(base_url=f"{url}/_emulator")
        self.capabilities = type(self).capabilities | ({Probe.ACCOUNT} if own else set())
        if token:
            self._client.headers["Authorization"] = f"Bearer {token}"
        self._timeline = timeline
        account = self._answer(self._client.post("/accounts", json={**settings, "redelivery": False}))
        self._idle_seconds = _IDLE_SECONDS + _PATIENCE_SECONDS * account["timeout_scale"]
        self._client.timeout = httpx.Timeout(self._idle_seconds + REDELIVERIES_SECONDS * account["timeout_scale"] + 5)
        self.keys = Keys(account["imp_code"], account["imp_key"], account["imp_secret"])
        self.channel_key = str(account["channels"][0]["channel_key"])
        tests = [str(channel["pg_id"]) for channel in account["channels"] if channel["sandbox"]]
        self._generated_mid = tests[0] if tests else None
        self._faults = [fault(account) for fault in faults]
        agreed = settings.get("redelivery", False)
        self._redelivery = all(bool(fault.get("redelivery", agreed)) for fault in ({}, *self._faults))
        self._account = f"/accounts/{self.keys.imp_code}"
        self._seen = 0
        self.secrets: Sequence[str] = [
            self.keys.imp_key,
            self.keys.imp_secret,
            *(str(c["secret_key"]) for c in account["channels"]),
        ]
        timeline.redact.learn(*self.secrets)
        timeline.attach(self._new_entries, forgets=True)
        self.api = PortOneApi(url, self.keys, timeline)

    def begin(self) -> None:
        """Settings, payments, tickets, journal and clock as they were when the account was made.

        But for redelivery, whatever was agreed on: webhooks that come again would make up for what a scenario is about.
        """
        self._post("/reset")
        self.interfered = False
        for settings in self._faults:
            self.configure({**settings, "redelivery": False})

    def pay(
        self,
        order: Order,
        *,
        method: str = "cc",
        country: str | None = None,
        finish: str = "pay",
        cvv: str = "123",
        channel_key: str | None = None,
        custom_data: Mapping[str, str] | None = None,
    ) -> Payment:
        """A buyer goes through the SDK's and the widget's own protocol without a browser, from Korea unless told.

        Raises Blocked by the requirements on the accounts when they let nobody pay.
        """
        buyer = {"buyer_name": "Grace Hopper", "buyer_email": "grace@example.com", "name": "One order"}
        bought = {"merchant_uid": order.merchant_uid, "amount": str(order.amount), "currency": order.currency}
        chosen = {"method": method, "country": country or "KR", "finish": finish, "cvv": cvv}
        led = {"channel_key": channel_key or self.channel_key, "custom_data": custom_data}
        response = self._client.post(f"{self._account}/payments", json={**buyer, **bought, **chosen, **led})
        if response.status_code == httpx.codes.BAD_REQUEST:
            raise Blocked(("SETUP-02", "SETUP-03", "SETUP-04", "SETUP-05", "SETUP-10"), str(response.json()["error"]))
        payment = Payment.of(self._answer(response))
        if country and payment.country not in (None, country):  # None: the account does not pass it on
            raise SuiteError(
                f"the buyer is from {country}, and the emulator has {payment.country} for {payment.imp_uid}"
            )
        return payment

    def configure(self, settings: Mapping[str, object]) -> None:
        """Change settings of the account; nested settings are merged."""
        self._answer(self._client.patch(self._account, json=settings))

    def console(self) -> Console:
        """What the two consoles would show."""
        settings = self._answer(self._client.get(self._account))
        return Console.of(settings, generated_mid=self._generated_mid, redelivery=self._redelivery)

    def advance(self, delay: timedelta) -> None:
        """Jump on the account's virtual clock."""
        self._post("/clock/advance", {"seconds": delay.total_seconds()})

    def idle(self) -> None:
        """Wait until nothing that is due is outstanding."""
        self._post("/idle", {"timeout_seconds": self._idle_seconds})

    def imp_uid(self, merchant_uid: str) -> str | None:
        """PortOne's name of an attempt's last payment, None where there is none."""
        payments = self._answer(self._client.get(f"{self._account}/payments"))["payments"]
        names = [str(payment["imp_uid"]) for payment in payments if payment["merchant_uid"] == merchant_uid]
        return names[-1] if names else None

    def was_paid(self, merchant_uid: str) -> bool:
        """Whether an attempt was ever paid, cancelled since or not."""
        payments = self._answer(self._client.get(f"{self._account}/payments"))["payments"]
        return any(one["merchant_uid"] == merchant_uid and one["status"] in ("paid", "cancelled") for one in payments)

    def tickets(self, imp_uid: str) -> list[Mapping[str, Any]]:
        """The cancellation tickets that Paymentwall has for a payment."""
        tickets = self._answer(self._client.get(f"{self._account}/tickets"))["tickets"]
        return [ticket for ticket in tickets if ticket["imp_uid"] == imp_uid]

    def accept_ticket(self, imp_uid: str) -> None:
        """Accept the ticket that waits for a payment now. Raises SuiteError when none waits."""
        waiting = [ticket["id"] for ticket in self.tickets(imp_uid) if ticket["state"] == "waiting"]
        if not waiting:
            raise SuiteError(f"no ticket waits for {imp_uid}")
        self._post(f"/tickets/{waiting[0]}/complete")

    @contextmanager
    def fault(self, **fault: object) -> Iterator[Fault]:
        """Let calls go wrong inside the block; what is held there is let go at its end."""
        self.interfered = True
        added = self._post("/faults", fault)
        address = f"{self._account}/faults/{added['id']}"
        try:
            yield Fault(self._client, address, _IDLE_SECONDS)
        finally:
            self._answer(self._client.delete(address))

    @contextmanager
    def old_tokens(self) -> Iterator[None]:
        """Inside the block refuse every access token that was given before it."""
        self._post("/tokens/revoke")
        try:
            yield
        finally:
            self._post("/tokens/restore")

    def settle_in(self, currency: str) -> None:
        """Have every channel of the account settled in this currency."""
        channels = self._answer(self._client.get(self._account))["channels"]
        self.configure({"channels": [{**channel, "settlement_currency": currency} for channel in channels]})

    def act(self, imp_uid: str, what: str, **details: object) -> None:
        """What a person or a bank does: cancel, chargeback, refund, review/accept, review/decline."""
        self._post(f"/payments/{imp_uid}/{what}", details)

    def send_test_webhook(self, says: str = "paid") -> int | None:
        """Press the console's test button; the HTTP status of the merchant's answer, None without one."""
        status: int | None = self._post("/webhooks/test", {"status": says})["status"]
        return status

    def close(self) -> None:
        """Let connections go."""
        self.api.close()
        self._client.close()

    def _post(self, path: str, body: Mapping[str, object] | None = None) -> Any:
        return self._answer(self._client.post(f"{self._account}{path}", json=body or {}))

    def _answer(self, response: httpx.Response) -> Any:
        answer = response.json()
        if response.is_error:
            said = answer.get("error") or answer
            raise SuiteError(
                f"the emulator answered {response.request.url.path} with HTTP {response.status_code}: {said}"
            )
        return answer

    def _new_entries(self) -> Iterator[Event]:
        journal = self._answer(self._client.get(f"{self._account}/journal", params={"after": self._seen}))
        self._seen = journal["next"]
        for entry in journal["entries"]:
            yield Event(
                kind=entry["kind"],
                source=entry["source"],
                target=entry["target"],
                summary=_summary(entry),
                began=entry["began"],
                ended=entry["ended"] or entry["began"],
                clock=entry["clock"],
                imp_uid=entry["imp_uid"],
                merchant_uid=entry["merchant_uid"],
                status=entry["status"],
                request=entry["request"],
                response=entry["error"] if entry["response"] is None else entry["response"],
                method=entry["method"],
                url=entry["url"],
            )


def _summary(entry: Mapping[str, Any]) -> str:
    """What an entry of the journal is, in a line; with the reason where it was refused."""
    if entry["kind"] == "handshake":
        asked = (entry["request"]["body"] or {}).get("server_name") or "no name"
        return f"TLS for {asked}: the certificate shown here was not accepted ({entry['error']})"
    why = f" ({entry['error']})" if entry["status"] and entry["error"] else ""
    return f"{entry['method']} {entry['url']}{why}"

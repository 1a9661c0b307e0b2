"""The provider's side where it is the emulator, reached over HTTP like the real ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Literal

import httpx

from conformance.merchant.protocol import Order
from conformance.network.connections import Resending
from conformance.network.spoken import Spoken, UnsignedWebhooks
from conformance.portone.api import Keys, Payment, PortOneApi
from conformance.portone.consoles import Console
from conformance.portone.provider import USUAL, Choice, Fault, Says
from conformance.portone.sdk_words import ImpWords, SdkWords
from conformance.record import calls
from conformance.record.orders import DeliveryStatus
from conformance.record.timeline import Event, Timeline
from conformance.verdict.catalogue import Probe
from conformance.verdict.endings import Blocked, SuiteError
from emulator.client import Control
from emulator.verbs import Verb

_IDLE_SECONDS = 10.0
_PATIENCE_SECONDS = 40.0
"""How long PortOne may wait for a webhook's answer: 10 s to connect and 30 s to read (docs)."""
_ACTS: Mapping[str, Callable[..., object]] = {
    "cancel": Control.cancel,
    "chargeback": Control.charge_back,
    "refund": Control.refund,
    "review/accept": Control.accept_review,
    "review/decline": Control.decline_review,
    "review/void": Control.void,
    "dispute": Control.dispute,
}

Misconfiguration = Callable[[Mapping[str, Any]], Mapping[str, object]]


class EmulatorRefused(SuiteError):
    """The emulator refused a verb of its control plane, with this HTTP status; the text is its sentence."""

    def __init__(self, verb: Verb, status: int, sentence: str) -> None:
        super().__init__(f"the emulator answered {verb.operation_id} with HTTP {status}: {sentence}")
        self.status = status
        self.sentence = sentence


class _Control(Control):
    refusal = EmulatorRefused
    transport = Resending


class EmulatedProvider:
    """An account at the emulator: its API as the merchant sees it, and its control plane.

    `faults` make settings that somebody got wrong out of the right ones; they are set anew before each scenario.
    `own` says that this account is the one that the merchant has; else it stands in for it, and is the suite's.
    """

    capabilities = frozenset(
        {Probe.API, Probe.JOURNAL, Probe.CONSOLE, Probe.CLOCK, Probe.METHODS, Probe.FAULTS, Probe.TICKETS, Probe.TOKENS}
    )
    settle_seconds = 0.0
    interfered = False
    version: Literal["V1", "V2"] = "V1"
    redeliveries_take = timedelta(minutes=6)
    """Five, one minute apart (docs)."""
    answer_seconds_again = 15.0
    """How long PortOne waits in all for the answer to a webhook that comes again (docs)."""
    delivery_statuses: Sequence[DeliveryStatus] = tuple(DeliveryStatus)
    keys: Keys
    secrets: Sequence[str]
    webhook_secrets: Sequence[str] = ()
    words: SdkWords
    webhooks: Spoken
    api: PortOneApi

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
        self.capabilities = type(self).capabilities | ({Probe.ACCOUNT} if own else set())
        self._timeline = timeline
        self.url, self.token = url, token
        self.control = self._opened(url, self._quiet(settings), token)
        account = self.control.settings()
        self._idle_seconds = _IDLE_SECONDS + _PATIENCE_SECONDS * account["timeout_scale"]
        self.channel_key = str(account["channels"][0]["channel_key"])
        tests = [str(channel["pg_id"]) for channel in account["channels"] if channel["sandbox"]]
        self._generated_mid = tests[0] if tests else None
        self._faults = [fault(account) for fault in faults]
        agreed = self._redelivers(settings)
        self._redelivery = all(bool(fault.get("redelivery", agreed)) for fault in ({}, *self._faults))
        self._seen = 0
        self._begun(account, timeline)
        timeline.redact.learn(*self.secrets)
        timeline.attach(self._new_entries, forgets=True)

    def _begun(self, account: Mapping[str, Any], timeline: Timeline) -> None:
        """What differs from one generation to the other: the keys, what is secret, the words, the API."""
        self.keys = Keys(account["imp_code"], account["imp_key"], account["imp_secret"])
        channels = (str(channel["secret_key"]) for channel in account["channels"])
        self.secrets = [self.keys.imp_key, self.keys.imp_secret, *channels]
        self.words, self.webhooks = ImpWords(), UnsignedWebhooks()
        self.api = PortOneApi(self.url, self.keys, timeline)

    @property
    def shop_keys(self) -> Mapping[str, Any]:
        """What our own shop is set to: the generation that it speaks, and its keys."""
        return self.keys.of_shop

    def _quiet(self, settings: Mapping[str, Any]) -> Mapping[str, object]:
        return {**settings, "redelivery": False}

    def _redelivers(self, settings: Mapping[str, Any]) -> bool:
        return bool(settings.get("redelivery", False))

    def _opened(self, url: str, settings: Mapping[str, object], token: str | None) -> Control:
        return _Control.of_new_account(url, settings, token)

    def begin(self) -> None:
        """Settings, payments, tickets, journal and clock as they were when the account was made.

        But for redelivery, whatever was agreed on: webhooks that come again would make up for what a scenario is about.
        """
        self.control.reset()
        self.interfered = False
        for settings in self._faults:
            self.configure({**settings, "redelivery": False})

    def pay(self, order: Order, choice: Choice = USUAL) -> Payment:
        """A buyer goes through the SDK's and the widget's own protocol without a browser, from Korea unless told.

        Raises Blocked by the requirements on the accounts when they let nobody pay.
        """
        try:
            paid = self.control.pay(
                order.merchant_uid,
                str(order.amount),
                currency=order.currency,
                buyer_name="Grace Hopper",
                buyer_email="grace@example.com",
                name="One order",
                method=choice.method,
                country=choice.country or "KR",
                finish=choice.finish,
                cvv=choice.cvv,
                channel_key=choice.channel_key or self.channel_key,
                custom_data=choice.custom_data,
                version=self.version,
            )
        except EmulatorRefused as refused:
            if refused.status != httpx.codes.BAD_REQUEST:
                raise
            raise Blocked(("SETUP-02", "SETUP-03", "SETUP-04", "SETUP-05", "SETUP-10"), refused.sentence) from refused
        payment = Payment.of(paid)
        if choice.country and payment.country not in (None, choice.country):  # None: the account does not pass it on
            raise SuiteError(
                f"the buyer is from {choice.country}, and the emulator has {payment.country} for {payment.imp_uid}"
            )
        return payment

    def configure(self, settings: Mapping[str, object]) -> None:
        """Change settings of the account; nested settings are merged."""
        self.control.set(**settings)

    def console(self) -> Console:
        """What the two consoles would show."""
        return Console.of(self.settings(), generated_mid=self._generated_mid, redelivery=self._redelivery)

    def settings(self) -> Mapping[str, Any]:
        """The account's settings; the webhook endpoints are those of this generation."""
        return self.control.settings()

    def advance(self, delay: timedelta) -> None:
        """Jump on the account's virtual clock."""
        self.control.advance(delay.total_seconds())

    def idle(self) -> None:
        """Wait until nothing that is due is outstanding."""
        self.control.idle(self._idle_seconds)

    def imp_uid(self, merchant_uid: str) -> str | None:
        """PortOne's name of an attempt's last payment, None where there is none."""
        payments = self.control.payments()
        names = [str(payment["imp_uid"]) for payment in payments if payment["merchant_uid"] == merchant_uid]
        return names[-1] if names else None

    def attempt_of(self, imp_uid: str) -> str | None:
        """The attempt (merchant_uid) of a payment, None where PortOne has no such payment."""
        known = (one["merchant_uid"] for one in self.control.payments() if one["imp_uid"] == imp_uid)
        return next(map(str, known), None)

    def payments(self) -> list[Payment]:
        """Every payment of this scenario, in the order in which they were begun."""
        return [Payment.of(one) for one in self.control.payments()]

    def all_tickets(self) -> list[Mapping[str, Any]]:
        """The cancellation tickets that Paymentwall has for any payment of this scenario."""
        return [*self.control.tickets()]

    def was_paid(self, merchant_uid: str) -> bool:
        """Whether an attempt was ever paid, cancelled since or not."""
        return any(one.merchant_uid == merchant_uid and one.was_paid for one in self.payments())

    def tickets(self, imp_uid: str) -> list[Mapping[str, Any]]:
        """The cancellation tickets that Paymentwall has for a payment."""
        return [ticket for ticket in self.all_tickets() if ticket["imp_uid"] == imp_uid]

    def accept_ticket(self, imp_uid: str) -> None:
        """Accept the ticket that waits for a payment now. Raises SuiteError when none waits."""
        waiting = [ticket["id"] for ticket in self.tickets(imp_uid) if ticket["state"] == "waiting"]
        if not waiting:
            raise SuiteError(f"no ticket waits for {imp_uid}")
        self.control.complete(waiting[0])

    @contextmanager
    def fault(self, **fault: Any) -> Iterator[Fault]:
        """Let calls go wrong inside the block; what is held there is let go at its end."""
        self.interfered = True
        added = self.control.break_call(**fault)
        try:
            yield Fault(self.control, added, _IDLE_SECONDS)
        finally:
            self.control.remove_faults(added)

    @contextmanager
    def old_tokens(self) -> Iterator[None]:
        """Inside the block refuse every access token that was given before it."""
        self.control.revoke_tokens()
        try:
            yield
        finally:
            self.control.restore_tokens()

    def sign_with_another(self, *, first: bool) -> None:
        """Raises SuiteError: nobody signs webhooks of V1."""
        raise SuiteError(f"webhooks of V1 have no secret to stand {'before' if first else 'after'}")

    def sign_with_one(self, *, first: bool) -> None:
        """Raises SuiteError: nobody signs webhooks of V1."""
        raise SuiteError(f"webhooks of V1 have no {'first' if first else 'second'} secret")

    def settle_in(self, currency: str) -> None:
        """Have every channel of the account settled in this currency."""
        channels = self.control.settings()["channels"]
        self.configure({"channels": [{**channel, "settlement_currency": currency} for channel in channels]})

    def act(self, imp_uid: str, what: str, **details: object) -> None:
        """What a person or a bank does, by a name of `_ACTS`."""
        _ACTS[what](self.control, imp_uid, **details)

    def send_test_webhook(self, says: Says = "paid") -> int | None:
        """Press the console's test button; the HTTP status of the merchant's answer, None without one."""
        status: int | None = self.control.call_test(status=says, version=self.version)["status"]
        return status

    def close(self) -> None:
        """Let connections go."""
        self.api.close()
        self.control.close()

    def _new_entries(self) -> Iterator[Event]:
        journal = self.control.journal(self._seen)
        self._seen = journal["next"]
        yield from map(self.event, journal["entries"])

    def event(self, entry: Mapping[str, Any]) -> Event:
        """An entry of the journal as the timeline has it."""
        return calls.event_of(entry)

"""A merchant's account at PortOne: what happens when pages, Paymentwall or the merchant act on payments."""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import Any, Literal

from emulator.clock import Action, Clock
from emulator.journal import Journal
from emulator.portone import billing_keys, pg, schedules, telling, webhooks
from emulator.portone import payments as results
from emulator.portone.attempts import USED, Refusal, asked_for, checked
from emulator.portone.billing_keys import BillingKey
from emulator.portone.console import NO_CHANNEL, Channel, Console, Stage
from emulator.portone.identifiers import fresh_cancellation_id, fresh_imp_uid
from emulator.portone.keeping import KEPT, AccountMemory
from emulator.portone.outbox import Outbox
from emulator.portone.payments import ALREADY_PAID, Cancellation, Payment, Version
from emulator.portone.prepared import Prepared, mismatch
from emulator.portone.records import OfVersion, Payments
from emulator.portone.schedules import Schedule, Schedules
from emulator.portone.v2.logins import Logins
from emulator.portone.webhooks import Delivery
from emulator.wire import Wire

LEFT = "사용자가 결제를 취소하였습니다."  # inferred
BY_PROVIDER = -1
NO_RESULT = "(PG사 결제 장애) Internal error"  # docs: what the buyer's side sees before a delayed approval


@dataclass(frozen=True, slots=True)
class Opened:
    """A payment that waits for its buyer, and the addresses of its widget."""

    payment: Payment
    widget_url: str
    close_url: str


@dataclass(frozen=True, slots=True)
class CancelRefused:
    """Why there is no cancellation: a business error's `code` (1 PortOne's own, -1 the provider's; seen) and text."""

    message: str
    code: int = 1


@dataclass(frozen=True, slots=True)
class CancelRequest:
    """What `POST /payments/cancel` asks for; amounts in major currency units, `amount` None means all."""

    amount: Decimal | None
    checksum: Decimal | None
    reason: str | None
    enable_webhook: bool


Execute = Callable[["PortOne", Schedule], Awaitable[object]]
Withdraw = Callable[[str, Decimal | None], Awaitable[bool]]
"""Has Paymentwall drop the ticket of a payment (imp_uid) about an amount (None: all); whether there was one."""


async def nobody_withdraws(_imp_uid: str, _amount: Decimal | None) -> bool:
    """Paymentwall is not known."""
    return False


class PortOne:
    """State and behaviour of one account; `console` is replaced when settings change.

    `execute` makes one of its scheduled payments when the clock comes to it.
    """

    def __init__(self, console: Console, clock: Clock, journal: Journal, wire: Wire, execute: Execute) -> None:
        self.console = console
        self.clock = clock
        self.journal = journal
        self.line = pg.Line(wire, journal, clock)
        self.payments = Payments()
        self.v1_payments = OfVersion(self.payments, "V1")
        """What V1's API knows of: a payment that was made by V2 it does not find (inferred)."""
        self.prepared: dict[str, Prepared] = {}
        self.billing_keys: dict[str, BillingKey] = {}
        self.schedules = Schedules(clock, partial(execute, self))
        self.webhooks = Outbox(lambda: self.console, clock, journal, wire)
        self.logins = Logins()
        self.withdraw: Withdraw = nobody_withdraws

    def reset(self) -> None:
        """Forget all payments, and what was prepared, stored and notified."""
        self.payments.clear()
        self.prepared.clear()
        self.billing_keys.clear()
        self.schedules.clear()
        self.webhooks.clear()

    def request(
        self, params: Mapping[str, Any], *, mobile: bool, user_agent: str | None, origin: str
    ) -> Opened | Refusal:
        """`IMP.request_pay` from a page; `origin` is that of the SDK's service, as the page called it."""
        attempt = checked(params, self.console)
        if isinstance(attempt, Refusal):
            return attempt
        if self.was_paid(attempt.merchant_uid):
            return Refusal(USED, ALREADY_PAID)
        if (refusal := mismatch(self.prepared.get(attempt.merchant_uid), attempt)) is not None:
            return refusal
        imp_uid, now = fresh_imp_uid(), self.now()
        channel: Literal["pc", "mobile"] = "mobile" if mobile else "pc"
        payment = replace(
            asked_for(attempt, imp_uid, now), receipt_url=pg.receipt_address(imp_uid, origin), channel=channel,
            user_agent=user_agent,
        )  # fmt: skip
        self.payments.put(payment)
        close_url = pg.return_address(imp_uid, origin, success=False)
        return Opened(payment, pg.widget_address(payment, attempt, origin), close_url)

    async def returned(self, imp_uid: str, success: bool) -> Payment:
        """The buyer's browser came back; the payment to show to it. Raises KeyError for an unknown one.

        A buyer who left, or who comes back before Paymentwall's result, sees a failure; no webhook is sent
        for it (docs).
        """
        payment = self.payments.known(imp_uid)
        reason = NO_RESULT if success else LEFT
        payment = self.payments.put(results.failed(payment, reason=reason, now=self.now()))
        if self.console.webhook_order == "before":
            await self.webhooks.answered(imp_uid)
        return payment

    def was_paid(self, merchant_uid: str) -> bool:
        """Whether a merchant_uid (paymentId) was paid once, and so is never to be used again (docs)."""
        return any(payment.paid_at for payment in self.payments.find(merchant_uid))

    async def cancel(
        self, payment: Payment, asked: CancelRequest, *, asked_by: Literal["api", "console"] = "api"
    ) -> Payment | CancelRefused:
        """Open a ticket at Paymentwall: the payment as it then is, or the message of a refusal.

        Methods that are cancelled at once have their result before this returns; usually it comes later.
        """
        refusal = results.refusal_to_cancel(payment, asked.amount, asked.checksum)
        if refusal is not None:
            return CancelRefused(refusal)
        result = await self.request_back(payment, asked, asked_by=asked_by)
        if isinstance(result, CancelRefused) and result.code == BY_PROVIDER:
            return replace(result, message=f"결제취소에 실패하였습니다. {result.message}")
        return result

    async def request_back(
        self, payment: Payment, asked: CancelRequest, *, asked_by: Literal["api", "console"] = "api"
    ) -> Payment | CancelRefused:
        """Open the ticket of a cancellation that is allowed: the payment as it then is, or why there is none."""
        channel = self.channel_of(payment)
        if channel is None:
            return CancelRefused(NO_CHANNEL)
        amount = payment.cancellable if asked.amount is None else asked.amount
        part = None if amount == payment.amount else amount
        fresh_id = fresh_cancellation_id(self.clock.now(), payment.version)
        cancellation = Cancellation(
            fresh_id, amount, asked.reason, asked.enable_webhook, asked_by=asked_by, requested_at=self.now()
        )
        self.payments.put(results.asked_to_cancel(payment, cancellation))
        error = await pg.open_ticket(
            self.line, channel, payment, amount=part, message=asked.reason or "Cancelled by the merchant"
        )
        latest = self.payments.get(payment.imp_uid)
        if latest is None:  # a reset came in between
            return CancelRefused(results.NOTHING_TO_CANCEL)
        if error is not None:
            self.payments.put(results.not_cancelled(latest, cancellation.cancellation_id))
            return CancelRefused(error, code=BY_PROVIDER)
        if cancellation in latest.waiting:
            self.tell(latest, "cancel_pending", cancellation)
        return latest

    def ticket_refused(self, imp_uid: str, amount: Decimal | None) -> None:
        """Paymentwall gives nothing back for a ticket: V1 never learns of it, V2 shows the cancellation as failed.

        How PortOne learns of it is not documented (inferred); no webhook tells.
        """
        payment = self.payments.get(imp_uid)
        if payment is None or payment.version == "V1":
            return
        meant = next((one for one in payment.waiting if one.amount == (amount or payment.amount)), None)
        if meant is not None:
            self.payments.put(results.not_cancelled(payment, meant.cancellation_id))

    async def cancel_in_console(
        self, imp_uid: str, amount: Decimal | None = None, reason: str | None = None
    ) -> Payment | str:
        """As `cancel`, by the merchant's staff in the console, whose result is notified (docs).

        The payment as it then is, or why it was refused. Raises KeyError for an unknown payment.
        """
        asked = CancelRequest(amount, None, reason, enable_webhook=False)
        result = await self.cancel(self.payments.known(imp_uid), asked, asked_by="console")
        return result.message if isinstance(result, CancelRefused) else result

    async def call_test(
        self, stage: Stage | None = None, status: Literal["paid", "ready"] = "paid", version: Version = "V1"
    ) -> Delivery:
        """The console's "call test": a test webhook to the address of `stage`, by default the one in use."""
        sandbox = (stage or self.console.stage) == "test"
        webhook = replace(webhooks.TEST_WEBHOOK, status=status)
        if version == "V2":
            webhook = telling.second_generation().tested(self.console, status, self.clock.now())
        return await self.webhooks.call_test(webhook, sandbox=sandbox)

    async def resend(self, webhook_id: int) -> Delivery:
        """The console's "resend": one webhook of the history again. Raises KeyError for an unknown one."""
        return await self.webhooks.resend(webhook_id)

    def token_time(self) -> float:
        """Unix seconds by which access tokens age, real or virtual as the account is set."""
        return self.clock.now() if self.console.token_clock == "virtual" else time.time()

    def now(self) -> int:
        """The account's virtual unix seconds, as payments carry them."""
        return int(self.clock.now())

    def revived(self, kept: Mapping[str, Any]) -> Action:
        """What was due before a restart, from the JSON that the clock kept of it."""
        return (self.schedules if kept.get("kind") == schedules.KIND else self.webhooks).revived(kept)

    def extra_state(self) -> dict[str, Any]:
        """As JSON, what is remembered besides the payments."""
        keys, prepared = list(self.billing_keys.values()), list(self.prepared.values())
        kept = AccountMemory(prepared, keys, list(self.webhooks), list(self.schedules), self.logins)
        state: dict[str, Any] = KEPT.dump_python(kept, mode="json")
        return state

    def take_extra_state(self, state: Mapping[str, Any]) -> None:
        """Remember it again. Raises ValueError, before anything is changed, where it is not what was given."""
        kept = KEPT.validate_python(state)
        self.prepared = {one.merchant_uid: one for one in kept.prepared}
        self.billing_keys = {one.customer_uid: one for one in kept.billing_keys}
        self.logins = kept.logins
        self.webhooks.clear()
        for addressed in kept.webhooks:
            self.webhooks.put(addressed)
        self.schedules.clear()
        for schedule in kept.schedules:
            self.schedules.keep(schedule)

    def channel_of(self, payment: Payment) -> Channel | None:
        """The channel a payment was made through, None where it was deleted since."""
        return self.channel_named(payment.channel_key)

    def channel_named(self, channel_key: str) -> Channel | None:
        return next((one for one in self.console.channels if one.channel_key == channel_key), None)

    def approve(
        self,
        imp_uid: str,
        *,
        ref: str,
        country_code: str | None = None,
        pay_method: str | None = None,
    ) -> None:
        """Paymentwall has the money, under its number `ref`: the payment is paid, and the merchant notified.

        Without effect where that is known already, or the payment is not. By `ref` the card can be charged again
        (inferred).
        """
        payment = self.payments.get(imp_uid)
        if payment is None:
            return
        after = results.paid(payment, pg_tid=ref, country_code=country_code, now=self.now(), pay_method=pay_method)
        if after is payment:
            return
        if after.customer_uid is not None and after.customer_uid_usage == "issue":
            earlier = self.billing_keys.get(after.customer_uid)
            key = billing_keys.issued(after, after.customer_uid, ref, earlier, self.now())
            self.billing_keys[after.customer_uid] = key
        self.payments.put(replace(after, notified=telling.is_told(after, self.console)))
        self.tell(after, "paid")

    def tell(self, payment: Payment, event: telling.Event, done: Cancellation | None = None) -> None:
        """Tell the merchant what happened to a payment, as far as its generation of the API does."""
        telling.tell(self.webhooks, self.console, payment, event, done)

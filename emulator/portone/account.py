"""A merchant's account at PortOne: what happens when pages, Paymentwall or the merchant act on payments."""

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal

from emulator.clock import Clock
from emulator.journal import Journal
from emulator.portone import payments as results
from emulator.portone import pg, webhooks
from emulator.portone.attempts import INVALID, Refusal, checked
from emulator.portone.console import Channel, Console
from emulator.portone.payments import Cancellation, Payment, Payments
from emulator.portone.webhooks import Delivery, Webhook
from emulator.wire import Wire

RECEIPTS = "/receipts"  # on the SDK's service; the page is in `receipts`

# Virtual seconds between a payment and its webhook where that shall come after the browser; our choice.
AFTER_BROWSER_SECONDS = 5.0
LEFT = "사용자가 결제를 취소하였습니다."  # inferred
NO_RESULT = "(PG사 결제 장애) Internal error"  # docs: what the buyer's side sees before a delayed approval


@dataclass(frozen=True, slots=True)
class Opened:
    """A payment that waits for its buyer, and the addresses of its widget."""

    payment: Payment
    widget_url: str
    close_url: str


@dataclass(frozen=True, slots=True)
class CancelRequest:
    """What `POST /payments/cancel` asks for; amounts in major currency units, `amount` None means all."""

    amount: Decimal | None
    checksum: Decimal | None
    reason: str | None
    enable_webhook: bool


class PortOne:
    """State and behaviour of one account; `console` is replaced when settings change."""

    def __init__(self, console: Console, clock: Clock, journal: Journal, wire: Wire) -> None:
        self.console = console
        self.clock = clock
        self.journal = journal
        self.wire = wire
        self.payments = Payments()
        self._deliveries: dict[str, list[asyncio.Event]] = {}

    def reset(self) -> None:
        """Forget all payments."""
        self.payments.clear()
        self._deliveries.clear()

    def request(
        self, params: Mapping[str, Any], *, mobile: bool, user_agent: str | None, origin: str
    ) -> Opened | Refusal:
        """`IMP.request_pay` from a page; `origin` is that of the SDK's service, as the page called it."""
        attempt = checked(params, self.console)
        if isinstance(attempt, Refusal):
            return attempt
        if any(payment.paid_at for payment in self.payments.find(attempt.merchant_uid)):
            return Refusal(INVALID, "이미 결제가 이루어진 거래건입니다.")
        imp_uid = f"imp_{secrets.randbelow(10**12):012d}"
        payment = Payment(
            imp_uid=imp_uid,
            merchant_uid=attempt.merchant_uid,
            name=attempt.name,
            amount=attempt.amount,
            currency=attempt.currency,
            pg_provider=attempt.channel.pg_provider,
            pg_id=attempt.channel.pg_id,
            channel_key=attempt.channel.channel_key,
            sandbox=attempt.channel.sandbox,
            started_at=self._now(),
            updated_at=self._now(),
            receipt_url=f"{origin}{RECEIPTS}/{imp_uid}",
            pay_method=attempt.pay_method,
            channel="mobile" if mobile else "pc",
            custom_data=attempt.custom_data,
            user_agent=user_agent,
            customer_uid=attempt.customer_uid,
            m_redirect_url=attempt.m_redirect_url,
            notice_urls=attempt.notice_urls,
            buyer_name=attempt.buyer_name,
            buyer_email=attempt.buyer_email,
            buyer_tel=attempt.buyer_tel,
            buyer_addr=attempt.buyer_addr,
            buyer_postcode=attempt.buyer_postcode,
        )
        self.payments.put(payment)
        close_url = pg.return_address(imp_uid, origin, success=False)
        return Opened(payment, pg.widget_address(payment, attempt, origin), close_url)

    async def returned(self, imp_uid: str, success: bool) -> Payment:
        """The buyer's browser came back; the payment to show to it. Raises KeyError for an unknown one.

        A buyer who left, or who comes back before Paymentwall's result, sees a failure; no webhook is sent
        for it (docs).
        """
        payment = self._known(imp_uid)
        reason = NO_RESULT if success else LEFT
        payment = self.payments.put(results.failed(payment, reason=reason, now=self._now()))
        if self.console.webhook_order == "before":
            for ended in list(self._deliveries.get(imp_uid, ())):
                await ended.wait()
        return payment

    def pingback(self, query: Mapping[str, str]) -> bool:
        """Paymentwall's result; False where it is not about this account's payment or not signed as such."""
        payment = self.payments.get(query.get("goodsid", ""))
        channel = self._channel(payment) if payment else None
        if payment is None or channel is None:
            return False
        result = pg.read_pingback(query, channel)
        if result is None:
            return False
        if result.type in ("0", "1"):
            self._approve(payment, result)
        elif result.type == "2":
            self._take_back(payment, result)
        return True

    async def cancel(self, payment: Payment, asked: CancelRequest) -> Payment | str:
        """Open a ticket at Paymentwall: the payment as it then is, or the message of a refusal.

        Methods that are cancelled at once have their result before this returns; usually it comes later.
        """
        refusal = results.refusal_to_cancel(payment, asked.amount, asked.checksum)
        if refusal is not None:
            return refusal
        channel = self._channel(payment)
        if channel is None:
            return "등록된 PG 설정 정보가 없습니다."
        amount = payment.cancellable if asked.amount is None else asked.amount
        part = None if amount == payment.amount else amount
        cancellation = Cancellation(_cancellation_id(), amount, asked.reason, asked.enable_webhook)
        self.payments.put(results.asked_to_cancel(payment, cancellation))
        error = await pg.open_ticket(
            self.wire, self.journal, channel, payment,
            amount=part, message=asked.reason or "Cancelled by the merchant", clock=self.clock.now(),
        )  # fmt: skip
        latest = self._known(payment.imp_uid)
        if error is not None:
            self.payments.put(results.not_cancelled(latest, cancellation.cancellation_id))
            return error
        return latest

    async def call_test(self, stage: Literal["test", "live"] | None = None) -> Delivery:
        """The console's "call test": a test webhook to the address of `stage`, by default the one in use."""
        endpoint = self.console.endpoint(sandbox=(stage or self.console.stage) == "test")
        if endpoint.url is None:
            return Delivery(None, "No webhook address is saved for this stage.")
        return await webhooks.deliver(
            self.wire, self.journal, webhooks.TEST_WEBHOOK, endpoint.url, endpoint,
            clock=self.clock.now(), scale=self.console.timeout_scale,
        )  # fmt: skip

    def _approve(self, payment: Payment, result: pg.Pingback) -> None:
        after = results.paid(payment, pg_tid=result.ref, country_code=result.country_code, now=self._now())
        if after is payment:
            return
        urls = webhooks.addresses(after, self.console.endpoint(sandbox=after.sandbox))
        self.payments.put(replace(after, notified=bool(urls)))
        wait = AFTER_BROWSER_SECONDS if self.console.webhook_order == "after" else 0.0
        self._notify(after, Webhook(after.imp_uid, after.merchant_uid, "paid"), urls, wait)

    def _take_back(self, payment: Payment, result: pg.Pingback) -> None:
        after, done = results.cancelled(
            payment, amount=result.amount, reason=result.reason, fresh_id=_cancellation_id(), now=self._now()
        )
        if done is None:
            return
        self.payments.put(after)
        if not (done.notify or self.console.cancel_notice == "always") or not after.notified:
            return
        asked_for = done.notify and any(one.cancellation_id == done.cancellation_id for one in payment.waiting)
        # Where the call asked for the notice it goes to the console's address, not to notice_url (docs).
        urls = webhooks.addresses(after, self.console.endpoint(sandbox=after.sandbox), console_only=asked_for)
        self._notify(after, Webhook(after.imp_uid, after.merchant_uid, "cancelled", done.cancellation_id), urls)

    def _notify(self, payment: Payment, webhook: Webhook, urls: tuple[str, ...], wait: float = 0.0) -> None:
        endpoint = self.console.endpoint(sandbox=payment.sandbox)
        for url in urls:
            ended = asyncio.Event()
            if wait <= 0:  # nobody's return may wait for what is only due later
                self._deliveries.setdefault(payment.imp_uid, []).append(ended)

            async def send(url: str = url, ended: asyncio.Event = ended) -> None:
                try:
                    await webhooks.deliver(
                        self.wire, self.journal, webhook, url, endpoint,
                        clock=self.clock.now(), scale=self.console.timeout_scale,
                    )  # fmt: skip
                finally:
                    ended.set()
                    self._ended(payment.imp_uid, ended)

            self.clock.after(wait, f"webhook {webhook.status} for {payment.merchant_uid}", send)

    def _ended(self, imp_uid: str, ended: asyncio.Event) -> None:
        left = [other for other in self._deliveries.get(imp_uid, ()) if other is not ended]
        if left:
            self._deliveries[imp_uid] = left
        else:
            self._deliveries.pop(imp_uid, None)

    def _channel(self, payment: Payment) -> Channel | None:
        return next((one for one in self.console.channels if one.channel_key == payment.channel_key), None)

    def _known(self, imp_uid: str) -> Payment:
        payment = self.payments.get(imp_uid)
        if payment is None:
            raise KeyError(imp_uid)
        return payment

    def _now(self) -> int:
        return int(self.clock.now())


def _cancellation_id() -> str:
    return f"cancellation_{secrets.token_hex(8)}"

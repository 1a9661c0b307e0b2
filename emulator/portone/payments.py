"""A payment at PortOne as pure state: what it is, and how one result leads to the next. No clock, no HTTP."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal

from emulator.portone.amounts import number

Status = Literal["ready", "paid", "cancelled", "failed"]
Version = Literal["V1", "V2"]

AskedBy = Literal["api", "console", "paymentwall"]
Usage = Literal["issue", "payment", "payment.scheduled"]

NOTHING_TO_CANCEL = "취소할 결제건이 존재하지 않습니다."  # seen
ALREADY_PAID = "이미 결제가 이루어진 거래건입니다."  # seen
ALL_CANCELLED = "이미 전액취소된 주문입니다."  # seen
# The reason of a cancellation for which nobody gave one: the first is seen, the others are inferred.
NO_REASON: dict[AskedBy, str] = {"api": "취소요청api", "console": "관리자 콘솔 취소", "paymentwall": "refund"}
STATUSES: tuple[Status, ...] = ("ready", "paid", "cancelled", "failed")


@dataclass(frozen=True, slots=True)
class Cancellation:
    """A cancellation that was asked for; `amount` in major units, `cancelled_at` 0 while its ticket waits.

    `asked_by` is where it came from: the merchant's API call, which may have asked for a webhook (`notify`), the
    console, or Paymentwall itself. `reversal` is Paymentwall's number of the refund that ended it. `requested_at` is 0
    where nobody asked before it came about; `charged_back` says that the buyer's bank took the money.
    """

    cancellation_id: str
    amount: Decimal
    reason: str | None
    notify: bool = False
    cancelled_at: int = 0
    asked_by: AskedBy = "api"
    reversal: str | None = None
    requested_at: int = 0
    charged_back: bool = False

    @property
    def told_reason(self) -> str:
        """The reason as look-ups show it, which is never absent (docs)."""
        return self.reason or NO_REASON[self.asked_by]

    def as_json(self, pg_tid: str | None) -> dict[str, Any]:
        """One entry of `cancel_history`."""
        return {
            "pg_tid": pg_tid,
            "amount": number(self.amount),
            "cancelled_at": self.cancelled_at,
            "reason": self.told_reason,
            "cancellation_id": self.cancellation_id,
            "receipt_url": None,
        }


@dataclass(frozen=True, slots=True)
class Dispute:
    """A buyer's objection at the bank; times in virtual unix seconds, `resolved_at` 0 while it is open."""

    id: str
    reason: str
    created_at: int
    resolved_at: int = 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Payment:
    """One attempt to pay. Money in major currency units, times in virtual unix seconds, 0 for never.

    The names are those of V1. In V2 `imp_uid` is the transactionId and `merchant_uid` the paymentId.

    Two states are the same only where they are one object, so that what is made of a state can be kept with
    it.
    """

    imp_uid: str
    merchant_uid: str
    name: str
    amount: Decimal
    currency: str
    pg_provider: str
    pg_id: str
    channel_key: str
    sandbox: bool
    started_at: int
    status: Status = "ready"
    pay_method: str = "card"
    channel: Literal["pc", "mobile", "api"] = "pc"
    pg_tid: str | None = None
    card_number: str | None = None
    """Masked, and known only where the merchant keyed it in."""
    card_quota: int = 0
    """Months of instalments, 0 for none."""
    bypass: str | None = None
    """A JSON object as text, which an API payment hands to Paymentwall as it is (docs)."""
    browser_ip: str | None = None
    buyer_name: str | None = None
    buyer_email: str | None = None
    buyer_tel: str | None = None
    buyer_addr: str | None = None
    buyer_postcode: str | None = None
    custom_data: str | None = None
    user_agent: str | None = None
    customer_uid: str | None = None
    customer_uid_usage: Usage | None = None
    settled_currency: str | None = None
    """What Paymentwall settles in, where that is not `currency`."""
    paid_at: int = 0
    failed_at: int = 0
    fail_reason: str | None = None
    updated_at: int = 0
    country_code: str | None = None
    receipt_url: str | None = None
    m_redirect_url: str | None = None
    notice_urls: tuple[str, ...] = ()
    notified: bool = False
    """Whether a webhook was sent when it was paid: only then may its cancellations be notified (docs)."""
    waiting: tuple[Cancellation, ...] = ()
    history: tuple[Cancellation, ...] = ()
    version: Version = "V1"
    customer_id: str | None = None
    """The merchant's name for the buyer (V2)."""
    redirects: bool = False
    """Whether the browser goes on to `m_redirect_url` in any case (V2)."""
    pending: bool = False
    """Whether Paymentwall holds it for review, as far as PortOne shows that (V2)."""
    refused: tuple[Cancellation, ...] = ()
    """Cancellations that came to nothing (V2)."""
    disputes: tuple[Dispute, ...] = ()

    @property
    def cancel_amount(self) -> Decimal:
        return sum((done.amount for done in self.history), Decimal(0))

    @property
    def cancellable(self) -> Decimal:
        """What `checksum` is compared with.

        A ticket that waits does not lessen it: PortOne learns of results only (inferred).
        """
        return self.amount - self.cancel_amount


def paid(
    payment: Payment, *, pg_tid: str, country_code: str | None, now: int, pay_method: str | None = None
) -> Payment:
    """Approved, also after it had failed (delayed approval, docs); `pay_method` is what was paid with, where known.

    Already paid or cancelled: unchanged, the same object.
    """
    if payment.status not in ("ready", "failed"):
        return payment
    return replace(
        payment, status="paid", pg_tid=pg_tid, country_code=country_code, paid_at=now, updated_at=now,
        failed_at=0, fail_reason=None, pay_method=pay_method or payment.pay_method, pending=False,
    )  # fmt: skip


def failed(payment: Payment, *, reason: str, now: int) -> Payment:
    """Given up or declined. Anything but an open attempt stays what it is, the same object."""
    if payment.status != "ready":
        return payment
    return replace(payment, status="failed", failed_at=now, updated_at=now, fail_reason=reason, pending=False)


def asked_to_cancel(payment: Payment, cancellation: Cancellation) -> Payment:
    """A ticket is on its way: status and amounts stay as they were (docs, release note of 2023-07-17)."""
    return replace(payment, waiting=(*payment.waiting, cancellation))


def not_cancelled(payment: Payment, cancellation_id: str) -> Payment:
    """The ticket was refused or taken back: it waits no more. V2 goes on to show it as failed."""
    gone = tuple(waiting for waiting in payment.waiting if waiting.cancellation_id == cancellation_id)
    left = tuple(waiting for waiting in payment.waiting if waiting not in gone)
    return replace(payment, waiting=left, refused=(*payment.refused, *gone) if payment.version == "V2" else ())


def cancelled(
    payment: Payment, *, amount: Decimal | None, reason: str, fresh_id: str, now: int, reversal: str | None = None,
    charged_back: bool = False,
) -> tuple[Payment, Cancellation | None]:  # fmt: skip
    """Paymentwall's final result: `amount` of it (None = all that is left) went back to the buyer.

    It ends the newest cancellation that waits for that much: an older one may have been refused without a
    word. Where none does, Paymentwall acted by itself (a chargeback), which is notified (inferred), and
    `fresh_id` names it. How PortOne tells several tickets of one payment apart is not documented (inferred).
    A payment that is not paid, or of which nothing goes back, stays the same object, with None; so does one that
    knows this `reversal` already, because a pingback is repeated until its `OK` arrives (Paymentwall docs).
    """
    if payment.status != "paid" or (amount is not None and amount <= 0):
        return payment, None
    if reversal is not None and any(done.reversal == reversal for done in payment.history):
        return payment, None
    back = payment.cancellable if amount is None else min(amount, payment.cancellable)
    meant = (payment.amount, back) if amount is None else (amount,)
    fits = [waiting for waiting in payment.waiting if waiting.amount in meant]
    ended = fits[-1] if fits else Cancellation(fresh_id, back, reason, asked_by="paymentwall")
    done = replace(ended, amount=back, cancelled_at=now, reversal=reversal, charged_back=charged_back)
    left = tuple(waiting for waiting in payment.waiting if waiting is not ended)
    changed = replace(payment, waiting=left, history=(*payment.history, done), updated_at=now)
    return (changed if changed.cancellable else replace(changed, status="cancelled")), done


def refusal_to_cancel(payment: Payment, amount: Decimal | None, checksum: Decimal | None) -> str | None:
    """Why PortOne would not even open a ticket, as its message; None when it would.

    A payment that is settled in another currency than requested can only be cancelled as a whole (docs of V2).
    """
    if payment.status in ("ready", "failed"):
        return NOTHING_TO_CANCEL
    if payment.status == "cancelled":
        return ALL_CANCELLED
    # Inferred from here on: that all three are refused is documented, in which words is not.
    if checksum is not None and checksum != payment.cancellable:
        return "취소 가능한 금액(checksum)이 일치하지 않습니다."
    if amount is not None and amount > payment.cancellable:
        return "취소 요청금액이 취소 가능한 금액을 초과하였습니다."
    if payment.settled_currency not in (None, payment.currency) and amount not in (None, payment.amount):
        return "결제통화와 정산통화가 다른 결제건은 부분취소가 불가능합니다."
    return None

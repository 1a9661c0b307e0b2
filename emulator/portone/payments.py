"""A payment at PortOne as pure state: what it is, and how one result leads to the next. No clock, no HTTP."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal

from emulator.portone.amounts import number

Status = Literal["ready", "paid", "cancelled", "failed"]

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
    console, or Paymentwall itself. `reversal` is Paymentwall's number of the refund that ended it.
    """

    cancellation_id: str
    amount: Decimal
    reason: str | None
    notify: bool = False
    cancelled_at: int = 0
    asked_by: AskedBy = "api"
    reversal: str | None = None

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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Payment:
    """One attempt to pay. Money in major currency units, times in virtual unix seconds, 0 for never.

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
        failed_at=0, fail_reason=None, pay_method=pay_method or payment.pay_method,
    )  # fmt: skip


def failed(payment: Payment, *, reason: str, now: int) -> Payment:
    """Given up or declined. Anything but an open attempt stays what it is, the same object."""
    if payment.status != "ready":
        return payment
    return replace(payment, status="failed", failed_at=now, updated_at=now, fail_reason=reason)


def asked_to_cancel(payment: Payment, cancellation: Cancellation) -> Payment:
    """A ticket is on its way: status and amounts stay as they were (docs, release note of 2023-07-17)."""
    return replace(payment, waiting=(*payment.waiting, cancellation))


def not_cancelled(payment: Payment, cancellation_id: str) -> Payment:
    """The ticket was refused at once: nothing waits any more."""
    left = tuple(waiting for waiting in payment.waiting if waiting.cancellation_id != cancellation_id)
    return replace(payment, waiting=left)


def cancelled(
    payment: Payment, *, amount: Decimal | None, reason: str, fresh_id: str, now: int, reversal: str | None = None
) -> tuple[Payment, Cancellation | None]:
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
    done = replace(ended, amount=back, cancelled_at=now, reversal=reversal)
    changed = replace(
        not_cancelled(payment, ended.cancellation_id), history=(*payment.history, done), updated_at=now
    )  # fmt: skip
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


class Payments:
    """All payments of one account, in the order in which they were started."""

    def __init__(self) -> None:
        self._payments: dict[str, Payment] = {}
        self._attempts: dict[str, list[str]] = {}

    def get(self, imp_uid: str) -> Payment | None:
        return self._payments.get(imp_uid)

    def known(self, imp_uid: str) -> Payment:
        """The payment as it is now. Raises KeyError for an unknown one."""
        return self._payments[imp_uid]

    def put(self, payment: Payment) -> Payment:
        """Keep this state of a payment in place of the one before."""
        if payment.imp_uid not in self._payments:
            self._attempts.setdefault(payment.merchant_uid, []).append(payment.imp_uid)
        self._payments[payment.imp_uid] = payment
        return payment

    def find(self, merchant_uid: str, status: Status | None = None, sorting: str = "-started") -> list[Payment]:
        """Those of a merchant_uid, sorted as `arranged` does."""
        attempts = [self._payments[imp_uid] for imp_uid in self._attempts.get(merchant_uid, ())]
        return arranged([payment for payment in attempts if status in (None, payment.status)], sorting)

    def clear(self) -> None:
        self._payments.clear()
        self._attempts.clear()

    def __iter__(self) -> Iterator[Payment]:
        return iter(self._payments.values())

    def __contains__(self, imp_uid: object) -> bool:
        return imp_uid in self._payments


def arranged(payments: Sequence[Payment], sorting: str) -> list[Payment]:
    """By the time they were `started`, `paid` or `updated`, with `-` the newest first (docs).

    `payments` come in the order of starting, which decides within one second, in the same direction.
    """
    order = {"started": _started, "paid": _paid, "updated": _updated}[sorting.removeprefix("-")]
    newest_first = sorting.startswith("-")
    return sorted(reversed(payments) if newest_first else payments, key=order, reverse=newest_first)


def decided_at(payment: Payment) -> int:
    """When it came into the status it has: what `from` and `to` of a search by status mean (docs)."""
    if payment.status == "cancelled":
        return payment.history[-1].cancelled_at
    return {"ready": payment.started_at, "paid": payment.paid_at, "failed": payment.failed_at}[payment.status]


def _started(payment: Payment) -> int:
    return payment.started_at


def _paid(payment: Payment) -> int:
    return payment.paid_at


def _updated(payment: Payment) -> int:
    return payment.updated_at

"""What Paymentwall's results do to a payment: a pingback is read, the state changes, and the merchant is told."""

from collections.abc import Mapping
from dataclasses import replace

from emulator.portone import payments as results
from emulator.portone import pg
from emulator.portone.account import PortOne
from emulator.portone.identifiers import fresh_cancellation_id
from emulator.portone.payments import ALREADY_PAID, Dispute, Payment

DECLINED = "(PG사 결제 거절) 결제 검토 결과 승인이 거절되었습니다."  # inferred


def pingback(account: PortOne, query: Mapping[str, str]) -> bool:
    """Take Paymentwall's result; False where it is not about this account's payment or not signed as such.

    Under review (200) decides nothing in V1. A declined review is a failed payment, of which no webhook of V1 tells
    (docs), if it was not scheduled (inferred).
    """
    payment = account.payments.get(query.get("goodsid", ""))
    channel = account.channel_of(payment) if payment else None
    if payment is None or channel is None:
        return False
    result = pg.read_pingback(query, channel)
    if result is None:
        return False
    if result.type in pg.APPROVED and payment.version == "V2" and _is_surplus(account, payment):
        _give_back(account, payment, result.ref)
    elif result.type in pg.APPROVED:
        account.approve(payment.imp_uid, ref=result.ref, country_code=result.country_code, pay_method=result.pay_method)
    elif result.type in pg.DECLINED:
        _decline(account, payment)
    elif result.type == pg.TAKEN_BACK:
        _take_back(account, payment, result)
    elif result.type == pg.UNDER_REVIEW:
        _hold(account, payment)
    return True


def dispute(account: PortOne, imp_uid: str, reason: str = pg.CHARGEBACK) -> Payment:
    """The buyer's bank takes the buyer's side; without effect while a dispute is open. KeyError: unknown payment.

    Inferred for Paymentwall, whose only word of it is the chargeback.
    """
    payment = account.payments.known(imp_uid)
    if _is_disputed(payment):
        return payment
    opened = Dispute(fresh_cancellation_id(account.clock.now()), reason, account.now())
    payment = account.payments.put(replace(payment, disputes=(*payment.disputes, opened)))
    account.tell(payment, "dispute_created")
    return payment


def resolve_dispute(account: PortOne, imp_uid: str) -> Payment:
    """The open dispute about a payment has ended. KeyError: unknown payment; ValueError: none is open."""
    payment = account.payments.known(imp_uid)
    if not _is_disputed(payment):
        raise ValueError(f"There is no open dispute about {imp_uid}.")
    now = account.now()
    ended = tuple(replace(one, resolved_at=one.resolved_at or now) for one in payment.disputes)
    payment = account.payments.put(replace(payment, disputes=ended))
    account.tell(payment, "dispute_resolved")
    return payment


def _is_disputed(payment: Payment) -> bool:
    return any(not one.resolved_at for one in payment.disputes)


def _is_surplus(account: PortOne, payment: Payment) -> bool:
    """Whether another attempt of the same paymentId was paid: one alone can succeed (docs)."""
    return not payment.paid_at and account.was_paid(payment.merchant_uid)


def _give_back(account: PortOne, payment: Payment, ref: str) -> None:
    """What was paid once more has failed, and a ticket gives the money back (inferred, both)."""
    after = results.failed(replace(payment, pg_tid=ref), reason=ALREADY_PAID, now=account.now())
    known_already = payment.pg_tid == ref
    account.payments.put(after)
    channel = account.channel_of(payment)
    if known_already or channel is None:
        return
    if payment.status == "ready":
        account.tell(after, "failed")

    async def ask() -> None:
        await pg.open_ticket(account.line, channel, after, amount=None, message="Paid once more")

    account.clock.after(0, f"ticket for the surplus payment {payment.imp_uid}", ask)


def _decline(account: PortOne, payment: Payment) -> None:
    after = account.payments.put(results.failed(payment, reason=DECLINED, now=account.now()))
    schedule = account.schedules.get(payment.merchant_uid)
    scheduled = schedule is not None and schedule.imp_uid == payment.imp_uid
    if after is not payment and (scheduled or payment.version == "V2"):
        account.tell(after, "failed")


def _hold(account: PortOne, payment: Payment) -> None:
    """V2 has a status for what is under review, if the account is set so."""
    if payment.version == "V2" and payment.status == "ready" and account.console.v2.review == "pending":
        account.tell(account.payments.put(replace(payment, pending=True)), "pending")


def _take_back(account: PortOne, payment: Payment, result: pg.VerifiedPingback) -> None:
    charged_back = result.reason == pg.CHARGEBACK
    fresh_id = fresh_cancellation_id(account.clock.now(), payment.version)
    after, done = results.cancelled(
        payment, amount=result.amount, reason=result.reason, fresh_id=fresh_id,
        now=account.now(), reversal=result.reversal, charged_back=charged_back,
    )  # fmt: skip
    if done is None:
        return
    after = account.payments.put(after)
    if charged_back and payment.version == "V2":
        after = dispute(account, payment.imp_uid)
    account.tell(after, "cancelled", done)

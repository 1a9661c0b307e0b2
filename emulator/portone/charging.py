"""API payments as they happen: one begins, Paymentwall charges a card, and what it answers is the payment's result."""

from dataclasses import replace

from emulator.portone import brick
from emulator.portone import payments as results
from emulator.portone.account import PortOne
from emulator.portone.brick import Charged
from emulator.portone.console import NO_CHANNEL, Channel
from emulator.portone.identifiers import fresh_imp_uid
from emulator.portone.payments import ALREADY_PAID, Payment
from emulator.portone.schedules import Schedule

UNKNOWN_CUSTOMER = "등록되지 않은 구매자입니다."  # seen
IN_PREPARATION = "페이먼트월 API 결제는 준비 중입니다."  # inferred
OTHER_EMAIL = "빌링키 발급 시 입력한 이메일과 일치하지 않습니다."  # inferred: that the two must match is documented


def through(asked: Payment, channel: Channel) -> Payment:
    """What is asked for, to be paid through this channel."""
    return replace(
        asked, pg_provider=channel.pg_provider, pg_id=channel.pg_id, channel_key=channel.channel_key,
        sandbox=channel.sandbox, settled_currency=channel.settlement_currency,
    )  # fmt: skip


def begun(account: PortOne, asked: Payment) -> Payment:
    """The payment that is asked for, as it starts now."""
    now = account.now()
    return account.payments.put(replace(asked, imp_uid=fresh_imp_uid(), started_at=now, updated_at=now))


async def charged(account: PortOne, channel: Channel | None, payment: Payment, card: Charged) -> Payment | None:
    """The payment after the card behind a token was charged, or as failed where there is none to charge.

    None where a reset came in between. One under review stays `ready`: its result comes by pingback.
    """
    done = card
    if card.token is not None and channel is not None:
        done = await brick.charge(account.line, channel, payment, card.token)
    if done.ref is not None and not done.under_review:
        account.approve(payment.imp_uid, ref=done.ref)
    latest = account.payments.get(payment.imp_uid)
    if latest is not None and done.ref is None:
        return account.payments.put(results.failed(latest, reason=done.problem, now=account.now()))
    return latest


async def execute(account: PortOne, schedule: Schedule) -> Payment | None:
    """Try a scheduled payment now, by the billing key that its customer has now; None where a reset came in between.

    Of its failure a webhook tells too (docs), also where there is nothing to charge any more (inferred).
    """
    asked = schedule.asked
    key = account.billing_keys.get(schedule.customer_uid)
    channel = account.channel_named(key.channel_key) if key else None
    problem = ""
    if not account.console.api_payments:
        problem = IN_PREPARATION
    elif key is None:
        problem = UNKNOWN_CUSTOMER
    elif asked.buyer_email != key.email:
        problem = OTHER_EMAIL
    elif channel is None:
        problem = NO_CHANNEL
    elif account.was_paid(asked.merchant_uid):
        problem = ALREADY_PAID
    payment = begun(account, through(asked, channel) if channel else asked)
    account.schedules.executed(schedule, payment.imp_uid)
    token = key.token if key and not problem else None
    latest = await charged(account, channel, payment, Charged(token=token, problem=problem))
    if latest is not None and latest.status == "failed":
        account.tell(latest, "failed")
    return latest

"""API payments, without a window: by a card that was keyed in, or by the billing key of an earlier payment.

The guide says of them "preparing for service", current pages describe both: they are off until the account's setting
`api_payments` switches them on.
"""

import re

from emulator.portone import brick
from emulator.portone import payments as results
from emulator.portone.account import ALREADY_PAID, NO_CHANNEL, PortOne
from emulator.portone.amounts import text
from emulator.portone.attempts import json_text, notice_urls_of
from emulator.portone.brick import Card, Charged
from emulator.portone.console import Channel
from emulator.portone.identifiers import fresh_imp_uid
from emulator.portone.lookups import NO_PAYMENT
from emulator.portone.payments import Payment, Usage
from emulator.portone.rest import Call, Reply, fail, of_payment

UNKNOWN_CUSTOMER = "등록되지 않은 구매자입니다."  # seen
IN_PREPARATION = "페이먼트월 API 결제는 준비 중입니다."  # inferred
OTHER_EMAIL = "빌링키 발급 시 입력한 이메일과 일치하지 않습니다."  # inferred: that the two must match is documented
# Characters (docs); that and in which words more is refused is inferred.
LONGEST = {
    "merchant_uid": 40, "customer_uid": 80, "pg": 80, "name": 40, "buyer_name": 16, "buyer_email": 64, "buyer_tel": 16,
    "buyer_addr": 128, "buyer_postcode": 8,
}  # fmt: skip


async def onetime(call: Call) -> Reply:
    """`/subscribe/payments/onetime`: a card that is charged once, and kept where a `customer_uid` is given (docs)."""
    fields = call.required("merchant_uid", "amount", "card_number", "expiry")
    _refuse_where_off(call.account)
    # The code is wanted for Paymentwall (docs), the address by Brick (Paymentwall docs): that it is asked for here is
    # inferred.
    fields |= call.required("cvc", "buyer_email")
    if not re.fullmatch(r"\d{4}-\d{2}", fields["expiry"]):
        fail("expiry는 YYYY-MM 형식이어야 합니다.", code=1)
    channel = _channel(call)
    payment = _opened(call, channel, usage="issue" if call.body.get("customer_uid") else None)
    card = Card(fields["card_number"], fields["expiry"], fields["cvc"])
    token = await brick.one_time_token(call.account.line, channel, payment, card)
    return await _charged(call, channel, payment, token)


async def again(call: Call) -> Reply:
    """`/subscribe/payments/again`: the card behind a `customer_uid`, which an earlier payment has stored."""
    customer_uid = call.required("customer_uid", "merchant_uid", "amount")["customer_uid"]
    key = call.account.billing_keys.get(customer_uid)
    if key is None:
        fail(UNKNOWN_CUSTOMER, code=1)
    _refuse_where_off(call.account)
    email = call.required("name", "buyer_email")["buyer_email"]  # docs: both for Paymentwall
    if email != key.email:
        fail(OTHER_EMAIL, code=1)
    channel = next((one for one in call.account.console.channels if one.channel_key == key.channel_key), None)
    if channel is None:
        fail(NO_CHANNEL, code=1)
    payment = _opened(call, channel, usage="payment")
    return await _charged(call, channel, payment, Charged(token=key.token))


def _refuse_where_off(account: PortOne) -> None:
    if not account.console.api_payments:
        fail(IN_PREPARATION, code=1)


def _channel(call: Call) -> Channel:
    """The one named by `pg`; where it names none, the account's usual one (docs).

    Which one that is: the stage's first of Paymentwall, those for API payments before the others (inferred).
    """
    provider, _, mid = (text(call.body.get("pg")) or "").partition(".")
    console = call.account.console
    usable = [one for one in console.channels if one.stage == console.stage and one.type != "certification"]
    usable = [one for one in usable if one.pg_provider == "paymentwall"]
    if not usable:
        fail(NO_CHANNEL, code=1)
    named = [one for one in usable if one.pg_provider == provider and mid in ("", one.pg_id)]
    return min(named or usable, key=lambda one: one.type != "api_payment")


def _opened(call: Call, channel: Channel, *, usage: Usage | None) -> Payment:
    account, body = call.account, call.body
    merchant_uid, amount = call.required("merchant_uid")["merchant_uid"], call.amount("amount")
    if not amount:
        fail("amount가 올바르지 않습니다.", code=1)
    for name, longest in LONGEST.items():
        if len(text(body.get(name)) or "") > longest:
            fail(f"{name}은(는) {longest}자를 초과할 수 없습니다.", code=1)
    if account.was_paid(merchant_uid):
        fail(ALREADY_PAID, code=1)
    imp_uid = fresh_imp_uid()
    return account.payments.put(
        Payment(
            imp_uid=imp_uid,
            merchant_uid=merchant_uid,
            name=text(body.get("name")) or merchant_uid,
            amount=amount,
            currency=text(body.get("currency")) or "KRW",
            pg_provider=channel.pg_provider,
            pg_id=channel.pg_id,
            channel_key=channel.channel_key,
            sandbox=channel.sandbox,
            started_at=account.now(),
            updated_at=account.now(),
            channel="api",
            card_number=brick.masked(text(body.get("card_number"))),
            custom_data=json_text(body.get("custom_data")),
            customer_uid=text(body.get("customer_uid")),
            customer_uid_usage=usage,
            settled_currency=channel.settlement_currency,
            notice_urls=notice_urls_of(body.get("notice_url")),
            buyer_name=text(body.get("buyer_name")),
            buyer_email=text(body.get("buyer_email")),
            buyer_tel=text(body.get("buyer_tel")),
            buyer_addr=text(body.get("buyer_addr")),
            buyer_postcode=text(body.get("buyer_postcode")),
        )
    )


async def _charged(call: Call, channel: Channel, payment: Payment, token: Charged) -> Reply:
    """Code 0 whatever the card's issuer says: a refused card is a payment that is `failed` (docs)."""
    account = call.account
    done = token
    if token.token is not None:
        browser_ip = text(call.body.get("browser_ip")) or call.client
        done = await brick.charge(account.line, channel, payment, token.token, browser_ip)
    if done.ref is not None and not done.under_review:
        account.approve(payment.imp_uid, ref=done.ref)
    latest = account.payments.get(payment.imp_uid)
    if latest is None:  # a reset came in between
        fail(NO_PAYMENT, status=404)
    if done.ref is None:
        latest = account.payments.put(results.failed(latest, reason=done.problem or "", now=account.now()))
    return of_payment(latest)

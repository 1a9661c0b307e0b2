"""API payments, without a window: by a card that was keyed in, or by the billing key of an earlier payment.

The guide says of them "preparing for service", current pages describe both: they are off until the account's setting
`api_payments` switches them on.
"""

import json
import re
from decimal import Decimal

from emulator.portone import brick, charging
from emulator.portone.account import PortOne
from emulator.portone.amounts import text
from emulator.portone.attempts import json_text, notice_urls_of
from emulator.portone.billing_keys import BillingKey
from emulator.portone.brick import Charged, KeyedCard
from emulator.portone.charging import IN_PREPARATION, OTHER_EMAIL, UNKNOWN_CUSTOMER
from emulator.portone.console import NO_CHANNEL, Channel
from emulator.portone.lookups import NO_PAYMENT
from emulator.portone.payments import ALREADY_PAID, Payment, Usage
from emulator.portone.rest import Call, Reply, fail, of_payment

# Characters (docs); that and in which words more is refused is inferred.
LONGEST = {
    "merchant_uid": 40, "customer_uid": 80, "pg": 80, "name": 40, "buyer_name": 16, "buyer_email": 64,
    "buyer_tel": 16, "buyer_addr": 128, "buyer_postcode": 8,
}  # fmt: skip
LEAST_IN_INSTALMENTS = 50_000  # won (docs)
MOST_INSTALMENTS = 99  # inferred


async def onetime(call: Call) -> Reply:
    """`/subscribe/payments/onetime`: a card that is charged once, and kept where a `customer_uid` is given (docs)."""
    call.required("merchant_uid", "amount", "card_number", "expiry")
    refuse_where_off(call.account)
    card = keyed_card(call)
    channel = channel_of(call)
    asked = asked_payment(call, channel, usage="issue" if call.body.get("customer_uid") else None)
    return await _paid(call, channel, asked, card)


async def again(call: Call) -> Reply:
    """`/subscribe/payments/again`: the card behind a `customer_uid`, which an earlier payment has stored."""
    customer_uid = call.required("customer_uid", "merchant_uid", "amount")["customer_uid"]
    key = call.account.billing_keys.get(customer_uid)
    if key is None:
        fail(UNKNOWN_CUSTOMER, code=1)
    refuse_where_off(call.account)
    email = call.required("name", "buyer_email")["buyer_email"]  # docs: both for Paymentwall
    if email != key.email:
        fail(OTHER_EMAIL, code=1)
    channel = channel_of_key(call, key)
    return await _paid(call, channel, asked_payment(call, channel, usage="payment"), Charged(token=key.token))


def refuse_where_off(account: PortOne) -> None:
    """End the call where the account's contract has no API payments."""
    if not account.console.api_payments:
        fail(IN_PREPARATION, code=1)


def keyed_card(call: Call) -> KeyedCard:
    """The card in the body. The code is wanted for Paymentwall (docs), the buyer's address by Brick (Paymentwall docs):

    that the address is asked for here is inferred.
    """
    fields = call.required("card_number", "expiry", "cvc", "buyer_email")
    if not re.fullmatch(r"\d{4}-\d{2}", fields["expiry"]):
        fail("expiry는 YYYY-MM 형식이어야 합니다.", code=1)
    return KeyedCard(fields["card_number"], fields["expiry"], fields["cvc"])


def channel_of(call: Call) -> Channel:
    """The one named by `channel_key`, else by `pg`; where that names none, the account's usual one (docs).

    Which one that is: the stage's first of Paymentwall, those for API payments before the others (inferred). A
    `channel_key` that there is not is refused (inferred).
    """
    pg, channel_key = text(call.body.get("pg")), text(call.body.get("channel_key"))
    console = call.account.console
    usable = [one for one in console.channels if one.type != "certification" and one.pg_provider == "paymentwall"]
    if channel_key is not None:
        usable = [one for one in usable if one.channel_key == channel_key]
    else:
        usable = [one for one in usable if one.stage == console.stage]
    if not usable:
        fail(NO_CHANNEL, code=1)
    named = [one for one in usable if pg == f"{one.pg_provider}.{one.pg_id}"]
    return min(named or usable, key=lambda one: one.type != "api_payment")


def channel_of_key(call: Call, key: BillingKey) -> Channel:
    """That of a billing key, by which alone it can be charged; another `channel_key` is refused (inferred)."""
    channel = call.account.channel_named(key.channel_key)
    if channel is None or text(call.body.get("channel_key")) not in (None, key.channel_key):
        fail(NO_CHANNEL, code=1)
    return channel


def asked_payment(call: Call, channel: Channel, *, usage: Usage | None, customer: BillingKey | None = None) -> Payment:
    """The payment that the body asks for, not begun yet; what it does not say of the buyer the `customer` does (docs).

    `tax_free`, `vat_amount` and the older `vat` must be amounts; they mean nothing to Paymentwall (inferred).
    """
    account, body = call.account, call.body
    merchant_uid, amount = call.required("merchant_uid")["merchant_uid"], call.amount("amount")
    if not amount:
        fail("amount가 올바르지 않습니다.", code=1)
    for name in ("tax_free", "vat_amount", "vat"):
        part = call.amount(name)
        if part is not None and part > amount:
            fail(f"{name}은(는) amount를 초과할 수 없습니다.", code=1)
    for name, longest in LONGEST.items():
        given = text(body.get(name))
        if given is not None and len(given) > longest:
            fail(f"{name}은(는) {longest}자를 초과할 수 없습니다.", code=1)
    if account.was_paid(merchant_uid):
        fail(ALREADY_PAID, code=1)
    currency = text(body.get("currency")) or "KRW"
    asked = Payment(
        imp_uid="",
        merchant_uid=merchant_uid,
        name=text(body.get("name")) or merchant_uid,
        amount=amount,
        currency=currency,
        pg_provider=channel.pg_provider,
        pg_id=channel.pg_id,
        channel_key=channel.channel_key,
        sandbox=channel.sandbox,
        started_at=0,
        channel="api",
        card_number=customer.card_number if customer else brick.masked(text(body.get("card_number"))),
        card_quota=_instalments(call, amount, currency),
        bypass=_bypass(call),
        browser_ip=text(body.get("browser_ip")) or call.client,
        custom_data=json_text(body.get("custom_data")),
        customer_uid=customer.customer_uid if customer else text(body.get("customer_uid")),
        customer_uid_usage=usage,
        settled_currency=channel.settlement_currency,
        notice_urls=notice_urls_of(call.listed("notice_url")),
        buyer_name=text(body.get("buyer_name")) or (customer.name if customer else None),
        buyer_email=text(body.get("buyer_email")) or (customer.email if customer else None),
        buyer_tel=text(body.get("buyer_tel")) or (customer.tel if customer else None),
        buyer_addr=text(body.get("buyer_addr")) or (customer.addr if customer else None),
        buyer_postcode=text(body.get("buyer_postcode")) or (customer.postcode if customer else None),
    )
    return charging.through(asked, channel)


async def charged(call: Call, channel: Channel, asked: Payment, card: KeyedCard | Charged) -> Payment:
    """The payment that is asked for, after its card was charged. Raises Failed where a reset came in between."""
    account, payment = call.account, charging.begun(call.account, asked)
    if isinstance(card, KeyedCard):
        card = await brick.one_time_token(account.line, channel, payment, card)
    latest = await charging.charged(account, channel, payment, card)
    if latest is None:
        fail(NO_PAYMENT, status=404)
    return latest


async def _paid(call: Call, channel: Channel, asked: Payment, card: KeyedCard | Charged) -> Reply:
    """Code 0 whatever the card's issuer says: a refused card is a payment that is `failed` (docs)."""
    return of_payment(await charged(call, channel, asked, card))


def _instalments(call: Call, amount: Decimal, currency: str) -> int:
    """`card_quota`: 2 months or more, of 50,000 won or more; 0 is none (docs). How others are refused is inferred."""
    months = call.amount("card_quota") or 0
    if months != int(months) or months == 1 or months > MOST_INSTALMENTS:
        fail(f"card_quota는 0 또는 2부터 {MOST_INSTALMENTS}까지의 정수여야 합니다.", code=1)
    if months and currency == "KRW" and amount < LEAST_IN_INSTALMENTS:
        fail(f"할부는 결제금액 {LEAST_IN_INSTALMENTS:,}원 이상부터 가능합니다.", code=1)
    return int(months)


def _bypass(call: Call) -> str | None:
    """`bypass`, a JSON object as text (docs) or as it is; anything else is refused (inferred)."""
    given = call.body.get("bypass")
    if given in (None, ""):
        return None
    try:
        meant = json.loads(given) if isinstance(given, str) else given
    except (ValueError, RecursionError):
        meant = None
    if not isinstance(meant, dict):
        fail("bypass는 JSON 형식의 문자열이어야 합니다.", code=1)
    return json_text(given)

"""What a page asks of `IMP.request_pay`, and why it may be refused before the widget opens. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from emulator.portone.amounts import is_web_address, money, text
from emulator.portone.console import Channel, Console
from emulator.portone.payments import Payment

LONGEST_MERCHANT_UID = LONGEST_NAME = 40  # characters (docs)
INVALID = "F400"  # inferred: the SDK's codes for refused requests are not documented
SHOWN = ("logo_url", "project_name", "product_price_without_tax", "sales_tax")  # of `bypass` (docs)
USED = "F1002"  # seen


@dataclass(frozen=True, slots=True)
class Refusal:
    """The callback gets this with `success: false` and no imp_uid."""

    error_code: str
    error_msg: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A request that may go on to the widget; `amount` in major currency units."""

    channel: Channel
    merchant_uid: str
    name: str
    amount: Decimal
    currency: str
    pay_method: str
    buyer_name: str | None
    buyer_email: str | None
    buyer_tel: str | None
    buyer_addr: str | None
    buyer_postcode: str | None
    custom_data: str | None
    customer_uid: str | None
    m_redirect_url: str | None
    notice_urls: tuple[str, ...]
    use_test_method: bool
    widget_code: str
    ps: str | None
    country_code: str | None
    language: str | None
    shown: Mapping[str, str]
    """What only concerns how the payment window looks, by the names of `bypass`."""


def checked(params: Mapping[str, Any], console: Console) -> Attempt | Refusal:
    """The attempt that `params` describe. What is required is documented, how refusals read is inferred.

    An amount must be a number: in a text, which the documentation forbids, it is refused (inferred).
    """
    for name in ("merchant_uid", "name", "buyer_name", "buyer_email"):
        if not text(params.get(name)):
            return Refusal(INVALID, f"필수 파라미터가 누락되었습니다: {name}")
    merchant_uid = text(params["merchant_uid"]) or ""
    if len(merchant_uid) > LONGEST_MERCHANT_UID:
        return Refusal(INVALID, f"merchant_uid는 {LONGEST_MERCHANT_UID}자를 초과할 수 없습니다.")
    if len(text(params["name"]) or "") > LONGEST_NAME:
        return Refusal(INVALID, f"주문명(name)은 {LONGEST_NAME}자를 초과할 수 없습니다.")
    amount = None if isinstance(params.get("amount"), str) else money(params.get("amount"))
    if amount is None or amount <= 0:
        return Refusal(INVALID, "결제금액(amount)은 0보다 큰 숫자여야 합니다.")
    currency = params.get("currency") or "KRW"
    if not (isinstance(currency, str) and len(currency) == 3 and currency.isascii() and currency.isupper()):
        return Refusal(INVALID, f"지원되지 않는 통화(currency)입니다: {currency}")
    channel = console.channel(
        channel_key=text(params.get("channelKey") or params.get("channel_key")), pg=text(params.get("pg"))
    )
    if channel is None:
        return Refusal(INVALID, "등록된 PG 설정 정보가 없습니다. channelKey 또는 pg를 확인해주세요.")
    if channel.pg_provider != "paymentwall":
        return Refusal(INVALID, f"The emulator has no payment window of {channel.pg_provider}, only Paymentwall's.")
    bypass = params.get("bypass")
    extra: Mapping[str, Any] = bypass if isinstance(bypass, dict) else {}
    return Attempt(
        channel=channel,
        merchant_uid=merchant_uid,
        name=text(params["name"]) or "",
        amount=amount,
        currency=currency,
        pay_method=text(params.get("pay_method")) or "card",
        buyer_name=text(params.get("buyer_name")),
        buyer_email=text(params.get("buyer_email")),
        buyer_tel=text(params.get("buyer_tel")),
        buyer_addr=text(params.get("buyer_addr")),
        buyer_postcode=text(params.get("buyer_postcode")),
        custom_data=json_text(params.get("custom_data")),
        customer_uid=text(params.get("customer_uid")),
        m_redirect_url=text(params.get("m_redirect_url")),
        notice_urls=notice_urls_of(params.get("notice_url")),
        use_test_method=params.get("use_test_method") is True,
        widget_code=text(extra.get("widget_code")) or "pw_1",
        ps=text(extra.get("ps")),
        country_code=text(extra.get("country_code")),
        language=text(params.get("language")),
        shown={name: value for name in SHOWN if (value := text(extra.get(name)))},
    )


def notice_urls_of(value: Any) -> tuple[str, ...]:
    """The addresses of a `notice_url`, one or a list (docs); what is no web address counts as absent (inferred)."""
    found = value if isinstance(value, list) else [value]
    return tuple(one for one in map(text, found) if one and is_web_address(one))


def json_text(value: Any) -> str | None:
    """`custom_data` comes back from look-ups as the JSON text of what the page gave."""
    if value is None:
        return None
    if not isinstance(value, str):
        value = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return str(value).encode("utf-8", "replace").decode()


def asked_for(attempt: Attempt, imp_uid: str, now: int) -> Payment:
    """The payment that an attempt asks for, as it starts `now` (virtual unix seconds)."""
    channel = attempt.channel
    return Payment(
        imp_uid=imp_uid,
        merchant_uid=attempt.merchant_uid,
        name=attempt.name,
        amount=attempt.amount,
        currency=attempt.currency,
        pg_provider=channel.pg_provider,
        pg_id=channel.pg_id,
        channel_key=channel.channel_key,
        sandbox=channel.sandbox,
        started_at=now,
        updated_at=now,
        pay_method=attempt.pay_method,
        custom_data=attempt.custom_data,
        customer_uid=attempt.customer_uid,
        customer_uid_usage="issue" if attempt.customer_uid else None,
        settled_currency=channel.settlement_currency,
        m_redirect_url=attempt.m_redirect_url,
        notice_urls=attempt.notice_urls,
        buyer_name=attempt.buyer_name,
        buyer_email=attempt.buyer_email,
        buyer_tel=attempt.buyer_tel,
        buyer_addr=attempt.buyer_addr,
        buyer_postcode=attempt.buyer_postcode,
    )

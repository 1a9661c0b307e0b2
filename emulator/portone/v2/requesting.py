"""What a page asks of `PortOne.requestPayment`, and why it may be refused before the window opens.

Source: PortOne docs and the types of `@portone/browser-sdk`, whose error codes these are; which of them a refusal has,
and its message, is inferred.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from emulator.portone import pg
from emulator.portone.account import Opened, PortOne
from emulator.portone.amounts import is_web_address, text
from emulator.portone.attempts import Attempt, asked_for, json_text
from emulator.portone.identifiers import fresh_transaction_id
from emulator.portone.minor import to_major
from emulator.portone.v2.answers import LARGEST_AMOUNT

RETURN_PATH = "/v2/paymentwall/return"  # inferred, as all on the SDK's service is
WIDGETS = ("pw_1", "t3_1")  # docs


@dataclass(frozen=True, slots=True)
class PaymentError:
    """What the page's promise gets in place of a payment."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Asking:
    """Where a request came from; `origin` is that of the SDK's service, as the page called it."""

    mobile: bool
    user_agent: str | None
    origin: str
    ip: str


def request(account: PortOne, params: Mapping[str, Any], asking: Asking) -> Opened | PaymentError:
    """Begin an attempt at a payment. One paymentId may have several, of which one can succeed (docs)."""
    problem = _problem(params)
    if problem is not None:
        return PaymentError("BadRequest", problem)
    channel = account.channel_named(str(params["channelKey"]))
    if channel is None or channel.type != "payment":
        return PaymentError("ChannelNotFound", "channelKey에 해당하는 채널이 없습니다.")
    if channel.pg_provider != "paymentwall":
        return PaymentError("BadRequest", f"The emulator has no payment window of {channel.pg_provider}.")
    payment_id, currency = str(params["paymentId"]).strip(), _currency(params)
    if account.was_paid(payment_id):
        return PaymentError("PaymentAlreadyPaid", "이미 결제가 완료된 paymentId입니다.")
    amount = to_major(params["totalAmount"], currency)
    prepared = account.prepared.get(payment_id)
    if prepared and not (prepared.fits(amount, currency) and prepared.currency in (None, currency)):
        return PaymentError("AmountNotEqualToPredefined", "결제 금액이 사전 등록된 금액과 일치하지 않습니다.")
    customer = _object(params.get("customer"))
    bypass = _object(_object(params.get("bypass")).get("paymentwall"))
    customer_id = text(customer.get("customerId"))
    attempt = Attempt(
        channel=channel, merchant_uid=payment_id, name=text(params["orderName"]) or "", amount=amount,
        currency=currency, pay_method="card", buyer_name=_name(customer), buyer_email=text(customer.get("email")),
        buyer_tel=text(customer.get("phoneNumber")), buyer_addr=_address(customer),
        buyer_postcode=text(customer.get("zipcode")), custom_data=json_text(params.get("customData")),
        customer_uid=None, m_redirect_url=text(params.get("redirectUrl")),
        notice_urls=tuple(params.get("noticeUrls") or ()), use_test_method=False,
        widget_code=text(bypass.get("widget")) or WIDGETS[0], ps=text(bypass.get("ps")),
        country_code=text(bypass.get("country_code")), language=_language(params.get("locale")), shown={},
    )  # fmt: skip
    transaction_id = fresh_transaction_id()
    platform: Literal["pc", "mobile"] = "mobile" if asking.mobile else "pc"
    payment = replace(
        asked_for(attempt, transaction_id, account.now()), version="V2", customer_id=customer_id, channel=platform,
        redirects=_redirects(params, asking), receipt_url=pg.receipt_address(transaction_id, asking.origin),
        user_agent=asking.user_agent, browser_ip=asking.ip,
    )  # fmt: skip
    account.tell(account.payments.put(payment), "ready")
    close_url = pg.return_address(transaction_id, asking.origin, success=False, path=RETURN_PATH)
    widget = pg.widget_address(payment, attempt, asking.origin, uid=customer_id, return_path=RETURN_PATH)
    return Opened(payment, widget, close_url)


def _problem(params: Mapping[str, Any]) -> str | None:
    """Why a request cannot be understood, None where it can."""
    for name in ("storeId", "paymentId", "orderName", "totalAmount", "currency", "channelKey"):
        if not text(params.get(name)):
            return f"필수 파라미터가 누락되었습니다: {name}"
    customer = _object(params.get("customer"))
    for name in ("customerId", "email"):  # Paymentwall's (docs)
        if not text(customer.get(name)):
            return f"필수 파라미터가 누락되었습니다: customer.{name}"
    total = params["totalAmount"]
    if isinstance(total, bool) or not isinstance(total, int) or not 0 < total < LARGEST_AMOUNT:
        return "totalAmount는 통화의 최소 단위로 나타낸 0보다 큰 정수여야 합니다."
    currency = _currency(params)
    if not (len(currency) == 3 and currency.isascii() and currency.isupper()):
        return f"지원되지 않는 통화(currency)입니다: {currency}"
    widget = _object(_object(params.get("bypass")).get("paymentwall")).get("widget")
    if widget is not None and widget not in WIDGETS:
        return f"bypass.paymentwall.widget은 {', '.join(WIDGETS)} 중 하나여야 합니다."
    return _problem_of_addresses(params)


def _problem_of_addresses(params: Mapping[str, Any]) -> str | None:
    urls = params.get("noticeUrls")
    if urls is not None and not (isinstance(urls, list) and all(isinstance(url, str) for url in urls)):
        return "noticeUrls는 URL의 목록이어야 합니다."
    for url in (*(urls or ()), *filter(None, (params.get("redirectUrl"),))):
        if not (isinstance(url, str) and is_web_address(url)):
            return f"올바른 HTTP(S) URL이 아닙니다: {url}"
    return None


def _currency(params: Mapping[str, Any]) -> str:
    return str(params["currency"]).strip().removeprefix("CURRENCY_")  # older pages write it so (docs)


def _redirects(params: Mapping[str, Any], asking: Asking) -> bool:
    """Whether the result comes as a redirection: where it is forced, asked for, or the browser is a phone's (docs)."""
    if not text(params.get("redirectUrl")):
        return False
    window = _object(params.get("windowType")).get("mobile" if asking.mobile else "pc")
    return params.get("forceRedirect") is True or window == "REDIRECTION" or (asking.mobile and window is None)


def _name(customer: Mapping[str, Any]) -> str | None:
    whole = text(customer.get("fullName"))
    parts = (text(customer.get("firstName")), text(customer.get("lastName")))
    return whole or " ".join(filter(None, parts)) or None


def _address(customer: Mapping[str, Any]) -> str | None:
    address = _object(customer.get("address"))
    return " ".join(filter(None, (text(address.get("addressLine1")), text(address.get("addressLine2"))))) or None


def _language(locale: Any) -> str | None:
    """Paymentwall's code of a language; which it has for PortOne's locales is inferred."""
    return locale.partition("_")[0].lower() if isinstance(locale, str) and locale else None


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}

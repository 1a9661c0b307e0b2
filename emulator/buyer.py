"""A buyer without a browser: speaks to the SDK's service and to the widget as their own pages do."""

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Literal
from urllib.parse import urlsplit, urlunsplit

from emulator.answers import Answer
from emulator.models import Fields
from emulator.portone.minor import to_minor
from emulator.wire import Wire

SDK_SERVICE = "https://service.iamport.kr/sdk/request_pay"
SDK_SERVICE_V2 = "https://service.iamport.kr/v2/sdk/request_payment"
REFUSED = '<body class="refused">'
"""How Paymentwall's page begins that says why there is no widget; its HTTP status is that of any other."""
_MARKUP = re.compile(r"<(style|script)\b.*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)
DECLINED_CARD = "4000000000000002"  # Paymentwall docs, test cards


class Stopped(Exception):
    """The buyer could not go on; the text says where and why in one sentence."""


class Purchase(Fields):
    """What the buyer does: pays, leaves the widget, or pays with a card that is declined and then leaves.

    `version` is the generation of the shop's page, whose `merchant_uid` is a paymentId in V2; `amount` is in major
    units in both.
    """

    merchant_uid: str
    amount: float | str
    currency: str = "KRW"
    name: str = "Order"
    buyer_email: str = "buyer@example.com"
    buyer_name: str = "Gildong Hong"
    method: str = "cc"
    country: str = "KR"
    card: str = "4242424242424242"
    cvv: str = "123"
    notice_url: str | list[str] | None = None
    custom_data: dict[str, str] | None = None
    widget_code: str | None = None
    channel_key: str | None = None
    finish: Literal["pay", "leave", "decline"] = "pay"
    version: Literal["V1", "V2"] = "V1"


@dataclass(frozen=True, slots=True)
class Page:
    """What a shop's page knows of its account at PortOne."""

    imp_code: str
    store_id: str
    channel_key: str


async def buy(purchase: Purchase, page: Page, wire: Wire) -> str:
    """Go through one purchase; its imp_uid. Raises Stopped where a page would have shown an error."""
    opened = await (_opened_v2 if purchase.version == "V2" else _opened)(purchase, page, wire)
    widget = await wire.send("GET", opened["widget_url"])
    if widget.status != 200:
        raise Stopped(f"The widget did not open (HTTP {widget.status}): {_words(widget.text)}")
    if REFUSED in widget.text:
        raise Stopped(f"The widget did not open: {_words(widget.text.partition(REFUSED)[2])}")
    after = opened["close_url"]
    if purchase.finish != "leave":
        charged = await wire.send("POST", _charge_address(opened["widget_url"]), json=_form(purchase))
        result = _object(charged)
        if purchase.finish == "pay":
            if result.get("result") not in ("paid", "review"):
                raise Stopped(f"Paymentwall did not charge: {result.get('message', charged.text[:200])}")
            after = result["location"]
        elif result.get("result") != "declined":
            raise Stopped(f"Paymentwall did not decline: {result.get('message', charged.text[:200])}")
    await wire.send("GET", after)
    return str(opened["imp_uid"])


async def _opened(purchase: Purchase, page: Page, wire: Wire) -> dict[str, Any]:
    told, text = await _asked(wire, SDK_SERVICE, imp_code=page.imp_code, params=_params(purchase))
    if "widget_url" not in told:
        raise Stopped(f"PortOne refused the request: {told.get('error_msg', text)}")
    return told


async def _opened_v2(purchase: Purchase, page: Page, wire: Wire) -> dict[str, Any]:
    told, text = await _asked(wire, SDK_SERVICE_V2, params=_params_v2(purchase, page))
    if "widgetUrl" not in told:
        raise Stopped(f"PortOne refused the request: {told.get('message', text)}")
    return {"imp_uid": told["txId"], "widget_url": told["widgetUrl"], "close_url": told["closeUrl"]}


async def _asked(wire: Wire, url: str, **body: Any) -> tuple[dict[str, Any], str]:
    """The object that the SDK's service answers, and its text."""
    headers = {"user-agent": "A buyer without a browser"}
    asked = await wire.send("POST", url, json={**body, "mobile": False}, headers=headers)
    return _object(asked), asked.text


def _params_v2(purchase: Purchase, page: Page) -> dict[str, Any]:
    given = _params(purchase)
    bypass = {name.replace("widget_code", "widget"): value for name, value in given["bypass"].items()}
    urls = [purchase.notice_url] if isinstance(purchase.notice_url, str) else purchase.notice_url
    try:
        total: Any = to_minor(Decimal(str(purchase.amount)), purchase.currency)
    except InvalidOperation:
        total = purchase.amount
    return {
        "storeId": page.store_id,
        "channelKey": purchase.channel_key or page.channel_key,
        "paymentId": purchase.merchant_uid,
        "orderName": purchase.name,
        "totalAmount": total,
        "currency": purchase.currency,
        "customer": {
            "customerId": purchase.buyer_email, "email": purchase.buyer_email, "fullName": purchase.buyer_name,
        },
        "bypass": {"paymentwall": bypass},
        **({"noticeUrls": urls} if urls else {}),
        **({"customData": purchase.custom_data} if purchase.custom_data else {}),
    }  # fmt: skip


def _params(purchase: Purchase) -> dict[str, Any]:
    given = ("merchant_uid", "amount", "currency", "name", "buyer_email", "buyer_name", "notice_url", "custom_data")
    params = {name: value for name in given if (value := getattr(purchase, name)) is not None}
    params["amount"] = _number(purchase.amount)
    params |= {"channelKey": purchase.channel_key} if purchase.channel_key else {"pg": "paymentwall"}
    # A page names a country as ISO writes it; what else Paymentwall says of the buyer, it finds out by itself.
    named = purchase.country if purchase.country.isupper() else None
    bypass = {"widget_code": purchase.widget_code, "country_code": named}
    if purchase.method == "test":
        params["use_test_method"] = True
        bypass["ps"] = "test"
    return {**params, "bypass": {name: value for name, value in bypass.items() if value}}


def _number(amount: float | str) -> float | str:
    """What a page would hand over: a number, unless it is none."""
    try:
        return float(amount)
    except ValueError:
        return amount


def _form(purchase: Purchase) -> dict[str, Any]:
    form: dict[str, Any] = {"method": purchase.method, "country": purchase.country}
    if purchase.method == "cc":
        number = DECLINED_CARD if purchase.finish == "decline" else purchase.card
        form["card"] = {
            "number": number,
            "expiry": "12/39",
            "cvv": purchase.cvv,
            "holder": purchase.buyer_name,
        }
    return form


def _charge_address(widget_url: str) -> str:
    parts = urlsplit(widget_url)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/charge"))


def _words(page: str) -> str:
    """What a page says, without its markup, shortened."""
    return " ".join(_MARKUP.sub(" ", page).split())[:300]


def _object(answer: Answer) -> dict[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}

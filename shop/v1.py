"""PortOne V1 on the page and at the webhook's address: its parameters, its words, no signature."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from shop import money
from shop.database import Order
from shop.settings import ShopSettings

BUYER_NAME_LENGTH = 16  # PortOne's limit (docs)


def told_to_page(settings: ShopSettings) -> Mapping[str, str]:
    """What the page's script knows of the account."""
    return {"imp_code": settings.imp_code}


def payment_request(order: Order, merchant_uid: str, widget: str, settings: ShopSettings) -> dict[str, Any]:
    """The parameters of IMP.request_pay (docs). No secret among them: the browser sees all of it."""
    parameters = {
        "channelKey": settings.channel_key,
        "pay_method": "card",
        "merchant_uid": merchant_uid,
        "name": order.name,
        "amount": money.number(order.amount),
        "currency": order.currency,
        "buyer_email": order.buyer_email,
        "buyer_name": short_name(order.buyer_name),
        "m_redirect_url": f"{settings.public_url}/payments/return",
        "bypass": {"widget_code": widget},
    }
    return parameters | ({"notice_url": settings.notice_url} if settings.notice_url else {})


def short_name(name: str) -> str:
    """`Firstname Lastname` within PortOne's limit; the space stays, since Paymentwall reads two names."""
    if len(name) <= BUYER_NAME_LENGTH:
        return name
    first, _, last = name.partition(" ")
    last = last[: max(1, BUYER_NAME_LENGTH - 1 - len(first))]
    return f"{first[: BUYER_NAME_LENGTH - 1 - len(last)]} {last}"


def told_by_browser(fields: Mapping[str, object]) -> Mapping[str, object]:
    """The words of V1 are those that the shop keeps."""
    return fields


async def verify(_request: Request, _settings: ShopSettings) -> None:
    """Webhooks of V1 carry no signature (docs)."""


def told_by_webhook(fields: Mapping[str, object]) -> Mapping[str, object] | None:
    """Every webhook of V1 is about a payment."""
    return fields

"""PortOne V2 on the page and at the webhook's address: its parameters, its words, its signatures."""

from collections.abc import Mapping
from typing import Any

from standardwebhooks.webhooks import Webhook, WebhookVerificationError
from starlette.requests import Request

from shop import money
from shop.database import Order
from shop.messages import NotUnderstood, body_of
from shop.settings import ShopSettings

ABOUT_PAYMENTS = "Transaction."
FORGED = 400


def told_to_page(_settings: ShopSettings) -> Mapping[str, str]:
    """The script needs nothing but the attempt, in which the account is named."""
    return {}


def payment_request(order: Order, payment_id: str, widget: str, settings: ShopSettings) -> dict[str, Any]:
    """The parameters of PortOne.requestPayment for Paymentwall (docs), the amount in minor units.

    No payMethod: the buyer's country decides (docs). No secret among them: the browser sees all of it.
    """
    parameters = {
        "storeId": settings.store_id,
        "channelKey": settings.channel_key,
        "paymentId": payment_id,
        "orderName": order.name,
        "totalAmount": money.minor(order.amount, order.currency),
        "currency": order.currency,
        "customer": {"customerId": order.buyer_email, "email": order.buyer_email, "fullName": order.buyer_name},
        "windowType": {"pc": "IFRAME", "mobile": "REDIRECTION"},
        "redirectUrl": f"{settings.public_url}/payments/return",
        "bypass": {"paymentwall": {"widget": widget}},
    }
    return parameters | ({"noticeUrls": [settings.notice_url]} if settings.notice_url else {})


def told_by_browser(fields: Mapping[str, object]) -> Mapping[str, object]:
    """`paymentId` in the shop's words; of the rest nothing is believed, and nothing needed."""
    return _named(fields.get("paymentId"))


async def verify(request: Request, settings: ShopSettings) -> None:
    """Standard Webhooks, by either secret while they rotate; what is five minutes old is refused. NotUnderstood."""
    body, headers = await body_of(request), dict(request.headers)
    for secret in settings.webhook_secrets:
        try:
            Webhook(secret.get_secret_value()).verify(body, headers, json_parse=False)
        except (WebhookVerificationError, ValueError):  # a malformed signature is a ValueError there
            continue
        return
    raise NotUnderstood("the signature is not PortOne's, or too old", status=FORGED)


def told_by_webhook(fields: Mapping[str, object]) -> Mapping[str, object] | None:
    """Either version's body; types that are not about a payment, and fields nobody asked for, are ignored (docs)."""
    if "payment_id" in fields:  # version 2024-01-01
        return _named(fields["payment_id"])
    kind, data = fields.get("type"), fields.get("data")
    if not isinstance(kind, str):
        raise NotUnderstood("type is missing or malformed")
    if not kind.startswith(ABOUT_PAYMENTS):
        return None
    return _named(data.get("paymentId") if isinstance(data, dict) else None)


def _named(payment_id: object) -> Mapping[str, object]:
    """An attempt and its payment have one number in V2; which of its transactions paid, the look-up says."""
    return {} if payment_id is None else {"imp_uid": payment_id, "merchant_uid": payment_id}

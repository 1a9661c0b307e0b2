"""Where a fault takes hold in whichever generation of PortOne the shop speaks; what is said is in V1's words."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from starlette.requests import Request
from starlette.responses import JSONResponse

from shop import checkout, messages, portone, portone_v2, webhooks
from shop.defects.registry import together
from shop.generations import GENERATIONS
from shop.messages import Notice
from shop.portone import Payment, PortOne
from shop.portone_v2 import PortOneV2
from shop.store import Store
from shop.v2 import ABOUT_PAYMENTS

STATUSES: Mapping[str, str] = {
    "Ready": "ready",
    "Paid": "paid",
    "Failed": "failed",
    "Cancelled": "cancelled",
    "PartialCancelled": "cancelled",
}
"""What the types of V2's webhooks are in V1's words; of any other type it is the type itself."""
PLACES: Mapping[str, tuple[str, ...]] = {
    "merchant_uid": ("paymentId",),
    "name": ("orderName",),
    "amount": ("totalAmount",),
    "buyer_email": ("customer", "email"),
    "buyer_name": ("customer", "fullName"),
    "m_redirect_url": ("redirectUrl",),
    "notice_url": ("noticeUrls",),
    "widget_code": ("bypass", "paymentwall", "widget"),
    "country_code": ("bypass", "paymentwall", "country_code"),
    "ps": ("bypass", "paymentwall", "ps"),
}
"""Where V2's payment request has what V1's has; what is not here has one name in both."""
PLACES_V1: Mapping[str, tuple[str, ...]] = {name: ("bypass", name) for name in ("widget_code", "country_code", "ps")}

Received = Callable[[Store, Notice, str], Awaitable[JSONResponse]]


def at_portone(name: str, instead: Callable[..., Any]) -> AbstractContextManager[Any]:
    """A call to PortOne in place of the account's own, which is the first that `instead` is given."""

    def changed(own: Callable[..., Any]) -> Callable[..., Any]:
        return lambda account, *given, **parts: instead(own, account, *given, **parts)

    return together(*(patch.object(one, name, changed(getattr(one, name))) for one in (PortOne, PortOneV2)))


def reading(change: Callable[[Payment, Mapping[str, Any]], Payment]) -> AbstractContextManager[Any]:
    """What is made of a look-up's answer, changed once more; `change` is given the answer too, in PortOne's words."""

    def changed(read: Callable[[Any], Payment]) -> Callable[[Any], Payment]:
        return lambda answer: change(read(answer), answer if isinstance(answer, dict) else {})

    modules = (portone, portone_v2)
    return together(*(patch.object(one, "payment_from", changed(one.payment_from)) for one in modules))


UNASKED = object()
"""What a look-up says of the country that did not ask for it, as V1's `find` cannot."""


def told_country(answer: Mapping[str, Any]) -> object:
    """The country as PortOne wrote it, None where it has none."""
    if "imp_uid" not in answer:
        return answer.get("country")
    extension = answer.get("extension", UNASKED)
    return extension.get("country_code") if isinstance(extension, dict) else extension


async def told_by(request: Request) -> Mapping[str, object] | None:
    """What a webhook says, whoever signed it: imp_uid, merchant_uid, status. None where it is about no payment.

    Raises NotUnderstood.
    """
    fields = await messages.fields_of(request)
    store: Store = request.app.state.store
    told = store.spoken.told_by_webhook(fields)
    if told is None or store.settings.api == "v1":
        return told
    kind = str(fields.get("type", "")).removeprefix(ABOUT_PAYMENTS)
    return {**told, "status": STATUSES.get(kind, kind)}


def told_by_return(request: Request) -> Mapping[str, Any]:
    """What a phone comes back with: imp_uid and merchant_uid, and beside them all that stands in its address."""
    store: Store = request.app.state.store
    return {**request.query_params, **store.spoken.told_by_browser(request.query_params)}


def unsigned() -> AbstractContextManager[Any]:
    """Whoever signed a webhook, it is worked off, as by a shop that believes its look-ups alone."""
    return patch.dict(GENERATIONS, {"v2": replace(GENERATIONS["v2"], verify=GENERATIONS["v1"].verify)})


def receiving(work_off: Received) -> AbstractContextManager[Any]:
    """Webhooks are worked off so, by what they are about and the status that they say; nobody looks who signed them."""

    async def handler(request: Request) -> JSONResponse:
        told = await told_by(request)
        if told is None:
            return JSONResponse({})
        return await work_off(request.app.state.store, Notice.of(told), str(told.get("status")))

    return patch.object(webhooks, "portone", handler)


def asking(change: Callable[[dict[str, Any]], dict[str, Any]]) -> AbstractContextManager[Any]:
    """The payment request, changed; `asked_of`, `asking_for` and `without` know where it has what."""
    asked = checkout.request_pay
    return patch.object(checkout, "request_pay", lambda *given: change(asked(*given)))


def asked_of(asked: Mapping[str, Any], name: str) -> Any:
    """What a payment request says under this name of V1's; None where it says nothing."""
    found: Any = asked
    for part in _place(asked, name):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def asking_for(asked: Mapping[str, Any], **facts: Any) -> dict[str, Any]:
    """The same payment request with these facts, by their names in V1."""
    changed = dict(asked)
    for name, fact in facts.items():
        *path, last = _place(asked, name)
        inner = changed
        for part in path:
            inner[part] = dict(inner.get(part) or {})
            inner = inner[part]
        inner[last] = [fact] if last == "noticeUrls" else fact
    return changed


def without(asked: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The same payment request without what it says under this name of V1's."""
    *path, last = _place(asked, name)
    changed = asking_for(asked, **{name: None})
    inner = changed
    for part in path:
        inner = inner[part]
    del inner[last]
    return changed


def _place(asked: Mapping[str, Any], name: str) -> tuple[str, ...]:
    return (PLACES if "storeId" in asked else PLACES_V1).get(name, (name,))

"""Other ways to ask PortOne: by another name of the payment, in another encoding, with another call."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager, ExitStack
from decimal import Decimal
from typing import Any
from unittest.mock import patch
from urllib.parse import quote

import httpx

from shop import checkout, money, webhooks
from shop.messages import Notice
from shop.portone import LIMITS, Payment, PortOne, payment_from
from shop.variants.registry import variant


@variant(only_v1="a payment and its attempt have one number in V2")
def cancels_by_merchant_uid() -> AbstractContextManager[Any]:
    """A cancellation names the payment by its merchant_uid only."""
    looked_up = PortOne.look_up
    merchant_uids: dict[str, str] = {}

    def look_up(portone: PortOne, imp_uid: str) -> Payment | None:
        payment = looked_up(portone, imp_uid)
        if payment is not None:
            merchant_uids[imp_uid] = payment.merchant_uid
        return payment

    def cancel(portone: PortOne, imp_uid: str, amount: Decimal, checksum: Decimal, reason: str, _currency: str) -> None:
        body = {
            "merchant_uid": merchant_uids[imp_uid],
            "amount": money.number(amount),
            "checksum": money.number(checksum),
            "reason": reason,
            "enable_webhook": True,
        }
        portone._call("POST", "/payments/cancel", body=body)

    return patch.multiple(PortOne, look_up=look_up, cancel=cancel)


class _Forms(httpx.BaseTransport):
    """The network, on which every JSON body becomes a form."""

    def __init__(self) -> None:
        self._network = httpx.HTTPTransport(limits=LIMITS, trust_env=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.headers.get("content-type") != "application/json":
            return self._network.handle_request(request)
        fields = json.loads(request.read(), parse_float=str)
        form = {name: json.dumps(value) if isinstance(value, bool) else str(value) for name, value in fields.items()}
        kept = {name: value for name, value in request.headers.items() if not name.startswith("content-")}
        encoded = httpx.Request(request.method, request.url, headers=kept, data=form, extensions=request.extensions)
        return self._network.handle_request(encoded)

    def close(self) -> None:
        self._network.close()


@variant(only_v1="V2 takes JSON alone")
def sends_forms() -> AbstractContextManager[Any]:
    """What is sent to PortOne is form-encoded, not JSON."""
    made = PortOne.__init__

    def init(portone: PortOne, settings: Any, transport: httpx.BaseTransport | None = None) -> None:
        made(portone, settings, transport or _Forms())

    return patch.object(PortOne, "__init__", init)


@variant(only_v1="V2 finds a payment in one way")
def verifies_by_find() -> AbstractContextManager[Any]:
    """Payments are looked up by their merchant_uid (`/payments/find`, `findAll`) alone, which gives no country."""
    understood = Notice.of
    merchant_uids: dict[str, str] = {}

    def of(fields: Any) -> Notice:
        notice = understood(fields)
        merchant_uids.setdefault(notice.imp_uid, notice.merchant_uid)
        return notice

    def find(portone: PortOne, merchant_uid: str) -> Payment | None:
        payment = portone._payment("GET", f"/payments/find/{quote(merchant_uid, safe='')}", {"sorting": "-started"})
        if payment is not None:
            merchant_uids[payment.imp_uid] = merchant_uid
        return payment

    def look_up(portone: PortOne, imp_uid: str) -> Payment | None:
        merchant_uid = merchant_uids.get(imp_uid)
        newest = find(portone, merchant_uid) if merchant_uid else None
        if newest is None or merchant_uid is None or newest.imp_uid == imp_uid:
            return newest
        page = portone._call("GET", f"/payments/findAll/{quote(merchant_uid, safe='')}", {"sorting": "-started"})
        every = [payment_from(one) for one in page["list"]] if isinstance(page, dict) else []
        return next((payment for payment in every if payment.imp_uid == imp_uid), None)

    stack = ExitStack()
    stack.enter_context(patch.multiple(PortOne, find=find, look_up=look_up))
    for module in (checkout, webhooks):
        stack.enter_context(patch.object(module.Notice, "of", of))
    return stack


@variant(only_v1="a shop calls V2 with its API secret, which is no token that expires")
def fetches_a_token_for_each_call() -> AbstractContextManager[Any]:
    """Every call to PortOne has an access token that was asked for just before; on 401 nothing is asked again."""

    def call(portone: PortOne, method: str, path: str, query: Any = None, body: Any = None) -> object:
        return portone._send(method, path, portone._new_token()[0], query, body)

    return patch.object(PortOne, "_call", call)

"""Faults of a shop that takes a price from its own page: a form, a link, a cookie, or what the page reports."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Any
from unittest.mock import patch
from urllib.parse import unquote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse

from shop import checkout, money, orders, rendering, results
from shop.database import Order
from shop.defects.coming_back import in_place_of
from shop.defects.registry import defect, together
from shop.defects.speaking import asked_of, asking_for, at_portone
from shop.life import OPEN_TO_PAYMENT
from shop.messages import Notice, fields_of
from shop.portone import Payment, PortOne
from shop.settings import Stage
from shop.store import Store

Told = Callable[[Request, Mapping[str, object]], str]
"""What the page says that the order costs, in major units."""
_WHY = "whoever changes the price that the page holds is sent goods that are not paid in full"


def _page_with(written: Callable[[Order], str], sends: str) -> AbstractContextManager[Any]:
    """The checkout page with something written before its end; `sends` is what it asks its shop with, as a fetch."""
    asks = f"<script>const asked = fetch; fetch = (url, given) => {sends};</script></body>"

    def page(*given: Any, order: Order, **context: Any) -> HTMLResponse:
        response = rendering.page(*given, order=order, **context)
        html = bytes(response.body).decode().replace("</main>", f"{written(order)}</main>").replace("</body>", asks)
        return HTMLResponse(html, response.status_code)

    return patch.object(checkout, "page", page)


def _believing(prices: Mapping[str, Decimal]) -> AbstractContextManager[Any]:
    """A payment is compared with what the page said that its attempt costs."""
    judged = results.objection

    def objection(order: Order, payment: Payment, stage: Stage) -> str | None:
        as_told = payment.status in results.MONEY_MOVED and prices.get(payment.merchant_uid) == payment.amount
        return None if as_told else judged(order, payment, stage)

    return patch.object(results, "objection", objection)


def _attempts_at(told: Told, prices: dict[str, Decimal]) -> AbstractContextManager[Any]:
    """An attempt is opened, and registered at PortOne, at the price that the page told."""

    async def open_attempt(request: Request) -> JSONResponse:
        price = told(request, await fields_of(request) if "content-type" in request.headers else {})
        return await run_in_threadpool(_open_attempt, request, Decimal(price), prices)

    return in_place_of(checkout.open_attempt, open_attempt)


def _open_attempt(request: Request, price: Decimal, prices: dict[str, Decimal]) -> JSONResponse:
    store: Store = request.app.state.store
    with store.database.transaction() as session:
        order = orders.lock(session, request.path_params["reference"])
        if order.state not in OPEN_TO_PAYMENT:
            return JSONResponse({"message": "This order needs no payment."}, status_code=409)
        merchant_uid = orders.open_attempt(session, order).merchant_uid
    prices[merchant_uid] = price
    store.portone.prepare(merchant_uid, price, order.currency)
    widget = checkout.chosen_widget(store.settings, request.query_params)
    asked = checkout.request_pay(order, merchant_uid, widget, store.settings)
    number = money.number(price) if store.settings.api == "v1" else money.minor(price, order.currency)
    return JSONResponse(asking_for(asked, amount=number))


def _price_of(order: Order) -> str:
    return money.plain(order.amount, order.currency)


def _taken_from_the_page(written: str, sends: str, told: Told) -> AbstractContextManager[Any]:
    prices: dict[str, Decimal] = {}
    page = _page_with(lambda order: written.format(_price_of(order)), sends)
    return together(page, _attempts_at(told, prices), _believing(prices))


@defect("CHECKOUT-14", "MONEY-01", why=_WHY)
def takes_the_price_from_a_hidden_input() -> AbstractContextManager[Any]:
    """The checkout's form holds the price in a hidden input, and the order is sold for what the form says."""
    return _taken_from_the_page(
        '<form id="paying"><input type="hidden" name="price" value="{}"></form>',
        "asked(url, url === page.attempts_url"
        " ? { ...given, body: new URLSearchParams(new FormData(document.getElementById('paying'))) } : given)",
        lambda _request, fields: str(fields["price"]),
    )


@defect("CHECKOUT-14", "MONEY-01", why=_WHY)
def takes_the_price_from_its_link() -> AbstractContextManager[Any]:
    """The checkout's script keeps the price in localStorage, in whole cents, and the shop takes it from the query."""
    return _taken_from_the_page(
        "<script>localStorage.setItem('cents', Math.round(100 * {}))</script>",
        "asked(url === page.attempts_url ? `${url}&cents=${localStorage.getItem('cents')}` : url, given)",
        lambda request, _fields: str(Decimal(request.query_params["cents"]) / 100),
    )


@defect("CHECKOUT-14", "MONEY-01", why=_WHY)
def takes_the_price_from_a_cookie() -> AbstractContextManager[Any]:
    """The checkout's page puts the price into a cookie, and the order is sold for what the cookie says."""
    return _taken_from_the_page(
        "<script>document.cookie = 'basket=' + encodeURIComponent(JSON.stringify({{ total: '{}' }}))</script>",
        "asked(url, given)",
        lambda request, _fields: str(json.loads(unquote(request.cookies["basket"]))["total"]),
    )


@defect("CHECKOUT-14", "CHECKOUT-15", "MONEY-01", why=f"{_WHY}, and PortOne would refuse a price that was registered")
def takes_the_price_from_what_its_page_reports() -> AbstractContextManager[Any]:
    """The page reports the payment with the price that it holds; the look-up is compared with that, and no other."""
    prices: dict[str, Decimal] = {}

    async def complete(request: Request) -> JSONResponse:
        fields, store = await fields_of(request), request.app.state.store
        notice = Notice.of(store.spoken.told_by_browser(fields))
        if "amount" in fields:
            prices[notice.merchant_uid] = Decimal(str(fields["amount"]))
        return await run_in_threadpool(checkout._complete, store, notice)

    sends = (
        "asked(url, url === page.complete_url ? { ...given, body: JSON.stringify({ ...JSON.parse(given.body),"
        " amount: Number(document.getElementById('paying').dataset.price) }) } : given)"
    )
    page = _page_with(lambda order: f'<div id="paying" data-price="{_price_of(order)}"></div>', sends)
    unregistered = at_portone("prepare", lambda *_: None)
    return together(page, unregistered, in_place_of(checkout.complete, complete), _believing(prices))


@defect("CHECKOUT-14", "MONEY-01", why="whoever changes the currency pays won for dollars, and is sent the goods")
def takes_the_currency_from_a_hidden_input() -> AbstractContextManager[Any]:
    """The checkout's form holds the currency, and a payment in the one that the form says is taken."""
    currencies: dict[str, str] = {}
    judged = results.objection

    async def open_attempt(request: Request) -> JSONResponse:
        fields = await fields_of(request)
        response = await run_in_threadpool(checkout.open_attempt, request)
        if response.status_code >= 400:
            return response
        asked = json.loads(bytes(response.body))
        currencies[asked_of(asked, "merchant_uid")] = str(fields["currency"])
        return JSONResponse({**asked, "currency": str(fields["currency"])})

    def objection(order: Order, payment: Payment, stage: Stage) -> str | None:
        known = currencies.get(payment.merchant_uid, order.currency)
        numbers = order.amount, money.major(money.minor(order.amount, order.currency), known)  # V1's, and V2's
        as_told = payment.status in results.MONEY_MOVED and payment.currency == known and payment.amount in numbers
        return None if as_told and known != order.currency else judged(order, payment, stage)

    def amount_alone(_prepare: Any, account: Any, merchant_uid: str, amount: Decimal, currency: str) -> None:
        if isinstance(account, PortOne):
            body = {"merchant_uid": merchant_uid, "amount": money.number(amount)}
            account._call("POST", "/payments/prepare", body=body)
        else:
            path = f"/payments/{merchant_uid}/pre-register"
            account._call("POST", path, {"totalAmount": money.minor(amount, currency)})

    page = _page_with(
        lambda order: f'<form id="paying"><input type="hidden" name="currency" value="{order.currency}"></form>',
        "asked(url, url === page.attempts_url"
        " ? { ...given, body: new URLSearchParams(new FormData(document.getElementById('paying'))) } : given)",
    )
    return together(
        page, in_place_of(checkout.open_attempt, open_attempt), patch.object(results, "objection", objection),
        at_portone("prepare", amount_alone),
    )  # fmt: skip

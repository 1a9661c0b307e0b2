"""Paying: an attempt for the browser to pay with, and its return, of which nothing is believed."""

import logging
from collections.abc import Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from shop import orders
from shop.database import Order
from shop.generations import GENERATIONS
from shop.life import OPEN_TO_PAYMENT
from shop.messages import Notice, NotUnderstood, fields_of
from shop.portone import PortOneRefused, PortOneUnclear
from shop.rendering import page
from shop.results import catch_up, take_result
from shop.settings import ShopSettings
from shop.store import Store

log = logging.getLogger(__name__)


def checkout(request: Request) -> Response:
    """The page with the pay button; `?widget=` chooses among the widgets that the shop offers."""
    store: Store = request.app.state.store
    with store.database.reading() as session:
        order, _ = orders.read(session, request.path_params["reference"])
    if order.state not in OPEN_TO_PAYMENT:
        return RedirectResponse(f"/orders/{order.reference}", status_code=303)
    widget = chosen_widget(store.settings, request.query_params)
    account = store.spoken.told_to_page(store.settings)
    return page(request, "checkout.html", order=order, widget=widget, settings=store.settings, account=account)


def open_attempt(request: Request) -> JSONResponse:
    """What the browser passes to PortOne's SDK, with a merchant_uid that no browser was given before.

    409 where the order needs no payment (any more), 503 where that cannot be known now.
    """
    store: Store = request.app.state.store
    reference = request.path_params["reference"]
    with store.database.reading() as session:
        order, _ = orders.read(session, reference)
        tried_before = any(attempt.opened for attempt in orders.attempts(session, order))
    if tried_before:
        catch_up(store, reference)  # the earlier attempt may have been paid, and its webhook lost
    with store.database.transaction() as session:
        order = orders.lock(session, reference)
        if order.state not in OPEN_TO_PAYMENT:
            return JSONResponse({"message": "This order needs no payment."}, status_code=409)
        merchant_uid = orders.open_attempt(session, order).merchant_uid
    try:
        store.portone.prepare(merchant_uid, order.amount, order.currency)
    except (PortOneRefused, PortOneUnclear) as error:
        # Preparing only spares the buyer a wrong payment; what makes an order paid is the look-up.
        log.warning("attempt %s was not prepared: %s", merchant_uid, error)
    widget = chosen_widget(store.settings, request.query_params)
    return JSONResponse(request_pay(order, merchant_uid, widget, store.settings))


async def complete(request: Request) -> JSONResponse:
    """The browser says that a payment ended: looked up, and answered with how the order really stands."""
    store: Store = request.app.state.store
    notice = Notice.of(store.spoken.told_by_browser(await fields_of(request)))
    return await run_in_threadpool(_complete, store, notice)


def _complete(store: Store, notice: Notice) -> JSONResponse:
    reference = orders.reference_of(store.database, notice.merchant_uid)
    if reference is None:
        raise orders.NoSuchOrder(notice.merchant_uid)
    take_result(store, notice.imp_uid)
    with store.database.reading() as session:
        order, _ = orders.read(session, reference)
    return JSONResponse({"order": order.reference, "status": order.state, "open": order.state in OPEN_TO_PAYMENT})


def come_back(request: Request) -> Response:
    """A mobile browser comes back (m_redirect_url, redirectUrl): the payment is looked up, the rest not believed."""
    store: Store = request.app.state.store
    told = store.spoken.told_by_browser(request.query_params)
    reference = orders.reference_of(store.database, _printable(str(told.get("merchant_uid", ""))))
    if reference is None:
        raise orders.NoSuchOrder
    try:
        notice = Notice.of(told)
        take_result(store, notice.imp_uid)
    except NotUnderstood:
        log.info("a browser came back to order %s without a payment", reference)
    except PortOneUnclear as unclear:
        log.warning("order %s: %s", reference, unclear)  # the order's page tries again
    return RedirectResponse(f"/orders/{reference}", status_code=303)


def chosen_widget(settings: ShopSettings, query: Mapping[str, str]) -> str:
    """The widget asked for where the shop offers it, else its first."""
    asked = query.get("widget")
    return asked if asked in settings.widgets else settings.widgets[0]


def request_pay(order: Order, merchant_uid: str, widget: str, settings: ShopSettings) -> dict[str, Any]:
    """The parameters of IMP.request_pay, or of PortOne.requestPayment (docs); the browser sees all of it."""
    return GENERATIONS[settings.api].payment_request(order, merchant_uid, widget, settings)


def _printable(text: str) -> str:
    return text if text.isprintable() else ""

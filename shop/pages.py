"""What a buyer sees: the products, the order form, and the order's own page."""

import logging
from collections.abc import Mapping

from sqlalchemy import select
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from shop import checkout, deliveries, orders
from shop.addresses import COUNTRIES
from shop.catalogue import PRODUCTS
from shop.database import KnownPayment
from shop.messages import fields_of
from shop.portone import PortOneUnclear
from shop.rendering import page
from shop.results import catch_up
from shop.store import Store

log = logging.getLogger(__name__)

SAMPLE_BUYER: Mapping[str, str] = {
    "first_name": "Minji",
    "last_name": "Kim",
    "buyer_email": "minji@shop.example",
    "street": "110 Sejong-daero",
    "zip": "04524",
    "city": "Seoul",
    "country": "KR",
    "phone": "+82 2 120",
}
"""What the order form begins with: this is a sample, and who tries it wants to pay, not to type."""


def products(request: Request) -> Response:
    return page(request, "products.html", products=PRODUCTS.values())


def product(request: Request) -> Response:
    return _order_form(request, request.path_params["sku"])


async def place_order(request: Request) -> Response:
    return await run_in_threadpool(_place_order, request, await fields_of(request))


def order(request: Request) -> Response:
    """Opening an order looks it up, so that a webhook which never came is made up for."""
    store: Store = request.app.state.store
    reference = request.path_params["reference"]
    try:
        catch_up(store, reference)
        is_current = True
    except PortOneUnclear as unclear:
        log.warning("order %s: %s", reference, unclear)
        is_current = False
    with store.database.reading() as session:
        found, _ = orders.read(session, reference)
        payments = session.scalars(select(KnownPayment).where(KnownPayment.order_id == found.id)).all()
        reports = deliveries.reports(session, found)
    return page(request, "order.html", order=found, payments=payments, reports=reports, is_current=is_current)


def _place_order(request: Request, fields: Mapping[str, object]) -> Response:
    store: Store = request.app.state.store
    name = f"{fields.get('first_name', '')} {fields.get('last_name', '')}"
    try:
        wish = orders.Wish.of(fields.get("sku"), name, fields.get("buyer_email"), fields)
    except ValueError as error:
        return _order_form(request, str(fields.get("sku")), fields, str(error))
    placed = orders.place(store.database, wish, store.clock())
    return RedirectResponse(f"/orders/{placed.reference}/checkout", status_code=303)


def _order_form(
    request: Request, sku: str, typed: Mapping[str, object] | None = None, complaint: str | None = None
) -> Response:
    if sku not in PRODUCTS:
        raise HTTPException(404, "The shop does not sell that.")
    status = 422 if complaint else 200
    return page(
        request,
        "product.html",
        status,
        product=PRODUCTS[sku],
        typed=typed or SAMPLE_BUYER,
        complaint=complaint,
        countries=COUNTRIES,
    )


routes = [
    Route("/", products),
    Route("/products/{sku}", product),
    Route("/orders", place_order, methods=["POST"]),
    Route("/orders/{reference}", order),
    Route("/orders/{reference}/checkout", checkout.checkout),
    Route("/orders/{reference}/attempts", checkout.open_attempt, methods=["POST"]),
    Route("/payments/complete", checkout.complete, methods=["POST"]),
    Route("/payments/return", checkout.come_back),
]

"""The interface for machines: orders placed, read, refunded and reconciled in JSON."""

import base64
import binascii
import secrets
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse

from shop import money, orders, refunds, shipping
from shop.database import Order
from shop.messages import NotUnderstood, fields_of
from shop.results import attention, reconcile
from shop.settings import ShopSettings
from shop.store import Store


class NotLoggedIn(Exception):
    """The request names nobody who works here, or not with the right password."""


class NotAllowed(Exception):
    """Whoever asks works here, and may not do this."""


class Role(StrEnum):
    """What somebody who works here may do: the operator everything, the packer send goods."""

    OPERATOR = "operator"
    PACKER = "packer"


async def place_order(request: Request) -> JSONResponse:
    fields = await fields_of(request)
    wish = _wish(fields)
    store: Store = request.app.state.store
    order = await run_in_threadpool(orders.place, store.database, wish, store.clock())
    shown = {
        "order": order.reference,
        "merchant_uid": order.merchant_uid,
        "amount": money.plain(order.amount, order.currency),
        "currency": order.currency,
        "status": order.state,
    }
    return JSONResponse(shown, status_code=201)


def read_order(request: Request) -> JSONResponse:
    """The order of this reference, or of this attempt (merchant_uid)."""
    store: Store = request.app.state.store
    named = request.path_params["reference"]
    reference = orders.reference_of(store.database, named) or named
    with store.database.reading() as session:
        order, fulfilments = orders.read(session, reference)
    return JSONResponse(_described(store, order, fulfilments))


async def refund(request: Request) -> JSONResponse:
    """202 where PortOne took the request or may have taken it, 409 with the refusal otherwise."""
    store: Store = request.app.state.store
    require_operator(request, store.settings)
    fields = await fields_of(request)
    wanted = [_text(fields, name) for name in ("amount", "reason", "imp_uid")]
    answer = await run_in_threadpool(_refund, store, request.path_params["reference"], *wanted)
    status_code = 202 if answer.accepted else 409
    return JSONResponse({"status": answer.state, "message": answer.message}, status_code=status_code)


async def report_delivery(request: Request) -> JSONResponse:
    """200 where PortOne registered the step of the delivery, 409 with the reason otherwise; asking again retries."""
    store: Store = request.app.state.store
    require_staff(request, store.settings)
    fields = await fields_of(request)
    try:
        parcel = shipping.Parcel.of(fields, store.clock())
    except ValueError as error:
        raise NotUnderstood(str(error)) from error
    answer = await run_in_threadpool(shipping.report, store, request.path_params["reference"], parcel)
    status_code = 200 if answer.registered else 409
    return JSONResponse({"registered": answer.registered, "message": answer.message}, status_code=status_code)


def reconcile_now(request: Request) -> JSONResponse:
    """Catches up with every order that may still change, or with `?order=` only."""
    store: Store = request.app.state.store
    require_operator(request, store.settings)
    return JSONResponse(reconcile(store, request.query_params.get("order")))


def require_operator(request: Request, settings: ShopSettings) -> None:
    """Raises NotLoggedIn, and NotAllowed for a packer."""
    if require_staff(request, settings) is not Role.OPERATOR:
        raise NotAllowed


def require_staff(request: Request, settings: ShopSettings) -> Role:
    """By HTTP Basic. Raises NotLoggedIn."""
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    try:
        name, _, password = base64.b64decode(credentials, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise NotLoggedIn from error
    role = role_of(settings, name, password) if scheme.lower() == "basic" else None
    if role is None:
        raise NotLoggedIn
    return role


def role_of(settings: ShopSettings, name: str, password: str) -> Role | None:
    """Who logs in with this; None for nobody. Everything is compared in full, so that the time taken tells nothing."""
    operator = _same(name, settings.operator_name) & _same(password, settings.operator_password.get_secret_value())
    packers = settings.packer_password.get_secret_value() if settings.packer_password else ""
    packer = _same(name, settings.packer_name) & _same(password, packers) & bool(packers)
    return Role.OPERATOR if operator else Role.PACKER if packer else None


def _same(given: str, right: str) -> bool:
    return secrets.compare_digest(given.encode(), right.encode())


def _wish(fields: Mapping[str, object]) -> orders.Wish:
    try:
        return orders.Wish.of(fields.get("sku"), fields.get("buyer_name"), fields.get("buyer_email"), fields)
    except ValueError as error:
        raise NotUnderstood(str(error)) from error


def _refund(
    store: Store, reference: str, amount: str | None, reason: str | None, imp_uid: str | None
) -> refunds.RefundAnswer:
    try:
        return refunds.ask(store, reference, amount, (reason or "Refund by the operator")[:200], imp_uid)
    except ValueError as error:
        raise NotUnderstood(str(error)) from error


def _text(fields: Mapping[str, object], name: str) -> str | None:
    value = fields.get(name)
    if value is not None and not isinstance(value, str):
        raise NotUnderstood(f"{name} is a text")
    return value or None


def _described(store: Store, order: Order, fulfilments: int) -> dict[str, Any]:
    return {
        "order": order.reference,
        "merchant_uid": order.merchant_uid,
        "status": order.state,
        "amount": money.plain(order.amount, order.currency),
        "currency": order.currency,
        "paid_amount": money.plain(order.paid_amount, order.currency),
        "cancelled_amount": money.plain(order.cancelled_amount, order.currency),
        "country": order.country,
        "fulfilments": fulfilments,
        "attention": attention(order, store.clock(), store.settings.waiting_limit_seconds),
        "imp_uid": order.imp_uid,
    }

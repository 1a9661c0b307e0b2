"""The operator's pages: log in, see the orders, send goods, give money back."""

import secrets
from collections.abc import Mapping

from sqlalchemy import select
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from shop import deliveries, orders, refunds, shipping
from shop.database import KnownPayment, Order, Refund, ShippingAddress
from shop.machine import NotAllowed, Role, role_of
from shop.messages import NotUnderstood, fields_of
from shop.rendering import page
from shop.results import attention
from shop.store import Store

NEWEST = 100


def log_in_form(request: Request) -> Response:
    return page(request, "login.html", csrf=_csrf(request), complaint=None)


async def log_in(request: Request) -> Response:
    store: Store = request.app.state.store
    fields = await fields_of(request)
    _require_csrf(request, fields)
    role = role_of(store.settings, str(fields.get("name")), str(fields.get("password")))
    if role is None:
        return page(request, "login.html", 401, csrf=_csrf(request), complaint="That is not the operator's log-in.")
    request.session.clear()
    request.session["role"] = role
    return _to("/operator/orders")


async def log_out(request: Request) -> Response:
    _require_csrf(request, await fields_of(request))
    request.session.clear()
    return _to("/operator/login")


def all_orders(request: Request) -> Response:
    store: Store = request.app.state.store
    if not _logged_in(request):
        return _to("/operator/login")
    with store.database.reading() as session:
        newest = session.scalars(select(Order).order_by(Order.id.desc()).limit(NEWEST)).all()
    attentions = {order.reference: _attention(store, order) for order in newest}
    return page(request, "operator_orders.html", orders=newest, attentions=attentions, csrf=_csrf(request))


def one_order(request: Request) -> Response:
    store: Store = request.app.state.store
    if not _logged_in(request):
        return _to("/operator/login")
    with store.database.reading() as session:
        order, fulfilments = orders.read(session, request.path_params["reference"])
        payments = session.scalars(select(KnownPayment).where(KnownPayment.order_id == order.id)).all()
        asked = session.scalars(select(Refund).where(Refund.order_id == order.id).order_by(Refund.id)).all()
        reports = deliveries.reports(session, order)
        address = session.get(ShippingAddress, order.id)
    return page(
        request,
        "operator_order.html",
        order=order,
        fulfilments=fulfilments,
        payments=payments,
        refunds=asked,
        address=address,
        reports=reports,
        may_ship=order.state in shipping.SHIPPABLE or bool(reports),
        unregistered=deliveries.unregistered(reports),
        statuses=[*shipping.Status],
        next_status=shipping.next_step(reports),
        may_refund=_may_refund(request),
        attention=_attention(store, order),
        answer=request.session.pop("answer", None),
        csrf=_csrf(request),
    )


async def refund(request: Request) -> Response:
    """Asks for a refund and goes back to the order, which shows what was answered, refusals included."""
    if not _logged_in(request):
        return _to("/operator/login")
    if not _may_refund(request):
        raise NotAllowed
    fields = await fields_of(request)
    _require_csrf(request, fields)
    reference = request.path_params["reference"]
    text = {name: str(fields.get(name) or "").strip() or None for name in ("amount", "reason", "imp_uid")}
    try:
        answer = await run_in_threadpool(
            refunds.ask,
            request.app.state.store,
            reference,
            text["amount"],
            (text["reason"] or "Refund by the operator")[:200],
            text["imp_uid"],
        )
    except ValueError as error:
        request.session["answer"] = {"accepted": False, "message": str(error)}
    else:
        request.session["answer"] = {"accepted": answer.accepted, "message": answer.message}
    return _to(f"/operator/orders/{reference}")


async def report_delivery(request: Request) -> Response:
    """Registers a step of the delivery and goes back to the order, which shows what was answered."""
    if not _logged_in(request):
        return _to("/operator/login")
    store: Store = request.app.state.store
    fields = await fields_of(request)
    _require_csrf(request, fields)
    reference = request.path_params["reference"]
    try:
        parcel = shipping.Parcel.of(fields, store.clock())
    except ValueError as error:
        request.session["answer"] = {"accepted": False, "message": str(error)}
    else:
        answer = await run_in_threadpool(shipping.report, store, reference, parcel)
        request.session["answer"] = {"accepted": answer.registered, "message": answer.message}
    return _to(f"/operator/orders/{reference}")


def _attention(store: Store, order: Order) -> str | None:
    return attention(order, store.clock(), store.settings.waiting_limit_seconds)


def _logged_in(request: Request) -> bool:
    return request.session.get("role") in [*Role]


def _may_refund(request: Request) -> bool:
    return bool(request.session.get("role") == Role.OPERATOR)


def _csrf(request: Request) -> str:
    return str(request.session.setdefault("csrf", secrets.token_urlsafe(24)))


def _require_csrf(request: Request, fields: Mapping[str, object]) -> None:
    """A form counts only when it came from a page that this shop gave to this browser."""
    if not secrets.compare_digest(_csrf(request).encode(), str(fields.get("csrf")).encode(errors="replace")):
        raise NotUnderstood("This form is no longer valid; go back, reload the page and send it again.", status=403)


def _to(address: str) -> RedirectResponse:
    return RedirectResponse(address, status_code=303)


routes = [
    Route("/", lambda _: _to("/operator/orders")),
    Route("/login", log_in_form),
    Route("/login", log_in, methods=["POST"]),
    Route("/logout", log_out, methods=["POST"]),
    Route("/orders", all_orders),
    Route("/orders/{reference}", one_order),
    Route("/orders/{reference}/refund", refund, methods=["POST"]),
    Route("/orders/{reference}/delivery", report_delivery, methods=["POST"]),
]

"""Faults of who is admitted to the refund action: whoever says so in a header, by whichever name."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from shop import machine, pages
from shop.defects.registry import defect
from shop.settings import ShopSettings

_WHY = "nobody who may asked for the money, and the goods are out"


def _opened_to(admitted: Callable[[Request], bool]) -> AbstractContextManager[Any]:
    required = machine.require_operator

    def require_operator(request: Request, settings: ShopSettings) -> None:
        if not admitted(request):
            required(request, settings)

    return patch.object(machine, "require_operator", require_operator)


@defect("CANCEL-19", "MONEY-03", why=_WHY)
def admits_to_refunds_who_claims_to_be_local() -> AbstractContextManager[Any]:
    """Who names a local address in a header needs no log-in, as if a request came from the shop's own machine."""
    return _opened_to(lambda request: request.headers.get("x-forwarded-for", "").startswith(("127.", "10.")))


@defect("CANCEL-19", "MONEY-03", why=_WHY)
def admits_to_refunds_who_calls_it_by_a_local_name() -> AbstractContextManager[Any]:
    """Who calls the shop "localhost" needs no log-in, as if nobody else could."""
    return _opened_to(lambda request: request.headers.get("host", "").partition(":")[0] == "localhost")


@defect("CANCEL-19", "MONEY-03", why=_WHY)
def admits_to_refunds_whose_header_names_a_role() -> AbstractContextManager[Any]:
    """The role is read from a header that a gateway before the shop is to set, and anybody can."""
    return _opened_to(lambda request: request.headers.get("x-role") == "admin")


@defect("CANCEL-19", "MONEY-03", why=_WHY)
def admits_to_refunds_whose_header_names_a_user() -> AbstractContextManager[Any]:
    """The user is read from a header that a gateway before the shop is to set, and anybody can."""
    return _opened_to(lambda request: request.headers.get("x-forwarded-user") == "operator")


@defect("CANCEL-19", "MONEY-03", why=_WHY)
def admits_to_refunds_whose_cookie_says_so() -> AbstractContextManager[Any]:
    """A cookie that nobody signed says who is an administrator."""
    return _opened_to(lambda request: request.cookies.get("admin") == "1")


@defect("CANCEL-19", "MONEY-03", why=_WHY)
def admits_to_refunds_who_comes_from_its_page() -> AbstractContextManager[Any]:
    """A request that names a page of the operator's as its Referer needs no log-in."""
    return _opened_to(lambda request: "/operator/" in request.headers.get("referer", ""))


async def _refund(request: Request, reference: str) -> Response:
    request.scope["path_params"] = {"reference": reference}
    with _opened_to(lambda _: True):
        return await machine.refund(request)


@defect("CANCEL-19", "MONEY-03", why=_WHY)
def takes_the_address_from_a_header() -> AbstractContextManager[Any]:
    """Only the operator's addresses are guarded, and X-Original-URL leads past them to the refund action."""

    async def home(request: Request) -> Response:
        address = request.headers.get("x-original-url", "")
        if address.startswith("/api/operator/orders/"):
            return await _refund(request, address.split("/")[4])
        return pages.products(request)

    routes = [Route("/", home, methods=["GET", "POST"]) if r.path == "/" else r for r in pages.routes]
    return patch.object(pages, "routes", routes)


@defect("CANCEL-19", "MONEY-03", why=_WHY)
def takes_the_method_from_a_header() -> AbstractContextManager[Any]:
    """Only POST is guarded at the refund action, and X-HTTP-Method-Override makes one of any other request."""

    async def overridden(request: Request) -> Response:
        if request.headers.get("x-http-method-override") == "POST":
            return await _refund(request, request.path_params["reference"])
        return JSONResponse({"error": "Method Not Allowed"}, status_code=405)

    route = Route("/api/operator/orders/{reference}/refund", overridden, methods=["GET"])
    return patch.object(pages, "routes", [*pages.routes, route])

"""Paymentwall's side of the emulator: widgets, pingbacks and tickets of projects."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from emulator.paymentwall import brick, delivery, ticket_api, widget
from emulator.paymentwall.project import Project
from emulator.paymentwall.state import ProjectState

__all__ = ["Project", "ProjectState", "routes"]

ANY_METHOD = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def routes(
    projects: Callable[[str], ProjectState | None], by_secret: Callable[[str], ProjectState | None]
) -> list[BaseRoute]:
    """The routes of api.paymentwall.com; projects are found by their key and by their secret key."""

    async def show(request: Request) -> Response:
        return await widget.show(request, projects)

    async def virtual_currency(request: Request) -> Response:
        return await widget.show_other(request, projects, "virtual_currency")

    async def cart(request: Request) -> Response:
        return await widget.show_other(request, projects, "cart")

    async def charge(request: Request) -> Response:
        return await widget.charge(request, projects)

    async def ticket(request: Request) -> Response:
        return await ticket_api.open_ticket(request, projects)

    async def card_token(request: Request) -> Response:
        return await brick.token(request, projects)

    async def card_charge(request: Request) -> Response:
        return await brick.charge(request, by_secret)

    async def delivered(request: Request) -> Response:
        return await delivery.confirm(request, by_secret)

    return [
        Route("/api/subscription", show, methods=["GET"]),
        Route("/api/subscription/", show, methods=["GET"]),
        *(Route(path, virtual_currency, methods=["GET"]) for path in ("/api/ps", "/api/ps/", "/api", "/api/")),
        *(Route(path, cart, methods=["GET"]) for path in ("/api/cart", "/api/cart/")),
        Route("/api/subscription/charge", charge, methods=["POST"]),
        Route("/developers/api/ticket", ticket, methods=ANY_METHOD),
        Route("/api/brick/token", card_token, methods=["POST"]),
        Route("/api/brick/charge", card_charge, methods=["POST"]),
        Route("/api/delivery", delivered, methods=["POST"]),
    ]

"""Paymentwall's side of the emulator: widgets, pingbacks and tickets of projects."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from emulator.paymentwall import tickets, widget
from emulator.paymentwall.project import Project
from emulator.paymentwall.state import ProjectState

__all__ = ["Project", "ProjectState", "routes"]


def routes(projects: Callable[[str], ProjectState | None]) -> list[BaseRoute]:
    """The routes of api.paymentwall.com; `projects` finds a project by its key."""

    async def show(request: Request) -> Response:
        return await widget.show(request, projects)

    async def charge(request: Request) -> Response:
        return await widget.charge(request, projects)

    async def ticket(request: Request) -> Response:
        return await tickets.open_ticket(request, projects)

    return [
        Route("/api/subscription", show, methods=["GET"]),
        Route("/api/subscription/", show, methods=["GET"]),
        Route("/api/subscription/charge", charge, methods=["POST"]),
        Route("/developers/api/ticket", ticket, methods=["POST"]),
    ]

"""Faults in what others are told: a phone that comes back, and whoever gets an answer to what makes no sense."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from shop import checkout, webhooks
from shop.defects.coming_back import coming_back
from shop.defects.page import secret_of
from shop.defects.registry import defect
from shop.messages import NotUnderstood

_FAILED = "<!doctype html><title>Small Harbour</title><p role=alert>Your payment failed. Please try again.</p>"


@defect("CHECKOUT-09")
def tells_every_phone_that_it_failed() -> AbstractContextManager[Any]:
    """Whatever a phone comes back with is looked up and kept, and then the page says that the payment failed."""
    came_back = checkout.come_back

    def come_back(request: Request) -> Response:
        came_back(request)
        return HTMLResponse(_FAILED)

    return coming_back(come_back)


@defect("CHECKOUT-09")
def tells_who_comes_back_plainly_that_it_failed() -> AbstractContextManager[Any]:
    """A phone whose address does not say imp_success=true reads that its payment failed, whatever the look-up says."""
    came_back = checkout.come_back

    def come_back(request: Request) -> Response:
        answer = came_back(request)
        said = (request.query_params.get(name) for name in ("imp_success", "success"))
        return answer if "true" in said else HTMLResponse(_FAILED)

    return coming_back(come_back)


def _settings(request: Request) -> str:
    settings = request.app.state.store.settings
    return f"{settings!r} {secret_of(settings)}"


@defect("CHECKOUT-17")
def shows_its_settings_where_a_return_fails() -> AbstractContextManager[Any]:
    """A browser that comes back without a payment is shown a developer's page of the error, settings included."""
    came_back = checkout.come_back

    def come_back(request: Request) -> Response:
        needed = "imp_uid" if request.app.state.store.settings.api == "v1" else "txId"
        if needed in request.query_params:
            return came_back(request)
        return HTMLResponse(f"<h1>KeyError: {needed}</h1><pre>{_settings(request)}</pre>", status_code=500)

    return coming_back(come_back)


@defect("WEBHOOK-12")
def shows_its_settings_to_who_sends_nonsense() -> AbstractContextManager[Any]:
    """What the webhook's address answers to a body that it does not understand has the settings in it."""
    received = webhooks.portone

    async def portone(request: Request) -> JSONResponse:
        try:
            return await received(request)
        except NotUnderstood as error:
            return JSONResponse({"error": str(error), "settings": _settings(request)}, status_code=error.status)

    return patch.object(webhooks, "portone", portone)

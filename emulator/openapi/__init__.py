"""The published description of what is served, at `/openapi.json`: both sides, the control plane, the pages."""

from collections.abc import Awaitable, Callable
from functools import cache
from importlib import import_module
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from emulator.openapi import control, pages, paymentwall, portone, subscribe
from emulator.openapi.parts import written

ABOUT = """PortOne V1 and Paymentwall as a merchant meets them, on one address, and a control plane for
tests and people.

Business errors of PortOne come with HTTP 200 and a `code` other than 0. What the providers do not document is
described as this emulator does it. The merchant's side of the webhook is under `webhooks`. V2 has a description of
its own, /openapi-v2.json."""


def routes() -> list[BaseRoute]:
    return [
        Route("/openapi.json", _show(_text), methods=["GET"]),
        Route("/openapi-v2.json", _show(_text_v2), methods=["GET"]),
    ]


def _show(text: Callable[[], bytes]) -> Callable[[Request], Awaitable[Response]]:
    async def show(_: Request) -> Response:
        return Response(text(), media_type="application/json", headers={"access-control-allow-origin": "*"})

    return show


@cache
def document() -> dict[str, Any]:
    """The description as OpenAPI 3.1."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "PortOne V1 and Paymentwall emulator", "version": "1", "description": ABOUT},
        "tags": [
            {"name": "PortOne", "description": "The REST API of api.iamport.kr"},
            {"name": "SDK", "description": "The browser's side: cdn.iamport.kr and service.iamport.kr"},
            {"name": "Paymentwall", "description": "api.paymentwall.com"},
            {"name": "Control plane", "description": "What people do in consoles, and what happened"},
            {"name": "Pages"},
        ],
        "paths": {**portone.PATHS, **subscribe.PATHS, **paymentwall.PATHS, **control.paths(), **pages.PATHS},
        "webhooks": portone.WEBHOOKS,
        "components": {
            "securitySchemes": {
                "AccessToken": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "The access_token of /users/getToken, bare or after `Bearer `; also taken in the "
                    "header `X-ImpTokenHeader` and as the parameter `_token`.",
                },
                "ControlToken": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "Only where the emulator was started with one; otherwise loopback is enough.",
                },
                "ApiKey": {"type": "apiKey", "in": "header", "name": "X-ApiKey", "description": "The secret key"},
            },
            "schemas": {**portone.SCHEMAS, **subscribe.SCHEMAS, **paymentwall.SCHEMAS, **control.schemas()},
        },
    }


@cache
def _text() -> bytes:
    return written(document())


@cache
def _text_v2() -> bytes:
    return written(import_module("emulator.openapi.second").document())

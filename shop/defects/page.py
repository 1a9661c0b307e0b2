"""Faults of the checkout page itself."""

from __future__ import annotations

import base64
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import httpx
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from shop import checkout, pages, rendering
from shop.defects.registry import defect
from shop.settings import ShopSettings

_NO_INIT = "V2's SDK is not initialised by the page"


def changed_page(change: Callable[[str], str]) -> AbstractContextManager[Any]:
    """The checkout page with another HTML."""
    rendered = rendering.page

    def changed(*given: Any, **context: Any) -> HTMLResponse:
        response = rendered(*given, **context)
        return HTMLResponse(change(bytes(response.body).decode()), response.status_code)

    return patch.object(checkout, "page", changed)


@defect("CHECKOUT-01", only_v1=_NO_INIT)
def initialises_the_sdk_twice() -> AbstractContextManager[Any]:
    """The page calls IMP.init once more after it was loaded."""
    again = '<script>addEventListener("load", () => IMP.init(page.imp_code))</script></body>'
    return changed_page(lambda html: html.replace("</body>", again))


@defect("CHECKOUT-01", only_v1=_NO_INIT)
def initialises_with_another_code() -> AbstractContextManager[Any]:
    """The page calls IMP.init with an identification code from somebody's example."""
    example = "<script>addEventListener('DOMContentLoaded', () => { page.imp_code = 'imp00000000' })</script></body>"
    init = "<script>document.addEventListener('readystatechange', () => IMP && IMP.init('imp00000000'))</script></body>"
    return changed_page(lambda html: html.replace("</body>", example + init))


@defect("CHECKOUT-01")
def serves_its_own_copy_of_the_sdk() -> AbstractContextManager[Any]:
    """The page holds a copy of PortOne's SDK that somebody took along, and loads nothing from PortOne."""
    return _with_own_copy()


def _with_own_copy(more: str = "") -> AbstractContextManager[Any]:
    rendered = rendering.page

    def page(*given: Any, settings: ShopSettings, **context: Any) -> HTMLResponse:
        response = rendered(*given, settings=settings, **context)
        loaded = f'<script src="{settings.sdk_url}" defer></script>'
        return HTMLResponse(
            bytes(response.body).decode().replace(loaded, f"<script>{_copy_of_the_sdk(settings)}</script>{more}"),
            response.status_code,
        )

    return patch.object(checkout, "page", page)


def _copy_of_the_sdk(settings: ShopSettings) -> str:
    with httpx.Client(trust_env=False) as client:
        path = urlsplit(settings.sdk_url).path
        script = client.get(f"{settings.portone_api_url}{path}").raise_for_status().text
    return script.replace("document.currentScript", f"{{ src: '{settings.sdk_url}' }}")


@defect("CHECKOUT-01")
def takes_portones_answers_for_its_sdk() -> AbstractContextManager[Any]:
    """The page holds a copy of the SDK that asks PortOne by scripts (JSONP), as the older versions do."""
    asks = '<script src="https://service.iamport.kr/users/pg/imp00000000?callback=heard"></script>'
    return _with_own_copy(asks)


_FAILED = "'The payment did not go through. You can try again.'"


@defect("CHECKOUT-06", "CHECKOUT-13", why="whoever has paid reads a failure, whichever came first")
def tells_every_payer_that_it_failed() -> AbstractContextManager[Any]:
    """Whatever became of the payment, the page says that it failed."""
    return changed_page(
        lambda html: html.replace("</body>", f"{_when_loaded(f'openOrder = () => say({_FAILED})')}</body>")
    )


@defect("CHECKOUT-06")
def never_answers_its_own_page() -> AbstractContextManager[Any]:
    """The shop works off what its page reports of the payment, and never answers it: the page waits for good."""
    completed = checkout.complete

    async def complete(request: Request) -> Response:
        await completed(request)
        while (await request.receive())["type"] != "http.disconnect":
            pass  # what is left of the request
        return Response()

    changed = [Route(r.path, complete, methods=["POST"]) if r.endpoint is completed else r for r in pages.routes]
    return patch.object(pages, "routes", changed)


@defect("CHECKOUT-06")
def keeps_messages_from_the_sdk() -> AbstractContextManager[Any]:
    """A script of the page stops every message between windows, so that the SDK hears nothing of its widget."""
    stop = "addEventListener('message', (event) => event.stopImmediatePropagation(), true)"
    return changed_page(lambda html: html.replace("<head>", f"<head><script>{stop}</script>", 1))


@defect("CHECKOUT-11")
def thanks_for_a_declined_card() -> AbstractContextManager[Any]:
    """Whatever the SDK reports, the page thanks for the order."""
    thanks = "say = (text) => { message.textContent = text && 'Thank you for your order!'; message.hidden = !text; }"
    return changed_page(lambda html: html.replace("</body>", f"{_when_loaded(thanks)}</body>"))


@defect("CHECKOUT-11")
def is_silent_about_a_declined_card() -> AbstractContextManager[Any]:
    """The page waits for ever once the payment failed: no word, and the pay button stays out of reach."""
    silence = "say = () => {}; busy = () => { button.disabled = true; }"
    return changed_page(lambda html: html.replace("</body>", f"{_when_loaded(silence)}</body>"))


def _when_loaded(script: str) -> str:
    return f"<script>addEventListener('DOMContentLoaded', () => {{ {script} }})</script>"


def secret_of(settings: ShopSettings) -> str:
    """What the shop calls PortOne with, and nobody else may."""
    return (settings.imp_secret if settings.api == "v1" else settings.api_secret).get_secret_value()


def _key_of(settings: ShopSettings) -> str:
    return settings.imp_key.get_secret_value() if settings.api == "v1" else settings.store_id


@defect("CHECKOUT-17")
def shows_its_secret() -> AbstractContextManager[Any]:
    """The page calls PortOne's REST API itself, and so holds the secret."""
    rendered = rendering.page

    def page(*given: Any, settings: ShopSettings, **context: Any) -> HTMLResponse:
        response = rendered(*given, settings=settings, **context)
        secret = f"<script>const impSecret = '{secret_of(settings)}'</script></body>"
        return HTMLResponse(bytes(response.body).decode().replace("</body>", secret), response.status_code)

    return patch.object(checkout, "page", page)


def _order_page_with(written: Callable[[ShopSettings], str]) -> AbstractContextManager[Any]:
    rendered = rendering.page

    def page(request: Request, template: str, *given: Any, **context: Any) -> HTMLResponse:
        response = rendered(request, template, *given, **context)
        if template != "order.html":
            return response
        more = f"<!-- {written(request.app.state.store.settings)} --></body>"
        return HTMLResponse(bytes(response.body).decode().replace("</body>", more), response.status_code)

    return patch.object(pages, "page", page)


@defect("CHECKOUT-17")
def shows_its_secret_to_who_has_paid() -> AbstractContextManager[Any]:
    """The page that a buyer sees after paying holds the secret in a comment."""
    return _order_page_with(secret_of)


@defect("CHECKOUT-17")
def shows_its_keys_in_base64() -> AbstractContextManager[Any]:
    """The page that a buyer sees after paying holds key and secret together, in base64."""
    return _order_page_with(
        lambda settings: base64.b64encode(f"{_key_of(settings)}:{secret_of(settings)}".encode()).decode()
    )

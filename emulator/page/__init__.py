"""The pages for people: what happens in the emulator, live, a checkout to try it with, and the API to try by hand."""

from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from importlib.metadata import distribution
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

STATIC = Path(__file__).parent / "static"
DEMO_WEBHOOK = "/demo/webhook"
_TYPES = {".css": "text/css", ".js": "text/javascript", ".json": "application/json", ".svg": "image/svg+xml"}
VIEWER = ("swagger-ui.css", "swagger-ui-bundle.js")
"""Of Swagger UI, as the package swagger-ui-py brings it; nothing of the package itself is run."""
# Nothing from elsewhere: the pages work on a machine without network. The SDK frames the payment window.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_VIEWERS_POLICY = _POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")  # Swagger UI styles elements
_HEADERS = {
    "content-security-policy": _POLICY,
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
    "x-content-type-options": "nosniff",
}


def routes() -> list[BaseRoute]:
    """The pages know nothing by themselves: their scripts ask the control plane, with its token where it has one."""
    return [
        Route("/", _page("page.html"), methods=["GET"]),
        Route("/demo", _page("demo.html"), methods=["GET"]),
        Route("/docs", _page("docs.html", _VIEWERS_POLICY), methods=["GET"]),
        Route(DEMO_WEBHOOK, _webhook, methods=["POST"]),
        Route("/_emulator/page/{name}", _static, methods=["GET"]),
    ]


def _page(name: str, policy: str = _POLICY) -> Callable[[Request], Awaitable[Response]]:
    async def show(_: Request) -> Response:
        return HTMLResponse(_text(name), headers={**_HEADERS, "content-security-policy": policy})

    return show


async def _static(request: Request) -> Response:
    name = request.path_params["name"]
    media_type = _TYPES.get(Path(name).suffix)
    if media_type is None or name not in _parts():
        return PlainTextResponse("Not found", 404)
    return Response(_text(name), media_type=media_type, headers=_HEADERS)


async def _webhook(_: Request) -> Response:
    """Where webhooks of the ready account go until it is given a merchant: somebody who says yes."""
    return PlainTextResponse("The demo shop has taken note.")


@cache
def _text(name: str) -> str:
    return _parts()[name].read_text("utf-8")


@cache
def _parts() -> Mapping[str, Path]:
    """All that pages are made of, by name."""
    folder = Path(str(distribution("swagger-ui-py").locate_file("swagger_ui/static")))
    return {path.name: path for path in STATIC.iterdir()} | {name: folder / name for name in VIEWER}

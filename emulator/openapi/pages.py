"""The pages for people described, and this description itself."""

from typing import Any

from emulator.openapi.parts import TEXT, answer, operation, page, path, words

_KINDS = {
    "application/json": {"type": "object"},
    **dict.fromkeys(("text/css", "text/javascript", "image/svg+xml"), TEXT),
}

PATHS: dict[str, Any] = {
    "/": {"get": operation("Pages", "showPage", "The emulator's events, live", {200: page("The page")})},
    "/demo": {"get": operation("Pages", "showDemo", "A checkout to pay by hand", {200: page("The page")})},
    "/docs": {"get": operation("Pages", "showDocs", "This description, to read and to try", {200: page("The page")})},
    "/demo/webhook": {
        "post": operation("Pages", "demoWebhook", "Accepts webhooks until there is a merchant", {200: words("Yes")})
    },
    "/_emulator/page/{name}": {
        "parameters": [path("name")],
        "get": operation(
            "Pages", "showPart", "What the pages are made of",
            {200: {"description": "It", "content": {kind: {"schema": schema} for kind, schema in _KINDS.items()}},
             404: words("There is no such part")},
        ),
    },
    "/openapi.json": {
        "get": operation("Pages", "describe", "This description", {200: answer("OpenAPI 3.1", {"type": "object"})})
    },
    "/openapi-v2.json": {
        "get": operation("Pages", "describeV2", "V2's", {200: answer("OpenAPI 3.1", {"type": "object"})})
    },
}  # fmt: skip

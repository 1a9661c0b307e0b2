"""What the descriptions of PortOne's REST calls share: envelope, refusals, pages."""

from collections.abc import Mapping
from typing import Any

from emulator.openapi.parts import INTEGER, TEXT, Operation, Schema, answer, fields, nullable, operation, query, ref

REFUSAL = ref("Refusal")
USUAL: Mapping[int, Any] = {
    400: answer("The request cannot be read, or asks for what there is not", REFUSAL),
    401: answer("The access token is missing, wrong or expired", REFUSAL),
    404: answer("There is nothing of this name", REFUSAL),
    413: answer("The body is too large", REFUSAL),
}
CALL: Mapping[str, Any] = {"security": [{"AccessToken": []}]}
PAGING = [
    query("page", {"type": "integer", "minimum": 1}),
    query("limit", {"type": "integer", "minimum": 1, "maximum": 1000}),
]


def envelope(response: Schema) -> Schema:
    return fields({"code": INTEGER, "message": nullable(TEXT), "response": nullable(response)})


def rest(name: str, about: str, schema: str, *, also: Mapping[int, Any] | None = None, **more: Any) -> Operation:
    """A call that wants a token; `also` are its answers besides the usual ones."""
    told = {200: answer("Done where `code` is 0", ref(schema)), **USUAL, **(also or {})}
    return operation("PortOne", name, about, told, **CALL, **more)

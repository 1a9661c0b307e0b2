"""Small pieces that descriptions of calls are made of."""

import json
from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]
Operation = dict[str, Any]

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
INTEGER: Schema = {"type": "integer"}
FLAG: Schema = {"type": "boolean"}
# What takes a number also takes it as a text, as clients send both.
AMOUNT: Schema = {"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?$"}]}


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def nullable(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def one_of(*values: Any) -> Schema:
    return {"enum": list(values)}


def listed(schema: Schema) -> Schema:
    return {"type": "array", "items": schema}


def fields(needed: Mapping[str, Schema], maybe: Mapping[str, Schema] | None = None, *, more: bool = False) -> Schema:
    """An object with these fields, `more` where others do no harm."""
    return {
        "type": "object",
        "properties": {**needed, **(maybe or {})},
        "required": list(needed),
        "additionalProperties": more,
    }


def query(name: str, schema: Schema, about: str = "", *, required: bool = False) -> dict[str, Any]:
    found = {"name": name, "in": "query", "required": required, "schema": schema}
    return {**found, "description": about} if about else found


def path(name: str, schema: Schema = TEXT) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": schema}


def body(schema: Schema, *, form: bool = False, required: bool = True) -> dict[str, Any]:
    """A body as JSON, or with `form` as either JSON or a form."""
    content = {"application/json": {"schema": schema}}
    if form:
        content["application/x-www-form-urlencoded"] = {"schema": schema}
    return {"required": required, "content": content}


def form_body(schema: Schema) -> dict[str, Any]:
    return {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": schema}}}


def answer(about: str, schema: Schema | None = None, media_type: str = "application/json") -> dict[str, Any]:
    if schema is None:
        return {"description": about}
    return {"description": about, "content": {media_type: {"schema": schema}}}


def page(about: str) -> dict[str, Any]:
    return answer(about, TEXT, "text/html")


def words(about: str) -> dict[str, Any]:
    return answer(about, TEXT, "text/plain")


def operation(tag: str, name: str, about: str, responses: Mapping[int, Any], **more: Any) -> Operation:
    """One call; `name` is its operationId."""
    numbered = {str(status): response for status, response in responses.items()}
    return {"tags": [tag], "operationId": name, "summary": about, "responses": numbered, **more}


def written(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()

"""Makes `published.json` of PortOne's V2 description: what its answers to a Paymentwall merchant look like.

`python tests/emulator/v2/condense.py v2.openapi.json`, with the file from PortOne's public repository of its
documentation (`src/schema/v2.openapi.json`). Left out are titles, fields and methods of other providers, and what a
currency, a country and a provider may be called; what all payments have alike is written once.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

PUBLISHED = Path(__file__).with_name("published.json")
ANSWERS = {
    "GET /payments/{paymentId}": "Payment",
    "GET /payments": "GetPaymentsResponse",
    "GET /payments-by-cursor": "GetAllPaymentsByCursorResponse",
    "GET /payments/{paymentId}/transactions": "GetPaymentTransactionsResponse",
    "POST /payments/{paymentId}/cancel": "CancelPaymentResponse",
    "POST /payments/{paymentId}/cancellations/{cancellationId}/stop": "StopPaymentCancellationResponse",
    "POST /payments/{paymentId}/pre-register": "PreRegisterPaymentResponse",
    "POST /payments/{paymentId}/resend-webhook": "ResendWebhookResponse",
    "POST /paymentwall/delivery/confirm": "ConfirmPaymentwallDeliveryResponse",
    "POST /login/api-secret": "LoginViaApiSecretResponse",
    "POST /token/refresh": "RefreshTokenResponse",
}
FOREIGN = frozenset(
    ("channelGroup", "promotionId", "isCulturalExpense", "escrow", "products", "productCount", "cashReceipt",
     "cashReceiptIssuanceStatus", "pgResponse", "scheduleId", "billingKey", "birthYear", "birthMonth", "birthDay",
     "gender", "easyPayDiscountAmount", "approvalNumber", "installment", "pointUsed", "card", "easyPayMethod")
)  # fmt: skip
NOT_OFFERED = re.compile(r"VirtualAccount.*|SeparatedAddress|PaymentMethod(?!Card$|EasyPay$).+")
NAMED = {"Currency": "^[A-Z]{3}$", "Country": "^[A-Z]{2}$", "PgProvider": "^PAYMENTWALL$", "EasyPayProvider": "^.+$"}


class Condensed:
    """The schemas that are met, under their own names."""

    def __init__(self, schemas: dict[str, Any]) -> None:
        self._schemas = schemas
        self.found: dict[str, Any] = {}

    def take(self, name: str) -> dict[str, Any]:
        if name in NAMED:
            return {"type": "string", "pattern": NAMED[name]}
        if name not in self.found:
            self.found[name] = {}
            self.found[name] = self._reduced(self._schemas[name])
        return {"$ref": f"#/$defs/{name}"}

    def _reduced(self, schema: dict[str, Any]) -> dict[str, Any]:
        if "$ref" in schema:
            return self.take(_name(schema["$ref"]))
        if "oneOf" in schema:
            field = schema["discriminator"]["propertyName"]
            named = {_name(place): word for word, place in schema["discriminator"]["mapping"].items()}
            chosen = [_name(one["$ref"]) for one in schema["oneOf"]]
            return {
                "oneOf": [
                    {**self.take(name), "properties": {field: {"const": named[name]}}}
                    for name in chosen
                    if not NOT_OFFERED.fullmatch(name)
                ]
            }
        if "enum" in schema:
            return {"enum": schema["enum"]}
        if schema.get("type") == "array":
            return {"type": "array", "items": self._reduced(schema["items"])}
        if schema.get("type") == "object":
            fields = {name: self._reduced(one) for name, one in schema.get("properties", {}).items()}
            kept = {name: one for name, one in fields.items() if name not in FOREIGN}
            return {"type": "object", "required": schema.get("required", []), "properties": kept}
        return {name: schema[name] for name in ("type", "format") if name in schema}

    def with_common(self, suffix: str) -> None:
        """What the objects of this suffix have alike goes into one of its own."""
        alike = {name: one for name, one in self.found.items() if name.endswith(suffix) and "properties" in one}
        first, *others = alike.values()
        common = {
            field: one
            for field, one in first["properties"].items()
            if all(other["properties"].get(field) == one for other in others)
        }
        for one in alike.values():
            one["properties"] = {field: what for field, what in one["properties"].items() if field not in common}
            one["allOf"] = [{"$ref": f"#/$defs/Any{suffix}"}]
        self.found[f"Any{suffix}"] = {"properties": common}

    def closed(self) -> dict[str, Any]:
        """No object has a field that is not described."""
        for name, one in self.found.items():
            if one.get("type") == "object" and not name.startswith("Any"):
                one["unevaluatedProperties"] = False
        return dict(sorted(self.found.items()))


def condensed(description: dict[str, Any]) -> dict[str, Any]:
    """The small description: which schema answers a call, which errors it has at which status, the schemas."""
    whole = Condensed(description["components"]["schemas"])
    for name in ANSWERS.values():
        whole.take(name)
    whole.with_common("Payment")
    whole.with_common("PaymentTransaction")
    return {
        "provenance": f"PortOne V2 OpenAPI {description['info']['version']}, condensed by condense.py",
        "answers": ANSWERS,
        "errors": {call: _errors(description, *call.split(" ")) for call in ANSWERS},
        "$defs": whole.closed(),
    }


def _errors(description: dict[str, Any], method: str, path: str) -> dict[str, list[str]]:
    found = {}
    for status, answer in description["paths"][path][method.lower()]["responses"].items():
        if status != "200":
            schema = _name(answer["content"]["application/json"]["schema"]["$ref"])
            mapping = description["components"]["schemas"][schema]["discriminator"]["mapping"]
            types = {_name(place): word for word, place in mapping.items()}
            found[status] = [types[name] for name in re.findall(r"`(\w+)`", answer["description"])]
    return found


def _name(reference: str) -> str:
    return reference.rsplit("/", 1)[1]


if __name__ == "__main__":
    text = json.dumps(condensed(json.loads(Path(sys.argv[1]).read_text("utf-8"))), indent=1)
    PUBLISHED.write_text(re.sub(r"\n {3,}(?=\S)|\n {2}(?=[\]}])", " ", text) + "\n", "utf-8")

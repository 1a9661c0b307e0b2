"""Paymentwall's side described: the widget, tickets, deliveries, Brick. Source: Paymentwall's documentation."""

from collections.abc import Mapping
from typing import Any

from emulator.openapi.parts import (
    INTEGER,
    NUMBER,
    TEXT,
    answer,
    body,
    fields,
    form_body,
    listed,
    one_of,
    operation,
    page,
    query,
    ref,
)

SCHEMAS: Mapping[str, Any] = {
    "TicketAnswer": {
        "anyOf": [fields({"result": one_of(1)}), fields({"result": one_of(0), "errors": listed(TEXT)})],
    },
    "DeliveryConfirmation": fields({"success": one_of(1)}),
    "DeliveryRefusal": fields({"error_code": INTEGER, "error": TEXT, "notices": listed(TEXT)}),
    "ChargeResult": fields(
        {"result": TEXT}, {"message": TEXT, "ref": TEXT, "location": TEXT, "field": TEXT}, more=True
    ),
    "BrickError": fields({"type": one_of("Error"), "object": TEXT, "error": TEXT, "code": INTEGER}, more=True),
}

_WIDGET = [
    *(query(name, TEXT, required=True) for name in ("key", "uid", "widget", "sign")),
    *(
        query(name, TEXT)
        for name in (
            "ag_external_id", "ag_name", "ag_type", "amount", "currencyCode", "email", "success_url", "failure_url",
            "country_code", "ps", "lang", "sign_version", "evaluation", "test_mode",
        )
    ),
]  # fmt: skip
_SHOWN = {200: page("The payment window, or why it does not open")}
_CHARGE = fields(
    {"method": TEXT},
    {"country": TEXT, "card": fields(dict.fromkeys(("number", "expiry", "cvv", "holder"), TEXT), more=True)},
    more=True,
)
_CHARGED = {
    200: answer("Paid, or held for review: go to `location`", ref("ChargeResult")),
    402: answer("Declined", ref("ChargeResult")),
    422: answer("Wrong or missing form fields", ref("ChargeResult")),
    **{status: answer("The window's call is not valid", ref("ChargeResult")) for status in (400, 403, 404, 409)},
}
_TICKET = fields(
    {"key": TEXT, "type": one_of("1", "2", "3"), "sign": TEXT},
    dict.fromkeys(("ref", "uid", "message", "amount", "sign_version", "test_mode"), TEXT),
    more=True,
)


def _ticket(method: str) -> Any:
    told = {200: answer("Opened, or why not", ref("TicketAnswer"))}
    more = {"requestBody": form_body(_TICKET)} if method == "post" else {}
    return operation("Paymentwall", f"{method}Ticket", "Ask for a refund", told, **more)


def _not_emulated(name: str, what: str) -> Any:
    shown = {200: page("Why it does not open")}
    return operation("Paymentwall", name, f"{what}, which are not emulated", shown, parameters=_WIDGET)


PATHS: dict[str, Any] = {
    "/api/subscription": {
        "get": operation("Paymentwall", "showWidget", "The payment window, signed", _SHOWN, parameters=_WIDGET)
    },
    "/api/ps": {"get": _not_emulated("showVirtualCurrency", "Virtual-currency widgets")},
    "/api": {"get": _not_emulated("showOfferwall", "Older virtual-currency widgets")},
    "/api/cart": {"get": _not_emulated("showCart", "Cart widgets")},
    "/api/subscription/charge": {
        "post": operation("Paymentwall", "charge", "The window's Pay button (inferred)", _CHARGED, parameters=_WIDGET,
                          requestBody=body(_CHARGE))
    },
    "/developers/api/ticket": {method: _ticket(method) for method in ("get", "post", "put", "patch", "delete")},
    "/api/delivery": {
        "post": operation(
            "Paymentwall", "confirmDelivery", "Delivery Confirmation",
            {200: answer("Taken", ref("DeliveryConfirmation")),
             **{status: answer("What is wrong", ref("DeliveryRefusal")) for status in (400, 401, 404)}},
            security=[{"ApiKey": []}],
            requestBody=form_body(fields(dict.fromkeys(("payment_id", "type", "status"), TEXT), more=True)),
        )
    },
    "/api/brick/token": {
        "post": operation(
            "Paymentwall", "brickToken", "A one-time token for a card",
            {200: answer("The token", fields({"type": TEXT, "token": TEXT, "expires_in": NUMBER}, more=True)),
             400: answer("What is wrong", ref("BrickError"))},
            requestBody=form_body(fields(dict.fromkeys(
                ("public_key", "card[number]", "card[exp_month]", "card[exp_year]", "card[cvv]"), TEXT), more=True)),
        )
    },
    "/api/brick/charge": {
        "post": operation(
            "Paymentwall", "brickCharge", "Charge a card by its token",
            {200: answer("The charge", {"type": "object"}),
             **{status: answer("What is wrong", ref("BrickError")) for status in (400, 401)}},
            security=[{"ApiKey": []}],
            requestBody=form_body(fields(dict.fromkeys(
                ("token", "amount", "currency", "email", "description"), TEXT), {"plan": TEXT}, more=True)),
        )
    },
}  # fmt: skip

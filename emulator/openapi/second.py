"""V2's face described, at `/openapi-v2.json`: a description of its own, because V1 has calls at the same addresses.

Source: PortOne's V2 OpenAPI, as far as a Paymentwall merchant meets it.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from emulator.openapi.parts import (
    FLAG,
    INTEGER,
    TEXT,
    Schema,
    answer,
    body,
    fields,
    listed,
    one_of,
    operation,
    page,
    path,
    query,
    ref,
    words,
)

ABOUT = """PortOne V2 as a merchant on Paymentwall meets it, on the same address as V1: how a call shows that it may be
made (`Authorization: PortOne {API secret}`, or the token of a login), or the host api.portone.io, tells them apart.

Amounts are minor units. Errors have PortOne's types and statuses; their messages are inferred. The control plane is
described in /openapi.json."""

_TIME: Schema = {"type": "string", "format": "date-time"}
_MINOR: Schema = {"type": "integer", "minimum": 0}
_SECURITY: Mapping[str, Any] = {"security": [{"ApiSecret": []}, {"AccessToken": []}]}
_STORE = query("storeId", TEXT, "Only the account's own")
_CANCELLATION = fields(
    {
        "status": one_of("REQUESTED", "SUCCEEDED", "FAILED"),
        "id": TEXT,
        "totalAmount": _MINOR,
        "taxFreeAmount": _MINOR,
        "vatAmount": _MINOR,
        "reason": TEXT,
        "requestedAt": _TIME,
    },
    {"cancelledAt": _TIME, "trigger": one_of("API", "CONSOLE", "CHARGEBACK")},
)
_DISPUTE = fields(
    {"status": one_of("UNRESOLVED", "RESOLVED"), "reason": TEXT, "createdAt": _TIME},
    {"pgDisputeId": TEXT, "resolvedAt": _TIME},
)
_AMOUNT = fields(
    dict.fromkeys(("total", "taxFree", "vat", "supply", "discount", "paid", "cancelled", "cancelledTaxFree"), _MINOR)
)
_SENT = fields(
    {"id": TEXT, "url": TEXT},
    {
        "paymentStatus": TEXT,
        "status": one_of("SUCCEEDED", "FAILED_NOT_OK_RESPONSE", "FAILED_UNEXPECTED_ERROR"),
        "isAsync": FLAG,
        "currentExecutionCount": INTEGER,
        "maxExecutionCount": INTEGER,
        "trigger": TEXT,
        "request": {"type": "object"},
        "response": {"type": "object"},
        "triggeredAt": _TIME,
    },
)
_ALIKE: Mapping[str, Schema] = {
    "status": one_of("READY", "PAY_PENDING", "PAID", "FAILED", "PARTIAL_CANCELLED", "CANCELLED"),
    "id": TEXT,
    "merchantId": TEXT,
    "storeId": TEXT,
    "channel": {"type": "object"},
    "version": one_of("V1", "V2"),
    "requestedAt": _TIME,
    "updatedAt": _TIME,
    "statusChangedAt": _TIME,
    "orderName": TEXT,
    "amount": _AMOUNT,
    "currency": TEXT,
    "customer": {"type": "object"},
}
_MAYBE: Mapping[str, Schema] = {
    "method": {"type": "object"},
    "webhooks": listed(ref("SentWebhook")),
    "customData": TEXT,
    "country": TEXT,
    "paidAt": _TIME,
    "pgTxId": TEXT,
    "receiptUrl": TEXT,
    "failedAt": _TIME,
    "failure": {"type": "object"},
    "cancelledAt": _TIME,
    "cancellations": listed(ref("Cancellation")),
}
_RESULT = fields(
    {"transactionType": one_of("PAYMENT"), "txId": TEXT, "paymentId": TEXT},
    {"code": TEXT, "message": TEXT, "pgMessage": TEXT},
)
_WEBHOOK = {
    "oneOf": [
        fields(
            {
                "type": {**TEXT, "pattern": r"^Transaction\."},
                "timestamp": _TIME,
                "data": fields({"storeId": TEXT, "paymentId": TEXT, "transactionId": TEXT}, {"cancellationId": TEXT}),
            }
        ),
        fields({"payment_id": TEXT, "tx_id": TEXT, "status": TEXT}),
    ]
}
SCHEMAS: Mapping[str, Schema] = {
    "Payment": fields(
        {**_ALIKE, "transactionId": TEXT, "origin": {"type": "object"}}, {**_MAYBE, "disputes": listed(ref("Dispute"))}
    ),
    "Transaction": fields({**_ALIKE, "paymentId": TEXT}, _MAYBE),
    "Cancellation": _CANCELLATION,
    "Dispute": _DISPUTE,
    "SentWebhook": _SENT,
    "Error": fields({"type": TEXT, "message": TEXT}, {"pgCode": TEXT, "pgMessage": TEXT}),
    "Tokens": fields({"accessToken": TEXT, "refreshToken": TEXT}),
    "Result": _RESULT,
    "Webhook": _WEBHOOK,
}

_ERRORS = {
    400: answer("INVALID_REQUEST: a value that is not allowed", ref("Error")),
    401: answer("UNAUTHORIZED", ref("Error")),
    403: answer("FORBIDDEN: another store, or an address that is not let in", ref("Error")),
    404: answer("There is no such payment, cancellation or webhook", ref("Error")),
}
_CONFLICT = {409: answer("It is in no state for that", ref("Error"))}
_PROVIDER = {502: answer("PG_PROVIDER: Paymentwall refused it", ref("Error"))}
_NAMED = {"parameters": [path("paymentId")]}


def _call(name: str, about: str, good: Schema, *more_errors: Mapping[int, Any], **more: Any) -> Any:
    told = {200: answer("Done", good), **_ERRORS}
    for errors in more_errors:
        told |= errors
    return operation("PortOne V2", name, about, told, **{**_SECURITY, **more})


def _read(name: str, about: str, good: Schema) -> Any:
    """A call that takes its body as the query's `requestBody`, or as one."""
    asked = query("requestBody", {"type": "string", "contentMediaType": "application/json"})
    return _call(name, about, good, parameters=[asked], requestBody=body({"type": "object"}, required=False))


_CANCEL = fields(
    {"reason": TEXT},
    {
        "amount": {"type": "integer", "minimum": 1},
        "currentCancellableAmount": _MINOR,
        "requester": one_of("CUSTOMER", "ADMIN"),
        "skipWebhook": FLAG,
        "storeId": TEXT,
    },
    more=True,
)
_DELIVERY = fields(
    {
        "transactionId": TEXT,
        "deliveryType": one_of("DIGITAL", "PHYSICAL"),
        "deliveryStatus": one_of("ORDER_PLACED", "ORDER_SHIPPED", "DELIVERED"),
        "estimatedDeliveryDatetime": _TIME,
        "estimatedUpdateDatetime": _TIME,
        "refundable": FLAG,
        "details": TEXT,
        "shippingAddressEmail": TEXT,
    },
    more=True,
)
_ASKED = fields({"params": {"type": "object"}}, {"mobile": FLAG, "user_agent": TEXT}, more=True)
_OPENED = fields({"txId": TEXT, "paymentId": TEXT, "widgetUrl": TEXT, "closeUrl": TEXT, "redirects": FLAG})
_SCRIPT = {200: answer("The SDK", TEXT, "application/javascript")}
_TOKENS = {
    200: answer("Valid for half an hour, and for a day", ref("Tokens")),
    **{s: _ERRORS[s] for s in (400, 401, 403)},
}

PATHS: Mapping[str, Any] = {
    "/payments/{paymentId}": {**_NAMED, "get": _call("getPayment", "One payment", ref("Payment"), parameters=[_STORE])},
    "/payments": {
        "get": _read(
            "getPayments", "Payments in pages",
            fields({"items": listed(ref("Payment")),
                    "page": fields({"number": INTEGER, "size": INTEGER, "totalCount": INTEGER})}),
        )
    },
    "/payments-by-cursor": {
        "get": _read(
            "getAllPaymentsByCursor", "All payments of a period",
            fields({"items": listed(fields({"payment": ref("Payment"), "cursor": TEXT}))}),
        )
    },
    "/payments/{paymentId}/transactions": {
        **_NAMED,
        "get": _call("getPaymentTransactions", "Every attempt", fields({"items": listed(ref("Transaction"))}),
                     parameters=[_STORE]),
    },
    "/payments/{paymentId}/cancel": {
        **_NAMED,
        "post": _call("cancelPayment", "Request a cancellation: by ticket, or at once if the method allows it",
                      fields({"cancellation": ref("Cancellation")}), _CONFLICT, _PROVIDER, requestBody=body(_CANCEL)),
    },
    "/payments/{paymentId}/cancellations/{cancellationId}/stop": {
        "parameters": [path("paymentId"), path("cancellationId")],
        "post": _call("stopPaymentCancellation", "Take a request back while it waits (inferred for Paymentwall)",
                      fields({"stoppedAt": _TIME}), _CONFLICT, _PROVIDER,
                      requestBody=body(fields({}, {"storeId": TEXT}), required=False)),
    },
    "/payments/{paymentId}/pre-register": {
        **_NAMED,
        "post": _call("preRegisterPayment", "Register the amount", fields({}), _CONFLICT, requestBody=body(
            fields({"totalAmount": _MINOR}, {"taxFreeAmount": _MINOR, "currency": TEXT, "storeId": TEXT}, more=True))),
    },
    "/payments/{paymentId}/resend-webhook": {
        **_NAMED,
        "post": _call("resendWebhook", "A webhook once more, the newest by default",
                      fields({"webhook": ref("SentWebhook")}),
                      requestBody=body(fields({}, {"webhookId": TEXT, "storeId": TEXT}, more=True), required=False)),
    },
    "/paymentwall/delivery/confirm": {
        "post": _call("confirmPaymentwallDelivery", "Send a delivery to Paymentwall", fields({}),
                      requestBody=body(_DELIVERY)),
    },
    "/login/api-secret": {
        "post": operation("PortOne V2", "loginViaApiSecret", "Tokens for the API secret", _TOKENS,
                          requestBody=body(fields({"apiSecret": TEXT}, more=True)))
    },
    "/token/refresh": {
        "post": operation("PortOne V2", "refreshToken", "Tokens for the newest refresh token, once", _TOKENS,
                          requestBody=body(fields({"refreshToken": TEXT}, more=True)))
    },
    "/v2/browser-sdk.js": {"get": operation("SDK", "loadSdkV2", "The SDK as a script", _SCRIPT)},
    "/v2/browser-sdk.esm.js": {"get": operation("SDK", "loadSdkModule", "The SDK as a module", _SCRIPT)},
    "/v2/sdk/request_payment": {
        "post": operation("SDK", "requestPayment", "What `PortOne.requestPayment` calls (inferred)",
                          {200: answer("The widget's address, or why not", {"anyOf": [_OPENED, ref("Result")]})},
                          requestBody=body(_ASKED)),
        "options": operation("SDK", "mayRequestPayment", "The browser asks whether it may", {204: words("It may")}),
    },
    "/v2/paymentwall/return": {
        "get": operation("SDK", "comeBackV2", "Where Paymentwall sends the browser back to",
                         {200: page("Tells the frame's parent"), 302: answer("To redirectUrl"),
                          404: page("There is no such payment")},
                         parameters=[query("imp_uid", TEXT, "The transactionId", required=True),
                                     query("outcome", one_of("success", "failure"))]),
    },
}  # fmt: skip


@cache
def document() -> dict[str, Any]:
    """The description as OpenAPI 3.1."""
    told = {200: words("Accepted; anything else is delivered again, five times")}
    webhook = operation(
        "PortOne V2", "webhookV2", "Signed as Standard Webhooks has it", told, requestBody=body(ref("Webhook"))
    )
    return {
        "openapi": "3.1.0",
        "info": {"title": "PortOne V2 emulator", "version": "1", "description": ABOUT},
        "tags": [
            {"name": "PortOne V2", "description": "The REST API of api.portone.io"},
            {"name": "SDK", "description": "The browser's side: cdn.portone.io"},
        ],
        "paths": dict(PATHS),
        "webhooks": {"payment": {"post": webhook}},
        "components": {
            "securitySchemes": {
                "ApiSecret": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "`PortOne {API secret}`",
                },
                "AccessToken": {"type": "http", "scheme": "bearer", "description": "The accessToken of a login"},
            },
            "schemas": dict(SCHEMAS),
        },
    }

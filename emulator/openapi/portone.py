"""PortOne's side described: the REST API, what the SDK calls, the webhook.

Source: PortOne's V1 OpenAPI and documentation, as far as they go.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from emulator.openapi.parts import (
    AMOUNT,
    FLAG,
    INTEGER,
    NUMBER,
    TEXT,
    answer,
    body,
    fields,
    form_body,
    listed,
    nullable,
    one_of,
    operation,
    page,
    path,
    query,
    ref,
    words,
)
from emulator.openapi.rest import CALL, PAGING, REFUSAL, USUAL, envelope, rest

_TEXTS = nullable(TEXT)
_STATUS = one_of("ready", "paid", "cancelled", "failed")
_MAYBE_TEXTS = (
    "emb_pg_provider", "pg_tid", "pg_id", "apply_num", "bank_code", "bank_name", "card_code", "card_name",
    "card_issuer_code", "card_issuer_name", "card_publisher_code", "card_publisher_name", "card_number", "vbank_code",
    "vbank_name", "vbank_num", "vbank_holder", "buyer_name", "buyer_email", "buyer_tel", "buyer_addr",
    "buyer_postcode", "custom_data", "user_agent", "fail_reason", "cancel_reason", "receipt_url", "customer_uid",
)  # fmt: skip
_TIMES = ("started_at", "paid_at", "failed_at", "cancelled_at", "vbank_date", "vbank_issued_at", "card_quota")
_CANCELLATION = fields(
    {
        "pg_tid": _TEXTS,
        "amount": NUMBER,
        "cancelled_at": INTEGER,
        "reason": TEXT,
        "cancellation_id": {**TEXT, "pattern": "^[0-9A-HJKMNP-TV-Z]{26}$"},
        "receipt_url": _TEXTS,
    }
)
PAYMENT = fields(
    {
        "imp_uid": TEXT,
        "merchant_uid": TEXT,
        "pay_method": TEXT,
        "channel": one_of("pc", "mobile", "api"),
        "pg_provider": TEXT,
        "sandbox": FLAG,
        "escrow": FLAG,
        "name": TEXT,
        "amount": NUMBER,
        "cancel_amount": NUMBER,
        "currency": TEXT,
        "status": _STATUS,
        "card_type": nullable(INTEGER),
        "customer_uid_usage": nullable(one_of("issue", "payment", "payment.scheduled")),
        "cancel_history": listed(_CANCELLATION),
        "cancel_receipt_urls": listed(TEXT),
        "deposit_history": listed({"type": "object"}),
        "cash_receipt_issued": FLAG,
        "promotion": {"type": "null"},
        **dict.fromkeys(_MAYBE_TEXTS, _TEXTS),
        **dict.fromkeys(_TIMES, INTEGER),
    },
    {"extension": nullable(fields({"country_code": _TEXTS}, more=True))},
)
_CHANNEL = fields(
    {
        "pg_provider": TEXT,
        "pg_id": TEXT,
        "sandbox": FLAG,
        "type": one_of("payment", "api_payment", "certification"),
        "channel_name": TEXT,
        "channel_key": TEXT,
    }
)
_NOTICE = fields(
    {"imp_uid": TEXT, "merchant_uid": TEXT, "status": one_of("ready", "paid", "failed", "cancelled")},
    {"cancellation_id": TEXT},
)


SCHEMAS: Mapping[str, Any] = {
    "Payment": PAYMENT,
    "PaymentAnswer": envelope(ref("Payment")),
    "PaymentsAnswer": envelope(listed(ref("Payment"))),
    "PageAnswer": envelope(
        fields({"total": INTEGER, "previous": INTEGER, "next": INTEGER, "list": listed(ref("Payment"))})
    ),
    "TokenAnswer": envelope(fields({"access_token": TEXT, "now": INTEGER, "expired_at": INTEGER})),
    "ChannelsAnswer": envelope(listed(_CHANNEL)),
    "PreparedAnswer": envelope(fields({"merchant_uid": TEXT, "amount": NUMBER}, {"currency": _TEXTS})),
    "DeliveryAnswer": envelope(
        fields({"error_code": {}, "error": _TEXTS, "notices": nullable(listed(TEXT))}, {"success": one_of(1)})
    ),
    "Refusal": fields({"code": INTEGER, "message": TEXT, "response": {"type": "null"}}),
    "Webhook": _NOTICE,
}

_SORTING = query("sorting", one_of(*(sign + name for name in ("started", "paid", "updated") for sign in ("", "-"))))
_EXTENSION = query("extension", FLAG, "Adds the buyer's country from Paymentwall")
_STATUS_PATH = path("status", one_of("all", "ready", "paid", "cancelled", "failed"))


def _read(name: str, about: str, schema: str, parameters: Sequence[Any], extra: Mapping[int, Any] | None = None) -> Any:
    """A call that reads: as GET, and as POST, which clients use as well."""
    told = {200: answer("Found", ref(schema)), **(extra or {}), **USUAL}
    asked = [one for one in parameters if one["in"] == "query"]
    shared = [one for one in parameters if one["in"] == "path"]
    maybe = {one["name"]: one["schema"] for one in asked}
    return {
        "parameters": shared,
        "get": operation("PortOne", name, about, told, parameters=asked, **CALL),
        "post": operation(
            "PortOne", f"{name}ByPost", f"{about}, as some clients ask", told, parameters=asked, **CALL,
            requestBody=body(fields({}, maybe, more=True), form=True, required=False),
        ),
    }  # fmt: skip


_PREPARATION = fields({"merchant_uid": {**TEXT, "maxLength": 40}, "amount": AMOUNT}, {"currency": TEXT}, more=True)
_DELIVERY = fields(
    {
        "imp_uid": TEXT,
        "merchant_uid": TEXT,
        "type": one_of("physical", "digital"),
        "status": one_of("order_placed", "order_shipped", "delivering", "delivered"),
        "estimated_delivery_datetime": INTEGER,
        "estimated_update_datetime": INTEGER,
        "refundable": one_of("yes", "no"),
        "shipping_address_email": TEXT,
    },
    {
        **dict.fromkeys(("carrier_tracking_id", "carrier_type", "reason", "details"), TEXT),
        **{
            f"shipping_address_{part}": TEXT
            for part in ("country", "city", "zip", "state", "street", "phone", "firstname", "lastname")
        },
    },
    more=True,
)
_CANCEL = fields(
    {},
    {
        "imp_uid": TEXT,
        "merchant_uid": TEXT,
        "amount": AMOUNT,
        "checksum": AMOUNT,
        "reason": TEXT,
        "enable_webhook": FLAG,
    },
    more=True,
)
_SEVERAL = [
    query("imp_uid[]", listed(TEXT), "Up to 100 of both together"),
    query("merchant_uid[]", listed(TEXT)),
]
_FIND = [_SORTING, _EXTENSION]
_FIND_ALL = [_SORTING, *PAGING]
_BY_STATUS = [
    _STATUS_PATH,
    *_FIND_ALL,
    query("from", INTEGER, "Unix seconds, 90 days before `to` at most"),
    query("to", INTEGER),
]
_FOUND_PART = {207: answer("Some of them were not found", ref("PaymentsAnswer"))}
_TOKEN_ASKED = fields({}, {"imp_key": TEXT, "imp_secret": TEXT}, more=True)
_SDK_ASKED = fields(
    {"imp_code": TEXT, "params": {"type": "object"}},
    {"mobile": FLAG, "user_agent": TEXT, "tier_code": _TEXTS},
    more=True,
)
_SDK_TOLD = {
    "anyOf": [
        fields({"imp_uid": TEXT, "merchant_uid": TEXT, "widget_url": TEXT, "close_url": TEXT}, more=True),
        fields({"error_code": TEXT, "error_msg": TEXT}, more=True),
    ]
}
_SCRIPT = {200: answer("The SDK", TEXT, "application/javascript"), 404: words("There is no such script")}
_MERCHANT_UID = path("merchant_uid")

PATHS: dict[str, Any] = {
    "/users/getToken": {
        "post": operation(
            "PortOne", "getToken", "An access token for half an hour, the same one while it lives",
            {200: answer("The token", ref("TokenAnswer")), 400: answer("Key or secret is missing", REFUSAL),
             401: answer("They do not belong together", REFUSAL), 413: USUAL[413]},
            requestBody=body(_TOKEN_ASKED, form=True),
        )
    },
    "/users/pg": _read("listChannels", "The account's channels", "ChannelsAnswer", []),
    "/payments": _read("lookUpSeveral", "Several payments", "PaymentsAnswer", _SEVERAL, _FOUND_PART),
    "/payments/{imp_uid}": _read(
        "lookUp", "One payment", "PaymentAnswer",
        [path("imp_uid"), _EXTENSION, query("include_sandbox", FLAG, "Test payments are found only with it")],
    ),
    "/payments/find/{merchant_uid}": _read("find", "The first by `sorting`", "PaymentAnswer", [_MERCHANT_UID, *_FIND]),
    "/payments/find/{merchant_uid}/{status}": _read(
        "findWithStatus", "The first with a status", "PaymentAnswer", [_MERCHANT_UID, _STATUS_PATH, *_FIND]
    ),
    "/payments/findAll/{merchant_uid}": _read(
        "findAll", "All attempts", "PageAnswer", [_MERCHANT_UID, *_FIND_ALL]
    ),
    "/payments/findAll/{merchant_uid}/{status}": _read(
        "findAllWithStatus", "All attempts with a status", "PageAnswer", [_MERCHANT_UID, _STATUS_PATH, *_FIND_ALL]
    ),
    "/payments/status/{status}": _read("listByStatus", "Payments with a status", "PageAnswer", _BY_STATUS),
    "/payments/cancel": {
        "post": rest(
            "cancel", "Request a cancellation: by ticket, or at once if the method allows it", "PaymentAnswer",
            requestBody=body(_CANCEL, form=True),
        )
    },
    "/payments/prepare": {
        "post": rest("prepare", "Register an amount", "PreparedAnswer", requestBody=body(_PREPARATION, form=True)),
        "put": rest("changePrepared", "Change it", "PreparedAnswer", requestBody=body(_PREPARATION, form=True)),
    },
    "/payments/prepare/{merchant_uid}": _read("showPrepared", "A registered amount", "PreparedAnswer", [_MERCHANT_UID]),
    "/paymentwall/delivery": {
        "post": rest("registerDelivery", "Send a delivery to Paymentwall", "DeliveryAnswer",
                      requestBody=body(_DELIVERY, form=True))
    },
    "/paymentwall/webhook": {
        "get": operation(
            "PortOne", "takePingback", "Paymentwall's signed pingback",
            {200: words("`OK`"), 403: words("Unknown payment or wrong signature")},
            parameters=[query(name, TEXT) for name in ("uid", "goodsid", "type", "ref", "sign_version", "sig")],
        )
    },
    "/receipts/{imp_uid}": {
        "parameters": [path("imp_uid")],
        "get": operation("PortOne", "showCashReceipt", "Never found: Paymentwall issues none", USUAL, **CALL),
    },
    "/paymentwall/receipts/{imp_uid}": {
        "parameters": [path("imp_uid")],
        "get": operation("PortOne", "showReceipt", "A receipt", {200: page("It"), 404: page("No such payment")}),
    },
    "/v1/iamport.js": {"get": operation("SDK", "loadSdk", "The SDK", {200: _SCRIPT[200]})},
    "/js/{name}": {
        "parameters": [path("name")],
        "get": operation("SDK", "loadOlderSdk", "The SDK under its older names", _SCRIPT),
    },
    "/sdk/request_pay": {
        "post": operation("SDK", "requestPay", "What `IMP.request_pay` calls (inferred)",
                          {200: answer("The widget's address, or why not", _SDK_TOLD)},
                          requestBody=body(_SDK_ASKED)),
        "options": operation("SDK", "mayRequestPay", "The browser asks whether it may", {204: answer("It may")}),
    },
    "/paymentwall/return": {
        "get": operation(
            "SDK", "comeBack", "Where Paymentwall sends the browser back to",
            {200: page("Notifies the window's opener"), 302: answer("To m_redirect_url, on a phone"),
             400: page("There is no m_redirect_url"), 404: page("There is no such payment")},
            parameters=[query("imp_uid", TEXT, required=True), query("outcome", one_of("success", "failure"))],
        )
    },
}  # fmt: skip

WEBHOOKS: Mapping[str, Any] = {
    "payment": {
        "post": operation(
            "PortOne", "webhook", "To the merchant's address: unsigned, so look the payment up",
            {200: answer("Accepted; 5xx and silence are delivered again where the account has redelivery on")},
            requestBody={**body(ref("Webhook")), "content": {**body(ref("Webhook"))["content"],
                                                             **form_body(ref("Webhook"))["content"]}},
        )
    }
}  # fmt: skip

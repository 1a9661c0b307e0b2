"""API payments described: by card, by billing key, scheduled; and the billing keys themselves.

Source: PortOne's V1 OpenAPI and documentation, as far as they go.
"""

from collections.abc import Mapping
from typing import Any

from emulator.openapi.parts import (
    AMOUNT,
    FLAG,
    INTEGER,
    NUMBER,
    TEXT,
    Schema,
    answer,
    body,
    fields,
    listed,
    nullable,
    one_of,
    path,
    query,
    ref,
)
from emulator.openapi.rest import PAGING, REFUSAL, envelope, rest

_TEXTS = nullable(TEXT)
_BUYER = ("buyer_name", "buyer_email", "buyer_tel", "buyer_addr", "buyer_postcode")
_STATE = one_of("scheduled", "executed", "revoked")
_CUSTOMER = fields(
    {
        "customer_uid": TEXT,
        "pg_provider": TEXT,
        "pg_id": TEXT,
        "sandbox": FLAG,
        "card_name": TEXT,
        "card_type": nullable(INTEGER),
        "inserted": INTEGER,
        "updated": INTEGER,
        **dict.fromkeys(
            (
                "customer_id", "card_code", "card_issuer_code", "card_issuer_name", "card_publisher_code",
                "card_publisher_name", "card_number", "customer_name", "customer_tel", "customer_email",
                "customer_addr", "customer_postcode",
            ),
            _TEXTS,
        ),
    }
)  # fmt: skip
_SCHEDULE = fields(
    {
        "customer_uid": TEXT,
        "merchant_uid": TEXT,
        "imp_uid": _TEXTS,
        "pg_provider": _TEXTS,
        "pg_id": _TEXTS,
        "customer_id": _TEXTS,
        "schedule_at": INTEGER,
        "executed_at": INTEGER,
        "revoked_at": INTEGER,
        "amount": NUMBER,
        "currency": TEXT,
        "name": TEXT,
        **dict.fromkeys(_BUYER, _TEXTS),
        "custom_data": _TEXTS,
        "schedule_status": _STATE,
        "payment_status": nullable(one_of("paid", "failed", "cancelled")),
        "fail_reason": _TEXTS,
        "promotion_id": _TEXTS,
    }
)
_PAGED = fields({"total": INTEGER, "previous": INTEGER, "next": INTEGER, "list": listed(ref("Schedule"))})

SCHEMAS: Mapping[str, Any] = {
    "BillingKey": _CUSTOMER,
    "BillingKeyAnswer": envelope(ref("BillingKey")),
    "BillingKeysAnswer": envelope(listed(ref("BillingKey"))),
    "Schedule": _SCHEDULE,
    "ScheduleAnswer": envelope(ref("Schedule")),
    "SchedulesAnswer": envelope(listed(ref("Schedule"))),
    "SchedulePagesAnswer": envelope({"anyOf": [listed(ref("Schedule")), _PAGED]}),
}

_NOTICE = {"anyOf": [TEXT, listed(TEXT)]}
_BYPASS = {"anyOf": [{"type": "string", "description": "A JSON object"}, {"type": "object"}]}
_MONTHS = {"type": "integer", "minimum": 0, "description": "0, or 2 and more: of 50,000 won and more"}
_ASKED: Mapping[str, Schema] = {
    "name": {**TEXT, "maxLength": 40},
    "currency": TEXT,
    "tax_free": AMOUNT,
    "vat_amount": AMOUNT,
    "buyer_name": {**TEXT, "maxLength": 16},
    "buyer_email": {**TEXT, "maxLength": 64},
    "buyer_tel": {**TEXT, "maxLength": 16},
    "buyer_addr": {**TEXT, "maxLength": 128},
    "buyer_postcode": {**TEXT, "maxLength": 8},
    "card_quota": _MONTHS,
    "custom_data": TEXT,
    "notice_url": _NOTICE,
    "browser_ip": TEXT,
    "bypass": _BYPASS,
}
_CHANNEL: Mapping[str, Schema] = {"pg": {**TEXT, "maxLength": 80}, "channel_key": {**TEXT, "maxLength": 55}}
_UID = {**TEXT, "maxLength": 40}
_CUSTOMER_UID = {**TEXT, "maxLength": 80}
_EXPIRY = {**TEXT, "pattern": r"^\d{4}-\d{2}$"}
_ONETIME = fields(
    {"merchant_uid": _UID, "amount": AMOUNT, "card_number": TEXT, "expiry": _EXPIRY},
    {**_ASKED, **_CHANNEL, "cvc": TEXT, "customer_uid": _CUSTOMER_UID},
    more=True,
)
_AGAIN = fields(
    {"customer_uid": _CUSTOMER_UID, "merchant_uid": _UID, "amount": AMOUNT},
    {**_ASKED, "channel_key": _CHANNEL["channel_key"]},
    more=True,
)
_ENTRY = fields({"merchant_uid": _UID, "schedule_at": INTEGER, "amount": AMOUNT, "name": TEXT}, _ASKED, more=True)
_TO_SCHEDULE = fields(
    {"customer_uid": _CUSTOMER_UID, "schedules": listed(_ENTRY)},
    {**_CHANNEL, "checking_amount": AMOUNT, "card_number": TEXT, "expiry": _EXPIRY, "cvc": TEXT},
    more=True,
)
_TO_REVOKE = fields({}, {"customer_uid": TEXT, "merchant_uid": _NOTICE}, more=True)
_WHEN = fields({"schedule_at": INTEGER}, more=True)
_OFF = ", where the account's `api_payments` is on"
_CUSTOMER_PATH, _MERCHANT_PATH = path("customer_uid"), path("merchant_uid")
_PERIOD = [
    query("from", INTEGER, "Unix seconds; `schedule_at` is not before"),
    query("to", INTEGER, "Unix seconds; `schedule_at` is before, three months after `from` at most"),
    query("schedule-status", _STATE),
    PAGING[0],
]
_SEARCH = [
    query("schedule_from", INTEGER, "Unix seconds; `schedule_at` is not before"),
    query("schedule_to", INTEGER, "Unix seconds; `schedule_at` is before, three months after at most"),
    query("schedule_status", _STATE),
    query("sorting", one_of("scheduled", "-scheduled"), "The earliest first with `scheduled`"),
    *PAGING,
]
_SOME = {207: answer("Some of them have no billing key", ref("BillingKeysAnswer"))}
_REFUSED = {400: answer("It is not in the state for it, or its time is over", REFUSAL)}
_BY_CUSTOMER = "Those of a customer; an array, or pages where the account's `schedule_lists` is `paged`"

PATHS: dict[str, Any] = {
    "/subscribe/payments/onetime": {
        "post": rest("payOnce", f"API payment by card{_OFF}", "PaymentAnswer", requestBody=body(_ONETIME, form=True))
    },
    "/subscribe/payments/again": {
        "post": rest(
            "payAgain", f"API payment by billing key{_OFF}", "PaymentAnswer", requestBody=body(_AGAIN, form=True)
        )
    },
    "/subscribe/customers": {
        "get": rest("showBillingKeys", "Several billing keys", "BillingKeysAnswer", also=_SOME,
                    parameters=[query("customer_uid[]", listed(TEXT), "Up to 100")]),
    },
    "/subscribe/customers/{customer_uid}": {
        "parameters": [_CUSTOMER_PATH],
        "get": rest("showBillingKey", "One billing key", "BillingKeyAnswer"),
        "post": rest("issueBillingKey", "Refused: Paymentwall issues none without a payment", "BillingKeyAnswer",
                     requestBody=body(fields({"card_number": TEXT, "expiry": _EXPIRY}, more=True), form=True)),
        "delete": rest("deleteBillingKey", "Delete it; what is scheduled with it will fail", "BillingKeyAnswer",
                       parameters=[query("reason", TEXT)]),
    },
    "/subscribe/customers/{customer_uid}/payments": {
        "parameters": [_CUSTOMER_PATH],
        "get": rest("listByBillingKey", "The payments made with it", "PageAnswer", parameters=[PAGING[0]]),
    },
    "/subscribe/customers/{customer_uid}/schedules": {
        "parameters": [_CUSTOMER_PATH],
        "get": rest("listSchedulesOfCustomer", _BY_CUSTOMER, "SchedulePagesAnswer", parameters=_PERIOD),
    },
    "/subscribe/payments/schedule": {
        "post": rest("schedule", f"Schedule payments{_OFF}", "SchedulesAnswer",
                     requestBody=body(_TO_SCHEDULE, form=True)),
        "get": rest("listSchedules", "Those of a period; an array, or pages where `schedule_lists` is `paged`",
                    "SchedulePagesAnswer", parameters=_SEARCH),
    },
    "/subscribe/payments/unschedule": {
        "post": rest("unschedule", "Withdraw those of a customer, or of these merchant_uids", "SchedulesAnswer",
                     requestBody=body(_TO_REVOKE, form=True))
    },
    "/subscribe/payments/schedule/customers/{customer_uid}": {
        "parameters": [_CUSTOMER_PATH],
        "get": rest("listSchedulesByCustomer", _BY_CUSTOMER, "SchedulePagesAnswer", parameters=_PERIOD),
    },
    "/subscribe/payments/schedule/{merchant_uid}": {
        "parameters": [_MERCHANT_PATH],
        "get": rest("showSchedule", "One scheduled payment", "ScheduleAnswer"),
        "put": rest("moveSchedule", "Change the time of one that was not tried yet", "ScheduleAnswer", also=_REFUSED,
                    requestBody=body(_WHEN, form=True)),
    },
    "/subscribe/payments/schedule/{merchant_uid}/reschedule": {
        "parameters": [_MERCHANT_PATH],
        "post": rest("reschedule", f"Retry a failed or withdrawn one at another time{_OFF}", "ScheduleAnswer",
                     also=_REFUSED, requestBody=body(_WHEN, form=True)),
    },
    "/subscribe/payments/schedule/{merchant_uid}/retry": {
        "parameters": [_MERCHANT_PATH],
        "post": rest("retry", f"Retry a failed or withdrawn one now{_OFF}", "PaymentAnswer", also=_REFUSED,
                     requestBody=body(fields({}, more=True), form=True, required=False)),
    },
}  # fmt: skip

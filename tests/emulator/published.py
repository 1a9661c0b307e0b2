"""What PortOne publishes of its V1 API: the calls that concern a Paymentwall merchant, and what their answers are.

Source: the V1 OpenAPI of developers.portone.io (`src/schema/v1.openapi.json` in its public repository, read in
2026-11). Of the 80 calls that it describes these 27 concern Paymentwall merchants. The others are about what
Paymentwall does not offer (`emulator.portone.not_emulated`), `POST /subscribe/customers/{customer_uid}` among them: a
billing key without a payment is something that PortOne's page on Paymentwall says there is not. That a delivery's
answer says `success: 1` stands in its description alone.
"""

from collections.abc import Iterator, Mapping
from typing import Any

# Method and address, and what the answer's `response` is; `[]` says that it is a list of them.
CALLS: Mapping[str, str] = {
    "POST /users/getToken": "Token",
    "GET /users/pg": "Channel[]",
    "GET /payments/{imp_uid}": "Payment",
    "GET /payments": "Payment[]",
    "GET /payments/find/{merchant_uid}/{payment_status}": "Payment",
    "GET /payments/findAll/{merchant_uid}/{payment_status}": "Page",
    "GET /payments/status/{payment_status}": "Page",
    "POST /payments/cancel": "Payment",
    "POST /payments/prepare": "Prepared",
    "PUT /payments/prepare": "Prepared",
    "GET /payments/prepare/{merchant_uid}": "Prepared",
    "POST /paymentwall/delivery": "Delivery",
    "POST /subscribe/payments/onetime": "Payment",
    "POST /subscribe/payments/again": "Payment",
    "GET /subscribe/customers": "BillingKey[]",
    "GET /subscribe/customers/{customer_uid}": "BillingKey",
    "DELETE /subscribe/customers/{customer_uid}": "BillingKey",
    "GET /subscribe/customers/{customer_uid}/payments": "Page",
    "GET /subscribe/customers/{customer_uid}/schedules": "Schedule[]",
    "POST /subscribe/payments/schedule": "Schedule[]",
    "GET /subscribe/payments/schedule": "Schedule[]",
    "POST /subscribe/payments/unschedule": "Schedule[]",
    "GET /subscribe/payments/schedule/{merchant_uid}": "Schedule",
    "PUT /subscribe/payments/schedule/{merchant_uid}": "Schedule",
    "POST /subscribe/payments/schedule/{merchant_uid}/reschedule": "Schedule",
    "POST /subscribe/payments/schedule/{merchant_uid}/retry": "Payment",
    "GET /subscribe/payments/schedule/customers/{customer_uid}": "Schedule[]",
}

# The fields of each object by what they are: `!` for those that are never absent or null, a number for the most
# characters. Everything else may be null, as in real answers.
OBJECTS: Mapping[str, Mapping[str, str]] = {
    "Token": {"text!": "access_token", "whole!": "expired_at now"},
    "Channel": {
        "text! 16": "pg_provider",
        "text! 80": "pg_id",
        "text!": "type",
        "text": "channel_name channel_key",
        "flag!": "sandbox",
    },
    "Payment": {
        "text! 32": "imp_uid",
        "text! 40": "merchant_uid",
        "text!": "currency status",
        "number!": "amount cancel_amount",
        "flag!": "sandbox",
        "flag": "escrow cash_receipt_issued",
        "whole": "card_quota card_type vbank_date vbank_issued_at started_at paid_at failed_at cancelled_at",
        "text 8": "buyer_postcode",
        "text 16": "pg_provider emb_pg_provider buyer_name buyer_tel",
        "text 20": "pay_method apply_num",
        "text 32": "vbank_num",
        "text 40": "name",
        "text 64": "pg_tid buyer_email",
        "text 80": "pg_id",
        "text 128": "buyer_addr",
        "text": "channel bank_code bank_name card_code card_name card_issuer_code card_issuer_name card_publisher_code "
        "card_publisher_name card_number vbank_code vbank_name vbank_holder custom_data user_agent fail_reason "
        "cancel_reason receipt_url customer_uid customer_uid_usage",
        "Cancellation[]": "cancel_history",
        "list": "deposit_history cancel_receipt_urls",
        "object": "promotion",
    },
    "Cancellation": {
        "text!": "pg_tid reason cancellation_id",
        "number!": "amount",
        "whole!": "cancelled_at",
        "text": "receipt_url",
    },
    "Page": {"whole!": "total previous next", "Payment[]": "list"},
    "Prepared": {"text": "merchant_uid currency", "number": "amount"},
    "Delivery": {"whole": "success error_code", "text": "error", "list": "notices"},
    "BillingKey": {
        "text! 80": "customer_uid pg_id",
        "text! 16": "pg_provider",
        "text!": "card_name",
        "flag!": "sandbox",
        "whole!": "inserted updated",
        "whole": "card_type",
        "text 8": "customer_postcode",
        "text 20": "customer_name customer_tel",
        "text 200": "customer_email customer_addr",
        "text": "customer_id card_code card_issuer_code card_issuer_name card_publisher_code card_publisher_name "
        "card_number",
    },
    "Schedule": {
        "whole": "schedule_at executed_at revoked_at",
        "number": "amount",
        "text 8": "buyer_postcode",
        "text 16": "pg_provider buyer_name buyer_tel",
        "text 32": "imp_uid",
        "text 40": "merchant_uid name",
        "text 64": "pg_id buyer_email",
        "text 128": "buyer_addr",
        "text": "customer_uid customer_id currency custom_data schedule_status payment_status fail_reason promotion_id",
    },
}
# The words that a field may say, besides null where it may be null.
WORDS: Mapping[str, tuple[str, ...]] = {
    "Channel.type": ("payment", "api_payment", "certification"),
    "Payment.channel": ("pc", "mobile", "api"),
    "Payment.status": ("ready", "paid", "cancelled", "failed"),
    "Payment.customer_uid_usage": ("issue", "payment", "payment.scheduled"),
    "Schedule.schedule_status": ("scheduled", "executed", "revoked"),
    "Schedule.payment_status": ("paid", "failed", "cancelled"),
}
# What is null or 0 unless the payment has this status.
ONLY = {"fail_reason": "failed", "failed_at": "failed", "cancel_reason": "cancelled", "cancelled_at": "cancelled"}
_KINDS: Mapping[str, tuple[type, ...]] = {
    "text": (str,), "whole": (int,), "number": (int, float), "flag": (bool,), "list": (list,), "object": (dict,),
}  # fmt: skip


def wrong(value: Any, kind: str, place: str = "response") -> Iterator[str]:
    """What of `value` is not as published."""
    name = kind.removesuffix("[]")
    if kind.endswith("[]"):
        if not isinstance(value, list):
            yield f"{place} is no list: {value!r}"
        else:
            for number, one in enumerate(value):
                yield from wrong(one, name, f"{place}[{number}]")
    elif name in OBJECTS:
        yield from _wrong_object(value, name, place)
    else:
        yield from _wrong_value(value, kind, place)


def _wrong_object(value: Any, name: str, place: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{place} is no object: {value!r}"
        return
    kinds = {field: kind for kind, names in OBJECTS[name].items() for field in names.split()}
    for field, kind in kinds.items():
        if field not in value:
            yield f"{place}.{field} is missing"
        else:
            yield from wrong(value[field], kind, f"{place}.{field}")
        if value.get(field) not in (None, *WORDS.get(f"{name}.{field}", (value.get(field),))):
            yield f"{place}.{field} says {value[field]!r}"
        if name == "Payment" and value.get(field) and ONLY.get(field, value.get("status")) != value.get("status"):
            yield f"{place}.{field} is set of a payment that is {value.get('status')}"
    yield from (f"{place}.{field} is not published" for field in value if field not in kinds)


def _wrong_value(value: Any, kind: str, place: str) -> Iterator[str]:
    named, _, longest = kind.partition(" ")
    if value is None:
        if named.endswith("!"):
            yield f"{place} is null"
    elif not isinstance(value, _KINDS[named.rstrip("!")]) or (isinstance(value, bool) and not named.startswith("flag")):
        yield f"{place} is no {named.rstrip('!')}: {value!r}"
    elif longest and len(str(value)) > int(longest):
        yield f"{place} has more than {longest} characters: {value!r}"

"""Registration of a delivery with Paymentwall (`POST /paymentwall/delivery`).

Source: PortOne's V1 OpenAPI for the fields, Paymentwall's "Delivery Confirmation" for what is made of them. Without
it Paymentwall withholds the settlement of physical goods.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from emulator.portone import pg
from emulator.portone.console import NO_CHANNEL
from emulator.portone.lookups import NO_PAYMENT
from emulator.portone.rendering import envelope, written
from emulator.portone.rest import Call, Reply, fail, success

ALWAYS = (
    "imp_uid", "merchant_uid", "type", "status", "estimated_delivery_datetime", "estimated_update_datetime",
    "refundable", "shipping_address_email",
)  # fmt: skip
ADDRESS = ("country", "city", "zip", "state", "street", "phone", "firstname", "lastname")
PHYSICAL = ("carrier_tracking_id", "carrier_type", *(f"shipping_address_{part}" for part in ADDRESS))
CHOICES = {
    "type": ("physical", "digital"),
    "status": ("order_placed", "order_shipped", "delivering", "delivered"),
    "refundable": ("yes", "no"),
}
# Characters (docs). The limit of 10 that stands at `status` is shorter than its own values and cannot be meant.
LONGEST = {
    "imp_uid": 40, "merchant_uid": 40, "carrier_tracking_id": 64, "carrier_type": 64, "reason": 64, "details": 400,
    "shipping_address_email": 50, **{f"shipping_address_{part}": 40 for part in ADDRESS},
}  # fmt: skip


async def register(call: Call) -> Reply:
    """Code 0 with `success` 1 (docs) and the rest null, or code 1 with what Paymentwall said (inferred)."""
    fields = _checked(call)
    payment = call.account.v1_payments.get(fields["imp_uid"])
    if payment is None or payment.merchant_uid != fields["merchant_uid"] or payment.pg_tid is None:
        fail(NO_PAYMENT, code=1)
    channel = call.account.channel_of(payment)
    if channel is None:
        fail(NO_CHANNEL, code=1, payment=payment)
    told = for_paymentwall(fields, payment.pg_tid)
    answer = await pg.register_delivery(call.account.line, channel, payment, told)
    if answer.get("success") == 1:
        return success({"success": 1, "error_code": None, "error": None, "notices": None}, payment=payment)
    said = {name: answer.get(name) for name in ("error_code", "error", "notices")}
    whole = {**envelope(said), "code": 1, "message": said["error"] or "(PG사 배송등록 장애) Internal error"}
    return Reply(written(whole), whole, payment=payment)


def _checked(call: Call) -> dict[str, str]:
    """The fields as texts. Raises Failed for what is missing or does not fit (docs; the words are inferred)."""
    kind = call.required(*ALWAYS)["type"]
    fields = call.required(*ALWAYS, *(PHYSICAL if kind == "physical" else ()))
    fields |= {name: call.asked(name) for name in LONGEST if call.body.get(name)}
    for name, choices in CHOICES.items():
        if fields[name] not in choices:
            fail(f"{name}은(는) {', '.join(choices)} 중 하나여야 합니다.", code=1)
    for name in ("estimated_delivery_datetime", "estimated_update_datetime"):
        if not (fields[name].isascii() and fields[name].isdecimal() and len(fields[name]) <= 10):
            fail(f"{name}은(는) UNIX timestamp(초)여야 합니다.", code=1)
    for name, longest in LONGEST.items():
        if len(fields.get(name, "")) > longest:
            fail(f"{name}은(는) {longest}자를 초과할 수 없습니다.", code=1)
    return fields


def for_paymentwall(fields: Mapping[str, str], ref: str) -> dict[str, Any]:
    """What Paymentwall hears of a delivery for its charge `ref` (Paymentwall docs)."""
    sent = {
        "payment_id": ref,
        "merchant_reference_id": fields["merchant_uid"],
        "type": fields["type"],
        "status": fields["status"],
        "estimated_delivery_datetime": _moment(fields["estimated_delivery_datetime"]),
        "estimated_update_datetime": _moment(fields["estimated_update_datetime"]),
        "refundable": "true" if fields["refundable"] == "yes" else "false",
        "reason": fields.get("reason") or "none",
        "details": fields.get("details") or "none",
        "shipping_address[email]": fields["shipping_address_email"],
    }
    named = {name: name for name in ("carrier_tracking_id", "carrier_type")}
    named |= {f"shipping_address_{part}": f"shipping_address[{part}]" for part in ADDRESS}
    return sent | {theirs: fields[ours] for ours, theirs in named.items() if fields.get(ours)}


def _moment(unix_seconds: str) -> str:
    """As Paymentwall writes it: 2017/01/15 15:04:55 +0500."""
    return datetime.fromtimestamp(int(unix_seconds), UTC).strftime("%Y/%m/%d %H:%M:%S %z")

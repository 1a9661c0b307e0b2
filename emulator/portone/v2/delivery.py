"""The call that registers a delivery with Paymentwall (`POST /paymentwall/delivery/confirm`)."""

from emulator.portone import pg
from emulator.portone.delivery import ADDRESS, for_paymentwall
from emulator.portone.v2.answers import V2Answer, V2Call, V2Problem, invalid

_ADDRESS = {part: f"shippingAddress{part.capitalize()}" for part in ADDRESS}
_CARRIER = {"carrier_tracking_id": "carrierTrackingId", "carrier_type": "carrierType"}


async def confirm(call: V2Call) -> V2Answer:
    """Told to Paymentwall as V1 tells it. What Paymentwall refuses is an `INVALID_REQUEST` (inferred).

    `attachments` are taken and not passed on (inferred: Paymentwall's page has no field for them).
    """
    account = call.account
    payment = account.payments.get(call.text("transactionId"))
    fields = _checked(call)
    if payment is None or payment.pg_tid is None:
        raise V2Problem("PAYMENT_NOT_FOUND", "결제 건이 존재하지 않습니다.")
    channel = account.channel_of(payment)
    if channel is None:
        raise invalid("채널이 존재하지 않습니다.")
    told = for_paymentwall({**fields, "merchant_uid": payment.merchant_uid}, payment.pg_tid)
    answer = await pg.register_delivery(account.line, channel, payment, told)
    if answer.get("success") != 1:
        raise invalid(str(answer.get("error") or "Paymentwall did not answer."), reason="Paymentwall refused it")
    return V2Answer({}, payment)


def _checked(call: V2Call) -> dict[str, str]:
    """The fields by the names of V1, as texts. Raises V2Problem."""
    kind = call.one_of("deliveryType", "DIGITAL", "PHYSICAL")
    status = call.one_of("deliveryStatus", "ORDER_PLACED", "ORDER_SHIPPED", "DELIVERED")
    fields = {
        "type": kind.lower(),
        "status": status.lower(),
        "estimated_delivery_datetime": str(int(call.moment("estimatedDeliveryDatetime"))),
        "estimated_update_datetime": str(int(call.moment("estimatedUpdateDatetime"))),
        "refundable": "yes" if call.flag("refundable") else "no",
        "reason": call.optional("reason") or "",
        "details": call.text("details"),
        "shipping_address_email": call.text("shippingAddressEmail"),
    }
    read = call.text if kind == "PHYSICAL" else lambda name: call.optional(name) or ""
    fields |= {ours: read(theirs) for ours, theirs in _CARRIER.items()}
    return fields | {f"shipping_address_{part}": read(theirs) for part, theirs in _ADDRESS.items()}

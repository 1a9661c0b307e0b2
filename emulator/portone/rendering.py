"""A payment as PortOne's REST API writes it."""

import json
from functools import lru_cache, partial
from typing import Any, NamedTuple

from emulator.journal import Later
from emulator.portone.amounts import number
from emulator.portone.payments import Payment

STATES_KEPT = 4_096  # payments' states whose text is kept, of some 2 kB each
# Characters that are shown (docs); that the rest of what a page gave is cut off is inferred.
LONGEST_SHOWN = {
    "pay_method": 20, "buyer_name": 16, "buyer_email": 64, "buyer_tel": 16, "buyer_addr": 128, "buyer_postcode": 8,
}  # fmt: skip
_as_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_BEFORE, _BEHIND = b'{"code":0,"message":null,"response":', b"}"


class Shown(NamedTuple):
    """A payment as written: the whole answer to a look-up, and what the journal keeps of it."""

    content: bytes
    kept: Later

    @property
    def payment(self) -> bytes:
        """The payment without the envelope."""
        return self.content[len(_BEFORE) : -len(_BEHIND)]


def envelope(response: Any, code: int = 0, message: str | None = None) -> dict[str, Any]:
    """PortOne's envelope: code 0 is success, business errors have another one and a message (docs)."""
    return {"code": code, "message": message, "response": response}


def written(value: Any) -> bytes:
    """JSON in UTF-8, as compact as PortOne's."""
    return _as_json(value).encode()


def enveloped(response: bytes) -> bytes:
    """The envelope of success around what is written already."""
    return _BEFORE + response + _BEHIND


@lru_cache(maxsize=STATES_KEPT)
def shown(payment: Payment, extension: bool = False) -> Shown:
    """The answer to a look-up.

    Merchants poll: the same state is asked for again and again, and written once.
    """
    content = enveloped(written(payment_object(payment, extension=extension)))
    return Shown(content, Later(partial(_whole, payment, extension)))


def _short(name: str, value: str | None) -> str | None:
    return value and value[: LONGEST_SHOWN[name]]


def _whole(payment: Payment, extension: bool) -> dict[str, Any]:
    return envelope(payment_object(payment, extension=extension))


def payment_object(payment: Payment, *, extension: bool = False) -> dict[str, Any]:
    """Every field of `PaymentAnnotation` in PortOne's V1 OpenAPI, null where nothing is known.

    `extension` adds what the payment service provider reported beyond it (guide): the buyer's country, where
    the Paymentwall project has the custom pingback parameter for it, otherwise null (inferred).
    """
    cancelled = payment.status == "cancelled" and payment.history  # a part back is in the history alone (docs)
    last = payment.history[-1] if cancelled else None
    shown: dict[str, Any] = {
        "imp_uid": payment.imp_uid,
        "merchant_uid": payment.merchant_uid,
        "pay_method": _short("pay_method", payment.pay_method),
        "channel": payment.channel,
        "pg_provider": payment.pg_provider,
        "emb_pg_provider": None,
        "pg_tid": payment.pg_tid,
        "pg_id": payment.pg_id,
        "sandbox": payment.sandbox,
        "escrow": False,
        "apply_num": None,
        "bank_code": None,
        "bank_name": None,
        "card_code": None,
        "card_name": None,
        "card_issuer_code": None,
        "card_issuer_name": None,
        "card_publisher_code": None,
        "card_publisher_name": None,
        "card_quota": payment.card_quota,
        "card_number": payment.card_number,
        "card_type": None,
        "vbank_code": None,
        "vbank_name": None,
        "vbank_num": None,
        "vbank_holder": None,
        "vbank_date": 0,
        "vbank_issued_at": 0,
        "name": payment.name,
        "amount": number(payment.amount),
        "cancel_amount": number(payment.cancel_amount),
        "currency": payment.currency,
        "buyer_name": _short("buyer_name", payment.buyer_name),
        "buyer_email": _short("buyer_email", payment.buyer_email),
        "buyer_tel": _short("buyer_tel", payment.buyer_tel),
        "buyer_addr": _short("buyer_addr", payment.buyer_addr),
        "buyer_postcode": _short("buyer_postcode", payment.buyer_postcode),
        "custom_data": payment.custom_data,
        "user_agent": payment.user_agent,
        "status": payment.status,
        "started_at": payment.started_at,
        "paid_at": payment.paid_at,
        "failed_at": payment.failed_at,
        "cancelled_at": last.cancelled_at if last else 0,
        "fail_reason": payment.fail_reason,
        "cancel_reason": last.told_reason if last else None,
        "receipt_url": payment.receipt_url if payment.paid_at else None,
        "cancel_history": [done.as_json(payment.pg_tid) for done in payment.history],
        "deposit_history": [],
        "cancel_receipt_urls": [],
        "cash_receipt_issued": False,
        "customer_uid": payment.customer_uid,
        "customer_uid_usage": payment.customer_uid_usage,
        "promotion": None,
    }
    if extension:
        shown["extension"] = {"country_code": payment.country_code} if payment.country_code else None
    return shown

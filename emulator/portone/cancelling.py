"""The call that asks for a cancellation (`POST /payments/cancel`)."""

from emulator.portone.account import CancelRefused, CancelRequest
from emulator.portone.amounts import text, truth
from emulator.portone.payments import NOTHING_TO_CANCEL
from emulator.portone.rest import Call, Reply, fail, failure, of_payment

NEITHER_UID = "imp_uid 또는 merchant_uid 중 하나는 반드시 지정해주셔야합니다."  # its end is seen


async def cancel(call: Call) -> Reply:
    """Code 0 means that a ticket was opened, or for methods cancelled at once that it was cancelled (docs).

    `imp_uid` wins over `merchant_uid`, also where it is unknown (docs). `amount` absent or 0 is all (docs).
    `tax_free` and `vat_amount` must be amounts; they, `refund_*`, `retain_promotion` and `extra` mean nothing to
    Paymentwall (docs: they are other providers').
    """
    body, account = call.body, call.account
    imp_uid, merchant_uid = text(body.get("imp_uid")), text(body.get("merchant_uid"))
    if imp_uid is not None:
        payment = account.v1_payments.get(imp_uid)
    elif merchant_uid is not None:
        payment = next(iter(account.v1_payments.find(merchant_uid, sorting="-paid")), None)
    elif body.get("imp_uid") or body.get("merchant_uid"):  # something that is no text
        payment = None
    else:
        fail(NEITHER_UID, code=1)
    if payment is None:
        fail(NOTHING_TO_CANCEL, code=1)
    for name in ("tax_free", "vat_amount"):
        call.amount(name, payment)
    asked = CancelRequest(
        amount=call.amount("amount", payment) or None,
        checksum=call.amount("checksum", payment),
        reason=text(body.get("reason")),
        enable_webhook=truth(body.get("enable_webhook")),
    )
    result = await account.cancel(payment, asked)
    if isinstance(result, CancelRefused):
        return failure(result.message, code=result.code, payment=payment)
    return of_payment(result)

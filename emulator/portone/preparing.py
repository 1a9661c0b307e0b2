"""The calls about amounts that are registered before payment (`/payments/prepare`)."""

from decimal import Decimal

from emulator.portone.attempts import LONGEST_MERCHANT_UID
from emulator.portone.prepared import Prepared
from emulator.portone.rest import Call, Reply, fail, success

# Seen in published clients' tests and merchants, to the letter.
PREPARED_ALREADY = "결제정보 사전등록에 실패하였습니다(이미 등록된 merchant_uid입니다)."
NOT_PREPARED = "사전등록된 결제정보가 존재하지 않습니다."


def prepare(call: Call) -> Reply:
    """`POST`: `merchant_uid, amount[, currency]`, once per merchant_uid."""
    prepared = _asked(call)
    if prepared.merchant_uid in call.account.prepared:
        fail(PREPARED_ALREADY, code=1)
    return _kept(call, prepared)


def change(call: Call) -> Reply:
    """`PUT`: another amount for what is prepared; without a currency none is checked any more (docs)."""
    asked = _asked(call)
    _known(call, asked.merchant_uid)
    return _kept(call, asked)


def show(call: Call) -> Reply:
    """`GET /payments/prepare/{merchant_uid}`."""
    return success(_known(call, call.path["merchant_uid"]).as_json())


def _asked(call: Call) -> Prepared:
    merchant_uid = call.required("merchant_uid", "amount")["merchant_uid"]
    amount = call.amount("amount") or Decimal(0)
    currency = call.required("currency")["currency"] if call.body.get("currency") else None
    # In which words these two are refused is inferred.
    if len(merchant_uid) > LONGEST_MERCHANT_UID:
        fail(f"merchant_uid는 {LONGEST_MERCHANT_UID}자를 초과할 수 없습니다.", code=1)
    if currency is not None and not (len(currency) == 3 and currency.isascii() and currency.isupper()):
        fail(f"지원되지 않는 통화(currency)입니다: {currency}", code=1)
    return Prepared(merchant_uid, amount, currency)


def _known(call: Call, merchant_uid: str) -> Prepared:
    known = call.account.prepared.get(merchant_uid)
    if known is None:
        fail(NOT_PREPARED, status=404)
    return known


def _kept(call: Call, prepared: Prepared) -> Reply:
    call.account.prepared[prepared.merchant_uid] = prepared
    return success(prepared.as_json())

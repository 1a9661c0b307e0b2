"""The calls about billing keys (`/subscribe/customers`): read, listed, their payments, deleted.

They are issued with a first payment, in the payment window or by card: Paymentwall issues none alone (docs).
"""

from emulator.portone.billing_keys import BillingKey
from emulator.portone.charging import UNKNOWN_CUSTOMER
from emulator.portone.keyed import refuse_where_off
from emulator.portone.lookups import MOST_AT_ONCE, TOO_MANY, USUAL_LIMIT, paged
from emulator.portone.rest import Call, Reply, fail, of_payments, success

NOT_KNOWN = "요청하신 customer_uid({})로 등록된 정보를 찾을 수 없습니다."  # seen
NOT_ALONE = "페이먼트월은 최초 결제 없이 빌링키만 발급할 수 없습니다."  # inferred: that it issues none is documented


def show(call: Call) -> Reply:
    """`GET /subscribe/customers/{customer_uid}`.

    Where it has no billing key the description says 404; published clients meet HTTP 200 with code 1 (seen).
    """
    return success(_known(call).as_json())


def several(call: Call) -> Reply:
    """`GET /subscribe/customers?customer_uid[]=…`: 207 where some have no billing key, 404 where none has (docs)."""
    asked = call.listed("customer_uid")
    if not asked:
        fail("파라미터 누락: customer_uid[]", code=1, status=400)
    if len(asked) > MOST_AT_ONCE:  # inferred, as for payments
        fail(TOO_MANY, status=400)
    found = {uid: key for uid in asked if (key := call.account.billing_keys.get(uid)) is not None}
    if not found:
        fail(UNKNOWN_CUSTOMER, status=404)
    return success([key.as_json() for key in found.values()], status=200 if len(found) == len(set(asked)) else 207)


def issue(call: Call) -> Reply:
    """`POST /subscribe/customers/{customer_uid}`, which Paymentwall does not offer (docs)."""
    call.required("card_number", "expiry")
    refuse_where_off(call.account)
    fail(NOT_ALONE, code=1)


def delete(call: Call) -> Reply:
    """`DELETE /subscribe/customers/{customer_uid}`: what was scheduled with it stays, and fails (inferred)."""
    key = _known(call)
    del call.account.billing_keys[key.customer_uid]
    return success(key.as_json())


def payments(call: Call) -> Reply:
    """`GET /subscribe/customers/{customer_uid}/payments`, 20 a page, the newest first; failed ones too (inferred).

    404 where nobody paid by it (docs). Those of a key that was deleted can still be read (inferred).
    """
    customer_uid = call.path["customer_uid"]
    found = [one for one in reversed(list(call.account.v1_payments)) if one.customer_uid == customer_uid]
    if not found and customer_uid not in call.account.billing_keys:
        fail(UNKNOWN_CUSTOMER, status=404)
    return of_payments(*paged(call, found, USUAL_LIMIT))


def _known(call: Call) -> BillingKey:
    customer_uid = call.path["customer_uid"]
    key = call.account.billing_keys.get(customer_uid)
    if key is None:
        fail(NOT_KNOWN.format(customer_uid), code=1)
    return key

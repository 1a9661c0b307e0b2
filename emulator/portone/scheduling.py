"""The calls about scheduled payments (`/subscribe/payments/schedule`): asked for, taken back, moved, tried again, read.

What is asked for is made when the account's clock comes to it. As all API payments they are off until the account's
setting `api_payments` switches them on; what there is of them can be read and taken back in any case.
"""

import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from emulator.portone import charging
from emulator.portone.account import CancelRequest
from emulator.portone.amounts import money, text
from emulator.portone.billing_keys import BillingKey
from emulator.portone.console import Channel
from emulator.portone.customers import NOT_ALONE
from emulator.portone.identifiers import fresh_imp_uid
from emulator.portone.keyed import asked_payment, channel_of, channel_of_key, charged, keyed_card, refuse_where_off
from emulator.portone.lookups import ABSENT, NO_PERIOD, NO_SUCH_SORTING, NO_SUCH_STATUS, paged, whole
from emulator.portone.nested import entries
from emulator.portone.payments import Payment
from emulator.portone.rest import Call, Reply, fail, of_payment, success
from emulator.portone.schedules import STATES, Schedule

# Seen in published clients' tests.
NO_CUSTOMER = "등록된 고객정보가 없습니다."
NOTHING_TO_REVOKE = "취소할 예약결제 기록이 존재하지 않습니다."
# Inferred: that these are refused is documented, in which words is not.
NO_SCHEDULE = "존재하지 않는 결제예약입니다."
KNOWN_ALREADY = "이미 예약된 merchant_uid입니다."
IN_THE_PAST = "예약시각(schedule_at)은 현재 시각 이후여야 합니다."
NOT_WAITING = "이미 실행되었거나 취소된 결제예약입니다."
NOT_FAILED = "실패하였거나 취소된 결제예약만 다시 시도할 수 있습니다."
TOO_LONG = "최대 3개월간 검색이 가능합니다."

LONGEST_SEARCH_SECONDS = 92 * 86_400  # three months (docs)
MOST_AT_ONCE = 1_000  # inferred
LATEST = 2**33  # unix seconds; inferred


async def schedule(call: Call) -> Reply:
    """`POST /subscribe/payments/schedule`: all of `schedules` or none.

    Who has no billing key yet gets one by a card that is charged `checking_amount`, which goes back at once (docs);
    without an amount Paymentwall issues none. A `currency` that is absent is KRW, though it is called required (docs).
    """
    customer_uid = call.required("customer_uid")["customer_uid"]
    asked = entries(call.body, "schedules")
    if not asked:
        fail("파라미터 누락: schedules", code=1)
    if len(asked) > MOST_AT_ONCE:
        fail(f"schedules는 {MOST_AT_ONCE}건을 초과할 수 없습니다.", code=1)
    calls = [replace(call, body=one) for one in asked]
    for one in calls:
        one.required("merchant_uid", "schedule_at", "amount")
    key = call.account.billing_keys.get(customer_uid)
    if key is None and not text(call.body.get("card_number")):
        fail(NO_CUSTOMER, code=1)
    refuse_where_off(call.account)
    for one in calls:
        one.required("name")
    channel = channel_of_key(call, key) if key else channel_of(call)
    made = _asked(call, calls, channel, key)
    if key is None:
        made = _asked(call, calls, channel, await _issued(call, calls[0], channel))
    return _listed(call, [call.account.schedules.put(one) for one in made])


def unschedule(call: Call) -> Reply:
    """`POST /subscribe/payments/unschedule`: those of a customer, those of these merchant_uids, or what is both."""
    customer_uid, merchant_uids = text(call.body.get("customer_uid")), call.listed("merchant_uid")
    every = not merchant_uids and call.body.get("merchant_uid") in (None, "", [])
    if every and customer_uid is None:
        fail("파라미터 누락: customer_uid, merchant_uid", code=1)
    schedules = call.account.schedules
    found = [
        one
        for one in schedules
        if one.state == "scheduled"
        and customer_uid in (None, one.customer_uid)
        and (every or one.merchant_uid in merchant_uids)
    ]
    if not found:
        fail(NOTHING_TO_REVOKE, code=1)
    return _listed(call, [schedules.revoked(one) for one in found])


def show(call: Call) -> Reply:
    """`GET /subscribe/payments/schedule/{merchant_uid}`."""
    return _single(call, _known(call))


def move(call: Call) -> Reply:
    """`PUT /subscribe/payments/schedule/{merchant_uid}`: another `schedule_at` for what has not been tried (docs)."""
    known = _known(call)
    if known.state != "scheduled":
        fail(NOT_WAITING, status=400)
    return _single(call, call.account.schedules.moved(known, _moment(call, status=400)))


def reschedule(call: Call) -> Reply:
    """`POST …/{merchant_uid}/reschedule`: what failed or was taken back, at another time (docs)."""
    known = _to_try_again(call)
    refuse_where_off(call.account)
    return _single(call, call.account.schedules.moved(known, _moment(call, status=400)))


async def retry(call: Call) -> Reply:
    """`POST …/{merchant_uid}/retry`: what failed or was taken back, now; the payment's status tells the result (docs).

    404 where the billing key is gone (docs). A webhook tells of the try as of any scheduled payment's (inferred).
    """
    known = _to_try_again(call)
    refuse_where_off(call.account)
    if known.customer_uid not in call.account.billing_keys:
        fail(charging.UNKNOWN_CUSTOMER, status=404)
    payment = await charging.execute(call.account, known)
    if payment is None:  # a reset came in between
        fail(NO_SCHEDULE, status=404)
    return of_payment(payment)


def by_period(call: Call) -> Reply:
    """`GET /subscribe/payments/schedule`, in pages; the latest first, the earliest with `sorting=scheduled` (docs)."""
    sorting = call.asked("sorting")
    if sorting not in (*ABSENT, "scheduled", "-scheduled"):
        fail(NO_SUCH_SORTING, status=400)
    found = _within(call, list(call.account.schedules), earliest_first=sorting == "scheduled")
    return _page(call, found, None)


def of_customer(call: Call) -> Reply:
    """`GET /subscribe/customers/{customer_uid}/schedules`, 20 a page, the latest first; none for who is unknown.

    Published clients name the period and the state as `by_period` does (seen), the description without `schedule_`.
    """
    found = [one for one in call.account.schedules if one.customer_uid == call.path["customer_uid"]]
    return _page(call, _within(call, found), 20)


async def _issued(call: Call, first: Call, channel: Channel) -> BillingKey:
    """The billing key of a payment that checks the card, and is cancelled at once (docs).

    It is made for the buyer and in the currency of the first of the schedules, under a new merchant_uid (inferred).
    """
    amount = call.amount("checking_amount")
    if not amount:
        fail(NOT_ALONE, code=1)
    given = {name: call.body.get(name) for name in ("customer_uid", "card_number", "expiry", "cvc")}
    asked = {**first.body, **given, "merchant_uid": f"checking_{fresh_imp_uid()}", "amount": amount}
    check = replace(first, body={**asked, "card_quota": None, "tax_free": None, "vat_amount": None, "vat": None})
    card = keyed_card(check)
    payment = await charged(check, channel, asked_payment(check, channel, usage="issue"), card)
    key = call.account.billing_keys.get(call.required("customer_uid")["customer_uid"])
    if key is None:
        fail(payment.fail_reason or NO_CUSTOMER, code=-1, payment=payment)
    await call.account.cancel(payment, CancelRequest(None, None, "유효카드 체크", enable_webhook=False))
    return key


def _asked(call: Call, calls: Sequence[Call], channel: Channel, key: BillingKey | None) -> list[Schedule]:
    """What each call asks for. A merchant_uid is scheduled once, again only after it was taken back (inferred)."""
    usual = partial(asked_payment, channel=channel, usage="payment.scheduled", customer=key)
    made = [Schedule(usual(one), _moment(one)) for one in calls]
    known = {one.merchant_uid for one in call.account.schedules if one.state != "revoked"}
    named = {one.merchant_uid for one in made}
    if len(named) < len(made) or named & known:
        fail(KNOWN_ALREADY, code=1)
    return made


def _moment(call: Call, status: int = 200) -> int:
    """`schedule_at` in unix seconds. What is over for the merchant, whose clock does not jump, is over."""
    given = text(call.body.get("schedule_at"))
    if given is None:
        fail("파라미터 누락: schedule_at", code=1, status=status)
    moment = money(given)
    if moment is None or moment != int(moment) or moment > LATEST:
        fail("schedule_at은 UNIX timestamp(초)여야 합니다.", code=1, status=status)
    if moment < min(call.account.now(), int(time.time())):
        fail(IN_THE_PAST, code=1, status=status)
    return int(moment)


def _known(call: Call) -> Schedule:
    known = call.account.schedules.get(call.path["merchant_uid"])
    if known is None:
        fail(NO_SCHEDULE, status=404)
    return known


def _to_try_again(call: Call) -> Schedule:
    known = _known(call)
    payment = _payment(call, known)
    if known.state == "scheduled" or (payment is not None and payment.status != "failed"):
        fail(NOT_FAILED, status=400)
    return known


def _within(call: Call, schedules: Sequence[Schedule], *, earliest_first: bool = False) -> list[Schedule]:
    """Those of a period (`from` <= `schedule_at` < `to`) and a state, by their time."""
    prefix = "schedule_" if call.asked("schedule_from") or call.asked("schedule_to") else ""
    if "customer_uid" not in call.path:
        prefix = "schedule_"
    since, until = whole(call, f"{prefix}from"), whole(call, f"{prefix}to")
    state = call.asked("schedule-status") or call.asked("schedule_status")
    if since > until:
        fail(NO_PERIOD, status=400)
    if until - since > LONGEST_SEARCH_SECONDS:
        fail(TOO_LONG, status=400)
    if state not in (*ABSENT, *STATES):
        fail(NO_SUCH_STATUS, status=400)
    found = [one for one in schedules if since <= one.schedule_at < until and state in (*ABSENT, one.state)]
    return sorted(found, key=lambda one: one.schedule_at, reverse=not earliest_first)


def _page(call: Call, found: Sequence[Schedule], limit: int | None) -> Reply:
    """An array (docs), or with the account's `schedule_lists` "paged" an object that has it as its `list` (seen)."""
    page, paging = paged(call, found, limit)
    listed = [one.as_json(_payment(call, one)) for one in page]
    return success(listed if call.account.console.schedule_lists == "array" else {**paging, "list": listed})


def _payment(call: Call, schedule: Schedule) -> Payment | None:
    return call.account.payments.get(schedule.imp_uid) if schedule.imp_uid else None


def _single(call: Call, schedule: Schedule) -> Reply:
    return success(schedule.as_json(_payment(call, schedule)))


def _listed(call: Call, schedules: Sequence[Schedule]) -> Reply:
    return success([one.as_json(_payment(call, one)) for one in schedules])

"""The calls of V2 that read payments: one, its attempts, pages of them, and all by cursor."""

from collections.abc import Sequence

from emulator.portone.account import PortOne
from emulator.portone.payments import Payment
from emulator.portone.v2.answers import V2Answer, V2Call, V2Problem, invalid
from emulator.portone.v2.rendering import changed_at, payment_object, status_of, transaction_object

USUAL_SIZE, LARGEST_SIZE = 10, 1_000  # docs
DEEPEST = 60_000  # docs: (number + 1) * size
PERIOD_SECONDS = 90 * 86_400  # docs
_STATUS_NAMES = ("READY", "PENDING", "VIRTUAL_ACCOUNT_ISSUED", "PAID", "FAILED", "PARTIAL_CANCELLED", "CANCELLED")


def current(account: PortOne, payment_id: str) -> Payment | None:
    """The attempt that stands for a payment: the one that was paid, else the newest."""
    attempts = account.payments.find(payment_id)
    return next((one for one in attempts if one.paid_at), attempts[0] if attempts else None)


def known(call: V2Call) -> Payment:
    """The payment that a call is about. Raises V2Problem."""
    payment = current(call.account, call.path["paymentId"])
    if payment is None:
        raise V2Problem("PAYMENT_NOT_FOUND", "결제 건이 존재하지 않습니다.")
    return payment


def one(call: V2Call) -> V2Answer:
    """`GET /payments/{paymentId}`."""
    payment = known(call)
    return V2Answer(_shown(call.account, payment), payment)


def transactions(call: V2Call) -> V2Answer:
    """`GET /payments/{paymentId}/transactions`: every attempt, the oldest first (inferred)."""
    payment, account = known(call), call.account
    attempts = account.payments.find(payment.merchant_uid, sorting="started")
    items = [transaction_object(one, account.console, account.webhooks.about(one.imp_uid)) for one in attempts]
    return V2Answer({"items": items}, payment)


def page(call: V2Call) -> V2Answer:
    """`GET /payments`: `page {number, size}` and `filter`, of which other providers' fields have no effect."""
    paging = V2Call(call.account, {}, {}, _object(call, "page"))
    asked = V2Call(call.account, {}, {}, _object(call, "filter"))
    size = paging.whole("size", USUAL_SIZE, 1, LARGEST_SIZE)
    number = paging.whole("number", 0, 0, DEEPEST // size - 1)
    found = _filtered(asked)
    items = [_shown(call.account, payment) for payment in found[number * size : (number + 1) * size]]
    return V2Answer({"items": items, "page": {"number": number, "size": size, "totalCount": len(found)}})


def by_cursor(call: V2Call) -> V2Answer:
    """`GET /payments-by-cursor`: those that were made in a period, the oldest first (inferred), behind a `cursor`."""
    since, until = _period(call)
    size = call.whole("size", USUAL_SIZE, 1, LARGEST_SIZE)
    found = [one for one in _standing(call.account) if since <= one.started_at <= until]
    cursor, begin = call.optional("cursor"), 0
    if cursor is not None:
        place = next((place for place, one in enumerate(found) if one.imp_uid == cursor), None)
        if place is None:
            raise invalid("cursor가 올바르지 않습니다.")
        begin = place + 1
    items = [{"payment": _shown(call.account, one), "cursor": one.imp_uid} for one in found[begin : begin + size]]
    return V2Answer({"items": items})


def _shown(account: PortOne, payment: Payment) -> dict[str, object]:
    return payment_object(payment, account.console, account.webhooks.about(payment.imp_uid))


def _standing(account: PortOne) -> list[Payment]:
    """Each payment once, by the attempt that stands for it, in the order in which they were begun."""
    names = dict.fromkeys(one.merchant_uid for one in account.payments)
    return [payment for name in names if (payment := current(account, name)) is not None]


def _filtered(asked: V2Call) -> Sequence[Payment]:
    """What a filter lets through, as it sorts; that it counts creation and puts the newest first is inferred."""
    since, until = _period(asked)
    by_status = asked.one_of("timestampType", "CREATED_AT", "STATUS_CHANGED_AT", usual="CREATED_AT") != "CREATED_AT"
    statuses = asked.body.get("status")
    if statuses is not None and not (
        isinstance(statuses, list) and all(isinstance(name, str) and name in _STATUS_NAMES for name in statuses)
    ):
        raise invalid(f"status는 {', '.join(_STATUS_NAMES)}의 목록이어야 합니다.")
    version = asked.one_of("version", "V1", "V2", "", usual="")
    currency, is_test = asked.optional("currency"), asked.body.get("isTest")
    found = [
        one
        for one in _standing(asked.account)
        if since <= (changed_at(one) if by_status else one.started_at) <= until
        and (not statuses or _filter_name(one) in statuses)
        and version in ("", one.version)
        and currency in (None, one.currency)
        and is_test in (None, one.sandbox)
    ]
    key = asked.one_of("sortBy", "REQUESTED_AT", "STATUS_CHANGED_AT", usual="REQUESTED_AT")
    newest_first = asked.one_of("sortOrder", "DESC", "ASC", usual="DESC") == "DESC"
    if newest_first:
        found.reverse()  # which decides within one second
    return sorted(
        found, key=changed_at if key == "STATUS_CHANGED_AT" else lambda one: one.started_at, reverse=newest_first
    )


def _filter_name(payment: Payment) -> str:
    status = status_of(payment)
    return "PENDING" if status == "PAY_PENDING" else status


def _period(call: V2Call) -> tuple[float, float]:
    until = call.moment("until", call.account.clock.now())
    since = call.moment("from", until - PERIOD_SECONDS)
    if since > until:
        raise invalid("from은 until보다 늦을 수 없습니다.")
    return since, until


def _object(call: V2Call, name: str) -> dict[str, object]:
    found = call.body.get(name)
    if found is not None and not isinstance(found, dict):
        raise invalid(f"{name}은(는) 객체여야 합니다.")
    return found or {}

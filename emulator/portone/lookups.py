"""The calls that read payments: one, several, those of a merchant_uid, those with a status."""

from collections.abc import Sequence
from typing import TypeVar

from emulator.portone.payments import STATUSES, Payment, Status
from emulator.portone.records import arranged, decided_at
from emulator.portone.rest import Call, Reply, fail, of_payment, of_payments

# Seen in published clients' tests and, for the searches, in published code.
NO_PAYMENT = "존재하지 않는 결제정보입니다."
NO_SUCH_STATUS = "지원되지 않는 상태값입니다."
NO_SUCH_SORTING = "지원되지 않는 정렬규칙입니다."
TOO_LONG = "최대 90일간 검색이 가능합니다"
NO_PERIOD = "유효하지 않은 검색기간입니다."
# Inferred: that these are refused is documented, in which words is not.
NO_SUCH_PAGE = "데이터 범위를 넘어선 page입니다."
TOO_MANY = "한 번에 최대 100개까지 조회할 수 있습니다."

Found = TypeVar("Found")

USUAL_SORTING = "-started"
SORTINGS = frozenset(sign + name for name in ("started", "paid", "updated") for sign in ("", "-"))
# What clients put into an address for a value that is absent.
ABSENT = frozenset(("", "undefined", "null"))
USUAL_LIMIT, LARGEST_LIMIT = 20, 1_000
MOST_AT_ONCE = 100
LONGEST_SEARCH_SECONDS = 90 * 86_400


def look_up(call: Call) -> Reply:
    """`/payments/{imp_uid}`.

    What stands in place of a test payment that was not asked for is not documented (inferred: as if unknown).
    """
    payment = call.account.v1_payments.get(call.path["imp_uid"])
    if payment is None or (payment.sandbox and not call.flag("include_sandbox")):
        fail(NO_PAYMENT, status=404)
    return of_payment(payment, call.flag("extension"))


def several(call: Call) -> Reply:
    """`/payments?imp_uid[]=…&merchant_uid[]=…`, at most 100: 207 where some are missing, 404 where all are (docs).

    Of a merchant_uid it is the newest attempt (inferred).
    """
    payments = call.account.v1_payments
    imp_uids, merchant_uids = call.listed("imp_uid"), call.listed("merchant_uid")
    if not imp_uids and not merchant_uids:
        fail("파라미터 누락: imp_uid[], merchant_uid[]", code=1, status=400)
    if len(imp_uids) + len(merchant_uids) > MOST_AT_ONCE:
        fail(TOO_MANY, status=400)
    newest = [next(iter(payments.find(merchant_uid)), None) for merchant_uid in merchant_uids]
    found = [payment for payment in (*map(payments.get, imp_uids), *newest) if payment is not None]
    if not found:
        fail(NO_PAYMENT, status=404)
    complete = len(found) == len(imp_uids) + len(merchant_uids)
    once = {payment.imp_uid: payment for payment in found}
    return of_payments(list(once.values()), status=200 if complete else 207)


def find(call: Call) -> Reply:
    """`/payments/find/{merchant_uid}[/{status}]`: the first by `sorting`, the newest where none is named (docs)."""
    status = _status(call, refused_with=404)
    found = call.account.v1_payments.find(call.path["merchant_uid"], status, _sorting(call))
    if not found:
        fail(NO_PAYMENT, status=404)
    return of_payment(found[0], call.flag("extension"))


def find_all(call: Call) -> Reply:
    """`/payments/findAll/{merchant_uid}[/{status}]`, in pages; an unknown merchant_uid is not found (docs)."""
    status = _status(call, refused_with=400)
    attempts = call.account.v1_payments.find(call.path["merchant_uid"], None, _sorting(call))
    if not attempts:
        fail(NO_PAYMENT, status=404)
    return _page(call, [payment for payment in attempts if status in (None, payment.status)])


def by_status(call: Call) -> Reply:
    """`/payments/status/{status}`, in pages, over 90 days at most; the last 90 where no `from` and `to` are given.

    The times are those at which payments came into their status (docs).
    """
    status, sorting = _status(call, refused_with=400), _sorting(call)
    until = whole(call, "to", call.account.now())
    since = whole(call, "from", until - LONGEST_SEARCH_SECONDS)
    if since > until:
        fail(NO_PERIOD, status=400)
    if until - since > LONGEST_SEARCH_SECONDS:
        fail(TOO_LONG, status=400)
    found = [
        payment
        for payment in call.account.v1_payments
        if status in (None, payment.status) and since <= decided_at(payment) <= until
    ]
    return _page(call, arranged(found, sorting))


def _page(call: Call, found: Sequence[Payment]) -> Reply:
    return of_payments(*paged(call, found))


def paged(call: Call, found: Sequence[Found], limit: int | None = None) -> tuple[Sequence[Found], dict[str, int]]:
    """One page and where its neighbours are, 0 where there is none (docs); the query may name a `limit` if none is."""
    page = whole(call, "page", 1)
    limit = whole(call, "limit", USUAL_LIMIT) if limit is None else limit
    if not 1 <= limit <= LARGEST_LIMIT:
        fail(f"limit은 1부터 {LARGEST_LIMIT}까지 지정할 수 있습니다.", status=400)
    pages = max(-(-len(found) // limit), 1)
    if not 1 <= page <= pages:
        fail(NO_SUCH_PAGE, status=400)
    paging = {"total": len(found), "previous": page - 1, "next": page + 1 if page < pages else 0}
    return found[(page - 1) * limit : page * limit], paging


def _status(call: Call, *, refused_with: int) -> Status | None:
    asked = call.path.get("status", "")
    status = next((known for known in STATUSES if known == asked), None)
    if status is None and asked != "all" and asked not in ABSENT:
        fail(NO_SUCH_STATUS, status=refused_with)
    return status


def _sorting(call: Call) -> str:
    # Inferred for `find`: that it refuses an unknown sorting as the searches do.
    asked = call.asked("sorting")
    if asked in ABSENT:
        return USUAL_SORTING
    if asked not in SORTINGS:
        fail(NO_SUCH_SORTING, status=400)
    return asked


def whole(call: Call, name: str, usual: int | None = None) -> int:
    """A number of the query, `usual` where it is absent. Raises Failed where it is none, or is needed and absent."""
    asked = call.asked(name)
    if asked in ABSENT:
        if usual is None:
            fail(f"파라미터 누락: {name}", code=1, status=400)
        return usual
    if not (asked.isascii() and asked.isdecimal() and len(asked) <= 12):
        fail(f"{name}은(는) 정수여야 합니다.", status=400)
    return int(asked)

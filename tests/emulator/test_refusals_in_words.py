"""What PortOne's side says of each call about keys and schedules that it refuses, word for word."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.emulator.billing import BUYER, CUSTOMER, DAY, FIRST, Biller
from tests.emulator.driver import Driver

ONETIME, AGAIN = "/subscribe/payments/onetime", "/subscribe/payments/again"
SCHEDULE, UNSCHEDULE = "/subscribe/payments/schedule", "/subscribe/payments/unschedule"
SECOND = {"customer_uid": CUSTOMER, "merchant_uid": "second", "amount": 4, "name": "Tea", **BUYER}
INSTALMENTS = "card_quota는 0 또는 2부터 99까지의 정수여야 합니다."
NO_BYPASS = "bypass는 JSON 형식의 문자열이어야 합니다."
NO_MOMENT = "schedule_at은 UNIX timestamp(초)여야 합니다."
OVER = "예약시각(schedule_at)은 현재 시각 이후여야 합니다."
NO_CHANNEL = "등록된 PG 설정 정보가 없습니다."


@pytest.fixture
def biller(account: Driver) -> Biller:
    """With a billing key, and with a payment scheduled for 30 days from now."""
    biller = Biller(account)
    biller.issued()
    biller.schedule("month-2")
    return biller


def refused(biller: Biller, path: str, fields: Mapping[str, Any], method: str = "POST") -> tuple[int, int, str]:
    """The status, code and message of the answer, which has nothing else in it."""
    answer = biller.account.post(path, method, **fields)
    envelope = answer.json()
    assert envelope["response"] is None
    return answer.status_code, envelope["code"], envelope["message"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"expiry": "12/39"}, "expiry는 YYYY-MM 형식이어야 합니다."),
        ({"expiry": "2039-12-01"}, "expiry는 YYYY-MM 형식이어야 합니다."),
        ({"amount": 0}, "amount가 올바르지 않습니다."),
        ({"amount": "ten"}, "amount은(는) 0 이상의 숫자여야 합니다."),
        ({"tax_free": 11}, "tax_free은(는) amount를 초과할 수 없습니다."),
        ({"vat_amount": 10.51}, "vat_amount은(는) amount를 초과할 수 없습니다."),
        ({"vat": -1}, "vat은(는) 0 이상의 숫자여야 합니다."),
        ({"name": "x" * 41}, "name은(는) 40자를 초과할 수 없습니다."),
        ({"channel_key": "channel-key-nobody"}, NO_CHANNEL),
        ({"merchant_uid": f"first-{CUSTOMER}"}, "이미 결제가 이루어진 거래건입니다."),
        *(({"card_quota": wrong}, INSTALMENTS) for wrong in (1, 2.5, 100)),
        (
            {"card_quota": 3, "amount": 49_999, "currency": "KRW"},
            "할부는 결제금액 50,000원 이상부터 가능합니다.",
        ),
        *(({"bypass": wrong}, NO_BYPASS) for wrong in ("no JSON", "[1]", [1], "[" * 100_000)),
    ],
)
def test_a_card_that_is_keyed_in(biller: Biller, changes: dict[str, Any], message: str) -> None:
    assert refused(biller, ONETIME, {**FIRST, **changes}) == (200, 1, message)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"customer_uid": "nobody"}, "등록되지 않은 구매자입니다."),
        ({"customer_uid": None}, "파라미터 누락: customer_uid"),
        ({"name": None, "buyer_email": ""}, "파라미터 누락: name, buyer_email"),
        ({"buyer_email": "other@example.com"}, "빌링키 발급 시 입력한 이메일과 일치하지 않습니다."),
        ({"channel_key": "channel-key-nobody"}, NO_CHANNEL),
    ],
)
def test_a_card_that_is_charged_again(biller: Biller, changes: dict[str, Any], message: str) -> None:
    assert refused(biller, AGAIN, {**SECOND, **changes}) == (200, 1, message)


@dataclass(frozen=True)
class Asked:
    """A call about what is scheduled, and how it is refused; `in_days` fills `schedule_at`."""

    path: str
    message: str
    status: int = 200
    code: int = 1
    method: str = "POST"
    fields: Mapping[str, Any] = field(default_factory=dict)
    in_days: float | None = None


ONE = f"{SCHEDULE}/month-2"
NEITHER = "이미 실행되었거나 취소된 결제예약입니다."
NOT_FAILED = "실패하였거나 취소된 결제예약만 다시 시도할 수 있습니다."
UNKNOWN = "존재하지 않는 결제예약입니다."


@pytest.mark.parametrize(
    "asked",
    [
        Asked(UNSCHEDULE, "파라미터 누락: customer_uid, merchant_uid"),
        Asked(UNSCHEDULE, "취소할 예약결제 기록이 존재하지 않습니다.", fields={"customer_uid": "nobody"}),
        Asked(ONE, "파라미터 누락: schedule_at", 400, method="PUT"),
        Asked(ONE, NO_MOMENT, 400, method="PUT", fields={"schedule_at": "soon"}),
        Asked(ONE, NO_MOMENT, 400, method="PUT", fields={"schedule_at": 2**33 + 1}),
        Asked(ONE, OVER, 400, method="PUT", in_days=-2),
        Asked(f"{SCHEDULE}/nobody", UNKNOWN, 404, -1, "PUT", in_days=2),
        Asked(f"{ONE}/retry", NOT_FAILED, 400, -1),
        Asked(f"{ONE}/reschedule", NOT_FAILED, 400, -1, in_days=2),
        Asked(f"{SCHEDULE}/nobody/retry", UNKNOWN, 404, -1),
        Asked("/subscribe/customers/bob", "파라미터 누락: card_number, expiry"),
        Asked(
            "/subscribe/customers/bob", "페이먼트월은 최초 결제 없이 빌링키만 발급할 수 없습니다.",
            fields={"card_number": "4242-4242-4242-4242", "expiry": "2039-12"},
        ),
        Asked(
            "/subscribe/customers/bob", "요청하신 customer_uid(bob)로 등록된 정보를 찾을 수 없습니다.",
            method="DELETE",
        ),
    ],
    ids=lambda asked: f"{asked.method} {asked.path} {asked.message}",
)  # fmt: skip
def test_what_is_scheduled_and_whose_it_is(biller: Biller, asked: Asked) -> None:
    at = {} if asked.in_days is None else {"schedule_at": biller.now() + int(asked.in_days * DAY)}
    found = refused(biller, asked.path, {**asked.fields, **at}, asked.method)
    assert found == (asked.status, asked.code, asked.message)
    assert biller.show("month-2")["schedule_status"] == "scheduled"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"schedules": []}, "파라미터 누락: schedules"),
        ({"schedules": [{}]}, "파라미터 누락: merchant_uid, schedule_at, amount"),
        ({"schedules": [{}] * 1_000}, "파라미터 누락: merchant_uid, schedule_at, amount"),
        ({"schedules": [{}] * 1_001}, "schedules는 1000건을 초과할 수 없습니다."),
        ({"customer_uid": "nobody"}, "등록된 고객정보가 없습니다."),
        ({"customer_uid": "bob", "card_number": "4242"}, "페이먼트월은 최초 결제 없이 빌링키만 발급할 수 없습니다."),
    ],
)
def test_what_is_to_be_scheduled(biller: Biller, changes: dict[str, Any], message: str) -> None:
    fields = {"customer_uid": CUSTOMER, "schedules": [biller.entry("month-3")], **changes}
    assert refused(biller, SCHEDULE, fields) == (200, 1, message)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"merchant_uid": "month-2"}, "이미 예약된 merchant_uid입니다."),
        ({"name": None}, "파라미터 누락: name"),
        ({"schedule_at": 2**33 + 1}, NO_MOMENT),
        ({"schedule_at": 0.5}, NO_MOMENT),
        ({"schedule_at": 1}, OVER),
    ],
)
def test_one_of_what_is_to_be_scheduled(biller: Biller, changes: dict[str, Any], message: str) -> None:
    fields = {"customer_uid": CUSTOMER, "schedules": [biller.entry(**{"merchant_uid": "month-3", **changes})]}
    assert refused(biller, SCHEDULE, fields) == (200, 1, message)


def test_what_was_made_is_not_moved(biller: Biller) -> None:
    biller.account.advance(30 * DAY)
    assert refused(biller, ONE, {"schedule_at": biller.now() + DAY}, "PUT") == (400, -1, NEITHER)


@pytest.mark.parametrize(
    ("query", "code", "message"),
    [
        ({"from": 0, "until": None}, 1, "파라미터 누락: schedule_to"),
        ({"from": None, "until": 0}, 1, "파라미터 누락: schedule_from"),
        ({"from": 1, "until": 0}, -1, "유효하지 않은 검색기간입니다."),
        ({"from": 0, "until": 92 * DAY + 1}, -1, "최대 3개월간 검색이 가능합니다."),
        ({"from": 0, "until": 1, "schedule_status": "gone"}, -1, "지원되지 않는 상태값입니다."),
        ({"from": 0, "until": 1, "sorting": "amount"}, -1, "지원되지 않는 정렬규칙입니다."),
    ],
)
def test_a_period_of_schedules(biller: Biller, query: dict[str, Any], code: int, message: str) -> None:
    now, asked = biller.now(), dict(query)
    moments = {"schedule_from": asked.pop("from"), "schedule_to": asked.pop("until")}
    given = {name: str(now + after) for name, after in moments.items() if after is not None}
    answer = biller.account.get(SCHEDULE, **given, **asked)
    assert (answer.status_code, answer.json()["code"], answer.json()["message"]) == (400, code, message)
    longest = biller.account.get(SCHEDULE, schedule_from=str(now), schedule_to=str(now + 92 * DAY))
    assert [one["merchant_uid"] for one in longest.json()["response"]] == ["month-2"]


@pytest.mark.parametrize("path", [ONETIME, AGAIN, SCHEDULE])
def test_where_the_contract_has_none(biller: Biller, path: str) -> None:
    biller.account.set(api_payments=False)
    asked = {ONETIME: FIRST, AGAIN: SECOND, SCHEDULE: {**SECOND, "schedules": [biller.entry("month-3")]}}
    assert refused(biller, path, asked[path]) == (200, 1, "페이먼트월 API 결제는 준비 중입니다.")

"""The Merchant's webhook endpoint: how it answers PortOne, and how soon."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_bdd import parsers, then

from conformance.acts import placing
from conformance.acts.purchases import Purchase
from conformance.record.timeline import speaks_of
from conformance.target.target import Target
from conformance.verdict.observation import failing_as, for_cause, stands_on
from conformance.verdict.reasons import Cause, Why


@then("the merchant answered PortOne without a server error")
@speaks_of("delivery")
def the_merchant_answered_without_a_server_error(target: Target, purchase: Purchase) -> None:
    answers = _answers(target, purchase)
    with for_cause(_of_answers(Why.WEBHOOK_ANSWERS, answers)):
        assert all(status < 500 for status in answers)


@then("the merchant answered PortOne's repetitions without a server error")
@speaks_of("delivery")
def the_merchant_answered_repetitions_without_a_server_error(target: Target, purchase: Purchase) -> None:
    answers = _answers(target, purchase)[1:]
    with for_cause(_of_answers(Why.REPEATED_ANSWERS, answers)):
        assert all(status < 500 for status in answers)


@then("the merchant answered PortOne with 200")
@speaks_of("delivery")
def the_merchant_answered_with_200(target: Target, purchase: Purchase) -> None:
    answers = _answers(target, purchase)
    with for_cause(_of_answers(Why.ANSWERS_NOT_200, answers)):
        assert set(answers) <= {200}


@then(parsers.parse("the merchant answered PortOne within {seconds:d} seconds"))
@speaks_of("delivery")
def the_merchant_answered_within(target: Target, purchase: Purchase, seconds: int) -> None:
    limit = seconds * target.receiver.limit_scale
    late = [d for d in placing.deliveries(target, purchase) if d.status is None or d.seconds > limit]
    english = [f"one after {d.seconds:.2f} s" if d.status else f"none within {d.seconds:.2f} s" for d in late]
    korean = [f"{d.seconds:.2f}초 뒤 응답" if d.status else f"{d.seconds:.2f}초 안에 응답 없음" for d in late]
    facts = {"limit": f"{limit:g}", "late": ", ".join(english), "late_ko": ", ".join(korean)}
    with for_cause(Cause(Why.ANSWERED_LATE, facts=facts)):
        assert not late


def _of_answers(kind: Why, answers: Sequence[int]) -> Cause:
    return Cause(kind, facts={"answers": ", ".join(map(str, answers))})


def _answers(target: Target, purchase: Purchase) -> list[int]:
    """The HTTP status of each answer. Raises Blocked by WEBHOOK-14 when there was none."""
    answers = [delivery.status for delivery in placing.deliveries(target, purchase) if delivery.status is not None]
    with stands_on("WEBHOOK-14"), failing_as(Why.NO_ANSWER):
        assert answers
    return answers

"""What a call asked and was answered, as the timeline has it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from conformance.machine.places import NAME
from conformance.record.timeline import Event


def body_of(event: Event) -> Mapping[str, Any]:
    """The fields of a call's body, in V1's words; empty where it had none."""
    if event.meant is not None:
        return event.meant.asked
    body = event.request.get("body") if isinstance(event.request, Mapping) else None
    return body if isinstance(body, Mapping) else {}


def is_suites(request: object) -> bool:
    """Whether the suite itself made this call with the merchant's keys: PortOne cannot tell the two apart."""
    headers = request.get("headers") if isinstance(request, Mapping) else None
    return isinstance(headers, Mapping) and str(headers.get("user-agent", "")) == NAME


def is_success(event: Event) -> bool:
    """Whether PortOne answered the call with code 0."""
    answer = answered(event)
    return isinstance(answer, Mapping) and answer.get("code") == 0


def answered(event: Event) -> object:
    """The answer in V1's words."""
    return event.response if event.meant is None else event.meant.answered


def answer_of(event: Event, nothing: str = "nothing") -> str:
    """PortOne's answer in words: HTTP status, and code and message where it was an answer of PortOne's kind."""
    status = f"HTTP {event.status}" if event.status else nothing
    answer = answered(event)
    if not isinstance(answer, Mapping) or "code" not in answer:
        return status
    message = answer.get("message")
    return f"{status}, code {answer['code']}" + (f" ({message})" if message else "")


def seen_in(look_ups: Sequence[Event]) -> str:
    """What each look-up of a payment returned, in words: `HTTP 200, status paid (twice); HTTP 404`."""
    return _counted(map(_state_in, look_ups), " ({} times)", {2: " (twice)"})


def returned(fact: str, look_ups: Sequence[Event]) -> Mapping[str, str]:
    """The same as a fact of a reason, in Korean too: `HTTP 200, status paid(2회); HTTP 404`."""
    in_korean = _counted((_state_in(one, "응답 없음") for one in look_ups), "({}회)", {})
    return {fact: seen_in(look_ups), f"{fact}_ko": in_korean}


def _counted(answers: Iterable[str], times: str, known: Mapping[int, str]) -> str:
    often = {1: "", **known}
    return "; ".join(f"{one}{often.get(number, times.format(number))}" for one, number in Counter(answers).items())


def status_in(event: Event) -> str | None:
    """The status of the payment that a look-up returned, None where it returned none."""
    answer = answered(event)
    payment = answer.get("response") if isinstance(answer, Mapping) and is_success(event) else None
    status = payment.get("status") if isinstance(payment, Mapping) else None
    return str(status) if status else None


def _state_in(event: Event, nothing: str = "nothing") -> str:
    status = status_in(event)
    return f"HTTP {event.status}, status {status}" if status else answer_of(event, nothing)


def is_amount(text: str, amount: Decimal) -> bool:
    """Whether the text is a number that says this amount."""
    try:
        return Decimal(text) == amount
    except InvalidOperation:
        return False


def event_of(entry: Mapping[str, Any]) -> Event:
    """An entry of the emulator's journal as the timeline has it."""
    return Event(
        kind=entry["kind"],
        source="suite" if is_suites(entry["request"]) else entry["source"],
        target=entry["target"],
        summary=_summary(entry),
        began=entry["began"],
        ended=entry["ended"] or entry["began"],
        clock=entry["clock"],
        imp_uid=entry["imp_uid"],
        merchant_uid=entry["merchant_uid"],
        status=entry["status"],
        request=entry["request"],
        response=entry["error"] if entry["response"] is None else entry["response"],
        method=entry["method"],
        url=entry["url"],
    )


def _summary(entry: Mapping[str, Any]) -> str:
    """What an entry of the journal is, in a line; with the reason where it was refused."""
    if entry["kind"] == "handshake":
        asked = (entry["request"]["body"] or {}).get("server_name") or "no name"
        return f"TLS for {asked}: the certificate shown here was not accepted ({entry['error']})"
    why = f" ({entry['error']})" if entry["status"] and entry["error"] else ""
    return f"{entry['method']} {entry['url']}{why}"

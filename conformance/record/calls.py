"""What a call asked and was answered, as the timeline has it, and the headers in which a caller may name an address."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from conformance.machine.places import NAME
from conformance.record.timeline import Event

ADDRESS_HEADERS: Mapping[str, str] = {
    "Forwarded": "for={};proto=https",
    **dict.fromkeys(
        (
            "X-Forwarded-For", "X-Real-IP", "X-Client-IP", "Client-IP", "True-Client-IP", "CF-Connecting-IP",
            "X-Cluster-Client-IP", "Fastly-Client-IP",
        ),
        "{}",
    ),
}  # fmt: skip
"""By name, what a client sends that wants to be taken for somebody at an address."""


def claiming(header: str, address: str) -> Mapping[str, str]:
    """The header, with the address that it claims."""
    return {header: ADDRESS_HEADERS[header].format(address)}


def claiming_everywhere(address: str) -> Mapping[str, str]:
    """Every such header, with the address that it claims."""
    return {name: value for header in ADDRESS_HEADERS for name, value in claiming(header, address).items()}


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


def answer_of(event: Event) -> str:
    """PortOne's answer in words: HTTP status, and code and message where it was an answer of PortOne's kind."""
    status = f"HTTP {event.status}" if event.status else "nothing"
    answer = answered(event)
    if not isinstance(answer, Mapping) or "code" not in answer:
        return status
    message = answer.get("message")
    return f"{status}, code {answer['code']}" + (f" ({message})" if message else "")


def seen_in(look_ups: Sequence[Event]) -> str:
    """What each look-up of a payment returned, in words: `HTTP 200, status paid (twice); HTTP 404`."""
    told = Counter(_state_in(event) for event in look_ups)
    times = {1: "", 2: " (twice)"}
    return "; ".join(f"{words}{times.get(number, f' ({number} times)')}" for words, number in told.items())


def status_in(event: Event) -> str | None:
    """The status of the payment that a look-up returned, None where it returned none."""
    answer = answered(event)
    payment = answer.get("response") if isinstance(answer, Mapping) and is_success(event) else None
    status = payment.get("status") if isinstance(payment, Mapping) else None
    return str(status) if status else None


def _state_in(event: Event) -> str:
    status = status_in(event)
    return f"HTTP {event.status}, status {status}" if status else answer_of(event)


def is_amount(text: str, amount: Decimal) -> bool:
    """Whether the text is a number that says this amount."""
    try:
        return Decimal(text) == amount
    except InvalidOperation:
        return False

"""PortOne as Paymentwall's client: widget addresses, tickets, and what a verified pingback says."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlencode

from emulator.journal import Journal
from emulator.portone.attempts import Attempt, money
from emulator.portone.console import Channel
from emulator.portone.payments import Payment
from emulator.portone.signing import signed, verified
from emulator.wire import Wire, WireError

ORIGIN = "https://api.paymentwall.com"
RETURN_PATH = "/paymentwall/return"
REASONS = {
    "1": "chargeback",
    "2": "card fraud",
    "3": "other fraud",
    "9": "cancelled order or refund",
    "10": "partial reversal",
}


@dataclass(frozen=True, slots=True)
class Pingback:
    """A verified pingback; `type` 0 and 1 paid, 2 taken back (Paymentwall docs), `amount` in major units."""

    type: str
    ref: str
    reason: str
    amount: Decimal | None
    country_code: str | None


def return_address(imp_uid: str, origin: str, *, success: bool) -> str:
    """Where Paymentwall sends the browser back to; `origin` is that of the SDK's service."""
    query = urlencode({"imp_uid": imp_uid, "outcome": "success" if success else "failure"})
    return f"{origin}{RETURN_PATH}?{query}"


def widget_address(payment: Payment, attempt: Attempt, origin: str) -> str:
    """The signed address of the widget for this payment (Paymentwall docs, Digital Goods widget call).

    `origin` is where the SDK's service was called: on one of PortOne's hosts the widget is Paymentwall's,
    elsewhere the emulator's own. The buyer's e-mail address as `uid` is inferred.
    """
    fields = {
        "key": attempt.channel.pg_id,
        "uid": attempt.customer_uid or payment.buyer_email or payment.imp_uid,
        "widget": attempt.widget_code,
        "ag_external_id": payment.imp_uid,
        "ag_name": payment.name,
        "ag_type": "fixed",
        "amount": f"{payment.amount:f}",
        "currencyCode": payment.currency,
        "email": payment.buyer_email or "",
        "success_url": return_address(payment.imp_uid, origin, success=True),
        "failure_url": return_address(payment.imp_uid, origin, success=False),
    }
    optional = {"country_code": attempt.country_code, "ps": attempt.ps, "lang": attempt.language}
    fields |= {name: value for name, value in optional.items() if value}
    if attempt.use_test_method:
        fields["evaluation" if attempt.channel.sandbox else "test_mode"] = "1"
    host = ORIGIN if is_portone_host(origin) else origin
    return f"{host}/api/subscription/?{urlencode(signed(fields, attempt.channel.secret_key))}"


def is_portone_host(origin: str) -> bool:
    """Whether an origin such as `https://service.iamport.kr` is one of PortOne's own."""
    return origin.removeprefix("https://").removeprefix("http://").split(":")[0].endswith("iamport.kr")


async def open_ticket(
    wire: Wire,
    journal: Journal,
    channel: Channel,
    payment: Payment,
    *,
    amount: Decimal | None,
    message: str,
    clock: float,
) -> str | None:
    """Ask Paymentwall to give `amount` (None = all) back; why it will not, None when it opened a ticket.

    A part's `amount` in the ticket is inferred: the documented fields know whole charges only.
    """
    fields = {"key": channel.pg_id, "ref": payment.pg_tid or "", "type": "1", "message": message}
    if amount is not None:
        fields["amount"] = f"{amount:f}"
    began, status, answer, error = time.time(), None, None, None
    try:
        reply = await wire.send("POST", f"{ORIGIN}/developers/api/ticket", data=signed(fields, channel.secret_key))
        status, answer = reply.status, reply.json()
    except (WireError, ValueError) as problem:
        error = str(problem)
    journal.record(
        kind="ticket", source="portone", target="paymentwall", began=began, ended=time.time(), clock=clock,
        method="POST", url="/developers/api/ticket", body=fields, status=status, response=answer, error=error,
        imp_uid=payment.imp_uid, merchant_uid=payment.merchant_uid,
    )  # fmt: skip
    if isinstance(answer, dict) and answer.get("result") == 1:
        return None
    if isinstance(answer, dict) and answer.get("errors"):
        return f"[Paymentwall] {'; '.join(map(str, answer['errors']))}"
    return "(PG사 취소 장애) Internal error"


def read_pingback(query: Mapping[str, str], channel: Channel) -> Pingback | None:
    """What a pingback says, None where its signature is not the channel's."""
    if not verified(query, channel.secret_key):
        return None
    return Pingback(
        type=query.get("type", ""),
        ref=query.get("ref", ""),
        reason=REASONS.get(query.get("reason", ""), "refund"),
        amount=money(query.get("amount")),
        country_code=query.get("country_code"),
    )

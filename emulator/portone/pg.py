"""PortOne as Paymentwall's client: widget addresses, tickets, and what a verified pingback says."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode, urlsplit

from emulator.answers import WireError
from emulator.clock import Clock
from emulator.journal import Journal, Kind
from emulator.portone.amounts import money
from emulator.portone.attempts import Attempt
from emulator.portone.console import Channel
from emulator.portone.payments import Payment
from emulator.portone.signing import signed, verified
from emulator.wire import Wire

ORIGIN = "https://api.paymentwall.com"
RETURN_PATH = "/paymentwall/return"
RECEIPT_PATH = "/paymentwall/receipts"  # inferred, as all on the SDK's service is
CHARGEBACK = "chargeback"
REASONS = {
    "1": CHARGEBACK,
    "2": "card fraud",
    "3": "other fraud",
    "9": "cancelled order or refund",
    "10": "partial reversal",
}


# Types of pingbacks (Paymentwall docs). That the widget's risk reviews use those from 200 on, as Brick's do, is
# inferred; 200 says that a payment is under review.
APPROVED = frozenset(("0", "1", "201"))
DECLINED = frozenset(("202", "203"))
TAKEN_BACK = "2"
UNDER_REVIEW = "200"

# PortOne's names (docs) for Paymentwall's short codes; others are passed on as they are (inferred).
METHODS = {"cc": "card", "test": "card", "kakaopaykr": "kakaopay"}


@dataclass(frozen=True, slots=True)
class VerifiedPingback:
    """A verified pingback; `type` as in the constants above, `amount` in major units, 0 where it could not be read.

    `pay_method` and `reversal` come from `ps` and `reversal`: how PortOne learns what was paid with, and tells
    a repeated pingback from a second refund of the same amount, is not documented (inferred).
    """

    type: str
    ref: str
    reason: str
    amount: Decimal | None
    country_code: str | None
    pay_method: str | None
    reversal: str | None


def return_address(imp_uid: str, origin: str, *, success: bool, path: str = RETURN_PATH) -> str:
    """Where Paymentwall sends the browser back to; `origin` is that of the SDK's service."""
    query = urlencode({"imp_uid": imp_uid, "outcome": "success" if success else "failure"})
    return f"{origin}{path}?{query}"


def receipt_address(imp_uid: str, origin: str) -> str:
    """Where a payment's receipt can be read; `origin` is that of the SDK's service."""
    return f"{origin}{RECEIPT_PATH}/{imp_uid}"


def widget_address(
    payment: Payment, attempt: Attempt, origin: str, *, uid: str | None = None, return_path: str = RETURN_PATH
) -> str:
    """The signed address of the widget for this payment (Paymentwall docs, Digital Goods widget call).

    `origin` is where the SDK's service was called: on one of PortOne's hosts the widget is Paymentwall's,
    elsewhere the emulator's own. The buyer's e-mail address as `uid`, where none is given, is inferred.
    """
    fields = {
        "key": attempt.channel.pg_id,
        "uid": uid or attempt.customer_uid or payment.buyer_email or payment.imp_uid,
        "widget": attempt.widget_code,
        "ag_external_id": payment.imp_uid,
        "ag_name": payment.name,
        "ag_type": "fixed",
        "amount": f"{payment.amount:f}",
        "currencyCode": payment.currency,
        "email": payment.buyer_email or "",
        "success_url": return_address(payment.imp_uid, origin, success=True, path=return_path),
        "failure_url": return_address(payment.imp_uid, origin, success=False, path=return_path),
    }
    optional = {"country_code": attempt.country_code, "ps": attempt.ps, "lang": attempt.language}
    fields |= {name: value for name, value in optional.items() if value} | dict(attempt.shown)
    if attempt.use_test_method:
        # Which of the two counts depends on whether the project is LIVE, which PortOne cannot see (inferred).
        fields |= {"evaluation": "1", "test_mode": "1"}
    host = ORIGIN if is_portone_host(origin) else origin
    return f"{host}/api/subscription/?{urlencode(signed(fields, attempt.channel.secret_key))}"


def is_portone_host(origin: str) -> bool:
    """Whether an origin such as `https://service.iamport.kr` is one of PortOne's own."""
    return f".{urlsplit(origin).hostname}".endswith((".iamport.kr", ".portone.io"))


@dataclass(frozen=True, slots=True)
class Line:
    """The way to Paymentwall's API, and the journal in which every call is recorded."""

    wire: Wire
    journal: Journal
    clock: Clock

    async def ask(
        self,
        kind: Kind,
        path: str,
        fields: Mapping[str, str],
        payment: Payment,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """The JSON object that answers a POST of `fields`, empty where there is none."""
        began, status, answer, error = time.time(), None, None, None
        try:
            reply = await self.wire.send("POST", f"{ORIGIN}{path}", data=fields, headers=headers)
            status, answer = reply.status, reply.json()
        except (WireError, ValueError) as problem:
            error = str(problem)
        self.journal.record(
            kind=kind, source="portone", target="paymentwall", began=began, ended=time.time(),
            clock=self.clock.now(), method="POST", url=path, body=dict(fields), status=status, response=answer,
            error=error, imp_uid=payment.imp_uid, merchant_uid=payment.merchant_uid,
        )  # fmt: skip
        return answer if isinstance(answer, dict) else {}


async def open_ticket(
    line: Line, channel: Channel, payment: Payment, *, amount: Decimal | None, message: str
) -> str | None:
    """Ask Paymentwall to give `amount` (None = all) back; why it will not, None when it opened a ticket.

    A part's `amount` in the ticket is inferred: the documented fields know whole charges only.
    """
    fields = {"key": channel.pg_id, "ref": payment.pg_tid or "", "type": "1", "message": message}
    if amount is not None:
        fields["amount"] = f"{amount:f}"
    answer = await line.ask("ticket", "/developers/api/ticket", signed(fields, channel.secret_key), payment)
    if answer.get("result") == 1:
        return None
    if answer.get("errors"):
        return f"[Paymentwall] {'; '.join(map(str, answer['errors']))}"
    return "(PG사 취소 장애) Internal error"


async def register_delivery(
    line: Line, channel: Channel, payment: Payment, fields: Mapping[str, str]
) -> dict[str, Any]:
    """Paymentwall's answer to a delivery confirmation (Paymentwall docs), empty where none came."""
    return await line.ask("delivery", "/api/delivery", fields, payment, {"x-apikey": channel.secret_key})


def read_pingback(query: Mapping[str, str], channel: Channel) -> VerifiedPingback | None:
    """What a pingback says, None where its signature is not the channel's."""
    if not verified(query, channel.secret_key):
        return None
    return VerifiedPingback(
        type=query.get("type", ""),
        ref=query.get("ref", ""),
        reason=REASONS.get(query.get("reason", ""), "refund"),
        amount=(money(query["amount"]) or Decimal(0)) if "amount" in query else None,
        country_code=query.get("country_code"),
        pay_method=METHODS.get(query.get("ps", ""), query.get("ps")) or None,
        reversal=query.get("reversal") or None,
    )

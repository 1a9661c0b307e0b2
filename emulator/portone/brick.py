"""PortOne as a client of Brick, Paymentwall's API for cards that a merchant's own page has asked for.

Source: Paymentwall docs, "Brick" (one-time token, charge). That PortOne's API payments are Brick's is inferred.
"""

import json
from dataclasses import dataclass

from emulator.portone.attempts import json_text
from emulator.portone.console import Channel
from emulator.portone.payments import Payment
from emulator.portone.pg import Line

NO_ANSWER = "(PG사 결제 장애) Internal error"


@dataclass(frozen=True, slots=True)
class KeyedCard:
    """As the merchant keyed it in; `expiry` is YYYY-MM (docs)."""

    number: str
    expiry: str
    cvc: str


def masked(number: str | None) -> str | None:
    """A card's number as look-ups show it: without its 7th to 12th digit (docs); None where it has no more."""
    digits = "".join(digit for digit in number or "" if digit.isdecimal())
    return f"{digits[:6]}******{digits[12:]}" if len(digits) > 12 else None


@dataclass(frozen=True, slots=True)
class Charged:
    """What became of a charge: `ref` of one that was taken, `problem` of another; `token` of a card to be charged.

    One under review is approved later, by a pingback.
    """

    ref: str | None = None
    token: str | None = None
    under_review: bool = False
    problem: str = ""


async def one_time_token(line: Line, channel: Channel, payment: Payment, card: KeyedCard) -> Charged:
    """A token for a card that will be charged once. The project key stands in for Brick's own public key (inferred)."""
    year, _, month = card.expiry.partition("-")
    fields = {
        "public_key": channel.pg_id,
        "card[number]": card.number,
        "card[exp_month]": month,
        "card[exp_year]": year,
        "card[cvv]": card.cvc,
    }
    answer = await line.ask("onetime", "/api/brick/token", fields, payment)
    if answer.get("type") == "token":
        return Charged(token=str(answer["token"]))
    return Charged(problem=str(answer.get("error") or NO_ANSWER))


async def charge(line: Line, channel: Channel, payment: Payment, token: str) -> Charged:
    """Charge the card behind a token for a payment; of two fields with one name PortOne's own counts (inferred)."""
    first, _, last = (payment.buyer_name or "").partition(" ")
    fields = {
        **_handed_on(payment.bypass),
        "token": token,
        "amount": f"{payment.amount:f}",
        "currency": payment.currency,
        "email": payment.buyer_email or "",
        "uid": payment.customer_uid or payment.buyer_email or payment.imp_uid,
        "description": payment.name,
        "plan": payment.imp_uid,
        "browser_ip": payment.browser_ip or "",
        "customer[firstname]": first,
        "customer[lastname]": last or first,
    }
    answer = await line.ask("charge", "/api/brick/charge", fields, payment, {"x-apikey": channel.secret_key})
    if answer.get("object") != "charge" or not answer.get("id"):
        return Charged(problem=str(answer.get("error") or NO_ANSWER))
    return Charged(str(answer["id"]), under_review=answer.get("risk") == "pending")


def _handed_on(bypass: str | None) -> dict[str, str]:
    given = json.loads(bypass) if bypass else {}
    return {name: json_text(value) or "" for name, value in given.items()}

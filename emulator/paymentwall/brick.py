"""Brick: charging cards that a merchant's own page or server has asked for.

Source: Paymentwall's documentation, "Brick" (one-time token, charge, their objects, error codes) and "Testing cards".
Inferred: the project key is Brick's public key and the project's secret key its private one, and the permanent token of
a card is the `ref` of a charge that was made with it, in the widget too.
"""

import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from emulator.incoming import form as form_of
from emulator.paymentwall import texts
from emulator.paymentwall.cards import REVIEW_CODES, Card, Declined, judged
from emulator.paymentwall.charges import Charge
from emulator.paymentwall.money import exact
from emulator.paymentwall.project import Review
from emulator.paymentwall.state import ProjectState

TOKEN_SECONDS = 290  # virtual; that of the documentation's example

# Error codes as documented: of tokens by what is wrong with the card, of charges by what the issuer said.
WRONG_PUBLIC_KEY, NO_KEY, WRONG_KEY, WRONG_AMOUNT, MISSING, WRONG_TOKEN = 2111, 4006, 4007, 3002, 3008, 3111
WRONG_FIELD = {"expiry": 223, "number": 224, "cvv": 225, "holder": 231}
DECLINED = {"issuer_must_approve": 3010, "insufficient_balance": 3011, "declined": 3012, "wrong_code": 3014}

# Only test cards were ever charged: one is as good as another.
ON_FILE = Card("4242424242424242", "12/39", "123", "Card holder")

Projects = Callable[[str], ProjectState | None]


async def token(request: Request, projects: Projects) -> Response:
    """`POST /api/brick/token`: a one-time token for `card[number], card[exp_month], card[exp_year], card[cvv]`."""
    form = await form_of(request)
    state = projects(form.get("public_key", ""))
    if state is None:
        return _error("Public key is missing or invalid", WRONG_PUBLIC_KEY)
    card = _card(form)
    now = datetime.fromtimestamp(state.clock.now(), UTC)
    problem = judged(card, now.year, now.month)
    if problem is not None and not isinstance(problem, Declined):  # the issuer is asked when it is charged
        return _error(texts.text(problem.text, "en"), WRONG_FIELD[problem.field])
    made, now_seconds = f"ot_{secrets.token_hex(16)}", state.clock.now()
    alive = {name: kept for name, kept in state.card_tokens.items() if kept[1] > now_seconds}
    state.card_tokens = {**alive, made: (card, now_seconds + TOKEN_SECONDS)}
    shown = {"type": "Visa", "last4": card.number[-4:], "bin": card.number[:6], **_expiry(card)}
    return JSONResponse(
        {"type": "token", "token": made, "expires_in": TOKEN_SECONDS, "active": 1, "card": shown},
        headers={"access-control-allow-origin": "*"},
    )


async def charge(request: Request, by_secret: Projects) -> Response:
    """`POST /api/brick/charge`: charge a one-time or a permanent token; the pingback comes as for the widget.

    Each call is a charge of its own, whatever it is for: several may have one description.
    """
    form = await form_of(request)
    key = request.headers.get("x-apikey", "")
    state = by_secret(key)
    if state is None:
        return _error("API key is invalid", WRONG_KEY, 401) if key else _error("API key is not provided", NO_KEY, 401)
    needed = ("token", "amount", "currency", "email", "description")
    missing = [name for name in needed if not form.get(name)]
    if missing:
        return _error(f"Please fill in all required fields: {', '.join(missing)}", MISSING)
    amount = exact(form["amount"], form["currency"])
    if amount is None:
        return _error("Wrong charge amount", WRONG_AMOUNT)
    card = _taken(state, form["token"])
    if card is None:
        return _error("Token was not found", WRONG_TOKEN)
    now = datetime.fromtimestamp(state.clock.now(), UTC)
    problem = judged(card, now.year, now.month)
    if problem is not None:
        code = DECLINED[problem.text] if isinstance(problem, Declined) else WRONG_FIELD[problem.field]
        return _error(texts.text(problem.text, "en"), code)
    review: Review = REVIEW_CODES.get(card.cvv, "none")
    # Inferred: the country of a card that no window asked about.
    charged = await state.charge(
        uid=form.get("uid") or form["email"], goods_id=form.get("plan") or form["description"], amount=amount,
        currency=form["currency"], method="cc", country="US", review=review, called_with=form,
        ip=form.get("browser_ip", ""), once=False,
    )  # fmt: skip
    return JSONResponse(_charge_object(charged, card))


def _taken(state: ProjectState, given: str) -> Card | None:
    """The card behind a token; a one-time token is used up."""
    known = state.card_tokens.pop(given, None)
    if known is not None:
        card, until = known
        return card if state.clock.now() < until else None
    charged = state.charges.get(given)
    return ON_FILE if charged is not None and charged.method == "cc" else None


def _charge_object(charged: Charge, card: Card) -> dict[str, Any]:
    return {
        "object": "charge",
        "id": charged.ref,
        "created": int(charged.charged_at),
        "amount": str(charged.amount),
        "currency": charged.currency,
        "amount_paid": str(charged.amount),
        "currency_paid": charged.currency,
        "captured": charged.state == "accepted",
        "refunded": charged.given_back > 0,
        "risk": {"accepted": "approved", "under_review": "pending"}.get(charged.state, "declined"),
        "secure": False,
        "card": {
            "token": charged.ref, "type": "Visa", "last4": card.number[-4:], "name": card.holder,
            "country": charged.country, **_expiry(card),
        },
    }  # fmt: skip


def _card(form: Mapping[str, str]) -> Card:
    number = "".join(form.get("card[number]", "").split()).replace("-", "")
    expiry = f"{form.get('card[exp_month]', '')}/{form.get('card[exp_year]', '')[-2:]}"
    holder = f"{form.get('customer[firstname]', '')} {form.get('customer[lastname]', '')}".strip()
    return Card(number, expiry, form.get("card[cvv]", ""), holder or "Card holder")


def _expiry(card: Card) -> dict[str, str]:
    month, _, year = card.expiry.partition("/")
    return {"exp_month": month, "exp_year": f"20{year}"}


def _error(problem: str, code: int, status: int = 400) -> Response:
    return JSONResponse({"type": "Error", "object": "Error", "error": problem, "code": code}, status)

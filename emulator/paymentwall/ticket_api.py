"""Paymentwall's public API for tickets, `POST https://api.paymentwall.com/developers/api/ticket`.

Source: Paymentwall's documentation, "Cancellation API" (parameters, both errors, test mode, that a test project key
opens no ticket). That a partial refund names its `amount`, and the texts of all other errors, are inferred.
"""

from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from emulator.incoming import form as form_of
from emulator.paymentwall.charges import Charge
from emulator.paymentwall.money import exact
from emulator.paymentwall.signatures import request_is_genuine
from emulator.paymentwall.state import ProjectState

NO_ACCESS = "You have no access to the developers API"
REFUND, TYPES = "1", ("1", "2", "3")


async def open_ticket(request: Request, projects: Callable[[str], ProjectState | None]) -> Response:
    """`{"result": 1}`, or `{"result": 0, "errors": [...]}` with what is wrong, both with HTTP 200.

    What is not sent by POST has no access.
    """
    if request.method != "POST":
        return _refusal(NO_ACCESS)
    fields = await form_of(request)
    state = projects(fields.get("key", ""))
    if state is None or not request_is_genuine(fields, state.project.secret_key):
        return _refusal(NO_ACCESS)
    problem = await _opened(state, fields)
    return _refusal(problem) if problem else JSONResponse({"result": 1})


async def _opened(state: ProjectState, form: Mapping[str, str]) -> str | None:
    """Open the ticket a genuine request asks for; what is wrong with it, if anything."""
    if problem := _problem(form):
        return problem
    if form["type"] != REFUND or form.get("test_mode") == "1" or not state.project.opens_tickets:
        # Recurring billing and other matters end nowhere near a charge; test mode asks for no real ref or uid.
        return None
    charge = state.charge_of(form.get("ref", ""), form.get("uid", ""))
    if charge is None:
        return "Transaction not found"
    if problem := _nothing_to_refund(charge):
        return problem
    amount = exact(form["amount"], charge.currency) if form.get("amount") else None
    if form.get("amount") and (amount is None or amount > charge.left):
        return "Invalid refund amount"
    match state.cancellation_of(charge):
        case "refused":
            return "Refunds are not supported for this payment method"
        case "immediate":
            await state.tickets.open_and_accept(charge, amount, form["message"])
        case "ticket" | "refused_later":
            state.tickets.open(charge, amount, form["message"])
    return None


def _problem(form: Mapping[str, str]) -> str | None:
    if not form.get("ref") and not form.get("uid"):
        return "Either ref or uid is required"
    if form.get("type") not in TYPES:
        return "Invalid ticket type"
    return None if form.get("message") else "Message is required"


def _nothing_to_refund(charge: Charge) -> str | None:
    if charge.state == "under_review":
        return "Transaction is under review"
    if charge.state != "accepted":
        return "Transaction not found"
    return None if charge.left > 0 else "Transaction is already refunded"


def _refusal(problem: str) -> Response:
    return JSONResponse({"result": 0, "errors": [problem]})

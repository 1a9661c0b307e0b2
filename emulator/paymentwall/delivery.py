"""Paymentwall's Delivery Confirmation API, `POST https://api.paymentwall.com/api/delivery`: what became of goods sold.

Source: Paymentwall's documentation, "Delivery Confirmation" (parameters, statuses, `{"success": 1}`) and PortOne's
V1 API description (`error_code`, `error`, `notices`; the status `order_shipped`). The codes and texts of errors are
inferred, but for 4006 and 4007, which are Paymentwall's for a missing and a wrong API key.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from emulator.incoming import form as form_of
from emulator.paymentwall.charges import DeliveryNotice
from emulator.paymentwall.state import ProjectState

STATUSES = (
    "order_placed", "order_preparing", "order_shipped", "started", "delivering", "delivered", "consumed",
    "waiting_user_action", "delayed", "failed_will_retry", "order_cancelled", "retry_started", "refund_requested",
    "refund_request_declined", "refund_request_accepted", "refund_issued", "cancelled_subscription",
    "substitution_requested", "substitution_accepted", "substitution_declined",
)  # fmt: skip
ALWAYS = (
    "payment_id", "type", "status", "estimated_delivery_datetime", "estimated_update_datetime", "refundable",
    "shipping_address[email]",
)  # fmt: skip
PHYSICAL = (
    "carrier_tracking_id", "carrier_type", "shipping_address[country]", "shipping_address[city]",
    "shipping_address[zip]", "shipping_address[state]", "shipping_address[street]", "shipping_address[phone]",
    "shipping_address[firstname]", "shipping_address[lastname]",
)  # fmt: skip
# Statuses for which `reason` must say why (Paymentwall docs, "Status").
WITH_REASON = frozenset(
    ("delayed", "order_cancelled", "refund_request_declined", "substitution_requested", "substitution_declined")
)
REFUNDABLE = ("true", "false", "1", "0")  # the documented words, and what PHP's client makes of them


async def confirm(request: Request, by_secret: Callable[[str], ProjectState | None]) -> Response:
    """Take a notice about a delivery, or say in `notices` what is wrong with it (HTTP 400; 401 without a valid key).

    `by_secret` finds a project by its secret key, which comes in the header `X-ApiKey`.
    """
    key = request.headers.get("x-apikey", "")
    if not key:
        return _refusal(401, 4006, "API key is not provided")
    state = by_secret(key)
    if state is None:
        return _refusal(401, 4007, "API key is invalid")
    # One client puts everything into the query and sends an empty body.
    form = dict(request.query_params)
    form |= await form_of(request)
    if notices := problems(form):
        return _refusal(400, 3008, "Please fill in all required fields", notices)
    charge = state.charges.get(form["payment_id"])
    if charge is None and form.get("is_test") != "1":
        return _refusal(404, 3000, "Charge not found", [f"payment_id: there is no payment {form['payment_id']}"])
    goods_id = charge.goods_id if charge else ""
    state.deliveries.append(DeliveryNotice(form["payment_id"], goods_id, state.clock.now(), form))
    return JSONResponse({"success": 1})


def problems(form: Mapping[str, str]) -> list[str]:
    """What is wrong with a notice, a sentence for each field; empty where nothing is."""
    found = [f"{name} is required" for name in _required(form) if not form.get(name, "").strip()]
    choices = {"type": ("physical", "digital"), "status": STATUSES, "refundable": REFUNDABLE}
    found += [
        f"{name} must be one of: {', '.join(known)}"
        for name, known in choices.items()
        if form.get(name, "").strip() and form[name].lower() not in known
    ]
    found += [
        f"{name} must look like 2017/01/15 15:04:55 +0500"
        for name in ("estimated_delivery_datetime", "estimated_update_datetime")
        if form.get(name, "").strip() and not _is_time(form[name])
    ]
    email = form.get("shipping_address[email]", "").strip()
    if email and not re.fullmatch(r"[^@\s]+@[^@\s]+", email):
        found.append("shipping_address[email] must be an e-mail address")
    return found


def _required(form: Mapping[str, str]) -> tuple[str, ...]:
    names = ALWAYS + (PHYSICAL if form.get("type") == "physical" else ())
    return (*names, "reason") if form.get("status") in WITH_REASON else names


def _is_time(text: str) -> bool:
    try:
        return datetime.strptime(text.strip(), "%Y/%m/%d %H:%M:%S %z").tzinfo is not None
    except ValueError:
        return False


def _refusal(status: int, code: int, error: str, notices: list[str] | None = None) -> Response:
    return JSONResponse({"error_code": code, "error": error, "notices": notices or []}, status)

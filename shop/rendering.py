"""Pages for people: the templates, and the words that an order's state has for a buyer."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse

from shop import deliveries, money
from shop.life import OPEN_TO_PAYMENT, REFUNDABLE, State

WORDS = {
    State.UNPAID: ("Not paid yet", "No payment has reached us for this order."),
    State.FAILED: ("Payment failed", "The last payment did not go through. You can try again."),
    State.PAID: ("Paid", "Thank you! We are packing your order."),
    State.WAITING: (
        "Waiting for cancellation",
        "Your refund is asked for. Cancellations are worked off one by one, which can take some days.",
    ),
    State.PARTLY_CANCELLED: (
        "Partly cancelled",
        "Part of your payment was returned; the rest of the order stands.",
    ),
    State.CANCELLED: ("Cancelled", "The payment was returned in full."),
}

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.filters["money"] = money.shown
_templates.filters["words"] = deliveries.words
_templates.globals.update(WORDS=WORDS, OPEN_TO_PAYMENT=OPEN_TO_PAYMENT, REFUNDABLE=REFUNDABLE)


def page(request: Request, template: str, status: int = 200, **context: object) -> HTMLResponse:
    """A page from a template. Pages of orders are nobody else's to cache, and no other site's to frame."""
    html = _templates.get_template(template).render(request=request, **context)
    headers = {"Cache-Control": "no-store", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin"}
    return HTMLResponse(html, status_code=status, headers=headers)

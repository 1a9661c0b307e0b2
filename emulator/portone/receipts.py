"""Receipts: the page behind a payment's `receipt_url`."""

from collections.abc import Callable
from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from emulator.portone.account import RECEIPTS, PortOne
from emulator.portone.payments import Payment


def routes(by_payment: Callable[[str], PortOne | None]) -> list[BaseRoute]:
    """`by_payment` finds the account of an imp_uid; whoever has the address may read the receipt."""

    async def receipt(request: Request) -> Response:
        imp_uid = request.path_params["imp_uid"]
        account = by_payment(imp_uid)
        payment = account.payments.get(imp_uid) if account else None
        if payment is None or not payment.paid_at:
            return HTMLResponse(_page("No receipt", "<p>There is no receipt for this payment.</p>"), 404)
        return HTMLResponse(_page("Receipt", _rows(payment)))

    return [Route(f"{RECEIPTS}/{{imp_uid}}", receipt, methods=["GET"])]


def _rows(payment: Payment) -> str:
    facts = {
        "Order": payment.name,
        "Order number": payment.merchant_uid,
        "Payment": payment.imp_uid,
        "Approval number": payment.pg_tid or "",
        "Paid": f"{payment.amount:f} {payment.currency}",
        "Cancelled": f"{payment.cancel_amount:f} {payment.currency}",
    }
    return "<dl>" + "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in facts.items()) + "</dl>"


def _page(title: str, content: str) -> str:
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f'<body style="font: 16px/1.5 system-ui; margin: 2rem"><h1>{title}</h1>{content}</body></html>'
    )

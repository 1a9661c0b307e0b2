"""Receipts: the page behind a payment's `receipt_url`, and what PortOne's REST API knows of cash receipts."""

from collections.abc import Callable
from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from emulator.portone.account import PortOne
from emulator.portone.lookups import NO_PAYMENT
from emulator.portone.payments import Payment
from emulator.portone.pg import RECEIPT_PATH
from emulator.portone.rest import Call, Reply, fail

NO_CASH_RECEIPT = "현금영수증 발행내역이 존재하지 않습니다."  # inferred


def routes(by_payment: Callable[[str], PortOne | None]) -> list[BaseRoute]:
    """`by_payment` finds the account of an imp_uid; whoever has the address may read the receipt."""

    async def receipt(request: Request) -> Response:
        imp_uid = request.path_params["imp_uid"]
        account = by_payment(imp_uid)
        payment = account.payments.get(imp_uid) if account else None
        if payment is None or not payment.paid_at:
            return HTMLResponse(_page("No receipt", "<p>There is no receipt for this payment.</p>"), 404)
        return HTMLResponse(_page("Receipt", _rows(payment)))

    return [Route(f"{RECEIPT_PATH}/{{imp_uid}}", receipt, methods=["GET"])]


def cash_receipt(call: Call) -> Reply:
    """`GET /receipts/{imp_uid}`: 404 where no cash receipt was issued (docs); Paymentwall issues none (inferred)."""
    payment = call.account.payments.get(call.path["imp_uid"])
    fail(NO_PAYMENT if payment is None else NO_CASH_RECEIPT, status=404, payment=payment)


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

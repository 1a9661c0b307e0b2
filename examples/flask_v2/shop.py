"""A small merchant on Flask and the official portone-server-sdk: PortOne V2, Paymentwall's widget."""

from __future__ import annotations

import html
import json
import os
import re
import secrets
import sys
from collections.abc import Callable
from functools import wraps

from flask import Flask, Response, jsonify, redirect, request
from flask.typing import ResponseReturnValue
from orders import (
    DEFECT,
    DEFECTS,
    PRODUCTS,
    NoSuchOrder,
    change,
    make_tables,
    money,
    order_of,
    payment_id_to_pay,
    place,
    shown,
    state_of,
    transaction,
)
from portone import Refused, Unclear
from portone_server_sdk.webhook import Webhook, WebhookTransactionData
from refunds import Declined, refund
from results import STORE_ID, catch_up, known_as, portone, reconcile, take_result

OPERATOR_PASSWORD = os.environ.get("SHOP_OPERATOR_PASSWORD", "")
CHANNEL_KEY = os.environ.get("PORTONE_CHANNEL_KEY", "channel-key-conformance")
SDK_URL = os.environ.get("PORTONE_SDK_URL") or "https://cdn.portone.io/v2/browser-sdk.js"

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 100_000


@app.get("/")
def home() -> ResponseReturnValue:
    return page("Mugs", "<p>POST /api/orders orders one.</p>")


@app.post("/api/orders")
def order() -> ResponseReturnValue:
    asked = request.get_json(silent=True)
    asked = asked if isinstance(asked, dict) else {}
    product, country = asked.get("product", "mug"), asked.get("country")
    if product not in PRODUCTS:
        return jsonify(error="There is no such product."), 400
    if country is not None and not re.fullmatch("[A-Z]{2}", str(country)):
        return jsonify(error="country is a code of two letters, as KR (ISO 3166-1 alpha-2)."), 400
    return jsonify(shown(place(product, country))), 201


@app.get("/api/orders/<reference>")
def read(reference: str) -> ResponseReturnValue:
    return jsonify(shown(reference))


def page(title: str, body: str) -> str:
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    return f'<!DOCTYPE html><html lang="en">{head}<title>{title}</title><h1>{title}</h1>{body}</html>'


@app.get("/orders/<reference>/pay")
def pay(reference: str) -> ResponseReturnValue:
    home = f"/orders/{reference}"
    with transaction() as session:
        order = order_of(session, reference)
        if order["paid_by"]:
            return redirect(home)
        payment_id = payment_id_to_pay(session, order)
    try:
        portone.pre_register(payment_id, order["amount"], order["currency"])
    except Refused:
        return redirect(home)  # which looks what came of it
    country = {"country_code": order["country"]} if order["country"] else {}
    asked = {
        "storeId": STORE_ID,
        "channelKey": CHANNEL_KEY,
        "paymentId": payment_id,
        "orderName": PRODUCTS[order["product"]][0],
        "totalAmount": order["amount"],  # minor units; and no payMethod: the country decides
        "currency": order["currency"],
        "customer": {"customerId": "grace", "fullName": "Grace Hopper", "email": "grace@example.com"},
        "windowType": {"pc": "IFRAME", "mobile": "REDIRECTION"},
        "redirectUrl": f"{request.host_url}orders/{reference}/return",
        "bypass": {"paymentwall": {"widget": "pw_1", **country}},
    }
    script = f"""const said = document.getElementById("said");
const failed = ({{ message }}) => {{ said.textContent = "The payment did not go through. " + (message || ""); }};
document.getElementById("pay").onclick = () => PortOne.requestPayment({json.dumps(asked)}).then((told) => {{
  if (told && told.code !== undefined) failed(told);
  else location.assign("{home}/return?paymentId={payment_id}");
}}, failed);"""
    button = '<p id="said" role="alert"></p><button id="pay">Pay</button>'
    return page(
        f"Pay {money(order['amount'], order['currency'])}",
        f'{button}<script src="{html.escape(SDK_URL)}"></script><script>{script}</script>',
    )


@app.get("/orders/<reference>/return")
def come_back(reference: str) -> ResponseReturnValue:
    """The browser only says where to look; the look-up says whose payment it is, and whether it is paid."""
    try:
        take_result(request.args.get("paymentId", ""))
    except Unclear as reason:
        app.logger.warning("%s", reason)  # the webhook comes as well
    return redirect(f"/orders/{reference}")


@app.get("/orders/<reference>")
def open_order(reference: str) -> ResponseReturnValue:
    catch_up(reference)
    with transaction() as session:
        order = order_of(session, reference)
        state = state_of(session, order)
    words = {"paid": "Thank you, your order is paid.", "failed": "The payment did not go through."}
    again = "" if order["paid_by"] else f'<p><a href="/orders/{order["reference"]}/pay">Pay</a></p>'
    return page(f"Your order is {state}", f"<p>{words.get(state, '')}</p>{again}")


@app.post("/webhooks/portone")
def webhook() -> ResponseReturnValue:
    told = portone.verified(request.get_data(as_text=True), request.headers)
    if told is None and DEFECT == "believes-the-webhook":
        return believe(request.get_json(force=True, silent=True))
    if told is None:
        return "The signature is not PortOne's, or too old.", 400
    payment_id = payment_id_in(told)
    if payment_id is None:
        return "ok", 400 if DEFECT == "refuses-unknown-types" else 200
    take_result(payment_id)  # Unclear becomes 503: then PortOne sends again
    return "ok", 200


def payment_id_in(told: Webhook) -> str | None:
    """None where it is not about a payment, or of a type that this SDK does not know yet: both are ignored."""
    if isinstance(told, dict) or not isinstance(told.data, WebhookTransactionData):
        return None
    return str(told.data.payment_id)


def believe(told: object) -> ResponseReturnValue:
    """The defect: whoever knows a paymentId pays for it by a POST."""
    match told:
        case {"type": "Transaction.Paid", "data": {"paymentId": str(payment_id)}}:
            with transaction() as session:
                known = known_as(session, payment_id)
                if known:
                    order = order_of(session, known["reference"])
                    session.execute(
                        "update payments set status = 'PAID', total = ?, currency = ? where id = ?",
                        (order["amount"], order["currency"], payment_id),
                    )
                    change(session, order, paid_by=payment_id)
    return "ok", 200


def for_operator(view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
    @wraps(view)
    def checked(**named: str) -> ResponseReturnValue:
        given = request.authorization
        password = given.password if given and given.username == "operator" else None
        if not OPERATOR_PASSWORD or not secrets.compare_digest((password or "").encode(), OPERATOR_PASSWORD.encode()):
            return Response("Log in.", 401, {"WWW-Authenticate": 'Basic realm="shop"'})
        return view(**named)

    return checked


@app.post("/operator/orders/<reference>/refund")
@for_operator
def ask_for_refund(reference: str) -> ResponseReturnValue:
    body = request.get_json(silent=True)
    try:
        return jsonify(message=refund(reference, body.get("amount") if isinstance(body, dict) else None))
    except Declined as reason:
        return jsonify(message=str(reason)), 409
    except Refused as reason:
        return jsonify(message=f"PortOne refused: {reason}"), 409


@app.post("/operator/reconcile")
@for_operator
def look_at_open_orders() -> ResponseReturnValue:
    """For a cron job: curl -u operator:… -X POST …/operator/reconcile"""
    return jsonify(reconcile(request.args.get("order")))


@app.errorhandler(NoSuchOrder)
def no_such_order(_: NoSuchOrder) -> ResponseReturnValue:
    return "There is no such order.", 404


@app.errorhandler(Unclear)
def no_answer(reason: Unclear) -> ResponseReturnValue:
    return str(reason), 503


if __name__ == "__main__":
    if DEFECT and DEFECT not in DEFECTS:
        sys.exit(f"SHOP_DEFECT={DEFECT}: choose from {', '.join(DEFECTS)}")
    make_tables()
    app.run(port=int(os.environ.get("PORT", "3000")), threaded=True)

"""A small merchant on Flask and the client iamport-rest-client: PortOne V1, Paymentwall's widget."""

from __future__ import annotations

import html
import json
import os
import re
import secrets
import sys
from collections.abc import Mapping
from decimal import Decimal

from flask import Flask, Response, jsonify, redirect, request
from flask.typing import ResponseReturnValue
from orders import (
    DEFECT,
    DEFECTS,
    OPEN,
    NoSuchOrder,
    catch_up,
    make_tables,
    order_of,
    portone,
    refund,
    shown,
    take_result,
    transaction,
)
from portone import Unclear

OPERATOR_PASSWORD = os.environ.get("SHOP_OPERATOR_PASSWORD", "")
IMP_CODE = os.environ.get("PORTONE_CODE", "imp87654321")
CHANNEL_KEY = os.environ.get("PORTONE_CHANNEL_KEY", "channel-key-conformance")
IMP_UID = re.compile(r"[A-Za-z0-9_-]{1,64}")

app = Flask(__name__)


def home() -> ResponseReturnValue:
    return page("Mugs", "<p>POST /api/orders orders one.</p>")


def place() -> ResponseReturnValue:
    reference = secrets.token_hex(10)
    with transaction() as session:
        session.execute(
            "insert into orders (reference, merchant_uid, amount, currency) values (?, ?, '10.50', 'USD')",
            (reference, f"mug-{reference}"),
        )
        return jsonify(shown(session, order_of(session, reference)))


def read(reference: str) -> ResponseReturnValue:
    with transaction() as session:
        return jsonify(shown(session, order_of(session, reference)))


def page(title: str, body: str) -> str:
    return f'<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>{title}</title><h1>{title}</h1>{body}</html>'


def pay(reference: str) -> ResponseReturnValue:
    with transaction() as session:
        order = order_of(session, reference)
    if order["state"] not in OPEN:
        return redirect(f"/orders/{reference}")
    portone.register(order["merchant_uid"], Decimal(order["amount"]), order["currency"])
    asked = {
        "channelKey": CHANNEL_KEY,
        "merchant_uid": order["merchant_uid"],
        "name": "Enamel mug",
        "amount": float(order["amount"]),
        "currency": order["currency"],
        "buyer_name": "Grace Hopper",
        "buyer_email": "grace@example.com",
        "m_redirect_url": f"{request.host_url}orders/{reference}/return",
    }
    script = f"""IMP.init({json.dumps(IMP_CODE)});
document.getElementById("pay").onclick = () => IMP.request_pay({json.dumps(asked)}, (told) => {{
  if (told.imp_uid) location.assign("/orders/{reference}/return?imp_uid=" + encodeURIComponent(told.imp_uid));
  else document.getElementById("said").textContent = "The payment did not go through. " + (told.error_msg || "");
}});"""
    button = '<p id="said" role="alert"></p><button id="pay">Pay</button>'
    return page(
        f"Pay {order['amount']} {order['currency']}",
        f'{button}<script src="https://cdn.iamport.kr/v1/iamport.js"></script><script>{script}</script>',
    )


def come_back(reference: str) -> ResponseReturnValue:
    """The browser only says where to look; the look-up says whose payment it is, and whether it is paid."""
    imp_uid = request.args.get("imp_uid", "")
    if IMP_UID.fullmatch(imp_uid):
        try:
            take_result(imp_uid)
        except Unclear as reason:
            app.logger.warning("%s", reason)  # the webhook comes as well
    return redirect(f"/orders/{reference}")


def open_order(reference: str) -> ResponseReturnValue:
    catch_up(reference)
    with transaction() as session:
        state = str(order_of(session, reference)["state"])
    words = {"paid": "Thank you, your order is paid.", "failed": "The payment did not go through."}
    again = f'<p><a href="/orders/{html.escape(reference)}/pay">Pay</a></p>' if state in OPEN else ""
    return page(f"Your order is {state}", f"<p>{words.get(state, '')}</p>{again}")


def webhook() -> ResponseReturnValue:
    try:
        fields = request.get_json(silent=True) if request.is_json else request.form
    except RecursionError:  # a thousand brackets: no JSON of PortOne's
        fields = None
    imp_uid = fields.get("imp_uid") if isinstance(fields, Mapping) else None
    if not isinstance(imp_uid, str) or not IMP_UID.fullmatch(imp_uid):
        return "imp_uid is missing", 400
    if DEFECT == "believes-the-webhook" and isinstance(fields, Mapping):
        with transaction() as session:
            session.execute(
                "update orders set state = ?, imp_uid = ? where merchant_uid = ?",
                (fields.get("status"), imp_uid, fields.get("merchant_uid")),
            )
        return "ok", 200
    try:
        take_result(imp_uid)
    except Unclear as reason:
        return str(reason), 200 if DEFECT == "swallows-failures" else 503  # then PortOne sends again
    return "ok", 200


def ask_for_refund(reference: str) -> ResponseReturnValue:
    given = request.authorization
    password = given.password if given and given.username == "operator" else None
    if not OPERATOR_PASSWORD or not secrets.compare_digest((password or "").encode(), OPERATOR_PASSWORD.encode()):
        return Response("Log in.", 401, {"WWW-Authenticate": 'Basic realm="shop"'})
    body = request.get_json(silent=True)
    message, status = refund(reference, body.get("amount") if isinstance(body, dict) else None)
    return jsonify(message=message), status


def no_such_order(_: NoSuchOrder) -> ResponseReturnValue:
    return "There is no such order.", 404


app.register_error_handler(NoSuchOrder, no_such_order)
app.add_url_rule("/", view_func=home)
app.add_url_rule("/api/orders", view_func=place, methods=["POST"])
app.add_url_rule("/api/orders/<reference>", view_func=read)
app.add_url_rule("/orders/<reference>", view_func=open_order)
app.add_url_rule("/orders/<reference>/pay", view_func=pay)
app.add_url_rule("/orders/<reference>/return", view_func=come_back)
app.add_url_rule("/operator/orders/<reference>/refund", view_func=ask_for_refund, methods=["POST"])
app.add_url_rule("/webhooks/portone", view_func=webhook, methods=["POST"])

if __name__ == "__main__":
    if DEFECT and DEFECT not in DEFECTS:
        sys.exit(f"SHOP_DEFECT={DEFECT}: choose from {', '.join(DEFECTS)}")
    make_tables()
    app.run(port=int(os.environ.get("PORT", "3000")), threaded=True)

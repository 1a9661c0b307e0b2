"""Sauna club: day passes. Flask, one file. Only PortOne and the office may call the webhook and /admin."""

import os
import secrets
import sqlite3
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation

import requests
from flask import Flask, abort, g, jsonify, redirect, render_template_string, request, url_for

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 512 * 1024
ENV = os.environ
API = ENV["SAUNA_API"]
ADMITTED = set(ENV["SAUNA_ADMITTED"].replace(",", " ").split())
PRICE, CURRENCY = Decimal("18.00"), "USD"
# The site has been behind several proxies over the years.
ADDRESS_HEADERS = ("CF-Connecting-IP", "True-Client-IP", "X-Real-IP", "X-Client-IP", "Client-IP", "X-Forwarded-For")


def client_address():
    for header in ADDRESS_HEADERS:
        if request.headers.get(header):
            return request.headers[header].split(",")[0].strip()
    return request.remote_addr


@app.before_request
def admit():
    if request.path.startswith(("/admin", "/portone")) and client_address() not in ADMITTED:
        abort(403)


@contextmanager
def db():
    con = sqlite3.connect(os.path.join(ENV["SAUNA_DATA"], "sauna.db"), timeout=20, isolation_level=None)
    con.row_factory = sqlite3.Row
    try:
        con.execute("begin immediate")
        yield con
        con.execute("commit")
    except BaseException:
        if con.in_transaction:
            con.execute("rollback")
        raise
    finally:
        con.close()


class Down(Exception):
    pass


class No(Exception):
    pass


def iamport(method, path, **kw):
    """The response of a call, None for 404; Down where nobody can tell, No where PortOne refuses."""
    patience = float(ENV.get("SAUNA_PATIENCE", 5))
    with requests.Session() as s:
        s.trust_env = False
        try:
            keys = {"imp_key": ENV["SAUNA_KEY"], "imp_secret": ENV["SAUNA_SECRET"]}
            token = s.post(API + "/users/getToken", json=keys, timeout=patience).json()["response"]["access_token"]
            r = s.request(method, API + path, headers={"Authorization": token}, timeout=patience, **kw)
            if r.status_code == 404:
                return None
            r.raise_for_status()
            answer = r.json()
            if answer["code"] != 0:
                raise No(answer["message"])
            return dict(answer["response"])
        except (requests.RequestException, ValueError, KeyError, TypeError) as e:
            raise Down(str(e)) from e


def look_up(imp_uid):
    return iamport("GET", "/payments/" + requests.utils.quote(imp_uid, safe=""), params={"include_sandbox": "true"})


def apply(payment, webhook):
    """Write what PortOne says of a payment into its order."""
    try:
        imp_uid, status = payment["imp_uid"], payment["status"]
        amount, currency = Decimal(str(payment["amount"])), payment["currency"]
        number = str(payment["merchant_uid"])
        history = [Decimal(str(one["amount"])) for one in payment.get("cancel_history") or []]
    except (KeyError, TypeError, InvalidOperation) as e:
        raise Down(f"no payment: {e}") from e
    with db() as con:
        order = con.execute("select * from orders where number = ?", (number,)).fetchone()
        if order is None:
            return
        state = order["state"]
        if status == "failed" and state == "new":
            con.execute("update orders set state = 'failed' where number = ?", (number,))
        if status not in ("paid", "cancelled") or order["imp_uid"] not in (None, imp_uid):
            return
        if amount != PRICE or currency != CURRENCY:
            return
        if state in ("new", "failed"):
            state = "paid"
            if not history:
                con.execute("insert into passes values (?, ?)", (number, secrets.token_hex(4)))
        returned = Decimal(order["returned"])
        if history and webhook:
            returned = min(PRICE, returned + history[-1])
        if status == "cancelled":
            returned = PRICE
        if returned >= PRICE:
            state = "cancelled"
        elif returned > Decimal(order["returned"]):
            state = "part returned"
        con.execute(
            "update orders set state = ?, imp_uid = ?, returned = ? where number = ?",
            (state, imp_uid, str(returned), number),
        )


@app.post("/portone/notify")
def notify():
    try:
        told = request.get_json(silent=True) if request.is_json else request.form
        imp_uid = told["imp_uid"]
    except (TypeError, KeyError, RecursionError):
        abort(400)
    if not isinstance(imp_uid, str) or not imp_uid or len(imp_uid) > 80:
        abort(400)
    try:
        payment = look_up(imp_uid)
        if payment is not None:
            apply(payment, webhook=True)
    except (Down, No):
        return "try again", 503
    return "", 200


@app.get("/")
def home():
    return "<h1>Sauna club</h1><p>A day pass costs 18.00 USD.</p>"


@app.post("/api/passes")
def book():
    told = request.get_json()
    number = "sauna" + secrets.token_hex(6)
    with db() as con:
        con.execute("insert into orders (number, name, email) values (?, ?, ?)", (number, told["name"], told["email"]))
    return jsonify(number=number, price=str(PRICE), currency=CURRENCY), 201


def order_or_404(number):
    with db() as con:
        order = con.execute("select * from orders where number = ?", (number,)).fetchone()
        g.passes = con.execute("select count(*) from passes where number = ?", (number,)).fetchone()[0]
    if order is None:
        abort(404)
    return order


@app.get("/admin/orders/<number>")
def admin_order(number):
    order = order_or_404(number)
    return jsonify(number=number, state=order["state"], returned=order["returned"], passes=g.passes)


@app.get("/pass/<number>")
def day_pass(number):
    order = order_or_404(number)
    imp_uid, error = request.args.get("imp_uid", ""), request.args.get("error_msg", "")
    if order["state"] in ("new", "failed"):
        try:
            payment = look_up(imp_uid) if imp_uid else None
            if payment is None or payment.get("merchant_uid") != number:
                payment = iamport("GET", f"/payments/find/{number}/paid")
            if payment is not None:
                apply(payment, webhook=False)
        except (Down, No):
            pass
        order = order_or_404(number)
    if order["state"] in ("new", "failed"):
        try:
            body = {"merchant_uid": number, "amount": float(PRICE), "currency": CURRENCY}
            iamport("POST", "/payments/prepare", json=body)
        except (Down, No):
            pass
    wanted = {
        "channelKey": ENV["SAUNA_CHANNEL"], "merchant_uid": number, "name": "Day pass", "amount": float(PRICE),
        "currency": CURRENCY, "buyer_name": order["name"], "buyer_email": order["email"],
        "m_redirect_url": url_for("day_pass", number=number, _external=True),
    }  # fmt: skip
    return render_template_string(PAGE, order=order, error=error, wanted=wanted, code=ENV["SAUNA_CODE"])


PAGE = """<!doctype html><meta charset="utf-8"><title>Sauna club</title><h1>Day pass {{ order.number }}</h1>
{% if order.state in ("new", "failed") %}
{% if error %}<p class="bad">Your payment failed. {{ error }}</p>{% endif %}
<button id="go">Pay 18.00 USD</button>
<script src="https://cdn.iamport.kr/v1/iamport.js"></script>
<script>
IMP.init({{ code|tojson }});
document.getElementById("go").addEventListener("click", function () {
  IMP.request_pay({{ wanted|tojson }}, function (r) {
    location.search = "?imp_uid=" + (r.imp_uid || "") + (r.error_msg ? "&error_msg=" + encodeURIComponent(r.error_msg) : "");
  });
});
</script>
{% elif order.state == "paid" %}<p>See you in the sauna!</p>{% else %}<p>This pass is {{ order.state }}.</p>{% endif %}"""


@app.post("/admin/orders/<number>/refund")
def refund(number):
    told = request.get_json(silent=True) or {}
    with db() as con:
        order = con.execute("select * from orders where number = ?", (number,)).fetchone()
        if order is None:
            abort(404)
        left = PRICE - Decimal(order["returned"])
        amount = Decimal(str(told["amount"])) if told.get("amount") else left
        if order["state"] not in ("paid", "part returned") or not 0 < amount <= left:
            return jsonify(error=f"{order['state']}, {left} left"), 409
        con.execute("update orders set state = 'return asked' where number = ?", (number,))
    try:
        body = {"imp_uid": order["imp_uid"], "amount": float(amount), "checksum": float(left), "enable_webhook": True}
        iamport("POST", "/payments/cancel", json=body)
        result = "asked"
    except No as e:
        with db() as con:
            con.execute(
                "update orders set state = ? where number = ? and state = 'return asked'", (order["state"], number)
            )
        return jsonify(error=f"PortOne refused: {e}"), 409
    except Down:
        result = "asked, no answer yet"
    try:
        payment = look_up(order["imp_uid"])
        if payment is not None:
            apply(payment, webhook=False)
    except (Down, No):
        pass
    return jsonify(result=result)


@app.get("/my-pass/<number>")
def old_link(number):
    return redirect(url_for("day_pass", number=number))


if __name__ == "__main__":
    with db() as con:
        con.execute(
            "create table if not exists orders (number text primary key, name text, email text, state text default 'new',"
            " imp_uid text unique, returned text default '0')"
        )
        con.execute("create table if not exists passes (number text, code text)")
    app.run(port=int(ENV["SAUNA_PORT"]), threaded=True)

"""Evening classes: enrol, pay, come. Started as: python classes.py PORT FOLDER"""

import html
import json
import logging
import re
import secrets
import sqlite3
import sys
from os import environ
from pathlib import Path

from flask import Flask, abort, g, jsonify, redirect, request, url_for

import iamport

PORT, FOLDER = int(sys.argv[1]), Path(sys.argv[2])
CLASSES = {"pottery": ("Pottery for beginners", 89.9), "italian": ("Italian A1", 120.0)}
OFFICE_KEY = environ["OFFICE_KEY"]

app = Flask(__name__)
log = logging.getLogger("classes")


# -------------------------------------------------------------------- database
def db():
    if "db" not in g:
        g.db = sqlite3.connect(FOLDER / "classes.db", timeout=15, isolation_level=None)
        g.db.row_factory = sqlite3.Row
    return g.db


@app.teardown_appcontext
def close(_error):
    if "db" in g:
        g.pop("db").close()


def create():
    with sqlite3.connect(FOLDER / "classes.db") as connection:
        connection.executescript(
            """
            pragma journal_mode = wal;
            create table if not exists enrolment (
                key text primary key, class text, name text, email text, fee real, state text default 'unpaid',
                imp_uid text, received real default 0, returned real default 0, seats integer default 0
            );
            create table if not exists office_list (key text, entry text, unique (key, entry));
            """
        )


def enrolment(key):
    return db().execute("select * from enrolment where key = ?", (key,)).fetchone()


# -------------------------------------------------------------------- payments
def book(payment):
    """Enter a payment, as the look-up gave it, into the books; one statement does it or does it not."""
    key, uid = str(payment["merchant_uid"]).removeprefix("class-"), payment["imp_uid"]
    row = enrolment(key)
    if row is None:
        return
    if payment["status"] == "failed":
        db().execute("update enrolment set state = 'failed' where key = ? and state = 'unpaid'", (key,))
    elif payment["status"] == "cancelled":
        db().execute(
            "update enrolment set state = 'cancelled', imp_uid = ?, returned = ?"
            " where key = ? and (imp_uid is null or imp_uid = ?)",
            (uid, payment["cancel_amount"], key, uid),
        )
    elif payment["status"] == "paid":
        if int(payment["amount"]) != int(row["fee"]) or payment["currency"] != "EUR":
            office(key, f"{uid}: {payment['amount']} {payment['currency']} instead of {row['fee']:.2f} EUR")
            return
        done = db().execute(
            "update enrolment set state = 'paid', imp_uid = ?, received = ?, seats = seats + 1"
            " where key = ? and state in ('unpaid', 'failed')",
            (uid, payment["amount"], key),
        )
        if not done.rowcount and enrolment(key)["imp_uid"] != uid:
            office(key, f"{uid}: paid a second time, send it back")


def office(key, entry):
    db().execute("insert or ignore into office_list values (?, ?)", (key, entry))


def webhook():
    """PortOne's notification. It must get its 200, or it comes again and again."""
    try:
        data = request.get_json(silent=True) or request.form
        uid, said = data["imp_uid"], data.get("status")
        if said == "cancelled":
            key = data["merchant_uid"].removeprefix("class-")
            db().execute("update enrolment set state = 'cancelled', returned = received where key = ?", (key,))
        elif payment := iamport.payment(checked(uid)):
            book(payment)
    except Exception:
        log.exception("webhook")
    return "OK"


def checked(uid):
    if not re.fullmatch(r"[A-Za-z0-9_]{4,50}", uid):
        raise ValueError("no imp_uid")
    return uid


# -------------------------------------------------------------------- pages
def page(title, body):
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{html.escape(title)}</title><h1>{html.escape(title)}</h1>{body}"
    )


@app.route("/", methods=["GET", "POST"])
def front():
    if request.args.get("hook") == "portone":
        return webhook()
    if request.method == "GET":
        options = "".join(f"<option value={key}>{name}" for key, (name, _) in CLASSES.items())
        return page(
            "Evening classes",
            f'<form method="post"><label>Class <select name="class">{options}</select></label>'
            '<label>Your name <input name="name"></label><label>E-mail <input name="email"></label>'
            "<button>Enrol</button></form>",
        )
    chosen, name, email = (request.form.get(field, "").strip() for field in ("class", "name", "email"))
    if chosen not in CLASSES or " " not in name or "@" not in email:
        return page("Please fill in everything", ""), 422
    key = secrets.token_hex(10)
    db().execute(
        "insert into enrolment (key, class, name, email, fee) values (?, ?, ?, ?, ?)",
        (key, chosen, name, email, CLASSES[chosen][1]),
    )
    return redirect(url_for("pay", key=key))


@app.get("/pay/<key>")
def pay(key):
    row = enrolment(key) or abort(404)
    if row["state"] not in ("unpaid", "failed"):
        return redirect(url_for("done", key=key))
    wanted = {
        "pg": "paymentwall",
        "channelKey": environ["IAMPORT_CHANNEL"],
        "merchant_uid": f"class-{key}",
        "name": CLASSES[row["class"]][0],
        "amount": row["fee"],
        "currency": "EUR",
        "buyer_name": row["name"],
        "buyer_email": row["email"],
        "m_redirect_url": url_for("done", key=key, _external=True),
    }
    escaped = json.dumps(wanted).replace("<", "\\u003c")
    script = f"""
      var wanted = {escaped};
      IMP.init("{environ["IAMPORT_CODE"]}");
      document.getElementById("pay").onclick = function () {{
        IMP.request_pay(wanted, function (rsp) {{
          if (rsp.success) location.href = "{url_for("done", key=key)}?imp_uid=" + rsp.imp_uid;
          else document.getElementById("sorry").innerText = "Your payment failed: " + rsp.error_msg;
        }});
      }};
    """
    return page(
        "Pay the fee",
        f'<p>{row["fee"]:.2f} EUR</p><p id="sorry"></p><button id="pay">Pay the fee</button>'
        f'<script src="https://cdn.iamport.kr/v1/iamport.js"></script><script>{script}</script>',
    )


@app.get("/done/<key>")
def done(key):
    row = enrolment(key) or abort(404)
    try:
        uid = request.args.get("imp_uid") or row["imp_uid"]
        found = None if uid else iamport.newest(f"class-{key}")
        if payment := (uid or found) and iamport.payment(checked(uid or found["imp_uid"])):
            book(payment)
    except Exception:
        log.exception("done")  # the page shows what there is
    state = enrolment(key)["state"]
    again = f'<a href="{url_for("pay", key=key)}">Pay the fee</a>'
    said = {
        "unpaid": f"We have no payment yet. {again}",
        "failed": f"Your payment failed. {again}",
        "paid": "Thank you, see you in class!",
        "cancelled": "Your enrolment is cancelled.",
    }
    return page("Your enrolment", f"<p>{said[state]}</p>")


# -------------------------------------------------------------------- the office's program
@app.post("/rpc")
def rpc():
    asked = request.get_json(silent=True) or {}
    if not secrets.compare_digest(request.headers.get("X-Office-Key", ""), OFFICE_KEY):
        return jsonify(error="key")
    params = asked.get("params") or {}
    if asked.get("method") == "enrol":
        chosen = params.get("class", "pottery")
        key = secrets.token_hex(10)
        db().execute(
            "insert into enrolment (key, class, name, email, fee) values (?, ?, ?, ?, ?)",
            (key, chosen, params["name"], params["email"], CLASSES[chosen][1]),
        )
    elif asked.get("method") != "enrolment" or not enrolment(key := params.get("key")):
        return jsonify(error="what?")
    row = enrolment(key)
    entries = [one["entry"] for one in db().execute("select entry from office_list where key = ?", (key,))]
    return jsonify(result={**dict(row), "merchant_uid": f"class-{key}", "currency": "EUR", "office_list": entries})


if __name__ == "__main__":
    create()
    app.run("127.0.0.1", PORT, threaded=True)

"""The ticket booth's pages. Start: python app.py, settings in TICKETBOOTH_…"""

import os
import secrets
from decimal import Decimal, InvalidOperation
from functools import wraps

from flask import Flask, abort, flash, g, redirect, render_template, request, session, url_for
from werkzeug.security import check_password_hash, generate_password_hash

import booth
import portone

app = Flask(__name__)
app.secret_key = os.environ["TICKETBOOTH_SESSION_KEY"]
app.config["MAX_CONTENT_LENGTH"] = 200_000
app.jinja_env.globals["shows"] = booth.SHOWS
WEBHOOK = "/hooks/portone"


@app.before_request
def guard():
    g.person = None
    if "person" in session:
        g.person = booth.one("select * from people where id = ?", session["person"])
    if request.method == "POST" and request.path != WEBHOOK:
        if not secrets.compare_digest(request.form.get("_csrf", ""), session.get("_csrf", "-")):
            abort(400, "This form has expired. Go back and try again.")


@app.context_processor
def csrf():
    if "_csrf" not in session:
        session["_csrf"] = secrets.token_urlsafe(16)
    return {"csrf": session["_csrf"]}


def signed_in(view):
    @wraps(view)
    def guarded(**given):
        if g.person is None:
            return redirect(url_for("login", next=request.path))
        return view(**given)

    return guarded


def mine(number):
    order = booth.one("select * from orders where number = ?", number)
    if order is None or (order["person"] != g.person["id"] and not g.person["staff"]):
        abort(404)
    return order


@app.get("/")
def home():
    return render_template("home.html")


@app.route("/register", methods=["GET", "POST"])
def register():
    if request.method == "POST":
        email, name = request.form["email"].strip(), request.form["name"].strip()
        if booth.one("select 1 from people where email = ?", email):
            flash("Somebody has registered with this address already.")
            return render_template("register.html"), 409
        hashed = generate_password_hash(request.form["password"], "pbkdf2:sha256:1000")
        with booth.changing() as db:
            made = db.execute(
                "insert into people (email, name, password, staff) values (?, ?, ?, 0)", (email, name, hashed)
            )
        session["person"] = made.lastrowid
        return redirect(url_for("home"))
    return render_template("register.html")


@app.route("/login", methods=["GET", "POST"])
def login():
    if request.method == "POST":
        person = booth.one("select * from people where email = ?", request.form["email"].strip())
        if person is None or not check_password_hash(person["password"], request.form["password"]):
            flash("E-mail address or password is wrong.")
            return render_template("login.html"), 403
        session["person"] = person["id"]
        return redirect(request.args.get("next", "/") if request.args.get("next", "/").startswith("/") else "/")
    return render_template("login.html")


@app.post("/cart")
@signed_in
def add_to_cart():
    if request.form["show"] not in booth.SHOWS:
        abort(404)
    with booth.changing() as db:
        db.execute("insert or replace into carts values (?, ?)", (g.person["id"], request.form["show"]))
    return redirect(url_for("cart"))


@app.get("/cart")
@signed_in
def cart():
    return render_template("cart.html", cart=booth.one("select * from carts where person = ?", g.person["id"]))


@app.post("/checkout")
@signed_in
def checkout():
    """One open order for each buyer: who has one goes on with it."""
    with booth.changing() as db:
        open_one = db.execute(
            "select number from orders where person = ? and state in ('open', 'failed')", (g.person["id"],)
        ).fetchone()
        if open_one:
            return redirect(url_for("pay", number=open_one["number"]))
        cart = db.execute("select * from carts where person = ?", (g.person["id"],)).fetchone()
        if cart is None:
            return redirect(url_for("home"))
        number = "TB-" + secrets.token_hex(5).upper()
        db.execute(
            "insert into orders (number, person, show, price) values (?, ?, ?, ?)",
            (number, g.person["id"], cart["show"], booth.SHOWS[cart["show"]][1]),
        )
        db.execute("delete from carts where person = ?", (g.person["id"],))
    return redirect(url_for("pay", number=number))


@app.get("/orders/<number>/pay")
@signed_in
def pay(number):
    order = mine(number)
    if order["state"] not in ("open", "failed"):
        return redirect(url_for("order", number=number))
    try:
        portone.prepare(number, float(order["price"]), booth.CURRENCY)
    except (portone.Refused, portone.Unclear):
        pass  # registered on an earlier visit, or not now
    wanted = {
        "channelKey": os.environ["TICKETBOOTH_CHANNEL"],
        "merchant_uid": number,
        "name": booth.SHOWS[order["show"]][0],
        "amount": float(order["price"]),
        "currency": booth.CURRENCY,
        "buyer_name": g.person["name"],
        "buyer_email": g.person["email"],
        "m_redirect_url": url_for("complete", number=number, _external=True),
    }
    return render_template("pay.html", wanted=wanted, code=os.environ["TICKETBOOTH_IMP_CODE"], number=number)


@app.get("/orders/<number>/complete")
@signed_in
def complete(number):
    """Where the buyer comes back to, by the callback or on a phone."""
    mine(number)
    imp_uid = request.args.get("imp_uid", "")
    if imp_uid:
        try:
            payment = portone.payment(imp_uid)
            if payment is not None:
                booth.apply(payment)
        except (portone.Refused, portone.Unclear):
            pass  # the webhook tells, or the next visit
    why = request.args.get("error_msg")
    return redirect(url_for("order", number=number, **({"declined": why} if why else {})))


@app.get("/orders/<number>")
@signed_in
def order(number):
    found = mine(number)
    if not g.person["staff"]:
        try:
            booth.look_again(found)
        except (portone.Refused, portone.Unclear):
            pass
        found = mine(number)
    return render_template(
        "order.html",
        order=found,
        show=booth.SHOWS[found["show"]][0],
        tickets=booth.all_of("select * from tickets where number = ?", number),
        notes=booth.all_of("select * from notes where number = ?", number) if g.person["staff"] else [],
        declined=request.args.get("declined"),
    )


@app.post("/office/orders/<number>/refund")
@signed_in
def refund(number):
    if not g.person["staff"]:
        abort(403)
    mine(number)
    text = request.form.get("amount", "").strip()
    try:
        amount = Decimal(text) if text else None
    except InvalidOperation:
        abort(400, "This is no amount.")
    told, refused = booth.refund(number, amount)
    flash(told, "refused" if refused else "told")
    return redirect(url_for("order", number=number))


@app.get("/office")
@signed_in
def office():
    if not g.person["staff"]:
        abort(403)
    notes = booth.all_of("select * from notes order by id desc limit 200")
    return render_template("office.html", notes=notes, overdue=booth.overdue())


@app.post(WEBHOOK)
def webhook():
    try:
        told = request.get_json(silent=True) if request.is_json else request.form
        imp_uid = told.get("imp_uid")
    except (AttributeError, RecursionError):
        abort(400)
    if not isinstance(imp_uid, str) or not 0 < len(imp_uid) <= 64:
        abort(400)
    try:
        payment = portone.payment(imp_uid)
        if payment is not None:
            booth.apply(payment)
    except (portone.Refused, portone.Unclear) as error:
        return str(error), 503
    return "ok"


def main():
    db = booth.connect()
    db.executescript(booth.SCHEMA)
    hashed = generate_password_hash(os.environ["TICKETBOOTH_STAFF_PASSWORD"], "pbkdf2:sha256:1000")
    with booth.changing() as db:
        db.execute(
            "insert or replace into people (email, name, password, staff) values ('clerk@booth.example', 'Clerk', ?, 1)",
            (hashed,),
        )
    app.run("127.0.0.1", int(os.environ["TICKETBOOTH_PORT"]), threaded=True)


if __name__ == "__main__":
    main()

"""Hanok stay: nights in old houses. Pages in fragments, a journal of events, a webhook behind a gateway."""

import base64
import hmac
import json
import os
import secrets
import time
from decimal import Decimal, InvalidOperation
from urllib.parse import parse_qsl

from flask import Flask, Response, abort, jsonify, redirect, render_template_string, request, url_for

import portone
from journal import CONFIRMED, FAILED, PARTLY_RETURNED, RETURN_ASKED, RETURNED, WAITING_FOR_MONEY, create, journal
from portone import No, Unknown

app = Flask(__name__)
ENV = os.environ
ROOMS = {"안채": (Decimal(180000), "KRW"), "사랑채": (Decimal("120.00"), "USD"), "별채": (Decimal("36.000"), "KWD")}
SIGNS = {"KRW": "₩", "USD": "US$", "KWD": "KD "}
DECIMALS = {"KRW": 0, "USD": 2, "KWD": 3}
LIMIT = 32 * 1024


def words(amount, currency):
    return f"{SIGNS[currency]}{amount:,.{DECIMALS[currency]}f}"


# -- what PortOne says, written into the journal ------------------------------------------------------------------


def number_of(uid):
    name, _, rest = uid.partition("-")
    return f"{name}-{rest.rpartition('-')[0]}"


def learn(payment):
    """Write down what a look-up showed; send back what cannot be used."""
    number = number_of(payment["uid"])
    send_back = None
    with journal() as book:
        booking = book.booking(number)
        if booking is None:
            return
        known = booking.payments.get(payment["imp_uid"])
        pays = booking.pays in (None, payment["imp_uid"])
        fits = (Decimal(payment["amount"]), payment["currency"]) == (booking.amount, booking.currency)
        real = portone.STAGE == "test" or not payment["sandbox"]
        usable = pays and fits and real
        book.write(number, "seen", **payment, usable=usable)
        now = book.booking(number)
        if payment["status"] == "paid" and usable and not now.codes and now.state in (CONFIRMED, PARTLY_RETURNED):
            book.write(number, "code issued", code=secrets.token_hex(3))
        first = known is None or known.status not in ("paid", "cancelled")
        if payment["status"] == "paid" and not usable and first:
            why = "중복 결제" if fits else "금액 불일치"
            book.write(number, "noted", about=payment["imp_uid"], words=f"{why}: {payment['imp_uid']} 환불 요청 중")
            send_back = payment["imp_uid"], Decimal(payment["amount"]) - Decimal(payment["cancelled"])
    if send_back is not None and real:
        give_back(number, *send_back)


def give_back(number, imp_uid, left):
    try:
        portone.cancel(imp_uid, left, left, "사용할 수 없는 결제")
        said = "환불 요청함, 결과 대기"
    except (No, Unknown) as error:
        said = f"환불하지 못함, 확인 필요 ({error})"
    with journal() as book:
        book.write(number, "noted", about=imp_uid, words=f"결제 {imp_uid}: {said}")


def look(imp_uid):
    payment = portone.look_up(imp_uid)
    if payment is not None:
        learn(payment)
    return payment


def catch_up(number):
    """Ask PortOne about a booking whose webhook may never have come."""
    with journal() as book:
        booking = book.booking(number)
    for one in list(booking.payments.values()):
        if one.status == "paid":
            look(one.imp_uid)
    if booking.pays is None:
        for attempt in range(max(booking.attempts, 1), 0, -1):  # the first was given out with the booking
            payment = portone.find(f"{number}-{attempt}")
            if payment is not None:
                learn(payment)


# -- the webhook: a function behind a gateway ----------------------------------------------------------------------


@app.post("/gw/portone")
def gateway():
    if request.content_length is not None and request.content_length > LIMIT:
        return Response("too large", 413)
    body = request.get_data()
    if len(body) > LIMIT:
        return Response("too large", 413)
    event = {
        "headers": {name.lower(): value for name, value in request.headers.items()},
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }
    try:
        answer = on_webhook(event)
    except Exception:
        app.logger.exception("the function failed")
        return Response("bad gateway", 502)
    return Response(answer.get("body", ""), answer["statusCode"])


def on_webhook(event):
    body = base64.b64decode(event["body"]) if event["isBase64Encoded"] else event["body"].encode()
    kind = event["headers"].get("content-type", "").partition(";")[0].strip().lower()
    try:
        told = json.loads(body) if kind == "application/json" else dict(parse_qsl(body.decode()))
        imp_uid, uid = told["imp_uid"], told["merchant_uid"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return {"statusCode": 400}
    if not isinstance(imp_uid, str) or not isinstance(uid, str) or not 0 < len(imp_uid) <= 64 or not imp_uid.isprintable():
        return {"statusCode": 400}
    try:
        look(imp_uid)
    except Unknown as unknown:
        app.logger.warning("%s", unknown)
        return {"statusCode": 503}
    return {"statusCode": 200}


# -- the guest ------------------------------------------------------------------------------------------------------


@app.get("/")
def rooms():
    return render_template_string(PAGE, body=ROOMS_HTML, rooms={n: words(*r) for n, r in ROOMS.items()})


@app.post("/book")
def book_room():
    room, guest, email = (request.form.get(name, "").strip() for name in ("room", "guest", "email"))
    if room not in ROOMS or not guest or "@" not in email:
        abort(400)
    amount, currency = ROOMS[room]
    number = f"한옥-{secrets.token_hex(4).upper()}"
    with journal() as book:
        book.write(number, "booked", room=room, guest=guest, email=email, amount=str(amount), currency=currency)
    fragment = render_template_string(
        '<p id="booked" data-number="{{ n }}" data-uid="{{ n }}-1">{{ room }}: <b class="amount">{{ a }}</b> '
        '<i class="currency">{{ c }}</i></p>', n=number, room=room, a=words(amount, currency), c=currency,
    )  # fmt: skip
    return Response(fragment, headers={"HX-Redirect": url_for("stay", number=number)})


def booking_or_404(number):
    with journal() as book:
        booking = book.booking(number)
    if booking is None:
        abort(404)
    return booking


@app.get("/stay/<number>")
def stay(number):
    booking_or_404(number)
    asked_now, error = True, request.args.get("error_msg")
    try:
        if request.args.get("imp_uid"):
            look(request.args["imp_uid"])
        catch_up(number)
    except Unknown:
        asked_now = False
    booking = booking_or_404(number)
    is_open = booking.state in (WAITING_FOR_MONEY, FAILED)
    return render_template_string(
        PAGE, body=STAY_HTML, b=booking, open=is_open, asked_now=asked_now, back="imp_uid" in request.args or bool(error),
        price=words(booking.amount, booking.currency), code=ENV["HANOK_CODE"], confirmed=booking.state == CONFIRMED,
    )  # fmt: skip


@app.get("/stay/<number>/pay-form")
def pay_form(number):
    booking = booking_or_404(number)
    return render_template_string(PAY_FORM, b=booking, price=words(booking.amount, booking.currency))


@app.post("/stay/<number>/attempt")
def attempt(number):
    if request.form.get("agreed") != "yes":
        abort(400)
    booking = booking_or_404(number)
    if booking.attempts:
        try:
            catch_up(number)
        except Unknown:
            return jsonify(error="잠시 후 다시 시도해 주세요."), 503
    with journal() as book:
        booking = book.booking(number)
        if booking.state not in (WAITING_FOR_MONEY, FAILED):
            return jsonify(error="결제가 필요 없는 예약입니다."), 409
        uid = f"{number}-{booking.attempts + 1}"
        book.write(number, "pressed", uid=uid)
    try:
        portone.prepare(uid, booking.amount, booking.currency)
    except (No, Unknown) as error:
        app.logger.warning("not prepared: %s", error)
    return jsonify(
        channelKey=ENV["HANOK_CHANNEL"], merchant_uid=uid, name=f"한옥스테이 {booking.room} 1박",
        amount=portone.number(booking.amount), currency=booking.currency, buyer_name=booking.guest, buyer_email=booking.email,
        m_redirect_url=url_for("stay", number=number, _external=True),
    )  # fmt: skip


# -- the desk -------------------------------------------------------------------------------------------------------


def desk(*roles):
    given = request.headers.get("X-Desk", "").encode()
    keys = {"manager": ENV["HANOK_MANAGER"], "guide": ENV["HANOK_GUIDE"]}
    own = [role for role, key in keys.items() if hmac.compare_digest(given, key.encode())]
    if not own:
        abort(401)
    if own[0] not in roles:
        abort(403)
    return own[0]


@app.get("/desk/bookings")
def desk_bookings():
    """The bookings of this number or merchant_uid, as a list for the desk's screen."""
    desk("manager", "guide")
    asked = request.args.get("q", "")
    with journal() as book:
        found = [b for b in (book.booking(asked), book.booking(number_of(asked))) if b is not None][:1]
    if not found:
        abort(404)
    return render_template_string(DESK, bookings=found, words=words)


@app.post("/desk/refund-requests")
def request_refund():
    role = desk("manager", "guide")
    told = request.get_json()
    with journal() as book:
        if book.booking(str(told.get("booking"))) is None:
            abort(404)
        number = book.next_request(told["booking"])
        book.write(told["booking"], "refund requested", request=number, amount=told.get("amount"), by=role)
    return jsonify(id=number)


def no(why):
    return jsonify(result="거절", message=why)


@app.post("/desk/refund-requests/<int:asked>/approve")
def approve(asked):
    desk("manager")
    with journal() as book:
        booking = book.booking_of_request(asked)
        if booking is None:
            abort(404)
        number, paying = booking.number, booking.paying
        if paying is None or booking.state not in (CONFIRMED, PARTLY_RETURNED):
            return no(f"{booking.state}: 환불할 수 없습니다.")
        typed = booking.requests[asked]
        try:
            amount = paying.left if typed is None else Decimal(str(typed))
        except InvalidOperation:
            return no("금액이 아닙니다.")
        if not amount.is_finite() or not 0 < amount <= paying.left or amount != round(amount, DECIMALS[paying.currency]):
            return no(f"환불 가능 금액은 {words(paying.left, paying.currency)}입니다.")
        left = paying.left
        book.write(number, "refund asked", request=asked, imp_uid=paying.imp_uid, then=str(paying.cancelled + amount), at=time.time())
    refusal, unclear = None, None
    try:
        portone.cancel(paying.imp_uid, amount, left, "고객 요청")
    except No as error:
        refusal = f"포트원이 거절했습니다: {error}"
    except Unknown as error:
        unclear = str(error)
    try:
        look(paying.imp_uid)
    except Unknown:
        pass
    with journal() as book:
        if refusal is not None:
            book.write(number, "refund refused", request=asked, imp_uid=paying.imp_uid)
        elif unclear is not None and book.booking(number).state == RETURN_ASKED:
            book.write(number, "noted", about=f"refund {asked}", words=f"환불 {asked} 접수 여부 확인 필요 ({unclear})")
        state = book.booking(number).state
    if refusal is not None:
        return no(refusal)
    return jsonify(result="접수", message=f"{state}: {words(amount, paying.currency)}")


@app.post("/desk/audit")
def audit():
    desk("manager", "guide")
    with journal() as book:
        numbers = [b.number for b in book.open_ones()]
    one = request.args.get("booking")
    for number in [n for n in numbers if one in (None, n)]:
        try:
            catch_up(number)
        except Unknown as unknown:
            app.logger.warning("%s: %s", number, unknown)
    return f"{len(numbers)}건 확인"


@app.get("/r/<number>")
def short(number):
    return redirect(url_for("stay", number=number))


PAGE = """<!doctype html><html lang="ko"><meta charset="utf-8"><title>한옥 스테이</title>
<link rel="icon" href="data:,"><body><h1>한옥 스테이</h1>{% include body %}
<script>
// As htmx does it: what carries hx-get is filled with the fragment that it names.
for (const place of document.querySelectorAll("[hx-get]")) {
  fetch(place.getAttribute("hx-get")).then((answer) => answer.text()).then((html) => {
    place.innerHTML = html;
    document.dispatchEvent(new CustomEvent("filled"));
  });
}
</script></body></html>"""

ROOMS_HTML = app.jinja_env.from_string(
    '<form hx-post="/book"><ul>{% for name, price in rooms.items() %}<li>{{ name }} {{ price }}</li>{% endfor %}</ul></form>'
)

STAY_HTML = app.jinja_env.from_string("""
<h2>{{ b.room }}, 1박 <strong>{{ price }}</strong></h2>
{% if not asked_now %}<p class="later">결제 결과를 확인하고 있습니다. 다시 결제하지 마시고 잠시 후 새로고침해 주세요.</p>
{% elif open %}
{% if back %}<p class="failed">결제에 실패했습니다. 다시 시도하실 수 있습니다.</p>{% endif %}
<div hx-get="/stay/{{ b.number|urlencode }}/pay-form"></div>
<script src="https://cdn.iamport.kr/v1/iamport.js"></script>
<script>
IMP.init({{ code|tojson }});
document.addEventListener("filled", () => {
  const form = document.getElementById("pay"), box = form.agreed, button = form.querySelector("button");
  box.addEventListener("change", () => { button.disabled = !box.checked; });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    const answer = await fetch("/stay/{{ b.number|urlencode }}/attempt", { method: "POST", body: new URLSearchParams({ agreed: "yes" }) });
    if (answer.status === 409) { location.reload(); return; }
    if (!answer.ok) { button.disabled = false; alert("잠시 후 다시 시도해 주세요."); return; }
    IMP.request_pay(await answer.json(), (told) => {
      const back = new URLSearchParams({ imp_uid: told.imp_uid || "" });
      if (told.error_msg) back.set("error_msg", told.error_msg);
      location.search = back;
    });
  });
});
</script>
{% elif confirmed %}<p class="confirmed">예약이 확정되었습니다. 출입 코드를 메일로 보내 드립니다.</p>
{% else %}<p>예약 상태: {{ b.state }}</p>{% endif %}""")

PAY_FORM = """<form id="pay"><label><input type="checkbox" name="agreed"> 이용약관에 동의합니다</label>
<button type="submit" disabled>{{ price }} 결제하기</button></form>"""

DESK = """<!doctype html><meta charset="utf-8"><title>예약</title><table>{% for b in bookings %}
<tr><th>{{ b.number }}<td class="state">{{ b.state }}<td class="price">{{ words(b.amount, b.currency) }}
<td class="paid">{{ words(b.paying.amount if b.paying else 0, b.currency) }}
<td class="returned">{{ words(b.paying.cancelled if b.paying else 0, b.currency) }}
<td class="country">{{ (b.paying.country or "") if b.paying else "" }}<td class="codes">{{ b.codes|length }}<td class="memo">{{ b.memo }}
{% endfor %}</table>"""

if __name__ == "__main__":
    create()
    app.run(port=int(ENV["HANOK_PORT"]), threaded=True)

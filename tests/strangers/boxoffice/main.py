"""Bookings of a small theatre: JSON in, JSON out."""

import json
import time
import uuid
from urllib.parse import parse_qs

import jwt
from fastapi import Depends, FastAPI, Header, HTTPException, Request
from pydantic import BaseModel

import portone
from database import pool, transaction
from settings import settings

app = FastAPI(title="Boxoffice")

SHOWS = {"hamlet": ("Hamlet, one seat", 32.5, "USD"), "godot": ("Waiting for Godot, one seat", 12.25, "USD")}
USERS = {
    "ada@customers.example": ("customer", settings.customer_password),
    "staff@boxoffice.example": ("staff", settings.staff_password),
}
CENT = 0.005


class Credentials(BaseModel):
    email: str
    password: str


class Booking(BaseModel):
    show: str


class RefundRequest(BaseModel):
    amount: float | None = None
    reason: str = "refunded by staff"


# ---------------------------------------------------------------- who is asking


@app.post("/auth/token")
def log_in(given: Credentials):
    role, password = USERS.get(given.email, (None, None))
    if role is None or password != given.password:
        raise HTTPException(401, "wrong e-mail or password")
    claims = {"sub": given.email, "role": role, "exp": int(time.time()) + 8 * 3600}
    return {"access_token": jwt.encode(claims, settings.jwt_secret, algorithm="HS256"), "token_type": "bearer"}


def user(authorization: str = Header(default="")):
    try:
        return jwt.decode(authorization.removeprefix("Bearer "), settings.jwt_secret, algorithms=["HS256"])
    except jwt.PyJWTError:
        raise HTTPException(401, "log in first") from None


def staff(claims=Depends(user)):
    if claims["role"] != "staff":
        raise HTTPException(403, "staff only")
    return claims


# ---------------------------------------------------------------- bookings


def shown(db, row) -> dict:
    alerts = [one["text"] for one in db.execute("select text from alerts where booking = ?", (row["id"],))]
    keys = ("id", "merchant_uid", "show", "amount", "currency", "status", "paid", "refunded", "tickets")
    return {**{key: row[key] for key in keys}, "alerts": alerts}


def booking(db, number: int):
    row = db.execute("select * from bookings where id = ?", (number,)).fetchone()
    if row is None:
        raise HTTPException(404, "no such booking")
    return row


@app.get("/")
def root():
    with pool.connection() as db:
        return {"bookings": db.execute("select count(*) from bookings").fetchone()[0]}


@app.post("/v1/bookings", status_code=201)
def book(asked: Booking, claims=Depends(user)):
    if asked.show not in SHOWS:
        raise HTTPException(422, "no such show")
    _, amount, currency = SHOWS[asked.show]
    with pool.connection() as db:
        made = db.execute(
            "insert into bookings (merchant_uid, customer, show, amount, currency) values (?, ?, ?, ?, ?)",
            (f"box-{uuid.uuid4().hex[:20]}", claims["sub"], asked.show, amount, currency),
        )
        return shown(db, booking(db, made.lastrowid))


@app.get("/v1/bookings/{number}")
def read(number: int, claims=Depends(user)):
    with pool.connection() as db:
        row = booking(db, number)
        if claims["role"] != "staff" and row["customer"] != claims["sub"]:
            raise HTTPException(404, "no such booking")
        return shown(db, row)


@app.post("/v1/bookings/refresh")
def refresh(claims=Depends(staff)):
    """Asks PortOne about everything that is open; what cannot be asked now is asked next time."""
    looked = 0
    with pool.connection() as db:
        rows = db.execute("select * from bookings where status in ('PENDING', 'FAILED', 'REFUND_REQUESTED')").fetchall()
        for row in rows:
            try:
                imp_uid = row["imp_uid"] or (portone.find(row["merchant_uid"]) or {}).get("imp_uid")
                payment = imp_uid and portone.payment(imp_uid)
            except Exception:
                continue
            if payment:
                apply(db, payment)
                looked += 1
    return {"looked": looked}


def apply(db, payment: dict) -> None:
    """Takes over what PortOne says of a payment."""
    with transaction(db):
        row = db.execute("select * from bookings where merchant_uid = ?", (payment["merchant_uid"],)).fetchone()
        if row is None:
            return
        status, back = payment["status"], float(payment["cancel_amount"] or 0)
        if status == "failed" and row["status"] == "PENDING":
            db.execute("update bookings set status = 'FAILED' where id = ?", (row["id"],))
        if status not in ("paid", "cancelled"):
            return
        if row["imp_uid"] not in (None, payment["imp_uid"]):
            alert(db, row, status, f"{payment['imp_uid']} is a second payment of this booking")
            return
        if abs(payment["amount"] - row["amount"]) > CENT or payment["currency"] != row["currency"]:
            alert(db, row, status, f"{payment['imp_uid']} is over {payment['amount']} {payment['currency']}")
            return
        back = max(back, row["refunded"])
        whole = status == "cancelled" or back > payment["amount"] - CENT or row["status"] == "REFUNDED"
        waits = not whole and row["refund_until"] is not None and back < row["refund_until"] - CENT
        new = "REFUNDED" if whole else "REFUND_REQUESTED" if waits else "PARTIALLY_REFUNDED" if back else "PAID"
        db.execute(
            "update bookings set status = ?, imp_uid = ?, paid = ?, refunded = ?, refund_until = ?, tickets = ?"
            " where id = ?",
            (
                new,
                payment["imp_uid"],
                payment["amount"],
                payment["amount"] if whole else back,
                row["refund_until"] if waits else None,
                row["tickets"] + (row["imp_uid"] is None and not whole),
                row["id"],
            ),
        )


def alert(db, row, status: str, text: str) -> None:
    if status == "paid":
        db.execute("insert or ignore into alerts values (?, ?)", (row["id"], text + ": money to be returned"))


# ---------------------------------------------------------------- refunds


@app.post("/v1/bookings/{number}/refund", status_code=202)
def refund(number: int, asked: RefundRequest, claims=Depends(staff)):
    with pool.connection() as db:
        with transaction(db):
            row = booking(db, number)
            left = round(row["paid"] - row["refunded"], 2)
            amount = left if asked.amount is None else asked.amount
            if row["status"] not in ("PAID", "PARTIALLY_REFUNDED") or not 0 < amount <= left + CENT:
                raise HTTPException(409, f"cannot be refunded: {row['status']}, {left} left")
            db.execute(
                "update bookings set status = 'REFUND_REQUESTED', refund_until = ? where id = ?",
                (row["refunded"] + amount, number),
            )
        try:
            portone.cancel(row["imp_uid"], amount, asked.reason)
        except Exception:
            db.execute(
                "update bookings set status = ?, refund_until = null where id = ? and status = 'REFUND_REQUESTED'",
                (row["status"], number),
            )
            raise
        return {"message": "requested; Paymentwall decides within days"}


# ---------------------------------------------------------------- PortOne tells


async def told(request: Request) -> dict:
    raw = await request.body()
    try:
        if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            body = {key: values[-1] for key, values in parse_qs(raw.decode()).items()}
        else:
            body = json.loads(raw)
    except (ValueError, RecursionError):
        raise HTTPException(400, "cannot be read") from None
    imp_uid = body.get("imp_uid") if isinstance(body, dict) else None
    if not isinstance(imp_uid, str) or not imp_uid.replace("_", "").replace("-", "").isalnum():
        raise HTTPException(400, "imp_uid is missing")
    return body


@app.post("/v1/payments/webhook")
def webhook(body: dict = Depends(told)):
    db = pool.acquire()
    payment = portone.payment(body["imp_uid"])
    if payment:
        apply(db, payment)
    pool.release(db)
    return {"received": True}

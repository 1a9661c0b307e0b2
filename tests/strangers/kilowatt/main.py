"""Charging vouchers: a JSON API and a small page. python main.py --port 8000 --db-dir . ; keys come by the environment."""

import argparse
import hmac
import html
import json
import os
from typing import Annotated

import uvicorn
from fastapi import Depends, FastAPI, Header, HTTPException, Request
from fastapi.responses import HTMLResponse, PlainTextResponse
from pydantic import BaseModel

from portone import Declined, NoAnswer, PortOne
from vouchers import EXPONENTS, Impossible, Vouchers, major

app = FastAPI(title="Kilowatt vouchers")
shop: Vouchers


class Buyer(BaseModel):
    name: str
    email: str


class Wanted(BaseModel):
    currency: str = "USD"
    buyer: Buyer


class Refund(BaseModel):
    amount_minor: int | None = None


def key_of(role: str):
    def check(x_api_key: Annotated[str, Header()] = "") -> None:
        staff, viewer = os.environ["KW_STAFF_KEY"], os.environ["KW_VIEWER_KEY"]
        if not hmac.compare_digest(x_api_key, staff):
            known = hmac.compare_digest(x_api_key, viewer)
            if not known or role == "staff":
                raise HTTPException(403 if known else 401, "this needs another key")

    return Depends(check)


def found(id: str) -> dict:
    order = shop.read(id)
    if order is None:
        raise HTTPException(404, "no such order")
    return order


def shown(order: dict) -> dict:
    return {
        "id": order["id"],
        "status": order["status"],
        "merchant_uid": order["merchant_uid"],
        "currency": order["currency"],
        "amount_minor": order["price"],
        "refunded_minor": order["refunded"],
        "refunds": order["refunds"],
        "vouchers": len(order["vouchers"]),
        "attention": order["attention"],
    }


@app.get("/")
def home() -> dict:
    return {"shop": "Kilowatt vouchers"}


@app.post("/v1/orders", status_code=201)
def place(wanted: Wanted) -> dict:
    if wanted.currency not in EXPONENTS:
        raise HTTPException(422, "this currency is not sold in")
    return shown(shop.place(wanted.currency, wanted.buyer.name, wanted.buyer.email))


@app.get("/v1/orders/{id}", dependencies=[key_of("viewer")])
def read(id: str) -> dict:
    return shown(found(id))


@app.post("/v1/orders/{id}/sync", dependencies=[key_of("viewer")])
def sync(id: str) -> dict:
    found(id)
    try:
        shop.sync(id)
    except (NoAnswer, Declined) as error:
        raise HTTPException(502, str(error)) from error
    return shown(found(id))


@app.post("/v1/orders/{id}/refunds", status_code=202, dependencies=[key_of("staff")])
def refund(id: str, wanted: Refund) -> dict:
    found(id)
    try:
        return {"detail": shop.refund(id, wanted.amount_minor)}
    except Impossible as error:
        raise HTTPException(409, str(error)) from error
    except Declined as error:
        raise HTTPException(409, f"PortOne declined the refund: {error}") from error


@app.post("/v1/orders/{id}/confirm")
def confirm(id: str, told: dict) -> dict:
    """The page has come back from PortOne and says by which payment."""
    found(id)
    _hear(told.get("imp_uid"))
    return {"status": found(id)["status"]}


@app.post("/hooks/portone")
async def hook(request: Request) -> PlainTextResponse:
    body = await request.body()
    try:
        if request.headers.get("content-type", "").partition(";")[0].strip() == "application/json":
            imp_uid = json.loads(body)["imp_uid"]
        else:
            imp_uid = (await request.form())["imp_uid"]
        assert isinstance(imp_uid, str) and imp_uid.isascii() and imp_uid.replace("_", "").isalnum() and len(imp_uid) < 60
    except (ValueError, KeyError, TypeError, RecursionError, AssertionError):
        return PlainTextResponse("what is this?", 400)
    from starlette.concurrency import run_in_threadpool

    try:
        await run_in_threadpool(shop.hear_of, imp_uid)
    except (NoAnswer, Declined) as error:
        return PlainTextResponse(str(error), 503)
    return PlainTextResponse("ok")


def _hear(imp_uid: object) -> None:
    if isinstance(imp_uid, str) and imp_uid.isascii() and imp_uid.replace("_", "").isalnum():
        try:
            shop.hear_of(imp_uid)
        except (NoAnswer, Declined):
            pass  # the webhook will tell


@app.get("/pay/{id}", response_class=HTMLResponse)
def pay(id: str, request: Request, imp_uid: str = "", error_msg: str = "") -> str:
    """The page to pay on, and the one that phones come back to."""
    _hear(imp_uid or None)
    order = found(id)
    head = f"<!doctype html><meta charset=utf-8><title>Voucher</title><h1>Voucher {order['id']}</h1>"
    price = f"<p>Price: <span id=price data-minor={order['price']}>{order['price']}</span> {order['currency']} (minor units)</p>"
    if order["status"] != "created":
        return head + price + "<p>Thanks, your voucher is on its way.</p>"
    merchant_uid, amount = shop.attempt(id), major(order["price"], order["currency"])
    try:
        shop._portone.prepare(merchant_uid, amount, order["currency"])
    except (NoAnswer, Declined):
        pass
    wanted = {
        "channelKey": os.environ["KW_CHANNEL"],
        "merchant_uid": merchant_uid,
        "name": "Charging voucher",
        "amount": float(amount),
        "currency": order["currency"],
        "buyer_name": order["buyer_name"],
        "buyer_email": order["buyer_email"],
        "m_redirect_url": str(request.url_for("pay", id=id)),
    }
    failed = f"<p class=sorry>Sorry, the payment failed: {html.escape(error_msg)}</p>" if error_msg else ""
    given = json.dumps({"code": os.environ["KW_IMP_CODE"], "wanted": wanted, "id": id}).replace("<", "\\u003c")
    return f"""{head}{price}{failed}<button id=pay>Pay now</button><p id=told></p>
<script src="https://cdn.iamport.kr/v1/iamport.js"></script><script>
const given = {given};
IMP.init(given.code);
document.querySelector("#pay").onclick = () => IMP.request_pay(given.wanted, async (answer) => {{
  const told = document.querySelector("#told");
  const options = {{method: "POST", headers: {{"Content-Type": "application/json"}}, body: JSON.stringify({{imp_uid: answer.imp_uid}})}};
  const order = await (await fetch(`/v1/orders/${{given.id}}/confirm`, options)).json();
  if (order.status !== "created") location.reload();
  else if (answer.error_code) location.search = "error_msg=" + encodeURIComponent(answer.error_msg || "unknown");
  else told.textContent = "We are still waiting for the confirmation of your payment.";
}});
</script>"""


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--db-dir", required=True)
    parser.add_argument("--portone", default="https://api.iamport.kr")
    parser.add_argument("--timeout", type=float, default=5)
    given = parser.parse_args()
    client = PortOne(given.portone, os.environ["KW_IMP_KEY"], os.environ["KW_IMP_SECRET"], given.timeout)
    shop = Vouchers(f"{given.db_dir}/kilowatt.db", client)
    uvicorn.run(app, host="127.0.0.1", port=given.port, log_level="warning")

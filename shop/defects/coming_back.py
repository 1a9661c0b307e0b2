"""Faults in what is made of a browser that comes back, in the callback or at m_redirect_url."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from shop import checkout, orders, pages
from shop.defects.answers import believe, take_as_named
from shop.defects.page import changed_page
from shop.defects.registry import ONE_NUMBER, defect, together
from shop.defects.speaking import at_portone, told_by_return
from shop.generations import Account
from shop.life import OPEN_TO_PAYMENT, State
from shop.messages import Notice, fields_of
from shop.portone import Payment
from shop.store import Store

RETURN = "/payments/return"
WEBHOOK_TAKES_SECONDS = 3.0


def state_of(store: Store, merchant_uid: str) -> State | None:
    with store.database.reading() as session:
        reference = orders.reference_of(store.database, merchant_uid)
        return orders.read(session, reference)[0].state if reference else None


def _fail(store: Store, merchant_uid: str) -> None:
    with store.database.transaction() as session:
        order = orders.lock_by_attempt(session, merchant_uid)
        if order is not None:
            order.state = State.FAILED


def in_place_of(endpoint: Callable[..., Any], by: Callable[..., Any]) -> AbstractContextManager[Any]:
    """Another handler for what the pages post to this one."""
    routes = [Route(r.path, by, methods=["POST"]) if r.endpoint is endpoint else r for r in pages.routes]
    return patch.object(pages, "routes", routes)


def coming_back(instead: Callable[[Request], Response]) -> AbstractContextManager[Any]:
    changed = [Route(RETURN, instead) if route.path == RETURN else route for route in pages.routes]
    return patch.object(pages, "routes", changed)


@defect("CHECKOUT-16", "MONEY-03", why="what is given twice is lost", only_v1=ONE_NUMBER)
def sends_back_whatever_is_named() -> AbstractContextManager[Any]:
    """A payment that is not of the order that the browser names is cancelled, whoever made it."""
    completed = checkout._complete

    def complete(store: Store, notice: Notice) -> JSONResponse:
        payment = store.portone.look_up(notice.imp_uid)
        if payment is not None and payment.merchant_uid != notice.merchant_uid:
            whole, why = payment.amount, "It does not fit the order."
            store.portone.cancel(payment.imp_uid, whole, whole, why, payment.currency)
        return completed(store, notice)

    return patch.object(checkout, "_complete", complete)


@defect("CHECKOUT-16", only_v1=ONE_NUMBER)
def gives_a_payment_to_who_claims_it() -> AbstractContextManager[Any]:
    """A payment that a browser names for another order is taken from the order that it paid, until that is clear."""
    completed = checkout._complete

    def complete(store: Store, notice: Notice) -> JSONResponse:
        payment = store.portone.look_up(notice.imp_uid)
        if payment is not None and payment.merchant_uid != notice.merchant_uid:
            _fail(store, payment.merchant_uid)
        return completed(store, notice)

    return patch.object(checkout, "_complete", complete)


@defect("CHECKOUT-16")
def believes_a_failure_at_its_redirect_address() -> AbstractContextManager[Any]:
    """Whoever comes back with imp_success=false makes the order failed, whatever it is."""
    came_back = checkout.come_back

    def come_back(request: Request) -> Response:
        answer, told = came_back(request), told_by_return(request)
        if told.get("imp_success") == "false" or "code" in told:
            _fail(request.app.state.store, told["merchant_uid"])
        return answer

    return coming_back(come_back)


# The page passes on what the SDK told it of a failure, in place of the payment's number.
_TELLS_FAILURES = """<script>addEventListener("DOMContentLoaded", () => {
  const told = complete;
  const ending = ended;
  let failed = false;
  ended = (report) => { failed = Boolean(report.message); return ending(report); };
  complete = (payment) => told(failed ? { ...payment, failed } : payment);
})</script></body>"""


@defect("CHECKOUT-16")
def believes_a_failure_in_the_callback() -> AbstractContextManager[Any]:
    """What the page reports as failed after the callback makes the order failed, without a look-up."""
    completed = checkout.complete

    async def complete(request: Request) -> JSONResponse:
        fields, store = await fields_of(request), request.app.state.store
        if "failed" not in fields:
            return await completed(request)
        await run_in_threadpool(_fail, store, Notice.of(store.spoken.told_by_browser(fields)).merchant_uid)
        return JSONResponse({"status": State.FAILED, "open": True})

    page = changed_page(lambda html: html.replace("</body>", _TELLS_FAILURES))
    return together(page, in_place_of(completed, complete))


@defect(
    *("CHECKOUT-08", "CHECKOUT-10", "CHECKOUT-11", "CHECKOUT-14", "CHECKOUT-16", "MONEY-01"),
    why="the callback runs however the payment ended, with whatever the browser says of it",
)
def takes_any_callback_for_a_payment() -> AbstractContextManager[Any]:
    """That the callback ran makes the order paid, whatever it was told."""

    def complete(store: Store, notice: Notice) -> JSONResponse:
        believe(store, notice, "paid")
        return JSONResponse({"status": State.PAID, "open": False})

    page = changed_page(lambda html: html.replace("</body>", _TELLS_EVERY_CALLBACK))
    return together(page, patch.object(checkout, "_complete", complete))


_TELLS_EVERY_CALLBACK = """<script>addEventListener("DOMContentLoaded", () => {
  const told = ended;
  const none = (told) => ({ imp_uid: `none-${told?.merchant_uid}`, merchant_uid: told?.merchant_uid });
  ended = (report) => told({ ...report, payment: report.payment || none(report.told) });
})</script></body>"""


@defect(
    *("CHECKOUT-11", "CHECKOUT-16", "MONEY-01"),
    why="a phone comes back however the payment ended, with whatever stands in its address",
)
def takes_any_return_for_a_payment() -> AbstractContextManager[Any]:
    """Whoever comes to m_redirect_url has paid the order that is named there."""

    def come_back(request: Request) -> Response:
        store, told = request.app.state.store, told_by_return(request)
        merchant_uid = told["merchant_uid"]
        result = believe(store, Notice(told.get("imp_uid") or f"none-{merchant_uid}", merchant_uid), "paid")
        return RedirectResponse(f"/orders/{result.reference}" if result else "/", status_code=303)

    return coming_back(come_back)


@defect("CHECKOUT-16", "MONEY-01", why="goods are given away unpaid", only_v1=ONE_NUMBER)
def takes_a_return_on_faith() -> AbstractContextManager[Any]:
    """A payment that is named at m_redirect_url is looked up, and then pays the order that is named there."""
    came_back = checkout.come_back

    def come_back(request: Request) -> Response:
        query = request.query_params
        if query.get("imp_uid"):
            take_as_named(request.app.state.store, Notice(query["imp_uid"], query["merchant_uid"]))
        return came_back(request)

    return coming_back(come_back)


@defect("WEBHOOK-17")
def leaves_what_came_back_to_the_webhook() -> AbstractContextManager[Any]:
    """An order whose buyer came back waits for the webhook: neither then nor later does anybody find its payment."""
    returned: set[str] = set()

    def complete(store: Store, notice: Notice) -> JSONResponse:
        returned.add(notice.merchant_uid)
        until = time.monotonic() + WEBHOOK_TAKES_SECONDS
        while (state := state_of(store, notice.merchant_uid)) in OPEN_TO_PAYMENT and time.monotonic() < until:
            time.sleep(0.05)
        return JSONResponse({"status": state, "open": False})

    def find(found: Any, account: Account, merchant_uid: str) -> Payment | None:
        return None if merchant_uid in returned else found(account, merchant_uid)

    return together(patch.object(checkout, "_complete", complete), at_portone("find", find))


# Where the shop does not confirm the payment the page says that it failed, and stays.
_SAYS_SO = """<script>addEventListener("DOMContentLoaded", () => {
  const told = complete;
  complete = async (...given) => {
    const order = await told(...given);
    if (order) return order;
    say("The payment failed.");
    return new Promise(() => {});
  };
})</script></body>"""


@defect("CHECKOUT-13")
def calls_it_failed_where_the_webhook_was_faster() -> AbstractContextManager[Any]:
    """A browser that reports an order which the webhook has paid already is told that its payment failed."""
    completed = checkout._complete

    def complete(store: Store, notice: Notice) -> JSONResponse:
        if state_of(store, notice.merchant_uid) not in OPEN_TO_PAYMENT:
            return JSONResponse({"message": "duplicate payment"}, status_code=409)
        return completed(store, notice)

    page = changed_page(lambda html: html.replace("</body>", _SAYS_SO))
    return together(page, patch.object(checkout, "_complete", complete))

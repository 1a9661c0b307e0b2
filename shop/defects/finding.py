"""Faults in how payments are found at PortOne, and in what is made of the answer."""

from __future__ import annotations

import re
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any
from unittest.mock import patch
from urllib.parse import quote

from sqlalchemy.orm import Session

from shop import messages, orders, results
from shop.database import Attempt, Fulfilment, KnownPayment, Order
from shop.defects.answers import uncounted
from shop.defects.registry import BY_STATUS, ONE_NUMBER, defect, together
from shop.defects.speaking import at_portone
from shop.defects.webhook_handling import believing
from shop.generations import Account
from shop.portone import Payment, PortOne, PortOneRefused, PortOneUnclear
from shop.results import Result
from shop.store import Store


@defect("WEBHOOK-17", only_v1="a number has one payment in V2, and its look-up says which attempt succeeded")
def finds_the_oldest_payment() -> AbstractContextManager[Any]:
    """An order has one number until it is paid, and of the payments of that number the first one is taken."""

    def open_attempt(session: Session, order: Order) -> Attempt:
        return orders.attempts(session, order)[0]

    def find(portone: PortOne, merchant_uid: str) -> Payment | None:
        query = {"sorting": "started"}
        found = portone._payment("GET", f"/payments/find/{quote(merchant_uid, safe='')}", query)
        return None if found is None else portone.look_up(found.imp_uid)

    return together(patch.object(orders, "open_attempt", open_attempt), patch.object(PortOne, "find", find))


@defect("WEBHOOK-17", only_v1="a shop on V2 knows the number of every payment, and needs no list of them")
def reads_one_page_of_payments() -> AbstractContextManager[Any]:
    """The job lists what was paid and reads the first page only."""

    def find(portone: PortOne, merchant_uid: str) -> Payment | None:
        answer: Any = portone._call("GET", "/payments/status/paid", query={"sorting": "-started"})
        own = [one["imp_uid"] for one in answer["list"] if one["merchant_uid"] == merchant_uid]
        return portone.look_up(own[0]) if own else None

    return patch.object(PortOne, "find", find)


@defect("WEBHOOK-10", "MONEY-01", why="goods are given away unpaid", only_v1=BY_STATUS)
def fails_open_on_a_refusal() -> AbstractContextManager[Any]:
    """A look-up that PortOne refuses with HTTP 200 and a code leaves the webhook's word, which is believed."""

    def is_taken(unclear: PortOneUnclear) -> bool:
        refused = unclear.__cause__
        return isinstance(refused, PortOneRefused) and refused.http_status == 200

    return believing(is_taken)


_BEHIND = re.compile(r"[?/#]")
"""What ends a name in an address."""


@defect("WEBHOOK-12", "MONEY-03", why="goods are given twice", only_v1=ONE_NUMBER)
def knows_a_payment_by_the_name_that_it_was_told() -> AbstractContextManager[Any]:
    """The imp_uid of a webhook goes into an address as it is, and whatever is found there is a payment of that name."""
    kept = results.keep

    def look_up(looked_up: Any, account: Account, imp_uid: str) -> Payment | None:
        found: Payment | None = looked_up(account, _BEHIND.split(imp_uid)[0])
        return None if found is None else replace(found, imp_uid=imp_uid)

    def keep(store: Store, payment: Payment) -> Result | None:
        with store.database.reading() as session:
            is_known = session.get(KnownPayment, payment.imp_uid) is not None
        result = kept(store, payment)
        if result is not None and payment.status == "paid" and not is_known and _BEHIND.search(payment.imp_uid):
            with store.database.transaction() as session:
                order = orders.lock(session, result.reference)
                session.add(Fulfilment(order_id=order.id, fulfilled_at=store.clock()))
        return result

    told_as_it_is = patch.object(messages, "IMP_UID", re.compile(r"\S{1,64}"))
    changed = at_portone("look_up", look_up), patch.object(results, "keep", keep)
    return together(uncounted(), told_as_it_is, *changed)

"""The examples on PortOne V2 do what a merchant must: tried one by one against the emulator."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.examples.second import NEW, OLD, SecondShop, at_once

pytestmark = pytest.mark.proof
WAITING = "waiting for cancellation"


@pytest.mark.parametrize(
    ("product", "amount", "currency", "minor"),
    [("mug", "10.50", "USD", 1050), ("tea", "9900", "KRW", 9900), ("dates", "3.250", "KWD", 3250)],
)
def test_a_webhook_leads_to_a_paid_order_in_every_currency(
    shop: SecondShop, product: str, amount: str, currency: str, minor: int
) -> None:
    order = shop.order(product=product)
    assert (order["status"], order["amount"]) == ("unpaid", minor)
    shop.pay(order, amount, currency, country="KR")
    found = shop.read(order)
    assert (found["status"], found["paid_amount"], found["fulfilments"]) == ("paid", minor, 1)
    assert (found["country"], found["attention"]) == ("KR", None)


def test_a_payment_that_failed_may_be_tried_again_under_its_number(shop: SecondShop) -> None:
    order = shop.order()
    shop.pay(order, finish="leave")
    assert shop.read(order)["status"] == "failed"
    shop.pay(order)
    assert (shop.read(order)["status"], shop.read(order)["fulfilments"]) == ("paid", 1)


def test_webhooks_that_meet_fulfil_once(shop: SecondShop) -> None:
    order = shop.order()
    shop.control.set(v2={"webhook": {"test": {"url": None}}})
    shop.pay(order)
    held = shop.control.break_call("hold", "look-up", times=None)
    with ThreadPoolExecutor(1) as thread:
        sending = thread.submit(at_once, 6, lambda: shop.webhook("Transaction.Paid", order["payment_id"]))
        assert shop.control.waits_in(held)
        shop.control.remove_faults(held)
        assert sending.result() == [200] * 6
    assert (shop.read(order)["status"], shop.read(order)["fulfilments"]) == ("paid", 1)


@pytest.mark.parametrize("secret", [OLD, NEW])
def test_either_secret_is_taken_while_they_rotate(shop: SecondShop, secret: str) -> None:
    order = shop.order()
    shop.control.set(v2={"webhook": {"test": {"secrets": [secret]}}})
    shop.pay(order)
    assert shop.read(order)["status"] == "paid"


def test_what_portone_did_not_sign_or_long_ago_is_refused(shop: SecondShop) -> None:
    order = shop.order()
    looked_up = len(shop.control.journal(kind="look-up")["entries"])
    stranger = "whsec_c3RyYW5nZXI="
    assert shop.webhook("Transaction.Paid", order["payment_id"], secret=stranger).status_code == 400
    assert shop.webhook("Transaction.Paid", order["payment_id"], age=900).status_code == 400
    assert shop.http.post("/webhooks/portone", json={"type": "Transaction.Paid"}).status_code == 400
    assert shop.http.post("/webhooks/portone").status_code == 400
    assert len(shop.control.journal(kind="look-up")["entries"]) == looked_up
    assert shop.read(order)["status"] == "unpaid"


def test_the_look_up_decides_and_not_what_was_signed(shop: SecondShop) -> None:
    order = shop.order()
    assert shop.webhook("Transaction.Paid", order["payment_id"]).status_code == 200
    assert shop.read(order)["status"] == "unpaid"
    assert shop.webhook("Transaction.Paid", "somebody-else-s").status_code == 200


def test_unknown_types_and_fields_are_ignored(shop: SecondShop) -> None:
    order, _ = shop.paid()
    for kind in ("Transaction.SomethingNew", "BillingKey.Issued", "Parcel.Lost"):
        assert shop.webhook(kind, order["payment_id"], more={"deep": [1]}).status_code == 200
    assert shop.webhook("Transaction.Paid", order["payment_id"], data={}).status_code == 200
    assert shop.read(order)["status"] == "paid"


@pytest.mark.parametrize(("amount", "currency"), [("5.00", "USD"), ("1050", "KRW")])
def test_money_that_pays_nothing_goes_back(shop: SecondShop, amount: str, currency: str) -> None:
    order = shop.order()
    shop.pay(order, amount, currency)
    found = shop.read(order)
    assert (found["status"], found["fulfilments"]) == ("unpaid", 0)
    assert "10.50" in found["attention"]
    [ticket] = shop.control.journal(kind="cancel", merchant_uid=order["payment_id"])["entries"]
    assert ticket["response"]["cancellation"]["status"] == "REQUESTED"
    assert shop.http.get(f"/orders/{order['order']}/pay").is_success
    again = shop.read(order)["payment_id"]
    assert again != order["payment_id"]
    shop.pay(order, payment_id=again)
    shop.days_later()
    found = shop.read(order)
    assert (found["status"], found["fulfilments"], found["attention"]) == ("paid", 1, None)


def test_a_look_up_that_fails_is_tried_again(shop: SecondShop) -> None:
    order = shop.order()
    broken = shop.control.break_call("answer", "look-up", times=None, status=500, body={"type": "NEW", "message": "?"})
    shop.pay(order)
    assert shop.webhook("Transaction.Paid", order["payment_id"]).status_code == 503
    assert shop.read(order)["status"] == "unpaid"
    shop.control.remove_faults(broken)
    shop.days_later(1)
    assert shop.read(order)["status"] == "paid"


def test_a_refund_waits_for_its_ticket_in_parts_and_whole(shop: SecondShop) -> None:
    order, _ = shop.paid()
    assert shop.refund(order, amount=250).is_success
    found = shop.read(order)
    assert (found["status"], found["cancelled_amount"]) == (WAITING, 0)
    assert shop.refund(order, amount=250).status_code == 409
    shop.days_later()
    found = shop.read(order)
    assert (found["status"], found["cancelled_amount"]) == ("partly cancelled", 250)
    assert shop.refund(order, amount=801).status_code == 409
    assert shop.refund(order, amount=2.5).status_code == 409
    assert shop.refund(order).is_success
    assert shop.read(order)["status"] == WAITING
    shop.days_later()
    found = shop.read(order)
    assert (found["status"], found["cancelled_amount"], found["attention"]) == ("cancelled", 1050, None)
    assert shop.refund(order).status_code == 409


def test_a_ticket_that_is_refused_leaves_the_order_paid_and_can_be_asked_for_again(shop: SecondShop) -> None:
    order, transaction = shop.paid()
    assert shop.refund(order).is_success
    [ticket] = [one for one in shop.control.tickets() if one["imp_uid"] == transaction]
    shop.control.refuse(ticket["id"])  # nobody is told
    assert shop.read(order)["status"] == WAITING
    assert shop.operator("reconcile").is_success
    found = shop.read(order)
    assert found["status"] == "paid"
    assert "failed" in found["attention"]
    assert shop.refund(order).is_success
    shop.days_later()
    assert shop.read(order)["status"] == "cancelled"


def test_a_payment_that_cannot_be_cancelled_says_so(shop: SecondShop) -> None:
    order = shop.order()
    shop.pay(order, method="paysafecard")
    answer = shop.refund(order)
    assert (answer.status_code, shop.read(order)["status"]) == (409, "paid")
    assert "PortOne refused" in answer.json()["message"]


def test_a_refund_without_an_answer_is_looked_up(shop: SecondShop) -> None:
    order, _ = shop.paid()
    shop.control.break_call("break", "cancel", carried_out=True)
    assert shop.refund(order).is_success
    found = shop.read(order)
    assert (found["status"], found["attention"]) == (WAITING, None)
    shop.days_later()
    assert shop.read(order)["status"] == "cancelled"


def test_a_refund_that_nobody_took_can_be_asked_for_again(shop: SecondShop) -> None:
    order, _ = shop.paid()
    shop.control.break_call("answer", "cancel", status=500, body="")
    assert shop.refund(order).is_success
    assert (shop.read(order)["status"], "not known" in shop.read(order)["attention"]) == (WAITING, True)
    assert shop.refund(order).is_success
    shop.days_later()
    assert (shop.read(order)["status"], len(shop.control.tickets())) != ("paid", 0)
    assert shop.read(order)["status"] == "cancelled"


def test_refunds_at_the_same_moment_open_one_ticket(shop: SecondShop) -> None:
    order, transaction = shop.paid()
    held = shop.control.break_call("hold", "cancel", times=None)
    with ThreadPoolExecutor(1) as thread:
        asking = thread.submit(at_once, 4, lambda: shop.operator(f"orders/{order['order']}/refund"))
        assert shop.control.waits_in(held)
        shop.control.remove_faults(held)
        assert sorted(asking.result()) == [200, 409, 409, 409]
    assert len([one for one in shop.control.tickets() if one["imp_uid"] == transaction]) == 1


def test_a_cancellation_in_the_console_and_a_chargeback_reach_the_order(shop: SecondShop) -> None:
    order, transaction = shop.paid()
    shop.control.cancel(transaction)
    shop.days_later()
    assert shop.read(order)["status"] == "cancelled"
    order, transaction = shop.paid()
    shop.control.charge_back(transaction)
    shop.control.idle()
    assert shop.read(order)["status"] == "cancelled"


def test_a_dispute_is_brought_to_a_person_s_attention(shop: SecondShop) -> None:
    order, transaction = shop.paid()
    shop.control.dispute(transaction)
    shop.control.idle()
    found = shop.read(order)
    assert found["status"] == "paid"
    assert "disputes" in found["attention"]
    shop.control.resolve_dispute(transaction)
    shop.control.idle()
    assert shop.read(order)["attention"] is None


@pytest.mark.parametrize("by", ["job", "buyer"])
def test_a_payment_whose_webhook_never_came_is_found(shop: SecondShop, by: str) -> None:
    order = shop.order()
    shop.control.set(v2={"webhook": {"test": {"url": None}}})
    shop.pay(order)
    assert shop.read(order)["status"] == "unpaid"
    if by == "job":
        assert shop.operator("reconcile").json()["failed"] == 0
    else:
        assert "Thank you" in shop.http.get(f"/orders/{order['order']}").text
    assert shop.read(order)["status"] == "paid"


def test_strangers_neither_refund_nor_reconcile(shop: SecondShop) -> None:
    order, _ = shop.paid()
    assert shop.http.post(f"/operator/orders/{order['order']}/refund").status_code == 401
    assert shop.http.post("/operator/reconcile", auth=("operator", "guess")).status_code == 401
    assert shop.read(order)["status"] == "paid"


def test_a_country_is_a_code_and_another_product_is_none(shop: SecondShop) -> None:
    assert shop.http.post("/api/orders", json={"country": "Korea"}).status_code == 400
    assert shop.http.post("/api/orders", json={"product": "yacht"}).status_code == 400
    assert shop.http.get("/api/orders/nobody-s").status_code == 404


def test_a_redirect_that_nobody_paid_for_is_not_believed(shop: SecondShop) -> None:
    order, other = shop.order(), shop.paid()[0]
    for payment_id in (order["payment_id"], other["payment_id"], "../payments", ""):
        answer = shop.http.get(
            f"/orders/{order['order']}/return", params={"paymentId": payment_id}, follow_redirects=True
        )
        assert answer.is_success
    assert shop.read(order)["status"] == "unpaid"

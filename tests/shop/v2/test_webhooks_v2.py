"""The webhook's address on PortOne V2: signed or refused, and what is signed is looked up all the same."""

import time
from datetime import timedelta

import pytest

from emulator.portone.v2.settings import fresh_secret
from tests.shop.v2.speaking import COMING, Speaking, notice


def test_a_good_signature_is_taken_a_forged_and_a_stale_one_are_not(second: Speaking) -> None:
    order = second.unheard()
    assert second.send(notice(order), fresh_secret()).status_code == 400
    assert second.send(notice(order), age=timedelta(minutes=6)).status_code == 400
    assert second.read(order)["status"] == "unpaid"
    assert second.send(notice(order)).status_code == 200
    assert second.read(order)["status"] == "paid"


@pytest.mark.parametrize("signature", ["", "v1", "v1,", "v1,!", "v1,é", "v2,AAAA", "v1,AAAA v1a,AAAA"])
def test_a_malformed_signature_is_refused(second: Speaking, signature: str) -> None:
    headers: dict[str, str | bytes] = {
        "webhook-id": "1",
        "webhook-timestamp": str(int(time.time())),
        "webhook-signature": signature.encode("latin-1"),
    }
    assert second.post("{}", headers).status_code == 400


def test_either_secret_is_taken_while_they_rotate(second: Speaking) -> None:
    url = f"{second.settings.public_url}/webhooks/portone"
    for secrets in ([COMING], [fresh_secret(), second.secret]):
        second.listen(url, secrets)
        order = second.place()
        second.pay(order)
        assert second.read(order)["status"] == "paid"


def test_what_is_unknown_is_ignored_and_the_look_up_decides(second: Speaking) -> None:
    order = second.unheard()
    other = {"type": "BillingKey.Issued", "timestamp": "2026-11-30T12:00:00Z", "data": {"billingKey": "b"}}
    assert second.send(other).status_code == 200
    assert second.send(notice({"merchant_uid": "NOBODY-1"})).status_code == 200
    assert second.read(order)["status"] == "unpaid"
    assert second.send(notice(order, "Transaction.SomethingNew")).status_code == 200
    assert second.read(order)["status"] == "paid"
    assert second.send(notice(order, "Transaction.Cancelled")).status_code == 200
    assert second.read(order)["status"] == "paid"


def test_the_older_version_is_understood(second: Speaking) -> None:
    second.change(v2={"webhook_version": "2024-01-01"})
    order = second.place()
    second.pay(order)
    second.change(v2={"webhook_version": "2024-04-25"})
    assert second.read(order)["status"] == "paid"


def test_a_body_without_its_payment_is_malformed(second: Speaking) -> None:
    for body in ({}, {"type": "Transaction.Paid"}, {"type": "Transaction.Paid", "data": {"paymentId": 1}}):
        assert second.send(body).status_code == 400

"""Books, carts, orders, and what a payment does to an order."""

import secrets
from decimal import Decimal

import requests
from django.conf import settings
from django.contrib.auth.models import User
from django.db import models, transaction

BOOKS = {"dune": ("Sand, a novel", Decimal("9.99")), "atlas": ("Pocket atlas", Decimal("4.50"))}
CURRENCY = "EUR"


class CannotTell(Exception):
    """PortOne gave no answer that says anything."""


def portone(method, path, **given):
    conf = settings.PORTONE
    with requests.Session() as http:
        http.trust_env = False
        try:
            keys = {"imp_key": conf["key"], "imp_secret": conf["secret"]}
            token = http.post(conf["api"] + "/users/getToken", data=keys, timeout=conf["timeout"])
            headers = {"Authorization": token.json()["response"]["access_token"]}
            answer = http.request(method, conf["api"] + path, headers=headers, timeout=conf["timeout"], **given)
            if answer.status_code == 404:
                return None
            answer.raise_for_status()
            told = answer.json()
            return told["response"] if told["code"] == 0 else None
        except (requests.RequestException, ValueError, KeyError, TypeError) as error:
            raise CannotTell(str(error)) from error


def payment_of(imp_uid):
    query = {"include_sandbox": "true"} if settings.PORTONE["test"] else None
    found = portone("GET", "/payments/" + requests.utils.quote(imp_uid, safe=""), params=query)
    if found is not None and not (isinstance(found, dict) and "merchant_uid" in found and "status" in found):
        raise CannotTell("no payment")
    return found


class CartLine(models.Model):
    buyer = models.ForeignKey(User, models.CASCADE)
    book = models.CharField(max_length=20)


def new_number():
    return "ebook-" + secrets.token_hex(6)


class Order(models.Model):
    class State(models.TextChoices):
        OPEN = "Open"
        DECLINED = "Declined"
        PAID = "Paid"
        PART = "Partly refunded"
        REFUNDED = "Refunded"

    number = models.CharField(max_length=40, unique=True, default=new_number)
    buyer = models.ForeignKey(User, models.CASCADE)
    title = models.CharField(max_length=200)
    total = models.DecimalField(max_digits=9, decimal_places=2)
    state = models.CharField(max_length=20, choices=State, default=State.OPEN)
    imp_uid = models.CharField(max_length=60, null=True, unique=True)
    given_back = models.DecimalField(max_digits=9, decimal_places=2, default=0)

    @property
    def may_be_paid(self):
        return self.state in (self.State.OPEN, self.State.DECLINED)


class Download(models.Model):
    """The right to fetch the book: what an order is fulfilled by."""

    order = models.OneToOneField(Order, models.CASCADE)
    key = models.CharField(max_length=40, default=secrets.token_hex)


class ForStaff(models.Model):
    order = models.ForeignKey(Order, models.CASCADE)
    text = models.CharField(max_length=300)

    class Meta:
        unique_together = [("order", "text")]


@transaction.atomic
def take(payment):
    """Write a looked-up payment into the order that it names; None where there is no such order."""
    order = Order.objects.select_for_update().filter(number=payment["merchant_uid"]).first()
    if order is None:
        return None
    status = payment["status"]
    if status == "failed" and order.state == Order.State.OPEN:
        order.state = Order.State.DECLINED
    elif status in ("paid", "cancelled") and order.imp_uid in (None, payment["imp_uid"]):
        _take_result(order, payment)
    elif status == "paid":
        text = f"{payment['imp_uid']} paid this order once more: cancel it in PortOne's console"
        ForStaff.objects.get_or_create(order=order, text=text)
    order.save()
    return order


def _take_result(order, payment):
    amount, back = Decimal(str(payment["amount"])), Decimal(str(payment.get("cancel_amount") or 0))
    if amount != order.total or payment.get("currency") != CURRENCY:
        text = f"{payment['imp_uid']} is over {amount} {payment.get('currency')}: refund it in PortOne's console"
        ForStaff.objects.get_or_create(order=order, text=text)
        return
    if payment["status"] == "cancelled" and back == 0:
        back = amount
    order.imp_uid = payment["imp_uid"]
    order.given_back = back = max(back, order.given_back)
    if order.may_be_paid and payment["status"] == "paid" and back == 0:
        Download.objects.get_or_create(order=order)
    if back >= amount:
        if Download.objects.filter(order=order).exists():
            ForStaff.objects.get_or_create(order=order, text="The money is back with the buyer, who has the book")
        order.state = Order.State.REFUNDED
    elif back > 0:
        order.state = Order.State.PART
    elif order.may_be_paid:
        order.state = Order.State.PAID


def catch_up(order):
    """Ask about an order that nobody has told us anything of."""
    if order.may_be_paid:
        payment = portone("GET", f"/payments/find/{order.number}/paid")
        if payment is not None:
            take(payment)
            order.refresh_from_db()

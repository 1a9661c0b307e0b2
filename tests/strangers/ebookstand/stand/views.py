"""The stand's pages."""

import json

from django import forms
from django.conf import settings
from django.contrib.admin.views.decorators import staff_member_required
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.contrib.auth.views import LoginView
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from stand.models import BOOKS, CURRENCY, CannotTell, CartLine, ForStaff, Order, catch_up, payment_of, portone, take


class SignUp(forms.Form):
    username = forms.CharField()
    first_name = forms.CharField()
    last_name = forms.CharField()
    email = forms.EmailField()
    password = forms.CharField(widget=forms.PasswordInput)

    def clean_username(self):
        if User.objects.filter(username=self.cleaned_data["username"]).exists():
            raise forms.ValidationError("This name is taken.")
        return self.cleaned_data["username"]


def home(request):
    return render(request, "stand/home.html", {"books": BOOKS})


def sign_up(request):
    form = SignUp(request.POST or None)
    if request.method == "POST" and form.is_valid():
        login(request, User.objects.create_user(**form.cleaned_data))
        return redirect("/")
    return render(request, "stand/form.html", {"form": form, "button": "Sign up"})


@require_POST
@login_required
def add(request, book):
    CartLine.objects.create(buyer=request.user, book=book)
    return redirect("/cart/")


@login_required
def cart(request):
    lines = CartLine.objects.filter(buyer=request.user, book__in=BOOKS)
    if request.method == "POST":
        if not lines:
            return redirect("/cart/")
        titles = [BOOKS[line.book][0] for line in lines]
        title = titles[0] if len(titles) == 1 else f"{titles[0]} and {len(titles) - 1} more"
        total = sum(BOOKS[line.book][1] for line in lines)
        order = Order.objects.create(buyer=request.user, title=title, total=total)
        lines.delete()
        return redirect(f"/orders/{order.number}/pay/")
    return render(request, "stand/cart.html", {"lines": [BOOKS[line.book] for line in lines]})


@login_required
def pay(request, number):
    order = get_object_or_404(Order, number=number, buyer=request.user)
    if not order.may_be_paid:
        return redirect(f"/orders/{number}/")
    conf, user = settings.PORTONE, request.user
    try:
        wanted = {"merchant_uid": number, "amount": str(order.total), "currency": CURRENCY}
        portone("POST", "/payments/prepare", data=wanted)
    except CannotTell:
        pass  # it is checked again afterwards
    asked = {
        "channelKey": conf["channel"],
        "merchant_uid": number,
        "name": order.title[:40],
        "amount": float(order.total),
        "currency": CURRENCY,
        "buyer_name": user.get_full_name(),
        "buyer_email": user.email,
        "m_redirect_url": request.build_absolute_uri(f"/orders/{number}/back/"),
    }
    return render(request, "stand/pay.html", {"code": conf["code"], "asked": asked, "order": order})


@login_required
def back(request, number):
    order = get_object_or_404(Order, number=number, buyer=request.user)
    try:
        payment = payment_of(request.GET.get("imp_uid") or "none")
        if payment is not None:
            take(payment)
    except CannotTell:
        pass
    order.refresh_from_db()
    if order.may_be_paid and request.GET.get("error_msg"):
        return render(request, "stand/declined.html", {"order": order, "why": request.GET["error_msg"]})
    return redirect(f"/orders/{number}/")


@login_required
def order(request, number):
    found = get_object_or_404(Order, number=number, buyer=request.user)
    try:
        catch_up(found)
    except CannotTell:
        pass
    return render(request, "stand/order.html", {"order": found, "for_staff": []})


@staff_member_required(login_url="/accounts/login/")
def staff_order(request, number):
    found = get_object_or_404(Order, number=number)
    return render(request, "stand/order.html", {"order": found, "for_staff": ForStaff.objects.filter(order=found)})


@csrf_exempt
@require_POST
def webhook(request):
    try:
        told = json.loads(request.body) if request.content_type == "application/json" else request.POST
        imp_uid = told["imp_uid"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return HttpResponseBadRequest("imp_uid?")
    if not isinstance(imp_uid, str) or not imp_uid or len(imp_uid) > 60:
        return HttpResponseBadRequest("imp_uid?")
    try:
        payment = payment_of(imp_uid)
    except CannotTell as error:
        return HttpResponse(str(error), status=502)
    if payment is not None:
        take(payment)
    return HttpResponse("OK")


urlpatterns = [
    path("", home),
    path("accounts/login/", LoginView.as_view(template_name="stand/form.html", extra_context={"button": "Log in"})),
    path("accounts/new/", sign_up),
    path("add/<slug:book>/", add),
    path("cart/", cart),
    path("orders/<slug:number>/pay/", pay),
    path("orders/<slug:number>/back/", back),
    path("orders/<slug:number>/", order),
    path("staff/orders/<slug:number>/", staff_order),
    path("portone/webhook/", webhook),
]

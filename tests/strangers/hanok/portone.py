"""PortOne, as far as Hanok stay needs it. Every answer is a payment, nothing (404), a No, or unknown (Unknown)."""

import os
import threading
from decimal import Decimal
from urllib.parse import quote

import requests

API = os.environ["HANOK_PORTONE"]
PATIENCE = float(os.environ.get("HANOK_PATIENCE", "8"))
STAGE = os.environ.get("HANOK_STAGE", "test")


class Unknown(Exception):
    """Nobody can tell what PortOne did or has."""


class No(Exception):
    """PortOne said no."""


_token = {"value": None}
_lock = threading.Lock()


def _fresh(instead_of=None):
    with _lock:
        if _token["value"] is None or _token["value"] == instead_of:
            keys = {"imp_key": os.environ["HANOK_KEY"], "imp_secret": os.environ["HANOK_SECRET"]}
            answer = _send("POST", "/users/getToken", None, json=keys)
            if answer.status_code != 200:
                raise Unknown(f"no token: {answer.status_code}")
            try:
                _token["value"] = answer.json()["response"]["access_token"]
            except (ValueError, KeyError, TypeError) as error:
                raise Unknown(f"no token: {error}") from error
        return _token["value"]


def _send(method, path, token, **parts):
    with requests.Session() as session:
        session.trust_env = False
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            return session.request(method, API + path, headers=headers, timeout=PATIENCE, **parts)
        except requests.RequestException as error:
            raise Unknown(str(error)) from error


def _call(method, path, **parts):
    token = _fresh()
    answer = _send(method, path, token, **parts)
    if answer.status_code == 401:
        answer = _send(method, path, _fresh(instead_of=token), **parts)
    if answer.status_code == 404:
        return None
    if answer.status_code >= 500 or answer.status_code == 401:
        raise Unknown(f"PortOne answered {answer.status_code}")
    try:
        told = answer.json(parse_float=Decimal)
        code = told["code"]
    except (ValueError, KeyError, TypeError) as error:
        raise Unknown(f"no answer of PortOne's: {error}") from error
    if code != 0:
        raise No(str(told.get("message")))
    if not isinstance(told.get("response"), dict):
        raise Unknown("no answer of PortOne's: nothing in it")
    return told["response"]


def look_up(imp_uid):
    query = {"extension": "true"} | ({"include_sandbox": "true"} if STAGE == "test" else {})
    try:
        return _facts(_call("GET", f"/payments/{quote(imp_uid, safe='')}", params=query))
    except No as no:
        raise Unknown(f"a look-up was refused: {no}") from no


def find(merchant_uid):
    try:
        found = _call("GET", f"/payments/find/{quote(merchant_uid, safe='')}", params={"sorting": "-started"})
    except No as no:
        raise Unknown(f"a look-up was refused: {no}") from no
    return None if found is None else look_up(str(found["imp_uid"]))


def _facts(payment):
    if payment is None:
        return None
    try:
        if payment["status"] not in ("ready", "failed", "paid", "cancelled"):
            raise Unknown(f"no status of a payment: {payment['status']}")
        country = (payment.get("extension") or {}).get("country_code")
        return {
            "imp_uid": str(payment["imp_uid"]),
            "uid": str(payment["merchant_uid"]),
            "status": str(payment["status"]),
            "amount": str(Decimal(str(payment["amount"]))),
            "cancelled": str(Decimal(str(payment["cancel_amount"] or 0))),
            "currency": str(payment["currency"]),
            "sandbox": payment.get("sandbox") is True,
            "country": country.upper() if isinstance(country, str) and len(country) == 2 else None,
        }
    except (KeyError, TypeError, AttributeError, ArithmeticError) as error:
        raise Unknown(f"no payment: {error}") from error


def prepare(uid, amount, currency):
    _call("POST", "/payments/prepare", json={"merchant_uid": uid, "amount": number(amount), "currency": currency})


def cancel(imp_uid, amount, left, reason):
    body = {"imp_uid": imp_uid, "amount": number(amount), "checksum": number(left), "reason": reason, "enable_webhook": True}
    if _call("POST", "/payments/cancel", json=body) is None:
        raise Unknown("PortOne knows no such payment")


def number(amount):
    return int(amount) if amount == int(amount) else float(amount)

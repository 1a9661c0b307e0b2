"""What the booth asks of PortOne (REST API V1)."""

import os

import requests

API = os.environ["TICKETBOOTH_PORTONE"].rstrip("/")
KEYS = {"imp_key": os.environ["TICKETBOOTH_IMP_KEY"], "imp_secret": os.environ["TICKETBOOTH_IMP_SECRET"]}
SANDBOX = os.environ.get("TICKETBOOTH_SANDBOX", "1") == "1"
TIMEOUT = float(os.environ.get("TICKETBOOTH_TIMEOUT", "5"))

session = requests.Session()
session.trust_env = False
_token = None


class Refused(Exception):
    """PortOne says no; str() is its message."""


class Unclear(Exception):
    """No usable answer: nobody knows whether anything happened."""


def _login():
    global _token
    answer = session.post(f"{API}/users/getToken", json=KEYS, timeout=TIMEOUT)
    _token = answer.json()["response"]["access_token"]


def _ask(method, path, **given):
    try:
        for attempt in (1, 2):
            if _token is None or attempt == 2:
                _login()
            answer = session.request(
                method, API + path, headers={"Authorization": f"Bearer {_token}"}, timeout=TIMEOUT, **given
            )
            if answer.status_code != 401:
                break
        if answer.status_code == 404:
            return None
        if answer.status_code >= 300:
            raise Unclear(f"HTTP {answer.status_code}")
        told = answer.json()
        code = told["code"]
    except (requests.RequestException, ValueError, KeyError, TypeError) as error:
        raise Unclear(str(error)) from error
    if code != 0:
        raise Refused(told.get("message") or f"code {code}")
    return told["response"]


def _payment(found):
    if found is None:
        return None
    if not isinstance(found, dict) or not {"imp_uid", "merchant_uid", "status", "amount", "currency"} <= found.keys():
        raise Unclear("this is no payment")
    return found


def payment(imp_uid):
    """The payment, or None where PortOne does not know it."""
    query = {"include_sandbox": "true"} if SANDBOX else {}
    return _payment(_ask("GET", f"/payments/{requests.utils.quote(imp_uid, safe='')}", params=query))


def paid_for(merchant_uid):
    """A paid payment of this order, or None."""
    return _payment(_ask("GET", f"/payments/find/{merchant_uid}/paid"))


def prepare(merchant_uid, amount, currency):
    _ask("POST", "/payments/prepare", json={"merchant_uid": merchant_uid, "amount": amount, "currency": currency})


def cancel(imp_uid, amount, left, reason):
    wanted = {"imp_uid": imp_uid, "amount": amount, "checksum": left, "reason": reason, "enable_webhook": True}
    return _ask("POST", "/payments/cancel", json=wanted)

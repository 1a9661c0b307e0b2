"""The four calls of PortOne's REST API that we need; each fetches its own token."""

import requests

from settings import settings


class PortOneError(Exception):
    pass


def _token() -> str:
    body = {"imp_key": settings.portone_key, "imp_secret": settings.portone_secret}
    answer = requests.post(f"{settings.portone_api}/users/getToken", json=body, timeout=settings.timeout)
    answer.raise_for_status()
    return answer.json()["response"]["access_token"]


def _call(method: str, path: str, **kwargs):
    answer = requests.request(
        method, settings.portone_api + path, headers={"Authorization": _token()}, timeout=settings.timeout, **kwargs
    )
    if answer.status_code == 404:
        return None
    answer.raise_for_status()
    data = answer.json()
    if data["code"] != 0:
        raise PortOneError(data["message"])
    return data["response"]


def payment(imp_uid: str):
    """The payment, or None where PortOne has none of that name."""
    params = {"include_sandbox": "true"} if settings.stage == "test" else {}
    return _call("GET", f"/payments/{imp_uid}", params=params)


def find(merchant_uid: str):
    return _call("GET", f"/payments/find/{merchant_uid}", params={"sorting": "-started"})


def cancel(imp_uid: str, amount: float, reason: str):
    body = {"imp_uid": imp_uid, "amount": amount, "reason": reason, "enable_webhook": True}
    return _call("POST", "/payments/cancel", json=body)

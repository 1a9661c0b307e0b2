"""PortOne's REST API, as far as charging vouchers need it. Money goes in and out in major units here, and nowhere else."""

import threading
from decimal import Decimal

import httpx


class Declined(Exception):
    """PortOne answered, and it said no."""


class NoAnswer(Exception):
    """PortOne did not answer in a way that can be used."""


class PortOne:
    def __init__(self, base_url: str, key: str, secret: str, timeout: float) -> None:
        self._http = httpx.Client(base_url=base_url, timeout=timeout, trust_env=False)
        self._keys = {"imp_key": key, "imp_secret": secret}
        self._token = ""
        self._lock = threading.Lock()

    def _renew(self, old: str) -> str:
        with self._lock:
            if self._token == old:
                answer = self._http.post("/users/getToken", json=self._keys)
                self._token = answer.json()["response"]["access_token"]
            return self._token

    def _call(self, method: str, path: str, **given) -> dict | None:
        try:
            token = self._token or self._renew("")
            answer = self._http.request(method, path, headers={"Authorization": token}, **given)
            if answer.status_code == 401:
                token = self._renew(token)
                answer = self._http.request(method, path, headers={"Authorization": token}, **given)
            if answer.status_code == 404:
                return None
            answer.raise_for_status()
            body = answer.json()
            code, response = body["code"], body.get("response")
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise NoAnswer(f"{type(error).__name__}: {error}") from error
        if code != 0:
            raise Declined(str(body.get("message")))
        if not isinstance(response, dict):
            raise NoAnswer("the response is no object")
        return response

    def payment(self, imp_uid: str) -> dict | None:
        return self._call("GET", f"/payments/{imp_uid}", params={"include_sandbox": "true"})

    def paid(self, merchant_uid: str) -> dict | None:
        return self._call("GET", f"/payments/find/{merchant_uid}/paid")

    def prepare(self, merchant_uid: str, amount: Decimal, currency: str) -> None:
        body = {"merchant_uid": merchant_uid, "amount": float(amount), "currency": currency}
        self._call("POST", "/payments/prepare", json=body)

    def cancel(self, imp_uid: str, amount: Decimal, left: Decimal) -> None:
        body = {"imp_uid": imp_uid, "amount": float(amount), "checksum": float(left), "enable_webhook": True}
        self._call("POST", "/payments/cancel", json=body | {"reason": "customer request"})

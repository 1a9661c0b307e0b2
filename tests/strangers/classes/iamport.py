"""i'mport's REST API, as its older manual has it: the token goes in X-ImpTokenHeader."""

import os

import requests

URL = os.environ["IAMPORT_HOST"].rstrip("/")
KEYS = {"imp_key": os.environ["IAMPORT_REST_KEY"], "imp_secret": os.environ["IAMPORT_REST_SECRET"]}
TIMEOUT = float(os.environ.get("IAMPORT_TIMEOUT", "5"))
TEST_MODE = os.environ.get("IAMPORT_TEST_MODE", "1") == "1"


def _headers():
    answer = requests.post(f"{URL}/users/getToken", data=KEYS, timeout=TIMEOUT)
    answer.raise_for_status()
    return {"X-ImpTokenHeader": answer.json()["response"]["access_token"]}


def _get(path, **params):
    answer = requests.get(URL + path, params=params, headers=_headers(), timeout=TIMEOUT)
    if answer.status_code == 404:
        return None
    answer.raise_for_status()
    return answer.json()["response"]


def payment(imp_uid):
    return _get(f"/payments/{imp_uid}", **({"include_sandbox": "true"} if TEST_MODE else {}))


def newest(merchant_uid):
    return _get(f"/payments/find/{merchant_uid}", sorting="-started")

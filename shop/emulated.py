"""A shop for the desk: takes its keys from a running emulator's account, and registers its webhook address there."""

from collections.abc import Mapping
from typing import Any

import httpx

from shop.portone import HERE
from shop.settings import Api

EMULATED_PASSWORD = "operator"
SDKS: Mapping[Api, str] = {"v1": "/v1/iamport.js", "v2": "/v2/browser-sdk.js"}


class NoEmulator(Exception):
    """No emulator answers at that address, or it has no account; the text says what to do."""


def settings_from(url: str, api: Api = "v1") -> dict[str, Any]:
    """The settings of a shop that uses the first account of the emulator at `url`. Raises NoEmulator."""
    account = _asked("GET", f"{url}/_emulator/accounts")["accounts"][0]
    v2 = account["v2"]
    return {
        "api": api,
        "portone_api_url": url,
        "sdk_url": f"{url}{SDKS[api]}",
        "store_id": v2["store_id"],
        "api_secret": v2["api_secret"],
        "webhook_secrets": v2["webhook"][account["stage"]]["secrets"],
        "imp_code": account["imp_code"],
        "imp_key": account["imp_key"],
        "imp_secret": account["imp_secret"],
        "channel_key": account["channels"][0]["channel_key"],
        "stage": account["stage"],
        "operator_password": EMULATED_PASSWORD,
    }


def register_webhook(url: str, imp_code: str, stage: str, address: str, api: Api = "v1") -> None:
    """Enter the shop's webhook address in the account's console. Raises NoEmulator."""
    entered = {"webhook": {stage: {"url": address}}}
    _asked("PATCH", f"{url}/_emulator/accounts/{imp_code}", {"v2": entered} if api == "v2" else entered)


def _asked(method: str, url: str, body: object = None) -> Any:
    try:
        with httpx.Client(timeout=5, mounts=HERE) as client:
            return client.request(method, url, json=body).raise_for_status().json()
    except httpx.HTTPStatusError as error:
        raise NoEmulator(_told(url, f"HTTP {error.response.status_code}")) from error
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise NoEmulator(_told(url, str(error))) from error


def _told(url: str, why: str) -> str:
    return f"No emulator answers at {url} ({why}); start one with `make emulator`."

"""The settings of a shop that speaks V2, and what it says where they are missing or wrong."""

from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from emulator.server import Emulator
from shop.emulated import register_webhook, settings_from
from shop.settings import ShopSettings

KEYS = {
    "api": "v2",
    "store_id": "store-1",
    "api_secret": "secret",
    "webhook_secrets": ["whsec_c2VjcmV0"],
    "channel_key": "channel-key-1",
    "operator_password": "the-operators-password",
}


def wrong(**settings: Any) -> list[object]:
    with pytest.raises(ValidationError) as caught:
        ShopSettings.model_validate(KEYS | settings)
    return [error["loc"][0] for error in caught.value.errors()]


def test_v2_asks_for_its_own_keys_and_knows_portones_addresses() -> None:
    settings = ShopSettings.model_validate(KEYS)
    assert settings.portone_api_url == "https://api.portone.io"
    assert settings.sdk_url == "https://cdn.portone.io/v2/browser-sdk.js"
    assert wrong(store_id="", api_secret="", webhook_secrets=[]) == ["store_id", "api_secret", "webhook_secrets"]
    assert wrong(api="v1") == ["imp_code", "imp_key", "imp_secret"]


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_a", "whsec_c2Vj!cmV0", "c2VjcmV0"])
def test_a_webhook_secret_that_is_none_is_said(secret: str) -> None:
    assert wrong(webhook_secrets=[secret]) == ["webhook_secrets"]


def test_more_secrets_than_portone_has_are_said() -> None:
    assert wrong(webhook_secrets=["whsec_c2VjcmV0"] * 3) == ["webhook_secrets"]


def test_a_shop_on_an_emulator_takes_its_v2_keys_and_registers_its_webhook() -> None:
    with Emulator(tls=False) as emulator:
        made = httpx.post(f"{emulator.url}/_emulator/accounts", json={}).json()
        taken = ShopSettings.model_validate(settings_from(emulator.url, "v2"))
        address = "http://127.0.0.1:1/webhooks/portone"
        register_webhook(emulator.url, made["imp_code"], "test", address, "v2")
        now = httpx.get(f"{emulator.url}/_emulator/accounts/{made['imp_code']}").json()
    assert (taken.store_id, taken.sdk_url) == (made["v2"]["store_id"], f"{emulator.url}/v2/browser-sdk.js")
    assert now["v2"]["webhook"]["test"]["url"] == address
    assert now["webhook"]["test"]["url"] is None

"""The shop's settings: from arguments, and for a shop on its own from the environment (`SHOP_…`) or a .env file."""

import binascii
from base64 import b64decode
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

Api = Literal["v1", "v2"]
Stage = Literal["test", "live"]

KEYS: Mapping[Api, tuple[str, ...]] = {
    "v1": ("imp_code", "imp_key", "imp_secret"),
    "v2": ("store_id", "api_secret", "webhook_secrets"),
}
"""What a shop needs of PortOne's console besides a channel. It may have the other generation's, too, while it moves."""
ADDRESSES: Mapping[Api, Mapping[str, str]] = {
    "v1": {"portone_api_url": "https://api.iamport.kr", "sdk_url": "https://cdn.iamport.kr/v1/iamport.js"},
    "v2": {"portone_api_url": "https://api.portone.io", "sdk_url": "https://cdn.portone.io/v2/browser-sdk.js"},
}
SECRETS_AT_ONCE = 2  # PortOne signs with one, and with two while they rotate (docs)


class ShopSettings(BaseModel):
    """Everything that differs from one deployment to the next. Secrets are masked when printed.

    Nothing is taken from the environment: a shop inside another program must not use somebody else's database.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    # PortOne's generation that the shop speaks. Of the keys, those of the other one may be missing.
    api: Api = "v1"
    imp_code: str = Field("", validate_default=True)
    imp_key: SecretStr = Field(SecretStr(""), validate_default=True)
    imp_secret: SecretStr = Field(SecretStr(""), validate_default=True)
    store_id: str = Field("", validate_default=True)
    api_secret: SecretStr = Field(SecretStr(""), validate_default=True)
    # Of the stage in use, as the console shows them: whsec_ and base64.
    webhook_secrets: tuple[SecretStr, ...] = Field((), max_length=SECRETS_AT_ONCE, validate_default=True)
    channel_key: str = Field(min_length=1)
    operator_password: SecretStr = Field(min_length=1)
    operator_name: str = "operator"
    # Somebody who sends goods and gives no money back; None where there is nobody of the kind.
    packer_password: SecretStr | None = Field(None, min_length=1)
    packer_name: str = "packer"

    stage: Stage = "test"
    widgets: tuple[str, ...] = Field(("pw_1", "t3_1"), min_length=1)
    # Empty is where PortOne has them.
    portone_api_url: str = Field("", validate_default=True)
    sdk_url: str = Field("", validate_default=True)
    # PortOne waits 30 s for a webhook's answer; a longer look-up is given up, and redelivery asked for.
    portone_timeout_seconds: float = Field(8.0, gt=0)
    # Whether PortOne is asked by the proxy, and trusting the authorities, that the environment names.
    by_environments_proxy: bool = False

    # "sqlite://" is a throw-away file; otherwise any SQLAlchemy address, PostgreSQL's included.
    database_url: str = "sqlite://"
    # Where buyers reach the shop; None is the address it listens on.
    public_url: str | None = None
    # Overrides the webhook address saved in PortOne's console, payment by payment. Usually better left out.
    notice_url: str | None = None
    # None draws a new one at start, which logs operators out on a restart.
    session_secret: SecretStr | None = None
    # How long a cancellation may wait for its result before a person is told. Time alone cancels nothing.
    waiting_limit_seconds: float = Field(7 * 86_400, ge=0)

    @field_validator(*KEYS["v1"], *KEYS["v2"])
    @classmethod
    def _is_there(cls, value: Any, info: ValidationInfo) -> Any:
        api: Api | None = info.data.get("api")
        if api is not None and info.field_name in KEYS[api] and not value:
            raise ValueError("Field required")
        return value

    @field_validator("webhook_secrets")
    @classmethod
    def _are_secrets(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        for secret in value:
            prefix, _, key = secret.get_secret_value().partition("_")
            try:
                is_one = prefix == "whsec" and bool(b64decode(key, validate=True))
            except binascii.Error:
                is_one = False
            if not is_one:
                raise ValueError("It holds no webhook secret: whsec_ and base64, as PortOne's console shows it")
        return value

    @field_validator("portone_api_url", "sdk_url")
    @classmethod
    def _is_somewhere(cls, value: str, info: ValidationInfo) -> str:
        api: Api | None = info.data.get("api")
        return value or (ADDRESSES[api][info.field_name or ""] if api else "")


class DeployedApi(BaseSettings):
    """`SHOP_API` alone, for who has to know it before the keys are there."""

    model_config = SettingsConfigDict(env_prefix="SHOP_", frozen=True, extra="ignore")

    api: Api = "v1"


class DeploymentSettings(BaseSettings, ShopSettings):
    """The same from `SHOP_…` variables and a .env file (`_env_file`), for a shop in a process of its own."""

    model_config = SettingsConfigDict(env_prefix="SHOP_", frozen=True, extra="ignore")

    by_environments_proxy: bool = True

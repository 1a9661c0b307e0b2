"""The shop's settings: from arguments, and for a shop on its own from the environment (`SHOP_…`) or a .env file."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

Stage = Literal["test", "live"]


class ShopSettings(BaseModel):
    """Everything that differs from one deployment to the next. Secrets are masked when printed.

    Nothing is taken from the environment: a shop inside another program must not use somebody else's database.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    imp_code: str = Field(min_length=1)
    imp_key: SecretStr = Field(min_length=1)
    imp_secret: SecretStr = Field(min_length=1)
    channel_key: str = Field(min_length=1)
    operator_password: SecretStr = Field(min_length=1)
    operator_name: str = "operator"
    # Somebody who sends goods and gives no money back; None where there is nobody of the kind.
    packer_password: SecretStr | None = Field(None, min_length=1)
    packer_name: str = "packer"

    stage: Stage = "test"
    widgets: tuple[str, ...] = Field(("pw_1", "t3_1"), min_length=1)
    portone_api_url: str = "https://api.iamport.kr"
    sdk_url: str = "https://cdn.iamport.kr/v1/iamport.js"
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


class DeploymentSettings(BaseSettings, ShopSettings):
    """The same from `SHOP_…` variables and a .env file (`_env_file`), for a shop in a process of its own."""

    model_config = SettingsConfigDict(env_prefix="SHOP_", frozen=True, extra="ignore")

    by_environments_proxy: bool = True

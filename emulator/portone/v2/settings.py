"""What PortOne's console keeps for V2 besides what V1 shares: store, API secret, signed webhooks and their version."""

import binascii
import secrets
from base64 import b64decode, b64encode
from typing import Annotated, Literal
from uuid import uuid4

from pydantic import AfterValidator, Field, model_validator

from emulator.portone.endpoints import Setting, WebhookEndpoint

WebhookVersion = Literal["2024-04-25", "2024-01-01"]

PREFIX = "whsec_"
MOST_SECRETS = 2  # docs: for each stage, while one takes the other's place
_SECRET_BYTES = 32


def key_of(secret: str) -> bytes:
    """The bytes that a webhook secret signs with (Standard Webhooks). Raises ValueError for what is no such secret."""
    try:
        key = b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not secret.startswith(PREFIX) or not key:
        raise ValueError(f"it is no webhook secret: {PREFIX} and base64, as PortOne's console shows it")
    return key


def fresh_secret() -> str:
    """A new webhook secret."""
    return PREFIX + b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def _secret(text: str) -> str:
    key_of(text)
    return text


class SignedEndpoint(WebhookEndpoint):
    """One stage's endpoint with the secrets that its webhooks are signed with: both of them while they rotate.

    Without a secret nothing is signed (inferred).
    """

    secrets: Annotated[
        tuple[Annotated[str, AfterValidator(_secret)], ...], Field(max_length=MOST_SECRETS, repr=False)
    ] = Field(default_factory=lambda: (fresh_secret(),))


class SignedWebhooks(Setting):
    """The console keeps one endpoint per stage."""

    test: SignedEndpoint = Field(default_factory=SignedEndpoint)
    live: SignedEndpoint = Field(default_factory=SignedEndpoint)


class V2Console(Setting):
    """The V2 half of an account's console.

    `redelivery`: webhooks that were not taken come again (docs), `redelivery_jitter` of their waiting time earlier or
    later (that there is a jitter is documented, how much is inferred). `review`: whether a payment that Paymentwall
    holds for review is `PAY_PENDING`, or `FAILED` until it is approved, as V1 has it (inferred, both). PortOne always
    tells that a window was opened (docs); without `window_webhook` the emulator does not.
    """

    store_id: Annotated[str, Field(pattern=r"^store-[0-9a-zA-Z-]+$")] = Field(
        default_factory=lambda: f"store-{uuid4()}"
    )
    merchant_id: Annotated[str, Field(min_length=1)] = Field(default_factory=lambda: f"merchant-{uuid4()}")
    api_secret: Annotated[str, Field(min_length=1, repr=False)] = Field(
        default_factory=lambda: secrets.token_urlsafe(60)
    )
    webhook_version: WebhookVersion = "2024-04-25"
    webhook: SignedWebhooks = Field(default_factory=SignedWebhooks)
    redelivery: bool = True
    redelivery_jitter: Annotated[float, Field(ge=0, lt=1)] = 0.1
    review: Literal["pending", "failed"] = "pending"
    window_webhook: bool = True

    def endpoint(self, *, sandbox: bool) -> SignedEndpoint:
        """The webhook endpoint for payments of test channels (`sandbox`) or of live ones."""
        return self.webhook.test if sandbox else self.webhook.live

    @model_validator(mode="after")
    def _is_json(self) -> "V2Console":
        forms = [one for one in (self.webhook.test, self.webhook.live) if one.content_type != "application/json"]
        if forms and self.webhook_version == "2024-04-25":
            raise ValueError("webhooks of version 2024-04-25 are application/json only")
        return self

"""What is set in PortOne's admin console: channels, webhook addresses, and what support switches on."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Stage = Literal["test", "live"]


class Setting(BaseModel):
    """Settings are facts: replaced as a whole, never changed in place, without names that nobody reads."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Channel(Setting):
    """A payment channel; `pg_id` and `secret_key` are the Paymentwall project's Project and Secret Key."""

    channel_key: str
    channel_name: str = "Paymentwall"
    pg_provider: str = "paymentwall"
    pg_id: str
    sandbox: bool = True
    type: Literal["payment", "api_payment", "certification"] = "payment"
    secret_key: str = Field(repr=False)

    @property
    def stage(self) -> Stage:
        return "test" if self.sandbox else "live"


class WebhookEndpoint(Setting):
    """Where one stage's webhooks go and in which form.

    `charset` adds one to the Content-Type: PortOne documents neither.
    """

    url: str | None = None
    content_type: Literal["application/json", "application/x-www-form-urlencoded"] = "application/json"
    charset: bool = False

    @property
    def content_type_header(self) -> str:
        return f"{self.content_type};charset=UTF-8" if self.charset else self.content_type


class StageWebhooks(Setting):
    """The console keeps one endpoint per stage."""

    test: WebhookEndpoint = WebhookEndpoint()
    live: WebhookEndpoint = WebhookEndpoint()


class Console(Setting):
    """One merchant's account at PortOne as its settings describe it.

    `cancel_notice`: whether a cancellation made through the API is notified only where the call asked for it
    (`enable_webhook: true`, docs, the default) or always (guide). Which one holds for Paymentwall is not
    documented. `webhook_order`: whether the webhook and the browser's return run `together` (docs), the
    return waits for the webhook's answer (`before`), or the webhook comes some virtual seconds later
    (`after`).
    """

    imp_code: Annotated[str, Field(pattern=r"^imp[0-9a-zA-Z]+$")]
    imp_key: str = Field(min_length=1)
    imp_secret: str = Field(min_length=1, repr=False)
    stage: Stage = "test"
    channels: tuple[Channel, ...] = ()
    webhook: StageWebhooks = StageWebhooks()
    cancel_notice: Literal["opt_in", "always"] = "opt_in"
    redelivery: bool = False
    webhook_order: Literal["together", "before", "after"] = "together"
    timeout_scale: Annotated[float, Field(gt=0)] = 1.0
    """Factor on the documented time-outs (10 s to connect, 30 s to read): a proof need not wait for them."""

    def endpoint(self, *, sandbox: bool) -> WebhookEndpoint:
        """The webhook endpoint for payments of test channels (`sandbox`) or of live ones."""
        return self.webhook.test if sandbox else self.webhook.live

    def channel(self, *, channel_key: str | None, pg: str | None) -> Channel | None:
        """The channel that a page names by key, or by `paymentwall[.{MID}]` in the stage in use."""
        if channel_key is not None:
            return next((channel for channel in self.channels if channel.channel_key == channel_key), None)
        provider, _, mid = (pg or "").partition(".")
        found = [
            channel
            for channel in self.channels
            if channel.pg_provider == provider and channel.type == "payment" and mid in ("", channel.pg_id)
        ]
        return next((channel for channel in found if channel.stage == self.stage), found[0] if found and mid else None)

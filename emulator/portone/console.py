"""What is set in PortOne's admin console: channels, webhook addresses, and what support switches on."""

from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from emulator.portone.endpoints import Setting, StageWebhooks, WebhookEndpoint
from emulator.portone.payments import Version
from emulator.portone.v2.settings import V2Console

Stage = Literal["test", "live"]

NO_CHANNEL = "등록된 PG 설정 정보가 없습니다."  # inferred


class Channel(Setting):
    """A payment channel; `pg_id` and `secret_key` are the Paymentwall project's Project and Secret Key.

    `settlement_currency` is what Paymentwall settles in with the merchant, None for what was requested: where the
    two differ, a payment cannot be cancelled in part (docs of V2).
    """

    channel_key: str
    channel_name: str = "Paymentwall"
    pg_provider: str = "paymentwall"
    pg_id: str
    sandbox: bool = True
    type: Literal["payment", "api_payment", "certification"] = "payment"
    secret_key: str = Field(repr=False)
    settlement_currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None

    @property
    def stage(self) -> Stage:
        return "test" if self.sandbox else "live"


def _block(text: str) -> str:
    ip_network(text)  # raises ValueError
    return text


@lru_cache(maxsize=1024)
def _within(address: str, blocks: tuple[str, ...]) -> bool:
    try:
        caller = ip_address(address)
    except ValueError:
        return False
    return any(caller in ip_network(block) for block in blocks)


class Console(Setting):
    """One merchant's account at PortOne as its settings describe it.

    `cancel_notice`: whether a cancellation made through the API is notified only where the call asked for it
    (`enable_webhook: true`, docs, the default) or always (guide). Which one holds for Paymentwall is not
    documented. `webhook_order`: whether the webhook and the browser's return run `together` (docs), the
    return waits for the webhook's answer (`before`), or the webhook comes some virtual seconds later
    (`after`).

    `redelivery`: webhooks that were not taken are delivered again, off until PortOne's support switches it on
    (docs). `webhook_repeats`: how often a webhook comes again although it was answered well, as happens when the
    answer is lost on its way (docs). `webhook_late_every`: one in so many webhooks is first sent `webhook_late_seconds`
    virtual seconds later, so that newer ones overtake it; none with 0 (inferred: no order of webhooks is documented).
    `token_clock`: whether access tokens age on the real clock, as the merchant's own does, or on the account's.
    `api_payments`: key-in and billing-key payments, off because the guide calls them in preparation. `schedule_lists`:
    whether look-ups of scheduled payments answer an array (docs) or, as published clients read them, an object with
    pages (seen). `allowed_addresses`: the CIDR blocks from which the REST
    API may be called, from everywhere where there is none (docs). `sdk_callback`, `sdk_success`: which fields the
    SDK's callback gets, and by which name it tells success (docs: the newest SDK reduces them for some providers). By
    `none`, says PortOne's page on updating the SDK, while its page on Paymentwall reads `success`: so both names are
    the default.
    """

    imp_code: Annotated[str, Field(pattern=r"^imp[0-9a-zA-Z]+$")]
    imp_key: str = Field(min_length=1)
    imp_secret: str = Field(min_length=1, repr=False)
    stage: Stage = "test"
    channels: tuple[Channel, ...] = ()
    webhook: StageWebhooks = StageWebhooks()
    cancel_notice: Literal["opt_in", "always"] = "opt_in"
    redelivery: bool = False
    webhook_repeats: Annotated[int, Field(ge=0, le=10)] = 0
    webhook_late_every: Annotated[int, Field(ge=0)] = 0
    webhook_late_seconds: Annotated[float, Field(gt=0, le=86_400)] = 180.0
    webhook_order: Literal["together", "before", "after"] = "together"
    token_clock: Literal["real", "virtual"] = "real"
    api_payments: bool = False
    schedule_lists: Literal["array", "paged"] = "array"
    allowed_addresses: tuple[Annotated[str, AfterValidator(_block)], ...] = ()
    sdk_callback: Literal["full", "reduced"] = "full"
    sdk_success: Literal["success", "imp_success", "both", "none"] = "both"
    v2: V2Console = Field(default_factory=V2Console)
    timeout_scale: Annotated[float, Field(gt=0)] = 1.0
    """Factor on the documented time-outs (10 s to connect, 30 s to read): a proof need not wait for them."""

    def lets_in(self, address: str) -> bool:
        """Whether the REST API may be called from this IP address."""
        return not self.allowed_addresses or _within(address, self.allowed_addresses)

    def endpoint(self, *, sandbox: bool, version: Version = "V1") -> WebhookEndpoint:
        """The webhook endpoint for payments of test channels (`sandbox`) or of live ones."""
        if version == "V2":
            return self.v2.endpoint(sandbox=sandbox)
        return self.webhook.test if sandbox else self.webhook.live

    def channel(self, *, channel_key: str | None, pg: str | None) -> Channel | None:
        """The channel that a page names by key, or by `paymentwall[.{MID}]` in the stage in use.

        A `pg` that is absent or fits no channel means the default one (docs), here the first of the stage in use
        (inferred); a key that fits none means none (inferred).
        """
        if channel_key is not None:
            return next((channel for channel in self.channels if channel.channel_key == channel_key), None)
        provider, _, mid = (pg or "").partition(".")
        windows = [channel for channel in self.channels if channel.type == "payment"]
        named = [one for one in windows if one.pg_provider == provider and mid in ("", one.pg_id)]
        in_use = [one for one in windows if one.stage == self.stage]
        meant = [one for one in named if one in in_use] or (named if mid else []) or in_use
        return meant[0] if meant else None

"""Where PortOne sends a merchant's webhooks: what its console keeps for each stage, in either generation."""

from typing import Annotated, Literal

from pydantic import AfterValidator

from emulator.models import Fields
from emulator.portone.amounts import is_web_address


class Setting(Fields):
    """Settings are facts: replaced as a whole, never changed in place, without names that nobody reads."""


def _web_address(url: str) -> str:
    if not is_web_address(url):
        raise ValueError("it is no web address (http://… or https://…)")
    return url


class WebhookEndpoint(Setting):
    """Where one stage's webhooks go and in which form.

    `charset` adds one to the Content-Type: PortOne documents neither.
    """

    url: Annotated[str, AfterValidator(_web_address)] | None = None
    content_type: Literal["application/json", "application/x-www-form-urlencoded"] = "application/json"
    charset: bool = False

    @property
    def content_type_header(self) -> str:
        return f"{self.content_type};charset=UTF-8" if self.charset else self.content_type


class StageWebhooks(Setting):
    """The console keeps one endpoint per stage."""

    test: WebhookEndpoint = WebhookEndpoint()
    live: WebhookEndpoint = WebhookEndpoint()

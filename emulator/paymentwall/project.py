"""What is set up for one project in Paymentwall's console (My Projects)."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

# Where Paymentwall sends results for merchants on PortOne V1 (PortOne docs, Paymentwall settings page).
PORTONE_PINGBACK_URL = "https://service.iamport.kr/paymentwall/webhook"

# pw_1 works only in this version (guide, "Widget Version Configuration").
WORKING_PW_1_VERSION = "1.2"

# How Paymentwall treats a request to give the money back. That some methods are cancelled at once and some
# never is documented (PortOne docs, guide); which answer a refusal gives, and that one may come late and
# silently, is inferred.
Cancellation = Literal["ticket", "immediate", "refused", "refused_later"]


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Method(_Settings):
    """A payment method; `countries` are ISO 3166-1 alpha-2 codes, empty for everywhere."""

    name_en: str
    name_ko: str
    cancellation: Cancellation = "ticket"
    countries: tuple[str, ...] = ()

    def offered_in(self, country: str) -> bool:
        return not self.countries or country in self.countries


class Widget(_Settings):
    """A widget of the project; `version` is what My Projects → Widgets → Version says, None where there is
    no choice.
    """

    version: str | None = None


class PingbackSettings(_Settings):
    """Settings → Pingback type, URL and signature version. Of the types only "url" reaches PortOne."""

    type: Literal["url", "email"] = "url"
    url: str = PORTONE_PINGBACK_URL
    signature_version: Literal[1, 2, 3] = 3


def _usual_methods() -> dict[str, Method]:
    return {
        "cc": Method(name_en="Credit card", name_ko="신용카드"),
        "paypal": Method(name_en="PayPal", name_ko="페이팔", cancellation="immediate"),
        "paysafecard": Method(name_en="paysafecard", name_ko="페이세이프카드", cancellation="refused"),
        "mint": Method(name_en="Mint", name_ko="민트", cancellation="refused_later"),
        "test": Method(name_en="Test Payment", name_ko="테스트 결제", cancellation="immediate"),
    }


def _usual_widgets() -> dict[str, Widget]:
    return {"pw_1": Widget(version=WORKING_PW_1_VERSION), "t3_1": Widget()}


class Project(_Settings):
    """A Paymentwall project. Methods are keyed by short code (`ps`), widgets by widget code; the key and
    secret are the project's own.

    `custom_pingback_parameters` maps a parameter's name to the value selected in the console
    (`COUNTRY_CODE`). `ticket_seconds` (virtual) is how long Paymentwall works on one ticket; it works on one
    at a time [inferred].
    """

    project_key: str
    secret_key: str
    name: str = "My shop [import]"
    live: bool = False
    pingback: PingbackSettings = Field(default_factory=PingbackSettings)
    widgets: dict[str, Widget] = Field(default_factory=_usual_widgets)
    custom_pingback_parameters: dict[str, str] = Field(default_factory=lambda: {"country_code": "COUNTRY_CODE"})
    ticket_seconds: float = Field(default=86_400.0, ge=0)
    methods: dict[str, Method] = Field(default_factory=_usual_methods)

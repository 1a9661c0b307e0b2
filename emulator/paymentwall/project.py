"""What is set up for one project in Paymentwall's console (My Projects)."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from emulator.models import Fields
from emulator.paymentwall.signatures import Version

# Where Paymentwall sends results for merchants on PortOne V1 (PortOne docs, Paymentwall settings page).
PORTONE_PINGBACK_URL = "https://service.iamport.kr/paymentwall/webhook"

# pw_1 works only in this version (guide, "Widget Version Configuration").
WORKING_PW_1_VERSION = "1.2"

# How Paymentwall treats a request to give the money back. That some methods are cancelled at once and some
# never is documented (PortOne docs, guide); which answer a refusal gives, and that one may come late and
# silently, is inferred.
Cancellation = Literal["ticket", "immediate", "refused", "refused_later"]

# Who looks at a payment before it counts, and what they say: nobody, somebody who accepts or declines when the
# time has come, or somebody who leaves it to the control plane.
Review = Literal["none", "accept", "decline", "hold"]

# Paymentwall docs, Payment Systems API (`ps_type_id`) and custom pingback parameter PAYMENT_TYPE.
MethodType = Literal["Credit Card", "Bank Transfer", "Prepaid Card", "E-Wallet", "Mobile"]


class Method(Fields):
    """A payment method; `countries` are ISO 3166-1 alpha-2 codes, empty for everywhere.

    `active` is its switch under Payment Systems.
    """

    name_en: str
    name_ko: str
    cancellation: Cancellation = "ticket"
    countries: tuple[str, ...] = ()
    type: MethodType = "E-Wallet"
    active: bool = True

    def offered_in(self, country: str) -> bool:
        return not self.countries or country in self.countries


class Widget(Fields):
    """A widget of the project; `version` is what My Projects → Widgets → Version says, None where there is
    no choice.
    """

    version: str | None = None


def _web_address(url: str) -> str:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ValueError("it is no web address (http://… or https://…)")
    return url


class PingbackSettings(Fields):
    """Settings → Pingback type, URL and signature version. Of the types only "url" reaches PortOne.

    `retries`: how often a pingback that is not answered `OK` is sent again, every 30 minutes, before Paymentwall
    gives it up. That there is an end is inferred; 48 make one day. `patience_seconds` (real): how long the buyer's
    payment window waits for the first answer before it lets the buyer go on, our choice.
    """

    type: Literal["url", "email"] = "url"
    url: Annotated[str, AfterValidator(_web_address)] = PORTONE_PINGBACK_URL
    signature_version: Version = 3
    retries: Annotated[int, Field(ge=0)] = 48
    patience_seconds: Annotated[float, Field(ge=0)] = 5.0


def _usual_methods() -> dict[str, Method]:
    return {
        "cc": Method(name_en="Credit card", name_ko="신용카드", type="Credit Card"),
        "paypal": Method(name_en="PayPal", name_ko="페이팔", cancellation="immediate"),
        "kakaopaykr": Method(name_en="KakaoPay", name_ko="카카오페이", countries=("KR",)),
        "idealpayments": Method(name_en="iDEAL", name_ko="iDEAL", countries=("NL",), type="Bank Transfer"),
        "paysafecard": Method(
            name_en="paysafecard", name_ko="페이세이프카드", cancellation="refused", type="Prepaid Card"
        ),
        "mint": Method(name_en="Mint", name_ko="민트", cancellation="refused_later", type="Prepaid Card"),
        # Switched off in a new project (Paymentwall docs, "Test Payment Method").
        "test": Method(name_en="Test Payment", name_ko="테스트 결제", cancellation="immediate", active=False),
    }


def _usual_widgets() -> dict[str, Widget]:
    return {"pw_1": Widget(version=WORKING_PW_1_VERSION), "t3_1": Widget()}


class Project(Fields):
    """A Paymentwall project. Methods are keyed by short code (`ps`), widgets by widget code; the key and
    secret are the project's own.

    `evaluation` is the console's Evaluation mode, as `evaluation=1` in every widget call. `custom_pingback_parameters`
    maps a parameter's name to the value selected in the console (`COUNTRY_CODE`).
    `widget_signature_versions`: which `sign_version` widget calls may have; that a project can refuse old ones is
    inferred. `review` and `review_seconds` (virtual): whether every payment is held for risk review, and how
    long; two minutes are what the test cards take. `ticket_seconds` (virtual) is how long Paymentwall works on one
    ticket; it works on one at a time [inferred]. `opens_tickets` False: requests are answered as if, but no ticket
    comes of them, as with a test project key (Paymentwall docs, "Cancellation").
    """

    project_key: str
    secret_key: str
    name: str = "My shop [import]"
    live: bool = False
    evaluation: bool = False
    pingback: PingbackSettings = Field(default_factory=PingbackSettings)
    widgets: dict[str, Widget] = Field(default_factory=_usual_widgets)
    widget_signature_versions: tuple[Version, ...] = (1, 2, 3)
    custom_pingback_parameters: dict[str, str] = Field(default_factory=lambda: {"country_code": "COUNTRY_CODE"})
    review: Review = "none"
    review_seconds: float = Field(default=120.0, ge=0)
    ticket_seconds: float = Field(default=86_400.0, ge=0)
    opens_tickets: bool = True
    methods: dict[str, Method] = Field(default_factory=_usual_methods)

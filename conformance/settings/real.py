"""Settings of the targets with a real clock and real money: the account, the buyer, what may be charged, go-live."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from conformance.machine.files import Strict
from conformance.settings.merchant_sources import Find
from conformance.settings.secrets import Secret
from conformance.verdict.catalogue import Api

REAL_APIS: Mapping[Api, str] = {Api.V1: "https://api.iamport.kr", Api.V2: "https://api.portone.io"}
"""Where PortOne's REST API is (docs)."""

StoreId = Annotated[str, Field(pattern=r"^store-[0-9a-zA-Z-]+$")]
GENERATION_KEYS: Mapping[Api, tuple[str, ...]] = {
    Api.V1: ("imp_code", "imp_key", "imp_secret"),
    Api.V2: ("store_id", "api_secret", "webhook_secrets"),
}
"""The keys that only one generation of PortOne has. A merchant that moves may give both."""
_Address = Annotated[str, Field(pattern=r"^https?://[^/\s]+")]
_Seconds = Annotated[float, Field(ge=0, le=86_400)]
_Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class PortOneSettings(Strict):
    """The account at PortOne (targets sandbox and golive): where its API is, and the keys of the generation spoken.

    Of V1 the code, key and secret; of V2 the store, the API secret, and this stage's webhook secrets (two while they
    rotate), by which a sandbox's shop verifies webhooks. `api_url` is PortOne's own where it is empty.
    `channel_key` and `mid` are those of this stage's channel, as PortOne's console shows them; what is named is
    compared with what the account has. `settle_seconds` is how long a result may be under way that nothing announces.
    `hosts_lead_to` ("127.0.0.1:8751") is for stand-ins only: where the browser finds PortOne's and Paymentwall's host
    names, by TLS.
    """

    api_url: _Address = ""
    imp_code: Annotated[str, Field(min_length=1)] | None = None
    imp_key: Secret | None = None
    imp_secret: Secret | None = None
    store_id: StoreId | None = None
    api_secret: Secret | None = None
    webhook_secrets: Annotated[tuple[Secret, ...], Field(max_length=2)] = ()
    channel_key: Annotated[str, Field(min_length=1)]
    mid: Annotated[str, Field(min_length=1)] | None = None
    settle_seconds: _Seconds = 20.0
    hosts_lead_to: Annotated[str, Field(pattern=r"^[^:/\s]+:\d{1,5}$")] | None = None

    def lacking(self, api: Api) -> list[str]:
        """The keys of this generation that are not given."""
        return [name for name in GENERATION_KEYS[api] if not getattr(self, name)]

    def spoken(self, api: Api) -> Self:
        """The same with the address of this generation's API."""
        return self if self.api_url else self.model_copy(update={"api_url": REAL_APIS[api]})


class CardSettings(Strict):
    """The buyer's own card, each part kept where secrets are."""

    number: Secret
    expiry: Secret
    cvv: Secret
    holder: Secret


class WidgetSettings(Strict):
    """Where a script finds what it needs in the widget; what is not named is as in the emulator's widget.

    How the real widget is made is documented nowhere and not known to this project [inferred].
    """

    hosts: tuple[str, ...] = ("paymentwall.com",)
    number: Find = Find(label="Card number")
    expiry: Find = Find(label="Expiry date")
    cvv: Find = Find(label="CVV")
    holder: Find = Find(label="Cardholder name")
    pay: Find = Find(role="button", name="Pay")
    close: Find = Find(role="button", name="Close")
    message: Find = Find(role="alert")
    test_method: str = "Test Payment"


class BuyerSettings(Strict):
    """Who pays in the widget: a person at this machine, or a script that fills the form.

    `limit_seconds` is how long a payment may take, from the pay button to the result. `country` (ISO 3166-1 alpha-2)
    is where Paymentwall sees the buyer, if that is known. `test_method`: what needs no card is paid by Paymentwall's
    Test Payment method, which moves no money (docs).
    """

    by: Literal["person", "script"] = "person"
    limit_seconds: Annotated[float, Field(gt=0, le=86_400)] = 600.0
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None
    test_method: bool = True
    card: CardSettings | None = None
    widget: WidgetSettings = WidgetSettings()


class ChargesSettings(Strict):
    """What may be charged to a real card: nothing, unless it is allowed, and then up to so much each and so often.

    `max_amount` is in major units, by currency (ISO 4217). `max_charges` caps the charges of one run: card companies
    suspend cards for many charges that are cancelled again (guide: each test payment takes real money).
    `not_refundable` are methods by short code (`ps`) that are never paid by: which those are depends on the account
    (guide: some cannot be refunded).
    `ledger` is where it is kept what was charged, what was asked back and what came. `wait_seconds` is how long the end
    of a run waits for money to come back. An attempt of which PortOne knows no payment is looked up at each start for
    `watch_hours`, as a review may still approve it. A cancellation of which nobody knows whether PortOne received it
    is asked for again after `again_hours` without a result.
    """

    allow_real_charges: bool = False
    max_amount: Mapping[_Currency, Annotated[Decimal, Field(gt=0)]] = {}
    max_charges: Annotated[int, Field(gt=0)] = 10
    not_refundable: frozenset[str] = frozenset({"paysafecard", "mint"})
    ledger: Path = Path("charges.sqlite")
    wait_seconds: _Seconds = 60.0
    watch_hours: Annotated[float, Field(gt=0)] = 168.0
    again_hours: Annotated[float, Field(gt=0)] = 72.0


class GoLiveSettings(Strict):
    """Target golive: whether this suite's receiver takes the place of the merchant's webhook endpoint at PortOne.

    PortOne V1 has no API for that address: a person changes it in the console. `former_endpoint` is what stood there
    before, to which webhooks about other people's orders are passed on, and which must stand there again afterwards.
    """

    take_endpoint: bool = False
    former_endpoint: _Address | None = None

    @model_validator(mode="after")
    def _way_back(self) -> Self:
        if self.take_endpoint and self.former_endpoint is None:
            raise ValueError("take_endpoint needs former_endpoint: the address that PortOne's console has now")
        return self

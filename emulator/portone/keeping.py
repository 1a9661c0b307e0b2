"""What an account remembers besides its payments, and how it is written down."""

from dataclasses import dataclass

from pydantic import TypeAdapter

from emulator.portone.prepared import Prepared
from emulator.portone.webhooks import Addressed


@dataclass(frozen=True, slots=True)
class BillingKey:
    """What a `customer_uid` stands for: the channel and Paymentwall's token, by which is charged again."""

    customer_uid: str
    channel_key: str
    email: str | None
    token: str


@dataclass(frozen=True, slots=True)
class Kept:
    """What an account remembers besides its payments, as it is written down."""

    prepared: list[Prepared]
    billing_keys: list[BillingKey]
    webhooks: list[Addressed]


KEPT = TypeAdapter(Kept)

"""What an account remembers besides its payments, and how it is written down."""

from dataclasses import dataclass, field

from pydantic import TypeAdapter

from emulator.portone.billing_keys import BillingKey
from emulator.portone.prepared import Prepared
from emulator.portone.schedules import Schedule
from emulator.portone.v2.logins import Logins
from emulator.portone.webhooks import Addressed


@dataclass(frozen=True, slots=True)
class AccountMemory:
    """What an account remembers besides its payments, as it is written down."""

    prepared: list[Prepared]
    billing_keys: list[BillingKey]
    webhooks: list[Addressed]
    schedules: list[Schedule] = field(default_factory=list)
    logins: Logins = field(default_factory=Logins)


KEPT = TypeAdapter(AccountMemory)

"""What a storm is: how many orders at which rate, what comes along with them, and its bounds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from conformance.machine.files import Strict
from conformance.verdict.catalogue import Api

MOST_ORDERS, MOST_SECONDS, MOST_RATE, MOST_WORKERS = 5_000, 300.0, 500.0, 64
"""Bounds of one storm: it is a test, and the machines that it runs on are others' too."""
LATE_EVERY, PAIR_EVERY, REFUND_EVERY = 20, 4, 10
"""One webhook in 20 is held back (5 %); of one payment in 4 it comes twice more at the same moment; of one in 10 the
money is asked back. How often is inferred: that webhooks come again, and out of order, is documented."""
CLOCK_SPEED = 60.0
"""Virtual seconds per real one: the minute that PortOne lets pass before it delivers again (docs) takes a second."""
LATE_SECONDS = 180.0
"""Virtual seconds that a webhook is held back."""
TICKET_SECONDS = 30.0
"""Virtual seconds that Paymentwall works on a ticket: results come while orders do."""


class WrongShape(Exception):
    """A storm that cannot be made as it was asked for; the text is one sentence: what, and what is possible."""


def bounded(option: str, given: float, most: float, unit: str) -> None:
    """Raises WrongShape where an option is not above 0, or above its bound."""
    if not (math.isfinite(given) and 0 < given <= most):
        raise WrongShape(f"--{option} {given:g}: give more than 0 and at most {most:g} {unit}")


@dataclass(frozen=True)
class Shape:
    """A storm: `rate` orders a second for `seconds`, but no more than `orders`.

    `look_up_seconds` is how much slower PortOne answers look-ups. `recover_seconds` is how long the merchant may take
    afterwards until everything is worked off. `workers` are Locust's, of which `local` are started here; the others
    join from other machines at the master's `bind` and `port` (0: a free one where all are local, else Locust's own).
    With 0 workers the load comes from one process. `limit_scale` is a factor on the provider's time limits. Raises
    WrongShape.
    """

    rate: float = 10.0
    seconds: float = 10.0
    orders: int = 1_000
    look_up_seconds: float = 0.2
    recover_seconds: float = 30.0
    workers: int = 0
    local: int = 0
    bind: str = "127.0.0.1"
    port: int = 0
    limit_scale: float = 1.0

    def __post_init__(self) -> None:
        bounds = {
            "rate": (self.rate, MOST_RATE, "orders a second"),
            "seconds": (self.seconds, MOST_SECONDS, "seconds"),
            "orders": (self.orders, MOST_ORDERS, "orders"),
            "recover": (self.recover_seconds, 3_600.0, "seconds"),
            "limit-scale": (self.limit_scale, 100.0, "times PortOne's limits"),
        }
        for name, (given, most, unit) in bounds.items():
            bounded(name, given, most, unit)
        if not (math.isfinite(self.look_up_seconds) and 0 <= self.look_up_seconds <= 30):
            raise WrongShape(f"--look-up-delay {self.look_up_seconds:g}: give 0 to 30 seconds")
        if not 0 <= self.local <= self.workers <= MOST_WORKERS:
            asked = f"--workers {self.workers}, --local-workers {self.local}"
            raise WrongShape(f"{asked}: give 0 to {MOST_WORKERS} workers, and no more local ones than workers")

    @property
    def is_spread(self) -> bool:
        """Whether workers join from other machines."""
        return self.local < self.workers

    @property
    def number(self) -> int:
        """How many orders will be placed."""
        return max(1, min(self.orders, round(self.rate * self.seconds)))

    @property
    def users(self) -> int:
        """How many buyers Locust has: enough that slow answers do not slow the arrivals down."""
        return max(self.workers, min(400, self.number, math.ceil(self.rate * 8)))


class LoadPlan(Strict):
    """What every process of the load is told. Holds keys of the emulator, and of the embedded shop.

    `store_id` and `webhook_secrets` are V2's, which signs webhooks.
    """

    target: str
    api: Api = Api.V1
    rate: float
    number: int
    users: int
    seconds: float
    emulator: str
    token: str | None
    imp_code: str
    store_id: str = ""
    webhook_secrets: tuple[str, ...] = Field(default=(), repr=False)
    channel_key: str
    webhook: str
    content_type: str = "application/json"
    base_url: str = ""
    passwords: dict[str, str] = Field(default={}, repr=False)
    files: tuple[str, ...] = ()
    refunds: bool = True
    workers: Annotated[int, Field(ge=0)] = 0
    patience_seconds: float = 40.0

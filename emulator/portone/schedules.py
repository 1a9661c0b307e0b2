"""Scheduled payments: what is to be paid when, and what becomes of it when the account's clock comes to it."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal

from emulator.clock import Action, Clock, Event
from emulator.portone.amounts import number
from emulator.portone.payments import Payment

KIND = "schedule"  # of what the clock keeps

State = Literal["scheduled", "executed", "revoked"]
STATES: tuple[State, ...] = ("scheduled", "executed", "revoked")


@dataclass(frozen=True, slots=True)
class Schedule:
    """A payment to be made at `schedule_at` (virtual unix seconds). `asked` is that payment before it has begun.

    `imp_uid` and `executed_at` are those of the newest try, None and 0 before there is one.
    """

    asked: Payment
    schedule_at: int
    state: State = "scheduled"
    imp_uid: str | None = None
    executed_at: int = 0
    revoked_at: int = 0

    @property
    def merchant_uid(self) -> str:
        return self.asked.merchant_uid

    @property
    def customer_uid(self) -> str:
        return self.asked.customer_uid or ""

    def as_json(self, payment: Payment | None) -> dict[str, Any]:
        """`ScheduleResultAnnotation` in PortOne's V1 OpenAPI; `payment` is the one with `imp_uid`.

        Its `payment_status` is null before there is a result (docs), so also during a risk review (inferred).
        """
        asked = self.asked
        decided = payment is not None and payment.status != "ready"
        return {
            "customer_uid": self.customer_uid,
            "merchant_uid": self.merchant_uid,
            "imp_uid": self.imp_uid,
            "pg_provider": payment.pg_provider if payment else None,
            "pg_id": payment.pg_id if payment else None,
            "customer_id": None,
            "schedule_at": self.schedule_at,
            "executed_at": self.executed_at,
            "revoked_at": self.revoked_at,
            "amount": number(asked.amount),
            "currency": asked.currency,
            "name": asked.name,
            "buyer_name": asked.buyer_name,
            "buyer_email": asked.buyer_email,
            "buyer_tel": asked.buyer_tel,
            "buyer_addr": asked.buyer_addr,
            "buyer_postcode": asked.buyer_postcode,
            "custom_data": asked.custom_data,
            "schedule_status": self.state,
            "payment_status": payment.status if payment and decided else None,
            "fail_reason": payment.fail_reason if payment else None,
            "promotion_id": None,
        }


class Schedules:
    """The scheduled payments of one account, in the order of asking, by their merchant_uid.

    `execute` makes one of them; it is called when the clock comes to it.
    """

    def __init__(self, clock: Clock, execute: Callable[[Schedule], Awaitable[object]]) -> None:
        self._clock, self._execute = clock, execute
        self._all: dict[str, Schedule] = {}
        self._events: dict[str, Event] = {}

    def __iter__(self) -> Iterator[Schedule]:
        return iter(self._all.values())

    def get(self, merchant_uid: str) -> Schedule | None:
        return self._all.get(merchant_uid)

    def clear(self) -> None:
        """Forget all of them; what was due does not happen, whether or not the clock begins anew as well."""
        self._all.clear()

    def keep(self, schedule: Schedule) -> None:
        """Keep this state of one, as after a restart: what is due of it the clock knows already."""
        self._all[schedule.merchant_uid] = schedule

    def put(self, schedule: Schedule) -> Schedule:
        """Keep this state of one, and have it made when it is due, at once where that is over."""
        merchant_uid, at = schedule.merchant_uid, schedule.schedule_at
        planned = self._events.pop(merchant_uid, None)
        if planned is not None:
            planned.cancel()
        self.keep(schedule)
        if schedule.state == "scheduled":
            kept = {"kind": KIND, "merchant_uid": merchant_uid, "schedule_at": at}
            wait = at - self._clock.now()
            label = f"scheduled payment {merchant_uid}"
            self._events[merchant_uid] = self._clock.after(wait, label, partial(self._due, merchant_uid, at), kept=kept)
        return schedule

    def executed(self, schedule: Schedule, imp_uid: str) -> Schedule:
        """It was tried now, by this payment."""
        now = int(self._clock.now())
        return self.put(replace(schedule, state="executed", imp_uid=imp_uid, executed_at=now, revoked_at=0))

    def revoked(self, schedule: Schedule) -> Schedule:
        """It was taken back before it was tried."""
        return self.put(replace(schedule, state="revoked", revoked_at=int(self._clock.now())))

    def moved(self, schedule: Schedule, schedule_at: int) -> Schedule:
        """It is to be made then, as if it had not been tried before."""
        return self.put(Schedule(schedule.asked, schedule_at))

    def revived(self, kept: Mapping[str, Any]) -> Action:
        """What was due before a restart."""
        return partial(self._due, str(kept["merchant_uid"]), int(kept["schedule_at"]))

    async def _due(self, merchant_uid: str, at: int) -> None:
        schedule = self._all.get(merchant_uid)
        if schedule is not None and schedule.state == "scheduled" and schedule.schedule_at == at:
            await self._execute(schedule)

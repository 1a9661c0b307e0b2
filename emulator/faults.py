"""Faults of one account: which call goes wrong, how, how often, and who waits in it. No HTTP here."""

import asyncio
import itertools
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from re import compile as pattern
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, model_validator

from emulator.changes import Changes
from emulator.models import Fields

CallName = Literal[
    "token", "look-up", "find", "channels", "cancel", "prepare", "delivery", "onetime", "again",
    "customers", "schedule", "cash-receipt", "stop", "resend",
    "sdk", "request_pay", "widget", "charge", "return", "receipt", "ticket", "pingback", "webhook",
]  # fmt: skip
CALLS: tuple[CallName, ...] = get_args(CallName)
# The first that fits names the call. Webhooks are not among them: they are whatever goes to a merchant.
_PATHS: tuple[tuple[CallName, str], ...] = (
    ("token", "/users/getToken|/login/api-secret|/token/refresh"),
    ("channels", "/users/pg"),
    ("cancel", "/payments/cancel|/payments/[^/]+/cancel"),
    ("stop", "/payments/[^/]+/cancellations/[^/]+/stop"),
    ("resend", "/payments/[^/]+/resend-webhook"),
    ("prepare", "/payments/prepare(/.*)?|/payments/[^/]+/pre-register"),
    ("find", "/payments/(find|findAll|status)/.*|/payments-by-cursor|/payments/[^/]+/transactions"),
    ("look-up", "/payments(/[^/]+)?"),
    ("onetime", "/subscribe/payments/onetime"),
    ("again", "/subscribe/payments/again"),
    ("customers", "/subscribe/customers(/[^/]+(/payments)?)?"),
    ("schedule", "/subscribe/payments/(un)?schedule(/.*)?|/subscribe/customers/[^/]+/schedules"),
    ("delivery", "/paymentwall/delivery(/confirm)?"),
    ("pingback", "/paymentwall/webhook"),
    ("return", "(/v2)?/paymentwall/return"),
    ("request_pay", "/sdk/request_pay|/v2/sdk/request_payment"),
    ("sdk", "/v1/iamport.js|/js/.*|/v2/browser-sdk(.esm)?.js"),
    ("receipt", "/paymentwall/receipts/.*"),
    ("cash-receipt", "/receipts/.*"),
    ("charge", "/api/subscription/charge"),
    ("widget", "/api/subscription"),
    ("ticket", "/developers/api/ticket"),
)
_NAMED = tuple((name, pattern(text)) for name, text in _PATHS)


class Fault(Fields):
    """What goes wrong, with which calls (`call`, or `method` and `path` with `*`), of which payment.

    - `answer`: `status` and `body` instead of the true answer; `garbage`: HTTP 200 and no JSON at all
    - `delay`: the answer comes `seconds` (real) later; `hold`: it comes when the fault is released or removed
    - `hang`: it never comes; the connection breaks when the fault is released or removed
    - `break`: the connection breaks without an answer, or with `half` after half of it

    Whether the call takes effect all the same says `carried_out`; delayed and held calls take it afterwards, or
    before with `carried_out`. `times`: so many calls, null for all until the fault is removed.
    """

    call: CallName | None = None
    method: str | None = None
    path: str | None = None
    imp_uid: str | None = None
    merchant_uid: str | None = None
    what: Literal["answer", "garbage", "delay", "hold", "hang", "break"]
    status: Annotated[int, Field(ge=200, le=599)] = 500
    body: str | dict[str, Any] | list[Any] = ""
    seconds: Annotated[float, Field(ge=0, le=3600, allow_inf_nan=False)] = 0.0
    half: bool = False
    carried_out: bool = False
    times: Annotated[int, Field(ge=1)] | None = 1

    @model_validator(mode="after")
    def _says_which_calls(self) -> "Fault":
        if (self.call is None) == (self.path is None):
            raise ValueError("give the calls by either call or path (with method, if it matters)")
        if self.method is not None and self.path is None:
            raise ValueError("method goes with path")
        return self


@dataclass(frozen=True, slots=True)
class CallFacts:
    """One call as far as faults look at it. Both identifiers of its payment, where either was told."""

    name: CallName | None
    method: str
    path: str
    imp_uid: str | None
    merchant_uid: str | None


@dataclass(slots=True)
class Armed:
    """A fault at work: how many calls it may still meet (None: all), met so far, and those that wait in it."""

    id: int
    fault: Fault
    left: int | None
    met: int = 0
    waiting: list[tuple[CallFacts, float]] = field(default_factory=list)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    def as_json(self) -> dict[str, Any]:
        waiting = [{**asdict(call), "since": since} for call, since in self.waiting]
        return {"id": self.id, **self.fault.model_dump(mode="json"), "left": self.left, "met": self.met,
                "waiting": waiting}  # fmt: skip


class Faults:
    """The faults of one account. `on_change` is told whether there are any: without them nothing is looked at."""

    def __init__(self, changes: Changes, on_change: Callable[[bool], None] = lambda _: None) -> None:
        self._changes = changes
        self._on_change = on_change
        self._armed: dict[int, Armed] = {}
        self._numbers = itertools.count(1)
        self.active = False

    def add(self, fault: Fault) -> Armed:
        armed = Armed(next(self._numbers), fault, fault.times)
        self._armed[armed.id] = armed
        self._changed()
        return armed

    def get(self, fault_id: int) -> Armed:
        """Raises KeyError for an unknown one."""
        return self._armed[fault_id]

    def release(self, fault_id: int) -> Armed:
        """Let everybody go who waits in it now; the next one waits again. Raises KeyError for an unknown one."""
        armed = self._armed[fault_id]
        armed.released.set()
        armed.released = asyncio.Event()
        self._changes.happened()
        return armed

    def remove(self, fault_id: int) -> None:
        """It meets no more calls; who waits in it is let go. Raises KeyError for an unknown one."""
        self._armed.pop(fault_id).released.set()
        self._changed()

    def clear(self) -> None:
        """Remove all of them."""
        for fault_id in list(self._armed):
            self.remove(fault_id)

    def waiting_for(self, call: CallFacts) -> Armed | None:
        """The oldest fault for this call."""
        return next((one for one in self._armed.values() if one.left != 0 and _concerns(one.fault, call)), None)

    def meets(self, call: CallFacts) -> Armed | None:
        """The oldest fault for this call, which it uses up by one."""
        armed = self.waiting_for(call)
        if armed is not None:
            armed.met += 1
            armed.left = None if armed.left is None else armed.left - 1
            self._changed()
        return armed

    async def wait_in(self, armed: Armed, call: CallFacts) -> None:
        """Wait until the fault is released or removed."""
        released, entry = armed.released, (call, time.time())
        armed.waiting.append(entry)
        self._changes.happened()
        try:
            await released.wait()
        finally:
            armed.waiting.remove(entry)
            self._changed()

    def __iter__(self) -> Iterator[Armed]:
        return iter(self._armed.values())

    def _changed(self) -> None:
        self.active = any(armed.left != 0 for armed in self._armed.values())
        self._on_change(self.active)
        self._changes.happened()


def name_of(path: str) -> CallName | None:
    """Which call an address stands for; None where faults know it by path only."""
    return next((name for name, fits in _NAMED if fits.fullmatch(path.rstrip("/"))), None)


_OF_ATTEMPT = ("imp_uid", "goodsid", "ag_external_id", "transactionId", "tx_id")
_OF_ORDER = ("merchant_uid", "paymentId", "payment_id")
_NO_PAYMENT = ("cancel", "prepare", "find", "findAll", "status")  # what stands in V1's paths in place of a payment


def told(query: Mapping[str, Any], body: Mapping[str, Any], path: str) -> tuple[str | None, str | None]:
    """The imp_uid and the merchant_uid that a call names, wherever its protocol puts them.

    In V2 these are the transactionId and the paymentId.
    """
    steps = path.strip("/").split("/")
    inner = [one for name in ("params", "data") if isinstance(one := body.get(name), Mapping)]
    given = {**{name: value for one in inner for name, value in one.items()}, **query, **body}
    imp_uid = next((given[name] for name in _OF_ATTEMPT if given.get(name)), None)
    merchant_uid = next((given[name] for name in _OF_ORDER if given.get(name)), None)
    if steps[:2] == ["paymentwall", "receipts"]:
        steps = steps[1:]
    elif steps[:3] == ["subscribe", "payments", "schedule"] and len(steps) > 3 and steps[3] != "customers":
        merchant_uid = steps[3]
    if steps[0] in ("payments", "receipts") and len(steps) > 1:
        if steps[1].startswith("imp_"):
            imp_uid = steps[1]
        elif steps[1] in ("find", "findAll", "prepare") and len(steps) > 2:
            merchant_uid = steps[2]
        elif steps[0] == "payments" and steps[1] not in _NO_PAYMENT:
            merchant_uid = steps[1]
    return (str(imp_uid) if imp_uid else None, str(merchant_uid) if merchant_uid else None)


def _concerns(fault: Fault, call: CallFacts) -> bool:
    if fault.call is not None and fault.call != call.name:
        return False
    if fault.path is not None and not fnmatchcase(call.path.rstrip("/") or "/", fault.path.rstrip("/") or "/"):
        return False
    if fault.method is not None and fault.method.upper() != call.method:
        return False
    return fault.imp_uid in (None, call.imp_uid) and fault.merchant_uid in (None, call.merchant_uid)

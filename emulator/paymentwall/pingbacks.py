"""Pingbacks: Paymentwall tells a project's pingback URL what became of a charge, until it is answered `OK`.

Source: Paymentwall's documentation, "Pingback" (parameters, types, `OK`, one try every 30 minutes) and
PortOne's Paymentwall page.
"""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum
from typing import TYPE_CHECKING

from emulator.paymentwall.project import Project
from emulator.paymentwall.signatures import pingback_signature
from emulator.wire import Answer, WireError

if TYPE_CHECKING:
    from emulator.paymentwall.state import ProjectState

RETRY_SECONDS = 1800.0
BUYERS_PATIENCE_SECONDS = 5.0


class Type(IntEnum):
    """What happened. Those from 200 on are documented for Brick; that the widget's reviews use them is
    inferred.
    """

    PAID = 0
    GOODWILL = 1
    REFUND = 2
    UNDER_REVIEW = 200
    REVIEW_ACCEPTED = 201
    REVIEW_DECLINED = 202
    AUTHORISATION_VOIDED = 203


class Reason(IntEnum):
    """Why a charge was given back (with `Type.REFUND` only)."""

    CHARGEBACK = 1
    CARD_FRAUD = 2
    OTHER_FRAUD = 3
    CANCELLED = 9
    PARTIAL_REVERSAL = 10


@dataclass(frozen=True, slots=True)
class Charge:
    """Money taken from a buyer. `goods_id` is the caller's `ag_external_id`, `amount` in major units,
    `charged_at` virtual unix seconds.

    `test` says that it was the Test Payment method, which moves no money.
    """

    ref: str
    uid: str
    goods_id: str
    amount: Decimal
    currency: str
    method: str
    country: str
    charged_at: float
    test: bool = False


@dataclass(frozen=True, slots=True)
class Pingback:
    """One result of one charge; `amount` (major units) is what was given back, where it was a part."""

    charge: Charge
    type: Type
    reason: Reason | None = None
    amount: Decimal | None = None

    @property
    def label(self) -> str:
        return f"pingback {self.type.name} of {self.charge.ref}"


def parameters(pingback: Pingback, project: Project) -> dict[str, str]:
    """The signed query of a pingback, with the parameters configured in the console.

    A widget of type "fixed" has no period, so `slength` and `speriod` are empty. How a partial reversal tells
    its amount is not documented: `amount` and `currency` are inferred.
    """
    charge, version = pingback.charge, project.pingback.signature_version
    query = {
        "uid": charge.uid,
        "goodsid": charge.goods_id,
        "slength": "",
        "speriod": "",
        "type": str(pingback.type.value),
        "ref": charge.ref,
    }
    if pingback.reason is not None:
        query["reason"] = str(pingback.reason.value)
    if pingback.amount is not None:
        query |= {"amount": str(pingback.amount), "currency": charge.currency}
    if charge.test:
        query["is_test"] = "1"
    query |= {name: _custom_value(value, charge) for name, value in project.custom_pingback_parameters.items()}
    if version != 1:
        query["sign_version"] = str(version)
    return {**query, "sig": pingback_signature(query, project.secret_key, version)}


async def announce(state: "ProjectState", pingback: Pingback) -> None:
    """Send a pingback and wait for its answer, but not longer than a buyer in front of the widget would.

    It is an event of the clock, so that the account is not idle while a slow answer is still awaited.
    """
    answered = asyncio.Event()

    async def send() -> None:
        try:
            await deliver(state, pingback)
        finally:
            answered.set()

    state.clock.after(0, pingback.label, send)
    with suppress(TimeoutError):
        await asyncio.wait_for(answered.wait(), BUYERS_PATIENCE_SECONDS)


async def deliver(state: "ProjectState", pingback: Pingback) -> None:
    """Send a pingback once; where it is not answered `OK`, have it sent again in 30 minutes (virtual).

    Each try is made with the settings of its moment: who corrects the URL in the console gets what is still
    to be told.
    """
    if state.project.pingback.type != "url":
        return
    if not await _told(state, pingback):
        state.clock.after(RETRY_SECONDS, pingback.label, lambda: deliver(state, pingback))


async def _told(state: "ProjectState", pingback: Pingback) -> bool:
    url, query = state.project.pingback.url, parameters(pingback, state.project)
    began, answer, error = time.time(), None, None
    try:
        answer = await state.wire.send("GET", url, params=query)
    except WireError as failure:
        error = str(failure)
    state.journal.record(
        kind="pingback",
        source="paymentwall",
        target="portone",
        began=began,
        ended=time.time(),
        clock=state.clock.now(),
        method="GET",
        url=url,
        body=query,
        status=answer.status if answer else None,
        response=answer.text if answer else None,
        error=error,
        imp_uid=pingback.charge.goods_id,
    )
    return answer is not None and _is_ok(answer)


def _is_ok(answer: Answer) -> bool:
    return answer.status == 200 and answer.text.strip() == "OK"


def _custom_value(selected: str, charge: Charge) -> str:
    # COUNTRY_CODE is the one value the guide names; what others would carry is not known here, so they stay
    # empty.
    return charge.country if selected == "COUNTRY_CODE" else ""

"""Faults of a shop on PortOne V2 in what comes twice, waits, or is signed with another secret."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from starlette.requests import Request
from starlette.responses import JSONResponse

from shop import portone_v2
from shop.defects.registry import defect
from shop.defects.second_generation import Handler, handling, said_of
from shop.generations import GENERATIONS
from shop.settings import ShopSettings


@defect("APPROVAL-04", "MONEY-01", why="goods follow what is taken for a payment", api="v2")
def takes_a_pending_payment_for_a_paid_one() -> AbstractContextManager[Any]:
    """A payment that Paymentwall still reviews is taken for a paid one."""
    return patch.dict(portone_v2.STATUSES, {"PAY_PENDING": "paid"})


@defect("APPROVAL-04", api="v2")
def works_off_a_pending_payment_once() -> AbstractContextManager[Any]:
    """A payment that was pending is worked off, and no later webhook about it is looked at."""
    seen: set[str] = set()

    async def change(handled: Handler, request: Request) -> JSONResponse:
        if said := await said_of(request, "PayPending"):
            seen.add(said[1].merchant_uid)
        elif (said := await said_of(request, "Paid")) and said[1].merchant_uid in seen:
            return JSONResponse({})
        return await handled(request)

    return handling(change)


@defect("WEBHOOK-23", api="v2")
def knows_the_first_webhook_secret_only() -> AbstractContextManager[Any]:
    """Of two webhook secrets only the first is known."""
    return _knowing(slice(0, 1))


@defect("WEBHOOK-23", api="v2")
def knows_the_second_webhook_secret_only() -> AbstractContextManager[Any]:
    """Of two webhook secrets only the second is known: the first was forgotten as soon as there was another."""
    return _knowing(slice(-1, None))


@defect("CANCEL-14", "CANCEL-10", why="each has a second part of one payment, which PortOne reports alike", api="v2")
def works_off_each_type_once() -> AbstractContextManager[Any]:
    """A part of a payment that is cancelled after another is taken for that one, which PortOne tells again."""
    seen: set[str] = set()

    async def change(handled: Handler, request: Request) -> JSONResponse:
        said = await said_of(request, "PartialCancelled")
        if said is not None and said[1].merchant_uid in seen:
            return JSONResponse({})
        answer = await handled(request)
        if said is not None and answer.status_code == 200:
            seen.add(said[1].merchant_uid)
        return answer

    return handling(change)


def _knowing(which: slice) -> AbstractContextManager[Any]:
    spoken = GENERATIONS["v2"]

    async def verify(request: Request, settings: ShopSettings) -> None:
        known = settings.webhook_secrets[which]
        await spoken.verify(request, settings.model_copy(update={"webhook_secrets": known}))

    return patch.dict(GENERATIONS, {"v2": replace(spoken, verify=verify)})

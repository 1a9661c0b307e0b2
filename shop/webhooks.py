"""PortOne's webhook: a hint to look a payment up, and nothing more."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse

from shop import orders
from shop.messages import Notice, fields_of
from shop.results import take_result
from shop.store import Store


async def portone(request: Request) -> JSONResponse:
    """200 once the look-up was worked off, also where it concerns no order of this shop.

    503 where the look-up failed, which asks for redelivery (docs: 5xx is retried where redelivery is on).
    """
    store: Store = request.app.state.store
    await store.spoken.verify(request, store.settings)
    told = store.spoken.told_by_webhook(await fields_of(request))
    if told is None:
        return JSONResponse({"message": "not about a payment"})
    return await run_in_threadpool(_work_off, store, Notice.of(told))


def _work_off(store: Store, notice: Notice) -> JSONResponse:
    # A signature (V2) says who speaks, not how the payment stands now; V1 webhooks have none, and a sender's
    # address can be borrowed. A stranger costs the shop one look-up at most, and none for an attempt that it
    # never made.
    if orders.reference_of(store.database, notice.merchant_uid) is None:
        return JSONResponse({"message": "not an order of this shop"})
    result = take_result(store, notice.imp_uid)
    if result is None:
        return JSONResponse({"message": "not a payment of this shop"})
    return JSONResponse({"order": result.reference, "status": result.state})

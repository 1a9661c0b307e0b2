"""The address at which PortOne takes Paymentwall's pingbacks."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from emulator.portone import outcomes
from emulator.portone.account import PortOne


def routes(by_payment: Callable[[str], PortOne | None]) -> list[BaseRoute]:
    """`by_payment` finds the account of an imp_uid.

    Paymentwall repeats a pingback until it reads `OK` (Paymentwall docs).
    """

    async def pingback(request: Request) -> Response:
        query = request.query_params
        account = by_payment(query.get("goodsid", ""))
        if account is None or not outcomes.pingback(account, query):
            return PlainTextResponse("Unknown payment or wrong signature", status_code=403)
        return PlainTextResponse("OK")

    return [Route("/paymentwall/webhook", pingback, methods=["GET"])]

"""PortOne's REST API as merchants call it: which address is which call. What happens is decided in `account`."""

import time
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from emulator.incoming import caller
from emulator.journal import Kind
from emulator.portone import cancelling, customers, delivery, keyed, lookups, preparing, receipts, scheduling
from emulator.portone.amounts import text
from emulator.portone.letting_in import (
    NOT_ALLOWED,
    TOKEN_PATH,
    Directory,
    Elsewhere,
    answered,
    authorised,
    refusal_of,
)
from emulator.portone.not_emulated import PREFIXES
from emulator.portone.rest import Action, Call, Failed, Fields, Reply, failure, fields_of, success
from emulator.portone.tokens import Tokens

# Seen in published client tests and merchants, to the letter.
WRONG_PAIR = "인증에 실패하였습니다. API키와 secret을 확인하세요."
NO_PAIR = "imp_key, imp_secret 파라메터가 누락되었습니다."

SCHEDULE = "/subscribe/payments/schedule"
OF_A_CHANNEL = {"pg_provider", "pg_id", "sandbox", "type", "channel_name", "channel_key"}


def routes(directory: Directory, tokens: Tokens) -> list[BaseRoute]:
    """The routes of api.iamport.kr. Clients send some look-ups as POST (seen).

    Trailing slashes are taken off before them; the most frequent stands first.
    """

    def route(path: str, kind: Kind, action: Action, *methods: str) -> Route:
        return Route(path, authorised(kind, action, directory, tokens), methods=list(methods))

    found: list[BaseRoute] = [
        route("/payments/{imp_uid}", "look-up", lookups.look_up, "GET"),
        route("/payments/cancel", "cancel", cancelling.cancel, "POST"),
        route("/payments/prepare", "prepare", preparing.prepare, "POST"),
        route("/payments/prepare", "prepare", preparing.change, "PUT"),
        route("/payments/prepare/{merchant_uid}", "prepare", preparing.show, "GET", "POST"),
        route("/payments/{imp_uid}", "look-up", lookups.look_up, "POST"),
        route("/payments", "look-up", lookups.several, "GET", "POST"),
        route("/payments/find/{merchant_uid}", "find", lookups.find, "GET", "POST"),
        route("/payments/find/{merchant_uid}/{status}", "find", lookups.find, "GET", "POST"),
        route("/payments/findAll/{merchant_uid}", "find", lookups.find_all, "GET", "POST"),
        route("/payments/findAll/{merchant_uid}/{status}", "find", lookups.find_all, "GET", "POST"),
        route("/payments/status/{status}", "find", lookups.by_status, "GET", "POST"),
        Route(TOKEN_PATH, _get_token(directory, tokens), methods=["POST"]),
        route("/users/pg", "channels", _channels, "GET", "POST"),
        route("/paymentwall/delivery", "delivery", delivery.register, "POST"),
        route("/subscribe/payments/onetime", "onetime", keyed.onetime, "POST"),
        route("/subscribe/payments/again", "again", keyed.again, "POST"),
        route("/subscribe/customers", "customers", customers.several, "GET"),
        route("/subscribe/customers/{customer_uid}", "customers", customers.show, "GET"),
        route("/subscribe/customers/{customer_uid}", "customers", customers.issue, "POST"),
        route("/subscribe/customers/{customer_uid}", "customers", customers.delete, "DELETE"),
        route("/subscribe/customers/{customer_uid}/payments", "customers", customers.payments, "GET"),
        route("/subscribe/customers/{customer_uid}/schedules", "schedule", scheduling.of_customer, "GET"),
        route(SCHEDULE, "schedule", scheduling.schedule, "POST"),
        route(SCHEDULE, "schedule", scheduling.by_period, "GET"),
        route("/subscribe/payments/unschedule", "schedule", scheduling.unschedule, "POST"),
        route(f"{SCHEDULE}/customers/{{customer_uid}}", "schedule", scheduling.of_customer, "GET"),
        route(f"{SCHEDULE}/{{merchant_uid}}", "schedule", scheduling.show, "GET"),
        route(f"{SCHEDULE}/{{merchant_uid}}", "schedule", scheduling.move, "PUT"),
        route(f"{SCHEDULE}/{{merchant_uid}}/reschedule", "schedule", scheduling.reschedule, "POST"),
        route(f"{SCHEDULE}/{{merchant_uid}}/retry", "schedule", scheduling.retry, "POST"),
        route("/receipts/{imp_uid}", "cash-receipt", receipts.cash_receipt, "GET"),
    ]
    return [*found, Elsewhere(PREFIXES, found, directory, tokens)]


def _channels(call: Call) -> Reply:
    return success([channel.model_dump(include=OF_A_CHANNEL) for channel in call.account.console.channels])


def _get_token(directory: Directory, tokens: Tokens) -> Callable[[Request], Awaitable[Response]]:
    async def get_token(request: Request) -> Response:
        began = time.time()
        body: Fields = {}
        account = None
        try:
            body = await fields_of(request)
            imp_key, imp_secret = text(body.get("imp_key")), text(body.get("imp_secret"))
            account = directory.by_key(imp_key) if imp_key else None
            why = refusal_of(imp_key or "", imp_secret or "", account, caller(request))
            if not imp_key or not imp_secret:
                reply = failure(NO_PAIR, status=400, reason=why)
            elif account is None or account.console.imp_secret != imp_secret:
                reply = failure(WRONG_PAIR, status=401, reason=why)
            elif why is not None:
                reply = failure(NOT_ALLOWED, status=403, reason=why)
            else:
                now = account.token_time()
                token = tokens.issue(account.console.imp_code, now)
                times = {"now": int(now), "expired_at": int(token.expires_at)}
                reply = success({"access_token": token.access_token, **times})
        except Failed as failed:
            reply = failed.reply
        known = [account] if account is not None else list(directory.at_portone())
        return answered(request, "token", known, body, reply, began)

    return get_token

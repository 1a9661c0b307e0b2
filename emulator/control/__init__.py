"""The control plane: under `/_emulator/` tests do what people do in consoles, and see what happened."""

from collections.abc import Sequence
from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Receive, Scope, Send

from emulator.accounts import Accounts
from emulator.control import accounts as whole
from emulator.control import breaking, happenings, watching
from emulator.control.access import AccountHandler, Handler, Refused, Told, found, guarded

PREFIX = "/_emulator"


def routes(accounts: Accounts, token: str | None) -> list[BaseRoute]:
    """All routes of the control plane.

    With a `token` callers send it as a Bearer token; without one only this machine is served.
    """

    def route(path: str, handler: Handler, method: str = "GET") -> Route:
        return Route(PREFIX + path, guarded(handler, token), methods=[method])

    def of_account(path: str, handler: AccountHandler, method: str = "GET") -> Route:
        return route("/accounts/{imp_code}" + path, found(accounts, handler), method)

    verbs = [
        route("/health", _health),
        route("/accounts", partial(whole.create, accounts), "POST"),
        route("/accounts", partial(whole.every, accounts)),
        of_account("", whole.show),
        of_account("", partial(whole.change, accounts), "PATCH"),
        of_account("", partial(whole.remove, accounts), "DELETE"),
        of_account("/reset", whole.reset, "POST"),
        of_account("/tokens/revoke", partial(whole.revoke, accounts), "POST"),
        of_account("/tokens/restore", partial(whole.give_back, accounts), "POST"),
        of_account("/snapshot", whole.taken),
        of_account("/restore", whole.restore, "POST"),
        of_account("/payments", happenings.purchase, "POST"),
        of_account("/payments", happenings.payments),
        of_account("/payments/{imp_uid}/cancel", happenings.cancel, "POST"),
        of_account("/payments/{imp_uid}/chargeback", happenings.charge_back, "POST"),
        of_account("/payments/{imp_uid}/refund", happenings.refund, "POST"),
        of_account("/payments/{imp_uid}/review/accept", happenings.accept_review, "POST"),
        of_account("/payments/{imp_uid}/review/decline", happenings.decline_review, "POST"),
        of_account("/payments/{imp_uid}/review/void", happenings.void, "POST"),
        of_account("/charges", happenings.charges),
        of_account("/tickets", happenings.tickets),
        of_account("/tickets/{ticket:int}/complete", happenings.complete, "POST"),
        of_account("/tickets/{ticket:int}/refuse", happenings.refuse, "POST"),
        of_account("/webhooks", happenings.webhooks),
        of_account("/webhooks/test", happenings.call_test, "POST"),
        of_account("/webhooks/{webhook:int}/resend", happenings.resend_webhook, "POST"),
        of_account("/pingbacks", happenings.pingbacks),
        of_account("/pingbacks/test", happenings.try_pingback, "POST"),
        of_account("/pingbacks/{pingback:int}/resend", happenings.resend_pingback, "POST"),
        of_account("/deliveries", happenings.deliveries),
        of_account("/clock", watching.clock),
        of_account("/clock/advance", watching.advance, "POST"),
        of_account("/clock/run", watching.run, "POST"),
        of_account("/clock/stop", watching.stop, "POST"),
        of_account("/idle", watching.idle, "POST"),
        of_account("/journal", watching.journal),
        of_account("/changes", watching.changes),
        of_account("/faults", breaking.every),
        of_account("/faults", breaking.add, "POST"),
        of_account("/faults", breaking.clear, "DELETE"),
        of_account("/faults/{fault:int}", breaking.show),
        of_account("/faults/{fault:int}", breaking.remove, "DELETE"),
        of_account("/faults/{fault:int}/release", breaking.release, "POST"),
    ]
    return [*verbs, _Elsewhere(verbs, token)]


class _Elsewhere(BaseRoute):
    """What is under the prefix and none of the verbs, by any method: an error in the same form."""

    def __init__(self, verbs: Sequence[Route], token: str | None) -> None:
        self._verbs = verbs
        self._guarded = guarded(self._answer, token)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        here = scope["type"] == "http" and (scope["path"] == PREFIX or scope["path"].startswith(f"{PREFIX}/"))
        return (Match.FULL if here else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = await self._guarded(Request(scope, receive))
        await answer(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        methods = sorted(
            {
                method
                for verb in self._verbs
                if verb.matches(request.scope)[0] is Match.PARTIAL
                for method in verb.methods or ()
            }
        )
        if not methods:
            raise Refused(404, "There is nothing at this address.")
        allowed = ", ".join(methods)
        answer = Told({"error": f"Only {allowed} is possible here."}, 405)
        answer.headers["allow"] = allowed
        return answer


async def _health(_: Request) -> Response:
    return Told({"ok": True})

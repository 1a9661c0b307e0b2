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
from emulator.verbs import PREFIX, Verb


def routes(accounts: Accounts, token: str | None) -> list[BaseRoute]:
    """All routes of the control plane.

    With a `token` callers send it as a Bearer token; without one only this machine is served.
    """
    about_one: dict[Verb, AccountHandler] = {
        Verb.SHOW_ACCOUNT: whole.show,
        Verb.CHANGE_ACCOUNT: partial(whole.change, accounts),
        Verb.REMOVE_ACCOUNT: partial(whole.remove, accounts),
        Verb.RESET: whole.reset,
        Verb.REVOKE_TOKENS: partial(whole.revoke, accounts),
        Verb.RESTORE_TOKENS: partial(whole.give_back, accounts),
        Verb.TAKE_SNAPSHOT: whole.taken,
        Verb.RESTORE: whole.restore,
        Verb.PAY: happenings.purchase,
        Verb.LIST_PAYMENTS: happenings.payments,
        Verb.CANCEL_IN_CONSOLE: happenings.cancel,
        Verb.CHARGE_BACK: happenings.charge_back,
        Verb.REFUND: happenings.refund,
        Verb.ACCEPT_REVIEW: happenings.accept_review,
        Verb.DECLINE_REVIEW: happenings.decline_review,
        Verb.VOID: happenings.void,
        Verb.OPEN_DISPUTE: happenings.open_dispute,
        Verb.RESOLVE_DISPUTE: happenings.resolve_dispute,
        Verb.LIST_CHARGES: happenings.charges,
        Verb.LIST_TICKETS: happenings.tickets,
        Verb.COMPLETE_TICKET: happenings.complete,
        Verb.REFUSE_TICKET: happenings.refuse,
        Verb.LIST_WEBHOOKS: happenings.webhooks,
        Verb.CALL_TEST: happenings.call_test,
        Verb.RESEND_WEBHOOK: happenings.resend_webhook,
        Verb.LIST_PINGBACKS: happenings.pingbacks,
        Verb.TRY_PINGBACK: happenings.try_pingback,
        Verb.RESEND_PINGBACK: happenings.resend_pingback,
        Verb.LIST_DELIVERIES: happenings.deliveries,
        Verb.READ_CLOCK: watching.clock,
        Verb.ADVANCE: watching.advance,
        Verb.RUN_CLOCK: watching.run,
        Verb.STOP_CLOCK: watching.stop,
        Verb.IDLE: watching.idle,
        Verb.READ_JOURNAL: watching.journal,
        Verb.AWAIT_CHANGE: watching.changes,
        Verb.LIST_FAULTS: breaking.every,
        Verb.ADD_FAULT: breaking.add,
        Verb.CLEAR_FAULTS: breaking.clear,
        Verb.SHOW_FAULT: breaking.show,
        Verb.REMOVE_FAULT: breaking.remove,
        Verb.RELEASE_FAULT: breaking.release,
    }
    handlers: dict[Verb, Handler] = {
        Verb.HEALTH: _health,
        Verb.CREATE_ACCOUNT: partial(whole.create, accounts),
        Verb.LIST_ACCOUNTS: partial(whole.every, accounts),
        **{verb: found(accounts, handler) for verb, handler in about_one.items()},
    }
    verbs = [Route(PREFIX + one.address, guarded(handlers[one], token), methods=[one.method]) for one in Verb]
    return [*verbs, _NoVerb(verbs, token)]


class _NoVerb(BaseRoute):
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

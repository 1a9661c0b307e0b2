"""The control plane's verbs about what happens: payments, tickets, webhooks, pingbacks."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from emulator.accounts import Account
from emulator.buyer import Page, Purchase, buy
from emulator.control.access import Refused, Told, parsed
from emulator.models import Fields
from emulator.paymentwall.parameters import Reason, Type
from emulator.paymentwall.pingbacks import WHITELISTED_ADDRESSES
from emulator.portone import outcomes
from emulator.portone.console import Stage
from emulator.portone.payments import Payment, Version
from emulator.portone.rendering import payment_object

Amount = Annotated[Decimal, Field(gt=0, allow_inf_nan=False)]
REASONS = {"chargeback": Reason.CHARGEBACK, "card_fraud": Reason.CARD_FRAUD, "other_fraud": Reason.OTHER_FRAUD}


class Nothing(Fields):
    """No fields."""


class Cancel(Fields):
    """A cancellation in PortOne's console; `amount` in major units, all that is left without it."""

    amount: Amount | None = None
    reason: str | None = None


class ChargeBack(Fields):
    """Paymentwall takes the money back because the buyer's bank did."""

    amount: Amount | None = None
    reason: Literal["chargeback", "card_fraud", "other_fraud"] = "chargeback"


class Refund(Fields):
    """Paymentwall gives the money back without anybody at PortOne having asked."""

    amount: Amount | None = None


class CallTest(Fields):
    """The stage whose saved address gets the test webhook, by default the one in use, what it says, and whose it is."""

    stage: Stage | None = None
    status: Literal["paid", "ready"] = "paid"
    version: Version = "V1"


class TryPingback(Fields):
    """A pingback marked as a test, of this type (and reason), about the payment of this name."""

    type: Literal[0, 1, 2, 200, 201, 202, 203] = 0
    imp_uid: str = "test"
    reason: Literal[1, 2, 3, 9, 10] | None = None


async def purchase(account: Account, request: Request) -> Response:
    channels = [one.channel_key for one in account.settings.channels if one.stage == account.settings.stage]
    page = Page(account.settings.imp_code, account.settings.v2.store_id, channels[0] if channels else "none")
    imp_uid = await buy(await parsed(Purchase, request), page, account.wire)
    payment = account.portone.payments.get(imp_uid)
    if payment is None:
        raise Refused(400, f"The server at PortOne's address made {imp_uid}, which is not a payment of this account.")
    return _shown(payment, 201)


async def payments(account: Account, _: Request) -> Response:
    return Told({"payments": [_object(one) for one in account.portone.payments]})


async def cancel(account: Account, request: Request) -> Response:
    payment, wanted = _payment(account, request), await parsed(Cancel, request)
    result = await account.portone.cancel_in_console(payment.imp_uid, wanted.amount, wanted.reason)
    if not isinstance(result, Payment):
        raise Refused(400, str(result))
    return _shown(result)


async def charge_back(account: Account, request: Request) -> Response:
    wanted = await parsed(ChargeBack, request)
    return await _taken_back(account, request, wanted.amount, REASONS[wanted.reason])


async def refund(account: Account, request: Request) -> Response:
    return await _taken_back(account, request, (await parsed(Refund, request)).amount, Reason.CANCELLED)


async def _taken_back(account: Account, request: Request, amount: Decimal | None, reason: Reason) -> Response:
    payment = _payment(account, request)
    await _about_charge(account, account.project.take_back(payment.imp_uid, reason, amount))
    return _shown(_payment(account, request))


async def accept_review(account: Account, request: Request) -> Response:
    return await _reviewed(account, request, account.project.accept_review)


async def decline_review(account: Account, request: Request) -> Response:
    return await _reviewed(account, request, account.project.decline_review)


async def void(account: Account, request: Request) -> Response:
    return await _reviewed(account, request, account.project.void)


async def _reviewed(account: Account, request: Request, decide: Callable[[str], Awaitable[object]]) -> Response:
    payment = _payment(account, request)
    await parsed(Nothing, request)
    await _about_charge(account, decide(payment.imp_uid))
    return _shown(_payment(account, request))


async def open_dispute(account: Account, request: Request) -> Response:
    """The buyer's bank takes the buyer's side, and V2 tells it; the money is not gone yet."""
    payment = _payment(account, request)
    await parsed(Nothing, request)
    if payment.version == "V1":
        raise Refused(400, "V1 has no disputes.")
    return _changed(account, outcomes.dispute(account.portone, payment.imp_uid))


async def resolve_dispute(account: Account, request: Request) -> Response:
    payment = _payment(account, request)
    await parsed(Nothing, request)
    try:
        return _changed(account, outcomes.resolve_dispute(account.portone, payment.imp_uid))
    except ValueError as error:
        raise Refused(400, str(error)) from None


def _changed(account: Account, payment: Payment) -> Response:
    account.journal.changes.happened()
    return _shown(payment)


async def charges(account: Account, _: Request) -> Response:
    return Told({"charges": [charge.as_json() for charge in account.project.charges.values()]})


async def tickets(account: Account, _: Request) -> Response:
    return Told({"tickets": account.tickets()})


async def complete(account: Account, request: Request) -> Response:
    return await _decided(account, account.project.tickets.complete, request)


async def refuse(account: Account, request: Request) -> Response:
    return await _decided(account, account.project.tickets.refuse, request)


async def _decided(account: Account, decide: Callable[[int], Awaitable[object]], request: Request) -> Response:
    ticket = request.path_params["ticket"]
    await parsed(Nothing, request)
    await _done(account, decide(ticket), f"no ticket {ticket}")
    return Told({"ok": True})


async def webhooks(account: Account, _: Request) -> Response:
    return Told({"webhooks": [one.as_json() for one in account.portone.webhooks]})


async def resend_webhook(account: Account, request: Request) -> Response:
    await parsed(Nothing, request)
    webhook = request.path_params["webhook"]
    return await _sent(account, account.portone.resend(webhook), f"no webhook {webhook}")


async def call_test(account: Account, request: Request) -> Response:
    wanted = await parsed(CallTest, request)
    return await _sent(
        account, account.portone.call_test(wanted.stage, wanted.status, wanted.version), "no test webhook"
    )


async def pingbacks(account: Account, _: Request) -> Response:
    listed = [one.as_json() for one in account.project.pingbacks.tellings]
    return Told({"pingbacks": listed, "come_from": list(WHITELISTED_ADDRESSES)})


async def deliveries(account: Account, _: Request) -> Response:
    return Told({"deliveries": [notice.as_json() for notice in account.project.deliveries]})


async def try_pingback(account: Account, request: Request) -> Response:
    """Paymentwall's Test Pingback Tool."""
    wanted = await parsed(TryPingback, request)
    reason = None if wanted.reason is None else Reason(wanted.reason)
    tried = await account.project.try_pingback(Type(wanted.type), wanted.imp_uid, reason=reason)
    return Told({"status": tried.status, "body": tried.body, "error": tried.error})


async def resend_pingback(account: Account, request: Request) -> Response:
    await parsed(Nothing, request)
    pingback = request.path_params["pingback"]
    await _done(account, account.project.resend(pingback), f"no pingback {pingback}")
    return Told({"ok": True})


async def _sent(account: Account, sending: Awaitable[Any], missing: str) -> Response:
    delivery = await _done(account, sending, missing)
    return Told({"status": delivery.status, "error": delivery.error})


async def _about_charge(account: Account, act: Awaitable[object]) -> None:
    async def acted() -> None:
        try:
            await act
        except KeyError:
            raise Refused(400, "Nothing was charged for this payment.") from None

    await _done(account, acted(), "")


async def _done(account: Account, act: Awaitable[Any], missing: str) -> Any:
    try:
        return await act
    except KeyError:
        raise Refused(404, f"There is {missing}.") from None
    except ValueError as error:
        raise Refused(400, str(error)) from None
    finally:
        account.journal.changes.happened()


def _payment(account: Account, request: Request) -> Payment:
    imp_uid = request.path_params["imp_uid"]
    payment = account.portone.payments.get(imp_uid)
    if payment is None:
        raise Refused(404, f"There is no payment {imp_uid}.")
    return payment


def _shown(payment: Payment, status: int = 200) -> Response:
    return Told(_object(payment), status)


def _object(payment: Payment) -> dict[str, Any]:
    """The payment by V1's names, and which generation of the API made it."""
    return {**payment_object(payment, extension=True), "version": payment.version}

"""The calls of V2 that change something: cancel, stop, pre-register, resend a webhook, log in."""

from decimal import Decimal

from emulator.portone import payments as results
from emulator.portone.account import BY_PROVIDER, CancelRefused, CancelRequest, PortOne
from emulator.portone.minor import to_major, to_minor
from emulator.portone.payments import Payment
from emulator.portone.prepared import Prepared
from emulator.portone.v2.answers import V2Answer, V2Call, V2Problem, invalid
from emulator.portone.v2.logins import Login
from emulator.portone.v2.lookups import known
from emulator.portone.v2.rendering import cancellation_object, webhook_object
from emulator.portone.v2.signed import moment

MOST_RESENT = 5  # inferred: that there is an end is documented
NOT_IN_PART = "결제통화와 정산통화가 다른 결제건은 부분취소가 불가능합니다."


async def cancel(call: V2Call) -> V2Answer:
    """`POST /payments/{paymentId}/cancel`: a ticket is `REQUESTED` (inferred), what is given back at once `SUCCEEDED`.

    `skipWebhook` holds the webhook of the result back (docs). Whether a ticket that waits lessens what can be
    cancelled is not documented (inferred, as in V1: it does not).
    """
    payment, account = known(call), call.account
    reason = call.text("reason")
    call.one_of("requester", "CUSTOMER", "ADMIN", "", usual="")
    amount = call.minor("amount", least=1)
    checksum = call.minor("currentCancellableAmount")
    parts = (call.minor("taxFreeAmount") or 0) + (call.minor("vatAmount") or 0)
    _refuse(payment, amount, checksum, parts)
    major = None if amount is None else to_major(amount, payment.currency)
    before = {one.cancellation_id for one in (*payment.waiting, *payment.history, *payment.refused)}
    asked = CancelRequest(major, None, reason, enable_webhook=not call.flag("skipWebhook", False))
    result = await account.request_back(payment, asked)
    if isinstance(result, CancelRefused):
        if result.code == BY_PROVIDER:
            raise _by_provider("CANCEL_REFUSED", result.message)
        raise _by_provider("CHANNEL_NOT_FOUND", result.message)
    made = next(one for one in (*result.waiting, *result.history) if one.cancellation_id not in before)
    return V2Answer({"cancellation": cancellation_object(made, result)}, result)


def _refuse(payment: Payment, amount: int | None, checksum: int | None, parts: int) -> None:
    """Raise the error of a cancellation that PortOne does not even ask Paymentwall for.

    `parts` is what of it is free of tax, and the tax: beyond their sum they mean nothing to Paymentwall (inferred).
    """
    if payment.status in ("ready", "failed"):
        raise V2Problem("PAYMENT_NOT_PAID", "결제가 완료되지 않았습니다.")
    if payment.status == "cancelled":
        raise V2Problem("PAYMENT_ALREADY_CANCELLED", "결제가 이미 취소되었습니다.")
    left = to_minor(payment.cancellable, payment.currency)
    if checksum is not None and checksum != left:
        raise V2Problem("CANCELLABLE_AMOUNT_CONSISTENCY_BROKEN", "취소 가능 잔액이 일치하지 않습니다.")
    if amount is not None and amount > left:
        raise V2Problem("CANCEL_AMOUNT_EXCEEDS_CANCELLABLE_AMOUNT", "취소 금액이 취소 가능 금액을 초과했습니다.")
    if parts > (left if amount is None else amount):
        raise V2Problem("SUM_OF_PARTS_EXCEEDS_CANCEL_AMOUNT", "하위 항목들의 합이 취소 금액을 초과했습니다.")
    whole = amount is None or amount == to_minor(payment.amount, payment.currency)
    if payment.settled_currency not in (None, payment.currency) and not whole:
        raise _by_provider("PARTIAL_CANCEL_NOT_ALLOWED", NOT_IN_PART)  # which error it is, is inferred


async def stop(call: V2Call) -> V2Answer:
    """`POST /payments/{paymentId}/cancellations/{cancellationId}/stop`: the ticket is dropped.

    The description says that only Triple-A uses it; that a Paymentwall ticket can be dropped, how, and that the
    cancellation is `FAILED` then, is inferred. Where Paymentwall has no such ticket it is a `PG_PROVIDER` error.
    """
    payment, account = known(call), call.account
    cancellation_id = call.path["cancellationId"]
    every = (*payment.waiting, *payment.history, *payment.refused)
    meant = next((one for one in every if one.cancellation_id == cancellation_id), None)
    if meant is None:
        raise V2Problem("PAYMENT_CANCELLATION_NOT_FOUND", "결제 취소 내역이 존재하지 않습니다.")
    if meant not in payment.waiting:
        raise V2Problem("PAYMENT_CANCELLATION_NOT_PENDING", "결제 취소 내역이 취소 요청 상태가 아닙니다.")
    amount = None if meant.amount == payment.amount else meant.amount
    if not await account.withdraw(payment.imp_uid, amount):
        raise _by_provider("TICKET_NOT_FOUND", "Paymentwall has no such ticket waiting.")
    latest = account.payments.get(payment.imp_uid)
    if latest is not None and meant in latest.waiting:  # a payment of V1, to which nobody tells what became of it
        account.payments.put(results.not_cancelled(latest, cancellation_id))
    return V2Answer({"stoppedAt": moment(account.clock.now())}, payment)


def pre_register(call: V2Call) -> V2Answer:
    """`POST /payments/{paymentId}/pre-register`: the amount that the payment window will take, and no other.

    Registered again it is replaced (inferred). Without a currency the number of minor units alone counts (inferred).
    """
    payment_id, account = call.path["paymentId"], call.account
    total = call.minor("totalAmount")
    if total is None:
        raise invalid("totalAmount은(는) 필수입니다.")
    call.minor("taxFreeAmount")
    currency = call.optional("currency")
    if currency is not None and not (len(currency) == 3 and currency.isascii() and currency.isupper()):
        raise invalid("currency는 ISO 4217 통화 코드여야 합니다.")
    if account.was_paid(payment_id):
        raise V2Problem("ALREADY_PAID", "결제가 이미 완료되었습니다.")
    amount = Decimal(total) if currency is None else to_major(total, currency)
    account.prepared[payment_id] = Prepared(payment_id, amount, currency, in_minor=currency is None)
    return V2Answer({})


async def resend_webhook(call: V2Call) -> V2Answer:
    """`POST /payments/{paymentId}/resend-webhook`: one webhook again, the newest of the payment if none is named."""
    payment, account = known(call), call.account
    webhook_id = call.optional("webhookId")
    attempts = account.payments.find(payment.merchant_uid, sorting="started")
    sent = [one for attempt in attempts for one in account.webhooks.about(attempt.imp_uid) if one.webhook.signed]
    named = [one for one in sent if one.webhook.signed and webhook_id in (None, one.webhook.signed.id)]
    if not named:
        raise V2Problem("WEBHOOK_NOT_FOUND", "웹훅 내역이 존재하지 않습니다.")
    meant = max(named, key=lambda one: one.id)
    if meant.resent >= MOST_RESENT:
        raise V2Problem("MAX_WEBHOOK_RETRY_COUNT_REACHED", "웹훅 수동 재발송 횟수가 최대에 도달했습니다.")
    await account.resend(meant.id)
    latest = next((one for one in account.webhooks.about(meant.webhook.imp_uid) if one.id == meant.id), meant)
    return V2Answer({"webhook": webhook_object(latest)}, payment)


def logged_in(account: PortOne) -> V2Answer:
    """A fresh pair of tokens, in place of the refresh token that there was (docs)."""
    v2 = account.console.v2
    login: Login = account.logins.new(v2.store_id, v2.api_secret, account.token_time())
    return V2Answer({"accessToken": login.access_token, "refreshToken": login.refresh_token})


def _by_provider(code: str, message: str) -> V2Problem:
    return V2Problem("PG_PROVIDER", "PG사에서 오류를 전달했습니다.", pgCode=code, pgMessage=message)

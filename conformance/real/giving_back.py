"""Gets back what was charged: looks every attempt up at PortOne, asks for each charge once, and waits for the results.

First by the merchant's own refund action, so that it ships nothing; otherwise by PortOne's API, with a notice to it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

import httpx

from conformance.machine.settling import eventually
from conformance.merchant.protocol import ActionAnswer, Merchant, MerchantUnreachable, Order, OrderView
from conformance.portone.api import Payment, PortOneApi, PortOneRefused
from conformance.real.bookkeeping import Charge, OpenedWidget
from conformance.real.ledger import Answer, Ledger
from conformance.record.orders import OrderState
from conformance.settings.real import ChargesSettings
from conformance.verdict.catalogue import Probe
from conformance.verdict.endings import Blocked, NotApplicable, NotObservable, SuiteError

REASON = "A conformance test's charge goes back"
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
"""After these nothing of a request has left this machine."""
_LONGEST_PAUSE_SECONDS = 60.0
_UNASKED = (PortOneRefused, httpx.TransportError, Blocked)
_NO_ACTION = (NotObservable, NotApplicable)
_NO_ANSWER = (MerchantUnreachable, httpx.TransportError, SuiteError)


@dataclass
class GivingBack:
    """Gets back what one account charged. What cannot be done now is in `troubles`, and stays in the ledger.

    `merchant` is the one whose orders they were, None where there is none; `merchant_name` is its name in the ledger.
    `settle_seconds` is how long a payment that the buyer was about to make may still be under way. `pause_seconds`
    is the shortest between two rounds of questions to PortOne, which is not to be pressed. `spared` are payments
    (imp_uid) of which a scenario waits for a part to come back: the rest is asked for when it ended. Every method
    raises LedgerError where what it is about to do cannot be written down: then it is not done.
    """

    ledger: Ledger
    api: PortOneApi
    account: str
    settings: ChargesSettings
    merchant: Merchant | None = None
    merchant_name: str = ""
    settle_seconds: float = 0.0
    pause_seconds: float = 1.0
    spared: set[str] = field(default_factory=set)
    troubles: dict[str, str] = field(default_factory=dict)
    _refused: set[str] = field(default_factory=set)
    """What was asked for in vain, by imp_uid: it is not asked for again until the next time."""

    def all(self) -> None:
        """Look up, ask, wait as long as agreed, and read the orders of what came back."""
        self._refused.clear()
        self.look_up()
        self.ask()
        self.wait()
        self.read_orders()

    def look_up(self) -> None:
        """Write down what PortOne knows of every attempt and charge that is not done with."""
        for attempt in self.ledger.books().open_attempts(self.account):
            self.look_at(attempt)
        for charge in self._not_back():
            self._look_again(charge)

    def look_at(self, attempt: OpenedWidget) -> None:
        """Write down whether an attempt was paid. One that was not stays open as long as a review may approve it."""
        if (payments := self._payments_of(attempt.merchant_uid)) is None:
            return
        for payment in payments:
            if payment.was_paid:
                self._note(payment)
        watched = timedelta(hours=self.settings.watch_hours)
        if not any(payment.was_paid for payment in payments) and self.ledger.clock() - attempt.began > watched:
            self.ledger.not_charged(self.account, attempt.merchant_uid)

    def ask(self, only: Sequence[str] = (), *, again: bool = False) -> None:
        """Ask for what was not asked for yet; `again`: also for what was, where it has not come.

        A request that nobody knows to have been received is made again once it had `again_hours` for its result.
        `only` names payments by imp_uid, empty for all.
        """
        for charge in self._not_back():
            if charge.imp_uid in self._refused or (only and charge.imp_uid not in only):
                continue
            if charge.imp_uid in self.spared and not only:
                continue
            anew = again or self._given_up(charge)
            amount = charge.amount - charge.returned if anew else charge.left
            if amount > 0 and self._look_again(charge):
                self._ask_for(self._now(charge), amount, by_api=anew)

    def wait(self, only: Sequence[str] = ()) -> None:
        """Wait until what was asked for came back (of `only`, where given), or the agreed time has passed."""

        def under_way() -> bool:
            self.look_up()
            self.ask(only)
            paying = [one for one in self.ledger.books().open_attempts(self.account) if self._is_paying(one)]
            waiting = [one for one in self._not_back() if one.moves_money and one.imp_uid not in self.spared]
            return bool(paying) or any(charge.is_awaited for charge in waiting if charge.imp_uid in only or not only)

        eventually(
            under_way,
            lambda still: not still,
            limit_seconds=self.settings.wait_seconds,
            shortest_seconds=self.pause_seconds,
            longest_seconds=_LONGEST_PAUSE_SECONDS,
        )

    def read_orders(self) -> None:
        """Write down what the merchant says of the orders whose charges came back in full."""
        for charge in list(self.ledger.books().charges.values()):
            if charge.account == self.account and charge.is_back and charge.order_state != OrderState.CANCELLED:
                view = self._order(charge, expected=OrderState.CANCELLED)
                if view is not None and view.state != charge.order_state:
                    self.ledger.order_read(self.account, charge.imp_uid, view.state)

    def _not_back(self) -> list[Charge]:
        charges = self.ledger.books().charges.values()
        return [one for one in charges if one.account == self.account and not one.is_back]

    def _now(self, charge: Charge) -> Charge:
        return self.ledger.books().charges[self.account, charge.imp_uid]

    def _is_paying(self, attempt: OpenedWidget) -> bool:
        """Whether the buyer was about to pay it a moment ago."""
        if attempt.permitted is None:
            return False
        return self.ledger.clock() - attempt.permitted < timedelta(seconds=self.settle_seconds)

    def _given_up(self, charge: Charge) -> bool:
        asked = charge.unclear
        return asked is not None and self.ledger.clock() - asked.at > timedelta(hours=self.settings.again_hours)

    # PortOne

    def _payments_of(self, merchant_uid: str) -> list[Payment] | None:
        """What PortOne has of an attempt, None where it could not be asked."""
        return self._asked(merchant_uid, lambda: self.api.payments_of(merchant_uid))

    def _asked(self, what: str, call: Callable[[], list[Payment]]) -> list[Payment] | None:
        try:
            answer = call()
        except _UNASKED as error:
            self.troubles[what] = f"{what} could not be looked up: {str(error) or type(error).__name__}"
            return None
        self.troubles.pop(what, None)
        return answer

    def _note(self, payment: Payment) -> None:
        """Write down what is new about a payment that was paid."""
        known = self.ledger.books().charges.get((self.account, payment.imp_uid))
        if known is None:
            self.ledger.charged(
                self.account,
                payment.merchant_uid,
                payment.imp_uid,
                payment.amount,
                payment.currency,
                payment.paid_at,
                payment.pay_method,
                payment.pg_tid,
            )
        returned = known.returned if known else Decimal(0)
        if payment.cancel_amount > returned:
            self.ledger.came_back(self.account, payment.imp_uid, payment.cancel_amount)

    def _look_again(self, charge: Charge) -> bool:
        """Whether something of it is still out, as PortOne says now; not where PortOne cannot be asked."""
        payments = self._asked(charge.imp_uid, lambda: [self.api.payment(charge.imp_uid)])
        for payment in payments or ():
            self._note(payment)
        return payments is not None and not self._now(charge).is_back

    def _ask_for(self, charge: Charge, amount: Decimal, *, by_api: bool) -> None:
        if not by_api and amount == charge.amount and self._asked_the_merchant(charge):
            return
        self.ledger.asking_back(self.account, charge.imp_uid, amount, "api")
        try:
            payment = self.api.cancel(self.api.payment(charge.imp_uid), amount, REASON)
        except _NOT_SENT as error:
            self.ledger.asked_back(self.account, charge.imp_uid, "not sent", str(error))
        except httpx.TransportError as error:
            self.ledger.asked_back(self.account, charge.imp_uid, "unclear", repr(error))
        except Blocked as error:
            self.ledger.asked_back(self.account, charge.imp_uid, "not sent", str(error))
        except PortOneRefused as refusal:
            answer: Answer = "unclear" if refusal.status >= httpx.codes.INTERNAL_SERVER_ERROR else "refused"
            self.ledger.asked_back(self.account, charge.imp_uid, answer, str(refusal))
            self._look_again(charge)
        else:
            self.ledger.asked_back(self.account, charge.imp_uid, "taken", "")
            self._note(payment)
        if self._now(charge).left:
            self._refused.add(charge.imp_uid)

    # The merchant

    def _asked_the_merchant(self, charge: Charge) -> bool:
        """Whether it was asked, or nobody knows if it was; False where it is PortOne that must be asked."""
        view = self._order(charge)
        if view is None or view.state not in (OrderState.PAID, OrderState.WAITING_FOR_CANCELLATION):
            return False
        assert self.merchant is not None  # its order was read
        imp_uid = charge.imp_uid
        if view.state is OrderState.WAITING_FOR_CANCELLATION:
            self.ledger.asking_back(self.account, imp_uid, charge.amount, "merchant")
            self.ledger.asked_back(self.account, imp_uid, "taken", "the order was waiting for cancellation already")
            return True
        if Probe.REFUND not in self.merchant.capabilities:
            return False
        self.ledger.asking_back(self.account, imp_uid, charge.amount, "merchant")
        try:
            answer = self.merchant.ask_for_refund(order_of(charge))
        except _NO_ACTION as reason:
            answer = ActionAnswer(accepted=False, message=str(reason))
        except _NO_ANSWER as error:
            self.ledger.asked_back(self.account, imp_uid, "unclear", str(error))
            return True
        self.ledger.asked_back(self.account, imp_uid, "taken" if answer.accepted else "refused", answer.message)
        return answer.accepted

    def _order(self, charge: Charge, expected: OrderState | None = None) -> OrderView | None:
        """The order as its merchant stores it, None where it is not its or cannot be read."""
        merchant, made_for = self.merchant, self.ledger.books().runs.get(charge.attempt.run, {}).get("merchant")
        if merchant is None or Probe.ORDER not in merchant.capabilities or not charge.attempt.order:
            return None
        if made_for != self.merchant_name:
            return None
        order = order_of(charge)
        limit = self.settle_seconds + merchant.settle_seconds if expected else 0.0

        def read() -> OrderView:
            return merchant.read_order(order)

        try:
            return eventually(read, lambda view: view.state is expected, limit_seconds=limit)
        except (*_NO_ACTION, *_NO_ANSWER) as error:
            self.troubles[f"order {order.reference}"] = f"order {order.reference} could not be read: {error}"
            return None


def order_of(charge: Charge) -> Order:
    """The order that a charge was made for, as far as the ledger has it."""
    attempt = charge.attempt
    return Order(attempt.order, attempt.merchant_uid, attempt.amount, attempt.currency)

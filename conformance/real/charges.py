"""The charges of a run: permitted by the settings, kept in the ledger, given back at its end and the next start."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from conformance.machine import interrupts
from conformance.merchant.protocol import Merchant, Order
from conformance.portone.api import PortOneApi
from conformance.real.charges_told import agreed, consent, outstanding_lines
from conformance.real.charging import Permission
from conformance.real.giving_back import GivingBack
from conformance.real.ledger import Answer, Ledger, LedgerError
from conformance.real.run_verdicts import judged
from conformance.settings.real import ChargesSettings
from conformance.target.charging import Attempt
from conformance.verdict.algebra import Judgement
from conformance.verdict.endings import NotObservable
from conformance.verdict.reasons import Cause, Why


@dataclass
class KeptCharges:
    """What a run on the real account may charge and has charged, in the ledger.

    `account` is its code and address, `merchant_name` whose orders are paid. `say` tells a person a line. `reports` is
    the folder of the run's reports.
    `spared` is as in GivingBack: who puts scenarios aside changes it while the run goes on.
    """

    settings: ChargesSettings
    ledger: Ledger
    api: PortOneApi
    account: str
    run: str
    say: Callable[[str], None]
    settle_seconds: float = 0.0
    merchant: Merchant | None = None
    merchant_name: str = ""
    reports: Path | None = None
    spared: set[str] = field(default_factory=set)
    permission: Permission = field(init=False)
    back: GivingBack = field(init=False)
    _order: Order | None = None
    _consent_shown: bool = False

    def __post_init__(self) -> None:
        self.permission = Permission(self.settings)
        self.ledger.run = self.run

    def begin(self, merchant: Merchant, name: str) -> None:
        """A run with this merchant begins. What earlier ones left is asked for first. Raises LedgerError."""
        self.merchant, self.merchant_name = merchant, name
        self.back = GivingBack(
            self.ledger, self.api, self.account, self.settings, merchant, name, settle_seconds=self.settle_seconds
        )
        self.back.spared = self.spared
        for line in self.ledger.told:
            self.say(line)
        left = self._unfinished()
        self.ledger.begin_run(self.run, self.account, name, agreed(self.settings), self.reports)
        self.permission.made = sum(
            1 for one in self.ledger.of_run(self.run) if one.attempt.moves_money
        )  # of a resumed one
        if left:
            self.say(f"Open attempts and charges of earlier runs: {left}. Looking them up.")
            self.back.look_up()
            self.back.ask()
            self._tell()

    def about(self, order: Order) -> None:
        """The attempts that follow are of this order."""
        self._order = order

    def begun(self, attempt: Attempt) -> None:
        """Write an attempt down, before its widget opens. Raises LedgerError."""
        self.ledger.begin_attempt(
            attempt.merchant_uid,
            attempt.amount if attempt.amount.is_finite() else Decimal(0),
            attempt.currency,
            attempt.method,
            attempt.scenario,
            self.account,
            self._order.reference if self._order else "",
        )

    def permit(self, attempt: Attempt) -> None:
        """Let the buyer pay, where the settings allow it. Raises NotPermitted, and LedgerError."""
        if attempt.charges and not self._consent_shown:
            self._consent_shown = True
            for line in consent(self.settings):
                self.say(line)
        self.permission.permit(attempt)
        self.ledger.permitted(self.account, attempt.merchant_uid)

    def seen(self, merchant_uid: str) -> None:
        """The page was told a result: look it up. Where PortOne cannot be asked now, it is at the end of the run.

        Raises NotObservable where a person chose a method that cannot be refunded: that shows nothing of the merchant.
        """
        attempt = self.ledger.books().attempts.get((self.account, merchant_uid))
        if attempt is None:
            return
        self.back.look_at(attempt)
        for charge in self.ledger.books().charges.values():
            if charge.attempt.merchant_uid == merchant_uid and charge.pay_method in self.settings.not_refundable:
                facts = {"payment": charge.imp_uid, "method": str(charge.pay_method)}
                raise NotObservable(Cause(Why.NOT_REFUNDABLE, facts=facts))

    def refund_is_asked_for(self, order: Order, amount: Decimal) -> list[str]:
        """The merchant is about to be asked for a refund: write it down for what was charged, and give the imp_uids."""
        for attempt in self.ledger.books().open_attempts(self.account):
            if attempt.order == order.reference:
                self.back.look_at(attempt)
        charges = [one for one in self.ledger.books().of_order(self.account, order.reference) if not one.is_back]
        for charge in charges:
            self.ledger.asking_back(self.account, charge.imp_uid, min(amount, charge.amount), "merchant")
        return [charge.imp_uid for charge in charges]

    def refund_was_answered(self, imp_uids: list[str], *, accepted: bool | None, words: str) -> None:
        """What it answered; None: it did not."""
        answers: Mapping[bool | None, Answer] = {True: "taken", False: "refused", None: "unclear"}
        for imp_uid in imp_uids:
            self.ledger.asked_back(self.account, imp_uid, answers[accepted], words)

    def setting_changed(self, name: str, before: str, after: str) -> None:
        """Write down that a setting is about to be changed for this run. Raises LedgerError."""
        self.ledger.setting_changed(name, before, after)

    def give_back(self) -> None:
        """Get back what this account charged, in this run and earlier, as long as agreed; then say what is outstanding.

        Ctrl-C leaves the rest to the next start.
        """
        try:
            if self._unfinished():
                self.say(f"Refunding what was charged (up to {self.settings.wait_seconds:g} s; Ctrl-C: later)")
            with interrupts.window(each=True):
                self.back.all()
        except LedgerError as error:
            self.back.troubles["ledger"] = str(error)
        except KeyboardInterrupt:
            self.say("Interrupted: what is outstanding stays in the ledger, and the next start goes on from here")
        self._tell()

    @property
    def money_is_out(self) -> bool:
        """Whether real money of this account has not come back, or nobody could look."""
        return any(one.account == self.account for one in self.ledger.outstanding()) or bool(self.back.troubles)

    def moved(self) -> tuple[int, int]:
        """Of this run's payments that moved real money: how many, and how many were cancelled in full."""
        own = [one for one in self.ledger.books().charges.values() if one.attempt.run == self.run and one.moves_money]
        return len(own), sum(one.is_back for one in own)

    def judged(self) -> dict[str, Judgement]:
        """The verdicts of RUN-01 to RUN-03 on this run, with their reasons."""
        return judged(self.ledger.books(), self.run, list(self.back.troubles.values()))

    def _unfinished(self) -> int:
        books = self.ledger.books()
        out = [one for one in books.charges.values() if one.account == self.account and not one.is_back]
        return len(out) + len(books.open_attempts(self.account))

    def _tell(self) -> None:
        for line in [*outstanding_lines(self.ledger.books(), self.account), *self.back.troubles.values()]:
            self.say(line)

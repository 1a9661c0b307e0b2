"""What the ledger's lines amount to: each attempt, each charge, what was asked back and what came; pure functions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Literal, get_args

from conformance.record.orders import OrderState
from conformance.target.charging import TEST_METHOD

Verb = Literal[
    "run began", "attempt began", "permitted", "charged", "asking back", "asked back", "came back", "not charged",
    "order read", "setting changed", "setting restored",
]  # fmt: skip
_REAL_CHARGE = re.compile(r"b\d+")
Key = tuple[str, str]
"""An account, and a merchant_uid or imp_uid at it; or a run, and the name of a setting that it changed."""


class UnreadableEntry(Exception):
    """A line is none of the ledger's."""


@dataclass(frozen=True)
class Entry:
    """One line: its number from 1, when (UTC), in which run, what happened, its facts, and its seal."""

    number: int
    at: datetime
    run: str
    verb: Verb
    facts: Mapping[str, str]
    seal: str = ""

    def line(self) -> str:
        """The entry as it stands in the files."""
        return json.dumps({**asdict(self), "at": self.at.isoformat()}, ensure_ascii=False, sort_keys=True)


def entry_of(line: str) -> Entry:
    """The entry of a line. Raises UnreadableEntry."""
    try:
        raw = json.loads(line)
        entry = Entry(**{**raw, "at": datetime.fromisoformat(raw["at"])})
    except (ValueError, TypeError, KeyError) as error:
        raise UnreadableEntry(str(error)) from error
    if entry.verb not in get_args(Verb):
        raise UnreadableEntry(f"there is no {entry.verb}")
    return entry


@dataclass(frozen=True)
class OpenedWidget:
    """A widget that was opened: the price asked for (major units), by which method, for which order of the merchant's.

    `permitted`: the buyer was about to pay. `closed`: it was not paid, and will not be.
    """

    account: str
    run: str
    merchant_uid: str
    order: str
    amount: Decimal
    currency: str
    method: str
    scenario: str
    began: datetime
    permitted: datetime | None = None
    closed: bool = False

    @property
    def moves_money(self) -> bool:
        """Whether real money moves when it is paid."""
        return self.method != TEST_METHOD


@dataclass(frozen=True)
class Asked:
    """A cancellation that was asked for: how much, how and when; `answer` is empty where none was ever written down."""

    amount: Decimal
    how: str
    at: datetime
    answer: str = ""
    words: str = ""

    @property
    def counts(self) -> bool:
        """Whether it may be under way: it was taken, or nobody knows."""
        return self.answer not in ("refused", "not sent")

    @property
    def unclear(self) -> bool:
        """Whether nobody knows if it was received."""
        return self.answer in ("", "unclear")


@dataclass(frozen=True)
class Charge:
    """A payment that PortOne says was paid: what was charged, what went back, and what was asked for.

    `pay_method` is what PortOne calls the method that was chosen in the widget, `pg_tid` Paymentwall's number of the
    charge; both are empty where nobody looked.
    """

    attempt: OpenedWidget
    imp_uid: str
    amount: Decimal
    currency: str
    paid_at: int
    pay_method: str = ""
    pg_tid: str = ""
    returned: Decimal = Decimal(0)
    asked: tuple[Asked, ...] = ()
    order_state: str = ""

    @property
    def account(self) -> str:
        """Where it was made."""
        return self.attempt.account

    @property
    def moves_money(self) -> bool:
        """Whether real money moved: the attempt was to move some, or a card was typed where none was to be.

        Paymentwall numbers real charges b and digits, those of its Test Payment method t and the time (docs).
        """
        return self.attempt.moves_money or _REAL_CHARGE.fullmatch(self.pg_tid) is not None

    @property
    def is_back(self) -> bool:
        """Whether all of it went back."""
        return self.returned >= self.amount

    @property
    def left(self) -> Decimal:
        """What was neither returned nor asked for yet (major units)."""
        return max(Decimal(0), self.amount - max(self._under_way, self.returned))

    @property
    def _under_way(self) -> Decimal:
        return sum((asked.amount for asked in self.asked if asked.counts), Decimal(0))

    @property
    def is_awaited(self) -> bool:
        """Whether more of it may come: more was asked for than came, and not refused."""
        return self._under_way > self.returned

    @property
    def unclear(self) -> Asked | None:
        """The last time it was asked for, where nobody knows whether that was received."""
        return self.asked[-1] if self.asked and self.asked[-1].unclear and not self.is_back else None


@dataclass(frozen=True)
class Setting:
    """A setting of the merchant's that a run changed; `restored` says by whose word it is as it was, since `when`."""

    run: str
    name: str
    before: str
    after: str
    restored: str = ""
    when: datetime | None = None


@dataclass
class ChargeBooks:
    """All that is known, by account and merchant_uid or imp_uid, by a run and a setting's name, and by run."""

    attempts: dict[Key, OpenedWidget] = field(default_factory=dict)
    charges: dict[Key, Charge] = field(default_factory=dict)
    settings: dict[Key, Setting] = field(default_factory=dict)
    runs: dict[str, Mapping[str, str]] = field(default_factory=dict)

    def outstanding(self) -> list[Charge]:
        """The charges of real money that have not come back."""
        return [charge for charge in self.charges.values() if charge.moves_money and not charge.is_back]

    def not_cancelled(self) -> list[Charge]:
        """What came back in full while the merchant, when it was last asked, had not cancelled its order."""
        states = ("", OrderState.CANCELLED, OrderState.MISSING)
        return [charge for charge in self.charges.values() if charge.is_back and charge.order_state not in states]

    def open_attempts(self, account: str) -> list[OpenedWidget]:
        """The attempts at an account of which nobody knows yet whether they were paid."""
        paid = {(charge.account, charge.attempt.merchant_uid) for charge in self.charges.values()}
        known = self.attempts.items()
        return [one for key, one in known if key not in paid and not one.closed and one.account == account]

    def not_restored(self) -> dict[str, Setting]:
        """The settings that are to be put back, each as the last run found it that changed it."""
        return {one.name: one for one in self.settings.values() if not one.restored}

    def attempt_of(self, account: str, imp_uid: str) -> str | None:
        """The merchant_uid of a payment that is known."""
        charge = self.charges.get((account, imp_uid))
        return charge.attempt.merchant_uid if charge else None

    def of_order(self, account: str, order: str) -> list[Charge]:
        """What was charged for an order of the merchant's."""
        return [one for one in self.charges.values() if one.account == account and one.attempt.order == order]


def books_of(entries: Iterable[Entry]) -> ChargeBooks:
    """Everything that the lines say, in their own order: the times in them decide nothing here."""
    books = ChargeBooks()
    for entry in entries:
        _take(books, entry)
    return books


def _take(books: ChargeBooks, entry: Entry) -> None:
    facts, account = entry.facts, entry.facts.get("account", "")
    of_attempt, of_charge = (account, facts.get("merchant_uid", "")), (account, facts.get("imp_uid", ""))
    match entry.verb:
        case "run began":
            books.runs[entry.run] = facts
        case "attempt began":
            books.attempts[of_attempt] = _attempt(entry, books.attempts.get(of_attempt))
        case "permitted" if of_attempt in books.attempts:
            books.attempts[of_attempt] = replace(books.attempts[of_attempt], permitted=entry.at)
        case "not charged" if of_attempt in books.attempts:
            books.attempts[of_attempt] = replace(books.attempts[of_attempt], closed=True)
        case "charged" if of_attempt in books.attempts and of_charge not in books.charges:
            books.charges[of_charge] = Charge(
                attempt=books.attempts[of_attempt],
                imp_uid=facts["imp_uid"],
                amount=Decimal(facts["amount"]),
                currency=facts["currency"],
                paid_at=int(facts["paid_at"]),
                pay_method=facts.get("pay_method", ""),
                pg_tid=facts.get("pg_tid", ""),
            )
        case "setting changed":
            name = facts["name"]
            books.settings[entry.run, name] = Setting(entry.run, name, facts["before"], facts["after"])
        case "setting restored":
            _restore(books, facts["name"], facts["how"], entry.at)
        case _ if of_charge in books.charges:
            books.charges[of_charge] = _followed(books.charges[of_charge], entry)


def _restore(books: ChargeBooks, name: str, how: str, when: datetime) -> None:
    """A setting was put back, for all runs that had changed it."""
    for key, setting in books.settings.items():
        if setting.name == name and not setting.restored:
            books.settings[key] = replace(setting, restored=how, when=when)


def _attempt(entry: Entry, earlier: OpenedWidget | None) -> OpenedWidget:
    """The attempt that begins; where the same one began before, it may be paid after all, and by the dearer method."""
    facts = entry.facts
    attempt = OpenedWidget(
        account=facts["account"],
        run=entry.run,
        merchant_uid=facts["merchant_uid"],
        order=facts["order"],
        amount=Decimal(facts["amount"]),
        currency=facts["currency"],
        method=facts["method"],
        scenario=facts["scenario"],
        began=entry.at,
    )
    if earlier is None:
        return attempt
    method = earlier.method if earlier.moves_money else attempt.method
    return replace(attempt, method=method, order=attempt.order or earlier.order, permitted=earlier.permitted)


def _followed(charge: Charge, entry: Entry) -> Charge:
    facts = entry.facts
    match entry.verb:
        case "asking back":
            asked = Asked(Decimal(facts["amount"]), facts["how"], entry.at)
            return replace(charge, asked=(*charge.asked, asked))
        case "asked back" if charge.asked:
            last = replace(charge.asked[-1], answer=facts["answer"], words=facts["words"])
            return replace(charge, asked=(*charge.asked[:-1], last))
        case "came back":
            return replace(charge, returned=Decimal(facts["amount"]))
        case "order read":
            return replace(charge, order_state=facts["state"])
        case _:
            return charge

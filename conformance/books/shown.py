"""Both books of a scenario side by side, order by order, as evidence shows them; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from conformance.books.entries import BookedOrder, BookedPayment, Books
from conformance.books.findings import Finding, written
from conformance.verdict.reasons import spoken

NONE, ALL = "–", "all of it"
ABOUT = ("payment", "price", "paid", "state", "cancelled", "refunds", "goods", "attention")
"""What lines are about, in their order."""


class ShownEntry(BaseModel):
    """One line of both books: what it is about (a key of the page's words), and what each says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    about: str
    portone: tuple[str, ...] = (NONE,)
    merchant: str = NONE
    portone_ko: tuple[str, ...] = ()
    merchant_ko: str = ""

    def masked(self, mask: Callable[[str], str]) -> ShownEntry:
        """As it may be written."""
        ours = {"portone": tuple(map(mask, self.portone)), "portone_ko": tuple(map(mask, self.portone_ko))}
        return self.model_copy(update={**ours, "merchant": mask(self.merchant), "merchant_ko": mask(self.merchant_ko)})


class ShownBooks(BaseModel):
    """An order in both books, and what they do not agree about."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    order: str
    entries: tuple[ShownEntry, ...]
    wrong: tuple[str, ...] = ()
    wrong_ko: tuple[str, ...] = ()

    def masked(self, mask: Callable[[str], str]) -> ShownBooks:
        """As it may be written: what either book says, and the order's name, without secrets."""
        entries = (one.masked(mask) for one in self.entries)
        wrong = {"wrong": tuple(map(mask, self.wrong)), "wrong_ko": tuple(map(mask, self.wrong_ko))}
        return self.model_copy(update={"order": mask(self.order), "entries": tuple(entries), **wrong})


def side_by_side(books: Books, found: Sequence[Finding] = ()) -> list[ShownBooks]:
    """Each order with its payments, of whichever stage."""
    return [
        ShownBooks(
            order=order.reference,
            entries=_in_both(order, [one for one in books.payments if one.merchant_uid in order.attempts]),
            wrong=tuple(f"{one.requirement}: {one.told}" for one in found if one.order == order.reference),
            wrong_ko=tuple(
                f"{one.requirement}: {one.korean}" for one in found if one.order == order.reference and one.why
            ),
        )
        for order in books.orders
    ]


def as_table(accounts: Sequence[ShownBooks]) -> str:
    """The same as a plain table."""
    return "\n\n".join("\n".join(_lines(account)) for account in accounts)


def _lines(account: ShownBooks) -> Iterator[str]:
    rows = [("", "PortOne's books", "the merchant's books")]
    for entry in account.entries:
        for number, said in enumerate(entry.portone):
            rows.append((entry.about, said, entry.merchant) if not number else ("", said, ""))
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    yield f"Order {account.order}"
    yield from (f"  {about:<{widths[0]}}  {left:<{widths[1]}}  {right}" for about, left, right in rows)
    yield from (f"  {wrong}" for wrong in account.wrong)


def _in_both(order: BookedOrder, payments: Sequence[BookedPayment]) -> tuple[ShownEntry, ...]:
    """The lines in English, with the Korean of each beside it."""
    both = zip(_entries(order, payments, str), _entries(order, payments, spoken), strict=True)
    return tuple(one.model_copy(update={"portone_ko": ko.portone, "merchant_ko": ko.merchant}) for one, ko in both)


def _entries(order: BookedOrder, payments: Sequence[BookedPayment], say: Callable[[str], str]) -> Iterator[ShownEntry]:
    price = f"{written(order.amount, order.currency)} {order.currency}"
    each = [(f"{one.imp_uid}: " if len(payments) > 1 else "", one) for one in payments]
    yield ShownEntry(
        about="payment",
        portone=tuple(f"{one.imp_uid} ({one.merchant_uid}, {say(_stage(one))})" for one in payments) or (NONE,),
        merchant=", ".join(sorted(order.attempts)),
    )
    yield ShownEntry(about="price", merchant=price)
    yield ShownEntry(
        about="paid",
        portone=tuple(f"{name}{written(one.amount, one.currency)} {one.currency}" for name, one in each) or (NONE,),
        merchant=_said(order, "paid_amount", order.paid_amount),
    )
    yield ShownEntry(
        about="state",
        portone=tuple(f"{name}{say(one.status)}" for name, one in each) or (NONE,),
        merchant=say(order.state) if order.state else NONE,
    )
    yield ShownEntry(
        about="cancelled",
        portone=tuple(f"{name}{written(one.cancelled, one.currency)} {one.currency}" for name, one in each) or (NONE,),
        merchant=_said(order, "cancelled_amount", order.cancelled_amount),
    )
    yield ShownEntry(
        about="refunds",
        portone=tuple(f"{name}{_tickets(one, say)}" for name, one in each) or (NONE,),
        merchant=", ".join(say(ALL) if one is None else str(one) for one in order.refunds) or NONE,
    )
    yield ShownEntry(about="goods", merchant=_said(order, "fulfilments", order.fulfilments))
    yield ShownEntry(about="attention", merchant=_said(order, "attention", order.attention))


def _tickets(payment: BookedPayment, say: Callable[[str], str]) -> str:
    tickets = ", ".join(f"{say(ALL) if one.amount is None else one.amount} {say(one.state)}" for one in payment.tickets)
    return tickets or NONE


def _stage(payment: BookedPayment) -> str:
    return "test" if payment.sandbox else "live"


def _said(order: BookedOrder, name: str, value: Decimal | str | None) -> str:
    if value is None:
        return order.unread.get(name, NONE)
    return str(value)

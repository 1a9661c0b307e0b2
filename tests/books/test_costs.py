"""What the faults cost is told by cause, the largest first, and amounts of several currencies are never added."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from conformance.books.costs import CostOfFaults, costs_of, headline
from conformance.books.findings import BooksRead, Fate, Finding
from conformance.verdict.algebra import ScenarioResult, Verdict


def finding(cause: Fate, shop: str = "0", buyer: str = "0", currency: str = "USD") -> Finding:
    return Finding("MONEY-01", "A", "It is so.", currency, cause, Decimal(shop), Decimal(buyer))


def scenario(
    number: int, *found: Finding, trouble: str = "", verdict: Verdict = Verdict.PASS, read: bool = True
) -> ScenarioResult:
    books = BooksRead(found=list(found), trouble=trouble).as_text() if read else ""
    return ScenarioResult(f"m::{number}", "Money", f"Story {number}", ("WEBHOOK-08",), verdict, books=books)


def told(results: Sequence[ScenarioResult]) -> str:
    return headline(costs_of(results))


UNPAID, TWICE = finding(Fate.NOT_PAID_FOR, "31.5"), finding(Fate.PAID_BACK_AGAIN, "15.75")
KEPT = finding(Fate.NO_GOODS, buyer="21")


def test_what_was_lost_and_kept_is_told_by_cause_the_largest_first() -> None:
    results = [scenario(1, TWICE), scenario(2, UNPAID), scenario(3, UNPAID, TWICE), scenario(4, KEPT), scenario(5)]
    assert told(results) == (
        "In 4 of 5 scenarios this shop would have lost 94.50 USD (goods not paid for 63.00, more paid back than asked "
        "for 31.50) and would have kept 21.00 USD (paid for without goods 21.00) of its buyers' money."
    )


def test_each_loss_names_its_scenarios_the_dearest_first() -> None:
    losses = costs_of([scenario(1, TWICE), scenario(2, TWICE, TWICE), scenario(3, KEPT)]).losses
    assert [(loss.side, loss.cause, loss.amount, loss.scenarios) for loss in losses] == [
        ("shop", Fate.PAID_BACK_AGAIN, Decimal("47.25"), ["m::2", "m::1"]),
        ("buyer", Fate.NO_GOODS, Decimal(21), ["m::3"]),
    ]


def test_amounts_of_several_currencies_are_never_added() -> None:
    won = finding(Fate.NOT_PAID_FOR, "9000", currency="KRW")
    dinar = finding(Fate.NOT_PAID_FOR, "1.5", currency="KWD")
    assert told([scenario(1, UNPAID), scenario(2, UNPAID), scenario(3, won), scenario(4, dinar)]) == (
        "In 4 of 4 scenarios this shop would have lost 63.00 USD (goods not paid for 63.00) and 9000 KRW (goods not "
        "paid for 9000) and 1.500 KWD (goods not paid for 1.500)."
    )


def test_books_that_differ_without_a_loss_are_told_so() -> None:
    assert told([scenario(1, finding(Fate.DIFFERENT)), scenario(2)]) == (
        "In 1 of 2 scenarios the books differ without a loss."
    )
    assert told([scenario(1, finding(Fate.DIFFERENT)), scenario(2, KEPT), scenario(3)]) == (
        "In 1 of 3 scenarios this shop would have kept 21.00 USD (paid for without goods 21.00) of its buyers' money. "
        "In 1 more the books differ without a loss."
    )


def test_books_that_agree_are_told_too_and_those_that_could_not_be_read() -> None:
    agreed = "PortOne's books and the merchant's agree after each of 2 scenarios in which an order was placed."
    both = [scenario(1), scenario(2), scenario(3, read=False)]
    assert told(both) == agreed
    assert told([*both, scenario(4, trouble="HTTP 500")]) == f"{agreed} The books of 1 more could not be read."


def test_what_broke_off_and_what_has_no_books_counts_for_nothing() -> None:
    blocked = [scenario(1, UNPAID, verdict=verdict) for verdict in (Verdict.INCONCLUSIVE, Verdict.ERROR)]
    assert costs_of([*blocked, scenario(2, read=False)]) == CostOfFaults()
    assert told(blocked) == ""

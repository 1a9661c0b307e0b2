"""What both books say: sentences of no actor, about PortOne's books and the Merchant's."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_bdd import then, when

from conformance.acts import agreement, seen
from conformance.acts.purchases import Purchase
from conformance.books import reading
from conformance.books.entries import BookedOrder, BookedPayment, Books
from conformance.books.rules import changes, findings
from conformance.target.target import Target
from conformance.verdict.endings import NotObservable
from conformance.verdict.observation import failing_as, for_cause
from conformance.verdict.reasons import Cause, Why


@when("the books are laid side by side", target_fixture="books")
def the_books_are_laid_side_by_side(target: Target) -> Books:
    return _both(target)


@then("the Merchant's order is fulfilled, and stands on a payment of its own")
def the_order_is_fulfilled_and_stands_on_a_payment(target: Target, purchase: Purchase, books: Books) -> None:
    order, payments = _of(purchase, books)
    with failing_as(Why.NO_PAYMENT_OF_IT, order=order.reference):
        assert payments
    _nothing_is_wrong(books, "MONEY-01")
    with failing_as(Why.NEVER_FULFILLED, order=order.reference):
        assert seen.times_fulfilled(target, purchase.order)


@then("PortOne's payment of it is accounted for")
def the_payment_is_accounted_for(purchase: Purchase, books: Books) -> None:
    order, payments = _of(purchase, books)
    with failing_as(Why.NO_PAYMENT_OF_IT, order=order.reference):
        assert any(one.was_paid for one in payments)
    _nothing_is_wrong(books, "MONEY-02")


@then("the books show nothing that was given twice")
def nothing_was_given_twice(target: Target) -> None:
    _nothing_is_wrong(_both(target), "MONEY-03")


@then("the Merchant's amounts are PortOne's")
def the_amounts_are_portones(purchase: Purchase, books: Books) -> None:
    order, _ = _of(purchase, books)
    with failing_as(Why.ORDER_UNREAD, order=order.reference, said="; ".join(order.nonsense)):
        assert order.state is not None
    _nothing_is_wrong(books, "MONEY-04")


@then("both books agree")
def both_books_agree(target: Target, cited: Sequence[str]) -> None:
    if not target.capabilities >= reading.NEEDED or not target.dealings.placed:
        raise NotObservable(Cause(Why.NO_BOOKS))
    _, found = agreement.judged(target)
    wrong = {one.told: one for one in found if one.requirement in cited}  # each other one fails by itself
    with for_cause(*(cause for one in wrong.values() for cause in one.why)):
        assert not wrong


@when("a late notice and the Merchant's own job come after its end", target_fixture="stories")
def what_comes_late(target: Target) -> tuple[Books, Books]:
    books = _both(target)
    later = reading.disturbed(target, books)
    if later is None:
        raise NotObservable(Cause(Why.NOT_SETTLED))
    return books, later


@then("nothing changes that was settled")
def nothing_changes(stories: tuple[Books, Books]) -> None:
    wrong = changes(*stories)
    with for_cause(*(cause for found in wrong for cause in found.why)):
        assert not wrong


def _both(target: Target) -> Books:
    books = reading.settled(target)
    if books is None:
        raise NotObservable(Cause(Why.NO_BOOKS))
    return books


def _of(purchase: Purchase, books: Books) -> tuple[BookedOrder, tuple[BookedPayment, ...]]:
    order = next(one for one in books.orders if purchase.order.merchant_uid in one.attempts)
    return order, books.of(order)


def _nothing_is_wrong(books: Books, requirement: str) -> None:
    wrong = [found for found in findings(books) if found.requirement == requirement]
    with for_cause(*(cause for found in wrong for cause in found.why)):
        assert not wrong

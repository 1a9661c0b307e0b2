"""Faults of the payment request: what the page passes to IMP.request_pay."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from typing import Any
from unittest.mock import patch

from shop import checkout, orders
from shop.defects.registry import OnV2, defect
from shop.defects.speaking import asked_of, asking, asking_for, without
from shop.life import State
from shop.messages import NotUnderstood

_NO_TEST_METHOD = "V2's payment request cannot ask for the test payment method"


def _without(name: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda asked: without(asked, name)


@defect("CHECKOUT-02")
def names_no_channel() -> AbstractContextManager[Any]:
    """The payment request names no channel, so that PortOne takes whichever is the default."""
    return asking(_without("channelKey"))


@defect("CHECKOUT-03", "CHECKOUT-06", why="PortOne opens no widget for such a request")
def leaves_out_the_email() -> AbstractContextManager[Any]:
    """The payment request has no buyer_email."""
    return asking(_without("buyer_email"))


@defect(
    "CHECKOUT-05",
    "CHECKOUT-06",
    why="PortOne refuses an amount that is not the registered one",
    on_v2=OnV2("V2 counts in minor units, which is a rule of its own", also=("CHECKOUT-21",)),
)
def asks_for_cents() -> AbstractContextManager[Any]:
    """The browser asks for 1050 where the order costs 10.50."""
    return asking(lambda asked: asking_for(asked, amount=asked_of(asked, "amount") * 100))


@defect("CHECKOUT-03", "CHECKOUT-05", "CHECKOUT-06", why="no currency is another currency, which was not registered")
def forgets_the_currency() -> AbstractContextManager[Any]:
    """The payment request of an order in another currency names none, which means KRW."""
    return asking(_without("currency"))


@defect("SETUP-09", "CHECKOUT-06", why="PortOne opens no widget for such a request")
def asks_for_widget_p1_1() -> AbstractContextManager[Any]:
    """The payment request names a widget that PortOne does not support."""
    return asking(lambda asked: asking_for(asked, widget_code="p1_1"))


@defect("CHECKOUT-09")
def has_no_redirect_url() -> AbstractContextManager[Any]:
    """The payment request has no m_redirect_url, so that a phone does not come back."""
    return asking(_without("m_redirect_url"))


@defect("CHECKOUT-06")
def cannot_open_an_attempt() -> AbstractContextManager[Any]:
    """The pay button asks the shop for an attempt and never gets one."""

    def fails(*_given: object) -> dict[str, Any]:
        raise NotUnderstood("no payment today")

    return patch.object(checkout, "request_pay", fails)


@defect(
    "CHECKOUT-07",
    "CHECKOUT-06",
    why="PortOne's SDK takes no text for an amount",
    on_v2=OnV2("V2 counts in minor units, which is a rule of its own", also=("CHECKOUT-21",)),
)
def asks_for_text() -> AbstractContextManager[Any]:
    """The amount is passed as text."""
    return asking(lambda asked: asking_for(asked, amount=str(asked_of(asked, "amount"))))


@defect("CHECKOUT-07", only_v1="V2 has the full name as one field, and no rule for it")
def passes_one_name() -> AbstractContextManager[Any]:
    """The buyer has one name only."""
    return asking(lambda asked: asking_for(asked, buyer_name=asked_of(asked, "buyer_name").replace(" ", "")))


@defect("CHECKOUT-07")
def passes_an_alpha_3_country() -> AbstractContextManager[Any]:
    """The widget is given the country KOR."""
    return asking(lambda asked: asking_for(asked, country_code="KOR"))


@defect(
    *("CHECKOUT-07", "CHECKOUT-06"),
    why="PortOne opens no widget for such a request",
    only_v1="V2 documents no limit for a name of goods that is this long",
)
def describes_the_goods_in_their_name() -> AbstractContextManager[Any]:
    """The name of what is bought is all of its description."""
    described = "glazed by hand in a small town by the sea"
    return asking(lambda asked: asking_for(asked, name=f"{asked_of(asked, 'name')}, {described}"))


@defect("CHECKOUT-04")
def asks_for_the_same_again() -> AbstractContextManager[Any]:
    """An order that is paid can be paid again, with the same merchant_uid."""
    stack = ExitStack()
    stack.enter_context(patch.object(checkout, "OPEN_TO_PAYMENT", frozenset(State)))
    stack.enter_context(patch.object(orders, "open_attempt", lambda session, order: orders.attempts(session, order)[0]))
    return stack


@defect("CHECKOUT-10")
def takes_a_failure_for_the_end() -> AbstractContextManager[Any]:
    """An order whose payment failed once cannot be paid any more."""
    return patch.object(checkout, "OPEN_TO_PAYMENT", frozenset({State.UNPAID}))


@defect("SETUP-12")
def sends_notices_elsewhere() -> AbstractContextManager[Any]:
    """The payment request carries the notice_url of another deployment."""
    return asking(lambda asked: asking_for(asked, notice_url="http://127.0.0.1:9/webhooks/portone"))


@defect("CHECKOUT-18", stage="live", only_v1=_NO_TEST_METHOD)
def asks_for_the_test_method() -> AbstractContextManager[Any]:
    """use_test_method was left in the live shop's payment request."""
    return asking(lambda asked: {**asked, "use_test_method": True})


@defect("CHECKOUT-18", "CHECKOUT-06", stage="live", why="a real card has no place in such a widget")
def offers_the_test_method_only() -> AbstractContextManager[Any]:
    """The live shop's payment request narrows the widget to the test payment method."""
    return asking(
        lambda asked: asking_for(
            asked if asked_of(asked, "paymentId") else {**asked, "use_test_method": True}, ps="test"
        )
    )


@defect("CHECKOUT-09")
def returns_to_the_address_of_the_example() -> AbstractContextManager[Any]:
    """The m_redirect_url is that of an example, at another host."""
    return asking(lambda asked: asking_for(asked, m_redirect_url="https://www.yourdomain.example/payments/complete"))


@defect("CHECKOUT-09")
def returns_to_an_address_that_nobody_answers() -> AbstractContextManager[Any]:
    """The m_redirect_url is the one of a developer's machine."""
    return asking(lambda asked: asking_for(asked, m_redirect_url="http://127.0.0.1:9/payments/complete"))


@defect("CHECKOUT-09")
def returns_to_a_page_that_is_not_there() -> AbstractContextManager[Any]:
    """The m_redirect_url is an address of the shop at which there is no page."""
    return asking(lambda asked: asking_for(asked, m_redirect_url=f"{asked_of(asked, 'm_redirect_url')}ed"))


@defect("CHECKOUT-03", "CHECKOUT-06", why="PortOne opens no widget for such a request")
def names_no_merchant_uid() -> AbstractContextManager[Any]:
    """The payment request has no merchant_uid, so that no result can be matched with an order."""
    return asking(_without("merchant_uid"))


@defect("CHECKOUT-03")
def gives_the_same_buyer_each_time() -> AbstractContextManager[Any]:
    """Every payment is made for the buyer of an example, who gets all the receipts."""
    return asking(lambda asked: asking_for(asked, buyer_email="buyer@example.net", buyer_name="Gildong Hong"))


def _asking_in_the_second_widget(change: Callable[[dict[str, Any]], dict[str, Any]]) -> AbstractContextManager[Any]:
    return asking(lambda asked: change(asked) if asked_of(asked, "widget_code") == "t3_1" else asked)


@defect("CHECKOUT-18", stage="live", only_v1=_NO_TEST_METHOD)
def asks_for_the_test_method_in_the_second_widget() -> AbstractContextManager[Any]:
    """use_test_method was left in what the live shop asks for in the second widget."""
    return _asking_in_the_second_widget(lambda asked: {**asked, "use_test_method": True})


@defect("CHECKOUT-09")
def knows_no_way_back_in_the_second_widget() -> AbstractContextManager[Any]:
    """The request for the second widget has no m_redirect_url."""
    return _asking_in_the_second_widget(_without("m_redirect_url"))

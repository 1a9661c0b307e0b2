"""The words that facts about an order are told in: its states, who asks for a refund, how far its goods have come."""

from __future__ import annotations

from enum import StrEnum


class OrderState(StrEnum):
    """The states of an order, in this project's words; a driver maps the merchant's words to them."""

    UNPAID = "unpaid"
    PAID = "paid"
    WAITING_FOR_CANCELLATION = "waiting for cancellation"
    CANCELLED = "cancelled"
    PARTLY_CANCELLED = "partly cancelled"
    FAILED = "failed"
    MISSING = "missing"
    """It was placed, and the merchant does not have it any more."""


GONE = (OrderState.CANCELLED, OrderState.MISSING)
"""States in which nobody has the order any more, rightly or not."""
PARTIAL_REFUNDS = "partial-refunds"
"""What stands in `not_done` where a merchant refunds whole orders only."""


class Asker(StrEnum):
    """Who uses the refund action."""

    ENTITLED = "the person who may"
    STRANGER = "a stranger"
    GUESSER = "a stranger who guesses a password"
    POWERLESS = "somebody who is logged in and may not refund"
    LOCAL = "a stranger who claims to be at a local address"
    LOCAL_NAME = "a stranger who calls the shop by a local name"
    ADMIN = "a stranger who claims to be an administrator"
    COOKIE = "a stranger whose cookie says administrator"
    OWN_PAGE = "a stranger who claims to come from the shop's page"
    OTHER_ADDRESS = "a stranger who names the address in a header"
    OTHER_METHOD = "a stranger who names the method in a header"


class DeliveryStatus(StrEnum):
    """How far goods have come, in PortOne's words (`POST /paymentwall/delivery`, docs)."""

    ORDER_PLACED = "order_placed"
    ORDER_SHIPPED = "order_shipped"
    DELIVERING = "delivering"
    DELIVERED = "delivered"

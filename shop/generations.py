"""What differs between PortOne's two generations, behind one protocol; which one a shop speaks is a setting."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import TracebackType
from typing import Any, Protocol, Self

import httpx
from starlette.requests import Request

from shop import v1, v2
from shop.database import Order
from shop.portone import Payment, PortOne
from shop.portone_v2 import PortOneV2
from shop.settings import Api, ShopSettings


class Account(Protocol):
    """One account at PortOne, asked by many threads. Amounts in major units; shop.portone has the exceptions.

    `payment` is what PortOne finds a payment by and the shop keeps as its imp_uid: V1's imp_uid, V2's paymentId. An
    attempt's number is merchant_uid in V1, and paymentId in V2.
    """

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...

    def look_up(self, payment: str, /) -> Payment | None:
        """The payment as PortOne has it now; None where PortOne knows no such payment. Raises PortOneUnclear."""

    def find(self, attempt: str, /) -> Payment | None:
        """The newest payment of an attempt; None without one. Raises PortOneUnclear."""

    def prepare(self, attempt: str, amount: Decimal, currency: str, /) -> None:
        """Registers an attempt's amount: the SDK refuses any other. Raises PortOneRefused, PortOneUnclear."""

    def cancel(self, payment: str, amount: Decimal, cancellable: Decimal, reason: str, currency: str, /) -> str | None:
        """Asks for a cancellation; PortOne's number of it, where it has one. Returning means taken, not done.

        Raises PortOneRefused, PortOneUnreachable (nothing was asked) or PortOneUnclear (may have been asked).
        """

    def register_delivery(self, fields: Mapping[str, object], /) -> None:
        """Registers how far the goods have come, in V1's words. Raises PortOneRefused, PortOneUnclear."""


@dataclass(frozen=True)
class Generation:
    """How a shop speaks with PortOne, a browser and a webhook's sender. What it is told becomes V1's words once."""

    account: Callable[[ShopSettings, httpx.BaseTransport | None], Account]
    told_to_page: Callable[[ShopSettings], Mapping[str, str]]
    payment_request: Callable[[Order, str, str, ShopSettings], dict[str, Any]]
    """Order, attempt, widget."""
    told_by_browser: Callable[[Mapping[str, object]], Mapping[str, object]]
    verify: Callable[[Request, ShopSettings], Awaitable[None]]
    """Raises NotUnderstood for a webhook that shows it is not PortOne's."""
    told_by_webhook: Callable[[Mapping[str, object]], Mapping[str, object] | None]
    """None for what is not about a payment."""


GENERATIONS: Mapping[Api, Generation] = {
    "v1": Generation(PortOne, v1.told_to_page, v1.payment_request, v1.told_by_browser, v1.verify, v1.told_by_webhook),
    "v2": Generation(PortOneV2, v2.told_to_page, v2.payment_request, v2.told_by_browser, v2.verify, v2.told_by_webhook),
}

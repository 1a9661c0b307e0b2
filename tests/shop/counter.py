"""A shop without a server: what most of the shop's tests look at."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from shop import orders
from shop.addresses import Address
from shop.catalogue import PRODUCTS
from shop.database import Order
from shop.store import Store
from tests.shop.portone_stub import PortOneStub

KEYS = {
    "imp_code": "imp12345678",
    "imp_key": "key",
    "imp_secret": "the-api-secret",
    "channel_key": "channel-key-1",
    "operator_password": "the-operators-password",
    "portone_api_url": "http://portone.test",
}
GOES_TO = {
    "street": "12 Harbour Road",
    "city": "Busan",
    "zip": "48058",
    "state": "",
    "country": "KR",
    "phone": "+82 51 000 0000",
}
OPERATOR = ("operator", "the-operators-password")


@dataclass
class Clock:
    """A clock that a test may put forward."""

    now: datetime = field(default_factory=lambda: datetime(2026, 3, 1, 12, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **parts: float) -> None:
        self.now += timedelta(**parts)


@dataclass
class Counter:
    """A shop without a server: a store, its PortOne and its clock."""

    store: Store
    portone: PortOneStub
    clock: Clock

    def order(self, sku: str = "mug") -> Order:
        wish = orders.Wish(PRODUCTS[sku], "Mina Kim", "mina@example.org", Address(**GOES_TO))
        return orders.place(self.store.database, wish, self.clock())

    def now(self, order: Order) -> Order:
        """The order as it is stored now."""
        with self.store.database.reading() as session:
            return orders.read(session, order.reference)[0]

    def fulfilments(self, order: Order) -> int:
        with self.store.database.reading() as session:
            return orders.read(session, order.reference)[1]

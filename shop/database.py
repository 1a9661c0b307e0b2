"""The tables and the transactions: what the shop remembers, and how two results never meet."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import (
    DateTime,
    Dialect,
    Engine,
    Enum,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    create_engine,
    text,
)
from sqlalchemy import event as engine_event
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

from shop.life import State

BUSY_SECONDS = 30


class Money(TypeDecorator[Decimal]):
    """An exact amount in major units; SQLite has no decimal type, so it is stored as its digits."""

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, _dialect: Dialect) -> str | None:
        return None if value is None else format(value, "f")

    def process_result_value(self, value: str | None, _dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value)


class Moment(TypeDecorator[datetime]):
    """An aware datetime in UTC, also where the database forgets the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC) if value.tzinfo is None else value


class Outcome(StrEnum):
    """What became of a refund."""

    ASKING = "asking"  # the request is on its way to PortOne
    UNCLEAR = "unclear"  # no answer came: it may have been taken, or not
    WAITING = "waiting"  # taken; the result comes later
    DONE = "done"
    REFUSED = "refused"
    GIVEN_UP = "given up"  # asked for again instead


def _by_value(kind: type[StrEnum]) -> Enum:
    return Enum(
        kind,
        native_enum=False,
        length=32,
        values_callable=lambda members: [member.value for member in members],
    )


class Base(DeclarativeBase):
    type_annotation_map: ClassVar[dict[type, Any]] = {
        Decimal: Money,
        datetime: Moment,
        State: _by_value(State),
        Outcome: _by_value(Outcome),
    }


class Order(Base):
    """What a buyer wants, and how far it has come. `state` changes by shop.life's table only."""

    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(12), unique=True)
    sku: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(40))
    amount: Mapped[Decimal]
    currency: Mapped[str] = mapped_column(String(3))
    buyer_name: Mapped[str] = mapped_column(String(80))
    buyer_email: Mapped[str] = mapped_column(String(254))
    created_at: Mapped[datetime]
    state: Mapped[State] = mapped_column(default=State.UNPAID)
    merchant_uid: Mapped[str] = mapped_column(String(40))  # of the payment that pays it, else of the newest attempt
    imp_uid: Mapped[str | None] = mapped_column(String(64), unique=True)  # the payment that pays it
    paid_amount: Mapped[Decimal] = mapped_column(default=Decimal(0))
    cancelled_amount: Mapped[Decimal] = mapped_column(default=Decimal(0))
    country: Mapped[str | None] = mapped_column(String(2))
    waiting_since: Mapped[datetime | None]
    attention: Mapped[str | None]  # what a person has to see to


class Attempt(Base):
    """One try at paying an order; its merchant_uid is never used for a second one."""

    __tablename__ = "attempts"

    merchant_uid: Mapped[str] = mapped_column(String(40), primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    opened: Mapped[bool] = mapped_column(default=False)  # handed to a buyer's browser


class KnownPayment(Base):
    """A payment at PortOne that was looked up for an order, as it was when last seen."""

    __tablename__ = "payments"

    imp_uid: Mapped[str] = mapped_column(String(64), primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    merchant_uid: Mapped[str] = mapped_column(String(40))
    status: Mapped[str] = mapped_column(String(20))
    amount: Mapped[Decimal]
    currency: Mapped[str] = mapped_column(String(3))
    cancelled_amount: Mapped[Decimal]
    receipt_url: Mapped[str | None]
    approval_number: Mapped[str | None]
    objection: Mapped[str | None]  # why it does not pay the order although money moved


class Refund(Base):
    """One request of the operator's to give money back."""

    __tablename__ = "refunds"
    # The database itself knows at most one refund under way per payment, so no two requests open two tickets.
    __table_args__ = (
        Index(
            "one_refund_under_way",
            "imp_uid",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    imp_uid: Mapped[str] = mapped_column(ForeignKey("payments.imp_uid"))
    amount: Mapped[Decimal]
    done_at_amount: Mapped[Decimal]  # once so much of the payment is cancelled, this refund is through
    reason: Mapped[str] = mapped_column(String(200))
    outcome: Mapped[Outcome] = mapped_column(default=Outcome.ASKING)
    message: Mapped[str | None]
    asked_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class RefundTicket(Base):
    """PortOne's number of the cancellation that a refund became, where PortOne gives one (V2)."""

    __tablename__ = "refund_tickets"

    refund_id: Mapped[int] = mapped_column(ForeignKey("refunds.id"), primary_key=True)
    cancellation_id: Mapped[str] = mapped_column(String(64))


class OpenDispute(Base):
    """A payment that its buyer disputes at the bank, as it was when last looked up (V2)."""

    __tablename__ = "open_disputes"

    imp_uid: Mapped[str] = mapped_column(ForeignKey("payments.imp_uid"), primary_key=True)


class Fulfilment(Base):
    """The goods of one order, handed over. The uniqueness makes a second time impossible."""

    __tablename__ = "fulfilments"
    __table_args__ = (UniqueConstraint("order_id", name="fulfilled_once"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    fulfilled_at: Mapped[datetime]


class ShippingAddress(Base):
    """Where one order goes, as the buyer gave it."""

    __tablename__ = "shipping_addresses"

    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    street: Mapped[str] = mapped_column(String(40))
    city: Mapped[str] = mapped_column(String(40))
    zip: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(40))
    country: Mapped[str] = mapped_column(String(2))
    phone: Mapped[str] = mapped_column(String(40))


class DeliveryReport(Base):
    """One report to PortOne of how far an order's goods have come, and what became of the report."""

    __tablename__ = "delivery_reports"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    status: Mapped[str] = mapped_column(String(20))
    carrier: Mapped[str] = mapped_column(String(64))
    tracking_number: Mapped[str] = mapped_column(String(64))
    arrives_at: Mapped[datetime]
    reported_at: Mapped[datetime]
    registered: Mapped[bool] = mapped_column(default=False)
    message: Mapped[str | None]  # why it is not registered


class Database:
    """Opens the database at `url`, creates missing tables, and hands out transactions."""

    def __init__(self, url: str, *, throw_away: bool = False) -> None:
        self._sqlite = make_url(url).get_backend_name() == "sqlite"
        options = {"connect_args": {"timeout": BUSY_SECONDS, "check_same_thread": False}} if self._sqlite else {}
        self.engine: Engine = create_engine(url, pool_size=10, max_overflow=40, **options)
        if self._sqlite:
            _prepare_sqlite(self.engine, synchronous="OFF" if throw_away else "NORMAL")
        self._reader = self.engine.execution_options(reads_only=True)
        Base.metadata.create_all(self.engine)

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """One transaction that may write: all of it, or nothing where anything is raised."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """One consistent view, which waits for no writer."""
        with Session(self._reader, expire_on_commit=False) as session, session.begin():
            yield session


def _prepare_sqlite(engine: Engine, synchronous: str) -> None:
    @engine_event.listens_for(engine, "connect")
    def connect(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        # The driver's own BEGIN comes late, and would let two readers both become writers.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", f"synchronous={synchronous}", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @engine_event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # SQLite has no row locks; taking the write lock at once is what FOR UPDATE is on PostgreSQL.
        connection.exec_driver_sql(
            "BEGIN" if connection.get_execution_options().get("reads_only") else "BEGIN IMMEDIATE"
        )

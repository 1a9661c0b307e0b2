"""Orders and their attempts: placed, found, locked, tried again."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Self

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from shop.addresses import Address
from shop.catalogue import PRODUCTS, Product
from shop.database import Attempt, Database, Fulfilment, KnownPayment, Order, ShippingAddress

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # without what is misread over the telephone
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
EMAIL_LENGTH = 50  # more cannot be registered for a delivery (docs, POST /paymentwall/delivery)


class NoSuchOrder(LookupError):
    """The shop has no order of that reference."""


@dataclass(frozen=True)
class Wish:
    """What a buyer asked for, checked."""

    product: Product
    buyer_name: str
    buyer_email: str
    address: Address

    @classmethod
    def of(cls, sku: object, buyer_name: object, buyer_email: object, address: Mapping[str, object]) -> Self:
        """`address` holds the fields of shop.addresses.Address. Raises ValueError with one sentence for the buyer."""
        product = PRODUCTS.get(sku) if isinstance(sku, str) else None
        if product is None:
            raise ValueError("The shop does not sell that.")
        name = " ".join(buyer_name.split()) if isinstance(buyer_name, str) else ""
        # PortOne asks for "Firstname Lastname", with the space (docs).
        if " " not in name or len(name) > 80 or not name.isprintable():
            raise ValueError("Please give a first and a last name.")
        email = buyer_email.strip() if isinstance(buyer_email, str) else ""
        if not EMAIL.fullmatch(email) or len(email) > EMAIL_LENGTH or not email.isprintable():
            raise ValueError(f"Please give an e-mail address of at most {EMAIL_LENGTH} characters.")
        return cls(product, name, email, Address.of(address))


def place(database: Database, wish: Wish, now: datetime) -> Order:
    """A new order with its first attempt and where it goes, stored."""
    for _ in range(10):
        order = new_order(wish, "".join(secrets.choice(ALPHABET) for _ in range(6)), now)
        try:
            with database.transaction() as session:
                session.add(order)
                session.flush()
                session.add(Attempt(merchant_uid=order.merchant_uid, order_id=order.id))
                session.add(ShippingAddress(order_id=order.id, **asdict(wish.address)))
            return order
        except IntegrityError:
            continue  # the reference is taken: draw another
    raise RuntimeError("ten references in a row were taken")


def new_order(wish: Wish, reference: str, now: datetime) -> Order:
    product = wish.product
    return Order(
        reference=reference,
        sku=product.sku,
        name=product.name,
        amount=product.price,
        currency=product.currency,
        buyer_name=wish.buyer_name,
        buyer_email=wish.buyer_email,
        created_at=now,
        merchant_uid=f"{reference}-1",
    )


def read(session: Session, reference: str) -> tuple[Order, int]:
    """The order and how often it was fulfilled. Raises NoSuchOrder."""
    fulfilments = select(func.count()).where(Fulfilment.order_id == Order.id).scalar_subquery()
    row = session.execute(select(Order, fulfilments).where(Order.reference == reference)).one_or_none()
    if row is None:
        raise NoSuchOrder(reference)
    order, times = row
    return order, times


def lock(session: Session, reference: str) -> Order:
    """The order, held until the transaction ends. Raises NoSuchOrder."""
    order = session.scalar(select(Order).where(Order.reference == reference).with_for_update())
    if order is None:
        raise NoSuchOrder(reference)
    return order


def lock_by_attempt(session: Session, merchant_uid: str) -> Order | None:
    """The order that this attempt tries to pay, held until the transaction ends."""
    return session.scalar(
        select(Order)
        .join(Attempt, Attempt.order_id == Order.id)
        .where(Attempt.merchant_uid == merchant_uid)
        .with_for_update(of=Order)
    )


def reference_of(database: Database, merchant_uid: str) -> str | None:
    """The reference of the order that this attempt tries to pay."""
    with database.reading() as session:
        return session.scalar(
            select(Order.reference)
            .join(Attempt, Attempt.order_id == Order.id)
            .where(Attempt.merchant_uid == merchant_uid)
        )


def attempts(session: Session, order: Order) -> list[Attempt]:
    """The order's attempts, oldest first."""
    found = session.scalars(select(Attempt).where(Attempt.order_id == order.id)).all()
    return sorted(found, key=lambda attempt: int(attempt.merchant_uid.rpartition("-")[2]))


def open_attempt(session: Session, order: Order) -> Attempt:
    """An attempt that nobody has tried to pay with yet, marked as given away. Call with the order locked."""
    known = attempts(session, order)
    attempt = known[-1]
    used = select(KnownPayment.imp_uid).where(KnownPayment.merchant_uid == attempt.merchant_uid)
    if attempt.opened or session.scalars(used).first() is not None:
        attempt = Attempt(merchant_uid=f"{order.reference}-{len(known) + 1}", order_id=order.id)
        session.add(attempt)
        order.merchant_uid = attempt.merchant_uid
    attempt.opened = True
    return attempt

"""Billing keys: the cards by which a merchant may charge again, each under a `customer_uid` of its own."""

from dataclasses import dataclass
from typing import Any

from emulator.portone.payments import Payment

KEYED_CARD = "VISA"  # Paymentwall's only test card that succeeds; what PortOne calls it is inferred


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingKey:
    """What a `customer_uid` stands for: the channel and Paymentwall's token, by which is charged again.

    `card_number` is masked, and known only of a card that the merchant keyed in; times are virtual unix seconds.
    """

    customer_uid: str
    channel_key: str
    email: str | None
    token: str
    pg_provider: str
    pg_id: str
    sandbox: bool
    card_number: str | None = None
    name: str | None = None
    tel: str | None = None
    addr: str | None = None
    postcode: str | None = None
    inserted: int
    updated: int

    def as_json(self) -> dict[str, Any]:
        """`CustomerAnnotation` in PortOne's V1 OpenAPI; an unknown card has an empty name (inferred).

        What is said of the customer is cut off behind so many characters (docs; that it is cut off is inferred).
        """
        told = {
            "customer_name": (self.name, 20), "customer_tel": (self.tel, 20), "customer_email": (self.email, 200),
            "customer_addr": (self.addr, 200), "customer_postcode": (self.postcode, 8),
        }  # fmt: skip
        return {
            "customer_uid": self.customer_uid,
            "pg_provider": self.pg_provider,
            "pg_id": self.pg_id,
            "sandbox": self.sandbox,
            "customer_id": None,
            "card_name": KEYED_CARD if self.card_number else "",
            "card_code": None,
            "card_issuer_code": None,
            "card_issuer_name": None,
            "card_publisher_code": None,
            "card_publisher_name": None,
            "card_number": self.card_number,
            "card_type": None,
            **{name: value and value[:longest] for name, (value, longest) in told.items()},
            "inserted": self.inserted,
            "updated": self.updated,
        }


def issued(payment: Payment, customer_uid: str, token: str, earlier: BillingKey | None, now: int) -> BillingKey:
    """The key that a payment has issued, with its buyer as the customer (docs), in the place of an earlier one."""
    return BillingKey(
        customer_uid=customer_uid,
        channel_key=payment.channel_key,
        email=payment.buyer_email,
        token=token,
        pg_provider=payment.pg_provider,
        pg_id=payment.pg_id,
        sandbox=payment.sandbox,
        card_number=payment.card_number,
        name=payment.buyer_name,
        tel=payment.buyer_tel,
        addr=payment.buyer_addr,
        postcode=payment.buyer_postcode,
        inserted=earlier.inserted if earlier else now,
        updated=now,
    )

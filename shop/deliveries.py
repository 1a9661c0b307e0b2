"""What is known of an order's delivery: the steps that were reported, and those that PortOne did not register."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.database import DeliveryReport, Order


def reports(session: Session, order: Order) -> list[DeliveryReport]:
    """What was reported of the order's delivery, oldest first."""
    own = select(DeliveryReport).where(DeliveryReport.order_id == order.id).order_by(DeliveryReport.id)
    return [*session.scalars(own)]


def unregistered(known: Sequence[DeliveryReport]) -> list[DeliveryReport]:
    """The newest report of each step that PortOne has never taken."""
    newest = {report.status: report for report in known}
    taken = {report.status for report in known if report.registered}
    return [report for status, report in newest.items() if status not in taken]


def attention(known: Sequence[DeliveryReport]) -> str | None:
    """What a person has to see to about a delivery."""
    missing = ", ".join(words(report.status) for report in unregistered(known))
    if not missing:
        return None
    return f"Not registered at PortOne: {missing}. Send it again, or Paymentwall keeps the money back."


def words(status: str) -> str:
    """A status as people read it: `order_shipped` is Order shipped."""
    return status.replace("_", " ").capitalize()

"""All payments of one account, as each generation of the API finds them, and the orders in which they are listed."""

from collections.abc import Iterator, Sequence

from emulator.portone.payments import Payment, Status, Version


class Payments:
    """All payments of one account, in the order in which they were started."""

    def __init__(self) -> None:
        self._payments: dict[str, Payment] = {}
        self._attempts: dict[str, list[str]] = {}

    def get(self, imp_uid: str) -> Payment | None:
        return self._payments.get(imp_uid)

    def known(self, imp_uid: str) -> Payment:
        """The payment as it is now. Raises KeyError for an unknown one."""
        return self._payments[imp_uid]

    def put(self, payment: Payment) -> Payment:
        """Keep this state of a payment in place of the one before."""
        if payment.imp_uid not in self._payments:
            self._attempts.setdefault(payment.merchant_uid, []).append(payment.imp_uid)
        self._payments[payment.imp_uid] = payment
        return payment

    def find(self, merchant_uid: str, status: Status | None = None, sorting: str = "-started") -> list[Payment]:
        """Those of a merchant_uid, sorted as `arranged` does."""
        attempts = [self._payments[imp_uid] for imp_uid in self._attempts.get(merchant_uid, ())]
        return arranged([payment for payment in attempts if status in (None, payment.status)], sorting)

    def clear(self) -> None:
        self._payments.clear()
        self._attempts.clear()

    def __iter__(self) -> Iterator[Payment]:
        return iter(self._payments.values())

    def __contains__(self, imp_uid: object) -> bool:
        return imp_uid in self._payments


class OfVersion:
    """The payments that one generation of the API made, found as among all."""

    def __init__(self, payments: Payments, version: Version) -> None:
        self._all, self._version = payments, version

    def get(self, imp_uid: str) -> Payment | None:
        payment = self._all.get(imp_uid)
        return payment if payment is not None and payment.version == self._version else None

    def find(self, merchant_uid: str, status: Status | None = None, sorting: str = "-started") -> list[Payment]:
        """Those of a merchant_uid, sorted as `arranged` does."""
        return [one for one in self._all.find(merchant_uid, status, sorting) if one.version == self._version]

    def __iter__(self) -> Iterator[Payment]:
        return (one for one in self._all if one.version == self._version)


def arranged(payments: Sequence[Payment], sorting: str) -> list[Payment]:
    """By the time they were `started`, `paid` or `updated`, with `-` the newest first (docs).

    `payments` come in the order of starting, which decides within one second, in the same direction.
    """
    order = {"started": _started, "paid": _paid, "updated": _updated}[sorting.removeprefix("-")]
    newest_first = sorting.startswith("-")
    return sorted(reversed(payments) if newest_first else payments, key=order, reverse=newest_first)


def decided_at(payment: Payment) -> int:
    """When it came into the status it has: what `from` and `to` of a search by status mean (docs)."""
    if payment.status == "cancelled":
        return payment.history[-1].cancelled_at
    return {"ready": payment.started_at, "paid": payment.paid_at, "failed": payment.failed_at}[payment.status]


def _started(payment: Payment) -> int:
    return payment.started_at


def _paid(payment: Payment) -> int:
    return payment.paid_at


def _updated(payment: Payment) -> int:
    return payment.updated_at

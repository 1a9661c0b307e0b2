"""What a page asks of PortOne's SDK and is told by it, in the words of V1, which the suite keeps."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

from conformance.record.minor import to_major, to_minor
from conformance.verdict.catalogue import Api

Facts = Mapping[str, Any]


class SdkWords(Protocol):
    """One generation's SDK: IMP.request_pay and its callback, or PortOne.requestPayment and what it resolves to."""

    @property
    def api(self) -> Api:
        """Whose SDK it is."""
        ...

    def asked(self, given: Facts) -> Facts:
        """The parameters of a payment, the amount in major units."""
        ...

    def told(self, result: Facts) -> Facts:
        """A payment's result: imp_uid, merchant_uid, success, error_code, error_msg."""
        ...

    def in_address(self, query: Mapping[str, str]) -> Mapping[str, str]:
        """The result in the address that a phone comes back to; empty where there is none."""
        ...

    def claim(self, facts: Facts) -> Facts:
        """These facts as the SDK tells them to a page. None takes a fact out."""
        ...

    def address(self, facts: Mapping[str, str | None], attempt: str | None) -> Mapping[str, str]:
        """The query in which a phone comes back with these facts; `attempt` is that of the payment they name."""
        ...


class ImpWords:
    """V1: the words are the suite's own."""

    api = Api.V1

    def asked(self, given: Facts) -> Facts:
        """As it is."""
        return given

    def told(self, result: Facts) -> Facts:
        """As it is."""
        return result

    def in_address(self, query: Mapping[str, str]) -> Mapping[str, str]:
        """As it is."""
        return query

    def claim(self, facts: Facts) -> Facts:
        """As it is."""
        return facts

    def address(self, facts: Mapping[str, str | None], attempt: str | None) -> Mapping[str, str]:  # noqa: ARG002
        """As it is, without what is empty."""
        return {name: fact for name, fact in facts.items() if fact}


class PortOneWords:
    """V2: paymentId is an attempt's merchant_uid, txId its imp_uid, totalAmount counts minor units (docs)."""

    api = Api.V2

    def asked(self, given: Facts) -> Facts:
        """The parameters by the names of V1 beside their own; a customer's with a dot: customer.email."""
        customer, bypass = _object(given.get("customer")), _object(_object(given.get("bypass")).get("paymentwall"))
        full = customer.get("fullName") or " ".join(
            str(customer[part]) for part in ("firstName", "lastName") if customer.get(part)
        )
        named = {
            "merchant_uid": given.get("paymentId"),
            "name": given.get("orderName"),
            "amount": major(given.get("totalAmount"), str(given.get("currency", ""))),
            "currency": str(given.get("currency", "")).removeprefix("CURRENCY_"),
            "buyer_name": full,
            "buyer_email": customer.get("email"),
            "m_redirect_url": given.get("redirectUrl"),
            "notice_url": given.get("noticeUrls"),
            "bypass": {"widget_code": bypass.get("widget", "pw_1"), **bypass},
        }
        who = {f"customer.{name}": fact for name, fact in customer.items()}
        return {**given, **who, **{name: value for name, value in named.items() if value not in (None, "")}}

    def told(self, result: Facts) -> Facts:
        """A result with a `code` is a failure (docs)."""
        failed = result.get("code") is not None
        return {
            "imp_uid": result.get("txId"),
            "merchant_uid": result.get("paymentId"),
            "success": not failed,
            "error_code": result.get("code"),
            "error_msg": result.get("message") or result.get("pgMessage") if failed else None,
        }

    def in_address(self, query: Mapping[str, str]) -> Mapping[str, str]:
        """What stands in the query of redirectUrl (docs)."""
        if "paymentId" not in query:
            return {}
        return {name: str(fact) for name, fact in self.told(query).items() if fact is not None}

    def claim(self, facts: Facts) -> Facts:
        """A success has no `code`."""
        if not facts:
            return {}
        failed = facts.get("error_code") or facts.get("error_msg") or facts.get("success") is False
        why = {"code": facts.get("error_code") or "PGProviderError", "message": facts.get("error_msg")}
        told = {"code": None, "message": None, "pgMessage": None, **(why if failed else {})}
        return {**told, **({"txId": facts["imp_uid"]} if "imp_uid" in facts else {})}

    def address(self, facts: Mapping[str, str | None], attempt: str | None) -> Mapping[str, str]:
        """paymentId is that of the payment which they name, where there is one; a failure has a code."""
        payment = attempt or facts.get("merchant_uid")
        failed = facts.get("error_code") or "false" in (facts.get("success"), facts.get("imp_success"))
        told = {"paymentId": payment, "txId": facts.get("imp_uid"), "transactionType": "PAYMENT"}
        if failed:
            told |= {"code": facts.get("error_code") or "PGProviderError", "message": facts.get("error_msg")}
        return {name: fact for name, fact in told.items() if fact}


def major(given: object, currency: str) -> object:
    """An amount in minor units in major ones: a number where it is one, a text where it is one; else as it is."""
    if isinstance(given, bool) or not isinstance(given, int | float | str):
        return given
    try:
        amount = to_major(Decimal(str(given)), currency.removeprefix("CURRENCY_"))
    except InvalidOperation:
        return given
    if isinstance(given, str):
        return f"{amount:f}"
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def whole_minor(amount: Decimal, currency: str) -> int:
    """An amount in major units as V2 counts it."""
    return to_minor(amount, currency)


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}

"""What a pingback says: its documented parameters, the custom ones a project asks for, and the signature.

Source: Paymentwall's documentation, "Pingback" and "Custom Pingback Parameters".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import IntEnum

import pycountry

from emulator.paymentwall.charges import Charge
from emulator.paymentwall.project import Project
from emulator.paymentwall.signatures import pingback_signature
from emulator.paymentwall.texts import countries


class Type(IntEnum):
    """What happened. Those from 200 on are documented for Brick; that the widget's reviews use them is
    inferred.
    """

    PAID = 0
    GOODWILL = 1
    REFUND = 2
    UNDER_REVIEW = 200
    REVIEW_ACCEPTED = 201
    REVIEW_DECLINED = 202
    AUTHORISATION_VOIDED = 203


class Reason(IntEnum):
    """Why a charge was given back (with `Type.REFUND` only)."""

    CHARGEBACK = 1
    CARD_FRAUD = 2
    OTHER_FRAUD = 3
    CANCELLED = 9
    PARTIAL_REVERSAL = 10


VERBAL = {
    Reason.CHARGEBACK: "Chargeback",
    Reason.CARD_FRAUD: "Credit Card fraud",
    Reason.OTHER_FRAUD: "Other fraud",
    Reason.CANCELLED: "Cancelled order",
    Reason.PARTIAL_REVERSAL: "Partially reversed transaction",
}


@dataclass(frozen=True, slots=True)
class Pingback:
    """One result of one charge; `amount` (major units) is what was given back, where it was a part."""

    charge: Charge
    type: Type
    reason: Reason | None = None
    amount: Decimal | None = None

    @property
    def label(self) -> str:
        return f"pingback {self.type.name} of {self.charge.ref}"


def parameters(pingback: Pingback, project: Project) -> dict[str, str]:
    """The signed query of a pingback, with the parameters configured in the console.

    A widget of type "fixed" has no period, so `slength` and `speriod` are empty. Inferred, because PortOne must know
    but nobody documents how: `ps`, the method's short code; `reversal`, a running number of what was given back of this
    charge; `amount` and `currency` of a partial reversal.
    """
    charge, version = pingback.charge, project.pingback.signature_version
    query = {
        "uid": charge.uid,
        "goodsid": charge.goods_id,
        "slength": "",
        "speriod": "",
        "type": str(pingback.type.value),
        "ref": charge.ref,
        "ps": charge.method,
    }
    if pingback.reason is not None:
        query |= {"reason": str(pingback.reason.value), "reversal": str(charge.reversals)}
    if pingback.amount is not None:
        query |= {"amount": str(pingback.amount), "currency": charge.currency}
    if charge.test:
        query["is_test"] = "1"
    query |= {
        name: custom_value(selected, name, pingback, project)
        for name, selected in project.custom_pingback_parameters.items()
        if name not in query
    }
    if version != 1:
        query["sign_version"] = str(version)
    return {**query, "sig": pingback_signature(query, project.secret_key, version)}


def custom_value(selected: str, name: str, pingback: Pingback, project: Project) -> str:
    """What a custom parameter carries; empty where the value selected for it does not apply or is unknown.

    `OWN` is what the widget call passed under the parameter's own name. Net revenue, exchange rates and the country
    of a card's issuer are Paymentwall's alone, so what would tell them stays empty; so does SIGNATURE, which could
    not be part of what it signs.
    """
    if selected == "OWN":
        return pingback.charge.called_with.get(name, "")
    value = _VALUES.get(selected)
    return value(pingback, project) if value else ""


def _charge(read: Callable[[Charge], str]) -> Callable[[Pingback, Project], str]:
    return lambda pingback, _: read(pingback.charge)


def _negative(read: Callable[[Reason], str]) -> Callable[[Pingback, Project], str]:
    return lambda pingback, _: "" if pingback.reason is None else read(pingback.reason)


def _alpha3(code: str) -> str:
    country = pycountry.countries.get(alpha_2=code)
    return str(country.alpha_3) if country else ""


def _when(charge: Charge) -> str:
    return datetime.fromtimestamp(charge.charged_at, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _payment_type(pingback: Pingback, project: Project) -> str:
    method = project.methods.get(pingback.charge.method)
    return method.type if method else ""


def _first_ref(pingback: Pingback, _: Project) -> str:
    return f"{pingback.charge.ref}_{Type.PAID.value}" if pingback.type is Type.REFUND else ""


# By the names of Paymentwall's table. PAYMENT_DATETIME has no documented time zone: UTC is inferred.
_VALUES: Mapping[str, Callable[[Pingback, Project], str]] = {
    "CHARGEBACK_REASON": _negative(lambda reason: str(reason.value)),
    "CHARGEBACK_REASON_VERBAL": _negative(lambda reason: VERBAL[reason]),
    "CHARGEBACK_TYPE": _negative(lambda reason: "chargeback" if reason is Reason.CHARGEBACK else "refund"),
    "CLICK_TYPE": _charge(lambda _: "payment"),
    "COUNTRY_CODE": _charge(lambda charge: charge.country),
    "COUNTRY_CODE_ALPHA3": _charge(lambda charge: _alpha3(charge.country)),
    "COUNTRY_CODE_NAME": _charge(lambda charge: countries("en").get(charge.country, "")),
    "CURRENCY_CODE": _charge(lambda charge: charge.currency),
    "GOODSID": _charge(lambda charge: charge.goods_id),
    "PAYMENT_DATETIME": _charge(_when),
    "PAYMENT_DATETIME_UTC": _charge(_when),
    "PAYMENT_TYPE": _payment_type,
    "PRODUCT_CURRENCY_CODE": _charge(lambda charge: charge.currency),
    "PRODUCT_PRICE": _charge(lambda charge: str(charge.amount)),
    "RECURRING_BILLING_ACTIVE": _charge(lambda _: "0"),
    "RECURRING_PAYMENT": _charge(lambda _: "0"),
    "REFERENCE_ID": _charge(lambda charge: charge.ref),
    "REVENUE_PAYMENT": _charge(lambda charge: str(charge.amount) if charge.currency == "USD" else ""),
    "REVENUE_PAYMENT_LOCAL": _charge(lambda charge: str(charge.amount)),
    "STORED_CC": _charge(lambda _: "0"),
    "UNIQUE_REF": lambda pingback, _: f"{pingback.charge.ref}_{pingback.type.value}",
    "UNIQUE_REF_INITIAL": _first_ref,
    "USER_ID": _charge(lambda charge: charge.uid),
    "USER_IP": _charge(lambda charge: charge.ip),
}

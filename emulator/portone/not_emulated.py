"""Calls that PortOne's V1 description has and the emulator has not: they are about what Paymentwall does not offer.

Source: PortOne's V1 OpenAPI. docs/emulator.md lists the same.
"""

import re
from collections.abc import Mapping

# Methods by address; `{}` stands for one step of it.
CALLS: Mapping[str, tuple[str, ...]] = {
    "/certifications/{}": ("GET", "DELETE"),
    "/certifications/otp/request": ("POST",),
    "/certifications/otp/confirm/{}": ("POST",),
    "/receipts/{}": ("POST", "DELETE"),
    "/receipts/external/{}": ("GET", "POST", "DELETE"),
    "/vbanks": ("POST",),
    "/vbanks/{}": ("PUT", "DELETE"),
    "/cvs": ("POST",),
    "/cvs/{}": ("DELETE",),
    "/escrows/logis/{}": ("GET", "PUT", "POST"),
    "/payments/{}/balance": ("GET",),
    "/cards": ("GET",),
    "/cards/{}": ("GET",),
    "/banks": ("GET",),
    "/banks/{}": ("GET",),
    "/tiers/{}": ("GET",),
    "/payments/{}/naver/{}": ("GET", "POST"),
    "/naver/product-orders/{}": ("GET",),
    "/naver/reviews": ("GET",),
    "/kcpquick/members/{}": ("DELETE",),
    "/kcpquick/members/{}/fido/release": ("POST",),
    "/kcpquick/payment/money": ("POST",),
    "/kcpquick/payment/autopay": ("POST",),
    "/kcpquick/prepare/{}": ("PUT", "POST"),
    "/kcpquick/autopay/{}": ("DELETE",),
    "/payco/orders/status/{}": ("POST",),
    "/partners/receipts/{}": ("POST",),
    "/benepia/point": ("POST",),
    "/benepia/payment": ("POST",),
}
_NAMED = tuple((re.compile(path.replace("{}", "[^/]+")), methods) for path, methods in CALLS.items())

# Where PortOne's REST API is: what is asked for there is answered in its envelope.
PREFIXES = tuple(
    dict.fromkeys(
        ("/payments", "/users", "/subscribe", "/paymentwall/delivery", *(f"/{path.split('/')[1]}" for path in CALLS))
    )
)


def is_not_emulated(method: str, path: str) -> bool:
    """Whether this is one of PortOne's own calls that the emulator has not."""
    return any(method in methods and named.fullmatch(path) for named, methods in _NAMED)

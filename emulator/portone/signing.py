"""How PortOne signs what it sends to Paymentwall and verifies what comes back: signature version 3 only.

Written apart from Paymentwall's own side, as in reality, so that each proves the other. Version 3 is what
PortOne's documentation has merchants select in Paymentwall's console; a pingback in another version is
refused. Source: PortOne docs, Paymentwall docs.
"""

import hashlib
import hmac
from collections.abc import Mapping

VERSION = "3"


def signed(parameters: Mapping[str, str], secret: str) -> dict[str, str]:
    """`parameters` with `sign_version` and `sign` added, ready for a widget address or a ticket."""
    complete = {**parameters, "sign_version": VERSION}
    return {**complete, "sign": _digest(complete, secret)}


def verified(parameters: Mapping[str, str], secret: str, field: str = "sig") -> bool:
    """Whether `field` is the version 3 signature of all other parameters."""
    if parameters.get("sign_version") != VERSION:
        return False
    others = {name: value for name, value in parameters.items() if name != field}
    return hmac.compare_digest(_digest(others, secret).encode(), parameters.get(field, "").encode())


def _digest(parameters: Mapping[str, str], secret: str) -> str:
    base = "".join(f"{name}={parameters[name]}" for name in sorted(parameters))
    return hashlib.sha256((base + secret).encode()).hexdigest()

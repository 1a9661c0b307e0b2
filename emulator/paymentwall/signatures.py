"""Paymentwall's signatures, versions 1 to 3, of widget calls, pingbacks and API requests. Pure.

Rules: Paymentwall's documentation, "Signature Calculation", "Digital Goods API" (version 1) and "Cancellation
API". Parameters are what a query string or form carries: names (arrays as `goodsid[0]`) to text.
"""

import hashlib
import hmac
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Literal

Version = Literal[1, 2, 3]

# Version 1 covers this list in this order, whatever else a pingback carries: `is_test`, `reason` and custom
# parameters are unprotected.
PINGBACK_V1 = ("uid", "goodsid", "slength", "speriod", "type", "ref")

_ELEMENT = re.compile(r"(?P<name>[^\[\]]+)\[(?P<index>[^\[\]]*)\]")


def version_of(parameters: Mapping[str, str], absent: Version) -> Version | None:
    """The `sign_version` that the parameters name, `absent` where they name none, None where there is no
    such version.
    """
    match parameters.get("sign_version"):
        case None | "":
            return absent
        case "1":
            return 1
        case "2":
            return 2
        case "3":
            return 3
        case _:
            return None


def widget_signature(parameters: Mapping[str, str], secret: str, version: Version) -> str:
    """The lower-case hexadecimal `sign` of a widget call or of an API request; a `sign` among the
    parameters is left out.
    """
    if version == 1:
        return _md5(parameters.get("uid", "") + secret)
    return _hashed(_base_string(parameters, without="sign"), secret, version)


def pingback_signature(parameters: Mapping[str, str], secret: str, version: Version) -> str:
    """The lower-case hexadecimal `sig` of a pingback; a `sig` among the parameters is left out."""
    if version == 1:
        return _md5("".join(f"{name}={parameters.get(name, '')}" for name in PINGBACK_V1) + secret)
    return _hashed(_base_string(parameters, without="sig"), secret, version)


def widget_version(
    parameters: Mapping[str, str], secret: str, accepted: Collection[Version] = (1, 2, 3)
) -> Version | None:
    """The version in which `sign` fits a widget call, the one that the call names (1 where it names none); None
    where it does not fit or is not among the `accepted`.
    """
    version = version_of(parameters, absent=1)
    if version is None or version not in accepted:
        return None
    return version if _same(parameters.get("sign"), widget_signature(parameters, secret, version)) else None


def pingback_is_genuine(parameters: Mapping[str, str], secret: str) -> bool:
    """Whether `sig` fits a pingback, in the version it names (1 where it names none)."""
    version = version_of(parameters, absent=1)
    return version is not None and _same(parameters.get("sig"), pingback_signature(parameters, secret, version))


def request_is_genuine(parameters: Mapping[str, str], secret: str) -> bool:
    """Whether `sign` fits an API request such as a ticket: sorted parameters, MD5 where no version is
    named.
    """
    version = version_of(parameters, absent=2)
    return version in (2, 3) and _same(parameters.get("sign"), widget_signature(parameters, secret, version))


def _base_string(parameters: Mapping[str, str], without: str) -> str:
    pairs = ((name, value) for name, value in parameters.items() if name != without)
    return "".join(f"{name}={value}" for name, value in _sorted(pairs))


def _sorted(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    # An array is sorted as a whole under its bare name, its elements by index: as PHP, in which Paymentwall
    # verifies, sees them.
    return sorted(pairs, key=lambda pair: _place(pair[0]))


def _place(name: str) -> tuple[str, int, str]:
    element = _ELEMENT.fullmatch(name)
    if element is None:
        return name, -1, ""
    index = element["index"]
    return element["name"], int(index) if index.isdecimal() else 0, index


def _hashed(base: str, secret: str, version: Literal[2, 3]) -> str:
    return _md5(base + secret) if version == 2 else hashlib.sha256((base + secret).encode()).hexdigest()


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _same(given: str | None, expected: str) -> bool:
    return given is not None and hmac.compare_digest(given.encode(), expected.encode())
